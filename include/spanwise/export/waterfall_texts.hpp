// From a span as it was recorded to the texts that a waterfall shows of it.
#pragma once

#include <spanwise/core/span_view.hpp>
#include <spanwise/detail/utf8.hpp>
#include <spanwise/export/value_text.hpp>
#include <spanwise/export/waterfall_span.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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
