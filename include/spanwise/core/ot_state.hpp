// OpenTelemetry's own member of the trace state, `ot=th:c;rv:6e6d1a75832a2f`: pairs of a name and a value, of which
// `th` tells with what share a trace was sampled and `rv` its randomness. Samplers write it; application code does not.
// OpenTelemetry, TraceState Handling.
#pragma once

#include <spanwise/core/sampling_threshold.hpp>
#include <spanwise/core/trace_state.hpp>

#include <initializer_list>

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
