// The span that log lines belong to, for loggers that take fields: JSON, key-value pairs, the structured data of
// syslog. OpenTelemetry, Trace Context in non-OTLP Log Formats. spanwise/fmt.hpp writes the same into lines of text.
#pragma once

#include <spanwise/context/context.hpp>

#include <cstring>
#include <string_view>

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
