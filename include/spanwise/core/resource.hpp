// What the telemetry is about: the service, its version and place, the SDK. Fixed when a pipeline starts.
// Back half only: it keeps its attributes encoded, as exporters want them.
#pragma once

#include <spanwise/core/diagnostics.hpp>
#include <spanwise/core/span_view.hpp>
#include <spanwise/core/unlimited_attribute.hpp>
#include <spanwise/detail/utf8.hpp>

#include <initializer_list>
#include <string>
#include <utility>

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
