// OTLP over https, against a server whose certificate is made here. Compiled to nothing where httplib has no TLS.
#include <spanwise/export/otlp_http.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"
#include "export_fixture.hpp"
#include "raw_server.hpp"

#include <httplib.h>

#ifdef CPPHTTPLIB_OPENSSL_SUPPORT

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>

using namespace std::chrono_literals;
using spanwise::export_result;
using spanwise::otlp_http;

namespace {

/// A key, and a certificate that it signed itself, for 127.0.0.1 or for another host.
struct identity {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  std::string certificate_file;
  std::string key_file;

  identity(std::filesystem::path const& folder, std::string const& name, char const* valid_for) {
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* const subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<unsigned char const*>("spanwise test"), -1,
                               -1, 0);
    X509_set_issuer_name(certificate, subject);
    for (auto const& [what, value] :
         {std::pair{NID_subject_alt_name, valid_for}, {NID_basic_constraints, "critical,CA:TRUE"}}) {
      X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value);
      X509_add_ext(certificate, extension, -1);
      X509_EXTENSION_free(extension);
    }
    X509_sign(certificate, key, EVP_sha256());
    certificate_file = folder / (name + ".pem");
    key_file = folder / (name + ".key");
    write(certificate_file, [this](FILE* file) { PEM_write_X509(file, certificate); });
    write(key_file, [this](FILE* file) { PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr); });
  }
  ~identity() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  identity(identity const&) = delete;
  identity& operator=(identity const&) = delete;

  template <class Write> static void write(std::string const& path, Write&& content) {
    FILE* const file = std::fopen(path.c_str(), "w");
    content(file);
    std::fclose(file);
  }
};

struct folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / "spanwise-tls-XXXXXX";
  folder() {
    std::string name = path;
    path = ::mkdtemp(name.data());
  }
  ~folder() { std::filesystem::remove_all(path); }
};

struct tls_collector {
  httplib::SSLServer server;
  int port{};
  std::atomic<int> requests{};
  std::thread thread;

  tls_collector(identity const& self, char const* clients = nullptr)
      : server{self.certificate_file.c_str(), self.key_file.c_str(), clients} {
    server.Post("/v1/traces", [this](httplib::Request const&, httplib::Response& response) {
      ++requests;
      response.set_content("{}", "application/json");
    });
    port = server.bind_to_any_port("127.0.0.1");
    thread = std::thread{[this] { server.listen_after_bind(); }};
    while (!server.is_running()) std::this_thread::sleep_for(1ms);
  }
  ~tls_collector() {
    server.stop();
    thread.join();
  }
  [[nodiscard]] std::string url() const { return "https://127.0.0.1:" + std::to_string(port); }
};

export_result send(otlp_http given) {
  spanwise::environment const env;
  spanwise::sender<otlp_http> out{std::move(given), {env}};
  return out.export_spans(sample_spans{1}, in(5s));
}

constexpr export_result arrived{.exported = 1};
constexpr export_result lost{.failed = 1};

} // namespace

TEST_CASE("https: a trusted certificate for this host is taken, any other ends the export") {
  diagnostics_log log;
  folder const place;
  identity const right{place.path, "right", "IP:127.0.0.1"};
  identity const other{place.path, "other", "DNS:elsewhere.example"};
  tls_collector in_order{right};
  tls_collector misnamed{other};
  CHECK(send({.endpoint = in_order.url(), .certificate = right.certificate_file}) == arrived);
  CHECK(log.lines().empty());
  CHECK(send({.endpoint = in_order.url()}) == lost);
  CHECK(send({.endpoint = in_order.url(), .certificate = other.certificate_file}) == lost);
  CHECK(send({.endpoint = misnamed.url(), .certificate = other.certificate_file}) == lost);
  REQUIRE(log.lines().size() == 2);
  CHECK(log.lines()[0].starts_with("the certificate of " + in_order.url() + " is not trusted or names another host"));
  CHECK(log.lines()[1].starts_with("the certificate of " + misnamed.url() + " is not trusted or names another host"));
  CHECK(in_order.requests == 1);
  CHECK(misnamed.requests == 0);
}

TEST_CASE("https: a client shows its certificate where it has one") {
  diagnostics_log log;
  folder const place;
  identity const self{place.path, "server", "IP:127.0.0.1"};
  identity const client{place.path, "client", "DNS:client.example"};
  tls_collector in{self, client.certificate_file.c_str()};
  CHECK(send({.endpoint = in.url(),
              .certificate = self.certificate_file,
              .client_certificate = client.certificate_file,
              .client_key = client.key_file}) == arrived);
  CHECK(send({.endpoint = in.url(), .certificate = self.certificate_file}) == lost);
  CHECK(in.requests == 1);
}

TEST_CASE("https: files that cannot be read are told") {
  folder const place;
  identity const self{place.path, "server", "IP:127.0.0.1"};
  tls_collector in{self};
  for (otlp_http const& given : {otlp_http{.endpoint = in.url(), .certificate = place.path / "missing.pem"},
                                 otlp_http{.endpoint = in.url(),
                                 .certificate = self.certificate_file,
                                 .client_certificate = place.path / "missing.pem",
                                 .client_key = self.key_file}}) {
    diagnostics_log log;
    CHECK(send(given) == lost);
    REQUIRE(log.lines().size() == 1);
    CHECK(log.lines()[0].starts_with("a certificate or key file for " + in.url() + " cannot be read"));
  }
}

TEST_CASE("https: a server that speaks no TLS, or never ends its handshake, costs no more than the deadline") {
  diagnostics_log log;
  std::string text = "HTTP/1.1 400 Bad Request\r\n\r\n";
  raw_server clear{[&](raw_connection& peer) { peer.send(text); }};
  CHECK(send({.endpoint = "https" + clear.url().substr(4)}) == lost);
  raw_server silent{[](raw_connection& peer) { peer.wait_for_close(); }};
  stopwatch const watch;
  CHECK(send({.endpoint = "https" + silent.url().substr(4), .timeout = 200ms}) == lost);
  CHECK(watch.passed() < 2s);
  REQUIRE(log.lines().size() == 2);
  CHECK(log.lines()[0].starts_with("what listens at https" + clear.url().substr(4) + " does not speak TLS"));
  CHECK(log.lines()[1].starts_with("the collector at https" + silent.url().substr(4) + " did not answer in time"));
}

#endif
