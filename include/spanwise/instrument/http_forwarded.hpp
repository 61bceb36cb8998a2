// Who asked a server for what, where proxies stand between: read from Forwarded (RFC 7239) and the X-Forwarded-*
// headers that came before it, else from Host and the socket.
#pragma once

#include <spanwise/context/carrier.hpp>
#include <spanwise/instrument/http_url.hpp>

#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

/// The first value of a header; empty if there is none. It lives as long as the headers.
template <class = on_use>
[[nodiscard]] std::string_view first_value(text_map_ref const& headers, std::string_view name) noexcept {
  std::string_view first;
  bool found = false;
  read_values(headers, name, [&](std::string_view value) noexcept {
    if (!found) first = value;
    found = true;
  });
  return first;
}

/// What is in front of the first `separator` that stands outside of quotes; `text` keeps the rest.
template <class = on_use>
[[nodiscard]] std::string_view next_unquoted(std::string_view& text, char separator) noexcept {
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (quoted && text[at] == '\\') ++at;
    else if (text[at] == '"') quoted = !quoted;
    else if (text[at] == separator && !quoted) {
      std::string_view const part = text.substr(0, at);
      text.remove_prefix(at + 1);
      return part;
    }
  }
  std::string_view const part = text;
  text = {};
  return part;
}

/// The value of a parameter of the first element of a Forwarded header: what the client's own proxy wrote.
template <class = on_use>
[[nodiscard]] std::string_view forwarded_value(std::string_view header, std::string_view name) noexcept {
  std::string_view element = next_unquoted(header, ',');
  while (!element.empty()) {
    std::string_view value = trimmed(next_unquoted(element, ';'));
    if (!same_name(trimmed(next_part(value, '=')), name)) continue;
    value = trimmed(value);
    if (value.empty() || value.front() != '"') return value;
    bool const closed = value.size() >= 2 && value.back() == '"';
    return closed ? value.substr(1, value.size() - 2) : std::string_view{};
  }
  return {};
}

/// What the client asked for, as far as it is known; empty and 0 where it is not.
struct http_origin {
  std::string_view scheme;
  std::string_view host;
  int port{};
  std::string_view client; ///< the address of the client, which the peer of the socket need not be
};

template <class = on_use> [[nodiscard]] std::string_view known_scheme(std::string_view text) noexcept {
  if (same_name(text, "https")) return "https";
  return same_name(text, "http") ? std::string_view{"http"} : std::string_view{};
}

/// Reads the headers of a request. With `trusted` false only Host counts, since anyone may write the others.
template <class = on_use> [[nodiscard]] http_origin read_origin(text_map_ref const& headers, bool trusted) noexcept {
  http_origin result;
  std::string_view host;
  if (trusted) {
    std::string_view const forwarded = first_value(headers, "forwarded");
    auto const either = [&](std::string_view parameter, std::string_view header) noexcept {
      std::string_view const value = forwarded_value(forwarded, parameter);
      if (!read_authority(value).host.empty()) return value; // "[" is none
      std::string_view list = first_value(headers, header);
      return trimmed(next_part(list, ','));
    };
    host = either("host", "x-forwarded-host");
    result.scheme = known_scheme(either("proto", "x-forwarded-proto"));
    result.client = read_authority(either("for", "x-forwarded-for")).host;
    // RFC 7239, 6.2 and 6.3: names that say nothing.
    if (same_name(result.client, "unknown") || result.client.substr(0, 1) == "_") result.client = {};
  }
  if (host.empty()) host = first_value(headers, "host");
  http_authority const asked = read_authority(host);
  result.host = asked.host;
  result.port = asked.port;
  return result;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
