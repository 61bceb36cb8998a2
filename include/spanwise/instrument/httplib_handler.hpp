// What a cpp-httplib server calls in place of a handler: the handler, inside the span of the request.
// cpp-httplib is reached through the types of the call alone, so nothing here needs it to be installed.
#pragma once

#include <spanwise/instrument/http_server_span.hpp>

#include <concepts>

namespace spanwise::inline SPANWISE_ABI::detail {

/// What this thread knows of the request it is serving; read by hooks that are called before and after the handler.
struct httplib_exchange {
  void const* response{};
  std::int64_t begun{}; ///< ns since 1970
  bool routed{};        ///< a handler was found, so its span tells about the request
};
SPANWISE_SHARED inline constinit thread_local httplib_exchange this_exchange{};

/// A response that says when it is gone: cpp-httplib calls this function, documented for content providers, after the
/// response was sent. Members whose names end in `_` are reached where they exist, and done without where not.
template <class Response>
concept tells_its_end = requires(Response& response) {
  response.content_provider_resource_releaser_(true);
  static_cast<bool>(response.content_provider_);
};

template <class Request>
[[nodiscard]] http_server_request httplib_request(Request const& request, std::string_view route) noexcept {
  std::string_view target = request.path;
  if constexpr (requires { request.target.size(); })
    if (!request.target.empty()) target = request.target;
  http_server_request result{
      .asked = {request.method, target, route, text_map_ref{request.headers}},
      .version = request.version,
      .peer_address = request.remote_addr,
      .peer_port = request.remote_port,
  };
  if constexpr (requires { request.local_addr.size(); }) {
    result.local_address = request.local_addr;
    result.local_port = request.local_port;
  }
  if constexpr (requires { request.ssl != nullptr; }) result.secure = request.ssl != nullptr;
  return result;
}

/// The status that a response will have; cpp-httplib fills in what a handler leaves open.
template <class Request, class Response>
[[nodiscard]] int httplib_status(Request const& request, Response const& response) noexcept {
  if (response.status != -1) return response.status;
  return request.ranges.empty() ? 200 : 206;
}

/// The span of a request; requests and responses have headers of the same type.
template <class Request> using httplib_server_span = http_server_span<decltype(Request::headers)>;

/// Lets the span last until the response is sent, if the response can tell; ends it now otherwise.
template <class Request, class Response>
void finish_with_response(Request const& request, Response& response,
                          detail::counted<httplib_server_span<Request>> work, bool threw) noexcept {
  if constexpr (tells_its_end<Response>) {
    bool const kept = contain([&] {
      using Releaser = decltype(response.content_provider_resource_releaser_);
      // The handler's own releaser is copied, not moved: if memory runs out on the way, it is still in its place.
      response.content_provider_resource_releaser_ =
          Releaser{[work, theirs = response.content_provider_resource_releaser_, sent = &response](bool success) {
            if (theirs) theirs(success);
            // The first call is that of the response itself; those of its copies come later and find the span ended.
            if (!work->running()) return;
            bool const provided = static_cast<bool>(sent->content_provider_) && !work->head();
            work->finish(sent->status, &sent->headers, provided && !success);
            if (this_exchange.response == sent) this_exchange = {};
          }};
    });
    if (kept) return;
  }
  work->finish(threw ? 0 : httplib_status(request, response), &response.headers);
}

/// A handler with its route and the settings of its server. Copied as often as the server likes.
template <class Handler> class httplib_handler {
public:
  httplib_handler(detail::counted<http_server_settings const> settings, std::string route, Handler handler)
      : settings_{std::move(settings)}, route_{std::move(route)}, handler_{std::move(handler)} {}

  template <class Request, class Response, class... More>
  requires std::invocable<Handler&, Request const&, Response&, More const&...>
  void operator()(Request const& request, Response& response, More const&... more) {
    http_server_request const told = httplib_request(request, route_);
    time_point begun;
    if (this_exchange.response == &response) begun = time_point{this_exchange.begun};

    detail::counted<httplib_server_span<Request>> work;
    if (settings_->wants(told.asked))
      static_cast<void>(contain([&] {
        work = detail::counted<httplib_server_span<Request>>::make(settings_, told, request.headers, begun);
      }));
    if (work == nullptr) {
      attached const passed_on{settings_->options.propagators.extract(request.headers)};
      return static_cast<void>(handler_(request, response, more...));
    }

    this_exchange = {&response, begun.unix_ns, true};
    tell_context(*work, response);
#if defined(__cpp_exceptions)
    try {
      handler_(request, response, more...);
    } catch (...) {
      work->handler_threw(std::current_exception());
      finish_with_response(request, response, std::move(work), true);
      throw;
    }
#else
    handler_(request, response, more...);
#endif
    finish_with_response(request, response, std::move(work), false);
  }

private:
  template <class Span, class Response> void tell_context(Span const& work, Response& response) const noexcept {
    std::string const& name = settings_->options.context_header;
    span_context const own = work.context_of_span();
    if (name.empty() || !own.valid()) return;
    char value[traceparent_size];
    write_traceparent(value, own);
    write_value(response.headers, name, {value, sizeof value});
  }

  detail::counted<http_server_settings const> settings_;
  std::string route_;
  Handler handler_;
};

} // namespace spanwise::inline SPANWISE_ABI::detail
