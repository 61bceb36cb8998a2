// What fmt prints of ids, contexts and shutdown results.
#include "catch.hpp"

#include <spanwise/export/memory.hpp>
#include <spanwise/fmt.hpp>
#include <spanwise/start.hpp>

#include <string>

TEST_CASE("ids print as lower-case hex and take a width") {
  auto const trace = spanwise::trace_id::from_hex("4bf92f3577b34da6a3ce929d0e0e4736").value();
  auto const own = spanwise::span_id::from_hex("00f067aa0ba902b7").value();
  CHECK(fmt::format("{}", trace) == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(fmt::format("[{:>18}]", own) == "[  00f067aa0ba902b7]");
}

TEST_CASE("a context prints the fields of a log line, and nothing without a span") {
  auto const trace = spanwise::trace_id::from_hex("4bf92f3577b34da6a3ce929d0e0e4736").value();
  auto const own = spanwise::span_id::from_hex("00f067aa0ba902b7").value();
  spanwise::context const given{spanwise::span_context{trace, own, spanwise::trace_flags{3}}};
  CHECK(fmt::format("{}", given) == "trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7 trace_flags=03");
  CHECK(fmt::format("{}", spanwise::context{}).empty());
}

TEST_CASE("log lines within a span that is not recorded have its ids too") {
  spanwise::memory_sink sink;
  auto const tracing = spanwise::start("test", spanwise::memory{sink}, {.sampler = spanwise::always_off{}});
  spanwise::span const span{"left out"};
  auto const own = span.context().span();
  CHECK(own.valid());
  CHECK(fmt::format("{}", spanwise::current_context()) ==
        fmt::format("trace_id={} span_id={} trace_flags=02", own.trace_id(), own.span_id()));
}

TEST_CASE("a shutdown result prints its three counts") {
  CHECK(fmt::format("{}", spanwise::shutdown_result{12, 1, 0}) == "exported 12, dropped 1, left 0");
}
