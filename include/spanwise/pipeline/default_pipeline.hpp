// Which of the running pipelines the spans of the process go to: the first that was started, and when that stops, one
// that was started while it ran.
#pragma once

#include <spanwise/core/provider_core.hpp>

#include <cstdint>

namespace spanwise::inline SPANWISE_ABI::detail {

/// By the place of a pipeline: the epoch in which it waits to become the default. Another epoch than the present one
/// is that of an earlier pipeline.
SPANWISE_SHARED inline constinit atomic<std::uint32_t> waiting_to_be_default[most_providers]{};

/// Makes `core` the default if there is none; false if it has to wait until the present one stops.
SPANWISE_SMALL bool claim_default(provider_core& core) noexcept {
  auto const claim = [&] {
    provider_core* none = nullptr;
    return default_provider.compare_exchange(none, &core, seq_cst, seq_cst);
  };
  if (claim()) return true;
  waiting_to_be_default[&core - provider_cores].store(core.epoch.load(relaxed), seq_cst);
  return claim(); // the other one may have stopped in between, and not have seen this one waiting
}

/// Called when `core` has stopped: hands on what it was. A heir that stops meanwhile hands it on itself, or is seen to
/// have stopped here.
SPANWISE_SMALL void leave_default(provider_core& core) noexcept {
  for (provider_core* leaving = &core; leaving != nullptr;) {
    provider_core* heir = nullptr;
    for (std::size_t place = 0; place < most_providers && heir == nullptr; ++place) {
      std::uint32_t const epoch = provider_cores[place].epoch.load(seq_cst);
      if (provider_core::running(epoch) && waiting_to_be_default[place].load(seq_cst) == epoch)
        heir = &provider_cores[place];
    }
    provider_core* expected = leaving;
    if (!default_provider.compare_exchange(expected, heir, seq_cst, seq_cst)) return;
    leaving = heir != nullptr && !provider_core::running(heir->epoch.load(seq_cst)) ? heir : nullptr;
  }
}

} // namespace spanwise::inline SPANWISE_ABI::detail
