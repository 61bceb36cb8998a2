// What finds out about the surroundings of a service: a detector gives a resource, and several of them are merged.
// Here is what a detector is and how they are asked; those that come with spanwise stand in resource_detectors.hpp.
#pragma once

#include <spanwise/core/environment.hpp>
#include <spanwise/core/resource.hpp>
#include <spanwise/core/sentence.hpp>
#include <spanwise/detail/counted.hpp>

#include <concepts>
#include <exception>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

/// A type that finds attributes of the resource. It is asked once at each start, on the thread that starts.
///
///     struct rack_detector {
///       static constexpr std::string_view name = "rack";
///       spanwise::resource detect(spanwise::environment const& env) const {
///         spanwise::resource found;
///         if (auto const rack = env.text("RACK")) found.set({"rack.name", *rack});
///         return found;
///       }
///     };
///
/// Finding nothing is no error: the resource stays empty. What it throws is told, and it counts as having found
/// nothing. One that writes attributes of the semantic conventions sets `semconv_schema_url`. The start waits for it,
/// so it asks no network. The names container, host, process and service belong to the detectors that come with
/// spanwise (OpenTelemetry, resource SDK, Resource detector name).
template <class Candidate>
concept resource_detector = requires(Candidate const& candidate, environment const& env) {
  { candidate.name } -> std::convertible_to<std::string_view>;
  { candidate.detect(env) } -> std::same_as<resource>;
};

/// Any detector. Copies share what they hold.
class any_detector {
public:
  template <resource_detector Detector>
  requires(!std::same_as<Detector, any_detector>) any_detector(Detector chosen)
      : name_{[](void const* held) -> std::string_view { return static_cast<Detector const*>(held)->name; }},
        detect_{
            [](void const* held, environment const& env) { return static_cast<Detector const*>(held)->detect(env); }},
        held_{detail::counted<Detector const>::make(std::move(chosen))} {}

  /// Empty if this one was moved from.
  [[nodiscard]] std::string_view name() const noexcept {
    return held_ == nullptr ? std::string_view{} : name_(held_.get());
  }
  /// What it finds, which is nothing if this one was moved from; throws what the detector throws.
  [[nodiscard]] resource detect(environment const& env) const {
    return held_ == nullptr ? resource{} : detect_(held_.get(), env);
  }

private:
  std::string_view (*name_)(void const*);
  resource (*detect_)(void const*, environment const&);
  detail::counted<void const> held_;
};

namespace detail {

/// Asks one detector. What it throws is told, with its name, and gives an empty resource.
SPANWISE_SMALL resource ask_detector(any_detector const& asked, environment const& env) noexcept {
#if defined(__cpp_exceptions)
  auto const tell_failure = [&](std::string_view why) {
    contain([&] {
      std::string const name = shown(asked.name());
      tell(severity::error, joined({"resource detector ", name}),
           {"the resource detector \"", name, "\" failed", why.empty() ? std::string_view{} : ": ", shown(why),
            "; tracing starts without what it would have found"});
    });
    return resource{};
  };
  try {
    return asked.detect(env);
  } catch (std::exception const& thrown) {
    return tell_failure(thrown.what());
  } catch (...) {
    return tell_failure({});
  }
#else
  return asked.detect(env);
#endif
}

/// Tells the first name that two detectors share.
SPANWISE_SMALL void tell_same_names(std::span<any_detector const> detectors) noexcept {
  for (std::size_t later = 1; later < detectors.size(); ++later)
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      if (detectors[earlier].name() != detectors[later].name()) continue;
      contain([&] {
        tell(severity::warning, "resource detector names",
             {"two resource detectors are named \"", shown(detectors[later].name()),
              "\"; both are asked, and what the later one finds counts. Leave one out, or give it a name of its own"});
      });
      return;
    }
}

} // namespace detail

/// Asks each of `detectors` in turn and merges what they find; where two differ, the later one counts.
///
/// Never throws: a detector that fails is told by its name and left out. If their schema URLs differ, the result has
/// none (resource SDK, Merge).
[[nodiscard]] SPANWISE_SMALL resource detect_all(std::span<any_detector const> detectors,
                                                 environment const& env) noexcept {
  detail::tell_same_names(detectors);
  resource all;
  bool schemas_differ = false;
  for (any_detector const& each : detectors) {
    bool const merged = detail::contain([&] {
      resource const found = detail::ask_detector(each, env);
      std::string_view const before = all.schema_url();
      if (!before.empty() && !found.schema_url().empty() && before != found.schema_url()) schemas_differ = true;
      all.merge(found);
    });
    if (!merged)
      report(severity::error, "resource detectors",
             "there is no memory for what a resource detector found; tracing starts without it");
  }
  // A third URL is no more true of all the attributes than the two that cancelled each other.
  if (schemas_differ) all.set_schema_url({});
  return all;
}

/// The detectors of a pipeline, `{process_detector{}, host_detector{}}`, as options hold them; none by default.
///
/// Only a program that lists some holds the code that asks them.
class detector_list {
public:
  detector_list() noexcept = default;
  detector_list(std::initializer_list<any_detector> listed)
      : detect_{[](void const* held, environment const& env) noexcept {
          return detect_all(*static_cast<std::vector<any_detector> const*>(held), env);
        }},
        held_{detail::counted<std::vector<any_detector> const>::make(listed)} {}

  /// What `detect_all` gives for them.
  [[nodiscard]] resource detect(environment const& env) const noexcept {
    return detect_ == nullptr || held_ == nullptr ? resource{} : detect_(held_.get(), env);
  }

private:
  resource (*detect_)(void const*, environment const&) noexcept {};
  detail::counted<void const> held_;
};

} // namespace spanwise::inline SPANWISE_ABI
