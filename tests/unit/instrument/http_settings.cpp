#include <spanwise/export/memory.hpp>
#include <spanwise/instrument/http_settings.hpp>
#include <spanwise/start.hpp>

#include "catch.hpp"

#include <map>

namespace {

using header_list = std::map<std::string, std::string>;
using settings = spanwise::detail::http_settings<spanwise::http_server_options>;

spanwise::http_request_view view_of(header_list const& given, std::string_view target,
                                    std::string_view method = "GET") {
  return {method, target, "/:page", spanwise::text_map_ref{given}};
}

} // namespace

TEST_CASE("a request has a span while tracing runs, if the filter lets it") {
  header_list const given;
  settings const chosen{{.filter = [](spanwise::http_request_view const& asked) { return asked.path() != "/health"; }}};
  CHECK(!chosen.wants(view_of(given, "/cart")));
  auto const tracing = spanwise::start("test", spanwise::memory{});
  CHECK(chosen.wants(view_of(given, "/cart")));
  CHECK(!chosen.wants(view_of(given, "/health")));
}

TEST_CASE("a span is named by the options, else after method and route") {
  header_list const given;
  CHECK(settings{{}}.name_of(view_of(given, "/cart")) == "GET /:page");
  CHECK(settings{{}}.name_of(view_of(given, "/cart", "PROPFIND")) == "HTTP /:page");
  CHECK(settings{{.known_methods = {"PROPFIND"}}}.name_of(view_of(given, "/cart", "PROPFIND")) == "PROPFIND /:page");
  settings const named{{.span_name = [](spanwise::http_request_view const&) { return std::string{"page"}; }}};
  CHECK(named.name_of(view_of(given, "/cart")) == "page");
}

TEST_CASE("headers to record get their keys") {
  settings const chosen{{.request_headers = {"X-A"}, .response_headers = {"X-B"}}};
  CHECK(chosen.request_headers.key(0) == "http.request.header.x-a");
  CHECK(chosen.response_headers.key(0) == "http.response.header.x-b");
}
