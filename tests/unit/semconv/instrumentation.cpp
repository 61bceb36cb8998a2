// What the HTTP instrumentation records, with all that can be recorded switched on, is of the generated keys and of
// their types. It writes the keys out, since the single header does without the generated ones.
#include <spanwise/export/memory.hpp>
#include <spanwise/instrument/http_client_span.hpp>
#include <spanwise/instrument/http_server_span.hpp>
#include <spanwise/semconv.hpp>
#include <spanwise/start.hpp>

#include "catch.hpp"

#include <map>
#include <set>
#include <stdexcept>
#include <string>

using namespace spanwise::detail;
using namespace spanwise::semconv;
using spanwise::value_type;
using header_list = std::map<std::string, std::string>;

namespace {

/// The type of each key that may be met.
class known_keys {
public:
  template <class... Values> explicit known_keys(spanwise::typed_key<Values> const&... keys) {
    (types_.emplace(keys.text(), type_of<Values>()), ...);
  }
  [[nodiscard]] std::map<std::string_view, value_type> const& types() const { return types_; }

private:
  template <class Value> static constexpr value_type type_of() {
    if (std::is_array_v<Value>) return value_type::array;
    if (std::same_as<Value, bool>) return value_type::boolean;
    if (std::same_as<Value, std::int64_t>) return value_type::integer;
    return std::same_as<Value, double> ? value_type::floating : value_type::string;
  }
  std::map<std::string_view, value_type> types_;
};

known_keys const for_servers{http_request_method,
                             http_request_method_original,
                             url_path,
                             url_query,
                             url_scheme,
                             http_route,
                             server_address,
                             server_port,
                             client_address,
                             client_port,
                             network_peer_address,
                             network_peer_port,
                             network_local_address,
                             network_local_port,
                             network_transport,
                             network_protocol_version,
                             user_agent_original,
                             http_request_body_size,
                             http_response_body_size,
                             http_response_status_code,
                             error_type,
                             http_request_header<"x-a">,
                             http_response_header<"x-b">,
                             exception_type,
                             exception_message};
known_keys const for_clients{http_request_method,
                             http_request_method_original,
                             url_full,
                             url_scheme,
                             server_address,
                             server_port,
                             network_peer_address,
                             network_peer_port,
                             network_transport,
                             network_protocol_version,
                             http_response_body_size,
                             http_response_status_code,
                             error_type,
                             http_request_header<"x-a">,
                             http_response_header<"x-b">,
                             exception_type,
                             exception_message};

/// Each key of a span and of its events is known, of its type, and no known one is missing.
void compare(spanwise::memory_span const& work, known_keys const& known) {
  std::set<std::string_view> seen;
  auto const look = [&](spanwise::attribute_range const& attributes) {
    for (spanwise::attribute_view const each : attributes) {
      INFO(std::string{each.key});
      auto const found = known.types().find(each.key);
      REQUIRE(found != known.types().end());
      CHECK(each.value.type() == found->second);
      if (each.value.type() == value_type::array)
        for (spanwise::value_view const element : each.value.elements()) CHECK(element.type() == value_type::string);
      seen.insert(found->first);
    }
  };
  look(work.attributes());
  for (spanwise::event_view const each : work.events()) look(each.attributes());
  for (auto const& [key, type] : known.types()) {
    INFO("never recorded: " << std::string{key});
    CHECK(seen.count(key) == 1);
  }
}

header_list const asked_with{
    {"host", "shop.example:81"}, {"user-agent", "test"}, {"content-length", "3"}, {"x-a", "1"}};
header_list const answered_with{{"content-length", "4"}, {"x-b", "2"}};

} // namespace

TEST_CASE("the server's spans are of the generated keys and their types") {
  spanwise::memory_sink sink;
  auto const tracing = spanwise::start("test", spanwise::simple{spanwise::memory{sink}});
  auto const settings = counted<http_server_settings const>::make(spanwise::http_server_options{
      .request_headers = {"x-a"}, .response_headers = {"x-b"}, .record_body_sizes = true, .record_socket = true});
  {
    http_server_span<header_list> work{settings,
                                       {.asked = {"PROPFIND", "/cart?x", "/:page", spanwise::text_map_ref{asked_with}},
                                        .version = "HTTP/1.1",
                                        .peer_address = "10.0.0.9",
                                        .peer_port = 4711,
                                        .local_address = "10.0.0.1",
                                        .local_port = 81},
                                       asked_with};
    work.handler_threw(std::make_exception_ptr(std::runtime_error{"no"}));
    work.finish(500, &answered_with);
  }
  REQUIRE(sink.size() == 1);
  compare(sink.spans()[0], for_servers);
}

TEST_CASE("the client's spans are of the generated keys and their types") {
  spanwise::memory_sink sink;
  auto const tracing = spanwise::start("test", spanwise::simple{spanwise::memory{sink}});
  http_client_setup const setup{
      read_server("https://10.0.0.7"),
      http_settings<spanwise::http_client_options>{
          {.request_headers = {"x-a"}, .response_headers = {"x-b"}, .record_body_sizes = true, .record_socket = true}}};
  spanwise::http_request_view const asked{"PROPFIND", "/cart", {}, spanwise::text_map_ref{asked_with}};
  auto const texts = client_texts(setup, asked, "/cart");
  REQUIRE(texts);
  {
    http_client_span<header_list> work{setup, asked, *texts, false};
    work.answered(404, "HTTP/1.1", answered_with);
    work.threw(std::make_exception_ptr(std::runtime_error{"no"}));
  }
  REQUIRE(sink.size() == 1);
  compare(sink.spans()[0], for_clients);
}
