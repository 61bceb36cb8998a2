#include <spanwise/core/diagnostics.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"

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
