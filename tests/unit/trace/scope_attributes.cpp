// Scopes that differ by their attributes alone. A program of its own: in that of tracers the list of scopes fills up.
#include <spanwise/trace/tracer.hpp>

#include "diagnostics_log.hpp"
#include "recorded.hpp"

#include <map>
#include <string>
#include <vector>

// As the documentation has it, for all to see: no header may be said to shadow it.
inline constexpr spanwise::attribute about[] = {{"team", "checkout"}};

namespace {

constexpr spanwise::attribute of_checkout[] = {{"team", "checkout"}, {"tier", 1}};
constexpr spanwise::attribute of_checkout_again[] = {{"tier", 1}, {"team", "checkout"}};
constexpr spanwise::attribute of_billing[] = {{"team", "billing!"}, {"tier", 1}};

std::string scopes_in_json(testing::recorded& traced) {
  std::string text;
  for (auto const& each : traced.spans())
    text += std::string{each.name()} + "=" + std::string{each.scope_name()} + testing::shown(each.scope_attributes()) + " ";
  return text;
}

} // namespace

TEST_CASE("scope attributes tell scopes apart; the same ones in another order, elsewhere in memory, are the same scope") {
  constexpr spanwise::tracer one{"acme", "1", "", of_checkout};
  constexpr spanwise::tracer again{"acme", "1", "", of_checkout_again};
  constexpr spanwise::tracer other{"acme", "1", "", of_billing};
  constexpr spanwise::tracer none{"acme", "1"};
  testing::recorded traced;
  for (int round = 0; round < 2; ++round) {
    auto const a = one.span("a");
    auto const b = again.span("b");
    auto const c = other.span("c");
    auto const d = none.span("d");
  }
  auto const& scopes = spanwise::detail::default_provider.load(spanwise::detail::acquire)->scopes;
  int named = 0;
  for (std::size_t i = 0; i < scopes.size(); ++i) named += scopes[i].name == "acme" && scopes[i].version == "1" ? 1 : 0;
  CHECK(named == 3);
  traced.settle();
  CHECK(scopes_in_json(traced) ==
        "d=acme{} c=acme{team: \"billing!\", tier: 1} b=acme{team: \"checkout\", tier: 1} a=acme{team: \"checkout\", tier: 1} "
        "d=acme{} c=acme{team: \"billing!\", tier: 1} b=acme{team: \"checkout\", tier: 1} a=acme{team: \"checkout\", tier: 1} ");
}

TEST_CASE("of scope attributes with one key the last counts; absent ones are left out") {
  static constexpr spanwise::attribute twice[] = {{"k", 1}, {"k", 2}};
  testing::recorded traced;
  { auto const a = spanwise::tracer{"acme.twice", "", "", twice}.span("a"); }
  CHECK(testing::shown(traced.only().scope_attributes()) == "{k: 2}");
}

TEST_CASE("attributes that lie where others lay before are another scope") {
  auto const work_for = [](std::string const& who, std::initializer_list<std::string> groups) {
    spanwise::attribute const of_tenant[] = {{"tenant", who}, {"groups", groups}};
    auto const span = spanwise::tracer{"acme.tenants", "", "", of_tenant}.span(who);
  };
  testing::recorded traced;
  work_for("anna", {"x"});
  work_for("bert", {"x"});
  work_for("bert", {"y"});
  CHECK(scopes_in_json(traced) == "anna=acme.tenants{tenant: \"anna\", groups: [\"x\"]} "
                                  "bert=acme.tenants{tenant: \"bert\", groups: [\"x\"]} "
                                  "bert=acme.tenants{tenant: \"bert\", groups: [\"y\"]} ");
}

TEST_CASE("what a tracer says of itself is made UTF-8: receivers refuse whole requests for one bad byte") {
  static constexpr spanwise::attribute bad[] = {{spanwise::any_key{"k\xff"}, "v\xff"}};
  static constexpr char const* texts[] = {"fine", "\xff"};
  std::map<std::string, std::string> const map{{"\xff", "\xff"}};
  spanwise::attribute const nested[] = {{"n", texts}, {"m", map}};
  testing::recorded traced;
  { auto const a = spanwise::tracer{"n\xff", "1\xff", "http://u\xff", bad}.span("a"); }
  { auto const b = spanwise::tracer{"acme.nested", "", "", nested}.span("b"); }
  CHECK(traced["a"].scope_name() == "n\xEF\xBF\xBD");
  CHECK(traced["a"].scope_version() == "1\xEF\xBF\xBD");
  CHECK(traced["a"].scope_schema_url() == "http://u\xEF\xBF\xBD");
  CHECK(testing::shown(traced["a"].scope_attributes()) == "{k\xEF\xBF\xBD: \"v\xEF\xBF\xBD\"}");
  CHECK(testing::shown(traced["b"].scope_attributes()) ==
        "{n: [\"fine\", \"\xEF\xBF\xBD\"], m: {\xEF\xBF\xBD: \"\xEF\xBF\xBD\"}}");
}

TEST_CASE("a tracer without a name works, and that is told once") {
  diagnostics_log const log;
  testing::recorded traced;
  { auto const a = spanwise::tracer{"", "7.7"}.span("a"); }
  { auto const b = spanwise::tracer{"", "7.8"}.span("b"); }
  CHECK(traced.size() == 2);
  CHECK(traced["a"].scope_name().empty());
  CHECK(traced["a"].scope_version() == "7.7");
  CHECK(log.lines() == std::vector<std::string>{"a tracer has no name; its spans do not tell which library or part of "
                                                "the program made them"});
}
