#include <spanwise/core/resource.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"

#include <string>
#include <vector>

using spanwise::resource;

namespace {

std::vector<std::string> keys_of(resource const& from) {
  std::vector<std::string> keys;
  for (auto const& each : from.attributes()) keys.emplace_back(each.key);
  return keys;
}

resource made_of(std::initializer_list<spanwise::attribute> attributes, std::string_view url = {}) {
  resource made;
  for (auto const& each : attributes) made.set(each);
  made.set_schema_url(url);
  return made;
}

} // namespace

TEST_CASE("a resource begins empty") {
  resource const empty;
  CHECK(empty.encoded().empty());
  CHECK(keys_of(empty).empty());
  CHECK(empty.schema_url().empty());
  CHECK(empty.text("service.name").empty());
}

TEST_CASE("setting a key again replaces its value") {
  resource const made = made_of({{"a", "1"}, {"b", 2}, {"a", "3"}});
  CHECK(keys_of(made).size() == 2);
  CHECK(made.text("a") == "3");
  for (auto const& each : made.attributes())
    if (each.key == "b") CHECK(each.value.as_int() == 2);
}

TEST_CASE("an attribute without a key or without a value changes nothing") {
  resource made = made_of({{"a", "1"}});
  made.set({});
  made.set({spanwise::any_key{""}, "x"});
  CHECK(keys_of(made) == std::vector<std::string>{"a"});
}

TEST_CASE("a merge is the union of both; the updating side wins, even with an empty value") {
  resource old = made_of({{"a", "1"}, {"b", "2"}});
  old.merge(made_of({{"b", ""}, {"c", "3"}}));
  CHECK(keys_of(old).size() == 3);
  CHECK(old.text("a") == "1");
  CHECK(old.text("b").empty());
  CHECK(old.text("c") == "3");
  old.merge({});
  CHECK(keys_of(old).size() == 3);
  resource none;
  none.merge(old);
  CHECK(none.text("a") == "1");
}

TEST_CASE("of two schema URLs the one that is not empty counts, and two different ones leave none, with a word") {
  diagnostics_log log;
  auto const merged = [](std::string_view one, std::string_view other) {
    resource old = made_of({{"a", "1"}}, one);
    old.merge(made_of({{"b", "2"}}, other));
    CHECK(keys_of(old).size() == 2);
    return std::string{old.schema_url()};
  };
  CHECK(merged("", "").empty());
  CHECK(merged("u", "") == "u");
  CHECK(merged("", "u") == "u");
  CHECK(merged("u", "u") == "u");
  CHECK(log.lines().empty());
  CHECK(merged("u", "v").empty());
  CHECK(log.lines().size() == 1);
}

TEST_CASE("a resource is free of the limits that spans have") {
  resource made;
  for (int i = 0; i < 300; ++i) made.set({spanwise::any_key{"key" + std::to_string(i)}, i});
  CHECK(keys_of(made).size() == 300);
  std::string const text(100'000, 'x');
  made.set({"text", text});
  CHECK(made.text("text") == text);
}

TEST_CASE("ill-formed text is repaired, since receivers refuse whole requests for one bad byte") {
  resource made;
  made.set({"host.name", "a\xff"
                         "b"});
  made.set({spanwise::any_key{"k\xc3"}, "v"});
  made.set({spanwise::any_key{"k\xc3"}, "w"});
  CHECK(made.text("host.name") == "a\xEF\xBF\xBD"
                                  "b");
  CHECK(made.text("k\xEF\xBF\xBD") == "w");
  CHECK(keys_of(made).size() == 2);
  std::vector<std::string> const names{"a\xff", "b"};
  made.set({"list", names});
  made.set({"map", {{spanwise::any_key{"k\xff"}, "\xff"}}});
  std::string_view const bytes{reinterpret_cast<char const*>(made.encoded().data()), made.encoded().size()};
  CHECK(bytes.find('\xff') == bytes.npos);
  made.set({"empty", ""});
  CHECK(keys_of(made).back() == "empty");
}

TEST_CASE("values of all kinds are kept") {
  resource const made = made_of({{"text", "t"}, {"number", 1.5}, {"yes", true}, {"list", {1, 2}}, {"map", {{"x", 1}}}});
  std::vector<spanwise::value_type> types;
  for (auto const& each : made.attributes()) types.push_back(each.value.type());
  CHECK(types == std::vector{spanwise::value_type::string, spanwise::value_type::floating,
                             spanwise::value_type::boolean, spanwise::value_type::array, spanwise::value_type::map});
}

TEST_CASE("attributes can be left out by their keys") {
  resource made = made_of({{"a.x", 1}, {"b.x", "t"}, {"a.y", true}});
  made.set_schema_url("https://example.org/1");
  made.keep_if([](std::string_view key) { return key.starts_with("a."); });
  CHECK(keys_of(made).size() == 2);
  CHECK(made.text("b.x").empty());
  CHECK(made.schema_url() == "https://example.org/1");
  made.keep_if([](std::string_view) { return false; });
  CHECK(made.encoded().empty());
}
