// Stages stand between the spans and the exporter, from left to right: `batch{filter{...}, otlp_http{}}`.
#pragma once

#include <spanwise/core/span_view.hpp>
#include <spanwise/pipeline/exporter.hpp>

#include <concepts>
#include <utility>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// What a stage hands its spans on to.
struct any_next {
  void operator()(span_batch const&) const noexcept {}
};

template <class Candidate>
concept keeping = requires(Candidate& candidate, span_view const& finished) {
  { candidate.keep(finished) } -> std::convertible_to<bool>;
};
template <class Candidate>
concept processing = requires(Candidate& candidate, span_batch const& batch) { candidate.process(batch, any_next{}); };

} // namespace detail

/// A type that decides which spans go on, one by one or batch by batch. It runs on the thread that exports.
///
///     struct only_slow {
///       bool keep(spanwise::span_view const& span) const { return span.end().unix_ns - span.start().unix_ns > 1'000'000; }
///     };
///
/// Or `template <class Next> void process(span_batch const& batch, Next const& next)`, which calls `next(batch)` with
/// some or all of the spans, rewritten if need be; what is not handed on counts as filtered. One that throws lets
/// the batch through as it is.
template <class Candidate>
concept stage = detail::keeping<Candidate> || detail::processing<Candidate>;

/// A stage made of a function: spans for which it is true go on.
template <class Predicate> class filter {
public:
  explicit filter(Predicate predicate) : predicate_{std::move(predicate)} {}
  [[nodiscard]] bool keep(span_view const& finished) { return predicate_(finished); }

private:
  Predicate predicate_;
};

} // namespace spanwise::inline SPANWISE_ABI
