// The span: a piece of work being timed, for as long as a variable lives. The one type that business code needs.
#pragma once

#include <spanwise/core/text_view.hpp>
#include <spanwise/trace/exception.hpp>
#include <spanwise/trace/mode.hpp>
#include <spanwise/trace/outcome.hpp>
#include <spanwise/trace/span_changes.hpp>

#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// That of a span which no tracer made.
inline constexpr tracer_source unnamed_source{{{}, {}, {}, unnamed_scope_hash}};

/// A parent given as a context, in the form that current ones have.
class given_parent {
public:
  explicit given_parent(context const* given) noexcept : used_{given != nullptr} {
    if (used_) context_access::write(entry_, *given);
  }
  given_parent(given_parent const&) = delete;
  given_parent& operator=(given_parent const&) = delete;
  ~given_parent() {
    if (used_) clear_entry(entry_);
  }
  [[nodiscard]] context_entry const& or_current(context_entry const& current) const noexcept {
    return used_ ? entry_ : current;
  }

private:
  context_entry entry_;
  bool used_;
};

} // namespace detail

/// A piece of work being timed: current on its thread while it lives, ended when destroyed.
///
/// Keep it in a named variable; a discarded one ends at once (the compiler warns). To continue elsewhere, pass `context()`.
/// Owned by one thread at a time; `detached_span` is the one that any thread may touch. Never throws, never blocks.
/// When the sampler says no, each call below is one branch; attributes given at the start are the ones it can see.
template <> class basic_span<on> {
public:
  /// Starts a span under the current one, with up to eight attributes such as `{"order.id", id}`; more by `set`.
  [[nodiscard]] SPANWISE_INLINE explicit basic_span(text_view name, attribute a = {}, attribute b = {},
                                                    attribute c = {}, attribute d = {}, attribute e = {},
                                                    attribute f = {}, attribute g = {}, attribute h = {}) noexcept
      : basic_span{name, span_kind::internal, a, b, c, d, e, f, g, h} {}

  [[nodiscard]] SPANWISE_INLINE basic_span(text_view name, span_kind kind, attribute a = {}, attribute b = {},
                                           attribute c = {}, attribute d = {}, attribute e = {}, attribute f = {},
                                           attribute g = {}, attribute h = {}) noexcept {
    if (open_bare(name, detail::wire_kind(kind))) start_with(a, b, c, d, e, f, g, h);
  }

  /// As above, with kind, parent, start time and links: `{.kind = spanwise::span_kind::client, .parent = context}`.
  [[nodiscard]] SPANWISE_INLINE basic_span(text_view name, span_options const& options, attribute a = {},
                                           attribute b = {}, attribute c = {}, attribute d = {}, attribute e = {},
                                           attribute f = {}, attribute g = {}, attribute h = {}) noexcept
      : basic_span{detail::unnamed_source, name, options.kind, &options, a, b, c, d, e, f, g, h} {}

  [[nodiscard]] SPANWISE_INLINE basic_span(detail::tracer_source const& source, std::string_view name, span_kind kind,
                                           span_options const* options, attribute const& a, attribute const& b,
                                           attribute const& c, attribute const& d, attribute const& e,
                                           attribute const& f, attribute const& g, attribute const& h) noexcept {
    if (open(source, name, detail::wire_kind(kind), options)) start_with(a, b, c, d, e, f, g, h);
  }

  basic_span(basic_span const&) = delete;
  basic_span& operator=(basic_span const&) = delete;

  SPANWISE_INLINE ~basic_span() { leave(); }

  /// Sets an attribute; one that is there takes the new value.
  template <class Value> SPANWISE_INLINE void set(key name, Value const& value) noexcept {
    if (body_.recording()) body_.set(attribute{name, value});
  }
  template <class Value> SPANWISE_INLINE void set(any_key name, Value const& value) noexcept {
    if (body_.recording()) body_.set(attribute{name, value});
  }
  template <class Held, class Value> SPANWISE_INLINE void set(typed_key<Held> name, Value const& value) noexcept {
    if (body_.recording()) body_.set(attribute{name, value});
  }
  SPANWISE_INLINE void set(attribute const& a, attribute const& b = {}, attribute const& c = {},
                           attribute const& d = {}, attribute const& e = {}, attribute const& f = {},
                           attribute const& g = {}, attribute const& h = {}) noexcept {
    if (body_.recording()) body_.set(a, b, c, d, e, f, g, h);
  }

  /// The same for arrays `{"p", "q"}` and maps `{{"a", 1}, {"b", "x"}}` in braces.
  template <class Element> void set(key name, std::initializer_list<Element> values) noexcept {
    if (body_.recording()) body_.set(attribute{name, values});
  }
  template <class Element> void set(any_key name, std::initializer_list<Element> values) noexcept {
    if (body_.recording()) body_.set(attribute{name, values});
  }
  template <class Held, class Element> void set(typed_key<Held> name, std::initializer_list<Element> values) noexcept {
    if (body_.recording()) body_.set(attribute{name, values});
  }
  void set(key name, std::initializer_list<attribute> entries) noexcept {
    if (body_.recording()) body_.set(attribute{name, entries});
  }
  void set(any_key name, std::initializer_list<attribute> entries) noexcept {
    if (body_.recording()) body_.set(attribute{name, entries});
  }

  /// Notes that something happened now, or at `when`.
  SPANWISE_INLINE void event(text_view name, attribute const& a = {}, attribute const& b = {},
                             attribute const& c = {}, attribute const& d = {}) noexcept {
    event(name, time_point{}, a, b, c, d);
  }
  SPANWISE_INLINE void event(text_view name, time_point when, attribute const& a = {}, attribute const& b = {},
                             attribute const& c = {}, attribute const& d = {}) noexcept {
    if (!body_.recording()) return;
    // Attributes that are not given are known while compiling: no array is made for them.
    if (a.nested() || b.nested() || c.nested() || d.nested()) [[unlikely]] {
      add_any_event(name, when, {a, b, c, d});
    } else if (b.absent() && c.absent() && d.absent()) {
      if (a.absent()) body_.add_event(name, when, nullptr, 0);
      else body_.add_event(name, when, &a, 1);
    } else {
      add_event(name, when, {a, b, c, d});
    }
  }

  /// Points at another span, of this trace or of another. Samplers see only links that are given in span_options.
  SPANWISE_INLINE void link(span_context const& to, attribute const& a = {}, attribute const& b = {},
                            attribute const& c = {}, attribute const& d = {}) noexcept {
    if (body_.recording()) add_link(to, {a, b, c, d});
  }

  /// The work failed; `description` says how, for people.
  void error(text_view description = {}) noexcept { status(status_code::error, description); }
  /// The work succeeded for sure: final, no later error changes it.
  void ok() noexcept { status(status_code::ok); }
  void status(status_code code, text_view description = {}) noexcept {
    if (body_.recording()) body_.set_status(code, description);
  }

  /// Replaces the name; what the sampler decided by the old one stays.
  void update_name(text_view name) noexcept {
    if (body_.recording()) body_.update_name(name);
  }

  /// Adds the event "exception" with type and message of `thrown`, an exception or an exception_ptr. Status stays.
  template <class Exception>
  void record_exception(Exception const& thrown, attribute const& a = {}, attribute const& b = {}, attribute const& c = {},
                        attribute const& d = {}) noexcept {
    record_exception(thrown, time_point{}, a, b, c, d);
  }
  /// The same of one that was thrown at `when`.
  template <class Exception>
  void record_exception(Exception const& thrown, time_point when, attribute const& a = {}, attribute const& b = {},
                        attribute const& c = {}, attribute const& d = {}) noexcept {
    if (!body_.recording()) return;
    detail::with_exception(thrown, [&](std::string_view type, std::string_view message) {
      // The user's attributes come last: they win where keys are alike (trace API, Record Exception).
      add_any_event("exception", when,
                    {{"exception.type", type}, {"exception.message", detail::if_any(message)}, a, b, c, d});
    });
  }

  /// Records `thrown` and makes the span an error of its type and message; what `tracer.in` does for you.
  template <class Exception> void record_failure(Exception const& thrown) noexcept {
    if (!body_.recording()) return;
    detail::with_exception(thrown, [&](std::string_view type, std::string_view message) {
      add_event("exception", {}, {{"exception.type", type}, {"exception.message", detail::if_any(message)}});
      set("error.type", type);
      error(message);
    });
  }

  /// True if `result` is a success; otherwise the span becomes an error with what the result tells of it.
  ///
  /// Takes bool, error codes, optional- and expected-like types.
  template <class Result> bool check(Result const& result) noexcept {
    bool const good = detail::succeeded(result);
    if (!good && body_.recording())
      detail::with_failure(result, [&](std::string_view type, std::string_view message) {
        if (!type.empty()) set("error.type", type);
        error(message);
      });
    return good;
  }

  /// Ends the span now, or says when it ended; later calls do nothing. Otherwise it ends when destroyed.
  void end() noexcept { end_at(nullptr); }
  void end(time_point when) noexcept { end_at(&when); }

  /// What to hand on to continue this trace elsewhere: another thread, another process. The same before and after the end.
  [[nodiscard]] spanwise::context context() const noexcept {
    return body_.context();
  }

  /// True while what is set is kept: the sampler wants it, and it has not ended.
  [[nodiscard]] bool recording() const noexcept { return body_.recording(); }

private:
  SPANWISE_INLINE void start_with(attribute const& a, attribute const& b, attribute const& c, attribute const& d,
                                  attribute const& e, attribute const& f, attribute const& g,
                                  attribute const& h) noexcept {
    body_.set(a, b, c, d, e, f, g, h);
    if (body_.undecided()) [[unlikely]]
      body_.decide(entry_);
  }

  /// True if it records. Without a tracer and options there is less to look at; `kind` is that of OTLP.
  [[gnu::noinline]] bool open_bare(std::string_view name, unsigned char kind) noexcept {
    return open_usual(detail::unnamed_source, name, kind, nullptr);
  }
  [[gnu::noinline]] bool open(detail::tracer_source const& source, std::string_view name, unsigned char kind,
                              span_options const* options) noexcept {
    return open_usual(source, name, kind, options);
  }

  /// Here the usual case: no options, the default pipeline, a thread that has been there before, and a parent in this
  /// process that shares nothing.
  SPANWISE_INLINE bool open_usual(detail::tracer_source const& source, std::string_view name, unsigned char kind,
                                  span_options const* options) noexcept {
    using namespace detail;
    provider_core* const core = default_provider.load(acquire);
    thread_state* const thread = this_thread_state;
    if (options != nullptr || source.core != nullptr || core == nullptr || thread == nullptr) [[unlikely]] {
      if (options != nullptr || source.core != nullptr || core != nullptr)
        return open_anyhow(source, name, kind, options);
      begin_inert();
      return false;
    }
    thread_state::lane const& lane = thread->lanes[core->index];
    context_stack* const stack = thread->stack;
    context_entry* const parent = stack->top;
    bool const usual = lane.epoch == core->epoch.load(acquire) && thread->suppressed == 0 && parent != stack->last &&
                       is(*parent, entry_nature::plain) && load_plain(parent->owner, relaxed) != nullptr;
    if (!usual) [[unlikely]]
      return open_anyhow(source, name, kind, options);
    bool const sampled = (parent->flags & trace_flags::sampled_bit) != 0;
    quick_decision const decision =
        core->quick[static_cast<std::size_t>(sampled ? parent_case::local_sampled : parent_case::local_unsampled)].load(
            relaxed);
    if (decision == quick_decision::record_and_sample) [[likely]] {
      stack_ = stack;
      entry_ = stack->top = parent + 1;
      body_.begin_child(*core, *thread, lane, source.scope, name, kind, *parent, *entry_);
      return true;
    }
    if (decision != quick_decision::drop) [[unlikely]]
      return open_anyhow(source, name, kind, options);
    stack_ = stack;
    entry_ = stack->top = parent + 1;
    body_.skip_child(thread->random, *lane.writer, *parent, *entry_);
    return false;
  }

  void begin_inert() noexcept {
    entry_ = nullptr;
    body_.clear();
  }

  [[gnu::noinline]] bool open_anyhow(detail::tracer_source const& source, std::string_view name, unsigned char kind,
                                     span_options const* options) noexcept {
    begin_inert();
    detail::thread_state* const thread = detail::this_thread();
    if (thread == nullptr) return false;
    auto const [core, epoch, live] = detail::destination_of(source, *thread);
    stack_ = thread->stack;
    if (!live) {
      if (options != nullptr) pass_on(options->parent);
      return false;
    }
    detail::given_parent const given{options == nullptr ? nullptr : options->parent.given()};
    detail::context_entry const& from = given.or_current(detail::current_entry(*stack_));
    entry_ = detail::push_entry(*stack_);
    bool const records =
        body_.begin(*core, epoch, source.scope, name, kind, options, *thread, from, entry_);
    if (body_.state() == detail::span_state::inert) show(detail::context_access::read(from));
    return records;
  }

  /// Nothing is recorded: the parent itself is current in this span's place, so that its trace goes on.
  SPANWISE_COLD void pass_on(parent_of_span const& parent) noexcept {
    if (parent.given() == nullptr && !parent.root()) return;
    spanwise::context const shown = parent.or_current();
    entry_ = detail::push_entry(*stack_);
    show(shown);
  }

  SPANWISE_COLD void show(spanwise::context const& parent) noexcept {
    body_.stand_for(parent);
    if (entry_ == nullptr) return;
    detail::context_access::write(*entry_, parent);
    entry_->owner_kind = static_cast<unsigned char>(detail::entry_owner::attached);
    detail::store_plain(entry_->owner, owner(), detail::relaxed);
  }

  /// The end of the scope, again without calls in the usual cases. It only jumps, so that it needs no frame.
  [[gnu::noinline]] void leave() noexcept {
    if (body_.recording()) return leave_recorded();
    leave_unrecorded();
  }
  [[gnu::noinline]] void leave_unrecorded() noexcept {
    if (entry_ != nullptr && !detail::remove_in_turn(stack_, entry_, owner())) [[unlikely]]
      return leave_anyhow();
    if (body_.holds_something()) [[unlikely]]
      body_.release();
  }
  [[gnu::noinline]] void leave_recorded() noexcept {
    close(body_.now());
    if (body_.holds_something()) [[unlikely]]
      body_.release();
  }
  SPANWISE_COLD void leave_anyhow() noexcept {
    detail::remove_entry(stack_, entry_, owner(), misuse::ended_on_another_thread);
    body_.release();
  }

  [[gnu::noinline]] void end_at(time_point const* when) noexcept {
    if (body_.recording()) return close(when != nullptr ? when->unix_ns : body_.now());
    if (entry_ != nullptr) detail::remove_entry(stack_, entry_, owner(), misuse::ended_on_another_thread);
    entry_ = nullptr;
  }

  SPANWISE_INLINE void close(std::int64_t end_wall) noexcept {
    if (entry_ != nullptr && !detail::remove_in_turn(stack_, entry_, owner())) [[unlikely]]
      detail::remove_entry(stack_, entry_, owner(), misuse::ended_on_another_thread);
    entry_ = nullptr;
    if (body_.thrown_through()) [[unlikely]]
      body_.fail_unless_told();
    body_.finish(end_wall);
  }

  [[gnu::noinline]] void add_event(std::string_view name, time_point when,
                                   std::initializer_list<attribute> attributes) noexcept {
    body_.add_event(name, when, attributes.begin(), attributes.size());
  }
  [[gnu::noinline]] void add_any_event(std::string_view name, time_point when,
                                       std::initializer_list<attribute> attributes) noexcept {
    if (when.unix_ns == 0) when.unix_ns = body_.now();
    body_.with_ready(attributes.begin(), attributes.size(), [&](attribute const* ready, std::size_t count) {
      body_.add_event(name, when, ready, count);
    });
  }
  [[gnu::noinline]] void add_link(span_context const& to, std::initializer_list<attribute> attributes) noexcept {
    body_.with_ready(attributes.begin(), attributes.size(), [&](attribute const* ready, std::size_t count) {
      body_.add_link(to, ready, count);
    });
  }

  /// Names this span in its entry of the thread's stack; current_span() finds it there.
  [[nodiscard]] void* owner() noexcept { return &body_; }

  detail::context_stack* stack_;
  detail::context_entry* entry_; ///< set by open(), which is cheaper there, and so is all of body_
  detail::span_body body_;
};

} // namespace spanwise::inline SPANWISE_ABI
