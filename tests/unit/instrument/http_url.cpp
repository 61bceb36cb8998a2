#include <spanwise/instrument/http_url.hpp>

#include "catch.hpp"
#include "random_text.hpp"

#include <vector>

using namespace spanwise::detail;

namespace {

std::string redacted(std::string_view query, std::vector<std::string> const& more = {}) {
  std::string room;
  return std::string{redacted_query(query, more, room)};
}

} // namespace

TEST_CASE("a target falls into path and query, as they were sent") {
  struct {
    char const *target, *path, *query;
  } const samples[] = {
      {"/", "/", ""},
      {"/a%20b/c?x=1&y=2", "/a%20b/c", "x=1&y=2"},
      {"/a?x=1?2", "/a", "x=1?2"},
      {"/a?", "/a", ""},
      {"/a?x#part?y", "/a", "x"},
      {"*", "*", ""},
      {"", "/", ""},
      {"http://proxy.example:80/a?b", "/a", "b"},
      {"http://proxy.example", "/", ""},
      {"http://proxy.example?q", "/", "q"},
      {"/to?url=http://x/y", "/to", "url=http://x/y"},
      {"://x", "://x", ""},
  };
  for (auto const& sample : samples) {
    INFO(sample.target);
    http_target const target = read_target(sample.target);
    CHECK(target.path == sample.path);
    CHECK(target.query == sample.query);
  }
}

TEST_CASE("an authority falls into host and port") {
  struct {
    char const *text, *host;
    int port;
  } const samples[] = {
      {"shop.example", "shop.example", 0},
      {"shop.example:8080", "shop.example", 8080},
      {" shop.example:1 ", "shop.example", 1},
      {"[::1]:443", "::1", 443},
      {"[::1]", "::1", 0},
      {"[::1", "", 0},
      {"[::1]x:3", "::1", 0},
      {"2001:db8::7", "2001:db8::7", 0},
      {"shop.example:", "shop.example", 0},
      {"shop.example:0", "shop.example", 0},
      {"shop.example:65536", "shop.example", 0},
      {"shop.example:http", "shop.example", 0},
      {"shop.example:000080", "shop.example", 0},
      {"me:secret@shop.example:81", "shop.example", 81},
      {"", "", 0},
  };
  for (auto const& sample : samples) {
    INFO(sample.text);
    http_authority const authority = read_authority(sample.text);
    CHECK(authority.host == sample.host);
    CHECK(authority.port == sample.port);
  }
}

TEST_CASE("addresses in numbers are told from names") {
  for (char const* address : {"127.0.0.1", "::1", "2001:db8::7", "::ffff:10.0.0.1"}) CHECK(is_ip_address(address));
  for (char const* name : {"localhost", "shop.example", "10", ""}) CHECK(!is_ip_address(name));
}

TEST_CASE("values of signature keys are hidden, keys and all else stay") {
  CHECK(redacted("") == "");
  CHECK(redacted("a=1&b=2") == "a=1&b=2");
  CHECK(redacted("sig=abc") == "sig=REDACTED");
  CHECK(redacted("a=1&sig=abc&b=2") == "a=1&sig=REDACTED&b=2");
  CHECK(redacted("sig=a&sig=b") == "sig=REDACTED&sig=REDACTED");
  CHECK(redacted("sig=a=b&x") == "sig=REDACTED&x");
  CHECK(redacted("sig=&sig") == "sig=&sig");
  CHECK(redacted("&&sig=1&&") == "&&sig=REDACTED&&");
  CHECK(redacted("Sig=1&SIG=2&signature=3&sigs=4") == "Sig=1&SIG=2&signature=3&sigs=4");
  CHECK(redacted("X-Amz-Signature=1&X-Amz-Credential=2&X-Amz-Security-Token=3&AWSAccessKeyId=4&Signature=5&X-Goog-"
                 "Signature=6") ==
        "X-Amz-Signature=REDACTED&X-Amz-Credential=REDACTED&X-Amz-Security-Token=REDACTED&AWSAccessKeyId=REDACTED&"
        "Signature=REDACTED&X-Goog-Signature=REDACTED");
  CHECK(redacted("token=1&sig=2&a=token", {"token"}) == "token=REDACTED&sig=REDACTED&a=token");
}

TEST_CASE("what needs no redaction is not copied") {
  std::string room;
  std::string_view const query = "a=1&b=2";
  CHECK(redacted_query(query, {}, room).data() == query.data());
}

TEST_CASE("user-info of a URL is hidden, its fragment stays") {
  CHECK(redacted_url("https://shop.example/a?b=1#c", {}) == "https://shop.example/a?b=1#c");
  CHECK(redacted_url("https://me:pw@shop.example:8443/a", {}) == "https://REDACTED:REDACTED@shop.example:8443/a");
  CHECK(redacted_url("https://token@shop.example", {}) == "https://REDACTED:REDACTED@shop.example");
  CHECK(redacted_url("https://a@b@shop.example/x@y", {}) == "https://REDACTED:REDACTED@shop.example/x@y");
  CHECK(redacted_url("http://shop.example/mail@home?to=a@b", {}) == "http://shop.example/mail@home?to=a@b");
  CHECK(redacted_url("http://shop.example?sig=1#sig=2", {}) == "http://shop.example?sig=REDACTED#sig=2");
  CHECK(redacted_url("/only/path?sig=1", {}) == "/only/path?sig=REDACTED");
  CHECK(redacted_url("http://shop.example/?", {}) == "http://shop.example/?");
}

TEST_CASE("any bytes are taken, and what was hidden stays as it is") {
  testing::random_text random;
  for (int i = 0; i < testing::random_rounds; ++i) {
    std::string const text = random.of("/?#&=:@[]%s.ig0ht\\\"\x80\n ", 40);
    static_cast<void>(read_target(text));
    static_cast<void>(read_authority(text));
    static_cast<void>(is_ip_address(text));
    std::string const once = redacted(text);
    REQUIRE(redacted(once) == once);
    std::string const url = redacted_url("http://h/?" + text, {});
    REQUIRE(redacted_url(url, {}) == url);
  }
}
