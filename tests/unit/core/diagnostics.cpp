#include <spanwise/core/diagnostics.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using spanwise::report;
using spanwise::severity;

TEST_CASE("a sentence reaches the handler, once a minute for a cause") {
  diagnostics_log const log;
  for (int i = 0; i < 100; ++i) {
    report(severity::error, "one cause", "It is broken.");
    report(severity::warning, "another cause", "It is slow.");
  }
  CHECK(log.lines() == std::vector<std::string>{"It is broken.", "It is slow."});
}

TEST_CASE("a new handler has been told nothing: each cause speaks again") {
  for (int i = 0; i < 3; ++i) {
    diagnostics_log const log;
    for (int k = 0; k < 10; ++k) report(severity::error, "one cause", "It is broken.");
    CHECK(log.lines() == std::vector<std::string>{"It is broken."});
  }
}

TEST_CASE("the level decides what is told") {
  struct level_again {
    ~level_again() { spanwise::set_diagnostic_level(severity::info); }
  } const at_the_end;
  auto const told = [](std::optional<severity> level) {
    diagnostics_log const log;
    spanwise::set_diagnostic_level(level);
    report(severity::error, "level error", "e");
    report(severity::warning, "level warning", "w");
    report(severity::info, "level info", "i");
    report(severity::debug, "level debug", "d");
    std::string all;
    for (std::string const& line : log.lines()) all += line;
    return all;
  };
  CHECK(told(std::nullopt) == "");
  CHECK(told(severity::error) == "e");
  CHECK(told(severity::warning) == "ew");
  CHECK(told(severity::info) == "ewi");
  CHECK(told(severity::debug) == "ewid");
}

TEST_CASE("what a handler throws does not reach who reports, and the next sentence comes all the same") {
  diagnostics_log const log;
  std::vector<std::string> lines;
  spanwise::set_diagnostic_handler(
      [](severity, std::string_view sentence, void* to) {
        static_cast<std::vector<std::string>*>(to)->emplace_back(sentence);
        throw std::runtime_error{"the handler itself is broken"};
      },
      &lines);
  report(severity::error, "throwing one", "first");
  report(severity::error, "throwing two", "second");
  CHECK(lines == std::vector<std::string>{"first", "second"});
}

TEST_CASE("a handler may be set while sentences are told, and is never called with what belongs to another", "[threads]") {
  diagnostics_log const log;
  struct listener {
    int name;
    std::atomic<int> heard{0};
    std::atomic<int> strange{0};
  };
  static listener one{1};
  static listener two{2};
  auto const hear = [](void* self, int expected) {
    auto& own = *static_cast<listener*>(self);
    ++own.heard;
    own.strange += own.name != expected;
  };
  static auto const listen = hear;
  spanwise::diagnostic_handler const first = [](severity, std::string_view, void* self) { listen(self, 1); };
  spanwise::diagnostic_handler const second = [](severity, std::string_view, void* self) { listen(self, 2); };
  spanwise::set_diagnostic_handler(first, &one);
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] {
      while (!done) {
        for (auto& last : spanwise::detail::diagnostics.last_told_ns) last.store(0, spanwise::detail::relaxed);
        report(severity::error, "one cause", "Now.");
      }
    });
  for (int i = 0; i < 20'000; ++i) {
    if (i % 2 == 0) spanwise::set_diagnostic_handler(second, &two);
    else spanwise::set_diagnostic_handler(first, &one);
  }
  while (one.heard == 0 || two.heard == 0) {
    spanwise::set_diagnostic_handler(one.heard == 0 ? first : second, one.heard == 0 ? &one : &two);
    std::this_thread::yield();
  }
  done = true;
  for (auto& each : threads) each.join();
  CHECK(one.strange == 0);
  CHECK(two.strange == 0);
}

TEST_CASE("setting the same handler again and again takes no memory") {
  diagnostics_log const log;
  auto const kept = [] {
    std::size_t count = 0;
    for (auto const* each = spanwise::detail::diagnostics.kept.load(spanwise::detail::acquire); each != nullptr; each = each->before) ++count;
    return count;
  };
  spanwise::diagnostic_handler const quiet = [](severity, std::string_view, void*) {};
  spanwise::set_diagnostic_handler(quiet);
  std::size_t const before = kept();
  for (int i = 0; i < 1000; ++i) {
    spanwise::set_diagnostic_handler(nullptr);
    spanwise::set_diagnostic_handler(quiet);
  }
  CHECK(kept() == before);
}

TEST_CASE("what is more verbose than wanted is not told, and uses up nothing") {
  diagnostics_log const log;
  report(severity::debug, "quiet cause", "Detail.");
  CHECK(log.lines().empty());
  report(severity::info, "quiet cause", "News.");
  CHECK(log.lines() == std::vector<std::string>{"News."});
}

TEST_CASE("more causes than there is room for: memory stays bounded, the first ones speak") {
  diagnostics_log const log;
  for (int i = 0; i < 1000; ++i) report(severity::error, "cause " + std::to_string(i), "x");
  CHECK(log.lines().size() > 32);
  CHECK(log.lines().size() <= spanwise::detail::diagnostics_state::causes);
}

TEST_CASE("many threads, one cause, one line", "[threads]") {
  diagnostics_log const log;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([] {
      for (int k = 0; k < 100; ++k) report(severity::error, "one cause", "Once.");
    });
  for (auto& each : threads) each.join();
  CHECK(log.lines().size() == 1);
}

TEST_CASE("misuse is counted by its kind") {
  auto& counter = spanwise::detail::diagnostics.misuses[static_cast<std::size_t>(spanwise::misuse::bad_any_key)];
  std::uint32_t const before = counter.load(spanwise::detail::relaxed);
  spanwise::detail::count_misuse(spanwise::misuse::bad_any_key);
  CHECK(counter.load(spanwise::detail::relaxed) == before + 1);
}
