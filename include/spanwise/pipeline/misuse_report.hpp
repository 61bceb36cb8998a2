// Puts into words what business code did wrong; the front half only counted it.
#pragma once

#include <spanwise/core/sentence.hpp>

namespace spanwise::inline SPANWISE_ABI::detail {

struct misuse_text {
  std::string_view cause;
  std::string_view sentence; ///< follows the number of times
};

inline constexpr misuse_text misuse_texts[]{
    {"ended on another thread",
     "a span ended on another thread than the one it was started on; use detached_span for work "
     "that moves between threads, and do not keep a span across co_await"},
    {"ended out of order", "a span ended before a span that was started inside it; end the inner one first, or use "
                           "detached_span"},
    {"detached on another thread",
     "an attached context or an activation was left on another thread than the one it was "
     "entered on; enter it anew on each thread, or use bind()"},
    {"nested too deep",
     "more than 8192 spans or contexts were nested on one thread; the innermost ones are recorded but "
     "not current"},
    {"bad any_key", "an attribute with an empty key was left out; a key needs at least one character"},
    {"bad trace state",
     "a trace state was given a key or value that W3C Trace Context does not allow; it is unchanged"},
    {"span memory full", "a value was cut or left out because its span had used up the memory that it may take; raise "
                         "limits.max_span_bytes or set less on one span"},
    {"used by two threads",
     "a span was used by another thread than the one it was started on; use detached_span there"},
    {"too many scopes",
     "more than 256 instrumentation scopes are in use; further ones share the first. Tracers should be "
     "constants, not made for each request"},
    {"limit reached", "a span reached a limit of attributes, events or links, and what came after that was left out; raise "
                      "options.limits or record less on one span"},
};
static_assert(sizeof misuse_texts / sizeof *misuse_texts == static_cast<std::size_t>(misuse::count));

SPANWISE_SMALL void tell_called_from_inside() noexcept {
  report(severity::warning, "called from inside",
         "flush or shutdown was called from inside an exporter, stage, sampler or processor of the same pipeline, where "
         "nobody could wait for it; it did nothing");
}

/// Reports the misuses counted so far; those of a kind that was told within the last minute go on being counted.
SPANWISE_SMALL void tell_misuse() noexcept {
  for (std::size_t i = 0; i < static_cast<std::size_t>(misuse::count); ++i) {
    std::uint32_t const times = diagnostics.misuses[i].load(relaxed);
    if (times != 0 && tell(severity::warning, misuse_texts[i].cause,
                           {times, times == 1 ? std::string_view{" time: "} : " times: ", misuse_texts[i].sentence}))
      diagnostics.misuses[i].fetch_sub(times, relaxed);
  }
}

} // namespace spanwise::inline SPANWISE_ABI::detail
