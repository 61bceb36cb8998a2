// What the span of an HTTP client tells: the server and the URL it starts with, and how the answer is judged.
// It knows the conventions and no HTTP library.
#pragma once

#include <spanwise/instrument/http_header_capture.hpp>
#include <spanwise/instrument/http_method.hpp>
#include <spanwise/instrument/http_options.hpp>
#include <spanwise/instrument/http_values.hpp>
#include <spanwise/trace/off.hpp>

namespace spanwise::inline SPANWISE_ABI::detail {

/// Where a client sends its requests, as spans tell it.
struct http_server_address {
  std::string origin; ///< scheme, user-info if there is some, host and port: what a path is appended to
  std::string host;
  int port{};
  bool secure{};
};

/// From `http://host:port`, or `host:port` and `host`, which are http.
[[nodiscard]] inline http_server_address read_server(std::string_view url) {
  http_server_address result;
  std::string_view scheme = "http";
  std::string_view authority = url;
  if (is_absolute_url(url)) {
    scheme = url.substr(0, url.find(':'));
    authority.remove_prefix(scheme.size() + 3);
  }
  authority = authority.substr(0, authority.find_first_of("/?#"));
  http_authority const parts = read_authority(authority);
  result.secure = scheme == "https";
  result.host = parts.host;
  result.port = parts.port != 0 ? parts.port : result.secure ? 443 : 80;
  result.origin.append(scheme).append("://").append(authority);
  return result;
}

/// From a host and a port that were given apart. A port that is the scheme's own is not shown.
[[nodiscard]] inline http_server_address read_server(std::string_view host, int port, bool secure) {
  http_server_address result;
  bool const bare_ipv6 = host.find(':') != host.npos && host.front() != '[';
  result.origin.append(secure ? "https://" : "http://");
  if (bare_ipv6) result.origin.append(1, '[').append(host).append(1, ']');
  else result.origin.append(host);
  if (port != (secure ? 443 : 80)) result.origin.append(1, ':').append(std::to_string(port));
  result.host = bare_ipv6 ? host : read_authority(host).host;
  result.port = port;
  result.secure = secure;
  return result;
}

/// Options made ready. Never changed.
struct http_client_settings {
  http_client_settings(http_server_address where, http_client_options given)
      : server{std::move(where)}, options{std::move(given)}, methods{options.known_methods},
        request_headers{"http.request.header.", options.request_headers}, response_headers{"http.response.header.",
                                                                                           options.response_headers} {}

  http_server_address server;
  http_client_options options;
  http_method_list methods;
  http_header_capture request_headers;
  http_header_capture response_headers;
};

/// The whole URL of a request, without secrets. `target` is the path as the caller gave it.
[[nodiscard]] inline std::string url_of_request(http_client_settings const& settings, std::string_view target) {
  if (is_absolute_url(target)) return redacted_url(target, settings.options.secret_query_keys);
  std::string url = settings.server.origin;
  if (target.empty() || target.front() != '/') url += '/';
  url.append(target);
  return redacted_url(url, settings.options.secret_query_keys);
}

/// The texts of a span that take memory to make; nothing if there is none, or the options want no span.
struct http_client_texts {
  std::string name;
  std::string url;
};
[[nodiscard]] inline std::optional<http_client_texts>
client_texts(http_client_settings const& settings, http_request_view const& asked, std::string_view target) noexcept {
  http_client_options const& options = settings.options;
  if (!options.tracer.enabled() || !options.filter(asked, true)) return std::nullopt;
  return contain(
      [&]() -> std::optional<http_client_texts> {
        std::string name = options.span_name(asked);
        if (name.empty()) name = http_span_name(settings.methods.normal(asked.method()), {});
        return http_client_texts{std::move(name), url_of_request(settings, target)};
      },
      std::nullopt);
}

/// Starts the span of a request.
[[nodiscard]] inline span client_span(http_client_settings const& settings, http_request_view const& asked,
                                      http_client_texts const& texts, bool through_proxy) noexcept {
  http_server_address const& server = settings.server;
  std::string_view const method = settings.methods.normal(asked.method());
  // Only an address that needs no look-up is surely that of the peer.
  bool const peer_known = !through_proxy && is_ip_address(server.host);
  return settings.options.tracer.span(
      texts.name, span_kind::client, {"http.request.method", method}, {"server.address", server.host},
      {"server.port", server.port}, {"url.full", texts.url},
      text_or_absent("http.request.method_original", method == asked.method() ? std::string_view{} : asked.method()),
      peer_known ? attribute{"network.peer.address", server.host} : attribute{},
      peer_known ? attribute{"network.peer.port", server.port} : attribute{});
}

/// What is known at the start and no sampler asks for.
inline void describe_request(span& work, http_client_settings const& settings,
                             http_request_view const& asked) noexcept {
  if (!work.recording()) return;
  static_cast<void>(contain([&] { settings.request_headers.record(work, asked.headers()); }));
  if (settings.options.record_socket)
    work.set({"url.scheme", settings.server.secure ? "https" : "http"}, {"network.transport", "tcp"});
}

/// The server answered. HTTP conventions, Status: for a client 4xx and 5xx are errors, and so are codes that are none.
inline void describe_answer(span& work, http_client_settings const& settings, int status, std::string_view version,
                            text_map_ref const& headers) noexcept {
  if (!work.recording()) return;
  work.set({"http.response.status_code", status},
           text_or_absent("network.protocol.version", protocol_version(version)));
  static_cast<void>(contain([&] { settings.response_headers.record(work, headers); }));
  if (settings.options.record_body_sizes) work.set({"http.response.body.size", content_length(headers)});
  if (status >= 100 && status < 400) return;
  work.set("error.type", status_text{status}.view());
  work.error();
}

} // namespace spanwise::inline SPANWISE_ABI::detail
