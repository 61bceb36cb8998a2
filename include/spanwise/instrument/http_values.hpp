// How single facts of an HTTP message become attribute values, for servers and clients alike.
#pragma once

#include <spanwise/core/attribute.hpp>
#include <spanwise/instrument/http_forwarded.hpp>

#include <charconv>
#include <optional>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

template <class = on_use> [[nodiscard]] attribute text_or_absent(key name, std::string_view value) noexcept {
  return value.empty() ? attribute{} : attribute{name, value};
}
template <class = on_use> [[nodiscard]] attribute number_or_absent(key name, int value) noexcept {
  return value <= 0 ? attribute{} : attribute{name, value};
}

/// `HTTP/1.1` without its name.
template <class = on_use> [[nodiscard]] std::string_view protocol_version(std::string_view version) noexcept {
  return version.substr(0, 5) == "HTTP/" ? version.substr(5) : std::string_view{};
}

/// The digits of a status code, as error.type has them.
class status_text {
public:
  explicit status_text(int status) noexcept : end_{std::to_chars(text_, text_ + sizeof text_, status).ptr} {}
  [[nodiscard]] std::string_view view() const noexcept { return {text_, static_cast<std::size_t>(end_ - text_)}; }

private:
  char text_[12];
  char* end_;
};

/// The length that a message tells of its body; nothing if it does not.
template <class = on_use>
[[nodiscard]] std::optional<std::int64_t> content_length(text_map_ref const& headers) noexcept {
  std::string_view const text = first_value(headers, "content-length");
  std::int64_t length = 0;
  auto const read = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return length;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
