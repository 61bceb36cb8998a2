#include <spanwise/export/scope_groups.hpp>

#include "catch.hpp"

#include <string>
#include <vector>

using spanwise::record;

namespace {

std::string grouped(std::vector<std::uint16_t> const& scopes) {
  std::vector<record> records;
  for (std::size_t at = 0; at < scopes.size(); ++at) {
    record one;
    one.size = static_cast<std::uint32_t>(at);
    one.scope = scopes[at];
    records.push_back(one);
  }
  std::string out;
  spanwise::detail::each_scope(records, [&](std::size_t scope, auto const& each_record) {
    out += std::to_string(scope) + ":";
    each_record([&](record const& one) { out += std::to_string(one.size); });
    out += " ";
  });
  return out;
}

} // namespace

TEST_CASE("records come scope by scope, each group in order, each record once") {
  CHECK(grouped({}).empty());
  CHECK(grouped({0, 0, 0}) == "0:012 ");
  CHECK(grouped({3, 0, 3, 1, 0}) == "3:02 0:14 1:3 ");
  CHECK(grouped({255, 256, 300, 65535, 255}) == "255:04 256:123 ");
}
