// Span processors: user code that sees spans start and end, on the thread that starts and ends them. For what has to
// happen there and then, such as taking an attribute over from the context; stages of the pipeline are for all else.
#pragma once

#include <spanwise/core/duration.hpp>
#include <spanwise/trace/span_calls.hpp>

#include <initializer_list>
#include <new>
#include <utility>

namespace spanwise::inline SPANWISE_ABI {

/// A span within a processor: the calls that its owner has, and what it holds so far. Good during the call that got it.
class started_span : public span_calls<started_span> {
public:
  explicit started_span(detail::span_body& body) noexcept : body_{body} {}
  started_span(started_span const&) = delete;
  started_span& operator=(started_span const&) = delete;

  [[nodiscard]] spanwise::context context() const noexcept { return body_.context(); }
  /// Name, kind, parent, attributes, events and links up to now; good until the next change. The end is 0 before it.
  [[nodiscard]] span_view view() const noexcept { return body_.so_far(); }

private:
  friend class span_calls<started_span>;
  template <class Change> void change(Change const& apply) const noexcept { apply(body_); }

  detail::span_body& body_;
};

/// A span that has ended, whole, as a processor sees it. Good during the call that got it.
class finished_span : public span_view {
public:
  finished_span(span_view const& ended, scope_view const& scope, resource const* about) noexcept
      : span_view{ended}, scope_{scope}, about_{about} {}

  [[nodiscard]] scope_view const& scope() const noexcept { return scope_; }
  /// What the pipeline says of the service.
  [[nodiscard]] spanwise::resource const& resource() const noexcept { return *about_; }

private:
  scope_view scope_;
  spanwise::resource const* about_;
};

namespace detail {

template <class Candidate>
concept sees_start = requires(Candidate& candidate, started_span& span, context const& parent) {
  candidate.on_start(span, parent);
};
template <class Candidate>
concept sees_ending = requires(Candidate& candidate, started_span& span) { candidate.on_ending(span); };
template <class Candidate>
concept sees_end = requires(Candidate& candidate, finished_span const& span) { candidate.on_end(span); };
template <class Candidate>
concept can_flush = requires(Candidate& candidate, deadline until) { static_cast<bool>(candidate.flush(until)); };
template <class Candidate>
concept can_shut_down = requires(Candidate& candidate, deadline until) { candidate.shutdown(until); };

/// Does not compile where a member has the name of one that is called, but can't be: nobody would call it.
template <class Candidate> constexpr void judge_processor() noexcept {
  static_assert(sees_start<Candidate> || !requires { &Candidate::on_start; },
                "spanwise: on_start of a span processor takes a started_span& and a context const&");
  static_assert(sees_ending<Candidate> || !requires { &Candidate::on_ending; },
                "spanwise: on_ending of a span processor takes a started_span&");
  static_assert(sees_end<Candidate> || !requires { &Candidate::on_end; },
                "spanwise: on_end of a span processor takes a finished_span const&");
  static_assert(can_flush<Candidate> || !requires { &Candidate::flush; },
                "spanwise: flush of a span processor takes a deadline and gives true if it succeeded");
  static_assert(can_shut_down<Candidate> || !requires { &Candidate::shutdown; },
                "spanwise: shutdown of a span processor takes a deadline");
}

} // namespace detail

/// A type with one or more of these, called for each span that is recorded, sent or not (OpenTelemetry, trace SDK).
///
///     struct tenant_of_the_request {
///       void on_start(spanwise::started_span& span, spanwise::context const& parent);
///       void on_ending(spanwise::started_span& span); // the end time is fixed, all else may still change
///       void on_end(spanwise::finished_span const& span);
///       bool flush(spanwise::deadline until);
///       void shutdown(spanwise::deadline until);
///     };
///
/// Called by several threads at the same time, in the order in which processors were given; what they throw is told and
/// goes no further. Spans that they start are not made. A pipeline that stops waits for them, within its deadline.
template <class Candidate>
concept span_processor = detail::sees_start<Candidate> || detail::sees_ending<Candidate> || detail::sees_end<Candidate>;

namespace detail {

/// One processor behind function pointers; null for what it does not have.
struct processor_entry {
  counted<void> held;
  void (*on_start)(void*, started_span&, context const&){};
  void (*on_ending)(void*, started_span&){};
  void (*on_end)(void*, finished_span const&){};
  bool (*flush)(void*, deadline){};
  void (*shutdown)(void*, deadline){};
  processor_entry* next{};
};

} // namespace detail

/// Any span processor, as an element of `options.processors`.
class any_span_processor {
public:
  template <class Processor>
    requires(!std::same_as<Processor, any_span_processor>)
  any_span_processor(Processor given) noexcept {
    static_assert(span_processor<Processor>,
                  "spanwise: a span processor has on_start(started_span&, context const&), on_ending(started_span&) or "
                  "on_end(finished_span const&)");
    if constexpr (span_processor<Processor>) {
      detail::judge_processor<Processor>();
      if (!detail::contain([&] { entry_.held = detail::counted<Processor>::make(std::move(given)); })) return;
      if constexpr (detail::sees_start<Processor>)
        entry_.on_start = [](void* at, started_span& started, context const& parent) {
          of<Processor>(at).on_start(started, parent);
        };
      if constexpr (detail::sees_ending<Processor>)
        entry_.on_ending = [](void* at, started_span& ending) { of<Processor>(at).on_ending(ending); };
      if constexpr (detail::sees_end<Processor>)
        entry_.on_end = [](void* at, finished_span const& ended) { of<Processor>(at).on_end(ended); };
      if constexpr (detail::can_flush<Processor>)
        entry_.flush = [](void* at, deadline until) { return static_cast<bool>(of<Processor>(at).flush(until)); };
      if constexpr (detail::can_shut_down<Processor>)
        entry_.shutdown = [](void* at, deadline until) { of<Processor>(at).shutdown(until); };
    }
  }

private:
  friend class span_processors;
  template <class Processor> static Processor& of(void* at) noexcept { return *static_cast<Processor*>(at); }

  detail::processor_entry entry_;
};

/// The processors of a pipeline: `{.processors = {tenant_of_the_request{}, count_spans{}}}`. None costs nothing.
class span_processors {
public:
  constexpr span_processors() noexcept = default;
  span_processors(std::initializer_list<any_span_processor> given) noexcept {
    detail::processor_entry** last = &first_;
    for (any_span_processor const& each : given) {
      if (each.entry_.held == nullptr) continue;
      *last = new (std::nothrow) detail::processor_entry{each.entry_};
      if (*last == nullptr) break;
      last = &(*last)->next;
    }
    calls_ = &calls;
    close_ = &close;
    if (given.size() == 0) calls_ = nullptr;
  }
  span_processors(span_processors&& other) noexcept
      : first_{std::exchange(other.first_, nullptr)}, calls_{std::exchange(other.calls_, nullptr)},
        close_{std::exchange(other.close_, nullptr)} {}
  span_processors& operator=(span_processors&& other) noexcept {
    std::swap(first_, other.first_);
    std::swap(calls_, other.calls_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~span_processors() {
    if (close_ != nullptr) close_(first_, closing::freed, {});
  }

  [[nodiscard]] bool empty() const noexcept { return calls_ == nullptr; }
  [[nodiscard]] detail::processor_calls const* hooks() const noexcept { return calls_; }
  [[nodiscard]] void* all() const noexcept { return first_; }
  /// False if one of them failed.
  bool flush(deadline until) const noexcept { return close_ == nullptr || close_(first_, closing::flushed, until); }
  void shutdown(deadline until) const noexcept {
    if (close_ != nullptr) close_(first_, closing::shut_down, until);
  }

private:
  enum class closing : std::uint8_t { flushed, shut_down, freed };

  // All below is instantiated by who gives processors, and nobody else.

  template <class Call> static bool each(void* all, Call const& call) noexcept {
    bool good = true;
    for (auto* at = static_cast<detail::processor_entry*>(all); at != nullptr; at = at->next)
      if (!detail::contain([&] { call(*at); })) good = false;
    if (!good)
      report(severity::error, "span processor", "a span processor threw an exception; the others go on");
    return good;
  }

  static bool close(detail::processor_entry* first, closing how, deadline until) noexcept {
    bool flushed = true;
    bool const good = each(first, [&](detail::processor_entry const& one) {
      if (how == closing::flushed && one.flush != nullptr) flushed = one.flush(one.held.get(), until) && flushed;
      if (how == closing::shut_down && one.shutdown != nullptr) one.shutdown(one.held.get(), until);
    });
    while (how == closing::freed && first != nullptr) delete std::exchange(first, first->next);
    return good && flushed;
  }

  static inline constexpr detail::processor_calls calls{
      [](void* all, detail::span_body& body, context const& parent) noexcept {
        started_span started{body};
        each(all, [&](detail::processor_entry const& one) {
          if (one.on_start != nullptr) one.on_start(one.held.get(), started, parent);
        });
      },
      [](void* all, detail::span_body& body) noexcept {
        started_span ending{body};
        each(all, [&](detail::processor_entry const& one) {
          if (one.on_ending != nullptr) one.on_ending(one.held.get(), ending);
        });
      },
      [](void* all, span_view const& ended, scope_view const& scope, resource const* about) noexcept {
        finished_span const whole{ended, scope, about};
        each(all, [&](detail::processor_entry const& one) {
          if (one.on_end != nullptr) one.on_end(one.held.get(), whole);
        });
      }};

  detail::processor_entry* first_{};
  detail::processor_calls const* calls_{};
  bool (*close_)(detail::processor_entry*, closing, deadline) noexcept {};
};

} // namespace spanwise::inline SPANWISE_ABI
