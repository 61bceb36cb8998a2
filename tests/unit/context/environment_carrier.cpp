#include <spanwise/context/b3.hpp>
#include <spanwise/context/environment_carrier.hpp>
#include <spanwise/context/propagator.hpp>

#include "catch.hpp"

#include <algorithm>
#include <cstdlib>
#include <list>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

using namespace spanwise;

namespace {

using pair = std::pair<std::string, std::string>;
using pairs = std::vector<pair>;
using texts = std::vector<std::string>;

std::string const parent = "00-3f9a1c5be27d4d0b8c6e0a47d15f2b93-5ad3e7f1096b2c48-01";

context sample() {
  return context{*read_traceparent(parent), baggage{}.set("k", "v")};
}

/// Sets a variable of this process for a while.
class variable {
public:
  variable(char const* name, std::string const& value) : name_{name} { ::setenv(name, value.c_str(), 1); }
  variable(variable const&) = delete;
  variable& operator=(variable const&) = delete;
  ~variable() { ::unsetenv(name_); }

private:
  char const* name_;
};

texts names_of(process_environment const& from) {
  texts names;
  read_names(from, [&names](std::string_view name) { names.emplace_back(name); });
  return names;
}

} // namespace

namespace other {

/// What some other library starts processes with.
struct launcher {
  std::map<std::string, std::string> given;
};
void spanwise_set(launcher& to, std::string_view name, std::string_view value) {
  to.given[std::string{name}] = value;
}

struct stranger {};

} // namespace other

template <class Variables>
concept child_of = requires(Variables& variables) { child_environment{variables}; };
static_assert(child_of<pairs> && child_of<texts> && child_of<std::list<std::string>> && child_of<other::launcher>);
static_assert(!child_of<other::stranger> && !child_of<std::string> && !child_of<std::vector<std::string_view>>);

TEST_CASE("names of headers become names of variables, a character each") {
  CHECK(environment_name{"x-b3-traceid"}.view() == "X_B3_TRACEID");
  CHECK(environment_name{"1a"}.view() == "_1A");
  CHECK(environment_name{""}.view() == "_");
  CHECK(environment_name{"_a"}.view() == "_A");
  CHECK(environment_name{"\xF0\x9F\x92\xBC"}.view() == "_");
  CHECK(environment_name{"\x80\xFF"}.view() == "__");
  CHECK(environment_name{std::string_view{"a\0b", 3}}.view() == "A_B");
  CHECK(environment_name::is_normal("_A1") == true);
  for (char const* const odd : {"", "a", "1A", "A-B", "\xC3\x84"}) CHECK(environment_name::is_normal(odd) == false);
}

TEST_CASE("the process's variables are read by their normal names") {
  variable const set{"TRACEPARENT", parent};
  variable const more{"BAGGAGE", "k=v"};
  context const got = extract(process_environment{});
  CHECK(got.span().trace_id() == sample().span().trace_id());
  CHECK(got.span().remote());
  CHECK(got.baggage() == sample().baggage());
  variable const single{"B3", "9e2b74c10d5f4a36b8e1f7035cda6924-c47f20a9be8d1356-d"};
  CHECK(sampling_state_of(extract(process_environment{}, b3{})) == sampling_state::debug);
  process_environment const variables;
  CHECK(extract(text_map_ref{variables}).span().valid());
}

TEST_CASE("variables with other names are not read, nor listed") {
  ::unsetenv("TRACEPARENT");
  variable const lower{"traceparent", parent};
  CHECK(!extract(process_environment{}).span().valid());
  variable const normal{"SPANWISE_TEST_NAME", "1"};
  texts const names = names_of({});
  CHECK(std::count(names.begin(), names.end(), "SPANWISE_TEST_NAME") == 1);
  CHECK(std::count(names.begin(), names.end(), "traceparent") == 0);
  CHECK(std::all_of(names.begin(), names.end(), [](auto const& name) { return environment_name::is_normal(name); }));
}

TEMPLATE_TEST_CASE("the variables of a child are written by their normal names", "",
                   (std::map<std::string, std::string>), (std::unordered_map<std::string, std::string>),
                   (std::multimap<std::string, std::string>), pairs, std::list<pair>) {
  TestType variables{{"PATH", "/bin"}, {"TRACEPARENT", "old"}, {"traceparent", "another's"}};
  inject(sample(), child_environment{variables});
  std::map<std::string, std::string> const sorted(variables.begin(), variables.end());
  CHECK(variables.size() == 4);
  CHECK(sorted == std::map<std::string, std::string>{
                      {"PATH", "/bin"}, {"TRACEPARENT", parent}, {"traceparent", "another's"}, {"BAGGAGE", "k=v"}});
}

TEST_CASE("texts NAME=value take variables too") {
  texts variables{"PATH=/bin", "BAGGAGE_X=1", "BAGGAGE=old", "TRACEPARENT", "BAGGAGE=older"};
  inject(sample(), child_environment{variables});
  CHECK(variables == texts{"PATH=/bin", "BAGGAGE_X=1", "TRACEPARENT", "TRACEPARENT=" + parent, "BAGGAGE=k=v"});
  inject(context{}, child_environment{variables});
  CHECK(variables.size() == 5);
}

TEST_CASE("a carrier of one's own gets the normal names") {
  other::launcher process;
  inject(sample(), child_environment{process}, b3_multi{});
  CHECK(process.given == std::map<std::string, std::string>{{"X_B3_TRACEID", "3f9a1c5be27d4d0b8c6e0a47d15f2b93"},
                                                            {"X_B3_SPANID", "5ad3e7f1096b2c48"},
                                                            {"X_B3_SAMPLED", "1"}});
}
