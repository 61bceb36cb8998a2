// Turns tracers off and on by what they say of themselves: a noisy library's spans can be left out without touching it.
#pragma once

#include <spanwise/core/diagnostics.hpp>
#include <spanwise/core/scope.hpp>
#include <spanwise/detail/contain.hpp>
#include <spanwise/detail/counted.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace spanwise::inline SPANWISE_ABI {

/// How the tracers of a scope behave (OpenTelemetry, trace SDK, TracerConfig).
struct tracer_config {
  bool enabled = true; ///< false: its spans are not made; what they would be children of passes through
};

/// Any function that gives a tracer_config for a scope:
/// `[](spanwise::scope_view const& scope) { return spanwise::tracer_config{.enabled = scope.name != "chatty"}; }`.
///
/// It is asked when a scope makes its first span in a pipeline, and again after it was replaced, on any thread; it must
/// be quick. One that throws leaves the tracer on. Empty: all tracers are on.
class tracer_configurator {
public:
  constexpr tracer_configurator() noexcept = default;
  template <class Function>
    requires(std::is_invocable_r_v<tracer_config, Function const&, scope_view const&>)
  tracer_configurator(Function given) noexcept {
    if (!detail::contain([&] { held_ = detail::counted<Function>::make(std::move(given)); })) return;
    ask_ = [](void const* held, scope_view const& scope) -> tracer_config {
      return (*static_cast<Function const*>(held))(scope);
    };
  }

  [[nodiscard]] bool empty() const noexcept { return ask_ == nullptr; }
  [[nodiscard]] tracer_config operator()(scope_view const& scope) const noexcept {
    if (ask_ == nullptr) return {};
    tracer_config answer{};
    if (!detail::contain([&] { answer = ask_(held_.get(), scope); }))
      report(severity::error, "tracer configurator", "a tracer configurator threw an exception; the tracer stays on");
    return answer;
  }

private:
  detail::counted<void> held_;
  tracer_config (*ask_)(void const*, scope_view const&){};
};

} // namespace spanwise::inline SPANWISE_ABI
