// Makes a span through a pipeline of its own and gives what that exports.
#pragma once

#include <spanwise/spanwise.hpp>

#include "answers.hpp"

#include <functional>

namespace conformance {

using open_span = spanwise::basic_detached_span<spanwise::on>;

/// What is to be made: how it starts, and what happens to it before it ends.
struct span_wish {
  std::string name = "span";
  spanwise::span_options start{};
  spanwise::span_limit_options limits{};
  spanwise::trace_state state{}; ///< of a root; a child has its parent's
  spanwise::trace_id trace_id{}; ///< of a root; not valid: any
  spanwise::span_id span_id{};   ///< not valid: any
  std::function<void(open_span&)> use{};
  /// Fields of OTLP's Span message that take the place of those that the span has: what no call of a span can set.
  std::string overrides{};
};

/// The span as `spanwise::memory` keeps it.
spanwise::memory_span finished_span(span_wish wish);

/// The span as an exporter sends it, in OTLP/JSON.
json encoded_span(span_wish wish);

} // namespace conformance
