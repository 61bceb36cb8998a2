// One finished span as it lies in memory between the front half that wrote it and the back half that sends it:
// an OTLP Span message, framed so that a run of them can be copied into an ExportTraceServiceRequest as it is.
#pragma once

#include <spanwise/detail/config.hpp>

#include <span>

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
