// Keeps a piece of work from being traced: what an exporter or a health check does on a thread of its own, say.
// Exporters and stages that spanwise calls are kept so already.
#pragma once

#include <spanwise/trace/mode.hpp>
#include <spanwise/trace/process_life.hpp>

namespace spanwise::inline SPANWISE_ABI {

/// While it lives, spans that this thread starts are not made; what is current stays current, and is passed on.
///
/// May be nested. Made and destroyed on one thread. `spanwise::suppress_tracing const quiet;`
class suppress_tracing {
public:
  [[nodiscard]] suppress_tracing() noexcept {
    if constexpr (default_is_on) detail::silence_this_thread(true);
  }
  suppress_tracing(suppress_tracing const&) = delete;
  suppress_tracing& operator=(suppress_tracing const&) = delete;
  ~suppress_tracing() {
    if constexpr (default_is_on) detail::silence_this_thread(false);
  }

private:
  static constexpr bool default_is_on = std::is_same_v<default_mode, on>;
};

} // namespace spanwise::inline SPANWISE_ABI
