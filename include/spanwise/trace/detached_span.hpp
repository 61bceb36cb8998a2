// A span that is not tied to a scope or a thread: started here, ended there, handed on in between.
// Its calls take a lock of one byte, so any thread may make them at any time.
#pragma once

#include <spanwise/trace/span_calls.hpp>

#if !defined(_MSC_VER)
#include <sched.h>
#endif

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// Holds the byte lock of a span; the sections are short, so waiting is spinning.
class byte_lock {
public:
  explicit byte_lock(atomic<unsigned char>& lock) noexcept : lock_{lock} {
    for (int spins = 0; lock_.exchange(1, acquire) != 0;)
      while (lock_.load(relaxed) != 0)
        if (++spins % 128 == 0) yield(); // who holds it may wait for this processor
  }
  byte_lock(byte_lock const&) = delete;
  byte_lock& operator=(byte_lock const&) = delete;
  ~byte_lock() { lock_.store(0, release); }

private:
  static void yield() noexcept {
#if !defined(_MSC_VER)
    ::sched_yield();
#endif
  }

  atomic<unsigned char>& lock_;
};

/// A span on the heap, shared by its handle and by the scopes in which it is active.
struct shared_span {
  atomic<std::uint32_t> owners{1};
  atomic<unsigned char> lock{0};
  span_body body;

  shared_span() noexcept { body.clear(); }
  shared_span(shared_span const&) = delete;
  shared_span& operator=(shared_span const&) = delete;
  ~shared_span() { body.release(); }

  /// Another thread may be writing the span just now.
  [[nodiscard]] spanwise::context context() noexcept {
    byte_lock const held{lock};
    return body.context();
  }

  void leave() noexcept {
    if (owners.fetch_sub(1, acq_rel) == 1) delete this;
  }
};

} // namespace detail

/// Makes a detached span current on this thread until it goes out of scope; the span goes on.
template <> class [[nodiscard]] basic_activation<on> {
public:
  explicit basic_activation(detail::shared_span* active) noexcept : active_{active}, stack_{detail::this_stack()} {
    if (active_ == nullptr || stack_ == nullptr) return;
    entry_ = detail::push_entry(*stack_);
    if (entry_ == nullptr) return;
    active_->owners.fetch_add(1, detail::relaxed);
    detail::context_access::write(*entry_, active_->context());
    entry_->owner_kind = static_cast<unsigned char>(detail::entry_owner::detached);
    detail::store_plain(entry_->owner, static_cast<void*>(this), detail::relaxed);
  }
  basic_activation(basic_activation const&) = delete;
  basic_activation& operator=(basic_activation const&) = delete;
  ~basic_activation() {
    if (entry_ == nullptr) return;
    detail::remove_entry(stack_, entry_, this, misuse::detached_on_another_thread);
    active_->leave();
  }

  [[nodiscard]] detail::shared_span& active() const noexcept { return *active_; }

private:
  detail::shared_span* active_;
  detail::context_stack* stack_;
  detail::context_entry* entry_{};
};

/// A span that any thread may touch and end: not current until activated, movable, ended at the latest when destroyed.
///
/// One allocation at its start; each call costs a few nanoseconds more than that of `span`.
template <> class basic_detached_span<on> : public span_calls<basic_detached_span<on>> {
public:
  [[nodiscard]] SPANWISE_INLINE explicit basic_detached_span(text_view name, attribute a = {}, attribute b = {},
                                                             attribute c = {}, attribute d = {}, attribute e = {},
                                                             attribute f = {}, attribute g = {},
                                                             attribute h = {}) noexcept {
    if (open(detail::unnamed_source, name, nullptr)) start_with(a, b, c, d, e, f, g, h);
  }

  [[nodiscard]] SPANWISE_INLINE basic_detached_span(text_view name, span_options const& options, attribute a = {},
                                                    attribute b = {}, attribute c = {}, attribute d = {},
                                                    attribute e = {}, attribute f = {}, attribute g = {},
                                                    attribute h = {}) noexcept {
    if (open(detail::unnamed_source, name, &options)) start_with(a, b, c, d, e, f, g, h);
  }

  [[nodiscard]] basic_detached_span(detail::tracer_source const& source, std::string_view name,
                                    span_options const& options,
                                    std::initializer_list<attribute> attributes) noexcept {
    if (!open(source, name, &options)) return;
    for (attribute const& each : attributes) shared_->body.set(each);
    decide_if_asked();
  }

  basic_detached_span(basic_detached_span&& other) noexcept : shared_{std::exchange(other.shared_, nullptr)} {}
  basic_detached_span& operator=(basic_detached_span&& other) noexcept {
    if (this != &other) {
      release();
      shared_ = std::exchange(other.shared_, nullptr);
    }
    return *this;
  }
  ~basic_detached_span() { release(); }

  /// Makes the span current on this thread while the returned guard lives: `auto active = job.activate();`
  [[nodiscard]] basic_activation<on> activate() const noexcept { return basic_activation<on>{shared_}; }

  /// Ends the span; the first call counts. Scopes in which it is active stay, as its context does.
  void end() noexcept { end_at(nullptr); }
  void end(time_point when) noexcept { end_at(&when); }

  [[nodiscard]] spanwise::context context() const noexcept {
    return shared_ == nullptr ? spanwise::context{} : shared_->context();
  }
  [[nodiscard]] bool recording() const noexcept {
    if (shared_ == nullptr) return false;
    detail::byte_lock const held{shared_->lock};
    return shared_->body.recording();
  }

private:
  friend class span_calls<basic_detached_span<on>>;

  SPANWISE_INLINE void start_with(attribute const& a, attribute const& b, attribute const& c, attribute const& d,
                                  attribute const& e, attribute const& f, attribute const& g,
                                  attribute const& h) noexcept {
    shared_->body.set(a, b, c, d, e, f, g, h);
    decide_if_asked();
  }
  SPANWISE_INLINE void decide_if_asked() noexcept {
    if (shared_->body.undecided()) [[unlikely]]
      shared_->body.decide(nullptr);
  }

  /// True if it records.
  [[gnu::noinline]] bool open(detail::tracer_source const& source, std::string_view name,
                              span_options const* options) noexcept {
    detail::thread_state* const thread = detail::this_thread();
    if (thread == nullptr) return false;
    auto const [core, epoch, live] = detail::destination_of(source, *thread);
    if (!live) {
      stand_for(parent_of(options));
      return false;
    }
    shared_ = new (std::nothrow) detail::shared_span;
    if (shared_ == nullptr) return false;
    detail::given_parent const given{options == nullptr ? nullptr : options->parent.given()};
    span_kind const kind = options == nullptr ? span_kind::internal : options->kind;
    detail::span_body& body = shared_->body;
    body.begin(*core, epoch, source.scope, name, detail::wire_kind(kind), options, *thread,
               given.or_current(detail::current_entry(*thread->stack)), nullptr);
    if (body.state() == detail::span_state::inert) body.stand_for(parent_of(options));
    return body.recording();
  }

  [[nodiscard]] SPANWISE_COLD static spanwise::context parent_of(span_options const* options) noexcept {
    return options == nullptr ? current_context() : options->parent.or_current();
  }

  /// Nothing is recorded; a parent is passed on.
  void stand_for(spanwise::context const& parent) noexcept {
    if (detail::context_access::empty(parent)) return;
    shared_ = new (std::nothrow) detail::shared_span;
    if (shared_ != nullptr) shared_->body.stand_for(parent);
  }

  template <class Change> void change(Change const& apply) const noexcept {
    if (shared_ == nullptr) return;
    detail::byte_lock const held{shared_->lock};
    if (shared_->body.recording()) apply(shared_->body);
  }

  /// Whoever asks while an exporter has the span finds that it has ended, and does not wait.
  [[gnu::noinline]] void end_at(time_point const* when) noexcept {
    if (shared_ == nullptr) return;
    detail::span_body& body = shared_->body;
    auto before = detail::span_state::ended;
    std::int64_t end_wall = 0;
    {
      detail::byte_lock const held{shared_->lock};
      if (!body.recording()) return;
      end_wall = when != nullptr ? when->unix_ns : body.now();
      before = body.stop();
    }
    body.finish(before, end_wall);
  }

  void release() noexcept {
    if (shared_ == nullptr) return;
    end();
    std::exchange(shared_, nullptr)->leave();
  }

  detail::shared_span* shared_{};
};

} // namespace spanwise::inline SPANWISE_ABI
