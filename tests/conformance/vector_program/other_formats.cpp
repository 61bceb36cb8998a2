// B3, Jaeger's and X-Ray's formats, and the names that headers have as environment variables.
#include <spanwise/jaeger.hpp>
#include <spanwise/spanwise.hpp>
#include <spanwise/xray.hpp>

#include "answers.hpp"

namespace conformance {
namespace {

headers read_headers(json const& given) {
  headers result;
  for (auto const& [name, value] : given.items()) result.emplace_back(name, value.get<std::string>());
  return result;
}

template <class Format> json extracted(json const& input, Format const& format) {
  spanwise::context const got = spanwise::extract(read_headers(input.at("headers")), format);
  spanwise::span_context const& span = got.span();
  if (!span.valid()) return {{"valid", false}};
  json result{{"valid", true},
              {"trace_id", std::string{span.trace_id().hex().view()}},
              {"span_id", std::string{span.span_id().hex().view()}},
              {"sampled", span.sampled()}};
  // X-Ray knows no more than that; only B3 knows of a decision left open.
  auto const state = spanwise::sampling_state_of(got);
  if constexpr (!std::is_same_v<Format, spanwise::xray>) result["debug"] = state == spanwise::sampling_state::debug;
  if constexpr (std::is_same_v<Format, spanwise::b3>) result["deferred"] = state == spanwise::sampling_state::deferred;
  return result;
}

/// A trace to debug is one that came as such.
spanwise::context read_context(json const& given) {
  auto const trace = spanwise::trace_id::from_hex(given.at("trace_id").get<std::string>());
  auto const span = spanwise::span_id::from_hex(given.at("span_id").get<std::string>());
  if (!trace || !span) throw unsupported{"no ids"};
  if (given.value("debug", false)) {
    headers const from{{"b3", std::string{trace->hex().view()} + "-" + std::string{span->hex().view()} + "-d"}};
    return spanwise::extract(from, spanwise::b3{});
  }
  std::uint8_t const flags = given.at("sampled").get<bool>() ? spanwise::trace_flags::sampled_bit : 0;
  return spanwise::context{spanwise::span_context{*trace, *span, spanwise::trace_flags{flags}}};
}

template <class Format> json injected(json const& input, Format const& format) {
  headers to;
  spanwise::inject(read_context(input.at("context")), to, format);
  json fields = json::object();
  for (auto const& [name, value] : to) fields[name] = value;
  return {{"headers", fields}};
}

} // namespace

json b3_jaeger_xray(json const& input) {
  bool const injecting = input.contains("inject");
  auto const format = input.at(injecting ? "inject" : "format").get<std::string>();
  auto const with = [&](auto const& propagator) {
    return injecting ? injected(input, propagator) : extracted(input, propagator);
  };
  if (format == "b3" || format == "single") return with(spanwise::b3{});
  if (format == "multi") return with(spanwise::b3_multi{});
  if (format == "jaeger") return with(spanwise::jaeger{});
  if (format == "xray") return with(spanwise::xray{});
  throw unsupported{"unknown format: " + format};
}

json environment_key(json const& name) {
  return {{"key", std::string{spanwise::environment_name{name.get<std::string>()}.view()}}};
}

} // namespace conformance
