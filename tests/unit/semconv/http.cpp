#include <spanwise/semconv/http.hpp>

#include "keys.hpp"

TEST_CASE("keys of HTTP and their types, by the tables of the conventions") {
  CHECK(is<text>(http_request_method, "http.request.method"));
  CHECK(is<text>(url_path, "url.path"));
  CHECK(is<text>(url_scheme, "url.scheme"));
  CHECK(is<text>(http_request_method_original, "http.request.method_original"));
  CHECK(is<integer>(http_response_status_code, "http.response.status_code"));
  CHECK(is<text>(http_route, "http.route"));
  CHECK(is<text>(url_query, "url.query"));
  CHECK(is<text>(user_agent_original, "user_agent.original"));
  CHECK(is<integer>(http_request_body_size, "http.request.body.size"));
  CHECK(is<texts>(http_request_header<"some-name">, "http.request.header.some-name"));
  CHECK(is<integer>(http_request_size, "http.request.size"));
  CHECK(is<integer>(http_response_body_size, "http.response.body.size"));
  CHECK(is<texts>(http_response_header<"some-name">, "http.response.header.some-name"));
  CHECK(is<integer>(http_response_size, "http.response.size"));
  CHECK(is<text>(user_agent_synthetic_type, "user_agent.synthetic.type"));
  CHECK(is<text>(url_full, "url.full"));
  CHECK(is<integer>(http_request_resend_count, "http.request.resend_count"));
  CHECK(is<text>(url_template, "url.template"));
}

TEST_CASE("a body may be text or bytes: its keys take anything") {
  static_assert(std::same_as<decltype(http_request_body_content), spanwise::key const>);
  CHECK(http_request_body_content.text() == "http.request.body.content");
  CHECK(http_response_body_content.text() == "http.response.body.content");
}

TEST_CASE("well-known values of HTTP") {
  CHECK(http_request_method_values::get == "GET");
  CHECK(http_request_method_values::delete_ == "DELETE");
  CHECK(http_request_method_values::other == "_OTHER");
  CHECK(user_agent_synthetic_type_values::bot == "bot");
}
