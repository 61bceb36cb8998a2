// What the HTTP instrumentation reads of a request: Forwarded and X-Forwarded-* of any form, Host, request targets and
// URLs, of which no secret remains. Headers as lines `name:value`; the line behind them is a URL, the next its secrets.
#include <spanwise/instrument/http_header_capture.hpp>
#include <spanwise/instrument/http_method.hpp>
#include <spanwise/instrument/http_values.hpp>
#include <spanwise/viewer/local_host.hpp>

#include "headers.hpp"

#include <algorithm>

namespace {

using fuzz::require;
namespace detail = spanwise::detail;

bool within(std::string_view part, fuzz::headers const& all) {
  if (part.empty()) return true;
  for (auto const& [name, value] : all)
    if (part.data() >= value.data() && part.data() + part.size() <= value.data() + value.size()) return true;
  return false;
}

void check_origin(fuzz::headers const& given, bool trusted) {
  detail::http_origin const origin = detail::read_origin(given, trusted);
  require(origin.port >= 0 && origin.port <= 65535, "a port is one");
  require(origin.scheme.empty() || origin.scheme == "http" || origin.scheme == "https", "a scheme is a known one", origin.scheme);
  require(within(origin.host, given), "the host is a part of a header", origin.host);
  require(within(origin.client, given), "the client is a part of a header", origin.client);
  require(trusted || (origin.client.empty() && origin.scheme.empty()), "without trust only Host counts");
}

/// No value of a secret key is left in a query.
void check_hidden(std::string_view query, std::vector<std::string> const& secrets) {
  for (std::string_view rest = query; !rest.empty();) {
    std::string_view const pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    std::size_t const equals = pair.find('=');
    if (equals == pair.npos) continue;
    std::string_view const value = pair.substr(equals + 1);
    if (detail::is_secret_key(pair.substr(0, equals), secrets))
      require(value.empty() || value == "REDACTED", "a secret value is hidden", query);
  }
}

void check_url(std::string_view url, std::vector<std::string> const& secrets) {
  detail::http_target const target = detail::read_target(url);
  require(!target.path.empty(), "there is always a path", url);
  require(target.path.find_first_of("?#") == target.path.npos && target.query.find('#') == target.query.npos,
          "path and query are apart, and without fragment", url);
  std::string room;
  std::string_view const hidden = detail::redacted_query(target.query, secrets, room);
  check_hidden(hidden, secrets);
  std::string again;
  require(detail::redacted_query(hidden, secrets, again) == hidden, "what is hidden stays as it is", hidden);
  auto const pairs = [](std::string_view query) { return std::count(query.begin(), query.end(), '&'); };
  require(pairs(hidden) == pairs(target.query), "no pair is lost", target.query);

  std::string const shown = detail::redacted_url(url, secrets);
  require(detail::redacted_url(shown, secrets) == shown, "a URL without secrets stays as it is", shown);
  require(shown.size() <= url.size() + 32 + 10 * static_cast<std::size_t>(pairs(url) + 1), "hiding adds little", url);
  if (url.find("hunter2x") != url.npos) return; // the fuzzer found out what the password is
  std::string const secret = "https://me:hunter2x@" + std::string{url};
  std::string const shown_secret = detail::redacted_url(secret, secrets);
  require(shown_secret.find("hunter2x") == std::string::npos, "a password is hidden", shown_secret);
}

/// A name that another site could have, and this machine has not.
std::string joined_name(std::string_view name) {
  return "a" + std::string{name} + ".example";
}

/// What guards a local server against pages of other sites.
void check_local(std::string_view host) {
  std::string_view const name = detail::host_name(host);
  require(name.empty() || (name.data() >= host.data() && name.data() + name.size() <= host.data() + host.size()),
          "a host's name is a part of it", host);
  require(detail::local_origin(host, host), "a page may write to its own server", host);
  if (name.find("://") != name.npos) return; // what stands before that is no part of a name
  std::string const other = joined_name(name);
  require(!detail::local_host(other, {}), "another name is not this machine", other);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::input from{data, size};
  fuzz::headers const given = fuzz::read_headers(from);
  check_origin(given, true);
  check_origin(given, false);
  std::string_view const url = from.line();
  std::vector<std::string> secrets{"token"};
  while (!from.empty() && secrets.size() < 8) secrets.emplace_back(from.line());
  fuzz::exact const copy{url};
  check_url(copy.text(), secrets);
  check_local(copy.text());

  detail::http_authority const authority = detail::read_authority(copy.text());
  require(authority.port >= 0 && authority.port <= 65535, "a port is one", url);
  require(authority.host.find('@') == authority.host.npos, "a host has no user", url);
  static_cast<void>(detail::is_ip_address(copy.text()));
  if (auto const length = detail::content_length(given); length && *length >= 0)
    require(!detail::first_value(given, "content-length").empty(), "a length comes from its header");
  for (int parameter = 0; parameter < 3; ++parameter) {
    char const* const names[]{"for", "host", "proto"};
    std::string_view const value = detail::forwarded_value(copy.text(), names[parameter]);
    require(value.empty() || (value.data() >= copy.text().data() && value.data() + value.size() <= copy.text().data() + copy.text().size()),
            "a parameter is a part of its header", url);
  }
  return 0;
}
