#include <spanwise/trace/outcome.hpp>

#include <spanwise/trace/span.hpp>

#include "recorded.hpp"

#include <cerrno>
#include <charconv>
#include <climits>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

using testing::recorded;
using testing::shown;

namespace shop {

/// The shape of std::expected, which came after C++20.
template <class Value, class Error> struct expected {
  std::variant<Value, Error> held;
  [[nodiscard]] bool has_value() const { return held.index() == 0; }
  [[nodiscard]] Value const& operator*() const { return std::get<0>(held); }
  [[nodiscard]] Error const& error() const { return std::get<1>(held); }
};

enum class refusal { card, stock };

enum class network { up, down };
[[nodiscard]] std::string to_string(network state) {
  if (state == network::up) throw std::runtime_error{"no words"};
  return "Down";
}

/// The shape of httplib::Result.
struct answer {
  bool good;
  network state;
  operator bool() const { return good; }
  [[nodiscard]] network error() const { return state; }
};

struct failure {
  std::string text;
  [[nodiscard]] std::string message() const { return text; }
};

struct long_category : std::error_category {
  [[nodiscard]] char const* name() const noexcept override {
    return "a category whose name is much longer than anybody would like to read in a chart of errors";
  }
  [[nodiscard]] std::string message(int) const override { return "long"; }
} const long_names;

struct throwing_category : std::error_category {
  [[nodiscard]] char const* name() const noexcept override { return "throwing"; }
  [[nodiscard]] std::string message(int) const override { throw std::runtime_error{"no words"}; }
} const without_words;

} // namespace shop

namespace {

struct told {
  bool good;
  spanwise::status_code status;
  std::string message;
  std::string attributes;
};

template <class Result> told checked(Result const& result) {
  recorded trace;
  bool good = false;
  {
    spanwise::span span{"x"};
    good = span.check(result);
  }
  auto const span = trace.only();
  return {good, span.status(), std::string{span.status_message()}, shown(span.attributes())};
}

template <class Result> bool leaves_no_trace(Result const& result) {
  told const it = checked(result);
  return it.good && it.status == spanwise::status_code::unset && it.message.empty() && it.attributes == "{}";
}

template <class Result> bool fails(Result const& result, std::string const& message, std::string const& attributes) {
  told const it = checked(result);
  CAPTURE(it.message, it.attributes);
  return !it.good && it.status == spanwise::status_code::error && it.message == message && it.attributes == attributes;
}

} // namespace

TEST_CASE("a bool") {
  CHECK(leaves_no_trace(true));
  CHECK(fails(false, "", "{}"));
}

TEST_CASE("error codes and conditions: category and value are the type, the text is the description") {
  std::error_code const refused{ECONNREFUSED, std::generic_category()};
  CHECK(leaves_no_trace(std::error_code{}));
  CHECK(fails(refused, refused.message(), "{error.type: \"generic:111\"}"));
  CHECK(fails(std::make_error_condition(std::errc::timed_out), std::make_error_condition(std::errc::timed_out).message(),
              "{error.type: \"generic:110\"}"));
}

TEST_CASE("error codes at the bounds") {
  for (int const value : {INT_MIN, -1, 1, INT_MAX}) {
    told const it = checked(std::error_code{value, std::generic_category()});
    CHECK(it.attributes == "{error.type: \"generic:" + std::to_string(value) + "\"}");
  }
  std::string const text = checked(std::error_code{INT_MIN, shop::long_names}).attributes;
  CHECK(text.size() < 100);
  CHECK(text.find(":-2147483648\"}") != std::string::npos);
}

TEST_CASE("an optional") {
  CHECK(leaves_no_trace(std::optional<int>{0}));
  CHECK(fails(std::optional<int>{}, "", "{}"));
  CHECK(leaves_no_trace(std::optional<bool>{false}));
}

TEST_CASE("expected-like results, with errors of all kinds") {
  CHECK(leaves_no_trace(shop::expected<int, std::string>{7}));
  CHECK(fails(shop::expected<int, std::string>{std::string{"out of stock"}}, "out of stock", "{}"));
  CHECK(fails(shop::expected<int, char const*>{"out of stock"}, "out of stock", "{}"));
  std::error_code const code{EPERM, std::generic_category()};
  CHECK(fails(shop::expected<int, std::error_code>{code}, code.message(), "{error.type: \"generic:1\"}"));
  CHECK(fails(shop::expected<int, std::runtime_error>{std::runtime_error{"what"}}, "what", "{}"));
  CHECK(fails(shop::expected<int, shop::failure>{shop::failure{"why"}}, "why", "{}"));
  CHECK(fails(shop::expected<int, shop::refusal>{shop::refusal::card}, "", "{}"));
}

TEST_CASE("std::errc is the code that it stands for") {
  std::string const text = std::make_error_code(std::errc::no_such_file_or_directory).message();
  CHECK(leaves_no_trace(std::errc{}));
  CHECK(fails(std::errc::no_such_file_or_directory, text, "{error.type: \"generic:2\"}"));
  CHECK(fails(shop::expected<int, std::errc>{std::errc::no_such_file_or_directory}, text, "{error.type: \"generic:2\"}"));
  int number = 0;
  std::string_view const word = "x";
  CHECK(checked(std::from_chars(word.data(), word.data() + word.size(), number).ec).attributes == "{error.type: \"generic:22\"}");
}

TEST_CASE("other enums that become error codes") {
  auto const code = std::make_error_code(std::future_errc::broken_promise);
  std::string const type = "{error.type: \"future:" + std::to_string(code.value()) + "\"}";
  CHECK(fails(std::future_errc::broken_promise, code.message(), type));
  CHECK(fails(shop::expected<int, std::future_errc>{std::future_errc::broken_promise}, code.message(), type));
}

TEST_CASE("elements of a vector<bool>") {
  std::vector<bool> answers{true, false};
  CHECK(leaves_no_trace(answers[0]));
  CHECK(fails(answers[1], "", "{}"));
}

TEST_CASE("what is false when it has an error, as httplib::Result is") {
  CHECK(leaves_no_trace(shop::answer{true, shop::network::up}));
  CHECK(fails(shop::answer{false, shop::network::down}, "Down", "{error.type: \"Down\"}"));
  CHECK(fails(shop::answer{false, shop::network::up}, "", "{}"));
  CHECK(fails(shop::expected<int, shop::network>{shop::network::down}, "Down", "{error.type: \"Down\"}"));
}

TEST_CASE("an error without words does no harm") {
  CHECK(fails(std::error_code{3, shop::without_words}, "", "{error.type: \"throwing:3\"}"));
}

TEST_CASE("a success changes nothing of what was said before") {
  recorded trace;
  {
    spanwise::span span{"x"};
    span.error("before");
    CHECK(span.check(true));
  }
  CHECK(trace.only().status_message() == "before");
}

TEST_CASE("without a recording span the result is told all the same") {
  spanwise::span span{"x"};
  CHECK(span.check(true));
  CHECK(!span.check(std::optional<int>{}));
}
