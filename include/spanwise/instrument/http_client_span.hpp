// What the span of an HTTP client tells: the server and the URL it starts with, and how the answer is judged.
// It knows the conventions and no HTTP library.
#pragma once

#include <spanwise/instrument/http_settings.hpp>
#include <spanwise/instrument/http_values.hpp>

#include <exception>
#include <optional>
#include <span>

namespace spanwise::inline SPANWISE_ABI::detail {

/// Where a client sends its requests, as spans tell it.
struct http_server_address {
  std::string origin; ///< scheme, user-info if there is some, host and port: what a path is appended to
  std::string host;
  int port{};
  bool secure{};
};

/// From `http://host:port`, or `host:port` and `host`, which are http.
template <class = on_use> [[nodiscard]] http_server_address read_server(std::string_view url) {
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
template <class = on_use> [[nodiscard]] http_server_address read_server(std::string_view host, int port, bool secure) {
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

/// The whole URL of a request to a server, without secrets. `target` is the path as the caller gave it.
template <class = on_use>
[[nodiscard]] std::string url_of_request(http_server_address const& server, std::string_view target,
                                         std::span<std::string const> secret_keys) {
  if (is_absolute_url(target)) return redacted_url(target, secret_keys);
  std::string url = server.origin;
  if (target.empty() || target.front() != '/') url += '/';
  return redacted_url(url.append(target), secret_keys);
}

/// What the requests of one client have in common.
struct http_client_setup {
  http_server_address server;
  http_settings<http_client_options> settings;
};

/// The texts of a span that take memory to make.
struct http_client_texts {
  std::string name;
  std::string url;
};

/// The texts for a request; nothing if it is to have no span, or there is no memory.
template <class Setup>
[[nodiscard]] std::optional<http_client_texts> client_texts(Setup const& setup, http_request_view const& asked,
                                                            std::string_view target) noexcept {
  if (!setup.settings.wants(asked)) return std::nullopt;
  return contain(
      [&] {
        return std::optional{
            http_client_texts{setup.settings.name_of(asked),
                              url_of_request(setup.server, target, setup.settings.options.secret_query_keys)}};
      },
      std::nullopt);
}

/// The span of a request, current from its making until its end. One thread.
template <class Headers> class http_client_span {
public:
  http_client_span(http_client_setup const& setup, http_request_view const& asked, http_client_texts const& texts,
                   bool through_proxy) noexcept
      : setup_{setup}, work_{open(setup, asked, texts, through_proxy)} {
    if (!work_.recording()) return;
    static_cast<void>(contain([&] { setup_.settings.request_headers.record(work_, asked.headers()); }));
    if (setup_.settings.options.record_socket)
      work_.set({"url.scheme", setup_.server.secure ? "https" : "http"}, {"network.transport", "tcp"});
  }

  /// The server answered. HTTP conventions, Status: for a client 4xx and 5xx are errors, and so are codes that are
  /// none.
  void answered(int status, std::string_view version, Headers const& answer) noexcept {
    if (!work_.recording()) return;
    text_map_ref const headers{answer};
    work_.set({"http.response.status_code", status},
              text_or_absent("network.protocol.version", protocol_version(version)));
    static_cast<void>(contain([&] { setup_.settings.response_headers.record(work_, headers); }));
    if (setup_.settings.options.record_body_sizes) work_.set({"http.response.body.size", content_length(headers)});
    if (status >= 100 && status < 400) return;
    work_.set("error.type", status_text{status}.view());
    work_.error();
  }

  /// There was no answer, for a reason of this type and description.
  void failed(std::string_view type, std::string_view description) noexcept {
    work_.set("error.type", type);
    work_.error(description);
  }

  /// The call ended with an exception.
  void threw(std::exception_ptr const& thrown) noexcept { work_.record_failure(thrown); }

private:
  static span open(http_client_setup const& setup, http_request_view const& asked, http_client_texts const& texts,
                   bool through_proxy) noexcept {
    http_server_address const& server = setup.server;
    std::string_view const method = setup.settings.methods.normal(asked.method());
    // Only an address that needs no look-up is surely that of the peer.
    bool const peer_known = !through_proxy && is_ip_address(server.host);
    return setup.settings.options.tracer.span(
        texts.name, span_kind::client, {"http.request.method", method}, {"server.address", server.host},
        {"server.port", server.port}, {"url.full", texts.url},
        text_or_absent("http.request.method_original", method == asked.method() ? std::string_view{} : asked.method()),
        peer_known ? attribute{"network.peer.address", server.host} : attribute{},
        peer_known ? attribute{"network.peer.port", server.port} : attribute{});
  }

  http_client_setup const& setup_;
  span work_;
};

} // namespace spanwise::inline SPANWISE_ABI::detail
