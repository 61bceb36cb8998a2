#include <spanwise/instrument/http_forwarded.hpp>

#include "catch.hpp"
#include "random_text.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace spanwise::detail;
using headers = std::vector<std::pair<std::string, std::string>>;

namespace {

http_origin origin_of(headers const& given, bool trusted = true) {
  // The origin views the headers, so these stay until the next call.
  static headers kept;
  kept = given;
  return read_origin(spanwise::text_map_ref{std::as_const(kept)}, trusted);
}

} // namespace

TEST_CASE("without a proxy the Host header says what was asked for") {
  http_origin const origin = origin_of({{"Host", "shop.example:8080"}});
  CHECK(origin.host == "shop.example");
  CHECK(origin.port == 8080);
  CHECK(origin.scheme == "");
  CHECK(origin.client == "");
  CHECK(origin_of({}).host == "");
  CHECK(origin_of({{"host", "[::1]"}}).host == "::1");
}

TEST_CASE("X-Forwarded headers come before Host, the first value of each counts") {
  http_origin const origin = origin_of({{"Host", "10.0.0.7:80"},
                                        {"X-Forwarded-Host", "shop.example:8443, inner.example"},
                                        {"X-Forwarded-Proto", "HTTPS, http"},
                                        {"X-Forwarded-For", " 83.164.160.102 , 10.0.0.1"},
                                        {"X-Forwarded-For", "10.0.0.2"}});
  CHECK(origin.host == "shop.example");
  CHECK(origin.port == 8443);
  CHECK(origin.scheme == "https");
  CHECK(origin.client == "83.164.160.102");
}

TEST_CASE("the port comes from the same place as the host") {
  http_origin const origin = origin_of({{"Host", "10.0.0.7:8080"}, {"X-Forwarded-Host", "shop.example"}});
  CHECK(origin.host == "shop.example");
  CHECK(origin.port == 0);
}

TEST_CASE("Forwarded comes before the X-Forwarded headers") {
  http_origin const origin = origin_of(
      {{"Host", "10.0.0.7"},
       {"X-Forwarded-Host", "other.example"},
       {"X-Forwarded-For", "10.1.1.1"},
       {"Forwarded", "by=203.0.113.43; For=\"[2001:db8:cafe::17]:4711\" ;host=\"shop.example:81\";proto=https,"
                     " for=192.0.2.1;host=inner.example"}});
  CHECK(origin.host == "shop.example");
  CHECK(origin.port == 81);
  CHECK(origin.scheme == "https");
  CHECK(origin.client == "2001:db8:cafe::17");
}

TEST_CASE("what Forwarded does not say is taken from the others") {
  http_origin const origin =
      origin_of({{"Host", "10.0.0.7"}, {"Forwarded", "for=192.0.2.60:99"}, {"X-Forwarded-Proto", "https"}});
  CHECK(origin.host == "10.0.0.7");
  CHECK(origin.client == "192.0.2.60");
  CHECK(origin.scheme == "https");
}

TEST_CASE("an element that is malformed says nothing") {
  for (char const* const header : {"for=\"[\"", "for=\"[", "for=[2001:db8::1", "for=\""}) {
    INFO(header);
    CHECK(origin_of({{"Forwarded", header}}).client == "");
    CHECK(origin_of({{"Forwarded", header}, {"X-Forwarded-For", "192.0.2.1"}}).client == "192.0.2.1");
  }
}

TEST_CASE("separators in quotes separate nothing") {
  CHECK(forwarded_value("for=\"a,b;c\";host=x", "for") == "a,b;c");
  CHECK(forwarded_value("for=\"a\\\",b\";host=x", "host") == "x");
  CHECK(forwarded_value("for=\"open;host=x", "host") == "");
}

TEST_CASE("hidden clients and foreign schemes are not told") {
  CHECK(origin_of({{"Forwarded", "for=unknown"}}).client == "");
  CHECK(origin_of({{"Forwarded", "for=_gazonk"}}).client == "");
  CHECK(origin_of({{"X-Forwarded-Proto", "gopher"}}).scheme == "");
}

TEST_CASE("without trust only Host counts") {
  http_origin const origin = origin_of({{"Host", "shop.example:8080"},
                                        {"Forwarded", "for=1.2.3.4;host=evil.example;proto=https"},
                                        {"X-Forwarded-For", "1.2.3.4"},
                                        {"X-Forwarded-Host", "evil.example"}},
                                       false);
  CHECK(origin.host == "shop.example");
  CHECK(origin.port == 8080);
  CHECK(origin.client == "");
  CHECK(origin.scheme == "");
}

TEST_CASE("any header is taken") {
  testing::random_text random;
  for (int i = 0; i < testing::random_rounds; ++i) {
    std::string const text = random.of("for=host;,\"\\ :[]_p\x80", 40);
    static_cast<void>(origin_of({{"Forwarded", text}, {"X-Forwarded-For", text}, {"Host", text}}));
  }
}
