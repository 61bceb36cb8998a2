#include <spanwise/instrument/http_values.hpp>

#include "catch.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace spanwise::detail;

TEST_CASE("what is not known becomes no attribute") {
  CHECK(text_or_absent("url.query", "").absent());
  CHECK(!text_or_absent("url.query", "a").absent());
  CHECK(number_or_absent("server.port", 0).absent());
  CHECK(number_or_absent("server.port", -1).absent());
  CHECK(!number_or_absent("server.port", 80).absent());
}

TEST_CASE("the protocol version is what follows its name") {
  CHECK(protocol_version("HTTP/1.1") == "1.1");
  CHECK(protocol_version("HTTP/1.0") == "1.0");
  CHECK(protocol_version("ICY 200") == "");
  CHECK(protocol_version("") == "");
}

TEST_CASE("status codes as text") {
  CHECK(status_text{500}.view() == "500");
  CHECK(status_text{-2147483647}.view() == "-2147483647");
}

TEST_CASE("a body's length is told by a number and nothing else") {
  auto const told = [](std::string value) {
    std::vector<std::pair<std::string, std::string>> const headers{{"Content-Length", std::move(value)}};
    return content_length(spanwise::text_map_ref{headers});
  };
  CHECK(told("0") == 0);
  CHECK(told("4711") == 4711);
  for (char const* bad : {"", "x", "12x", " 12", "99999999999999999999"}) CHECK(!told(bad));
  std::vector<std::pair<std::string, std::string>> const none;
  CHECK(!content_length(spanwise::text_map_ref{none}));
}
