// URLs as HTTP spans show them: taken apart, and without the secrets that URLs tend to carry.
// Texts come from the network, so everything here takes any bytes, never throws for what they are, and copies only
// where something has to be hidden.
#pragma once

#include <spanwise/detail/char_set.hpp>

#include <span>
#include <string>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

/// Path and query of a request target; the query without its question mark, both as they were sent.
struct http_target {
  std::string_view path;
  std::string_view query;
};

/// True if `text` starts with a scheme and `//`.
template <class = on_use> [[nodiscard]] bool is_absolute_url(std::string_view text) noexcept {
  std::size_t const colon = text.find("://");
  return colon != text.npos && colon != 0 && text.substr(0, colon).find_first_of("/?#@") == text.npos;
}

/// Takes a request target apart, the absolute form of a proxy request too. A fragment is left out.
template <class = on_use> [[nodiscard]] http_target read_target(std::string_view target) noexcept {
  target = target.substr(0, target.find('#'));
  if (is_absolute_url(target)) {
    target.remove_prefix(target.find("://") + 3);
    std::size_t const path = target.find_first_of("/?");
    target = path == target.npos ? std::string_view{} : target.substr(path);
  }
  http_target result;
  result.path = next_part(target, '?');
  result.query = target;
  if (result.path.empty()) result.path = "/";
  return result;
}

/// Host and port of an authority such as `shop.example:8080` or `[::1]:80`; port 0 if it names none that is one.
struct http_authority {
  std::string_view host; ///< an IPv6 address without its brackets
  int port{};
};

template <class = on_use> [[nodiscard]] int read_port(std::string_view digits) noexcept {
  if (digits.empty() || digits.size() > 5) return 0;
  int port = 0;
  for (char const digit : digits) {
    if (digit < '0' || digit > '9') return 0;
    port = port * 10 + (digit - '0');
  }
  return port <= 65535 ? port : 0;
}

/// A bare IPv6 address, which some write without brackets, is a host without port.
template <class = on_use> [[nodiscard]] http_authority read_authority(std::string_view text) noexcept {
  text = trimmed(text);
  if (std::size_t const user = text.rfind('@'); user != text.npos) text.remove_prefix(user + 1);
  if (!text.empty() && text.front() == '[') {
    std::size_t const close = text.find(']');
    if (close == text.npos) return {};
    std::string_view const rest = text.substr(close + 1);
    return {text.substr(1, close - 1), rest.empty() || rest.front() != ':' ? 0 : read_port(rest.substr(1))};
  }
  std::size_t const colon = text.find(':');
  if (colon == text.npos || text.find(':', colon + 1) != text.npos) return {text, 0};
  return {text.substr(0, colon), read_port(text.substr(colon + 1))};
}

/// True for an address in numbers, IPv4 or IPv6 without brackets: it needs no look-up to be the peer's.
template <class = on_use> [[nodiscard]] bool is_ip_address(std::string_view host) noexcept {
  char_set constexpr version_4{"..09"};
  char_set constexpr version_6{"..0:AFaf"};
  if (host.find(':') != host.npos) return version_6.has_all(host);
  return !host.empty() && host.find('.') != host.npos && version_4.has_all(host);
}

/// Query keys whose values are signatures or credentials (HTTP conventions, url.full and url.query).
inline constexpr std::string_view signature_keys[] = {"X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token",
                                                      "AWSAccessKeyId",  "Signature",        "sig",
                                                      "X-Goog-Signature"};

template <class = on_use>
[[nodiscard]] bool is_secret_key(std::string_view key, std::span<std::string const> more) noexcept {
  for (std::string_view const each : signature_keys)
    if (each == key) return true;
  for (std::string const& each : more)
    if (each == key) return true;
  return false;
}

/// `query` with REDACTED in place of each secret value. The result is `query` itself, or in `room`.
template <class = on_use>
std::string_view redacted_query(std::string_view query, std::span<std::string const> more, std::string& room) {
  bool hidden = false;
  room.clear();
  for (std::string_view rest = query; !rest.empty();) {
    std::string_view const all = rest;
    std::string_view const pair = next_part(rest, '&');
    std::string_view value = pair;
    std::string_view const key = next_part(value, '=');
    if (!value.empty() && is_secret_key(key, more)) {
      // The first secret found: what was passed over so far is copied once.
      if (!hidden) room.assign(query.substr(0, query.size() - all.size()));
      hidden = true;
      room.append(key).append("=REDACTED");
    } else if (hidden) {
      room.append(pair);
    }
    if (hidden && pair.size() < all.size()) room.append(1, '&');
  }
  return hidden ? std::string_view{room} : query;
}

/// An absolute URL without user-info and secret values; the fragment stays.
template <class = on_use> std::string redacted_url(std::string_view url, std::span<std::string const> more) {
  std::string result;
  std::string room;
  std::string_view fragment;
  if (std::size_t const hash = url.find('#'); hash != url.npos) {
    fragment = url.substr(hash);
    url = url.substr(0, hash);
  }
  if (is_absolute_url(url)) {
    std::size_t const authority = url.find("://") + 3;
    std::size_t const end = url.find_first_of("/?", authority);
    std::size_t const user = url.substr(0, end).rfind('@');
    result.append(url.substr(0, authority));
    url.remove_prefix(authority);
    if (user != url.npos && user >= authority) {
      result.append("REDACTED:REDACTED@");
      url.remove_prefix(user + 1 - authority);
    }
  }
  std::size_t const mark = url.find('?');
  result.append(url.substr(0, mark));
  if (mark != url.npos) result.append(1, '?').append(redacted_query(url.substr(mark + 1), more, room));
  return result.append(fragment);
}

} // namespace spanwise::inline SPANWISE_ABI::detail
