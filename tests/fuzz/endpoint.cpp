// Endpoint URLs: any text is read as an endpoint that reads back as itself, or refused with a reason; what diagnostics
// show of a URL holds neither its password nor its query.
#include <spanwise/export/endpoint.hpp>

#include "fuzz.hpp"

namespace {

using fuzz::require;
using spanwise::endpoint;
using spanwise::endpoint_use;

void check(std::string_view url, endpoint_use use) {
  std::string_view problem;
  auto const read = spanwise::read_endpoint(url, use, problem);
  require(read.has_value() == problem.empty(), "a URL is read, or there is a reason why not", url);
  if (!read) return;
  require(!read->host.empty() && read->port != 0, "an endpoint has a host and a port", url);
  require(read->target.starts_with('/'), "what is asked for is a path", read->target);
  require(read->target.find('#') == std::string::npos, "a fragment is not sent", read->target);
  if (use == endpoint_use::base)
    require(read->target.substr(0, read->target.find('?')).ends_with("/v1/traces"), "a base is completed", read->target);
  for (char const letter : read->host + read->target)
    require(static_cast<unsigned char>(letter) > ' ' && static_cast<unsigned char>(letter) < 0x7f, "nothing ends a header line", url);
  std::string const whole = read->origin() + read->target;
  require(spanwise::read_endpoint(whole, endpoint_use::exact, problem) == read, "an endpoint reads back as itself", whole);
  require(read->url().find('?') == std::string::npos, "the URL that is told has no query", url);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::exact const input{{reinterpret_cast<char const*>(data), size}};
  std::string_view const url = input.text();
  check(url, endpoint_use::base);
  check(url, endpoint_use::exact);

  // What diagnostics show never grows beyond a line, and is told once a variable.
  for (char const* const name : {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"}) {
    fuzz::diagnostics const diagnostics;
    auto const chosen = spanwise::choose_endpoint("", "", spanwise::environment{{name, url}});
    require(chosen.has_value(), "a bad variable is passed over", url);
    require(diagnostics.told() <= 1, "a bad variable is told once", url);
    if (diagnostics.told() == 1) require(*chosen == endpoint{}, "then the default holds", url);
  }
  for (bool const exact : {false, true}) {
    fuzz::diagnostics const diagnostics;
    auto const chosen = spanwise::choose_endpoint(exact ? std::string_view{} : url, exact ? url : std::string_view{}, {});
    require(chosen.has_value() == (diagnostics.told() == 0), "a bad URL of the code's own is told", url);
  }

  // A secret in the place of a password or of a query; the fuzzer finds out what it is called.
  if (url.find("hunter2x") != url.npos) return 0;
  std::string const plain{url.substr(0, url.find_first_of("/?#@ "))};
  for (std::string const& secret : {"https://user:hunter2x@" + plain + "/path", "http://" + plain + "/v1?key=hunter2x",
                                    "user:hunter2x@" + plain, "http://" + plain + "?hunter2x@"}) {
    require(spanwise::detail::shown_url(secret).find("hunter2x") == std::string::npos, "a secret is not shown", secret);
    std::string_view problem;
    if (auto const read = spanwise::read_endpoint(secret, endpoint_use::exact, problem))
      require(read->url().find("hunter2x") == std::string::npos, "a secret is not part of what is told", secret);
  }
  return 0;
}
