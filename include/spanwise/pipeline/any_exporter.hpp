// An exporter whose type is forgotten: what the options name as the one to fall back to.
#pragma once

#include <spanwise/detail/contain.hpp>
#include <spanwise/detail/counted.hpp>
#include <spanwise/pipeline/exporter.hpp>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// A running exporter behind function pointers.
class live_exporter {
public:
  template <class Sender>
  explicit live_exporter(counted<Sender> target) noexcept
      : target_{std::move(target)}, export_{[](void* at, span_batch const& batch, deadline until) noexcept {
          return contain([&] { return static_cast<Sender*>(at)->export_spans(batch, until); },
                         export_result{.failed = batch.records.size()});
        }},
        flush_{[](void* at, deadline until) noexcept {
          return contain([&] { return flush_sender(*static_cast<Sender*>(at), until); }, false);
        }},
        shutdown_{[](void* at, deadline until) noexcept {
          contain([&] { shutdown_sender(*static_cast<Sender*>(at), until); });
        }},
        cancel_{[](void* at) noexcept { contain([&] { cancel_sender(*static_cast<Sender*>(at)); }); }},
        usable_{[](void const* at) noexcept {
          if constexpr (requires(Sender const& sender) { sender.usable(); })
            return contain([&] { return static_cast<Sender const*>(at)->usable(); }, false);
          else return at != nullptr;
        }} {}

  export_result export_spans(span_batch const& batch, deadline until) noexcept {
    return export_(target_.get(), batch, until);
  }
  bool flush(deadline until) noexcept { return flush_(target_.get(), until); }
  void shutdown(deadline until) noexcept { shutdown_(target_.get(), until); }
  void cancel() noexcept { cancel_(target_.get()); }
  /// False if it could not be set up.
  [[nodiscard]] bool usable() const noexcept { return usable_(target_.get()); }

private:
  counted<void> target_;
  export_result (*export_)(void*, span_batch const&, deadline) noexcept;
  bool (*flush_)(void*, deadline) noexcept;
  void (*shutdown_)(void*, deadline) noexcept;
  void (*cancel_)(void*) noexcept;
  bool (*usable_)(void const*) noexcept;
};

} // namespace detail

/// Any exporter or description of one, to be set up when it is needed.
class any_exporter {
public:
  any_exporter() noexcept = default;
  template <class Given>
  requires(exporter<Given> || detail::described<Given>) any_exporter(Given chosen)
      : make_{[](void* held, exporter_setup const& setup) {
          using Sender = decltype(detail::make_sender(std::declval<Given>(), setup));
          // A copy where there can be one: it may serve several pipelines.
          using Taken = std::conditional_t<std::is_copy_constructible_v<Given>, Given const&, Given&&>;
          auto& source = *static_cast<Given*>(held);
          return detail::live_exporter{detail::counted<Sender>::made_by(
              [&] { return detail::make_sender<Given>(static_cast<Taken>(source), setup); })};
        }},
        held_{detail::counted<Given>::make(std::move(chosen))} {}

  [[nodiscard]] bool empty() const noexcept { return held_ == nullptr; }
  [[nodiscard]] detail::live_exporter make(exporter_setup const& setup) const { return make_(held_.get(), setup); }

private:
  detail::live_exporter (*make_)(void*, exporter_setup const&){};
  detail::counted<void> held_;
};

} // namespace spanwise::inline SPANWISE_ABI
