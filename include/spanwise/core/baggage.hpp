// Baggage: named values that travel with a context through every process it reaches, for the programs to read.
// An immutable set in one shared block; most contexts have none, and then it is a null pointer. Nothing of it is copied
// to spans unless somebody does so. How it is written into a header is told in context/w3c.hpp.
#pragma once

#include <spanwise/core/text_block.hpp>

#include <optional>

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
