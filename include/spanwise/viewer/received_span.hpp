// What the receiver keeps of a span: its OTLP message as it came, and a shared note of who sent it.
#pragma once

#include <spanwise/core/span_view.hpp>
#include <spanwise/viewer/otlp_text.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

/// Who made a span: its resource and its instrumentation scope, as encoded OTLP messages.
struct span_source {
  std::string service{}; ///< service.name of the resource, "unknown_service" if it has none
  std::string resource{};
  std::string resource_schema_url{};
  std::string scope{};
  std::string scope_schema_url{};

  /// The attributes of the resource, pointing into this object.
  [[nodiscard]] attribute_range attributes() const noexcept { return {detail::as_bytes(resource), 1}; }

  friend bool operator==(span_source const&, span_source const&) = default;
};

/// One span that has arrived. It never changes; shared by the store and by whoever asked for it.
class received_span {
public:
  received_span(std::shared_ptr<span_source const> source, std::string message) noexcept
      : source_{std::move(source)}, message_{std::move(message)} {}

  [[nodiscard]] span_source const& source() const noexcept { return *source_; }
  [[nodiscard]] std::string const& service() const noexcept { return source_->service; }
  /// The encoded OTLP Span message.
  [[nodiscard]] std::string const& message() const noexcept { return message_; }
  /// Reads the span; the view points into this object.
  [[nodiscard]] span_view view() const noexcept { return span_view{detail::as_bytes(message_)}; }

private:
  std::shared_ptr<span_source const> source_;
  std::string message_;
};

/// The spans of one trace that have arrived so far, in order of arrival.
struct received_trace {
  trace_id id{};
  std::vector<std::shared_ptr<received_span const>> spans{};
};

} // namespace spanwise::inline SPANWISE_ABI
