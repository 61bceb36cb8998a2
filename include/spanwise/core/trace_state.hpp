// What tracing systems tell one another about a trace, as the tracestate header carries it: an ordered list of up to 32
// pairs, kept as its normal text in one shared block. Most traces have none; then this is a null pointer.
// W3C Trace Context, Level 2. Members of other systems pass through untouched; the key "ot" is OpenTelemetry's own.
#pragma once

#include <spanwise/core/diagnostics.hpp>
#include <spanwise/core/text_block.hpp>
#include <spanwise/detail/char_set.hpp>

#include <optional>

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
