#include <spanwise/instrument/http_method.hpp>

#include "catch.hpp"

using spanwise::environment;
using spanwise::detail::http_method_list;
using spanwise::detail::http_span_name;

TEST_CASE("the methods of the conventions are known, letter for letter") {
  http_method_list const methods{{}, environment{}};
  for (char const* known : {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"})
    CHECK(methods.normal(known) == known);
  for (char const* other : {"get", "GeT", "ACL", "", "PROPFIND", " GET"}) CHECK(methods.normal(other) == "_OTHER");
}

TEST_CASE("code and environment replace the list, code before environment") {
  environment const env{{"OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", " GET , PROPFIND,,"}};
  http_method_list const from_environment{{}, env};
  CHECK(from_environment.normal("PROPFIND") == "PROPFIND");
  CHECK(from_environment.normal("GET") == "GET");
  CHECK(from_environment.normal("POST") == "_OTHER");
  http_method_list const from_code{{"MKCOL"}, env};
  CHECK(from_code.normal("MKCOL") == "MKCOL");
  CHECK(from_code.normal("GET") == "_OTHER");
}

TEST_CASE("a span is named after method and route") {
  CHECK(http_span_name("GET", "/orders/:id") == "GET /orders/:id");
  CHECK(http_span_name("GET", "") == "GET");
  CHECK(http_span_name("_OTHER", "/dav") == "HTTP /dav");
  CHECK(http_span_name("_OTHER", "") == "HTTP");
}
