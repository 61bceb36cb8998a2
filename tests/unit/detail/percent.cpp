#include <spanwise/detail/percent.hpp>

#include "catch.hpp"
#include "random_text.hpp"

using namespace spanwise::detail;

namespace {

constexpr char_set unreserved{"azAZ09-.__~~"};

std::string decoded(std::string_view text) {
  std::string out(text.size(), '#');
  out.resize(percent_decode(out.data(), text));
  return out;
}

std::string encoded(std::string_view text) {
  std::string out(percent_encoded_size(text, unreserved), '#');
  REQUIRE(percent_encode(out.data(), text, unreserved) == out.size());
  return out;
}

} // namespace

TEST_CASE("escapes are decoded in either case, once") {
  CHECK(decoded("a%20b") == "a b");
  CHECK(decoded("%c3%A9") == "\xc3\xa9");
  CHECK(decoded("%2525") == "%25");
  CHECK(decoded("a+b") == "a+b");
  CHECK(decoded("%00") == std::string(1, '\0'));
}

TEST_CASE("a percent sign without two digits stays, and only the strict reading refuses it") {
  for (std::string_view const text : {"100%", "%4", "%zz", "%%20", "%2g", "a%"}) {
    std::string out(text.size(), '#');
    CHECK(!percent_decode_strict(out.data(), text));
  }
  CHECK(decoded("100%") == "100%");
  CHECK(decoded("%4") == "%4");
  CHECK(decoded("%%20") == "% ");
  CHECK(decoded("%zz") == "%zz");
  std::string out = "a%2Cb";
  REQUIRE(percent_decode_strict(out.data(), out) == 3U); // in place
  CHECK(out.substr(0, 3) == "a,b");
}

TEST_CASE("encoding leaves the plain alphabet and writes upper-case digits") {
  CHECK(encoded("a b") == "a%20b");
  CHECK(encoded("\xff/") == "%FF%2F");
  CHECK(encoded("").empty());
}

TEST_CASE("what was encoded is decoded again, and nothing decodes to more than it was") {
  testing::random_text random;
  for (int round = 0; round < testing::random_rounds; ++round) {
    std::string const bytes = random.bytes(40);
    REQUIRE(decoded(encoded(bytes)) == bytes);
    std::string const text = random.of("%%%0aFfz", 20);
    REQUIRE(decoded(text).size() <= text.size());
    std::string strict(text.size(), '#');
    if (auto const size = percent_decode_strict(strict.data(), text)) {
      strict.resize(*size);
      REQUIRE(strict == decoded(text));
    }
  }
}
