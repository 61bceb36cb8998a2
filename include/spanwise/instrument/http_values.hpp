// How single facts of an HTTP message become attribute values, for servers and clients alike.
#pragma once

#include <spanwise/core/attribute.hpp>
#include <spanwise/detail/json_text.hpp>
#include <spanwise/detail/whole_number.hpp>
#include <spanwise/instrument/http_forwarded.hpp>

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
  explicit status_text(int status) noexcept : end_{put_integer(text_, status)} {}
  [[nodiscard]] std::string_view view() const noexcept { return {text_, static_cast<std::size_t>(end_ - text_)}; }

private:
  char text_[integer_room];
  char* end_;
};

/// The length that a message tells of its body; nothing if it does not.
template <class = on_use>
[[nodiscard]] std::optional<std::int64_t> content_length(text_map_ref const& headers) noexcept {
  std::string_view const text = first_value(headers, "content-length");
  whole_number const read = read_whole_number(text);
  if (text.empty() || read.size != text.size() || !read.fits) return std::nullopt;
  return read.value;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
