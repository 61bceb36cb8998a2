#include <spanwise/export/any_of.hpp>
#include <spanwise/export/console.hpp>
#include <spanwise/export/memory.hpp>
#include <spanwise/pipeline/exporter_variable.hpp>

#include "diagnostics_log.hpp"
#include "probe.hpp"

#include <cstdlib>

using namespace testing;
using spanwise::environment;

namespace {

std::vector<std::string> told(std::string_view built, environment const& env) {
  diagnostics_log log;
  spanwise::detail::check_exporter_variable(built, env);
  return log.lines();
}

/// What a start says where the variable asks for no exporter at all.
template <class Pipeline> std::vector<std::string> told_by_start(Pipeline pipeline) {
  diagnostics_log log;
  ::setenv("OTEL_TRACES_EXPORTER", "none", 1);
  auto const tracing = spanwise::start("test", std::move(pipeline));
  ::unsetenv("OTEL_TRACES_EXPORTER");
  return log.lines();
}

} // namespace

TEST_CASE("a variable that is unset, or names what was built, is nothing to talk about") {
  CHECK(told("otlp", {}).empty());
  CHECK(told("otlp", {{"OTEL_TRACES_EXPORTER", ""}}).empty());
  CHECK(told("otlp", {{"OTEL_TRACES_EXPORTER", " OTLP "}}).empty());
}

TEST_CASE("one that names something else is told that the type of the pipeline counts") {
  CHECK(told("otlp", {{"OTEL_TRACES_EXPORTER", "none"}}) ==
        std::vector<std::string>{"OTEL_TRACES_EXPORTER asks for none, but the program was built with otlp alone, which "
                                 "it uses; any_of{...} lets the variable choose"});
  auto const several = told("otlp", {{"OTEL_TRACES_EXPORTER", "otlp,console,zipkin"}});
  REQUIRE(several.size() == 1);
  CHECK(several[0].starts_with("OTEL_TRACES_EXPORTER asks for console, zipkin, but"));
}

TEST_CASE("a start with one described exporter asks the variable, behind stages and in a chain too") {
  auto const all = [](spanwise::span_view const&) { return true; };
  inbox box;
  CHECK(told_by_start(spanwise::memory{}).size() == 1);
  CHECK(told_by_start(spanwise::batch{spanwise::memory{}}).size() == 1);
  CHECK(told_by_start(spanwise::batch{spanwise::filter{all}, spanwise::chain{spanwise::memory{}}}).size() == 1);
  CHECK(told_by_start(spanwise::batch{spanwise::tee{spanwise::memory{}, probe{box}}}).empty());
  CHECK(told_by_start(spanwise::batch{spanwise::any_of{spanwise::console{}}}).empty());
  CHECK(told_by_start(spanwise::batch{probe{box}}).empty());
}
