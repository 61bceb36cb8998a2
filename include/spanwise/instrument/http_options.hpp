// What can be chosen about the spans of HTTP servers and clients: which requests get one, its name, what it records.
// Everything has a default that follows the HTTP conventions. The functions given here are called on the threads that
// handle requests, at the same time; what they throw counts as if they had not been given.
#pragma once

#include <spanwise/context/propagator.hpp>
#include <spanwise/core/semconv_schema.hpp>
#include <spanwise/detail/contain.hpp>
#include <spanwise/detail/counted.hpp>
#include <spanwise/instrument/http_forwarded.hpp>
#include <spanwise/trace/off.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

/// A request as the functions of the options see it. Views, valid during the call.
class http_request_view {
public:
  http_request_view(std::string_view method, std::string_view target, std::string_view route,
                    text_map_ref headers) noexcept
      : method_{method}, target_{detail::read_target(target)}, route_{route}, headers_{headers} {}

  /// As it was sent, known or not.
  [[nodiscard]] std::string_view method() const noexcept { return method_; }
  /// As it was sent: not decoded, without the query.
  [[nodiscard]] std::string_view path() const noexcept { return target_.path; }
  [[nodiscard]] std::string_view query() const noexcept { return target_.query; }
  /// The pattern under which a server registered the handler; empty if none matched, and on clients.
  [[nodiscard]] std::string_view route() const noexcept { return route_; }
  /// The first value of a header, whatever the case of its name; empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept {
    return detail::first_value(headers_, name);
  }
  /// All of them, to extract from.
  [[nodiscard]] text_map_ref const& headers() const noexcept { return headers_; }

private:
  std::string_view method_;
  detail::http_target target_;
  std::string_view route_;
  text_map_ref headers_;
};

/// Yes, no, or a function that says so for a request: `true`, `[](spanwise::http_request_view const& r) { return ...;
/// }`.
class http_condition {
public:
  template <std::same_as<bool> Bool> http_condition(Bool always) noexcept : always_{always} {}

  template <class Function>
  requires std::is_invocable_r_v<bool, Function const&, http_request_view const&> http_condition(Function function)
      : function_{detail::counted<Function const>::make(std::move(function))},
        ask_{[](void const* object, http_request_view const& request) -> bool {
          return (*static_cast<Function const*>(object))(request);
        }} {}

  /// The answer for a request; `otherwise` if the function throws.
  [[nodiscard]] bool operator()(http_request_view const& request, bool otherwise) const noexcept {
    if (ask_ == nullptr) return always_;
    return detail::contain([&] { return ask_(function_.get(), request); }, otherwise);
  }

private:
  detail::counted<void const> function_;
  bool (*ask_)(void const*, http_request_view const&){};
  bool always_{};
};

/// A function that names the span of a request; what it leaves empty gets the usual name. Empty itself by default.
class http_span_namer {
public:
  http_span_namer() noexcept = default;

  template <class Function>
  requires std::is_invocable_r_v<std::string, Function const&, http_request_view const&>
  http_span_namer(Function function)
      : function_{detail::counted<Function const>::make(std::move(function))},
        ask_{[](void const* object, http_request_view const& request) -> std::string {
          return (*static_cast<Function const*>(object))(request);
        }} {}

  [[nodiscard]] std::string operator()(http_request_view const& request) const noexcept {
    if (ask_ == nullptr) return {};
    return detail::contain([&] { return ask_(function_.get(), request); }, std::string{});
  }

private:
  detail::counted<void const> function_;
  std::string (*ask_)(void const*, http_request_view const&){};
};

/// The formats in which contexts come and go; empty: those of the process.
class http_propagators {
public:
  http_propagators() noexcept = default;

  template <propagator Formats>
  http_propagators(Formats const& formats) : formats_{detail::counted<detail::erased<Formats> const>::make(formats)} {}

  template <class Headers> void inject(context const& from, Headers& to) const noexcept {
    if (formats_ == nullptr) default_propagator{}.inject(from, to);
    else formats_->inject(*formats_, from, text_map_ref{to});
  }
  template <class Headers> [[nodiscard]] context extract(Headers const& from) const noexcept {
    if (formats_ == nullptr) return default_propagator{}.extract(from, {});
    return formats_->extract(*formats_, text_map_ref{from}, {});
  }

private:
  detail::counted<detail::erased_propagator const> formats_;
};

/// What can be chosen about the spans of a server.
struct http_server_options {
  /// Which requests get a span; by default all. The others still pass the caller's context on to their handlers.
  http_condition filter = true;
  /// The name of the span; by default method and route, such as `GET /orders/(\d+)`, or `GET /orders/:id` from
  /// cpp-httplib 0.14 on.
  http_span_namer span_name{};
  /// Requests from strangers, whose trace is not to be continued: the span starts a new one and links to theirs.
  http_condition public_endpoint = false;
  /// Headers to record, as `http.request.header.<name>` and `http.response.header.<name>`. Mind what they hold.
  std::vector<std::string> request_headers{};
  std::vector<std::string> response_headers{};
  /// Query keys whose values are hidden, beside those that are known to hold signatures.
  std::vector<std::string> secret_query_keys{};
  /// A header that tells the caller which span handled the request, such as `traceresponse`; none by default. Answers
  /// without a route (404, files, what a pre-routing handler answered) don't have it: their span begins once they are
  /// sent.
  std::string context_header{};
  /// Whether Forwarded and X-Forwarded-* say who asked for what; false where clients reach the server without a proxy.
  bool trust_forwarded = true;
  /// Records http.request.body.size and http.response.body.size, where Content-Length tells them.
  bool record_body_sizes = false;
  /// Records client.port, network.local.address, network.local.port and network.transport.
  bool record_socket = false;
  /// Methods that are recorded as they are; by default those of OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS or the usual
  /// ones.
  std::vector<std::string> known_methods{};
  http_propagators propagators{};
  spanwise::tracer tracer{"spanwise.httplib", SPANWISE_VERSION, semconv_schema_url};
};

/// What can be chosen about the spans of a client.
struct http_client_options {
  /// Which requests get a span; by default all. The others still carry the current context.
  http_condition filter = true;
  /// The name of the span; by default the method.
  http_span_namer span_name{};
  /// Headers to record, as `http.request.header.<name>` and `http.response.header.<name>`. Mind what they hold.
  std::vector<std::string> request_headers{};
  std::vector<std::string> response_headers{};
  /// Query keys whose values are hidden, beside those that are known to hold signatures.
  std::vector<std::string> secret_query_keys{};
  /// Records http.response.body.size, where Content-Length tells it.
  bool record_body_sizes = false;
  /// Records url.scheme and network.transport.
  bool record_socket = false;
  /// Methods that are recorded as they are; by default those of OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS or the usual
  /// ones.
  std::vector<std::string> known_methods{};
  http_propagators propagators{};
  spanwise::tracer tracer{"spanwise.httplib", SPANWISE_VERSION, semconv_schema_url};
};

} // namespace spanwise::inline SPANWISE_ABI
