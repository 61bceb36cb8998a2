// A context can carry values of your own beside span and baggage: a tenant, a request id, a deadline.
// Each value is an immutable, counted node in front of those that were there before.
#pragma once

#include <spanwise/detail/atomic.hpp>

#include <new>
#include <utility>

namespace spanwise::inline SPANWISE_ABI {

/// Names a kind of value in contexts; two keys are different even if their names are alike. Declare it at namespace scope.
template <class Value> class context_key {
public:
  constexpr explicit context_key(char const* name = "") noexcept : name_{name} {}
  context_key(context_key const&) = delete;
  context_key& operator=(context_key const&) = delete;
  [[nodiscard]] constexpr char const* name() const noexcept { return name_; }

private:
  char const* name_;
};

namespace detail {

/// The user's values of a context: a handle to the newest node.
class slots {
public:
  constexpr slots() noexcept = default;
  constexpr slots(slots&& other) noexcept : newest_{std::exchange(other.newest_, nullptr)} {}
  SPANWISE_INLINE slots(slots const& other) noexcept : newest_{other.newest_} {
    if (newest_ != nullptr) [[unlikely]]
      newest_->owners.fetch_add(1, relaxed);
  }
  slots& operator=(slots other) noexcept {
    std::swap(newest_, other.newest_);
    return *this;
  }
  SPANWISE_INLINE ~slots() {
    if (newest_ != nullptr) [[unlikely]]
      leave(newest_);
  }

  /// These values and one more. Without memory the new one is left out.
  template <class Value> [[nodiscard]] slots with(context_key<Value> const& key, Value value) const {
    auto* const added = new (std::nothrow) holder<Value>{{{1}, &key, nullptr, &destroy<Value>}, std::move(value)};
    if (added == nullptr) return *this;
    slots before{*this};
    added->older = std::exchange(before.newest_, nullptr);
    slots result;
    result.newest_ = added;
    return result;
  }

  template <class Value> [[nodiscard]] Value const* find(context_key<Value> const& key) const noexcept {
    for (node const* at = newest_; at != nullptr; at = at->older)
      if (at->key == &key) return &static_cast<holder<Value> const*>(at)->value;
    return nullptr;
  }

  [[nodiscard]] bool empty() const noexcept { return newest_ == nullptr; }
  [[nodiscard]] void* raw() const noexcept { return newest_; }
  [[nodiscard]] void* release() noexcept { return std::exchange(newest_, nullptr); }
  [[nodiscard]] static slots adopt(void* newest) noexcept {
    slots result;
    result.newest_ = static_cast<node*>(newest);
    return result;
  }
  [[nodiscard]] static slots share(void* newest) noexcept {
    slots result = adopt(newest);
    slots copy{result};
    static_cast<void>(result.release());
    return copy;
  }

private:
  struct node {
    atomic<std::uint32_t> owners;
    void const* key;
    node* older;
    void (*destroy)(node*) noexcept;
  };
  template <class Value> struct holder : node { Value value; };

  template <class Value> static void destroy(node* gone) noexcept { delete static_cast<holder<Value>*>(gone); }

  SPANWISE_COLD static void leave(node* last) noexcept {
    while (last != nullptr && last->owners.fetch_sub(1, acq_rel) == 1) {
      node* const older = last->older;
      last->destroy(last);
      last = older;
    }
  }

  node* newest_{};
};

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI
