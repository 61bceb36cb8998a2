#include <spanwise/context/carrier.hpp>

#include "catch.hpp"

#include <array>
#include <deque>
#include <list>
#include <map>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

using spanwise::each_value;
using spanwise::listable_carrier;
using spanwise::read_names;
using spanwise::read_values;
using spanwise::readable_carrier;
using spanwise::text_map_ref;
using spanwise::writable_carrier;
using spanwise::write_value;

namespace {

using strings = std::vector<std::string>;
using pair = std::pair<std::string, std::string>;

/// As httplib::Headers orders its names.
struct any_case {
  bool operator()(std::string const& left, std::string const& right) const {
    return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
      return std::tolower(static_cast<unsigned char>(a)) < std::tolower(static_cast<unsigned char>(b));
    });
  }
};
using http_headers = std::multimap<std::string, std::string, any_case>;

template <class Carrier> strings names(Carrier const& from) {
  strings result;
  read_names(from, [&result](std::string_view name) { result.emplace_back(name); });
  return result;
}

template <class Carrier> strings values(Carrier const& from, std::string_view name) {
  strings result;
  read_values(from, name, [&result](std::string_view value) { result.emplace_back(value); });
  return result;
}

} // namespace

namespace broker {

/// A type that knows nothing of spanwise, made a carrier by functions that are no templates.
struct headers {
  std::list<pair> all;
};
void spanwise_get(headers const& from, std::string_view name, each_value each) {
  for (auto const& [key, value] : from.all)
    if (key == name) each(value);
}
void spanwise_names(headers const& from, each_value each) {
  for (auto const& one : from.all) each(one.first);
}
void spanwise_set(headers& to, std::string_view name, std::string_view value) {
  to.all.remove_if([&](pair const& one) { return one.first == name; });
  to.all.emplace_back(name, value);
}

/// One that is only read, by a template.
struct message {
  char const* trace{};
};
template <class Each> void spanwise_get(message const& from, std::string_view name, Each&& each) {
  if (name == "traceparent" && from.trace != nullptr) each(from.trace);
}

/// Looks like a map, but its own functions go first.
struct odd_map : std::map<std::string, std::string> {};
void spanwise_get(odd_map const&, std::string_view, each_value each) {
  each("own");
}
void spanwise_set(odd_map& to, std::string_view name, std::string_view) {
  to[std::string{name}] = "own";
}

struct broken {};
void spanwise_get(broken const&, std::string_view, each_value each) {
  each("first");
  throw std::runtime_error{"lost"};
}
void spanwise_names(broken const&, each_value each) {
  each("first");
  throw 1;
}
void spanwise_set(broken&, std::string_view, std::string_view) {
  throw 1;
}

struct stranger {};

} // namespace broker

static_assert(spanwise::carrier<std::map<std::string, std::string>>);
static_assert(spanwise::carrier<std::map<std::string, std::string, std::less<>>>);
static_assert(spanwise::carrier<std::multimap<std::string, std::string>>);
static_assert(spanwise::carrier<std::unordered_map<std::string, std::string>>);
static_assert(spanwise::carrier<std::unordered_multimap<std::string, std::string>>);
static_assert(spanwise::carrier<http_headers>);
static_assert(spanwise::carrier<std::vector<pair>>);
static_assert(spanwise::carrier<std::list<pair>>);
static_assert(spanwise::carrier<std::deque<pair>>);
static_assert(spanwise::carrier<broker::headers>);
static_assert(spanwise::carrier<text_map_ref>);
// Views keep nothing, and fixed ranges take nothing: these are read only.
static_assert(readable_carrier<std::vector<std::pair<std::string_view, std::string_view>>>);
static_assert(!writable_carrier<std::vector<std::pair<std::string_view, std::string_view>>>);
static_assert(!writable_carrier<std::map<std::string, std::string_view>>);
static_assert(readable_carrier<std::array<pair, 2>> && !writable_carrier<std::array<pair, 2>>);
static_assert(readable_carrier<std::map<std::string, char const*>>);
static_assert(readable_carrier<broker::message> && !writable_carrier<broker::message>);
static_assert(!readable_carrier<broker::stranger> && !writable_carrier<broker::stranger>);
static_assert(!readable_carrier<std::string> && !readable_carrier<int> && !readable_carrier<std::map<int, int>>);
// Whose own function reads it needs one to list its names, whatever it looks like.
static_assert(listable_carrier<std::vector<std::pair<std::string_view, std::string_view>>>);
static_assert(listable_carrier<broker::headers> && listable_carrier<text_map_ref>);
static_assert(!listable_carrier<broker::message> && !listable_carrier<broker::odd_map> && !listable_carrier<int>);

TEMPLATE_TEST_CASE("containers of pairs are read and written without regard to case", "",
                   (std::map<std::string, std::string>), (std::map<std::string, std::string, std::less<>>),
                   (std::multimap<std::string, std::string>), (std::unordered_map<std::string, std::string>),
                   (std::unordered_multimap<std::string, std::string>), http_headers, std::vector<pair>,
                   std::list<pair>, std::deque<pair>) {
  TestType headers;
  CHECK(values(headers, "traceparent").empty());
  write_value(headers, "traceparent", "one");
  CHECK(values(headers, "traceparent") == strings{"one"});
  write_value(headers, "traceparent", "two");
  CHECK(values(headers, "traceparent") == strings{"two"});
  CHECK(headers.size() == 1);

  TestType const foreign{{"Host", "h"}, {"TraceParent", "three"}, {"x", ""}};
  CHECK(values(foreign, "traceparent") == strings{"three"});
  CHECK(values(foreign, "trace-parent").empty());
  CHECK(values(foreign, "x") == strings{""});
  TestType changed = foreign;
  write_value(changed, "traceparent", "four");
  CHECK(values(changed, "traceparent") == strings{"four"});
  CHECK(changed.size() == 3);
  CHECK(values(changed, "host") == strings{"h"});
}

TEMPLATE_TEST_CASE("all values of a name are given, and writing leaves one", "",
                   (std::multimap<std::string, std::string>), http_headers, std::vector<pair>, std::list<pair>) {
  TestType headers{{"baggage", "a=1"}, {"other", "x"}, {"baggage", "b=2"}};
  CHECK(values(headers, "baggage") == strings{"a=1", "b=2"});
  write_value(headers, "baggage", "c=3");
  CHECK(values(headers, "baggage") == strings{"c=3"});
  CHECK(headers.size() == 2);
}

TEST_CASE("names that differ in case are one name where the container tells them apart") {
  CHECK(values(std::vector<pair>{{"TraceParent", "1"}, {"traceparent", "2"}}, "traceparent") == strings{"1", "2"});
  CHECK(values(http_headers{{"TraceParent", "1"}, {"traceparent", "2"}}, "traceparent") == strings{"1", "2"});
  std::map<std::string, std::string> map{{"TRACEPARENT", "1"}, {"traceparent", "2"}};
  CHECK(values(map, "traceparent") == strings{"2"}); // the name as it is goes first
  write_value(map, "traceparent", "3");
  CHECK(map.size() == 1);
  CHECK(values(map, "traceparent") == strings{"3"});
}

TEST_CASE("a type becomes a carrier by functions beside it") {
  broker::headers headers;
  write_value(headers, "a", "1");
  write_value(headers, "a", "2");
  write_value(headers, "b", "3");
  CHECK(values(headers, "a") == strings{"2"});
  CHECK(values(headers, "b") == strings{"3"});
  CHECK(values(headers, "B").empty());
  CHECK(values(broker::message{"x"}, "traceparent") == strings{"x"});
  CHECK(values(broker::message{}, "traceparent").empty());
  broker::odd_map odd;
  write_value(odd, "k", "v");
  CHECK(odd["k"] == "own");
  CHECK(values(odd, "anything") == strings{"own"});
}

TEST_CASE("what a carrier throws stays inside, and what came before stands") {
  broker::broken carrier;
  CHECK(values(carrier, "x") == strings{"first"});
  std::string told;
  spanwise::set_diagnostic_handler([](spanwise::severity, std::string_view sentence,
                                      void* to) noexcept { *static_cast<std::string*>(to) = sentence; },
                                   &told);
  write_value(carrier, "x", "y");
  spanwise::set_diagnostic_handler(nullptr);
  CHECK(told.find("carrier threw") != told.npos);
}

TEST_CASE("a reference stands for any carrier") {
  std::map<std::string, std::string> map;
  text_map_ref ref{map};
  write_value(ref, "a", "1");
  CHECK(map["a"] == "1");
  CHECK(values(ref, "A") == strings{"1"});
  text_map_ref second{ref};
  write_value(second, "a", "2");
  CHECK(map["a"] == "2");

  std::map<std::string, std::string> const fixed{{"a", "1"}};
  text_map_ref read_only{fixed};
  write_value(read_only, "a", "2"); // has no way to, and does nothing
  CHECK(values(read_only, "a") == strings{"1"});
  broker::message const message{"x"};
  CHECK(values(text_map_ref{message}, "traceparent") == strings{"x"});
}

TEST_CASE("the names of a carrier are listed as they are, if it can tell them") {
  CHECK(names(std::vector<pair>{{"B", "1"}, {"a", "2"}, {"b", ""}, {"B", "3"}}) == strings{"B", "a", "b", "B"});
  CHECK(names(std::map<std::string, std::string>{{"x", "1"}, {"W", "2"}}) == strings{"W", "x"});
  broker::headers headers;
  headers.all = {{"one", "1"}, {"Two", "2"}};
  CHECK(names(headers) == strings{"one", "Two"});
  CHECK(names(text_map_ref{headers}) == strings{"one", "Two"});
  text_map_ref ref{headers};
  CHECK(names(text_map_ref{ref}) == strings{"one", "Two"});
  CHECK(names(broker::message{"x"}).empty());
  broker::message const message{"x"};
  CHECK(names(text_map_ref{message}).empty());
  CHECK(names(broker::broken{}) == strings{"first"});
}

TEST_CASE("the first value of a name is given alone") {
  strings got;
  auto const keep = [&got](std::string_view value) { got.emplace_back(value); };
  spanwise::detail::read_first(std::vector<pair>{{"a", "1"}, {"b", "2"}, {"A", "3"}}, "a", keep);
  CHECK(got == strings{"1"});
  spanwise::detail::read_first(std::vector<pair>{{"b", "2"}}, "a", keep);
  CHECK(got.size() == 1);
}
