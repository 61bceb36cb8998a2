// error: spanwise: cpp-httplib has no such call that also takes headers
#include <httplib.h>

#include <spanwise/instrument/httplib_client.hpp>

void f() {
  spanwise::traced_client client{"http://localhost"};
  static_cast<void>(client.Get("/", "what is", "this"));
}
