#include <spanwise/core/unlimited_attribute.hpp>

#include "catch.hpp"
#include "shown.hpp"

#include <string>

using spanwise::detail::inline_tape;
using spanwise::detail::put_unlimited_attribute;

namespace {

std::string written(spanwise::attribute const& given) {
  inline_tape out{1U << 20};
  CHECK(put_unlimited_attribute(out, spanwise::detail::tag::bytes_1, given.key_text(), given.value()));
  return testing::shown(spanwise::attribute_range{{reinterpret_cast<std::byte const*>(out.data()), out.size()}, 1});
}

} // namespace

TEST_CASE("keys and texts are made UTF-8, however deep they stand; bytes stay") {
  CHECK(written({spanwise::any_key{"k\xff"}, "K\xC3\xB6ln\xC3"}) == "{k\xEF\xBF\xBD: \"K\xC3\xB6ln\xEF\xBF\xBD\"}");
  CHECK(written({"list", {"fine", "\xff"}}) == "{list: [\"fine\", \"\xEF\xBF\xBD\"]}");
  CHECK(written({"map", {{spanwise::any_key{"\xfe"}, "\xff"}, {"n", 1}}}) ==
        "{map: {\xEF\xBF\xBD: \"\xEF\xBF\xBD\", n: 1}}");
  unsigned char const bytes[] = {0xff, 0xfe};
  CHECK(written({"bytes", bytes}) == "{bytes: <fffe>}");
  CHECK(written({"empty", ""}) == "{empty: \"\"}");
}

TEST_CASE("what has no room is not written at all") {
  inline_tape out{1000};
  std::string const bad(400, '\xff'); // three times as long when it is repaired
  CHECK_FALSE(put_unlimited_attribute(out, spanwise::detail::tag::bytes_1, "k", spanwise::detail::value_of(bad)));
  CHECK(out.size() == 0);
}
