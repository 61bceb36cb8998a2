// Conditions that a span meets or not when it starts, for the rules of rule_based: its name, its kind, an attribute.
// A condition of one's own is any callable, such as a lambda.
#pragma once

#include <spanwise/core/text_block.hpp>
#include <spanwise/trace/sampling.hpp>

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
