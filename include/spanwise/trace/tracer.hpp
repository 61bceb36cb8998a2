// Tracers name who makes spans: a library or a part of the program, with its version. A constant that costs nothing.
#pragma once

#include <spanwise/detail/invoke.hpp>
#include <spanwise/trace/detached_span.hpp>

#include <span>
#include <utility>

namespace spanwise::inline SPANWISE_ABI {

/// Makes spans in the name of an instrumentation scope. Declare it once, at namespace scope:
/// `inline constexpr spanwise::tracer tracer{"acme.orders", "1.8.3"};`
///
/// Works before a pipeline is started and after it was shut down, as a no-op. The texts must outlive the tracer, and so
/// must its attributes: `inline constexpr spanwise::attribute about[] = {{"team", "checkout"}};`, and what they view: of a
/// list, name the array (`{"teams", names}`), since one in braces is gone at once. Two tracers that say the same are one
/// scope.
template <> class basic_tracer<on> {
public:
  constexpr basic_tracer(text_view name, text_view version = {}, text_view schema_url = {},
                         std::span<attribute const> attributes = {}) noexcept
      : source_{{name, version, schema_url, hash(name, version, schema_url), attributes}} {
    if (!attributes.empty() && !std::is_constant_evaluated())
      source_.scope.made_of = detail::hash_of_attributes(attributes);
  }

  /// Starts a span as `spanwise::span` does, in this scope.
  [[nodiscard]] SPANWISE_INLINE basic_span<on> span(text_view name, attribute a = {}, attribute b = {},
                                                    attribute c = {}, attribute d = {}, attribute e = {},
                                                    attribute f = {}, attribute g = {}, attribute h = {}) const noexcept {
    return basic_span<on>{source_, name, span_kind::internal, nullptr, a, b, c, d, e, f, g, h};
  }
  [[nodiscard]] SPANWISE_INLINE basic_span<on> span(text_view name, span_kind kind, attribute a = {},
                                                    attribute b = {}, attribute c = {}, attribute d = {},
                                                    attribute e = {}, attribute f = {}, attribute g = {},
                                                    attribute h = {}) const noexcept {
    return basic_span<on>{source_, name, kind, nullptr, a, b, c, d, e, f, g, h};
  }
  [[nodiscard]] SPANWISE_INLINE basic_span<on> span(text_view name, span_options const& options, attribute a = {},
                                                    attribute b = {}, attribute c = {}, attribute d = {},
                                                    attribute e = {}, attribute f = {}, attribute g = {},
                                                    attribute h = {}) const noexcept {
    return basic_span<on>{source_, name, options.kind, &options, a, b, c, d, e, f, g, h};
  }

  /// Starts a span that no scope or thread owns.
  [[nodiscard]] basic_detached_span<on> detached(text_view name, span_options const& options = {},
                                                 std::initializer_list<attribute> attributes = {}) const noexcept {
    return basic_detached_span<on>{source_, name, options, attributes};
  }

  /// Calls `work`, or `work(span)`, inside a span and gives its result. An exception is recorded, makes the span an error,
  /// and goes on its way.
  template <class Work> decltype(auto) in(text_view name, Work&& work) const {
    basic_span<on> around = span(name);
#if defined(__cpp_exceptions)
    try {
      return call(std::forward<Work>(work), around);
    } catch (...) {
      around.record_failure(std::current_exception());
      throw;
    }
#else
    return call(std::forward<Work>(work), around);
#endif
  }

  /// True if spans would be made just now: ask before work that is only done to fill a span, each time.
  [[nodiscard]] bool enabled() const noexcept {
    detail::provider_core* const core =
        source_.core != nullptr ? source_.core : detail::default_provider.load(detail::acquire);
    if (core == nullptr || !detail::provider_core::running(core->epoch.load(detail::acquire))) return false;
    detail::thread_state* const thread = detail::this_thread();
    return thread != nullptr && detail::destination_of(source_, *thread).live;
  }

private:
  friend class provider;

  template <class Work> static decltype(auto) call(Work&& work, basic_span<on>& around) {
    return detail::invoke_work(std::forward<Work>(work), around);
  }

  static constexpr std::uint64_t hash(std::string_view name, std::string_view version, std::string_view url) noexcept {
    std::uint64_t sum = 14695981039346656037ULL;
    for (std::string_view const part : {name, version, url}) {
      for (char const letter : part) sum = (sum ^ static_cast<unsigned char>(letter)) * 1099511628211ULL;
      sum = (sum ^ 0xff) * 1099511628211ULL;
    }
    return sum;
  }

  detail::tracer_source source_;
};

} // namespace spanwise::inline SPANWISE_ABI
