// Where new ids come from, for who wants others than random ones: ids of a foreign system, or fixed ones in a test.
#pragma once

#include <spanwise/core/diagnostics.hpp>
#include <spanwise/core/ids.hpp>
#include <spanwise/detail/contain.hpp>
#include <spanwise/detail/counted.hpp>

#include <concepts>
#include <utility>

namespace spanwise::inline SPANWISE_ABI {

/// A type that makes the ids of new traces and spans. It is called on the threads that start spans, at the same time.
///
///     struct ids_of_a_test {
///       static constexpr bool random = false; // the last seven bytes of trace ids are; left out: they are not
///       spanwise::trace_id generate_trace_id() const;
///       spanwise::span_id generate_span_id() const;
///     };
///
/// An id that is not valid, or an exception, is replaced by a random id, and told. Only ids said to be random give roots
/// the random flag (W3C Trace Context, Level 2).
template <class Candidate>
concept id_generator = requires(Candidate const& candidate) {
  { candidate.generate_trace_id() } -> std::same_as<trace_id>;
  { candidate.generate_span_id() } -> std::same_as<span_id>;
};

/// Any id generator, held by value; what `start` takes. Empty: random ids.
class any_id_generator {
public:
  constexpr any_id_generator() noexcept = default;
  template <class Generator>
    requires(!std::same_as<Generator, any_id_generator>)
  any_id_generator(Generator given) noexcept {
    static_assert(id_generator<Generator>, "spanwise: an id generator has generate_trace_id() and generate_span_id(), "
                                           "both const, which give a trace_id and a span_id");
    if constexpr (id_generator<Generator>) {
      if (!detail::contain([&] { held_ = detail::counted<Generator>::make(std::move(given)); })) {
        report(
            severity::error, "id generator",
            "the id generator that was given is not used, and ids are random: there is no memory for it, or it threw "
            "while it was moved");
        return;
      }
      trace_ = [](void const* held) { return static_cast<Generator const*>(held)->generate_trace_id(); };
      span_ = [](void const* held) { return static_cast<Generator const*>(held)->generate_span_id(); };
      if constexpr (requires { Generator::random; }) random_ = Generator::random;
    }
  }

  [[nodiscard]] bool empty() const noexcept { return trace_ == nullptr; }
  /// True if the last seven bytes of the trace ids that it makes are random.
  [[nodiscard]] bool random() const noexcept { return random_; }
  /// The zero id if the generator threw.
  [[nodiscard]] trace_id generate_trace_id() const noexcept {
    return checked(detail::contain([&] { return trace_(held_.get()); }, trace_id{}));
  }
  [[nodiscard]] span_id generate_span_id() const noexcept {
    return checked(detail::contain([&] { return span_(held_.get()); }, span_id{}));
  }

private:
  template <class Id> [[nodiscard]] static Id checked(Id made) noexcept {
    if (!made.valid())
      report(severity::error, "id generator",
             "an id generator threw or gave an id of zeros; random ids stand in for those");
    return made;
  }

  detail::counted<void> held_;
  trace_id (*trace_)(void const*){};
  span_id (*span_)(void const*){};
  bool random_{};
};

} // namespace spanwise::inline SPANWISE_ABI
