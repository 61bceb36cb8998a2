#include <spanwise/core/scope.hpp>

#include <spanwise/core/wire_reader.hpp>

#include "catch.hpp"

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

using spanwise::scope_list;

namespace {

std::uint32_t told() {
  return spanwise::detail::diagnostics.misuses[static_cast<std::size_t>(spanwise::misuse::too_many_scopes)].exchange(
      0, spanwise::detail::relaxed);
}

std::string fields_of(spanwise::scope_view const& scope) {
  std::string text;
  spanwise::detail::wire_reader reader{scope.encoded};
  for (spanwise::detail::wire_field field; reader.next(field);)
    text += std::to_string(field.number) + "=" + std::string{field.text()} + ";";
  return text;
}

} // namespace

TEST_CASE("a scope is added once and found again; another version is another scope") {
  static scope_list list; // such lists live as long as the process
  std::string name{"acme.orders"};
  CHECK(list.find_or_add(11, name, "1.0", "https://acme.example") == 0);
  CHECK(list.find_or_add(22, name, "2.0", {}) == 1);
  CHECK(list.find_or_add(11, name, "1.0", "https://acme.example") == 0);
  CHECK(list.size() == 2);
  name = "gone by now";
  spanwise::scope_view const first = list[0];
  CHECK(first.name == "acme.orders");
  CHECK(first.version == "1.0");
  CHECK(first.schema_url == "https://acme.example");
  CHECK(fields_of(first) == "1=acme.orders;2=1.0;");
  CHECK(fields_of(list[1]) == "1=acme.orders;2=2.0;");
}

TEST_CASE("empty parts are left out of the message") {
  static scope_list list; // such lists live as long as the process
  list.find_or_add(1, {}, {}, {});
  CHECK(list[0].encoded.empty());
  list.find_or_add(2, std::string(300, 'n'), {}, {});
  CHECK(fields_of(list[1]) == "1=" + std::string(300, 'n') + ";");
}

TEST_CASE("a full list gives the first scope, and counts that") {
  static scope_list list; // such lists live as long as the process
  static_cast<void>(told());
  for (std::uint64_t number = 0; number < scope_list::capacity; ++number)
    REQUIRE(list.find_or_add(1000 + number, std::to_string(number), {}, {}) == number);
  CHECK(told() == 0);
  CHECK(list.find_or_add(9, "one more", {}, {}) == 0);
  CHECK(told() == 1);
  CHECK(list.size() == scope_list::capacity);
  CHECK(list.find_or_add(1255, "255", {}, {}) == 255);
}

TEST_CASE("texts that are no UTF-8 are repaired, since receivers refuse them") {
  static scope_list list;
  std::string const bad(200, '\xff');
  auto const number = list.find_or_add(1, bad, "1\xc3", "\xe2\x82z");
  CHECK(list[number].name.size() == 600);
  CHECK(list[number].name.substr(597) == "\xEF\xBF\xBD");
  CHECK(list[number].version == "1\xEF\xBF\xBD");
  CHECK(list[number].schema_url == "\xEF\xBF\xBDz");
  spanwise::detail::wire_reader fields{list[number].encoded};
  spanwise::detail::wire_field field;
  REQUIRE(fields.next(field));
  CHECK(field.text() == list[number].name);
  REQUIRE(fields.next(field));
  CHECK(field.text() == list[number].version);
  CHECK_FALSE(fields.next(field));
  CHECK_FALSE(fields.failed());
}

TEST_CASE("numbers that nobody has been given show an empty scope") {
  static scope_list list; // such lists live as long as the process
  CHECK(list[0].name.empty());
  CHECK(list[65535].name.empty());
}

TEST_CASE("threads that add the same scopes at once get the same numbers", "[threads]") {
  static scope_list lists[20];
  for (scope_list& list : lists) {
    std::vector<std::vector<std::uint16_t>> numbers(4);
    std::vector<std::thread> threads;
    std::atomic<bool> go{false};
    for (auto& mine : numbers)
      threads.emplace_back([&] {
        while (!go.load()) {
        }
        for (std::uint64_t scope = 1; scope <= 50; ++scope) mine.push_back(list.find_or_add(scope, std::to_string(scope), "1", {}));
      });
    go = true;
    for (auto& each : threads) each.join();
    for (auto const& each : numbers) REQUIRE(each == numbers[0]);
    CHECK(std::set<std::uint16_t>(numbers[0].begin(), numbers[0].end()).size() == 50);
    for (std::size_t i = 0; i < 50; ++i) CHECK(list[numbers[0][i]].name == std::to_string(i + 1));
    CHECK(list.size() == 50);
  }
}
