// What an exporter is: the last station of a pipeline, which takes finished spans out of the process.
// Exporters come in two halves: a description, a plain aggregate that any translation unit can name, and its sender,
// which `start` alone instantiates. A type of your own that satisfies `exporter` needs no description.
#pragma once

#include <spanwise/core/duration.hpp>
#include <spanwise/core/environment.hpp>
#include <spanwise/core/record.hpp>
#include <spanwise/core/resource.hpp>
#include <spanwise/core/scope.hpp>

#include <concepts>
#include <span>
#include <type_traits>
#include <utility>

#ifndef CPPHTTPLIB_HTTPLIB_H
namespace httplib {
class Client;
}
#endif

namespace spanwise::inline SPANWISE_ABI {

/// Finished spans on their way out. Views: they are valid during the call that gets them.
struct span_batch {
  spanwise::resource const& resource;
  scope_list const& scopes;        ///< scopes[record.scope]
  std::span<record const> records; ///< in no particular order; `span_view{record}` reads one
};

/// What became of a batch; the terms add up to its size.
struct export_result {
  std::uint64_t exported{}; ///< the receiver has them
  std::uint64_t rejected{}; ///< the receiver took the request and refused these
  std::uint64_t failed{};   ///< they could not be delivered
  std::uint64_t filtered{}; ///< a stage took them out; exporters leave this 0

  friend constexpr bool operator==(export_result const&, export_result const&) noexcept = default;
  [[nodiscard]] constexpr std::uint64_t total() const noexcept { return exported + rejected + failed + filtered; }
  constexpr export_result& operator+=(export_result const& more) noexcept {
    exported += more.exported;
    rejected += more.rejected;
    failed += more.failed;
    filtered += more.filtered;
    return *this;
  }
};

/// A type that delivers spans. Calls never overlap; they come from one background thread, or from whoever ends a span.
///
///     struct counting_exporter {
///       spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) noexcept {
///         return {.exported = batch.records.size()};
///       }
///     };
///
/// Optional members: `bool flush(deadline)`, `void shutdown(deadline)`, and `void cancel() noexcept`, which any thread
/// may call to make a running export return soon; and `bool usable() const`, false if its set-up failed.
template <class Candidate>
concept exporter = requires(Candidate& candidate, span_batch const& batch, deadline until) {
  { candidate.export_spans(batch, until) } -> std::same_as<export_result>;
};

/// What a sender may ask while it is set up.
struct exporter_setup {
  environment const& env;
};

/// The running half of an exporter description; specialised for each of them, instantiated by `start` alone.
///
/// `Client` stays a template parameter so that only the translation unit that starts a pipeline needs <httplib.h>.
template <class Description, class Client = httplib::Client> struct sender;

namespace detail {

template <class Given>
concept described = requires(Given given, exporter_setup const& setup) {
  sender<Given>{std::move(given), setup};
};

/// Stands in where a type is no exporter, so that the sentence about that is the only error.
struct no_exporter {
  export_result export_spans(span_batch const&, deadline) noexcept { return {}; }
};

/// An exporter is its own sender; a description is turned into one.
template <class Given> auto make_sender(Given given, exporter_setup const& setup) {
  if constexpr (exporter<Given>) return given;
  else if constexpr (described<Given>) return sender<Given>{std::move(given), setup};
  else return no_exporter{};
}

template <class Sender> bool flush_sender(Sender& target, deadline until) {
  if constexpr (requires { target.flush(until); }) return target.flush(until);
  else return true;
}

template <class Sender> void shutdown_sender(Sender& target, deadline until) {
  if constexpr (requires { target.shutdown(until); }) target.shutdown(until);
}

template <class Sender> void cancel_sender(Sender& target) {
  if constexpr (requires { target.cancel(); }) target.cancel();
}

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI
