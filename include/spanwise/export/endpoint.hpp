// Where an OTLP/HTTP exporter sends to: reading endpoint URLs, and choosing one from code and OTEL_* variables.
// A general endpoint is a base that gets /v1/traces appended; one for traces alone is used as it is written.
#pragma once

#include <spanwise/core/environment.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

/// Scheme, host, port and path of a receiver; as it stands, the default one of OTLP/HTTP.
struct endpoint {
  bool secure = false;               ///< https
  std::string host = "localhost";    ///< a name or an address, IPv6 without brackets
  std::uint16_t port = 4318;         ///< 80 or 443 where a URL names none
  std::string target = "/v1/traces"; ///< path and query

  /// Scheme, host, and the port where it is not the scheme's own: `http://localhost:4318`.
  [[nodiscard]] SPANWISE_SMALL std::string origin() const {
    bool const bare_ipv6 = host.find(':') != host.npos;
    std::string text =
        detail::joined({secure ? std::string_view{"https://"} : "http://", bare_ipv6 ? std::string_view{"["} : "", host,
                        bare_ipv6 ? std::string_view{"]"} : ""});
    return port == (secure ? 443 : 80) ? text : detail::joined({text, ":", port});
  }
  /// The whole URL but for the query, which may hold a key that does not belong into a log.
  [[nodiscard]] SPANWISE_SMALL std::string url() const {
    return detail::joined({origin(), std::string_view{target}.substr(0, target.find('?'))});
  }

  friend bool operator==(endpoint const&, endpoint const&) = default;
};

/// What is appended to the path of an endpoint.
enum class endpoint_use : std::uint8_t {
  base, ///< `v1/traces`, with one slash between
  exact ///< nothing; no path at all becomes `/`
};

/// An endpoint from `[http[s]://]host[:port][/path][?query]`; a user name and a fragment are left out.
///
/// Nothing if the text is no such URL; `problem` then holds what is wrong, to follow the URL in a sentence.
[[nodiscard]] SPANWISE_SMALL std::optional<endpoint> read_endpoint(std::string_view url, endpoint_use use,
                                                                   std::string_view& problem) {
  detail::char_set constexpr visible{"!~"};
  detail::char_set constexpr host_letters{"-.09AZ__az~~"};
  detail::char_set constexpr address_letters{".:09AFaf"};
  auto const refuse = [&](std::string_view why) {
    problem = why;
    return std::nullopt;
  };
  endpoint result{.port = 80};
  if (!visible.has_all(url)) return refuse("holds blanks or characters that need percent-encoding");
  if (std::size_t const colon = url.find("://"); colon != url.npos) {
    std::string_view const scheme = url.substr(0, colon);
    result.secure = detail::same_letters(scheme, "https");
    if (!result.secure && !detail::same_letters(scheme, "http"))
      return refuse("has a scheme other than http and https");
    if (result.secure) result.port = 443;
    url.remove_prefix(colon + 3);
  }
  url = url.substr(0, url.find('#'));
  std::string_view authority = url.substr(0, url.find_first_of("/?"));
  std::string_view path = url.substr(authority.size());
  authority.remove_prefix(authority.rfind('@') + 1);

  bool const bracketed = !authority.empty() && authority.front() == '[';
  if (bracketed) authority.remove_prefix(1);
  std::string_view const host = authority.substr(0, authority.find(bracketed ? ']' : ':'));
  if (host.empty()) return refuse("names no host");
  if (detail::same_letters(host, "http") || detail::same_letters(host, "https"))
    return refuse("lacks :// behind its scheme");
  if (!(bracketed ? address_letters : host_letters).has_all(host)) return refuse("has a host that is not one");
  authority.remove_prefix(host.size());
  if (bracketed) {
    if (authority.empty()) return refuse("lacks a closing bracket");
    authority.remove_prefix(1);
  }
  if (authority.size() > 1) {
    detail::whole_number const port = detail::read_whole_number(authority.substr(1));
    if (authority[0] != ':' || port.size + 1 != authority.size() || !port.fits || port.value < 1 || port.value > 65535)
      return refuse("has a port that is not a number from 1 to 65535");
    result.port = static_cast<std::uint16_t>(port.value);
  }

  result.host = host;
  std::size_t const query = std::min(path.find('?'), path.size());
  result.target = path.substr(0, query);
  if (use == endpoint_use::base) result.target += result.target.ends_with('/') ? "v1/traces" : "/v1/traces";
  else if (result.target.empty()) result.target = "/";
  result.target += path.substr(query);
  return result;
}

namespace detail {

/// A URL for a diagnostic: without user name, password and query.
SPANWISE_SMALL std::string shown_url(std::string_view url) {
  url = url.substr(0, url.find('?'));
  std::size_t const colon = url.find("://");
  std::size_t const start = colon == url.npos ? 0 : colon + 3;
  std::string_view const rest = url.substr(start);
  std::size_t const user = rest.substr(0, rest.find('/')).rfind('@') + 1;
  return shown(joined({url.substr(0, start), rest.substr(user)}));
}

} // namespace detail

/// The endpoint for traces: from code if it names one, else from the environment, else http://localhost:4318/v1/traces.
///
/// `base` is completed as OTEL_EXPORTER_OTLP_ENDPOINT is, unless it ends in /v1/traces already; `exact` is used as it
/// is, as OTEL_EXPORTER_OTLP_TRACES_ENDPOINT. A bad variable gives a diagnostic and is passed over. Nothing if the
/// code's own URL is bad: spans must not go where nobody meant them to.
[[nodiscard]] SPANWISE_SMALL std::optional<endpoint> choose_endpoint(std::string_view base, std::string_view exact,
                                                                     environment const& env) {
  std::string_view problem;
  if (!base.empty() || !exact.empty()) {
    std::string_view const given = exact.empty() ? base : exact;
    bool const complete = !exact.empty() || base.substr(0, base.find_first_of("?#")).ends_with("/v1/traces");
    auto chosen = read_endpoint(given, complete ? endpoint_use::exact : endpoint_use::base, problem);
    if (!chosen)
      detail::tell(severity::error, "otlp endpoint",
                   {"the endpoint \"", detail::shown_url(given), "\" ", problem, "; no spans will be sent"});
    return chosen;
  }
  for (endpoint_use const use : {endpoint_use::exact, endpoint_use::base}) {
    std::string_view const name = use == endpoint_use::exact ? std::string_view{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"}
                                                             : "OTEL_EXPORTER_OTLP_ENDPOINT";
    auto const url = env.text(name);
    if (!url) continue;
    if (auto chosen = read_endpoint(*url, use, problem)) return chosen;
    detail::tell(severity::warning, name, {name, "=", detail::shown_url(*url), " ", problem, "; it is ignored"});
  }
  return endpoint{};
}

} // namespace spanwise::inline SPANWISE_ABI
