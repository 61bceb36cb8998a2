// compiles
#include <httplib.h>

#include <spanwise/instrument/httplib_client.hpp>
#include <spanwise/instrument/httplib_server.hpp>

void f() {
  spanwise::traced_server<httplib::Server> server{{.context_header = "traceresponse"}};
  server.Get("/", [](auto const&, auto&) {}).Options("/", [](httplib::Request const&, httplib::Response&) {});
  spanwise::traced_server routes{server.plain()};
  spanwise::traced_client client{"http://localhost", {.record_body_sizes = true}};
  client.set_read_timeout(1);
  if (auto const answer = client.Get("/")) static_cast<void>(answer->status);
#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
  spanwise::traced_server<httplib::SSLServer> secure{"cert.pem", "key.pem"};
  spanwise::traced_server<httplib::SSLServer> chosen{{.public_endpoint = true}, "cert.pem", "key.pem"};
  spanwise::traced_client<httplib::SSLClient> strict{"localhost", 443};
#endif
}
