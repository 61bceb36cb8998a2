#include <spanwise/instrument/http_header_capture.hpp>

#include "catch.hpp"

#include <utility>

using headers = std::vector<std::pair<std::string, std::string>>;

namespace {

/// Stands in for a span: keeps the keys that were set, with the number of values.
struct noted {
  std::vector<std::pair<std::string, std::size_t>> set_keys;
  void set(spanwise::any_key key, std::vector<std::string_view> const& values) {
    set_keys.emplace_back(key.text(), values.size());
  }
};

} // namespace

TEST_CASE("keys are the prefix and the name in lower case, each once") {
  spanwise::detail::http_header_capture const capture{"http.request.header.", {"X-Channel", "accept", "x-channel", ""}};
  REQUIRE(capture.size() == 2);
  CHECK(capture.key(0) == "http.request.header.x-channel");
  CHECK(capture.key(1) == "http.request.header.accept");
}

TEST_CASE("all values of a header are found, whatever the case of its name") {
  spanwise::detail::http_header_capture const capture{"http.request.header.", {"X-Channel", "Accept", "Missing"}};
  headers const given{{"x-channel", "app"}, {"Accept", "*/*"}, {"X-CHANNEL", "web"}};
  CHECK(capture.values(0, spanwise::text_map_ref{given}) == std::vector<std::string_view>{"app", "web"});
  CHECK(capture.values(1, spanwise::text_map_ref{given}) == std::vector<std::string_view>{"*/*"});
  CHECK(capture.values(2, spanwise::text_map_ref{given}).empty());
  CHECK(capture.values(3, spanwise::text_map_ref{given}).empty());

  noted all;
  capture.record(all, spanwise::text_map_ref{given});
  CHECK(all.set_keys == std::vector<std::pair<std::string, std::size_t>>{{"http.request.header.x-channel", 2},
                                                                         {"http.request.header.accept", 1}});
  noted rest;
  capture.record(rest, spanwise::text_map_ref{given}, 1);
  CHECK(rest.set_keys.size() == 1);
}
