#include <spanwise/start/options.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"

using namespace spanwise;

namespace {

struct format_that_is_not_moved {
  static constexpr std::span<std::string_view const> fields() { return {}; }
  format_that_is_not_moved() = default;
  format_that_is_not_moved(format_that_is_not_moved const&) { throw 1; }
  void inject(context const&, text_map_ref) const {}
  context extract(text_map_ref, context base) const { return base; }
};

} // namespace

TEST_CASE("options: propagators that throw while they are moved are none, and told") {
  diagnostics_log const log;
  options const chosen{.propagators = format_that_is_not_moved{}};
  CHECK(chosen.propagators.empty());
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].find("the propagators that were given are not used") != std::string::npos);
  CHECK(!options{.propagators = trace_context{}}.propagators.empty());
}
