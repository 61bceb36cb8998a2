// spanwise 0.1.0, the single header. Made by tools/single_header.py from include/: change that, not this.
//
// MIT License
//
// Copyright (c) 2026 spanwise authors
//
// Permission is hereby granted, free of charge, to any person obtaining a copy
// of this software and associated documentation files (the "Software"), to deal
// in the Software without restriction, including without limitation the rights
// to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
// copies of the Software, and to permit persons to whom the Software is
// furnished to do so, subject to the following conditions:
//
// The above copyright notice and this permission notice shall be included in all
// copies or substantial portions of the Software.
//
// THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
// IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
// FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
// AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
// LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
// OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
// SOFTWARE.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <locale.h>
#include <new>
#include <optional>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <span>
#include <string>
#include <string.h>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <tuple>
#include <type_traits>
#include <unistd.h>
#include <utility>
#include <vector>

// spanwise/version.hpp
//
// The version of spanwise, in its one place: the build, the packages and the exported telemetry read it here.
// The inline namespace carries it too, so two versions (or a build with SPANWISE_OFF or SPANWISE_PORTABLE) linked into one process never mix.

// An older standard gives a thousand errors. This is the one to read, and a missing file is what compilers stop at.
#if __cplusplus < 202002L && (!defined(_MSVC_LANG) || _MSVC_LANG < 202002L)
#error "spanwise needs C++20: compile with -std=c++20"
#include <end of compilation>
#endif

#define SPANWISE_VERSION "0.1.0"

#ifdef SPANWISE_OFF
#define SPANWISE_ABI v0_1_0_off
#elif defined(SPANWISE_PORTABLE)
#define SPANWISE_ABI v0_1_0_portable
#else
#define SPANWISE_ABI v0_1_0
#endif

// spanwise/detail/config.hpp
//
// What differs between compilers and platforms, told once. All of spanwise's macros stand here and in version.hpp.
// No switch changes a layout: parts built with different flags can be linked together. With SPANWISE_PORTABLE nothing is
// used that only some compilers, processors or kernels have: the way to see what else would run, and at what cost. That
// one is for a whole program: what was compiled without it is as another version, with pipelines of its own.

static_assert(std::endian::native == std::endian::little, "spanwise: the wire format is written by plain stores, which needs a little-endian machine");

#if defined(_MSC_VER)
#define SPANWISE_INLINE __forceinline
#define SPANWISE_COLD __declspec(noinline) inline
#define SPANWISE_SMALL inline
#define SPANWISE_SHARED
#else
#if defined(__OPTIMIZE__)
#define SPANWISE_INLINE [[gnu::always_inline]] inline
#else // a build for the debugger: half the time to compile, and calls that it can step into
#define SPANWISE_INLINE inline
#endif
#if defined(__clang__) // for which `cold` alone is no reason to make code small
#define SPANWISE_SMALL [[gnu::cold, clang::minsize]] inline
#else
#define SPANWISE_SMALL [[gnu::cold]] inline
#endif
#define SPANWISE_COLD [[gnu::noinline, gnu::cold]] inline
#define SPANWISE_SHARED [[gnu::visibility("default")]]
#endif

// SPANWISE_COLD stands before what a fast function seldom calls: it keeps out of that one's way. SPANWISE_SMALL stands
// before all else that does not run for each span, such as set-up, waiting and what is said of failures: compilers make
// it small instead of fast. A lambda in such a function is none itself, so what is long in one gets a name.

namespace spanwise::inline SPANWISE_ABI::detail {

/// What is declared `template <class = on_use>` needs no parameter: it is a template so that compilers look into it
/// only where it is used. What is none is compiled, with all that it instantiates, wherever its header is included.
struct on_use;

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/detail/atomic.hpp
//
// Atomic variables over the compiler's own builtins, because <atomic> costs each translation unit a quarter of a second.
// Same meaning as std::atomic; only the operations that spanwise uses.

#if defined(_MSC_VER)
#include <atomic>
#endif

namespace spanwise::inline SPANWISE_ABI::detail {

#if defined(_MSC_VER)

using memory_order = std::memory_order;
inline constexpr memory_order relaxed = std::memory_order_relaxed;
inline constexpr memory_order acquire = std::memory_order_acquire;
inline constexpr memory_order release = std::memory_order_release;
inline constexpr memory_order acq_rel = std::memory_order_acq_rel;
inline constexpr memory_order seq_cst = std::memory_order_seq_cst;

template <class Value> class atomic : public std::atomic<Value> {
public:
  using std::atomic<Value>::atomic;
  bool compare_exchange(Value& expected, Value desired, memory_order success, memory_order failure) noexcept {
    return this->compare_exchange_strong(expected, desired, success, failure);
  }
};

inline void fence(memory_order order) noexcept { std::atomic_thread_fence(order); }
inline void compiler_fence() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }

/// Atomic access to a plain variable, for memory whose layout must not depend on a class of ours.
template <class Value> Value load_plain(Value const& from, memory_order order) noexcept {
  return std::atomic_ref<Value>{const_cast<Value&>(from)}.load(order);
}
template <class Value> void store_plain(Value& to, Value value, memory_order order) noexcept {
  std::atomic_ref<Value>{to}.store(value, order);
}
template <class Value>
bool compare_exchange_plain(Value& at, Value& expected, Value desired, memory_order success,
                            memory_order failure) noexcept {
  return std::atomic_ref<Value>{at}.compare_exchange_strong(expected, desired, success, failure);
}

#else

enum memory_order : int {
  relaxed = __ATOMIC_RELAXED,
  acquire = __ATOMIC_ACQUIRE,
  release = __ATOMIC_RELEASE,
  acq_rel = __ATOMIC_ACQ_REL,
  seq_cst = __ATOMIC_SEQ_CST
};

template <class Value> class atomic {
public:
  constexpr atomic() noexcept = default;
  constexpr atomic(Value value) noexcept : value_{value} {}
  atomic(atomic const&) = delete;
  atomic& operator=(atomic const&) = delete;

  SPANWISE_INLINE Value load(memory_order order) const noexcept {
    Value result;
    __atomic_load(&value_, &result, order);
    return result;
  }
  SPANWISE_INLINE void store(Value value, memory_order order) noexcept { __atomic_store(&value_, &value, order); }
  SPANWISE_INLINE Value exchange(Value value, memory_order order) noexcept {
    Value result;
    __atomic_exchange(&value_, &value, &result, order);
    return result;
  }
  SPANWISE_INLINE bool compare_exchange(Value& expected, Value desired, memory_order success,
                                        memory_order failure) noexcept {
    return __atomic_compare_exchange(&value_, &expected, &desired, false, success, failure);
  }
  SPANWISE_INLINE Value fetch_add(Value amount, memory_order order) noexcept {
    return __atomic_fetch_add(&value_, amount, order);
  }
  SPANWISE_INLINE Value fetch_sub(Value amount, memory_order order) noexcept {
    return __atomic_fetch_sub(&value_, amount, order);
  }
  SPANWISE_INLINE Value fetch_or(Value bits, memory_order order) noexcept {
    return __atomic_fetch_or(&value_, bits, order);
  }
  SPANWISE_INLINE Value fetch_and(Value bits, memory_order order) noexcept {
    return __atomic_fetch_and(&value_, bits, order);
  }

private:
  Value value_{};
};

#if defined(__SANITIZE_THREAD__) // which does not know fences, and says so; what they order is atomic everywhere
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtsan"
#endif
SPANWISE_INLINE void fence(memory_order order) noexcept { __atomic_thread_fence(order); }
#if defined(__SANITIZE_THREAD__)
#pragma GCC diagnostic pop
#endif
SPANWISE_INLINE void compiler_fence() noexcept { __atomic_signal_fence(__ATOMIC_SEQ_CST); }

/// Atomic access to a plain variable, for memory whose layout must not depend on a class of ours.
template <class Value> SPANWISE_INLINE Value load_plain(Value const& from, memory_order order) noexcept {
  Value result;
  __atomic_load(&from, &result, order);
  return result;
}
template <class Value> SPANWISE_INLINE void store_plain(Value& to, Value value, memory_order order) noexcept {
  __atomic_store(&to, &value, order);
}
template <class Value>
SPANWISE_INLINE bool compare_exchange_plain(Value& at, Value& expected, Value desired, memory_order success,
                                            memory_order failure) noexcept {
  return __atomic_compare_exchange(&at, &expected, &desired, false, success, failure);
}

#endif

/// Adds to a counter that only the calling thread writes: a plain add, which other threads may read.
template <class Value> SPANWISE_INLINE void add_own(atomic<Value>& counter, Value amount) noexcept {
  counter.store(static_cast<Value>(counter.load(relaxed) + amount), relaxed);
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/context/slots.hpp
//
// A context can carry values of your own beside span and baggage: a tenant, a request id, a deadline.
// Each value is an immutable, counted node in front of those that were there before.

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

// spanwise/core/text_block.hpp
//
// Text that several owners share and nobody changes: a handle of one pointer to a counted block. The trace state and
// the baggage of a context live in such blocks, so handing a context on costs one addition at most.

namespace spanwise::inline SPANWISE_ABI::detail {

/// What stands before the bytes of a block.
struct text_header {
  atomic<std::uint32_t> owners{1};
  std::uint32_t size{};
};
static_assert(sizeof(text_header) == 8);

/// A share in an immutable block of bytes; empty ones own nothing. Copies may be used by several threads at once.
class shared_text {
public:
  static constexpr std::size_t max_size = 1U << 30;

  constexpr shared_text() noexcept = default;
  constexpr shared_text(shared_text&& other) noexcept : block_{std::exchange(other.block_, nullptr)} {}
  SPANWISE_INLINE shared_text(shared_text const& other) noexcept : block_{other.block_} {
    if (block_ != nullptr) [[unlikely]]
      block_->owners.fetch_add(1, relaxed);
  }
  shared_text& operator=(shared_text const& other) noexcept { return *this = shared_text{other}; }
  SPANWISE_INLINE shared_text& operator=(shared_text&& other) noexcept {
    text_header* const before = std::exchange(block_, std::exchange(other.block_, nullptr));
    if (before != nullptr) [[unlikely]]
      leave(before);
    return *this;
  }
  SPANWISE_INLINE ~shared_text() {
    if (block_ != nullptr) [[unlikely]]
      leave(block_);
  }

  /// A block that holds a copy of `text`; empty if `text` is, or if there is no memory.
  [[nodiscard]] static shared_text make(std::string_view text) noexcept;

  [[nodiscard]] bool empty() const noexcept { return block_ == nullptr; }
  [[nodiscard]] std::string_view view() const noexcept {
    return block_ == nullptr ? std::string_view{} : std::string_view{bytes_of(block_), block_->size};
  }

  /// The block as a plain pointer, for storage that holds no C++ objects. `raw` lends it, `release` hands over this
  /// share, `adopt` takes one over, `share` makes one more of a block that somebody else keeps. nullptr stands for
  /// empty.
  [[nodiscard]] void* raw() const noexcept { return block_; }
  [[nodiscard]] void* release() noexcept { return std::exchange(block_, nullptr); }
  [[nodiscard]] static shared_text adopt(void* block) noexcept {
    shared_text result;
    result.block_ = static_cast<text_header*>(block);
    return result;
  }
  [[nodiscard]] static shared_text share(void* block) noexcept {
    if (block != nullptr) static_cast<text_header*>(block)->owners.fetch_add(1, relaxed);
    return adopt(block);
  }

private:
  friend class text_builder;

  static char* bytes_of(text_header* block) noexcept { return reinterpret_cast<char*>(block + 1); }

  SPANWISE_COLD static void leave(text_header* block) noexcept {
    // Release: my reads are over. Acquire, for the last one: so are everybody's, before the memory goes.
    if (block->owners.fetch_sub(1, acq_rel) == 1) ::operator delete(static_cast<void*>(block));
  }

  text_header* block_{};
};

/// Collects the bytes of a block. Room is reserved first, in one allocation if the first guess holds.
class text_builder {
public:
  text_builder() noexcept = default;
  text_builder(text_builder const&) = delete;
  text_builder& operator=(text_builder const&) = delete;

  /// Makes room for `more` bytes behind those that are there; false, and nothing changes, if there is none to be had.
  [[nodiscard]] bool reserve(std::size_t more) noexcept {
    if (fits(more)) return true;
    if (more > shared_text::max_size - size_) return false;
    std::size_t const capacity = size_ + more;
    void* const memory = ::operator new(sizeof(text_header) + capacity, std::nothrow);
    if (memory == nullptr) return false;
    shared_text fresh;
    fresh.block_ = ::new (memory) text_header;
    if (size_ != 0) std::memcpy(shared_text::bytes_of(fresh.block_), data(), size_);
    text_ = std::move(fresh);
    capacity_ = capacity;
    return true;
  }

  [[nodiscard]] bool fits(std::size_t more) const noexcept { return more <= capacity_ - size_; }

  /// Appends `count` bytes that fit, for the caller to write.
  [[nodiscard]] char* extend(std::size_t count) noexcept {
    size_ += count;
    return data() + size_ - count;
  }

  /// Appends within the room reserved; what does not fit is not appended.
  void append(std::string_view bytes) noexcept {
    if (bytes.empty() || !fits(bytes.size())) return;
    std::memcpy(data() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  void append(char byte) noexcept {
    if (fits(1)) data()[size_++] = byte;
  }

  /// Takes `count` bytes at `position` out; those behind move up.
  void erase(std::size_t position, std::size_t count) noexcept {
    char* const to = data();
    if (to == nullptr) return;
    std::memmove(to + position, to + position + count, size_ - position - count);
    size_ -= count;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] char* data() noexcept { return capacity_ == 0 ? nullptr : shared_text::bytes_of(text_.block_); }
  [[nodiscard]] std::string_view view() noexcept { return {data(), size_}; }
  void resize_down(std::size_t size) noexcept { size_ = size < size_ ? size : size_; }

  /// The finished block; the builder is empty afterwards.
  [[nodiscard]] shared_text take() noexcept {
    if (size_ == 0) return {};
    text_.block_->size = static_cast<std::uint32_t>(size_);
    size_ = capacity_ = 0;
    return std::move(text_);
  }

private:
  shared_text text_;
  std::size_t size_{};
  std::size_t capacity_{};
};

inline shared_text shared_text::make(std::string_view text) noexcept {
  text_builder builder;
  if (!builder.reserve(text.size())) return {};
  builder.append(text);
  return builder.take();
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/core/baggage.hpp
//
// Baggage: named values that travel with a context through every process it reaches, for the programs to read.
// An immutable set in one shared block; most contexts have none, and then it is a null pointer. Nothing of it is copied
// to spans unless somebody does so. How it is written into a header is told in context/w3c.hpp.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {
class baggage_builder;
}

/// A set of name-value pairs with one value a name, each with metadata if its sender gave some. Order means nothing.
///
/// Names and values are UTF-8, case-sensitive, and kept as given. Changing a set gives a new one and allocates once.
/// Everything here may be sent to other companies' services: no place for secrets.
class baggage {
public:
  struct entry {
    std::string_view key;
    std::string_view value;
    std::string_view metadata;
    friend bool operator==(entry const&, entry const&) noexcept = default;
  };

  class iterator {
  public:
    using value_type = entry;
    using difference_type = std::ptrdiff_t;

    constexpr iterator() noexcept = default;
    explicit iterator(char const* at) noexcept : at_{at} {}

    [[nodiscard]] entry operator*() const noexcept {
      sizes const lengths = read_sizes(at_);
      char const* const key = at_ + sizeof lengths;
      char const* const value = key + lengths.key;
      return {{key, lengths.key}, {value, lengths.value}, {value + lengths.value, lengths.metadata}};
    }
    iterator& operator++() noexcept {
      at_ += read_sizes(at_).whole();
      return *this;
    }
    iterator operator++(int) noexcept {
      iterator const before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(iterator const&, iterator const&) noexcept = default;

  private:
    char const* at_{};
  };

  /// The empty set.
  constexpr baggage() noexcept = default;

  [[nodiscard]] bool empty() const noexcept { return block_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept {
    std::size_t count = 0;
    for (iterator at = begin(); at != end(); ++at) ++count;
    return count;
  }
  [[nodiscard]] iterator begin() const noexcept { return iterator{block_.view().data()}; }
  [[nodiscard]] iterator end() const noexcept { return iterator{block_.view().data() + block_.view().size()}; }

  /// The value of `key`; the view lives as long as this set or a copy of it.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view key) const noexcept {
    for (entry const& each : *this)
      if (each.key == key) return each.value;
    return std::nullopt;
  }
  /// The metadata of `key`: text that other systems attached to it; empty where there is none, nothing without the key.
  [[nodiscard]] std::optional<std::string_view> metadata(std::string_view key) const noexcept {
    for (entry const& each : *this)
      if (each.key == key) return each.metadata;
    return std::nullopt;
  }

  /// This set with `key` set; its former value and metadata are gone. An empty key, or want of memory, changes nothing.
  ///
  /// Any name will do within the process; across HTTP only names made of the letters of a header token travel.
  [[nodiscard]] baggage set(std::string_view key, std::string_view value,
                            std::string_view metadata = {}) const noexcept;

  /// This set without `key`.
  [[nodiscard]] baggage remove(std::string_view key) const noexcept;

  /// The empty set, to replace this one in a context before it goes to somebody who should not see it.
  [[nodiscard]] baggage clear() const noexcept { return {}; }

  /// The shared block as a plain pointer, for storage that holds no C++ objects; detail::shared_text tells the rules.
  [[nodiscard]] void* raw() const noexcept { return block_.raw(); }
  [[nodiscard]] void* release() noexcept { return block_.release(); }
  [[nodiscard]] static baggage adopt(void* block) noexcept { return baggage{detail::shared_text::adopt(block)}; }
  [[nodiscard]] static baggage share(void* block) noexcept { return baggage{detail::shared_text::share(block)}; }

  /// Same entries, in whatever order.
  friend bool operator==(baggage const& left, baggage const& right) noexcept {
    if (left.block_.view() == right.block_.view()) return true;
    if (left.size() != right.size()) return false;
    for (entry const& each : left)
      if (right.get(each.key) != each.value || right.metadata(each.key) != each.metadata) return false;
    return true;
  }

private:
  friend class detail::baggage_builder;

  // An entry in the block: these three numbers, then the three texts.
  struct sizes {
    std::uint32_t key, value, metadata;
    [[nodiscard]] std::size_t whole() const noexcept { return sizeof(sizes) + key + value + metadata; }
  };

  static sizes read_sizes(char const* at) noexcept {
    sizes result;
    std::memcpy(&result, at, sizeof result);
    return result;
  }

  explicit baggage(detail::shared_text block) noexcept : block_{std::move(block)} {}

  detail::shared_text block_;
};

namespace detail {

/// Collects the entries of a set; a key added twice has its last value.
class baggage_builder {
public:
  /// Room that an entry takes beside its three texts.
  static constexpr std::size_t entry_overhead = sizeof(baggage::sizes);

  /// Makes room for that many bytes more; false if there is none.
  [[nodiscard]] bool reserve(std::size_t bytes) noexcept { return block_.reserve(bytes); }

  /// Adds all entries of `set` to an empty builder.
  void add_all(baggage const& set) noexcept {
    block_.append(set.block_.view());
    size_ = set.size();
  }

  void remove(std::string_view key) noexcept {
    for (std::size_t at = 0; at < block_.size();) {
      baggage::sizes const lengths = baggage::read_sizes(block_.data() + at);
      if (block_.view().substr(at + sizeof lengths, lengths.key) != key) {
        at += lengths.whole();
        continue;
      }
      block_.erase(at, lengths.whole());
      --size_;
      return;
    }
  }

  /// Adds an entry whose texts are written in place: `fill(char*)` gets room for `value_room` bytes, returns how many
  /// it used. False, with nothing added, if `reserve` has not made room for it.
  template <class Fill>
  bool add(std::string_view key, std::size_t value_room, Fill&& fill, std::string_view metadata) noexcept {
    remove(key);
    baggage::sizes lengths{static_cast<std::uint32_t>(key.size()), static_cast<std::uint32_t>(value_room),
                           static_cast<std::uint32_t>(metadata.size())};
    std::size_t const start = block_.size();
    if (!block_.fits(lengths.whole())) return false;
    char* const head = block_.extend(sizeof lengths);
    block_.append(key);
    char* const value = block_.extend(value_room);
    lengths.value = static_cast<std::uint32_t>(fill(value));
    block_.resize_down(start + sizeof lengths + key.size() + lengths.value);
    block_.append(metadata);
    std::memcpy(head, &lengths, sizeof lengths);
    ++size_;
    return true;
  }

  bool add(std::string_view key, std::string_view value, std::string_view metadata) noexcept {
    return add(
        key, value.size(),
        [value](char* out) noexcept {
          if (!value.empty()) std::memcpy(out, value.data(), value.size());
          return value.size();
        },
        metadata);
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// The finished set; the builder is empty afterwards.
  [[nodiscard]] baggage take() noexcept {
    size_ = 0;
    return baggage{block_.take()};
  }

private:
  text_builder block_;
  std::size_t size_{};
};

} // namespace detail

inline baggage baggage::set(std::string_view key, std::string_view value, std::string_view metadata) const noexcept {
  constexpr std::size_t longest = detail::shared_text::max_size / 4;
  if (key.empty() || key.size() > longest || value.size() > longest || metadata.size() > longest) return *this;
  detail::baggage_builder builder;
  std::size_t const room = sizeof(sizes) + key.size() + value.size() + metadata.size();
  if (!builder.reserve(block_.view().size() + room)) return *this;
  builder.add_all(*this);
  builder.add(key, value, metadata);
  return builder.take();
}

inline baggage baggage::remove(std::string_view key) const noexcept {
  detail::baggage_builder builder;
  if (!get(key) || !builder.reserve(block_.view().size())) return *this;
  builder.add_all(*this);
  builder.remove(key);
  return builder.take();
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/detail/contain.hpp
//
// Keeps exceptions of the standard library and of user code inside spanwise: a call that throws gives a fallback.
// In a build without exceptions the call is made as it is.

namespace spanwise::inline SPANWISE_ABI::detail {

/// What `function` returns, or `fallback` if it throws.
template <class Function, class Fallback>
auto contain(Function&& function, [[maybe_unused]] Fallback fallback) noexcept -> decltype(function()) {
#if defined(__cpp_exceptions)
  try {
    return function();
  } catch (...) {
    return decltype(function())(static_cast<Fallback&&>(fallback));
  }
#else
  return function();
#endif
}

/// Calls `function`; false if it throws.
template <class Function> bool contain(Function&& function) noexcept {
#if defined(__cpp_exceptions)
  try {
    function();
  } catch (...) {
    return false;
  }
#else
  function();
#endif
  return true;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/core/diagnostics.hpp
//
// The one channel for what goes wrong in the background or through misuse: sentences, rate-limited by cause.
// By default they go to stderr. Failures of set-up come here too; nothing in spanwise throws them.

namespace spanwise::inline SPANWISE_ABI {

enum class severity : std::uint8_t { error, warning, info, debug };

/// Receives each diagnostic sentence. May be called from any thread, also at the same time; what it throws is lost.
using diagnostic_handler = void (*)(severity level, std::string_view sentence, void* user);

/// What business code can do wrong. The front half only counts these; the back half puts them into words.
enum class misuse : std::uint8_t {
  ended_on_another_thread,
  ended_out_of_order,
  detached_on_another_thread,
  nested_too_deep,
  bad_any_key,
  bad_trace_state,
  span_memory_full,
  used_by_two_threads,
  too_many_scopes,
  limit_reached,
  count
};

namespace detail {

/// A handler and what it is called with: one thing, so that no thread calls one with what belongs to another.
struct diagnostic_receiver {
  diagnostic_handler handle;
  void* user;
  diagnostic_receiver const* before{};
};

struct diagnostics_state {
  static constexpr std::size_t causes = 64;

  /// null: stderr
  atomic<diagnostic_receiver const*> receiver{};
  /// All that were ever set: other threads may still be calling a former one, so none is freed, but one is used again.
  atomic<diagnostic_receiver const*> kept{};
  /// How many severities are told beyond info, or fewer than up to it: zero at first, so that no file holds all this.
  atomic<std::int8_t> beyond_info{0};
  atomic<std::uint32_t> misuses[static_cast<std::size_t>(misuse::count)]{};
  atomic<std::uint64_t> cause[causes]{};
  atomic<std::int64_t> last_told_ns[causes]{};
};

SPANWISE_SHARED inline constinit diagnostics_state diagnostics{};

inline std::int64_t steady_ns() noexcept {
  timespec now{};
#if defined(__APPLE__)
  clock_gettime(CLOCK_MONOTONIC_RAW, &now); // which std::chrono::steady_clock is there
#else
  clock_gettime(CLOCK_MONOTONIC, &now);
#endif
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// True if a sentence of this cause is due: the first, or the last one is a minute old.
SPANWISE_COLD bool due(std::string_view cause) noexcept {
  std::uint64_t hash = 14695981039346656037ULL;
  for (char const letter : cause) hash = (hash ^ static_cast<unsigned char>(letter)) * 1099511628211ULL;
  hash |= 1;
  std::int64_t const now = steady_ns();
  for (std::size_t probe = 0; probe < diagnostics_state::causes; ++probe) {
    std::size_t const slot = (hash + probe) % diagnostics_state::causes;
    std::uint64_t seen = diagnostics.cause[slot].load(acquire);
    if (seen == 0 && diagnostics.cause[slot].compare_exchange(seen, hash, acq_rel, acquire)) seen = hash;
    if (seen != hash) continue;
    std::int64_t last = diagnostics.last_told_ns[slot].load(relaxed);
    bool const fresh = last == 0 || now - last >= 60'000'000'000;
    return fresh && diagnostics.last_told_ns[slot].compare_exchange(last, now, relaxed, relaxed);
  }
  return false;
}

SPANWISE_INLINE void count_misuse(misuse what) noexcept {
  diagnostics.misuses[static_cast<std::size_t>(what)].fetch_add(1, relaxed);
}

} // namespace detail

/// Sends diagnostics to `handler` instead of stderr; nullptr restores stderr. Safe at any time, from any thread.
///
/// A call that is under way on another thread may still reach the former handler, so let what `user` points to outlive
/// that. Each pair of the two takes a few bytes until the process ends; without memory for them nothing changes.
///
/// Who is new has been told nothing: each cause may speak again at once, to a handler that is set again too.
inline void set_diagnostic_handler(diagnostic_handler handler, void* user = nullptr) noexcept {
  auto& all = detail::diagnostics;
  detail::diagnostic_receiver const* wanted = nullptr;
  if (handler != nullptr) {
    wanted = all.kept.load(detail::acquire);
    while (wanted != nullptr && (wanted->handle != handler || wanted->user != user)) wanted = wanted->before;
  }
  if (handler != nullptr && wanted == nullptr) {
    auto* const made = new (std::nothrow) detail::diagnostic_receiver{handler, user};
    if (made == nullptr) return;
    made->before = all.kept.load(detail::relaxed);
    wanted = made;
    while (!all.kept.compare_exchange(made->before, wanted, detail::release, detail::relaxed)) {}
  }
  all.receiver.store(wanted, detail::release);
  for (auto& last : all.last_told_ns) last.store(0, detail::relaxed);
}

/// Tells diagnostics up to this severity, by default info; std::nullopt for none at all. Safe at any time, from any
/// thread.
inline void set_diagnostic_level(std::optional<severity> most_verbose) noexcept {
  int const last = most_verbose ? static_cast<int>(*most_verbose) : -1;
  detail::diagnostics.beyond_info.store(static_cast<std::int8_t>(last - static_cast<int>(severity::info)), detail::relaxed);
}

namespace detail {

/// As report(); false if the sentence was not told.
SPANWISE_COLD bool try_report(severity level, std::string_view cause, std::string_view sentence) noexcept {
  int const last = static_cast<int>(severity::info) + diagnostics.beyond_info.load(relaxed);
  if (static_cast<int>(level) > last || !due(cause)) return false;
  if (diagnostic_receiver const* const to = diagnostics.receiver.load(acquire))
    static_cast<void>(contain([&] { to->handle(level, sentence, to->user); }));
  else std::fprintf(stderr, "spanwise: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
  return true;
}

} // namespace detail

/// Tells one sentence, at most once a minute for one `cause` (a short literal that names it). Never throws.
inline void report(severity level, std::string_view cause, std::string_view sentence) noexcept {
  static_cast<void>(detail::try_report(level, cause, sentence));
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/detail/char_set.hpp
//
// A set of bytes as a table of bits, made at compile time from ranges: the alphabets of header grammars.
// And the two steps that all of those grammars share: trimming white space and taking lists apart.

namespace spanwise::inline SPANWISE_ABI::detail {

class char_set {
public:
  /// `pairs` lists ranges as first and last byte: "09az" holds the digits and the small letters.
  consteval explicit char_set(std::string_view pairs) noexcept {
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2)
      for (unsigned byte = index(pairs[i]); byte <= index(pairs[i + 1]); ++byte) bits_[byte / 64] |= 1ULL << byte % 64;
  }

  [[nodiscard]] constexpr bool has(char byte) const noexcept {
    return (bits_[index(byte) / 64] >> index(byte) % 64 & 1) != 0;
  }
  [[nodiscard]] constexpr bool has_all(std::string_view text) const noexcept {
    for (char const byte : text)
      if (!has(byte)) return false;
    return true;
  }

private:
  static constexpr unsigned index(char byte) noexcept { return static_cast<unsigned char>(byte); }

  std::uint64_t bits_[4]{};
};

/// White space that the header grammars call optional: blanks and tabs.
[[nodiscard]] constexpr bool is_optional_space(char byte) noexcept {
  return byte == ' ' || byte == '\t';
}

/// `text` without optional white space at its ends.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_optional_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_optional_space(text.back())) text.remove_suffix(1);
  return text;
}

/// Takes what stands before the next `separator` off `text`; the rest stays. Without one that is all of it.
[[nodiscard]] constexpr std::string_view next_part(std::string_view& text, char separator) noexcept {
  std::size_t const end = text.find(separator);
  std::string_view const part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return part;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/core/trace_state.hpp
//
// What tracing systems tell one another about a trace, as the tracestate header carries it: an ordered list of up to 32
// pairs, kept as its normal text in one shared block. Most traces have none; then this is a null pointer.
// W3C Trace Context, Level 2. Members of other systems pass through untouched; the key "ot" is OpenTelemetry's own.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {
class trace_state_reader;
}

/// An immutable list of key-value pairs, newest first. Changing it gives a new list and allocates once.
class trace_state {
public:
  struct member {
    std::string_view key;
    std::string_view value;
    friend bool operator==(member const&, member const&) noexcept = default;
  };

  class iterator {
  public:
    using value_type = member;
    using difference_type = std::ptrdiff_t;

    constexpr iterator() noexcept = default;
    constexpr explicit iterator(std::string_view rest) noexcept : rest_{rest} {}

    [[nodiscard]] constexpr member operator*() const noexcept {
      std::string_view rest = rest_;
      std::string_view value = detail::next_part(rest, ',');
      std::string_view const key = detail::next_part(value, '=');
      return {key, value};
    }
    constexpr iterator& operator++() noexcept {
      (void)detail::next_part(rest_, ',');
      return *this;
    }
    constexpr iterator operator++(int) noexcept {
      iterator const before = *this;
      ++*this;
      return before;
    }
    friend constexpr bool operator==(iterator const& left, iterator const& right) noexcept {
      return left.rest_.size() == right.rest_.size();
    }

  private:
    std::string_view rest_;
  };

  static constexpr std::size_t max_members = 32;
  /// Longer lists lose whole members, from the right, of those above 128 characters.
  static constexpr std::size_t max_text = 8192;

  /// The empty list.
  constexpr trace_state() noexcept = default;

  /// Reads a header value; nothing if a member is malformed or there are more than 32. Of equal keys the first counts.
  [[nodiscard]] static std::optional<trace_state> parse(std::string_view header) noexcept;

  /// The list as it goes into a header, without white space; empty for the empty list.
  [[nodiscard]] std::string_view text() const noexcept { return text_.view(); }
  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept {
    std::size_t count = 0;
    for (iterator at = begin(); at != end(); ++at) ++count;
    return count;
  }
  [[nodiscard]] iterator begin() const noexcept { return iterator{text()}; }
  [[nodiscard]] iterator end() const noexcept { return iterator{}; }

  /// The value of `key`; the view lives as long as this list or a copy of it.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view key) const noexcept {
    for (member const& each : *this)
      if (each.key == key) return each.value;
    return std::nullopt;
  }

  /// This list with `key` set and moved to the front; a full list loses its last member.
  ///
  /// A key or value that the header grammar forbids leaves the list as it is and gives a diagnostic.
  [[nodiscard]] trace_state set(std::string_view key, std::string_view value) const noexcept;

  /// This list without `key`.
  [[nodiscard]] trace_state remove(std::string_view key) const noexcept;

  /// True if `text` can be a key: up to 256 of a-z, 0-9, _ - * / and @, the first a letter or digit.
  [[nodiscard]] static constexpr bool valid_key(std::string_view text) noexcept {
    constexpr detail::char_set first{"az09"};
    constexpr detail::char_set others{"az09__--**//@@"};
    return !text.empty() && text.size() <= 256 && first.has(text.front()) && others.has_all(text);
  }
  /// True if `text` can be a value: up to 256 printable ASCII characters without comma and equals sign, no blank last.
  [[nodiscard]] static constexpr bool valid_value(std::string_view text) noexcept {
    constexpr detail::char_set printable{" +-<>~"};
    return !text.empty() && text.size() <= 256 && text.back() != ' ' && printable.has_all(text);
  }

  /// The shared block as a plain pointer, for storage that holds no C++ objects; detail::shared_text tells the rules.
  [[nodiscard]] void* raw() const noexcept { return text_.raw(); }
  [[nodiscard]] void* release() noexcept { return text_.release(); }
  [[nodiscard]] static trace_state adopt(void* block) noexcept {
    return trace_state{detail::shared_text::adopt(block)};
  }
  [[nodiscard]] static trace_state share(void* block) noexcept {
    return trace_state{detail::shared_text::share(block)};
  }

  /// Same members in the same order.
  friend bool operator==(trace_state const& left, trace_state const& right) noexcept {
    return left.text() == right.text();
  }

private:
  friend class detail::trace_state_reader;

  explicit trace_state(detail::shared_text text) noexcept : text_{std::move(text)} {}

  detail::shared_text text_;
};

namespace detail {

/// Drops members above 128 characters from the text in `builder`, the last ones first, until it is within max_text;
/// none that starts within its first `kept` bytes.
inline void shorten_trace_state(text_builder& builder, std::size_t kept) noexcept {
  // So the others never have to go, not even beside one of the longest kind that is kept.
  static_assert(trace_state::max_text >= trace_state::max_members * 129 + 513);
  while (builder.size() > trace_state::max_text) {
    std::string_view const text = builder.view();
    std::size_t victim = text.size();
    for (std::size_t start = 0, end = 0; start < text.size(); start = end + 1) {
      std::size_t const comma = text.find(',', start);
      end = comma == text.npos ? text.size() : comma;
      if (start >= kept && end - start > 128) victim = start;
    }
    std::size_t const comma = text.find(',', victim);
    if (comma != text.npos) builder.erase(victim, comma + 1 - victim);
    else builder.resize_down(victim == 0 ? 0 : victim - 1);
  }
}

/// Reads a list that comes in several header values: limits and duplicates count over all of them.
class trace_state_reader {
public:
  /// The longest input that is looked at. Grammar allows 16447 bytes of members; the rest is room for white space.
  static constexpr std::size_t max_input = 32768;

  void add(std::string_view header) noexcept {
    input_ += header.size();
    if (malformed_ || input_ > max_input || !text_.reserve(header.size() + 1)) malformed_ = true;
    while (!header.empty() && !malformed_) add_member(trimmed(next_part(header, ',')));
  }

  /// The list; nothing if some part of it was malformed.
  [[nodiscard]] std::optional<trace_state> finish() noexcept {
    if (malformed_) return std::nullopt;
    shorten_trace_state(text_, 0);
    return trace_state{text_.take()};
  }

private:
  void add_member(std::string_view member) noexcept {
    if (member.empty()) return;
    std::string_view value = member;
    std::string_view const key = next_part(value, '=');
    if (++members_ > trace_state::max_members || !trace_state::valid_key(key) || !trace_state::valid_value(value)) {
      malformed_ = true;
      return;
    }
    for (trace_state::iterator at{text_.view()}; at != trace_state::iterator{}; ++at)
      if ((*at).key == key) return;
    if (text_.size() != 0) text_.append(',');
    text_.append(member);
  }

  text_builder text_;
  std::size_t input_{};
  std::size_t members_{};
  bool malformed_{};
};

} // namespace detail

inline std::optional<trace_state> trace_state::parse(std::string_view header) noexcept {
  detail::trace_state_reader reader;
  reader.add(header);
  return reader.finish();
}

inline trace_state trace_state::set(std::string_view key, std::string_view value) const noexcept {
  if (!valid_key(key) || !valid_value(value)) {
    detail::count_misuse(misuse::bad_trace_state);
    return *this;
  }
  detail::text_builder builder;
  if (!builder.reserve(key.size() + value.size() + 2 + text().size())) return *this;
  builder.append(key);
  builder.append('=');
  builder.append(value);
  std::size_t const kept = builder.size();
  std::size_t members = 1;
  for (member const& each : *this) {
    if (each.key == key) continue;
    if (++members > max_members) break;
    builder.append(',');
    builder.append({each.key.data(), each.key.size() + 1 + each.value.size()});
  }
  detail::shorten_trace_state(builder, kept);
  return trace_state{builder.take()};
}

inline trace_state trace_state::remove(std::string_view key) const noexcept {
  if (!get(key)) return *this;
  detail::text_builder builder;
  if (!builder.reserve(text().size())) return *this;
  for (member const& each : *this) {
    if (each.key == key) continue;
    if (builder.size() != 0) builder.append(',');
    builder.append({each.key.data(), each.key.size() + 1 + each.value.size()});
  }
  return trace_state{builder.take()};
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/context/context_stack.hpp
//
// Which context is current on a thread: a stack of entries, one for each span or attached context that is alive there.
// Entries are copies in memory that is never unmapped, so a span that ends on another thread, or not in turn, can be
// marked as gone by anyone and is skipped. The layout is plain C and has no version, so that two versions of spanwise
// in one process share one current context.

namespace spanwise::shared {

/// One current context. `tag` names the version of spanwise that made it; its pointers mean something to that one only.
struct context_entry {
  unsigned char trace_id[16];
  unsigned char span_id[8];
  unsigned char flags;
  unsigned char remote;
  unsigned char owner_kind;
  unsigned char nature; ///< an entry_nature
  unsigned int tag;
  void* trace_state;
  void* baggage;
  void* slots;
  void* owner; ///< what made the entry; null once that is gone. Accessed atomically.
};
static_assert(sizeof(void*) != 8 || sizeof(context_entry) == 64);

struct context_block {
  context_block* previous;
  context_block* next;
  context_entry entries[62];
};

struct context_stack {
  context_entry* top;   ///< the current context
  context_entry* first; ///< of the block that top is in
  context_entry* last;  ///< the last usable entry of that block
  context_block* block; ///< null while top is in `own`
  context_block* spare; ///< the first further block, kept once it was needed
  context_stack* next_free;
  unsigned int blocks;  ///< in use beyond `own`
  context_entry own[12]; ///< the first of them is the empty context
};

SPANWISE_SHARED inline constinit thread_local context_stack* this_thread_stack = nullptr;
SPANWISE_SHARED inline constinit context_stack* free_stacks = nullptr;
SPANWISE_SHARED inline constinit unsigned int free_stacks_lock = 0;

} // namespace spanwise::shared

namespace spanwise::inline SPANWISE_ABI::detail {

using shared::context_entry;
using shared::context_stack;

/// A thread that is ending makes nothing new for itself: nobody would give it back.
inline thread_local bool thread_is_ending = false;

enum class entry_owner : std::uint8_t { none, span, detached, attached };

/// What has to be known of most entries, at one look.
enum class entry_nature : std::uint8_t {
  any,
  plain, ///< valid, of this process, and shares nothing
  shed   ///< of a trace that is not recorded for want of memory; from here on with the pipeline and its run
};
[[nodiscard]] SPANWISE_INLINE bool is(context_entry const& entry, entry_nature nature) noexcept {
  return entry.nature == static_cast<unsigned char>(nature);
}
inline constexpr unsigned int most_blocks = 132; ///< contexts nested deeper than about 8000 are not kept

/// Tells this version's entries from another's.
inline constexpr unsigned int version_tag = [] {
  unsigned int hash = 2166136261U;
#ifdef SPANWISE_OFF
  hash ^= 1;
#endif
#ifdef SPANWISE_PORTABLE
  hash ^= 2;
#endif
  for (char const* at = SPANWISE_VERSION; *at != 0; ++at) hash = (hash ^ static_cast<unsigned char>(*at)) * 16777619U;
  return hash | 1;
}();

/// The mark of a shed trace as spans and contexts keep it: the pipeline and its run, from 1 on; 0 if it is not shed.
[[nodiscard]] inline std::uint8_t shed_by(context_entry const& entry) noexcept {
  auto const first = static_cast<unsigned char>(entry_nature::shed);
  bool const shed = entry.nature >= first && entry.tag == version_tag; // another version counts its own pipelines
  return shed ? static_cast<std::uint8_t>(entry.nature - first + 1) : std::uint8_t{0};
}
inline void mark_shed(context_entry& entry, std::uint8_t by) noexcept {
  entry.nature = static_cast<unsigned char>(static_cast<unsigned char>(entry_nature::shed) + by - 1);
}

/// Takes out what an entry shares, and lets go of it, if this version made it, after `then`. Values of users may do
/// anything as they go, also make contexts current: by then nothing must be half done.
template <class Then> SPANWISE_COLD void release_shared_parts(context_entry& gone, Then const& then) noexcept {
  void* const state = std::exchange(gone.trace_state, nullptr);
  void* const entries = std::exchange(gone.baggage, nullptr);
  void* const values = std::exchange(gone.slots, nullptr);
  bool const ours = gone.tag == version_tag;
  then();
  if (!ours) return;
  static_cast<void>(trace_state::adopt(state));
  static_cast<void>(baggage::adopt(entries));
  static_cast<void>(slots::adopt(values));
}

[[nodiscard]] SPANWISE_INLINE bool shares(context_entry const& entry) noexcept {
  return (reinterpret_cast<std::uintptr_t>(entry.trace_state) | reinterpret_cast<std::uintptr_t>(entry.baggage) |
          reinterpret_cast<std::uintptr_t>(entry.slots)) != 0;
}

SPANWISE_INLINE void clear_entry(context_entry& gone) noexcept {
  if (shares(gone)) [[unlikely]]
    release_shared_parts(gone, [] {});
}

/// The empty context's entry has an owner that never goes, so a look at the top needs no test for the bottom.
inline void* bottom_owner() noexcept { return &shared::free_stacks; }

inline context_stack* take_free_stack() noexcept {
  unsigned int unlocked = 0;
  if (!compare_exchange_plain(shared::free_stacks_lock, unlocked, 1U, acquire, relaxed)) return nullptr;
  context_stack* taken = load_plain(shared::free_stacks, acquire);
  while (taken != nullptr &&
         !compare_exchange_plain(shared::free_stacks, taken, taken->next_free, acquire, acquire)) {
  }
  store_plain(shared::free_stacks_lock, 0U, release);
  return taken;
}

inline void give_back_stack(context_stack* done) noexcept {
  done->next_free = load_plain(shared::free_stacks, relaxed);
  while (!compare_exchange_plain(shared::free_stacks, done->next_free, done, release, relaxed)) {
  }
}

inline void take_off_top(context_stack& stack) noexcept {
  if (stack.top != stack.first) {
    --stack.top;
    return;
  }
  shared::context_block* const before = stack.block->previous;
  stack.block = before;
  --stack.blocks;
  stack.first = before == nullptr ? stack.own : before->entries;
  stack.last = before == nullptr ? stack.own + sizeof stack.own / sizeof *stack.own - 1
                                 : before->entries + sizeof before->entries / sizeof *before->entries - 1;
  stack.top = stack.last;
}

inline void pop_entry(context_stack& stack) noexcept {
  if (!shares(*stack.top)) [[likely]]
    return take_off_top(stack);
  release_shared_parts(*stack.top, [&] { take_off_top(stack); });
}

/// Takes the entries off whose makers are gone.
SPANWISE_COLD void settle(context_stack& stack) noexcept {
  while (load_plain(stack.top->owner, acquire) == nullptr) pop_entry(stack);
}

/// The entry of the current context; the bottom one if nothing is current.
SPANWISE_INLINE context_entry& current_entry(context_stack& stack) noexcept {
  if (load_plain(stack.top->owner, relaxed) == nullptr) [[unlikely]]
    settle(stack);
  return *stack.top;
}

SPANWISE_COLD context_entry* push_block(context_stack& stack) noexcept {
  if (stack.blocks == most_blocks) {
    count_misuse(misuse::nested_too_deep);
    return nullptr;
  }
  shared::context_block* next = stack.block == nullptr ? stack.spare : stack.block->next;
  if (next == nullptr) {
    next = new (std::nothrow) shared::context_block{};
    if (next == nullptr) return nullptr;
    next->previous = stack.block;
    if (stack.block == nullptr) stack.spare = next;
    else stack.block->next = next;
  }
  stack.block = next;
  stack.first = next->entries;
  stack.last = next->entries + sizeof next->entries / sizeof *next->entries - 1;
  stack.top = next->entries;
  ++stack.blocks;
  return stack.top;
}

/// A new entry on top, still without an owner: the caller fills it and stores the owner. nullptr if nested too deep.
SPANWISE_INLINE context_entry* push_entry(context_stack& stack) noexcept {
  if (stack.top == stack.last) [[unlikely]]
    return push_block(stack);
  return ++stack.top;
}

/// What made `entry` on `stack` has ended on the thread `here`. Not in turn or on another thread: told, and repaired.
SPANWISE_COLD void remove_out_of_turn(context_stack* stack, context_entry* entry, void* owner, context_stack* here,
                                      misuse elsewhere) noexcept {
  void* expected = owner;
  bool const marked = compare_exchange_plain(entry->owner, expected, static_cast<void*>(nullptr), acq_rel, relaxed);
  if (!thread_is_ending) count_misuse(stack == here ? misuse::ended_out_of_order : elsewhere);
  if (marked && stack == here) settle(*stack);
}

SPANWISE_INLINE void remove_entry(context_stack* stack, context_entry* entry, void* owner, misuse elsewhere) noexcept {
  context_stack* const here = shared::this_thread_stack;
  if (here != stack || stack->top != entry || load_plain(entry->owner, relaxed) != owner) [[unlikely]]
    return remove_out_of_turn(stack, entry, owner, here, elsewhere);
  store_plain(entry->owner, static_cast<void*>(nullptr), relaxed);
  pop_entry(*stack);
}

/// The usual case of remove_entry: false, with nothing done, if `entry` is not on top of this thread's stack, may share
/// something, or is the first of a block.
SPANWISE_INLINE bool remove_in_turn(context_stack* stack, context_entry* entry, void* owner) noexcept {
  if (shared::this_thread_stack != stack || stack->top != entry || load_plain(entry->owner, relaxed) != owner ||
      !is(*entry, entry_nature::plain) || stack->first == entry) [[unlikely]]
    return false;
  store_plain(entry->owner, static_cast<void*>(nullptr), relaxed);
  stack->top = entry - 1;
  return true;
}

/// One that is empty and nobody's; nullptr without memory.
SPANWISE_COLD context_stack* new_stack() noexcept {
  context_stack* stack = take_free_stack();
  if (stack == nullptr) {
    stack = new (std::nothrow) context_stack{};
    if (stack == nullptr) return nullptr;
  }
  stack->top = stack->first = stack->own;
  stack->last = stack->own + sizeof stack->own / sizeof *stack->own - 1;
  stack->block = nullptr;
  stack->blocks = 0;
  stack->own[0] = {};
  store_plain(stack->own[0].owner, bottom_owner(), relaxed);
  return stack;
}

/// The thread no longer uses it.
inline void leave_stack(context_stack* stack) noexcept {
  while (stack->top != stack->own) {
    store_plain(stack->top->owner, static_cast<void*>(nullptr), release);
    pop_entry(*stack);
  }
  shared::this_thread_stack = nullptr;
  give_back_stack(stack);
}

/// Ends this version's use of the thread's stack when the thread ends.
struct stack_keeper {
  context_stack* stack{};
  ~stack_keeper() {
    if (stack != nullptr) leave_stack(stack);
    stack = nullptr;
  }
};

SPANWISE_COLD context_stack* make_stack() noexcept {
  if (thread_is_ending) return nullptr;
  context_stack* const stack = new_stack();
  if (stack == nullptr) return nullptr;
  static thread_local struct last_act {
    stack_keeper keeper;
    ~last_act() { thread_is_ending = true; }
  } act;
  act.keeper.stack = stack;
  shared::this_thread_stack = stack;
  return stack;
}

/// The stack of this thread; nullptr while the thread is being torn down.
SPANWISE_INLINE context_stack* this_stack() noexcept {
  context_stack* const stack = shared::this_thread_stack;
  if (stack != nullptr) [[likely]]
    return stack;
  return make_stack();
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/detail/hex.hpp
//
// Lower-case hexadecimal text, as ids have it on the wire: written and read many digits at a time in one register.
// Reading takes no upper case and no blanks, because W3C Trace Context calls those malformed.

namespace spanwise::inline SPANWISE_ABI::detail {

inline constexpr char hex_digits[] = "0123456789abcdef";

/// Eight digits for four bytes; the first byte of each lies lowest.
SPANWISE_INLINE std::uint64_t hex_of_4(std::uint32_t bytes) noexcept {
  std::uint64_t wide = bytes;
  wide = (wide | wide << 16) & 0x0000ffff0000ffff;
  wide = (wide | wide << 8) & 0x00ff00ff00ff00ff;
  std::uint64_t const nibbles = (wide >> 4 & 0x000f000f000f000f) | (wide & 0x000f000f000f000f) << 8;
  std::uint64_t const letters = (nibbles + 0x0606060606060606) >> 4 & 0x0101010101010101;
  return nibbles + 0x3030303030303030 + letters * ('a' - '0' - 10);
}

/// The four bytes of eight digits. What is no digit sets bits in `wrong`, which the caller tests once at the end.
SPANWISE_INLINE std::uint32_t bytes_of_8(std::uint64_t digits, std::uint64_t& wrong) noexcept {
  constexpr std::uint64_t each = 0x0101010101010101;
  constexpr std::uint64_t tops = each * 0x80;
  // Adding 0x80 - c raises the top bit of each byte that is at least c. Bytes above 0x7f carry, but are wrong anyway.
  std::uint64_t const decimal = (digits + each * (0x80 - '0')) & ~(digits + each * (0x80 - '9' - 1));
  std::uint64_t const letter = (digits + each * (0x80 - 'a')) & ~(digits + each * (0x80 - 'f' - 1)) & tops;
  wrong |= (digits | ~(decimal | letter)) & tops;
  std::uint64_t const nibbles = (digits & each * 0x0f) + (letter >> 7) * 9;
  std::uint64_t bytes = (nibbles << 4 | nibbles >> 8) & 0x00ff00ff00ff00ff;
  bytes = (bytes | bytes >> 8) & 0x0000ffff0000ffff;
  return static_cast<std::uint32_t>(bytes | bytes >> 16);
}

#if defined(__GNUC__) && !defined(SPANWISE_PORTABLE)
using bytes_16 [[gnu::vector_size(16)]] = signed char;

/// Sixteen digits from sixteen numbers below 16.
SPANWISE_INLINE bytes_16 digits_of_16(bytes_16 nibbles) noexcept {
  return nibbles + '0' + ((nibbles > 9) & ('a' - '0' - 10));
}

/// The numbers of sixteen digits. What is no digit clears bits in `right`.
SPANWISE_INLINE bytes_16 nibbles_of_16(char const* digits, bytes_16& right) noexcept {
  bytes_16 text;
  std::memcpy(&text, digits, sizeof text);
  bytes_16 const letter = (text >= 'a') & (text <= 'f');
  right &= letter | ((text >= '0') & (text <= '9'));
  return (text & 15) + (letter & 9);
}

/// Reads sixteen bytes from 32 digits; false if one of them is no digit.
SPANWISE_INLINE bool bytes_of_32(unsigned char* out, char const* digits) noexcept {
  using numbers_8 [[gnu::vector_size(16)]] = unsigned short;
  bytes_16 right = bytes_16{} - 1;
  auto const first = reinterpret_cast<numbers_8>(nibbles_of_16(digits, right));
  auto const second = reinterpret_cast<numbers_8>(nibbles_of_16(digits + 16, right));
  auto const low = reinterpret_cast<bytes_16>(first << 4 | first >> 8);
  auto const high = reinterpret_cast<bytes_16>(second << 4 | second >> 8);
  bytes_16 const bytes = __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  std::memcpy(out, &bytes, sizeof bytes);
  std::uint64_t halves[2];
  std::memcpy(halves, &right, sizeof halves);
  return (halves[0] & halves[1]) == ~std::uint64_t{0};
}
#endif

/// Writes 2 * `size` digits to `out`, without a final zero.
SPANWISE_INLINE void write_hex(char* out, unsigned char const* in, std::size_t size) noexcept {
#if defined(__GNUC__) && !defined(SPANWISE_PORTABLE)
  for (; size >= 16; size -= 16, in += 16, out += 32) {
    bytes_16 bytes;
    std::memcpy(&bytes, in, sizeof bytes);
    bytes_16 const high = bytes >> 4 & 15;
    bytes_16 const low = bytes & 15;
    bytes_16 const first =
        digits_of_16(__builtin_shufflevector(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
    bytes_16 const second =
        digits_of_16(__builtin_shufflevector(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
    std::memcpy(out, &first, sizeof first);
    std::memcpy(out + 16, &second, sizeof second);
  }
#endif
  for (; size >= 4; size -= 4, in += 4, out += 8) {
    std::uint32_t bytes;
    std::memcpy(&bytes, in, sizeof bytes);
    std::uint64_t const digits = hex_of_4(bytes);
    std::memcpy(out, &digits, sizeof digits);
  }
  for (; size > 0; --size, ++in) {
    *out++ = hex_digits[*in >> 4];
    *out++ = hex_digits[*in & 15];
  }
}

/// Reads `size` bytes from 2 * `size` lower-case digits; false, with `out` unspecified, if one of them is no digit.
[[nodiscard]] SPANWISE_INLINE bool read_hex(unsigned char* out, char const* in, std::size_t size) noexcept {
  std::uint64_t wrong = 0;
#if defined(__GNUC__) && !defined(SPANWISE_PORTABLE)
  for (; size >= 16; size -= 16, in += 32, out += 16) wrong |= bytes_of_32(out, in) ? 0U : 1U;
#endif
  for (; size >= 8; size -= 8, in += 16, out += 8) {
    std::uint64_t digits[2];
    std::memcpy(digits, in, sizeof digits);
    // One store: an id that is read back at once as one number does not wait for two.
    std::uint64_t const low = bytes_of_8(digits[0], wrong);
    std::uint64_t const bytes = low | std::uint64_t{bytes_of_8(digits[1], wrong)} << 32;
    std::memcpy(out, &bytes, sizeof bytes);
  }
  for (; size > 0; --size, in += 2, ++out) {
    std::uint16_t digits;
    std::memcpy(&digits, in, sizeof digits);
    *out = static_cast<unsigned char>(bytes_of_8(0x3030303030300000 | digits, wrong));
  }
  return wrong == 0;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/core/ids.hpp
//
// The identifiers of traces and spans, and the flags that travel with them.
// Plain values of 16, 8 and 1 bytes: all zero means "none". How new ids are made is no concern of this header.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// Copies in one go where it can: g++ would move single bytes, and then wait for them when the id is read.
template <std::size_t Size>
constexpr void copy_bytes(std::uint8_t (&to)[Size], std::span<std::uint8_t const, Size> from) noexcept {
  if (std::is_constant_evaluated())
    for (std::size_t i = 0; i < Size; ++i) to[i] = from[i];
  else std::memcpy(to, from.data(), Size);
}

template <std::size_t Size>
constexpr std::strong_ordering order(std::uint8_t const (&left)[Size], std::uint8_t const (&right)[Size]) noexcept {
  for (std::size_t i = 0; i < Size; ++i)
    if (left[i] != right[i]) return left[i] <=> right[i];
  return std::strong_ordering::equal;
}

} // namespace detail

/// Text of a fixed length in place, ended by a zero; what `hex()` returns. Views of it live as long as it does.
template <std::size_t Length> class hex_text {
public:
  /// The digits of `Length / 2` bytes.
  explicit hex_text(unsigned char const* bytes) noexcept { detail::write_hex(text_, bytes, Length / 2); }

  [[nodiscard]] char const* data() const noexcept { return text_; }
  [[nodiscard]] char const* c_str() const noexcept { return text_; }
  [[nodiscard]] static constexpr std::size_t size() noexcept { return Length; }
  [[nodiscard]] std::string_view view() const noexcept { return {text_, Length}; }
  operator std::string_view() const noexcept { return view(); }

  friend bool operator==(hex_text const& left, std::string_view right) noexcept { return left.view() == right; }

private:
  char text_[Length + 1]{};
};

/// Names a trace: 16 bytes, the same in every span of it and in every process that it passes.
class trace_id {
public:
  static constexpr std::size_t size = 16;

  /// No trace: all bytes zero, not valid.
  constexpr trace_id() noexcept = default;

  /// The id made of these bytes, the first of them leftmost in text.
  [[nodiscard]] static constexpr trace_id from_bytes(std::span<std::uint8_t const, size> bytes) noexcept {
    trace_id result;
    detail::copy_bytes(result.bytes_, bytes);
    return result;
  }

  /// Reads exactly 32 lower-case digits; nothing if the text is anything else. Zeros are read, and are not valid.
  [[nodiscard]] static std::optional<trace_id> from_hex(std::string_view text) noexcept {
    trace_id result;
    if (text.size() != 2 * size || !detail::read_hex(result.bytes_, text.data(), size)) return std::nullopt;
    return result;
  }

  [[nodiscard]] constexpr std::span<std::uint8_t const, size> bytes() const noexcept { return bytes_; }
  /// 32 lower-case digits.
  [[nodiscard]] hex_text<2 * size> hex() const noexcept { return hex_text<2 * size>{bytes_}; }

  /// True if at least one byte is not zero.
  [[nodiscard]] constexpr bool valid() const noexcept {
    auto const words = std::bit_cast<words_of_it>(*this);
    return (words.first | words.second) != 0;
  }

  friend constexpr bool operator==(trace_id const& left, trace_id const& right) noexcept {
    auto const a = std::bit_cast<words_of_it>(left);
    auto const b = std::bit_cast<words_of_it>(right);
    return ((a.first ^ b.first) | (a.second ^ b.second)) == 0;
  }
  /// Orders as the text does.
  friend constexpr std::strong_ordering operator<=>(trace_id const& left, trace_id const& right) noexcept {
    return detail::order(left.bytes_, right.bytes_);
  }

private:
  struct words_of_it {
    std::uint64_t first, second;
  };

  std::uint8_t bytes_[size]{};
};

/// Names one span within its trace: 8 bytes.
class span_id {
public:
  static constexpr std::size_t size = 8;

  /// No span: all bytes zero, not valid.
  constexpr span_id() noexcept = default;

  /// The id made of these bytes, the first of them leftmost in text.
  [[nodiscard]] static constexpr span_id from_bytes(std::span<std::uint8_t const, size> bytes) noexcept {
    span_id result;
    detail::copy_bytes(result.bytes_, bytes);
    return result;
  }

  /// Reads exactly 16 lower-case digits; nothing if the text is anything else. Zeros are read, and are not valid.
  [[nodiscard]] static std::optional<span_id> from_hex(std::string_view text) noexcept {
    span_id result;
    if (text.size() != 2 * size || !detail::read_hex(result.bytes_, text.data(), size)) return std::nullopt;
    return result;
  }

  [[nodiscard]] constexpr std::span<std::uint8_t const, size> bytes() const noexcept { return bytes_; }
  /// 16 lower-case digits.
  [[nodiscard]] hex_text<2 * size> hex() const noexcept { return hex_text<2 * size>{bytes_}; }

  /// True if at least one byte is not zero.
  [[nodiscard]] constexpr bool valid() const noexcept { return std::bit_cast<std::uint64_t>(*this) != 0; }

  friend constexpr bool operator==(span_id const& left, span_id const& right) noexcept {
    return std::bit_cast<std::uint64_t>(left) == std::bit_cast<std::uint64_t>(right);
  }
  /// Orders as the text does.
  friend constexpr std::strong_ordering operator<=>(span_id const& left, span_id const& right) noexcept {
    return detail::order(left.bytes_, right.bytes_);
  }

private:
  std::uint8_t bytes_[size]{};
};

/// The flags byte of a trace (W3C Trace Context, trace-flags): bits, tested one by one, never compared as a number.
struct trace_flags {
  static constexpr std::uint8_t sampled_bit = 0x01;
  static constexpr std::uint8_t random_bit = 0x02;
  static constexpr std::uint8_t known_bits = sampled_bit | random_bit;

  std::uint8_t value{};

  /// The caller records this trace.
  [[nodiscard]] constexpr bool sampled() const noexcept { return (value & sampled_bit) != 0; }
  /// The last seven bytes of the trace id are random.
  [[nodiscard]] constexpr bool random() const noexcept { return (value & random_bit) != 0; }

  friend constexpr bool operator==(trace_flags, trace_flags) noexcept = default;
};

} // namespace spanwise::inline SPANWISE_ABI

/// Ids as keys of unordered containers: a mix of their bytes, because ids of foreign systems need not be random.
template <> struct std::hash<spanwise::trace_id> {
  std::size_t operator()(spanwise::trace_id const& id) const noexcept {
    struct words {
      std::uint64_t first, second;
    };
    auto const parts = std::bit_cast<words>(id);
    std::uint64_t const mixed = (parts.first ^ parts.second * 0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd;
    return mixed ^ mixed >> 32;
  }
};

template <> struct std::hash<spanwise::span_id> {
  std::size_t operator()(spanwise::span_id const& id) const noexcept {
    std::uint64_t const mixed = std::bit_cast<std::uint64_t>(id) * 0xff51afd7ed558ccd;
    return mixed ^ mixed >> 32;
  }
};

// spanwise/core/span_context.hpp
//
// What identifies a span across processes: its ids, the flags and the state of its trace, and whether it came from
// elsewhere. 40 bytes, immutable; copying costs nothing beyond the bytes unless there is trace state.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {
struct context_access;
}

/// The part of a span that travels: enough to continue its trace, nothing of what it measured.
class span_context {
public:
  /// No span: zero ids, no flags, no state, not remote.
  constexpr span_context() noexcept = default;

  span_context(spanwise::trace_id trace, spanwise::span_id own, trace_flags flags = {}, trace_state state = {},
               bool remote = false) noexcept
      : trace_{trace}, span_{own}, flags_{flags}, remote_{remote}, state_{std::move(state)} {}

  [[nodiscard]] constexpr spanwise::trace_id const& trace_id() const noexcept { return trace_; }
  [[nodiscard]] constexpr spanwise::span_id const& span_id() const noexcept { return span_; }
  [[nodiscard]] constexpr trace_flags flags() const noexcept { return flags_; }
  [[nodiscard]] constexpr bool sampled() const noexcept { return flags_.sampled(); }
  [[nodiscard]] trace_state const& state() const noexcept { return state_; }
  /// True if a propagator read it from a message of another process.
  [[nodiscard]] constexpr bool remote() const noexcept { return remote_; }
  /// True if both ids are; nothing else counts.
  [[nodiscard]] constexpr bool valid() const noexcept { return trace_.valid() && span_.valid(); }

  /// This context with another trace state; the span itself keeps its own.
  [[nodiscard]] span_context with_state(trace_state state) const noexcept {
    span_context changed{*this};
    changed.state_ = std::move(state);
    return changed;
  }

  /// Same ids, flags, state and remote mark.
  friend bool operator==(span_context const& left, span_context const& right) noexcept {
    return left.trace_ == right.trace_ && left.span_ == right.span_ && left.flags_ == right.flags_ &&
           left.remote_ == right.remote_ && left.state_ == right.state_;
  }

private:
  friend struct detail::context_access;

  spanwise::trace_id trace_;
  spanwise::span_id span_;
  trace_flags flags_;
  bool remote_{};
  std::uint8_t shed_by_{}; ///< which run of a pipeline had no memory for its trace, so that it records no child; 0: none
  trace_state state_;
};
static_assert(sizeof(void*) != 8 || sizeof(span_context) == 40);

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/context/context.hpp
//
// A context: what travels along with a piece of work - the span it belongs to, baggage, and values of your own.
// An immutable value; one is current on each thread. Attaching another and binding a function to one are the ways to
// carry it over to other threads.

namespace spanwise::inline SPANWISE_ABI {

struct span_options;

namespace detail {
struct context_access;
}

/// Span context, baggage and user values; cheap to copy, safe to share between threads.
class context {
public:
  /// The empty context: no span, no baggage, no values.
  constexpr context() noexcept = default;
  context(span_context own, spanwise::baggage entries = {}) noexcept
      : span_{std::move(own)}, baggage_{std::move(entries)} {}

  [[nodiscard]] span_context const& span() const& noexcept { return span_; }
  [[nodiscard]] span_context span() && noexcept { return std::move(span_); }
  [[nodiscard]] spanwise::baggage const& baggage() const& noexcept { return baggage_; }
  [[nodiscard]] spanwise::baggage baggage() && noexcept { return std::move(baggage_); }
  /// The value under a key, or nullptr. It lives as long as a context that has it.
  template <class Value> [[nodiscard]] Value const* get(context_key<Value> const& key) const noexcept {
    return slots_.find(key);
  }

  /// This context with another span, other baggage, or one more value.
  [[nodiscard]] context with(span_context own) const noexcept {
    context changed{*this};
    changed.span_ = std::move(own);
    return changed;
  }
  [[nodiscard]] context with(spanwise::baggage entries) const noexcept {
    context changed{*this};
    changed.baggage_ = std::move(entries);
    return changed;
  }
  template <class Value> [[nodiscard]] context with(context_key<Value> const& key, Value value) const {
    context changed{*this};
    changed.slots_ = slots_.with(key, std::move(value));
    return changed;
  }

  /// Refused: a context given to a span bare would not say that it is the parent.
  template <std::same_as<span_options> Options> operator Options() const noexcept {
    static_assert(sizeof(Options) == 0, "spanwise: a context is given to a span as its parent: "
                                        "span{\"name\", {.parent = context}}");
    return {};
  }

private:
  friend struct detail::context_access;

  span_context span_;
  spanwise::baggage baggage_;
  detail::slots slots_;
};

namespace detail {

/// Moves contexts between their two forms: the value, and the entry of a thread's stack.
struct context_access {
  [[nodiscard]] static context read(context_entry const& from) noexcept {
    context result;
    bool const ours = from.tag == version_tag;
    result.span_ = span_context{trace_id::from_bytes(std::span<std::uint8_t const, 16>{from.trace_id}),
                                span_id::from_bytes(std::span<std::uint8_t const, 8>{from.span_id}),
                                trace_flags{from.flags}, ours ? trace_state::share(from.trace_state) : trace_state{},
                                from.remote != 0};
    result.span_.shed_by_ = shed_by(from);
    if (ours) {
      result.baggage_ = spanwise::baggage::share(from.baggage);
      result.slots_ = slots::share(from.slots);
    }
    return result;
  }

  static void write(context_entry& to, context const& from) noexcept {
    std::memcpy(to.trace_id, from.span_.trace_id().bytes().data(), sizeof to.trace_id);
    std::memcpy(to.span_id, from.span_.span_id().bytes().data(), sizeof to.span_id);
    to.flags = from.span_.flags().value;
    to.remote = from.span_.remote() ? 1 : 0;
    to.tag = version_tag;
    to.trace_state = trace_state{from.span_.state()}.release();
    to.baggage = spanwise::baggage{from.baggage_}.release();
    to.slots = slots{from.slots_}.release();
    bool const shares = to.trace_state != nullptr || to.baggage != nullptr || to.slots != nullptr;
    bool const plain = from.span_.valid() && to.remote == 0 && !shares;
    to.nature = static_cast<unsigned char>(plain ? entry_nature::plain : entry_nature::any);
    if (from.span_.shed_by_ != 0) mark_shed(to, from.span_.shed_by_);
  }

  [[nodiscard]] static void* slots_of(context const& from) noexcept { return from.slots_.raw(); }
  [[nodiscard]] static bool empty(context const& given) noexcept {
    return !given.span_.valid() && given.baggage_.empty() && given.slots_.empty();
  }
};

} // namespace detail

/// The context that is current on this thread; the empty one if none is.
[[nodiscard]] inline context current_context() noexcept {
  detail::context_stack* const stack = detail::this_stack();
  return stack == nullptr ? context{} : detail::context_access::read(detail::current_entry(*stack));
}

/// Keeps a context current on this thread until it goes out of scope; what was current before is current again then.
///
/// Costs a few nanoseconds, allocates nothing. Made and destroyed on one thread, in turn; anything else is told in a
/// diagnostic and repaired.
class attached {
public:
  [[nodiscard]] explicit attached(context const& entered) noexcept : stack_{detail::this_stack()} {
    if (stack_ != nullptr) entry_ = detail::push_entry(*stack_);
    if (entry_ == nullptr) return;
    detail::context_access::write(*entry_, entered);
    entry_->owner_kind = static_cast<unsigned char>(detail::entry_owner::attached);
    detail::store_plain(entry_->owner, static_cast<void*>(this), detail::relaxed);
  }
  attached(attached const&) = delete;
  attached& operator=(attached const&) = delete;
  ~attached() {
    if (entry_ != nullptr) detail::remove_entry(stack_, entry_, this, misuse::detached_on_another_thread);
  }

private:
  detail::context_stack* stack_;
  detail::context_entry* entry_{};
};

/// Makes a context current on this thread for the life of the returned guard.
[[nodiscard]] inline attached attach(context const& entered) noexcept { return attached{entered}; }

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/detail/invoke.hpp
//
// Calls whatever can be called, as std::invoke does and without <functional>: functions, function objects, and members
// of an object that is given itself, by pointer, or by std::reference_wrapper.

namespace spanwise::inline SPANWISE_ABI::detail {

/// The object that `given` is, names or points at.
template <class Owner, class Given> constexpr decltype(auto) object_of(Given&& given) {
  using object = std::remove_cvref_t<Given>;
  if constexpr (std::is_base_of_v<Owner, object> || std::is_same_v<Owner, object>) return std::forward<Given>(given);
  else if constexpr (requires { requires std::is_base_of_v<Owner, std::remove_reference_t<decltype(given.get())>>; })
    return given.get();
  else return *std::forward<Given>(given);
}

template <class Member, class Owner, class Object, class... Arguments>
constexpr decltype(auto) invoke_member(Member Owner::*member, Object&& object, Arguments&&... arguments) {
  if constexpr (std::is_function_v<Member>)
    return (object_of<Owner>(std::forward<Object>(object)).*member)(std::forward<Arguments>(arguments)...);
  else return (object_of<Owner>(std::forward<Object>(object)).*member);
}

template <class Function, class... Arguments>
  requires std::is_invocable_v<Function, Arguments...>
constexpr decltype(auto) invoke(Function&& function, Arguments&&... arguments) {
  if constexpr (std::is_member_pointer_v<std::remove_cvref_t<Function>>)
    return invoke_member(function, std::forward<Arguments>(arguments)...);
  else return std::forward<Function>(function)(std::forward<Arguments>(arguments)...);
}

template <class> inline constexpr bool no_work = false;

/// Calls what is done inside a span: with the span if it takes one, else without.
template <class Work, class Span> constexpr decltype(auto) invoke_work(Work&& work, Span& around) {
  if constexpr (std::is_invocable_v<Work, Span&>) return detail::invoke(std::forward<Work>(work), around);
  else if constexpr (std::is_invocable_v<Work>) return std::forward<Work>(work)();
  else
    static_assert(no_work<Work>, "spanwise: in() calls its work as work() or work(span); put anything else, such as a "
                                 "member of another object, into a lambda");
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/async/bind.hpp
//
// Carries the current context over to wherever a function is called: a thread, a pool, std::async, a callback.

namespace spanwise::inline SPANWISE_ABI {

/// A function together with the context it runs in.
template <class Function> class bound {
public:
  bound(Function function, context const& with) : function_{std::move(function)}, context_{with} {}

  template <class... Arguments>
    requires std::is_invocable_v<Function&, Arguments...>
  decltype(auto) operator()(Arguments&&... arguments) {
    attached const entered{context_};
    return detail::invoke(function_, std::forward<Arguments>(arguments)...);
  }
  template <class... Arguments>
    requires std::is_invocable_v<Function const&, Arguments...>
  decltype(auto) operator()(Arguments&&... arguments) const {
    attached const entered{context_};
    return detail::invoke(function_, std::forward<Arguments>(arguments)...);
  }

private:
  Function function_;
  context context_;
};

/// `function`, to be called anywhere and any number of times with today's current context: `std::thread{bind(work)}`.
///
/// The span that was current may have ended by then; it stays the parent of what is started there. A pointer to a member
/// takes its object first, as with std::invoke: `bind(&cart::check_out)(my_cart)`.
template <class Function> [[nodiscard]] auto bind(Function&& function, context const& with = current_context()) {
  return bound<std::decay_t<Function>>{std::forward<Function>(function), with};
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/detail/percent.hpp
//
// Percent coding (RFC 3986, 2.1) for baggage and for lists in environment variables. Works on the caller's memory;
// decoded text is never longer than the coded one, and coded text at most three times as long as the plain one.

namespace spanwise::inline SPANWISE_ABI::detail {

/// The value of a hexadecimal digit in either case; -1 for anything else.
[[nodiscard]] constexpr int hex_value(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

/// The byte that a `%` and two digits at the front of `text` stand for; -1 if there is no such thing.
[[nodiscard]] constexpr int escaped_byte(std::string_view text) noexcept {
  if (text.size() < 3 || text[0] != '%') return -1;
  int const high = hex_value(text[1]);
  int const low = hex_value(text[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/// Decodes `text` into `out`, which has room for text.size() bytes and may be where `text` is; returns their number.
/// A `%` without two digits behind it stays as it is, as does `+`.
constexpr std::size_t percent_decode(char* out, std::string_view text) noexcept {
  char* const start = out;
  while (!text.empty()) {
    int const byte = escaped_byte(text);
    *out++ = byte < 0 ? text.front() : static_cast<char>(byte);
    text.remove_prefix(byte < 0 ? 1 : 3);
  }
  return static_cast<std::size_t>(out - start);
}

/// As percent_decode, but nothing at all if a `%` lacks its two digits.
[[nodiscard]] SPANWISE_SMALL constexpr std::optional<std::size_t>
percent_decode_strict(char* out, std::string_view text) noexcept {
  for (std::size_t at = text.find('%'); at != text.npos; at = text.find('%', at + 3))
    if (escaped_byte(text.substr(at)) < 0) return std::nullopt;
  return percent_decode(out, text);
}

/// How long `text` becomes when all bytes outside `plain` are coded.
[[nodiscard]] constexpr std::size_t percent_encoded_size(std::string_view text, char_set const& plain) noexcept {
  std::size_t size = text.size();
  for (char const byte : text)
    if (!plain.has(byte)) size += 2;
  return size;
}

/// Writes `text` to `out` with all bytes outside `plain` as `%` and two upper-case digits; returns their number.
constexpr std::size_t percent_encode(char* out, std::string_view text, char_set const& plain) noexcept {
  constexpr char digits[] = "0123456789ABCDEF";
  char* const start = out;
  for (char const byte : text) {
    if (plain.has(byte)) {
      *out++ = byte;
      continue;
    }
    *out++ = '%';
    *out++ = digits[static_cast<unsigned char>(byte) >> 4];
    *out++ = digits[static_cast<unsigned char>(byte) & 15];
  }
  return static_cast<std::size_t>(out - start);
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/detail/utf8.hpp
//
// UTF-8: judged, counted, cut and repaired. Text of any origin may be malformed; what is called a character below is
// one well-formed sequence or one maximal ill-formed part (Unicode, 3.9), each of which a repair turns into one U+FFFD.

namespace spanwise::inline SPANWISE_ABI::detail {

inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

/// How many bytes at the front of `text` are ASCII, found eight at a time.
[[nodiscard]] inline std::size_t ascii_prefix(std::string_view text) noexcept {
  std::size_t at = 0;
  for (; text.size() - at >= 8; at += 8) {
    std::uint64_t eight;
    std::memcpy(&eight, text.data() + at, sizeof eight);
    if (std::uint64_t const tops = eight & 0x8080808080808080; tops != 0)
      return at + static_cast<std::size_t>(std::countr_zero(tops)) / 8;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

struct character {
  std::size_t size;
  bool well_formed;
};

/// The character at the front of `text`, which is not empty.
[[nodiscard]] inline character first_character(std::string_view text) noexcept {
  auto const byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char const lead = byte(0);
  if (lead < 0x80) return {1, true};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  std::size_t const size = lead < 0xE0 ? 2U : lead < 0xF0 ? 3U : 4U;
  // Only the second byte has bounds of its own: they keep out overlong forms, surrogates and what is above U+10FFFF.
  unsigned char const least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned char const most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (std::size_t i = 1; i < size; ++i) {
    if (i == text.size()) return {i, false};
    bool const good = i == 1 ? byte(i) >= least && byte(i) <= most : (byte(i) & 0xC0) == 0x80;
    if (!good) return {i, false};
  }
  return {size, true};
}

/// The length of the longest well-formed prefix.
[[nodiscard]] inline std::size_t valid_prefix(std::string_view text) noexcept {
  std::size_t at = 0;
  while (true) {
    at += ascii_prefix(text.substr(at));
    if (at == text.size()) return at;
    character const next = first_character(text.substr(at));
    if (!next.well_formed) return at;
    at += next.size;
  }
}

[[nodiscard]] inline bool valid_utf8(std::string_view text) noexcept {
  return valid_prefix(text) == text.size();
}

/// The number of characters.
[[nodiscard]] inline std::size_t count_chars(std::string_view text) noexcept {
  std::size_t count = 0;
  while (true) {
    std::size_t const plain = ascii_prefix(text);
    count += plain;
    text.remove_prefix(plain);
    if (text.empty()) return count;
    text.remove_prefix(first_character(text).size);
    ++count;
  }
}

/// The first `count` characters; all of it if there are no more.
[[nodiscard]] inline std::string_view truncate_chars(std::string_view text, std::size_t count) noexcept {
  if (text.size() <= count) return text;
  std::size_t at = 0;
  while (count > 0 && at < text.size()) {
    std::string_view const rest = text.substr(at);
    std::size_t const plain = ascii_prefix(rest.substr(0, count));
    at += plain;
    count -= plain;
    if (count == 0 || at == text.size()) break;
    at += first_character(text.substr(at)).size;
    --count;
  }
  return text.substr(0, at);
}

/// The longest prefix of at most `size` bytes that splits no character.
[[nodiscard]] inline std::string_view truncate_bytes(std::string_view text, std::size_t size) noexcept {
  if (text.size() <= size) return text;
  // A character has four bytes at most, so the one that `size` may fall into begins within the three before it.
  for (std::size_t back = 1; back <= 3 && back <= size; ++back) {
    auto const lead = static_cast<unsigned char>(text[size - back]);
    if ((lead & 0xC0) == 0x80) continue;
    if (first_character(text.substr(size - back)).size > back) size -= back;
    break;
  }
  return text.substr(0, size);
}

/// Takes the first piece of `text`, which is not empty, and gives it repaired: all that is well-formed, or U+FFFD for
/// one ill-formed part.
[[nodiscard]] SPANWISE_SMALL std::string_view repaired_piece(std::string_view& text) noexcept {
  std::string_view piece = text.substr(0, valid_prefix(text));
  text.remove_prefix(piece.empty() ? first_character(text).size : piece.size());
  return piece.empty() ? replacement_character : piece;
}

/// How long `text` is when it is repaired.
[[nodiscard]] SPANWISE_SMALL std::size_t repaired_size(std::string_view text) noexcept {
  std::size_t size = 0;
  while (!text.empty()) size += repaired_piece(text).size();
  return size;
}

/// Writes `text` repaired; returns where it ends.
SPANWISE_SMALL unsigned char* put_repaired(unsigned char* at, std::string_view text) noexcept {
  while (!text.empty()) {
    std::string_view const piece = repaired_piece(text);
    std::memcpy(at, piece.data(), piece.size());
    at += piece.size();
  }
  return at;
}

/// Hands `sink` the pieces of `text`, in order, with U+FFFD for each ill-formed part. Well-formed text is one piece.
template <class Sink> void repair_utf8(std::string_view text, Sink&& sink) {
  while (!text.empty()) sink(repaired_piece(text));
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/context/baggage_header.hpp
//
// The text of the baggage header (W3C Baggage): read from any number of header values, written from a set.
// Whole members only, at most 180 of them and 8192 bytes, in both directions.

namespace spanwise::inline SPANWISE_ABI::detail {

inline constexpr std::size_t baggage_members = 180;
inline constexpr std::size_t baggage_bytes = 8192;

/// The alphabet of names: RFC 7230, token.
inline constexpr char_set token_chars{"!!#'*+-.09AZ^z||~~"};
/// The alphabet of values on the wire, and that of what is written there uncoded.
inline constexpr char_set baggage_value_chars{"!!#+-:<[]~"};
inline constexpr char_set baggage_plain_chars{"!!#$&+-:<[]~"};
/// What metadata may hold to be sent: all that cannot end the member or the header.
inline constexpr char_set baggage_metadata_chars{"\t\t +-~"};

/// Decodes a value of the wire to `out`, which has room for text.size() bytes; what is no UTF-8 becomes U+FFFD.
inline std::size_t decode_baggage_value(char* out, std::string_view text) noexcept {
  std::size_t const size = percent_decode(out, text);
  if (valid_utf8({out, size})) return size;
  // Repair in place: each ill-formed part came from at least three coded characters, so what is written at the front
  // never overtakes what is read from the back.
  char* const back = out + text.size() - size;
  std::memmove(back, out, size);
  char* at = out;
  repair_utf8({back, size}, [&at](std::string_view piece) noexcept {
    std::memmove(at, piece.data(), piece.size());
    at += piece.size();
  });
  return static_cast<std::size_t>(at - out);
}

/// Reads a set from the values of a baggage header, which are one list. Malformed members are skipped.
class baggage_reader {
public:
  void add(std::string_view header) noexcept {
    if (full_) return;
    if (input_ != 0) ++input_; // the comma that would join them
    bool const too_long = header.size() + input_ > baggage_bytes;
    if (too_long) {
      header = header.substr(0, baggage_bytes + 1 - (input_ < baggage_bytes ? input_ : baggage_bytes));
      std::size_t const last_comma = header.rfind(',');
      header = header.substr(0, last_comma == header.npos ? 0 : last_comma);
    }
    input_ += header.size();
    std::size_t members = 1;
    for (char const byte : header) members += byte == ',';
    if (members > baggage_members) members = baggage_members;
    if (!entries_.reserve(header.size() + members * baggage_builder::entry_overhead)) return;
    while (!header.empty()) add_member(trimmed(next_part(header, ',')));
    full_ = full_ || too_long;
  }

  /// The set of what was read.
  [[nodiscard]] baggage finish() noexcept { return entries_.take(); }

private:
  void add_member(std::string_view metadata) noexcept {
    if (entries_.size() == baggage_members) full_ = true;
    std::string_view value = next_part(metadata, ';');
    if (full_ || value.find('=') == value.npos) return;
    std::string_view const key = trimmed(next_part(value, '='));
    value = trimmed(value);
    if (key.empty() || !token_chars.has_all(key) || !baggage_value_chars.has_all(value)) return;
    auto const decode = [value](char* out) noexcept { return decode_baggage_value(out, value); };
    entries_.add(key, value.size(), decode, trimmed(metadata));
  }

  baggage_builder entries_;
  std::size_t input_{};
  bool full_{};
};

/// The header for a set; empty if none of its entries can be sent.
inline shared_text write_baggage(baggage const& set) noexcept {
  std::size_t room = 0;
  for (baggage::entry const& each : set) room += each.key.size() + 3 * each.value.size() + each.metadata.size() + 3;
  text_builder header;
  if (!header.reserve(room < baggage_bytes ? room : baggage_bytes)) return {};
  std::size_t members = 0;
  for (baggage::entry const& each : set) {
    if (members == baggage_members) break;
    if (each.key.empty() || !token_chars.has_all(each.key)) {
      report(severity::debug, "baggage name", "a baggage entry is not sent because its name is no header token");
      continue;
    }
    bool const tell_metadata = !each.metadata.empty() && baggage_metadata_chars.has_all(each.metadata);
    std::size_t const value_size = percent_encoded_size(each.value, baggage_plain_chars);
    std::size_t const size =
        (members == 0 ? 0 : 1) + each.key.size() + 1 + value_size + (tell_metadata ? 1 + each.metadata.size() : 0);
    if (!header.fits(size)) continue;
    if (members++ != 0) header.append(',');
    header.append(each.key);
    header.append('=');
    static_cast<void>(percent_encode(header.extend(value_size), each.value, baggage_plain_chars));
    if (tell_metadata) header.append(';');
    if (tell_metadata) header.append(each.metadata);
  }
  return header.take();
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/context/carrier.hpp
//
// Carriers: what holds the headers of a message while a context is written into it or read from it. Maps from text to
// text, sequences of pairs and httplib::Headers are carriers by their shape. Any other type becomes one by two small
// functions beside it, found through its namespace; one of them is enough for one direction:
//
//   void spanwise_get(my_headers const& from, std::string_view name, spanwise::each_value each);
//   void spanwise_set(my_headers& to, std::string_view name, std::string_view value);
//   void spanwise_names(my_headers const& from, spanwise::each_value each);
//
// The third is for formats that have a header for each entry of the baggage, as Jaeger's; most have none.

namespace spanwise::inline SPANWISE_ABI {

/// Receives the values of one name, or all names, one call each. A reference to a function: pass it on, do not keep it.
class each_value {
public:
  template <class Function>
    requires(!std::same_as<std::remove_cvref_t<Function>, each_value> &&
             std::invocable<std::remove_reference_t<Function>&, std::string_view>)
  each_value(Function&& function) noexcept
      : function_{const_cast<void*>(static_cast<void const*>(&function))},
        call_{[](void* to, std::string_view value) { (*static_cast<std::remove_reference_t<Function>*>(to))(value); }} {
  }

  /// Hands over one value, which need not outlive the call.
  void operator()(std::string_view value) const { call_(function_, value); }

private:
  void* function_;
  void (*call_)(void*, std::string_view);
};

namespace detail {

/// Names of headers are equal without regard to the case of ASCII letters.
[[nodiscard]] inline bool same_name(std::string_view left, std::string_view right) noexcept {
  auto const lower = [](char letter) { return letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter + 0; };
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i)
    if (left[i] != right[i] && lower(left[i]) != lower(right[i])) return false;
  return true;
}

template <class Text>
concept text = std::convertible_to<Text const&, std::string_view>;

/// Text that keeps what is written to it, as a string does and a view does not.
template <class Text>
concept owning_text = text<Text> && std::constructible_from<Text, std::string_view> &&
                      std::is_assignable_v<Text&, std::string_view> && !std::is_trivially_destructible_v<Text>;

template <class Pairs>
concept pairs_of_text = requires(Pairs const& pairs) {
  { pairs.begin() != pairs.end() } -> std::convertible_to<bool>;
  { pairs.begin()->first } -> text;
  { pairs.begin()->second } -> text;
};

template <class Map>
concept map_of_text = pairs_of_text<Map> && std::constructible_from<typename Map::key_type, std::string_view> &&
                      requires(Map const& map, typename Map::key_type const& key) {
                        typename Map::mapped_type;
                        { map.equal_range(key).first->second } -> text;
                      };

template <class Map>
concept writable_map = map_of_text<Map> && owning_text<typename Map::mapped_type> && requires(Map& map) {
  map.erase(map.begin());
  map.emplace(std::declval<typename Map::key_type>(), std::declval<typename Map::mapped_type>());
};

template <class Pairs>
concept writable_pairs =
    pairs_of_text<Pairs> && !map_of_text<Pairs> && owning_text<typename Pairs::value_type::second_type> &&
    requires(Pairs& pairs, std::string_view text) {
      pairs.emplace_back(text, text);
      pairs.erase(pairs.begin());
    };

template <class Carrier>
concept read_by_overload =
    requires(Carrier const& from, std::string_view name, each_value each) { spanwise_get(from, name, each); };

template <class Carrier>
concept written_by_overload = requires(Carrier& to, std::string_view text) { spanwise_set(to, text, text); };

template <class Carrier>
concept listed_by_overload = requires(Carrier const& from, each_value each) { spanwise_names(from, each); };

template <class Pairs> void read_pairs(Pairs const& pairs, std::string_view name, each_value each) {
  for (auto const& pair : pairs)
    if (same_name(pair.first, name)) each(std::string_view{pair.second});
}

template <class Map> void read_map(Map const& map, std::string_view name, each_value each) {
  auto [at, end] = map.equal_range(typename Map::key_type(name));
  if (at == end) return read_pairs(map, name, each);
  for (; at != end; ++at) each(std::string_view{at->second});
}

template <class Pairs> void write_pairs(Pairs& pairs, std::string_view name, std::string_view value) {
  bool written = false;
  for (auto at = pairs.begin(); at != pairs.end();) {
    if (!same_name(at->first, name)) {
      ++at;
    } else if (written) {
      at = pairs.erase(at);
    } else {
      at->second = value;
      written = true;
      ++at;
    }
  }
  if (written) return;
  if constexpr (map_of_text<Pairs>) pairs.emplace(typename Pairs::key_type(name), typename Pairs::mapped_type(value));
  else pairs.emplace_back(name, value);
}

} // namespace detail

/// A type that a context can be read from.
template <class Carrier>
concept readable_carrier = detail::read_by_overload<Carrier> || detail::pairs_of_text<Carrier>;

/// A type that a context can be written to.
template <class Carrier>
concept writable_carrier =
    detail::written_by_overload<Carrier> || detail::writable_map<Carrier> || detail::writable_pairs<Carrier>;

/// A type that can also say which names it has. One that is read by its own function needs a function for that, too.
template <class Carrier>
concept listable_carrier =
    detail::listed_by_overload<Carrier> || (detail::pairs_of_text<Carrier> && !detail::read_by_overload<Carrier>);

/// One to read from and write to. Model: `std::map<std::string, std::string>`; or a type with `spanwise_get` and
/// `spanwise_set` beside it.
template <class Carrier>
concept carrier = readable_carrier<Carrier> && writable_carrier<Carrier>;

/// Calls `each` with every value that a carrier has under `name`, in order. What the carrier throws ends the walk.
///
/// Names match without regard to case; in a case-sensitive map the name as it is goes first, and alone if it is there.
template <class Carrier> void read_values(Carrier const& from, std::string_view name, each_value each) noexcept {
  static_assert(readable_carrier<Carrier>,
                "spanwise: to extract from this type, declare in its namespace "
                "void spanwise_get(Type const& from, std::string_view name, spanwise::each_value each), "
                "which calls each(value) for every value of that name.");
  if constexpr (readable_carrier<Carrier>)
    static_cast<void>(detail::contain([&] {
      if constexpr (detail::read_by_overload<Carrier>) spanwise_get(from, name, each);
      else if constexpr (detail::map_of_text<Carrier>) detail::read_map(from, name, each);
      else detail::read_pairs(from, name, each);
    }));
}

/// Calls `each` with every name that a carrier has, in order; one with several values may come as often. None if the
/// carrier is not listable. Do not read the carrier meanwhile. What it throws ends the walk.
template <class Carrier>
SPANWISE_SMALL void read_names([[maybe_unused]] Carrier const& from, [[maybe_unused]] each_value each) noexcept {
  if constexpr (listable_carrier<Carrier>)
    static_cast<void>(detail::contain([&] {
      if constexpr (detail::listed_by_overload<Carrier>) spanwise_names(from, each);
      else
        for (auto const& pair : from) each(std::string_view{pair.first});
    }));
}

namespace detail {

/// Calls `use` with the first value under `name`, which is all that most formats look at.
template <class Carrier, class Use> void read_first(Carrier const& from, std::string_view name, Use&& use) noexcept {
  bool first = true;
  read_values(from, name, [&](std::string_view value) noexcept {
    if (std::exchange(first, false)) use(value);
  });
}

} // namespace detail

/// Writes one value under `name` into a carrier, in place of those it had. If the carrier throws, a diagnostic says so.
template <class Carrier> void write_value(Carrier& to, std::string_view name, std::string_view value) noexcept {
  static_assert(writable_carrier<Carrier>,
                "spanwise: to inject into this type, declare in its namespace "
                "void spanwise_set(Type& to, std::string_view name, std::string_view value), "
                "which replaces the value of that name.");
  if constexpr (writable_carrier<Carrier>) {
    bool const written = detail::contain([&] {
      if constexpr (detail::written_by_overload<Carrier>) spanwise_set(to, name, value);
      else detail::write_pairs(to, name, value);
    });
    if (!written)
      report(severity::warning, "carrier", "a carrier threw while a context was injected; the message goes without it");
  }
}

/// Any carrier behind two function pointers: itself a carrier, for code that is not a template. Refers, does not own.
class text_map_ref {
public:
  template <class Carrier>
    requires(!std::same_as<std::remove_const_t<Carrier>, text_map_ref>) &&
            (readable_carrier<std::remove_const_t<Carrier>> || writable_carrier<Carrier>)
  text_map_ref(Carrier& carrier) noexcept : carrier_{const_cast<void*>(static_cast<void const*>(&carrier))} {
    if constexpr (readable_carrier<std::remove_const_t<Carrier>>)
      get_ = [](void* from, std::string_view name, each_value each) {
        read_values(*static_cast<Carrier const*>(from), name, each);
      };
    if constexpr (listable_carrier<std::remove_const_t<Carrier>>)
      names_ = [](void* from, each_value each) { read_names(*static_cast<Carrier const*>(from), each); };
    if constexpr (writable_carrier<Carrier>)
      set_ = [](void* to, std::string_view name, std::string_view value) {
        write_value(*static_cast<Carrier*>(to), name, value);
      };
  }

  friend void spanwise_get(text_map_ref const& from, std::string_view name, each_value each) {
    if (from.get_ != nullptr) from.get_(from.carrier_, name, each);
  }
  friend void spanwise_names(text_map_ref const& from, each_value each) {
    if (from.names_ != nullptr) from.names_(from.carrier_, each);
  }
  friend void spanwise_set(text_map_ref& to, std::string_view name, std::string_view value) {
    if (to.set_ != nullptr) to.set_(to.carrier_, name, value);
  }

private:
  void* carrier_;
  void (*get_)(void*, std::string_view, each_value){};
  void (*set_)(void*, std::string_view, std::string_view){};
  void (*names_)(void*, each_value){};
};
static_assert(carrier<text_map_ref> && listable_carrier<text_map_ref>);

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/context/w3c.hpp
//
// The two W3C formats that carry a context between processes: traceparent with tracestate (Trace Context, Level 2), and
// baggage. What cannot be read counts as absent; what is sent is always well-formed. Cost and memory are bounded,
// however large a header is.

namespace spanwise::inline SPANWISE_ABI {

/// How long a traceparent value is.
inline constexpr std::size_t traceparent_size = 55;

/// Writes a traceparent value, without a final zero; ids that are not valid are written as zeros, which nobody accepts.
inline void write_traceparent(char (&out)[traceparent_size], span_context const& own) noexcept {
  std::memcpy(out, "00-", 3);
  detail::write_hex(out + 3, own.trace_id().bytes().data(), trace_id::size);
  out[35] = '-';
  detail::write_hex(out + 36, own.span_id().bytes().data(), span_id::size);
  out[52] = '-';
  out[53] = '0';
  out[54] = static_cast<char>('0' + (own.flags().value & trace_flags::known_bits));
}

namespace detail {

/// How much white space around a value is looked at; with more of it the value is malformed.
inline constexpr std::size_t most_spaces = 64;

inline bool only_spaces(std::string_view text) noexcept {
  return text.size() <= most_spaces && trimmed(text).empty();
}

struct traceparent {
  spanwise::trace_id trace;
  spanwise::span_id span;
  trace_flags flags;
};

/// Reads a traceparent value into `out`; false, with `out` unspecified, if the value is malformed.
inline bool parse_traceparent(traceparent& out, std::string_view value) noexcept {
  for (std::size_t spaces = 0; spaces < most_spaces && value.size() > traceparent_size; ++spaces) {
    if (!is_optional_space(value.front())) break;
    value.remove_prefix(1);
  }
  if (value.size() < traceparent_size) return false;
  char const* const text = value.data();
  std::uint8_t trace[trace_id::size];
  std::uint8_t span[span_id::size];
  std::uint8_t version{};
  std::uint8_t flags{};
  bool const read = read_hex(trace, text + 3, sizeof trace) && read_hex(span, text + 36, sizeof span) &&
                    read_hex(&version, text, 1) && read_hex(&flags, text + 53, 1);
  if (!read || text[2] != '-' || text[35] != '-' || text[52] != '-' || version == 0xff) return false;
  if (value.size() > traceparent_size && (version == 0 || text[traceparent_size] != '-') &&
      !only_spaces(value.substr(traceparent_size)))
    return false;
  out = {trace_id::from_bytes(trace),
         span_id::from_bytes(span),
         {static_cast<std::uint8_t>(flags & trace_flags::known_bits)}};
  return out.trace.valid() && out.span.valid();
}

} // namespace detail

/// Reads a traceparent value into a remote span context without trace state; nothing if it is malformed.
///
/// Values of later versions of the format are read as far as this one knows them. White space around it is ignored.
[[nodiscard]] inline std::optional<span_context> read_traceparent(std::string_view value) noexcept {
  detail::traceparent parent;
  if (!detail::parse_traceparent(parent, value)) return std::nullopt;
  return std::optional<span_context>{std::in_place, parent.trace, parent.span, parent.flags, trace_state{}, true};
}

/// The propagator of trace identity: headers traceparent and tracestate.
struct trace_context {
  /// What OTEL_PROPAGATORS calls it.
  static constexpr std::string_view name = "tracecontext";
  static constexpr std::string_view names[] = {"traceparent", "tracestate"};

  /// The headers that `inject` may write.
  [[nodiscard]] static constexpr std::span<std::string_view const> fields() noexcept { return names; }

  /// Writes the span of `from`, sampled or not; nothing if it is not valid.
  template <class Carrier> void inject(context const& from, Carrier& to) const noexcept {
    span_context const& own = from.span();
    if (!own.valid()) return;
    char value[traceparent_size];
    write_traceparent(value, own);
    write_value(to, names[0], {value, sizeof value});
    if (!own.state().empty()) write_value(to, names[1], own.state().text());
  }

  /// `base` with the remote span that `from` names; `base` as it is if there is none, a malformed one or more than one.
  ///
  /// A tracestate that is malformed, or comes alone, is dropped.
  template <class Carrier> [[nodiscard]] context extract(Carrier const& from, context base) const noexcept {
    detail::traceparent parent;
    bool valid = false;
    std::size_t values = 0;
    read_values(from, names[0], [&](std::string_view value) noexcept {
      if (++values == 1) valid = detail::parse_traceparent(parent, value);
    });
    if (values != 1 || !valid) return base;
    detail::trace_state_reader reader;
    read_values(from, names[1], [&](std::string_view value) noexcept { reader.add(value); });
    trace_state state = reader.finish().value_or(trace_state{});
    return base.with(span_context{parent.trace, parent.span, parent.flags, std::move(state), true});
  }
};

/// The propagator of baggage: header baggage.
struct w3c_baggage {
  /// What OTEL_PROPAGATORS calls it.
  static constexpr std::string_view name = "baggage";
  static constexpr std::string_view names[] = {"baggage"};

  /// The header that `inject` may write.
  [[nodiscard]] static constexpr std::span<std::string_view const> fields() noexcept { return names; }

  /// Writes the baggage of `from`, up to 180 entries and 8192 bytes; those that do not fit, or whose name is no header
  /// token, stay behind. Nothing is written if nothing is left.
  template <class Carrier> void inject(context const& from, Carrier& to) const noexcept {
    if (from.baggage().empty()) return;
    detail::shared_text const header = detail::write_baggage(from.baggage());
    if (!header.empty()) write_value(to, names[0], header.view());
  }

  /// `base` with the baggage that `from` has in place of its own; `base` as it is if there is none.
  ///
  /// Malformed members are skipped; of a repeated name the last counts; what is behind the first 180 entries or 8192
  /// bytes is not read.
  template <class Carrier> [[nodiscard]] context extract(Carrier const& from, context base) const noexcept {
    detail::baggage_reader reader;
    read_values(from, names[0], [&](std::string_view value) noexcept { reader.add(value); });
    baggage entries = reader.finish();
    if (entries.empty()) return base;
    return base.with(std::move(entries));
  }
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/context/composite.hpp
//
// What a format of propagation is, and several formats as one.

namespace spanwise::inline SPANWISE_ABI {

/// A format of propagation. Model:
///
///   struct my_format {
///     static constexpr std::span<std::string_view const> fields();
///     void inject(spanwise::context const& from, spanwise::text_map_ref to) const;
///     spanwise::context extract(spanwise::text_map_ref from, spanwise::context base) const;
///   };
///
/// `fields` names the headers that inject may write, by spanwise::write_value; extract reads by spanwise::read_values
/// and returns `base` if it finds nothing. As templates over the carrier, as trace_context has them, the two cost no
/// indirect call. `fields` is static unless the formats are chosen when the program runs.
template <class Format>
concept propagator = requires(Format const& format, context const& given, text_map_ref& to, text_map_ref const& from) {
  format.inject(given, to);
  { format.extract(from, given) } -> std::same_as<context>;
  { format.fields() } -> std::convertible_to<std::span<std::string_view const>>;
};
static_assert(propagator<trace_context>);
static_assert(propagator<w3c_baggage>);

namespace detail {

template <class Format> struct held_format {
  [[no_unique_address]] Format format;
};

// Formats come from users, who may throw; what they do so far stands, and nothing leaves.

template <class Format, class Carrier> void inject_as(Format const& format, context const& from, Carrier& to) noexcept {
  if constexpr (noexcept(format.inject(from, to))) format.inject(from, to);
  else static_cast<void>(contain([&] { format.inject(from, to); }));
}

template <class Format, class Carrier>
[[nodiscard]] context extract_as(Format const& format, Carrier const& from, context base) noexcept {
  if constexpr (noexcept(format.extract(from, std::move(base)))) return format.extract(from, std::move(base));
  else return contain([&] { return format.extract(from, base); }, base);
}

template <class Carrier> [[nodiscard]] context extract_in_turn(Carrier const&, context base) noexcept {
  return base;
}
template <class Carrier, class Format, class... Formats>
[[nodiscard]] context extract_in_turn(Carrier const& from, context base, Format const& format,
                                      Formats const&... others) noexcept {
  return extract_in_turn(from, extract_as(format, from, std::move(base)), others...);
}

} // namespace detail

/// Several formats as one: each injects and extracts in the order given, and a later one may overwrite what came
/// before.
template <propagator... Formats> class composite : private detail::held_format<Formats>... {
  static_assert((requires { Formats::fields(); } && ...),
                "spanwise: formats that are chosen when the program runs are no part of a composite: give them alone, "
                "with the others as what they choose from.");

public:
  constexpr composite() noexcept
    requires(sizeof...(Formats) > 0)
  = default;
  constexpr explicit composite(Formats... formats) noexcept((std::is_nothrow_move_constructible_v<Formats> && ...))
      : detail::held_format<Formats>{std::move(formats)}... {}

  /// The headers that any of the formats may write.
  [[nodiscard]] static constexpr std::span<std::string_view const> fields() noexcept {
    return {names.all, names.count};
  }

  template <class Carrier> void inject(context const& from, Carrier& to) const noexcept {
    (detail::inject_as(this->detail::template held_format<Formats>::format, from, to), ...);
  }
  template <class Carrier> [[nodiscard]] context extract(Carrier const& from, context base) const noexcept {
    return detail::extract_in_turn(from, std::move(base), this->detail::template held_format<Formats>::format...);
  }

private:
  struct name_list {
    std::string_view all[(0 + ... + Formats::fields().size()) + 1]{};
    std::size_t count{};
  };
  static constexpr name_list names = [] {
    name_list result;
    [[maybe_unused]] auto const add = [&result](std::span<std::string_view const> more) {
      for (std::string_view const name : more) result.all[result.count++] = name;
    };
    (add(Formats::fields()), ...);
    return result;
  }();
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/context/sampling_state.hpp
//
// What formats such as B3 say of a trace beyond "sampled or not": that nobody has decided yet, or that it is wanted for
// debugging. It stays in the context, beside the span, and belongs to one trace: a new root, or the context of another
// trace, has none of it.

namespace spanwise::inline SPANWISE_ABI {

/// What the callers of a trace have decided about it (B3: Sampling State).
enum class sampling_state : std::uint8_t {
  denied,   ///< not to be recorded
  accepted, ///< to be recorded
  deferred, ///< whoever receives it decides
  debug     ///< accepted, and wanted whatever samplers downstream would say
};

namespace detail {

/// What a propagator read, with the ids it was read with: contexts hand their values on to spans of other traces.
struct sampling_note {
  spanwise::trace_id trace;
  spanwise::span_id span;
  sampling_state state;
};

SPANWISE_SHARED inline constexpr context_key<sampling_note> sampling_note_key{"sampling state"};

} // namespace detail

/// The sampling state of a context: `debug` for all of a trace that came as such, `deferred` for a caller's context
/// that came without a decision, otherwise what its flags say.
///
/// A sampler can ask it of `sampling_parameters::parent`; those of spanwise look at the flags alone.
[[nodiscard]] inline sampling_state sampling_state_of(context const& given) noexcept {
  span_context const& own = given.span();
  detail::sampling_note const* const note = given.get(detail::sampling_note_key);
  if (note != nullptr && note->trace == own.trace_id()) {
    if (note->state == sampling_state::debug) return sampling_state::debug;
    // A span below has decided.
    if (note->state == sampling_state::deferred && note->span == own.span_id()) return sampling_state::deferred;
  }
  return own.sampled() ? sampling_state::accepted : sampling_state::denied;
}

namespace detail {

/// `base` with the remote span that a format without trace state has named. If a format before it has named the same
/// span, what is only known from there stays: its trace state, and whether its trace id is random.
[[nodiscard]] inline context with_remote(context const& base, spanwise::trace_id const& trace,
                                         spanwise::span_id const& span, sampling_state state) noexcept {
  bool const sampled = state == sampling_state::accepted || state == sampling_state::debug;
  span_context const& before = base.span();
  bool const known = before.remote() && before.trace_id() == trace && before.span_id() == span;
  auto const random = static_cast<std::uint8_t>(known ? before.flags().value & trace_flags::random_bit : 0);
  trace_flags const flags{static_cast<std::uint8_t>(random | (sampled ? trace_flags::sampled_bit : 0))};
  context result = base.with(span_context{trace, span, flags, known ? before.state() : trace_state{}, true});
  // Also where `base` knows more of this trace than is true any longer.
  if (sampling_state_of(result) != state) return result.with(sampling_note_key, sampling_note{trace, span, state});
  return result;
}

/// Reads an id whose first digits may be missing, being zeros; false if it is not valid.
template <class Id> [[nodiscard]] bool read_padded_id(Id& out, std::string_view digits) noexcept {
  char padded[2 * Id::size];
  if (digits.empty() || digits.size() > sizeof padded) return false;
  std::memset(padded, '0', sizeof padded - digits.size());
  std::memcpy(padded + sizeof padded - digits.size(), digits.data(), digits.size());
  std::optional<Id> const read = Id::from_hex({padded, sizeof padded});
  if (!read) return false;
  out = *read;
  return out.valid();
}

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/context/b3.hpp
//
// B3, the formats of Zipkin and its relatives: one header, b3, or several, X-B3-TraceId and others. Both are read by
// either propagator, the single header first; they differ in what they write. A parent's id is neither used nor sent.
// https://github.com/openzipkin/b3-propagation

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

struct b3_parent {
  spanwise::trace_id trace;
  spanwise::span_id span;
  sampling_state state = sampling_state::deferred;
};

/// Trace ids have 16 or 32 digits.
[[nodiscard]] inline bool parse_b3_trace(spanwise::trace_id& out, std::string_view digits) noexcept {
  return (digits.size() == 16 || digits.size() == 32) && read_padded_id(out, digits);
}

/// Reads the value of a header b3, `trace-span[-state[-parent]]`; false, with `out` unspecified, if it is malformed.
[[nodiscard]] inline bool parse_b3(b3_parent& out, std::string_view value) noexcept {
  constexpr std::size_t with_span = 17, with_state = 19, with_parent = 36;
  if (value.size() > 32 + with_parent) return false;
  std::size_t const digits = value.find('-');
  if (digits == value.npos || !parse_b3_trace(out.trace, value.substr(0, digits))) return false;
  value.remove_prefix(digits);
  if (value.size() != with_span && value.size() != with_state && value.size() != with_parent) return false;
  if (!read_padded_id(out.span, value.substr(1, with_span - 1))) return false;
  out.state = sampling_state::deferred;
  if (value.size() == with_span) return true;
  char const state = value[with_state - 1];
  if (value[with_span] != '-' || (state != '0' && state != '1' && state != 'd')) return false;
  out.state = state == 'd' ? sampling_state::debug : state == '1' ? sampling_state::accepted : sampling_state::denied;
  if (value.size() == with_state) return true;
  return value[with_state] == '-' && span_id::from_hex(value.substr(with_state + 1)).has_value();
}

/// The value of X-B3-Sampled; false if it is none. The words are of earlier times, and still sent by some.
[[nodiscard]] inline bool parse_b3_sampled(sampling_state& out, std::string_view value) noexcept {
  bool const accepted = value == "1" || same_name(value, "true");
  out = accepted ? sampling_state::accepted : sampling_state::denied;
  return accepted || value == "0" || same_name(value, "false");
}

/// The names of the single header and of the others.
inline constexpr std::string_view b3_name[] = {"b3"};
inline constexpr std::string_view b3_names[] = {"X-B3-TraceId", "X-B3-SpanId", "X-B3-Sampled", "X-B3-Flags"};

template <class Carrier> [[nodiscard]] bool read_b3_headers(b3_parent& out, Carrier const& from) noexcept {
  bool trace = false;
  read_first(from, b3_names[0], [&](std::string_view value) noexcept { trace = parse_b3_trace(out.trace, value); });
  if (!trace) return false;
  bool span = false;
  read_first(from, b3_names[1], [&](std::string_view value) noexcept {
    span = value.size() == 2 * span_id::size && read_padded_id(out.span, value);
  });
  if (!span) return false;
  bool debug = false;
  read_first(from, b3_names[3], [&](std::string_view value) noexcept { debug = value == "1"; });
  out.state = debug ? sampling_state::debug : sampling_state::deferred;
  if (debug) return true;
  bool sound = true;
  read_first(from, b3_names[2], [&](std::string_view value) noexcept { sound = parse_b3_sampled(out.state, value); });
  return sound;
}

template <class Carrier> [[nodiscard]] context extract_b3(Carrier const& from, context const& base) noexcept {
  b3_parent parent;
  bool found = false;
  read_first(from, b3_name[0], [&](std::string_view value) noexcept { found = parse_b3(parent, value); });
  if (!found && !read_b3_headers(parent, from)) return base;
  return with_remote(base, parent.trace, parent.span, parent.state);
}

} // namespace detail

/// The propagator of B3 in one header: `b3: trace-span-state`.
struct b3 {
  /// What OTEL_PROPAGATORS calls it.
  static constexpr std::string_view name = "b3";

  /// The header that `inject` may write.
  [[nodiscard]] static constexpr std::span<std::string_view const> fields() noexcept { return detail::b3_name; }

  /// Writes the span of `from` and its sampling state, `d` for a trace that came as one to debug; no state if its
  /// sender left the decision to others and no span was begun since. Nothing if the span is not valid.
  template <class Carrier> void inject(context const& from, Carrier& to) const noexcept {
    span_context const& own = from.span();
    if (!own.valid()) return;
    constexpr std::size_t trace_digits = 2 * trace_id::size, span_digits = 2 * span_id::size;
    char value[trace_digits + 1 + span_digits + 2];
    detail::write_hex(value, own.trace_id().bytes().data(), trace_id::size);
    value[trace_digits] = '-';
    detail::write_hex(value + trace_digits + 1, own.span_id().bytes().data(), span_id::size);
    sampling_state const state = sampling_state_of(from);
    value[sizeof value - 2] = '-';
    value[sizeof value - 1] = state == sampling_state::debug ? 'd' : state == sampling_state::accepted ? '1' : '0';
    write_value(to, detail::b3_name[0], {value, sizeof value - (state == sampling_state::deferred ? 2 : 0)});
  }

  /// `base` with the remote span that `from` names in the header b3, or else in the X-B3 headers; `base` as it is if
  /// neither is well-formed. Ids of 64 bits are padded with zeros.
  template <class Carrier> [[nodiscard]] context extract(Carrier const& from, context base) const noexcept {
    return detail::extract_b3(from, base);
  }
};
static_assert(propagator<b3>);

/// The propagator of B3 in several headers: X-B3-TraceId, X-B3-SpanId, and X-B3-Sampled or X-B3-Flags.
struct b3_multi {
  /// What OTEL_PROPAGATORS calls it.
  static constexpr std::string_view name = "b3multi";

  /// The headers that `inject` may write.
  [[nodiscard]] static constexpr std::span<std::string_view const> fields() noexcept { return detail::b3_names; }

  /// As b3 does, with `X-B3-Flags: 1` instead of X-B3-Sampled for a trace to debug.
  template <class Carrier> void inject(context const& from, Carrier& to) const noexcept {
    span_context const& own = from.span();
    if (!own.valid()) return;
    write_value(to, detail::b3_names[0], own.trace_id().hex());
    write_value(to, detail::b3_names[1], own.span_id().hex());
    sampling_state const state = sampling_state_of(from);
    if (state == sampling_state::debug) return write_value(to, detail::b3_names[3], "1");
    if (state != sampling_state::deferred)
      write_value(to, detail::b3_names[2], state == sampling_state::accepted ? "1" : "0");
  }

  /// As b3 does.
  template <class Carrier> [[nodiscard]] context extract(Carrier const& from, context base) const noexcept {
    return detail::extract_b3(from, base);
  }
};
static_assert(propagator<b3_multi>);

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/detail/process_variables.hpp
//
// All environment variables of this process at once, which getenv gives one by one.

#if defined(__APPLE__)
extern "C" char*** _NSGetEnviron(); // where libraries have no `environ`
#endif

namespace spanwise::inline SPANWISE_ABI::detail {

/// `NAME=value` each, a null pointer behind the last; null if there are none. Good until a variable is changed.
inline char const* const* process_variables() noexcept {
#if defined(__APPLE__)
  return *_NSGetEnviron();
#else
  return ::environ;
#endif
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/context/environment_carrier.hpp
//
// Contexts that travel from a process to those it starts, in environment variables: the names of headers become names
// of variables, TRACEPARENT for traceparent, and only those are read and written. spanwise starts no processes, and
// leaves this one's variables as they are. OpenTelemetry: Environment Variables as Context Propagation Carriers.

namespace spanwise::inline SPANWISE_ABI {

/// The name of the variable for a header: letters in upper case, each character but letters, digits and underscores an
/// underscore, one more in front of a digit, and one for no name at all. Allocates once.
///
///     environment_name{"x-b3-traceid"}.view() == "X_B3_TRACEID"
class environment_name {
public:
  explicit environment_name(std::string_view header) noexcept {
    detail::text_builder text;
    if (!text.reserve(header.size() + 2)) return;
    if (header.empty() || is_digit(header.front())) text.append('_');
    while (!header.empty()) {
      text.append(normal_letter(header.front()));
      header.remove_prefix(detail::first_character(header).size);
    }
    text.append('\0');
    text_ = text.take();
  }

  /// Lives as long as this does; empty if there was no memory.
  [[nodiscard]] std::string_view view() const noexcept {
    return text_.empty() ? std::string_view{} : text_.view().substr(0, text_.view().size() - 1);
  }
  /// The same, ended by a zero.
  [[nodiscard]] char const* c_str() const noexcept { return text_.empty() ? "" : text_.view().data(); }

  /// True of names that stay as they are.
  [[nodiscard]] static constexpr bool is_normal(std::string_view name) noexcept {
    return !name.empty() && !is_digit(name.front()) && normal_.has_all(name);
  }

private:
  static constexpr detail::char_set normal_{"09AZ__"};

  static constexpr bool is_digit(char letter) noexcept { return letter >= '0' && letter <= '9'; }
  static constexpr char normal_letter(char letter) noexcept {
    if (letter >= 'a' && letter <= 'z') return static_cast<char>(letter - 'a' + 'A');
    return normal_.has(letter) ? letter : '_';
  }

  detail::shared_text text_;
};

/// The variables of this process, as a carrier to extract from: `extract(process_environment{})` continues the trace of
/// whoever started the process.
///
/// Each call looks at them anew, and copies nothing; as with std::getenv, no thread may change them meanwhile.
struct process_environment {
  friend void spanwise_get(process_environment const&, std::string_view header, each_value each) {
    if (char const* const value = std::getenv(environment_name{header}.c_str())) each(value);
  }
  friend void spanwise_names(process_environment const&, each_value each) {
    for (char const* const* at = detail::process_variables(); at != nullptr && *at != nullptr; ++at) {
      std::string_view const variable{*at};
      std::string_view const name = variable.substr(0, variable.find('='));
      if (environment_name::is_normal(name)) each(name);
    }
  }
};
static_assert(listable_carrier<process_environment>);

namespace detail {

/// A list of `NAME=value`, as functions that start processes take it.
template <class Texts>
concept writable_texts = owning_text<typename Texts::value_type> && requires(Texts& texts, std::string_view text) {
  texts.emplace_back(text);
  texts.erase(texts.begin());
};

template <class Variables>
concept environment_of_child =
    written_by_overload<Variables> || writable_map<Variables> || writable_pairs<Variables> || writable_texts<Variables>;

/// Takes out all that `is_it` knows. Variables differ by the case of their names, so none is taken for another.
template <class Variables> void remove_variables(Variables& from, auto const& is_it) {
  for (auto at = from.begin(); at != from.end();)
    if (is_it(*at)) at = from.erase(at);
    else ++at;
}

template <class Variables> void set_variable(Variables& to, std::string_view name, std::string_view value) {
  if constexpr (written_by_overload<Variables>) {
    spanwise_set(to, name, value);
  } else if constexpr (writable_texts<Variables>) {
    text_builder both;
    if (!both.reserve(name.size() + 1 + value.size())) return;
    both.append(name);
    both.append('=');
    std::size_t const assigned = both.size();
    both.append(value);
    remove_variables(to, [&](std::string_view one) { return one.starts_with(both.view().substr(0, assigned)); });
    to.emplace_back(both.view());
  } else {
    remove_variables(to, [name](auto const& one) { return std::string_view{one.first} == name; });
    if constexpr (map_of_text<Variables>)
      to.emplace(typename Variables::key_type(name), typename Variables::mapped_type(value));
    else to.emplace_back(name, value);
  }
}

} // namespace detail

/// The environment of a process that is about to be started, as a carrier to inject into: it writes into `variables`,
/// which are a map, pairs, or texts `NAME=value`, the names made those of variables.
///
///     std::vector<std::string> variables;
///     spanwise::inject(spanwise::child_environment{variables});
template <detail::environment_of_child Variables> class child_environment {
public:
  explicit child_environment(Variables& variables) noexcept : variables_{&variables} {}

  friend void spanwise_set(child_environment& to, std::string_view header, std::string_view value) {
    environment_name const name{header};
    if (!name.view().empty()) detail::set_variable(*to.variables_, name.view(), value);
  }

private:
  Variables* variables_;
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/context/log_fields.hpp
//
// The span that log lines belong to, for loggers that take fields: JSON, key-value pairs, the structured data of
// syslog. OpenTelemetry, Trace Context in non-OTLP Log Formats. spanwise/fmt.hpp writes the same into lines of text.

namespace spanwise::inline SPANWISE_ABI {

/// A name and a value, as views.
struct log_field {
  std::string_view name;
  std::string_view value;
};

/// `trace_id`, `span_id` and `trace_flags` of a context, recorded or not; nothing at all without a span. Allocates
/// nothing.
///
///     for (auto [name, value] : spanwise::log_fields{}) line.add(name, value); // of the context that is current
///     syslog_line += spanwise::log_fields{context}.structured_data();
///
/// All views are good as long as the object is.
class log_fields {
public:
  log_fields() noexcept : log_fields{current_context()} {}
  explicit log_fields(context const& of) noexcept : log_fields{of.span()} {}
  explicit log_fields(span_context const& of) noexcept : size_{of.valid() ? sizeof text_ - 1 : 0} {
    detail::write_hex(text_ + trace_id_at, of.trace_id().bytes().data(), trace_id::size);
    detail::write_hex(text_ + span_id_at, of.span_id().bytes().data(), span_id::size);
    unsigned char const flags = of.flags().value;
    detail::write_hex(text_ + trace_flags_at, &flags, 1);
  }

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// 32, 16 and 2 lower-case hexadecimal digits; empty without a span.
  [[nodiscard]] std::string_view trace_id() const noexcept { return part(trace_id_at, 32); }
  [[nodiscard]] std::string_view span_id() const noexcept { return part(span_id_at, 16); }
  [[nodiscard]] std::string_view trace_flags() const noexcept { return part(trace_flags_at, 2); }
  /// The element of RFC 5424, `[opentelemetry trace_id="..." span_id="..." trace_flags="..."]`; empty without a span.
  /// Where it would be the only one, syslog wants `-` instead of nothing.
  [[nodiscard]] std::string_view structured_data() const noexcept { return part(0, size_); }

  class iterator {
  public:
    iterator(log_fields const& of, int at) noexcept : of_{of}, at_{at} {}
    [[nodiscard]] log_field operator*() const noexcept {
      if (at_ == 0) return {"trace_id", of_.trace_id()};
      if (at_ == 1) return {"span_id", of_.span_id()};
      return {"trace_flags", of_.trace_flags()};
    }
    iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    [[nodiscard]] friend bool operator==(iterator const& left, iterator const& right) noexcept {
      return left.at_ == right.at_;
    }

  private:
    log_fields const& of_;
    int at_;
  };
  /// The three fields in this order.
  [[nodiscard]] iterator begin() const noexcept { return {*this, 0}; }
  [[nodiscard]] iterator end() const noexcept { return {*this, empty() ? 0 : 3}; }

private:
  static constexpr std::size_t trace_id_at = sizeof "[opentelemetry trace_id=\"" - 1;
  static constexpr std::size_t span_id_at = trace_id_at + 32 + sizeof "\" span_id=\"" - 1;
  static constexpr std::size_t trace_flags_at = span_id_at + 16 + sizeof "\" trace_flags=\"" - 1;

  [[nodiscard]] std::string_view part(std::size_t from, std::size_t size) const noexcept {
    return {text_ + from, empty() ? 0 : size};
  }

  char text_[trace_flags_at + 2 + sizeof "\"]"] =
      "[opentelemetry trace_id=\"00000000000000000000000000000000\" span_id=\"0000000000000000\" trace_flags=\"00\"]";
  std::size_t size_;
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/context/chosen_formats.hpp
//
// Several formats of which some are chosen when the program runs, such as by OTEL_PROPAGATORS. No call is indirect.

namespace spanwise::inline SPANWISE_ABI::detail {

template <class... Formats> struct format_list {};

/// A list with those of more formats that it has not yet.
template <class List, class... More> struct extended_list;
template <class... Formats> struct extended_list<format_list<Formats...>> {
  using type = format_list<Formats...>;
};
template <class... Formats, class Next, class... More>
struct extended_list<format_list<Formats...>, Next, More...>
    : extended_list<std::conditional_t<(std::same_as<Formats, Next> || ...), format_list<Formats...>,
                                       format_list<Formats..., Next>>,
                    More...> {};

/// The first two are what OpenTelemetry has as the default.
using single_header_formats = format_list<trace_context, w3c_baggage, b3, b3_multi>;

template <class Format>
concept named_format = propagator<Format> && std::default_initializable<Format> && requires {
  { Format::name } -> std::convertible_to<std::string_view>;
  Format::fields();
};

template <std::size_t Count> constexpr bool all_differ(std::array<std::string_view, Count> const& names) noexcept {
  for (std::size_t i = 0; i < Count; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (names[i] == names[j]) return false;
  return true;
}

/// Some of the formats that a program has, by their places among them, each once.
class format_choice {
public:
  static constexpr std::size_t most = 32;

  /// OpenTelemetry's default: tracecontext, baggage.
  [[nodiscard]] static constexpr format_choice by_default() noexcept {
    format_choice chosen;
    chosen.add(0);
    chosen.add(1);
    return chosen;
  }

  [[nodiscard]] constexpr std::uint8_t const* begin() const noexcept { return places_; }
  [[nodiscard]] constexpr std::uint8_t const* end() const noexcept { return places_ + size_; }

  friend constexpr bool operator==(format_choice const&, format_choice const&) noexcept = default;

  /// One more, unless it is there.
  constexpr void add(std::size_t place) noexcept {
    for (std::uint8_t const each : *this)
      if (each == place) return;
    places_[size_++] = static_cast<std::uint8_t>(place);
  }
  [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }

private:
  std::uint8_t places_[most]{};
  std::uint8_t size_{};
};

template <class List> class chosen_formats;

/// A propagator of some of these formats, in an order that is known when the program runs; no call is indirect.
template <class... Formats> class chosen_formats<format_list<Formats...>> : held_format<Formats>... {
  static_assert((named_format<Formats> && ...),
                "spanwise: OTEL_PROPAGATORS chooses among formats that tell what it calls them: give this one a "
                "static constexpr std::string_view name, static fields() and a default constructor.");
  static_assert(sizeof...(Formats) <= format_choice::most);

public:
  static constexpr std::array<std::string_view, sizeof...(Formats)> names{Formats::name...};

  SPANWISE_SMALL explicit chosen_formats(format_choice const& chosen) noexcept : chosen_{chosen} {
    for (std::uint8_t const place : chosen_)
      for (std::string_view const field : fields_of[place]) fields_[field_count_++] = field;
  }

  /// The headers that the chosen formats may write.
  [[nodiscard]] std::span<std::string_view const> fields() const noexcept { return {fields_, field_count_}; }

  template <class Carrier> void inject(context const& from, Carrier& to) const noexcept {
    for (std::uint8_t const place : chosen_) inject_one(place, from, to, std::index_sequence_for<Formats...>{});
  }
  template <class Carrier> [[nodiscard]] context extract(Carrier const& from, context base) const noexcept {
    for (std::uint8_t const place : chosen_) extract_one(place, from, base, std::index_sequence_for<Formats...>{});
    return base;
  }

  /// True if they are what `inject` and `extract` use anyway.
  [[nodiscard]] bool is_built_in() const noexcept { return chosen_ == format_choice::by_default(); }

private:
  static_assert(all_differ(names), "spanwise: two formats have the same name for OTEL_PROPAGATORS.");
  static constexpr std::array<std::span<std::string_view const>, sizeof...(Formats)> fields_of{Formats::fields()...};

  template <class Carrier, std::size_t... Places>
  void inject_one(std::size_t place, context const& from, Carrier& to, std::index_sequence<Places...>) const noexcept {
    ((place == Places ? inject_as(held_format<Formats>::format, from, to) : void()), ...);
  }
  template <class Carrier, std::size_t... Places>
  void extract_one(std::size_t place, Carrier const& from, context& base,
                   std::index_sequence<Places...>) const noexcept {
    ((place == Places ? void(base = extract_as(held_format<Formats>::format, from, std::move(base))) : void()), ...);
  }

  format_choice chosen_;
  std::uint8_t field_count_{};
  std::string_view fields_[(0 + ... + Formats::fields().size())];
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/context/propagator.hpp
//
// Handing a context on in a message, and taking it up from one: inject and extract, over any carrier, with the formats
// named at the call or those of the process. These are W3C trace context and baggage unless `start` was given others;
// they work before it and after shutdown too.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// A propagator behind function pointers, with its state behind it in memory that stays.
struct erased_propagator {
  std::span<std::string_view const> (*fields)(erased_propagator const& self) noexcept;
  void (*inject)(erased_propagator const& self, context const& from, text_map_ref to) noexcept;
  context (*extract)(erased_propagator const& self, text_map_ref from, context base) noexcept;
  mutable erased_propagator const* before{};
};

template <class Format> struct erased : erased_propagator {
  constexpr explicit erased(Format const& given) noexcept(std::is_nothrow_copy_constructible_v<Format>)
      : erased_propagator{[](erased_propagator const& self) noexcept {
                            return std::span<std::string_view const>{static_cast<erased const&>(self).format.fields()};
                          },
                          [](erased_propagator const& self, context const& from, text_map_ref to) noexcept {
                            inject_as(static_cast<erased const&>(self).format, from, to);
                          },
                          [](erased_propagator const& self, text_map_ref from, context base) noexcept {
                            return extract_as(static_cast<erased const&>(self).format, from, std::move(base));
                          }},
        format{given} {}

  Format format;
};

/// The formats of the single header that the environment chose. Their calls are instantiated by who makes them, as
/// those of the formats built in are, not by who starts tracing.
struct chosen_built_in : erased_propagator {
  explicit chosen_built_in(format_choice const& chosen) noexcept
      : erased_propagator{[](erased_propagator const& self) noexcept {
                            return static_cast<chosen_built_in const&>(self).formats.fields();
                          },
                          nullptr, nullptr},
        formats{chosen} {}

  chosen_formats<single_header_formats> formats;
};

inline void inject_installed(erased_propagator const& formats, context const& from, text_map_ref to) noexcept {
  if (formats.inject != nullptr) return formats.inject(formats, from, to);
  static_cast<chosen_built_in const&>(formats).formats.inject(from, to);
}
[[nodiscard]] inline context extract_installed(erased_propagator const& formats, text_map_ref from,
                                               context base) noexcept {
  if (formats.extract != nullptr) return formats.extract(formats, from, std::move(base));
  return static_cast<chosen_built_in const&>(formats).formats.extract(from, std::move(base));
}

struct propagation_state {
  /// The formats of the process; null for the built-in ones.
  atomic<erased_propagator const*> formats{};
  /// All that were ever set: other threads may still use a former one, so none is freed.
  atomic<erased_propagator const*> kept{};
};

SPANWISE_SHARED inline constinit propagation_state propagation{};

} // namespace detail

/// The propagator of the process: what `inject` and `extract` use when no format is named.
struct default_propagator {
  using built_in = composite<trace_context, w3c_baggage>;

  [[nodiscard]] static std::span<std::string_view const> fields() noexcept {
    auto const* const formats = detail::propagation.formats.load(detail::acquire);
    return formats == nullptr ? built_in::fields() : formats->fields(*formats);
  }

  template <class Carrier> void inject(context const& from, Carrier& to) const noexcept {
    auto const* const formats = detail::propagation.formats.load(detail::acquire);
    if (formats == nullptr) return built_in{}.inject(from, to);
    if constexpr (writable_carrier<Carrier>) detail::inject_installed(*formats, from, text_map_ref{to});
  }

  template <class Carrier> [[nodiscard]] context extract(Carrier const& from, context base) const noexcept {
    auto const* const formats = detail::propagation.formats.load(detail::acquire);
    if (formats == nullptr) return built_in{}.extract(from, std::move(base));
    if constexpr (readable_carrier<Carrier>) return detail::extract_installed(*formats, text_map_ref{from}, std::move(base));
    return base;
  }
};
static_assert(propagator<default_propagator>);

/// Makes W3C trace context and baggage the propagator of the process again.
inline void reset_default_propagator() noexcept {
  detail::propagation.formats.store(nullptr, detail::release);
}

namespace detail {

/// Makes a propagator that was made with `new` that of the process, and keeps it.
inline void install_propagator(erased_propagator* made) noexcept {
  if (made == nullptr)
    return report(severity::error, "propagator",
                  "the propagators stay what they were: there is no memory for those that were given, or they threw "
                  "while they were copied");
  made->before = propagation.kept.load(relaxed);
  erased_propagator const* const kept = made;
  while (!propagation.kept.compare_exchange(made->before, kept, release, relaxed)) {}
  propagation.formats.store(kept, release);
}

} // namespace detail

/// Makes `formats` the propagator of the process, from now on and for all threads; a composite<> of none turns it off.
///
/// A copy is kept until the process ends. Without memory for it, or if copying throws, nothing changes, and a
/// diagnostic says so.
template <propagator Formats> void set_default_propagator(Formats const& formats) noexcept {
  // Formats that were chosen when the program ran may have come out as those built in, which cost less.
  if constexpr (requires { formats.is_built_in(); })
    if (formats.is_built_in()) return reset_default_propagator();
  detail::erased<Formats>* made = nullptr;
  static_cast<void>(detail::contain([&] { made = new (std::nothrow) detail::erased<Formats>{formats}; }));
  detail::install_propagator(made);
}

/// Writes a context into the headers of an outgoing message, so that its receiver can continue the trace.
///
/// Headers of the same name are replaced. A context without a span writes no trace headers. `to` is anything that
/// context/carrier.hpp describes; without `formats` those of the process are used. Never throws.
template <class Carrier, propagator... Formats>
void inject(context const& from, Carrier&& to, Formats const&... formats) noexcept {
  if constexpr (sizeof...(Formats) == 0) default_propagator{}.inject(from, to);
  else (detail::inject_as(formats, from, to), ...);
}

/// Writes the current context into the headers of an outgoing message.
template <class Carrier, propagator... Formats>
  requires(!std::convertible_to<Carrier&, context const&>)
void inject(Carrier&& to, Formats const&... formats) noexcept {
  spanwise::inject(current_context(), to, formats...);
}

/// Reads the caller's context from the headers of a message; an empty context if they hold none.
///
/// Give it to a span as its parent, or attach it. A malformed header counts as absent (W3C Trace Context, 4.3: start a
/// new trace), and so do two traceparent headers. Names match without regard to case. Never throws.
template <class Carrier, propagator... Formats>
[[nodiscard]] context extract(Carrier const& from, Formats const&... formats) noexcept {
  if constexpr (sizeof...(Formats) == 0) return default_propagator{}.extract(from, context{});
  else return detail::extract_in_turn(from, context{}, formats...);
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/detail/sequence.hpp
//
// Searching and sorting for what is drawn and told, not for what has to be fast: <algorithm> is dear to include.

namespace spanwise::inline SPANWISE_ABI::detail {

template <class Values, class Value> [[nodiscard]] constexpr bool contains(Values const& values, Value const& wanted) {
  for (auto const& each : values)
    if (each == wanted) return true;
  return false;
}

/// The first place of sorted values at which `before(value)` is false; their number if there is none.
template <class Values, class Before> [[nodiscard]] std::size_t first_not(Values const& values, Before const& before) {
  std::size_t low = 0;
  for (std::size_t high = values.size(); low < high;) {
    std::size_t const middle = low + (high - low) / 2;
    if (before(values[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}

/// True if sorted values have one like this.
template <class Values, class Value> [[nodiscard]] bool sorted_contains(Values const& values, Value const& wanted) {
  std::size_t const at = first_not(values, [&](auto const& each) { return each < wanted; });
  return at != values.size() && values[at] == wanted;
}

/// Sorts; what is equal keeps its order.
template <class Value, class Less> void sort_stably(std::vector<Value>& values, Less const& less) {
  std::vector<Value> merged(values.size());
  for (std::size_t run = 1; run < values.size(); run *= 2) {
    for (std::size_t begin = 0; begin < values.size(); begin += 2 * run) {
      std::size_t const middle = begin + run < values.size() ? begin + run : values.size();
      std::size_t const end = middle + run < values.size() ? middle + run : values.size();
      std::size_t left = begin;
      std::size_t right = middle;
      for (std::size_t at = begin; at < end; ++at) {
        bool const take_right = left == middle || (right < end && less(values[right], values[left]));
        merged[at] = values[take_right ? right++ : left++];
      }
    }
    values.swap(merged);
  }
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/core/time.hpp
//
// Points in time as spanwise takes and gives them, without the cost of <chrono>.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// A number without its fraction; what 64 bits cannot count is cut, and zero where it is no number.
constexpr std::int64_t cut_to_64_bits(long double exact) noexcept {
  constexpr long double bound = 9'223'372'036'854'775'808.0L;
  if (exact >= bound) return INT64_MAX;
  if (exact >= -bound) return static_cast<std::int64_t>(exact);
  return exact < -bound ? INT64_MIN : 0;
}

/// So many periods of so many seconds in nanoseconds; what they cannot count is cut, and zero where it is no number.
template <class Period, class Count> constexpr std::int64_t in_nanoseconds(Count count) noexcept {
  constexpr std::int64_t earliest = INT64_MIN;
  constexpr std::int64_t latest = INT64_MAX;
  constexpr std::intmax_t second = 1'000'000'000;
  if constexpr (std::integral<Count> && sizeof(Count) <= sizeof(std::int64_t) && second % Period::den == 0 &&
                Period::num <= latest / (second / Period::den)) {
    constexpr std::int64_t factor = Period::num * (second / Period::den);
    if constexpr (std::unsigned_integral<Count>) {
      if (count > static_cast<std::uint64_t>(latest)) return latest;
    }
    auto const whole = static_cast<std::int64_t>(count);
    if (whole > latest / factor) return latest;
    return whole < earliest / factor ? earliest : whole * factor;
  } else {
    return cut_to_64_bits(static_cast<long double>(count) * Period::num * second / Period::den);
  }
}

} // namespace detail

/// Nanoseconds since 1970-01-01 UTC; converts from whatever has time_since_epoch(), such as
/// std::chrono::system_clock's.
///
/// A clock with another epoch (steady_clock) converts too, but names another instant. Range: years 1677 to 2262; what
/// lies outside becomes the first or the last instant of it, and a count that is no number the zero.
struct time_point {
  std::int64_t unix_ns{};

  constexpr time_point() noexcept = default;
  constexpr explicit time_point(std::int64_t nanoseconds) noexcept : unix_ns{nanoseconds} {}

  template <class TimePoint>
  requires requires(TimePoint const& point) {
    {point.time_since_epoch().count()};
    TimePoint::duration::period::num;
  }
  constexpr time_point(TimePoint const& point) noexcept
      : unix_ns{detail::in_nanoseconds<typename TimePoint::duration::period>(point.time_since_epoch().count())} {}

  friend constexpr bool operator==(time_point, time_point) noexcept = default;
  friend constexpr std::strong_ordering operator<=>(time_point left, time_point right) noexcept {
    return left.unix_ns <=> right.unix_ns;
  }
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/core/duration.hpp
//
// Lengths of time and deadlines, without the cost of <chrono>: what is given as a std::chrono type converts, and these
// convert to what std::chrono's functions take.

namespace spanwise::inline SPANWISE_ABI {

/// A length of time; converts from any std::chrono::duration and to them. What 292 years don't hold is cut to that.
struct duration {
  std::int64_t ns{};

  constexpr duration() noexcept = default;
  constexpr explicit duration(std::int64_t nanoseconds) noexcept : ns{nanoseconds} {}
  template <class Given>
  requires requires(Given const& given) {
    given.count();
    Given::period::num;
  }
  constexpr duration(Given const& given) noexcept : ns{detail::in_nanoseconds<typename Given::period>(given.count())} {}

  template <class Wanted>
  requires requires {
    typename Wanted::rep;
    Wanted::period::num;
  }
  constexpr operator Wanted() const noexcept {
    using count = typename Wanted::rep;
    using period = typename Wanted::period;
    if constexpr (static_cast<count>(1) / 2 != 0) {
      return Wanted{static_cast<count>(ns) * period::den / period::num / 1'000'000'000};
    } else {
      using limits = std::numeric_limits<count>;
      constexpr bool narrower = std::cmp_greater(limits::min(), INT64_MIN);
      constexpr bool shorter = std::cmp_less(limits::max(), INT64_MAX);
      constexpr std::int64_t least = narrower ? static_cast<std::int64_t>(limits::min()) : INT64_MIN;
      constexpr std::int64_t most = shorter ? static_cast<std::int64_t>(limits::max()) : INT64_MAX;
      std::int64_t const whole = in_periods<period>(ns);
      return Wanted{static_cast<count>(whole < least ? least : whole > most ? most : whole)};
    }
  }

private:
  template <class Period> static constexpr std::int64_t in_periods(std::int64_t nanoseconds) noexcept {
    constexpr std::intmax_t second = 1'000'000'000;
    if constexpr (second % Period::den == 0) return nanoseconds / Period::num / (second / Period::den);
    return detail::cut_to_64_bits(static_cast<long double>(nanoseconds) * Period::den / Period::num / second);
  }

public:
  friend constexpr bool operator==(duration, duration) noexcept = default;
  friend constexpr std::strong_ordering operator<=>(duration left, duration right) noexcept {
    return left.ns <=> right.ns;
  }
  friend constexpr duration operator/(duration whole, std::int64_t parts) noexcept {
    return duration{whole.ns == INT64_MIN && parts == -1 ? INT64_MAX : whole.ns / parts};
  }
};

namespace detail {

constexpr duration milliseconds(std::int64_t count) noexcept {
  return duration{count * 1'000'000};
}
constexpr duration seconds(std::int64_t count) noexcept {
  return duration{count * 1'000'000'000};
}

/// A century: what people mean by durations that no clock can add up.
inline constexpr duration longest_wait = seconds(std::int64_t{3600} * 24 * 365 * 100);

/// A duration between nothing and a century; what is outside, or no number, is the nearer of the two.
[[nodiscard]] constexpr duration bounded_wait(duration time) noexcept {
  if (time > longest_wait) return longest_wait;
  return time.ns > 0 ? time : duration{};
}

} // namespace detail

/// The moment by which a call has to return; converts from the time points of std::chrono::steady_clock, and to them.
/// Those of another steady clock convert too, but name another moment where its epoch is another.
///
/// An exporter may take its deadline as either; functions of std::chrono that take any clock's want that one.
class deadline {
public:
  constexpr deadline() noexcept = default;
  template <class TimePoint>
  requires TimePoint::clock::is_steady constexpr deadline(TimePoint const& moment) noexcept
      : ns_{duration{moment.time_since_epoch()}.ns} {}

  /// No bound at all.
  [[nodiscard]] static constexpr deadline max() noexcept { return deadline{INT64_MAX}; }
  [[nodiscard]] static deadline now() noexcept { return deadline{detail::steady_ns()}; }
  /// So long from now, between now and in a century.
  [[nodiscard]] static deadline in(duration time) noexcept { return now() + detail::bounded_wait(time); }

  /// Nanoseconds of the steady clock.
  [[nodiscard]] constexpr std::int64_t steady_ns() const noexcept { return ns_; }

  template <class TimePoint>
  requires TimePoint::clock::is_steady constexpr operator TimePoint() const noexcept {
    return TimePoint{static_cast<typename TimePoint::duration>(duration{ns_})};
  }

  friend constexpr bool operator==(deadline, deadline) noexcept = default;
  friend constexpr std::strong_ordering operator<=>(deadline left, deadline right) noexcept {
    return left.ns_ <=> right.ns_;
  }
  // What 64 bits cannot count is the nearest that they can.
  friend constexpr deadline operator+(deadline from, duration time) noexcept {
    if (time.ns > 0) return from.ns_ > INT64_MAX - time.ns ? max() : deadline{from.ns_ + time.ns};
    return deadline{from.ns_ < INT64_MIN - time.ns ? INT64_MIN : from.ns_ + time.ns};
  }
  friend constexpr deadline operator-(deadline from, duration time) noexcept {
    return from + duration{time.ns == INT64_MIN ? INT64_MAX : -time.ns};
  }
  friend constexpr duration operator-(deadline to, deadline from) noexcept {
    return duration{(to + duration{from.ns_ == INT64_MIN ? INT64_MAX : -from.ns_}).ns_};
  }
  template <class TimePoint>
  requires TimePoint::clock::is_steady friend constexpr typename TimePoint::duration
  operator-(deadline to, TimePoint const& from) noexcept {
    return to - deadline{from};
  }

private:
  constexpr explicit deadline(std::int64_t nanoseconds) noexcept : ns_{nanoseconds} {}

  std::int64_t ns_{};
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/detail/joined.hpp
//
// Puts sentences together. One call for a whole sentence: chains of operator+ take a hundred bytes of code for each
// piece, and sentences of diagnostics are the largest part of what nobody hopes to run.

namespace spanwise::inline SPANWISE_ABI::detail {

/// A piece of a sentence: text, or a whole number. Two words of memory, since calls are made of many of these.
class word {
public:
  template <std::size_t Size>
  constexpr word(char const (&literal)[Size]) noexcept : text_{literal}, size_or_number_{Size - 1} {}
  constexpr word(std::string_view text) noexcept : text_{text.data()}, size_or_number_{text.size()} {}
  word(std::string const& text) noexcept : text_{text.data()}, size_or_number_{text.size()} {}
  template <std::integral Number>
  constexpr word(Number number) noexcept
      : text_{number < 0 ? &minus : &no_sign}, size_or_number_{number < 0 ? 0 - static_cast<std::uint64_t>(number)
                                                                          : static_cast<std::uint64_t>(number)} {}

  SPANWISE_SMALL void append_to(std::string& sentence) const {
    if (text_ != &minus && text_ != &no_sign) {
      if (size_or_number_ != 0) sentence.append(text_, size_or_number_);
      return;
    }
    char digits[20];
    char* at = digits + sizeof digits;
    std::uint64_t left = size_or_number_;
    do *--at = static_cast<char>('0' + left % 10);
    while ((left /= 10) != 0);
    if (text_ == &minus) sentence += minus;
    sentence.append(at, static_cast<std::size_t>(digits + sizeof digits - at));
  }

private:
  // Numbers point at one of these instead of at text.
  static constexpr char no_sign = '+';
  static constexpr char minus = '-';

  char const* text_{};
  std::uint64_t size_or_number_;
};

/// All pieces, one behind the other.
SPANWISE_COLD std::string joined(std::initializer_list<word> words) {
  std::string sentence;
  for (word const& each : words) each.append_to(sentence);
  return sentence;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/core/sentence.hpp
//
// Diagnostics that are put together of pieces: names, numbers, what somebody answered. Back half only.
// A call with the pieces is small where it stands, and most of the library's sentences are never told.

namespace spanwise::inline SPANWISE_ABI::detail {

/// As report(), of a sentence in pieces; false if it was not told. Never throws: without memory for it, it is not told.
SPANWISE_COLD bool tell(severity level, std::string_view cause, std::initializer_list<word> pieces) noexcept {
  return contain([&] { return try_report(level, cause, joined(pieces)); }, false);
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/detail/decimal.hpp
//
// Reads a floating-point number from text, with a decimal point whatever the locale is.
// By strtod_l, because <charconv> of libc++ 14 reads no floating point.

namespace spanwise::inline SPANWISE_ABI::detail {

/// The number that all of `text` is, plain (`.5`) or with an exponent (`5e-1`); nothing else: no hexadecimal digits, no
/// infinity by name. One too large to be held is infinity.
inline std::optional<double> read_decimal(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789.eE+-") != text.npos) return std::nullopt;
  locale_t const plain = newlocale(LC_ALL_MASK, "C", locale_t{});
  if (plain == locale_t{}) return std::nullopt;
  std::string const copy{text};
  char* end = nullptr;
  double const number = strtod_l(copy.c_str(), &end, plain);
  freelocale(plain);
  return end == copy.c_str() + copy.size() ? std::optional{number} : std::nullopt;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/detail/whole_number.hpp
//
// Whole numbers read from text: what std::from_chars does, without what <charconv> costs to include.

namespace spanwise::inline SPANWISE_ABI::detail {

/// A number at the front of a text, as std::from_chars reads it.
struct whole_number {
  std::int64_t value{};
  std::size_t size{}; ///< characters that it takes; 0: there is none
  bool fits = true;   ///< false if it is beyond 64 bits
};

constexpr whole_number read_whole_number(std::string_view text) noexcept {
  whole_number read;
  bool const negative = !text.empty() && text.front() == '-';
  std::size_t const begin = negative ? 1 : 0;
  std::uint64_t const most = static_cast<std::uint64_t>(INT64_MAX) + (negative ? 1 : 0);
  std::uint64_t size = 0;
  std::size_t at = begin;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    auto const digit = static_cast<std::uint64_t>(text[at] - '0');
    read.fits = read.fits && size <= (most - digit) / 10;
    size = read.fits ? size * 10 + digit : size;
  }
  read.value = static_cast<std::int64_t>(negative ? 0 - size : size);
  if (at != begin) read.size = at;
  return read;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/core/environment.hpp
//
// The OTEL_* variables, read the way the OpenTelemetry specification asks: empty means unset, blanks around a value go,
// and a value that makes no sense gives one diagnostic and counts as unset. Back half only: start-up reads them once.

namespace spanwise::inline SPANWISE_ABI {

/// Names and values in the order they were written.
using key_values = std::vector<std::pair<std::string, std::string>>;

/// What one bad pair does to a list of key=value pairs.
enum class bad_pair : std::uint8_t {
  discards_list, ///< resource attributes: all of the list is ignored; keys are percent-decoded too
  is_skipped     ///< headers: the other pairs count; keys are header names as written
};

namespace detail {

/// What the name of a header field is made of (RFC 9110, 5.6.2).
inline constexpr char_set header_name{"!!#'**++-.09AZ^z||~~"};

/// Equal but for the case of ASCII letters.
constexpr bool same_letters(std::string_view one, std::string_view other) noexcept {
  auto const lower = [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  };
  if (one.size() != other.size()) return false;
  for (std::size_t at = 0; at < one.size(); ++at)
    if (lower(one[at]) != lower(other[at])) return false;
  return true;
}

/// Without blanks and line ends at both ends; values that come out of files often end in one.
SPANWISE_SMALL constexpr std::string_view stripped(std::string_view text) noexcept {
  std::size_t const first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Walks the items between commas.
class comma_list {
public:
  explicit comma_list(std::string_view list) noexcept : rest_{list} {}

  /// Reads the next item, trimmed and perhaps empty; false if there is none.
  SPANWISE_SMALL bool next(std::string_view& item) noexcept {
    if (over_) return false;
    std::size_t const end = rest_.find(',');
    item = trimmed(rest_.substr(0, end));
    over_ = end == rest_.npos;
    if (!over_) rest_.remove_prefix(end + 1);
    return true;
  }

private:
  std::string_view rest_;
  bool over_ = false;
};

/// Lengthens an enumeration; of one that is long already it only says that there is more.
SPANWISE_COLD void add_item(std::string& list, std::string_view item) {
  constexpr std::size_t long_already = 400;
  if (list.size() > long_already) item = "...";
  if (list.ends_with("...") && item == "...") return;
  if (!list.empty()) list += ", ";
  list += item;
}

/// Foreign text as a diagnostic shows it: at most `most` bytes, then `...`; well-formed, without control characters.
SPANWISE_COLD std::string shown(std::string_view value, std::size_t most = 80) {
  std::string text;
  for (std::string_view left = truncate_bytes(value, most); !left.empty();) text += repaired_piece(left);
  bool const cut = value.size() > most || text.size() > most; // repaired, it may have grown
  text.resize(truncate_bytes(text, most).size());
  for (char& letter : text)
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = '?';
  if (cut) text += "...";
  return text;
}

} // namespace detail

/// The process's variables, as they were when it was made, or a fixed set for a test. Nothing here throws.
///
///     auto const delay = environment::process().milliseconds("OTEL_BSP_SCHEDULE_DELAY").value_or(5000ms);
class environment {
public:
  /// Exactly these variables; none by default.
  environment(std::initializer_list<std::pair<std::string_view, std::string_view>> variables = {})
      : fixed_(variables.begin(), variables.end()) {}
  explicit environment(key_values variables) noexcept : fixed_{std::move(variables)} {}

  /// The variables that this process has now. As with getenv, no thread may change them meanwhile.
  [[nodiscard]] SPANWISE_SMALL static environment process() noexcept {
    environment now;
    detail::contain([&] {
      for (char const* const* at = detail::process_variables(); at != nullptr && *at != nullptr; ++at)
        now.lines_.append(*at).append(1, '\0');
    });
    return now;
  }

  /// The same without the variables that begin with OTEL_.
  [[nodiscard]] SPANWISE_SMALL environment without_otel() const {
    environment others = *this;
    others.hides_otel_ = true;
    return others;
  }

  /// The value without the blanks around it; nothing if unset or empty.
  [[nodiscard]] SPANWISE_SMALL std::optional<std::string> text(std::string_view name) const noexcept {
    return detail::contain([&] { return read(name); }, std::nullopt);
  }

  /// The value as it is, blanks included; empty if unset.
  [[nodiscard]] SPANWISE_SMALL std::string verbatim(std::string_view name) const noexcept {
    return detail::contain([&] { return std::string{find(name)}; }, std::string{});
  }

  /// True only for `true`, in any case of letters; other words are false, with a diagnostic unless it is `false`.
  [[nodiscard]] SPANWISE_SMALL std::optional<bool> boolean(std::string_view name) const noexcept {
    auto const value = text(name);
    if (!value) return std::nullopt;
    if (detail::same_letters(*value, "true")) return true;
    if (!detail::same_letters(*value, "false")) tell(name, *value, {" is neither true nor false; it counts as false"});
    return false;
  }

  /// A decimal whole number from `least` to `most`.
  [[nodiscard]] SPANWISE_SMALL std::optional<std::int64_t> integer(std::string_view name, std::int64_t least = 0,
                                                                   std::int64_t most = INT64_MAX) const noexcept {
    auto const value = text(name);
    if (!value) return std::nullopt;
    detail::whole_number const read = detail::read_whole_number(*value);
    if (read.size != value->size()) return tell(name, *value, {" is not a whole number; it is ignored"});
    bool const positive = least < 0 || value->front() != '-'; // -0 is no such number either
    if (read.fits && positive && read.value >= least && read.value <= most) return read.value;
    return tell(name, *value, {" is out of range (", least, " to ", most, "); it is ignored"});
  }

  /// A duration, written as a whole number of milliseconds; more than a century is cut to that.
  [[nodiscard]] SPANWISE_SMALL std::optional<duration> milliseconds(std::string_view name) const noexcept {
    std::int64_t constexpr century = detail::longest_wait.ns / 1'000'000;
    if (auto const count = integer(name)) return detail::milliseconds(std::min(century, *count));
    return std::nullopt;
  }

  /// A number from 0 to 1, with a decimal point whatever the locale; `.5` and `5e-1` are fine.
  [[nodiscard]] SPANWISE_SMALL std::optional<double> ratio(std::string_view name) const noexcept {
    auto const value = text(name);
    if (!value) return std::nullopt;
    auto const number = detail::contain([&] { return detail::read_decimal(*value); }, std::nullopt);
    if (number && value->front() != '-' && *number >= 0 && *number <= 1) return number;
    return tell(name, *value, {" is not a number from 0 to 1; it is ignored"});
  }

  /// The one of `known` that the variable names, in any case of letters.
  [[nodiscard]] SPANWISE_SMALL std::optional<std::string_view>
  choice(std::string_view name, std::initializer_list<std::string_view> known) const noexcept {
    auto const value = text(name);
    if (!value) return std::nullopt;
    for (std::string_view const candidate : known)
      if (detail::same_letters(*value, candidate)) return candidate;
    detail::contain([&] {
      std::string names;
      for (std::string_view const candidate : known) detail::add_item(names, candidate);
      tell(name, *value, {" is unknown (known: ", names, "); it is ignored"});
    });
    return std::nullopt;
  }

  /// The items between commas, trimmed, empty ones left out; nothing if there are none.
  [[nodiscard]] SPANWISE_SMALL std::optional<std::vector<std::string>> list(std::string_view name) const noexcept {
    std::vector<std::string> items;
    bool const read = detail::contain([&] { read_list(name, items); });
    return read && !items.empty() ? std::optional{std::move(items)} : std::nullopt;
  }

  /// Pairs `key=value` between commas, values percent-decoded; a repeated key keeps its last value.
  ///
  /// Diagnostics name the bad pair by its position and never show it: such lists hold credentials.
  [[nodiscard]] SPANWISE_SMALL std::optional<key_values> key_value_list(std::string_view name,
                                                                        bad_pair policy) const noexcept {
    key_values pairs;
    bool const good = detail::contain([&] { read_pairs(name, policy, pairs); });
    return good && !pairs.empty() ? std::optional{std::move(pairs)} : std::nullopt;
  }

  /// Adds `key=value`, which wins over an earlier pair of this key; false if it is no such thing.
  SPANWISE_SMALL static bool read_pair(std::string_view item, bad_pair policy, key_values& pairs) {
    detail::char_set constexpr control{std::string_view{"\0\x8\xa\x1f\x7f\x7f", 6}};
    std::size_t const equals = item.find('=');
    if (equals == item.npos || equals == 0) return false;
    std::string key{detail::trimmed(item.substr(0, equals))};
    std::string value{detail::trimmed(item.substr(equals + 1))};
    if (key.empty() || !decode(value)) return false;
    if (policy == bad_pair::is_skipped) {
      for (char const byte : value)
        if (control.has(byte)) return false;
      if (!detail::header_name.has_all(key)) return false;
    } else if (!decode(key) || item.find('=', equals + 1) != item.npos) {
      return false;
    }
    for (auto& [present, old] : pairs)
      if (present == key) {
        old.swap(value);
        return true;
      }
    pairs.emplace_back(std::move(key), std::move(value));
    return true;
  }

private:
  [[nodiscard]] SPANWISE_SMALL std::string_view find(std::string_view name) const {
    std::string_view found;
    if (hides_otel_ && name.starts_with("OTEL_")) return found;
    for (auto const& [key, value] : fixed_)
      if (key == name) found = value;
    for (std::size_t from = 0, end = 0; found.empty(); from = end + 1) {
      end = lines_.find('\0', from);
      if (end == lines_.npos) break; // what has no end was not read to its end
      std::string_view const line = std::string_view{lines_}.substr(from, end - from);
      if (line.size() > name.size() && line[name.size()] == '=' && line.starts_with(name))
        found = line.substr(name.size() + 1);
    }
    return found;
  }

  [[nodiscard]] SPANWISE_SMALL std::optional<std::string> read(std::string_view name) const {
    std::string_view const found = detail::stripped(find(name));
    return found.empty() ? std::nullopt : std::optional<std::string>{found};
  }

  SPANWISE_SMALL void read_list(std::string_view name, std::vector<std::string>& items) const {
    std::optional<std::string> const value = read(name);
    if (!value) return;
    detail::comma_list list{*value};
    for (std::string_view item; list.next(item);)
      if (!item.empty()) items.emplace_back(item);
  }

  SPANWISE_SMALL void read_pairs(std::string_view name, bad_pair policy, key_values& pairs) const {
    std::optional<std::string> const value = read(name);
    if (!value) return;
    int position = 0;
    int first_bad = 0;
    detail::comma_list list{*value};
    for (std::string_view item; list.next(item);) {
      ++position;
      if (!read_pair(item, policy, pairs) && first_bad == 0) first_bad = position;
    }
    if (first_bad == 0) return;
    bool const all = policy == bad_pair::discards_list;
    if (all) pairs.clear();
    detail::tell(severity::warning, name,
                 {name, ": entry ", first_bad, " is not key=value with a percent-encoded value; ",
                  all ? std::string_view{"the whole list is ignored"} : "it is skipped"});
  }

  SPANWISE_COLD static std::nullopt_t tell(std::string_view name, std::string_view value,
                                           std::initializer_list<detail::word> what) noexcept {
    detail::contain([&] {
      detail::tell(severity::warning, name, {name, "=", detail::shown(value), detail::joined(what)});
    });
    return std::nullopt;
  }

  /// Percent-decodes; false if a `%` lacks its two digits or the result is not UTF-8.
  SPANWISE_SMALL static bool decode(std::string& text) {
    auto const size = detail::percent_decode_strict(text.data(), text);
    if (!size) return false;
    text.resize(*size);
    return detail::valid_utf8(text);
  }

  key_values fixed_;
  std::string lines_; ///< of the process: NAME=value, each ended by a zero
  bool hides_otel_ = false;
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/core/record.hpp
//
// One finished span as it lies in memory between the front half that wrote it and the back half that sends it:
// an OTLP Span message, framed so that a run of them can be copied into an ExportTraceServiceRequest as it is.

namespace spanwise::inline SPANWISE_ABI {

/// A finished span: a view of an encoded OTLP Span message and the index of its instrumentation scope.
///
/// The four bytes before `message` are its frame: the tag of ScopeSpans.spans and the length as a three-byte varint.
struct record {
  static constexpr std::size_t frame_size = 4;
  static constexpr std::uint32_t max_size = (1U << 21) - 1;
  /// A key, the name or the status may occur more than once; the pipeline resolves that before anyone else looks.
  static constexpr std::uint16_t overwrites = 1;
  /// Some text was not seen to be ASCII, so it may not be UTF-8; the pipeline looks at it, as above.
  static constexpr std::uint16_t unchecked_text = 2;

  std::byte const* message{};
  std::uint32_t size{};
  std::uint16_t scope{};
  std::uint16_t flags{};

  [[nodiscard]] std::span<std::byte const> bytes() const noexcept { return {message, size}; }
  [[nodiscard]] std::span<std::byte const> framed() const noexcept { return {message - frame_size, size + frame_size}; }
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/core/kind.hpp
//
// The two small enumerations of a span: what role it plays in a call, and how it went.

namespace spanwise::inline SPANWISE_ABI {

/// The role of a span in a call (OpenTelemetry, trace API, SpanKind).
enum class span_kind : std::uint8_t { internal, server, client, producer, consumer };

namespace detail {
/// The number of a kind in OTLP; one byte long whatever a caller has cast to a span_kind.
constexpr unsigned char wire_kind(span_kind kind) noexcept {
  return kind > span_kind::consumer ? 1 : static_cast<unsigned char>(static_cast<unsigned char>(kind) + 1);
}
} // namespace detail

/// How the work of a span went. Rank: ok over error over unset; the wire numbers are OTLP's.
enum class status_code : std::uint8_t { unset, ok, error };

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/core/wire_reader.hpp
//
// Walks the fields of one protobuf message, in whatever order and however wastefully their numbers are encoded.
// Safe on any bytes: a malformed or truncated field ends the walk, what stood before it counts.

namespace spanwise::inline SPANWISE_ABI::detail {

enum class wire_type : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

/// One field as it stands in a message. `integer` holds the value of the three number types, `bytes` that of the
/// fourth.
struct wire_field {
  std::uint32_t number{};
  wire_type type{};
  std::uint64_t integer{};
  std::span<std::byte const> bytes{};

  [[nodiscard]] bool is(std::uint32_t wanted, wire_type as) const noexcept { return number == wanted && type == as; }
  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
  }
};

/// Reads a varint of at most ten bytes and moves `at` behind it; false (and `at` anywhere) if it is cut off or longer.
SPANWISE_INLINE bool read_varint(std::byte const*& at, std::byte const* end, std::uint64_t& value) noexcept {
  if (at != end && static_cast<std::uint8_t>(*at) < 0x80) [[likely]] {
    value = static_cast<std::uint8_t>(*at++);
    return true;
  }
  std::uint64_t sum = 0;
  for (unsigned shift = 0; at != end && shift < 70; shift += 7) {
    auto const next = static_cast<std::uint8_t>(*at++);
    sum |= std::uint64_t{next & 0x7fU} << shift;
    if (next < 0x80) {
      value = sum;
      return true;
    }
  }
  return false;
}

/// Moves over a message field by field.
class wire_reader {
public:
  constexpr wire_reader() noexcept = default;
  explicit wire_reader(std::span<std::byte const> message) noexcept
      : at_{message.data()}, end_{message.data() + message.size()} {}

  /// Reads the next field; false at the end of the message or at the first malformed field.
  SPANWISE_INLINE bool next(wire_field& field) noexcept {
    if (at_ == end_) return false;
    std::uint64_t tag{};
    if (!read_varint(at_, end_, tag) || tag < 8 || tag > UINT32_MAX) return fail();
    field.number = static_cast<std::uint32_t>(tag >> 3);
    field.type = static_cast<wire_type>(tag & 7);
    if (field.type == wire_type::bytes) {
      std::uint64_t size{};
      if (!read_varint(at_, end_, size) || size > left()) return fail();
      field.bytes = std::span<std::byte const>(at_, size);
      at_ += size;
      return true;
    }
    if (field.type == wire_type::varint) return read_varint(at_, end_, field.integer) || fail();
    if (field.type == wire_type::fixed64) return read_fixed<std::uint64_t>(field);
    if (field.type == wire_type::fixed32) return read_fixed<std::uint32_t>(field);
    return fail(); // groups, wire types 3 and 4, were never part of OTLP
  }

  /// The same as a call, for who is in no hurry.
  SPANWISE_COLD bool read_next(wire_field& field) noexcept { return next(field); }

  /// Where the next field begins.
  [[nodiscard]] std::byte const* position() const noexcept { return at_; }
  /// True if the walk ended before the message did.
  [[nodiscard]] bool failed() const noexcept { return failed_; }

private:
  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  template <class Number> SPANWISE_INLINE bool read_fixed(wire_field& field) noexcept {
    if (left() < sizeof(Number)) return fail();
    Number number{};
    std::memcpy(&number, at_, sizeof number);
    field.integer = number;
    at_ += sizeof number;
    return true;
  }

  bool fail() noexcept {
    at_ = end_;
    failed_ = true;
    return false;
  }

  std::byte const* at_{};
  std::byte const* end_{};
  bool failed_{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/core/value_view.hpp
//
// Reads attribute values and attributes straight from their encoded bytes, OTLP's AnyValue and KeyValue messages.
// The views point into those bytes and copy nothing; they live as long as the bytes do.
// Safe on any input: what is malformed reads as absent, and of a field that occurs twice the last occurrence counts.

namespace spanwise::inline SPANWISE_ABI {

/// What a value is. `empty` is the value that stands for null.
enum class value_type : std::uint8_t { empty, string, boolean, integer, floating, array, map, bytes };

namespace detail {

/// The first field of this number, a message itself, between two places of a message; of no data if there is none.
inline std::span<std::byte const> next_element(std::byte const* from, std::byte const* end,
                                               std::uint32_t number) noexcept {
  wire_reader reader{{from, static_cast<std::size_t>(end - from)}};
  for (wire_field field; reader.next(field);)
    if (field.is(number, wire_type::bytes)) return field.bytes;
  return {};
}

} // namespace detail

/// The elements of one repeated field, decoded as they are walked; a forward range whose iterators give views by value.
template <class View> class view_range {
public:
  class iterator {
  public:
    using value_type = View;
    using difference_type = std::ptrdiff_t;

    constexpr iterator() noexcept = default;
    iterator(std::byte const* from, std::byte const* end, std::uint32_t number) noexcept
        : element_{detail::next_element(from, end, number)}, end_{end}, number_{number} {}
    [[nodiscard]] View operator*() const noexcept { return View{element_}; }
    iterator& operator++() noexcept {
      element_ = detail::next_element(element_.data() + element_.size(), end_, number_);
      return *this;
    }
    iterator operator++(int) noexcept {
      iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(iterator const& left, iterator const& right) noexcept {
      return left.element_.data() == right.element_.data();
    }

  private:
    std::span<std::byte const> element_{}; // of no data at the end; an empty element still points into the message
    std::byte const* end_{};
    std::uint32_t number_{};
  };

  constexpr view_range() noexcept = default;
  view_range(std::span<std::byte const> message, std::uint32_t number) noexcept : message_{message}, number_{number} {}

  [[nodiscard]] iterator begin() const noexcept {
    return {message_.data(), message_.data() + message_.size(), number_};
  }
  [[nodiscard]] iterator end() const noexcept { return {}; }
  [[nodiscard]] bool empty() const noexcept { return begin() == end(); }
  /// The number of elements; walks them.
  [[nodiscard]] std::size_t size() const noexcept {
    std::size_t count = 0;
    for (iterator at = begin(); at != end(); ++at) ++count;
    return count;
  }

private:
  std::span<std::byte const> message_{};
  std::uint32_t number_{};
};

struct attribute_view;

/// The value of an attribute, an element of an array or an entry of a map: an OTLP AnyValue.
///
/// Each as_ function gives the value if it is of that type, and nothing (zero, false, an empty view) otherwise.
class value_view {
public:
  constexpr value_view() noexcept = default;
  explicit value_view(std::span<std::byte const> message) noexcept {
    detail::wire_reader reader{message};
    for (detail::wire_field field; reader.next(field);) {
      if (field.number == 0 || field.number > 7 || field.type != wire_type_of(field.number)) continue;
      type_ = static_cast<spanwise::value_type>(field.number);
      data_ = field.bytes.data();
      number_ = field.type == detail::wire_type::bytes ? field.bytes.size() : field.integer;
    }
  }

  [[nodiscard]] spanwise::value_type type() const noexcept { return type_; }
  /// As written by whoever made the span: usually, but not surely, valid UTF-8.
  [[nodiscard]] std::string_view as_string() const noexcept {
    if (type_ != value_type::string) return {};
    return {reinterpret_cast<char const*>(data_), static_cast<std::size_t>(number_)};
  }
  [[nodiscard]] bool as_bool() const noexcept { return type_ == value_type::boolean && number_ != 0; }
  [[nodiscard]] std::int64_t as_int() const noexcept {
    return type_ == value_type::integer ? static_cast<std::int64_t>(number_) : 0;
  }
  [[nodiscard]] double as_double() const noexcept {
    return type_ == value_type::floating ? std::bit_cast<double>(number_) : 0.0;
  }
  [[nodiscard]] std::span<std::byte const> as_bytes() const noexcept { return body(value_type::bytes); }
  /// The elements of an array.
  [[nodiscard]] view_range<value_view> elements() const noexcept { return {body(value_type::array), 1}; }
  /// The entries of a map, in order.
  [[nodiscard]] view_range<attribute_view> entries() const noexcept { return {body(value_type::map), 1}; }

private:
  static constexpr detail::wire_type wire_type_of(std::uint32_t number) noexcept {
    if (number == 2 || number == 3) return detail::wire_type::varint;
    return number == 4 ? detail::wire_type::fixed64 : detail::wire_type::bytes;
  }
  [[nodiscard]] std::span<std::byte const> body(spanwise::value_type as) const noexcept {
    if (type_ != as) return {};
    return {data_, static_cast<std::size_t>(number_)};
  }

  std::byte const* data_{};
  std::uint64_t number_{}; // the value itself, or the size of what data_ points at
  spanwise::value_type type_{};
};

namespace detail {

struct attribute_parts {
  std::string_view key{};
  std::span<std::byte const> value{};
};

inline attribute_parts parts_of(std::span<std::byte const> attribute) noexcept {
  attribute_parts parts;
  wire_reader reader{attribute};
  for (wire_field field; reader.next(field);) {
    if (field.is(1, wire_type::bytes)) parts.key = field.text();
    if (field.is(2, wire_type::bytes)) parts.value = field.bytes;
  }
  return parts;
}

} // namespace detail

/// One attribute, or one entry of a map.
struct attribute_view {
  std::string_view key{};
  value_view value{};

  constexpr attribute_view() noexcept = default;
  explicit attribute_view(std::span<std::byte const> message) noexcept : attribute_view{detail::parts_of(message)} {}

private:
  explicit attribute_view(detail::attribute_parts const& parts) noexcept : key{parts.key}, value{parts.value} {}
};

using attribute_range = view_range<attribute_view>;

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/core/span_view.hpp
//
// Reads a finished span straight from its encoded bytes, an OTLP Span message: stages, exporters and tests see spans
// so. The views point into those bytes and copy nothing; they live as long as the bytes do. Safe on any input: what is
// malformed reads as absent, and a field that occurs twice is read from its last occurrence.

namespace spanwise::inline SPANWISE_ABI {

/// Something that happened at one moment of a span.
class event_view {
public:
  constexpr event_view() noexcept = default;
  explicit event_view(std::span<std::byte const> message) noexcept : message_{message} {
    detail::wire_reader reader{message};
    for (detail::wire_field field; reader.next(field);) {
      if (field.is(1, detail::wire_type::fixed64)) time_ = time_point{static_cast<std::int64_t>(field.integer)};
      if (field.is(2, detail::wire_type::bytes)) name_ = field.text();
      if (field.is(4, detail::wire_type::varint)) dropped_attributes_ = static_cast<std::uint32_t>(field.integer);
    }
  }

  [[nodiscard]] std::string_view name() const noexcept { return name_; }
  [[nodiscard]] time_point time() const noexcept { return time_; }
  [[nodiscard]] attribute_range attributes() const noexcept { return {message_, 3}; }
  [[nodiscard]] std::uint32_t dropped_attributes() const noexcept { return dropped_attributes_; }

private:
  std::span<std::byte const> message_{};
  std::string_view name_{};
  time_point time_{};
  std::uint32_t dropped_attributes_{};
};

namespace detail {

/// An id is one only if it has its exact length; anything else reads as the zero, invalid id.
template <class Id> SPANWISE_INLINE Id read_id(std::span<std::byte const> bytes) noexcept {
  constexpr std::size_t size = decltype(Id{}.bytes())::extent;
  if (bytes.size() != size) return Id{};
  return Id::from_bytes(std::span<std::uint8_t const, size>{reinterpret_cast<std::uint8_t const*>(bytes.data()), size});
}

} // namespace detail

/// A pointer from a span to another span, of the same trace or of another.
class link_view {
public:
  constexpr link_view() noexcept = default;
  SPANWISE_SMALL explicit link_view(std::span<std::byte const> message) noexcept : message_{message} {
    detail::wire_reader reader{message};
    for (detail::wire_field field; reader.read_next(field);) {
      if (field.is(1, detail::wire_type::bytes)) trace_id_ = detail::read_id<spanwise::trace_id>(field.bytes);
      if (field.is(2, detail::wire_type::bytes)) span_id_ = detail::read_id<spanwise::span_id>(field.bytes);
      if (field.is(3, detail::wire_type::bytes)) trace_state_ = field.text();
      if (field.is(5, detail::wire_type::varint)) dropped_attributes_ = static_cast<std::uint32_t>(field.integer);
      if (field.is(6, detail::wire_type::fixed32)) flags_ = static_cast<std::uint32_t>(field.integer);
    }
  }

  [[nodiscard]] spanwise::trace_id trace_id() const noexcept { return trace_id_; }
  [[nodiscard]] spanwise::span_id span_id() const noexcept { return span_id_; }
  [[nodiscard]] std::string_view trace_state() const noexcept { return trace_state_; }
  /// Bits as in span_view::flags, of the linked context.
  [[nodiscard]] std::uint32_t flags() const noexcept { return flags_; }
  [[nodiscard]] attribute_range attributes() const noexcept { return {message_, 4}; }
  [[nodiscard]] std::uint32_t dropped_attributes() const noexcept { return dropped_attributes_; }

private:
  std::span<std::byte const> message_{};
  std::string_view trace_state_{};
  spanwise::trace_id trace_id_{};
  spanwise::span_id span_id_{};
  std::uint32_t flags_{};
  std::uint32_t dropped_attributes_{};
};

/// A finished span. Making the view walks the message once, about 20 ns; attributes, events and links are read when
/// asked for.
class span_view {
public:
  /// `flags` of a span or link: bits 0 to 7 are the W3C trace flags, then these (OTLP, SpanFlags).
  static constexpr std::uint32_t remote_known = 1U << 8;
  static constexpr std::uint32_t remote = 1U << 9;

  constexpr span_view() noexcept = default;
  explicit span_view(std::span<std::byte const> message) noexcept : message_{message} { read(); }
  explicit span_view(record const& finished) noexcept : span_view{finished.bytes()} {}

  /// The encoded Span message itself.
  [[nodiscard]] std::span<std::byte const> bytes() const noexcept { return message_; }

  [[nodiscard]] spanwise::trace_id trace_id() const noexcept { return trace_id_; }
  [[nodiscard]] spanwise::span_id span_id() const noexcept { return span_id_; }
  /// Not valid() if the span is the root of its trace.
  [[nodiscard]] spanwise::span_id parent_span_id() const noexcept { return parent_span_id_; }
  /// The W3C tracestate header text; empty if none.
  [[nodiscard]] std::string_view trace_state() const noexcept { return trace_state_; }
  [[nodiscard]] std::uint32_t flags() const noexcept { return flags_; }
  /// True if no span of this process is its parent: it is a root, or its parent came in over the wire.
  [[nodiscard]] bool local_root() const noexcept { return !parent_span_id_.valid() || (flags_ & remote) != 0; }

  [[nodiscard]] std::string_view name() const noexcept { return name_; }
  [[nodiscard]] span_kind kind() const noexcept { return kind_; }
  [[nodiscard]] time_point start() const noexcept { return start_; }
  [[nodiscard]] time_point end() const noexcept { return end_; }
  [[nodiscard]] status_code status() const noexcept { return status_; }
  [[nodiscard]] std::string_view status_message() const noexcept { return status_message_; }

  [[nodiscard]] attribute_range attributes() const noexcept { return {attributes_.in(message_), 9}; }
  /// The value of an attribute; the empty value if there is none of this key. Walks the attributes.
  [[nodiscard]] value_view attribute(std::string_view key) const noexcept {
    value_view found;
    for (attribute_view const& each : attributes())
      if (each.key == key) found = each.value;
    return found;
  }
  [[nodiscard]] view_range<event_view> events() const noexcept { return {events_.in(message_), 11}; }
  [[nodiscard]] view_range<link_view> links() const noexcept { return {links_.in(message_), 13}; }

  [[nodiscard]] std::uint32_t dropped_attributes() const noexcept { return dropped_attributes_; }
  [[nodiscard]] std::uint32_t dropped_events() const noexcept { return dropped_events_; }
  [[nodiscard]] std::uint32_t dropped_links() const noexcept { return dropped_links_; }

private:
  /// The part of the message in which the elements of a repeated field lie.
  struct extent {
    std::size_t begin{};
    std::size_t end{};

    void add(std::size_t from, std::size_t to) noexcept {
      if (end == 0) begin = from;
      end = to;
    }
    [[nodiscard]] std::span<std::byte const> in(std::span<std::byte const> message) const noexcept {
      return message.subspan(begin, end - begin);
    }
  };

  void read() noexcept {
    detail::wire_reader reader{message_};
    std::size_t from = 0;
    for (detail::wire_field field; reader.next(field);) {
      std::size_t const to = static_cast<std::size_t>(reader.position() - message_.data());
      switch (field.type) {
      case detail::wire_type::bytes:
        read_bytes(field, from, to);
        break;
      case detail::wire_type::varint:
        read_count(field);
        break;
      case detail::wire_type::fixed64:
        if (field.number == 7) start_ = time_point{static_cast<std::int64_t>(field.integer)};
        if (field.number == 8) end_ = time_point{static_cast<std::int64_t>(field.integer)};
        break;
      case detail::wire_type::fixed32:
        if (field.number == 16) flags_ = static_cast<std::uint32_t>(field.integer);
        break;
      }
      from = to;
    }
  }

  SPANWISE_INLINE void read_bytes(detail::wire_field const& field, std::size_t from, std::size_t to) noexcept {
    switch (field.number) {
    case 1:
      trace_id_ = detail::read_id<spanwise::trace_id>(field.bytes);
      break;
    case 2:
      span_id_ = detail::read_id<spanwise::span_id>(field.bytes);
      break;
    case 3:
      trace_state_ = field.text();
      break;
    case 4:
      parent_span_id_ = detail::read_id<spanwise::span_id>(field.bytes);
      break;
    case 5:
      name_ = field.text();
      break;
    case 9:
      attributes_.add(from, to);
      break;
    case 11:
      events_.add(from, to);
      break;
    case 13:
      links_.add(from, to);
      break;
    case 15:
      read_status(field.bytes);
      break;
    default:
      break;
    }
  }

  void read_count(detail::wire_field const& field) noexcept {
    auto const number = static_cast<std::uint32_t>(field.integer);
    if (field.number == 6) kind_ = number >= 1 && number <= 5 ? static_cast<span_kind>(number - 1) : span_kind{};
    if (field.number == 10) dropped_attributes_ = number;
    if (field.number == 12) dropped_events_ = number;
    if (field.number == 14) dropped_links_ = number;
  }

  SPANWISE_SMALL void read_status(std::span<std::byte const> message) noexcept {
    status_ = status_code::unset;
    status_message_ = {};
    detail::wire_reader reader{message};
    for (detail::wire_field field; reader.read_next(field);) {
      if (field.is(2, detail::wire_type::bytes)) status_message_ = field.text();
      if (field.is(3, detail::wire_type::varint))
        status_ = field.integer <= 2 ? static_cast<status_code>(field.integer) : status_code::unset;
    }
  }

  std::span<std::byte const> message_{};
  std::string_view trace_state_{};
  std::string_view name_{};
  std::string_view status_message_{};
  extent attributes_{};
  extent events_{};
  extent links_{};
  time_point start_{};
  time_point end_{};
  spanwise::trace_id trace_id_{};
  spanwise::span_id span_id_{};
  spanwise::span_id parent_span_id_{};
  std::uint32_t flags_{};
  std::uint32_t dropped_attributes_{};
  std::uint32_t dropped_events_{};
  std::uint32_t dropped_links_{};
  span_kind kind_{};
  status_code status_{};
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/core/key.hpp
//
// Attribute keys. A literal is checked while compiling, so a misspelt one never reaches production;
// a key that is only known at run time says so by its type, any_key.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// How many kinds of key are told apart at a glance. A sum of their bits has room for as many as a span can hold.
inline constexpr unsigned key_bits = 46;

constexpr std::uint8_t key_bit(char const* text, std::size_t size) noexcept {
  std::uint32_t hash = 2166136261U;
  for (std::size_t i = 0; i < size; ++i) hash = (hash ^ static_cast<unsigned char>(text[i])) * 16777619U;
  return static_cast<std::uint8_t>(((hash ^ (hash >> 16)) & 0xffff) * key_bits >> 16);
}

constexpr bool good_key(char const* text, std::size_t size) noexcept {
  bool segment_open = false;
  for (std::size_t i = 0; i < size; ++i) {
    char const c = text[i];
    bool const letter = c >= 'a' && c <= 'z';
    bool const other = (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (c == '.' ? !segment_open : !(letter || (other && i != 0))) return false;
    segment_open = c != '.';
  }
  return segment_open;
}

// Deliberately not constexpr: calling it is what makes a bad key a compile error, and its name is the message.
inline void a_key_is_lower_case_words_joined_by_dots_so_write_any_key_for_any_other_text() noexcept {}

template <class Text>
concept run_time_text = std::is_convertible_v<Text const&, std::string_view> && !std::is_array_v<Text>;

template <class Text> inline constexpr bool refused = false;

} // namespace detail

/// A key checked at compile time: words of `[a-z0-9_-]` joined by dots, a letter first, such as "order.id".
class key {
public:
  template <std::size_t Size> consteval key(char const (&text)[Size]) noexcept : data_{text}, size_{Size - 1} {
    if (!detail::good_key(text, Size - 1))
      detail::a_key_is_lower_case_words_joined_by_dots_so_write_any_key_for_any_other_text();
    bit_ = detail::key_bit(text, Size - 1);
  }

  template <detail::run_time_text Text> constexpr key(Text const&) noexcept {
    static_assert(detail::refused<Text>, "spanwise: an attribute key is a string literal; for a key that is made at "
                                         "run time write spanwise::any_key(text)");
  }

  [[nodiscard]] constexpr std::string_view text() const noexcept { return {data_, size_}; }
  [[nodiscard]] constexpr std::uint8_t bit() const noexcept { return bit_; }

private:
  char const* data_{};
  std::uint32_t size_{};
  std::uint8_t bit_{};
};

/// A key of any text, also one made at run time; an empty one drops its attribute. Views the text, does not own it.
class any_key {
public:
  constexpr explicit any_key(char const* text) noexcept
      : any_key{text == nullptr ? std::string_view{} : std::string_view{text}} {}
  constexpr explicit any_key(std::string_view text) noexcept
      : data_{text.data()}, size_{static_cast<std::uint32_t>(text.size())}, bit_{detail::key_bit(text.data(), text.size())} {}

  [[nodiscard]] constexpr std::string_view text() const noexcept { return {data_, size_}; }
  [[nodiscard]] constexpr std::uint8_t bit() const noexcept { return bit_; }

private:
  char const* data_;
  std::uint32_t size_;
  std::uint8_t bit_;
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/core/value.hpp
//
// Which C++ values mean something as an attribute, and how each is held until it is written: numbers by value,
// text and containers by reference for the length of the call. What has no meaning is refused in one sentence.

namespace spanwise::inline SPANWISE_ABI::detail {

class value_sink;

enum class value_kind : std::uint8_t { absent, empty, boolean, integer, big, floating, text, bytes, nested };

/// A value on its way into a span: lives no longer than the call that takes it.
///
/// Three plain words and no union: only then do compilers take it apart and keep nothing of it in memory.
struct value {
  using writer = void (*)(value_sink&, unsigned char tag, void const* object, std::size_t size);

  void const* data;     ///< of text, bytes and containers
  std::uint64_t number; ///< a number's bits, or the size of what data points at
  writer write;         ///< of containers
  value_kind kind;

  SPANWISE_INLINE constexpr value() noexcept : data{}, number{}, write{}, kind{value_kind::absent} {}
  SPANWISE_INLINE constexpr value(value_kind what, std::uint64_t bits) noexcept
      : data{}, number{bits}, write{}, kind{what} {}
  SPANWISE_INLINE constexpr value(void const* text, std::size_t size, value_kind what) noexcept
      : data{text}, number{size}, write{}, kind{what} {}
  SPANWISE_INLINE constexpr value(void const* object, std::size_t size, writer how) noexcept
      : data{object}, number{size}, write{how}, kind{value_kind::nested} {}

  [[nodiscard]] constexpr bool boolean() const noexcept { return number != 0; }
  [[nodiscard]] constexpr double floating() const noexcept { return std::bit_cast<double>(number); }
  [[nodiscard]] std::string_view text() const noexcept {
    return {static_cast<char const*>(data), static_cast<std::size_t>(number)};
  }
};

template <class Range> void write_array(value_sink& sink, unsigned char tag, void const* range, std::size_t size);
template <class Range> void write_map(value_sink& sink, unsigned char tag, void const* range, std::size_t size);
template <class Element> void write_list(value_sink& sink, unsigned char tag, void const* elements, std::size_t size);
template <class Optional> void write_held(value_sink& sink, unsigned char tag, void const* optional, std::size_t size);
template <class Custom> void write_custom(value_sink& sink, unsigned char tag, void const* object, std::size_t size);
template <class Variant> void write_alternative(value_sink& sink, unsigned char tag, void const* variant, std::size_t size);

template <class Type>
concept character_type = std::same_as<Type, char> || std::same_as<Type, wchar_t> || std::same_as<Type, char8_t> ||
                    std::same_as<Type, char16_t> || std::same_as<Type, char32_t>;

template <class Type>
concept plain_integer = std::integral<Type> && !std::same_as<Type, bool> && !character_type<Type> &&
                        sizeof(Type) <= sizeof(std::int64_t);

template <class Type, class Character = char>
concept text_like = std::is_convertible_v<Type const&, std::basic_string_view<Character>>;

/// Like std::filesystem::path, which is also a range of paths, without end.
template <class Type>
concept path_like = requires(Type const& path) {
  { path.native() } -> std::convertible_to<std::string_view>;
  requires std::is_lvalue_reference_v<decltype(path.native())>;
};

template <class Range>
concept range = std::is_bounded_array_v<Range> || requires(Range const& r) {
  { r.begin() != r.end() } -> std::convertible_to<bool>;
  *r.begin();
};

template <class Range> constexpr auto element_of() noexcept {
  if constexpr (std::is_bounded_array_v<Range>)
    return std::type_identity<std::remove_cv_t<std::remove_extent_t<Range>>>{};
  else
    return std::type_identity<std::remove_cvref_t<decltype(*std::declval<Range const&>().begin())>>{};
}
template <class Range> using element_t = typename decltype(element_of<Range>())::type;

template <class Range>
concept byte_range = range<Range> &&
                     (std::same_as<element_t<Range>, std::byte> || std::same_as<element_t<Range>, unsigned char>) &&
                     (std::is_bounded_array_v<Range> || requires(Range const& r) {
                       { r.data()[0] };
                       { r.size() } -> std::convertible_to<std::size_t>;
                     });

template <class Range>
concept map_like = range<Range> && requires(element_t<Range> const& entry) {
  { entry.first } -> std::convertible_to<std::string_view>;
  entry.second;
};

/// A range whose elements are of another type, unlike std::filesystem::path, which holds itself.
template <class Range>
concept array_like = range<Range> && !std::same_as<element_t<Range>, Range>;

template <class Type>
concept optional_like = requires(Type const& maybe) {
  { maybe.has_value() } -> std::convertible_to<bool>;
  *maybe;
};

/// Like std::variant, which `visit` looks into.
template <class Type>
concept variant_like = requires(Type const& one_of) {
  { one_of.index() } -> std::convertible_to<std::size_t>;
  { one_of.valueless_by_exception() } -> std::convertible_to<bool>;
};

/// A type with `auto spanwise_value(Type const&)` in its own namespace, giving something that has a meaning.
template <class Type>
concept customised = requires(Type const& object) { spanwise_value(object); };

/// Views text; an array of characters ends at its first zero, or at its end.
template <class Character, class Given> SPANWISE_INLINE constexpr value text_value(Given const& given) {
  using view = std::basic_string_view<Character>;
  view text;
  if constexpr (std::is_pointer_v<Given>) {
    if (given != nullptr) text = view{given};
  } else if constexpr (std::is_bounded_array_v<Given>) {
    constexpr std::size_t size = std::extent_v<Given>;
    if (given[size - 1] == Character{}) {
      text = view{given};
    } else {
      Character const* const zero = std::char_traits<Character>::find(given, size, Character{});
      text = view{given, zero == nullptr ? size : static_cast<std::size_t>(zero - given)};
    }
  } else {
    text = view{given};
  }
  return value{text.data(), text.size(), value_kind::text};
}

template <class Given> SPANWISE_INLINE constexpr value value_of(Given const& given) noexcept;

/// A class of the user's whose own functions are called at once, and may throw.
template <class Given>
concept throwing_access =
    std::is_class_v<Given> && !customised<Given> &&
    ((text_like<Given> && !std::is_nothrow_convertible_v<Given const&, std::string_view>) ||
     (text_like<Given, char8_t> && !std::is_nothrow_convertible_v<Given const&, std::u8string_view>) ||
     (path_like<Given> && !requires(Given const& path) { { path.native() } noexcept; }) ||
     (byte_range<Given> && !requires(Given const& bytes) {
       { bytes.data() } noexcept;
       { bytes.size() } noexcept;
     }) ||
     (optional_like<Given> && !requires(Given const& maybe) {
       { maybe.has_value() } noexcept;
       { *maybe } noexcept;
     }));

template <class Given> SPANWISE_INLINE constexpr value read_value(Given const& given) noexcept(!throwing_access<Given>) {
  if constexpr (std::is_volatile_v<Given> && (std::is_arithmetic_v<Given> || std::is_pointer_v<Given>)) {
    return value_of(static_cast<std::remove_cv_t<Given>>(given));
  } else if constexpr (customised<Given>) {
    return value{&given, 1, &write_custom<Given>};
  } else if constexpr (std::same_as<Given, bool>) {
    return value{value_kind::boolean, given ? std::uint64_t{1} : std::uint64_t{0}};
  } else if constexpr (plain_integer<Given>) {
    if constexpr (std::unsigned_integral<Given> && sizeof(Given) >= sizeof(std::int64_t)) {
      if (given > static_cast<Given>(INT64_MAX)) return value{value_kind::big, static_cast<std::uint64_t>(given)};
    }
    return value{value_kind::integer, static_cast<std::uint64_t>(static_cast<std::int64_t>(given))};
  } else if constexpr (std::same_as<Given, double> || std::same_as<Given, float>) {
    return value{value_kind::floating, std::bit_cast<std::uint64_t>(static_cast<double>(given))};
  } else if constexpr (std::same_as<Given, std::nullptr_t>) {
    static_assert(refused<Given>, "spanwise: nullptr is no attribute value; leave the attribute out instead");
    return value{};
  } else if constexpr (text_like<Given>) {
    return text_value<char>(given);
  } else if constexpr (text_like<Given, char8_t>) {
    return text_value<char8_t>(given);
  } else if constexpr (path_like<Given>) {
    return text_value<char>(given.native());
  } else if constexpr (byte_range<Given>) {
    if constexpr (std::is_bounded_array_v<Given>) return value{given, sizeof given, value_kind::bytes};
    else return value{given.data(), given.size(), value_kind::bytes};
  } else if constexpr (optional_like<Given>) {
    if (!given.has_value()) return value{};
    if constexpr (std::is_lvalue_reference_v<decltype(*given)>) return value_of(*given);
    else return value{&given, 1, &write_held<Given>};
  } else if constexpr (variant_like<Given>) {
    return value{&given, 1, &write_alternative<Given>};
  } else if constexpr (map_like<Given>) {
    return value{&given, 1, &write_map<Given>};
  } else if constexpr (array_like<Given>) {
    return value{&given, 1, &write_array<Given>};
  } else {
    static_assert(refused<Given>,
                  "spanwise: this type has no meaning as an attribute value; give a bool, an integer, a double, text, "
                  "bytes, an array, a map or a variant of these, or define spanwise_value(v) beside your type");
    return value{};
  }
}

/// A class that throws as it is asked for its text, bytes or value counts as the empty value.
template <class Given> SPANWISE_INLINE constexpr value value_of(Given const& given) noexcept {
  if constexpr (throwing_access<Given>) return contain([&] { return read_value(given); }, value{value_kind::empty, 0});
  else return read_value(given);
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/core/typed_key.hpp
//
// Attribute keys that know the type of their values, as those of the semantic conventions do: a value of another type
// does not compile. For keys of one's own too.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

template <class Type>
concept key_type = std::same_as<Type, bool> || std::same_as<Type, std::int64_t> || std::same_as<Type, double> ||
                   std::same_as<Type, std::string_view>;

/// An integer of which a double holds every value.
template <class Type>
concept exact_in_double = plain_integer<Type> && sizeof(Type) <= sizeof(std::int32_t);

/// A null pointer is none, though texts are made of it.
template <class Type>
concept any_text = !std::same_as<Type, std::nullptr_t> &&
                   (text_like<Type> || text_like<Type, char8_t> || path_like<Type>);

template <class Held, class Given> constexpr bool fits() noexcept;

/// Of a variant any alternative may come; one that is empty itself is the empty value.
template <class Held, class Variant> inline constexpr bool each_alternative_fits = true;
template <class Held, template <class...> class Variant, class... Alternatives>
inline constexpr bool each_alternative_fits<Held, Variant<Alternatives...>> =
    (((std::is_empty_v<Alternatives> && !customised<Alternatives>) || fits<Held, Alternatives>()) && ...);

/// True if `Given` is written as what a key of type `Held` takes. What has no meaning as an attribute is let through:
/// value_of refuses it with a sentence of its own.
template <class Held, class Given> constexpr bool fits() noexcept {
  if constexpr (std::is_volatile_v<Given>) {
    return fits<Held, std::remove_cv_t<Given>>();
  } else if constexpr (customised<Given>) {
    return fits<Held, std::remove_cvref_t<decltype(spanwise_value(std::declval<Given const&>()))>>();
  } else if constexpr (std::same_as<Given, bool>) {
    return std::same_as<Held, bool>;
  } else if constexpr (plain_integer<Given>) {
    return std::same_as<Held, std::int64_t>;
  } else if constexpr (std::same_as<Given, double> || std::same_as<Given, float>) {
    return std::same_as<Held, double>;
  } else if constexpr (any_text<Given>) {
    return std::same_as<Held, std::string_view>;
  } else if constexpr (byte_range<Given> || (map_like<Given> && !optional_like<Given>)) {
    return false;
  } else if constexpr (optional_like<Given>) {
    return fits<Held, std::remove_cvref_t<decltype(*std::declval<Given const&>())>>();
  } else if constexpr (variant_like<Given>) {
    return each_alternative_fits<Held, Given>;
  } else if constexpr (array_like<Given>) {
    if constexpr (!std::is_array_v<Held>) return false;
    else if constexpr (requires { requires std::same_as<typename Given::value_type, bool>; }) // also vector<bool>
      return std::same_as<std::remove_extent_t<Held>, bool>;
    else return fits<std::remove_extent_t<Held>, element_t<Given>>();
  } else {
    return true;
  }
}

template <class Held, class Given>
inline constexpr bool takes =
    fits<Held, Given>() || (std::same_as<Held, double> && exact_in_double<std::remove_cv_t<Given>>);

/// Does not compile, with the reason, where a key of type `Held` does not take `Given`.
template <class Held, class Given> constexpr void judge_value() noexcept {
  using std::same_as;
  constexpr bool good = takes<Held, Given>;
  static_assert(good || !same_as<Held, bool>, "spanwise: this key takes a bool");
  static_assert(good || !same_as<Held, std::int64_t>, "spanwise: this key takes a whole number");
  static_assert(good || !same_as<Held, double>,
                "spanwise: this key takes a floating-point number, or an integer of at most 32 bits");
  static_assert(good || !same_as<Held, std::string_view>, "spanwise: this key takes text");
  static_assert(good || !same_as<Held, bool[]>, "spanwise: this key takes an array of bools");
  static_assert(good || !same_as<Held, std::int64_t[]>, "spanwise: this key takes an array of whole numbers");
  static_assert(good || !same_as<Held, double[]>, "spanwise: this key takes an array of floating-point numbers");
  static_assert(good || !same_as<Held, std::string_view[]>, "spanwise: this key takes an array of texts");
}

/// The value as the key's type has it: a small integer for a key of doubles is one.
template <class Held, class Given> SPANWISE_INLINE constexpr value typed_value(Given const& given) noexcept {
  judge_value<Held, Given>();
  if constexpr (fits<Held, Given>()) return value_of(given);
  else if constexpr (takes<Held, Given>) return value_of(static_cast<double>(given));
  else return value{};
}

} // namespace detail

/// A key for values of one type: `bool`, `std::int64_t`, `double`, `std::string_view`, or with `[]` an array of these.
///
/// Declare it once, `inline constexpr spanwise::typed_key<std::int64_t> items{"order.items"};`, and give it wherever a
/// key is taken, at no cost. Values convert as they do for other keys, but only into that type: integers of every size
/// for `std::int64_t`, whatever is text for `std::string_view`; of optionals the value counts, an empty one leaves the
/// attribute out; of variants each alternative does. The text is checked as that of `key` is.
template <class Value> class typed_key {
  static_assert(detail::key_type<std::remove_extent_t<Value>>,
                "spanwise: a typed_key is of bool, std::int64_t, double, std::string_view, or one of these with []");

public:
  using value_type = Value;

  template <std::size_t Size> consteval explicit typed_key(char const (&text)[Size]) noexcept : key_{text} {}

  [[nodiscard]] constexpr std::string_view text() const noexcept { return key_.text(); }
  [[nodiscard]] constexpr std::uint8_t bit() const noexcept { return key_.bit(); }

private:
  key key_;
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/core/attribute.hpp
//
// An attribute: a key and a value, as the calls of a span take it. It views what it was made from, so it belongs in
// the argument list of a call and nowhere else.

namespace spanwise::inline SPANWISE_ABI {

/// A key and a value, such as `{"order.id", id}`; arrays and maps too: `{"k", {"p", "q"}}`, `{"k", {{"a", 1}, {"b", "x"}}}`.
///
/// Values: bool, every integer type, float and double, text, bytes, ranges and maps of these, optionals (empty: the
/// attribute is left out), variants (std::monostate is the empty value), and types with an ADL function
/// `spanwise_value(v)`. Unsigned values above INT64_MAX become
/// decimal text; a null `char const*` is an empty string. Anything else is refused while compiling.
class attribute {
public:
  constexpr attribute() noexcept = default;

  /// What is known of a key and a value beside where they are, in one word for one register.
  class facts {
  public:
    constexpr facts(std::uint32_t key_size, std::uint8_t bit, detail::value_kind kind, bool any_text) noexcept
        : word_{key_size | std::uint64_t{bit} << 32 | std::uint64_t{static_cast<std::uint8_t>(kind)} << 40 |
                std::uint64_t{any_text} << 48} {}
    [[nodiscard]] constexpr std::uint32_t key_size() const noexcept { return static_cast<std::uint32_t>(word_); }
    [[nodiscard]] constexpr std::uint8_t bit() const noexcept { return static_cast<std::uint8_t>(word_ >> 32); }
    [[nodiscard]] constexpr detail::value_kind kind() const noexcept {
      return static_cast<detail::value_kind>(static_cast<std::uint8_t>(word_ >> 40));
    }
    /// The key may be other than ASCII.
    [[nodiscard]] constexpr bool any_text() const noexcept { return word_ >> 48 != 0; }

  private:
    std::uint64_t word_;
  };
  /// From parts that calls can hand on in registers.
  SPANWISE_INLINE constexpr attribute(char const* key, facts about, void const* data, std::uint64_t number,
                                      detail::value::writer write) noexcept
      : data_{key}, size_{about.key_size()}, bit_{about.bit()}, any_text_{about.any_text()} {
    value_.data = data;
    value_.number = number;
    value_.write = write;
    value_.kind = about.kind();
  }

  template <class Value>
  SPANWISE_INLINE constexpr attribute(key name, Value const& held) noexcept
      : attribute{name, detail::value_of(held), 0} {}

  template <class Value>
  SPANWISE_INLINE constexpr attribute(any_key name, Value const& held) noexcept
      : attribute{name, detail::value_of(held), 0} {}

  template <class Held, class Value>
  SPANWISE_INLINE constexpr attribute(typed_key<Held> name, Value const& held) noexcept
      : attribute{name, detail::typed_value<Held>(held), 0} {}

  template <class Element>
  constexpr attribute(key name, std::initializer_list<Element> held) noexcept : attribute{name, listed(held), 0} {}
  constexpr attribute(key name, std::initializer_list<attribute> held) noexcept : attribute{name, listed(held), 0} {}
  template <class Element>
  constexpr attribute(any_key name, std::initializer_list<Element> held) noexcept : attribute{name, listed(held), 0} {}
  constexpr attribute(any_key name, std::initializer_list<attribute> held) noexcept : attribute{name, listed(held), 0} {}
  template <class Held, class Element>
  constexpr attribute(typed_key<Held> name, std::initializer_list<Element> held) noexcept
      : attribute{name, listed(held), 0} {
    detail::judge_value<Held, std::initializer_list<Element>>();
  }

  [[nodiscard]] SPANWISE_INLINE constexpr std::string_view key_text() const noexcept { return {data_, size_}; }
  [[nodiscard]] SPANWISE_INLINE constexpr facts about() const noexcept { return {size_, bit_, value_.kind, any_text_}; }
  [[nodiscard]] SPANWISE_INLINE constexpr std::uint8_t bit() const noexcept { return bit_; }
  [[nodiscard]] SPANWISE_INLINE constexpr detail::value const& value() const noexcept { return value_; }
  [[nodiscard]] SPANWISE_INLINE constexpr bool absent() const noexcept {
    return value_.kind == detail::value_kind::absent;
  }
  /// Only code of the value's own type can tell what is in it: that of containers, and of users.
  [[nodiscard]] SPANWISE_INLINE constexpr bool nested() const noexcept {
    return value_.kind == detail::value_kind::nested;
  }

private:
  template <class Key>
  SPANWISE_INLINE constexpr attribute(Key name, detail::value held, int) noexcept
      : value_{held}, data_{name.text().data()}, size_{static_cast<std::uint32_t>(name.text().size())},
        bit_{name.bit()}, any_text_{std::same_as<Key, any_key>} {}

  template <class Element> static constexpr detail::value listed(std::initializer_list<Element> held) noexcept {
    return {held.begin(), held.size(), &detail::write_list<Element>};
  }

  detail::value value_;
  char const* data_{};
  std::uint32_t size_{};
  std::uint8_t bit_{};
  bool any_text_{};
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/core/limits.hpp
//
// How much a span may carry before values are cut and the rest is counted as dropped.
// Fixed when a pipeline starts; names and defaults are OpenTelemetry's (trace SDK, Span Limits).

namespace spanwise::inline SPANWISE_ABI {

namespace detail {
/// Values that are nested deeper can't be looked into, nor written as JSON.
inline constexpr std::uint32_t deepest_value = 64;
} // namespace detail

struct span_limits {
  static constexpr std::uint32_t unlimited = 0xffff'ffff;

  std::uint32_t attribute_count = 128;
  std::uint32_t event_count = 128;
  std::uint32_t link_count = 128;
  std::uint32_t attribute_per_event_count = 128;
  std::uint32_t attribute_per_link_count = 128;
  /// In characters, not bytes; also for strings inside arrays and maps. Byte arrays: in bytes.
  std::uint32_t attribute_value_length = unlimited;
  /// Arrays and maps nested deeper than this become the empty value; at most 64.
  std::uint32_t attribute_value_depth = detail::deepest_value;
  /// The most memory one span may take, at most 2 MiB; beyond it values are cut.
  std::uint32_t max_span_bytes = 1U << 20;

  friend constexpr bool operator==(span_limits const&, span_limits const&) noexcept = default;
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/core/wire.hpp
//
// The few moves from which every protobuf byte in spanwise is written: varints, fixed words, short copies.
// The front half writes spans with them, the back half the messages around those.

namespace spanwise::inline SPANWISE_ABI::detail {

template <class Word> SPANWISE_INLINE void store(unsigned char* out, Word word) noexcept {
  std::memcpy(out, &word, sizeof word);
}

template <class Word> SPANWISE_INLINE Word load(void const* in) noexcept {
  Word word;
  std::memcpy(&word, in, sizeof word);
  return word;
}

inline constexpr std::size_t max_varint_size = 10;

SPANWISE_INLINE constexpr std::size_t varint_size(std::uint64_t value) noexcept {
  return static_cast<std::size_t>(std::bit_width(value | 1) + 6) / 7;
}

SPANWISE_INLINE unsigned char* put_varint(unsigned char* out, std::uint64_t value) noexcept {
  while (value >= 0x80) {
    *out++ = static_cast<unsigned char>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<unsigned char>(value);
  return out;
}

/// A varint of exactly three bytes: legal for every parser, and its place can be kept before the value is known.
SPANWISE_INLINE unsigned char* put_varint_3(unsigned char* out, std::uint32_t value) noexcept {
  out[0] = static_cast<unsigned char>(value | 0x80);
  out[1] = static_cast<unsigned char>((value >> 7) | 0x80);
  out[2] = static_cast<unsigned char>((value >> 14) & 0x7f);
  return out + 3;
}

/// Copies at most 32 bytes, without a library call.
SPANWISE_INLINE unsigned char* put_few_bytes(unsigned char* out, void const* from, std::size_t size) noexcept {
  auto const* const in = static_cast<unsigned char const*>(from);
  if (size <= 16) {
    if (size >= 8) {
      auto const head = load<std::uint64_t>(in);
      auto const tail = load<std::uint64_t>(in + size - 8);
      store(out, head);
      store(out + size - 8, tail);
    } else if (size >= 4) {
      auto const head = load<std::uint32_t>(in);
      auto const tail = load<std::uint32_t>(in + size - 4);
      store(out, head);
      store(out + size - 4, tail);
    } else if (size != 0) {
      out[0] = in[0];
      out[size / 2] = in[size / 2];
      out[size - 1] = in[size - 1];
    }
  } else {
    struct pair { std::uint64_t low, high; };
    auto const head = load<pair>(in);
    auto const tail = load<pair>(in + size - 16);
    store(out, head);
    store(out + size - 16, tail);
  }
  return out + size;
}

/// Copies `size` bytes without a library call where they are few, as names and values mostly are.
SPANWISE_INLINE unsigned char* put_bytes(unsigned char* out, void const* from, std::size_t size) noexcept {
  if (size <= 32) return put_few_bytes(out, from, size);
  std::memcpy(out, from, size);
  return out + size;
}

#if defined(__GNUC__) && !defined(SPANWISE_PORTABLE)
using two_words [[gnu::vector_size(16)]] = std::uint64_t;
#else
struct two_words {
  std::uint64_t low, high;
  two_words& operator|=(two_words const& more) noexcept {
    low |= more.low;
    high |= more.high;
    return *this;
  }
  std::uint64_t operator[](int which) const noexcept { return which == 0 ? low : high; }
};
#endif

/// As put_bytes, for short text; the bits of all its bytes are added to `seen`, whose high bits then tell of non-ASCII.
SPANWISE_INLINE unsigned char* put_text(unsigned char* out, void const* from, std::size_t size,
                                        std::uint64_t& seen) noexcept {
  auto const* const in = static_cast<unsigned char const*>(from);
  if (size >= 16) {
    std::size_t const last = size - 16;
    auto all = load<two_words>(in + last);
    store(out + last, all);
    for (std::size_t at = 0; at < last; at += 16) {
      auto const next = load<two_words>(in + at);
      store(out + at, next);
      all |= next;
    }
    seen |= all[0] | all[1];
  } else if (size >= 8) {
    auto const front = load<std::uint64_t>(in);
    auto const tail = load<std::uint64_t>(in + size - 8);
    store(out, front);
    store(out + size - 8, tail);
    seen |= front | tail;
  } else if (size >= 4) {
    auto const front = load<std::uint32_t>(in);
    auto const tail = load<std::uint32_t>(in + size - 4);
    store(out, front);
    store(out + size - 4, tail);
    seen |= front | tail;
  } else if (size != 0) {
    unsigned char const first = in[0];
    unsigned char const middle = in[size / 2];
    unsigned char const last = in[size - 1];
    out[0] = first;
    out[size / 2] = middle;
    out[size - 1] = last;
    seen |= static_cast<std::uint64_t>(first | middle | last);
  }
  return out + size;
}

/// The bits of `seen` that only text beyond ASCII sets.
inline constexpr std::uint64_t beyond_ascii = 0x8080'8080'8080'8080;

/// Copies 64 bytes or more without a library call: those first, then in steps of 32 of which the last two may overlap.
SPANWISE_INLINE unsigned char* put_block(unsigned char* out, unsigned char const* from, std::size_t size) noexcept {
  constexpr std::size_t step = 32;
  std::memcpy(out, from, 2 * step);
  std::size_t const last = size - step;
  for (std::size_t at = 2 * step; at < last; at += step) std::memcpy(out + at, from + at, step);
  std::memcpy(out + last, from + last, step);
  return out + size;
}

/// Tags of the OTLP messages that spanwise writes: field number times eight, plus the wire type.
namespace tag {
inline constexpr unsigned char bytes_1 = 0x0a, bytes_2 = 0x12, bytes_3 = 0x1a, bytes_4 = 0x22;
inline constexpr unsigned char span_trace_id = 0x0a, span_id = 0x12, span_trace_state = 0x1a, span_parent_id = 0x22,
                               span_name = 0x2a, span_kind = 0x30, span_start = 0x39, span_end = 0x41,
                               span_attribute = 0x4a, span_dropped_attributes = 0x50, span_event = 0x5a,
                               span_dropped_events = 0x60, span_link = 0x6a, span_dropped_links = 0x70,
                               span_status = 0x7a;
inline constexpr std::uint16_t span_flags = 0x0185;
inline constexpr unsigned char event_time = 0x09, event_name = 0x12, event_attribute = 0x1a, event_dropped = 0x20;
inline constexpr unsigned char link_trace_id = 0x0a, link_span_id = 0x12, link_trace_state = 0x1a,
                               link_attribute = 0x22, link_dropped = 0x28, link_flags = 0x35;
inline constexpr unsigned char status_message = 0x12, status_code = 0x18;
inline constexpr unsigned char key = 0x0a, value = 0x12;
inline constexpr unsigned char string_value = 0x0a, bool_value = 0x10, int_value = 0x18, double_value = 0x21,
                               array_value = 0x2a, map_value = 0x32, bytes_value = 0x3a;
inline constexpr unsigned char element = 0x0a;
} // namespace tag

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/core/tape.hpp
//
// The growing piece of memory into which a span writes itself as protobuf: first inside the span, then, if that is
// full, one block from the heap, counted against a bound for the whole process. It never throws.

namespace spanwise::inline SPANWISE_ABI::detail {

/// What all spans of the process together may hold beyond the memory inside them.
inline constexpr std::int64_t most_overflow_bytes = std::int64_t{64} << 20;
SPANWISE_SHARED inline constinit atomic<std::int64_t> overflow_bytes{0};

/// Where to write. The memory it begins with is its owner's, and lies wherever that is best.
class tape {
public:
  tape() noexcept {}
  tape(tape const&) = delete;
  tape& operator=(tape const&) = delete;

  /// Empties it; it may grow to `most` bytes, at least to the `size` that it is given.
  SPANWISE_INLINE void open(unsigned char* memory, std::size_t size, std::uint32_t most) noexcept {
    data_ = cursor_ = memory;
    end_ = memory + size;
    most_ = most;
    on_heap_ = false;
  }

  /// For who writes nothing: there is nothing to release.
  SPANWISE_INLINE void open_none() noexcept { on_heap_ = false; }
  [[nodiscard]] SPANWISE_INLINE bool on_heap() const noexcept { return on_heap_; }

  /// Gives back what it took from the heap, as the last call: a tape has no destructor.
  SPANWISE_INLINE void release() noexcept {
    if (on_heap_) [[unlikely]]
      free_block();
  }

  /// Room for `size` more bytes at cursor(); false, with nothing changed, if they can't be had.
  [[nodiscard]] SPANWISE_INLINE bool reserve(std::size_t size) noexcept {
    if (has(size)) [[likely]]
      return true;
    return grow(size);
  }
  /// True if there is room for `size` more bytes without growing.
  [[nodiscard]] SPANWISE_INLINE bool has(std::size_t size) const noexcept {
    return static_cast<std::size_t>(end_ - cursor_) >= size;
  }

  [[nodiscard]] SPANWISE_INLINE unsigned char* cursor() const noexcept { return cursor_; }
  SPANWISE_INLINE void advance_to(unsigned char* cursor) noexcept { cursor_ = cursor; }
  [[nodiscard]] SPANWISE_INLINE unsigned char* data() const noexcept { return data_; }
  [[nodiscard]] SPANWISE_INLINE std::size_t size() const noexcept { return static_cast<std::size_t>(cursor_ - data_); }
  /// The bytes that may still be asked for.
  [[nodiscard]] std::size_t left() const noexcept { return most_ > size() ? most_ - size() : 0; }
  /// The bytes that can still be had, and reserved.
  [[nodiscard]] std::size_t room() noexcept {
    std::size_t const left = this->left();
    return reserve(left) ? left : static_cast<std::size_t>(end_ - cursor_);
  }

  /// Takes bytes [from, to) out of what was written.
  void erase(unsigned char* from, unsigned char* to) noexcept {
    std::memmove(from, to, static_cast<std::size_t>(cursor_ - to));
    cursor_ -= to - from;
  }

private:
  SPANWISE_COLD bool grow(std::size_t size) noexcept {
    std::size_t const used = this->size();
    if (used + size > most_) return false;
    std::size_t capacity = static_cast<std::size_t>(end_ - data_);
    while (capacity < used + size) capacity *= 2;
    if (capacity > most_) capacity = most_;
    auto const charge = static_cast<std::int64_t>(capacity);
    if (overflow_bytes.fetch_add(charge, relaxed) + charge > most_overflow_bytes) {
      overflow_bytes.fetch_sub(charge, relaxed);
      return false;
    }
    auto* const block = static_cast<unsigned char*>(::operator new(capacity, std::nothrow));
    if (block == nullptr) {
      overflow_bytes.fetch_sub(charge, relaxed);
      return false;
    }
    std::memcpy(block, data_, used);
    release();
    data_ = block;
    cursor_ = block + used;
    end_ = block + capacity;
    on_heap_ = true;
    return true;
  }

  SPANWISE_COLD void free_block() noexcept {
    overflow_bytes.fetch_sub(end_ - data_, relaxed);
    ::operator delete(data_);
    on_heap_ = false;
  }

  unsigned char* data_;
  unsigned char* cursor_;
  unsigned char* end_;
  std::uint32_t most_;
  bool on_heap_;
};

/// A tape together with the memory it begins with.
class inline_tape : public tape {
public:
  static constexpr std::size_t inline_size = 472;

  explicit inline_tape(std::uint32_t most) noexcept { open(memory_, inline_size, most); }
  ~inline_tape() { release(); }

private:
  unsigned char memory_[inline_size];
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/core/attribute_writer.hpp
//
// Writes attributes onto a tape as OTLP KeyValue messages, cutting values that are too long or too deep.
// The cheap cases are inlined where the key is a literal; text, containers and everything rare are calls.

namespace spanwise::inline SPANWISE_ABI::detail {

/// Decimal digits of a number, written backwards from `end`; returns where they start.
inline char* decimal_before(char* end, std::uint64_t number) noexcept {
  do *--end = static_cast<char>('0' + number % 10);
  while ((number /= 10) != 0);
  return end;
}

/// The text or bytes of a value, cut to the limit: characters for text, bytes for bytes.
inline std::size_t cut_size(value const& held, std::uint32_t limit) noexcept {
  std::string_view const text = held.text();
  if (text.size() <= limit) return text.size();
  return held.kind == value_kind::bytes ? limit : truncate_chars(text, limit).size();
}

/// Where containers write their elements: keeps the depth, and stops writing once the tape is full.
class value_sink {
public:
  /// `repairs`: text becomes UTF-8 as it is written, for what nobody looks at later.
  value_sink(tape& out, span_limits const& limits, bool repairs = false) noexcept
      : out_{out}, limits_{limits}, repairs_{repairs} {}

  /// The field `tag` holding one AnyValue.
  void field(unsigned char tag, value const& held) noexcept {
    switch (held.kind) {
    case value_kind::absent:
    case value_kind::empty: small(tag, [](unsigned char* at) { return at; }); break;
    case value_kind::boolean:
      small(tag, [&](unsigned char* at) {
        *at++ = tag::bool_value;
        *at++ = held.boolean() ? 1 : 0;
        return at;
      });
      break;
    case value_kind::integer:
      small(tag, [&](unsigned char* at) {
        *at++ = tag::int_value;
        return put_varint(at, held.number);
      });
      break;
    case value_kind::floating:
      small(tag, [&](unsigned char* at) {
        *at++ = tag::double_value;
        store(at, held.number);
        return at + sizeof(double);
      });
      break;
    case value_kind::big: {
      char digits[20];
      char* const start = decimal_before(digits + sizeof digits, held.number);
      text(tag, value{start, static_cast<std::size_t>(digits + sizeof digits - start), value_kind::text});
      break;
    }
    case value_kind::text:
    case value_kind::bytes: text(tag, held); break;
    case value_kind::nested: held.write(*this, tag, held.data, static_cast<std::size_t>(held.number)); break;
    }
  }

  template <class Body> void message(unsigned char tag, Body const& body) noexcept {
    if (!out_.reserve(4)) return full();
    std::size_t const start = out_.size();
    *out_.cursor() = tag;
    out_.advance_to(out_.cursor() + 4);
    body();
    put_varint_3(out_.data() + start + 1, static_cast<std::uint32_t>(out_.size() - start - 4));
  }

  /// The field `tag` holding a KeyValue; nothing at all if not even an empty value fits.
  void keyed(unsigned char tag, std::string_view key, value const& held) noexcept {
    std::size_t const size = repairs_ ? repaired_size(key) : key.size();
    if (!out_.reserve(4 + 1 + max_varint_size + size + 2)) return full();
    message(tag, [&] {
      unsigned char* at = out_.cursor();
      *at++ = tag::key;
      at = put_varint(at, size);
      out_.advance_to(repairs_ ? put_repaired(at, key) : put_bytes(at, key.data(), size));
      field(tag::value, held);
    });
  }

  void entry(std::string_view key, value const& held) noexcept { keyed(tag::element, key, held); }

  /// An array (`member` array_value) or a map (map_value): `body` writes what is in it.
  template <class Body> void container(unsigned char tag, unsigned char member, Body const& body) noexcept {
    message(tag, [&] {
      if (depth_ < limits_.attribute_value_depth) {
        ++depth_;
        message(member, body);
        --depth_;
      }
    });
  }

  /// A whole field that was written before, perhaps not all of it.
  void ready(void const* bytes, std::size_t size, bool all) noexcept {
    bool const fits = out_.reserve(size);
    if (fits) out_.advance_to(put_bytes(out_.cursor(), bytes, size));
    if (!fits || !all) full();
  }

  /// Something did not fit into the memory that a span may take.
  [[nodiscard]] bool cut() const noexcept { return cut_; }

private:
  template <class Body> void small(unsigned char tag, Body const& body) noexcept {
    if (!out_.reserve(2 + 1 + max_varint_size)) return full();
    unsigned char* const at = out_.cursor();
    unsigned char* const end = body(at + 2);
    at[0] = tag;
    at[1] = static_cast<unsigned char>(end - at - 2);
    out_.advance_to(end);
  }

  void text(unsigned char tag, value const& held) noexcept {
    if (repairs_ && held.kind == value_kind::text) return repaired_text(tag, held.text());
    std::size_t size = cut_size(held, limits_.attribute_value_length);
    std::size_t const most = 2 * (1 + max_varint_size);
    if (!out_.reserve(size + most)) {
      std::size_t room = out_.room();
      room -= room / 8; // what is set later should not find nothing at all
      if (room < most) return full();
      size = held.kind == value_kind::bytes ? room - most : truncate_bytes(held.text(), room - most).size();
      full();
    }
    unsigned char* at = out_.cursor();
    *at++ = tag;
    at = put_varint(at, 1 + varint_size(size) + size);
    *at++ = held.kind == value_kind::bytes ? tag::bytes_value : tag::string_value;
    at = put_varint(at, size);
    out_.advance_to(put_bytes(at, held.data, size));
  }

  void repaired_text(unsigned char tag, std::string_view text) noexcept {
    std::size_t const size = repaired_size(text);
    if (!out_.reserve(size + 2 * (1 + max_varint_size))) return full();
    unsigned char* at = out_.cursor();
    *at++ = tag;
    at = put_varint(at, 1 + varint_size(size) + size);
    *at++ = tag::string_value;
    at = put_varint(at, size);
    out_.advance_to(put_repaired(at, text));
  }

  void full() noexcept { cut_ = true; }

  tape& out_;
  span_limits const& limits_;
  std::uint32_t depth_ = 0;
  bool repairs_;
  bool cut_ = false;
};

/// True for vector<bool>, whose elements are no bools.
template <class Range>
concept bool_range = requires { requires std::same_as<typename Range::value_type, bool>; };

// What the user's own types throw ends the value where it got to; an element that can't be told is empty.

template <class Range> void write_array(value_sink& sink, unsigned char tag, void const* range, std::size_t) {
  sink.container(tag, tag::array_value, [&] {
    contain([&] {
      for (auto const& element : *static_cast<Range const*>(range))
        if constexpr (bool_range<Range>) sink.field(tag::element, value_of(static_cast<bool>(element)));
        else sink.field(tag::element, value_of(element));
    });
  });
}

/// Like std::multimap, where equal keys stand side by side.
template <class Range>
concept multimap_like = requires(Range& held, typename Range::value_type const& entry) {
  { held.insert(entry) } -> std::same_as<typename Range::iterator>;
  held.equal_range(entry.first);
};

template <class Iterator> struct values_of_key { Iterator first, last; };

template <class Iterator> void write_values(value_sink& sink, unsigned char tag, void const* of_key, std::size_t) {
  sink.container(tag, tag::array_value, [&] {
    contain([&] {
      auto [at, end] = *static_cast<values_of_key<Iterator> const*>(of_key);
      for (; at != end; ++at) sink.field(tag::element, value_of(at->second));
    });
  });
}

/// Each key once, with an array of all its values.
template <class Range> void write_multimap(value_sink& sink, Range const& entries) {
  using iterator = typename Range::const_iterator;
  for (iterator at = entries.begin(); at != entries.end();) {
    auto const [first, last] = entries.equal_range(at->first);
    values_of_key<iterator> const of_key{first, last};
    sink.entry(std::string_view{at->first}, value{&of_key, 1, &write_values<iterator>});
    at = last;
  }
}

template <class Range> void write_map(value_sink& sink, unsigned char tag, void const* range, std::size_t) {
  sink.container(tag, tag::map_value, [&] {
    contain([&] {
      if constexpr (multimap_like<Range>) return write_multimap(sink, *static_cast<Range const*>(range));
      for (auto const& entry : *static_cast<Range const*>(range))
        sink.entry(std::string_view{entry.first}, value_of(entry.second));
    });
  });
}

template <class Element> void write_list(value_sink& sink, unsigned char tag, void const* elements, std::size_t size) {
  auto const* const first = static_cast<Element const*>(elements);
  if constexpr (std::same_as<Element, attribute>)
    sink.container(tag, tag::map_value, [&] {
      for (std::size_t i = 0; i < size; ++i) sink.entry(first[i].key_text(), first[i].value());
    });
  else
    sink.container(tag, tag::array_value, [&] {
      for (std::size_t i = 0; i < size; ++i) sink.field(tag::element, value_of(first[i]));
    });
}

template <class Optional> void write_held(value_sink& sink, unsigned char tag, void const* optional, std::size_t) {
  auto const write = [&] {
    auto const& held = **static_cast<Optional const*>(optional);
    sink.field(tag, value_of(held));
  };
  if (!contain(write)) sink.field(tag, value{});
}

template <class Custom> void write_custom(value_sink& sink, unsigned char tag, void const* object, std::size_t) {
  auto const write = [&] {
    auto const& held = spanwise_value(*static_cast<Custom const*>(object));
    sink.field(tag, value_of(held));
  };
  if (!contain(write)) sink.field(tag, value{});
}

/// What a variant holds; an alternative that is empty itself, as std::monostate is, and one that an exception left
/// without any: the empty value.
template <class Variant> void write_alternative(value_sink& sink, unsigned char tag, void const* variant, std::size_t) {
  auto const& one_of = *static_cast<Variant const*>(variant);
  if (one_of.valueless_by_exception()) return sink.field(tag, value{});
  visit(
      [&](auto const& held) {
        using alternative = std::remove_cvref_t<decltype(held)>;
        if constexpr (std::is_empty_v<alternative> && !customised<alternative>) sink.field(tag, value{});
        else sink.field(tag, value_of(held));
      },
      one_of);
}

/// Any attribute, the general way. The value comes as a copy: a reference would keep callers' attributes in memory.
///
/// If the tape has no room for all of it: false, and nothing is written, unless
/// `or_cut`, when as much of the value as fits is.
[[gnu::noinline]] inline bool put_any_attribute(tape& out, unsigned char tag, std::string_view key, value held,
                                                span_limits const& limits, bool or_cut = false) noexcept {
  std::size_t const before = out.size();
  value_sink sink{out, limits};
  sink.keyed(tag, key, held);
  if (sink.cut() && !or_cut) out.advance_to(out.data() + before);
  return !sink.cut();
}

/// A value of ready_attributes: where it lies, and twice its size, plus one if that is not all of it.
inline void write_ready(value_sink& sink, unsigned char, void const* bytes, std::size_t facts) noexcept {
  sink.ready(bytes, facts / 2, facts % 2 == 0);
}

/// Attributes whose nested values have been written already. Writing them may run code of the user's, which may touch
/// any span: so it comes first, while all tapes are whole and no lock is held.
class ready_attributes {
public:
  /// Values take up to `most` bytes together; what is more is cut. The attributes given must outlive this.
  ready_attributes(attribute const* given, std::size_t count, span_limits const& limits, std::size_t most) noexcept
      : written_{static_cast<std::uint32_t>(most - most / 8)} {
    if (count > few) all_ = new (std::nothrow) attribute[count];
    if (all_ == nullptr) {
      count_misuse(misuse::span_memory_full);
      return;
    }
    count_ = count;
    for (std::size_t i = 0; i < count; ++i) {
      all_[i] = given[i];
      if (!given[i].nested()) continue;
      std::size_t const before = written_.size();
      value_sink sink{written_, limits};
      sink.field(tag::value, given[i].value());
      replace(i, nullptr, (written_.size() - before) * 2 + (sink.cut() ? 1 : 0));
    }
    unsigned char const* at = written_.data(); // which may have moved before
    for (std::size_t i = 0; i < count; ++i) {
      if (!all_[i].nested()) continue;
      auto const facts = static_cast<std::size_t>(all_[i].value().number);
      replace(i, at, facts);
      at += facts / 2;
    }
  }
  ready_attributes(ready_attributes const&) = delete;
  ready_attributes& operator=(ready_attributes const&) = delete;
  ~ready_attributes() {
    if (all_ != few_) delete[] all_;
  }

  [[nodiscard]] attribute const* data() const noexcept { return all_; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }

private:
  static constexpr std::size_t few = 6;

  void replace(std::size_t which, unsigned char const* bytes, std::size_t facts) noexcept {
    attribute const& old = all_[which];
    all_[which] = attribute{old.key_text().data(), old.about(), bytes, facts, &write_ready};
  }

  attribute few_[few];
  attribute* all_{few_};
  std::size_t count_{};
  inline_tape written_;
};

/// True if code of their values' types has to write some of them.
[[nodiscard]] constexpr bool any_nested(attribute const* given, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i)
    if (given[i].nested()) return true;
  return false;
}

/// Keys up to this length have a length of one byte, and so has all that is around them and a number.
inline constexpr std::size_t longest_short_key = 96;

/// The most that put_number writes.
[[nodiscard]] SPANWISE_INLINE constexpr std::size_t number_size(std::string_view key) noexcept {
  return key.size() + 4 + 3 + max_varint_size;
}

/// An integer, a floating-point number or a bool under a short key, where there is room.
SPANWISE_INLINE void put_number(tape& out, unsigned char tag, std::string_view key, value const& held) noexcept {
  unsigned char* const start = out.cursor();
  start[0] = tag;
  start[2] = tag::key;
  start[3] = static_cast<unsigned char>(key.size());
  unsigned char* const middle = put_bytes(start + 4, key.data(), key.size());
  unsigned char* const number = middle + 3;
  unsigned char* end = number + 1;
  middle[0] = tag::value;
  if (held.kind == value_kind::integer) {
    middle[2] = tag::int_value;
    end = put_varint(number, held.number);
  } else if (held.kind == value_kind::floating) {
    middle[2] = tag::double_value;
    store(number, held.number);
    end = number + sizeof(double);
  } else {
    middle[2] = tag::bool_value;
    *number = held.boolean() ? 1 : 0;
  }
  auto const size = static_cast<std::size_t>(end - number);
  middle[1] = static_cast<unsigned char>(1 + size);
  start[1] = static_cast<unsigned char>(key.size() + 5 + size);
  out.advance_to(end);
}

/// Keys up to this length are copied without a call.
inline constexpr std::size_t longest_key_of_text = 32;

/// A text under such a key, where there is room; the whole is at most 127 bytes long behind its length. `seen`: see
/// put_text.
SPANWISE_INLINE void put_short_text(tape& out, unsigned char tag, std::string_view key, std::string_view text,
                                    std::uint64_t& seen) noexcept {
  auto const key_size = static_cast<std::uint32_t>(key.size());
  auto const text_size = static_cast<std::uint32_t>(text.size());
  unsigned char* at = out.cursor();
  store(at, tag | (key_size + text_size + 6) << 8 | std::uint32_t{tag::key} << 16 | key_size << 24);
  at = put_few_bytes(at + 4, key.data(), key.size());
  store(at, tag::value | (text_size + 2) << 8 | std::uint32_t{tag::string_value} << 16 | text_size << 24);
  out.advance_to(put_text(at + 4, text.data(), text.size(), seen));
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/core/unlimited_attribute.hpp
//
// Writes the attributes of resources and scopes: no limit is for them, and nobody repairs their text later.

namespace spanwise::inline SPANWISE_ABI::detail {

/// An attribute of a resource or a scope, which no limit is for: all its text is made UTF-8 here, since receivers
/// refuse whole requests for one bad byte. False, with nothing written, if there is no room for it.
SPANWISE_COLD bool put_unlimited_attribute(tape& out, unsigned char tag, std::string_view key,
                                           value const& held) noexcept {
  std::size_t const before = out.size();
  span_limits const limits{};
  value_sink sink{out, limits, true};
  sink.keyed(tag, key, held);
  if (sink.cut()) out.advance_to(out.data() + before);
  return !sink.cut();
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/core/resource.hpp
//
// What the telemetry is about: the service, its version and place, the SDK. Fixed when a pipeline starts.
// Back half only: it keeps its attributes encoded, as exporters want them.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

SPANWISE_SMALL std::string repaired_text(std::string_view left) {
  std::string text;
  while (!left.empty()) text += repaired_piece(left);
  return text;
}

} // namespace detail

/// An unordered set of attributes with an optional schema URL (OpenTelemetry, resource SDK). Exempt from all limits.
class resource {
public:
  resource() = default;

  /// Sets one attribute; a key that is there already takes the new value. Ill-formed UTF-8 becomes U+FFFD.
  SPANWISE_COLD void set(attribute const& given) {
    if (given.absent() || given.key_text().empty()) return;
    // Host names and variables are any bytes, and receivers refuse whole requests for one bad byte.
    std::string const key = detail::repaired_text(given.key_text());
    detail::inline_tape out{1U << 20};
    detail::put_unlimited_attribute(out, detail::tag::bytes_1, key, given.value());
    replace(key, {reinterpret_cast<char const*>(out.data()), out.size()});
  }

  /// Sets several texts by their keys; empty ones are left out.
  SPANWISE_SMALL void set_texts(std::initializer_list<std::pair<std::string_view, std::string_view>> given) {
    for (auto const& [key, text] : given)
      if (!text.empty()) set({any_key{key}, text});
  }

  /// Takes over all attributes of `updating`, which wins where both have a key, and its schema URL.
  ///
  /// Two different schema URLs leave none, with a diagnostic (resource SDK, Merge).
  SPANWISE_SMALL void merge(resource const& updating) {
    detail::wire_reader fields{updating.encoded()};
    auto const* from = updating.encoded().data();
    for (detail::wire_field field; fields.read_next(field); from = fields.position())
      replace(attribute_view{field.bytes}.key,
              {reinterpret_cast<char const*>(from), static_cast<std::size_t>(fields.position() - from)});
    if (schema_url_.empty()) {
      schema_url_ = updating.schema_url_;
    } else if (!updating.schema_url_.empty() && schema_url_ != updating.schema_url_) {
      schema_url_.clear();
      report(severity::warning, "resource schema",
             "resources with two different schema URLs were merged; the result has none");
    }
  }

  /// Leaves out the attributes for whose keys `keeps` is false.
  template <class Keeps> void keep_if(Keeps const& keeps) {
    std::string kept;
    detail::wire_reader fields{encoded()};
    auto const* from = encoded().data();
    for (detail::wire_field field; fields.read_next(field); from = fields.position())
      if (keeps(attribute_view{field.bytes}.key))
        kept.append(reinterpret_cast<char const*>(from), static_cast<std::size_t>(fields.position() - from));
    encoded_ = std::move(kept);
  }

  void set_schema_url(std::string_view url) { schema_url_ = url; }

  /// The OTLP Resource message.
  [[nodiscard]] std::span<std::byte const> encoded() const noexcept { return std::as_bytes(std::span{encoded_}); }
  [[nodiscard]] attribute_range attributes() const noexcept { return {encoded(), 1}; }
  [[nodiscard]] std::string_view schema_url() const noexcept { return schema_url_; }

  /// The text under a key; empty if there is none or it is no text.
  [[nodiscard]] std::string_view text(std::string_view key) const noexcept {
    for (attribute_view const& present : attributes())
      if (present.key == key) return present.value.as_string();
    return {};
  }

private:
  SPANWISE_SMALL void replace(std::string_view key, std::string_view entry) {
    keep_if([&](std::string_view present) { return present != key; });
    encoded_ += entry;
  }

  std::string encoded_;
  std::string schema_url_;
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/core/scope.hpp
//
// The instrumentation scopes that a process has used: which library made a span, and in which version.
// A span's record names its scope by a small number; the back half looks the number up here.

namespace spanwise::inline SPANWISE_ABI {

/// What a tracer says of itself: name, version and schema URL of the instrumentation, each possibly empty.
struct scope_view {
  std::string_view name;
  std::string_view version;
  std::string_view schema_url;
  std::span<std::byte const> encoded; ///< the OTLP InstrumentationScope message

  [[nodiscard]] attribute_range attributes() const noexcept { return {encoded, 3}; }
};

namespace detail {

/// The same as a tracer has it, which names what it was made from.
struct scope_ref {
  std::string_view name;
  std::string_view version;
  std::string_view schema_url;
  std::uint64_t hash; ///< of the three texts
  std::span<attribute const> attributes{};
  std::uint64_t made_of{}; ///< a hash of the attributes; 0 for constants

  /// Tells scopes apart at a glance. Attributes that are constants count by where they lie: their values can't be looked
  /// at while compiling. Others may lie where others lay before.
  [[nodiscard]] SPANWISE_INLINE std::uint64_t mark() const noexcept {
    return hash + made_of + reinterpret_cast<std::uintptr_t>(attributes.data());
  }
};

/// Writes them as field 3 of an InstrumentationScope, and gives a hash of them. Their order says nothing, and of those
/// that have one key the last counts.
SPANWISE_COLD std::uint64_t put_scope_attributes(tape& out, std::span<attribute const> given) noexcept {
  std::uint64_t sum = 0;
  for (attribute const& each : given) {
    bool again = each.absent() || each.key_text().empty();
    for (attribute const* later = &each + 1; later != given.data() + given.size(); ++later)
      again = again || (!later->absent() && later->key_text() == each.key_text());
    std::size_t const before = out.size();
    if (again || !put_unlimited_attribute(out, tag::bytes_3, each.key_text(), each.value())) continue;
    std::uint64_t hash = 14695981039346656037ULL;
    for (std::size_t at = before; at < out.size(); ++at) hash = (hash ^ out.data()[at]) * 1099511628211ULL;
    sum += hash;
  }
  return sum;
}

inline constexpr std::uint32_t most_scope_bytes = 1U << 20;
[[nodiscard]] SPANWISE_COLD std::uint64_t hash_of_attributes(std::span<attribute const> given) noexcept {
  inline_tape out{most_scope_bytes};
  return put_scope_attributes(out, given);
}

} // namespace detail

/// The scopes in use, by number; entries are added by any thread and never change or go away.
class scope_list {
public:
  static constexpr std::size_t capacity = 256;

  constexpr scope_list() noexcept = default;
  scope_list(scope_list const&) = delete;
  scope_list& operator=(scope_list const&) = delete;

  /// The number of this scope, adding it at first use. A full list gives 0, the unnamed scope, and says so once.
  ///
  /// `attributes` are encoded, as field 3 of an InstrumentationScope; `hash` is of all that is given.
  std::uint16_t find_or_add(std::uint64_t hash, std::string_view name, std::string_view version,
                            std::string_view schema_url, std::span<unsigned char const> attributes = {}) noexcept {
    entry* added = nullptr;
    for (std::size_t number = 0; number < capacity; ++number) {
      entry* present = entries_[number].load(detail::acquire);
      if (present == nullptr) {
        if (added == nullptr) added = make(hash, name, version, schema_url, attributes);
        if (added == nullptr) return 0;
        if (entries_[number].compare_exchange(present, added, detail::acq_rel, detail::acquire))
          return static_cast<std::uint16_t>(number);
      }
      if (present->hash == hash) {
        ::operator delete(added);
        return static_cast<std::uint16_t>(number);
      }
    }
    ::operator delete(added);
    detail::count_misuse(misuse::too_many_scopes);
    return 0;
  }

  /// What was last noted of a scope, 0 at first.
  [[nodiscard]] std::uint32_t note(std::size_t number) const noexcept {
    entry const* const present = entries_[number].load(detail::acquire);
    return present == nullptr ? 0 : present->note.load(detail::relaxed);
  }
  void note(std::size_t number, std::uint32_t what) noexcept {
    if (entry* const present = entries_[number].load(detail::acquire)) present->note.store(what, detail::relaxed);
  }

  [[nodiscard]] scope_view operator[](std::size_t number) const noexcept {
    entry const* const present = number < capacity ? entries_[number].load(detail::acquire) : nullptr;
    return present == nullptr ? scope_view{} : present->view;
  }

  [[nodiscard]] std::size_t size() const noexcept {
    std::size_t count = 0;
    while (count < capacity && entries_[count].load(detail::acquire) != nullptr) ++count;
    return count;
  }

private:
  struct entry {
    std::uint64_t hash;
    scope_view view;
    detail::atomic<std::uint32_t> note{0};
  };

  /// Receivers refuse whole requests for one byte that is no UTF-8.
  static entry* make(std::uint64_t hash, std::string_view name, std::string_view version, std::string_view schema_url,
                     std::span<unsigned char const> attributes) noexcept {
    using detail::repaired_size;
    std::size_t const texts = repaired_size(name) + repaired_size(version) + repaired_size(schema_url);
    auto* const block = static_cast<unsigned char*>(::operator new(
        sizeof(entry) + 2 * texts + attributes.size() + 4 * detail::max_varint_size, std::nothrow));
    if (block == nullptr) return nullptr;
    unsigned char* const message = block + sizeof(entry);
    unsigned char* out = message;
    auto const field = [&](unsigned char tag, std::string_view text) {
      if (text.empty()) return;
      *out++ = tag;
      out = detail::put_varint(out, repaired_size(text));
      out = detail::put_repaired(out, text);
    };
    field(detail::tag::bytes_1, name);
    field(detail::tag::bytes_2, version);
    out = detail::put_bytes(out, attributes.data(), attributes.size());
    auto const size = static_cast<std::size_t>(out - message);
    auto const kept = [&](std::string_view text) {
      auto const* const start = reinterpret_cast<char const*>(out);
      out = detail::put_repaired(out, text);
      return std::string_view{start, static_cast<std::size_t>(reinterpret_cast<char const*>(out) - start)};
    };
    scope_view const view{kept(name), kept(version), kept(schema_url), {reinterpret_cast<std::byte const*>(message), size}};
    return new (block) entry{hash, view};
  }

  detail::atomic<entry*> entries_[capacity]{};
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/pipeline/exporter.hpp
//
// What an exporter is: the last station of a pipeline, which takes finished spans out of the process.
// Exporters come in two halves: a description, a plain aggregate that any translation unit can name, and its sender,
// which `start` alone instantiates. A type of your own that satisfies `exporter` needs no description.

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

// spanwise/export/any_of.hpp
//
// Compiles several exporters in and lets the environment choose when the program starts:
// OTEL_TRACES_EXPORTER by name (otlp, console, none, or several of them), OTEL_EXPORTER_OTLP_PROTOCOL between two of a
// name.

namespace spanwise::inline SPANWISE_ABI {

/// Exporters to choose from at run time: `batch{any_of{otlp_http{}, otlp_http_protobuf{}, console{}}}`.
///
/// Each says what it is called in `static constexpr std::string_view exporter_name`, and in `protocol` where several
/// share a name. Nothing set, or nothing built in: `otlp`, as http/protobuf, if that is among them; else the first.
template <class... Choices> struct any_of {
  explicit any_of(Choices... given) : choices{std::move(given)...} {}
  std::tuple<Choices...> choices;
};

namespace detail {

/// What a choice is called.
struct choice_name {
  std::string_view exporter;
  std::string_view protocol;
};

template <class Choice> constexpr choice_name name_of_choice() noexcept {
  static_assert(
      requires { std::string_view{Choice::exporter_name}; },
      "spanwise: an exporter in any_of needs a name for OTEL_TRACES_EXPORTER, as static constexpr "
      "std::string_view exporter_name");
  choice_name name{};
  if constexpr (requires { Choice::exporter_name; }) name.exporter = Choice::exporter_name;
  if constexpr (requires { Choice::protocol; }) name.protocol = Choice::protocol;
  return name;
}

/// Which of `built` the environment asks for, by their positions; empty for `none`.
template <class = on_use>
std::vector<std::size_t> choose_exporters(std::span<choice_name const> built, environment const& env) {
  auto const asked = env.list("OTEL_TRACES_EXPORTER").value_or(std::vector<std::string>{});
  std::string_view constexpr usual = "http/protobuf";
  std::string_view protocol = usual;
  std::string_view constexpr own_variable = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL";
  std::string_view const variable = env.text(own_variable) ? own_variable : "OTEL_EXPORTER_OTLP_PROTOCOL";
  if (auto const value = env.choice(variable, {"grpc", "http/protobuf", "http/json"})) protocol = *value;

  auto const find = [&](std::string_view name) {
    auto const fit = [&](choice_name const& one) {
      return one.protocol == protocol ? 2 : one.protocol == usual ? 1 : 0;
    };
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < built.size(); ++i)
      if (same_letters(built[i].exporter, name) && (!found || fit(built[i]) > fit(built[*found]))) found = i;
    return found;
  };
  std::vector<std::size_t> chosen;
  bool none = false;
  std::string unknown;
  for (std::string const& name : asked) {
    auto const found = find(name);
    if (found && !contains(chosen, *found)) chosen.push_back(*found);
    if (found) continue;
    if (same_letters(name, "none")) none = true;
    else add_item(unknown, shown(name));
  }
  if (!unknown.empty()) {
    std::string names;
    for (choice_name const& each : built)
      if (names.find(each.exporter) == names.npos) names.append(each.exporter).append(", ");
    report(severity::warning, "OTEL_TRACES_EXPORTER",
           "OTEL_TRACES_EXPORTER asks for " + unknown + ", which this program was not built with (it has " + names +
               "none); it is ignored");
  }
  if (none && !chosen.empty())
    report(severity::warning, "OTEL_TRACES_EXPORTER none",
           "OTEL_TRACES_EXPORTER names none beside other exporters; the others are used");
  if (chosen.empty() && !none) chosen.push_back(find("otlp").value_or(0));
  return chosen;
}

} // namespace detail

/// The names of the exporters that the variables choose of these, in the order in which they name them; none at all for
/// `none`.
template <class... Choices>
[[nodiscard]] std::vector<std::string_view> chosen_exporters(any_of<Choices...> const&, environment const& env) {
  detail::choice_name const built[] = {detail::name_of_choice<Choices>()...};
  std::vector<std::string_view> names;
  for (std::size_t const position : detail::choose_exporters(built, env)) names.push_back(built[position].exporter);
  return names;
}

/// Runs the chosen exporters one after another. The result is that of the one that exported least; with none chosen,
/// all spans count as filtered.
template <class... Choices, class Client> struct sender<any_of<Choices...>, Client> {
  static_assert(sizeof...(Choices) > 0, "spanwise: any_of needs at least one exporter to choose from");

  sender(any_of<Choices...> given, exporter_setup const& setup) noexcept {
    detail::contain([&] {
      detail::choice_name const names[] = {detail::name_of_choice<Choices>()...};
      set_up(detail::choose_exporters(names, setup.env), given.choices, setup, std::index_sequence_for<Choices...>{});
    });
  }

  /// False if none of the chosen exporters could be set up.
  [[nodiscard]] bool usable() const noexcept {
    bool any = false;
    bool good = false;
    each(senders_, [&](auto const& chosen) {
      any = true;
      if constexpr (requires { chosen.usable(); }) good = good || chosen.usable();
      else good = true;
    });
    return good || !any;
  }

  export_result export_spans(span_batch const& batch, deadline until) noexcept {
    std::size_t const size = batch.records.size();
    std::optional<export_result> least;
    each(senders_, [&](auto& chosen) {
      export_result const result =
          detail::contain([&] { return chosen.export_spans(batch, until); }, export_result{.failed = size});
      if (!least || result.exported < least->exported) least = result;
    });
    return least.value_or(export_result{.filtered = size});
  }

  bool flush(deadline until) noexcept {
    bool good = true;
    each(senders_, [&](auto& chosen) {
      good = detail::contain([&] { return detail::flush_sender(chosen, until); }, false) && good;
    });
    return good;
  }
  void shutdown(deadline until) noexcept {
    each(senders_, [&](auto& chosen) { detail::contain([&] { detail::shutdown_sender(chosen, until); }); });
  }
  void cancel() noexcept {
    each(senders_, [](auto& chosen) { detail::cancel_sender(chosen); });
  }

private:
  template <class Choice>
  using sender_of = decltype(detail::make_sender(std::declval<Choice>(), std::declval<exporter_setup const&>()));

  template <std::size_t... Positions>
  void set_up(std::vector<std::size_t> const& chosen, std::tuple<Choices...>& given, exporter_setup const& setup,
              std::index_sequence<Positions...>) {
    auto const make = [&]<class Choice>(std::size_t position, Choice& choice, std::optional<sender_of<Choice>>& place) {
      if (!detail::contains(chosen, position)) return;
      if constexpr (exporter<Choice>) place.emplace(std::move(choice));
      else place.emplace(std::move(choice), setup);
    };
    (make(Positions, std::get<Positions>(given), std::get<Positions>(senders_)), ...);
  }

  template <class Senders, class Visit> static void each(Senders& senders, Visit&& visit) {
    std::apply([&](auto&... places) { ((places ? visit(*places) : void()), ...); }, senders);
  }

  std::tuple<std::optional<sender_of<Choices>>...> senders_;
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/detail/buffer.hpp
//
// A growing run of bytes that keeps its memory when cleared: what encoders write into and transports send from.
// Allocation failure is remembered instead of thrown; text appended after it is lost, so ask failed() before use.

namespace spanwise::inline SPANWISE_ABI::detail {

/// Owns malloc'ed bytes; movable. One thread at a time.
class buffer {
public:
  /// More than this is refused as if memory had run out; no export comes near it.
  static constexpr std::size_t max_size = std::size_t{1} << 30;

  constexpr buffer() noexcept = default;
  buffer(buffer const&) = delete;
  buffer& operator=(buffer const&) = delete;
  buffer(buffer&& other) noexcept
      : data_{std::exchange(other.data_, nullptr)}, size_{std::exchange(other.size_, 0)},
        capacity_{std::exchange(other.capacity_, 0)}, failed_{std::exchange(other.failed_, false)} {}
  buffer& operator=(buffer&& other) noexcept {
    buffer taken{std::move(other)};
    std::swap(data_, taken.data_);
    std::swap(size_, taken.size_);
    std::swap(capacity_, taken.capacity_);
    std::swap(failed_, taken.failed_);
    return *this;
  }
  ~buffer() { std::free(data_); }

  [[nodiscard]] char* data() noexcept { return data_; }
  [[nodiscard]] char const* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// True once memory ran out; what the buffer holds is then incomplete. clear() forgets it.
  [[nodiscard]] bool failed() const noexcept { return failed_; }

  [[nodiscard]] std::string_view text() const noexcept { return {data_, size_}; }
  [[nodiscard]] std::span<std::byte const> bytes() const noexcept {
    return {reinterpret_cast<std::byte const*>(data_), size_};
  }

  /// Forgets the bytes and keeps the memory for the next use.
  void clear() noexcept {
    size_ = 0;
    failed_ = false;
  }
  /// Forgets that memory ran out, for whoever can live with what was not appended.
  void recover() noexcept { failed_ = false; }
  /// Gives the memory back as well.
  void reset() noexcept { *this = buffer{}; }
  /// Cuts back to `size` bytes, which must not be more than there are.
  void truncate(std::size_t size) noexcept { size_ = size; }

  /// Makes room for `more` bytes behind the end and returns where they go; nullptr when memory ran out.
  [[nodiscard]] char* room(std::size_t more) noexcept {
    if (capacity_ - size_ >= more && data_ != nullptr) [[likely]]
      return data_ + size_;
    return grow(more);
  }
  /// Declares that bytes up to `end`, a place within the room given, are now written.
  void commit(char const* end) noexcept { size_ = static_cast<std::size_t>(end - data_); }

  void append(char const* from, std::size_t count) noexcept {
    char* const to = room(count);
    if (to == nullptr) return;
    if (count != 0) std::memcpy(to, from, count);
    size_ += count;
  }
  void append(std::string_view text) noexcept { append(text.data(), text.size()); }
  void append(std::span<std::byte const> bytes) noexcept {
    append(reinterpret_cast<char const*>(bytes.data()), bytes.size());
  }
  void push(char one) noexcept { append(&one, 1); }

private:
  SPANWISE_COLD char* grow(std::size_t more) noexcept {
    std::size_t const least = size_ + more;
    std::size_t wanted = capacity_ < 512 ? 1024 : capacity_ * 2;
    if (wanted < least) wanted = least + least / 8;
    bool const too_much = more > max_size || least > max_size;
    char* const moved = failed_ || too_much ? nullptr : static_cast<char*>(std::realloc(data_, wanted));
    if (moved == nullptr) {
      failed_ = true;
      return nullptr;
    }
    data_ = moved;
    capacity_ = wanted;
    return data_ + size_;
  }

  char* data_{};
  std::size_t size_{};
  std::size_t capacity_{};
  bool failed_{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/export/held_spans.hpp
//
// Holds finished spans until the part of their trace that ran in this process is complete, so that it can be shown
// whole: parents end last, so a span comes before its parent does. Bounds are its owner's to set.

namespace spanwise::inline SPANWISE_ABI::detail {

/// A span that is held, and what it waits for.
struct held_span {
  trace_id trace{};
  span_id own{};
  span_id parent{};
  std::int64_t since_ns{};
  std::size_t offset{}; // of its bytes in the store
  std::uint32_t size{};
  std::uint16_t scope{};
  bool local_root{};
  bool late{};  // its parent was taken out before it came
  bool ready{}; // waits for nothing any more
};

/// One thread at a time. What allocates may throw std::bad_alloc, and has then changed nothing.
template <class = on_use> class held_spans {
public:
  /// Copies the span; `now_ns` tells how long it has been waiting. False if there is no memory for it.
  bool add(record const& finished, std::int64_t now_ns) {
    if (spans_.size() == spans_.capacity()) spans_.reserve(spans_.size() * 2 + 64);
    std::size_t const offset = bytes_.size();
    bytes_.append(finished.bytes());
    if (bytes_.failed()) {
      bytes_.recover();
      return false;
    }
    span_view const view{finished};
    held_span one;
    one.trace = view.trace_id();
    one.own = view.span_id();
    one.parent = view.parent_span_id();
    one.since_ns = now_ns;
    one.offset = offset;
    one.size = finished.size;
    one.scope = finished.scope;
    one.local_root = view.local_root();
    one.late = !one.local_root && was_taken(one.parent);
    one.ready = one.local_root || one.late;
    any_ready_ = any_ready_ || one.ready;
    live_bytes_ += one.size;
    spans_.push_back(one);
    return true;
  }

  [[nodiscard]] std::size_t size() const noexcept { return spans_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return live_bytes_; }
  /// True if take_ready() has something to give.
  [[nodiscard]] bool any_ready() const noexcept { return any_ready_; }

  /// Traces of which a span came before `before_ns` wait no longer.
  void expire(std::int64_t before_ns) {
    if (spans_.empty() || spans_.front().since_ns >= before_ns) return;
    std::vector<trace_id> traces;
    for (held_span const& each : spans_)
      if (each.since_ns < before_ns) traces.push_back(each.trace);
    sort_stably(traces, [](trace_id const& left, trace_id const& right) { return left < right; });
    for (held_span& each : spans_) {
      each.ready = each.ready || sorted_contains(traces, each.trace);
      any_ready_ = any_ready_ || each.ready;
    }
  }

  /// Calls `each(held_span, bytes)` for the local roots that have come and for all that is below them, in the order of
  /// arrival; these are then no longer held.
  template <class Function> void take_ready(Function&& each) {
    if (!any_ready_) return;
    mark_below_ready();
    for (held_span const& one : spans_)
      if (one.ready) each(one, bytes_.bytes().subspan(one.offset, one.size));
    forget_ready();
  }

  /// The same for all spans.
  template <class Function> void take_all(Function&& each) {
    for (held_span& one : spans_) one.ready = true;
    any_ready_ = !spans_.empty();
    take_ready(each);
  }

private:
  /// Of how many spans it is remembered that they were taken, to know a late child when it comes.
  static constexpr std::size_t remembered = 1024;

  [[nodiscard]] bool was_taken(span_id parent) const noexcept { return contains(taken_, parent); }

  void mark_below_ready() {
    std::vector<trace_id> traces;
    std::vector<std::size_t> todo;
    for (std::size_t at = 0; at < spans_.size(); ++at) {
      if (!spans_[at].ready) continue;
      traces.push_back(spans_[at].trace);
      todo.push_back(at);
    }
    sort_stably(traces, [](trace_id const& left, trace_id const& right) { return left < right; });
    std::vector<std::size_t> by_parent;
    for (std::size_t at = 0; at < spans_.size(); ++at)
      if (!spans_[at].ready && sorted_contains(traces, spans_[at].trace)) by_parent.push_back(at);
    sort_stably(by_parent,
                [this](std::size_t left, std::size_t right) { return spans_[left].parent < spans_[right].parent; });
    while (!todo.empty()) {
      held_span const& parent = spans_[todo.back()];
      todo.pop_back();
      std::size_t child = first_not(by_parent, [&](std::size_t at) { return spans_[at].parent < parent.own; });
      for (; child != by_parent.size() && spans_[by_parent[child]].parent == parent.own; ++child) {
        held_span& one = spans_[by_parent[child]];
        if (one.ready || one.trace != parent.trace) continue;
        one.ready = true;
        todo.push_back(by_parent[child]);
      }
    }
  }

  void forget_ready() {
    taken_.reserve(remembered);
    for (held_span const& one : spans_) {
      if (!one.ready) continue;
      live_bytes_ -= one.size;
      if (taken_.size() < remembered) taken_.push_back(one.own);
      else taken_[next_taken_++ % remembered] = one.own;
    }
    std::erase_if(spans_, [](held_span const& one) { return one.ready; });
    any_ready_ = false;
    if (live_bytes_ * 2 > bytes_.size()) return;
    std::size_t end = 0;
    for (held_span& one : spans_) {
      std::memmove(bytes_.data() + end, bytes_.data() + one.offset, one.size);
      one.offset = end;
      end += one.size;
    }
    bytes_.truncate(end);
  }

  buffer bytes_{};
  std::vector<held_span> spans_{};
  std::vector<span_id> taken_{};
  std::size_t next_taken_{};
  std::size_t live_bytes_{};
  bool any_ready_{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/export/terminal.hpp
//
// What a stream leads to: a terminal or not, how wide, and whether it shows colours and Unicode.

namespace spanwise::inline SPANWISE_ABI::detail {

/// True if the locale of the environment writes UTF-8; LC_ALL counts before LC_CTYPE before LANG, as POSIX has it.
/// True also if none of them is set, as in most containers: what shows their output knows UTF-8.
template <class = on_use> bool utf8_locale(environment const& env) {
  for (char const* const name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (auto const value = env.text(name)) {
      std::string letters;
      for (char const letter : *value)
        if (letter != '-') letters += static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter + 32 : letter);
      return letters.find("utf8") != std::string::npos;
    }
  return true;
}

template <class = on_use> bool is_terminal(std::FILE* stream) noexcept {
  int const file = stream == nullptr ? -1 : ::fileno(stream);
  return file >= 0 && ::isatty(file) == 1;
}

/// Colours are for terminals that are not called dumb, and for nobody who sets NO_COLOR (no-color.org).
template <class = on_use> bool wants_colors(std::FILE* stream, environment const& env) {
  return is_terminal(stream) && !env.text("NO_COLOR") && env.text("TERM").value_or("dumb") != "dumb";
}

/// The columns of the terminal that a stream leads to; 0 if it leads elsewhere.
template <class = on_use> std::size_t terminal_columns(std::FILE* stream) noexcept {
  winsize size{};
  return is_terminal(stream) && ::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/// What COLUMNS says, else 100.
template <class = on_use> std::size_t default_columns(environment const& env) {
  std::size_t columns = 0;
  for (char const digit : env.text("COLUMNS").value_or("")) {
    if (digit < '0' || digit > '9' || columns > 9999) return 100;
    columns = columns * 10 + static_cast<std::size_t>(digit - '0');
  }
  return columns == 0 ? 100 : columns;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/export/text_layout.hpp
//
// Text for people at a terminal: how many columns it takes, how it is cut, and durations in units that read well.
// What a span says is never trusted: control characters, which could steer a terminal, are shown as escapes.

namespace spanwise::inline SPANWISE_ABI::detail {

/// One character of UTF-8 text; an ill-formed part is U+FFFD.
struct text_piece {
  std::string_view bytes;
  std::uint32_t code{};
};

/// Takes the first character off `text`, which must not be empty.
template <class = on_use> text_piece take_character(std::string_view& text) noexcept {
  character const first = first_character(text);
  text_piece piece{text.substr(0, first.size), 0xfffd};
  text.remove_prefix(first.size);
  if (!first.well_formed) return piece;
  auto const lead = static_cast<unsigned char>(piece.bytes[0]);
  piece.code = first.size == 1 ? lead : lead & (0x7fU >> first.size);
  for (char const next : piece.bytes.substr(1))
    piece.code = piece.code << 6 | (static_cast<unsigned char>(next) & 0x3fU);
  return piece;
}

/// The columns that a character takes: none for marks that combine, two for wide East Asian ones and pictures.
constexpr std::size_t columns_of(std::uint32_t code) noexcept {
  constexpr std::uint32_t none[][2] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},    {0x610, 0x61a},
                                       {0x64b, 0x65f},   {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},  {0x200b, 0x200f},
                                       {0x202a, 0x202e}, {0x2060, 0x2064}, {0x20d0, 0x20ff},  {0xfe00, 0xfe0f},
                                       {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0100, 0xe01ef}};
  constexpr std::uint32_t two[][2] = {{0x1100, 0x115f},  {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xa960, 0xa97c},
                                      {0xac00, 0xd7a3},  {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
                                      {0xffe0, 0xffe6},  {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff},
                                      {0x20000, 0x3fffd}};
  if (code < 0x300) return 1;
  for (auto const& range : none)
    if (code >= range[0] && code <= range[1]) return 0;
  for (auto const& range : two)
    if (code >= range[0] && code <= range[1]) return 2;
  return 1;
}

/// Text that is safe to print: line breaks, control and bidirectional characters become escapes, ill-formed bytes
/// U+FFFD.
template <class = on_use> void append_printable(std::string& out, std::string_view text) {
  while (!text.empty()) {
    text_piece const piece = take_character(text);
    bool const control = piece.code < 0x20 || (piece.code >= 0x7f && piece.code < 0xa0);
    bool const steers =
        (piece.code >= 0x202a && piece.code <= 0x202e) || (piece.code >= 0x2066 && piece.code <= 0x2069);
    if (piece.code == '\n') out += "\\n";
    else if (piece.code == '\t') out += "\\t";
    else if (piece.code == '\r') out += "\\r";
    else if (control || steers) {
      char escape[12];
      std::snprintf(escape, sizeof escape, piece.code < 0x100 ? "\\x%02x" : "\\u%04x",
                    static_cast<unsigned>(piece.code));
      out += escape;
    } else if (piece.code == 0xfffd) out += replacement_character;
    else out += piece.bytes;
  }
}

template <class = on_use> std::string printable(std::string_view text) {
  std::string out;
  append_printable(out, text);
  return out;
}

/// The columns that printable text takes.
template <class = on_use> std::size_t display_width(std::string_view text) noexcept {
  std::size_t columns = 0;
  while (!text.empty()) columns += columns_of(take_character(text).code);
  return columns;
}

/// Cuts printable text to `columns`, the last of them then an ellipsis; `ellipsis` takes as many columns as it has
/// dots.
template <class = on_use> std::string cut_to(std::string_view text, std::size_t columns, std::string_view ellipsis) {
  if (text.size() <= columns || display_width(text) <= columns) return std::string{text};
  std::size_t const mark = display_width(ellipsis);
  if (columns < mark) return std::string(columns, '.');
  std::string out;
  for (std::size_t used = mark; !text.empty();) {
    text_piece const piece = take_character(text);
    used += columns_of(piece.code);
    if (used > columns) break;
    out += piece.bytes;
  }
  return out += ellipsis;
}

/// Breaks printable text at blanks into lines of at most `columns`; what does not fit into `most` of them is cut.
template <class = on_use>
std::vector<std::string> wrapped(std::string_view text, std::size_t columns, std::size_t most,
                                 std::string_view ellipsis) {
  std::vector<std::string> lines;
  while (lines.size() + 1 < most && display_width(text) > columns) {
    std::string_view rest = text;
    std::size_t fits = 0;
    std::size_t blank = 0;
    for (std::size_t used = 0; !rest.empty();) {
      text_piece const piece = take_character(rest);
      used += columns_of(piece.code);
      if (piece.code == ' ' && fits != 0) blank = fits;
      if (used > columns) break;
      fits = text.size() - rest.size();
    }
    if (fits == 0) break; // not even one character is as narrow as that
    std::size_t const end = blank != 0 ? blank : fits;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(blank != 0 ? end + 1 : end);
  }
  lines.push_back(cut_to(text, columns, ellipsis));
  return lines;
}

/// The time from one moment to another, at most what 64 bits can say: moments may be anything.
constexpr std::int64_t nanoseconds_between(std::int64_t from, std::int64_t to) noexcept {
  if (to >= from) {
    auto const gap = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
    return gap > INT64_MAX ? INT64_MAX : static_cast<std::int64_t>(gap);
  }
  return -nanoseconds_between(to, from);
}

/// Pads `out` with blanks as if its last `used` columns had to fill `columns`.
template <class = on_use> void pad(std::string& out, std::size_t used, std::size_t columns) {
  if (used < columns) out.append(columns - used, ' ');
}

/// Units of time, each a thousand of the one before.
enum class time_unit : std::uint8_t { nanoseconds, microseconds, milliseconds, seconds };

/// The unit in which a duration has one to three digits before its point; seconds for all that is longer.
constexpr time_unit unit_of(std::int64_t nanoseconds) noexcept {
  if (nanoseconds >= 1'000'000'000) return time_unit::seconds;
  if (nanoseconds >= 1'000'000) return time_unit::milliseconds;
  return nanoseconds >= 1'000 ? time_unit::microseconds : time_unit::nanoseconds;
}

/// A duration such as `1.24 ms`, in `unit` where that leaves something to read and in a smaller one otherwise.
///
/// With `micro` as "us" all letters are ASCII.
template <class = on_use>
std::string duration_text(std::int64_t nanoseconds, time_unit unit, std::string_view micro = "µs") {
  if (nanoseconds == INT64_MIN) ++nanoseconds;
  if (nanoseconds < 0) return "-" + duration_text(-nanoseconds, unit, micro);
  constexpr double scales[] = {1, 1e3, 1e6, 1e9};
  std::string_view const names[] = {"ns", micro, "ms", "s"};
  auto value = static_cast<double>(nanoseconds) / scales[static_cast<std::size_t>(unit)];
  if (value < 0.095 && nanoseconds != 0) {
    unit = unit_of(nanoseconds);
    value = static_cast<double>(nanoseconds) / scales[static_cast<std::size_t>(unit)];
  }
  // Whole hundredths, put together by hand: a locale may write another decimal point.
  bool const whole = unit == time_unit::nanoseconds;
  auto const scaled = static_cast<std::uint64_t>(value * (whole ? 1.0 : 100.0) + 0.5);
  std::string out = std::to_string(whole ? scaled : scaled / 100);
  if (!whole) {
    out += '.';
    out += static_cast<char>('0' + scaled / 10 % 10);
    out += static_cast<char>('0' + scaled % 10);
  }
  out += ' ';
  return out += names[static_cast<std::size_t>(unit)];
}

template <class = on_use> std::string duration_text(std::int64_t nanoseconds) {
  return duration_text(nanoseconds, unit_of(nanoseconds < 0 ? -(nanoseconds + 1) : nanoseconds));
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/export/waterfall_span.hpp
//
// A span as a person sees it, with its attributes as text: what a waterfall is drawn from.
// Whoever has spans in another form, of this process or of others, fills these in.

namespace spanwise::inline SPANWISE_ABI {

struct waterfall_attribute {
  std::string key{};
  std::string value{};
};

struct waterfall_event {
  std::string name{};
  time_point time{};
  std::vector<waterfall_attribute> attributes{};
};

struct waterfall_link {
  spanwise::trace_id trace_id{};
  spanwise::span_id span_id{};
};

/// Where the parent of a span is looked for, which says what its absence from a drawing means.
enum class parent_place : std::uint8_t {
  here,               ///< among the spans drawn: its absence is told as odd
  in_another_process, ///< the span serves a call from elsewhere
  not_ended,          ///< still running, as far as one knows
  drawn_before
};

/// A span as it is drawn. All text may come from strangers: it is made safe to print.
struct waterfall_span {
  spanwise::trace_id trace_id{};
  spanwise::span_id span_id{};
  spanwise::span_id parent_id{}; ///< not valid() for a root
  parent_place parent_is{};
  std::string service{};
  std::string name{};
  span_kind kind{};
  time_point start{};
  time_point end{};
  status_code status{};
  std::string message{}; ///< of the status
  std::vector<waterfall_attribute> attributes{};
  std::vector<waterfall_event> events{};
  std::vector<waterfall_link> links{};
  std::vector<std::string> notes{}; ///< anything else worth a word, such as "3 attributes dropped"
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/export/waterfall_tree.hpp
//
// Puts the spans of one trace into the order of a tree, each with the lines that join it to its parent.
// Any spans do: absent parents, circles and doubled ids still give one row for each span.

namespace spanwise::inline SPANWISE_ABI::detail {

/// The characters that trees, bars and marks are drawn with.
struct waterfall_glyphs {
  std::string_view branch, last_branch, line, gap, deep;
  std::string_view bar, bar_from_half, bar_to_half, tick;
  std::string_view event, error, ellipsis, link, micro;
};

inline constexpr waterfall_glyphs unicode_glyphs{"├ ", "└ ", "│ ", "  ", "⋯ ", "━", "╺",
                                                 "╸",  "╵",  "•",  "✗",  "…",  "→", "µs"};
inline constexpr waterfall_glyphs ascii_glyphs{"|- ", "`- ", "|  ", "   ", ".. ", "=",  "=",
                                               "=",   "'",   "*",   "x",   "...", "->", "us"};

/// One line of a waterfall: a span, or an event of it.
struct waterfall_row {
  waterfall_span const* span{};
  waterfall_event const* event{}; // nullptr for the span itself
  std::string lead{};             // the tree in front of the name
  std::string below{};            // the same for further lines of this row
  bool parent_missing{};
};

/// The rows of one trace, which has at least one span; the spans must outlive it.
template <class = on_use> class waterfall_tree {
public:
  /// Spans more than `deepest` levels down are no longer indented.
  waterfall_tree(std::vector<waterfall_span const*> spans, waterfall_glyphs const& glyphs, std::size_t deepest)
      : spans_{std::move(spans)}, glyphs_{glyphs}, deepest_{deepest} {
    arrange();
  }

  [[nodiscard]] std::vector<waterfall_row> const& rows() const noexcept { return rows_; }
  /// In the order in which they started.
  [[nodiscard]] std::vector<waterfall_span const*> const& spans() const noexcept { return spans_; }

private:
  struct node {
    waterfall_span const* span{};
    std::size_t depth{};
    bool visited{};
    bool parent_missing{};
    std::vector<std::size_t> children{};
  };

  void arrange() {
    sort_stably(spans_,
                [](waterfall_span const* left, waterfall_span const* right) { return left->start < right->start; });
    nodes_.resize(spans_.size());
    std::vector<std::size_t> by_id(spans_.size());
    for (std::size_t at = 0; at < spans_.size(); ++at) {
      nodes_[at].span = spans_[at];
      by_id[at] = at;
    }
    auto const id_less = [this](std::size_t left, std::size_t right) {
      return spans_[left]->span_id < spans_[right]->span_id;
    };
    sort_stably(by_id, id_less);
    std::vector<std::size_t> roots;
    for (std::size_t at = 0; at < spans_.size(); ++at) {
      span_id const parent = spans_[at]->parent_id;
      std::size_t const place = first_not(by_id, [&](std::size_t other) { return spans_[other]->span_id < parent; });
      std::size_t const found = place != by_id.size() ? by_id[place] : at;
      bool const present = parent.valid() && found != at && spans_[found]->span_id == parent;
      nodes_[at].parent_missing = parent.valid() && !present;
      if (present) nodes_[found].children.push_back(at);
      else roots.push_back(at);
    }
    for (std::size_t const root : roots) add_tree(root);
    // What no root leads to are parents that name each other in a circle: cut it where it starts first.
    for (std::size_t at = 0; at < nodes_.size(); ++at) {
      if (nodes_[at].visited) continue;
      nodes_[at].parent_missing = true;
      add_tree(at);
    }
  }

  /// Adds the rows of a span and of all below it, without recursion: a chain may be as long as it likes.
  void add_tree(std::size_t root) {
    struct pending {
      std::size_t node;
      std::string stem;
      bool last;
    };
    std::vector<pending> todo;
    todo.push_back({root, {}, true});
    nodes_[root].depth = 0;
    while (!todo.empty()) {
      pending const next = std::move(todo.back());
      todo.pop_back();
      node& here = nodes_[next.node];
      if (here.visited) continue;
      here.visited = true;
      bool const deep = here.depth > deepest_;
      std::string stem = next.stem;
      waterfall_row added{here.span, nullptr, {}, {}, here.parent_missing};
      if (here.depth != 0 && !deep) {
        added.lead = next.stem + std::string{next.last ? glyphs_.last_branch : glyphs_.branch};
        stem += next.last ? glyphs_.gap : glyphs_.line;
      } else if (deep) {
        added.lead = next.stem + std::string{glyphs_.deep};
      }
      bool parent = false;
      for (std::size_t const child : here.children) parent = parent || !nodes_[child].visited;
      added.below = stem + std::string{parent ? glyphs_.line : glyphs_.gap};
      rows_.push_back(added);
      for (waterfall_event const& event : here.span->events)
        rows_.push_back({here.span, &event, added.below, added.below, false});
      bool last = true;
      for (std::size_t child = here.children.size(); child-- > 0;) {
        if (nodes_[here.children[child]].visited) continue;
        nodes_[here.children[child]].depth = here.depth + 1;
        todo.push_back({here.children[child], stem, last});
        last = false;
      }
    }
  }

  std::vector<waterfall_span const*> spans_;
  waterfall_glyphs const& glyphs_;
  std::size_t deepest_;
  std::vector<node> nodes_{};
  std::vector<waterfall_row> rows_{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/export/waterfall.hpp
//
// Draws traces for a terminal: one row a span, indented below its parent, with its duration, its bar on the time axis
// of the trace and what was recorded on it. Layout and text only: where spans come from and where text goes is no
// concern of it. The look may change in any release; nothing should parse it.

namespace spanwise::inline SPANWISE_ABI {

struct waterfall_style {
  std::size_t width = 100; ///< columns of the terminal; less than 60 is taken as 60
  bool unicode = true;     ///< otherwise all that is drawn is ASCII; names and values stay as they are
  bool colors = false;     ///< ANSI escapes
};

namespace detail {

/// Draws the spans of one trace; lives for one drawing.
template <class = on_use> class waterfall_drawing {
public:
  waterfall_drawing(std::vector<waterfall_span const*> spans, waterfall_style const& style, std::string& out)
      : style_{style}, glyphs_{style.unicode ? unicode_glyphs : ascii_glyphs}, out_{out},
        width_{std::max(style.width, narrowest)}, tree_{std::move(spans), glyphs_, width_ / 12} {}

  void draw() {
    measure();
    draw_header();
    for (waterfall_row const& each : tree_.rows()) draw_row(each);
  }

private:
  using row = waterfall_row;

  /// A piece of text and the escape that colours it.
  struct styled {
    std::string text;
    std::string_view color;
  };

  static constexpr std::string_view dim = "\x1b[2m", red = "\x1b[31m", yellow = "\x1b[33m", plain = "\x1b[0m";
  static constexpr std::size_t narrowest = 60;
  static constexpr std::size_t gutter = 2;
  static constexpr std::size_t longest_value = 60;

  // ---- how wide the columns are

  void measure() {
    begin_ = tree_.spans().front()->start.unix_ns;
    end_ = begin_;
    for (waterfall_span const* each : tree_.spans()) {
      end_ = std::max(end_, each->end.unix_ns);
      note_service(each->service);
    }
    for (std::string const& service : services_)
      service_width_ = std::max(service_width_, display_width(printable(service)));
    service_width_ = std::min(service_width_, width_ / 6);
    unit_ = unit_of(total());
    std::size_t longest = 0;
    for (row const& each : tree_.rows()) {
      longest = std::max(longest, display_width(each.lead) + title_width(each));
      duration_width_ = std::max(duration_width_, display_width(time_of(each)));
    }
    // Names take what they need up to two thirds of what is left, bars the rest up to a third of the width.
    std::size_t const fixed = (service_width_ == 0 ? 0 : service_width_ + gutter) + duration_width_ + 2 * gutter;
    std::size_t const left = width_ > fixed ? width_ - fixed : 0;
    title_width_ = std::min(longest, left - left / 3);
    std::size_t const free = left - title_width_;
    bar_width_ = std::min<std::size_t>(free, width_ * 3 / 10);
    text_at_ = fixed + title_width_ + bar_width_ + gutter;
  }

  std::size_t title_width(row const& each) const { return width_of(title_of(each)); }

  static std::size_t width_of(std::vector<styled> const& pieces) {
    std::size_t width = 0;
    for (styled const& piece : pieces) width += display_width(piece.text);
    return width;
  }

  [[nodiscard]] std::int64_t total() const noexcept { return nanoseconds_between(begin_, end_); }

  std::vector<styled> title_of(row const& each) const {
    std::vector<styled> pieces;
    if (each.event != nullptr) {
      pieces.push_back({std::string{glyphs_.event} + " ", dim});
      pieces.push_back({printable(each.event->name), {}});
      return pieces;
    }
    bool const failed = each.span->status == status_code::error;
    if (failed) pieces.push_back({std::string{glyphs_.error} + " ", red});
    pieces.push_back({printable(each.span->name), failed ? red : std::string_view{}});
    constexpr std::string_view kinds[] = {"", " [server]", " [client]", " [producer]", " [consumer]"};
    auto const kind = static_cast<std::size_t>(each.span->kind);
    if (kind > 0 && kind < 5) pieces.push_back({std::string{kinds[kind]}, dim});
    return pieces;
  }

  std::string time_of(row const& each) const {
    std::int64_t const start = each.span->start.unix_ns;
    std::int64_t const end = each.event != nullptr ? each.event->time.unix_ns : each.span->end.unix_ns;
    std::int64_t const gap = nanoseconds_between(start, end);
    if (each.event == nullptr) return duration_text(std::max<std::int64_t>(gap, 0), unit_, glyphs_.micro);
    std::string const text = duration_text(gap, unit_, glyphs_.micro);
    return gap >= 0 ? "+" + text : text;
  }

  // ---- drawing

  void draw_header() {
    std::string line = "trace " + std::string{tree_.spans().front()->trace_id.hex().view()};
    std::size_t errors = 0;
    for (waterfall_span const* each : tree_.spans()) errors += each->status == status_code::error ? 1U : 0U;
    line += "  " + clock_text(begin_) + "  " + duration_text(total(), unit_, glyphs_.micro);
    line += "  " + std::to_string(tree_.spans().size()) + (tree_.spans().size() == 1 ? " span" : " spans");
    write(line, dim);
    if (errors != 0) {
      out_ += "  ";
      write(std::to_string(errors) + (errors == 1 ? " error" : " errors"), red);
    }
    out_ += '\n';
  }

  void draw_row(row const& each) {
    std::size_t const line_begin = out_.size();
    std::size_t used = draw_service(each);
    std::string_view const lead = each.lead;
    write(lead, dim);
    used += display_width(lead) +
            draw_title(each, title_width_ > display_width(lead) ? title_width_ - display_width(lead) : 0);
    pad(out_, used, service_columns() + title_width_ + gutter);
    std::string const time = time_of(each);
    pad(out_, display_width(time), duration_width_);
    write(time, each.event != nullptr ? dim : std::string_view{});
    out_.append(gutter, ' ');
    draw_bar(each);
    draw_notes(each, line_begin);
  }

  std::size_t draw_service(row const& each) {
    if (service_width_ == 0) return 0;
    std::string shown;
    if (each.event == nullptr && (!any_drawn_ || each.span->service != last_service_))
      shown = cut_to(printable(each.span->service), service_width_, glyphs_.ellipsis);
    any_drawn_ = true;
    last_service_ = each.span->service;
    write(shown, color_of(each.span->service));
    pad(out_, display_width(shown), service_columns());
    return service_columns();
  }

  std::size_t draw_title(row const& each, std::size_t columns) {
    std::size_t used = 0;
    for (styled const& piece : title_of(each)) {
      std::string const fits = cut_to(piece.text, columns - used, glyphs_.ellipsis);
      write(fits, piece.color);
      used += display_width(fits);
    }
    return used;
  }

  /// Bars are placed in half columns; a span too short for one still shows.
  void draw_bar(row const& each) {
    auto const whole = static_cast<double>(std::max<std::int64_t>(total(), 1));
    auto const halves = static_cast<double>(bar_width_ * 2);
    auto const place = [&](std::int64_t moment) {
      auto const share = static_cast<double>(nanoseconds_between(begin_, moment)) / whole;
      return static_cast<std::size_t>(std::min(std::max(share, 0.0), 1.0) * halves + 0.5);
    };
    if (bar_width_ == 0) return;
    if (each.event != nullptr) {
      std::size_t const at = std::min(place(each.event->time.unix_ns) / 2, bar_width_ - 1);
      out_.append(at, ' ');
      write(glyphs_.tick, color_of(each.span->service));
      out_.append(bar_width_ - 1 - at, ' ');
      return;
    }
    std::size_t const from = std::min(place(each.span->start.unix_ns), bar_width_ * 2 - 1);
    std::size_t const to = std::max(place(each.span->end.unix_ns), from + 1);
    out_.append(from / 2, ' ');
    std::string bar;
    std::size_t at = from;
    if (at % 2 == 1) {
      bar += glyphs_.bar_from_half;
      ++at;
    }
    for (; at + 2 <= to; at += 2) bar += glyphs_.bar;
    if (at < to) bar += glyphs_.bar_to_half;
    write(bar, each.span->status == status_code::error ? red : color_of(each.span->service));
    out_.append(bar_width_ - std::min(bar_width_, (to + 1) / 2), ' ');
  }

  /// What was recorded: behind the bar if all of it fits there, else on lines of its own below.
  void draw_notes(row const& each, std::size_t line_begin) {
    std::vector<styled> const notes = notes_of(each);
    std::size_t const width = notes.empty() ? 0 : width_of(notes) + 2 * (notes.size() - 1);
    if (!notes.empty() && text_at_ + width <= width_) {
      out_.append(gutter, ' ');
      for (std::size_t at = 0; at < notes.size(); ++at) {
        if (at != 0) out_ += "  ";
        write(notes[at].text, notes[at].color);
      }
      out_ += '\n';
      return;
    }
    while (out_.size() > line_begin && out_.back() == ' ') out_.pop_back();
    out_ += '\n';
    std::size_t const indent = service_columns() + display_width(each.below) + 2;
    std::size_t const room = width_ > indent + 20 ? width_ - indent : 20;
    std::size_t used = 0;
    auto const start_line = [&] {
      if (used != 0) out_ += '\n';
      out_.append(service_columns(), ' ');
      write(each.below, dim);
      out_ += "  ";
      used = 0;
    };
    for (styled const& note : notes) {
      std::size_t const columns = display_width(note.text);
      bool const alone = note.color == red || columns > room;
      if (used == 0 || alone || used + 2 + columns > room) start_line();
      else out_ += "  ";
      for (std::string const& line : wrapped(note.text, room, 4, glyphs_.ellipsis)) {
        if (alone && used != 0) start_line();
        write(line, note.color);
        used += columns + 2;
      }
      if (alone) used = room;
    }
    if (used != 0) out_ += '\n';
  }

  std::vector<styled> notes_of(row const& each) const {
    std::vector<styled> notes;
    auto const add_attributes = [&](std::vector<waterfall_attribute> const& attributes) {
      for (waterfall_attribute const& attribute : attributes)
        notes.push_back(
            {printable(attribute.key) + "=" + cut_to(printable(attribute.value), longest_value, glyphs_.ellipsis),
             dim});
    };
    if (each.event != nullptr) {
      add_attributes(each.event->attributes);
      return notes;
    }
    waterfall_span const& span = *each.span;
    if (span.status == status_code::error && !span.message.empty()) notes.push_back({printable(span.message), red});
    add_attributes(span.attributes);
    for (waterfall_link const& link : span.links) {
      std::string text = std::string{glyphs_.link} + " span " + std::string{link.span_id.hex().view()};
      if (link.trace_id != span.trace_id) text += " of trace " + std::string{link.trace_id.hex().view()};
      notes.push_back({text, dim});
    }
    for (std::string const& note : span.notes) notes.push_back({printable(note), yellow});
    if (each.parent_missing) notes.push_back(parent_note(span));
    return notes;
  }

  static styled parent_note(waterfall_span const& span) {
    std::string const parent{span.parent_id.hex().view()};
    switch (span.parent_is) {
    case parent_place::in_another_process:
      return {"called by span " + parent, dim};
    case parent_place::not_ended:
      return {"within span " + parent + ", which has not ended", dim};
    case parent_place::drawn_before:
      return {"ended after its parent, span " + parent, dim};
    case parent_place::here:
      break;
    }
    return {"parent " + parent + " not seen", yellow};
  }

  void write(std::string_view text, std::string_view color) {
    if (text.empty()) return;
    bool const colored = style_.colors && !color.empty();
    if (colored) out_ += color;
    out_ += text;
    if (colored) out_ += plain;
  }

  static std::string clock_text(std::int64_t unix_ns) {
    std::int64_t of_second = unix_ns % 1'000'000'000;
    if (of_second < 0) of_second += 1'000'000'000;
    auto const moment = static_cast<time_t>(unix_ns / 1'000'000'000 - (unix_ns % 1'000'000'000 < 0 ? 1 : 0));
    tm local{};
    localtime_r(&moment, &local);
    char text[32];
    std::snprintf(text, sizeof text, "%02d:%02d:%02d.%03d", local.tm_hour, local.tm_min, local.tm_sec,
                  static_cast<int>(of_second / 1'000'000));
    return text;
  }

  void note_service(std::string const& service) {
    if (service.empty() || contains(services_, service)) return;
    services_.push_back(service);
  }
  std::string_view color_of(std::string const& service) const {
    constexpr std::string_view palette[] = {"\x1b[36m", "\x1b[35m", "\x1b[34m", "\x1b[32m", "\x1b[33m"};
    std::size_t place = 0;
    while (place != services_.size() && services_[place] != service) ++place;
    return palette[place % std::size(palette)];
  }
  [[nodiscard]] std::size_t service_columns() const noexcept {
    return service_width_ == 0 ? 0 : service_width_ + gutter;
  }

  waterfall_style const& style_;
  waterfall_glyphs const& glyphs_;
  std::string& out_;
  std::size_t width_;
  waterfall_tree<> tree_;
  std::vector<std::string> services_{};
  std::string last_service_{};
  bool any_drawn_{};
  std::int64_t begin_{};
  std::int64_t end_{};
  time_unit unit_{};
  std::size_t service_width_{};
  std::size_t title_width_{};
  std::size_t duration_width_{};
  std::size_t bar_width_{};
  std::size_t text_at_{};
};

} // namespace detail

/// Appends the drawing of these spans, of one trace or of several, each under a header line with its trace id.
///
/// Any spans do: those whose parents are absent stand at the left and say so. May throw std::bad_alloc.
template <class = detail::on_use>
void draw_waterfall(std::vector<waterfall_span> const& spans, waterfall_style const& style, std::string& out) {
  std::vector<waterfall_span const*> left;
  for (waterfall_span const& each : spans) left.push_back(&each);
  for (bool first = out.empty(); !left.empty(); first = false) {
    std::vector<waterfall_span const*> drawn;
    std::vector<waterfall_span const*> others;
    for (waterfall_span const* each : left) (each->trace_id == left.front()->trace_id ? drawn : others).push_back(each);
    if (!first) out += '\n';
    detail::waterfall_drawing<>{std::move(drawn), style, out}.draw();
    left.swap(others);
  }
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/detail/shortest_double.hpp
//
// The shortest decimal number that reads back as a given double (Schubfach, Raffaello Giulietti 2020).
// std::to_chars does the same, but brings 120 KiB of tables into a program; here the powers of ten are made from a few.

namespace spanwise::inline SPANWISE_ABI::detail {

/// `digits` times ten to the power of `exponent`.
struct decimal_number {
  std::uint64_t digits;
  int exponent;
};

__extension__ using uint128 = unsigned __int128;

/// Of 10^power the leading 128 bits: exact, or too large by less than four units of the last one. From -292 to 324.
SPANWISE_SMALL constexpr uint128 leading_bits_of_power(int power) noexcept {
  constexpr int step = 27;
  constexpr std::uint64_t table[][2]{
      {0xff77b1fcbebcdc4f, 0x25e8e89c13bb0f7b}, {0xce5d73ff402d98e3, 0xfb0a3d212dc81290},
      {0xa6b34ad8c9dfc06f, 0xf42faa48c0ea481f}, {0x86a8d39ef77164bc, 0xae5dff9c02033198},
      {0xd98ddaee19068c76, 0x3badd624dd9b0958}, {0xafbd2350644eeacf, 0xe5d1929ef90898fb},
      {0x8df5efabc5979c8f, 0xca8d3ffa1ef463c2}, {0xe55990879ddcaabd, 0xcc420a6a101d0516},
      {0xb94470938fa89bce, 0xf808e40e8d5b3e6a}, {0x95a8637627989aad, 0xdde7001379a44aa9},
      {0xf1c90080baf72cb1, 0x5324c68b12dd6339}, {0xc350000000000000, 0x0000000000000000},
      {0x9dc5ada82b70b59d, 0xf020000000000000}, {0xfee50b7025c36a08, 0x02f236d04753d5b5},
      {0xcde6fd5e09abcf26, 0xed4c0226b55e6f87}, {0xa6539930bf6bff45, 0x84db8346b786151d},
      {0x865b86925b9bc5c2, 0x0b8a2392ba45a9b3}, {0xd910f7ff28069da4, 0x1b2ba1518094da05},
      {0xaf58416654a6babb, 0x387ac8d1970027b3}, {0x8da471a9de737e24, 0x5ceaecfed289e5d3},
      {0xe4d5e82392a40515, 0x0fabaf3feaa5334b}, {0xb8da1662e7b00a17, 0x3d6a751f3b936244},
      {0x95527a5202df0ccb, 0x0f37801e0c43ebc9}};
  auto const at = static_cast<unsigned>(power + 292);
  std::uint64_t const* const entry = table[at / step];
  unsigned further = at % step;
  if (further == 0) return uint128{entry[0]} << 64 | entry[1];
  std::uint64_t five = 1;
  for (; further != 0; --further) five *= 5;
  uint128 const low = uint128{entry[1]} * five;
  uint128 const high = uint128{entry[0]} * five + static_cast<std::uint64_t>(low >> 64);
  // The product has as many bits more than 128 as the power of five has, or one less.
  auto const surplus = std::bit_width(static_cast<std::uint64_t>(high >> 64));
  return (high << (64 - surplus) | static_cast<std::uint64_t>(low) >> surplus) + 1;
}

/// Of a positive, finite double: its shortest decimal number; of several such the nearest.
SPANWISE_SMALL decimal_number shortest_decimal(double number) noexcept {
  constexpr std::uint64_t hidden = std::uint64_t{1} << 52;
  auto const bits = std::bit_cast<std::uint64_t>(number);
  std::uint64_t const fraction = bits & (hidden - 1);
  auto const biased = static_cast<int>(bits >> 52);
  std::uint64_t const c = biased != 0 ? fraction | hidden : fraction;
  int const q = (biased != 0 ? biased : 1) - 1075;

  bool const lower_is_closer = fraction == 0 && biased > 1;
  int const k = (q * 1262611 - (lower_is_closer ? 524031 : 0)) >> 22;
  int const shift = q + (-k * 1741647 >> 19) + 1;
  uint128 const power = leading_bits_of_power(-k);
  // The upper part of a product, its last bit set if anything of weight is lost below.
  auto const scaled = [&](std::uint64_t quarters) {
    std::uint64_t const factor = quarters << shift;
    uint128 const low = uint128{static_cast<std::uint64_t>(power)} * factor;
    uint128 const high = uint128{static_cast<std::uint64_t>(power >> 64)} * factor;
    uint128 const sum = high + static_cast<std::uint64_t>(low >> 64);
    return static_cast<std::uint64_t>(sum >> 64) | (static_cast<std::uint64_t>(sum) > 1 ? 1U : 0U);
  };
  std::uint64_t const open = c & 1; // bounds belong to the number if it is even
  std::uint64_t const lower = scaled(4 * c - 2 + (lower_is_closer ? 1 : 0)) + open;
  std::uint64_t const exact = scaled(4 * c);
  std::uint64_t const upper = scaled(4 * c + 2) - open;

  std::uint64_t const whole = exact / 4;
  if (std::uint64_t const tens = whole / 10; tens != 0) {
    bool const down = lower <= 40 * tens;
    bool const up = 40 * tens + 40 <= upper;
    if (down != up) return {tens + (up ? 1 : 0), k + 1};
  }
  bool const down = lower <= 4 * whole;
  bool const up = 4 * whole + 4 <= upper;
  std::uint64_t const middle = 4 * whole + 2;
  bool const nearer = exact > middle || (exact == middle && (whole & 1) != 0);
  return {whole + ((down != up ? up : nearer) ? 1 : 0), k};
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/detail/json_text.hpp
//
// Writes JSON text straight into a buffer: strings, numbers, ids and bytes as OTLP/JSON wants them. No tree in between.
// Each function takes the place to write at and returns the place behind; a sink hands out room for that.
// Strings of any bytes become valid JSON: escaped where needed, ill-formed UTF-8 as U+FFFD.

namespace spanwise::inline SPANWISE_ABI::detail {

/// Copies a literal; its size is known, so this is a store or a few.
template <std::size_t Size> SPANWISE_INLINE char* put(char* at, char const (&literal)[Size]) noexcept {
  std::memcpy(at, literal, Size - 1);
  return at + Size - 1;
}

/// The eight digits of a number below 10^8, the first of them in the lowest byte.
SPANWISE_INLINE std::uint64_t eight_digits(std::uint32_t number) noexcept {
  std::uint64_t const fours = number / 10'000 | std::uint64_t{number % 10'000} << 32;
  std::uint64_t const hundreds = fours * 10'486 >> 20 & 0x7f0000007f;
  std::uint64_t const twos = hundreds | (fours - hundreds * 100) << 16;
  std::uint64_t const tens = twos * 103 >> 10 & 0x000f000f000f000f;
  return (tens | (twos - tens * 10) << 8) + 0x3030303030303030;
}

/// A number in decimal digits, at most 20; writes up to 8 bytes further.
inline char* put_decimal(char* at, std::uint64_t number) noexcept {
  constexpr std::uint32_t step = 100'000'000;
  auto const first = [&](std::uint32_t head) {
    std::uint64_t const digits = eight_digits(head);
    auto const zeros =
        static_cast<unsigned>(std::countr_zero((digits - 0x3030303030303030) | std::uint64_t{1} << 56)) / 8;
    std::uint64_t const shifted = digits >> zeros * 8;
    std::memcpy(at, &shifted, sizeof shifted);
    at += 8 - zeros;
  };
  auto const further = [&](std::uint32_t tail) {
    std::uint64_t const digits = eight_digits(tail);
    std::memcpy(at, &digits, sizeof digits);
    at += 8;
  };
  if (number < step) {
    first(static_cast<std::uint32_t>(number));
    return at;
  }
  std::uint64_t const high = number / step;
  auto const low = static_cast<std::uint32_t>(number % step);
  if (high < step) {
    first(static_cast<std::uint32_t>(high));
  } else {
    first(static_cast<std::uint32_t>(high / step));
    further(static_cast<std::uint32_t>(high % step));
  }
  further(low);
  return at;
}

/// Room that put_decimal and put_integer need.
inline constexpr std::size_t integer_room = 32;

inline char* put_integer(char* at, std::int64_t number) noexcept {
  if (number >= 0) return put_decimal(at, static_cast<std::uint64_t>(number));
  *at = '-';
  return put_decimal(at + 1, 0 - static_cast<std::uint64_t>(number));
}

/// Room that put_double needs.
inline constexpr std::size_t double_room = 48;

/// A positive double in as few digits as read back as the same one, with an exponent where zeros would abound.
SPANWISE_COLD char* put_shortest(char* at, double number) noexcept {
  decimal_number value = shortest_decimal(number);
  for (; value.digits % 10 == 0; value.digits /= 10) ++value.exponent;
  char digits[integer_room];
  auto const count = static_cast<int>(put_decimal(digits, value.digits) - digits);
  int const point = count + value.exponent; // digits before the decimal point
  auto const copy = [&](int from, int to) {
    for (; from < to; ++from) *at++ = from >= 0 && from < count ? digits[from] : '0';
  };
  if (point > -5 && point <= 17) {
    copy(point > 0 ? 0 : -1, point > 0 ? point : 0);
    if (point >= count) return at;
    *at++ = '.';
    copy(point, count);
    return at;
  }
  *at++ = digits[0];
  if (count > 1) *at++ = '.';
  copy(1, count);
  *at++ = 'e';
  *at++ = point > 0 ? '+' : '-';
  return put_decimal(at, static_cast<std::uint64_t>(point > 0 ? point - 1 : 1 - point));
}

/// A double as a JSON number that reads back as the same double, or as one of the strings that stand for the others.
inline char* put_double(char* at, double number) noexcept {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  constexpr std::uint64_t infinity = std::uint64_t{0x7ff} << 52;
  auto const bits = std::bit_cast<std::uint64_t>(number);
  if ((bits & ~sign) >= infinity) {
    if ((bits & ~sign) > infinity) return put(at, "\"NaN\"");
    return (bits & sign) == 0 ? put(at, "\"Infinity\"") : put(at, "\"-Infinity\"");
  }
  // Most doubles are decimal numbers of a few digits. Those that millionths give exactly need no search for the
  // shortest text: both sides of this division are exact, so the text rounds to the same double.
  auto const size = std::bit_cast<double>(bits & ~sign);
  if (size < 9e9) {
    auto const millionths = static_cast<std::uint64_t>(size * 1e6 + 0.5);
    if (static_cast<double>(millionths) / 1e6 == size) {
      if ((bits & sign) != 0) *at++ = '-';
      at = put_decimal(at, millionths / 1'000'000);
      auto const fraction = static_cast<std::uint32_t>(millionths % 1'000'000);
      if (fraction == 0) return at;
      *at++ = '.';
      std::uint64_t const digits = eight_digits(fraction * 100);
      std::memcpy(at, &digits, sizeof digits);
      return at + 8 - static_cast<unsigned>(std::countl_zero(digits - 0x3030303030303030)) / 8;
    }
  }
  if ((bits & sign) != 0) *at++ = '-';
  return put_shortest(at, size);
}

template <class Bytes> SPANWISE_INLINE char* put_hex(char* at, Bytes const& bytes) noexcept {
  write_hex(at, bytes.data(), bytes.size());
  return at + bytes.size() * 2;
}

/// Room in a buffer, asked for before writing.
///
/// When memory runs out, room is given all the same, over what was written before; the buffer says so at the end.
class json_sink {
public:
  /// The most that may be asked for at once.
  static constexpr std::size_t most = 8192;

  explicit json_sink(buffer& out) noexcept : out_{out}, begin_{out.size()} {}

  /// The place to begin at; nullptr if there is no memory at all.
  [[nodiscard]] char* begin() noexcept {
    char* const at = out_.room(most);
    if (at != nullptr) limit_ = out_.data() + out_.capacity();
    return at;
  }

  /// The place to go on at, with room for `size` bytes, which is at most `most`.
  [[nodiscard]] SPANWISE_INLINE char* room(char* at, std::size_t size) noexcept {
    if (static_cast<std::size_t>(limit_ - at) >= size) [[likely]]
      return at;
    return grow(at, size);
  }

  /// Declares all up to `at` written; false if memory had run out, and the buffer then is as it was at begin().
  bool finish(char const* at) noexcept {
    out_.commit(out_.failed() ? out_.data() + begin_ : at);
    return !out_.failed();
  }

  /// A JSON string, quotes included.
  SPANWISE_INLINE char* string(char* at, std::string_view text) noexcept {
    if (text.size() > piece) [[unlikely]]
      return long_string(at, text);
    at = room(at, text.size() * 6 + slack);
    *at++ = '"';
    at = escaped(at, text.data(), text.size());
    *at++ = '"';
    return at;
  }

  /// Bytes as base64 in the standard alphabet with padding, quotes included.
  SPANWISE_SMALL char* base64(char* at, std::span<std::byte const> bytes) noexcept {
    constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    at = room(at, slack);
    *at++ = '"';
    while (!bytes.empty()) {
      std::size_t const count = bytes.size() < piece ? bytes.size() : piece / 3 * 3;
      at = room(at, count * 2 + slack);
      for (std::size_t in = 0; in < count; in += 3) {
        auto const byte = [&](std::size_t i) { return i < count ? static_cast<std::uint32_t>(bytes[i]) : 0U; };
        std::uint32_t const three = byte(in) << 16 | byte(in + 1) << 8 | byte(in + 2);
        *at++ = letters[three >> 18];
        *at++ = letters[three >> 12 & 63];
        *at++ = in + 1 < count ? letters[three >> 6 & 63] : '=';
        *at++ = in + 2 < count ? letters[three & 63] : '=';
      }
      bytes = bytes.subspan(count);
    }
    *at++ = '"';
    return at;
  }

private:
  static constexpr std::size_t piece = 1024;
  static constexpr std::size_t slack = 32; // quotes, and stores of eight bytes where fewer are meant

  SPANWISE_COLD char* grow(char* at, std::size_t size) noexcept {
    out_.commit(at);
    if (char* const more = out_.room(size)) {
      limit_ = out_.data() + out_.capacity();
      return more;
    }
    return out_.data() + begin_;
  }

  SPANWISE_COLD char* long_string(char* at, std::string_view text) noexcept {
    at = room(at, slack);
    *at++ = '"';
    while (!text.empty()) {
      std::size_t const size = truncate_bytes(text, piece).size();
      at = room(at, size * 6 + slack);
      at = escaped_rest(at, text.data(), text.data() + size);
      text.remove_prefix(size);
    }
    at = room(at, slack);
    *at++ = '"';
    return at;
  }

  /// Has its top bit set in the first byte that cannot be copied as it is, and in none before.
  SPANWISE_INLINE static std::uint64_t special(std::uint64_t eight) noexcept {
    constexpr std::uint64_t each = 0x0101010101010101;
    std::uint64_t const quote = (eight ^ each * '"') - each;
    std::uint64_t const backslash = (eight ^ each * '\\') - each;
    std::uint64_t const control = eight - each * 0x20;
    return (quote | backslash | control | eight) & each * 0x80;
  }

  /// The text with everything escaped that has to be; needs room for six times its size and eight bytes.
  SPANWISE_INLINE static char* escaped(char* at, char const* in, std::size_t size) noexcept {
    char const* const end = in + size;
    for (; end - in >= 8; in += 8, at += 8) {
      std::uint64_t eight;
      std::memcpy(&eight, in, sizeof eight);
      std::memcpy(at, &eight, sizeof eight);
      if (special(eight) != 0) [[unlikely]]
        return escaped_rest(at, in, end);
    }
    auto const left = static_cast<std::size_t>(end - in);
    if (left == 0) return at;
    std::uint64_t const last = last_bytes(in, size, left);
    std::memcpy(at, &last, sizeof last);
    if ((special(last) & (~std::uint64_t{0} >> (64 - 8 * left))) != 0) [[unlikely]]
      return escaped_rest(at, in, end);
    return at + left;
  }

  /// The last `left` bytes, fewer than eight, of a text of `size` bytes; what is above them is zero.
  SPANWISE_INLINE static std::uint64_t last_bytes(char const* in, std::size_t size, std::size_t left) noexcept {
    if (size >= 8) {
      std::uint64_t eight;
      std::memcpy(&eight, in + left - 8, sizeof eight);
      return eight >> (64 - 8 * left);
    }
    if (left >= 4) {
      std::uint32_t low;
      std::uint32_t high;
      std::memcpy(&low, in, sizeof low);
      std::memcpy(&high, in + left - 4, sizeof high);
      return low | std::uint64_t{high} << (8 * left - 32);
    }
    auto const byte = [&](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(in[i])} << 8 * i; };
    return byte(0) | byte(left / 2) | byte(left - 1);
  }

  static char* escaped_rest(char* at, char const* in, char const* end) noexcept {
    while (in != end) {
      if (end - in >= 8) {
        std::uint64_t eight;
        std::memcpy(&eight, in, sizeof eight);
        std::memcpy(at, &eight, sizeof eight);
        if (special(eight) == 0) {
          in += 8;
          at += 8;
          continue;
        }
      }
      auto const letter = static_cast<unsigned char>(*in);
      if (letter >= 0x80) {
        character const next = first_character({in, static_cast<std::size_t>(end - in)});
        std::string_view const text = next.well_formed ? std::string_view{in, next.size} : replacement_character;
        for (char const one : text) *at++ = one;
        in += next.size;
        continue;
      }
      ++in;
      if (letter == '"' || letter == '\\') {
        *at++ = '\\';
        *at++ = static_cast<char>(letter);
      } else if (letter >= 0x20) {
        *at++ = static_cast<char>(letter);
      } else {
        at = put_control(at, letter);
      }
    }
    return at;
  }

  SPANWISE_SMALL static char* put_control(char* at, unsigned char letter) noexcept {
    *at++ = '\\';
    switch (letter) {
    case '\b':
      *at++ = 'b';
      return at;
    case '\f':
      *at++ = 'f';
      return at;
    case '\n':
      *at++ = 'n';
      return at;
    case '\r':
      *at++ = 'r';
      return at;
    case '\t':
      *at++ = 't';
      return at;
    default:
      break;
    }
    at = put(at, "u00");
    *at++ = hex_digits[letter >> 4];
    *at++ = hex_digits[letter & 15];
    return at;
  }

  buffer& out_;
  std::size_t begin_;
  char* limit_{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/export/value_text.hpp
//
// Attribute values as text, for formats that know no types (OpenTelemetry, AnyValue representation for non-OTLP
// protocols): strings as they are, numbers as JSON has them, bytes as base64, arrays and maps as JSON.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

inline constexpr int deepest_value_text = 64;

/// A value inside an array or a map, as JSON: there is room before it, and there is room behind it.
template <class = on_use> char* put_json_value(json_sink& sink, char* at, value_view const& held, int depth) noexcept {
  constexpr std::size_t room = 96;
  at = sink.room(at, room);
  switch (held.type()) {
  case value_type::string:
    return sink.room(sink.string(at, held.as_string()), room);
  case value_type::boolean:
    return held.as_bool() ? put(at, "true") : put(at, "false");
  case value_type::integer:
    return put_integer(at, held.as_int());
  case value_type::floating:
    return put_double(at, held.as_double());
  case value_type::bytes:
    return sink.room(sink.base64(at, held.as_bytes()), room);
  case value_type::empty:
    return put(at, "null");
  case value_type::array:
  case value_type::map:
    break;
  }
  if (depth == deepest_value_text) return put(at, "null");
  bool first = true;
  auto const comma = [&] {
    if (!first) *at++ = ',';
    first = false;
  };
  if (held.type() == value_type::array) {
    *at++ = '[';
    for (value_view const& each : held.elements()) {
      comma();
      at = sink.room(put_json_value(sink, at, each, depth + 1), room);
    }
    *at++ = ']';
  } else {
    *at++ = '{';
    for (attribute_view const& each : held.entries()) {
      comma();
      at = sink.room(sink.string(at, each.key), room);
      *at++ = ':';
      at = sink.room(put_json_value(sink, at, each.value, depth + 1), room);
    }
    *at++ = '}';
  }
  return at;
}

} // namespace detail

/// Appends the value as text. False if memory ran out; `out` is then as before.
///
/// Strings stay as they were recorded, so they may hold ill-formed UTF-8; all else is valid UTF-8.
template <class = detail::on_use> bool append_value_text(value_view const& held, detail::buffer& out) noexcept {
  if (held.type() == value_type::string) {
    out.append(held.as_string());
    return !out.failed();
  }
  if (held.type() == value_type::empty) return true;
  std::size_t const before = out.size();
  detail::json_sink sink{out};
  char* const at = sink.begin();
  if (at == nullptr || !sink.finish(detail::put_json_value(sink, at, held, 0))) return false;
  bool const quoted =
      held.type() == value_type::bytes || (held.type() == value_type::floating && out.data()[before] == '"');
  if (quoted) {
    std::memmove(out.data() + before, out.data() + before + 1, out.size() - before - 2);
    out.truncate(out.size() - 2);
  }
  return true;
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/export/waterfall_texts.hpp
//
// From a span as it was recorded to the texts that a waterfall shows of it.

namespace spanwise::inline SPANWISE_ABI::detail {

/// More of a value than any terminal shows of it; the rest need not be copied.
inline constexpr std::size_t longest_shown_value = 1024;

/// The attributes that are not `hidden(attribute)`, as text.
template <class Hidden>
[[nodiscard]] std::vector<waterfall_attribute> attribute_texts(attribute_range const& attributes, Hidden hidden) {
  std::vector<waterfall_attribute> texts;
  buffer text;
  for (attribute_view const attribute : attributes) {
    if (hidden(attribute)) continue;
    text.clear();
    append_value_text(attribute.value, text);
    texts.push_back({std::string{attribute.key}, std::string{truncate_bytes(text.text(), longest_shown_value)}});
  }
  return texts;
}

template <class = on_use> [[nodiscard]] std::string plural(std::uint64_t count, std::string_view what) {
  std::string text = std::to_string(count) + ' ';
  text += what;
  if (count != 1) text += 's';
  return text;
}

/// Appends what is odd about a span by itself: its times, and what limits have taken from it.
template <class = on_use> void note_oddities(std::vector<std::string>& notes, span_view const& view) {
  if (view.end() < view.start()) notes.push_back("ends before it starts");
  auto const note = [&](std::uint32_t count, std::string_view what) {
    if (count != 0) notes.push_back(plural(count, what) + " dropped");
  };
  note(view.dropped_attributes(), "attribute");
  note(view.dropped_events(), "event");
  note(view.dropped_links(), "link");
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/export/console.hpp
//
// Prints traces as they end: one row a span, as a tree with bars, durations, errors, attributes and events.
// For people who look at a terminal while they develop. The format is not stable and is not meant for programs to read
// (OpenTelemetry, standard output exporter). Best alone, `start("shop", console{})`: each trace then shows as its root
// ends.

namespace spanwise::inline SPANWISE_ABI {

/// Shows traces on a terminal, or wherever `write` or `stream` leads.
struct console {
  static constexpr std::string_view exporter_name = "console"; ///< in OTEL_TRACES_EXPORTER
  static constexpr bool immediate = true;                      ///< given to start alone, it is not put behind a batch

  /// Takes the text, one call for one or more whole traces; `stream` is then not used.
  void (*write)(std::string_view text, void* user) noexcept = nullptr;
  /// Given to `write` as it is.
  void* user = nullptr;
  /// Where the text goes; left out: stdout.
  std::FILE* stream = nullptr;
  /// Left out: colours on a terminal, unless NO_COLOR is set.
  std::optional<bool> colors{};
  /// Left out: as the locale of the environment has it, true if that names none. False draws in ASCII; names and values
  /// stay as they are.
  std::optional<bool> unicode{};
  /// In columns; 0 takes that of the terminal, else COLUMNS, else 100.
  std::size_t width = 0;
  bool attributes = true;
  bool events = true;
  /// Adds the name and version of the tracer, as otel.scope.name and otel.scope.version.
  bool scopes = false;
  /// Spans of traces whose root has not ended are held back up to this number and size; then all of them are shown.
  std::size_t max_spans = 10'000;
  std::size_t max_bytes = std::size_t{4} << 20;
  /// No span is held back longer than this while others keep ending. Long-running roots thus show what they do.
  std::int64_t max_wait_ms = 5000;
};

template <class Client> struct sender<console, Client> {
  sender(console described, exporter_setup const& setup) noexcept
      : console_{described}, stream_{described.stream != nullptr ? described.stream : stdout} {
    std::FILE* const shown_on = console_.write == nullptr ? stream_ : nullptr;
    detail::contain([&] {
      unicode_ = console_.unicode.value_or(detail::utf8_locale(setup.env));
      colors_ = console_.colors.value_or(detail::wants_colors(shown_on, setup.env));
      default_width_ = detail::default_columns(setup.env);
    });
  }

  /// A span counts as exported once it is held or shown; flush and shutdown show all that is held.
  export_result export_spans(span_batch const& batch, deadline) noexcept {
    export_result result;
    std::int64_t const now = detail::steady_ns();
    for (record const& each : batch.records) {
      bool added = false;
      if (!closed_) detail::contain([&] { added = held_.add(each, now); });
      ++(added ? result.exported : result.failed);
    }
    detail::contain([&] {
      remember(batch);
      constexpr std::int64_t century = detail::longest_wait.ns / 1'000'000;
      held_.expire(now - std::min<std::int64_t>(std::max<std::int64_t>(console_.max_wait_ms, 0), century) * 1'000'000);
      bool const full = held_.size() > console_.max_spans || held_.bytes() > console_.max_bytes;
      if (full || held_.any_ready()) show(full);
    });
    return result;
  }

  bool flush(deadline) noexcept {
    return detail::contain([&] { show(true); });
  }

  void shutdown(deadline until) noexcept {
    closed_ = true;
    flush(until);
  }

private:
  struct scope_text {
    std::string name{};
    std::string version{};
  };

  /// Keeps what flush and shutdown, which get no batch, need to show spans.
  void remember(span_batch const& batch) {
    if (std::string_view const service = batch.resource.text("service.name"); service != service_) service_ = service;
    if (!console_.scopes) return;
    for (record const& each : batch.records) {
      if (each.scope >= scope_list::capacity) continue;
      if (each.scope >= scopes_.size()) scopes_.resize(each.scope + std::size_t{1});
      scope_view const scope = batch.scopes[each.scope];
      scopes_[each.scope] = {std::string{scope.name}, std::string{scope.version}};
    }
  }

  void show(bool all) {
    std::vector<waterfall_span> spans;
    auto const take = [&](detail::held_span const& one, std::span<std::byte const> bytes) {
      spans.push_back(drawable(one, span_view{bytes}));
    };
    if (all) held_.take_all(take);
    else held_.take_ready(take);
    if (spans.empty()) return;
    std::size_t const columns = console_.write == nullptr ? detail::terminal_columns(stream_) : 0;
    std::size_t const width = console_.width != 0 ? console_.width : columns != 0 ? columns : default_width_;
    std::string text;
    draw_waterfall(spans, {.width = width, .unicode = unicode_, .colors = colors_}, text);
    if (any_shown_) text.insert(0, 1, '\n');
    any_shown_ = true;
    if (console_.write != nullptr) return console_.write(text, console_.user);
    bool const written = std::fwrite(text.data(), 1, text.size(), stream_) == text.size();
    if (std::fflush(stream_) != 0 || !written)
      report(severity::warning, "console write", "the console exporter could not write all of its text");
  }

  waterfall_span drawable(detail::held_span const& held, span_view const& view) const {
    waterfall_span out;
    out.trace_id = held.trace;
    out.span_id = held.own;
    out.parent_id = held.parent;
    out.parent_is = held.local_root ? parent_place::in_another_process
                    : held.late     ? parent_place::drawn_before
                                    : parent_place::not_ended;
    out.service = service_;
    out.name = view.name();
    out.kind = view.kind();
    out.start = view.start();
    out.end = view.end();
    out.status = view.status();
    out.message = view.status_message();
    auto const none_hidden = [](attribute_view const&) { return false; };
    if (console_.attributes) out.attributes = detail::attribute_texts(view.attributes(), none_hidden);
    if (console_.scopes && held.scope < scopes_.size()) {
      scope_text const& scope = scopes_[held.scope];
      if (!scope.name.empty()) out.attributes.push_back({"otel.scope.name", scope.name});
      if (!scope.version.empty()) out.attributes.push_back({"otel.scope.version", scope.version});
    }
    if (console_.events)
      for (event_view const& event : view.events())
        out.events.push_back(
            {std::string{event.name()}, event.time(), detail::attribute_texts(event.attributes(), none_hidden)});
    for (link_view const& link : view.links()) out.links.push_back({link.trace_id(), link.span_id()});
    detail::note_oddities(out.notes, view);
    return out;
  }

  console console_;
  std::FILE* stream_;
  detail::held_spans<> held_{};
  std::vector<scope_text> scopes_{};
  std::string service_{};
  std::size_t default_width_{100};
  bool unicode_{};
  bool colors_{};
  bool closed_{};
  bool any_shown_{};
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/detail/counted.hpp
//
// Ownership shared by counting, without the cost of <memory>: what the back half holds in more than one place.

namespace spanwise::inline SPANWISE_ABI::detail {

struct counted_block {
  atomic<std::size_t> holders{1};
  void (*destroy)(counted_block*) noexcept {};
};

template <class Value> struct counted_value : counted_block {
  template <class Make> explicit counted_value(Make&& make) : value(make()) {
    destroy = [](counted_block* block) noexcept { delete static_cast<counted_value*>(block); };
  }
  Value value;
};

/// One of the holders of a value, or of none. Holders may be used by different threads, one of them by one at a time.
template <class Value> class counted {
public:
  constexpr counted() noexcept = default;
  constexpr counted(std::nullptr_t) noexcept {}
  counted(counted const& other) noexcept : counted{other.value_, other.block_} {
    if (block_ != nullptr) block_->holders.fetch_add(1, relaxed);
  }
  counted(counted&& other) noexcept
      : counted{std::exchange(other.value_, nullptr), std::exchange(other.block_, nullptr)} {}
  /// As a holder of its base, of what it is when const, or of void.
  template <class Other>
  requires(!std::is_same_v<Other, Value> && std::is_convertible_v<Other*, Value*>) counted(counted<Other> other)
  noexcept : counted{std::exchange(other.value_, nullptr), std::exchange(other.block_, nullptr)} {}
  counted& operator=(counted other) noexcept {
    std::swap(value_, other.value_);
    std::swap(block_, other.block_);
    return *this;
  }
  ~counted() {
    if (block_ != nullptr && block_->holders.fetch_sub(1, acq_rel) == 1) block_->destroy(block_);
  }

  /// A value made of `arguments`; throws what its constructor does, or std::bad_alloc.
  template <class... Arguments> [[nodiscard]] static counted make(Arguments&&... arguments) {
    using plain = std::remove_const_t<Value>;
    return made_by([&]() -> plain { return plain(std::forward<Arguments>(arguments)...); });
  }
  /// What `make` returns, which need not be movable.
  template <class Make> [[nodiscard]] static counted made_by(Make&& make) {
    auto* const block = new counted_value<std::remove_const_t<Value>>(make);
    return {&block->value, block};
  }

  [[nodiscard]] Value* get() const noexcept { return value_; }
  [[nodiscard]] Value* operator->() const noexcept { return value_; }
  template <class Same = Value> [[nodiscard]] Same& operator*() const noexcept { return *value_; }
  [[nodiscard]] explicit operator bool() const noexcept { return value_ != nullptr; }
  friend bool operator==(counted const& held, std::nullptr_t) noexcept { return held.value_ == nullptr; }

private:
  template <class> friend class counted;
  counted(Value* value, counted_block* block) noexcept : value_{value}, block_{block} {}

  Value* value_{};
  counted_block* block_{};
};

/// The only owner of a value, or of none.
template <class Value> class owned {
public:
  owned() noexcept = default;
  owned(owned&& other) noexcept : value_{std::exchange(other.value_, nullptr)} {}
  owned& operator=(owned&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~owned() { reset(); }

  template <class... Arguments> void make(Arguments&&... arguments) {
    reset();
    value_ = new Value(std::forward<Arguments>(arguments)...);
  }
  void reset() noexcept { delete std::exchange(value_, nullptr); }

  [[nodiscard]] Value* operator->() const noexcept { return value_; }
  [[nodiscard]] Value& operator*() const noexcept { return *value_; }
  [[nodiscard]] explicit operator bool() const noexcept { return value_ != nullptr; }

private:
  Value* value_{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/detail/monitor.hpp
//
// A lock and what to wait for under it, on pthreads: <mutex> and <condition_variable> would bring <chrono> along.

namespace spanwise::inline SPANWISE_ABI::detail {

class mutex {
public:
  constexpr mutex() noexcept = default;
  mutex(mutex const&) = delete;
  mutex& operator=(mutex const&) = delete;
  ~mutex() { pthread_mutex_destroy(&handle_); }

  void lock() noexcept { pthread_mutex_lock(&handle_); }
  void unlock() noexcept { pthread_mutex_unlock(&handle_); }

private:
  friend class condition;
  pthread_mutex_t handle_ = PTHREAD_MUTEX_INITIALIZER;
};

/// Holds a mutex while it lives, but for the time between unlock() and lock().
class locked {
public:
  [[nodiscard]] explicit locked(mutex& guarded) noexcept : mutex_{guarded} { mutex_.lock(); }
  locked(locked const&) = delete;
  locked& operator=(locked const&) = delete;
  ~locked() {
    if (held_) mutex_.unlock();
  }

  void lock() noexcept {
    mutex_.lock();
    held_ = true;
  }
  void unlock() noexcept {
    held_ = false;
    mutex_.unlock();
  }

private:
  friend class condition;
  mutex& mutex_;
  bool held_ = true;
};

/// Wakes threads that wait for a change of what a mutex guards.
class condition {
public:
  SPANWISE_SMALL condition() noexcept {
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
#if !defined(__APPLE__)
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
#endif
    pthread_cond_init(&handle_, &monotonic);
    pthread_condattr_destroy(&monotonic);
  }
  condition(condition const&) = delete;
  condition& operator=(condition const&) = delete;
  ~condition() {
    pthread_cond_destroy(&handle_);
  }

  void notify_one() noexcept {
    pthread_cond_signal(&handle_);
  }
  void notify_all() noexcept {
    pthread_cond_broadcast(&handle_);
  }

  /// Waits for `over`, which is called under the lock.
  template <class Over> void wait(locked& held, Over const& over) noexcept {
    while (!over()) pthread_cond_wait(&handle_, &held.mutex_.handle_);
  }
  /// The same until `until_ns` of the steady clock; what `over` says in the end.
  template <class Over> bool wait_until(locked& held, std::int64_t until_ns, Over const& over) noexcept {
    while (!over())
      if (!wait_once(held, until_ns)) return over();
    return true;
  }

private:
  /// False if time is up.
  SPANWISE_SMALL bool wait_once(locked& held, std::int64_t until_ns) noexcept {
    if (until_ns <= 0) return false;
    timespec until{};
    until.tv_sec = static_cast<time_t>(until_ns / 1'000'000'000);
    until.tv_nsec = static_cast<long>(until_ns % 1'000'000'000);
#if defined(__APPLE__)
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC_RAW, &now); // as steady_ns()
    std::int64_t const left = until_ns - (std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec);
    if (left <= 0) return false;
    until.tv_sec = static_cast<time_t>(left / 1'000'000'000);
    until.tv_nsec = static_cast<long>(left % 1'000'000'000);
    return pthread_cond_timedwait_relative_np(&handle_, &held.mutex_.handle_, &until) == 0;
#else
    return pthread_cond_timedwait(&handle_, &held.mutex_.handle_, &until) == 0;
#endif
  }

  pthread_cond_t handle_;
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/export/memory.hpp
//
// Keeps finished spans in this process, for tests: `memory_sink sink; start("test", memory{sink})`, then sink.spans().
// Not for production: what is not cleared stays in memory.

namespace spanwise::inline SPANWISE_ABI {

/// A finished span that keeps what it shows: a span_view that stays valid. Copies share one block of bytes.
class memory_span : public span_view {
public:
  memory_span(record const& finished, scope_view const& scope, detail::counted<spanwise::resource const> of)
      : memory_span{copied(finished, scope), finished.size, scope, std::move(of)} {}

  /// Name and version of the tracer that made it; empty for the default one.
  [[nodiscard]] std::string_view scope_name() const noexcept { return scope_.name; }
  [[nodiscard]] std::string_view scope_version() const noexcept { return scope_.version; }
  [[nodiscard]] std::string_view scope_schema_url() const noexcept { return scope_.schema_url; }
  [[nodiscard]] attribute_range scope_attributes() const noexcept { return scope_.attributes(); }
  /// The resource of the pipeline that it came through.
  [[nodiscard]] spanwise::resource const& resource() const noexcept { return *resource_; }

private:
  using block = detail::counted<std::string>;

  memory_span(block bytes, std::size_t size, scope_view const& scope, detail::counted<spanwise::resource const> of)
      : span_view{std::as_bytes(std::span{bytes->data(), size})}, bytes_{std::move(bytes)}, resource_{std::move(of)} {
    char const* at = bytes_->data() + size;
    auto const next = [&at](std::string_view text) {
      return std::string_view{std::exchange(at, at + text.size()), text.size()};
    };
    scope_.name = next(scope.name);
    scope_.version = next(scope.version);
    scope_.schema_url = next(scope.schema_url);
    scope_.encoded = {reinterpret_cast<std::byte const*>(at), scope.encoded.size()};
  }

  static block copied(record const& finished, scope_view const& scope) {
    auto bytes = block::make();
    bytes->reserve(finished.size + scope.name.size() + scope.version.size() + scope.schema_url.size() +
                   scope.encoded.size());
    bytes->append(reinterpret_cast<char const*>(finished.message), finished.size)
        .append(scope.name)
        .append(scope.version)
        .append(scope.schema_url)
        .append(reinterpret_cast<char const*>(scope.encoded.data()), scope.encoded.size());
    return bytes;
  }

  block bytes_;
  detail::counted<spanwise::resource const> resource_;
  scope_view scope_{};
};

/// Where `memory` puts spans; a handle, of which copies mean the same store. Safe for any thread.
class memory_sink {
public:
  memory_sink() : state_{detail::counted<state>::make()} {}

  /// The spans so far, in the order in which they were exported.
  [[nodiscard]] std::vector<memory_span> spans() const {
    detail::locked const held{state_->guard};
    return state_->spans;
  }
  [[nodiscard]] std::size_t size() const {
    detail::locked const held{state_->guard};
    return state_->spans.size();
  }
  /// The first span of this name, if there is one.
  [[nodiscard]] std::optional<memory_span> find(std::string_view name) const {
    detail::locked const held{state_->guard};
    for (memory_span const& each : state_->spans)
      if (each.name() == name) return each;
    return std::nullopt;
  }
  void clear() {
    detail::locked const held{state_->guard};
    state_->spans.clear();
  }
  /// Waits until there are at least `count` spans; false if there are not within `longest`.
  bool wait_for(std::size_t count, duration longest = detail::seconds(5)) const {
    deadline const until = deadline::in(longest);
    detail::locked held{state_->guard};
    return state_->grown.wait_until(held, until.steady_ns(), [&] { return state_->spans.size() >= count; });
  }

  /// Copies the spans of a batch; what `memory` does. All of them or, when it throws for want of memory, none.
  template <class = detail::on_use> void add(span_batch const& batch) {
    std::vector<memory_span> added;
    added.reserve(batch.records.size());
    auto const resource = detail::counted<spanwise::resource const>::make(batch.resource);
    for (record const& each : batch.records) added.emplace_back(each, batch.scopes[each.scope], resource);
    {
      detail::locked const held{state_->guard};
      state_->spans.insert(state_->spans.end(), added.begin(), added.end());
    }
    state_->grown.notify_all();
  }

private:
  struct state {
    detail::mutex guard;
    detail::condition grown;
    std::vector<memory_span> spans;
  };

  detail::counted<state> state_;
};

/// Exports into a sink that the test keeps a handle of. After shutdown nothing is taken any more; the sink stays
/// readable.
struct memory {
  static constexpr std::string_view exporter_name = "memory";
  static constexpr bool immediate = true;

  memory_sink sink;
};

template <class Client> struct sender<memory, Client> {
  sender(memory described, exporter_setup const&) noexcept : sink_{std::move(described.sink)} {}

  export_result export_spans(span_batch const& batch, deadline) noexcept {
    std::size_t const size = batch.records.size();
    bool const taken = !closed_ && detail::contain([&] { sink_.add(batch); });
    return taken ? export_result{.exported = size} : export_result{.failed = size};
  }
  void shutdown(deadline) noexcept { closed_ = true; }

private:
  memory_sink sink_;
  bool closed_{};
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/detail/error_text.hpp
//
// The system's words for an error number, from any thread; <system_error> has them too, and costs more to include.

namespace spanwise::inline SPANWISE_ABI::detail {

// strerror_r gives a number on most systems, and with glibc the text, which need not be in the buffer.
inline char const* text_of_error(int failed, char const* buffer) noexcept {
  return failed == 0 ? buffer : "";
}
inline char const* text_of_error(char const* text, char const*) noexcept {
  return text;
}

SPANWISE_COLD std::string error_text(int error) {
  char buffer[128] = "";
  return text_of_error(strerror_r(error, buffer, sizeof buffer), buffer);
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/export/scope_groups.hpp
//
// Walks the records of a batch scope by scope, as OTLP groups them, without sorting or copying them.

namespace spanwise::inline SPANWISE_ABI::detail {

/// Calls `group(scope, each_record)` once for each scope that occurs, in the order in which they first do; there
/// `each_record(function)` calls `function(record)` for each record of that scope.
template <class Group> void each_scope(std::span<record const> records, Group&& group) {
  bool done[scope_list::capacity + 1]{};
  // What is no scope's number stands for the unnamed scope; all such records are one group.
  auto const scope_of = [](record const& each) noexcept -> std::size_t {
    return each.scope < scope_list::capacity ? each.scope : scope_list::capacity;
  };
  for (std::size_t begin = 0; begin < records.size(); ++begin) {
    std::size_t const scope = scope_of(records[begin]);
    if (done[scope]) continue;
    done[scope] = true;
    group(scope, [&](auto&& function) {
      for (record const& each : records.subspan(begin))
        if (scope_of(each) == scope) function(each);
    });
  }
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/export/otlp_json.hpp
//
// Encodes finished spans as OTLP/JSON, the request body of OTLP/HTTP and a line of an OTLP file.
// Goes from the bytes of the spans to text in one step; allocates nothing but the buffer, which can be used again.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// Writes the parts of a request; the order is that of the OTLP messages, and empty members are left out.
class otlp_json_encoder {
public:
  explicit otlp_json_encoder(buffer& out) noexcept : sink_{out} {}

  bool request(span_batch const& batch) noexcept {
    char* at = sink_.begin();
    if (at == nullptr) return false;
    at = put(at, "{\"resourceSpans\":[");
    if (!batch.records.empty()) {
      at = put(at, "{\"resource\":{");
      at = attributes(at, batch.resource.attributes(), false);
      at = put(at, "},\"scopeSpans\":[");
      bool first = true;
      each_scope(batch.records, [&](std::size_t scope, auto const& each_record) {
        at = scope_head(at, batch.scopes[scope], first);
        first = false;
        bool first_span = true;
        each_record([&](record const& finished) {
          if (!first_span) *at++ = ',';
          first_span = false;
          at = span(at, span_view{finished});
        });
        *at++ = ']';
        at = schema_url(at, batch.scopes[scope].schema_url);
        *at++ = '}';
      });
      *at++ = ']';
      at = schema_url(at, batch.resource.schema_url());
      *at++ = '}';
    }
    at = put(at, "]}");
    return sink_.finish(at);
  }

  /// One span as a JSON object; leaves room for a few bytes of the caller's.
  char* span(char* at, span_view const& view) noexcept {
    at = sink_.room(at, 512);
    at = put(at, "{\"traceId\":\"");
    at = put_hex(at, view.trace_id().bytes());
    at = put(at, "\",\"spanId\":\"");
    at = put_hex(at, view.span_id().bytes());
    if (view.parent_span_id().valid()) {
      at = put(at, "\",\"parentSpanId\":\"");
      at = put_hex(at, view.parent_span_id().bytes());
    }
    at = put(at, "\",\"flags\":");
    at = put_decimal(at, view.flags());
    at = put(at, ",\"kind\":");
    *at++ = static_cast<char>('1' + static_cast<int>(view.kind()));
    at = put(at, ",\"startTimeUnixNano\":\"");
    at = put_decimal(at, static_cast<std::uint64_t>(view.start().unix_ns));
    at = put(at, "\",\"endTimeUnixNano\":\"");
    at = put_decimal(at, static_cast<std::uint64_t>(view.end().unix_ns));
    at = member(at, "\",\"name\":", view.name());
    if (!view.trace_state().empty()) at = member(at, ",\"traceState\":", view.trace_state());
    at = attributes(at, view.attributes(), true);
    at = dropped(at, ",\"droppedAttributesCount\":", view.dropped_attributes());
    at = events(at, view.events());
    at = dropped(at, ",\"droppedEventsCount\":", view.dropped_events());
    at = links(at, view.links());
    at = dropped(at, ",\"droppedLinksCount\":", view.dropped_links());
    if (view.status() != status_code::unset) at = status(at, view);
    *at++ = '}';
    return at;
  }

  /// An attribute value as the object that stands for an AnyValue.
  char* value(char* at, value_view const& held, int depth) noexcept {
    at = sink_.room(at, most_fixed);
    switch (held.type()) {
    case value_type::string:
      at = member(at, "{\"stringValue\":", held.as_string());
      *at++ = '}';
      return at;
    case value_type::boolean:
      return held.as_bool() ? put(at, "{\"boolValue\":true}") : put(at, "{\"boolValue\":false}");
    case value_type::integer:
      at = put(at, "{\"intValue\":\"");
      at = put_integer(at, held.as_int());
      return put(at, "\"}");
    case value_type::floating:
      at = put(at, "{\"doubleValue\":");
      at = put_double(at, held.as_double());
      *at++ = '}';
      return at;
    case value_type::bytes:
      at = put(at, "{\"bytesValue\":");
      at = sink_.base64(at, held.as_bytes());
      *at++ = '}';
      return at;
    case value_type::array:
    case value_type::map:
      return container(at, held, depth);
    case value_type::empty:
      break;
    }
    return put(at, "{}");
  }

private:
  /// Room for the fixed parts between two strings or values: what precedes a string needs no check of its own.
  static constexpr std::size_t most_fixed = 192;
  /// Arrays and maps nested deeper than this are written as the empty value, as the default limit has it (AT-10).
  static constexpr int deepest = 64;

  template <std::size_t Size>
  SPANWISE_INLINE char* member(char* at, char const (&key)[Size], std::string_view text) noexcept {
    return string(put(at, key), text);
  }
  char* string(char* at, std::string_view text) noexcept { return sink_.room(sink_.string(at, text), most_fixed); }

  template <std::size_t Size>
  SPANWISE_INLINE char* dropped(char* at, char const (&key)[Size], std::uint32_t count) noexcept {
    return count == 0 ? at : number(sink_.room(put(at, key), most_fixed), count);
  }
  SPANWISE_COLD char* number(char* at, std::uint64_t count) noexcept {
    return sink_.room(put_decimal(at, count), most_fixed);
  }

  char* attributes(char* at, attribute_range const& all, bool comma) noexcept {
    bool first = true;
    for (attribute_view const& each : all) {
      if (!first) *at++ = ',';
      else at = comma ? put(at, ",\"attributes\":[") : put(at, "\"attributes\":[");
      first = false;
      at = key_value(at, each, 1);
    }
    if (!first) *at++ = ']';
    return sink_.room(at, most_fixed);
  }

  char* key_value(char* at, attribute_view const& each, int depth) noexcept {
    at = member(at, "{\"key\":", each.key);
    at = put(at, ",\"value\":");
    at = value(at, each.value, depth);
    *at++ = '}';
    return sink_.room(at, most_fixed);
  }

  char* container(char* at, value_view const& held, int depth) noexcept {
    if (depth > deepest) return put(at, "{}");
    bool first = true;
    auto const comma = [&] {
      if (!first) *at++ = ',';
      first = false;
    };
    if (held.type() == value_type::array) {
      at = put(at, "{\"arrayValue\":{\"values\":[");
      for (value_view const& each : held.elements()) {
        comma();
        at = sink_.room(value(at, each, depth + 1), most_fixed);
      }
    } else {
      at = put(at, "{\"kvlistValue\":{\"values\":[");
      for (attribute_view const& each : held.entries()) {
        comma();
        at = key_value(at, each, depth + 1);
      }
    }
    return put(at, "]}}");
  }

  char* events(char* at, view_range<event_view> const& all) noexcept {
    bool first = true;
    for (event_view const& each : all) {
      at = first ? put(at, ",\"events\":[{\"timeUnixNano\":\"") : put(at, ",{\"timeUnixNano\":\"");
      first = false;
      at = put_decimal(at, static_cast<std::uint64_t>(each.time().unix_ns));
      at = member(at, "\",\"name\":", each.name());
      at = attributes(at, each.attributes(), true);
      at = dropped(at, ",\"droppedAttributesCount\":", each.dropped_attributes());
      *at++ = '}';
      at = sink_.room(at, most_fixed);
    }
    if (!first) *at++ = ']';
    return at;
  }

  SPANWISE_SMALL char* links(char* at, view_range<link_view> const& all) noexcept {
    bool first = true;
    for (link_view const& each : all) {
      at = first ? put(at, ",\"links\":[{\"traceId\":\"") : put(at, ",{\"traceId\":\"");
      first = false;
      at = put_hex(at, each.trace_id().bytes());
      at = put(at, "\",\"spanId\":\"");
      at = put_hex(at, each.span_id().bytes());
      at = put(at, "\",\"flags\":");
      at = sink_.room(put_decimal(at, each.flags()), most_fixed);
      if (!each.trace_state().empty()) at = member(at, ",\"traceState\":", each.trace_state());
      at = attributes(at, each.attributes(), true);
      at = dropped(at, ",\"droppedAttributesCount\":", each.dropped_attributes());
      *at++ = '}';
      at = sink_.room(at, most_fixed);
    }
    if (!first) *at++ = ']';
    return at;
  }

  SPANWISE_SMALL char* status(char* at, span_view const& view) noexcept {
    at = sink_.room(put(at, ",\"status\":{\"code\":"), most_fixed);
    *at++ = static_cast<char>('0' + static_cast<int>(view.status()));
    if (!view.status_message().empty()) at = member(at, ",\"message\":", view.status_message());
    *at++ = '}';
    return sink_.room(at, most_fixed);
  }

  SPANWISE_SMALL char* scope_head(char* at, scope_view const& scope, bool first) noexcept {
    at = sink_.room(at, most_fixed);
    if (!first) *at++ = ',';
    at = member(at, "{\"scope\":{\"name\":", scope.name);
    if (!scope.version.empty()) at = member(at, ",\"version\":", scope.version);
    at = attributes(at, attribute_range{scope.encoded, 3}, true);
    return put(at, "},\"spans\":[");
  }

  SPANWISE_SMALL char* schema_url(char* at, std::string_view url) noexcept {
    at = sink_.room(at, most_fixed);
    return url.empty() ? at : member(at, ",\"schemaUrl\":", url);
  }

  json_sink sink_;
};

} // namespace detail

/// Appends a whole ExportTraceServiceRequest, spans grouped by scope. False if memory ran out; `out` is then as before.
inline bool encode_otlp_json(span_batch const& batch, detail::buffer& out) noexcept {
  return detail::otlp_json_encoder{out}.request(batch);
}

/// The same as a text of its own, for exporters of one's own; empty if memory ran out.
[[nodiscard]] SPANWISE_COLD std::string encode_otlp_json(span_batch const& batch) noexcept {
  return detail::contain(
      [&] {
        detail::buffer out;
        return encode_otlp_json(batch, out) ? std::string{out.text()} : std::string{};
      },
      std::string{});
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/export/otlp_file.hpp
//
// Writes spans as JSON lines, the OTLP file format: one TracesData object a line, which a collector's file receiver
// reads. For machines without a collector, for keeping traces, and for pipes. A file is made readable for its owner
// alone.

namespace spanwise::inline SPANWISE_ABI {

/// Appends spans to a file: `batch{otlp_file{.path = "traces.jsonl"}}`.
///
/// Several processes may share one: each batch is one line, written in one piece. A file that is renamed or deleted
/// meanwhile, as log rotation does, is made anew.
struct otlp_file {
  static constexpr std::string_view exporter_name = "otlp_file";

  /// Left out: standard output.
  std::string path{};
};

namespace detail {

/// Takes SIGPIPE from the calling thread while it lives, so that a pipe nobody reads is an error code.
class no_sigpipe {
public:
  no_sigpipe() noexcept {
    sigset_t pending;
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~no_sigpipe() {
    timespec const at_once{};
    while (!was_pending_ && sigtimedwait(&pipe_, nullptr, &at_once) < 0 && errno == EINTR) {}
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  no_sigpipe(no_sigpipe const&) = delete;
  no_sigpipe& operator=(no_sigpipe const&) = delete;

private:
  sigset_t pipe_;
  sigset_t before_;
  bool was_pending_;
};

/// A file, pipe or standard output that text is appended to.
class append_file {
public:
  explicit append_file(std::string path) noexcept : path_{std::move(path)} {
    if (path_.empty()) take(STDOUT_FILENO);
  }
  append_file(append_file&& other) noexcept
      : path_{std::move(other.path_)}, handle_{std::exchange(other.handle_, -1)}, regular_{other.regular_},
        torn_{other.torn_}, cancelled_{other.cancelled_.load(relaxed)} {}
  append_file& operator=(append_file&&) = delete;
  ~append_file() { close(); }

  [[nodiscard]] std::string name() const { return path_.empty() ? "standard output" : path_; }

  /// Makes sure that the path leads to the file that is open; 0, or the error.
  [[nodiscard]] int open() noexcept {
    if (path_.empty() || (handle_ >= 0 && still_there())) return 0;
    close();
    // Without O_NONBLOCK a named pipe that nobody reads would hold the thread up; files don't mind it.
    int const handle = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    if (handle < 0) return errno;
    take(handle);
    return 0;
  }

  /// True if the last write ended within a line.
  [[nodiscard]] bool torn() const noexcept { return torn_; }

  /// Appends all of `text`; 0, or the error. A pipe that is full is waited for until the deadline.
  [[nodiscard]] int write(std::string_view text, deadline until) noexcept {
    no_sigpipe const quiet;
    std::size_t const size = text.size();
    while (!text.empty()) {
      if (!regular_ && !wait_for_room(until)) return ended(text.size() != size, ETIMEDOUT);
      // No more than what a pipe that has room takes at once, in case it was opened as one that waits.
      ssize_t const written = ::write(handle_, text.data(), regular_ ? text.size() : std::min(text.size(), pipe_room));
      if (written >= 0) text.remove_prefix(static_cast<std::size_t>(written));
      else if (errno != EINTR && (errno != EAGAIN || deadline::now() >= until))
        return ended(text.size() != size, errno);
    }
    return ended(false, 0);
  }

  /// Ends the running wait for room in a pipe, or the next one.
  void cancel() noexcept { cancelled_.store(true, relaxed); }

  void close() noexcept {
    if (handle_ >= 0 && !path_.empty()) ::close(handle_);
    handle_ = -1;
  }

private:
  static constexpr std::size_t pipe_room = 4096;

  void take(int handle) noexcept {
    struct stat about;
    handle_ = handle;
    regular_ = ::fstat(handle, &about) == 0 && S_ISREG(about.st_mode);
    torn_ = false;
  }

  [[nodiscard]] bool still_there() const noexcept {
    struct stat there;
    struct stat ours;
    return ::stat(path_.c_str(), &there) == 0 && ::fstat(handle_, &ours) == 0 && there.st_ino == ours.st_ino &&
           there.st_dev == ours.st_dev;
  }

  int ended(bool within_line, int error) noexcept {
    torn_ = within_line || (torn_ && error != 0);
    cancelled_.store(false, relaxed);
    return error;
  }

  [[nodiscard]] bool wait_for_room(deadline until) noexcept {
    pollfd wanted{handle_, POLLOUT, 0};
    for (;;) {
      if (cancelled_.load(relaxed)) return false;
      std::int64_t const left = (until - deadline::now()).ns / 1'000'000;
      if (::poll(&wanted, 1, static_cast<int>(std::min<std::int64_t>(std::max<std::int64_t>(left, 0), 20))) > 0)
        return true;
      if (left <= 0) return false;
    }
  }

  std::string path_;
  int handle_ = -1;
  bool regular_ = false;
  bool torn_ = false;
  atomic<bool> cancelled_{false};
};

} // namespace detail

/// Writes each batch as one line, by the time that export_spans returns. Nothing is held back, so there is no flush.
template <class Client> struct sender<otlp_file, Client> {
  sender(otlp_file given, exporter_setup const&) noexcept : file_{std::move(given.path)} {
    int const error = file_.open();
    usable_ = error == 0 || error == ENXIO; // a pipe may get its reader later
    if (!usable_) failed(0, error);
  }

  /// False if the file could not be opened at the start: the reason is told.
  [[nodiscard]] bool usable() const noexcept { return usable_; }

  export_result export_spans(span_batch const& batch, deadline until) noexcept {
    std::size_t const count = batch.records.size();
    if (count == 0) return {};
    if (closed_) return {.failed = count};
    if (int const error = file_.open(); error != 0) return failed(count, error);
    line_.clear();
    if (file_.torn()) line_.push('\n');
    if (!encode_otlp_json(batch, line_)) return failed(count, ENOMEM);
    line_.push('\n');
    if (line_.failed()) return failed(count, ENOMEM);
    if (int const error = file_.write(line_.text(), until); error != 0) return failed(count, error);
    lost_ = 0;
    wrote_any_ = true;
    return {.exported = count};
  }

  /// Closes the file; exports after it fail.
  void shutdown(deadline) noexcept {
    closed_ = true;
    file_.close();
  }

  /// Ends an export that waits for the reader of a pipe, or the next such one. Any thread may call it.
  void cancel() noexcept { file_.cancel(); }

private:
  export_result failed(std::size_t count, int error) noexcept {
    lost_ += count;
    detail::contain([&] {
      std::string const name = file_.name();
      std::string const lost = std::to_string(lost_) + (lost_ == 1 ? " span" : " spans") +
                               (wrote_any_ ? " lost since that last worked" : " lost so far");
      report(severity::warning, "otlp file " + name,
             "spans cannot be written to " + name + " (" + detail::error_text(error) + ")" +
                 (lost_ == 0 ? "" : "; " + lost));
    });
    return {.failed = count};
  }

  detail::append_file file_;
  detail::buffer line_;
  std::uint64_t lost_ = 0; ///< since that last worked
  bool wrote_any_ = false;
  bool usable_ = true;
  bool closed_ = false;
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/detail/background_thread.hpp
//
// A thread of spanwise's own beside the host's: it takes none of the host's signals, and starting it cannot throw.
// SIGPIPE is among them, so writing to a connection that the other side closed is only an error code.

namespace spanwise::inline SPANWISE_ABI::detail {

/// Must be joined or detached before it is destroyed or started again.
class background_thread {
public:
  background_thread() noexcept = default;
  background_thread(background_thread const&) = delete;
  background_thread& operator=(background_thread const&) = delete;

  /// Calls `(object.*Run)()` on a new thread; false if there can be none. Debuggers show `name`, at most 15 bytes.
  template <auto Run, class Object>
  [[nodiscard]] bool start(Object& object, [[maybe_unused]] char const* name) noexcept {
    sigset_t blocked;
    sigset_t before;
    sigfillset(&blocked);
    // What a fault raises on its own thread has to reach the host's crash handler.
    for (int const fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) sigdelset(&blocked, fault);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    auto const run = [](void* self) -> void* {
      (static_cast<Object*>(self)->*Run)();
      return nullptr;
    };
    running_ = pthread_create(&thread_, nullptr, run, &object) == 0;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
#if defined(__linux__)
    if (running_) pthread_setname_np(thread_, name);
#endif
    return running_;
  }

  /// True from start until join or detach.
  [[nodiscard]] bool running() const noexcept {
    return running_;
  }

  void join() noexcept {
    pthread_join(thread_, nullptr);
    running_ = false;
  }
  void detach() noexcept {
    pthread_detach(thread_);
    running_ = false;
  }

private:
  pthread_t thread_{};
  bool running_ = false;
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/export/endpoint.hpp
//
// Where an OTLP/HTTP exporter sends to: reading endpoint URLs, and choosing one from code and OTEL_* variables.
// A general endpoint is a base that gets /v1/traces appended; one for traces alone is used as it is written.

namespace spanwise::inline SPANWISE_ABI {

/// Scheme, host, port and path of a receiver; as it stands, the default one of OTLP/HTTP.
struct endpoint {
  bool secure = false;               ///< https
  std::string host = "localhost";    ///< a name or an address, IPv6 without brackets
  std::uint16_t port = 4318;         ///< 80 or 443 where a URL names none
  std::string target = "/v1/traces"; ///< path and query

  /// Scheme, host, and the port where it is not the scheme's own: `http://localhost:4318`.
  [[nodiscard]] SPANWISE_SMALL std::string origin() const {
    bool const bare_ipv6 = host.find(':') != host.npos;
    std::string text =
        detail::joined({secure ? std::string_view{"https://"} : "http://", bare_ipv6 ? std::string_view{"["} : "", host,
                        bare_ipv6 ? std::string_view{"]"} : ""});
    return port == (secure ? 443 : 80) ? text : detail::joined({text, ":", port});
  }
  /// The whole URL but for the query, which may hold a key that does not belong into a log.
  [[nodiscard]] SPANWISE_SMALL std::string url() const {
    return detail::joined({origin(), std::string_view{target}.substr(0, target.find('?'))});
  }

  friend bool operator==(endpoint const&, endpoint const&) = default;
};

/// What is appended to the path of an endpoint.
enum class endpoint_use : std::uint8_t {
  base, ///< `v1/traces`, with one slash between
  exact ///< nothing; no path at all becomes `/`
};

/// An endpoint from `[http[s]://]host[:port][/path][?query]`; a user name and a fragment are left out.
///
/// Nothing if the text is no such URL; `problem` then holds what is wrong, to follow the URL in a sentence.
[[nodiscard]] SPANWISE_SMALL std::optional<endpoint> read_endpoint(std::string_view url, endpoint_use use,
                                                                   std::string_view& problem) {
  detail::char_set constexpr visible{"!~"};
  detail::char_set constexpr host_letters{"-.09AZ__az~~"};
  detail::char_set constexpr address_letters{".:09AFaf"};
  auto const refuse = [&](std::string_view why) {
    problem = why;
    return std::nullopt;
  };
  endpoint result{.port = 80};
  if (!visible.has_all(url)) return refuse("holds blanks or characters that need percent-encoding");
  if (std::size_t const colon = url.find("://"); colon != url.npos) {
    std::string_view const scheme = url.substr(0, colon);
    result.secure = detail::same_letters(scheme, "https");
    if (!result.secure && !detail::same_letters(scheme, "http"))
      return refuse("has a scheme other than http and https");
    if (result.secure) result.port = 443;
    url.remove_prefix(colon + 3);
  }
  url = url.substr(0, url.find('#'));
  std::string_view authority = url.substr(0, url.find_first_of("/?"));
  std::string_view path = url.substr(authority.size());
  authority.remove_prefix(authority.rfind('@') + 1);

  bool const bracketed = !authority.empty() && authority.front() == '[';
  if (bracketed) authority.remove_prefix(1);
  std::string_view const host = authority.substr(0, authority.find(bracketed ? ']' : ':'));
  if (host.empty()) return refuse("names no host");
  if (detail::same_letters(host, "http") || detail::same_letters(host, "https"))
    return refuse("lacks :// behind its scheme");
  if (!(bracketed ? address_letters : host_letters).has_all(host)) return refuse("has a host that is not one");
  authority.remove_prefix(host.size());
  if (bracketed) {
    if (authority.empty()) return refuse("lacks a closing bracket");
    authority.remove_prefix(1);
  }
  if (authority.size() > 1) {
    detail::whole_number const port = detail::read_whole_number(authority.substr(1));
    if (authority[0] != ':' || port.size + 1 != authority.size() || !port.fits || port.value < 1 || port.value > 65535)
      return refuse("has a port that is not a number from 1 to 65535");
    result.port = static_cast<std::uint16_t>(port.value);
  }

  result.host = host;
  std::size_t const query = std::min(path.find('?'), path.size());
  result.target = path.substr(0, query);
  if (use == endpoint_use::base) result.target += result.target.ends_with('/') ? "v1/traces" : "/v1/traces";
  else if (result.target.empty()) result.target = "/";
  result.target += path.substr(query);
  return result;
}

namespace detail {

/// A URL for a diagnostic: without user name, password and query.
SPANWISE_SMALL std::string shown_url(std::string_view url) {
  url = url.substr(0, url.find('?'));
  std::size_t const colon = url.find("://");
  std::size_t const start = colon == url.npos ? 0 : colon + 3;
  std::string_view const rest = url.substr(start);
  std::size_t const user = rest.substr(0, rest.find('/')).rfind('@') + 1;
  return shown(joined({url.substr(0, start), rest.substr(user)}));
}

} // namespace detail

/// The endpoint for traces: from code if it names one, else from the environment, else http://localhost:4318/v1/traces.
///
/// `base` is completed as OTEL_EXPORTER_OTLP_ENDPOINT is, unless it ends in /v1/traces already; `exact` is used as it
/// is, as OTEL_EXPORTER_OTLP_TRACES_ENDPOINT. A bad variable gives a diagnostic and is passed over. Nothing if the
/// code's own URL is bad: spans must not go where nobody meant them to.
[[nodiscard]] SPANWISE_SMALL std::optional<endpoint> choose_endpoint(std::string_view base, std::string_view exact,
                                                                     environment const& env) {
  std::string_view problem;
  if (!base.empty() || !exact.empty()) {
    std::string_view const given = exact.empty() ? base : exact;
    bool const complete = !exact.empty() || base.substr(0, base.find_first_of("?#")).ends_with("/v1/traces");
    auto chosen = read_endpoint(given, complete ? endpoint_use::exact : endpoint_use::base, problem);
    if (!chosen)
      detail::tell(severity::error, "otlp endpoint",
                   {"the endpoint \"", detail::shown_url(given), "\" ", problem, "; no spans will be sent"});
    return chosen;
  }
  for (endpoint_use const use : {endpoint_use::exact, endpoint_use::base}) {
    std::string_view const name = use == endpoint_use::exact ? std::string_view{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"}
                                                             : "OTEL_EXPORTER_OTLP_ENDPOINT";
    auto const url = env.text(name);
    if (!url) continue;
    if (auto chosen = read_endpoint(*url, use, problem)) return chosen;
    detail::tell(severity::warning, name, {name, "=", detail::shown_url(*url), " ", problem, "; it is ignored"});
  }
  return endpoint{};
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/detail/http_date.hpp
//
// Dates as HTTP headers have them, in each of the three forms that a recipient has to read (RFC 9110, 5.6.7).

namespace spanwise::inline SPANWISE_ABI::detail {

/// Seconds since 1970 at the start of a day of the Gregorian calendar; its month is from 1 to 12.
constexpr std::int64_t start_of_day(std::int64_t year, int month, int day) noexcept {
  // Years begin in March here, so that the day that comes and goes is the last one.
  year -= month <= 2;
  std::int64_t const era = (year >= 0 ? year : year - 399) / 400;
  std::int64_t const year_of_era = year - era * 400;
  std::int64_t const day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  std::int64_t const day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return (era * 146'097 + day_of_era - 719'468) * 86'400;
}

/// Reads a date from left to right; each function is false, and what follows of no use, where something else stands.
class http_date_reader {
public:
  explicit http_date_reader(std::string_view text) noexcept : rest_{text} {}

  /// `now`, in seconds since 1970, tells the century of two-digit years: a date is at most fifty years ahead.
  [[nodiscard]] SPANWISE_SMALL std::optional<std::int64_t> read(std::int64_t now) noexcept {
    std::size_t const comma = rest_.find(',');
    bool const read = comma == rest_.npos ? asctime() : (rest_.remove_prefix(comma + 1), with_comma());
    bool const leap_day = year_ % 4 == 0 && (year_ % 100 != 0 || year_ % 400 == 0);
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!read || !rest_.empty() || day_ < 1 || day_ > days[month_ - 1] + (month_ == 2 && leap_day ? 1 : 0) ||
        hour_ > 23 || minute_ > 59 || second_ > 60)
      return std::nullopt;
    std::int64_t const time = hour_ * 3600 + minute_ * 60 + second_;
    std::int64_t moment = start_of_day(year_, month_, day_) + time;
    if (short_year_ && moment > now + std::int64_t{50} * 31'556'952)
      moment = start_of_day(year_ - 100, month_, day_) + time;
    return moment;
  }

private:
  /// ` 06 Nov 1994 08:49:37 GMT`, or ` 06-Nov-94 08:49:37 GMT`.
  [[nodiscard]] SPANWISE_SMALL bool with_comma() noexcept {
    if (!text(" ") || !number(2, day_)) return false;
    short_year_ = rest_.substr(0, 1) == "-";
    std::string_view const between = short_year_ ? "-" : " ";
    if (!text(between) || !month() || !text(between) || !number(short_year_ ? 2 : 4, year_)) return false;
    if (short_year_) year_ += 2000;
    return text(" ") && clock() && text(" GMT");
  }

  /// `Sun Nov  6 08:49:37 1994`.
  [[nodiscard]] SPANWISE_SMALL bool asctime() noexcept {
    if (rest_.size() < 4) return false;
    rest_.remove_prefix(3);
    if (!text(" ") || !month() || !text(" ")) return false;
    bool const one_digit = text(" ");
    return number(one_digit ? 1 : 2, day_) && text(" ") && clock() && text(" ") && number(4, year_);
  }

  [[nodiscard]] bool clock() noexcept {
    return number(2, hour_) && text(":") && number(2, minute_) && text(":") && number(2, second_);
  }

  [[nodiscard]] SPANWISE_SMALL bool month() noexcept {
    std::string_view constexpr names = "JanFebMarAprMayJunJulAugSepOctNovDec";
    std::size_t const at = rest_.size() < 3 ? names.npos : names.find(rest_.substr(0, 3));
    if (at == names.npos || at % 3 != 0) return false;
    month_ = static_cast<int>(at / 3) + 1;
    rest_.remove_prefix(3);
    return true;
  }

  [[nodiscard]] bool text(std::string_view expected) noexcept {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }

  [[nodiscard]] SPANWISE_SMALL bool number(std::size_t digits, int& value) noexcept {
    if (rest_.size() < digits) return false;
    value = 0;
    for (char const digit : rest_.substr(0, digits)) {
      if (digit < '0' || digit > '9') return false;
      value = value * 10 + (digit - '0');
    }
    rest_.remove_prefix(digits);
    return true;
  }

  std::string_view rest_;
  int year_{}, month_ = 1, day_{}, hour_{}, minute_{}, second_{};
  bool short_year_{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/detail/json_cursor.hpp
//
// Reads JSON from front to back, for the few fields that an answer may hold: no tree, and a bound on depth.
// Safe on any bytes. A question that the text does not answer gives false and moves nothing.

namespace spanwise::inline SPANWISE_ABI::detail {

class json_cursor {
public:
  static constexpr int deepest = 64;

  explicit json_cursor(std::string_view text) noexcept : text_{text} {}

  /// True if nothing but blanks is left.
  [[nodiscard]] SPANWISE_SMALL bool at_end() noexcept { return peek() == '\0' && at_ == text_.size(); }

  /// Reads an object; `member(key)` is called for each member and reads its value, or returns false to have it skipped.
  ///
  /// Keys come cut to 64 bytes.
  template <class Member> [[nodiscard]] bool object(Member const& member) {
    return members([](void const* at, std::string_view key) { return (*static_cast<Member const*>(at))(key); },
                   &member);
  }

  /// Reads a string into `out`, of which at most `most` bytes are kept.
  [[nodiscard]] SPANWISE_SMALL bool string(std::string& out, std::size_t most) {
    std::size_t const start = at_;
    out.clear();
    if (!take('"')) return false;
    while (at_ < text_.size() && text_[at_] != '"') {
      char const letter = text_[at_++];
      if (letter != '\\') {
        if (out.size() < most) out += letter;
      } else if (!escape(out, most)) {
        return back_to(start);
      }
    }
    return take('"') || back_to(start);
  }

  /// Reads a 64-bit whole number, written as such or as a string of digits.
  [[nodiscard]] SPANWISE_SMALL bool integer(std::int64_t& out) noexcept {
    std::size_t const start = at_;
    bool const quoted = take('"');
    peek();
    whole_number const read = read_whole_number(text_.substr(at_));
    at_ += read.size;
    if (read.size == 0 || !read.fits || (quoted && !take('"'))) return back_to(start);
    out = read.value;
    char const next = peek();
    return next == ',' || next == '}' || next == ']' || next == '\0' || back_to(start);
  }

  /// Moves over one value of any type.
  [[nodiscard]] SPANWISE_SMALL bool skip() noexcept {
    std::size_t const start = at_;
    return skip_value(0) || back_to(start);
  }

private:
  static constexpr char_set blanks{"  \t\t\n\n\r\r"};
  static constexpr char_set word_letters{"++--..09AZaz"};

  SPANWISE_SMALL bool skip_value(int depth) noexcept {
    if (depth == deepest) return false;
    char const first = peek();
    if (first == '"') return skip_string();
    if (first == '{' || first == '[') {
      char const last = first == '{' ? '}' : ']';
      ++at_;
      if (take(last)) return true;
      do {
        if (first == '{' && !(peek() == '"' && skip_string() && take(':'))) return false;
        if (!skip_value(depth + 1)) return false;
      } while (take(','));
      return take(last);
    }
    std::size_t const start = at_;
    while (at_ < text_.size() && word_letters.has(text_[at_])) ++at_;
    std::string_view const word = text_.substr(start, at_ - start);
    return word == "true" || word == "false" || word == "null" || first == '-' || (first >= '0' && first <= '9');
  }

  SPANWISE_SMALL bool members(bool (*read)(void const* member, std::string_view key), void const* member) {
    std::size_t const start = at_;
    if (!take('{')) return false;
    if (take('}')) return true;
    std::string key;
    do {
      if (!string(key, 64) || !take(':') || !(read(member, key) || skip())) return back_to(start);
    } while (take(','));
    return take('}') || back_to(start);
  }

  /// The next byte that is no blank; NUL at the end.
  SPANWISE_SMALL char peek() noexcept {
    while (at_ < text_.size() && blanks.has(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  SPANWISE_SMALL bool take(char wanted) noexcept {
    if (at_ == text_.size() || peek() != wanted) return false;
    ++at_;
    return true;
  }
  bool back_to(std::size_t place) noexcept {
    at_ = place;
    return false;
  }

  SPANWISE_SMALL bool skip_string() noexcept {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        return true;
      }
      if (text_[at_] == '\\' && ++at_ == text_.size()) return false;
    }
    return false;
  }

  [[nodiscard]] SPANWISE_SMALL bool hex4(std::uint32_t& value) noexcept {
    value = 0;
    for (int i = 0; i < 4; ++i) {
      int const digit = at_ < text_.size() ? hex_value(text_[at_]) : -1;
      if (digit < 0) return false;
      value = value * 16 + static_cast<std::uint32_t>(digit);
      ++at_;
    }
    return true;
  }

  /// What stands behind a backslash; half of a surrogate pair becomes U+FFFD.
  [[nodiscard]] SPANWISE_SMALL bool escape(std::string& out, std::size_t most) {
    if (at_ == text_.size()) return false;
    std::uint32_t code = static_cast<unsigned char>(text_[at_++]);
    switch (code) {
    case 'b':
      code = '\b';
      break;
    case 'f':
      code = '\f';
      break;
    case 'n':
      code = '\n';
      break;
    case 'r':
      code = '\r';
      break;
    case 't':
      code = '\t';
      break;
    case 'u': {
      if (!hex4(code)) return false;
      std::uint32_t low = 0;
      if (code >> 10 == 0x36 && text_.substr(at_, 2) == "\\u") {
        at_ += 2;
        if (!hex4(low)) return false;
        code = low >> 10 == 0x37 ? 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF) : 0xFFFD;
      }
      if (code >> 11 == 0x1B) code = 0xFFFD;
      break;
    }
    default:
      break;
    }
    if (out.size() < most) append_utf8(out, code);
    return true;
  }

  SPANWISE_SMALL static void append_utf8(std::string& out, std::uint32_t code) {
    auto const byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
    if (code < 0x80) return byte(code);
    if (code < 0x800) {
      byte(0xC0 | code >> 6);
    } else {
      if (code < 0x10000) {
        byte(0xE0 | code >> 12);
      } else {
        byte(0xF0 | code >> 18);
        byte(0x80 | (code >> 12 & 0x3F));
      }
      byte(0x80 | (code >> 6 & 0x3F));
    }
    byte(0x80 | (code & 0x3F));
  }

  std::string_view text_;
  std::size_t at_{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/export/otlp_response.hpp
//
// What a receiver answers to an OTLP/HTTP export: whether it took the spans, how many it refused, what it says of that.
// Reads JSON and protobuf bodies without a library; a body that is neither is no error (OTLP, Full Success).

namespace spanwise::inline SPANWISE_ABI {

/// How the body of an OTLP/HTTP request or answer is encoded.
enum class otlp_encoding : std::uint8_t { json, protobuf };

/// What a status code says about the fate of a request.
enum class otlp_verdict : std::uint8_t {
  accepted,  ///< 2xx; some spans may still have been refused
  try_later, ///< 429, 502, 503, 504: the same request may succeed in a while
  refused    ///< everything else, redirects included: sending it again is of no use
};

[[nodiscard]] constexpr otlp_verdict judge_status(int status) noexcept {
  if (status >= 200 && status < 300) return otlp_verdict::accepted;
  return status == 429 || (status >= 502 && status <= 504) ? otlp_verdict::try_later : otlp_verdict::refused;
}

/// The partial success of an answer; zero and empty if all spans were taken.
struct otlp_partial_success {
  std::uint64_t rejected{};
  std::string message; ///< at most 300 bytes, fit for a log line

  friend bool operator==(otlp_partial_success const&, otlp_partial_success const&) = default;
};

namespace detail {

inline constexpr std::size_t longest_message = 300;

/// What the two fields of a note are called in JSON; their snake_case names are unknown there (OTLP, JSON Encoding).
struct note_names {
  std::string_view number;
  std::string_view text;
};
inline constexpr note_names partial_success_names{"rejectedSpans", "errorMessage"};
inline constexpr note_names status_names{"code", "message"};

/// Reads a message that has one text and one number: both PartialSuccess and Status are such.
struct otlp_note {
  std::int64_t number{};
  std::string text;

  [[nodiscard]] SPANWISE_SMALL bool read_json(json_cursor& from, note_names const& names) {
    return from.object([&](std::string_view key) { return read_member(from, names, key); });
  }
  SPANWISE_COLD bool read_member(json_cursor& from, note_names const& names, std::string_view key) {
    if (key == names.number) return from.integer(number);
    return key == names.text && from.string(text, longest_message);
  }
  SPANWISE_COLD bool read_answer_member(json_cursor& from, std::string_view key) {
    return key == "partialSuccess" && read_json(from, partial_success_names);
  }

  [[nodiscard]] SPANWISE_SMALL bool read_protobuf(std::span<std::byte const> message) {
    wire_reader fields{message};
    for (wire_field field; fields.read_next(field);) {
      if (field.is(1, wire_type::varint)) number = static_cast<std::int64_t>(field.integer);
      if (field.is(2, wire_type::bytes)) text = field.text().substr(0, longest_message);
    }
    return !fields.failed();
  }

  /// Reads it as the partial success of an answer; false if the body cannot be decoded.
  [[nodiscard]] SPANWISE_SMALL bool read_partial_success(std::string_view body, otlp_encoding encoding) {
    if (encoding == otlp_encoding::json) {
      json_cursor from{body};
      auto const member = [&](std::string_view key) { return read_answer_member(from, key); };
      return from.at_end() || (from.object(member) && from.at_end());
    }
    bool readable = true;
    wire_reader fields{std::as_bytes(std::span<char const>{body.data(), body.size()})};
    for (wire_field field; fields.read_next(field);)
      if (field.is(1, wire_type::bytes)) readable = read_protobuf(field.bytes) && readable;
    return readable && !fields.failed();
  }

  /// Reads it as a Status; false if the body is none.
  [[nodiscard]] SPANWISE_SMALL bool read_status(std::string_view body, otlp_encoding encoding) {
    if (encoding != otlp_encoding::json) return read_protobuf(std::as_bytes(std::span<char const>{body.data(), body.size()}));
    json_cursor from{body};
    return read_json(from, status_names) && from.at_end();
  }
};

} // namespace detail

/// Reads the body of a 2xx answer; nothing if it cannot be decoded.
[[nodiscard]] SPANWISE_SMALL std::optional<otlp_partial_success> read_partial_success(std::string_view body,
                                                                                      otlp_encoding encoding) noexcept {
  otlp_partial_success result;
  bool const read = detail::contain(
      [&] {
        detail::otlp_note note;
        if (!note.read_partial_success(body, encoding)) return false;
        if (note.number > 0) result.rejected = static_cast<std::uint64_t>(note.number);
        result.message = detail::shown(note.text, detail::longest_message);
        return true;
      },
      false);
  return read ? std::optional{std::move(result)} : std::nullopt;
}

/// The message of the Status that a 4xx or 5xx answer may hold, fit for a log line; empty if there is none.
[[nodiscard]] SPANWISE_SMALL std::string read_status_message(std::string_view body, otlp_encoding encoding) noexcept {
  return detail::contain(
      [&] {
        detail::otlp_note note;
        return note.read_status(body, encoding) ? detail::shown(note.text, detail::longest_message) : std::string{};
      },
      std::string{});
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/export/otlp_outcome.hpp
//
// What an OTLP/HTTP exporter makes of one attempt: done, done in part, to be tried again, or given up.
// A function of what came back and of the time alone, so that it can be asked without a network; it waits for nothing.

namespace spanwise::inline SPANWISE_ABI {

/// How far an attempt came.
enum class otlp_delivery : std::uint8_t {
  answered,
  lost,   ///< not connected, or disconnected without an answer: the next attempt may go through
  refused ///< a certificate is not trusted, or more came than is read: what stands between won't pass by itself
};

/// What came back of one attempt. Views what it is made from.
struct otlp_attempt {
  otlp_delivery delivery = otlp_delivery::answered;
  int status{};                   ///< of HTTP
  std::string_view retry_after{}; ///< the header Retry-After
  std::string_view body{};
  otlp_encoding encoding{}; ///< of the body
};

/// What becomes of the spans that were sent.
enum class otlp_fate : std::uint8_t {
  success, ///< the receiver has them
  partial, ///< it has them but for some that it refused; those are not sent again
  retry,   ///< the same request may be sent again, after a wait
  failure  ///< nobody has them, and there is no use or no time to try again
};

struct otlp_outcome {
  otlp_fate fate{};
  /// Of a retry: the least wait that the receiver asks for; nothing if that is left to the exporter.
  std::optional<duration> wait{};
  std::uint64_t rejected{};
  /// What the receiver says of spans that it took or refused, fit for a log line.
  std::string message{};
  /// False if the body of a success could not be decoded; its spans have arrived all the same.
  bool understood = true;

  friend bool operator==(otlp_outcome const&, otlp_outcome const&) = default;
};

/// Reads a Retry-After header: whole seconds, or a date, which is a wait of nothing where it has passed. Nothing if it
/// is neither. Waits of more than a century are cut to that.
[[nodiscard]] SPANWISE_SMALL std::optional<duration> read_retry_after(std::string_view text, time_point now) noexcept {
  text = detail::trimmed(text);
  std::int64_t constexpr longest = detail::longest_wait.ns / 1'000'000'000;
  detail::whole_number const seconds = detail::read_whole_number(text);
  if (!text.empty() && text.front() != '-' && seconds.size == text.size())
    return detail::seconds(seconds.fits ? std::min(seconds.value, longest) : longest);
  auto const date = detail::http_date_reader{text}.read(now.unix_ns / 1'000'000'000);
  if (!date) return std::nullopt;
  std::int64_t const whole = std::clamp<std::int64_t>(*date - now.unix_ns / 1'000'000'000, 0, longest);
  return duration{std::max<std::int64_t>(0, whole * 1'000'000'000 - now.unix_ns % 1'000'000'000)};
}

/// What to do after an attempt, with `remaining` left until the deadline (OTLP/HTTP Response, Throttling).
///
/// 429, 502, 503 and 504 may be tried again, and so may a request that got no answer. A wait that would pass the
/// deadline is none: the attempt has failed. Redirects are not followed.
[[nodiscard]] SPANWISE_SMALL otlp_outcome judge_attempt(otlp_attempt const& attempt, duration remaining,
                                                        time_point now) noexcept {
  if (attempt.delivery != otlp_delivery::answered)
    return {.fate = attempt.delivery == otlp_delivery::lost ? otlp_fate::retry : otlp_fate::failure};
  switch (judge_status(attempt.status)) {
  case otlp_verdict::refused:
    return {.fate = otlp_fate::failure};
  case otlp_verdict::try_later: {
    auto const wait = read_retry_after(attempt.retry_after, now);
    if (wait && *wait > remaining) return {.fate = otlp_fate::failure};
    return {.fate = otlp_fate::retry, .wait = wait};
  }
  case otlp_verdict::accepted:
    break;
  }
  auto answer = read_partial_success(attempt.body, attempt.encoding);
  if (!answer) return {.understood = false};
  return {.fate = answer->rejected != 0 ? otlp_fate::partial : otlp_fate::success,
          .rejected = answer->rejected,
          .message = std::move(answer->message)};
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/export/http_reply.hpp
//
// How one HTTP request went, and the sentence that tells a human what to mend if it went badly.

namespace spanwise::inline SPANWISE_ABI::detail {

/// Why a request got no answer.
enum class http_trouble : std::uint8_t {
  none,             ///< there is an answer
  no_time,          ///< the deadline had passed, or the export was cancelled, before it began
  late,             ///< the deadline came first
  cancelled,        ///< someone cut it short
  no_host,          ///< the name has no address
  no_connection,    ///< refused or unreachable; `error_number` tells
  no_tls,           ///< what listens does not speak TLS
  bad_certificate,  ///< the server's certificate is not trusted
  certificate_file, ///< a PEM file cannot be read
  broken,           ///< the connection closed, or what came is not HTTP
  oversized,        ///< more came than anyone wants to read
  no_client         ///< there is no thread or no client to send with
};

/// How far a request came.
enum class http_stage : std::uint8_t { resolving, connecting, sending };

struct http_reply {
  http_trouble trouble = http_trouble::none;
  http_stage stage = http_stage::resolving;
  int error_number = 0;
  int status = 0;
  std::string content_type{};
  std::string location{};
  std::string retry_after{};
  std::string body{};
};

/// How a body is encoded, by what its sender says of it, or as `otherwise` if that says nothing.
SPANWISE_SMALL otlp_encoding encoding_of(std::string_view content_type, otlp_encoding otherwise) noexcept {
  std::string_view const type = trimmed(content_type.substr(0, content_type.find(';')));
  if (same_letters(type, "application/json")) return otlp_encoding::json;
  if (same_letters(type, "application/x-protobuf")) return otlp_encoding::protobuf;
  return otherwise;
}

/// What came back as an exporter judges it; views the reply. A body of no named encoding counts as `otherwise`.
SPANWISE_SMALL otlp_attempt attempt_of(http_reply const& reply, otlp_encoding otherwise) noexcept {
  switch (reply.trouble) {
  case http_trouble::none:
    return {.status = reply.status,
            .retry_after = reply.retry_after,
            .body = reply.body,
            .encoding = encoding_of(reply.content_type, otherwise)};
  case http_trouble::no_tls:
  case http_trouble::bad_certificate:
  case http_trouble::certificate_file:
  case http_trouble::oversized:
    return {.delivery = otlp_delivery::refused};
  default:
    return {.delivery = otlp_delivery::lost};
  }
}

/// What to say of a request without an answer: what happened, and what would mend it.
SPANWISE_SMALL std::string trouble_sentence(http_reply const& reply, endpoint const& where) {
  std::string const origin = where.origin();
  auto const told = [&](std::string_view before, std::string_view after) { return joined({before, origin, after}); };
  std::string_view constexpr nobody = "no collector answers at ";
  std::string_view constexpr elsewhere = "; start one there or set OTEL_EXPORTER_OTLP_ENDPOINT";
  switch (reply.trouble) {
  case http_trouble::no_host:
    return joined({"the host \"", where.host, "\" cannot be found; check its name in OTEL_EXPORTER_OTLP_ENDPOINT"});
  case http_trouble::no_connection:
    return joined({nobody, origin, " (",
                   reply.error_number == ECONNREFUSED ? "connection refused" : error_text(reply.error_number), ")",
                   elsewhere});
  case http_trouble::late:
  case http_trouble::cancelled: {
    std::string_view const when = reply.trouble == http_trouble::late ? "in time" : "before the export was cut short";
    if (reply.stage == http_stage::resolving) return joined({"the host \"", where.host, "\" was not found ", when});
    if (reply.stage == http_stage::connecting)
      return joined({nobody, origin, " (no connection ", when, ")", elsewhere});
    return joined({"the collector at ", origin, " did not answer ", when});
  }
  case http_trouble::no_time:
    return told("no time was left to send spans to ", "");
  case http_trouble::no_tls:
    return told("what listens at ", " does not speak TLS; is it an http:// endpoint?");
  case http_trouble::bad_certificate:
    return told("the certificate of ", " is not trusted or names another host; OTEL_EXPORTER_OTLP_CERTIFICATE may "
                                       "name a file of authorities to trust");
  case http_trouble::certificate_file:
    return told("a certificate or key file for ",
                " cannot be read; check OTEL_EXPORTER_OTLP_CERTIFICATE, _CLIENT_CERTIFICATE and _CLIENT_KEY");
  case http_trouble::oversized:
    return told("", " answers with more than 4 MiB; is it an OTLP receiver?");
  case http_trouble::broken:
    return joined(
        {"what listens at ", origin, " closed the connection without an answer that is HTTP",
         where.port == 4317 ? std::string_view{"; 4317 is the port of OTLP/gRPC, OTLP/HTTP usually has 4318"} : ""});
  case http_trouble::no_client:
    return told("there is no thread or memory to send spans to ", " with");
  case http_trouble::none:
    break;
  }
  return {};
}

/// What would mend what a status code tells.
SPANWISE_SMALL std::string_view advice_for(int status, otlp_encoding encoding) noexcept {
  if (judge_status(status) == otlp_verdict::try_later) return "; it is overloaded or on its way up";
  switch (status) {
  case 401:
  case 403:
    return "; check the credentials in OTEL_EXPORTER_OTLP_HEADERS";
  case 404:
  case 405:
    return "; check the path of the endpoint";
  case 413:
    return "; lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE or raise its limit";
  case 415:
    return encoding == otlp_encoding::json ? "; it does not take JSON, use otlp_http_protobuf"
                                           : "; it does not take protobuf, use otlp_http";
  default:
    return {};
  }
}

/// What to say of an answer that is no success.
SPANWISE_SMALL std::string status_sentence(http_reply const& reply, endpoint const& where, otlp_encoding encoding) {
  std::string const message = read_status_message(reply.body, encoding_of(reply.content_type, encoding));
  bool const redirect = reply.status / 100 == 3;
  std::string const target = redirect ? shown_url(reply.location) : std::string{};
  return joined({"the collector at ", where.url(), " answered ", reply.status,
                 message.empty() ? std::string_view{} : " (", message, message.empty() ? std::string_view{} : ")",
                 redirect ? std::string_view{", a redirect"} : "", target.empty() ? std::string_view{} : " to ", target,
                 redirect ? std::string_view{", which is not followed; set the endpoint to where it leads"} : "",
                 advice_for(reply.status, encoding)});
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/export/otlp_settings.hpp
//
// Everything that an OTLP/HTTP exporter may be told, by code or by OTEL_EXPORTER_OTLP_* variables, brought together:
// what code sets wins, then the variable for traces, then the general one, then the default.

namespace spanwise::inline SPANWISE_ABI {

/// Sends spans to a collector over OTLP/HTTP; `otlp_http` and `otlp_http_protobuf` are the names to use.
///
///     auto tracing = spanwise::start("shop", spanwise::batch{spanwise::otlp_http{.endpoint =
///     "http://collector:4318"}});
///
/// An option left empty is taken from its variable (in brackets), which exists for traces alone too
/// (OTEL_EXPORTER_OTLP_TRACES_...). Include <httplib.h> where you call `start`.
template <otlp_encoding Encoding> struct basic_otlp_http {
  static constexpr std::string_view exporter_name = "otlp";
  static constexpr std::string_view protocol = Encoding == otlp_encoding::json ? "http/json" : "http/protobuf";

  /// Base URL; /v1/traces is appended unless it ends so [ENDPOINT; http://localhost:4318].
  std::string endpoint{};
  /// Full URL, used as it is; wins over `endpoint` [TRACES_ENDPOINT].
  std::string traces_endpoint{};
  /// More header fields, such as credentials; they replace those of the environment [HEADERS].
  key_values headers{};
  /// Bound of one export; 0 is none but the caller's [TIMEOUT, in milliseconds; 10 s].
  std::optional<duration> timeout{};
  /// PEM file with the certificates to trust for https, instead of the system's [CERTIFICATE].
  std::string certificate{};
  /// PEM files that prove who this client is; both or none [CLIENT_CERTIFICATE, CLIENT_KEY].
  std::string client_certificate{};
  std::string client_key{};
};

/// OTLP/HTTP with JSON bodies: every receiver takes it, and people can read it.
using otlp_http = basic_otlp_http<otlp_encoding::json>;
/// OTLP/HTTP with protobuf bodies: the cheapest, about half the bytes.
using otlp_http_protobuf = basic_otlp_http<otlp_encoding::protobuf>;

namespace detail {

/// What a sender goes by.
struct otlp_settings {
  std::optional<spanwise::endpoint> where; ///< nothing: code named a bad one, and nothing is to be sent
  otlp_encoding encoding{};
  key_values headers{}; ///< all of the request's but Host and Content-Length
  duration timeout{};
  std::string certificate{};
  std::string client_certificate{};
  std::string client_key{};
};

/// The name of the variable that decides: that for traces if it is set to anything, else the general one.
SPANWISE_SMALL std::string otlp_variable_name(std::string_view option, environment const& env) {
  std::string own = joined({"OTEL_EXPORTER_OTLP_TRACES_", option});
  return env.text(own) ? own : joined({"OTEL_EXPORTER_OTLP_", option});
}

/// The words that the variables may have; nothing if they have none of `known`.
SPANWISE_SMALL std::optional<std::string_view> otlp_choice(std::string_view option, environment const& env,
                                                           std::initializer_list<std::string_view> known) {
  return env.choice(otlp_variable_name(option, env), known);
}
SPANWISE_SMALL std::optional<std::string_view> otlp_protocol(environment const& env) {
  return otlp_choice("PROTOCOL", env, {"grpc", "http/protobuf", "http/json"});
}
SPANWISE_SMALL std::optional<std::string_view> otlp_compression(environment const& env) {
  return otlp_choice("COMPRESSION", env, {"none", "gzip"});
}

/// The header fields that the variables ask for; those for traces replace the general ones.
SPANWISE_SMALL std::optional<key_values> otlp_headers(environment const& env) {
  return env.key_value_list(otlp_variable_name("HEADERS", env), bad_pair::is_skipped);
}

/// Reads OTEL_EXPORTER_OTLP_TRACES_<option>, or OTEL_EXPORTER_OTLP_<option> if that says nothing that makes sense;
/// `read` takes a name.
template <class Read> SPANWISE_SMALL auto otlp_variable(std::string_view option, Read const& read) {
  auto found = read(joined({"OTEL_EXPORTER_OTLP_TRACES_", option}));
  return found ? found : read(joined({"OTEL_EXPORTER_OTLP_", option}));
}

/// The bound of one export; 0 is none.
SPANWISE_SMALL duration otlp_timeout(std::optional<duration> given, environment const& env) {
  if (!given) given = otlp_variable("TIMEOUT", [&](std::string_view name) { return env.milliseconds(name); });
  return std::min(given.value_or(seconds(10)), longest_wait);
}

/// A name or value that cannot end its header line and start another.
SPANWISE_SMALL bool fits_header(std::string_view name, std::string_view value) noexcept {
  char_set constexpr visible{"\t\t ~\x80\xff"};
  return header_name.has_all(name) && !name.empty() && visible.has_all(value);
}

/// True for fields that only the exporter and its client may set.
SPANWISE_SMALL bool own_header(std::string_view name) noexcept {
  for (std::string_view const own :
       {"content-type", "content-encoding", "content-length", "host", "transfer-encoding", "connection", "expect"})
    if (same_letters(name, own)) return true;
  return false;
}

/// Sets a field, in place of one of that name.
SPANWISE_COLD void set_header(key_values& headers, std::string name, std::string value) {
  for (auto& [present, old] : headers)
    if (same_letters(present, name)) {
      present.swap(name);
      old.swap(value);
      return;
    }
  headers.emplace_back(std::move(name), std::move(value));
}

/// Adds the fields of `given` to those of the exporter itself, of which only User-Agent may be replaced.
SPANWISE_SMALL void add_headers(key_values& headers, key_values const& given) {
  for (auto const& [name, value] : given) {
    if (!fits_header(name, value))
      tell(severity::warning, "otlp header",
           {"the header \"", shown(name), "\" holds characters that headers must not have; it is left out"});
    else if (own_header(name))
      tell(severity::warning, "otlp header", {"the header ", name, " is the exporter's own; it is left out"});
    else set_header(headers, name, value);
  }
}

/// Tells of variables that ask for something else than what was compiled in.
template <otlp_encoding Encoding> SPANWISE_SMALL void check_otlp_variables(environment const& env) {
  std::string_view constexpr built = basic_otlp_http<Encoding>::protocol;
  std::string_view const protocol = otlp_protocol(env).value_or(built);
  if (protocol != built)
    tell(severity::warning, "otlp protocol",
         {"OTEL_EXPORTER_OTLP_PROTOCOL asks for ", protocol, ", but the program was built to send ", built,
          ", which it does; ",
          protocol == "grpc" ? std::string_view{"collectors take that at their port for HTTP, 4318 by default"}
                             : "any_of{otlp_http{}, otlp_http_protobuf{}} lets the variable choose"});
  if (otlp_compression(env) == "gzip")
    report(severity::warning, "otlp compression",
           "OTEL_EXPORTER_OTLP_COMPRESSION asks for gzip, which this exporter does not do; it sends plain bodies");
}

template <otlp_encoding Encoding>
SPANWISE_SMALL otlp_settings settle(basic_otlp_http<Encoding>&& given, environment const& env) {
  check_otlp_variables<Encoding>(env);
  auto const text = [&](std::string& setting, std::string& from_code, std::string_view option) {
    if (from_code.empty())
      if (auto found = otlp_variable(option, [&](std::string_view name) { return env.text(name); }))
        from_code.swap(*found);
    setting.swap(from_code);
  };
  otlp_settings settings{.where = choose_endpoint(given.endpoint, given.traces_endpoint, env), .encoding = Encoding};
  set_header(settings.headers, "Content-Type",
             Encoding == otlp_encoding::json ? "application/json" : "application/x-protobuf");
  set_header(settings.headers, "User-Agent", "spanwise-otlp-cpp/" SPANWISE_VERSION);
  if (given.headers.empty())
    if (auto found = otlp_headers(env)) given.headers.swap(*found);
  add_headers(settings.headers, given.headers);
  settings.timeout = otlp_timeout(given.timeout, env);
  text(settings.certificate, given.certificate, "CERTIFICATE");
  text(settings.client_certificate, given.client_certificate, "CLIENT_CERTIFICATE");
  text(settings.client_key, given.client_key, "CLIENT_KEY");
  if (settings.client_certificate.empty() != settings.client_key.empty()) {
    report(severity::error, "otlp client key",
           "a client key and a client certificate need each other, but only one is given; no spans will be sent");
    settings.where.reset();
  }
  return settings;
}

/// The same, to be shared.
template <otlp_encoding Encoding>
counted<otlp_settings const> settled(basic_otlp_http<Encoding>&& given, environment const& env) {
  return counted<otlp_settings const>::made_by([&] { return settle(std::move(given), env); });
}

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/export/http_courier.hpp
//
// Carries HTTP requests on a thread of its own, so that whoever exports can walk away: at its deadline, or when
// cancelled. The client library may by then hang in a name lookup, a handshake, or a server that sends a byte a second.
// Everything of cpp-httplib is reached through the type `Client`, so this compiles where it is not installed.

namespace spanwise::inline SPANWISE_ABI::detail {

/// A client that was compiled with TLS.
template <class Client>
concept tls_client = requires(Client& client) {
  client.enable_server_certificate_verification(true);
};

template <class Request, class Response, class Error> struct http_exchange {
  Request request{};
  Response response{};
  Error error{};
};

/// Finds the types that a client exchanges by the shape of its `send`.
template <class Client, class Request, class Response, class Error>
http_exchange<Request, Response, Error> exchange_of(bool (Client::*)(Request&, Response&, Error&));

/// One connection, one request at a time. A shared value, which its thread keeps alive until that has ended.
///
/// One thread calls ready, body and post; any thread may call cancel and close.
template <class Client> class http_courier {
public:
  static constexpr std::size_t largest_answer = std::size_t{4} << 20;

  /// `settings->where` names where to.
  [[nodiscard]] SPANWISE_COLD static counted<http_courier> make(counted<otlp_settings const> const& settings) {
    return counted<http_courier>::make(settings);
  }
  explicit http_courier(counted<otlp_settings const> settings) noexcept : settings_{std::move(settings)} {}
  SPANWISE_SMALL ~http_courier() { forget_socket(); }
  http_courier(http_courier const&) = delete;
  http_courier& operator=(http_courier const&) = delete;

  [[nodiscard]] otlp_settings const& settings() const noexcept { return *settings_; }
  /// Another one, which knows nothing of what became of this one.
  [[nodiscard]] counted<http_courier> anew() const { return make(settings_); }

  /// Waits until the body may be written: for an earlier request, given up by its caller, that still hangs.
  ///
  /// The reply, like that of post(), is this courier's, and holds until it is asked for the next one.
  [[nodiscard]] SPANWISE_SMALL http_reply const& ready(deadline until) {
    locked held{mutex_};
    if (!changed_.wait_until(held, until.steady_ns(), [&] { return phase_ == phase::idle || stopped(); }))
      return no_answer(http_trouble::late, stage_);
    if (!stopped()) return no_answer(http_trouble::none);
    cancelled_ = false;
    return no_answer(http_trouble::no_time);
  }

  /// What the next post sends; to be written once ready() found no trouble.
  [[nodiscard]] buffer& body() noexcept { return body_; }

  /// Sends the body and waits for the answer until the deadline, a cancel or a close. `self` is this courier.
  [[nodiscard]] SPANWISE_SMALL http_reply const& post(deadline until, counted<http_courier> const& self) {
    if (until <= deadline::now()) return no_answer(http_trouble::no_time);
    locked held{mutex_};
    if (!start(self)) return no_answer(http_trouble::no_client);
    phase_ = phase::loaded;
    stage_ = http_stage::resolving;
    until_ = until;
    interrupted_ = false;
    changed_.notify_all();
    bool const in_time =
        changed_.wait_until(held, until.steady_ns(), [&] { return phase_ == phase::answered || stopped(); });
    if (phase_ == phase::answered) {
      phase_ = phase::idle;
      return reply_;
    }
    http_stage const reached = stage_ == http_stage::connecting && connected() ? http_stage::sending : stage_;
    interrupt();
    cancelled_ = false;
    return no_answer(in_time ? http_trouble::cancelled : http_trouble::late, reached);
  }

  /// Makes the running export return at once, or the next one if none runs.
  SPANWISE_SMALL void cancel() noexcept {
    locked const held{mutex_};
    cancelled_ = true;
    changed_.notify_all();
  }

  [[nodiscard]] SPANWISE_SMALL bool closed() const noexcept {
    locked const held{mutex_};
    return closed_;
  }

  /// Ends the thread: waits for it until `until`, then leaves it to finish alone. A running post returns at once.
  SPANWISE_SMALL void close(deadline until) noexcept {
    locked held{mutex_};
    if (std::exchange(closed_, true)) return;
    interrupt();
    changed_.notify_all();
    if (!thread_.running()) return;
    // However late it is, a thread that does not hang gets the moment that it needs.
    deadline const moment = deadline::in(milliseconds(20));
    changed_.wait_until(held, std::max(until, moment).steady_ns(), [&] { return finished_; });
    if (!finished_) return thread_.detach();
    held.unlock();
    thread_.join();
  }

private:
  using exchange = decltype(exchange_of(&Client::send));
  enum class phase : std::uint8_t { idle, loaded, busy, answered };

  [[nodiscard]] bool stopped() const noexcept { return cancelled_ || closed_; }

  SPANWISE_SMALL http_reply const& no_answer(http_trouble why, http_stage reached = http_stage::resolving) noexcept {
    unanswered_.trouble = why;
    unanswered_.stage = reached;
    return unanswered_;
  }

  [[nodiscard]] SPANWISE_SMALL bool start(counted<http_courier> const& self) {
    if (thread_.running() || closed_) return !closed_;
    self_ = self;
    if (thread_.template start<&http_courier::run>(*this, "spanwise-otlp")) return true;
    self_ = nullptr;
    return false;
  }

  SPANWISE_SMALL void run() noexcept {
    auto const self = std::move(self_);
    owned<Client> client;
    locked held{mutex_};
    for (;;) {
      changed_.wait(held, [&] { return phase_ == phase::loaded || closed_; });
      if (closed_) break;
      phase_ = phase::busy;
      if (!interrupted_) {
        held.unlock();
        if (!contain([&] { deliver(client); })) reply_.trouble = http_trouble::no_client;
        held.lock();
      }
      phase_ = interrupted_ ? phase::idle : phase::answered;
      changed_.notify_all();
    }
    held.unlock();
    client.reset();
    held.lock();
    finished_ = true;
    changed_.notify_all();
  }

  /// Under the lock: whatever the thread is at comes to an end as soon as the system lets it.
  SPANWISE_SMALL void interrupt() noexcept {
    interrupted_ = true;
    if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
  }

  /// Under the lock: true if the other side has taken the connection.
  [[nodiscard]] SPANWISE_SMALL bool connected() const noexcept {
    sockaddr_storage peer;
    socklen_t size = sizeof peer;
    return socket_ >= 0 && ::getpeername(socket_, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
  }

  /// Under the lock.
  SPANWISE_SMALL void forget_socket() noexcept {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

  /// Keeps a second handle on a new connection: once the client closes its own, that number may be someone else's.
  SPANWISE_SMALL void remember_socket(int socket) noexcept {
    locked const held{mutex_};
    forget_socket();
    socket_ = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
    stage_ = http_stage::connecting;
    fresh_ = true;
  }

  [[nodiscard]] SPANWISE_SMALL bool begin_sending() noexcept {
    locked const held{mutex_};
    stage_ = http_stage::sending;
    return !interrupted_;
  }

  SPANWISE_SMALL void deliver(owned<Client>& client) {
    if (!client) make_client(client);
    if (client && client->is_valid()) {
      attempt(*client);
      // That the server has closed a kept connection may show only when it is used. Receivers take duplicates.
      if (reply_.trouble == http_trouble::broken && !fresh_) attempt(*client);
    } else {
      reply_.trouble = client && settings().where->secure ? http_trouble::certificate_file : http_trouble::no_client;
      client.reset();
    }
  }

  /// Leaves none where it fails, also if that is an exception.
  SPANWISE_SMALL void make_client(owned<Client>& made) {
    owned<Client> client;
    endpoint const& where = *settings().where;
    if constexpr (tls_client<Client>) {
      if (where.secure && settings().client_key.empty()) {
        client.make(where.origin());
      } else if (where.secure) {
        client.make(where.origin(), settings().client_certificate, settings().client_key);
      }
      if (client && !settings().certificate.empty()) client->set_ca_cert_path(settings().certificate);
    }
    if (!where.secure) client.make(where.host, where.port);
    if (!client) return;
    client->set_keep_alive(true);
    client->set_tcp_nodelay(true);
    client->set_socket_options([this](auto socket) { remember_socket(socket); });
    if constexpr (requires { client->set_path_encode(false); }) client->set_path_encode(false);
    else if constexpr (requires { client->set_url_encode(false); }) client->set_url_encode(false);
    made = std::move(client);
  }

  SPANWISE_SMALL void attempt(Client& client) {
    // The deadline is the caller's to keep; this is for when it has gone. httplib counts milliseconds in an int.
    deadline const begun = deadline::now();
    duration const left = std::min(std::max(until_ - begun, duration{}), seconds(3600));
    time_t const patience = static_cast<time_t>(left.ns / 1'000'000'000 + 2);
    client.set_connection_timeout(patience, 0);
    client.set_read_timeout(patience, 0);
    client.set_write_timeout(patience, 0);

    exchange with;
    bool oversized = false;
    std::string{}.swap(reply_.body);
    with.request.method = "POST";
    with.request.path = settings().where->target;
    for (auto const& [name, value] : settings().headers) with.request.headers.emplace(name, value);
    with.request.content_length_ = body_.size();
    with.request.content_provider_ = [this](std::size_t offset, std::size_t size, auto& sink) {
      return begin_sending() && sink.write(body_.data() + offset, size);
    };
    with.request.content_receiver = [&](char const* data, std::size_t size, auto, auto) {
      oversized = size > largest_answer - reply_.body.size();
      if (!oversized) reply_.body.append(data, size);
      return !oversized;
    };
    fresh_ = false;
    errno = 0;
    bool const answered = client.send(with.request, with.response, with.error);
    // The client keeps to itself what an asynchronous connect failed with. At once, that is a refusal.
    int const asynchronous = deadline::now() - begun < seconds(1) ? ECONNREFUSED : EHOSTUNREACH;
    reply_.error_number = errno == EINPROGRESS ? asynchronous : errno;
    if (answered) {
      reply_.trouble = http_trouble::none;
      reply_.status = with.response.status;
      with.response.get_header_value("Content-Type").swap(reply_.content_type);
      with.response.get_header_value("Location").swap(reply_.location);
      with.response.get_header_value("Retry-After").swap(reply_.retry_after);
      return;
    }
    locked const held{mutex_};
    forget_socket();
    reply_.stage = stage_;
    reply_.trouble = oversized ? http_trouble::oversized : trouble_of(with.error, stage_);
  }

  template <class Error> SPANWISE_SMALL static http_trouble trouble_of(Error error, http_stage stage) noexcept {
    if (error == Error::ConnectionTimeout) return http_trouble::late;
    if (error == Error::SSLConnection) return http_trouble::no_tls;
    if (error == Error::SSLLoadingCerts) return http_trouble::certificate_file;
    if (error == Error::SSLServerVerification) return http_trouble::bad_certificate;
    if constexpr (requires { Error::SSLServerHostnameVerification; })
      if (error == Error::SSLServerHostnameVerification) return http_trouble::bad_certificate;
    if (error != Error::Connection) return http_trouble::broken;
    return stage == http_stage::resolving ? http_trouble::no_host : http_trouble::no_connection;
  }

  counted<otlp_settings const> settings_;
  mutable mutex mutex_;
  condition changed_;
  background_thread thread_;
  counted<http_courier> self_;
  phase phase_ = phase::idle;
  http_stage stage_ = http_stage::resolving;
  bool interrupted_ = false; ///< the caller has given up; no one waits for the reply
  bool cancelled_ = false;
  bool closed_ = false;
  bool finished_ = false;
  bool fresh_ = false; ///< this attempt made a connection; the thread's own
  int socket_ = -1;    ///< second handle on the connection
  deadline until_{};
  buffer body_; ///< the thread's while a request is loaded or busy, the caller's otherwise
  http_reply reply_;      ///< goes with the body
  http_reply unanswered_; ///< what to say instead of it; the caller's
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/export/otlp_protobuf.hpp
//
// Encodes finished spans as an OTLP ExportTraceServiceRequest in protobuf: the records already are its Span messages,
// so this writes the resource and scopes around them and copies.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// The size of a field of this many bytes whose tag takes one byte.
constexpr std::size_t field_size(std::size_t bytes) noexcept {
  return 1 + varint_size(bytes) + bytes;
}

inline unsigned char* put_head(unsigned char* at, unsigned char tag, std::size_t size) noexcept {
  *at++ = tag;
  return put_varint(at, size);
}

template <class Bytes> unsigned char* put_field(unsigned char* at, unsigned char tag, Bytes const& bytes) noexcept {
  at = put_head(at, tag, bytes.size());
  if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
  return at + bytes.size();
}

/// The size of a scope's ScopeSpans message without its spans.
inline std::size_t scope_overhead(scope_view const& scope) noexcept {
  return field_size(scope.encoded.size()) + (scope.schema_url.empty() ? 0 : field_size(scope.schema_url.size()));
}

} // namespace detail

/// Appends a whole ExportTraceServiceRequest, spans grouped by scope. False if memory ran out; `out` is then as before.
inline bool encode_otlp_protobuf(span_batch const& batch, detail::buffer& out) noexcept {
  if (batch.records.empty()) return true;
  std::size_t spans_of[scope_list::capacity + 1]{};
  for (record const& each : batch.records)
    spans_of[each.scope < scope_list::capacity ? each.scope : scope_list::capacity] += each.framed().size();

  std::span<std::byte const> const resource = batch.resource.encoded();
  std::string_view const schema_url = batch.resource.schema_url();
  std::size_t size = detail::field_size(resource.size());
  for (std::size_t scope = 0; scope <= scope_list::capacity; ++scope)
    if (spans_of[scope] != 0) size += detail::field_size(detail::scope_overhead(batch.scopes[scope]) + spans_of[scope]);
  if (!schema_url.empty()) size += detail::field_size(schema_url.size());

  char* const room = out.room(detail::field_size(size));
  if (room == nullptr) return false;
  auto* at = reinterpret_cast<unsigned char*>(room);
  at = detail::put_head(at, detail::tag::bytes_1, size);
  at = detail::put_field(at, detail::tag::bytes_1, resource);
  detail::each_scope(batch.records, [&](std::size_t number, auto const& each_record) {
    scope_view const scope = batch.scopes[number];
    at = detail::put_head(at, detail::tag::bytes_2, detail::scope_overhead(scope) + spans_of[number]);
    at = detail::put_field(at, detail::tag::bytes_1, scope.encoded);
    each_record([&](record const& each) {
      std::span<std::byte const> const framed = each.framed();
      std::memcpy(at, framed.data(), framed.size());
      at += framed.size();
    });
    if (!scope.schema_url.empty()) at = detail::put_field(at, detail::tag::bytes_3, scope.schema_url);
  });
  if (!schema_url.empty()) at = detail::put_field(at, detail::tag::bytes_3, schema_url);
  out.commit(reinterpret_cast<char const*>(at));
  return true;
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/export/otlp_http.hpp
//
// Sends spans to an OpenTelemetry collector, or whatever speaks OTLP/HTTP, over cpp-httplib.
// The translation unit that calls `start` with one of these includes <httplib.h>; nothing else needs it.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

template <class Type>
concept complete_type = requires {
  sizeof(Type);
};

/// Stands in for the sender where httplib is missing, so that the one sentence about that is the only error.
struct missing_http_sender {
  explicit missing_http_sender(counted<otlp_settings const> const&) noexcept {}
  export_result export_spans(span_batch const&, deadline) noexcept { return {}; }
};

/// Encodes batches, has them carried, and reads from the answer what became of them.
template <otlp_encoding Encoding, class Client> class otlp_http_sender {
public:
  static constexpr std::size_t largest_request = std::size_t{64} << 20;

  /// No settings: there was no memory for them.
  SPANWISE_SMALL explicit otlp_http_sender(counted<otlp_settings const> settings) noexcept {
    if (settings == nullptr || !settings->where) return;
    contain([&] {
      if (settings->where->secure && !tls_client<Client>)
        detail::tell(severity::error, "otlp tls",
                     {settings->where->origin(),
                      " needs TLS, which cpp-httplib was compiled without (define "
                      "CPPHTTPLIB_OPENSSL_SUPPORT and link OpenSSL); no spans will be sent"});
      else courier_ = courier::make(settings);
    });
  }
  otlp_http_sender(otlp_http_sender&& other) noexcept
      : courier_{std::move(other.courier_)}, owner_{other.owner_.load(relaxed)}, lost_{other.lost_} {}
  otlp_http_sender& operator=(otlp_http_sender&&) = delete;
  SPANWISE_SMALL ~otlp_http_sender() { shutdown(deadline::in(milliseconds(100))); }

  /// False if set-up failed: the reason is told, and every export fails.
  [[nodiscard]] bool usable() const noexcept { return courier_ != nullptr; }

  SPANWISE_SMALL export_result export_spans(span_batch const& batch, deadline until) noexcept {
    export_result const lost{.failed = batch.records.size()};
    if (batch.records.empty()) return {};
    if (!usable()) {
      report(severity::error, "otlp unusable", "no spans are sent: the exporter has no endpoint that it can use");
      return lost;
    }
    return contain([&] { return send(batch, until); }, lost);
  }

  /// Ends the connection and its thread; exports after it fail and send nothing.
  SPANWISE_SMALL void shutdown(deadline until) noexcept {
    if (courier_ && at_home()) courier_->close(until);
  }

  /// Makes the running export return at once, or the next one if none runs. Any thread may call it.
  SPANWISE_SMALL void cancel() noexcept {
    if (courier_ && at_home()) courier_->cancel();
  }

private:
  using courier = http_courier<Client>;

  /// A child process has neither the courier's thread nor a right to its connection: it starts over.
  ///
  /// The parent's courier stays as it is: the thread that is not here holds it, and perhaps its lock.
  SPANWISE_SMALL void leave_parent_behind() {
    if (at_home()) return;
    courier_ = courier_->anew();
    owner_.store(::getpid(), release);
  }
  [[nodiscard]] bool at_home() const noexcept { return owner_.load(acquire) == ::getpid(); }

  /// Until when an answer is worth waiting for. A collector that left one request unanswered would hold up whatever
  /// waits behind this export, so the next ones are short of patience; but one that is only slow gets its full time
  /// once a minute.
  SPANWISE_SMALL deadline patience_ends(deadline now) noexcept {
    duration const timeout = courier_->settings().timeout;
    bool const short_of_it = silent_ && now < full_time_at_;
    if (!short_of_it) full_time_at_ = now + seconds(60);
    if (timeout.ns <= 0) return short_of_it ? now + short_patience : deadline::max();
    return now + (short_of_it ? std::min(timeout, short_patience) : timeout);
  }

  SPANWISE_SMALL export_result send(span_batch const& batch, deadline until) {
    leave_parent_behind();
    if (courier_->closed()) return {.failed = batch.records.size()};
    return send_parts(batch, std::min(until, patience_ends(deadline::now())));
  }

  /// In two requests, or more, where one would be too large.
  SPANWISE_SMALL export_result send_parts(span_batch const& batch, deadline until) {
    std::size_t const count = batch.records.size();
    if (http_reply const& reply = courier_->ready(until); reply.trouble != http_trouble::none)
      return undelivered(reply, count);
    buffer& body = courier_->body();
    body.clear();
    if (!encode(batch, body)) {
      body.reset();
      return failed(count, {"there is no memory to encode spans for ", where().origin(), " in"});
    }
    if (body.size() <= largest_request) return judge(courier_->post(until, courier_), count);
    if (count == 1) return failed(count, {"a span is too large to be sent to ", where().origin()});
    export_result result = send_parts({batch.resource, batch.scopes, batch.records.first(count / 2)}, until);
    return result += send_parts({batch.resource, batch.scopes, batch.records.subspan(count / 2)}, until);
  }

  static bool encode(span_batch const& batch, buffer& body) noexcept {
    if constexpr (Encoding == otlp_encoding::json) return encode_otlp_json(batch, body);
    else return encode_otlp_protobuf(batch, body);
  }

  SPANWISE_SMALL export_result judge(http_reply const& reply, std::size_t count) {
    if (reply.trouble != http_trouble::none) return undelivered(reply, count);
    silent_ = false;
    otlp_outcome const outcome = judge_attempt(attempt_of(reply, Encoding), {}, {});
    if (outcome.fate == otlp_fate::retry || outcome.fate == otlp_fate::failure)
      return failed(count, {status_sentence(reply, where(), Encoding)});
    took_any_ = true;
    if (lost_ != 0) {
      tell(severity::info, "otlp again ",
           {"the collector at ", where().url(), " takes spans again; ", lost_, " did not reach it"});
      lost_ = 0;
    }
    if (!outcome.understood) {
      tell(severity::info, "otlp answer ",
           {"the answer of ", where().url(), " is not OTLP, but its status says that the spans have arrived"});
      return {.exported = count};
    }
    std::uint64_t const rejected = std::min<std::uint64_t>(outcome.rejected, count);
    if (rejected != 0) {
      tell(severity::warning, "otlp partial ",
           {"the collector at ", where().url(), " refused ", rejected, " of ", count, " spans",
            outcome.message.empty() ? std::string_view{} : ": ", outcome.message});
    } else if (!outcome.message.empty()) {
      tell(severity::warning, "otlp partial ", {"the collector at ", where().url(), " warns: ", outcome.message});
    }
    return {.exported = count - rejected, .rejected = rejected};
  }

  SPANWISE_SMALL export_result undelivered(http_reply const& reply, std::size_t count) {
    if (reply.trouble == http_trouble::late) silent_ = true;
    else if (reply.trouble != http_trouble::cancelled && reply.trouble != http_trouble::no_time) silent_ = false;
    return failed(count, {trouble_sentence(reply, where())});
  }

  SPANWISE_COLD export_result failed(std::size_t count, std::initializer_list<word> why) {
    lost_ += count;
    detail::tell(severity::warning, joined({"otlp ", where().origin()}),
                 {joined(why), " (", lost_, lost_ == 1 ? std::string_view{" span"} : " spans",
                  took_any_ ? std::string_view{" lost since it last took some)"} : " lost so far)"});
    return {.failed = count};
  }

  SPANWISE_COLD void tell(severity level, std::string_view cause, std::initializer_list<word> sentence) const {
    detail::tell(level, joined({cause, where().url()}), sentence);
  }

  [[nodiscard]] endpoint const& where() const noexcept { return *courier_->settings().where; }

  counted<courier> courier_; ///< null if there is no usable endpoint
  atomic<pid_t> owner_{::getpid()};
  static constexpr duration short_patience = milliseconds(500);

  std::uint64_t lost_ = 0; ///< since it last took some
  bool took_any_ = false;
  bool silent_ = false; ///< the last request was not answered in time
  deadline full_time_at_{};
};

template <otlp_encoding Encoding, class Client>
using otlp_http_sender_or_stand_in =
    std::conditional_t<complete_type<Client>, otlp_http_sender<Encoding, Client>, missing_http_sender>;

} // namespace detail

/// Sends batches over OTLP/HTTP; made by `start` from an `otlp_http` or `otlp_http_protobuf`.
template <otlp_encoding Encoding, class Client>
struct sender<basic_otlp_http<Encoding>, Client> : detail::otlp_http_sender_or_stand_in<Encoding, Client> {
  static_assert(detail::complete_type<Client>,
                "spanwise: include <httplib.h> where you call start; otlp_http sends through cpp-httplib");

  sender(basic_otlp_http<Encoding>&& given, exporter_setup const& setup) noexcept
      : detail::otlp_http_sender_or_stand_in<Encoding, Client>{
            detail::contain([&] { return detail::settled(std::move(given), setup.env); }, nullptr)} {}
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/fwd.hpp
//
// Names without their definitions, for headers that only mention spanwise's types.

namespace spanwise::inline SPANWISE_ABI {

class trace_id;
class span_id;
class trace_state;
class baggage;
class span_context;
class context;
class attribute;
class span_view;
class resource;
class provider;
struct options;

struct on;
struct off;
template <class Mode> class basic_span;
template <class Mode> class basic_detached_span;
template <class Mode> class basic_tracer;

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/instrument/http_header_capture.hpp
//
// Records chosen headers as attributes: `http.request.header.<name>`, the name in lower case, the values as an array.

namespace spanwise::inline SPANWISE_ABI::detail {

/// Which headers to record, with the keys of their attributes.
class http_header_capture {
public:
  /// `prefix` is `http.request.header.` or `http.response.header.`.
  http_header_capture(std::string_view prefix, std::vector<std::string> const& names) {
    for (std::string const& name : names) {
      std::string key{prefix};
      for (char const letter : name)
        key += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter;
      bool known = name.empty();
      for (auto const& each : entries_) known |= each.second == key;
      if (!known) entries_.emplace_back(name, std::move(key));
    }
  }

  /// How many headers there are to record.
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] std::string const& key(std::size_t index) const noexcept { return entries_[index].second; }

  /// The values of one of the headers; views into them.
  [[nodiscard]] std::vector<std::string_view> values(std::size_t index, text_map_ref const& headers) const {
    std::vector<std::string_view> found;
    if (index < entries_.size())
      read_values(headers, entries_[index].first, [&](std::string_view value) { found.push_back(value); });
    return found;
  }

  /// Sets the attributes of the headers that are there, beginning with the one at `from`.
  template <class Span> void record(Span& work, text_map_ref const& headers, std::size_t from = 0) const {
    for (std::size_t i = from; i < entries_.size(); ++i)
      if (auto const found = values(i, headers); !found.empty()) work.set(any_key{key(i)}, found);
  }

private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/instrument/http_method.hpp
//
// Which HTTP methods count as known, so that span names and attributes stay few whatever a client invents
// (HTTP conventions, http.request.method).

namespace spanwise::inline SPANWISE_ABI::detail {

/// What stands for a method that is not known, in attributes.
inline constexpr std::string_view other_http_method = "_OTHER";

/// The known methods, letter for letter: those given, else OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS, else the usual
/// ones.
class http_method_list {
public:
  explicit http_method_list(std::vector<std::string> given = {}, environment const& env = environment::process())
      : known_{std::move(given)} {
    if (known_.empty())
      known_ = env.list("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS").value_or(std::vector<std::string>{});
  }

  /// `method` if it is known, `_OTHER` if not.
  [[nodiscard]] std::string_view normal(std::string_view method) const noexcept {
    return known_.empty() ? found(usual, method) : found(known_, method);
  }

private:
  static constexpr std::string_view usual[] = {"GET",   "POST",    "PUT",     "DELETE", "HEAD",
                                               "PATCH", "OPTIONS", "CONNECT", "TRACE",  "QUERY"};

  template <class Names> static std::string_view found(Names const& names, std::string_view method) noexcept {
    for (std::string_view const each : names)
      if (each == method) return method;
    return other_http_method;
  }

  std::vector<std::string> known_;
};

/// The name of an HTTP span: method and route, or the method alone where there is no route (HTTP conventions, Name).
template <class = on_use> std::string http_span_name(std::string_view normal_method, std::string_view route) {
  std::string name{normal_method == other_http_method ? "HTTP" : normal_method};
  if (!route.empty()) name.append(1, ' ').append(route);
  return name;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/core/semconv_schema.hpp
//
// The version of OpenTelemetry's semantic conventions that the attributes written by spanwise follow.
// It is told here alone: schema URLs that differ cancel each other where resources are merged.

namespace spanwise::inline SPANWISE_ABI {

/// The schema URL of what resource detectors and instrumentation write.
inline constexpr std::string_view semconv_schema_url = "https://opentelemetry.io/schemas/1.44.0";

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/instrument/http_url.hpp
//
// URLs as HTTP spans show them: taken apart, and without the secrets that URLs tend to carry.
// Texts come from the network, so everything here takes any bytes, never throws for what they are, and copies only
// where something has to be hidden.

namespace spanwise::inline SPANWISE_ABI::detail {

/// Path and query of a request target; the query without its question mark, both as they were sent.
struct http_target {
  std::string_view path;
  std::string_view query;
};

/// True if `text` starts with a scheme and `//`.
template <class = on_use> [[nodiscard]] bool is_absolute_url(std::string_view text) noexcept {
  std::size_t const colon = text.find("://");
  return colon != text.npos && colon != 0 && text.substr(0, colon).find_first_of("/?#@") == text.npos;
}

/// Takes a request target apart, the absolute form of a proxy request too. A fragment is left out.
template <class = on_use> [[nodiscard]] http_target read_target(std::string_view target) noexcept {
  target = target.substr(0, target.find('#'));
  if (is_absolute_url(target)) {
    target.remove_prefix(target.find("://") + 3);
    std::size_t const path = target.find_first_of("/?");
    target = path == target.npos ? std::string_view{} : target.substr(path);
  }
  http_target result;
  result.path = next_part(target, '?');
  result.query = target;
  if (result.path.empty()) result.path = "/";
  return result;
}

/// Host and port of an authority such as `shop.example:8080` or `[::1]:80`; port 0 if it names none that is one.
struct http_authority {
  std::string_view host; ///< an IPv6 address without its brackets
  int port{};
};

template <class = on_use> [[nodiscard]] int read_port(std::string_view digits) noexcept {
  if (digits.empty() || digits.size() > 5) return 0;
  int port = 0;
  for (char const digit : digits) {
    if (digit < '0' || digit > '9') return 0;
    port = port * 10 + (digit - '0');
  }
  return port <= 65535 ? port : 0;
}

/// A bare IPv6 address, which some write without brackets, is a host without port.
template <class = on_use> [[nodiscard]] http_authority read_authority(std::string_view text) noexcept {
  text = trimmed(text);
  if (std::size_t const user = text.rfind('@'); user != text.npos) text.remove_prefix(user + 1);
  if (!text.empty() && text.front() == '[') {
    std::size_t const close = text.find(']');
    if (close == text.npos) return {};
    std::string_view const rest = text.substr(close + 1);
    return {text.substr(1, close - 1), rest.empty() || rest.front() != ':' ? 0 : read_port(rest.substr(1))};
  }
  std::size_t const colon = text.find(':');
  if (colon == text.npos || text.find(':', colon + 1) != text.npos) return {text, 0};
  return {text.substr(0, colon), read_port(text.substr(colon + 1))};
}

/// True for an address in numbers, IPv4 or IPv6 without brackets: it needs no look-up to be the peer's.
template <class = on_use> [[nodiscard]] bool is_ip_address(std::string_view host) noexcept {
  char_set constexpr version_4{"..09"};
  char_set constexpr version_6{"..0:AFaf"};
  if (host.find(':') != host.npos) return version_6.has_all(host);
  return !host.empty() && host.find('.') != host.npos && version_4.has_all(host);
}

/// Query keys whose values are signatures or credentials (HTTP conventions, url.full and url.query).
inline constexpr std::string_view signature_keys[] = {"X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token",
                                                      "AWSAccessKeyId",  "Signature",        "sig",
                                                      "X-Goog-Signature"};

template <class = on_use>
[[nodiscard]] bool is_secret_key(std::string_view key, std::span<std::string const> more) noexcept {
  for (std::string_view const each : signature_keys)
    if (each == key) return true;
  for (std::string const& each : more)
    if (each == key) return true;
  return false;
}

/// `query` with REDACTED in place of each secret value. The result is `query` itself, or in `room`.
template <class = on_use>
std::string_view redacted_query(std::string_view query, std::span<std::string const> more, std::string& room) {
  bool hidden = false;
  room.clear();
  for (std::string_view rest = query; !rest.empty();) {
    std::string_view const all = rest;
    std::string_view const pair = next_part(rest, '&');
    std::string_view value = pair;
    std::string_view const key = next_part(value, '=');
    if (!value.empty() && is_secret_key(key, more)) {
      // The first secret found: what was passed over so far is copied once.
      if (!hidden) room.assign(query.substr(0, query.size() - all.size()));
      hidden = true;
      room.append(key).append("=REDACTED");
    } else if (hidden) {
      room.append(pair);
    }
    if (hidden && pair.size() < all.size()) room.append(1, '&');
  }
  return hidden ? std::string_view{room} : query;
}

/// An absolute URL without user-info and secret values; the fragment stays.
template <class = on_use> std::string redacted_url(std::string_view url, std::span<std::string const> more) {
  std::string result;
  std::string room;
  std::string_view fragment;
  if (std::size_t const hash = url.find('#'); hash != url.npos) {
    fragment = url.substr(hash);
    url = url.substr(0, hash);
  }
  if (is_absolute_url(url)) {
    std::size_t const authority = url.find("://") + 3;
    std::size_t const end = url.find_first_of("/?", authority);
    std::size_t const user = url.substr(0, end).rfind('@');
    result.append(url.substr(0, authority));
    url.remove_prefix(authority);
    if (user != url.npos && user >= authority) {
      result.append("REDACTED:REDACTED@");
      url.remove_prefix(user + 1 - authority);
    }
  }
  std::size_t const mark = url.find('?');
  result.append(url.substr(0, mark));
  if (mark != url.npos) result.append(1, '?').append(redacted_query(url.substr(mark + 1), more, room));
  return result.append(fragment);
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/instrument/http_forwarded.hpp
//
// Who asked a server for what, where proxies stand between: read from Forwarded (RFC 7239) and the X-Forwarded-*
// headers that came before it, else from Host and the socket.

namespace spanwise::inline SPANWISE_ABI::detail {

/// The first value of a header; empty if there is none. It lives as long as the headers.
template <class = on_use>
[[nodiscard]] std::string_view first_value(text_map_ref const& headers, std::string_view name) noexcept {
  std::string_view first;
  bool found = false;
  read_values(headers, name, [&](std::string_view value) noexcept {
    if (!found) first = value;
    found = true;
  });
  return first;
}

/// What is in front of the first `separator` that stands outside of quotes; `text` keeps the rest.
template <class = on_use>
[[nodiscard]] std::string_view next_unquoted(std::string_view& text, char separator) noexcept {
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (quoted && text[at] == '\\') ++at;
    else if (text[at] == '"') quoted = !quoted;
    else if (text[at] == separator && !quoted) {
      std::string_view const part = text.substr(0, at);
      text.remove_prefix(at + 1);
      return part;
    }
  }
  std::string_view const part = text;
  text = {};
  return part;
}

/// The value of a parameter of the first element of a Forwarded header: what the client's own proxy wrote.
template <class = on_use>
[[nodiscard]] std::string_view forwarded_value(std::string_view header, std::string_view name) noexcept {
  std::string_view element = next_unquoted(header, ',');
  while (!element.empty()) {
    std::string_view value = trimmed(next_unquoted(element, ';'));
    if (!same_name(trimmed(next_part(value, '=')), name)) continue;
    value = trimmed(value);
    if (value.empty() || value.front() != '"') return value;
    bool const closed = value.size() >= 2 && value.back() == '"';
    return closed ? value.substr(1, value.size() - 2) : std::string_view{};
  }
  return {};
}

/// What the client asked for, as far as it is known; empty and 0 where it is not.
struct http_origin {
  std::string_view scheme;
  std::string_view host;
  int port{};
  std::string_view client; ///< the address of the client, which the peer of the socket need not be
};

template <class = on_use> [[nodiscard]] std::string_view known_scheme(std::string_view text) noexcept {
  if (same_name(text, "https")) return "https";
  return same_name(text, "http") ? std::string_view{"http"} : std::string_view{};
}

/// Reads the headers of a request. With `trusted` false only Host counts, since anyone may write the others.
template <class = on_use> [[nodiscard]] http_origin read_origin(text_map_ref const& headers, bool trusted) noexcept {
  http_origin result;
  std::string_view host;
  if (trusted) {
    std::string_view const forwarded = first_value(headers, "forwarded");
    auto const either = [&](std::string_view parameter, std::string_view header) noexcept {
      std::string_view const value = forwarded_value(forwarded, parameter);
      if (!read_authority(value).host.empty()) return value; // "[" is none
      std::string_view list = first_value(headers, header);
      return trimmed(next_part(list, ','));
    };
    host = either("host", "x-forwarded-host");
    result.scheme = known_scheme(either("proto", "x-forwarded-proto"));
    result.client = read_authority(either("for", "x-forwarded-for")).host;
    // RFC 7239, 6.2 and 6.3: names that say nothing.
    if (same_name(result.client, "unknown") || result.client.substr(0, 1) == "_") result.client = {};
  }
  if (host.empty()) host = first_value(headers, "host");
  http_authority const asked = read_authority(host);
  result.host = asked.host;
  result.port = asked.port;
  return result;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/core/text_view.hpp
//
// Text as the calls of tracing take it: names, descriptions, event names. A pointer that is null is an empty text, so
// what a C library gives can be handed on as it is.

namespace spanwise::inline SPANWISE_ABI {

/// Views any text for the length of a call: literals, std::string, std::string_view, `char const*` (null: empty).
class text_view {
public:
  constexpr text_view() noexcept = default;
  SPANWISE_INLINE constexpr text_view(char const* given) noexcept
      : view_{given == nullptr ? std::string_view{} : std::string_view{given}} {}
  template <class Text>
    requires(std::is_convertible_v<Text const&, std::string_view> && !std::is_convertible_v<Text const&, char const*>)
  SPANWISE_INLINE constexpr text_view(Text const& given) noexcept(noexcept(std::string_view{given})) : view_(given) {}

  SPANWISE_INLINE constexpr operator std::string_view() const noexcept { return view_; }
  [[nodiscard]] constexpr std::string_view view() const noexcept { return view_; }

private:
  std::string_view view_{};
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/exception.hpp
//
// Puts an exception into words for the event that records it: the name of its type and its message.

#if defined(__cpp_rtti)
#include <typeinfo>
#endif
#if !defined(_MSC_VER)
#include <cxxabi.h>
#endif

namespace spanwise::inline SPANWISE_ABI::detail {

/// The name of a type as the compiler spells it, for builds without RTTI.
template <class Type> constexpr std::string_view static_type_name() noexcept {
#if defined(_MSC_VER)
  std::string_view const text = __FUNCSIG__;
  std::size_t const from = text.find("static_type_name<") + 17;
  return text.substr(from, text.rfind('>') - from);
#else
  std::string_view const text = __PRETTY_FUNCTION__;
  std::size_t const from = text.find("Type = ") + 7;
  return text.substr(from, text.find_first_of(";]", from) - from);
#endif
}

#if defined(__cpp_rtti)
/// Gives the readable name of a type to `use`.
template <class Use> void with_type_name(std::type_info const& type, Use const& use) noexcept {
#if defined(_MSC_VER)
  use(std::string_view{type.name()});
#else
  int status = 0;
  char* const readable = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  use(std::string_view{readable != nullptr ? readable : type.name()});
  std::free(readable);
#endif
}
#endif

/// Text that is left out where there is none.
constexpr std::optional<std::string_view> if_any(std::string_view text) noexcept {
  return text.empty() ? std::nullopt : std::optional{text};
}

template <class Exception>
concept has_what = requires(Exception const& thrown) {
  { thrown.what() } -> std::convertible_to<char const*>;
};

/// Gives type name and message of an exception object to `use`; an exception_ptr is opened, an empty one gives nothing.
template <class Exception, class Use> void with_exception(Exception const& thrown, Use const& use) noexcept {
  if constexpr (std::same_as<Exception, std::exception_ptr>) {
    if (thrown == nullptr) return;
#if defined(__cpp_exceptions)
    try {
      std::rethrow_exception(thrown);
    } catch (std::exception const& known) {
      with_exception(known, use);
    } catch (...) {
#if defined(__cpp_rtti) && !defined(_MSC_VER)
      if (std::type_info const* const type = abi::__cxa_current_exception_type())
        return with_type_name(*type, [&](std::string_view name) { use(name, std::string_view{}); });
#endif
      use(std::string_view{"unknown"}, std::string_view{});
    }
#endif
  } else {
    std::string_view message;
    if constexpr (has_what<Exception>) {
      char const* text = nullptr;
      static_cast<void>(contain([&] { text = thrown.what(); }));
      if (text != nullptr) message = text;
    }
#if defined(__cpp_rtti)
    with_type_name(typeid(thrown), [&](std::string_view name) { use(name, message); });
#else
    use(static_type_name<Exception>(), message);
#endif
  }
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/trace/mode.hpp
//
// Tracing is on or off at compile time: everything with SPANWISE_OFF, or one tracer with basic_tracer<off>.
// Off, spans are empty types whose calls the compiler removes; arguments are still evaluated.

namespace spanwise::inline SPANWISE_ABI {

struct on {};
struct off {};

#ifdef SPANWISE_OFF
using default_mode = off;
#else
using default_mode = on;
#endif

template <class Mode> class basic_span;
template <class Mode> class basic_detached_span;
template <class Mode> class basic_tracer;
template <class Mode> class basic_current_span;
template <class Mode> class basic_activation;

using span = basic_span<default_mode>;
using detached_span = basic_detached_span<default_mode>;
using tracer = basic_tracer<default_mode>;
using activation = basic_activation<default_mode>;

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/outcome.hpp
//
// Reads results by their shape, without their headers: bool, error codes and std::errc, optional- and expected-like
// types, and what has an error() and is false then, such as httplib::Result.

namespace spanwise::inline SPANWISE_ABI::detail {

/// Like std::error_code: true means failure, and it can say which.
template <class Result>
concept error_code_like = requires(Result const& result) {
  { result.category().name() } -> std::convertible_to<char const*>;
  { result.value() } -> std::convertible_to<int>;
  result.message();
};

/// std::errc, known by what it lists: <charconv> brings it without its words, and this header brings nothing.
template <class Result>
concept errno_like = std::is_enum_v<Result> && requires {
  Result::invalid_argument;
  Result::result_out_of_range;
  Result::address_family_not_supported;
};

/// An enum that becomes an error code, such as std::future_errc.
template <class Result>
concept code_enum = std::is_enum_v<Result> && requires(Result result) {
  { make_error_code(result) } -> error_code_like;
};

/// An enum that has words, such as httplib::Error.
template <class Result>
concept named_enum = std::is_enum_v<Result> && requires(Result result) {
  { to_string(result) } -> std::convertible_to<std::string_view>;
};

/// Like an element of std::vector<bool>.
template <class Result>
concept bit_like = std::is_convertible_v<Result const&, bool> && requires(Result& result) { result.flip(); };

/// Like httplib::Result: true means that it worked, else it has an error.
template <class Result>
concept answer_like = requires(Result const& result) {
  static_cast<bool>(result);
  result.error();
};

/// Like std::optional and std::expected: true means there is a value.
template <class Result>
concept result_like = requires(Result const& result) {
  { result.has_value() } -> std::convertible_to<bool>;
};

template <class Result> [[nodiscard]] bool succeeded(Result const& result) noexcept {
  if constexpr (std::same_as<Result, bool> || bit_like<Result>) return result;
  else if constexpr (errno_like<Result>) return result == Result{};
  else if constexpr (code_enum<Result>) return make_error_code(result).value() == 0;
  else if constexpr (error_code_like<Result>) return result.value() == 0;
  else if constexpr (result_like<Result>) return static_cast<bool>(result.has_value());
  else if constexpr (answer_like<Result>) return static_cast<bool>(result);
  else {
    static_assert(refused<Result>, "spanwise: check() takes a bool, an error code, or an optional- or expected-like "
                                   "result; compare others yourself and give the bool");
    return false;
  }
}

/// Gives `use` an error type like "generic:111", and `message`.
template <class Use>
void with_code(char const* category, long long value, std::string_view message, Use const& use) noexcept {
  char type[64];
  std::size_t size = 0;
  for (; *category != 0 && size < sizeof type - 16; ++category) type[size++] = *category;
  type[size++] = ':';
  if (value < 0) {
    type[size++] = '-';
    value = -value;
  }
  char digits[12];
  std::size_t count = 0;
  do digits[count++] = static_cast<char>('0' + value % 10);
  while ((value /= 10) != 0);
  while (count != 0) type[size++] = digits[--count];
  use(std::string_view{type, size}, message);
}

/// Gives `use` what message() says; nothing if that throws.
template <class Failure, class Use> void with_message(Failure const& failure, Use const& use) noexcept {
  auto const ask = [&] {
    auto const& message = failure.message();
    use(std::string_view{message});
  };
  if (!contain(ask)) use(std::string_view{});
}

/// Gives `use` an error type of low cardinality and a message, each possibly empty.
template <class Failure, class Use> void with_failure(Failure const& failure, Use const& use) noexcept {
  if constexpr (error_code_like<Failure>) {
    with_message(failure, [&](std::string_view message) {
      with_code(failure.category().name(), failure.value(), message, use);
    });
  } else if constexpr (errno_like<Failure>) {
    char const* const message = std::strerror(static_cast<int>(failure));
    with_code("generic", static_cast<int>(failure), message == nullptr ? "" : message, use);
  } else if constexpr (code_enum<Failure>) {
    with_failure(make_error_code(failure), use);
  } else if constexpr (named_enum<Failure>) {
    auto const ask = [&] {
      auto const& name = to_string(failure);
      use(std::string_view{name}, std::string_view{name});
    };
    if (!contain(ask)) use(std::string_view{}, std::string_view{});
  } else if constexpr (requires { failure.error(); }) {
    auto const& error = failure.error();
    using Error = std::remove_cvref_t<decltype(error)>;
    if constexpr (error_code_like<Error> || std::is_enum_v<Error>) with_failure(error, use);
    else if constexpr (std::is_convertible_v<Error const&, std::string_view>) use(std::string_view{}, std::string_view{error});
    else if constexpr (requires { { error.what() } -> std::convertible_to<char const*>; })
      use(std::string_view{}, std::string_view{error.what()});
    else if constexpr (requires { { error.message() } -> std::convertible_to<std::string_view>; }) 
      with_message(error, [&](std::string_view message) { use(std::string_view{}, message); });
    else use(std::string_view{}, std::string_view{});
  } else {
    use(std::string_view{}, std::string_view{});
  }
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/core/clock.hpp
//
// Time for spans: a steady tick is read when a span starts and when it ends, and both are turned into wall time with
// what was known at the start. So a step of the wall clock never bends a duration.
// The tick is the processor's time-stamp counter where that is known to be steady, CLOCK_MONOTONIC elsewhere.

#if (defined(__x86_64__) || defined(_M_X64)) && !defined(SPANWISE_PORTABLE)
#if defined(_MSC_VER)
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif

namespace spanwise::inline SPANWISE_ABI {

/// Which tick spans are timed with. `automatic` takes the time-stamp counter where CPU and kernel call it steady.
enum class clock_source : std::uint8_t { automatic, tsc, monotonic };

namespace detail {

/// How a tick becomes wall time: `wall = base_wall + (tick - base_tick) * rate / 2^32`, where the rate is less
/// than 2^63. A zero rate: the tick is monotonic ns.
struct clock_anchor {
  std::int64_t base_tick{};
  std::int64_t base_wall{};
  std::uint64_t rate{};
};

inline std::int64_t nanoseconds(clockid_t which) noexcept {
  timespec now{};
  clock_gettime(which, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

SPANWISE_INLINE std::int64_t read_tsc() noexcept {
#if defined(SPANWISE_PORTABLE)
  return nanoseconds(CLOCK_MONOTONIC);
#elif defined(__x86_64__)
  return static_cast<std::int64_t>(__builtin_ia32_rdtsc());
#elif defined(_M_X64)
  return static_cast<std::int64_t>(__rdtsc());
#else
  return nanoseconds(CLOCK_MONOTONIC);
#endif
}

/// A moment as a span keeps it: the tick, the wall time it stood for, and the rate with which its end is converted.
struct clock_reading {
  std::int64_t tick;
  std::int64_t wall;
  std::uint64_t rate;
};

/// Nanoseconds; negative where ticks ran backwards, as between two processors.
SPANWISE_INLINE std::int64_t scale(std::int64_t ticks, std::uint64_t rate) noexcept {
#if defined(__SIZEOF_INT128__) && !defined(SPANWISE_PORTABLE)
  __extension__ using wide = __int128;
  return static_cast<std::int64_t>((static_cast<wide>(ticks) * static_cast<std::int64_t>(rate)) >> 32);
#else
  return static_cast<std::int64_t>(static_cast<double>(ticks) * (static_cast<double>(rate) / 4294967296.0));
#endif
}

/// The process's clock. Readers never wait; the one that calibrates publishes new anchors behind a sequence number.
class span_clock {
public:
  constexpr span_clock() noexcept = default;

  [[nodiscard]] SPANWISE_INLINE clock_reading now() const noexcept {
    for (int tries = 0; tries < 32; ++tries) {
      std::uint32_t const before = sequence_.load(acquire);
      clock_anchor const anchor{base_tick_.load(relaxed), base_wall_.load(relaxed), rate_.load(relaxed)};
      fence(acquire);
      if ((before & 1) != 0 || sequence_.load(relaxed) != before) [[unlikely]]
        continue;
      if (anchor.rate != 0) {
        std::int64_t const tick = read_tsc();
        return {tick, anchor.base_wall + scale(tick - anchor.base_tick, anchor.rate), anchor.rate};
      }
      std::int64_t const tick = nanoseconds(CLOCK_MONOTONIC);
      return {tick, anchor.base_wall + (tick - anchor.base_tick), 0};
    }
    return {nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_REALTIME), 0}; // whoever publishes was held up
  }

  /// Wall time at the end of what began with `start`; never before it.
  [[nodiscard]] SPANWISE_INLINE static std::int64_t later(clock_reading const& start) noexcept {
    std::int64_t const passed = start.rate != 0 ? scale(read_tsc() - start.tick, start.rate)
                                                : nanoseconds(CLOCK_MONOTONIC) - start.tick;
    return start.wall + (passed > 0 ? passed : 0);
  }

  /// Takes up `source` and sets the first anchor. Called when a pipeline starts; TSC needs `calibrate` later.
  SPANWISE_SMALL void open(clock_source source) noexcept {
    bool const wanted = source == clock_source::tsc || (source == clock_source::automatic && tsc_is_steady());
    wants_tsc_.store(wanted && has_tsc(), relaxed);
    calibrate(); // also if there is an anchor: that of a pipeline that ran before may be old
    // Another thread may be setting the first anchor just now, or have been lost while it did.
    for (int waits = 0; sequence_.load(acquire) < 2; ++waits) {
      timespec const a_moment{0, 100'000};
      nanosleep(&a_moment, nullptr);
      if (waits == 1000) calibrating_.store(false, relaxed);
      calibrate();
    }
  }

  /// Sets a fresh anchor, with the rate measured since the first one; call it about once a second. While another thread
  /// does it does nothing.
  ///
  /// The longer the clock runs, the better the rate: 20 ms give about 1e-5, a second 1e-7. Until then spans use monotonic.
  SPANWISE_SMALL void calibrate() noexcept {
    if (calibrating_.exchange(true, acquire)) return;
    set_anchor();
    calibrating_.store(false, release);
  }

  /// In the child of a fork: whoever was publishing an anchor there is gone.
  void forget_publisher() noexcept {
    std::uint32_t const before = sequence_.load(relaxed);
    if ((before & 1) != 0) sequence_.store(before + 1, relaxed);
    if (!calibrating_.exchange(false, relaxed)) return;
    first_tick_ = 0; // it may be half of a pair
    calibrate();
  }

  [[nodiscard]] bool ticks_tsc() const noexcept { return rate_.load(relaxed) != 0; }

private:
  struct sample {
    std::int64_t tick_at_monotonic, monotonic;
    std::int64_t tick_at_wall, wall;
  };

  SPANWISE_SMALL void set_anchor() noexcept {
    if (!wants_tsc_.load(relaxed)) return publish_monotonic();
    sample const here = take_sample();
    if (first_tick_ == 0) begin_anew(here);
    double const rate = rate_since(first_monotonic_, first_tick_, here);
    double const lately = rate_since(last_monotonic_, last_tick_, here);
    // While a machine sleeps the counter may go on, or begin anew; CLOCK_MONOTONIC stands still.
    if (rate < 0 || (lately != 0 && (lately < rate * 0.999 || lately > rate * 1.001))) {
      begin_anew(here);
      return publish_monotonic();
    }
    if (rate == 0) return publish_monotonic();
    if (lately != 0) {
      last_monotonic_ = here.monotonic;
      last_tick_ = here.tick_at_monotonic;
    }
    publish({here.tick_at_wall, here.wall, static_cast<std::uint64_t>(rate * 4294967296.0 + 0.5)});
  }

  /// Both clocks beside the counter, from the attempt that was interrupted least.
  SPANWISE_SMALL static sample take_sample() noexcept {
    sample best{};
    std::int64_t narrowest = INT64_MAX;
    for (int attempt = 0; attempt < 8; ++attempt) {
      std::int64_t const first = read_tsc();
      std::int64_t const monotonic = nanoseconds(CLOCK_MONOTONIC);
      std::int64_t const second = read_tsc();
      std::int64_t const wall = nanoseconds(CLOCK_REALTIME);
      std::int64_t const third = read_tsc();
      if (third - first >= narrowest) continue;
      narrowest = third - first;
      best = {first + (second - first) / 2, monotonic, second + (third - second) / 2, wall};
    }
    return best;
  }

  /// Nanoseconds a tick; 0 if that was too short a time ago to tell, negative if the counter ran backwards.
  static double rate_since(std::int64_t monotonic, std::int64_t tick, sample const& here) noexcept {
    std::int64_t const passed = here.monotonic - monotonic;
    std::int64_t const ticks = here.tick_at_monotonic - tick;
    if (passed < 20'000'000) return 0;
    return ticks > 0 ? static_cast<double>(passed) / static_cast<double>(ticks) : -1;
  }

  SPANWISE_SMALL void begin_anew(sample const& here) noexcept {
    first_monotonic_ = here.monotonic;
    first_tick_ = here.tick_at_monotonic;
    last_monotonic_ = here.monotonic;
    last_tick_ = here.tick_at_monotonic;
  }

  SPANWISE_SMALL void publish_monotonic() noexcept {
    clock_anchor best{};
    std::int64_t narrowest = INT64_MAX;
    for (int attempt = 0; attempt < 4; ++attempt) {
      std::int64_t const before = nanoseconds(CLOCK_MONOTONIC);
      std::int64_t const wall = nanoseconds(CLOCK_REALTIME);
      std::int64_t const width = nanoseconds(CLOCK_MONOTONIC) - before;
      if (width >= narrowest) continue;
      narrowest = width;
      best = {before + width / 2, wall, 0};
    }
    publish(best);
  }

  SPANWISE_SMALL void publish(clock_anchor const& anchor) noexcept {
    std::uint32_t const before = sequence_.load(relaxed);
    sequence_.store(before + 1, relaxed);
    fence(release);
    base_tick_.store(anchor.base_tick, relaxed);
    base_wall_.store(anchor.base_wall, relaxed);
    rate_.store(anchor.rate, relaxed);
    sequence_.store(before + 2, release);
  }

  static bool has_tsc() noexcept {
#if (defined(__x86_64__) || defined(_M_X64)) && !defined(SPANWISE_PORTABLE)
    return true;
#else
    return false;
#endif
  }

  /// CPUID promises a rate that never changes, and the kernel, which checks across processors, uses the counter itself.
  SPANWISE_SMALL static bool tsc_is_steady() noexcept {
#if (defined(__x86_64__) || defined(_M_X64)) && !defined(_MSC_VER) && !defined(SPANWISE_PORTABLE)
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    if (__get_cpuid(0x8000'0007, &a, &b, &c, &d) == 0 || (d & (1U << 8)) == 0) return false;
    std::FILE* const file = std::fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
    if (file == nullptr) return false;
    char name[8]{};
    std::size_t const size = std::fread(name, 1, sizeof name, file);
    std::fclose(file);
    return size >= 4 && std::memcmp(name, "tsc\n", 4) == 0;
#else
    return false;
#endif
  }

  alignas(64) atomic<std::uint32_t> sequence_{0};
  atomic<std::int64_t> base_tick_{0};
  atomic<std::int64_t> base_wall_{0};
  atomic<std::uint64_t> rate_{0};
  atomic<bool> wants_tsc_{false};
  atomic<bool> calibrating_{false}; ///< by one thread at a time; what follows is read by that one alone
  std::int64_t first_monotonic_{};
  std::int64_t first_tick_{};
  std::int64_t last_monotonic_{};
  std::int64_t last_tick_{};
};

SPANWISE_SHARED inline constinit span_clock process_clock{};

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/core/record_head.hpp
//
// Where the parts of a finished span lie that every span has: its header, its frame, and the fields of the OTLP Span
// message whose places are known before any attribute is. The front half writes them in place as it learns them.

namespace spanwise::inline SPANWISE_ABI::detail {

/// What stands before each record in a chunk.
struct record_header {
  std::uint32_t message_size;
  std::uint16_t scope;
  std::uint16_t flags;
};

/// Offsets from the header on. The parent comes last: a root has none.
namespace head_at {
inline constexpr std::size_t message = sizeof(record_header) + record::frame_size;
inline constexpr std::size_t trace_id = message + 2;
inline constexpr std::size_t span_id = trace_id + 16 + 2;
inline constexpr std::size_t flags = span_id + 8 + 2;
inline constexpr std::size_t kind = flags + 4 + 1;
inline constexpr std::size_t start = kind + 1 + 1;
inline constexpr std::size_t end = start + 8 + 1;
inline constexpr std::size_t root_size = end + 8;
inline constexpr std::size_t parent_id = root_size + 2;
inline constexpr std::size_t child_size = parent_id + 8;
} // namespace head_at

/// All tags and lengths, with flags and kind between them. Written before the rest: to store more than a tag needs, over
/// what follows, takes fewer instructions.
SPANWISE_INLINE void put_head_tags(unsigned char* record, std::uint64_t flags, unsigned char kind) noexcept {
  store(record + head_at::trace_id - 2, std::uint32_t{0x100a}); // 16 bytes
  store(record + head_at::span_id - 2, std::uint32_t{0x0812});  // 8 bytes
  store(record + head_at::flags - 2, tag::span_flags | flags << 16 |
                                         std::uint64_t{tag::span_kind} << 48 | std::uint64_t{kind} << 56);
  record[head_at::start - 1] = tag::span_start;
  record[head_at::end - 1] = tag::span_end;
}
SPANWISE_INLINE void put_parent(unsigned char* record, std::uint64_t parent) noexcept {
  store(record + head_at::parent_id - 2, std::uint32_t{0x0822}); // 8 bytes
  store(record + head_at::parent_id, parent);
}

SPANWISE_INLINE void put_header(unsigned char* record, record_header const& header) noexcept {
  store(record, header);
  std::uint32_t size = header.message_size; // a varint of three bytes, as put_varint_3 writes it:
  size += size & 0x1f'ff80;                 // what is beyond the first seven bits moves on by one,
  size += size & 0x7f'8000;                 // and beyond the next seven by one more
  store(record + sizeof(record_header), std::uint32_t{0x0080'8000} | tag::bytes_2 | size << 8);
}
static_assert(head_at::kind == head_at::flags + 5 && head_at::start == head_at::kind + 2);
static_assert(record::frame_size == 4 && head_at::root_size + 2 >= 64);

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/trace/id_generator.hpp
//
// Where new ids come from, for who wants others than random ones: ids of a foreign system, or fixed ones in a test.

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

// spanwise/core/counters.hpp
//
// The accounts of tracing: every span that was started is found again in exactly one place.
// started = exported + rejected + failed + sampled out + record only + filtered + dropped + in flight, at rest.

namespace spanwise::inline SPANWISE_ABI {

/// Why a span that the sampler may have wanted was lost inside the process.
enum class drop_reason : std::uint8_t {
  queue_full,     ///< there was no room for it when it ended
  too_large,      ///< nor will there ever be
  trace_shed,     ///< hardly any room was left when its trace began here: those begun before were to stay whole
  after_shutdown, ///< it ended when nobody took spans any more
  forked,         ///< it was open when the process forked
  count
};

/// What became of the spans that reached one exporter; with a tee each branch has its own.
struct delivery_counts {
  std::uint64_t exported{};
  std::uint64_t rejected{}; ///< refused by a receiver that took the rest
  std::uint64_t failed{};   ///< could not be delivered
  std::uint64_t filtered{}; ///< taken out by a stage on the way

  friend constexpr bool operator==(delivery_counts const&, delivery_counts const&) noexcept = default;
  [[nodiscard]] constexpr std::uint64_t total() const noexcept { return exported + rejected + failed + filtered; }
};

/// The accounts of one pipeline up to now. While threads run the terms are read one after another; at rest they add up.
struct trace_counts {
  std::uint64_t started{};
  std::uint64_t sampled_out{};
  std::uint64_t record_only{};
  std::uint64_t dropped[static_cast<std::size_t>(drop_reason::count)]{};
  std::uint64_t settled{};   ///< handed over to the exporters, whose accounts tell what became of them
  std::int64_t in_flight{};  ///< still open, or finished and waiting

  [[nodiscard]] constexpr std::uint64_t dropped_total() const noexcept {
    std::uint64_t sum = 0;
    for (std::uint64_t const one : dropped) sum += one;
    return sum;
  }
  /// Holds exactly whenever no thread is inside a call.
  [[nodiscard]] constexpr bool balanced() const noexcept {
    return started == sampled_out + record_only + dropped_total() + settled + static_cast<std::uint64_t>(in_flight);
  }
};

namespace detail {

/// A thread's share of the accounts: written by that thread alone, read by any.
struct thread_counts {
  atomic<std::uint64_t> started{0};
  atomic<std::uint64_t> sampled_out{0};
  atomic<std::uint64_t> record_only{0};
  atomic<std::uint64_t> dropped[static_cast<std::size_t>(drop_reason::count)]{};
  atomic<std::int64_t> in_flight{0};

  void add_to(trace_counts& sum) const noexcept {
    sum.started += started.load(relaxed);
    sum.sampled_out += sampled_out.load(relaxed);
    sum.record_only += record_only.load(relaxed);
    for (std::size_t i = 0; i < static_cast<std::size_t>(drop_reason::count); ++i)
      sum.dropped[i] += dropped[i].load(relaxed);
    sum.in_flight += in_flight.load(relaxed);
  }
};

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/core/chunk_pool.hpp
//
// The one bounded piece of memory in which finished spans wait: an arena cut into granules of 4 KiB, given out in runs
// ("chunks"). It holds offsets only and describes itself, so that another process can read it.
// Taking and giving back never locks and never allocates; the lowest granules go first, which keeps the working set
// warm.

#if defined(__linux__) || defined(__APPLE__)
#include <sys/mman.h>
#endif

namespace spanwise::inline SPANWISE_ABI::detail {

inline constexpr std::size_t granule_size = 4096;
inline constexpr std::uint32_t granules_per_chunk = 8;

/// The head of a chunk. `committed` is stored after the records it covers, so a reader sees complete records only.
struct alignas(64) chunk {
  static constexpr std::uint32_t magic_number = 0x4357'5053; // "SPWC"

  std::uint32_t magic;
  std::uint32_t granules;
  std::uint64_t thread; ///< serial number of the thread that writes it
  std::uint64_t order;  ///< which chunk of that thread it is
  std::uint32_t capacity;
  atomic<std::uint32_t> committed;        ///< bytes of complete records
  atomic<std::uint32_t> next;             ///< granule of the thread's next chunk; set once, then `committed` is final
  alignas(64) atomic<std::uint32_t> read; ///< bytes the back half is done with

  [[nodiscard]] unsigned char* data() noexcept { return reinterpret_cast<unsigned char*>(this) + sizeof(chunk); }
};
static_assert(sizeof(chunk) == 128);

class chunk_pool {
public:
  static constexpr std::size_t most_granules = 64 * 1024; // 256 MiB

  /// What stands at the start of the arena.
  struct alignas(64) header {
    char magic[8];
    std::uint32_t layout;
    std::uint32_t granule;
    std::uint64_t granules;
    std::uint64_t process;
    std::uint64_t bitmap_offset;
    atomic<std::uint32_t> high_water; ///< one past the highest granule ever used
  };
  static_assert(sizeof(header) <= granule_size);

  constexpr chunk_pool() noexcept = default;
  chunk_pool(chunk_pool const&) = delete;
  chunk_pool& operator=(chunk_pool const&) = delete;

  /// Takes memory for `bytes`, rounded up to 256 KiB; false if the system has none. The memory is never given back,
  /// because a late thread may still look at it; opening again reuses it, or as much of it as is asked for.
  SPANWISE_SMALL bool open(std::size_t bytes, std::uint64_t process) noexcept {
    constexpr std::size_t most = most_granules * granule_size;
    std::size_t words = ((bytes < most ? bytes : most) + 64 * granule_size - 1) / (64 * granule_size);
    if (words == 0) words = 1;
    if (words > mapped_words_) {
      auto* const memory = static_cast<unsigned char*>(map(words * 64 * granule_size));
      if (memory == nullptr) return false;
      base_ = memory;
      mapped_words_ = words;
    }
    words_ = words;
    std::size_t const head_granules = 1 + (words * sizeof(std::uint64_t) + granule_size - 1) / granule_size;
    auto* const head = new (base_) header{};
    std::memcpy(head->magic, "spanwise", 8);
    head->layout = 1;
    head->granule = granule_size;
    head->granules = words * 64;
    head->process = process;
    head->bitmap_offset = granule_size;
    bitmap_ = static_cast<atomic<std::uint64_t>*>(static_cast<void*>(base_ + granule_size));
    for (std::size_t i = 0; i < words; ++i) new (&bitmap_[i]) atomic<std::uint64_t>{0};
    std::uint64_t const taken = (std::uint64_t{1} << head_granules) - 1;
    bitmap_[0].store(taken, relaxed);
    head->high_water.store(static_cast<std::uint32_t>(head_granules), relaxed);
    used_.store(static_cast<std::int64_t>(head_granules), relaxed);
    scarce_above_.store(static_cast<std::int64_t>(words * 64 / 16 * 15), relaxed);
    populated_ = 0;
    populate_ahead();
    return true;
  }

  /// A chunk of at least `granules` granules in a row, or nullptr if there is none.
  chunk* take(std::uint32_t granules, std::uint64_t thread, std::uint64_t order) noexcept {
    granules = rounded(granules);
    // Who finds the pool full is told so at once, however large it is.
    if (used_bytes() + granules * granule_size > bytes()) return nullptr;
    std::uint32_t const first = granules == 1    ? take_one()
                                : granules <= 64 ? take_bytes(granules)
                                                 : take_words(granules);
    if (first == 0) return nullptr;
    used_.fetch_add(granules, relaxed);
    if (on_pressed_ != nullptr && pressed()) [[unlikely]]
      on_pressed_(told_);
    raise_high_water(first + granules);
    auto* const taken = new (base_ + std::size_t{first} * granule_size) chunk{};
    taken->granules = granules;
    taken->thread = thread;
    taken->order = order;
    taken->capacity = static_cast<std::uint32_t>(granules * granule_size - sizeof(chunk));
    fence(release);
    taken->magic = chunk::magic_number;
    return taken;
  }

  void give_back(chunk* done) noexcept {
    std::uint32_t first = index_of(done);
    std::uint32_t left = done->granules;
    used_.fetch_sub(done->granules, relaxed);
    done->magic = 0;
    while (left != 0) {
      std::uint32_t const bit = first % 64;
      std::uint32_t const count = left < 64 - bit ? left : 64 - bit;
      std::uint64_t const mask = (count == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1) << bit;
      bitmap_[first / 64].fetch_and(~mask, acq_rel);
      first += count;
      left -= count;
    }
  }

  [[nodiscard]] chunk* at(std::uint32_t granule) const noexcept {
    return static_cast<chunk*>(static_cast<void*>(base_ + std::size_t{granule} * granule_size));
  }
  [[nodiscard]] std::uint32_t index_of(chunk const* which) const noexcept {
    return static_cast<std::uint32_t>(static_cast<std::size_t>(reinterpret_cast<unsigned char const*>(which) - base_) /
                                      granule_size);
  }

  [[nodiscard]] std::size_t bytes() const noexcept { return words_ * 64 * granule_size; }
  [[nodiscard]] std::size_t used_bytes() const noexcept {
    return static_cast<std::size_t>(used_.load(relaxed)) * granule_size;
  }

  /// More than half is in use: time to make room.
  [[nodiscard]] bool pressed() const noexcept { return used_bytes() * 2 > bytes(); }
  /// Less than a sixteenth is left. Also while the pool is being opened.
  [[nodiscard]] bool scarce() const noexcept { return used_.load(relaxed) > scarce_above_.load(relaxed); }
  /// For who makes room before memory is ever scarce: it is not. Until the pool is opened again.
  void never_scarce() noexcept { scarce_above_.store(INT64_MAX, relaxed); }
  /// The most bytes of records that a chunk of this pool can ever hold.
  [[nodiscard]] std::size_t largest_chunk() const noexcept {
    // The first granules hold the header, and chunks begin at multiples of 8: what is left of one word, or all others.
    std::size_t const granules = words_ == 1 ? 64 - 8 : (words_ - 1) * 64;
    return granules * granule_size - sizeof(chunk);
  }
  /// `call(told)` is made by whoever takes a chunk while the pool is pressed; nullptr: by nobody. Not while threads
  /// take.
  void when_pressed(void (*call)(void*) noexcept, void* told) noexcept {
    on_pressed_ = call;
    told_ = told;
  }

  /// Lets the system back the memory just beyond what is in use, so that no span meets a page fault. Back half only.
  SPANWISE_SMALL void populate_ahead() noexcept {
    std::size_t const wanted =
        std::size_t{front().high_water.load(relaxed)} * granule_size + ahead;
    std::size_t const most = wanted < bytes() ? wanted : bytes();
    if (most <= populated_) return;
#if defined(__linux__) && defined(MADV_POPULATE_WRITE)
    ::madvise(base_ + populated_, most - populated_, MADV_POPULATE_WRITE);
#endif
    populated_ = most;
  }

private:
  static constexpr std::size_t ahead = std::size_t{1} << 20;

  static std::uint32_t rounded(std::uint32_t granules) noexcept {
    if (granules == 1) return 1;
    return granules <= 64 ? (granules + 7) / 8 * 8 : (granules + 63) / 64 * 64;
  }

  std::uint32_t take_one() noexcept {
    for (std::size_t i = 0; i < words_; ++i) {
      std::uint64_t word = bitmap_[i].load(relaxed);
      while (word != ~std::uint64_t{0}) {
        auto const bit = static_cast<std::uint32_t>(std::countr_one(word));
        if (bitmap_[i].compare_exchange(word, word | (std::uint64_t{1} << bit), acquire, relaxed))
          return static_cast<std::uint32_t>(i * 64) + bit;
      }
    }
    return 0;
  }

  std::uint32_t take_bytes(std::uint32_t width) noexcept {
    std::uint64_t const run = width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
    for (std::size_t i = 0; i < words_; ++i) {
      std::uint64_t word = bitmap_[i].load(relaxed);
      for (std::uint32_t shift = 0; shift + width <= 64;) {
        if ((word & (run << shift)) != 0) shift += 8;
        else if (bitmap_[i].compare_exchange(word, word | (run << shift), acquire, relaxed))
          return static_cast<std::uint32_t>(i * 64) + shift;
      }
    }
    return 0;
  }

  std::uint32_t take_words(std::uint32_t granules) noexcept {
    std::size_t const count = granules / 64;
    for (std::size_t first = 1; first + count <= words_; ++first) {
      std::size_t got = 0;
      for (std::uint64_t free = 0; got < count; ++got, free = 0)
        if (!bitmap_[first + got].compare_exchange(free, ~std::uint64_t{0}, acquire, relaxed)) break;
      if (got == count) return static_cast<std::uint32_t>(first * 64);
      for (std::size_t i = 0; i < got; ++i) bitmap_[first + i].store(0, release);
    }
    return 0;
  }

  [[nodiscard]] header& front() const noexcept { return *static_cast<header*>(static_cast<void*>(base_)); }

  void raise_high_water(std::uint32_t to) noexcept {
    auto& mark = front().high_water;
    std::uint32_t seen = mark.load(relaxed);
    while (seen < to && !mark.compare_exchange(seen, to, relaxed, relaxed)) {}
  }

  static void* map(std::size_t bytes) noexcept {
#if defined(__linux__) || defined(__APPLE__)
    void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? nullptr : memory;
#else
    return ::operator new(bytes, std::align_val_t{granule_size}, std::nothrow);
#endif
  }

  unsigned char* base_{};
  atomic<std::uint64_t>* bitmap_{};
  std::size_t words_{};
  std::size_t mapped_words_{};
  void (*on_pressed_)(void*) noexcept {};
  void* told_{};
  std::size_t populated_{};
  alignas(64) atomic<std::int64_t> used_{0};
  atomic<std::int64_t> scarce_above_{0}; ///< granules, like those in use; zero at first, so that no file holds it
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/core/producer.hpp
//
// One thread's side of the hand-over to the back half: the chunk it writes finished spans into, and its accounts.
// Publishing a span is one release store; the back half reads behind it and gives the chunks back.

namespace spanwise::inline SPANWISE_ABI::detail {

/// May the owner write? Changed by the back half, followed by a heavy fence and a look at `busy`.
enum class gate_state : std::uint32_t { open, closed, reclaimed };

struct alignas(64) producer {
  // What the owning thread touches for each span.
  chunk* current{};
  std::uint32_t used{};
  std::uint32_t capacity{};
  atomic<std::uint32_t> busy{0}; ///< the owner is between enter() and leave()
  atomic<gate_state> gate{gate_state::open};
  thread_counts counts;
  atomic<std::uint32_t> visits{0}; ///< how deep the owner is in user code of the pipeline: samplers, processors

  // What the back half touches.
  alignas(64) atomic<std::uint32_t> head{
      0};                        ///< granule of a chunk begun without one before it; the reader takes it from here
  atomic<bool> abandoned{false}; ///< one of thread and pipeline has let go; the other one frees it
  bool reclaiming{};             ///< the gate was closed to take the last chunk away
  bool touched{};                ///< spans of it were gathered since the last settling
  std::uint32_t scanned{};       ///< bytes of `scanning` that were gathered
  chunk* reading{};              ///< the first chunk not given back
  chunk* scanning{};             ///< the chunk being gathered from
  producer* next{};
  std::int64_t quiet_since{};
  std::uint64_t thread{};
  std::uint64_t chunks{};

  /// Announces a write; false if the back half has closed or reclaimed this producer meanwhile.
  SPANWISE_INLINE bool enter(bool fence_too) noexcept {
    busy.store(1, relaxed);
    compiler_fence();
    if (fence_too) [[unlikely]]
      fence(seq_cst);
    return gate.load(relaxed) == gate_state::open;
  }
  SPANWISE_INLINE void leave() noexcept { busy.store(0, release); }

  /// Room for a record of `size` bytes, between enter() and leave(); nullptr if the pool is empty.
  SPANWISE_INLINE unsigned char* reserve(chunk_pool& pool, std::uint32_t size) noexcept {
    if (capacity - used >= size) [[likely]]
      return current->data() + used;
    return next_chunk(pool, size) ? current->data() + used : nullptr;
  }

  SPANWISE_INLINE void publish(std::uint32_t size) noexcept {
    used += size;
    current->committed.store(used, release);
  }

  /// The owner found its chunk reclaimed: it goes on without one.
  void restart() noexcept {
    current = nullptr;
    used = capacity = 0;
    gate_state seen = gate_state::reclaimed; // a pipeline that closes meanwhile has the last word
    gate.compare_exchange(seen, gate_state::open, relaxed, relaxed);
  }

private:
  SPANWISE_COLD bool next_chunk(chunk_pool& pool, std::uint32_t size) noexcept {
    std::uint32_t const least = static_cast<std::uint32_t>((size + sizeof(chunk) + granule_size - 1) / granule_size);
    // A thread that makes few spans, or where memory is short, gets by with little.
    std::uint32_t const usual = current == nullptr || pool.pressed() ? 1 : granules_per_chunk;
    chunk* taken = pool.take(least > usual ? least : usual, thread, chunks);
    if (taken == nullptr && least < usual) taken = pool.take(least, thread, chunks);
    if (taken == nullptr) return false;
    ++chunks;
    std::uint32_t const granule = pool.index_of(taken);
    if (current != nullptr) current->next.store(granule, release);
    else head.store(granule, release);
    current = taken;
    used = 0;
    capacity = taken->capacity;
    return true;
  }
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/core/provider_core.hpp
//
// The part of a running pipeline that business threads see: the sampler's table, the limits, the memory for finished
// spans and the list of threads that write there. A few of these exist for the whole life of the process and are never
// destroyed, so that a span may end at any time without asking whether its pipeline is still there.

namespace spanwise::inline SPANWISE_ABI {

class any_sampler;

namespace detail {
struct span_hooks;
}

/// The five situations that a parent leaves a span in.
enum class parent_case : std::uint8_t { none, remote_sampled, remote_unsampled, local_sampled, local_unsampled };
inline constexpr std::size_t parent_cases = 5;

} // namespace spanwise::inline SPANWISE_ABI

namespace spanwise::inline SPANWISE_ABI::detail {

/// What is known of a sampler's answer before it is asked.
enum class quick_decision : std::uint8_t { drop, record_only, record_and_sample, ask };

inline constexpr std::size_t most_providers = 8;

struct alignas(64) provider_core {
  // Written when a pipeline starts or stops, read for each span.
  atomic<std::uint32_t> epoch{0}; ///< odd while a pipeline runs; each start and stop adds one
  std::uint8_t index{};
  bool heavy_fences{};   ///< the back half fences for those that write, who need not
  atomic<quick_decision> quick[parent_cases]{};
  span_limits limits{0, 0, 0, 0, 0, 0, 0, 0}; // like all else zero at first, so that no file holds it
  std::int64_t most_spans{}; ///< 0: bounded by memory alone
  any_sampler const* sampler{};
  atomic<span_hooks*> hooks{};       ///< of the few pipelines that have some: then no start takes the shortest way
  atomic<std::uint32_t> tracer_round{0}; ///< how often it was settled which tracers are on
  std::int64_t rouse_at{};                        ///< with so many spans waiting a batch is full
  void (*on_publish)(provider_core&) noexcept {}; ///< for pipelines that export on the thread that ends a span
  void (*rouse)(void* engine) noexcept {};        ///< wakes the thread that exports; seldom called
  void* engine{};                                 ///< the back half, for on_publish
  atomic<void*> pipeline{};                       ///< the whole pipeline; who takes it from here may end it or free it
  void (*at_exit)(void* pipeline) noexcept {};    ///< sends what is left when the process exits
  void (*silence)(bool) noexcept {};              ///< turns this thread's own spans off and on again, for exporters
  chunk_pool pool;

  // Written by many threads, rarely.
  alignas(64) atomic<producer*> producers{};
  atomic<std::uint64_t> threads{0};
  atomic<std::uint64_t> late{0}; ///< spans that ended after the pipeline had stopped

  alignas(64) atomic<std::int64_t> queued{0}; ///< spans waiting; counted only if most_spans is set
  atomic<bool> crowded{false};            ///< as many waited as may; until half of them are gone
  atomic<std::int64_t> roomy_at{0};       ///< that half

  alignas(64) scope_list scopes;
  atomic<bool> taken{false}; ///< some pipeline has this place, running or stopped

  /// Counts one more span among those that wait; false if that is too many.
  [[nodiscard]] bool take_place() noexcept {
    std::int64_t const waiting = queued.fetch_add(1, relaxed) + 1;
    if (waiting == rouse_at && rouse != nullptr) rouse(engine);
    if (waiting >= most_spans) crowded.store(true, relaxed);
    return waiting <= most_spans;
  }

  /// What room is left is for traces that have begun; no further one should begin. Also while a pipeline starts.
  [[nodiscard]] bool lacks_room() noexcept {
    if (pool.scarce()) return true;
    if (!crowded.load(relaxed)) return false;
    if (queued.load(relaxed) > roomy_at.load(relaxed)) return true;
    crowded.store(false, relaxed);
    return false;
  }

  [[nodiscard]] SPANWISE_INLINE static bool running(std::uint32_t epoch) noexcept { return (epoch & 1) != 0; }
};

SPANWISE_SHARED inline constinit provider_core provider_cores[most_providers]{};

/// The pipeline that a bare span and a tracer without provider use.
SPANWISE_SHARED inline constinit atomic<provider_core*> default_provider{};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/detail/random.hpp
//
// Random bits for ids: a small generator per thread, seeded by the operating system.
// Good enough to be unique and evenly spread, which is what ids need; not for secrets.

#if defined(__linux__)
#include <sys/random.h>
#elif defined(_WIN32)
extern "C" int rand_s(unsigned int*);
#else
#include <unistd.h>
extern "C" int getentropy(void*, std::size_t);
#endif

namespace spanwise::inline SPANWISE_ABI::detail {

/// xoroshiro128++ (Blackman, Vigna): 64 random bits in about a nanosecond.
class random_source {
public:
  constexpr random_source() noexcept = default;

  SPANWISE_INLINE std::uint64_t operator()() noexcept {
    std::uint64_t const low = state_[0];
    std::uint64_t high = state_[1];
    std::uint64_t const result = std::rotl(low + high, 17) + low;
    high ^= low;
    state_[0] = std::rotl(low, 49) ^ high ^ (high << 21);
    state_[1] = std::rotl(high, 28);
    return result;
  }

  /// Random and never zero, as an id must be.
  SPANWISE_INLINE std::uint64_t nonzero() noexcept {
    std::uint64_t bits = (*this)();
    while (bits == 0) [[unlikely]]
      bits = (*this)();
    return bits;
  }

  /// Takes a fresh state from the system; from time and addresses where it gives none.
  SPANWISE_COLD void seed() noexcept {
    if (!system_random(state_, sizeof state_) || (state_[0] | state_[1]) == 0) {
      timespec now{};
      timespec_get(&now, TIME_UTC);
      std::uint64_t mixed = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'007ULL ^
                            static_cast<std::uint64_t>(now.tv_nsec) ^ reinterpret_cast<std::uintptr_t>(this);
      for (std::uint64_t& word : state_) {
        mixed += 0x9e3779b97f4a7c15ULL;
        std::uint64_t z = mixed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        word = z ^ (z >> 31);
      }
    }
  }

private:
  static bool system_random(void* out, std::size_t size) noexcept {
#if defined(__linux__)
    return ::getrandom(out, size, GRND_NONBLOCK) == static_cast<ssize_t>(size);
#elif defined(_WIN32)
    auto* words = static_cast<unsigned int*>(out);
    for (std::size_t i = 0; i < size / sizeof *words; ++i)
      if (::rand_s(&words[i]) != 0) return false;
    return true;
#else
    return ::getentropy(out, size) == 0;
#endif
  }

  std::uint64_t state_[2]{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/trace/sampler_description.hpp
//
// What a sampler says of itself: its name and how it is set up, as a short text that needs no allocation.

namespace spanwise::inline SPANWISE_ABI {

/// A text of up to 512 bytes in place; what is longer ends in three dots.
class sampler_description {
public:
  sampler_description(char const* text) noexcept { append(text); }
  explicit sampler_description(std::string_view text) noexcept { append(text); }

  SPANWISE_SMALL sampler_description& append(std::string_view more) noexcept {
    for (char const letter : more) {
      if (size_ < sizeof text_) text_[size_++] = letter;
      else text_[size_ - 1] = text_[size_ - 2] = text_[size_ - 3] = '.';
    }
    return *this;
  }
  /// A number in its shortest decimal form that reads back as the same: `0.0001`, `0.3333333333333333`, `1`.
  SPANWISE_SMALL sampler_description& append_ratio(double ratio) noexcept {
    if (!(ratio > 0)) return append("0.0");
    if (ratio > 1e15) return append("1e15");
    detail::decimal_number const shortest = detail::shortest_decimal(ratio);
    char digits[24];
    int count = 0;
    for (std::uint64_t rest = shortest.digits; rest != 0; rest /= 10)
      digits[count++] = static_cast<char>('0' + rest % 10);
    int point = count + shortest.exponent; // so many digits stand before it
    int exponent = 0;
    if (point < -20) {
      exponent = 1 - point;
      point = 1;
    }
    if (point <= 0) append("0.");
    for (int i = point; i < 0; ++i) append("0");
    bool any = false; // zeros at the end say nothing
    for (int i = 0; i < count || i < point; ++i) {
      any = false;
      for (int later = i; later < count && !any; ++later) any = digits[count - 1 - later] != '0';
      if (!any && i >= point) break;
      if (i == point && i != 0) append(".");
      append({i < count ? &digits[count - 1 - i] : "0", 1});
    }
    if (exponent == 0) return *this;
    append("e-");
    for (int power = exponent < 100 ? 10 : 100; power != 0; power /= 10) {
      char const digit = static_cast<char>('0' + exponent / power % 10);
      append({&digit, 1});
    }
    return *this;
  }
  [[nodiscard]] std::string_view view() const noexcept { return {text_, size_}; }

private:
  char text_[512]{};
  std::size_t size_{};
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/sampling.hpp
//
// What a sampler is asked and what it answers: the types that each sampler has to do with, and the concept of one.

namespace spanwise::inline SPANWISE_ABI {

enum class sampling_decision : std::uint8_t { drop, record_only, record_and_sample };

/// What is known of a span that is about to start, but for its trace id; views, valid during the call.
struct starting_span {
  context const& parent; ///< parent.span() is not valid for a root
  std::string_view name;
  span_kind kind;
  attribute_range attributes;
  view_range<link_view> links;
};

/// What a sampler is told of a span that is about to start; views, valid during the call.
struct sampling_parameters {
  context const& parent; ///< parent.span() is not valid for a root
  spanwise::trace_id trace_id;
  std::string_view name;
  span_kind kind;
  attribute_range attributes;
  view_range<link_view> links;
  bool random_trace_id = true; ///< the last seven bytes of the trace id are known to be random

  [[nodiscard]] starting_span span() const noexcept { return {parent, name, kind, attributes, links}; }
};

/// The attributes that a sampler adds to a span, in groups that lie apart; what they view must live as long as the
/// sampler.
class sampling_attributes {
public:
  static constexpr std::size_t max_groups = 4;

  constexpr sampling_attributes() noexcept = default;
  /// One group.
  template <std::convertible_to<std::span<attribute const>> Group>
  constexpr sampling_attributes(Group&& group) noexcept : sampling_attributes{std::span<attribute const>{group}, 0} {
    static_assert(std::is_lvalue_reference_v<Group> || std::ranges::enable_borrowed_range<std::remove_cv_t<Group>>,
                  "spanwise: a sampler's attributes are looked at after it has answered: let them be a member of it, or "
                  "static, and no temporary");
  }

  /// Adds a group behind the others; false if there are four already.
  constexpr bool add(std::span<attribute const> group) noexcept {
    if (group.empty()) return true;
    if (count_ == max_groups) return false;
    groups_[count_++] = group;
    return true;
  }
  [[nodiscard]] constexpr bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] constexpr std::span<std::span<attribute const> const> groups() const noexcept {
    return {groups_, count_};
  }

private:
  constexpr sampling_attributes(std::span<attribute const> group, int) noexcept { add(group); }

  std::span<attribute const> groups_[max_groups]{};
  std::size_t count_{};
};

/// What a sampler answers. `attributes` are added to the span and win over its own.
struct sampling_result {
  sampling_decision decision{};
  sampling_attributes attributes{};
  std::optional<trace_state> state{}; ///< becomes the span's trace state; none leaves it the parent's
};

/// A type that decides about spans. It is called on the threads that start spans, at the same time, so it must be
/// thread-safe; one that throws drops the span.
///
/// A member `std::optional<sampling_decision> fixed(parent_case) const noexcept` may tell what is known without looking
/// at the span, if neither attributes nor trace state go with it: such spans start without asking.
///
///     struct only_checkouts {
///       spanwise::sampling_result should_sample(spanwise::sampling_parameters const& asked) const {
///         return {asked.name == "checkout" ? spanwise::sampling_decision::record_and_sample
///                                         : spanwise::sampling_decision::drop};
///       }
///       spanwise::sampler_description description() const { return "OnlyCheckouts"; }
///     };
template <class Candidate>
concept sampler = requires(Candidate const& candidate, sampling_parameters const& asked) {
  { candidate.should_sample(asked) } -> std::same_as<sampling_result>;
  { candidate.description() } -> std::convertible_to<sampler_description>;
};

namespace detail {

/// What is known of a sampler's answer beforehand.
template <class Sampler>
[[nodiscard]] constexpr std::optional<sampling_decision> fixed_of(Sampler const& from, parent_case which) noexcept {
  if constexpr (requires { from.fixed(which); }) return from.fixed(which);
  else return std::nullopt;
}

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/any_sampler.hpp
//
// A sampler of any type, held by value: what a pipeline asks. Whatever the held one does, nothing gets out of here but
// an answer that can be used.

namespace spanwise::inline SPANWISE_ABI {

/// Any sampler, held by value; what `start` takes. Empty: parent-based with always-on for roots, or what
/// OTEL_TRACES_SAMPLER says.
class any_sampler {
public:
  constexpr any_sampler() noexcept = default;

  template <class Sampler> any_sampler(Sampler given) noexcept {
    static_assert(
        sampler<Sampler>,
        "spanwise: a sampler has should_sample(sampling_parameters const&), which gives a sampling_result, and "
        "description(); what is composable alone, such as a parent_threshold, goes into "
        "spanwise::composite_sampler{...}");
    if constexpr (sampler<Sampler>) hold(std::move(given));
  }
  any_sampler(any_sampler&& other) noexcept { swap(other); }
  any_sampler& operator=(any_sampler&& other) noexcept {
    swap(other);
    return *this;
  }
  ~any_sampler() {
    if (object_ != nullptr) destroy_(object_);
  }

  [[nodiscard]] bool empty() const noexcept { return object_ == nullptr; }
  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const noexcept {
    if (object_ != nullptr) return ask_(object_, asked);
    span_context const& parent = asked.parent.span();
    return {!parent.valid() || parent.sampled() ? sampling_decision::record_and_sample : sampling_decision::drop};
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case which) const noexcept {
    return fixed_[static_cast<std::size_t>(which)];
  }
  /// As the sampler says now; it may change. Empty if there is none, or if it throws.
  [[nodiscard]] sampler_description description() const noexcept {
    return empty() ? sampler_description{""} : describe_(object_);
  }

private:
  template <class Sampler> void hold(Sampler&& given) noexcept {
    bool const made = detail::contain([&] { object_ = new (std::nothrow) Sampler(std::move(given)); });
    if (!made || object_ == nullptr) return tell_not_held(made);
    ask_ = [](void const* object, sampling_parameters const& asked) noexcept {
      return contained<Sampler>(object, asked);
    };
    describe_ = [](void const* object) noexcept {
      return detail::contain([&] { return sampler_description{static_cast<Sampler const*>(object)->description()}; },
                             "");
    };
    destroy_ = [](void* object) noexcept { delete static_cast<Sampler*>(object); };
    if constexpr (requires(Sampler const& s) { s.fixed(parent_case{}); })
      for (std::size_t i = 0; i < parent_cases; ++i) {
        std::optional<sampling_decision> known;
        auto const ask = [&] { known = static_cast<Sampler const*>(object_)->fixed(static_cast<parent_case>(i)); };
        if (detail::contain(ask) && known && *known <= sampling_decision::record_and_sample) fixed_[i] = known;
      }
  }

  SPANWISE_SMALL static void tell_not_held(bool made) noexcept {
    report(severity::error, "sampler set-up",
           made
               ? "there is no memory for the sampler that was given; spans follow their parents, and roots are kept"
               : "the sampler that was given threw while it was moved; spans follow their parents, and roots are kept");
  }
  SPANWISE_COLD static void tell_thrown() noexcept {
    report(severity::error, "sampler",
           "a sampler threw an exception; the span that it was asked about is not recorded");
  }

  template <class Sampler>
  static sampling_result contained(void const* object, sampling_parameters const& asked) noexcept {
#if defined(__cpp_exceptions)
    try {
      return static_cast<Sampler const*>(object)->should_sample(asked);
    } catch (...) {
      tell_thrown();
      return {sampling_decision::drop};
    }
#else
    return static_cast<Sampler const*>(object)->should_sample(asked);
#endif
  }

  void swap(any_sampler& other) noexcept {
    std::swap(object_, other.object_);
    std::swap(ask_, other.ask_);
    std::swap(describe_, other.describe_);
    std::swap(destroy_, other.destroy_);
    for (std::size_t i = 0; i < parent_cases; ++i) std::swap(fixed_[i], other.fixed_[i]);
  }

  void* object_{};
  sampling_result (*ask_)(void const*, sampling_parameters const&) noexcept {};
  sampler_description (*describe_)(void const*) noexcept {};
  void (*destroy_)(void*) noexcept {};
  std::optional<sampling_decision> fixed_[parent_cases]{};
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/thread_state.hpp
//
// What a thread keeps for making spans: its random numbers, its place in each running pipeline, its current contexts.
// Made at the thread's first span and given back when the thread ends.

#if defined(__GLIBCXX__)
#include <cxxabi.h>
#endif

namespace spanwise::inline SPANWISE_ABI::detail {

struct thread_state {
  /// An even epoch that no provider comes to.
  static constexpr std::uint32_t not_running = 0xffff'fffe;

  /// This thread's producer in one provider, good while the epoch is the provider's, which then runs.
  struct lane {
    producer* writer{};
    std::uint32_t epoch{not_running};
  };
  struct known_scope {
    std::uint64_t mark{};
    provider_core const* core{};
    std::uint16_t number{};
  };

  random_source random;
  context_stack* stack{};
  unsigned int const* uncaught{uncaught_count()};
  unsigned int suppressed{}; ///< above zero inside exporters, whose own calls make no spans
  lane lanes[most_providers];
  known_scope scopes[4];

  /// How many exceptions are being thrown on this thread just now.
  [[nodiscard]] SPANWISE_INLINE unsigned int exceptions() const noexcept {
#if defined(__GLIBCXX__)
    return *uncaught;
#else
    return static_cast<unsigned int>(std::uncaught_exceptions());
#endif
  }

  [[nodiscard]] SPANWISE_INLINE producer* find(provider_core& core, std::uint32_t epoch) noexcept {
    lane& mine = lanes[core.index];
    if (mine.epoch == epoch) [[likely]]
      return mine.writer;
    return register_with(core, epoch);
  }

  [[nodiscard]] SPANWISE_INLINE std::uint16_t scope_number(provider_core& core, scope_ref const& scope) noexcept {
    std::uint64_t const mark = scope.mark();
    known_scope& known = scopes[mark % 4];
    if (known.mark == mark && known.core == &core) [[likely]]
      return known.number;
    ++suppressed; // the scope's own values may not make its first span
    known = {mark, &core, learn_scope(core, scope)};
    --suppressed;
    return known.number;
  }

private:
  friend struct thread_keeper;
  friend class passing_thread;

  /// Where the runtime counts them, if that is known: it saves a call for each span.
  static unsigned int const* uncaught_count() noexcept {
#if defined(__GLIBCXX__)
    // Itanium C++ ABI, 2.2.2: the globals are a pointer to the caught exceptions, then the count of uncaught ones.
    void const* const globals = abi::__cxa_get_globals();
    void const* const count = static_cast<char const*>(globals) + sizeof(void*);
    return static_cast<unsigned int const*>(count);
#else
    return nullptr;
#endif
  }

  SPANWISE_COLD static std::uint16_t learn_scope(provider_core& core, scope_ref const& scope) noexcept {
    if (scope.name.empty())
      report(severity::warning, "tracer name",
             "a tracer has no name; its spans do not tell which library or part of the program made them");
    if (scope.attributes.empty()) return core.scopes.find_or_add(scope.hash, scope.name, scope.version, scope.schema_url);
    inline_tape out{most_scope_bytes};
    std::uint64_t const sum = scope.hash + put_scope_attributes(out, scope.attributes);
    return core.scopes.find_or_add(sum, scope.name, scope.version, scope.schema_url, {out.data(), out.size()});
  }

  /// Joins the pipeline that runs on `core`; nullptr if it has stopped meanwhile or there is no memory.
  SPANWISE_COLD producer* register_with(provider_core& core, std::uint32_t epoch) noexcept {
    if (core.epoch.load(acquire) != epoch) return nullptr;
    lane& mine = lanes[core.index];
    if (mine.writer != nullptr) leave(mine);
    auto* const fresh = new (std::nothrow) producer{};
    if (fresh == nullptr) return nullptr;
    fresh->thread = core.threads.fetch_add(1, relaxed) + 1;
    fresh->next = core.producers.load(relaxed);
    while (!core.producers.compare_exchange(fresh->next, fresh, seq_cst, relaxed)) {
    }
    // Whoever stops the pipeline changes the epoch first and then walks the list: one of us sees the other.
    fence(seq_cst);
    if (core.epoch.load(relaxed) != epoch) {
      if (fresh->abandoned.exchange(true, acq_rel)) delete fresh;
      return nullptr;
    }
    mine = {fresh, epoch};
    return fresh;
  }

  /// Of the thread and its pipeline the second one to let go of a producer frees it. The thread may be further down in
  /// user code that ended it or the process; nobody need wait for it to come back.
  static void leave(lane& done) noexcept {
    done.writer->visits.store(0, relaxed);
    done.writer->busy.store(0, release);
    if (done.writer->abandoned.exchange(true, acq_rel)) delete done.writer;
    done = {};
  }
  void leave_all() noexcept {
    for (lane& each : lanes)
      if (each.writer != nullptr) leave(each);
  }
};

SPANWISE_SHARED inline constinit thread_local thread_state* this_thread_state = nullptr;

/// Gives everything back when the thread ends.
struct thread_keeper {
  thread_state* state{};
  ~thread_keeper() {
    this_thread_state = nullptr;
    thread_is_ending = true;
    if (state == nullptr) return;
    state->leave_all();
    delete state;
    state = nullptr;
  }
};

/// A state for one call on a thread that has given back its own: its last objects may still end spans. Exporters and
/// processors that are called meanwhile find a thread like any other.
class passing_thread {
public:
  passing_thread() noexcept {
    state_.stack = shared::this_thread_stack; // given back a little later than the rest
    if (state_.stack == nullptr) state_.stack = made_ = new_stack();
    if (state_.stack == nullptr) return;
    shared::this_thread_stack = state_.stack;
    this_thread_state = &state_;
  }
  passing_thread(passing_thread const&) = delete;
  passing_thread& operator=(passing_thread const&) = delete;
  ~passing_thread() {
    this_thread_state = nullptr;
    state_.leave_all();
    if (made_ != nullptr) leave_stack(made_);
  }
  /// False if there is no memory.
  [[nodiscard]] explicit operator bool() const noexcept { return state_.stack != nullptr; }

private:
  context_stack* made_{};
  thread_state state_;
};

SPANWISE_COLD thread_state* make_thread_state() noexcept {
  if (thread_is_ending) return nullptr;
  context_stack* const stack = this_stack();
  if (stack == nullptr) return nullptr;
  auto* const state = new (std::nothrow) thread_state{};
  if (state == nullptr) return nullptr;
  state->random.seed();
  state->stack = stack;
  static thread_local thread_keeper keeper;
  keeper.state = state;
  this_thread_state = state;
  return state;
}

/// The state of this thread; nullptr while the thread is being torn down.
[[nodiscard]] SPANWISE_INLINE thread_state* this_thread() noexcept {
  thread_state* const state = this_thread_state;
  if (state != nullptr) [[likely]]
    return state;
  return make_thread_state();
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/trace/tracer_configurator.hpp
//
// Turns tracers off and on by what they say of themselves: a noisy library's spans can be left out without touching it.

namespace spanwise::inline SPANWISE_ABI {

/// How the tracers of a scope behave (OpenTelemetry, trace SDK, TracerConfig).
struct tracer_config {
  bool enabled = true; ///< false: its spans are not made; what they would be children of passes through
};

/// Any function that gives a tracer_config for a scope:
/// `[](spanwise::scope_view const& scope) { return spanwise::tracer_config{.enabled = scope.name != "chatty"}; }`.
///
/// It is asked when a scope makes its first span in a pipeline, and again after it was replaced, on any thread; it must
/// be quick. One that throws leaves the tracer on. Empty: all tracers are on.
class tracer_configurator {
public:
  constexpr tracer_configurator() noexcept = default;
  template <class Function>
    requires(std::is_invocable_r_v<tracer_config, Function const&, scope_view const&>)
  tracer_configurator(Function given) noexcept {
    if (!detail::contain([&] { held_ = detail::counted<Function>::make(std::move(given)); })) return;
    ask_ = [](void const* held, scope_view const& scope) -> tracer_config {
      return (*static_cast<Function const*>(held))(scope);
    };
  }

  [[nodiscard]] bool empty() const noexcept { return ask_ == nullptr; }
  [[nodiscard]] tracer_config operator()(scope_view const& scope) const noexcept {
    if (ask_ == nullptr) return {};
    tracer_config answer{};
    if (!detail::contain([&] { answer = ask_(held_.get(), scope); }))
      report(severity::error, "tracer configurator", "a tracer configurator threw an exception; the tracer stays on");
    return answer;
  }

private:
  detail::counted<void> held_;
  tracer_config (*ask_)(void const*, scope_view const&){};
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/span_hooks.hpp
//
// What few pipelines have beside a sampler: ids of their own, processors that see spans start and end, tracers that are
// turned off. A pipeline with any of these starts its spans the general way; the others never look here.

namespace spanwise::inline SPANWISE_ABI {
class resource;
}

namespace spanwise::inline SPANWISE_ABI::detail {

class span_body;

/// All processors of a pipeline as one.
struct processor_calls {
  void (*on_start)(void* all, span_body& started, context const& parent) noexcept;
  void (*on_ending)(void* all, span_body& ending) noexcept;
  void (*on_end)(void* all, span_view const& ended, scope_view const& scope, resource const* about) noexcept;
};

/// While it lives, this thread may call what users gave the pipeline: sampler, ids, processors. A pipeline that stops
/// waits for it. Spans that are started meanwhile are not made, so that nothing calls itself.
class visit {
public:
  visit(provider_core& core, std::uint32_t epoch, producer& writer, thread_state& thread) noexcept
      : writer_{writer}, thread_{thread} {
    writer.visits.store(writer.visits.load(relaxed) + 1, relaxed);
    compiler_fence();
    if (!core.heavy_fences) fence(seq_cst);
    inside_ = writer.gate.load(relaxed) != gate_state::closed && core.epoch.load(relaxed) == epoch;
    if (inside_) ++thread.suppressed;
  }
  visit(visit const&) = delete;
  visit& operator=(visit const&) = delete;
  ~visit() {
    if (inside_ && thread_.suppressed != 0) --thread_.suppressed; // it is 0 in a child that was forked within
    writer_.visits.store(writer_.visits.load(relaxed) - 1, release);
  }
  /// False if the pipeline has stopped.
  [[nodiscard]] explicit operator bool() const noexcept { return inside_; }

private:
  producer& writer_;
  thread_state& thread_;
  bool inside_;
};

/// Lives as long as its pipeline; what is in it, as long as a visit.
struct span_hooks {
  any_id_generator ids{};
  processor_calls const* calls{};
  /// Calls on_end with the span in the form that exporters see; what makes that form is in the back half.
  void (*tell_finished)(span_hooks const& of, record finished, scope_view const& scope) noexcept {};
  void* processors{};
  resource const* about{};

  span_hooks() noexcept = default;
  span_hooks(span_hooks const&) = delete;
  span_hooks& operator=(span_hooks const&) = delete;
  ~span_hooks() {
    for (configurator* at = configurators_.load(relaxed); at != nullptr;) delete std::exchange(at, at->before);
  }

  /// False if there is no memory.
  bool configure_tracers(tracer_configurator&& wanted) noexcept {
    configurator* before = configurators_.load(relaxed);
    auto* const added = new (std::nothrow) configurator{std::move(wanted), before};
    if (added == nullptr) return false;
    // Threads may be asking a former one, so all are kept.
    while (!configurators_.compare_exchange(added->before, added, acq_rel, relaxed)) {}
    return true;
  }

  [[nodiscard]] tracer_config config_of(scope_view const& scope) const noexcept {
    configurator const* const newest = configurators_.load(acquire);
    return newest == nullptr ? tracer_config{} : newest->ask(scope);
  }

  /// Puts own ids, where there is a generator, in place of random ones.
  void choose_ids(bool has_parent, std::uint64_t& trace_high, std::uint64_t& trace_low, std::uint64_t& own,
                  std::uint32_t& flags) const noexcept {
    if (!has_parent)
      if (trace_id const made = ids.generate_trace_id(); made.valid()) {
        trace_high = load<std::uint64_t>(made.bytes().data());
        trace_low = load<std::uint64_t>(made.bytes().data() + 8);
        if (!ids.random()) flags &= ~std::uint32_t{trace_flags::random_bit};
      }
    if (span_id const made = ids.generate_span_id(); made.valid()) own = load<std::uint64_t>(made.bytes().data());
  }

private:
  struct configurator {
    tracer_configurator ask;
    configurator* before;
  };

  atomic<configurator*> configurators_{};
};

/// Whether the tracers of a scope make spans in a pipeline that has hooks.
SPANWISE_COLD bool tracer_enabled(provider_core& core, std::uint32_t epoch, std::uint16_t scope,
                                  thread_state& thread) noexcept {
  std::uint32_t const round = core.tracer_round.load(acquire);
  std::uint32_t const known = core.scopes.note(scope);
  if (known / 2 == round) return known % 2 == 0;
  producer* const writer = thread.find(core, epoch);
  if (writer == nullptr) return true;
  visit const inside{core, epoch, *writer, thread};
  span_hooks const* const hooks = core.hooks.load(relaxed);
  if (!inside || hooks == nullptr) return true;
  bool const enabled = hooks->config_of(core.scopes[scope]).enabled;
  core.scopes.note(scope, round * 2 + (enabled ? 0 : 1));
  return enabled;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/trace/span_options.hpp
//
// What a span may be told at its start beside name and attributes: kind, parent, start time, links.

namespace spanwise::inline SPANWISE_ABI {

/// Stands for "no parent": `{.parent = spanwise::root}` starts a new trace whatever is current.
struct root_parent {};
inline constexpr root_parent root{};

/// The parent of a span: what is current (the default), a context that was handed over, or none.
class parent_of_span {
public:
  constexpr parent_of_span() noexcept = default;
  constexpr parent_of_span(root_parent) noexcept : is_{place::nowhere} {}
  parent_of_span(context given) noexcept : given_{std::move(given)}, is_{place::given} {}
  template <class Other>
    requires(!std::derived_from<Other, context>)
  constexpr parent_of_span(Other const&) noexcept {
    static_assert(detail::refused<Other>, "spanwise: a parent is a context: what extract() gave, span.context(), "
                                          "spanwise::context{span_context}, or spanwise::root for none");
  }

  [[nodiscard]] constexpr bool root() const noexcept { return is_ == place::nowhere; }
  /// nullptr: the current one.
  [[nodiscard]] constexpr context const* given() const noexcept { return is_ == place::given ? &given_ : nullptr; }
  /// What a child would see of it where nothing is recorded: for a root everything but the span.
  [[nodiscard]] context or_current() const noexcept {
    if (given() != nullptr) return given_;
    return root() ? current_context().with(span_context{}) : current_context();
  }

private:
  enum class place : std::uint8_t { current, given, nowhere };

  context given_{};
  place is_{};
};

/// Another span that this one has to do with, such as the message that a batch contained.
struct link {
  span_context to;
  std::initializer_list<attribute> attributes{};
};

/// Given at the start these are seen by samplers; links and attributes that come later are not.
///
/// Links are named, not copied: write them in the call that starts the span, or keep what they name.
struct span_options {
  span_kind kind = span_kind::internal;
  parent_of_span parent{};
  time_point start{};  ///< zero: now
  std::initializer_list<link> links{};
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/span_body.hpp
//
// What every kind of span is made of: identity, clock, and the tape onto which each call writes OTLP protobuf at once.
// At its end the fixed part and the tape become one record in the calling thread's chunk. One thread at a time.

namespace spanwise::inline SPANWISE_ABI::detail {

/// The scope of spans that no tracer made, number 0 in every pipeline.
inline constexpr std::uint64_t unnamed_scope_hash = 1;

/// In whose name spans are made, and where they go.
struct tracer_source {
  scope_ref scope;
  provider_core* core{};   ///< nullptr: the default
  std::uint32_t epoch{}; ///< 0: whichever the provider is in now
};

/// `watched` is recording with processors that want to know of its end; one that is record_only may have them, too.
enum class span_state : std::uint8_t { inert, unsampled, undecided, recording, watched, record_only, ended };

class span_body {
public:
  static constexpr std::size_t inside_size = 464;

  /// Good for nothing before clear() or begin().
  span_body() noexcept {}
  span_body(span_body const&) = delete;
  span_body& operator=(span_body const&) = delete;

  [[nodiscard]] SPANWISE_INLINE bool recording() const noexcept { return writable_; }
  [[nodiscard]] SPANWISE_INLINE bool undecided() const noexcept { return state_ == span_state::undecided; }
  [[nodiscard]] span_state state() const noexcept { return state_; }

  /// Makes it inert.
  SPANWISE_INLINE void clear() noexcept {
    writable_ = false;
    state_ = span_state::inert;
    marks_ = {};
    tape_.open(inside_, sizeof inside_, 0);
  }

  /// The usual start: a child of a span of this process that shares nothing, where the sampler's table says "record".
  void begin_child(provider_core& core, thread_state& thread, thread_state::lane const& lane, scope_ref const& scope,
                   std::string_view name, unsigned char kind, context_entry const& parent, context_entry& entry) noexcept;
  /// The same where the table says "drop": only the identity is there.
  void skip_child(random_source& random, producer& writer, context_entry const& parent, context_entry& entry) noexcept;
  /// Any start: takes up identity from the parent, asks the sampler's table, and starts the clock. `entry` is filled if
  /// given. True if it records; inert if there is no memory.
  bool begin(provider_core& core, std::uint32_t epoch, scope_ref const& scope, std::string_view name, unsigned char kind,
             span_options const* options, thread_state& thread, context_entry const& parent,
             context_entry* entry) noexcept;

  /// Asks a sampler that wants to see the span, and tells processors, after its first attributes are on the tape.
  void decide(context_entry* entry) noexcept;
  /// What is on the tape, with the last value of each key; good until the next change.
  [[nodiscard]] span_view so_far() noexcept {
    if (repeated()) drop_repeated();
    std::span<std::byte const> const written{reinterpret_cast<std::byte const*>(tape_.data()), tape_.size()};
    return span_view{written.subspan(head_at::message)};
  }

  /// Numbers under literal keys are written here, all else by calls. False, with nothing done, if code of the value's
  /// type would have to write it and `may_call` forbids that.
  SPANWISE_INLINE bool set(attribute const& given, bool may_call = true) noexcept {
    value const& held = given.value();
    if (held.kind == value_kind::absent) return true;
    std::string_view const key = given.key_text();
    if (held.kind == value_kind::text) {
      set_text(key.data(), given.about(), held.data, held.number);
      return true;
    }
    if (!plain_number(held.kind) || !short_key(key) || attributes_left_ == 0 || !tape_.has(number_size(key))) [[unlikely]] {
      if (held.kind != value_kind::nested) set_any(key.data(), given.about(), held.data, held.number, held.write);
      else if (may_call) set_nested(key.data(), given.about(), held.data, held.number, held.write);
      else return false;
      return true;
    }
    note_key(given.about());
    put_number(tape_, tag::span_attribute, key, held);
    return true;
  }
  /// As set(), of what is in final form.
  void set(ready_attributes const& given) noexcept {
    for (std::size_t i = 0; i < given.size(); ++i) {
      attribute const& one = given.data()[i];
      set_any(one.key_text().data(), one.about(), one.value().data, one.value().number, one.value().write);
    }
  }

  /// Each of them, where it is known while compiling which are given.
  SPANWISE_INLINE void set(attribute const& a, attribute const& b, attribute const& c, attribute const& d,
                           attribute const& e, attribute const& f, attribute const& g, attribute const& h) noexcept {
    set(a);
    set(b);
    set(c);
    set(d);
    set(e);
    set(f);
    set(g);
    set(h);
  }

  /// Stands in for a span that is not made: it only shows and passes on what would be its parent.
  void stand_for(spanwise::context const& parent) noexcept {
    context_entry shown;
    context_access::write(shown, parent);
    put_identity(load<std::uint64_t>(shown.trace_id), load<std::uint64_t>(shown.trace_id + 8),
                 load<std::uint64_t>(shown.span_id), shown.flags);
    marks_.stands_for_remote = shown.remote != 0;
    marks_.shed_by = shed_by(shown);
    keep_parts(shown.trace_state, shown.baggage, shown.slots);
    state_ = span_state::unsampled;
  }

  /// Of these attributes code of users writes none: none is nested, or all are in final form.
  void add_event(std::string_view name, time_point when, attribute const* attributes, std::size_t count) noexcept;
  void add_link(span_context const& to, attribute const* attributes, std::size_t count) noexcept;
  /// Calls `use` with them in final form, unless the span has ended meanwhile. Not under a lock.
  template <class Use> void with_ready(attribute const* attributes, std::size_t count, Use const& use) noexcept {
    if (!any_nested(attributes, count)) return use(attributes, count);
    span_state const before = state_;
    ready_attributes const ready{attributes, count, core_->limits, tape_.left()};
    if (state_ == before) use(ready.data(), ready.size());
  }
  /// What a value may be that is to be set.
  struct value_bounds {
    span_limits const* limits;
    std::size_t most;
  };
  [[nodiscard]] value_bounds bounds() const noexcept { return {&core_->limits, tape_.left()}; }
  void set_status(status_code code, std::string_view description) noexcept;
  /// An error, if nothing was said of the outcome yet: what was said tells more.
  void fail_unless_told() noexcept {
    if (status_ == status_code::unset) set_status(status_code::error, {});
  }
  void update_name(std::string_view name) noexcept;

  [[nodiscard]] std::int64_t now() const noexcept { return span_clock::later(start_); }
  /// True while an exception that was thrown within the span's life goes through it.
  [[nodiscard]] bool thrown_through() const noexcept {
    return this_thread_state != nullptr && this_thread_state->exceptions() > exceptions_;
  }

  /// Hands the span over as it is; `end_wall` in ns since 1970. Nothing can be changed afterwards.
  SPANWISE_INLINE void finish(std::int64_t end_wall) noexcept { finish(stop(), end_wall); }
  /// The same in two steps, of which the first makes all later calls do nothing and the second may call exporters.
  [[nodiscard]] SPANWISE_INLINE span_state stop() noexcept {
    span_state const before = state_;
    state_ = span_state::ended;
    writable_ = false;
    return before;
  }
  void finish(span_state before, std::int64_t end_wall) noexcept;

  /// The span's own context; user values are those of the parent.
  [[nodiscard]] spanwise::context context() const noexcept {
    return state_ == span_state::inert ? current_context() : context_access::read(identity());
  }

  /// Lets go of what the span holds, as the last call. Not a destructor, so that whoever ends a span makes one call.
  SPANWISE_INLINE void release() noexcept {
    if (marks_.shares) [[unlikely]]
      release_parts();
    tape_.release();
  }
  /// True if there is something to let go of.
  [[nodiscard]] SPANWISE_INLINE bool holds_something() const noexcept { return marks_.shares || tape_.on_heap(); }

private:
  /// What few spans have, so that one look tells that a span has none of it.
  struct rare_marks {
    bool shares;            ///< parts_ is good
    bool stands_for_remote; ///< stands for a parent of another process
    bool nested;            ///< a map on the tape may have a key twice
    std::uint8_t status_left_out : 1; ///< the tape had no room for it
    std::uint8_t loss_told : 1;       ///< that something was left out is counted, once however much it is
    std::uint8_t reserved : 6;        ///< so that all bits are known
    bool dropped;           ///< one of the counters of what was dropped is not zero
    bool scarce;            ///< a sampler that wants to see it is still asked, and there is no memory for a new trace
    std::uint8_t shed_by;   ///< the pipeline that leaves its trace out for want of memory, as in span_context
    bool watched;           ///< processors were told of its start

    [[nodiscard]] SPANWISE_INLINE bool any() const noexcept { return load<std::uint64_t>(this) != 0; }
  };
  static_assert(sizeof(rare_marks) == sizeof(std::uint64_t));

  /// What the span shares with its parent and its children.
  struct shared_parts {
    void* trace_state;
    void* baggage;
    void* slots;
  };

  [[nodiscard]] SPANWISE_INLINE static bool plain_number(value_kind kind) noexcept {
    return kind == value_kind::integer || kind == value_kind::floating || kind == value_kind::boolean;
  }
  [[nodiscard]] SPANWISE_INLINE static bool short_key(std::string_view key) noexcept {
    return key.size() - 1 < longest_short_key;
  }
  /// While no bit comes twice, the sum of bits and their union are the same: two additions instead of a decision.
  SPANWISE_INLINE void note_bit(std::uint8_t number) noexcept {
    std::uint64_t const bit = std::uint64_t{1} << number;
    keys_ |= bit;
    key_sum_ += bit;
  }
  static constexpr std::size_t least_attribute = 7; // with a key of one byte and an empty value
  static_assert(record::max_size / least_attribute < std::uint64_t{1} << (65 - key_bits), "the sum must not wrap around");
  /// True if two attributes on the tape may have the same key.
  [[nodiscard]] SPANWISE_INLINE bool repeated() const noexcept { return key_sum_ != keys_; }
  SPANWISE_INLINE void note_key(attribute::facts const& about) noexcept {
    note_bit(about.bit());
    if (about.any_text()) seen_ = beyond_ascii;
    --attributes_left_;
  }
  /// Of what is written by the general way it is not known whether its text is ASCII.
  void note_value(value_kind kind) noexcept {
    marks_.nested |= kind == value_kind::nested;
    if (kind == value_kind::nested || kind == value_kind::text) seen_ = beyond_ascii;
  }
  void set_text(char const* key, attribute::facts about, void const* text, std::uint64_t size) noexcept;
  void set_any(char const* key, attribute::facts about, void const* data, std::uint64_t number,
               value::writer write) noexcept;
  void set_nested(char const* key, attribute::facts about, void const* data, std::uint64_t number,
                  value::writer write) noexcept;

  SPANWISE_INLINE void fill(context_entry& entry, std::uint64_t trace_high, std::uint64_t trace_low, std::uint64_t own,
                            std::uint32_t flags) noexcept;
  SPANWISE_INLINE void start_recording(provider_core& core, std::uint32_t epoch, thread_state& thread,
                                       scope_ref const& scope, std::string_view name, bool has_parent,
                                       span_state state) noexcept;
  SPANWISE_INLINE void put_identity(std::uint64_t trace_high, std::uint64_t trace_low, std::uint64_t own,
                                    std::uint32_t flags) noexcept {
    put_ids(trace_high, trace_low, own);
    store(inside_ + head_at::flags, flags);
  }
  SPANWISE_INLINE void put_ids(std::uint64_t trace_high, std::uint64_t trace_low, std::uint64_t own) noexcept {
    store(inside_ + head_at::trace_id, trace_high);
    store(inside_ + head_at::trace_id + 8, trace_low);
    store(inside_ + head_at::span_id, own);
  }
  [[nodiscard]] trace_flags flags() noexcept { return trace_flags{tape_.data()[head_at::flags]}; }
  void add_flags(unsigned char more) noexcept {
    inside_[head_at::flags] |= more;
    tape_.data()[head_at::flags] = inside_[head_at::flags];
  }
  /// Where the fields begin that follow the head: the name, then whatever came.
  [[nodiscard]] std::size_t head_size() const noexcept {
    return has_parent_ ? head_at::child_size : head_at::root_size;
  }

  /// The span's context as an entry, which borrows what the span shares.
  [[nodiscard]] context_entry identity() const noexcept {
    unsigned char const* const head = inside_; // where the tape began, wherever it is now
    context_entry own{};
    std::memcpy(own.trace_id, head + head_at::trace_id, sizeof own.trace_id);
    std::memcpy(own.span_id, head + head_at::span_id, sizeof own.span_id);
    own.flags = head[head_at::flags];
    own.remote = marks_.stands_for_remote ? 1 : 0;
    own.tag = version_tag;
    if (marks_.shed_by != 0) mark_shed(own, marks_.shed_by);
    if (marks_.shares) {
      own.trace_state = parts_.trace_state;
      own.baggage = parts_.baggage;
      own.slots = parts_.slots;
    }
    return own;
  }
  void show_parent(context_entry& entry, context_entry const& parent) noexcept;
  void inherit(context_entry const& parent, context_entry* entry) noexcept;
  void share_parts(context_entry const& parent, context_entry* entry) noexcept;
  void count_shed(producer& writer, provider_core const& core, std::uint32_t epoch, context_entry* entry) noexcept;
  void keep_parts(void* state, void* entries, void* values) noexcept {
    parts_ = {state, entries, values};
    marks_.shares = state != nullptr || entries != nullptr || values != nullptr;
  }
  SPANWISE_COLD void release_parts() noexcept {
    static_cast<void>(trace_state::adopt(parts_.trace_state));
    static_cast<void>(baggage::adopt(parts_.baggage));
    static_cast<void>(slots::adopt(parts_.slots));
    marks_.shares = false;
  }
  [[nodiscard]] std::string_view trace_state_text() const noexcept {
    if (!marks_.shares || parts_.trace_state == nullptr) [[likely]]
      return {};
    trace_state borrowed = trace_state::adopt(parts_.trace_state);
    std::string_view const text = borrowed.text();
    static_cast<void>(borrowed.release());
    return text;
  }

  void note_loss(misuse why) noexcept {
    if (!marks_.loss_told) count_misuse(why);
    marks_.loss_told = true;
  }
  void note_dropped(std::uint32_t& counter, misuse why) noexcept {
    ++counter;
    marks_.dropped = true;
    note_loss(why);
  }
  void set_when_full(attribute const& given) noexcept;
  void attribute_did_not_fit(attribute const& given) noexcept;
  void drop_repeated() noexcept;
  void put_attributes(unsigned char tag, unsigned char dropped_tag, attribute const* given, std::size_t count,
                      std::uint32_t most) noexcept;
  bool erase_key(std::string_view key) noexcept;
  void erase_field(unsigned char tag) noexcept;
  static constexpr std::size_t short_name = 127;
  void put_first_name(std::string_view name) noexcept;
  void put_name(std::string_view name) noexcept;
  bool write_record(provider_core& core, producer& writer, std::int64_t end_wall) noexcept;
  bool write_any_record(provider_core& core, producer& writer, std::int64_t end_wall) noexcept;
  static bool count_lost(producer& writer, provider_core& core, std::size_t size) noexcept;
  void publish_record(producer& writer, unsigned char* start, std::size_t written, std::size_t size,
                      std::uint16_t flags, std::int64_t end_wall) noexcept;
  std::uint16_t record_flags() const noexcept;
  std::size_t rare_room() const noexcept;
  unsigned char* put_rare(unsigned char* at) const noexcept;
  void finish_again(span_state before, std::int64_t end_wall) noexcept;
  void stay_undecided() noexcept;
  void finish_otherwise(span_state before, std::int64_t end_wall) noexcept;
  void tell_processors(std::int64_t end_wall) noexcept;
  void finish_without_writer(span_state before, std::int64_t end_wall) noexcept;
  producer* enter_writer(provider_core& core) noexcept;

  // What a call of set() looks at stands in front, where it is reached with the shortest instructions.
  tape tape_; ///< begins with the head of the record
  bool writable_;
  span_state state_;
  status_code status_;
  bool has_parent_;
  unsigned char parent_flags_;
  std::uint16_t scope_;
  rare_marks marks_;
  std::uint64_t keys_; ///< a bit for each key on the tape, as its hash has it
  std::uint32_t dropped_attributes_;
  std::uint32_t dropped_events_;
  std::uint64_t key_sum_; ///< the sum of the bits in keys_, each as often as it came
  std::uint64_t seen_; ///< the bits of all text, as put_text gathers them
  std::uint32_t attributes_left_;
  std::uint32_t dropped_links_;
  std::uint32_t epoch_;
  std::uint32_t exceptions_;
  std::uint32_t events_left_;
  std::uint32_t links_left_;
  provider_core* core_;
  clock_reading start_;
  shared_parts parts_;
  unsigned char inside_[inside_size];
};

/// A text attribute, the most frequent of those that are not inlined.
[[gnu::noinline]] inline void span_body::set_text(char const* key, attribute::facts about, void const* text,
                                                  std::uint64_t size) noexcept {
  std::size_t const key_size = about.key_size();
  std::uint64_t const inner = key_size + size + 6;
  if (key_size - 1 >= longest_key_of_text || inner > 127 || size > core_->limits.attribute_value_length || attributes_left_ == 0 ||
      !tape_.has(inner + 2)) [[unlikely]]
    return set_any(key, about, text, size, nullptr);
  note_key(about);
  std::uint64_t seen = seen_; // in a register: stores of characters might change the member
  put_short_text(tape_, tag::span_attribute, {key, key_size},
                 {static_cast<char const*>(text), static_cast<std::size_t>(size)}, seen);
  seen_ = seen;
}

/// Any attribute, with all that may be wrong with it.
[[gnu::noinline]] inline void span_body::set_any(char const* key, attribute::facts about, void const* data,
                                                 std::uint64_t number, value::writer write) noexcept {
  attribute const given{key, about, data, number, write};
  if (about.key_size() == 0) return count_misuse(misuse::bad_any_key);
  if (attributes_left_ == 0) return set_when_full(given);
  note_key(about);
  note_value(about.kind());
  if (!put_any_attribute(tape_, tag::span_attribute, given.key_text(), given.value(), core_->limits))
    attribute_did_not_fit(given);
}

/// A container, or a value of a type of the user's, whose code may do anything with the span meanwhile, also end it.
[[gnu::noinline]] inline void span_body::set_nested(char const* key, attribute::facts about, void const* data,
                                                    std::uint64_t number, value::writer write) noexcept {
  attribute const given{key, about, data, number, write};
  span_state const before = state_;
  ready_attributes const ready{&given, 1, core_->limits, tape_.left()};
  if (state_ == before) set(ready);
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/trace/span_beginning.hpp
//
// How a span begins: its identity from the parent, the answer of the sampler's table, the head of its record, its name.
// The usual cases have functions of their own, with nothing to decide in them.

namespace spanwise::inline SPANWISE_ABI::detail {

[[nodiscard]] SPANWISE_INLINE std::uint16_t scope_number(provider_core& core, scope_ref const& scope,
                                                         thread_state& thread) noexcept {
  return scope.hash == unnamed_scope_hash // which start() adds first of all
             ? std::uint16_t{0}
             : thread.scope_number(core, scope);
}

/// Where a span of some source goes, and whether anything takes it there.
struct destination {
  provider_core* core;
  std::uint32_t epoch;
  bool live;
};

[[nodiscard]] inline destination destination_of(tracer_source const& source, thread_state& thread) noexcept {
  provider_core* const core = source.core != nullptr ? source.core : default_provider.load(acquire);
  if (core == nullptr) return {nullptr, 0, false};
  std::uint32_t const epoch = core->epoch.load(acquire);
  bool live = provider_core::running(epoch) && thread.suppressed == 0 && (source.epoch == 0 || source.epoch == epoch);
  if (live && core->hooks.load(relaxed) != nullptr) [[unlikely]]
    live = tracer_enabled(*core, epoch, scope_number(*core, source.scope, thread), thread);
  return {core, epoch, live};
}

// An entry above the top shares nothing: what it held was let go of when it was taken off.
SPANWISE_INLINE void span_body::fill(context_entry& entry, std::uint64_t trace_high, std::uint64_t trace_low,
                                     std::uint64_t own, std::uint32_t flags) noexcept {
  store(entry.trace_id, trace_high);
  store(entry.trace_id + 8, trace_low);
  store(entry.span_id, own);
  static_assert(offsetof(context_entry, remote) == offsetof(context_entry, flags) + 1 &&
                offsetof(context_entry, owner_kind) == offsetof(context_entry, flags) + 2 &&
                offsetof(context_entry, nature) == offsetof(context_entry, flags) + 3);
  store(&entry.flags, (flags & 0xff) | std::uint32_t{static_cast<unsigned char>(entry_owner::span)} << 16 |
                          std::uint32_t{static_cast<unsigned char>(entry_nature::plain)} << 24);
  entry.tag = version_tag;
  store_plain(entry.owner, static_cast<void*>(this), relaxed);
}

/// All that does not depend on the parent. The head's end is where the tape's cursor stands. What lies side by side is
/// written together: a start is bound by the number of its stores.
SPANWISE_INLINE void span_body::start_recording(provider_core& core, std::uint32_t epoch, thread_state& thread,
                                                scope_ref const& scope, std::string_view name, bool has_parent,
                                                span_state state) noexcept {
  std::uint16_t const number = scope_number(core, scope, thread);
  auto const at = [this](std::size_t offset) { return reinterpret_cast<unsigned char*>(this) + offset; };
  static_assert(offsetof(span_body, scope_) == offsetof(span_body, writable_) + 6 &&
                offsetof(span_body, marks_) == offsetof(span_body, writable_) + 8);
  store(at(offsetof(span_body, writable_)),
        two_words{1 | std::uint64_t{static_cast<unsigned char>(state)} << 8 | std::uint64_t{has_parent} << 24 |
                      std::uint64_t{number} << 48,
                  0});
  core_ = &core;
  static_assert(offsetof(span_limits, link_count) == offsetof(span_limits, event_count) + 4 &&
                offsetof(span_body, links_left_) == offsetof(span_body, events_left_) + 4);
  static_assert(offsetof(span_body, dropped_links_) == offsetof(span_body, attributes_left_) + 4 &&
                offsetof(span_body, exceptions_) == offsetof(span_body, epoch_) + 4);
  store(at(offsetof(span_body, attributes_left_)), std::uint64_t{core.limits.attribute_count});
  store(at(offsetof(span_body, epoch_)), std::uint64_t{epoch});
  store(at(offsetof(span_body, events_left_)), load<std::uint64_t>(&core.limits.event_count));
  static_assert(offsetof(span_body, dropped_events_) == offsetof(span_body, keys_) + 12);
  store(at(offsetof(span_body, keys_)), two_words{});
  key_sum_ = 0;
  if (unsigned int const thrown = thread.exceptions(); thrown != 0) [[unlikely]]
    exceptions_ = thrown;
  put_first_name(name);
}

SPANWISE_INLINE void span_body::begin_child(provider_core& core, thread_state& thread, thread_state::lane const& lane,
                                            scope_ref const& scope, std::string_view name, unsigned char kind,
                                            context_entry const& parent, context_entry& entry) noexcept {
  auto const trace_high = load<std::uint64_t>(parent.trace_id);
  auto const trace_low = load<std::uint64_t>(parent.trace_id + 8);
  auto const parent_span = load<std::uint64_t>(parent.span_id);
  std::uint64_t const own = thread.random.nonzero();
  std::uint32_t const random = parent.flags & trace_flags::random_bit;
  fill(entry, trace_high, trace_low, own, random | trace_flags::sampled_bit);
  thread_counts& counts = lane.writer->counts;
  add_own<std::uint64_t>(counts.started, 1);
  add_own<std::int64_t>(counts.in_flight, 1);
  tape_.open(inside_, sizeof inside_, core.limits.max_span_bytes);
  put_head_tags(inside_, std::uint64_t{random} | trace_flags::sampled_bit | span_view::remote_known, kind);
  put_ids(trace_high, trace_low, own);
  put_parent(inside_, parent_span);
  tape_.advance_to(inside_ + head_at::child_size);
  start_recording(core, lane.epoch, thread, scope, name, true, span_state::recording);
  start_ = process_clock.now();
  store(tape_.data() + head_at::start, start_.wall); // a long name may have moved it to the heap
}

SPANWISE_INLINE void span_body::skip_child(random_source& random, producer& writer, context_entry const& parent,
                                           context_entry& entry) noexcept {
  auto const trace_high = load<std::uint64_t>(parent.trace_id);
  auto const trace_low = load<std::uint64_t>(parent.trace_id + 8);
  std::uint32_t const flags = parent.flags & trace_flags::random_bit;
  std::uint64_t const own = random.nonzero();
  fill(entry, trace_high, trace_low, own, flags);
  put_identity(trace_high, trace_low, own, flags);
  writable_ = false;
  state_ = span_state::unsampled;
  marks_ = {};
  tape_.open_none();
  add_own<std::uint64_t>(writer.counts.started, 1);
  add_own<std::uint64_t>(writer.counts.sampled_out, 1);
}

/// The mark of traces that this pipeline leaves out for want of memory; the next fifteen in its place have others.
[[nodiscard]] inline std::uint8_t shed_mark(provider_core const& core, std::uint32_t epoch) noexcept {
  std::uint32_t const run = epoch / 2 % 16;
  static_assert(16 * most_providers < 250);
  return static_cast<std::uint8_t>(1 + run * most_providers + core.index);
}

[[gnu::noinline]] inline bool span_body::begin(provider_core& core, std::uint32_t epoch, scope_ref const& scope,
                                               std::string_view name, unsigned char kind, span_options const* options,
                                               thread_state& thread, context_entry const& parent,
                                               context_entry* entry) noexcept {
  clear();
  producer* const writer = thread.find(core, epoch);
  if (writer == nullptr) return false;
  auto trace_high = load<std::uint64_t>(parent.trace_id);
  auto trace_low = load<std::uint64_t>(parent.trace_id + 8);
  auto const parent_span = load<std::uint64_t>(parent.span_id);
  bool const rooted = options != nullptr && options->parent.root();
  bool const parent_remote = parent.remote != 0;
  has_parent_ = (trace_high | trace_low) != 0 && parent_span != 0 && !rooted;

  parent_case situation = parent_case::none;
  std::uint32_t flags = trace_flags::random_bit | span_view::remote_known;
  if (has_parent_) {
    bool const parent_sampled = (parent.flags & trace_flags::sampled_bit) != 0;
    situation = static_cast<parent_case>((parent_remote ? 1 : 3) + (parent_sampled ? 0 : 1));
    flags = (parent.flags & trace_flags::random_bit) | span_view::remote_known | (parent_remote ? span_view::remote : 0U);
  } else {
    trace_high = thread.random();
    trace_low = thread.random.nonzero();
  }
  // Under more than it can carry whole traces are left out, rather than spans of all: those that begin here, and what
  // is below them on their thread. What no memory is taken for is never left out.
  bool const begins_here = situation != parent_case::local_sampled && situation != parent_case::local_unsampled;
  quick_decision const wanted = core.quick[static_cast<std::size_t>(situation)].load(relaxed);
  bool const scarce = begins_here && (wanted == quick_decision::record_and_sample || wanted == quick_decision::ask) && core.lacks_room();
  bool const shed = begins_here ? scarce && wanted == quick_decision::record_and_sample : shed_by(parent) == shed_mark(core, epoch);
  quick_decision const decision = shed ? quick_decision::drop : wanted;
  if (decision == quick_decision::record_and_sample) flags |= trace_flags::sampled_bit;
  std::uint64_t own = thread.random.nonzero();
  if (span_hooks* const hooks = core.hooks.load(relaxed); hooks != nullptr) [[unlikely]] {
    visit const inside{core, epoch, *writer, thread};
    if (!inside) return false;
    if (!hooks->ids.empty()) {
      if (entry != nullptr) show_parent(*entry, parent);
      hooks->choose_ids(has_parent_, trace_high, trace_low, own, flags);
      if (entry != nullptr) clear_entry(*entry);
    }
  }
  tape_.open(inside_, sizeof inside_, core.limits.max_span_bytes);
  add_own<std::uint64_t>(writer->counts.started, 1);
  if (entry != nullptr) fill(*entry, trace_high, trace_low, own, flags);
  if (decision == quick_decision::drop) {
    put_identity(trace_high, trace_low, own, flags);
    inherit(parent, entry);
    if (shed) count_shed(*writer, core, epoch, entry);
    else add_own<std::uint64_t>(writer->counts.sampled_out, 1);
    state_ = span_state::unsampled;
    return false;
  }

  add_own<std::int64_t>(writer->counts.in_flight, 1);
  span_state const state = decision == quick_decision::ask           ? span_state::undecided
                           : decision == quick_decision::record_only ? span_state::record_only
                                                                     : span_state::recording;
  put_head_tags(inside_, flags, kind);
  put_ids(trace_high, trace_low, own);
  if (has_parent_) put_parent(inside_, parent_span);
  tape_.advance_to(inside_ + head_size());
  start_recording(core, epoch, thread, scope, name, has_parent_, state);
  parent_flags_ = parent.flags;
  marks_.scarce = scarce;
  inherit(parent, entry);
  start_ = process_clock.now();
  bool const told = options != nullptr && options->start.unix_ns != 0;
  store(tape_.data() + head_at::start, told ? options->start.unix_ns : start_.wall);
  if (options == nullptr) return true;
  for (link const& each : options->links)
    with_ready(each.attributes.begin(), each.attributes.size(), [&](attribute const* ready, std::size_t count) {
      if (writable_) add_link(each.to, ready, count);
    });
  return writable_;
}

/// While ids are chosen the parent is current: an entry that nobody owns would be taken off by who looks at the context.
SPANWISE_COLD void span_body::show_parent(context_entry& entry, context_entry const& parent) noexcept {
  context_access::write(entry, context_access::read(parent));
  entry.owner_kind = static_cast<unsigned char>(entry_owner::attached);
  store_plain(entry.owner, static_cast<void*>(this), relaxed);
}

/// Its trace is left out for want of memory; what is below it will see that in its entry or its context.
SPANWISE_COLD void span_body::count_shed(producer& writer, provider_core const& core, std::uint32_t epoch,
                                         context_entry* entry) noexcept {
  add_own<std::uint64_t>(writer.counts.dropped[static_cast<std::size_t>(drop_reason::trace_shed)], 1);
  marks_.shed_by = shed_mark(core, epoch);
  if (entry != nullptr) mark_shed(*entry, marks_.shed_by);
}

/// What a parent shares goes on to the span and to its entry, and that a pipeline leaves its trace out.
inline void span_body::inherit(context_entry const& parent, context_entry* entry) noexcept {
  share_parts(parent, entry);
  marks_.shed_by = has_parent_ ? shed_by(parent) : std::uint8_t{0};
  if (marks_.shed_by != 0 && entry != nullptr) mark_shed(*entry, marks_.shed_by);
}

inline void span_body::share_parts(context_entry const& parent, context_entry* entry) noexcept {
  auto const parts = reinterpret_cast<std::uintptr_t>(parent.trace_state) |
                     reinterpret_cast<std::uintptr_t>(parent.baggage) | reinterpret_cast<std::uintptr_t>(parent.slots);
  if (parts == 0 || parent.tag != version_tag) return;
  void* const state = has_parent_ ? parent.trace_state : nullptr;
  if (entry != nullptr) {
    entry->trace_state = trace_state::share(state).release();
    entry->baggage = baggage::share(parent.baggage).release();
    entry->slots = slots::share(parent.slots).release();
    entry->nature = static_cast<unsigned char>(entry_nature::any);
  }
  keep_parts(trace_state::share(state).release(), baggage::share(parent.baggage).release(),
             slots::share(parent.slots).release());
}

/// On the tape that has nothing but the head yet.
SPANWISE_INLINE void span_body::put_first_name(std::string_view name) noexcept {
  static_assert(head_at::child_size + 2 + short_name <= inside_size);
  if (name.size() > short_name) [[unlikely]]
    return put_name(name);
  unsigned char* const at = tape_.cursor();
  store(at, static_cast<std::uint16_t>(tag::span_name | name.size() << 8));
  std::uint64_t seen = 0;
  tape_.advance_to(put_text(at + 2, name.data(), name.size(), seen));
  seen_ = seen;
}

SPANWISE_COLD void span_body::put_name(std::string_view name) noexcept {
  seen_ = beyond_ascii; // it is not looked at here
  if (!tape_.reserve(name.size() + 1 + max_varint_size)) {
    std::size_t const room = tape_.room();
    name = room < 64 ? std::string_view{} : truncate_bytes(name, room - 32);
    if (room < 1 + max_varint_size) return;
  }
  unsigned char* at = tape_.cursor();
  *at++ = tag::span_name;
  at = put_varint(at, name.size());
  tape_.advance_to(put_bytes(at, name.data(), name.size()));
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/trace/span_ending.hpp
//
// How a span ends: what was written of it becomes one record in the chunk of the thread that ends it, or is counted as
// lost. Inlined into the one function that ends spans.

namespace spanwise::inline SPANWISE_ABI::detail {

SPANWISE_INLINE void span_body::finish(span_state before, std::int64_t end_wall) noexcept {
  if (before != span_state::recording) [[unlikely]]
    return finish_otherwise(before, end_wall);
  provider_core& core = *core_; // in a register: stores of characters might change the member
  producer* const writer = enter_writer(core);
  if (writer == nullptr) [[unlikely]]
    return finish_without_writer(before, end_wall);
  if (write_record(core, *writer, end_wall)) [[likely]] {
    if (core.on_publish != nullptr) [[unlikely]]
      core.on_publish(core);
    return writer->leave();
  }
  add_own<std::int64_t>(writer->counts.in_flight, -1);
  writer->leave();
}

/// A span that is not sent, or whose end processors want to see before it is.
SPANWISE_COLD void span_body::finish_otherwise(span_state before, std::int64_t end_wall) noexcept {
  bool const runs = core_->epoch.load(acquire) == epoch_;
  if (marks_.watched && runs && this_thread() == nullptr)
    if (passing_thread const for_this_call; for_this_call) return finish_again(before, end_wall);
  if (marks_.watched) tell_processors(end_wall);
  marks_.watched = false;
  if (before == span_state::watched) return finish_again(span_state::recording, end_wall);
  producer* const writer = enter_writer(*core_);
  if (writer == nullptr) return finish_without_writer(before, end_wall);
  add_own<std::uint64_t>(writer->counts.record_only, 1);
  add_own<std::int64_t>(writer->counts.in_flight, -1);
  writer->leave();
}

/// First all processors may still add to it, then each sees what came of it: the whole message, outside the pipeline's
/// memory, where a span that ends meanwhile can't touch it.
SPANWISE_COLD void span_body::tell_processors(std::int64_t end_wall) noexcept {
  thread_state* const thread = this_thread();
  producer* const writer = thread == nullptr ? nullptr : thread->find(*core_, epoch_);
  if (writer == nullptr) return;
  visit const inside{*core_, epoch_, *writer, *thread};
  span_hooks* const hooks = core_->hooks.load(relaxed);
  if (!inside || hooks == nullptr) return;
  store(tape_.data() + head_at::end, end_wall);
  hooks->calls->on_ending(hooks->processors, *this);
  if (repeated()) drop_repeated();
  inline_tape whole{record::max_size};
  std::size_t const written = tape_.size();
  if (!whole.reserve(written + rare_room())) return;
  std::memcpy(whole.data(), tape_.data(), written);
  whole.advance_to(put_rare(whole.data() + written));
  record const finished{reinterpret_cast<std::byte const*>(whole.data()) + head_at::message,
                        static_cast<std::uint32_t>(whole.size() - head_at::message), scope_, record_flags()};
  hooks->tell_finished(*hooks, finished, core_->scopes[scope_]);
}

[[gnu::noinline]] inline void span_body::finish_again(span_state before, std::int64_t end_wall) noexcept {
  finish(before, end_wall);
}

/// The pipeline has stopped, or the thread is ending, or there is no memory.
SPANWISE_COLD void span_body::finish_without_writer(span_state before, std::int64_t end_wall) noexcept {
  std::uint32_t const since = core_->epoch.load(acquire) - epoch_;
  if (since == 0 && this_thread_state == nullptr) {
    if (passing_thread const for_this_call; for_this_call) return finish_again(before, end_wall);
  }
  if (since <= 1) core_->late.fetch_add(1, relaxed);
}

/// This thread's producer, entered. nullptr if the pipeline has stopped, the process has forked or the thread is
/// ending.
SPANWISE_INLINE producer* span_body::enter_writer(provider_core& core) noexcept {
  thread_state* const thread = this_thread();
  producer* const writer = thread != nullptr ? thread->find(core, epoch_) : nullptr;
  if (writer == nullptr) [[unlikely]]
    return nullptr;
  while (!writer->enter(!core.heavy_fences)) [[unlikely]] {
    writer->leave();
    if (writer->gate.load(acquire) != gate_state::reclaimed) return nullptr;
    writer->restart();
  }
  if (core.epoch.load(relaxed) == epoch_) [[likely]]
    return writer;
  writer->leave();
  return nullptr;
}

/// What the back half has to look at.
SPANWISE_COLD std::uint16_t span_body::record_flags() const noexcept {
  std::uint16_t const text = (seen_ & beyond_ascii) != 0 ? record::unchecked_text : std::uint16_t{0};
  return repeated() || marks_.nested ? static_cast<std::uint16_t>(text | record::overwrites) : text;
}

/// The most that put_rare writes.
SPANWISE_COLD std::size_t span_body::rare_room() const noexcept {
  return 4 + 3 * 6 + 1 + max_varint_size + trace_state_text().size();
}

/// The fields that few spans have.
SPANWISE_COLD unsigned char* span_body::put_rare(unsigned char* at) const noexcept {
  if (std::string_view const state = trace_state_text(); !state.empty()) {
    *at++ = tag::span_trace_state;
    at = put_varint(at, state.size());
    at = put_bytes(at, state.data(), state.size());
  }
  if (marks_.status_left_out) {
    *at++ = tag::span_status;
    *at++ = 2;
    *at++ = tag::status_code;
    *at++ = static_cast<unsigned char>(status_);
  }
  auto const counted = [&](unsigned char tag, std::uint32_t count) {
    if (count == 0) return;
    *at++ = tag;
    at = put_varint(at, count);
  };
  counted(tag::span_dropped_attributes, dropped_attributes_);
  counted(tag::span_dropped_events, dropped_events_);
  counted(tag::span_dropped_links, dropped_links_);
  return at;
}

/// False, with the loss counted, if there is no memory for it. Here the usual case: what is on the tape, which never
/// grows too large for a record, is all of it.
SPANWISE_INLINE bool span_body::write_record(provider_core& core, producer& writer, std::int64_t end_wall) noexcept {
  std::size_t const size = tape_.size();
  std::uint64_t const unusual = load<std::uint64_t>(&marks_) | (seen_ & beyond_ascii) | (key_sum_ ^ keys_);
  if (unusual != 0 || core.most_spans != 0) [[unlikely]]
    return write_any_record(core, writer, end_wall);
  unsigned char* const start = writer.reserve(core.pool, static_cast<std::uint32_t>(size));
  if (start == nullptr) [[unlikely]]
    return count_lost(writer, core, size);
  publish_record(writer, start, size, size, 0, end_wall);
  return true;
}

/// Any record, with all that may have to be added.
[[gnu::noinline]] inline bool span_body::write_any_record(provider_core& core, producer& writer,
                                                          std::int64_t end_wall) noexcept {
  bool const rare = marks_.any();
  std::size_t const written = tape_.size();
  std::size_t const room = rare ? written + rare_room() : written;
  if (room > record::max_size) return count_lost(writer, core, room);
  bool const placed = core.most_spans == 0 || core.take_place();
  unsigned char* const start = placed ? writer.reserve(core.pool, static_cast<std::uint32_t>(room)) : nullptr;
  if (start == nullptr) {
    if (core.most_spans != 0) core.queued.fetch_sub(1, relaxed);
    return count_lost(writer, core, room);
  }
  std::uint16_t const flags = record_flags();
  std::size_t const size = rare ? static_cast<std::size_t>(put_rare(start + written) - start) : written;
  publish_record(writer, start, written, size, flags, end_wall);
  return true;
}

SPANWISE_COLD bool span_body::count_lost(producer& writer, provider_core& core, std::size_t size) noexcept {
  bool const never = size > record::max_size || size > core.pool.largest_chunk();
  drop_reason const why = never ? drop_reason::too_large : drop_reason::queue_full;
  add_own<std::uint64_t>(writer.counts.dropped[static_cast<std::size_t>(why)], 1);
  if (!never && core.on_publish != nullptr) core.on_publish(core); // no thread makes room for the next one
  return false;
}

SPANWISE_INLINE void span_body::publish_record(producer& writer, unsigned char* start, std::size_t written,
                                               std::size_t size, std::uint16_t flags, std::int64_t end_wall) noexcept {
  put_block(start, tape_.data(), written);
  store(start + head_at::end, end_wall);
  put_header(start, {static_cast<std::uint32_t>(size - head_at::message), scope_, flags});
  writer.publish(static_cast<std::uint32_t>(size));
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/trace/span_changes.hpp
//
// What a span does beside starting, taking attributes and ending: events, links, status, a new name, and keeping within
// its limits. None of it is on the shortest path, so all of it is out of line.

namespace spanwise::inline SPANWISE_ABI::detail {

/// Walks the fields of a tape behind its head, which all are length-delimited. `each(number, body, from, to)` gives true
/// to go on.
template <class Each> void walk_tape(tape& from, std::size_t head, Each const& each) noexcept {
  wire_reader fields{{reinterpret_cast<std::byte const*>(from.data()) + head, from.size() - head}};
  auto const* start = fields.position();
  for (wire_field field; fields.next(field); start = fields.position())
    if (!each(field.number, field.bytes, const_cast<unsigned char*>(reinterpret_cast<unsigned char const*>(start)),
              const_cast<unsigned char*>(reinterpret_cast<unsigned char const*>(fields.position()))))
      return;
}

inline constexpr std::uint32_t attribute_field = tag::span_attribute >> 3;

/// The key of an encoded KeyValue as the tape writes it: always the first field.
inline std::string_view key_of(std::span<std::byte const> entry) noexcept {
  wire_reader fields{entry};
  wire_field field;
  return fields.next(field) && field.is(1, wire_type::bytes) ? field.text() : std::string_view{};
}

inline void span_body::erase_field(unsigned char tag) noexcept {
  walk_tape(tape_, head_size(), [&](std::uint32_t number, std::span<std::byte const>, unsigned char* from, unsigned char* to) {
    if (number != static_cast<std::uint32_t>(tag >> 3)) return true;
    tape_.erase(from, to);
    return false;
  });
}

inline bool span_body::erase_key(std::string_view key) noexcept {
  bool found = false;
  walk_tape(tape_, head_size(), [&](std::uint32_t number, std::span<std::byte const> body, unsigned char* from, unsigned char* to) {
    if (number != attribute_field || key_of(body) != key) return true;
    tape_.erase(from, to);
    found = true;
    return false;
  });
  return found;
}

/// Keeps the last value of each key. The table is of open addressing over the attributes, walked from the back.
SPANWISE_COLD void span_body::drop_repeated() noexcept {
  struct place {
    std::uint32_t from, to, key_at, key_size;
  };
  // A span that outlived its pipeline may meet other limits than those it began with; the tape tells how many there are.
  std::size_t const least = 4;
  std::size_t const written = core_->limits.attribute_count - attributes_left_;
  std::size_t const count = written < tape_.size() / least ? written : tape_.size() / least;
  std::size_t slots = 16;
  while (slots < 2 * count) slots *= 2;
  auto* const memory = static_cast<unsigned char*>(
      ::operator new(count * sizeof(place) + slots * sizeof(std::uint32_t), std::nothrow));
  if (memory == nullptr) return;
  auto* const places = reinterpret_cast<place*>(memory);
  auto* const table = reinterpret_cast<std::uint32_t*>(memory + count * sizeof(place));
  for (std::size_t i = 0; i < slots; ++i) table[i] = 0;

  std::uint32_t found = 0;
  unsigned char* const base = tape_.data() + head_size();
  walk_tape(tape_, head_size(), [&](std::uint32_t number, std::span<std::byte const> body, unsigned char* from, unsigned char* to) {
    if (number != attribute_field) return true;
    std::string_view const key = key_of(body);
    places[found++] = {static_cast<std::uint32_t>(from - base), static_cast<std::uint32_t>(to - base),
                       static_cast<std::uint32_t>(reinterpret_cast<unsigned char const*>(key.data()) - base),
                       static_cast<std::uint32_t>(key.size())};
    return found < count;
  });
  auto const text = [&](place const& at) {
    return std::string_view{reinterpret_cast<char const*>(base) + at.key_at, at.key_size};
  };
  std::uint32_t erased = 0;
  for (std::uint32_t i = found; i-- != 0;) {
    std::string_view const key = text(places[i]);
    std::uint32_t hash = 2166136261U;
    for (char const letter : key) hash = (hash ^ static_cast<unsigned char>(letter)) * 16777619U;
    std::size_t slot = hash & (slots - 1);
    while (table[slot] != 0 && text(places[table[slot] - 1]) != key) slot = (slot + 1) & (slots - 1);
    if (table[slot] == 0) table[slot] = i + 1;
    else {
      places[i].key_size = UINT32_MAX;
      ++erased;
    }
  }
  unsigned char* kept = base;
  unsigned char* from = base;
  for (std::uint32_t i = 0; i < found; ++i) {
    if (places[i].key_size != UINT32_MAX) continue;
    unsigned char* const to = base + places[i].from;
    std::memmove(kept, from, static_cast<std::size_t>(to - from));
    kept += to - from;
    from = base + places[i].to;
  }
  std::memmove(kept, from, static_cast<std::size_t>(tape_.cursor() - from));
  kept += tape_.cursor() - from;
  tape_.advance_to(kept);
  attributes_left_ += erased;
  key_sum_ = keys_;
  ::operator delete(memory);
}

/// The limit of attributes is reached: what repeats makes room first, a key that is there may be overwritten.
SPANWISE_COLD void span_body::set_when_full(attribute const& given) noexcept {
  if (repeated()) drop_repeated();
  if (erase_key(given.key_text())) ++attributes_left_;
  if (attributes_left_ == 0) return note_dropped(dropped_attributes_, misuse::limit_reached);
  --attributes_left_;
  note_bit(given.bit());
  note_value(given.value().kind);
  if (given.about().any_text()) seen_ = beyond_ascii;
  if (!put_any_attribute(tape_, tag::span_attribute, given.key_text(), given.value(), core_->limits))
    attribute_did_not_fit(given);
}

/// The memory of the span is used up: the same, and then the value is cut to what fits.
SPANWISE_COLD void span_body::attribute_did_not_fit(attribute const& given) noexcept {
  if (repeated()) drop_repeated();
  if (erase_key(given.key_text())) ++attributes_left_;
  std::size_t const before = tape_.size();
  if (put_any_attribute(tape_, tag::span_attribute, given.key_text(), given.value(), core_->limits, true)) return;
  if (tape_.size() == before) ++attributes_left_;
  note_dropped(dropped_attributes_, misuse::span_memory_full);
}

/// The attributes of an event or a link: the last value of a key, as many as the limit allows; the rest is counted.
inline void span_body::put_attributes(unsigned char tag, unsigned char dropped_tag, attribute const* given,
                                      std::size_t count, std::uint32_t most) noexcept {
  std::uint32_t dropped = 0;
  std::uint32_t written = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (given[i].absent()) continue;
    if (given[i].key_text().empty()) {
      count_misuse(misuse::bad_any_key);
      continue;
    }
    // The first of a key decides whether there is a place for it, the last what stands there.
    auto const again = [&](attribute const& other) {
      return other.bit() == given[i].bit() && !other.absent() && other.key_text() == given[i].key_text();
    };
    std::size_t last = i;
    for (std::size_t later = i + 1; later < count; ++later)
      if (again(given[later])) last = later;
    std::size_t first = 0;
    while (first < i && !again(given[first])) ++first;
    if (first < i) continue;
    attribute const& chosen = given[last];
    note_value(chosen.value().kind);
    if (chosen.about().any_text()) seen_ = beyond_ascii;
    bool const room = written < most;
    if (room && put_any_attribute(tape_, tag, chosen.key_text(), chosen.value(), core_->limits)) {
      ++written;
      continue;
    }
    ++dropped;
    note_loss(room ? misuse::span_memory_full : misuse::limit_reached);
  }
  if (dropped == 0 || !tape_.reserve(1 + max_varint_size)) return;
  *tape_.cursor() = dropped_tag;
  tape_.advance_to(put_varint(tape_.cursor() + 1, dropped));
}

[[gnu::noinline]] inline void span_body::add_event(std::string_view name, time_point when, attribute const* attributes,
                                                   std::size_t count) noexcept {
  if (events_left_ == 0) return note_dropped(dropped_events_, misuse::limit_reached);
  if (!tape_.reserve(4 + 9 + 1 + max_varint_size + name.size()))
    return note_dropped(dropped_events_, misuse::span_memory_full);
  --events_left_;
  std::size_t const start = tape_.size();
  unsigned char* at = tape_.cursor();
  at[0] = tag::span_event;
  at[4] = tag::event_time;
  store(at + 5, when.unix_ns != 0 ? when.unix_ns : now());
  at[13] = tag::event_name;
  at = put_varint(at + 14, name.size());
  tape_.advance_to(put_text(at, name.data(), name.size(), seen_));
  put_attributes(tag::event_attribute, tag::event_dropped, attributes, count, core_->limits.attribute_per_event_count);
  put_varint_3(tape_.data() + start + 1, static_cast<std::uint32_t>(tape_.size() - start - 4));
}

inline void span_body::add_link(span_context const& to, attribute const* attributes, std::size_t count) noexcept {
  std::string_view const state = to.state().text();
  bool says_something = to.valid() || !state.empty();
  for (std::size_t i = 0; i < count && !says_something; ++i) says_something = !attributes[i].absent();
  if (!says_something) return;
  if (links_left_ == 0) return note_dropped(dropped_links_, misuse::limit_reached);
  if (!tape_.reserve(4 + 18 + 10 + 5 + 1 + max_varint_size + state.size()))
    return note_dropped(dropped_links_, misuse::span_memory_full);
  --links_left_;
  std::size_t const start = tape_.size();
  unsigned char* at = tape_.cursor();
  at[0] = tag::span_link;
  at[4] = tag::link_trace_id;
  at[5] = 16;
  std::memcpy(at + 6, to.trace_id().bytes().data(), 16);
  at[22] = tag::link_span_id;
  at[23] = 8;
  std::memcpy(at + 24, to.span_id().bytes().data(), 8);
  at[32] = tag::link_flags;
  store(at + 33, std::uint32_t{to.flags().value} | span_view::remote_known | (to.remote() ? span_view::remote : 0U));
  at += 37;
  if (!state.empty()) {
    *at++ = tag::link_trace_state;
    at = put_varint(at, state.size());
    at = put_bytes(at, state.data(), state.size());
  }
  tape_.advance_to(at);
  put_attributes(tag::link_attribute, tag::link_dropped, attributes, count, core_->limits.attribute_per_link_count);
  put_varint_3(tape_.data() + start + 1, static_cast<std::uint32_t>(tape_.size() - start - 4));
}

/// Ok is final, unset changes nothing, a later error replaces an earlier one (trace API, Set Status).
inline void span_body::set_status(status_code code, std::string_view description) noexcept {
  if (code == status_code::unset || code > status_code::error || status_ == status_code::ok) return;
  if (status_ != status_code::unset) erase_field(tag::span_status);
  marks_.status_left_out = false;
  status_ = code;
  if (code == status_code::ok) description = {};
  constexpr std::size_t frame = 1 + 1 + max_varint_size + max_varint_size + 2;
  if (!tape_.reserve(frame + description.size())) {
    std::size_t const room = tape_.room();
    marks_.status_left_out = room < frame;
    if (marks_.status_left_out) return;
    description = truncate_bytes(description, room - frame);
  }
  std::size_t const message = description.empty() ? 0 : 1 + varint_size(description.size()) + description.size();
  unsigned char* at = tape_.cursor();
  *at++ = tag::span_status;
  at = put_varint(at, message + 2);
  if (message != 0) {
    *at++ = tag::status_message;
    at = put_varint(at, description.size());
    at = put_text(at, description.data(), description.size(), seen_);
  }
  *at++ = tag::status_code;
  *at++ = static_cast<unsigned char>(code);
  tape_.advance_to(at);
}

inline void span_body::update_name(std::string_view name) noexcept {
  erase_field(tag::span_name);
  put_name(name);
}

/// Asks the sampler that wanted to see the span, and tells the processors of it. Both live as long as the visit.
SPANWISE_COLD void span_body::decide(context_entry* entry) noexcept {
  thread_state* const thread = this_thread();
  producer* const writer = thread == nullptr ? nullptr : thread->find(*core_, epoch_);
  if (writer == nullptr) return stay_undecided();
  visit const inside{*core_, epoch_, *writer, *thread};
  if (!inside) return stay_undecided();
  class context parent = context();
  span_context const own = parent.span();
  unsigned char const* const head = tape_.data();
  parent = parent.with(
      has_parent_
          ? span_context{own.trace_id(),
                         span_id::from_bytes(std::span<std::uint8_t const, 8>{head + head_at::parent_id, 8}),
                         trace_flags{parent_flags_}, own.state(),
                         (load<std::uint32_t>(head + head_at::flags) & span_view::remote) != 0}
          : span_context{});
  span_view const asked = so_far();
  writable_ = false; // what is asked views the tape, so nobody may write there meanwhile
  sampling_result const answer = core_->sampler->should_sample({parent, own.trace_id(), asked.name(), asked.kind(), asked.attributes(),
                                                                asked.links(), own.flags().random()});
  writable_ = true;
  if (answer.state) {
    if (!marks_.shares) parts_ = {};
    static_cast<void>(trace_state::adopt(parts_.trace_state));
    keep_parts(trace_state{*answer.state}.release(), parts_.baggage, parts_.slots);
    if (entry != nullptr) {
      static_cast<void>(trace_state::adopt(entry->trace_state));
      entry->trace_state = trace_state{*answer.state}.release();
      if (is(*entry, entry_nature::plain)) entry->nature = static_cast<unsigned char>(entry_nature::any);
    }
  }
  bool const sampled = answer.decision == sampling_decision::record_and_sample;
  bool const shed = marks_.scarce && sampled;
  marks_.scarce = false;
  bool const recorded = sampled || answer.decision == sampling_decision::record_only;
  if (shed || !recorded) { // what is no decision at all drops too
    state_ = span_state::unsampled;
    writable_ = false;
    if (shed) count_shed(*writer, *core_, epoch_, entry);
    else add_own<std::uint64_t>(writer->counts.sampled_out, 1);
    add_own<std::int64_t>(writer->counts.in_flight, -1);
    return;
  }
  for (std::span<attribute const> const group : answer.attributes.groups())
    for (attribute const& given : group) set(given);
  if (!undecided()) return; // a value has ended the span
  state_ = sampled ? span_state::recording : span_state::record_only;
  if (sampled) {
    add_flags(trace_flags::sampled_bit);
    if (entry != nullptr) entry->flags |= trace_flags::sampled_bit;
  }
  span_hooks* const hooks = core_->hooks.load(relaxed);
  if (hooks == nullptr || hooks->calls == nullptr) return;
  marks_.watched = true;
  if (sampled) state_ = span_state::watched;
  hooks->calls->on_start(hooks->processors, *this, parent);
}

/// The pipeline has stopped since the span began: there is nobody to ask, nor to send it.
SPANWISE_COLD void span_body::stay_undecided() noexcept {
  state_ = span_state::recording;
  marks_.scarce = false;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/trace/span.hpp
//
// The span: a piece of work being timed, for as long as a variable lives. The one type that business code needs.

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

// spanwise/trace/span_calls.hpp
//
// The calls of a span that is reached through something else: a handle, or whatever is current.
// They are those of `span`, which has its own because they are inlined there.

namespace spanwise::inline SPANWISE_ABI {

/// `Self::change(f)` calls `f(body)` if there is a span that is recorded, safely.
template <class Self> class span_calls {
public:
  template <class Value> void set(key name, Value const& value) const noexcept { set(attribute{name, value}); }
  template <class Value> void set(any_key name, Value const& value) const noexcept { set(attribute{name, value}); }
  template <class Held, class Value> void set(typed_key<Held> name, Value const& value) const noexcept {
    set(attribute{name, value});
  }
  template <class Element> void set(key name, std::initializer_list<Element> values) const noexcept {
    set(attribute{name, values});
  }
  template <class Element> void set(any_key name, std::initializer_list<Element> values) const noexcept {
    set(attribute{name, values});
  }
  template <class Held, class Element>
  void set(typed_key<Held> name, std::initializer_list<Element> values) const noexcept {
    set(attribute{name, values});
  }
  void set(key name, std::initializer_list<attribute> entries) const noexcept { set(attribute{name, entries}); }
  void set(any_key name, std::initializer_list<attribute> entries) const noexcept { set(attribute{name, entries}); }
  void set(attribute const& a, attribute const& b = {}, attribute const& c = {}, attribute const& d = {},
           attribute const& e = {}, attribute const& f = {}, attribute const& g = {},
           attribute const& h = {}) const noexcept {
    attribute const* const all[]{&a, &b, &c, &d, &e, &f, &g, &h};
    attribute const* const* at = all;
    attribute const* const* const end = all + sizeof all / sizeof *all;
    while (at != end) {
      detail::span_body::value_bounds bounds{};
      change([&](detail::span_body& body) {
        while (at != end && body.set(**at, false)) ++at;
        if (at != end) bounds = body.bounds();
      });
      if (bounds.limits == nullptr) [[likely]]
        return;
      set_ready(**at++, bounds);
    }
  }

  SPANWISE_INLINE void event(text_view name, attribute const& a = {}, attribute const& b = {}, attribute const& c = {},
             attribute const& d = {}) const noexcept {
    event(name, time_point{}, a, b, c, d);
  }
  SPANWISE_INLINE void event(text_view name, time_point when, attribute const& a = {}, attribute const& b = {},
             attribute const& c = {}, attribute const& d = {}) const noexcept {
    if (a.nested() || b.nested() || c.nested() || d.nested()) [[unlikely]] add_any_event(name, when, {a, b, c, d});
    else add_event(name, when, {a, b, c, d});
  }
  void link(span_context const& to, attribute const& a = {}, attribute const& b = {}, attribute const& c = {},
            attribute const& d = {}) const noexcept {
    with_ready({a, b, c, d}, [&](attribute const* ready, std::size_t count) {
      change([&](detail::span_body& body) { body.add_link(to, ready, count); });
    });
  }

  void error(text_view description = {}) const noexcept { status(status_code::error, description); }
  void ok() const noexcept { status(status_code::ok); }
  void status(status_code code, text_view description = {}) const noexcept {
    change([&](detail::span_body& body) { body.set_status(code, description); });
  }
  void update_name(text_view name) const noexcept {
    change([&](detail::span_body& body) { body.update_name(name); });
  }

  template <class Exception>
  void record_exception(Exception const& thrown, attribute const& a = {}, attribute const& b = {},
                        attribute const& c = {}, attribute const& d = {}) const noexcept {
    record_exception(thrown, time_point{}, a, b, c, d);
  }
  template <class Exception>
  void record_exception(Exception const& thrown, time_point when, attribute const& a = {}, attribute const& b = {},
                        attribute const& c = {}, attribute const& d = {}) const noexcept {
    detail::with_exception(thrown, [&](std::string_view type, std::string_view message) {
      add_any_event("exception", when,
                    {{"exception.type", type}, {"exception.message", detail::if_any(message)}, a, b, c, d});
    });
  }
  template <class Exception> void record_failure(Exception const& thrown) const noexcept {
    detail::with_exception(thrown, [&](std::string_view type, std::string_view message) {
      add_event("exception", {}, {{"exception.type", type}, {"exception.message", detail::if_any(message)}});
      set("error.type", type);
      error(message);
    });
  }
  template <class Result> bool check(Result const& result) const noexcept {
    bool const good = detail::succeeded(result);
    if (!good)
      detail::with_failure(result, [&](std::string_view type, std::string_view message) {
        if (!type.empty()) set("error.type", type);
        error(message);
      });
    return good;
  }

private:
  template <class Change> void change(Change const& apply) const noexcept {
    static_cast<Self const&>(*this).change(apply);
  }
  void add_event(std::string_view name, time_point when, std::initializer_list<attribute> attributes) const noexcept {
    change([&](detail::span_body& body) { body.add_event(name, when, attributes.begin(), attributes.size()); });
  }
  void add_any_event(std::string_view name, time_point when, std::initializer_list<attribute> attributes) const noexcept {
    with_ready(attributes, [&](attribute const* ready, std::size_t count) {
      change([&](detail::span_body& body) { body.add_event(name, when, ready, count); });
    });
  }

  // What only code of users can write is written between two changes: by then nothing is locked, and that code may
  // change the same span.

  SPANWISE_COLD void set_ready(attribute const& given, detail::span_body::value_bounds const& bounds) const noexcept {
    detail::ready_attributes const ready{&given, 1, *bounds.limits, bounds.most};
    change([&](detail::span_body& body) { body.set(ready); });
  }
  template <class Use> void with_ready(std::initializer_list<attribute> given, Use const& use) const noexcept {
    if (!detail::any_nested(given.begin(), given.size())) return use(given.begin(), given.size());
    detail::span_body::value_bounds bounds{};
    change([&](detail::span_body& body) { bounds = body.bounds(); });
    if (bounds.limits == nullptr) return;
    detail::ready_attributes const ready{given.begin(), given.size(), *bounds.limits, bounds.most};
    use(ready.data(), ready.size());
  }
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/detached_span.hpp
//
// A span that is not tied to a scope or a thread: started here, ended there, handed on in between.
// Its calls take a lock of one byte, so any thread may make them at any time.

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

// spanwise/trace/current_span.hpp
//
// Reaches the span that is current on this thread from any function, without handing it down.

namespace spanwise::inline SPANWISE_ABI {

/// The span that is current on this thread, to add to it; each call does nothing if there is none or it is not recorded.
///
/// A passing view: use it within the expression that made it.
template <> class basic_current_span<on> : public span_calls<basic_current_span<on>> {
public:
  basic_current_span() noexcept {
    detail::context_stack* const stack = detail::this_stack();
    if (stack == nullptr) return;
    detail::context_entry const& entry = detail::current_entry(*stack);
    if (entry.tag != detail::version_tag) return;
    auto const kind = static_cast<detail::entry_owner>(entry.owner_kind);
    if (kind == detail::entry_owner::span) body_ = static_cast<detail::span_body*>(entry.owner);
    if (kind == detail::entry_owner::detached) shared_ = &static_cast<basic_activation<on>*>(entry.owner)->active();
  }

  [[nodiscard]] spanwise::context context() const noexcept { return current_context(); }
  [[nodiscard]] bool recording() const noexcept {
    if (body_ != nullptr) return body_->recording();
    if (shared_ == nullptr) return false;
    detail::byte_lock const held{shared_->lock};
    return shared_->body.recording();
  }

private:
  friend class span_calls<basic_current_span<on>>;

  template <class Change> void change(Change const& apply) const noexcept {
    if (body_ != nullptr) {
      if (body_->recording()) apply(*body_);
    } else if (shared_ != nullptr) {
      detail::byte_lock const held{shared_->lock};
      if (shared_->body.recording()) apply(shared_->body);
    }
  }

  detail::span_body* body_{};
  detail::shared_span* shared_{};
};

/// The span that is current on this thread: `spanwise::current_span().set("cart.items", n);`
template <class Mode = default_mode> [[nodiscard]] basic_current_span<Mode> current_span() noexcept { return {}; }

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/tracer.hpp
//
// Tracers name who makes spans: a library or a part of the program, with its version. A constant that costs nothing.

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

// spanwise/trace/off.hpp
//
// Tracing that is off at compile time: the same names, nothing inside. The machine code is that of the program without
// the spans. Arguments are still evaluated; a value that is dear to make belongs behind `recording()`.

namespace spanwise::inline SPANWISE_ABI {

/// Takes every call of a span and does nothing.
template <> class [[maybe_unused]] basic_span<off> {
public:
  [[nodiscard]] constexpr explicit basic_span(text_view, attribute = {}, attribute = {}, attribute = {},
                                              attribute = {}, attribute = {}, attribute = {}, attribute = {},
                                              attribute = {}) noexcept {}
  [[nodiscard]] constexpr basic_span(text_view, span_kind, attribute = {}, attribute = {}, attribute = {},
                                     attribute = {}, attribute = {}, attribute = {}, attribute = {},
                                     attribute = {}) noexcept {}
  [[nodiscard]] constexpr basic_span(text_view, span_options const&, attribute = {}, attribute = {},
                                     attribute = {}, attribute = {}, attribute = {}, attribute = {}, attribute = {},
                                     attribute = {}) noexcept {}
  basic_span(basic_span const&) = delete;
  basic_span& operator=(basic_span const&) = delete;
  // Not defaulted: a struct that holds a span would be called unused by compilers.
  constexpr ~basic_span() {}

  template <class Value> constexpr void set(key, Value const&) const noexcept {}
  template <class Value> constexpr void set(any_key, Value const&) const noexcept {}
  template <class Held, class Value> constexpr void set(typed_key<Held>, Value const&) const noexcept {
    detail::judge_value<Held, Value>();
  }
  template <class Element> constexpr void set(key, std::initializer_list<Element>) const noexcept {}
  template <class Element> constexpr void set(any_key, std::initializer_list<Element>) const noexcept {}
  template <class Held, class Element>
  constexpr void set(typed_key<Held>, std::initializer_list<Element>) const noexcept {
    detail::judge_value<Held, std::initializer_list<Element>>();
  }
  constexpr void set(key, std::initializer_list<attribute>) const noexcept {}
  constexpr void set(any_key, std::initializer_list<attribute>) const noexcept {}
  constexpr void set(attribute const&, attribute const& = {}, attribute const& = {}, attribute const& = {},
                     attribute const& = {}, attribute const& = {}, attribute const& = {},
                     attribute const& = {}) const noexcept {}
  constexpr void event(text_view, attribute const& = {}, attribute const& = {}, attribute const& = {},
                       attribute const& = {}) const noexcept {}
  constexpr void event(text_view, time_point, attribute const& = {}, attribute const& = {},
                       attribute const& = {}, attribute const& = {}) const noexcept {}
  constexpr void link(span_context const&, attribute const& = {}, attribute const& = {}, attribute const& = {},
                      attribute const& = {}) const noexcept {}
  constexpr void error(text_view = {}) const noexcept {}
  constexpr void ok() const noexcept {}
  constexpr void status(status_code, text_view = {}) const noexcept {}
  constexpr void update_name(text_view) const noexcept {}
  template <class Exception>
  constexpr void record_exception(Exception const&, attribute const& = {}, attribute const& = {}, attribute const& = {},
                                  attribute const& = {}) const noexcept {}
  template <class Exception>
  constexpr void record_exception(Exception const&, time_point, attribute const& = {}, attribute const& = {},
                                  attribute const& = {}, attribute const& = {}) const noexcept {}
  template <class Exception> constexpr void record_failure(Exception const&) const noexcept {}
  template <class Result> constexpr bool check(Result const& result) const noexcept { return detail::succeeded(result); }
  constexpr void end() const noexcept {}
  constexpr void end(time_point) const noexcept {}
  [[nodiscard]] spanwise::context context() const noexcept { return current_context(); }
  [[nodiscard]] static constexpr bool recording() noexcept { return false; }
};

/// Stands for an activation that activates nothing.
template <> class [[maybe_unused]] basic_activation<off> {
public:
  constexpr basic_activation() noexcept {}
  basic_activation(basic_activation const&) = delete;
  basic_activation& operator=(basic_activation const&) = delete;
  constexpr ~basic_activation() {}
};

template <> class [[maybe_unused]] basic_detached_span<off> : public basic_span<off> {
public:
  using basic_span<off>::basic_span;
  constexpr basic_detached_span(basic_detached_span&&) noexcept : basic_span<off>{text_view{}} {}
  constexpr basic_detached_span& operator=(basic_detached_span&&) noexcept { return *this; }
  [[nodiscard]] static constexpr basic_activation<off> activate() noexcept { return {}; }
};

template <> class [[maybe_unused]] basic_current_span<off> : public basic_span<off> {
public:
  constexpr basic_current_span() noexcept : basic_span<off>{text_view{}} {}
};

/// Makes spans that are nothing: `inline constexpr spanwise::basic_tracer<spanwise::off> tracer{"acme.orders"};`
template <> class basic_tracer<off> {
public:
  constexpr basic_tracer(text_view, text_view = {}, text_view = {}, std::span<attribute const> = {}) noexcept {}

  [[nodiscard]] constexpr basic_span<off> span(text_view name, attribute = {}, attribute = {}, attribute = {},
                                               attribute = {}, attribute = {}, attribute = {}, attribute = {},
                                               attribute = {}) const noexcept {
    return basic_span<off>{name};
  }
  [[nodiscard]] constexpr basic_span<off> span(text_view name, span_kind, attribute = {}, attribute = {},
                                               attribute = {}, attribute = {}, attribute = {}, attribute = {},
                                               attribute = {}, attribute = {}) const noexcept {
    return basic_span<off>{name};
  }
  [[nodiscard]] constexpr basic_span<off> span(text_view name, span_options const&, attribute = {},
                                               attribute = {}, attribute = {}, attribute = {}, attribute = {},
                                               attribute = {}, attribute = {}, attribute = {}) const noexcept {
    return basic_span<off>{name};
  }
  [[nodiscard]] constexpr basic_detached_span<off> detached(text_view name, span_options const& = {},
                                                            std::initializer_list<attribute> = {}) const noexcept {
    return basic_detached_span<off>{name};
  }
  template <class Work> constexpr decltype(auto) in(text_view name, Work&& work) const {
    basic_span<off> around{name};
    return detail::invoke_work(std::forward<Work>(work), around);
  }
  [[nodiscard]] static constexpr bool enabled() noexcept { return false; }
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/instrument/http_options.hpp
//
// What can be chosen about the spans of HTTP servers and clients: which requests get one, its name, what it records.
// Everything has a default that follows the HTTP conventions. The functions given here are called on the threads that
// handle requests, at the same time; what they throw counts as if they had not been given.

namespace spanwise::inline SPANWISE_ABI {

/// A request as the functions of the options see it. Views, valid during the call.
class http_request_view {
public:
  http_request_view(std::string_view method, std::string_view target, std::string_view route,
                    text_map_ref headers) noexcept
      : method_{method}, target_{detail::read_target(target)}, route_{route}, headers_{headers} {}

  /// As it was sent, known or not.
  [[nodiscard]] std::string_view method() const noexcept { return method_; }
  /// As it was sent: not decoded, without the query.
  [[nodiscard]] std::string_view path() const noexcept { return target_.path; }
  [[nodiscard]] std::string_view query() const noexcept { return target_.query; }
  /// The pattern under which a server registered the handler; empty if none matched, and on clients.
  [[nodiscard]] std::string_view route() const noexcept { return route_; }
  /// The first value of a header, whatever the case of its name; empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept {
    return detail::first_value(headers_, name);
  }
  /// All of them, to extract from.
  [[nodiscard]] text_map_ref const& headers() const noexcept { return headers_; }

private:
  std::string_view method_;
  detail::http_target target_;
  std::string_view route_;
  text_map_ref headers_;
};

/// Yes, no, or a function that says so for a request: `true`, `[](spanwise::http_request_view const& r) { return ...;
/// }`.
class http_condition {
public:
  template <std::same_as<bool> Bool> http_condition(Bool always) noexcept : always_{always} {}

  template <class Function>
  requires std::is_invocable_r_v<bool, Function const&, http_request_view const&> http_condition(Function function)
      : function_{detail::counted<Function const>::make(std::move(function))},
        ask_{[](void const* object, http_request_view const& request) -> bool {
          return (*static_cast<Function const*>(object))(request);
        }} {}

  /// The answer for a request; `otherwise` if the function throws.
  [[nodiscard]] bool operator()(http_request_view const& request, bool otherwise) const noexcept {
    if (ask_ == nullptr) return always_;
    return detail::contain([&] { return ask_(function_.get(), request); }, otherwise);
  }

private:
  detail::counted<void const> function_;
  bool (*ask_)(void const*, http_request_view const&){};
  bool always_{};
};

/// A function that names the span of a request; what it leaves empty gets the usual name. Empty itself by default.
class http_span_namer {
public:
  http_span_namer() noexcept = default;

  template <class Function>
  requires std::is_invocable_r_v<std::string, Function const&, http_request_view const&>
  http_span_namer(Function function)
      : function_{detail::counted<Function const>::make(std::move(function))},
        ask_{[](void const* object, http_request_view const& request) -> std::string {
          return (*static_cast<Function const*>(object))(request);
        }} {}

  [[nodiscard]] std::string operator()(http_request_view const& request) const noexcept {
    if (ask_ == nullptr) return {};
    return detail::contain([&] { return ask_(function_.get(), request); }, std::string{});
  }

private:
  detail::counted<void const> function_;
  std::string (*ask_)(void const*, http_request_view const&){};
};

/// The formats in which contexts come and go; empty: those of the process.
class http_propagators {
public:
  http_propagators() noexcept = default;

  template <propagator Formats>
  http_propagators(Formats const& formats) : formats_{detail::counted<detail::erased<Formats> const>::make(formats)} {}

  template <class Headers> void inject(context const& from, Headers& to) const noexcept {
    if (formats_ == nullptr) default_propagator{}.inject(from, to);
    else formats_->inject(*formats_, from, text_map_ref{to});
  }
  template <class Headers> [[nodiscard]] context extract(Headers const& from) const noexcept {
    if (formats_ == nullptr) return default_propagator{}.extract(from, {});
    return formats_->extract(*formats_, text_map_ref{from}, {});
  }

private:
  detail::counted<detail::erased_propagator const> formats_;
};

/// What can be chosen about the spans of a server.
struct http_server_options {
  /// Which requests get a span; by default all. The others still pass the caller's context on to their handlers.
  http_condition filter = true;
  /// The name of the span; by default method and route, such as `GET /orders/(\d+)`, or `GET /orders/:id` from
  /// cpp-httplib 0.14 on.
  http_span_namer span_name{};
  /// Requests from strangers, whose trace is not to be continued: the span starts a new one and links to theirs.
  http_condition public_endpoint = false;
  /// Headers to record, as `http.request.header.<name>` and `http.response.header.<name>`. Mind what they hold.
  std::vector<std::string> request_headers{};
  std::vector<std::string> response_headers{};
  /// Query keys whose values are hidden, beside those that are known to hold signatures.
  std::vector<std::string> secret_query_keys{};
  /// A header that tells the caller which span handled the request, such as `traceresponse`; none by default. Answers
  /// without a route (404, files, what a pre-routing handler answered) don't have it: their span begins once they are
  /// sent.
  std::string context_header{};
  /// Whether Forwarded and X-Forwarded-* say who asked for what; false where clients reach the server without a proxy.
  bool trust_forwarded = true;
  /// Records http.request.body.size and http.response.body.size, where Content-Length tells them.
  bool record_body_sizes = false;
  /// Records client.port, network.local.address, network.local.port and network.transport.
  bool record_socket = false;
  /// Methods that are recorded as they are; by default those of OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS or the usual
  /// ones.
  std::vector<std::string> known_methods{};
  http_propagators propagators{};
  spanwise::tracer tracer{"spanwise.httplib", SPANWISE_VERSION, semconv_schema_url};
};

/// What can be chosen about the spans of a client.
struct http_client_options {
  /// Which requests get a span; by default all. The others still carry the current context.
  http_condition filter = true;
  /// The name of the span; by default the method.
  http_span_namer span_name{};
  /// Headers to record, as `http.request.header.<name>` and `http.response.header.<name>`. Mind what they hold.
  std::vector<std::string> request_headers{};
  std::vector<std::string> response_headers{};
  /// Query keys whose values are hidden, beside those that are known to hold signatures.
  std::vector<std::string> secret_query_keys{};
  /// Records http.response.body.size, where Content-Length tells it.
  bool record_body_sizes = false;
  /// Records url.scheme and network.transport.
  bool record_socket = false;
  /// Methods that are recorded as they are; by default those of OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS or the usual
  /// ones.
  std::vector<std::string> known_methods{};
  http_propagators propagators{};
  spanwise::tracer tracer{"spanwise.httplib", SPANWISE_VERSION, semconv_schema_url};
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/instrument/http_settings.hpp
//
// Options made ready for use: the methods looked up, the keys of recorded headers put together. Made once for a server
// or a client, shared by all that it does, never changed.

namespace spanwise::inline SPANWISE_ABI::detail {

template <class Options> struct http_settings {
  explicit http_settings(Options given)
      : options{std::move(given)}, methods{options.known_methods},
        request_headers{"http.request.header.", options.request_headers}, response_headers{"http.response.header.",
                                                                                           options.response_headers} {}

  /// True if a request is to have a span.
  [[nodiscard]] bool wants(http_request_view const& asked) const noexcept {
    return options.tracer.enabled() && options.filter(asked, true);
  }
  /// The name of its span.
  [[nodiscard]] std::string name_of(http_request_view const& asked) const {
    std::string name = options.span_name(asked);
    return name.empty() ? http_span_name(methods.normal(asked.method()), asked.route()) : name;
  }

  Options options;
  http_method_list methods;
  http_header_capture request_headers;
  http_header_capture response_headers;
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/instrument/http_values.hpp
//
// How single facts of an HTTP message become attribute values, for servers and clients alike.

namespace spanwise::inline SPANWISE_ABI::detail {

template <class = on_use> [[nodiscard]] attribute text_or_absent(key name, std::string_view value) noexcept {
  return value.empty() ? attribute{} : attribute{name, value};
}
template <class = on_use> [[nodiscard]] attribute number_or_absent(key name, int value) noexcept {
  return value <= 0 ? attribute{} : attribute{name, value};
}

/// `HTTP/1.1` without its name.
template <class = on_use> [[nodiscard]] std::string_view protocol_version(std::string_view version) noexcept {
  return version.substr(0, 5) == "HTTP/" ? version.substr(5) : std::string_view{};
}

/// The digits of a status code, as error.type has them.
class status_text {
public:
  explicit status_text(int status) noexcept : end_{put_integer(text_, status)} {}
  [[nodiscard]] std::string_view view() const noexcept { return {text_, static_cast<std::size_t>(end_ - text_)}; }

private:
  char text_[integer_room];
  char* end_;
};

/// The length that a message tells of its body; nothing if it does not.
template <class = on_use>
[[nodiscard]] std::optional<std::int64_t> content_length(text_map_ref const& headers) noexcept {
  std::string_view const text = first_value(headers, "content-length");
  whole_number const read = read_whole_number(text);
  if (text.empty() || read.size != text.size() || !read.fits) return std::nullopt;
  return read.value;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/instrument/http_client_span.hpp
//
// What the span of an HTTP client tells: the server and the URL it starts with, and how the answer is judged.
// It knows the conventions and no HTTP library.

namespace spanwise::inline SPANWISE_ABI::detail {

/// Where a client sends its requests, as spans tell it.
struct http_server_address {
  std::string origin; ///< scheme, user-info if there is some, host and port: what a path is appended to
  std::string host;
  int port{};
  bool secure{};
};

/// From `http://host:port`, or `host:port` and `host`, which are http.
template <class = on_use> [[nodiscard]] http_server_address read_server(std::string_view url) {
  http_server_address result;
  std::string_view scheme = "http";
  std::string_view authority = url;
  if (is_absolute_url(url)) {
    scheme = url.substr(0, url.find(':'));
    authority.remove_prefix(scheme.size() + 3);
  }
  authority = authority.substr(0, authority.find_first_of("/?#"));
  http_authority const parts = read_authority(authority);
  result.secure = scheme == "https";
  result.host = parts.host;
  result.port = parts.port != 0 ? parts.port : result.secure ? 443 : 80;
  result.origin.append(scheme).append("://").append(authority);
  return result;
}

/// From a host and a port that were given apart. A port that is the scheme's own is not shown.
template <class = on_use> [[nodiscard]] http_server_address read_server(std::string_view host, int port, bool secure) {
  http_server_address result;
  bool const bare_ipv6 = host.find(':') != host.npos && host.front() != '[';
  result.origin.append(secure ? "https://" : "http://");
  if (bare_ipv6) result.origin.append(1, '[').append(host).append(1, ']');
  else result.origin.append(host);
  if (port != (secure ? 443 : 80)) result.origin.append(1, ':').append(std::to_string(port));
  result.host = bare_ipv6 ? host : read_authority(host).host;
  result.port = port;
  result.secure = secure;
  return result;
}

/// The whole URL of a request to a server, without secrets. `target` is the path as the caller gave it.
template <class = on_use>
[[nodiscard]] std::string url_of_request(http_server_address const& server, std::string_view target,
                                         std::span<std::string const> secret_keys) {
  if (is_absolute_url(target)) return redacted_url(target, secret_keys);
  std::string url = server.origin;
  if (target.empty() || target.front() != '/') url += '/';
  return redacted_url(url.append(target), secret_keys);
}

/// What the requests of one client have in common.
struct http_client_setup {
  http_server_address server;
  http_settings<http_client_options> settings;
};

/// The texts of a span that take memory to make.
struct http_client_texts {
  std::string name;
  std::string url;
};

/// The texts for a request; nothing if it is to have no span, or there is no memory.
template <class Setup>
[[nodiscard]] std::optional<http_client_texts> client_texts(Setup const& setup, http_request_view const& asked,
                                                            std::string_view target) noexcept {
  if (!setup.settings.wants(asked)) return std::nullopt;
  return contain(
      [&] {
        return std::optional{
            http_client_texts{setup.settings.name_of(asked),
                              url_of_request(setup.server, target, setup.settings.options.secret_query_keys)}};
      },
      std::nullopt);
}

/// The span of a request, current from its making until its end. One thread.
template <class Headers> class http_client_span {
public:
  http_client_span(http_client_setup const& setup, http_request_view const& asked, http_client_texts const& texts,
                   bool through_proxy) noexcept
      : setup_{setup}, work_{open(setup, asked, texts, through_proxy)} {
    if (!work_.recording()) return;
    static_cast<void>(contain([&] { setup_.settings.request_headers.record(work_, asked.headers()); }));
    if (setup_.settings.options.record_socket)
      work_.set({"url.scheme", setup_.server.secure ? "https" : "http"}, {"network.transport", "tcp"});
  }

  /// The server answered. HTTP conventions, Status: for a client 4xx and 5xx are errors, and so are codes that are
  /// none.
  void answered(int status, std::string_view version, Headers const& answer) noexcept {
    if (!work_.recording()) return;
    text_map_ref const headers{answer};
    work_.set({"http.response.status_code", status},
              text_or_absent("network.protocol.version", protocol_version(version)));
    static_cast<void>(contain([&] { setup_.settings.response_headers.record(work_, headers); }));
    if (setup_.settings.options.record_body_sizes) work_.set({"http.response.body.size", content_length(headers)});
    if (status >= 100 && status < 400) return;
    work_.set("error.type", status_text{status}.view());
    work_.error();
  }

  /// There was no answer, for a reason of this type and description.
  void failed(std::string_view type, std::string_view description) noexcept {
    work_.set("error.type", type);
    work_.error(description);
  }

  /// The call ended with an exception.
  void threw(std::exception_ptr const& thrown) noexcept { work_.record_failure(thrown); }

private:
  static span open(http_client_setup const& setup, http_request_view const& asked, http_client_texts const& texts,
                   bool through_proxy) noexcept {
    http_server_address const& server = setup.server;
    std::string_view const method = setup.settings.methods.normal(asked.method());
    // Only an address that needs no look-up is surely that of the peer.
    bool const peer_known = !through_proxy && is_ip_address(server.host);
    return setup.settings.options.tracer.span(
        texts.name, span_kind::client, {"http.request.method", method}, {"server.address", server.host},
        {"server.port", server.port}, {"url.full", texts.url},
        text_or_absent("http.request.method_original", method == asked.method() ? std::string_view{} : asked.method()),
        peer_known ? attribute{"network.peer.address", server.host} : attribute{},
        peer_known ? attribute{"network.peer.port", server.port} : attribute{});
  }

  http_client_setup const& setup_;
  span work_;
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/instrument/httplib_exchange.hpp
//
// What cpp-httplib's clients take and give, found by shape: their types, their calls, and the names of their errors.
// Nothing here names cpp-httplib, so it need not be installed.

namespace spanwise::inline SPANWISE_ABI::detail {

/// The types of a client, from its `send`.
template <class RequestType, class ResponseType, class ErrorType> struct httplib_types {
  using Request = RequestType;
  using Response = ResponseType;
  using Error = ErrorType;
  using Headers = decltype(Request::headers);
  using Params = decltype(Request::params);
};
template <class Client, class Request, class Response, class Error>
httplib_types<Request, Response, Error> httplib_types_of(bool (Client::*)(Request&, Response&, Error&));

// The calls of a client, as values that can be handed on and asked whether they take given arguments.

struct httplib_get {
  static constexpr std::string_view method = "GET";
  template <class Client, class... Arguments>
  auto operator()(Client& client, Arguments&&... arguments) const
      -> decltype(client.Get(std::forward<Arguments>(arguments)...)) {
    return client.Get(std::forward<Arguments>(arguments)...);
  }
};
struct httplib_head {
  static constexpr std::string_view method = "HEAD";
  template <class Client, class... Arguments>
  auto operator()(Client& client, Arguments&&... arguments) const
      -> decltype(client.Head(std::forward<Arguments>(arguments)...)) {
    return client.Head(std::forward<Arguments>(arguments)...);
  }
};
struct httplib_post {
  static constexpr std::string_view method = "POST";
  template <class Client, class... Arguments>
  auto operator()(Client& client, Arguments&&... arguments) const
      -> decltype(client.Post(std::forward<Arguments>(arguments)...)) {
    return client.Post(std::forward<Arguments>(arguments)...);
  }
};
struct httplib_put {
  static constexpr std::string_view method = "PUT";
  template <class Client, class... Arguments>
  auto operator()(Client& client, Arguments&&... arguments) const
      -> decltype(client.Put(std::forward<Arguments>(arguments)...)) {
    return client.Put(std::forward<Arguments>(arguments)...);
  }
};
struct httplib_patch {
  static constexpr std::string_view method = "PATCH";
  template <class Client, class... Arguments>
  auto operator()(Client& client, Arguments&&... arguments) const
      -> decltype(client.Patch(std::forward<Arguments>(arguments)...)) {
    return client.Patch(std::forward<Arguments>(arguments)...);
  }
};
struct httplib_delete {
  static constexpr std::string_view method = "DELETE";
  template <class Client, class... Arguments>
  auto operator()(Client& client, Arguments&&... arguments) const
      -> decltype(client.Delete(std::forward<Arguments>(arguments)...)) {
    return client.Delete(std::forward<Arguments>(arguments)...);
  }
};
struct httplib_options {
  static constexpr std::string_view method = "OPTIONS";
  template <class Client, class... Arguments>
  auto operator()(Client& client, Arguments&&... arguments) const
      -> decltype(client.Options(std::forward<Arguments>(arguments)...)) {
    return client.Options(std::forward<Arguments>(arguments)...);
  }
};

/// An argument as it was given, or `instead` if it is of that type.
template <class Instead, class Argument>
decltype(auto) exchanged(Instead const& instead, Argument&& argument) noexcept {
  if constexpr (std::same_as<std::remove_cvref_t<Argument>, Instead>) return (instead);
  else return std::forward<Argument>(argument);
}

/// An argument as a call takes it: a length written as `4` is an int here, where a template has it.
template <class Argument> decltype(auto) handed_on(Argument&& argument) noexcept {
  using Plain = std::remove_cvref_t<Argument>;
  if constexpr (std::integral<Plain> && !std::same_as<Plain, bool>) return static_cast<std::size_t>(argument);
  else return std::forward<Argument>(argument);
}

/// Makes a call with these headers: in place of those among the arguments, else where the call takes headers.
template <class Call, class Client, class Headers, class Path, class... Rest>
auto call_with_headers(Call call, Client& client, Headers const& headers, Path const& path, Rest&&... rest) {
  if constexpr ((std::same_as<std::remove_cvref_t<Rest>, Headers> || ...)) {
    return call(client, path, exchanged(headers, std::forward<Rest>(rest))...);
  } else if constexpr (std::invocable<Call, Client&, Path const&, Headers const&, Rest...>) {
    return call(client, path, headers, std::forward<Rest>(rest)...);
  } else if constexpr (sizeof...(Rest) == 0) {
    // Some versions have no call with headers and without a body.
    return call(client, path, headers, std::string{}, std::string{});
  } else {
    return call_with_second_headers(call, client, headers, path, std::forward<Rest>(rest)...);
  }
}

/// The calls with parameters take their headers behind these.
template <class Call, class Client, class Headers, class Path, class First, class... Rest>
auto call_with_second_headers(Call call, Client& client, Headers const& headers, Path const& path, First&& first,
                              Rest&&... rest) {
  constexpr bool possible = std::invocable<Call, Client&, Path const&, First, Headers const&, Rest...>;
  static_assert(possible,
                "spanwise: cpp-httplib has no such call that also takes headers, which the trace context needs; "
                "call it with Headers, or on untraced()");
  if constexpr (possible) return call(client, path, std::forward<First>(first), headers, std::forward<Rest>(rest)...);
}

/// The query that a client appends for parameters, as it appears in a URL.
template <class Params> std::string query_of(Params const& params) {
  char_set constexpr plain{"-.09AZ__az~~"};
  char constexpr digits[] = "0123456789ABCDEF";
  std::string query;
  auto const append = [&](std::string_view text) {
    for (char const byte : text) {
      auto const value = static_cast<unsigned char>(byte);
      if (plain.has(byte)) query += byte;
      else query.append({'%', digits[value >> 4], digits[value & 15]});
    }
  };
  for (auto const& [name, value] : params) {
    if (!query.empty()) query += '&';
    append(name);
    query += '=';
    append(value);
  }
  return query;
}

/// True if the caller itself broke the request off, from one of its callbacks.
template <class Error> [[nodiscard]] constexpr bool was_cancelled(Error error) noexcept {
  if constexpr (requires { Error::Canceled; }) return error == Error::Canceled;
  return false;
}

/// A name of few for error.type. Enumerators differ between versions, so each is asked for.
template <class Error> [[nodiscard]] constexpr std::string_view httplib_error_name(Error error) noexcept {
  if constexpr (requires { Error::Connection; })
    if (error == Error::Connection) return "connection_error";
  if constexpr (requires { Error::ConnectionTimeout; })
    if (error == Error::ConnectionTimeout) return "timeout";
  if constexpr (requires { Error::Timeout; })
    if (error == Error::Timeout) return "timeout";
  if constexpr (requires { Error::ConnectionClosed; })
    if (error == Error::ConnectionClosed) return "connection_closed";
  if constexpr (requires { Error::Read; })
    if (error == Error::Read) return "read_error";
  if constexpr (requires { Error::Write; })
    if (error == Error::Write) return "write_error";
  if constexpr (requires { Error::ExceedRedirectCount; })
    if (error == Error::ExceedRedirectCount) return "too_many_redirects";
  if constexpr (requires { Error::BindIPAddress; })
    if (error == Error::BindIPAddress) return "bind_error";
  if constexpr (requires { Error::SSLConnection; })
    if (error == Error::SSLConnection) return "tls_error";
  if constexpr (requires { Error::SSLLoadingCerts; })
    if (error == Error::SSLLoadingCerts) return "tls_certificates_not_loaded";
  if constexpr (requires { Error::SSLServerVerification; })
    if (error == Error::SSLServerVerification) return "tls_verification_error";
  if constexpr (requires { Error::SSLServerHostnameVerification; })
    if (error == Error::SSLServerHostnameVerification) return "tls_verification_error";
  if constexpr (requires { Error::ProxyConnection; })
    if (error == Error::ProxyConnection) return "proxy_error";
  if constexpr (requires { Error::Compression; })
    if (error == Error::Compression) return "compression_error";
  if constexpr (requires { Error::ExceedMaxPayloadSize; })
    if (error == Error::ExceedMaxPayloadSize) return "response_too_large";
  return "_OTHER";
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/instrument/httplib_client.hpp
//
// Traces a cpp-httplib client: a client that makes a span for each request and tells the server of it, so that the
// trace goes on there. One line of a program changes, the one that declares its client:
//
//   spanwise::traced_client client{"http://inventory:8080"};
//   auto answer = client.Get("/stock/42");
//
// Not traced: what goes through a reference to the client's own class, and the streams of newer versions (open_stream).

#ifndef CPPHTTPLIB_HTTPLIB_H
namespace httplib {
class Client;
}
#endif

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// Stands in for a client that is only declared, so that one sentence says so and no other error follows.
struct no_httplib_client {
  struct message {
    std::string headers, params;
  };
  template <class... Arguments> explicit no_httplib_client(Arguments const&...) noexcept {}
  bool send(message&, message&, message&);
};
template <class Client, bool Complete = requires {
  sizeof(Client);
}
> struct httplib_client_base { using type = Client; };
template <class Client> struct httplib_client_base<Client, false> { using type = no_httplib_client; };

} // namespace detail

/// A cpp-httplib client, `httplib::Client` or `httplib::SSLClient`, that traces what it sends; all of its own calls are
/// there.
///
/// A span is named after the method, lasts until the answer is read, and is a child of the current one. Its context
/// goes into the headers of the request, which are added to the call where it has none. 4xx, 5xx and no answer are
/// errors; a request that the caller itself cancelled is none. Redirects that the client follows belong to the one
/// span. Before tracing starts the current context still goes along. Safe for as many threads as the client is.
/// Like httplib::Client it has no virtual destructor: destroy it as what it is.
template <class Client = httplib::Client> class traced_client : public detail::httplib_client_base<Client>::type {
  using base = typename detail::httplib_client_base<Client>::type;
  static_assert(!std::same_as<base, detail::no_httplib_client>,
                "spanwise: include <httplib.h> where you use traced_client");
  using types = decltype(detail::httplib_types_of(&base::send));
  using Headers = typename types::Headers;
  using Params = typename types::Params;
  using Request = typename types::Request;
  using Response = typename types::Response;
  using Error = typename types::Error;

  /// Tells Get(path, params, headers) with params in braces from Get(path, headers, ...).
  template <class First = void, class...>
  static constexpr bool headers_first = std::same_as<std::remove_cvref_t<First>, Headers>;

public:
  /// As httplib::Client takes it: `http://host:port`; for an SSLClient, a host.
  explicit traced_client(std::string const& url, http_client_options chosen = {})
      : base{url}, setup_{prepared(only_tls ? detail::read_server(url, 443, true) : detail::read_server(url), chosen)} {
  }
  traced_client(std::string const& host, int port, http_client_options chosen = {})
      : base{host, port}, setup_{prepared(detail::read_server(host, port, only_tls), chosen)} {}
  /// With the files of a client certificate and its key.
  traced_client(std::string const& url, std::string const& certificate, std::string const& key,
                http_client_options chosen = {})
      : base{url, certificate, key}, setup_{prepared(detail::read_server(url), chosen)} {}
  traced_client(std::string const& host, int port, std::string const& certificate, std::string const& key,
                http_client_options chosen = {})
      : base{host, port, certificate, key}, setup_{prepared(detail::read_server(host, port, only_tls), chosen)} {}

  // Each call twice: what it takes is handed on as it is, and a list of headers may be written in braces.

  template <class Path, class... Rest> auto Get(Path const& path, Rest&&... rest) {
    return traced(detail::httplib_get{}, path, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest>
  requires(!headers_first<Rest...>) auto Get(Path const& path, Headers const& headers, Rest&&... rest) {
    return traced(detail::httplib_get{}, path, headers, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest>
  auto Get(Path const& path, Params const& params, Headers const& headers, Rest&&... rest) {
    return traced(detail::httplib_get{}, path, params, headers, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Head(Path const& path, Rest&&... rest) {
    return traced(detail::httplib_head{}, path, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Head(Path const& path, Headers const& headers, Rest&&... rest) {
    return traced(detail::httplib_head{}, path, headers, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Post(Path const& path, Rest&&... rest) {
    return traced(detail::httplib_post{}, path, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Post(Path const& path, Headers const& headers, Rest&&... rest) {
    return traced(detail::httplib_post{}, path, headers, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Put(Path const& path, Rest&&... rest) {
    return traced(detail::httplib_put{}, path, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Put(Path const& path, Headers const& headers, Rest&&... rest) {
    return traced(detail::httplib_put{}, path, headers, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Patch(Path const& path, Rest&&... rest) {
    return traced(detail::httplib_patch{}, path, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Patch(Path const& path, Headers const& headers, Rest&&... rest) {
    return traced(detail::httplib_patch{}, path, headers, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Delete(Path const& path, Rest&&... rest) {
    return traced(detail::httplib_delete{}, path, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Delete(Path const& path, Headers const& headers, Rest&&... rest) {
    return traced(detail::httplib_delete{}, path, headers, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Options(Path const& path, Rest&&... rest) {
    return traced(detail::httplib_options{}, path, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Options(Path const& path, Headers const& headers, Rest&&... rest) {
    return traced(detail::httplib_options{}, path, headers, std::forward<Rest>(rest)...);
  }

  /// Sends a request made by hand; the context is added to its headers.
  bool send(Request& request, Response& response, Error& error) {
    return around(
        request.method, request.path, request.headers, [&] { return base::send(request, response, error); },
        [&](bool sent) {
          return outcome{sent ? &response : nullptr, error};
        });
  }
  auto send(Request const& request) {
    Request changed = request;
    return around(
        changed.method, changed.path, changed.headers, [&] { return base::send(changed); }, outcome_of_result);
  }

  template <class... Arguments> void set_proxy(Arguments&&... arguments) {
    base::set_proxy(std::forward<Arguments>(arguments)...);
    through_proxy_ = true;
  }

  /// The client without tracing, for requests that are to have none.
  [[nodiscard]] Client& untraced() noexcept { return *this; }

private:
  struct outcome {
    Response const* response;
    Error error;
  };
  static constexpr auto outcome_of_result = [](auto const& result) {
    return outcome{result ? &result.value() : nullptr, result.error()};
  };

  /// SSLClient and its like, which take a host where httplib::Client takes a URL.
  static constexpr bool only_tls = std::is_polymorphic_v<Client> && requires(Client & client) {
    client.enable_server_certificate_verification(true);
  };

  static detail::counted<detail::http_client_setup const> prepared(detail::http_server_address where,
                                                                   http_client_options& chosen) {
    return detail::counted<detail::http_client_setup const>::make(
        detail::http_client_setup{std::move(where), detail::http_settings<http_client_options>{std::move(chosen)}});
  }

  template <class Call, class Path, class... Rest> auto traced(Call call, Path const& path, Rest&&... rest) {
    Headers headers;
    std::string target;
    [[maybe_unused]] auto const look_at = [&](auto const& argument) {
      using Argument = std::remove_cvref_t<decltype(argument)>;
      if constexpr (std::same_as<Argument, Headers>) headers = argument;
      if constexpr (std::same_as<Argument, Params> && std::same_as<Call, detail::httplib_get>)
        target.append(1, target.find('?') == target.npos ? '?' : '&').append(detail::query_of(argument));
    };
    target = path;
    (look_at(rest), ...);
    return around(
        Call::method, target, headers,
        [&] {
          return detail::call_with_headers(call, static_cast<Client&>(*this), headers, path,
                                           detail::handed_on(std::forward<Rest>(rest))...);
        },
        outcome_of_result);
  }

  /// `headers` are those that `go` sends. The context is put there once the span is current.
  template <class Go, class Judge>
  auto around(std::string_view method, std::string_view target, Headers& headers, Go const& go, Judge const& judge) {
    http_propagators const& formats = setup_->settings.options.propagators;
    http_request_view const asked{method, target, {}, text_map_ref{headers}};
    std::optional<detail::http_client_texts> const texts = detail::client_texts(*setup_, asked, target);
    if (!texts) {
      formats.inject(current_context(), headers);
      return go();
    }
    detail::http_client_span<Headers> work{*setup_, asked, *texts, through_proxy_};
    formats.inject(current_context(), headers);
#if defined(__cpp_exceptions)
    try {
      auto result = go();
      tell(work, judge(result));
      return result;
    } catch (...) {
      work.threw(std::current_exception());
      throw;
    }
#else
    auto result = go();
    tell(work, judge(result));
    return result;
#endif
  }

  static void tell(detail::http_client_span<Headers>& work, outcome const& after) noexcept {
    if (after.response != nullptr)
      return work.answered(after.response->status, after.response->version, after.response->headers);
    if (detail::was_cancelled(after.error)) return;
    std::string_view const type = detail::httplib_error_name(after.error);
    // The sentence is found beside the type of the error. Older versions have one word there, which is the type again.
    std::string sentence;
    if constexpr (requires { std::string_view{to_string(after.error)}; })
      static_cast<void>(detail::contain([&] { sentence = to_string(after.error); }));
    work.failed(type, sentence.find(' ') != sentence.npos ? std::string_view{sentence} : std::string_view{});
  }

  detail::counted<detail::http_client_setup const> setup_;
  bool through_proxy_{};
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/instrument/http_server_span.hpp
//
// The span of one request on its server, from the request's headers to its last byte. It knows the conventions and no
// HTTP library: what a library hands over comes as http_server_request.

namespace spanwise::inline SPANWISE_ABI::detail {

/// What a library knows of a request; what it does not know stays empty.
struct http_server_request {
  http_request_view asked;
  std::string_view version{}; ///< as in the request line: HTTP/1.1
  std::string_view peer_address{};
  int peer_port{};
  std::string_view local_address{};
  int local_port{};
  bool secure{};
};

using http_server_settings = http_settings<http_server_options>;

/// Current on its thread from its making to finish(), or its end. One thread.
template <class Headers> class http_server_span {
public:
  /// Continues the trace that `headers` name, or starts one. `begun` zero: now.
  http_server_span(detail::counted<http_server_settings const> settings, http_server_request const& request,
                   Headers const& headers, time_point begun = {})
      : settings_{std::move(settings)}, head_{request.asked.method() == "HEAD"} {
    context incoming = settings_->options.propagators.extract(headers);
    span_context stranger;
    if (settings_->options.public_endpoint(request.asked, false)) {
      stranger = incoming.span();
      incoming = incoming.with(span_context{});
    }
    scope_.emplace(incoming, [&] { return open(request, stranger, begun); });
  }
  http_server_span(http_server_span const&) = delete;
  http_server_span& operator=(http_server_span const&) = delete;
  ~http_server_span() { finish(0, nullptr); }

  /// What the span is known by to the outside.
  [[nodiscard]] span_context context_of_span() const noexcept {
    return scope_ ? scope_->work.context().span() : span_context{};
  }

  /// Not ended yet.
  [[nodiscard]] bool running() const noexcept { return scope_.has_value(); }
  /// The request asked for headers only.
  [[nodiscard]] bool head() const noexcept { return head_; }

  /// Notes what the handler threw. Whether the request failed with it is seen from the response.
  void handler_threw(std::exception_ptr const& thrown) noexcept {
    if (!scope_) return;
    scope_->work.record_exception(thrown);
    with_exception(thrown, [&](std::string_view type, std::string_view message) {
      static_cast<void>(contain([&] {
        thrown_message_.assign(message);
        thrown_type_.assign(type);
      }));
    });
    threw_ = true;
  }

  /// Ends the span with what became of the request; `status` 0: nobody knows. The first call counts.
  void finish(int status, Headers const* headers, bool incomplete = false) noexcept {
    if (!scope_) return;
    detached_span& work = scope_->work;
    if (work.recording()) {
      if (status > 0) work.set("http.response.status_code", status);
      if (headers != nullptr) static_cast<void>(contain([&] { record_answer(work, *headers); }));
      judge(work, status, incomplete);
    }
    scope_.reset();
  }

private:
  /// What is undone in turn: the span is no longer current, it ends, the caller's context is no longer current.
  struct scope {
    template <class Open>
    scope(context const& incoming, Open const& open) : below{incoming}, work{open()}, active{work.activate()} {}
    attached below;
    detached_span work;
    decltype(std::declval<detached_span&>().activate()) active;
  };

  [[nodiscard]] detached_span open(http_server_request const& request, span_context const& stranger,
                                   time_point begun) const {
    http_server_options const& options = settings_->options;
    http_request_view const& asked = request.asked;
    text_map_ref const& headers = asked.headers();
    std::string_view const method = settings_->methods.normal(asked.method());
    http_origin const origin = read_origin(headers, options.trust_forwarded);
    std::string_view const scheme = !origin.scheme.empty() ? origin.scheme : request.secure ? "https" : "http";
    std::string_view const client = !origin.client.empty() ? origin.client : request.peer_address;
    bool const direct = client == request.peer_address;
    bool const socket = options.record_socket;
    std::string room;
    std::string_view const query = redacted_query(asked.query(), options.secret_query_keys, room);
    std::optional<std::int64_t> const size = options.record_body_sizes ? content_length(headers) : std::nullopt;

    // Samplers see what is given at the start, the first headers to record among it.
    constexpr std::size_t early = 4;
    http_header_capture const& recorded = settings_->request_headers;
    std::vector<std::string_view> values[early];
    auto const header = [&](std::size_t index) {
      values[index] = recorded.values(index, headers);
      return values[index].empty() ? attribute{} : attribute{any_key{recorded.key(index)}, values[index]};
    };
    detached_span work = options.tracer.detached(
        settings_->name_of(asked), {.kind = span_kind::server, .start = begun, .links = {link{stranger}}},
        {{"http.request.method", method},
         text_or_absent("http.request.method_original", method == asked.method() ? std::string_view{} : asked.method()),
         {"url.path", asked.path()},
         text_or_absent("url.query", query),
         {"url.scheme", scheme},
         text_or_absent("http.route", asked.route()),
         text_or_absent("server.address", origin.host),
         origin.host.empty() ? attribute{} : number_or_absent("server.port", origin.port),
         text_or_absent("client.address", client),
         text_or_absent("network.peer.address", request.peer_address),
         request.peer_address.empty() ? attribute{} : number_or_absent("network.peer.port", request.peer_port),
         text_or_absent("network.protocol.version", protocol_version(request.version)),
         text_or_absent("user_agent.original", first_value(headers, "user-agent")),
         {"http.request.body.size", size},
         socket && direct ? number_or_absent("client.port", request.peer_port) : attribute{},
         socket ? text_or_absent("network.local.address", request.local_address) : attribute{},
         socket ? number_or_absent("network.local.port", request.local_port) : attribute{},
         socket ? attribute{"network.transport", "tcp"} : attribute{},
         header(0),
         header(1),
         header(2),
         header(3)});
    recorded.record(work, headers, early);
    return work;
  }

  void record_answer(detached_span& work, Headers const& answered) const {
    text_map_ref const headers{answered};
    settings_->response_headers.record(work, headers);
    if (settings_->options.record_body_sizes) work.set({"http.response.body.size", content_length(headers)});
  }

  /// HTTP conventions, Status: a server's fault is 5xx, or having no answer at all.
  void judge(detached_span& work, int status, bool incomplete) const noexcept {
    bool const failed = status >= 500 || status < 0 || (status == 0 && threw_);
    if (failed && threw_) {
      work.set("error.type", thrown_type_.empty() ? other_http_method : std::string_view{thrown_type_});
      work.error(thrown_message_);
    } else if (failed) {
      work.set("error.type", status_text{status}.view());
      work.error();
    } else if (incomplete) {
      work.set("error.type", "incomplete_response");
      work.error("the response could not be sent completely");
    }
  }

  detail::counted<http_server_settings const> settings_;
  std::optional<scope> scope_;
  std::string thrown_type_;
  std::string thrown_message_;
  bool threw_{};
  bool head_{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/instrument/httplib_handler.hpp
//
// What a cpp-httplib server calls in place of a handler: the handler, inside the span of the request.
// cpp-httplib is reached through the types of the call alone, so nothing here needs it to be installed.

namespace spanwise::inline SPANWISE_ABI::detail {

/// What this thread knows of the request it is serving; read by hooks that are called before and after the handler.
struct httplib_exchange {
  void const* response{};
  std::int64_t begun{}; ///< ns since 1970
  bool routed{};        ///< a handler was found, so its span tells about the request
};
SPANWISE_SHARED inline constinit thread_local httplib_exchange this_exchange{};

/// A response that says when it is gone: cpp-httplib calls this function, documented for content providers, after the
/// response was sent. Members whose names end in `_` are reached where they exist, and done without where not.
template <class Response>
concept tells_its_end = requires(Response& response) {
  response.content_provider_resource_releaser_(true);
  static_cast<bool>(response.content_provider_);
};

template <class Request>
[[nodiscard]] http_server_request httplib_request(Request const& request, std::string_view route) noexcept {
  std::string_view target = request.path;
  if constexpr (requires { request.target.size(); })
    if (!request.target.empty()) target = request.target;
  http_server_request result{
      .asked = {request.method, target, route, text_map_ref{request.headers}},
      .version = request.version,
      .peer_address = request.remote_addr,
      .peer_port = request.remote_port,
  };
  if constexpr (requires { request.local_addr.size(); }) {
    result.local_address = request.local_addr;
    result.local_port = request.local_port;
  }
  if constexpr (requires { request.ssl != nullptr; }) result.secure = request.ssl != nullptr;
  return result;
}

/// The status that a response will have; cpp-httplib fills in what a handler leaves open.
template <class Request, class Response>
[[nodiscard]] int httplib_status(Request const& request, Response const& response) noexcept {
  if (response.status != -1) return response.status;
  return request.ranges.empty() ? 200 : 206;
}

/// The span of a request; requests and responses have headers of the same type.
template <class Request> using httplib_server_span = http_server_span<decltype(Request::headers)>;

/// Lets the span last until the response is sent, if the response can tell; ends it now otherwise.
template <class Request, class Response>
void finish_with_response(Request const& request, Response& response,
                          detail::counted<httplib_server_span<Request>> work, bool threw) noexcept {
  if constexpr (tells_its_end<Response>) {
    bool const kept = contain([&] {
      using Releaser = decltype(response.content_provider_resource_releaser_);
      // The handler's own releaser is copied, not moved: if memory runs out on the way, it is still in its place.
      response.content_provider_resource_releaser_ =
          Releaser{[work, theirs = response.content_provider_resource_releaser_, sent = &response](bool success) {
            if (theirs) theirs(success);
            // The first call is that of the response itself; those of its copies come later and find the span ended.
            if (!work->running()) return;
            bool const provided = static_cast<bool>(sent->content_provider_) && !work->head();
            work->finish(sent->status, &sent->headers, provided && !success);
            if (this_exchange.response == sent) this_exchange = {};
          }};
    });
    if (kept) return;
  }
  work->finish(threw ? 0 : httplib_status(request, response), &response.headers);
}

/// A handler with its route and the settings of its server. Copied as often as the server likes.
template <class Handler> class httplib_handler {
public:
  httplib_handler(detail::counted<http_server_settings const> settings, std::string route, Handler handler)
      : settings_{std::move(settings)}, route_{std::move(route)}, handler_{std::move(handler)} {}

  template <class Request, class Response, class... More>
  requires std::invocable<Handler&, Request const&, Response&, More const&...>
  void operator()(Request const& request, Response& response, More const&... more) {
    http_server_request const told = httplib_request(request, route_);
    time_point begun;
    if (this_exchange.response == &response) begun = time_point{this_exchange.begun};

    detail::counted<httplib_server_span<Request>> work;
    if (settings_->wants(told.asked))
      static_cast<void>(contain([&] {
        work = detail::counted<httplib_server_span<Request>>::make(settings_, told, request.headers, begun);
      }));
    if (work == nullptr) {
      attached const passed_on{settings_->options.propagators.extract(request.headers)};
      return static_cast<void>(handler_(request, response, more...));
    }

    this_exchange = {&response, begun.unix_ns, true};
    tell_context(*work, response);
#if defined(__cpp_exceptions)
    try {
      handler_(request, response, more...);
    } catch (...) {
      work->handler_threw(std::current_exception());
      finish_with_response(request, response, std::move(work), true);
      throw;
    }
#else
    handler_(request, response, more...);
#endif
    finish_with_response(request, response, std::move(work), false);
  }

private:
  template <class Span, class Response> void tell_context(Span const& work, Response& response) const noexcept {
    std::string const& name = settings_->options.context_header;
    span_context const own = work.context_of_span();
    if (name.empty() || !own.valid()) return;
    char value[traceparent_size];
    write_traceparent(value, own);
    write_value(response.headers, name, {value, sizeof value});
  }

  detail::counted<http_server_settings const> settings_;
  std::string route_;
  Handler handler_;
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/instrument/httplib_server.hpp
//
// Traces a cpp-httplib server. One line of a program changes, the one that declares it; routes stay as they are:
//
//   spanwise::traced_server<httplib::Server> server;
//   server.Get(R"(/orders/(\d+))", [](httplib::Request const& request, httplib::Response& response) { ... });
//
// Patterns are those of cpp-httplib, which knows "/orders/:id" from version 0.14 on.
// A server that belongs to somebody else is wrapped: `spanwise::traced_server routes{server}; routes.Get(...)`.
// WebSockets are not traced. Routes registered through a reference to the server's own class, which set_...() return
// too, look as if they were none.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// The calls that register a route: those of the server, with each handler wrapped.
template <class Server, class Self> class httplib_routes {
public:
  template <class Handler> Self& Get(std::string const& pattern, Handler handler) {
    return below().Get(pattern, wrapped(pattern, std::move(handler))), self();
  }
  template <class Handler> Self& Post(std::string const& pattern, Handler handler) {
    return below().Post(pattern, wrapped(pattern, std::move(handler))), self();
  }
  template <class Handler> Self& Put(std::string const& pattern, Handler handler) {
    return below().Put(pattern, wrapped(pattern, std::move(handler))), self();
  }
  template <class Handler> Self& Patch(std::string const& pattern, Handler handler) {
    return below().Patch(pattern, wrapped(pattern, std::move(handler))), self();
  }
  template <class Handler> Self& Delete(std::string const& pattern, Handler handler) {
    return below().Delete(pattern, wrapped(pattern, std::move(handler))), self();
  }
  template <class Handler> Self& Options(std::string const& pattern, Handler handler) {
    return below().Options(pattern, wrapped(pattern, std::move(handler))), self();
  }

protected:
  explicit httplib_routes(http_server_options chosen)
      : settings_{detail::counted<http_server_settings const>::make(std::move(chosen))} {}

  detail::counted<http_server_settings const> settings_;

private:
  [[nodiscard]] Self& self() noexcept { return static_cast<Self&>(*this); }
  [[nodiscard]] Server& below() noexcept { return self().plain(); }
  template <class Handler> [[nodiscard]] auto wrapped(std::string const& route, Handler&& handler) const {
    return httplib_handler<std::decay_t<Handler>>{settings_, route, std::forward<Handler>(handler)};
  }
};

/// Tells about a request for which no handler was called: no route matched, a file was served, a hook answered.
template <class Request, class Response>
void tell_unrouted(detail::counted<http_server_settings const> const& settings, Request const& request,
                   Response const& response) noexcept {
  bool const ours = this_exchange.response == &response;
  if (ours && this_exchange.routed) return;
  time_point const begun{ours ? this_exchange.begun : 0};
  this_exchange = {};
  http_server_request const told = httplib_request(request, {});
  if (request.method.empty() || !settings->wants(told.asked)) return;
  static_cast<void>(contain([&] {
    httplib_server_span<Request>{settings, told, request.headers, begun}.finish(response.status, &response.headers);
  }));
}

} // namespace detail

/// A cpp-httplib server, `httplib::Server` or `httplib::SSLServer`, that traces what it serves; all of its own calls
/// are there.
///
/// A span is named `GET /orders/(\d+)` after method and pattern, lasts until the response is sent, and is current in
/// the handler and in the hooks that follow it. Requests without a route (404, files, what a pre-routing handler
/// answered) get one named after the method. An exception is recorded and goes on to the server's exception handler;
/// whether the request failed is seen from the status it gets there. Nothing but the context is passed on before
/// tracing starts.
///
/// cpp-httplib tells nobody when a body from set_content() could not be sent to its end: such a request looks like one
/// that went well. Bodies from content providers do tell, and are errors then.
template <class Server>
class traced_server : public Server, public detail::httplib_routes<Server, traced_server<Server>> {
  using routes = detail::httplib_routes<Server, traced_server>;

public:
  traced_server() : traced_server{http_server_options{}} {}
  /// With options, then what the server takes, such as the certificate of an SSLServer.
  template <class... Arguments>
  explicit traced_server(http_server_options chosen, Arguments&&... arguments)
      : Server(std::forward<Arguments>(arguments)...), routes{std::move(chosen)} {
    hook_in();
  }
  template <class First, class... Rest>
  requires std::constructible_from<Server, First, Rest...> &&
      (!std::convertible_to<First, http_server_options>)explicit traced_server(First&& first, Rest&&... rest)
      : traced_server{http_server_options{}, std::forward<First>(first), std::forward<Rest>(rest)...} {}

  using routes::Delete;
  using routes::Get;
  using routes::Options;
  using routes::Patch;
  using routes::Post;
  using routes::Put;

  /// As of the server; called after ours.
  template <class Handler> traced_server& set_pre_routing_handler(Handler handler) {
    pre_routing_ = std::move(handler);
    hook_in();
    return *this;
  }
  template <class Handler> traced_server& set_logger(Handler handler) {
    logger_ = std::move(handler);
    hook_in();
    return *this;
  }

  /// The server itself. What is registered there runs outside of a span, and its requests look as if they had no route.
  [[nodiscard]] Server& plain() noexcept { return *this; }

private:
  using pre_routing_handler = typename Server::HandlerWithResponse;
  template <class Request, class Response, template <class> class Function>
  static Function<void(Request const&, Response const&)> logger_of(Function<void(Request const&, Response&)> const&);
  using logger = decltype(logger_of(std::declval<typename Server::Handler>()));

  void hook_in() {
    Server::set_pre_routing_handler(
        [settings = this->settings_, next = pre_routing_](auto const& request, auto& response) {
          bool const enabled = settings->options.tracer.enabled();
          detail::this_exchange = {&response, enabled ? detail::process_clock.now().wall : 0, false};
          return next ? next(request, response) : Server::HandlerResponse::Unhandled;
        });
    Server::set_logger([settings = this->settings_, next = logger_](auto const& request, auto const& response) {
      detail::tell_unrouted(settings, request, response);
      if (next) next(request, response);
    });
  }

  pre_routing_handler pre_routing_;
  logger logger_;
};

/// The routes of a server that was made elsewhere: what is registered here is traced, as traced_server<Server> would.
///
/// The server must outlive this while routes are registered, not longer. Its hooks stay untouched, so requests without
/// a route get no span.
template <class Server> class traced_server<Server&> : public detail::httplib_routes<Server, traced_server<Server&>> {
public:
  explicit traced_server(Server& server, http_server_options chosen = {})
      : detail::httplib_routes<Server, traced_server<Server&>>{std::move(chosen)}, server_{&server} {}

  [[nodiscard]] Server& plain() noexcept { return *server_; }

private:
  Server* server_;
};

template <class Server> traced_server(Server&) -> traced_server<Server&>;
template <class Server> traced_server(Server&, http_server_options) -> traced_server<Server&>;

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/pipeline/batch.hpp
//
// How finished spans get from the threads to the exporter: in batches on a thread of their own, or at once.
// These are descriptions; `start` makes them run.

namespace spanwise::inline SPANWISE_ABI {

/// What is left out comes from the OTEL_BSP_* variables, then from OpenTelemetry's defaults.
struct batch_options {
  /// Spans that may wait; unset, memory alone is the bound (max_queue_bytes), which is many more than the default of
  /// 2048. Counting them makes all threads write the same number, once a span.
  std::optional<std::size_t> max_queue_size{};
  /// Memory for spans that wait, 256 KiB to 256 MiB; 16 MiB by default.
  std::optional<std::size_t> max_queue_bytes{};
  /// The longest that a finished span waits for its batch to fill; 5 s.
  std::optional<duration> schedule_delay{};
  /// Spans in one export at most; 512.
  std::optional<std::size_t> max_export_batch_size{};
  /// The longest that one export may take; 30 s, 0 for no limit.
  std::optional<duration> export_timeout{};
};

/// Exports in batches on one background thread: `batch{otlp_http{}}`, `batch{filter{...}, otlp_http{}}`.
///
/// Threads that end spans never wait. Where more comes than goes out, traces are left out whole: none begins while less
/// than a sixteenth of the memory for waiting spans is left, or until half of a full max_queue_size is free again. A
/// span that finds no room all the same is dropped. Both are counted, and told.
template <class... Parts> struct batch {
  explicit batch(Parts... given) : parts{std::move(given)...} {}
  explicit batch(batch_options chosen, Parts... given) : options{chosen}, parts{std::move(given)...} {}

  batch_options options{};
  std::tuple<Parts...> parts;
};
template <class... Parts> batch(batch_options, Parts...) -> batch<Parts...>;
template <class... Parts> batch(Parts...) -> batch<Parts...>;

/// Exports each span on the thread that ends it, one after another: for consoles and tests, where order matters more
/// than speed. That thread waits for the exporter.
template <class... Parts> struct simple {
  explicit simple(Parts... given) : parts{std::move(given)...} {}
  std::tuple<Parts...> parts;
};
template <class... Parts> simple(Parts...) -> simple<Parts...>;

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/pipeline/stage.hpp
//
// Stages stand between the spans and the exporter, from left to right: `batch{filter{...}, otlp_http{}}`.

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

// spanwise/pipeline/tee.hpp
//
// The shapes of a pipeline beside a straight line: several exporters at once, each perhaps behind stages of its own.

namespace spanwise::inline SPANWISE_ABI {

/// Sends each span to all of these; each branch keeps its own accounts.
///
/// They take turns on the one thread that exports, so a branch that hangs holds the others up until its time is over;
/// put what is quick and sure, such as a file, first.
template <class... Branches> struct tee {
  explicit tee(Branches... given) : branches{std::move(given)...} {}
  std::tuple<Branches...> branches;
};

/// Stages and the exporter behind them, as one branch of a tee: `tee{otlp_http{}, chain{filter{...}, otlp_file{...}}}`.
template <class... Parts> struct chain {
  explicit chain(Parts... given) : parts{std::move(given)...} {}
  std::tuple<Parts...> parts;
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/resource/detector.hpp
//
// What finds out about the surroundings of a service: a detector gives a resource, and several of them are merged.
// Here is what a detector is and how they are asked; those that come with spanwise stand in resource_detectors.hpp.

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

// spanwise/pipeline/batch_settings.hpp
//
// What a batch pipeline runs with: what code chose, completed by the OTEL_BSP_* variables and OpenTelemetry's defaults.

namespace spanwise::inline SPANWISE_ABI::detail {

/// batch_options with nothing left open.
struct batch_settings {
  std::size_t batch_size = 512;
  duration delay = seconds(5);
  duration export_timeout = seconds(30);
};

/// How many spans may wait by OpenTelemetry's default.
inline constexpr std::size_t usual_queue_size = 2048;

/// batch_options, completed by OTEL_BSP_* and the defaults, and made consistent.
struct chosen_batch {
  batch_settings settings;
  std::size_t bytes = std::size_t{16} << 20;
  std::int64_t most_spans = 0;
};

SPANWISE_SMALL chosen_batch choose_batch(batch_options const& given, environment const& env) {
  chosen_batch result;
  constexpr std::int64_t most = std::int64_t{1} << 31;
  auto const number = [&](std::optional<std::size_t> code, char const* name) -> std::optional<std::size_t> {
    if (code && *code != 0) return std::min(*code, static_cast<std::size_t>(most));
    auto const text = env.integer(name, 1);
    return text ? std::optional<std::size_t>{static_cast<std::size_t>(std::min(*text, most))} : std::nullopt;
  };
  auto const time = [&](std::optional<duration> code, char const* name, duration usual) {
    return code && code->ns >= 0 ? bounded_wait(*code) : env.milliseconds(name).value_or(usual);
  };
  std::optional<std::size_t> const queue = number(given.max_queue_size, "OTEL_BSP_MAX_QUEUE_SIZE");
  std::optional<std::size_t> const size = number(given.max_export_batch_size, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE");
  result.settings.batch_size = size.value_or(512);
  if (queue) result.most_spans = static_cast<std::int64_t>(*queue);
  // Memory bounds a queue that nobody has set, but a batch is held against what OpenTelemetry has for it.
  bool const by_code = given.max_export_batch_size.value_or(0) != 0;
  std::size_t const bound = queue ? *queue : by_code ? result.settings.batch_size : usual_queue_size;
  if (result.settings.batch_size > bound) {
    std::string_view constexpr by_default = " by default";
    if (size || !given.max_queue_size)
      tell(severity::warning, "batch above queue",
           {"the export batch size (OTEL_BSP_MAX_EXPORT_BATCH_SIZE), ", result.settings.batch_size,
            size ? std::string_view{} : by_default, ", is above the queue size (OTEL_BSP_MAX_QUEUE_SIZE), ", bound,
            queue ? std::string_view{} : by_default, "; batches of that many spans are sent; set both"});
    result.settings.batch_size = bound;
  }
  result.bytes = given.max_queue_bytes.value_or(result.bytes);
  result.settings.delay = time(given.schedule_delay, "OTEL_BSP_SCHEDULE_DELAY", seconds(5));
  result.settings.export_timeout = time(given.export_timeout, "OTEL_BSP_EXPORT_TIMEOUT", seconds(30));
  return result;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/detail/uuid.hpp
//
// UUIDs (RFC 9562) as text.

namespace spanwise::inline SPANWISE_ABI::detail {

/// A UUID of these bits, but for those that its version and the variant take.
SPANWISE_SMALL std::string uuid_text(std::uint64_t high, std::uint64_t low, unsigned version) {
  std::uint64_t const words[]{(high & ~(std::uint64_t{0xf} << 12)) | std::uint64_t{version} << 12,
                              (low & ~(std::uint64_t{3} << 62)) | std::uint64_t{2} << 62};
  std::string text;
  for (int digit = 0; digit < 32; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) text += '-';
    text += hex_digits[words[digit / 16] >> (60 - digit % 16 * 4) & 15];
  }
  return text;
}

/// A random UUID, version 4.
SPANWISE_SMALL std::string random_uuid() {
  random_source random;
  random.seed();
  std::uint64_t const high = random();
  return uuid_text(high, random(), 4);
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/pipeline/default_resource.hpp
//
// What a service says of itself: gathered from code, the environment, detectors and what the process knows, in that
// order of weight.

namespace spanwise::inline SPANWISE_ABI::detail {

/// The name of the running program without its path; empty if the system does not tell.
SPANWISE_SMALL std::string program_name() {
#if defined(__linux__)
  if (std::FILE* const file = std::fopen("/proc/self/cmdline", "re")) {
    char text[1024];
    std::size_t const size = std::fread(text, 1, sizeof text - 1, file);
    std::fclose(file);
    std::string_view name{text, size};
    name = name.substr(0, name.find('\0'));
    return std::string{name.substr(name.find_last_of('/') + 1)};
  }
  return {};
#elif defined(__APPLE__) || defined(__FreeBSD__)
  char const* const name = ::getprogname();
  return name == nullptr ? std::string{} : std::string{name};
#else
  return {};
#endif
}

/// What OTEL_RESOURCE_ATTRIBUTES says, and OTEL_SERVICE_NAME, which wins.
SPANWISE_SMALL key_values environment_resource(environment const& env) {
  key_values pairs = env.key_value_list("OTEL_RESOURCE_ATTRIBUTES", bad_pair::discards_list).value_or(key_values{});
  auto const name = env.text("OTEL_SERVICE_NAME");
  if (!name) return pairs;
  for (auto& [present, old] : pairs)
    if (present == "service.name") {
      old = *name;
      return pairs;
    }
  pairs.emplace_back("service.name", *name);
  return pairs;
}

/// The resource of a service: defaults, then what detectors found, OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME, and
/// what code said; the later wins.
///
/// `detected` is what `detect_all` gives for the same environment. What comes from variables has no schema URL.
SPANWISE_SMALL resource default_resource(environment const& env, resource const& from_code,
                                         resource const& detected = {}) {
  resource result;
  std::string const program = program_name();
  result.set_texts({{"service.name", joined({"unknown_service", program.empty() ? std::string_view{} : ":", program})},
                    {"service.instance.id", random_uuid()},
                    {"telemetry.sdk.name", "spanwise"},
                    {"telemetry.sdk.language", "cpp"},
                    {"telemetry.sdk.version", SPANWISE_VERSION}});
  result.merge(detected);
  for (auto const& [name, text] : environment_resource(env)) result.set({any_key{name}, text});
  result.merge(from_code);
  return result;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/pipeline/exporter_variable.hpp
//
// Tells who set OTEL_TRACES_EXPORTER that the program has no choice: its pipeline names one exporter, and that counts.

namespace spanwise::inline SPANWISE_ABI::detail {

/// The exporter at the end of a straight line; void where the line forks.
template <class Part> struct only_exporter { using type = Part; };
template <class... Parts>
struct only_exporter<std::tuple<Parts...>>
    : only_exporter<std::tuple_element_t<sizeof...(Parts) - 1, std::tuple<Parts...>>> {};
template <class... Parts> struct only_exporter<chain<Parts...>> : only_exporter<std::tuple<Parts...>> {};
template <class... Branches> struct only_exporter<tee<Branches...>> { using type = void; };

/// Says so if the variable names anything but `built`.
SPANWISE_SMALL void check_exporter_variable(std::string_view built, environment const& env) {
  auto const asked = env.text("OTEL_TRACES_EXPORTER");
  if (!asked) return;
  std::string others;
  comma_list names{*asked};
  for (std::string_view name; names.next(name);)
    if (!name.empty() && !same_letters(name, built)) add_item(others, shown(name));
  if (!others.empty())
    tell(severity::warning, "OTEL_TRACES_EXPORTER",
         {"OTEL_TRACES_EXPORTER asks for ", others, ", but the program was built with ", built,
          " alone, which it uses; any_of{...} lets the variable choose"});
}

/// The same for a pipeline of these parts. One that forks, or whose exporter has no name, is nobody's to choose.
template <class Parts> void check_exporter_variable(environment const& env) noexcept {
  using Exporter = typename only_exporter<Parts>::type;
  if constexpr (requires { std::string_view{Exporter::exporter_name}; })
    contain([&] { check_exporter_variable(Exporter::exporter_name, env); });
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/start/chosen_propagators.hpp
//
// OTEL_PROPAGATORS: chooses, when the program starts, in which formats contexts travel, among those it was compiled
// with. These are the ones of the single header, and what propagators_from_environment is given besides.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

SPANWISE_COLD void tell_unknown_formats(std::string_view unknown, std::span<std::string_view const> known, bool others,
                                        bool none) {
  std::string names;
  for (std::string_view const name : known) add_item(names, name);
  tell(severity::warning, "OTEL_PROPAGATORS",
       {"OTEL_PROPAGATORS asks for ", unknown, ", but the program was built with ", names, " alone; ",
        others ? std::string_view{"the others are used"}
        : none     ? std::string_view{"none is used"}
                   : std::string_view{"tracecontext, baggage are used"},
        ". It can choose more if it is started with options such as "
        ".propagators = spanwise::propagators_from_environment<spanwise::jaeger>{} (of spanwise/jaeger.hpp; xray is "
        "in spanwise/xray.hpp)"});
}

/// What OTEL_PROPAGATORS asks for, of formats called `known`; nothing if it says nothing that makes sense here.
SPANWISE_SMALL std::optional<format_choice> read_format_choice(environment const& env,
                                                               std::span<std::string_view const> known) {
  auto const asked = env.list("OTEL_PROPAGATORS");
  if (!asked) return std::nullopt;
  format_choice chosen;
  bool none = false;
  std::string unknown;
  for (std::string const& name : *asked) {
    std::size_t place = 0;
    while (place < known.size() && !same_letters(known[place], name)) ++place;
    if (place < known.size()) chosen.add(place);
    else if (same_letters(name, "none")) none = true;
    else if (unknown.size() < 200) add_item(unknown, shown(name));
    else if (!unknown.ends_with("...")) add_item(unknown, "...");
  }
  if (!unknown.empty()) tell_unknown_formats(unknown, known, !chosen.empty(), none);
  else if (none && !chosen.empty())
    tell(severity::warning, "OTEL_PROPAGATORS",
         {"OTEL_PROPAGATORS names \"none\" beside others; \"none\" is ignored: leave it out, or let it stand alone"});
  return none || !chosen.empty() ? std::optional{chosen} : std::nullopt;
}

/// The same, and the default where it says nothing.
SPANWISE_SMALL format_choice format_choice_of(environment const& env, std::span<std::string_view const> known) noexcept {
  return contain([&] { return read_format_choice(env, known).value_or(format_choice::by_default()); },
                 format_choice::by_default());
}

template <class... More>
using formats_to_choose_from = chosen_formats<typename extended_list<single_header_formats, More...>::type>;

} // namespace detail

/// The propagators that OTEL_PROPAGATORS names, in its order, from trace_context, w3c_baggage, b3, b3_multi and `More`;
/// tracecontext and baggage if it is not set. Reads the variable when it is made.
///
///     auto tracing = spanwise::start("shop", exporter,
///                                    {.propagators = spanwise::propagators_from_environment<spanwise::jaeger>{}});
///
/// A name that none of them has is told in a diagnostic and skipped; `none` alone turns propagation off.
template <class... More> class propagators_from_environment : public detail::formats_to_choose_from<More...> {
public:
  propagators_from_environment() noexcept : propagators_from_environment{environment::process()} {}
  explicit propagators_from_environment(environment const& env) noexcept
      : detail::formats_to_choose_from<More...>{
            detail::format_choice_of(env, detail::formats_to_choose_from<More...>::names)} {}
};
static_assert(propagator<propagators_from_environment<>>);

namespace detail {

/// Makes what the variable names the propagators of the process. Where it is not set, they stay what they are.
SPANWISE_SMALL void install_chosen_propagators(environment const& env) noexcept {
  if (!env.text("OTEL_PROPAGATORS")) return;
  format_choice const chosen = format_choice_of(env, chosen_formats<single_header_formats>::names);
  if (chosen == format_choice::by_default()) reset_default_propagator();
  else install_propagator(new (std::nothrow) chosen_built_in{chosen});
}

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/core/sampling_threshold.hpp
//
// The numbers of consistent probability sampling: a trace has 56 random bits, and a sampler keeps it if these are at
// least its threshold. So whoever keeps less keeps a part of what others keep, and each kept span tells what share it
// stands for. Text as the trace state has it, in `ot=th:…;rv:…` (OpenTelemetry, TraceState: Probability Sampling).

namespace spanwise::inline SPANWISE_ABI {

/// The 56 bits of a trace by which samplers of all services decide alike.
class trace_randomness {
public:
  static constexpr std::size_t digits = 14;

  constexpr trace_randomness() noexcept = default;
  /// The low 56 bits of `bits`.
  constexpr explicit trace_randomness(std::uint64_t bits) noexcept : value_{bits & ((std::uint64_t{1} << 56) - 1)} {}
  /// The last seven bytes of a trace id.
  constexpr explicit trace_randomness(trace_id const& id) noexcept {
    for (std::uint8_t const byte : id.bytes().subspan<9>()) value_ = value_ << 8 | byte;
  }
  /// Reads `rv`: exactly 14 lower-case digits; nothing if the text is anything else.
  [[nodiscard]] static std::optional<trace_randomness> parse(std::string_view text) noexcept {
    unsigned char bytes[digits / 2];
    if (text.size() != digits || !detail::read_hex(bytes, text.data(), sizeof bytes)) return std::nullopt;
    std::uint64_t value = 0;
    for (unsigned char const byte : bytes) value = value << 8 | byte;
    return trace_randomness{value};
  }

  [[nodiscard]] constexpr std::uint64_t value() const noexcept { return value_; }
  /// 14 lower-case digits.
  [[nodiscard]] hex_text<digits> hex() const noexcept {
    unsigned char bytes[digits / 2];
    for (std::size_t i = 0; i < sizeof bytes; ++i) bytes[i] = static_cast<unsigned char>(value_ >> (48 - 8 * i));
    return hex_text<digits>{bytes};
  }

  friend constexpr auto operator<=>(trace_randomness, trace_randomness) noexcept = default;

private:
  std::uint64_t value_{};
};

/// From which randomness on traces are kept; 0, the default, keeps all. No threshold keeps none: use an optional.
class sampling_threshold {
public:
  static constexpr std::uint64_t whole = std::uint64_t{1} << 56;
  static constexpr std::size_t max_digits = 14;

  /// What text() gives: 1 to 14 digits in place.
  class digits_text {
  public:
    constexpr explicit digits_text(std::uint64_t value) noexcept {
      for (std::size_t i = 0; i < max_digits; ++i) {
        text_[i] = detail::hex_digits[value >> (52 - 4 * i) & 15];
        if (text_[i] != '0') size_ = i + 1;
      }
    }
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {text_, size_}; }
    constexpr operator std::string_view() const noexcept { return view(); }

  private:
    char text_[max_digits]{};
    std::size_t size_ = 1;
  };

  /// Keeps all.
  constexpr sampling_threshold() noexcept = default;
  /// The low 56 bits of `value`.
  constexpr explicit sampling_threshold(std::uint64_t value) noexcept : value_{value & (whole - 1)} {}

  /// The threshold that keeps this share, rounded so that `precision` digits behind the leading `f`s say it.
  ///
  /// Nothing if the ratio is no probability: below 2^-56, or not a number. Above 1 counts as 1; a precision is cut to
  /// 1 to 14. Integer arithmetic throughout, so it is exact down to 2^-56.
  [[nodiscard]] static constexpr std::optional<sampling_threshold> of_ratio(double ratio, int precision = 4) noexcept {
    if (!(ratio >= least_ratio)) return std::nullopt;
    if (ratio >= 1) return sampling_threshold{};
    parts const kept = parts_of(ratio);
    int const wanted = (precision < 1 ? 1 : precision > 14 ? 14 : precision) + kept.leading_bits / 4;
    int const digits = wanted > 14 ? 14 : wanted;
    std::uint64_t const unit = std::uint64_t{1} << 4 * (14 - digits);
    std::uint64_t const exact = whole - kept.above; // less the fraction, which is below one
    if (unit == 1) return sampling_threshold{exact - (kept.below > kept.half ? 1 : 0)};
    std::uint64_t const rounded = (exact + unit / 2 - (kept.below != 0 ? 1 : 0)) / unit * unit;
    return sampling_threshold{rounded < whole ? rounded : whole - unit};
  }
  /// The threshold that keeps this share to the last of the 56 bits; nothing as above.
  [[nodiscard]] static constexpr std::optional<sampling_threshold> exactly(double ratio) noexcept {
    if (!(ratio >= least_ratio)) return std::nullopt;
    if (ratio >= 1) return sampling_threshold{};
    parts const kept = parts_of(ratio);
    return sampling_threshold{whole - kept.above - (kept.below != 0 && kept.below >= kept.half ? 1 : 0)};
  }
  /// Reads `th`: 1 to 14 lower-case digits, of which the missing right ones are zeros; nothing if it is anything else.
  [[nodiscard]] static constexpr std::optional<sampling_threshold> parse(std::string_view text) noexcept {
    if (text.empty() || text.size() > max_digits) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < max_digits; ++i) {
      char const letter = i < text.size() ? text[i] : '0';
      bool const decimal = letter >= '0' && letter <= '9';
      if (!decimal && !(letter >= 'a' && letter <= 'f')) return std::nullopt;
      value = value << 4 | static_cast<std::uint64_t>(decimal ? letter - '0' : letter - 'a' + 10);
    }
    return sampling_threshold{value};
  }

  [[nodiscard]] constexpr std::uint64_t value() const noexcept { return value_; }
  /// As `th` has it: `0`, or all digits but the zeros on the right.
  [[nodiscard]] constexpr digits_text text() const noexcept { return digits_text{value_}; }
  [[nodiscard]] constexpr bool keeps(trace_randomness trace) const noexcept { return trace.value() >= value_; }
  /// The share of traces that it keeps, above 0 and at most 1.
  [[nodiscard]] constexpr double probability() const noexcept {
    return static_cast<double>(whole - value_) / static_cast<double>(whole);
  }
  /// How many traces each kept one stands for, rounded once.
  [[nodiscard]] constexpr double adjusted_count() const noexcept {
    // What is kept may have more bits than a double: divided as whole numbers are, to more bits than a double has.
    std::uint64_t const kept = whole - value_;
    std::uint64_t quotient = whole / kept;
    std::uint64_t rest = whole % kept;
    double unit = 0.5;
    for (; quotient < std::uint64_t{1} << 54; unit /= 2) {
      rest <<= 1;
      bool const one = rest >= kept;
      quotient = quotient << 1 | (one ? 1 : 0);
      if (one) rest -= kept;
    }
    return static_cast<double>(quotient << 1 | (rest != 0 ? 1 : 0)) * unit;
  }

  friend constexpr auto operator<=>(sampling_threshold, sampling_threshold) noexcept = default;

private:
  static constexpr double least_ratio = 1.0 / static_cast<double>(whole);

  /// A ratio times 2^56: what is above the point, what is below it, and what is half a unit there.
  struct parts {
    std::uint64_t above;
    std::uint64_t below;
    std::uint64_t half;
    int leading_bits; ///< so many bits after the point of the ratio itself are zero
  };
  static constexpr parts parts_of(double ratio) noexcept {
    auto const bits = std::bit_cast<std::uint64_t>(ratio);
    std::uint64_t const digits = (bits & ((std::uint64_t{1} << 52) - 1)) | std::uint64_t{1} << 52;
    int const exponent = static_cast<int>(bits >> 52) - 1022; // the ratio is digits * 2^(exponent - 53)
    int const up = exponent + 3;
    if (up >= 0) return {digits << up, 0, 1, -exponent};
    return {digits >> -up, digits & ((std::uint64_t{1} << -up) - 1), std::uint64_t{1} << (-up - 1), -exponent};
  }

  std::uint64_t value_{};
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/core/ot_state.hpp
//
// OpenTelemetry's own member of the trace state, `ot=th:c;rv:6e6d1a75832a2f`: pairs of a name and a value, of which
// `th` tells with what share a trace was sampled and `rv` its randomness. Samplers write it; application code does not.
// OpenTelemetry, TraceState Handling.

namespace spanwise::inline SPANWISE_ABI {

/// Reads the pairs of an `ot` member; a view, which lives as long as the trace state does.
///
/// Malformed pairs do not count; of equal names the last does.
class ot_state {
public:
  static constexpr std::string_view key = "ot";
  static constexpr std::size_t max_text = 256;

  /// The value of the member itself.
  constexpr explicit ot_state(std::string_view value) noexcept : text_{value} {}
  explicit ot_state(trace_state const& from) noexcept : text_{from.get(key).value_or(std::string_view{})} {}
  explicit ot_state(trace_state&&) = delete;

  [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }
  [[nodiscard]] constexpr std::optional<std::string_view> get(std::string_view name) const noexcept {
    std::optional<std::string_view> found;
    each([&](std::string_view own, std::string_view value, std::string_view) {
      if (own == name) found = value;
    });
    return found;
  }
  /// `th`, if it is there and well formed.
  [[nodiscard]] constexpr std::optional<sampling_threshold> threshold() const noexcept {
    auto const value = get("th");
    return value ? sampling_threshold::parse(*value) : std::nullopt;
  }
  /// `rv`, if it is there and well formed.
  [[nodiscard]] std::optional<trace_randomness> randomness() const noexcept {
    auto const value = get("rv");
    return value ? trace_randomness::parse(*value) : std::nullopt;
  }

  /// Calls `visit(name, value, rest)` for each well-formed pair; `rest` is the text behind it.
  template <class Visit> constexpr void each(Visit const& visit) const noexcept {
    for (std::string_view rest = text_; !rest.empty();) {
      std::string_view value = detail::next_part(rest, ';');
      bool const divided = value.find(':') != value.npos;
      std::string_view const name = detail::next_part(value, ':');
      if (divided && valid_name(name) && valid_value(value)) visit(name, value, rest);
    }
  }

  /// A lower-case letter, then lower-case letters and digits.
  [[nodiscard]] static constexpr bool valid_name(std::string_view text) noexcept {
    constexpr detail::char_set first{"az"};
    constexpr detail::char_set others{"az09"};
    return !text.empty() && first.has(text.front()) && others.has_all(text);
  }
  /// Letters, digits, `.`, `_` and `-`; may be empty.
  [[nodiscard]] static constexpr bool valid_value(std::string_view text) noexcept {
    constexpr detail::char_set letters{"AZaz09..__--"};
    return letters.has_all(text);
  }

private:
  std::string_view text_;
};

/// What became of a change: if it was refused, `state` is what it was.
struct ot_change {
  trace_state state;
  bool done;
};

namespace detail {

/// A pair to be written, or one to be left out.
struct ot_pair {
  std::string_view name;
  std::optional<std::string_view> value;
};

/// `from` with these pairs set or removed and all others kept; a member that is empty then is removed. Nothing if
/// the member would be longer than it may be.
inline std::optional<trace_state> replace_ot(trace_state const& from, std::initializer_list<ot_pair> pairs) noexcept {
  char text[ot_state::max_text];
  std::size_t size = 0;
  bool fits = true;
  auto const put = [&](std::string_view name, std::string_view value) {
    std::size_t const more = (size != 0 ? 1U : 0U) + name.size() + 1 + value.size();
    if (more > sizeof text - size) fits = false;
    if (!fits) return;
    if (size != 0) text[size++] = ';';
    for (char const letter : name) text[size++] = letter;
    text[size++] = ':';
    for (char const letter : value) text[size++] = letter;
  };
  for (ot_pair const& pair : pairs)
    if (pair.value) put(pair.name, *pair.value);
  ot_state{from}.each([&](std::string_view name, std::string_view value, std::string_view rest) {
    bool again = ot_state{rest}.get(name).has_value();
    for (ot_pair const& pair : pairs) again = again || pair.name == name;
    if (!again) put(name, value);
  });
  if (!fits) return std::nullopt;
  return size == 0 ? from.remove(ot_state::key) : from.set(ot_state::key, {text, size});
}

SPANWISE_COLD void report_long_ot() noexcept {
  report(
      severity::warning, "ot too long",
      "the trace state's member \"ot\" has no room for what a sampler says: it would exceed 256 characters; see which "
      "service writes so much there");
}

} // namespace detail

/// `from` with `name:value` in its `ot` member, which moves to the front; other pairs stay.
///
/// Refused, with a diagnostic, if the grammar forbids it or the member would exceed 256 characters. Names are those
/// that OpenTelemetry defines.
[[nodiscard]] inline ot_change set_ot(trace_state const& from, std::string_view name, std::string_view value) noexcept {
  if (!ot_state::valid_name(name) || !ot_state::valid_value(value)) {
    detail::count_misuse(misuse::bad_trace_state);
    return {from, false};
  }
  if (auto changed = detail::replace_ot(from, {{name, value}})) return {std::move(*changed), true};
  detail::report_long_ot();
  return {from, false};
}

/// `from` without `name` in its `ot` member; without the member if nothing else is in it.
[[nodiscard]] inline trace_state remove_ot(trace_state const& from, std::string_view name) noexcept {
  if (!ot_state{from}.get(name)) return from;
  return detail::replace_ot(from, {{name, std::nullopt}}).value_or(from);
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/sampling_intent.hpp
//
// What a composable sampler answers: not a decision but an intent, a threshold that the randomness of the trace is then
// compared with. Intents can be combined - by rule, by parent - and the decision stays consistent with other services'.
// OpenTelemetry, Trace SDK, ComposableSampler. Whoever needs no consistent sampling needs none of this.

namespace spanwise::inline SPANWISE_ABI {

/// How a composable sampler changes the trace state, beside its `ot` member; by default not at all.
struct state_provider {
  /// Gives the state of the new span; `with` is the member below, `from` the parent's state.
  trace_state (*change)(void const* with, trace_state const& from, bool sampled) noexcept {};
  void const* with{};
};

/// What a composable sampler wants.
struct sampling_intent {
  std::optional<sampling_threshold> threshold{}; ///< none: the span is not sampled
  /// The threshold tells the share of traces that is kept: it is compared with the trace's own randomness and written
  /// to the trace state. Otherwise chance decides.
  bool reliable{};
  sampling_attributes attributes{}; ///< for spans that are sampled
  state_provider state{};
  /// The trace state with nothing but this threshold in it, ready made, or nullptr; it saves roots an allocation.
  trace_state const* alone{};
};

/// A type with intents about spans, for `composite_sampler` and the composables around others. It is called on the
/// threads that start spans, at the same time. It does not touch the trace state's `ot` member.
///
///     struct all_of_the_shop {
///       spanwise::sampling_intent intent(spanwise::starting_span const& asked) const {
///         if (!asked.name.starts_with("shop/")) return {};
///         return {.threshold = spanwise::sampling_threshold{}, .reliable = true};
///       }
///       spanwise::sampler_description description() const { return "AllOfTheShop"; }
///     };
template <class Candidate>
concept composable_sampler = requires(Candidate const& candidate, starting_span const& asked) {
  { candidate.intent(asked) } -> std::same_as<sampling_intent>;
  { candidate.description() } -> std::convertible_to<sampler_description>;
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/always_on.hpp
//
// The two simplest samplers: everything, and nothing.

namespace spanwise::inline SPANWISE_ABI {

/// Records and sends each span. Also composable: a reliable threshold of 0.
struct always_on {
  [[nodiscard]] sampling_result should_sample(sampling_parameters const&) const noexcept {
    return {sampling_decision::record_and_sample};
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case) const noexcept {
    return sampling_decision::record_and_sample;
  }
  [[nodiscard]] sampling_intent intent(starting_span const&) const noexcept {
    return {.threshold = sampling_threshold{}, .reliable = true};
  }
  [[nodiscard]] sampler_description description() const noexcept { return "AlwaysOnSampler"; }
};

/// Records nothing; contexts are still passed on. Also composable: no threshold.
struct always_off {
  [[nodiscard]] sampling_result should_sample(sampling_parameters const&) const noexcept {
    return {sampling_decision::drop};
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case) const noexcept { return sampling_decision::drop; }
  [[nodiscard]] sampling_intent intent(starting_span const&) const noexcept { return {}; }
  [[nodiscard]] sampler_description description() const noexcept { return "AlwaysOffSampler"; }
};

static_assert(sampler<always_on> && sampler<always_off> && composable_sampler<always_on> &&
              composable_sampler<always_off>);

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/parent_based.hpp
//
// The sampler around samplers: whoever has a parent follows it, so traces stay whole.

namespace spanwise::inline SPANWISE_ABI {

/// Follows the parent's decision, and asks `root` where there is no parent. Each of the four answers can be replaced.
template <class Root, class RemoteSampled = always_on, class RemoteUnsampled = always_off,
          class LocalSampled = always_on, class LocalUnsampled = always_off>
struct parent_based {
  static_assert(sampler<Root> && sampler<RemoteSampled> && sampler<RemoteUnsampled> && sampler<LocalSampled> &&
                    sampler<LocalUnsampled>,
                "spanwise: parent_based takes samplers, which have should_sample(sampling_parameters const&), which "
                "gives a sampling_result, and description(); the composable sampler that follows its parent is "
                "spanwise::parent_threshold");
  Root root;
  RemoteSampled remote_sampled{};
  RemoteUnsampled remote_unsampled{};
  LocalSampled local_sampled{};
  LocalUnsampled local_unsampled{};

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const {
    span_context const& parent = asked.parent.span();
    if (!parent.valid()) return root.should_sample(asked);
    if (parent.remote())
      return parent.sampled() ? remote_sampled.should_sample(asked) : remote_unsampled.should_sample(asked);
    return parent.sampled() ? local_sampled.should_sample(asked) : local_unsampled.should_sample(asked);
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case which) const noexcept {
    switch (which) {
    case parent_case::none:
      return detail::fixed_of(root, which);
    case parent_case::remote_sampled:
      return detail::fixed_of(remote_sampled, which);
    case parent_case::remote_unsampled:
      return detail::fixed_of(remote_unsampled, which);
    case parent_case::local_sampled:
      return detail::fixed_of(local_sampled, which);
    case parent_case::local_unsampled:
      return detail::fixed_of(local_unsampled, which);
    }
    return std::nullopt;
  }
  [[nodiscard]] sampler_description description() const {
    sampler_description text{"ParentBased{root:"};
    text.append(sampler_description{root.description()}.view());
    text.append(",remoteParentSampled:").append(sampler_description{remote_sampled.description()}.view());
    text.append(",remoteParentNotSampled:").append(sampler_description{remote_unsampled.description()}.view());
    text.append(",localParentSampled:").append(sampler_description{local_sampled.description()}.view());
    text.append(",localParentNotSampled:").append(sampler_description{local_unsampled.description()}.view());
    return text.append("}");
  }
};
template <class Root> parent_based(Root) -> parent_based<Root>;
template <class Root, class A> parent_based(Root, A) -> parent_based<Root, A>;
template <class Root, class A, class B> parent_based(Root, A, B) -> parent_based<Root, A, B>;
template <class Root, class A, class B, class C> parent_based(Root, A, B, C) -> parent_based<Root, A, B, C>;
template <class Root, class A, class B, class C, class D>
parent_based(Root, A, B, C, D) -> parent_based<Root, A, B, C, D>;

static_assert(sampler<parent_based<always_off>>);

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/sampling_ratio.hpp
//
// A share of traces as the ratio samplers take it: what is no share is told, and counts as the nearest one.

namespace spanwise::inline SPANWISE_ABI::detail {

/// A ratio in [0, 1]; outside of it clamped, and 0 for what is no number.
class sampling_ratio {
public:
  constexpr explicit sampling_ratio(double ratio) noexcept
      : value_{ratio >= 1  ? 1
               : ratio > 0 ? ratio
                           : 0},
        fault_{ratio > 1         ? fault::above
               : ratio < 0       ? fault::below
               : ratio == value_ ? fault::none
                                 : fault::no_number} {}

  [[nodiscard]] constexpr double value() const noexcept { return value_; }

  void tell() const noexcept {
    if (fault_ != fault::none) tell_fault();
  }

private:
  enum class fault : std::uint8_t { none, below, above, no_number };

  SPANWISE_COLD void tell_fault() const noexcept {
    report(severity::warning, "sampling ratio",
           fault_ == fault::above
               ? "a sampling ratio above 1 counts as 1: every trace is kept; give a share such as 0.1"
           : fault_ == fault::below ? "a sampling ratio below 0 counts as 0: no trace is kept"
                                    : "a sampling ratio that is not a number counts as 0: no trace is kept");
  }

  double value_;
  fault fault_;
};

/// Reports a sentence once in the life of the process.
SPANWISE_COLD void report_once(atomic<bool>& told, std::string_view cause, std::string_view sentence) noexcept {
  if (!told.exchange(true, relaxed)) report(severity::warning, cause, sentence);
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/trace/trace_id_ratio.hpp
//
// A share of all traces, chosen by trace id. For the entry of a service, inside parent_based.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

SPANWISE_SHARED inline constinit atomic<bool> told_of_ratio_below_parent{false};

/// Keeps by trace id, and warns once where a parent has decided already.
[[nodiscard]] inline sampling_result keep_by_id(std::uint64_t threshold, sampling_parameters const& asked) noexcept {
  if (asked.parent.span().valid() && !told_of_ratio_below_parent.load(relaxed)) [[unlikely]]
    report_once(
        told_of_ratio_below_parent, "ratio below parent",
        "a trace id ratio decides anew for a span that has a parent, and services that compute it otherwise tear "
        "such traces apart; write spanwise::parent_based{spanwise::trace_id_ratio{...}}, or use "
        "spanwise::probability, which says in the trace state (ot=th) what it did");
  bool const kept = trace_randomness{asked.trace_id}.value() >= threshold;
  return {kept ? sampling_decision::record_and_sample : sampling_decision::drop};
}

/// From which randomness on a ratio keeps; 2^56, which no trace has, for 0 and what is below 2^-56.
[[nodiscard]] constexpr std::uint64_t exact_threshold(double ratio) noexcept {
  auto const threshold = sampling_threshold::exactly(ratio);
  return threshold ? threshold->value() : sampling_threshold::whole;
}

} // namespace detail

/// Sends this share of the traces, chosen by trace id, so that all services that use a ratio agree. Ignores the parent.
///
/// A trace is kept if the last 56 bits of its id are at least 2^56 times (1 - ratio): what a lower ratio keeps, a
/// higher one keeps too. Ratios outside [0, 1] are clamped, NaN counts as 0; a diagnostic says so, of a constant when a
/// pipeline takes it. Below 2^-56 nothing is kept.
class trace_id_ratio {
public:
  constexpr explicit trace_id_ratio(double ratio) noexcept
      : ratio_{ratio}, threshold_{detail::exact_threshold(ratio_.value())} {
    if (!std::is_constant_evaluated()) ratio_.tell();
  }

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const noexcept {
    return detail::keep_by_id(threshold_, asked);
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case) const noexcept {
    ratio_.tell(); // a constant could not when it was made
    if (threshold_ == 0) return sampling_decision::record_and_sample;
    if (threshold_ == sampling_threshold::whole) return sampling_decision::drop;
    return std::nullopt;
  }
  [[nodiscard]] sampler_description description() const noexcept {
    return sampler_description{"TraceIdRatioBased{"}.append_ratio(ratio_.value()).append("}");
  }
  [[nodiscard]] constexpr double ratio() const noexcept { return ratio_.value(); }

private:
  detail::sampling_ratio ratio_;
  std::uint64_t threshold_;
};

static_assert(sampler<trace_id_ratio>);

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/sampler.hpp
//
// Samplers decide, when a span starts, whether it is recorded and sent. They are plain values with one function;
// what a sampler knows without looking at the span is worked out once, so that the common cases cost a table look-up.
// Here are those of the OpenTelemetry specification that most programs use; others have headers of their own.

// spanwise/start/chosen_sampler.hpp
//
// The sampler that OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG choose, where code chooses none.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// One type for all that the environment can ask for: each further one would be compiled into every program.
class environment_sampler {
public:
  environment_sampler(double ratio, bool of_ids, bool follows_parent) noexcept
      : roots_{ratio}, of_ids_{of_ids}, follows_parent_{follows_parent} {}

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const noexcept {
    span_context const& parent = asked.parent.span();
    if (follows_parent_ && parent.valid())
      return {parent.sampled() ? sampling_decision::record_and_sample : sampling_decision::drop};
    return roots_.should_sample(asked);
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case which) const noexcept {
    if (!follows_parent_ || which == parent_case::none) return roots_.fixed(which);
    bool const sampled = which == parent_case::remote_sampled || which == parent_case::local_sampled;
    return sampled ? sampling_decision::record_and_sample : sampling_decision::drop;
  }
  [[nodiscard]] SPANWISE_SMALL sampler_description description() const noexcept {
    sampler_description text{follows_parent_ ? "ParentBased{root:" : ""};
    if (of_ids_) text.append(roots_.description().view());
    else text.append(roots_.ratio() > 0 ? always_on{}.description().view() : always_off{}.description().view());
    if (follows_parent_)
      text.append(",remoteParentSampled:AlwaysOnSampler,remoteParentNotSampled:AlwaysOffSampler,"
                  "localParentSampled:AlwaysOnSampler,localParentNotSampled:AlwaysOffSampler}");
    return text;
  }

private:
  trace_id_ratio roots_;
  bool of_ids_;
  bool follows_parent_;
};

static_assert(sampler<environment_sampler>);

} // namespace detail

/// What the variables come to: one of the names that OTEL_TRACES_SAMPLER has, and the ratio of those that take one.
struct sampler_in_effect {
  std::string_view name = "parentbased_always_on";
  std::optional<double> ratio{};
};

namespace detail {

/// Reads the two variables. An unknown name gives a diagnostic and counts as unset, a bad ratio gives one and counts as
/// 1.
[[nodiscard]] SPANWISE_SMALL sampler_in_effect read_sampler(environment const& env) noexcept {
  std::string_view const variable = "OTEL_TRACES_SAMPLER";
  auto const asked = env.text(variable);
  if (!asked) return {};
  for (std::string_view const name : {"always_on", "always_off", "parentbased_always_on", "parentbased_always_off"})
    if (same_letters(*asked, name)) return {name};
  for (std::string_view const name : {"traceidratio", "parentbased_traceidratio"})
    if (same_letters(*asked, name)) return {name, env.ratio("OTEL_TRACES_SAMPLER_ARG").value_or(1)};
  for (std::string_view const name : {"jaeger_remote", "parentbased_jaeger_remote", "xray"})
    if (same_letters(*asked, name)) {
      tell(severity::warning, variable,
           {variable, "=", name, " names a sampler that asks a server for its rules, which spanwise has not built in; "
            "parentbased_always_on is used instead. Choose that, parentbased_traceidratio, or give a sampler of your "
            "own as options.sampler"});
      return {};
    }
  contain([&] {
    tell(severity::warning, variable,
         {variable, "=", shown(*asked),
          " is no sampler; parentbased_always_on is used. Known are always_on, always_off, traceidratio, and each of "
          "these behind parentbased_"});
  });
  return {};
}

} // namespace detail

/// What the environment chooses; empty, which is parent-based with always-on for roots, if it chooses that or nothing.
///
/// An unknown name gives a diagnostic and counts as unset, a bad ratio gives one and counts as 1.
[[nodiscard]] SPANWISE_SMALL any_sampler chosen_sampler(environment const& env) noexcept {
  sampler_in_effect const chosen = detail::read_sampler(env);
  if (chosen.name == sampler_in_effect{}.name) return {};
  double const ratio = chosen.ratio.value_or(chosen.name.ends_with("always_on") ? 1 : 0);
  return detail::environment_sampler{ratio, chosen.ratio.has_value(), chosen.name.starts_with("parentbased_")};
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/start/log_level.hpp
//
// OTEL_LOG_LEVEL: which of spanwise's own diagnostics are told, read once when a pipeline starts.

namespace spanwise::inline SPANWISE_ABI {

/// Sets the level of diagnostics as OTEL_LOG_LEVEL says: none, error, warn, info, debug or trace, in any case of letters.
///
/// Unset or empty changes nothing: what set_diagnostic_level set stays, info at first. An unknown word does neither, and
/// is told. trace is debug here, as there is nothing finer.
SPANWISE_SMALL void apply_log_level(environment const& env) noexcept {
  auto const word = env.choice("OTEL_LOG_LEVEL", {"none", "error", "warn", "info", "debug", "trace"});
  if (!word) return;
  if (*word == "none") set_diagnostic_level(std::nullopt);
  else if (*word == "error") set_diagnostic_level(severity::error);
  else if (*word == "warn") set_diagnostic_level(severity::warning);
  else set_diagnostic_level(*word == "info" ? severity::info : severity::debug);
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/pipeline/accounts.hpp
//
// What a pipeline says about its spans: while it runs, and at its end.

namespace spanwise::inline SPANWISE_ABI {

/// What a shutdown came to. Spans that were sampled out or filtered are in none of the three.
struct [[nodiscard]] shutdown_result {
  std::uint64_t exported{}; ///< delivered since the start; with a tee, by the branch that delivered least
  std::uint64_t dropped{};  ///< lost: not delivered, refused, or without room; the diagnostics said why
  std::uint64_t left{};     ///< neither when time was up: still open, still waiting or still on their way
};

/// The accounts of a pipeline and of each exporter in it.
struct pipeline_stats {
  trace_counts spans;
  std::vector<delivery_counts> branches; ///< in the order in which the exporters are named
};

namespace detail {

/// What has become of all spans, by the accounts of the branch that delivered least.
[[nodiscard]] constexpr shutdown_result sum_up(trace_counts const& spans, delivery_counts const& least) noexcept {
  shutdown_result sum{};
  sum.exported = least.exported;
  sum.left = spans.in_flight > 0 ? static_cast<std::uint64_t>(spans.in_flight) : 0;
  std::uint64_t const elsewhere = spans.sampled_out + spans.record_only + least.filtered + sum.exported + sum.left;
  sum.dropped = spans.started > elsewhere ? spans.started - elsewhere : 0;
  return sum;
}

/// Tells what was lost when nobody else looks at the result.
SPANWISE_SMALL void tell_end(shutdown_result const& end) noexcept {
  if (end.dropped == 0 && end.left == 0) return;
  tell(severity::warning, "shutdown",
       {"tracing ended with ", end.exported, " spans delivered, ", end.dropped, " lost and ", end.left,
        " unfinished or unsent"});
}

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/core/heavy_fence.hpp
//
// One-sided fences: the thread that ends a span pays nothing, the rare one that closes or reclaims pays for both.
// The kernel's membarrier makes all threads of the process order their memory; without it each span pays a fence.

#if defined(__linux__)
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace spanwise::inline SPANWISE_ABI::detail {

/// Prepares heavy_fence(); false if the system has none, so that the light side must fence too.
inline bool register_heavy_fence() noexcept {
#if defined(__linux__) && defined(__NR_membarrier) && !defined(SPANWISE_PORTABLE)
  return ::syscall(__NR_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
#else
  return false;
#endif
}

/// Orders this thread's memory against every other thread's compiler_fence(), if registered.
inline void heavy_fence() noexcept {
#if defined(__linux__) && defined(__NR_membarrier) && !defined(SPANWISE_PORTABLE)
  ::syscall(__NR_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
#endif
  fence(seq_cst);
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/pipeline/collector.hpp
//
// Gathers finished spans from the chunks of all threads, without ever making one of them wait, and gives the memory
// back once they are dealt with. Also takes chunks away from threads that have gone quiet, and forgets threads that
// ended.

namespace spanwise::inline SPANWISE_ABI::detail {

/// The reading side of one provider_core. One thread at a time.
class collector {
public:
  /// With memory for `room` spans in one batch from the beginning; it takes more when it needs more.
  collector(provider_core& core, std::size_t room) : core_{core} { gathered_.reserve(room); }
  collector(collector const&) = delete;
  collector& operator=(collector const&) = delete;

  /// The spans gathered and not yet settled, after looking for more, up to `most` in all. Views into the chunks. Where
  /// there is no memory for so many it throws, and what it has gathered by then stays.
  std::span<record> gather(std::size_t most) {
    producer* const first = core_.producers.load(acquire);
    producer* const start = turn_ != nullptr ? turn_ : first;
    for (producer* at = start; at != nullptr && gathered_.size() < most; at = at->next) gather_from(*at, most);
    for (producer* at = first; at != start && at != nullptr && gathered_.size() < most; at = at->next)
      gather_from(*at, most);
    return gathered_;
  }

  /// All gathered spans are dealt with: their memory is free again, and they leave the account of those in flight.
  void settle() noexcept {
    auto const count = static_cast<std::int64_t>(gathered_.size());
    if (core_.most_spans != 0) core_.queued.fetch_sub(count, relaxed);
    add_own<std::uint64_t>(settled_, static_cast<std::uint64_t>(count));
    add_own<std::int64_t>(in_flight_, -count);
    gathered_.clear();
    for (producer* at = core_.producers.load(acquire); at != nullptr; at = at->next)
      if (at->touched) {
        at->touched = false;
        free_read(*at);
      }
  }

  /// Spans gathered and not yet settled.
  [[nodiscard]] std::span<record> gathered() noexcept { return gathered_; }
  [[nodiscard]] std::size_t waiting() const noexcept { return gathered_.size(); }

  /// Housekeeping: memory ahead, quiet threads' chunks, threads that ended. What is gathered stays where it is.
  SPANWISE_SMALL void maintain() noexcept {
    core_.pool.populate_ahead();
    bool const pressed = core_.pool.pressed();
    std::int64_t const now = steady_ns();
    bool asked = false;
    for (producer* at = core_.producers.load(acquire); at != nullptr; at = at->next) {
      if (at->reclaiming || at->touched || at->reading == nullptr || !drained(*at)) continue;
      if (at->quiet_since == 0) at->quiet_since = now;
      if (!pressed && now - at->quiet_since < quiet_time) continue;
      gate_state open = gate_state::open;
      asked |= at->reclaiming = at->gate.compare_exchange(open, gate_state::reclaimed, seq_cst, relaxed);
    }
    if (asked) heavy_fence();
    for (producer* at = core_.producers.load(acquire); at != nullptr; at = at->next)
      if (at->reclaiming && !at->touched && at->busy.load(acquire) == 0 && drained(*at)) take_chunk_away(*at);
    forget_ended_threads();
  }

  /// Lets no further span in, and waits until no thread is inside; those that take longer than `until` are left alone.
  ///
  /// False if one was: then the memory must not be used for another pipeline.
  SPANWISE_SMALL bool close(deadline until) noexcept {
    for (producer* at = core_.producers.load(seq_cst); at != nullptr; at = at->next)
      at->gate.store(gate_state::closed, seq_cst);
    heavy_fence();
    for (producer* at = core_.producers.load(acquire); at != nullptr; at = at->next)
      while (at->busy.load(acquire) != 0 || at->visits.load(acquire) != 0) {
        if (deadline::now() >= until) return false;
        sched_yield();
      }
    return true;
  }

  /// Lets go of all threads' producers; the pipeline is over.
  SPANWISE_SMALL void let_go() noexcept {
    turn_ = nullptr;
    producer* at = core_.producers.exchange(nullptr, acq_rel);
    while (at != nullptr) {
      producer* const next = at->next;
      if (at->abandoned.exchange(true, acq_rel)) delete at;
      at = next;
    }
  }

  /// The accounts up to now. Not at the same time as maintain() or let_go().
  [[nodiscard]] SPANWISE_SMALL trace_counts counts() const noexcept {
    trace_counts sum = ended_threads_;
    for (producer* at = core_.producers.load(acquire); at != nullptr; at = at->next) at->counts.add_to(sum);
    sum.settled += settled_.load(relaxed);
    sum.in_flight += in_flight_.load(relaxed);
    std::uint64_t const late = core_.late.load(relaxed);
    sum.dropped[static_cast<std::size_t>(drop_reason::after_shutdown)] += late;
    sum.in_flight -= static_cast<std::int64_t>(late);
    return sum;
  }

private:
  static constexpr std::int64_t quiet_time = 1'000'000'000;

  void gather_from(producer& from, std::size_t most) {
    // The owner has begun a new chunk: nothing more comes into the one that is being taken away.
    if (from.reclaiming && !from.touched && from.head.load(acquire) != 0 && drained(from)) take_chunk_away(from);
    if (from.reading == nullptr) {
      if (from.head.load(relaxed) == 0) return;
      std::uint32_t const head = from.head.exchange(0, acquire);
      from.reading = from.scanning = core_.pool.at(head);
      from.scanned = 0;
    }
    for (;;) {
      // `next` first: once it is set, `committed` does not change any more.
      std::uint32_t const next = from.scanning->next.load(acquire);
      std::uint32_t const committed = from.scanning->committed.load(acquire);
      unsigned char* const data = from.scanning->data();
      while (from.scanned < committed && gathered_.size() < most) {
        auto const head = load<record_header>(data + from.scanned);
        std::uint32_t const message = from.scanned + head_at::message;
        gathered_.push_back(
            {reinterpret_cast<std::byte const*>(data + message), head.message_size, head.scope, head.flags});
        from.scanned = message + head.message_size;
        from.touched = true;
        from.quiet_since = 0;
      }
      if (from.scanned < committed) {
        turn_ = from.next; // the batch is full: the next one begins with another thread
        return;
      }
      if (next == 0) {
        turn_ = nullptr;
        return;
      }
      from.scanning = core_.pool.at(next);
      from.scanned = 0;
      from.touched = true;
    }
  }

  /// Gives back the chunks that are read to their end; of the last one notes how far it is read.
  void free_read(producer& of) noexcept {
    while (of.reading != of.scanning) {
      chunk* const done = of.reading;
      of.reading = core_.pool.at(done->next.load(relaxed));
      core_.pool.give_back(done);
    }
    of.scanning->read.store(of.scanned, release);
  }

  [[nodiscard]] static bool drained(producer const& of) noexcept {
    return of.reading == nullptr || (of.reading == of.scanning && of.scanning->next.load(acquire) == 0 &&
                                     of.scanning->committed.load(acquire) == of.scanned);
  }

  SPANWISE_SMALL void take_chunk_away(producer& from) noexcept {
    // The owner may have noticed already and begun a new chunk, which waits as `head`.
    core_.pool.give_back(std::exchange(from.reading, nullptr));
    from.scanning = nullptr;
    from.scanned = 0;
    from.reclaiming = false;
  }

  SPANWISE_SMALL void forget_ended_threads() noexcept {
    producer* before = nullptr;
    for (producer* at = core_.producers.load(acquire); at != nullptr;) {
      producer* const next = at->next;
      // A `head` is a chunk that was not looked into yet: the first, or one begun while the one before is taken away.
      bool const over = at->abandoned.load(acquire) && at->head.load(acquire) == 0;
      if (over && !at->touched && drained(*at) && unlink(before, at)) {
        at->counts.add_to(ended_threads_);
        if (at->reading != nullptr) core_.pool.give_back(at->reading);
        if (turn_ == at) turn_ = nullptr;
        delete at;
      } else {
        before = at;
      }
      at = next;
    }
  }

  /// Threads only ever add at the head, so all but the head is ours to change.
  SPANWISE_SMALL bool unlink(producer* before, producer* gone) noexcept {
    if (before != nullptr) {
      before->next = gone->next;
      return true;
    }
    producer* expected = gone;
    return core_.producers.compare_exchange(expected, gone->next, acq_rel, relaxed);
  }

  provider_core& core_;
  std::vector<record> gathered_;
  producer* turn_{};
  trace_counts ended_threads_{};
  atomic<std::uint64_t> settled_{0};
  atomic<std::int64_t> in_flight_{0};
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/pipeline/default_pipeline.hpp
//
// Which of the running pipelines the spans of the process go to: the first that was started, and when that stops, one
// that was started while it ran.

namespace spanwise::inline SPANWISE_ABI::detail {

/// By the place of a pipeline: the epoch in which it waits to become the default. Another epoch than the present one
/// is that of an earlier pipeline.
SPANWISE_SHARED inline constinit atomic<std::uint32_t> waiting_to_be_default[most_providers]{};

/// Makes `core` the default if there is none; false if it has to wait until the present one stops.
SPANWISE_SMALL bool claim_default(provider_core& core) noexcept {
  auto const claim = [&] {
    provider_core* none = nullptr;
    return default_provider.compare_exchange(none, &core, seq_cst, seq_cst);
  };
  if (claim()) return true;
  waiting_to_be_default[&core - provider_cores].store(core.epoch.load(relaxed), seq_cst);
  return claim(); // the other one may have stopped in between, and not have seen this one waiting
}

/// Called when `core` has stopped: hands on what it was. A heir that stops meanwhile hands it on itself, or is seen to
/// have stopped here.
SPANWISE_SMALL void leave_default(provider_core& core) noexcept {
  for (provider_core* leaving = &core; leaving != nullptr;) {
    provider_core* heir = nullptr;
    for (std::size_t place = 0; place < most_providers && heir == nullptr; ++place) {
      std::uint32_t const epoch = provider_cores[place].epoch.load(seq_cst);
      if (provider_core::running(epoch) && waiting_to_be_default[place].load(seq_cst) == epoch)
        heir = &provider_cores[place];
    }
    provider_core* expected = leaving;
    if (!default_provider.compare_exchange(expected, heir, seq_cst, seq_cst)) return;
    leaving = heir != nullptr && !provider_core::running(heir->epoch.load(seq_cst)) ? heir : nullptr;
  }
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/pipeline/drop_report.hpp
//
// Tells that spans were dropped before they reached an exporter, how many, why, and what can be done about it.
// Threads that end spans only count what they had no room for.

namespace spanwise::inline SPANWISE_ABI::detail {

/// How much may wait in a pipeline.
struct queue_bounds {
  std::size_t bytes{};
  std::int64_t spans{}; ///< 0: bounded by memory alone
  std::size_t one{};    ///< the most bytes of a single span
};

/// What one pipeline has told of its dropped spans. One thread.
class drop_report {
public:
  /// Tells each sum that has grown since it was last told. What is too early after the last word, a later call tells.
  /// Once none was dropped for want of room for a minute, that is told, too.
  SPANWISE_SMALL void tell(trace_counts const& now, queue_bounds const& bounds, std::int64_t now_ns = steady_ns()) noexcept {
    tell_full(now, bounds, drop_reason::queue_full, {}, {});
    tell_full(now, bounds, drop_reason::trace_shed, "nearly ",
              " when their traces began, and what room there was went to those begun before");
    if (std::uint64_t const sum = grown(now, drop_reason::too_large); sum != 0)
      tell_one(sum, drop_reason::too_large,
               {"each was larger than ", bounds.one >> 10, " KiB; set less on one span",
                bounds.one < record::max_size ? std::string_view{", or raise max_queue_bytes"} : ""});
    tell_room(of(now, drop_reason::queue_full) + of(now, drop_reason::trace_shed), now_ns);
  }

private:
  [[nodiscard]] static std::uint64_t of(trace_counts const& now, drop_reason why) noexcept {
    return now.dropped[static_cast<std::size_t>(why)];
  }

  SPANWISE_SMALL void tell_room(std::uint64_t crowded_out, std::int64_t now_ns) noexcept {
    if (crowded_out != crowded_out_) {
      crowded_out_ = crowded_out;
      crowded_at_ = now_ns;
      crowded_ = true;
    } else if (crowded_ && now_ns - crowded_at_ >= 60'000'000'000) {
      crowded_ = !detail::tell(severity::info, "room again",
                               {"there is room for spans again: none was dropped for a minute; ", crowded_out,
                                crowded_out == 1 ? std::string_view{" was"} : " were", " since the start"});
    }
  }

  /// How many were dropped for this reason; 0 if that has been told.
  [[nodiscard]] std::uint64_t grown(trace_counts const& now, drop_reason why) const noexcept {
    auto const which = static_cast<std::size_t>(why);
    return now.dropped[which] == told_[which] ? 0 : now.dropped[which];
  }

  SPANWISE_SMALL void tell_full(trace_counts const& now, queue_bounds const& bounds, drop_reason why,
                                std::string_view nearly, std::string_view when) noexcept {
    std::uint64_t const sum = grown(now, why);
    if (sum == 0) return;
    bool const counted = bounds.spans != 0;
    tell_one(sum, why,
             {"the queue was ", nearly, "full (", counted ? word{bounds.spans} : "",
              counted ? std::string_view{" spans, "} : "", bounds.bytes >> 10, " KiB)", when,
              ": the exporter does not keep up; raise ",
              counted ? std::string_view{"max_queue_size (OTEL_BSP_MAX_QUEUE_SIZE) or "} : "",
              "max_queue_bytes, or record less with a sampler"});
  }

  SPANWISE_SMALL void tell_one(std::uint64_t sum, drop_reason why, std::initializer_list<word> reason) noexcept {
    auto const which = static_cast<std::size_t>(why);
    contain([&] {
      if (detail::tell(severity::warning, causes[which],
                       {sum, sum == 1 ? std::string_view{" span was"} : " spans were",
                        " dropped since the start, because ", joined(reason)}))
        told_[which] = sum;
    });
  }

  static constexpr std::string_view causes[]{"queue full", "span too large", "trace shed"};
  std::uint64_t told_[3]{};
  std::uint64_t crowded_out_{};
  std::int64_t crowded_at_{};
  bool crowded_{}; ///< spans found no room, and that this is over was not told
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/pipeline/misuse_report.hpp
//
// Puts into words what business code did wrong; the front half only counted it.

namespace spanwise::inline SPANWISE_ABI::detail {

struct misuse_text {
  std::string_view cause;
  std::string_view sentence; ///< follows the number of times
};

inline constexpr misuse_text misuse_texts[]{
    {"ended on another thread",
     "a span ended on another thread than the one it was started on; use detached_span for work "
     "that moves between threads, and do not keep a span across co_await"},
    {"ended out of order", "a span ended before a span that was started inside it; end the inner one first, or use "
                           "detached_span"},
    {"detached on another thread",
     "an attached context or an activation was left on another thread than the one it was "
     "entered on; enter it anew on each thread, or use bind()"},
    {"nested too deep",
     "more than 8192 spans or contexts were nested on one thread; the innermost ones are recorded but "
     "not current"},
    {"bad any_key", "an attribute with an empty key was left out; a key needs at least one character"},
    {"bad trace state",
     "a trace state was given a key or value that W3C Trace Context does not allow; it is unchanged"},
    {"span memory full", "a value was cut or left out because its span had used up the memory that it may take; raise "
                         "limits.max_span_bytes or set less on one span"},
    {"used by two threads",
     "a span was used by another thread than the one it was started on; use detached_span there"},
    {"too many scopes",
     "more than 256 instrumentation scopes are in use; further ones share the first. Tracers should be "
     "constants, not made for each request"},
    {"limit reached", "a span reached a limit of attributes, events or links, and what came after that was left out; raise "
                      "options.limits or record less on one span"},
};
static_assert(sizeof misuse_texts / sizeof *misuse_texts == static_cast<std::size_t>(misuse::count));

SPANWISE_SMALL void tell_called_from_inside() noexcept {
  report(severity::warning, "called from inside",
         "flush or shutdown was called from inside an exporter, stage, sampler or processor of the same pipeline, where "
         "nobody could wait for it; it did nothing");
}

/// Reports the misuses counted so far; those of a kind that was told within the last minute go on being counted.
SPANWISE_SMALL void tell_misuse() noexcept {
  for (std::size_t i = 0; i < static_cast<std::size_t>(misuse::count); ++i) {
    std::uint32_t const times = diagnostics.misuses[i].load(relaxed);
    if (times != 0 && tell(severity::warning, misuse_texts[i].cause,
                           {times, times == 1 ? std::string_view{" time: "} : " times: ", misuse_texts[i].sentence}))
      diagnostics.misuses[i].fetch_sub(times, relaxed);
  }
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/pipeline/any_exporter.hpp
//
// An exporter whose type is forgotten: what the options name as the one to fall back to.

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

// spanwise/pipeline/node.hpp
//
// A pipeline as it runs: the senders of its exporters, with their accounts, joined by its stages and branches.
// Whatever user code does here, spans are accounted for and nothing escapes.

namespace spanwise::inline SPANWISE_ABI::detail {

/// What a node needs while it is set up: the environment, and the exporter that takes over where one can't be set up.
struct node_setup {
  exporter_setup const& setup;
  any_exporter const& fallback;
  std::optional<live_exporter>& made;

  /// The fallback, set up now; nullptr if there is none, or if it has taken over another branch: it would get each span
  /// twice.
  [[nodiscard]] SPANWISE_SMALL live_exporter* take_over() const noexcept {
    if (fallback.empty() || made) return nullptr;
    bool const good = contain([&] { made.emplace(fallback.make(setup)); });
    if (!good)
      report(severity::error, "fallback", "the fallback exporter threw while it was set up; spans are discarded");
    return good ? &*made : nullptr;
  }
};

/// One exporter and what became of the spans that reached it.
template <class Given> class leaf {
  static_assert(exporter<Given> || described<Given>,
                "spanwise: the last part of a pipeline must be an exporter, one of spanwise's descriptions such as "
                "otlp_http{} or a type of your own with export_result export_spans(span_batch const&, deadline)");

public:
  SPANWISE_SMALL leaf(Given&& given, node_setup const& how) {
    bool const made = contain([&] {
      if constexpr (described<Given> && !exporter<Given>) sender_.emplace(std::move(given), how.setup);
      else sender_.emplace(make_sender(std::move(given), how.setup));
      if constexpr (requires { sender_->usable(); }) usable_ = sender_->usable();
      else usable_ = true;
    });
    if (!made)
      report(severity::error, "exporter set-up",
             "an exporter threw while it was set up; the fallback takes over, if there is one");
    if (!usable_) fallback_ = how.take_over();
  }

  SPANWISE_SMALL export_result run(span_batch const& batch, deadline until) noexcept {
    std::size_t const size = batch.records.size();
    export_result const lost{.failed = size};
    export_result result = lost;
    if (usable_) {
      if (!contain([&] { result = sender_->export_spans(batch, until); }))
        report(severity::error, "exporter threw", "an exporter threw an exception; its spans count as failed");
    } else if (fallback_ != nullptr) {
      result = fallback_->export_spans(batch, until);
    }
    if (result.total() != size) {
      report(severity::error, "exporter count",
             "an exporter accounted for more or fewer spans than it was given; the whole batch counts as failed");
      result = lost;
    }
    add_own(exported_, result.exported);
    add_own(rejected_, result.rejected);
    add_own(failed_, result.failed);
    add_own(filtered_, result.filtered);
    return result;
  }

  void note_filtered(std::uint64_t count) noexcept { add_own(filtered_, count); }
  SPANWISE_SMALL bool flush(deadline until) noexcept {
    if (!usable_) return fallback_ == nullptr || fallback_->flush(until);
    return contain([&] { return flush_sender(*sender_, until); }, false);
  }
  SPANWISE_SMALL void shutdown(deadline until) noexcept {
    if (usable_) contain([&] { shutdown_sender(*sender_, until); });
    else if (fallback_ != nullptr) fallback_->shutdown(until);
  }
  SPANWISE_SMALL void cancel() noexcept {
    if (usable_) contain([&] { cancel_sender(*sender_); });
    else if (fallback_ != nullptr) fallback_->cancel();
  }
  [[nodiscard]] std::uint64_t failed() const noexcept { return failed_.load(relaxed); }
  /// Calls `each` with the accounts of every exporter, in the order in which they are named.
  template <class Each> SPANWISE_SMALL void each_counts(Each const& each) const {
    each(delivery_counts{exported_.load(relaxed), rejected_.load(relaxed), failed_.load(relaxed),
                         filtered_.load(relaxed)});
  }

private:
  std::optional<decltype(make_sender(std::declval<Given>(), std::declval<exporter_setup const&>()))> sender_;
  live_exporter* fallback_{};
  bool usable_ = false;
  atomic<std::uint64_t> exported_{0};
  atomic<std::uint64_t> rejected_{0};
  atomic<std::uint64_t> failed_{0};
  atomic<std::uint64_t> filtered_{0};
};

template <class Part> struct node_of { using type = leaf<Part>; };
template <class Part> using node = typename node_of<Part>::type;

/// The parts of a tuple from `Index` on: stages from left to right, then what the last of them hands on to.
template <std::size_t Index, class Parts, bool Last = Index + 1 == std::tuple_size_v<Parts>> class line {
  using stage_type = std::tuple_element_t<Index, Parts>;
  static_assert(stage<stage_type>,
                "spanwise: each part of a pipeline but the last must be a stage: a type with keep(span_view) or "
                "process(span_batch, next)");

public:
  line(Parts& given, node_setup const& how) : stage_{std::move(std::get<Index>(given))}, next_{given, how} {}

  export_result run(span_batch const& batch, deadline until) noexcept {
    export_result result{};
    auto const hand_on = [&](span_batch const& rest) {
      if (rest.records.empty()) return;
      if (std::size_t const room = batch.records.size() - result.total(); rest.records.size() <= room) {
        result += next_.run(rest, until);
      } else {
        report(severity::error, "stage count",
               "a stage handed on more spans than it was given; the surplus is left out");
        if (room != 0) result += next_.run({rest.resource, rest.scopes, rest.records.first(room)}, until);
      }
    };
    bool const fine = contain([&] {
      if constexpr (processing<stage_type>) {
        stage_.process(batch, hand_on);
      } else {
        kept_.clear();
        for (record const& each : batch.records)
          if (stage_.keep(span_view{each})) kept_.push_back(each);
        hand_on({batch.resource, batch.scopes, kept_});
      }
    });
    if (!fine) {
      report(severity::error, "stage threw",
             "a stage of the pipeline threw an exception; its batch goes on unchanged, unless it had handed on a part");
      if (result.total() == 0) hand_on(batch);
    }
    if (result.total() < batch.records.size()) {
      std::uint64_t const missing = batch.records.size() - result.total();
      result.filtered += missing;
      next_.note_filtered(missing);
    }
    return result;
  }

  void note_filtered(std::uint64_t count) noexcept { next_.note_filtered(count); }
  bool flush(deadline until) noexcept { return next_.flush(until); }
  void shutdown(deadline until) noexcept { next_.shutdown(until); }
  void cancel() noexcept { next_.cancel(); }
  [[nodiscard]] std::uint64_t failed() const noexcept { return next_.failed(); }
  template <class Each> void each_counts(Each const& each) const { next_.each_counts(each); }

private:
  stage_type stage_;
  line<Index + 1, Parts> next_;
  std::vector<record> kept_;
};

template <std::size_t Index, class Parts>
class line<Index, Parts, true> : public node<std::tuple_element_t<Index, Parts>> {
public:
  line(Parts& given, node_setup const& how)
      : node<std::tuple_element_t<Index, Parts>>{std::move(std::get<Index>(given)), how} {}
};

template <class... Parts> class chain_node : public line<0, std::tuple<Parts...>> {
public:
  chain_node(chain<Parts...> given, node_setup const& how) : line<0, std::tuple<Parts...>>{given.parts, how} {}
};
template <class... Parts> struct node_of<chain<Parts...>> { using type = chain_node<Parts...>; };

/// The branches of a tee from `Index` on. The result for all is that of the branch that exported least.
template <std::size_t Index, class Branches, bool Last = Index + 1 == std::tuple_size_v<Branches>> class fork {
public:
  fork(Branches& given, node_setup const& how) : head_{std::move(std::get<Index>(given)), how}, tail_{given, how} {}

  export_result run(span_batch const& batch, deadline until) noexcept {
    export_result const head = head_.run(batch, share(until));
    export_result const tail = tail_.run(batch, until);
    return head.exported <= tail.exported ? head : tail;
  }
  void note_filtered(std::uint64_t count) noexcept {
    head_.note_filtered(count);
    tail_.note_filtered(count);
  }
  bool flush(deadline until) noexcept {
    bool const head = head_.flush(share(until));
    return tail_.flush(until) && head;
  }
  void shutdown(deadline until) noexcept {
    head_.shutdown(share(until));
    tail_.shutdown(until);
  }
  void cancel() noexcept {
    head_.cancel();
    tail_.cancel();
  }
  [[nodiscard]] std::uint64_t failed() const noexcept { return head_.failed() + tail_.failed(); }
  template <class Each> void each_counts(Each const& each) const {
    head_.each_counts(each);
    tail_.each_counts(each);
  }

private:
  /// This branch's part of the time, so that one that uses it up leaves some to those after it.
  static deadline share(deadline until) noexcept {
    constexpr int branches = static_cast<int>(std::tuple_size_v<Branches> - Index);
    auto const now = deadline::now();
    return until == deadline::max() ? until : now + std::max(until - now, duration{}) / branches;
  }

  node<std::tuple_element_t<Index, Branches>> head_;
  fork<Index + 1, Branches> tail_;
};

template <std::size_t Index, class Branches>
class fork<Index, Branches, true> : public node<std::tuple_element_t<Index, Branches>> {
public:
  fork(Branches& given, node_setup const& how)
      : node<std::tuple_element_t<Index, Branches>>{std::move(std::get<Index>(given)), how} {}
};

template <class... Branches> class tee_node : public fork<0, std::tuple<Branches...>> {
public:
  tee_node(tee<Branches...> given, node_setup const& how) : fork<0, std::tuple<Branches...>>{given.branches, how} {}
};
template <class... Branches> struct node_of<tee<Branches...>> { using type = tee_node<Branches...>; };

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/pipeline/resolve.hpp
//
// Works out what was overwritten on a span: while a span lives each set() is only appended, so that it stays cheap.
// Here, in the back half, the last value of a key takes the place of its first, and the last name and status remain.
// Holds for the attributes of the span, of its events and links, and for maps within values (common/README, AnyValue).

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// The keys of one message, each with where it came first and what it was given last.
class key_table {
public:
  struct entry {
    std::string_view key;
    std::byte const* first;
    std::byte const* last_begin;
    std::byte const* last_end;
    std::size_t hash;
  };

  key_table() noexcept {}
  key_table(key_table const&) = delete;
  key_table& operator=(key_table const&) = delete;
  ~key_table() {
    if (entries_ != inline_entries_) std::free(entries_);
    std::free(slots_);
  }

  enum class outcome : std::uint8_t { added, known, out_of_memory };

  /// Notes an occurrence of `key` at [begin, end). Once memory ran out the table is of no use.
  outcome add(std::string_view key, std::byte const* begin, std::byte const* end) noexcept {
    std::size_t const hash = hash_of(key);
    if (entry* const present = find(key, hash)) {
      present->last_begin = begin;
      present->last_end = end;
      return outcome::known;
    }
    if (count_ == capacity_ && !grow()) return outcome::out_of_memory;
    entries_[count_] = {key, begin, begin, end, hash};
    if (slots_ != nullptr) index(count_);
    ++count_;
    return outcome::added;
  }

  [[nodiscard]] entry const* find(std::string_view key) noexcept { return find(key, hash_of(key)); }

private:
  static constexpr std::size_t inline_capacity = 16;

  static std::size_t hash_of(std::string_view key) noexcept {
    char const* const at = key.data();
    std::size_t const size = key.size();
    std::uint64_t hash = size;
    if (size >= 8) {
      for (std::size_t done = 8; done < size; done += 8) hash = mixed(hash ^ load<std::uint64_t>(at + done - 8));
      hash ^= load<std::uint64_t>(at + size - 8);
    } else if (size >= 4) {
      hash ^= (load<std::uint32_t>(at) | std::uint64_t{load<std::uint32_t>(at + size - 4)} << 32) * 16;
    } else if (size != 0) {
      auto const byte = [&](std::size_t i) { return static_cast<std::uint64_t>(static_cast<unsigned char>(at[i])); };
      hash ^= byte(0) << 8 | byte(size / 2) << 16 | byte(size - 1) << 24;
    }
    return mixed(hash);
  }
  static std::uint64_t mixed(std::uint64_t hash) noexcept {
    hash *= 0x9e3779b97f4a7c15;
    return hash ^ hash >> 32;
  }

  entry* find(std::string_view key, std::size_t hash) noexcept {
    if (slots_ == nullptr) {
      for (std::size_t at = 0; at < count_; ++at)
        if (entries_[at].hash == hash && entries_[at].key == key) return &entries_[at];
      return nullptr;
    }
    for (std::size_t slot = hash;; ++slot) {
      std::uint32_t const number = slots_[slot & (2 * capacity_ - 1)];
      if (number == 0) return nullptr;
      entry& candidate = entries_[number - 1];
      if (candidate.hash == hash && candidate.key == key) return &candidate;
    }
  }
  void index(std::size_t number) noexcept {
    std::size_t slot = entries_[number].hash;
    while (slots_[slot & (2 * capacity_ - 1)] != 0) ++slot;
    slots_[slot & (2 * capacity_ - 1)] = static_cast<std::uint32_t>(number + 1);
  }

  /// Four times as many entries, found through twice as many slots from now on.
  SPANWISE_COLD bool grow() noexcept {
    std::size_t const wanted = capacity_ * 4;
    auto* const entries = static_cast<entry*>(std::malloc(wanted * sizeof(entry)));
    auto* const slots = static_cast<std::uint32_t*>(std::calloc(2 * wanted, sizeof(std::uint32_t)));
    if (entries == nullptr || slots == nullptr) {
      std::free(entries);
      std::free(slots);
      return false;
    }
    for (std::size_t at = 0; at < count_; ++at) entries[at] = entries_[at];
    if (entries_ != inline_entries_) std::free(entries_);
    std::free(slots_);
    entries_ = entries;
    slots_ = slots;
    capacity_ = wanted;
    for (std::size_t at = 0; at < count_; ++at) index(at);
    return true;
  }

  entry inline_entries_[inline_capacity];
  entry* entries_{inline_entries_};
  std::uint32_t* slots_{}; // entry numbers plus one, 0 where free; none while the entries are few
  std::size_t count_{};
  std::size_t capacity_{inline_capacity};
};

/// The messages below a Span; a status is overwritten as a whole.
enum class span_part : std::uint8_t { other, span, event, link, status, attribute, value, array, map };

/// The field that holds attributes, of which each key may remain once.
constexpr std::uint32_t keyed_field(span_part of) noexcept {
  if (of == span_part::span) return 9;
  if (of == span_part::event) return 3;
  if (of == span_part::link) return 4;
  return of == span_part::map ? 1U : 0U;
}

constexpr span_part part_of(span_part outer, std::uint32_t field) noexcept {
  if (field == keyed_field(outer)) return span_part::attribute;
  if (outer == span_part::span && field == 11) return span_part::event;
  if (outer == span_part::span && field == 13) return span_part::link;
  if (outer == span_part::attribute && field == 2) return span_part::value;
  if (outer == span_part::value && field == 5) return span_part::array;
  if (outer == span_part::value && field == 6) return span_part::map;
  return outer == span_part::array && field == 1 ? span_part::value : span_part::other;
}

/// An array or map takes two or three messages a level, below a span, its event, an attribute and the value; what lies
/// deeper is left as it is.
inline constexpr int deepest_part = 3 * static_cast<int>(deepest_value) + 4;

/// Whether a value is an array or a map; spanwise writes one field into a value, so its first byte tells.
inline bool is_container(std::span<std::byte const> value) noexcept {
  return !value.empty() && (value[0] == std::byte{tag::array_value} || value[0] == std::byte{tag::map_value});
}

inline bool overwrites_in(span_part outer, std::span<std::byte const> bytes, int depth) noexcept;

SPANWISE_SMALL bool overwrites_in_value(std::span<std::byte const> value, int depth) noexcept {
  if (!is_container(value) || depth == deepest_part) return false;
  wire_reader reader{value};
  wire_field body;
  if (!reader.read_next(body)) return false;
  if (body.number == 6) return overwrites_in(span_part::map, body.bytes, depth + 1);
  wire_reader elements{body.bytes};
  for (wire_field element; elements.read_next(element);)
    if (element.is(1, wire_type::bytes) && overwrites_in_value(element.bytes, depth + 1)) return true;
  return false;
}

/// True if some part of a message that holds attributes is overwritten by a later one. Stops at the first.
inline bool overwrites_in(span_part outer, std::span<std::byte const> bytes, int depth) noexcept {
  key_table keys;
  std::uint32_t const keyed = keyed_field(outer);
  std::uint32_t seen = 0;
  wire_reader reader{bytes};
  for (wire_field field; reader.next(field);) {
    if (field.is(keyed, wire_type::bytes)) {
      attribute_parts const parts = parts_of(field.bytes);
      if (keys.add(parts.key, nullptr, nullptr) == key_table::outcome::known) return true;
      if (overwrites_in_value(parts.value, depth + 1)) return true;
    } else if (outer == span_part::span) {
      span_part const inner = part_of(outer, field.number);
      if (inner != span_part::other && field.type == wire_type::bytes) {
        if (overwrites_in(inner, field.bytes, depth + 1)) return true;
      } else if (field.number < 32) {
        if ((seen >> field.number & 1) != 0) return true;
        seen |= std::uint32_t{1} << field.number;
      }
    }
  }
  return false;
}

/// Copies a message without what was overwritten.
///
/// Lengths keep the number of bytes that they had, so the copy is never longer than the original.
class overwrite_resolver {
public:
  explicit overwrite_resolver(std::byte* out) noexcept : out_{out} {}

  /// The size of the copy of this Span message.
  std::size_t run(std::span<std::byte const> span) noexcept {
    message(span_part::span, span, 0);
    return size_;
  }

private:
  SPANWISE_SMALL void message(span_part outer, std::span<std::byte const> bytes, int depth) noexcept {
    std::uint32_t const keyed = keyed_field(outer);
    bool const plain = outer == span_part::value && !is_container(bytes);
    if (depth == deepest_part || plain) return put(bytes.data(), bytes.size());
    if (keyed == 0) return fields(outer, bytes, depth, nullptr, nullptr);
    key_table keys;
    std::byte const* last_of[32]{};
    bool usable = true;
    wire_reader reader{bytes};
    wire_field field;
    for (std::byte const* begin = reader.position(); reader.read_next(field); begin = reader.position()) {
      if (field.is(keyed, wire_type::bytes))
        usable = usable &&
                 keys.add(parts_of(field.bytes).key, begin, reader.position()) != key_table::outcome::out_of_memory;
      else if (outer == span_part::span && field.number < 32) last_of[field.number] = begin;
    }
    fields(outer, bytes, depth, usable ? &keys : nullptr, last_of);
  }

  SPANWISE_SMALL void fields(span_part outer, std::span<std::byte const> bytes, int depth, key_table* keys,
                             std::byte const* const* last_of) noexcept {
    wire_reader reader{bytes};
    wire_field field;
    for (std::byte const* begin = reader.position(); reader.read_next(field); begin = reader.position()) {
      std::byte const* from = begin;
      std::byte const* to = reader.position();
      span_part const inner = field.type == wire_type::bytes ? part_of(outer, field.number) : span_part::other;
      if (inner == span_part::attribute && keys != nullptr) {
        key_table::entry const* const known = keys->find(parts_of(field.bytes).key);
        if (known == nullptr || known->first != begin) continue;
        from = known->last_begin;
        to = known->last_end;
      } else if (outer == span_part::span && inner == span_part::other && field.number < 32 &&
                 last_of[field.number] != begin) {
        continue;
      }
      if (inner == span_part::other) put(from, static_cast<std::size_t>(to - from));
      else nested(inner, from, to, depth);
    }
  }

  /// The field at [from, to) with its message worked out.
  SPANWISE_SMALL void nested(span_part inner, std::byte const* from, std::byte const* to, int depth) noexcept {
    std::byte const* at = from;
    std::uint64_t ignored{};
    read_varint(at, to, ignored);
    std::byte const* const length = at;
    read_varint(at, to, ignored);
    put(from, static_cast<std::size_t>(at - from));
    std::size_t const begin = size_;
    message(inner, {at, static_cast<std::size_t>(to - at)}, depth + 1);
    std::size_t remaining = size_ - begin;
    auto const width = static_cast<std::size_t>(at - length);
    for (std::size_t digit = 0; digit < width; ++digit, remaining >>= 7) {
      auto const more = static_cast<std::size_t>(digit + 1 < width ? 0x80 : 0);
      out_[begin - width + digit] = static_cast<std::byte>((remaining & 0x7f) | more);
    }
  }

  void put(std::byte const* from, std::size_t size) noexcept {
    if (size != 0) std::memcpy(out_ + size_, from, size);
    size_ += size;
  }

  std::byte* out_;
  std::size_t size_{};
};

} // namespace detail

/// True if the Span message holds something that a later part of it overwrites.
[[nodiscard]] inline bool has_overwrites(std::span<std::byte const> message) noexcept {
  return detail::overwrites_in(detail::span_part::span, message, 0);
}

/// Writes the Span message without what was overwritten to `out`, which has room for as many bytes; returns its size.
SPANWISE_SMALL std::size_t resolve_overwrites(std::span<std::byte const> message, std::byte* out) noexcept {
  return detail::overwrite_resolver{out}.run(message);
}

/// Resolves those of `records` that are flagged: they then point to copies in `room`, which must live as long as they
/// do.
///
/// What `room` held is lost. Unflagged records, and those where nothing occurs twice, stay where they are. False if
/// memory ran out; the records that it concerns are then as they were, with values that were overwritten.
inline bool resolve_overwrites(std::span<record> records, detail::buffer& room) noexcept {
  std::size_t most = 0;
  for (record& each : records) {
    if ((each.flags & record::overwrites) == 0) continue;
    if (has_overwrites(each.bytes())) most += each.framed().size();
    else each.flags = static_cast<std::uint16_t>(each.flags & ~record::overwrites);
  }
  room.clear();
  if (most == 0) return true;
  char* out = room.room(most);
  if (out == nullptr) return false;
  for (record& each : records) {
    if ((each.flags & record::overwrites) == 0) continue;
    auto* const message = reinterpret_cast<std::byte*>(out) + record::frame_size;
    auto const size = static_cast<std::uint32_t>(resolve_overwrites(each.bytes(), message));
    *out = static_cast<char>(detail::tag::bytes_2);
    detail::put_varint_3(reinterpret_cast<unsigned char*>(out) + 1, size);
    each.message = message;
    each.size = size;
    each.flags = static_cast<std::uint16_t>(each.flags & ~record::overwrites);
    out += record::frame_size + size;
    room.commit(out);
  }
  return true;
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/pipeline/repair_text.hpp
//
// Makes the text of finished spans valid UTF-8, as protobuf demands: a receiver refuses the whole request for one bad
// byte. The front half only notes whether a span has text that it has not seen to be ASCII; such spans are looked at
// here, and those with ill-formed text are copied with U+FFFD in its place (common/README, attribute values). Before
// overwrites are resolved: keys that differed may be the same then.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

constexpr bool is_text(span_part outer, std::uint32_t field) noexcept {
  switch (outer) {
  case span_part::span: return field == 5;
  case span_part::event:
  case span_part::status: return field == 2;
  case span_part::attribute:
  case span_part::value: return field == 1;
  default: return false;
  }
}

constexpr span_part part_with_text(span_part outer, std::uint32_t field) noexcept {
  return outer == span_part::span && field == 15 ? span_part::status : part_of(outer, field);
}

inline bool all_valid_utf8(span_part outer, std::span<std::byte const> bytes, int depth) noexcept {
  if (depth == deepest_part) return true;
  wire_reader reader{bytes};
  for (wire_field field; reader.next(field);) {
    if (field.type != wire_type::bytes) continue;
    if (is_text(outer, field.number)) {
      if (!valid_utf8(field.text())) return false;
    } else if (span_part const inner = part_with_text(outer, field.number); inner != span_part::other) {
      if (!all_valid_utf8(inner, field.bytes, depth + 1)) return false;
    }
  }
  return true;
}

/// Copies a message with its text repaired. Needs room for four times as many bytes.
class text_repairer {
public:
  explicit text_repairer(unsigned char* out) noexcept : at_{out} {}

  unsigned char* run(std::span<std::byte const> span) noexcept {
    message(span_part::span, span, 0);
    return at_;
  }

private:
  SPANWISE_SMALL void message(span_part outer, std::span<std::byte const> bytes, int depth) noexcept {
    wire_reader reader{bytes};
    wire_field field;
    for (std::byte const* begin = reader.position(); reader.read_next(field); begin = reader.position()) {
      bool const may_hold = field.type == wire_type::bytes && depth != deepest_part;
      bool const has_text = may_hold && is_text(outer, field.number);
      span_part const inner = may_hold ? part_with_text(outer, field.number) : span_part::other;
      if (!has_text && inner == span_part::other) {
        put(begin, static_cast<std::size_t>(reader.position() - begin));
        continue;
      }
      at_ = put_varint(at_, std::uint64_t{field.number} << 3 | static_cast<std::uint64_t>(wire_type::bytes));
      unsigned char* const length = at_;
      at_ += 3;
      if (has_text) text(field.text());
      else message(inner, field.bytes, depth + 1);
      put_varint_3(length, static_cast<std::uint32_t>(at_ - length - 3));
    }
  }

  SPANWISE_SMALL void text(std::string_view left) noexcept {
    while (!left.empty()) {
      std::string_view const piece = repaired_piece(left);
      put(piece.data(), piece.size());
    }
  }

  SPANWISE_SMALL void put(void const* from, std::size_t size) noexcept {
    if (size != 0) std::memcpy(at_, from, size);
    at_ += size;
  }

  unsigned char* at_;
};

/// Overwrites what is ill-formed with question marks, where it stands: for messages that have no room for more.
SPANWISE_SMALL void mark_bad_text(span_part outer, std::byte* bytes, std::size_t size, int depth) noexcept {
  if (depth == deepest_part) return;
  wire_reader reader{{bytes, size}};
  for (wire_field field; reader.read_next(field);) {
    if (field.type != wire_type::bytes) continue;
    std::byte* const body = bytes + (field.bytes.data() - bytes);
    if (is_text(outer, field.number)) {
      for (std::string_view left = field.text(); !left.empty();) {
        std::size_t const good = valid_prefix(left);
        left.remove_prefix(good);
        if (left.empty()) break;
        std::size_t const bad = first_character(left).size;
        std::memset(body + (left.data() - reinterpret_cast<char const*>(body)), '?', bad);
        left.remove_prefix(bad);
      }
    } else if (span_part const inner = part_with_text(outer, field.number); inner != span_part::other) {
      mark_bad_text(inner, body, field.bytes.size(), depth + 1);
    }
  }
}

} // namespace detail

/// Repairs those of `records` that are flagged: they then point to copies in `room`, which must live as long as they
/// do. What `room` held is lost. A span that would become too large gets question marks instead of U+FFFD. Keys may have
/// become the same, so the repaired are flagged as having overwrites. False if memory ran out: they stay as they were.
inline bool repair_text(std::span<record> records, detail::buffer& room) noexcept {
  constexpr std::size_t growth = 4;
  std::size_t most = 0;
  for (record& each : records) {
    if ((each.flags & record::unchecked_text) == 0) continue;
    if (detail::all_valid_utf8(detail::span_part::span, each.bytes(), 0))
      each.flags = static_cast<std::uint16_t>(each.flags & ~record::unchecked_text);
    else most += growth * each.framed().size();
  }
  room.clear();
  if (most == 0) return true;
  auto* out = reinterpret_cast<unsigned char*>(room.room(most));
  if (out == nullptr) return false;
  for (record& each : records) {
    if ((each.flags & record::unchecked_text) == 0) continue;
    unsigned char* const message = out + record::frame_size;
    auto size = static_cast<std::size_t>(detail::text_repairer{message}.run(each.bytes()) - message);
    if (size > record::max_size) {
      size = each.size;
      std::memcpy(message, each.message, size);
      detail::mark_bad_text(detail::span_part::span, reinterpret_cast<std::byte*>(message), size, 0);
    }
    out[0] = detail::tag::bytes_2;
    detail::put_varint_3(out + 1, static_cast<std::uint32_t>(size));
    each.message = reinterpret_cast<std::byte const*>(message);
    each.size = static_cast<std::uint32_t>(size);
    each.flags = static_cast<std::uint16_t>((each.flags & ~record::unchecked_text) | record::overwrites);
    out = message + size;
    room.commit(reinterpret_cast<char const*>(out));
  }
  return true;
}

/// Puts records into the form that stages and exporters see: nothing twice, all text valid.
class finishing {
public:
  void operator()(std::span<record> records) noexcept {
    repair_text(records, repaired_);
    resolve_overwrites(records, resolved_);
  }

private:
  detail::buffer repaired_;
  detail::buffer resolved_;
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/pipeline/engine.hpp
//
// A running pipeline: takes finished spans out of the threads' chunks, sends them through the nodes, keeps the
// accounts, and stops when told to, within the time it is given.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// The part of an engine that is the same whatever is exported where. Shared by the handle and the thread: the one that
/// is still there last takes it down.
class engine_base {
public:
  SPANWISE_SMALL engine_base(provider_core& core, spanwise::resource&& resource, batch_settings const& settings)
      : core_{core}, collector_{core, std::min<std::size_t>(settings.batch_size, 4096)}, resource_{std::move(resource)},
        settings_{settings}, owner_{::getpid()} {}
  engine_base(engine_base const&) = delete;

  [[nodiscard]] bool in_owner() const noexcept { return owner_ == ::getpid(); }
  [[nodiscard]] spanwise::resource const& about() const noexcept { return resource_; }

protected:
  [[nodiscard]] SPANWISE_SMALL deadline export_deadline() const noexcept {
    return settings_.export_timeout.ns == 0 ? deadline::max() : deadline::in(settings_.export_timeout);
  }
  provider_core& core_;
  collector collector_;
  finishing finish_records_;
  spanwise::resource resource_;
  batch_settings settings_;
  pid_t owner_;
};

/// Who calls the exporters: a thread of the pipeline's own, for batches, or each thread that ends a span, one at a
/// time.
enum class exporting : std::uint8_t { on_own_thread, in_turns };

/// A pipeline whose exporters are `Node`.
template <class Node, exporting Where> class engine : public engine_base {
public:
  template <class Parts>
  SPANWISE_SMALL engine(provider_core& core, spanwise::resource&& about, batch_settings const& settings, Parts& parts,
                        node_setup const& how)
      : engine_base{core, std::move(about), settings}, node_{parts, how} {}

  SPANWISE_SMALL ~engine() {
    if (!in_owner() || stuck_) return; // the memory may still be looked at: it is left to the process
    collector_.let_go();
    core_.sampler = nullptr;
    core_.hooks.store(nullptr, relaxed);
    core_.taken.store(false, release);
  }

  /// Begins to run; false if there can be no thread. The thread holds on to `alive`, which keeps this object.
  SPANWISE_SMALL bool run(counted<void> alive) noexcept {
    core_.engine = this;
    if constexpr (Where == exporting::in_turns) {
      core_.pool.never_scarce();
      core_.on_publish = [](provider_core& core) noexcept { static_cast<engine*>(core.engine)->export_at_once(); };
      return true;
    } else {
      core_.rouse = [](void* engine_at) noexcept { static_cast<engine*>(engine_at)->rouse(); };
      core_.rouse_at = static_cast<std::int64_t>(settings_.batch_size);
      core_.pool.when_pressed(core_.rouse, this);
      keep_alive_ = std::move(alive);
      if (thread_.template start<&engine::work>(*this, "spanwise")) return true;
      keep_alive_ = nullptr;
      return false;
    }
  }

  /// Exports what was ended before the call; false if that took longer than `until`, or an exporter failed.
  SPANWISE_SMALL bool flush(deadline until) noexcept {
    if (!in_owner() || called_from_inside()) return false;
    locked held{mutex_};
    if constexpr (Where == exporting::in_turns) return flush_now(held, until);
    if (finished_) return true;
    std::uint64_t const mine = ++flush_wanted_;
    flush_until_ = std::max(flush_until_, until);
    wake_.notify_all();
    return done_.wait_until(held, until.steady_ns(), [&] { return flush_done_ >= mine || finished_; }) &&
           flush_failed_ < mine;
  }

  /// Lets no more spans in, exports what there is, and returns by `until`.
  SPANWISE_SMALL shutdown_result shutdown(deadline until) noexcept {
    if (!in_owner()) return {};
    if (called_from_inside()) return result();
    locked held{mutex_};
    if (stopping_)
      return done_.wait_until(held, until.steady_ns(), [&] { return reported_; }) ? last_result_ : result();
    stopping_ = true;
    stop_asked_.store(true, release);
    stop_at_ = until;
    core_.epoch.fetch_add(1, seq_cst);
    leave_default(core_);
    if constexpr (Where == exporting::on_own_thread) wait_for_thread(held, until);
    else finish_now(held, until);
    last_result_ = result();
    reported_ = true;
    done_.notify_all();
    return last_result_;
  }

  /// True on the thread that is exporting just now.
  [[nodiscard]] bool exporting_here() const noexcept { return exporting_thread_.load(relaxed) == pthread_self(); }

  /// True if a thread was caught inside while the pipeline stopped: then nothing of it may be freed.
  [[nodiscard]] SPANWISE_SMALL bool stuck() noexcept {
    locked const held{mutex_};
    return stuck_;
  }

  [[nodiscard]] SPANWISE_SMALL shutdown_result result() noexcept {
    locked const held{accounts_};
    trace_counts const spans = collector_.counts();
    delivery_counts least{.exported = UINT64_MAX};
    node_.each_counts([&](delivery_counts const& one) {
      if (one.exported < least.exported) least = one;
    });
    return sum_up(spans, least);
  }

  [[nodiscard]] SPANWISE_SMALL pipeline_stats stats() noexcept {
    if (!in_owner()) return {};
    locked const held{accounts_};
    pipeline_stats all{collector_.counts(), {}};
    contain([&] { node_.each_counts([&](delivery_counts const& one) { all.branches.push_back(one); }); });
    return all;
  }

private:
  /// True, with a diagnostic, on the thread that is exporting: it can't wait for what it has to do itself.
  [[nodiscard]] SPANWISE_SMALL bool called_from_inside() const noexcept {
    if (!exporting_here()) return false;
    tell_called_from_inside();
    return true;
  }

  /// Waits until `over`. A little before the end it cuts the running export short, which can then still say what became
  /// of its spans.
  template <class Over>
  SPANWISE_SMALL bool wait_or_cancel(locked& held, condition& change, deadline until, Over over) noexcept {
    duration const left = until - deadline::now();
    duration const grace = std::min(left / 4, milliseconds(50));
    if (change.wait_until(held, (until - grace).steady_ns(), over)) return true;
    cancelled_.store(true, release);
    held.unlock();
    node_.cancel();
    held.lock();
    return change.wait_until(held, until.steady_ns(), over);
  }

  SPANWISE_SMALL void wait_for_thread(locked& held, deadline until) noexcept {
    wake_.notify_all();
    if (wait_or_cancel(held, done_, until, [&] { return finished_; })) {
      held.unlock();
      thread_.join();
      held.lock();
    } else {
      thread_.detach();
    }
  }

  /// Ends a nap early, from any thread that makes spans. One that comes just as the nap begins is lost, but naps are
  /// short.
  void rouse() noexcept {
    if (!roused_.exchange(true, relaxed)) wake_.notify_one();
  }

  SPANWISE_SMALL void work() noexcept {
    counted<void> const alive = std::move(keep_alive_);
    exporting_thread_.store(pthread_self(), relaxed);
    core_.silence(true);
    locked held{mutex_};
    duration nap = shortest_nap;
    deadline waiting_since = deadline::max();
    deadline calibrated{};
    while (!stopping_) {
      duration const delay = std::max(settings_.delay, milliseconds(1));
      wake_.wait_until(held, deadline::in(std::min(nap, delay)).steady_ns(),
                       [&] { return stopping_ || flush_wanted_ != flush_done_ || roused_.load(relaxed); });
      bool const roused = roused_.exchange(false, relaxed);
      if (stopping_) break;
      bool const flushing = flush_wanted_ != flush_done_;
      std::uint64_t const flush_number = flush_wanted_;
      deadline const flush_until = std::exchange(flush_until_, deadline{});
      held.unlock();

      deadline const now = deadline::now();
      std::size_t const before = collector_.waiting();
      std::size_t found = look();
      if (found != 0 && waiting_since == deadline::max()) waiting_since = now;
      nap = found != before ? shortest_nap : std::min(duration{nap.ns * 2}, longest_nap);
      if (roused) nap = milliseconds(1); // the span that filled the batch may be on its way still
      // Large spans fill the memory before they fill a batch.
      bool const due = found != 0 && (core_.pool.pressed() || now - waiting_since >= settings_.delay);
      bool flushed = true;
      if (flushing || due || found >= settings_.batch_size) {
        // What was there when it began fits into the memory for waiting spans: no more rounds than that.
        std::size_t rounds = core_.pool.bytes() / (least_record * settings_.batch_size) + 1;
        std::uint64_t const failed_before = node_.failed();
        while (found != 0 && rounds-- != 0 && !stop_asked_.load(acquire) &&
               (flushing || due || found >= settings_.batch_size)) {
          send(export_deadline()); // a flush that is in a hurry waits no longer, but costs no span its time
          found = look();
        }
        waiting_since = collector_.waiting() == 0 ? deadline::max() : deadline::now();
        nap = std::min(nap, shortest_nap);
        if (flushing) flushed = node_.flush(flush_until) && node_.failed() == failed_before;
      }
      if (now - calibrated >= (process_clock.ticks_tsc() ? milliseconds(1000) : milliseconds(50))) {
        process_clock.calibrate();
        calibrated = now;
      }
      {
        locked const accounts{accounts_};
        collector_.maintain();
      }
      tell_misuse();
      if (now - told_drops_ >= seconds(1)) tell_drops(now);

      held.lock();
      if (flushing) {
        flush_done_ = flush_number;
        if (!flushed) flush_failed_ = flush_number;
        done_.notify_all();
      }
    }
    finish(held);
    exporting_thread_.store(pthread_t{}, relaxed);
    done_.notify_all();
  }

  /// Gathers into the batch that is waiting; its size.
  SPANWISE_SMALL std::size_t look() noexcept {
    contain([&] { collector_.gather(settings_.batch_size); });
    return collector_.waiting();
  }

  /// On the thread that exports: what was dropped since it was last told.
  SPANWISE_SMALL void tell_drops(deadline now) noexcept {
    told_drops_ = now;
    std::size_t const one = std::min<std::size_t>(record::max_size, core_.pool.largest_chunk());
    drops_.tell(collector_.counts(), {core_.pool.bytes(), core_.most_spans, one});
  }

  /// Sends the waiting batch.
  SPANWISE_SMALL void send(deadline until) noexcept {
    std::span<record> const batch = collector_.gathered();
    if (batch.empty()) return;
    finish_records_(batch);
    node_.run({resource_, core_.scopes, batch}, until);
    locked const accounts{accounts_};
    collector_.settle();
  }

  /// The last batches, until nothing is left or time is up. The mutex is held when it begins and when it ends.
  SPANWISE_SMALL void finish(locked& held) noexcept {
    deadline const until = stop_at_;
    held.unlock();
    core_.silence(true);
    bool const all_out = collector_.close(until);
    while (!cancelled_.load(acquire) && deadline::now() < until && look() != 0)
      send(std::min(until, export_deadline()));
    node_.flush(until);
    node_.shutdown(until);
    tell_misuse();
    tell_drops(deadline::now());
    core_.silence(false);
    held.lock();
    stuck_ = !all_out;
    finished_ = true;
    if (!all_out) return; // a thread is inside and may still use these
    core_.on_publish = nullptr;
    core_.rouse = nullptr;
    core_.pool.when_pressed(nullptr, nullptr);
  }

  // For pipelines without a thread: whoever ends a span exports, one after another. No lock is held meanwhile, so that
  // flush and shutdown can give up waiting.

  [[nodiscard]] bool may_turn() const noexcept { return !exporting_ || stopping_; }
  void begin_turn() noexcept {
    exporting_ = true;
    exporting_thread_.store(pthread_self(), relaxed);
  }
  void end_turn() noexcept {
    exporting_ = false;
    exporting_thread_.store(pthread_t{}, relaxed);
    turn_.notify_one();
  }

  /// Called by a thread that ended a span. One that an exporter ends is found by the loop that called the exporter.
  void export_at_once() noexcept {
    if (exporting_thread_.load(relaxed) == pthread_self()) return;
    locked held{mutex_};
    turn_.wait(held, [&] { return may_turn(); });
    if (stopping_) return;
    begin_turn();
    held.unlock();
    drain_now();
    held.lock();
    end_turn();
  }

  bool flush_now(locked& held, deadline until) noexcept {
    if (stopping_) return finished_;
    if (!turn_.wait_until(held, until.steady_ns(), [&] { return may_turn(); }) || stopping_) return false;
    begin_turn();
    held.unlock();
    std::uint64_t const failed_before = node_.failed();
    drain_now();
    core_.silence(true);
    bool const good = node_.flush(until) && node_.failed() == failed_before;
    core_.silence(false);
    held.lock();
    end_turn();
    return good;
  }

  void finish_now(locked& held, deadline until) noexcept {
    turn_.notify_all();
    if (!wait_or_cancel(held, turn_, until, [&] { return !exporting_; })) {
      stuck_ = true; // a thread is inside the exporter and may come back at any time
      return;
    }
    begin_turn();
    finish(held);
    end_turn();
  }

  void drain_now() noexcept {
    core_.silence(true);
    while (!stop_asked_.load(acquire) && look() != 0) send(export_deadline());
    deadline const now = deadline::now();
    bool const told_long_ago = now - told_drops_ > seconds(1);
    if (told_long_ago || core_.pool.pressed()) {
      locked const accounts{accounts_};
      collector_.maintain();
    }
    if (told_long_ago) {
      process_clock.calibrate();
      tell_drops(now);
    }
    tell_misuse();
    core_.silence(false);
  }

  static constexpr duration shortest_nap = milliseconds(10);
  static constexpr std::size_t least_record = head_at::root_size;
  static constexpr duration longest_nap = milliseconds(50);

  Node node_;
  mutex mutex_;
  mutex accounts_;
  condition wake_;
  condition done_;
  condition turn_;
  std::uint64_t flush_wanted_ = 0;
  std::uint64_t flush_done_ = 0;
  std::uint64_t flush_failed_ = 0; ///< the last one that failed
  deadline flush_until_{};
  bool exporting_ = false; ///< a thread has its turn
  bool stopping_ = false;
  bool finished_ = false;
  bool stuck_ = false;
  bool reported_ = false;
  shutdown_result last_result_{};
  atomic<bool> stop_asked_{false};
  atomic<bool> cancelled_{false};
  atomic<bool> roused_{false};
  atomic<pthread_t> exporting_thread_{pthread_t{}};
  deadline told_drops_{};
  drop_report drops_;
  background_thread thread_;
  counted<void> keep_alive_;
  deadline stop_at_{};
};

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/start/chosen_limits.hpp
//
// The limits that a pipeline works with: what code chose, completed by the OTEL_* variables and OpenTelemetry's defaults.

namespace spanwise::inline SPANWISE_ABI {

/// How much a span may carry; see span_limits. What is left out comes from the environment, then from the defaults.
///
/// The variables are OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT, OTEL_SPAN_EVENT_COUNT_LIMIT,
/// OTEL_SPAN_LINK_COUNT_LIMIT, OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT and OTEL_LINK_ATTRIBUTE_COUNT_LIMIT, and for all that
/// has attributes OTEL_ATTRIBUTE_COUNT_LIMIT and OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT.
struct span_limit_options {
  std::optional<std::uint32_t> attribute_count{};
  std::optional<std::uint32_t> event_count{};
  std::optional<std::uint32_t> link_count{};
  std::optional<std::uint32_t> attribute_per_event_count{};
  std::optional<std::uint32_t> attribute_per_link_count{};
  /// In characters; span_limits::unlimited for no limit.
  std::optional<std::uint32_t> attribute_value_length{};
  std::optional<std::uint32_t> attribute_value_depth{}; ///< no variable sets it
  std::optional<std::uint32_t> max_span_bytes{};        ///< nor this
};

/// What `given` comes to in this environment (OpenTelemetry, Attribute Limits: of a span first, then of all).
[[nodiscard]] SPANWISE_SMALL span_limits chosen_limits(span_limit_options const& given, environment const& env) noexcept {
  auto const read = [&env](char const* name) -> std::optional<std::uint32_t> {
    auto const number = env.integer(name);
    if (!number) return std::nullopt;
    return *number < std::int64_t{span_limits::unlimited} ? static_cast<std::uint32_t>(*number) : span_limits::unlimited;
  };
  span_limits result;
  auto const general_count = read("OTEL_ATTRIBUTE_COUNT_LIMIT");
  auto const general_length = read("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT");
  auto const choose = [&](std::uint32_t& limit, std::optional<std::uint32_t> const& code, char const* name,
                          std::optional<std::uint32_t> const& general) {
    std::optional<std::uint32_t> const own = code || name == nullptr ? code : read(name);
    limit = own.value_or(general.value_or(limit));
  };
  choose(result.attribute_count, given.attribute_count, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", general_count);
  choose(result.event_count, given.event_count, "OTEL_SPAN_EVENT_COUNT_LIMIT", {});
  choose(result.link_count, given.link_count, "OTEL_SPAN_LINK_COUNT_LIMIT", {});
  choose(result.attribute_per_event_count, given.attribute_per_event_count, "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
         general_count);
  choose(result.attribute_per_link_count, given.attribute_per_link_count, "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
         general_count);
  choose(result.attribute_value_length, given.attribute_value_length, "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
         general_length);
  choose(result.attribute_value_depth, given.attribute_value_depth, nullptr, {});
  choose(result.max_span_bytes, given.max_span_bytes, nullptr, {});
  return result;
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/span_processor.hpp
//
// Span processors: user code that sees spans start and end, on the thread that starts and ends them. For what has to
// happen there and then, such as taking an attribute over from the context; stages of the pipeline are for all else.

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

// spanwise/start/options.hpp
//
// What can be said of a pipeline when it starts, beside where its spans go.
// What is left out comes from the OTEL_* environment, then from OpenTelemetry's defaults.

namespace spanwise::inline SPANWISE_ABI {

/// Any propagator or composite of several; empty: what OTEL_PROPAGATORS says, or W3C trace context and baggage.
class any_propagator {
public:
  any_propagator() noexcept = default;
  template <propagator Formats>
  any_propagator(Formats formats) noexcept
      : install_{[](void const* held) noexcept { set_default_propagator(*static_cast<Formats const*>(held)); }} {
    if (!detail::contain([&] { held_ = detail::counted<Formats>::make(std::move(formats)); }))
      report(severity::error, "propagator",
             "the propagators that were given are not used: there is no memory for them, or they threw while they were "
             "moved");
  }

  [[nodiscard]] bool empty() const noexcept { return held_ == nullptr; }
  void install() const noexcept {
    if (held_ != nullptr) install_(held_.get());
  }

private:
  void (*install_)(void const*) noexcept {};
  detail::counted<void> held_;
};

/// What can be said at the start; what is left out comes from the OTEL_* environment, then from the defaults.
struct options {
  std::string_view service_version{};
  std::string_view service_instance_id{};
  std::string_view deployment_environment{};
  /// More that describes the service: `{{"team.name", "checkout"}}`.
  std::initializer_list<attribute> resource{};
  /// Which version of which conventions the attributes of the resource follow.
  std::string_view resource_schema_url{};
  /// Asked at the start for what is known of the surroundings: `{process_detector{}, host_detector{}}`. Where two differ,
  /// the later one counts; OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME and what is said here outweigh them.
  detector_list detectors{};
  /// Which spans are recorded; by default what OTEL_TRACES_SAMPLER says, or all but those whose parent is not.
  any_sampler sampler{};
  /// Formats in which contexts travel; by default those of OTEL_PROPAGATORS, or W3C trace context and baggage.
  any_propagator propagators{};
  span_limit_options limits{};
  /// See spans start and end on the threads that do it: `{tenant_of_the_request{}, count_spans{}}`.
  span_processors processors{};
  /// Turns tracers off by name, version or attributes; `provider::configure_tracers` replaces it.
  tracer_configurator tracers{};
  /// Makes ids; by default random ones.
  any_id_generator ids{};
  clock_source clock = clock_source::automatic;
  /// The variables that are read, such as a fixed set in a test; by default those of the process.
  std::optional<spanwise::environment> environment{};
  /// Takes over from an exporter that can't be set up, in a tee from the first such; by default its spans are
  /// discarded, and counted as failed.
  any_exporter fallback{};
  /// The longest that the destructor, or the end of the process, waits for spans to be sent. As everywhere, more than a
  /// century counts as that.
  duration shutdown_timeout = detail::seconds(5);
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/process_life.hpp
//
// What becomes of tracing when the process forks and when it exits, and how exporters are kept from tracing themselves.
// The first start of a pipeline sees to it; business code never meets this.

namespace spanwise::inline SPANWISE_ABI::detail {

/// Producers that the parent of this process has, and that nobody here will write to; leak detectors find them here.
SPANWISE_SHARED inline constinit producer* producers_of_parent = nullptr;

/// The child of a fork has one thread and none of the pipelines: it starts with a clean slate, and new random numbers.
inline void forget_parent() noexcept {
  default_provider.store(nullptr, relaxed);
  for (provider_core& core : provider_cores) {
    if (provider_core::running(core.epoch.load(relaxed))) core.epoch.fetch_add(1, relaxed);
    core.on_publish = nullptr;
    core.rouse = nullptr;
    core.pool.when_pressed(nullptr, nullptr);
    core.pipeline.store(nullptr, relaxed);
    for (producer* at = core.producers.exchange(nullptr, relaxed); at != nullptr;)
      at = std::exchange(at->next, std::exchange(producers_of_parent, at));
    core.taken.store(false, relaxed);
  }
  store_plain(shared::free_stacks_lock, 0U, relaxed);
  process_clock.forget_publisher();
  if (thread_state* const state = this_thread_state) {
    state->random.seed();
    state->suppressed = 0;
    for (thread_state::lane& each : state->lanes) {
      if (each.writer != nullptr && each.writer->abandoned.load(relaxed)) delete each.writer; // its pipeline is over
      each = {};
    }
  }
}

/// Takes each pipeline that is still there, so that a thread which destroys one just then lets it be. One that another
/// thread is shutting down has stopped taking spans but may not have sent them yet: the process waits for it as well.
inline void shut_down_at_exit() noexcept {
  for (provider_core& core : provider_cores)
    if (void* const pipeline = core.pipeline.exchange(nullptr, acq_rel); pipeline != nullptr) core.at_exit(pipeline);
}

/// Once for the process: what is to happen when it forks and when it ends.
inline void watch_process() noexcept {
  static bool const watched = [] {
    ::pthread_atfork(nullptr, nullptr, [] { forget_parent(); });
    std::atexit([] { shut_down_at_exit(); });
    return true;
  }();
  static_cast<void>(watched);
}

inline void silence_this_thread(bool quiet) noexcept {
  thread_state* const state = this_thread();
  if (state == nullptr) return;
  if (quiet) ++state->suppressed;
  else if (state->suppressed != 0) --state->suppressed; // it is 0 in a child that was forked within
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/start/running_pipeline.hpp
//
// A pipeline with what it needs of both halves, and what has to be done before it can run: memory for spans, a place
// among the pipelines of the process, the sampler's table.

namespace spanwise::inline SPANWISE_ABI::detail {

/// Shows processors a finished span as exporters will see it: nothing twice, all text valid.
SPANWISE_SMALL void tell_finished(span_hooks const& hooks, record finished, scope_view const& scope) noexcept {
  finishing settle;
  settle({&finished, 1});
  hooks.calls->on_end(hooks.processors, span_view{finished}, scope, hooks.about);
}

/// All that one start brings to life; it ends the pipeline, and what users gave it, in this order.
template <class Parts, exporting Where> struct running_pipeline {
  SPANWISE_SMALL running_pipeline(options&& chosen, exporter_setup const& setup, provider_core& place,
                                  spanwise::resource&& service, batch_settings const& settings, Parts& parts)
      : core{place}, sampler{std::move(chosen.sampler)}, processors(std::move(chosen.processors)),
        shutdown_timeout{chosen.shutdown_timeout},
        machine{core, std::move(service), settings, parts, {setup, chosen.fallback, fallback}} {
    hooks.ids = std::move(chosen.ids);
    hooks.calls = processors.hooks();
    hooks.processors = processors.all();
    if (hooks.calls != nullptr) hooks.tell_finished = &tell_finished;
    hooks.about = &machine.about();
    if (!hooks.ids.empty() || hooks.calls != nullptr) use_hooks();
    if (!chosen.tracers.empty()) static_cast<void>(configure_tracers(std::move(chosen.tracers)));
  }

  /// From here on spans start the general way, which asks the hooks.
  void use_hooks() noexcept {
    core.hooks.store(&hooks, release);
    for (auto& each : core.quick) each.store(quick_decision::ask, relaxed);
  }
  /// False if there is no memory.
  SPANWISE_SMALL bool configure_tracers(tracer_configurator&& wanted) noexcept {
    if (!hooks.configure_tracers(std::move(wanted))) return false;
    core.tracer_round.fetch_add(1, acq_rel);
    use_hooks();
    return true;
  }

  // A forked child leaves processors alone: their threads are not there, and their locks may be held for good.

  SPANWISE_SMALL bool flush(deadline until) noexcept {
    if (called_by_hook()) return false;
    bool const good = machine.flush(until);
    if (!machine.in_owner() || machine.exporting_here() || processors_closed.load(relaxed)) return good;
    return processors.flush(until) && good;
  }
  SPANWISE_SMALL shutdown_result shutdown(deadline until) noexcept {
    if (called_by_hook()) return machine.result();
    shutdown_result const end = machine.shutdown(until);
    if (!machine.in_owner() || machine.exporting_here()) return end;
    if (!processors_closed.exchange(true, relaxed)) processors.shutdown(until);
    return end;
  }
  /// True if code that the pipeline was given is further up on this thread's stack: it will come back.
  [[nodiscard]] bool calls_from_here() const noexcept {
    thread_state const* const thread = this_thread_state;
    producer const* const writer = thread == nullptr ? nullptr : thread->lanes[core.index].writer;
    return machine.exporting_here() || (writer != nullptr && writer->visits.load(relaxed) != 0);
  }

  /// Ends it for who does not ask what became of the spans. Once somebody has asked, that is not told again.
  SPANWISE_SMALL void end() noexcept {
    shutdown_result const end = shutdown(deadline::in(shutdown_timeout));
    if (!result_taken.exchange(true, relaxed)) tell_end(end);
  }

  /// True, with a diagnostic, where the pipeline would have to wait for what called this.
  [[nodiscard]] SPANWISE_SMALL bool called_by_hook() const noexcept {
    if (machine.exporting_here() || !calls_from_here()) return false;
    tell_called_from_inside();
    return true;
  }

  provider_core& core;
  any_sampler sampler;
  span_processors processors;
  span_hooks hooks;
  duration shutdown_timeout;
  atomic<bool> result_taken{false};
  atomic<bool> processors_closed{false};
  std::optional<live_exporter> fallback;
  engine<line<0, Parts>, Where> machine;
};

/// What a handle can do with a pipeline whose type it has forgotten.
struct pipeline_calls {
  bool (*flush)(void*, deadline) noexcept;
  shutdown_result (*shutdown)(void*, deadline) noexcept;
  void (*end)(void*) noexcept;
  pipeline_stats (*stats)(void*) noexcept;
  bool (*can_be_freed)(void*) noexcept;
  bool (*configure_tracers)(void*, tracer_configurator&&) noexcept;
};

template <class Running>
inline constexpr pipeline_calls calls_of{
    [](void* at, deadline until) noexcept { return static_cast<Running*>(at)->flush(until); },
    [](void* at, deadline until) noexcept {
      shutdown_result const end = static_cast<Running*>(at)->shutdown(until);
      static_cast<Running*>(at)->result_taken.store(true, relaxed);
      return end;
    },
    [](void* at) noexcept { static_cast<Running*>(at)->end(); },
    [](void* at) noexcept { return static_cast<Running*>(at)->machine.stats(); },
    [](void* at) noexcept {
      auto& running = *static_cast<Running*>(at);
      return running.machine.in_owner() && !running.calls_from_here() && !running.machine.stuck();
    },
    [](void* at, tracer_configurator&& wanted) noexcept {
      return static_cast<Running*>(at)->configure_tracers(std::move(wanted));
    }};

/// A pipeline that may still be looked at when its handle is gone; from here leak detectors find it.
struct kept_pipeline {
  counted<void> state;
  kept_pipeline* next;
};
SPANWISE_SHARED inline constinit atomic<kept_pipeline*> kept_pipelines{};

SPANWISE_SMALL void keep_for_good(counted<void> state) noexcept {
  auto* const kept = new (std::nothrow) kept_pipeline{std::move(state), kept_pipelines.load(relaxed)};
  while (kept != nullptr && !kept_pipelines.compare_exchange(kept->next, kept, acq_rel, relaxed)) {}
}

/// A place for one more pipeline; nullptr if all are taken.
SPANWISE_SMALL provider_core* take_core() noexcept {
  for (provider_core& core : provider_cores) {
    bool free = false;
    if (!core.taken.compare_exchange(free, true, acq_rel, relaxed)) continue;
    if (auto const index = static_cast<std::uint8_t>(&core - provider_cores); core.index != index) core.index = index;
    return &core;
  }
  return nullptr;
}

SPANWISE_SMALL quick_decision quick_of(any_sampler const& chosen, parent_case which) noexcept {
  if (chosen.empty()) {
    bool const follows = which == parent_case::remote_unsampled || which == parent_case::local_unsampled;
    return follows ? quick_decision::drop : quick_decision::record_and_sample;
  }
  std::optional<sampling_decision> const known = chosen.fixed(which);
  return known ? static_cast<quick_decision>(*known) : quick_decision::ask;
}

/// Sets `core` up for a pipeline; false if there is no memory for its spans.
SPANWISE_SMALL bool prepare_core(provider_core& core, span_limits const& limits, std::size_t bytes,
                                 std::int64_t most_spans, clock_source clock) noexcept {
  if (!core.pool.open(bytes, static_cast<std::uint64_t>(::getpid()))) return false;
  for (producer* stale = core.producers.exchange(nullptr, acq_rel); stale != nullptr;) {
    producer* const next = stale->next;
    if (stale->abandoned.exchange(true, acq_rel)) delete stale;
    stale = next;
  }
  span_limits chosen = limits;
  chosen.max_span_bytes = std::min<std::uint32_t>(
      std::max<std::uint32_t>(limits.max_span_bytes, span_body::inside_size), record::max_size - 65536);
  chosen.attribute_value_depth = std::min(limits.attribute_value_depth, deepest_value);
  // What spans of an earlier pipeline may still look at is written only where it differs.
  if (chosen != core.limits) core.limits = chosen;
  if (bool const heavy = register_heavy_fence(); heavy != core.heavy_fences) core.heavy_fences = heavy;
  core.hooks.store(nullptr, relaxed);
  core.tracer_round.fetch_add(1, relaxed); // what was noted of scopes belongs to the pipeline before
  core.most_spans = most_spans;
  core.queued.store(0, relaxed);
  core.crowded.store(false, relaxed);
  core.roomy_at.store(most_spans / 2, relaxed);
  core.late.store(0, relaxed);
  core.on_publish = nullptr;
  core.rouse = nullptr;
  core.pool.when_pressed(nullptr, nullptr);
  core.silence = &silence_this_thread;
  core.scopes.find_or_add(unnamed_source.scope.hash, {}, {}, {});
  process_clock.open(clock);
  return true;
}

/// What code says of the service; an empty text says nothing.
SPANWISE_SMALL resource resource_from_code(std::string_view service, options const& chosen) {
  resource result;
  result.set_texts({{"service.name", service},
                    {"service.version", chosen.service_version},
                    {"service.instance.id", chosen.service_instance_id},
                    {"deployment.environment.name", chosen.deployment_environment}});
  result.set_schema_url(chosen.resource_schema_url);
  for (attribute const& each : chosen.resource) result.set(each);
  return result;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/start/provider.hpp
//
// The handle of a running pipeline: flushes it, stops it, says what became of the spans, and makes tracers that send
// there. Its constructor, and start(), instantiate the exporters.

namespace spanwise::inline SPANWISE_ABI::detail {

template <class Given> inline constexpr bool is_batch = false;
template <class... Parts> inline constexpr bool is_batch<batch<Parts...>> = true;
template <class Given> inline constexpr bool is_simple = false;
template <class... Parts> inline constexpr bool is_simple<simple<Parts...>> = true;

struct default_maker;

/// Opens what is no pipeline until more is known than code says, such as a configuration file; specialised for each
/// such type, with `static void open(provider&, std::string_view service, Given&, options&)`.
template <class Given> struct opener;

template <class Given>
concept opened_by_itself = requires { sizeof(opener<Given>); };

/// An exporter that is given alone: at once if it says that it suits that, in batches otherwise.
template <class Given>
concept immediate = requires { requires Given::immediate; };

} // namespace spanwise::inline SPANWISE_ABI::detail

namespace spanwise::inline SPANWISE_ABI {

class no_provider;

/// A running pipeline. Tracers made by it send there, wherever others send.
///
/// Its destructor shuts it down within `options.shutdown_timeout`; so does the end of the process, if it comes first.
/// All members may be called from any thread.
class provider {
public:
  /// Starts a pipeline beside the default one, for tests and programs that need several. With SPANWISE_OFF it is none.
  template <class Pipeline>
  [[nodiscard]] provider(std::string_view service, Pipeline pipeline, options chosen = {}) noexcept {
    begin(service, pipeline, chosen);
  }
  /// What `start` gives where tracing is off: nothing runs.
  provider(no_provider const&) noexcept {}
  provider(provider&& other) noexcept { swap(other); }
  provider& operator=(provider&& other) noexcept {
    swap(other);
    return *this;
  }
  SPANWISE_SMALL ~provider() {
    if (state_ == nullptr) return;
    if (calls_->can_be_freed(state_.get())) calls_->end(state_.get());
    void* mine = state_.get();
    bool const free =
        calls_->can_be_freed(mine) && core_->pipeline.compare_exchange(mine, nullptr, detail::acq_rel, detail::relaxed);
    // A forked child, a thread caught inside, the end of the process: something may still look at the memory, so it
    // stays.
    if (!free) detail::keep_for_good(std::move(state_));
  }

  /// True if the pipeline could be started; if not, a diagnostic said why, and spans do nothing.
  [[nodiscard]] bool running() const noexcept {
    return core_ != nullptr && core_->epoch.load(detail::acquire) == epoch_;
  }

  /// A tracer whose spans go here.
  template <class Mode = default_mode>
  [[nodiscard]] basic_tracer<Mode> tracer(std::string_view name, std::string_view version = {},
                                          std::string_view schema_url = {},
                                          std::span<attribute const> attributes = {}) const noexcept {
    basic_tracer<Mode> made{name, version, schema_url, attributes};
    if constexpr (std::is_same_v<Mode, on>) {
      made.source_.core = core_;
      made.source_.epoch = core_ != nullptr ? epoch_ : never;
    }
    return made;
  }

  /// Sends what was ended before the call; false if that took longer than `within`, or an exporter failed.
  bool flush(duration within) noexcept {
    if (state_ == nullptr) return disabled_ || std::is_same_v<default_mode, off>;
    return calls_->flush(state_.get(), deadline::in(within));
  }
  /// The same within 5 s.
  bool flush() noexcept { return flush(detail::seconds(5)); }

  /// Stops taking spans, sends what there is, and returns within `within`, whatever the receiver does.
  ///
  /// Says what became of all spans since the start. A second call says it again, at once.
  shutdown_result shutdown(duration within) noexcept {
    if (state_ == nullptr) return {};
    return calls_->shutdown(state_.get(), deadline::in(within));
  }
  /// The same within `options.shutdown_timeout`.
  shutdown_result shutdown() noexcept { return shutdown(timeout_); }

  /// Replaces what turns tracers on and off; each scope is asked again before its next span.
  ///
  /// False if nothing runs, or there is no memory.
  bool configure_tracers(tracer_configurator wanted) noexcept {
    return running() && calls_->configure_tracers(state_.get(), std::move(wanted));
  }

  /// The accounts up to now; they balance when no thread is inside a call.
  [[nodiscard]] pipeline_stats stats() const noexcept {
    return state_ == nullptr ? pipeline_stats{} : calls_->stats(state_.get());
  }

private:
  friend struct detail::default_maker;
  template <class> friend struct detail::opener;
  provider() noexcept = default;

  template <class Pipeline>
  SPANWISE_SMALL void begin(std::string_view service, Pipeline& pipeline, options& chosen) noexcept {
    bool const good = detail::contain([&] {
      if constexpr (std::is_same_v<default_mode, off>) return;
      else if constexpr (detail::opened_by_itself<Pipeline>)
        detail::opener<Pipeline>::open(*this, service, pipeline, chosen);
      else if constexpr (detail::is_batch<Pipeline> || detail::is_simple<Pipeline>) open(service, pipeline, chosen);
      else if constexpr (detail::immediate<Pipeline>) {
        simple<Pipeline> wrapped{std::move(pipeline)};
        open(service, wrapped, chosen);
      } else {
        batch<Pipeline> wrapped{std::move(pipeline)};
        open(service, wrapped, chosen);
      }
    });
    if (!good)
      report(severity::error, "start",
             "tracing could not be started: an exporter threw while it was set up, or memory ran out");
  }

  /// `more` is what else is known of the service; it wins over what code says.
  template <class Pipeline>
  SPANWISE_SMALL void open(std::string_view service, Pipeline& pipeline, options& chosen, resource const& more = {}) {
    using Parts = decltype(pipeline.parts);
    constexpr auto where = detail::is_batch<Pipeline> ? detail::exporting::on_own_thread : detail::exporting::in_turns;
    using Running = detail::running_pipeline<Parts, where>;
    environment const env = chosen.environment ? std::move(*chosen.environment) : environment::process();
    apply_log_level(env);
    if (env.text("OTEL_CONFIG_FILE"))
      report(severity::warning, "OTEL_CONFIG_FILE",
             "OTEL_CONFIG_FILE is set, but this program does not read it; the other variables count. To read it, include "
             "<spanwise/config_file.hpp> and start with spanwise::from_config{...}");
    if (chosen.propagators.empty()) detail::install_chosen_propagators(env);
    else chosen.propagators.install();
    if (env.boolean("OTEL_SDK_DISABLED").value_or(false)) {
      disabled_ = true;
      return report(severity::info, "disabled", "tracing was not started, as OTEL_SDK_DISABLED asks; spans do nothing");
    }
    detail::chosen_batch settings;
    if constexpr (detail::is_batch<Pipeline>) settings = detail::choose_batch(pipeline.options, env);

    detail::check_exporter_variable<Parts>(env);
    detail::watch_process();
    detail::provider_core* const core = detail::take_core();
    if (core == nullptr)
      return report(severity::error, "start", "tracing was not started: eight pipelines are running already");
    struct guard {
      detail::provider_core* held;
      ~guard() {
        if (held != nullptr) held->taken.store(false, detail::release);
      }
    } giving_back{core};
    if (!detail::prepare_core(*core, chosen_limits(chosen.limits, env), settings.bytes, settings.most_spans,
                              chosen.clock))
      return report(severity::error, "start", "tracing was not started: there is no memory for spans that wait");

    timeout_ = chosen.shutdown_timeout;

    if (chosen.sampler.empty()) chosen.sampler = chosen_sampler(env);
    resource about =
        detail::default_resource(env, detail::resource_from_code(service, chosen), chosen.detectors.detect(env));
    about.merge(more);
    auto made = detail::counted<Running>::make(std::move(chosen), exporter_setup{env}, *core, std::move(about),
                                               settings.settings, pipeline.parts);
    giving_back.held = nullptr; // the engine gives it back
    core->sampler = &made->sampler;
    if (core->hooks.load(detail::relaxed) == nullptr)
      for (std::size_t i = 0; i < parent_cases; ++i)
        core->quick[i].store(detail::quick_of(made->sampler, static_cast<parent_case>(i)), detail::relaxed);
    core->at_exit = detail::calls_of<Running>.end;
    if (!made->machine.run(made))
      return report(severity::error, "start", "tracing was not started: the system gives no thread for it");
    core->pipeline.store(made.get(), detail::release);
    state_ = std::move(made);
    calls_ = &detail::calls_of<Running>;
    core_ = core;
    epoch_ = core->epoch.fetch_add(1, detail::acq_rel) + 1;
  }

  SPANWISE_SMALL void make_default() const noexcept {
    if (core_ != nullptr && !detail::claim_default(*core_))
      report(severity::warning, "second start",
             "a second pipeline was started while the first one runs; until that stops, spans go to the first one. "
             "Use spanwise::provider and its tracers for a pipeline of their own");
  }

  void swap(provider& other) noexcept {
    std::swap(state_, other.state_);
    std::swap(calls_, other.calls_);
    std::swap(core_, other.core_);
    std::swap(epoch_, other.epoch_);
    std::swap(timeout_, other.timeout_);
    std::swap(disabled_, other.disabled_);
  }

  static constexpr std::uint32_t never = 2; ///< an epoch in which nothing runs

  detail::counted<void> state_;
  detail::pipeline_calls const* calls_{};
  detail::provider_core* core_{};
  std::uint32_t epoch_{};
  duration timeout_ = detail::seconds(5);
  bool disabled_{}; ///< as the environment asks: nothing runs, and nothing failed
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/start.hpp
//
// Starts tracing: joins the half that makes spans with the half that sends them. The one call that instantiates, and
// pays for, the exporter.

namespace spanwise::inline SPANWISE_ABI {

struct detail::default_maker {
  template <class Pipeline>
  static provider start(std::string_view service, Pipeline& pipeline, options& chosen) noexcept {
    provider made;
    made.begin(service, pipeline, chosen);
    made.make_default();
    return made;
  }
};

/// Stands for a pipeline where tracing is off at compile time: nothing runs, nothing is counted.
class [[maybe_unused]] no_provider {
public:
  [[nodiscard]] static constexpr bool running() noexcept { return false; }
  [[nodiscard]] static constexpr basic_tracer<off> tracer(std::string_view name, std::string_view = {},
                                                          std::string_view = {},
                                                          std::span<attribute const> = {}) noexcept {
    return {name};
  }
  static bool flush() noexcept { return true; }
  static bool flush(duration) noexcept { return true; }
  static shutdown_result shutdown() noexcept { return {}; }
  static shutdown_result shutdown(duration) noexcept { return {}; }
  static bool configure_tracers(tracer_configurator const&) noexcept { return false; }
  [[nodiscard]] static pipeline_stats stats() noexcept { return {}; }
};

/// Starts tracing for the whole process: from now on spans are recorded and sent through `pipeline`.
///
/// `pipeline` is an exporter (`console{}`, `otlp_http{}`), or `batch{...}` or `simple{...}` around stages and
/// exporters. Keep the result for as long as there is something to trace; its destructor sends what is left. Never
/// throws: what can't be set up is told in a diagnostic, and spans then do nothing. With SPANWISE_OFF nothing is
/// instantiated.
template <class Pipeline>
[[nodiscard]] SPANWISE_SMALL auto start(std::string_view service, Pipeline pipeline, options chosen = {}) noexcept {
  if constexpr (std::is_same_v<default_mode, off>) {
    return no_provider{};
  } else {
    return detail::default_maker::start(service, pipeline, chosen);
  }
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/start/settings.hpp
//
// What the OTEL_* variables come to: the settings that a pipeline runs with where code says nothing else. For programs
// that tell at their start what is in effect, and for tests. Nothing here starts or changes anything.

namespace spanwise::inline SPANWISE_ABI {

/// What a batch goes by; see batch_options.
struct batch_in_effect {
  std::size_t
      max_queue_size{}; ///< spans; where neither code nor a variable sets it, memory is the bound, and this the default
  std::size_t max_queue_bytes{};
  std::size_t max_export_batch_size{};
  duration schedule_delay{};
  duration export_timeout{}; ///< 0: no limit
};

/// Where OTLP goes, and how.
struct otlp_in_effect {
  endpoint where{};
  std::string protocol{};    ///< as the variables ask for it: the type of the exporter decides, or any_of
  std::string compression{}; ///< as asked for; an exporter that has none says so
  key_values headers{};      ///< of the user's, without those of the exporter itself; may hold credentials
  duration timeout{};        ///< 0: no limit
};

/// All settings that variables have a say in, but for exporters, which `chosen_exporters` tells of an `any_of`.
struct settings_in_effect {
  bool disabled = false; ///< OTEL_SDK_DISABLED: pipelines do not start
  span_limits limits{};
  sampler_in_effect sampler{};
  batch_in_effect batch{};
  otlp_in_effect otlp{};
  std::vector<std::string> propagators{}; ///< by the names that OTEL_PROPAGATORS has for them
  key_values resource{};                  ///< what the variables say of the service
};

/// What these variables come to. Those that make no sense are told of as at a start, and do not count.
///
///     auto const settings = spanwise::settings_from(spanwise::environment::process());
///     std::printf("spans go to %s\n", settings.otlp.where.url().c_str());
///
/// `Formats` are propagators that the program has besides those of the single header: `settings_from<jaeger>(env)`.
template <propagator... Formats> [[nodiscard]] settings_in_effect settings_from(environment const& env) {
  detail::chosen_batch const batch = detail::choose_batch({}, env);
  settings_in_effect result;
  result.disabled = env.boolean("OTEL_SDK_DISABLED").value_or(false);
  result.limits = chosen_limits({}, env);
  result.sampler = detail::read_sampler(env);
  result.batch = {batch.most_spans != 0 ? static_cast<std::size_t>(batch.most_spans) : detail::usual_queue_size,
                  batch.bytes, batch.settings.batch_size, batch.settings.delay, batch.settings.export_timeout};
  result.otlp = {choose_endpoint({}, {}, env).value_or(endpoint{}),
                 std::string{detail::otlp_protocol(env).value_or("http/protobuf")},
                 std::string{detail::otlp_compression(env).value_or("none")},
                 detail::otlp_headers(env).value_or(key_values{}), detail::otlp_timeout({}, env)};
  auto const& formats = detail::formats_to_choose_from<Formats...>::names;
  for (std::uint8_t const place : detail::format_choice_of(env, formats))
    result.propagators.emplace_back(formats[place]);
  result.resource = detail::environment_resource(env);
  return result;
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/adjustable_ratio.hpp
//
// A share of traces that can be changed while the program runs: by a request to an admin port, by load, by a clock.

namespace spanwise::inline SPANWISE_ABI {

/// A handle to a ratio that all its copies share: one goes to `start`, another one sets it later.
///
///     spanwise::adjustable_ratio share{0.1};
///     auto tracing = spanwise::start("shop", exporter, {.sampler = spanwise::parent_based{share}});
///     share.set(0.5);
///
/// As a sampler it is what trace_id_ratio is, and `composite_sampler{share}` is what probability is, except that a root
/// which is kept costs an allocation there. No locks: spans see the ratio before or after `set`. Handles may be used by
/// different threads, and copied; one and the same may be set from several.
class adjustable_ratio {
public:
  explicit adjustable_ratio(double ratio) noexcept {
    double const first = checked(ratio);
    bool const made = detail::contain([&] { shared_ = detail::counted<shared>::make(first); });
    if (!made)
      report(severity::error, "adjustable ratio",
             "there is no memory for an adjustable sampling ratio; it keeps no trace");
  }

  // No moves: a handle that was given away with std::move can still be set.
  adjustable_ratio(adjustable_ratio const&) noexcept = default;
  adjustable_ratio& operator=(adjustable_ratio const&) noexcept = default;
  ~adjustable_ratio() = default;

  /// From now on this share of traces is kept; traces that have begun stay as they are, inside parent_based.
  void set(double ratio) const noexcept {
    if (shared_) shared_->bits.store(std::bit_cast<std::uint64_t>(checked(ratio)), detail::relaxed);
  }
  [[nodiscard]] double ratio() const noexcept {
    return shared_ ? std::bit_cast<double>(shared_->bits.load(detail::relaxed)) : 0;
  }

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const noexcept {
    return detail::keep_by_id(detail::exact_threshold(ratio()), asked);
  }
  [[nodiscard]] sampling_intent intent(starting_span const&) const noexcept {
    auto const threshold = sampling_threshold::of_ratio(ratio());
    return {.threshold = threshold, .reliable = threshold.has_value()};
  }
  [[nodiscard]] sampler_description description() const noexcept {
    return sampler_description{"AdjustableRatio{"}.append_ratio(ratio()).append("}");
  }

private:
  struct shared {
    explicit shared(double ratio) noexcept : bits{std::bit_cast<std::uint64_t>(ratio)} {}
    detail::atomic<std::uint64_t> bits;
  };

  static double checked(double ratio) noexcept {
    detail::sampling_ratio const given{ratio};
    given.tell();
    return given.value();
  }

  detail::counted<shared> shared_;
};

static_assert(sampler<adjustable_ratio> && composable_sampler<adjustable_ratio>);

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/always_record.hpp
//
// Records what another sampler drops, for whoever looks at all spans in this process but sends only some.

namespace spanwise::inline SPANWISE_ABI {

/// The sampler within, but for one thing: what that drops is recorded, and not sent. Attributes and state stay its own.
template <class Sampler> class always_record {
  static_assert(sampler<Sampler>, "spanwise: always_record takes a sampler, which has "
                                  "should_sample(sampling_parameters const&), which gives a sampling_result, and "
                                  "description()");

public:
  explicit always_record(Sampler within) : within_(std::move(within)) {}

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const {
    sampling_result result = within_.should_sample(asked);
    result.decision = kept(result.decision);
    return result;
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case which) const noexcept {
    std::optional<sampling_decision> known = detail::fixed_of(within_, which);
    if (known) known = kept(*known);
    return known;
  }
  [[nodiscard]] sampler_description description() const {
    sampler_description const inner{within_.description()};
    return sampler_description{"AlwaysRecord{"}.append(inner.view()).append("}");
  }

private:
  static sampling_decision kept(sampling_decision decided) noexcept {
    return decided == sampling_decision::drop ? sampling_decision::record_only : decided;
  }

  Sampler within_;
};

static_assert(sampler<always_record<always_off>>);

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/kept_attributes.hpp
//
// Attributes that outlive the call that gave them, for samplers that add the same ones to many spans.

namespace spanwise::inline SPANWISE_ABI::detail {

/// Copies of up to `Size` attributes: texts, numbers and truth values. Copies of it share the text.
template <std::size_t Size> class kept_attributes {
public:
  explicit kept_attributes(std::span<attribute const, Size> given) noexcept {
    std::size_t bytes = 0;
    for (attribute const& each : given)
      if (can_be_kept(each)) bytes += each.key_text().size() + text_of(each).size();
    text_builder builder;
    if (!builder.reserve(bytes)) {
      report(severity::error, "kept attributes", "there is no memory for the attributes that a sampler is to add");
      return;
    }
    for (attribute const& each : given) {
      if (!can_be_kept(each)) continue;
      builder.append(each.key_text());
      builder.append(text_of(each));
    }
    text_ = builder.take();
    char const* at = text_.view().data();
    for (attribute const& each : given)
      if (can_be_kept(each)) at = keep(each, at);
  }

  [[nodiscard]] std::span<attribute const> view() const noexcept { return {attributes_, count_}; }

private:
  static std::string_view text_of(attribute const& given) noexcept {
    value_kind const kind = given.value().kind;
    return kind == value_kind::text || kind == value_kind::bytes ? given.value().text() : std::string_view{};
  }
  static bool can_be_kept(attribute const& given) noexcept {
    if (given.absent() || given.key_text().empty()) return false;
    if (given.value().kind != value_kind::nested) return true;
    report(severity::warning, "kept attributes",
           "a sampler can add texts, numbers and truth values; an array or a map that it was given is left out");
    return false;
  }
  char const* keep(attribute const& given, char const* at) noexcept {
    std::string_view const text = text_of(given);
    std::size_t const key_size = given.key_text().size();
    attributes_[count_++] =
        attribute{at, given.about(), text.empty() ? nullptr : at + key_size, given.value().number, nullptr};
    return at + key_size + text.size();
  }

  attribute attributes_[Size]{};
  std::size_t count_{};
  shared_text text_;
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/trace/annotating.hpp
//
// The composable that marks what another one samples, such as with the name of the rule that kept it.

namespace spanwise::inline SPANWISE_ABI {

/// What `delegate` intends, and these attributes on the spans that are sampled: texts, numbers, truth values; copied.
///
///     annotating{probability{0.5}, {{"sampling.rule", "checkout"}}}
///
/// OpenTelemetry, Trace SDK, ComposableAnnotating. At most four can stand around one another.
template <class Delegate, std::size_t Size> class annotating {
  static_assert(composable_sampler<Delegate>, "spanwise: annotating takes a composable sampler, which has "
                                              "intent(starting_span const&), which gives a sampling_intent, and "
                                              "description()");

public:
  annotating(Delegate delegate, attribute const (&added)[Size])
      : delegate_(std::move(delegate)), added_{std::span<attribute const, Size>{added}} {}

  [[nodiscard]] sampling_intent intent(starting_span const& asked) const {
    sampling_intent wanted = delegate_.intent(asked);
    if (!wanted.attributes.add(added_.view()))
      report(severity::warning, "annotating",
             "more than four annotating samplers stand around one another; the attributes "
             "of the outer ones are left out");
    return wanted;
  }
  [[nodiscard]] sampler_description description() const {
    sampler_description const inner{delegate_.description()};
    sampler_description text{"Annotating{"};
    text.append(inner.view());
    for (attribute const& each : added_.view()) text.append(",").append(each.key_text());
    return text.append("}");
  }

private:
  Delegate delegate_;
  detail::kept_attributes<Size> added_;
};
template <class Delegate, std::size_t Size>
annotating(Delegate, attribute const (&)[Size]) -> annotating<Delegate, Size>;

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/intent_decision.hpp
//
// How an intent becomes a decision and a trace state: the one place where consistent probability samplers compare
// thresholds with randomness (OpenTelemetry, Trace SDK, CompositeSampler).

namespace spanwise::inline SPANWISE_ABI::detail {

SPANWISE_SHARED inline constinit atomic<bool> told_of_unknown_randomness{false};

/// 56 bits that nobody else has, also on a thread that is being torn down.
[[nodiscard]] inline trace_randomness fresh_randomness() noexcept {
  if (thread_state* const thread = this_thread()) return trace_randomness{thread->random()};
  random_source passing;
  passing.seed();
  return trace_randomness{passing()};
}

/// `from` with `th` set or removed, and with `rv` if there is one to add; nothing if that is `from` itself. Where there
/// is no room for a new `th`, none stays: the old one would be wrong.
[[nodiscard]] inline std::optional<trace_state> with_sampling(trace_state const& from, ot_state const& known,
                                                              std::optional<sampling_threshold> threshold,
                                                              std::optional<trace_randomness> added) noexcept {
  std::optional<std::string_view> const before = known.get("th");
  if (!added && !threshold && !before) return std::nullopt;
  if (!added && threshold && before && *before == threshold->text().view()) return std::nullopt;
  auto const written = [&](std::optional<sampling_threshold> kept) {
    auto const th = kept.value_or(sampling_threshold{}).text();
    auto const rv = added.value_or(trace_randomness{}).hex();
    std::optional<std::string_view> const th_text = kept ? std::optional{th.view()} : std::nullopt;
    if (added) return replace_ot(from, {{"th", th_text}, {"rv", rv.view()}});
    return replace_ot(from, {{"th", th_text}});
  };
  if (auto state = written(threshold)) return state;
  report_long_ot();
  return threshold && before ? written(std::nullopt) : std::nullopt;
}

/// Decides as `intent` says. `keeping_all` is a trace state with nothing but the threshold 0 in it.
[[nodiscard]] inline sampling_result decide_by(sampling_intent const& intent, sampling_parameters const& asked,
                                               trace_state const* keeping_all = nullptr) noexcept {
  span_context const& parent = asked.parent.span();
  bool const root = !parent.valid();
  trace_state const none;
  trace_state const& before = root ? none : parent.state();
  ot_state const known{before};
  std::optional<trace_randomness> const told = known.randomness();
  std::optional<trace_randomness> added;
  if (root && !asked.random_trace_id) added = fresh_randomness();

  bool sampled = intent.threshold.has_value();
  if (sampled && intent.threshold->value() != 0) {
    if (!intent.reliable) sampled = intent.threshold->keeps(fresh_randomness());
    else if (told || added) sampled = intent.threshold->keeps(told ? *told : *added);
    else {
      bool const doubtful = !root && !parent.flags().random() && intent.threshold != known.threshold();
      if (doubtful && !told_of_unknown_randomness.load(relaxed)) [[unlikely]]
        report_once(told_of_unknown_randomness, "unknown randomness",
                    "a caller's trace id does not say that it is random (trace flags, 02), and its trace state has no "
                    "ot=rv; probability samplers take it for random, which keeps another share than was asked for if "
                    "it is not: update the caller's tracing library");
      sampled = intent.threshold->keeps(trace_randomness{asked.trace_id});
    }
  }

  sampling_result result{sampled ? sampling_decision::record_and_sample : sampling_decision::drop};
  if (sampled) result.attributes = intent.attributes;
  auto const threshold = sampled && intent.reliable ? intent.threshold : std::nullopt;
  if (intent.state.change != nullptr) {
    result.state = intent.state.change(intent.state.with, before, sampled);
    if (auto changed = with_sampling(*result.state, ot_state{*result.state}, threshold, added))
      result.state = std::move(*changed);
  } else if (before.empty() && threshold && !added) {
    trace_state const* const ready = intent.alone != nullptr   ? intent.alone
                                     : threshold->value() == 0 ? keeping_all
                                                               : nullptr;
    if (ready != nullptr) result.state = *ready;
    else result.state = with_sampling(before, known, threshold, added);
  } else {
    result.state = with_sampling(before, known, threshold, added);
  }
  return result;
}

/// The trace state of a root that this threshold keeps.
[[nodiscard]] inline trace_state state_of(sampling_threshold threshold) noexcept {
  return replace_ot({}, {{"th", threshold.text().view()}}).value_or(trace_state{});
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/trace/composite_sampler.hpp
//
// Makes a sampler of composable ones, which combine without losing what the trace state tells of them.
//
//     composite_sampler{parent_threshold{rule_based{rule{name_is{"/checkout"}, probability{0.5}}, probability{0.01}}}}

namespace spanwise::inline SPANWISE_ABI {

/// The sampler that does what a composable one intends: compares its threshold with the randomness of the trace, and
/// writes it to the trace state. OpenTelemetry, Trace SDK, CompositeSampler.
template <class Delegate> class composite_sampler {
  static_assert(composable_sampler<Delegate>, "spanwise: composite_sampler takes a composable sampler, which has "
                                              "intent(starting_span const&), which gives a sampling_intent, and "
                                              "description()");

public:
  explicit composite_sampler(Delegate delegate) : delegate_(std::move(delegate)) {}

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const {
    return detail::decide_by(delegate_.intent(asked.span()), asked, keeping_all_.empty() ? nullptr : &keeping_all_);
  }
  /// What the delegate says is settled: its decisions that change nothing of the trace state.
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case which) const noexcept {
    if constexpr (requires { delegate_.settled(which); }) return delegate_.settled(which);
    else return std::nullopt;
  }
  [[nodiscard]] sampler_description description() const {
    sampler_description const inner{delegate_.description()};
    return sampler_description{"CompositeSampler{"}.append(inner.view()).append("}");
  }

private:
  Delegate delegate_;
  trace_state keeping_all_ = detail::state_of(sampling_threshold{});
};

static_assert(sampler<composite_sampler<always_on>>);

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/parent_threshold.hpp
//
// The composable that follows the parent: where a caller told with what share it sampled, that goes on.

namespace spanwise::inline SPANWISE_ABI {

/// Follows the parent's threshold, or where it told none its decision; asks `root` where there is no parent.
///
/// A threshold that contradicts the parent's decision is erased, and the decision counts. OpenTelemetry, Trace SDK,
/// ComposableParentThreshold.
template <class Root> struct parent_threshold {
  static_assert(composable_sampler<Root>, "spanwise: parent_threshold takes a composable sampler for roots, which has "
                                          "intent(starting_span const&), which gives a sampling_intent, and "
                                          "description()");
  Root root;

  [[nodiscard]] sampling_intent intent(starting_span const& asked) const {
    span_context const& parent = asked.parent.span();
    if (!parent.valid()) return root.intent(asked);
    ot_state const known{parent.state()};
    if (auto const threshold = known.threshold()) {
      trace_randomness const trace = known.randomness().value_or(trace_randomness{parent.trace_id()});
      if (threshold->keeps(trace) == parent.sampled()) return {.threshold = threshold, .reliable = true};
    }
    if (parent.sampled()) return {.threshold = sampling_threshold{}};
    return {};
  }
  /// A parent of this process has been through here: its trace state is as it should be.
  [[nodiscard]] static std::optional<sampling_decision> settled(parent_case which) noexcept {
    if (which == parent_case::local_sampled) return sampling_decision::record_and_sample;
    if (which == parent_case::local_unsampled) return sampling_decision::drop;
    return std::nullopt;
  }
  [[nodiscard]] sampler_description description() const {
    sampler_description const inner{root.description()};
    return sampler_description{"ParentThreshold{root:"}.append(inner.view()).append("}");
  }
};
template <class Root> parent_threshold(Root) -> parent_threshold<Root>;

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/probability.hpp
//
// A share of all traces, kept consistently with other services, and told to them: the successor of trace_id_ratio.

namespace spanwise::inline SPANWISE_ABI {

/// Sends this share of the traces, ignoring the parent's decision, and writes `ot=th:…` into the trace state, so that
/// backends count right and other services decide alike. Also composable.
///
/// Of the ratio `precision` hexadecimal digits count. Ratios outside [0, 1] are clamped, NaN counts as 0, and both are
/// told; below 2^-56 nothing is kept. Roots cost no allocation, spans with a parent's trace state may cost one.
/// OpenTelemetry, Trace SDK, ProbabilitySampler.
class probability {
public:
  explicit probability(double ratio, int precision = 4) noexcept
      : ratio_{ratio}, precision_{precision < 1    ? 1
                                  : precision > 14 ? 14
                                                   : precision},
        threshold_{sampling_threshold::of_ratio(ratio_.value(), precision_)} {
    ratio_.tell();
    if (threshold_) alone_ = detail::state_of(*threshold_);
  }

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const noexcept {
    return detail::decide_by(intent(), asked);
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case which) const noexcept {
    // A parent's trace state may have a threshold that must go, a root's has none.
    if (!threshold_ && which == parent_case::none) return sampling_decision::drop;
    return std::nullopt;
  }
  [[nodiscard]] sampling_intent intent(starting_span const&) const noexcept { return intent(); }
  [[nodiscard]] sampler_description description() const noexcept {
    sampler_description text{"ProbabilitySampler{"};
    text.append_ratio(ratio_.value());
    if (precision_ != 4) text.append(",precision:").append_ratio(precision_);
    return text.append("}");
  }
  [[nodiscard]] double ratio() const noexcept { return ratio_.value(); }
  /// What the ratio comes to; nothing if no trace is kept.
  [[nodiscard]] std::optional<sampling_threshold> threshold() const noexcept { return threshold_; }

private:
  [[nodiscard]] sampling_intent intent() const noexcept {
    return {.threshold = threshold_, .reliable = threshold_.has_value(), .alone = alone_.empty() ? nullptr : &alone_};
  }

  detail::sampling_ratio ratio_;
  int precision_;
  std::optional<sampling_threshold> threshold_;
  trace_state alone_;
};

static_assert(sampler<probability> && composable_sampler<probability>);

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/token_bucket.hpp
//
// A bounded number of things a second, counted by all threads without a lock.

namespace spanwise::inline SPANWISE_ABI::detail {

/// Lets `rate` things a second through, and after a rest up to `burst` at once.
///
/// One number tells how full it is: the moment at which all that was let through is paid for (the generic cell rate
/// algorithm). Copies count for themselves.
class token_bucket {
public:
  /// Neither may be below zero or no number; above 1e9 a second counts as that.
  token_bucket(double rate, double burst) noexcept
      : interval_{in_range(1e9 / rate)}, most_ahead_{in_range(burst * static_cast<double>(interval_))} {}
  token_bucket(token_bucket const& other) noexcept
      : interval_{other.interval_}, most_ahead_{other.most_ahead_}, paid_at_{other.paid_at_.load(relaxed)} {}
  token_bucket& operator=(token_bucket const&) = delete;

  /// True if one more may pass at `now`, in ns of a clock that is never behind 0.
  [[nodiscard]] bool take(std::int64_t now) noexcept {
    std::int64_t before = paid_at_.load(relaxed);
    for (;;) {
      std::int64_t const after = (before > now ? before : now) + interval_;
      if (after - now > most_ahead_) return false;
      if (paid_at_.compare_exchange(before, after, relaxed, relaxed)) return true;
    }
  }

private:
  /// Whole nanoseconds, from one to 60 years: three of these can be added.
  static std::int64_t in_range(double ns) noexcept {
    return ns >= 1.9e18 ? 1'900'000'000'000'000'000 : ns >= 1 ? static_cast<std::int64_t>(ns + 0.5) : 1;
  }

  std::int64_t interval_;
  std::int64_t most_ahead_;
  atomic<std::int64_t> paid_at_{0};
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/trace/rate_limiting.hpp
//
// So many traces a second and no more: for a service whose load varies more than what may be spent on telemetry.

namespace spanwise::inline SPANWISE_ABI {

/// Keeps up to `traces_a_second` of the spans that begin here: roots, and those whose parent is in another process.
///
/// After a rest up to `burst` are kept at once; by default those of one second, at least one. Spans with a parent in
/// this process follow that. Bare it asks no caller: inside parent_based, `root` limits what begins here, and
/// `remote_sampled` what callers sampled. Also composable, inside parent_threshold; what it keeps has no `ot=th`, since
/// nobody knows what share it is. No lock; each copy counts for itself.
class rate_limiting {
public:
  explicit rate_limiting(double traces_a_second) noexcept : rate_limiting{traces_a_second, traces_a_second} {}
  rate_limiting(double traces_a_second, double burst) noexcept
      : rate_{traces_a_second > 0 ? traces_a_second : 0}, bucket_{rate_ > 0 ? rate_ : 1, burst > 1 ? burst : 1} {
    if (!(traces_a_second > 0))
      report(severity::warning, "rate limit",
             "a rate limit that is not above 0 keeps no trace; give the number of traces a second, such as 10");
  }

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const noexcept {
    return {keeps(asked.parent) ? sampling_decision::record_and_sample : sampling_decision::drop};
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case which) const noexcept {
    if (which == parent_case::local_sampled) return sampling_decision::record_and_sample;
    if (which == parent_case::local_unsampled || rate_ == 0) return sampling_decision::drop;
    return std::nullopt;
  }
  [[nodiscard]] sampling_intent intent(starting_span const& asked) const noexcept {
    if (!keeps(asked.parent)) return {};
    return {.threshold = sampling_threshold{}};
  }
  [[nodiscard]] sampler_description description() const noexcept {
    return sampler_description{"RateLimiting{"}.append_ratio(rate_).append("}");
  }

private:
  [[nodiscard]] bool keeps(context const& parent) const noexcept {
    span_context const& above = parent.span();
    if (above.valid() && !above.remote()) return above.sampled();
    return rate_ > 0 && bucket_.take(detail::steady_ns());
  }

  double rate_;
  mutable detail::token_bucket bucket_;
};

static_assert(sampler<rate_limiting> && composable_sampler<rate_limiting>);

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/span_condition.hpp
//
// Conditions that a span meets or not when it starts, for the rules of rule_based: its name, its kind, an attribute.
// A condition of one's own is any callable, such as a lambda.

namespace spanwise::inline SPANWISE_ABI {

/// A callable that tells of a span about to start whether a rule is for it. Called by several threads at the same time.
///
/// It must depend neither on the trace id nor on whether the parent is sampled: the share that its sampler keeps would
/// no longer be the one that is told.
///
///     auto const slow = [](spanwise::starting_span const& asked) { return asked.name.starts_with("report/"); };
template <class Candidate>
concept span_condition = requires(Candidate const& candidate, starting_span const& asked) {
  { candidate(asked) } -> std::same_as<bool>;
};

namespace detail {

/// A copy of a text; without memory for it, it equals nothing.
class kept_text {
public:
  explicit kept_text(std::string_view text) noexcept
      : text_{shared_text::make(text)}, whole_{text_.view().size() == text.size()} {}
  [[nodiscard]] std::string_view view() const noexcept { return text_.view(); }
  [[nodiscard]] bool whole() const noexcept { return whole_; }
  [[nodiscard]] bool equals(std::string_view other) const noexcept { return whole_ && text_.view() == other; }

private:
  shared_text text_;
  bool whole_;
};

/// True if `text` is `pattern`, where each `*` stands for any text, also none. Takes no more steps than one text times
/// the other.
[[nodiscard]] constexpr bool matches_pattern(std::string_view text, std::string_view pattern) noexcept {
  std::size_t at = 0;
  std::size_t in = 0;
  std::size_t star = pattern.npos;
  std::size_t again = 0;
  while (at < text.size()) {
    if (in < pattern.size() && pattern[in] == '*') {
      star = in++;
      again = at;
    } else if (in < pattern.size() && pattern[in] == text[at]) {
      ++in;
      ++at;
    } else if (star != pattern.npos) { // the last star takes one letter more
      in = star + 1;
      at = ++again;
    } else {
      return false;
    }
  }
  while (in < pattern.size() && pattern[in] == '*') ++in;
  return in == pattern.size();
}

[[nodiscard]] inline value_view attribute_of(starting_span const& asked, std::string_view key) noexcept {
  value_view found;
  for (attribute_view const& each : asked.attributes)
    if (each.key == key) found = each.value;
  return found;
}

} // namespace detail

/// Spans of exactly this name.
class name_is {
public:
  explicit name_is(std::string_view name) noexcept : name_{name} {}
  [[nodiscard]] bool operator()(starting_span const& asked) const noexcept { return name_.equals(asked.name); }
  void describe(sampler_description& text) const noexcept { text.append("name=").append(name_.view()); }

private:
  detail::kept_text name_;
};

/// Spans whose name fits a pattern, in which `*` stands for any text: `name_like{"GET /cart/*"}`.
class name_like {
public:
  explicit name_like(std::string_view pattern) noexcept : pattern_{pattern} {}
  [[nodiscard]] bool operator()(starting_span const& asked) const noexcept {
    return pattern_.whole() && detail::matches_pattern(asked.name, pattern_.view());
  }
  void describe(sampler_description& text) const noexcept { text.append("name~").append(pattern_.view()); }

private:
  detail::kept_text pattern_;
};

/// Spans of this kind.
class kind_is {
public:
  constexpr explicit kind_is(span_kind kind) noexcept : kind_{kind} {}
  [[nodiscard]] bool operator()(starting_span const& asked) const noexcept { return asked.kind == kind_; }
  void describe(sampler_description& text) const noexcept {
    constexpr char const* names[] = {"internal", "server", "client", "producer", "consumer"};
    text.append("kind=").append(kind_ > span_kind::consumer ? "?" : names[static_cast<std::size_t>(kind_)]);
  }

private:
  span_kind kind_;
};

/// Spans that start with this attribute, whatever its value.
class has_attribute {
public:
  explicit has_attribute(std::string_view key) noexcept : key_{key} {}
  [[nodiscard]] bool operator()(starting_span const& asked) const noexcept {
    bool found = false;
    for (attribute_view const& each : asked.attributes) found = found || key_.equals(each.key);
    return found;
  }
  void describe(sampler_description& text) const noexcept { text.append("has ").append(key_.view()); }

private:
  detail::kept_text key_;
};

/// Spans that start with this attribute and value: a text, a whole number, a double or a truth value, of just that
/// type.
///
/// Only attributes given in the span's constructor count; later ones are not there yet.
class attribute_is {
public:
  template <class Value>
  attribute_is(std::string_view key, Value const& value) noexcept : key_{key}, text_{text_of(value)} {
    if constexpr (std::same_as<Value, bool>) {
      type_ = value_type::boolean;
      number_ = value ? 1 : 0;
    } else if constexpr (detail::plain_integer<Value>) {
      type_ = value_type::integer;
      number_ = static_cast<std::uint64_t>(value);
    } else if constexpr (std::floating_point<Value>) {
      type_ = value_type::floating;
      number_ = std::bit_cast<std::uint64_t>(static_cast<double>(value));
    } else {
      static_assert(std::is_convertible_v<Value const&, std::string_view>,
                    "spanwise: attribute_is compares with a text, a whole number, a double or a bool");
    }
  }
  [[nodiscard]] bool operator()(starting_span const& asked) const noexcept {
    if (!key_.whole()) return false;
    value_view const found = detail::attribute_of(asked, key_.view());
    if (found.type() != type_) return false;
    switch (type_) {
    case value_type::boolean:
      return found.as_bool() == (number_ != 0);
    case value_type::integer:
      return found.as_int() == static_cast<std::int64_t>(number_);
    case value_type::floating:
      return std::bit_cast<std::uint64_t>(found.as_double()) == number_;
    default:
      return text_.equals(found.as_string());
    }
  }
  void describe(sampler_description& text) const noexcept {
    text.append(key_.view());
    if (type_ == value_type::string) text.append("=").append(text_.view());
  }

private:
  template <class Value> static std::string_view text_of(Value const& value) noexcept {
    if constexpr (std::is_convertible_v<Value const&, std::string_view>) return value;
    else return {};
  }

  detail::kept_text key_;
  detail::kept_text text_;
  value_type type_ = value_type::string;
  std::uint64_t number_{};
};

static_assert(span_condition<name_is> && span_condition<name_like> && span_condition<kind_is> &&
              span_condition<has_attribute> && span_condition<attribute_is>);

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/rule_based.hpp
//
// Samplers by rule: what a span is when it starts says which sampler decides. The first rule that matches counts.
// Rules hold their samplers by value, of whatever types; nothing is allocated and nothing virtual is called.

namespace spanwise::inline SPANWISE_ABI {

/// Conditions, which must all be met, and behind them the sampler for spans that meet them.
///
///     rule{name_like{"GET /admin/*"}, kind_is{span_kind::server}, always_on{}}
template <class First, class... Rest> class rule {
  static_assert(span_condition<First>, "spanwise: a rule is made of conditions, such as a name_is, and a sampler "
                                       "behind them");

public:
  rule(First first, Rest... rest) : first_(std::move(first)), rest_(std::move(rest)...) {}

  [[nodiscard]] bool matches(starting_span const& asked) const { return first_(asked) && rest_.matches(asked); }
  [[nodiscard]] auto const& chosen() const noexcept { return rest_.chosen(); }
  void describe(sampler_description& text) const {
    if constexpr (requires { first_.describe(text); }) first_.describe(text);
    else text.append("condition");
    text.append(sizeof...(Rest) > 1 ? "&" : ":");
    rest_.describe(text);
  }

private:
  First first_;
  rule<Rest...> rest_;
};

/// A sampler without conditions.
template <class Sampler> class rule<Sampler> {
  static_assert(sampler<Sampler> || composable_sampler<Sampler>,
                "spanwise: a rule ends in the sampler that decides where it matches");

public:
  explicit rule(Sampler chosen) : chosen_(std::move(chosen)) {}

  [[nodiscard]] static constexpr bool matches(starting_span const&) noexcept { return true; }
  [[nodiscard]] Sampler const& chosen() const noexcept { return chosen_; }
  void describe(sampler_description& text) const { text.append(sampler_description{chosen_.description()}.view()); }

private:
  Sampler chosen_;
};
template <class First, class... Rest> rule(First, Rest...) -> rule<First, Rest...>;

namespace detail {

template <class Given> struct as_rule {
  using type = rule<Given>;
  static constexpr bool given = false;
};
template <class... Parts> struct as_rule<rule<Parts...>> {
  using type = rule<Parts...>;
  static constexpr bool given = true;
};
template <class Given> using as_rule_t = typename as_rule<Given>::type;
template <class Given>
using chosen_by = std::remove_cvref_t<decltype(std::declval<as_rule_t<Given> const&>().chosen())>;

/// The rules in their order.
template <class... Rules> struct rule_chain {
  template <class Answer, class Ask> [[nodiscard]] static Answer first(starting_span const&, Ask const&) noexcept {
    return {};
  }
  static void describe(sampler_description&) noexcept {}
};
template <class First, class... Rest> struct rule_chain<First, Rest...> {
  template <class Given, class... More>
  explicit rule_chain(Given&& given, More&&... more)
      : first_rule(std::forward<Given>(given)), rest(std::forward<More>(more)...) {}

  template <class Answer, class Ask> [[nodiscard]] Answer first(starting_span const& asked, Ask const& ask) const {
    return first_rule.matches(asked) ? ask(first_rule.chosen()) : rest.template first<Answer>(asked, ask);
  }
  void describe(sampler_description& text) const {
    first_rule.describe(text);
    if (sizeof...(Rest) != 0) text.append(",");
    rest.describe(text);
  }

  First first_rule;
  [[no_unique_address]] rule_chain<Rest...> rest;
};

template <class First, class... Rest> constexpr bool only_last_may_be_bare() noexcept {
  if constexpr (sizeof...(Rest) == 0) return true;
  else return as_rule<First>::given && only_last_may_be_bare<Rest...>();
}

} // namespace detail

/// Rules, and at the end, without a rule, the sampler for the rest. Spans that no rule is for are dropped.
///
///     rule_based{rule{name_is{"/checkout"}, trace_id_ratio{0.05}}, trace_id_ratio{0.1}}
///
/// It decides for each span by what that span is; in `parent_based{rule_based{...}}` whole traces follow their root.
/// Composable if all its samplers are (OpenTelemetry, Trace SDK, ComposableRuleBased).
template <class... Parts> class rule_based {
  static_assert(sizeof...(Parts) != 0 && detail::only_last_may_be_bare<Parts...>(),
                "spanwise: rule_based takes rules, and behind them, if you like, one sampler for the rest");

public:
  explicit rule_based(Parts... parts) : rules_(std::move(parts)...) {}

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const
    requires(sampler<detail::chosen_by<Parts>> && ...)
  {
    return rules_.template first<sampling_result>(asked.span(),
                                                  [&](auto const& chosen) { return chosen.should_sample(asked); });
  }
  [[nodiscard]] sampling_intent intent(starting_span const& asked) const
    requires(composable_sampler<detail::chosen_by<Parts>> && ...)
  {
    return rules_.template first<sampling_intent>(asked, [&](auto const& chosen) { return chosen.intent(asked); });
  }
  [[nodiscard]] sampler_description description() const {
    sampler_description text{"RuleBased{"};
    rules_.describe(text);
    return text.append("}");
  }

private:
  detail::rule_chain<detail::as_rule_t<Parts>...> rules_;
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/trace/suppress_tracing.hpp
//
// Keeps a piece of work from being traced: what an exporter or a health check does on a thread of its own, say.
// Exporters and stages that spanwise calls are kept so already.

namespace spanwise::inline SPANWISE_ABI {

/// While it lives, spans that this thread starts are not made; what is current stays current, and is passed on.
///
/// May be nested. Made and destroyed on one thread. `spanwise::suppress_tracing const quiet;`
class suppress_tracing {
public:
  [[nodiscard]] suppress_tracing() noexcept {
    if constexpr (default_is_on) detail::silence_this_thread(true);
  }
  suppress_tracing(suppress_tracing const&) = delete;
  suppress_tracing& operator=(suppress_tracing const&) = delete;
  ~suppress_tracing() {
    if constexpr (default_is_on) detail::silence_this_thread(false);
  }

private:
  static constexpr bool default_is_on = std::is_same_v<default_mode, on>;
};

} // namespace spanwise::inline SPANWISE_ABI
