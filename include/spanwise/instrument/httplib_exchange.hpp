// What cpp-httplib's clients take and give, found by shape: their types, their calls, and the names of their errors.
// Nothing here names cpp-httplib, so it need not be installed.
#pragma once

#include <spanwise/instrument/http_url.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace spanwise::inline SPANWISE_ABI::detail {

/// The types of a client, from its `send`.
template <class RequestType, class ResponseType, class ErrorType> struct httplib_types {
  using Request = RequestType;
  using Response = ResponseType;
  using Error = ErrorType;
  using Headers = decltype(Request::headers);
  using Params = decltype(Request::params);
};
template <class Client, class Request, class Response, class Error>
httplib_types<Request, Response, Error> httplib_types_of(bool (Client::*)(Request&, Response&, Error&));

// The calls of a client, as values that can be handed on and asked whether they take given arguments.

struct httplib_get {
  static constexpr std::string_view method = "GET";
  template <class Client, class... Arguments>
  auto operator()(Client& client, Arguments&&... arguments) const
      -> decltype(client.Get(std::forward<Arguments>(arguments)...)) {
    return client.Get(std::forward<Arguments>(arguments)...);
  }
};
struct httplib_head {
  static constexpr std::string_view method = "HEAD";
  template <class Client, class... Arguments>
  auto operator()(Client& client, Arguments&&... arguments) const
      -> decltype(client.Head(std::forward<Arguments>(arguments)...)) {
    return client.Head(std::forward<Arguments>(arguments)...);
  }
};
struct httplib_post {
  static constexpr std::string_view method = "POST";
  template <class Client, class... Arguments>
  auto operator()(Client& client, Arguments&&... arguments) const
      -> decltype(client.Post(std::forward<Arguments>(arguments)...)) {
    return client.Post(std::forward<Arguments>(arguments)...);
  }
};
struct httplib_put {
  static constexpr std::string_view method = "PUT";
  template <class Client, class... Arguments>
  auto operator()(Client& client, Arguments&&... arguments) const
      -> decltype(client.Put(std::forward<Arguments>(arguments)...)) {
    return client.Put(std::forward<Arguments>(arguments)...);
  }
};
struct httplib_patch {
  static constexpr std::string_view method = "PATCH";
  template <class Client, class... Arguments>
  auto operator()(Client& client, Arguments&&... arguments) const
      -> decltype(client.Patch(std::forward<Arguments>(arguments)...)) {
    return client.Patch(std::forward<Arguments>(arguments)...);
  }
};
struct httplib_delete {
  static constexpr std::string_view method = "DELETE";
  template <class Client, class... Arguments>
  auto operator()(Client& client, Arguments&&... arguments) const
      -> decltype(client.Delete(std::forward<Arguments>(arguments)...)) {
    return client.Delete(std::forward<Arguments>(arguments)...);
  }
};
struct httplib_options {
  static constexpr std::string_view method = "OPTIONS";
  template <class Client, class... Arguments>
  auto operator()(Client& client, Arguments&&... arguments) const
      -> decltype(client.Options(std::forward<Arguments>(arguments)...)) {
    return client.Options(std::forward<Arguments>(arguments)...);
  }
};

/// An argument as it was given, or `instead` if it is of that type.
template <class Instead, class Argument>
decltype(auto) exchanged(Instead const& instead, Argument&& argument) noexcept {
  if constexpr (std::same_as<std::remove_cvref_t<Argument>, Instead>) return (instead);
  else return std::forward<Argument>(argument);
}

/// An argument as a call takes it: a length written as `4` is an int here, where a template has it.
template <class Argument> decltype(auto) handed_on(Argument&& argument) noexcept {
  using Plain = std::remove_cvref_t<Argument>;
  if constexpr (std::integral<Plain> && !std::same_as<Plain, bool>) return static_cast<std::size_t>(argument);
  else return std::forward<Argument>(argument);
}

/// Makes a call with these headers: in place of those among the arguments, else where the call takes headers.
template <class Call, class Client, class Headers, class Path, class... Rest>
auto call_with_headers(Call call, Client& client, Headers const& headers, Path const& path, Rest&&... rest) {
  if constexpr ((std::same_as<std::remove_cvref_t<Rest>, Headers> || ...)) {
    return call(client, path, exchanged(headers, std::forward<Rest>(rest))...);
  } else if constexpr (std::invocable<Call, Client&, Path const&, Headers const&, Rest...>) {
    return call(client, path, headers, std::forward<Rest>(rest)...);
  } else if constexpr (sizeof...(Rest) == 0) {
    // Some versions have no call with headers and without a body.
    return call(client, path, headers, std::string{}, std::string{});
  } else {
    return call_with_second_headers(call, client, headers, path, std::forward<Rest>(rest)...);
  }
}

/// The calls with parameters take their headers behind these.
template <class Call, class Client, class Headers, class Path, class First, class... Rest>
auto call_with_second_headers(Call call, Client& client, Headers const& headers, Path const& path, First&& first,
                              Rest&&... rest) {
  constexpr bool possible = std::invocable<Call, Client&, Path const&, First, Headers const&, Rest...>;
  static_assert(possible,
                "spanwise: cpp-httplib has no such call that also takes headers, which the trace context needs; "
                "call it with Headers, or on untraced()");
  if constexpr (possible) return call(client, path, std::forward<First>(first), headers, std::forward<Rest>(rest)...);
}

/// The query that a client appends for parameters, as it appears in a URL.
template <class Params> std::string query_of(Params const& params) {
  char_set constexpr plain{"-.09AZ__az~~"};
  char constexpr digits[] = "0123456789ABCDEF";
  std::string query;
  auto const append = [&](std::string_view text) {
    for (char const byte : text) {
      auto const value = static_cast<unsigned char>(byte);
      if (plain.has(byte)) query += byte;
      else query.append({'%', digits[value >> 4], digits[value & 15]});
    }
  };
  for (auto const& [name, value] : params) {
    if (!query.empty()) query += '&';
    append(name);
    query += '=';
    append(value);
  }
  return query;
}

/// True if the caller itself broke the request off, from one of its callbacks.
template <class Error> [[nodiscard]] constexpr bool was_cancelled(Error error) noexcept {
  if constexpr (requires { Error::Canceled; }) return error == Error::Canceled;
  return false;
}

/// A name of few for error.type. Enumerators differ between versions, so each is asked for.
template <class Error> [[nodiscard]] constexpr std::string_view httplib_error_name(Error error) noexcept {
  if constexpr (requires { Error::Connection; })
    if (error == Error::Connection) return "connection_error";
  if constexpr (requires { Error::ConnectionTimeout; })
    if (error == Error::ConnectionTimeout) return "timeout";
  if constexpr (requires { Error::Timeout; })
    if (error == Error::Timeout) return "timeout";
  if constexpr (requires { Error::ConnectionClosed; })
    if (error == Error::ConnectionClosed) return "connection_closed";
  if constexpr (requires { Error::Read; })
    if (error == Error::Read) return "read_error";
  if constexpr (requires { Error::Write; })
    if (error == Error::Write) return "write_error";
  if constexpr (requires { Error::ExceedRedirectCount; })
    if (error == Error::ExceedRedirectCount) return "too_many_redirects";
  if constexpr (requires { Error::BindIPAddress; })
    if (error == Error::BindIPAddress) return "bind_error";
  if constexpr (requires { Error::SSLConnection; })
    if (error == Error::SSLConnection) return "tls_error";
  if constexpr (requires { Error::SSLLoadingCerts; })
    if (error == Error::SSLLoadingCerts) return "tls_certificates_not_loaded";
  if constexpr (requires { Error::SSLServerVerification; })
    if (error == Error::SSLServerVerification) return "tls_verification_error";
  if constexpr (requires { Error::SSLServerHostnameVerification; })
    if (error == Error::SSLServerHostnameVerification) return "tls_verification_error";
  if constexpr (requires { Error::ProxyConnection; })
    if (error == Error::ProxyConnection) return "proxy_error";
  if constexpr (requires { Error::Compression; })
    if (error == Error::Compression) return "compression_error";
  if constexpr (requires { Error::ExceedMaxPayloadSize; })
    if (error == Error::ExceedMaxPayloadSize) return "response_too_large";
  return "_OTHER";
}

} // namespace spanwise::inline SPANWISE_ABI::detail
