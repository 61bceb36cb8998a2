#include <spanwise/trace/exception.hpp>

#include <spanwise/trace/current_span.hpp>

#include "recorded.hpp"

#include <exception>
#include <ios>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

using testing::recorded;
using testing::shown;

namespace shop {

struct refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct silent : std::exception {
  [[nodiscard]] char const* what() const noexcept override { return nullptr; }
};
/// No std::exception, but it says what.
struct foreign {
  [[nodiscard]] static char const* what() { return "foreign text"; }
};
struct mute {};

} // namespace shop

namespace {

template <class Exception> std::string words(Exception const& thrown) {
  std::string result = "nothing";
  spanwise::detail::with_exception(thrown, [&](std::string_view type, std::string_view message) {
    result = std::string{type} + (message.empty() ? "" : ": " + std::string{message});
  });
  return result;
}

std::string event_of(recorded const& trace) {
  auto const span = trace.only();
  if (span.events().size() != 1) return std::to_string(span.events().size()) + " events";
  auto const event = *span.events().begin();
  return std::string{event.name()} + " " + shown(event.attributes());
}

} // namespace

TEST_CASE("an exception in words: the name of its type as one writes it, and its message") {
  CHECK(words(std::runtime_error{"no"}) == "std::runtime_error: no");
  CHECK(words(shop::refused{"card"}) == "shop::refused: card");
  CHECK(words(std::bad_alloc{}) == "std::bad_alloc: std::bad_alloc");
  CHECK(words(shop::silent{}) == "shop::silent");
  CHECK(words(shop::foreign{}) == "shop::foreign: foreign text");
  CHECK(words(shop::mute{}) == "shop::mute");
  CHECK(words(42) == "int");
}

TEST_CASE("the type is the one that was thrown, not the one it was caught as") {
  try {
    throw shop::refused{"card"};
  } catch (std::exception const& caught) {
    CHECK(words(caught) == "shop::refused: card");
  }
}

TEST_CASE("an exception_ptr is opened; an empty one says nothing") {
  CHECK(words(std::make_exception_ptr(shop::refused{"card"})) == "shop::refused: card");
  CHECK(words(std::make_exception_ptr(42)) == "int");
  CHECK(words(std::make_exception_ptr(shop::mute{})) == "shop::mute");
  CHECK(words(std::exception_ptr{}) == "nothing");
  try {
    throw shop::refused{"now"};
  } catch (...) {
    CHECK(words(std::current_exception()) == "shop::refused: now");
  }
  CHECK(words(std::current_exception()) == "nothing");
}

TEST_CASE("record_exception: one event, and the status stays") {
  recorded trace;
  {
    spanwise::span span{"x"};
    span.record_exception(shop::refused{"card"});
  }
  CHECK(event_of(trace) == "exception {exception.type: \"shop::refused\", exception.message: \"card\"}");
  CHECK(trace.only().status() == spanwise::status_code::unset);
  CHECK(trace.attributes() == "{}");
}

TEST_CASE("record_exception: what is nested inside adds nothing, and the type is the one that was thrown") {
  recorded trace;
  {
    spanwise::span span{"x"};
    try {
      try {
        throw std::runtime_error{"inner"};
      } catch (...) {
        std::throw_with_nested(shop::refused{"outer"});
      }
    } catch (std::exception const& caught) {
      span.record_exception(caught);
    }
  }
  std::string const event = event_of(trace);
  CHECK(event.find("shop::refused") != event.npos);
  CHECK(event.find("exception.message: \"outer\"}") != event.npos);
  CHECK(event.find("inner") == event.npos);
}

TEST_CASE("record_exception: attributes of one's own come along, and win") {
  recorded trace;
  {
    spanwise::span span{"x"};
    span.record_exception(shop::refused{"card 4711"}, {"attempt", 2}, {"exception.message", "card"}, {"left.out", std::optional<int>{}});
  }
  CHECK(event_of(trace) == "exception {exception.type: \"shop::refused\", exception.message: \"card\", attempt: 2}");
}

TEST_CASE("record_exception: an empty exception_ptr leaves no event") {
  recorded trace;
  {
    spanwise::span span{"x"};
    span.record_exception(std::exception_ptr{});
    span.record_failure(std::exception_ptr{});
  }
  CHECK(event_of(trace) == "0 events");
  CHECK(trace.only().status() == spanwise::status_code::unset);
}

TEST_CASE("record_failure: event, status and error.type") {
  recorded trace;
  {
    spanwise::span span{"x"};
    try {
      throw shop::refused{"card"};
    } catch (std::exception const& caught) {
      span.record_failure(caught);
    }
  }
  CHECK(event_of(trace) == "exception {exception.type: \"shop::refused\", exception.message: \"card\"}");
  CHECK(trace.only().status_message() == "card");
  CHECK(trace.attributes() == "{error.type: \"shop::refused\"}");
}

TEST_CASE("record_exception: a time of one's own") {
  testing::recorded traced;
  spanwise::time_point const when{1'234'000'000'000};
  {
    spanwise::span work{"work"};
    work.record_exception(std::runtime_error{"bad"}, when, {"attempt", 2});
    spanwise::current_span().record_exception(std::runtime_error{"bad"}, when);
    spanwise::detached_span job{"job"};
    job.record_exception(std::runtime_error{"bad"}, std::chrono::system_clock::time_point{std::chrono::seconds{1234}});
  }
  traced.settle();
  int events = 0;
  for (char const* name : {"work", "job"})
    for (auto const& each : traced[name].events()) {
      ++events;
      CHECK(each.name() == "exception");
      CHECK(each.time().unix_ns == when.unix_ns);
    }
  CHECK(events == 3);
}

TEST_CASE("record_exception: an exception that throws as it is asked what it is has no message") {
  struct worse {
    char const* what() const { throw 1; }
  };
  testing::recorded traced;
  { spanwise::span{"work"}.record_exception(worse{}); }
  int events = 0;
  for (auto const& each : traced.only().events()) {
    ++events;
    std::string const text = shown(each.attributes());
    CHECK(text.starts_with("{exception.type: "));
    CHECK(text.find("worse") != text.npos);
    CHECK(text.find("exception.message") == text.npos);
  }
  CHECK(events == 1);
}
