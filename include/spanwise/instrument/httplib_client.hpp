// Traces a cpp-httplib client: a client that makes a span for each request and tells the server of it, so that the
// trace goes on there. One line of a program changes, the one that declares its client:
//
//   spanwise::traced_client client{"http://inventory:8080"};
//   auto answer = client.Get("/stock/42");
//
// Not traced: what goes through a reference to the client's own class, and the streams of newer versions (open_stream).
#pragma once

#include <spanwise/instrument/http_client_span.hpp>
#include <spanwise/instrument/httplib_exchange.hpp>

#include <type_traits>

#ifndef CPPHTTPLIB_HTTPLIB_H
namespace httplib {
class Client;
}
#endif

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// Stands in for a client that is only declared, so that one sentence says so and no other error follows.
struct no_httplib_client {
  struct message {
    std::string headers, params;
  };
  template <class... Arguments> explicit no_httplib_client(Arguments const&...) noexcept {}
  bool send(message&, message&, message&);
};
template <class Client, bool Complete = requires {
  sizeof(Client);
}
> struct httplib_client_base { using type = Client; };
template <class Client> struct httplib_client_base<Client, false> { using type = no_httplib_client; };

} // namespace detail

/// A cpp-httplib client, `httplib::Client` or `httplib::SSLClient`, that traces what it sends; all of its own calls are
/// there.
///
/// A span is named after the method, lasts until the answer is read, and is a child of the current one. Its context
/// goes into the headers of the request, which are added to the call where it has none. 4xx, 5xx and no answer are
/// errors; a request that the caller itself cancelled is none. Redirects that the client follows belong to the one
/// span. Before tracing starts the current context still goes along. Safe for as many threads as the client is.
/// Like httplib::Client it has no virtual destructor: destroy it as what it is.
template <class Client = httplib::Client> class traced_client : public detail::httplib_client_base<Client>::type {
  using base = typename detail::httplib_client_base<Client>::type;
  static_assert(!std::same_as<base, detail::no_httplib_client>,
                "spanwise: include <httplib.h> where you use traced_client");
  using types = decltype(detail::httplib_types_of(&base::send));
  using Headers = typename types::Headers;
  using Params = typename types::Params;
  using Request = typename types::Request;
  using Response = typename types::Response;
  using Error = typename types::Error;

  /// Tells Get(path, params, headers) with params in braces from Get(path, headers, ...).
  template <class First = void, class...>
  static constexpr bool headers_first = std::same_as<std::remove_cvref_t<First>, Headers>;

public:
  /// As httplib::Client takes it: `http://host:port`; for an SSLClient, a host.
  explicit traced_client(std::string const& url, http_client_options chosen = {})
      : base{url}, setup_{prepared(only_tls ? detail::read_server(url, 443, true) : detail::read_server(url), chosen)} {
  }
  traced_client(std::string const& host, int port, http_client_options chosen = {})
      : base{host, port}, setup_{prepared(detail::read_server(host, port, only_tls), chosen)} {}
  /// With the files of a client certificate and its key.
  traced_client(std::string const& url, std::string const& certificate, std::string const& key,
                http_client_options chosen = {})
      : base{url, certificate, key}, setup_{prepared(detail::read_server(url), chosen)} {}
  traced_client(std::string const& host, int port, std::string const& certificate, std::string const& key,
                http_client_options chosen = {})
      : base{host, port, certificate, key}, setup_{prepared(detail::read_server(host, port, only_tls), chosen)} {}

  // Each call twice: what it takes is handed on as it is, and a list of headers may be written in braces.

  template <class Path, class... Rest> auto Get(Path const& path, Rest&&... rest) {
    return traced(detail::httplib_get{}, path, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest>
  requires(!headers_first<Rest...>) auto Get(Path const& path, Headers const& headers, Rest&&... rest) {
    return traced(detail::httplib_get{}, path, headers, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest>
  auto Get(Path const& path, Params const& params, Headers const& headers, Rest&&... rest) {
    return traced(detail::httplib_get{}, path, params, headers, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Head(Path const& path, Rest&&... rest) {
    return traced(detail::httplib_head{}, path, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Head(Path const& path, Headers const& headers, Rest&&... rest) {
    return traced(detail::httplib_head{}, path, headers, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Post(Path const& path, Rest&&... rest) {
    return traced(detail::httplib_post{}, path, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Post(Path const& path, Headers const& headers, Rest&&... rest) {
    return traced(detail::httplib_post{}, path, headers, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Put(Path const& path, Rest&&... rest) {
    return traced(detail::httplib_put{}, path, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Put(Path const& path, Headers const& headers, Rest&&... rest) {
    return traced(detail::httplib_put{}, path, headers, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Patch(Path const& path, Rest&&... rest) {
    return traced(detail::httplib_patch{}, path, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Patch(Path const& path, Headers const& headers, Rest&&... rest) {
    return traced(detail::httplib_patch{}, path, headers, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Delete(Path const& path, Rest&&... rest) {
    return traced(detail::httplib_delete{}, path, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Delete(Path const& path, Headers const& headers, Rest&&... rest) {
    return traced(detail::httplib_delete{}, path, headers, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Options(Path const& path, Rest&&... rest) {
    return traced(detail::httplib_options{}, path, std::forward<Rest>(rest)...);
  }
  template <class Path, class... Rest> auto Options(Path const& path, Headers const& headers, Rest&&... rest) {
    return traced(detail::httplib_options{}, path, headers, std::forward<Rest>(rest)...);
  }

  /// Sends a request made by hand; the context is added to its headers.
  bool send(Request& request, Response& response, Error& error) {
    return around(
        request.method, request.path, request.headers, [&] { return base::send(request, response, error); },
        [&](bool sent) {
          return outcome{sent ? &response : nullptr, error};
        });
  }
  auto send(Request const& request) {
    Request changed = request;
    return around(
        changed.method, changed.path, changed.headers, [&] { return base::send(changed); }, outcome_of_result);
  }

  template <class... Arguments> void set_proxy(Arguments&&... arguments) {
    base::set_proxy(std::forward<Arguments>(arguments)...);
    through_proxy_ = true;
  }

  /// The client without tracing, for requests that are to have none.
  [[nodiscard]] Client& untraced() noexcept { return *this; }

private:
  struct outcome {
    Response const* response;
    Error error;
  };
  static constexpr auto outcome_of_result = [](auto const& result) {
    return outcome{result ? &result.value() : nullptr, result.error()};
  };

  /// SSLClient and its like, which take a host where httplib::Client takes a URL.
  static constexpr bool only_tls = std::is_polymorphic_v<Client> && requires(Client & client) {
    client.enable_server_certificate_verification(true);
  };

  static detail::counted<detail::http_client_setup const> prepared(detail::http_server_address where,
                                                                   http_client_options& chosen) {
    return detail::counted<detail::http_client_setup const>::make(
        detail::http_client_setup{std::move(where), detail::http_settings<http_client_options>{std::move(chosen)}});
  }

  template <class Call, class Path, class... Rest> auto traced(Call call, Path const& path, Rest&&... rest) {
    Headers headers;
    std::string target;
    [[maybe_unused]] auto const look_at = [&](auto const& argument) {
      using Argument = std::remove_cvref_t<decltype(argument)>;
      if constexpr (std::same_as<Argument, Headers>) headers = argument;
      if constexpr (std::same_as<Argument, Params> && std::same_as<Call, detail::httplib_get>)
        target.append(1, target.find('?') == target.npos ? '?' : '&').append(detail::query_of(argument));
    };
    target = path;
    (look_at(rest), ...);
    return around(
        Call::method, target, headers,
        [&] {
          return detail::call_with_headers(call, static_cast<Client&>(*this), headers, path,
                                           detail::handed_on(std::forward<Rest>(rest))...);
        },
        outcome_of_result);
  }

  /// `headers` are those that `go` sends. The context is put there once the span is current.
  template <class Go, class Judge>
  auto around(std::string_view method, std::string_view target, Headers& headers, Go const& go, Judge const& judge) {
    http_propagators const& formats = setup_->settings.options.propagators;
    http_request_view const asked{method, target, {}, text_map_ref{headers}};
    std::optional<detail::http_client_texts> const texts = detail::client_texts(*setup_, asked, target);
    if (!texts) {
      formats.inject(current_context(), headers);
      return go();
    }
    detail::http_client_span<Headers> work{*setup_, asked, *texts, through_proxy_};
    formats.inject(current_context(), headers);
#if defined(__cpp_exceptions)
    try {
      auto result = go();
      tell(work, judge(result));
      return result;
    } catch (...) {
      work.threw(std::current_exception());
      throw;
    }
#else
    auto result = go();
    tell(work, judge(result));
    return result;
#endif
  }

  static void tell(detail::http_client_span<Headers>& work, outcome const& after) noexcept {
    if (after.response != nullptr)
      return work.answered(after.response->status, after.response->version, after.response->headers);
    if (detail::was_cancelled(after.error)) return;
    std::string_view const type = detail::httplib_error_name(after.error);
    // The sentence is found beside the type of the error. Older versions have one word there, which is the type again.
    std::string sentence;
    if constexpr (requires { std::string_view{to_string(after.error)}; })
      static_cast<void>(detail::contain([&] { sentence = to_string(after.error); }));
    work.failed(type, sentence.find(' ') != sentence.npos ? std::string_view{sentence} : std::string_view{});
  }

  detail::counted<detail::http_client_setup const> setup_;
  bool through_proxy_{};
};

} // namespace spanwise::inline SPANWISE_ABI
