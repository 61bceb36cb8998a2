#include <spanwise/start/log_level.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"

#include <utility>

using spanwise::environment;
using spanwise::severity;

namespace {

/// One letter for each severity that is told at this level, in a row.
std::string told() {
  diagnostics_log const log;
  for (auto const& [level, cause] : {std::pair{severity::error, "e"}, {severity::warning, "w"}, {severity::info, "i"}, {severity::debug, "d"}})
    spanwise::report(level, cause, cause);
  std::string all;
  for (std::string const& line : log.lines()) all += line;
  return all;
}

std::string told_at(std::string_view level) {
  spanwise::set_diagnostic_level(severity::info);
  spanwise::apply_log_level(environment{{"OTEL_LOG_LEVEL", level}});
  std::string const result = told();
  spanwise::set_diagnostic_level(severity::info);
  return result;
}

} // namespace

TEST_CASE("each word of OTEL_LOG_LEVEL, in any case of letters") {
  CHECK(told_at("none") == "");
  CHECK(told_at("error") == "e");
  CHECK(told_at("warn") == "ew");
  CHECK(told_at("info") == "ewi");
  CHECK(told_at("debug") == "ewid");
  CHECK(told_at("trace") == "ewid");
  CHECK(told_at("NONE") == "");
  CHECK(told_at(" Warn\t") == "ew");
}

TEST_CASE("unset and empty change nothing") {
  CHECK(told_at("") == "ewi");
  CHECK(told_at("  ") == "ewi");
  spanwise::set_diagnostic_level(severity::error);
  spanwise::apply_log_level(environment{});
  CHECK(told() == "e");
  spanwise::set_diagnostic_level(severity::info);
}

TEST_CASE("an unknown word is told with what is known, and changes nothing") {
  diagnostics_log const log;
  spanwise::apply_log_level(environment{{"OTEL_LOG_LEVEL", "loud"}});
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0] == "OTEL_LOG_LEVEL=loud is unknown (known: none, error, warn, info, debug, trace); it is ignored");
  CHECK(told() == "ewi");
}
