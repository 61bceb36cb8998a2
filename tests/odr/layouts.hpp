// The sizes of what translation units hand to one another; equal whatever flags each was compiled with.
#pragma once

#include <spanwise/spanwise.hpp>

#include <array>
#include <cstddef>

using layouts = std::array<std::size_t, 12>;

inline layouts constexpr here() {
  return {sizeof(spanwise::span),         sizeof(spanwise::detached_span), sizeof(spanwise::tracer),
          sizeof(spanwise::context),      sizeof(spanwise::span_context),  sizeof(spanwise::baggage),
          sizeof(spanwise::attribute),    sizeof(spanwise::record),        sizeof(spanwise::resource),
          sizeof(spanwise::span_options), sizeof(spanwise::span_view),     sizeof(spanwise::time_point)};
}
