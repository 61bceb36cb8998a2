// Attributes that outlive the call that gave them, for samplers that add the same ones to many spans.
#pragma once

#include <spanwise/core/attribute.hpp>
#include <spanwise/core/diagnostics.hpp>
#include <spanwise/core/text_block.hpp>

#include <span>

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
