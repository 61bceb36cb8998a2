// Guards a local server against pages of other sites: such a page can send a browser here under its own host name,
// but cannot make it lie about that name.
#pragma once

#include <spanwise/detail/config.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace spanwise::inline SPANWISE_ABI::detail {

/// The name in "name", "name:port", "[address]:port" or "scheme://name:port".
[[nodiscard]] inline std::string_view host_name(std::string_view host) noexcept {
  if (auto const scheme = host.find("://"); scheme != host.npos) host.remove_prefix(scheme + 3);
  if (!host.empty() && host.front() == '[') return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

/// True if a Host header names this machine: localhost, a plain address (no rebound name can be one), an allowed name.
[[nodiscard]] inline bool local_host(std::string_view header, std::vector<std::string> const& allowed) {
  std::string name{host_name(header)};
  for (char& letter : name)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + 32);
  if (name == "localhost" || (!name.empty() && name.front() == '[')) return true;
  if (!name.empty() && name.find_first_not_of("0123456789.") == name.npos) return true;
  return std::find(allowed.begin(), allowed.end(), name) != allowed.end();
}

/// True if a page of this origin may write here: one of this very server, or of localhost.
[[nodiscard]] inline bool local_origin(std::string_view origin, std::string_view host) {
  std::string_view const name = host_name(origin);
  return name == host_name(host) || name == "localhost" || name == "127.0.0.1" || name == "[::1]";
}

} // namespace spanwise::inline SPANWISE_ABI::detail
