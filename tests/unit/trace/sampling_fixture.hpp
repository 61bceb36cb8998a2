// For tests of samplers: parents, and the question that a span which is about to start puts.
#pragma once

#include <spanwise/start/options.hpp>
#include <spanwise/trace/sampling.hpp>

#include "catch.hpp"

#include <cstdio>
#include <string>
#include <string_view>

namespace testing {

inline spanwise::trace_id id_with(std::uint64_t randomness) {
  char text[33];
  std::snprintf(text, sizeof text, "5b8aa5a2d2c872e832%014llx", static_cast<unsigned long long>(randomness));
  return *spanwise::trace_id::from_hex(text);
}

inline spanwise::context parent_of(spanwise::trace_id trace, std::string_view state, std::uint8_t flags = 3,
                                   bool remote = true) {
  auto const parsed = spanwise::trace_state::parse(state);
  REQUIRE(parsed);
  return spanwise::context{
      spanwise::span_context{trace, *spanwise::span_id::from_hex("5ad3e7f1096b2c48"), {flags}, *parsed, remote}};
}

/// Asks about a span of this name with no parent.
template <class Sampler>
spanwise::sampling_result ask_root(Sampler const& sampler, spanwise::trace_id trace, std::string_view name = "x") {
  return sampler.should_sample({spanwise::context{}, trace, name, {}, {}, {}});
}
/// Asks about a span below `parent`, in its trace.
template <class Sampler>
spanwise::sampling_result ask_below(Sampler const& sampler, spanwise::context const& parent,
                                    std::string_view name = "x") {
  return sampler.should_sample({parent, parent.span().trace_id(), name, {}, {}, {}});
}

/// The trace state that a span has after this answer.
inline std::string state_after(spanwise::sampling_result const& answer, std::string_view before = {}) {
  return std::string{answer.state ? answer.state->text() : before};
}

inline bool kept(spanwise::sampling_result const& answer) {
  return answer.decision == spanwise::sampling_decision::record_and_sample;
}

template <class Sampler> std::string described(Sampler const& sampler) {
  return std::string{spanwise::sampler_description{sampler.description()}.view()};
}

inline spanwise::options sampled_by(spanwise::any_sampler chosen) {
  spanwise::options with;
  with.sampler = std::move(chosen);
  return with;
}

} // namespace testing
