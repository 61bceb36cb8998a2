// Traces a cpp-httplib server. One line of a program changes, the one that declares it; routes stay as they are:
//
//   spanwise::traced_server<httplib::Server> server;
//   server.Get(R"(/orders/(\d+))", [](httplib::Request const& request, httplib::Response& response) { ... });
//
// Patterns are those of cpp-httplib, which knows "/orders/:id" from version 0.14 on.
// A server that belongs to somebody else is wrapped: `spanwise::traced_server routes{server}; routes.Get(...)`.
// WebSockets are not traced. Routes registered through a reference to the server's own class, which set_...() return
// too, look as if they were none.
#pragma once

#include <spanwise/core/clock.hpp>
#include <spanwise/instrument/httplib_handler.hpp>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// The calls that register a route: those of the server, with each handler wrapped.
template <class Server, class Self> class httplib_routes {
public:
  template <class Handler> Self& Get(std::string const& pattern, Handler handler) {
    return below().Get(pattern, wrapped(pattern, std::move(handler))), self();
  }
  template <class Handler> Self& Post(std::string const& pattern, Handler handler) {
    return below().Post(pattern, wrapped(pattern, std::move(handler))), self();
  }
  template <class Handler> Self& Put(std::string const& pattern, Handler handler) {
    return below().Put(pattern, wrapped(pattern, std::move(handler))), self();
  }
  template <class Handler> Self& Patch(std::string const& pattern, Handler handler) {
    return below().Patch(pattern, wrapped(pattern, std::move(handler))), self();
  }
  template <class Handler> Self& Delete(std::string const& pattern, Handler handler) {
    return below().Delete(pattern, wrapped(pattern, std::move(handler))), self();
  }
  template <class Handler> Self& Options(std::string const& pattern, Handler handler) {
    return below().Options(pattern, wrapped(pattern, std::move(handler))), self();
  }

protected:
  explicit httplib_routes(http_server_options chosen)
      : settings_{detail::counted<http_server_settings const>::make(std::move(chosen))} {}

  detail::counted<http_server_settings const> settings_;

private:
  [[nodiscard]] Self& self() noexcept { return static_cast<Self&>(*this); }
  [[nodiscard]] Server& below() noexcept { return self().plain(); }
  template <class Handler> [[nodiscard]] auto wrapped(std::string const& route, Handler&& handler) const {
    return httplib_handler<std::decay_t<Handler>>{settings_, route, std::forward<Handler>(handler)};
  }
};

/// Tells about a request for which no handler was called: no route matched, a file was served, a hook answered.
template <class Request, class Response>
void tell_unrouted(detail::counted<http_server_settings const> const& settings, Request const& request,
                   Response const& response) noexcept {
  bool const ours = this_exchange.response == &response;
  if (ours && this_exchange.routed) return;
  time_point const begun{ours ? this_exchange.begun : 0};
  this_exchange = {};
  http_server_request const told = httplib_request(request, {});
  if (request.method.empty() || !settings->wants(told.asked)) return;
  static_cast<void>(contain([&] {
    httplib_server_span<Request>{settings, told, request.headers, begun}.finish(response.status, &response.headers);
  }));
}

} // namespace detail

/// A cpp-httplib server, `httplib::Server` or `httplib::SSLServer`, that traces what it serves; all of its own calls
/// are there.
///
/// A span is named `GET /orders/(\d+)` after method and pattern, lasts until the response is sent, and is current in
/// the handler and in the hooks that follow it. Requests without a route (404, files, what a pre-routing handler
/// answered) get one named after the method. An exception is recorded and goes on to the server's exception handler;
/// whether the request failed is seen from the status it gets there. Nothing but the context is passed on before
/// tracing starts.
///
/// cpp-httplib tells nobody when a body from set_content() could not be sent to its end: such a request looks like one
/// that went well. Bodies from content providers do tell, and are errors then.
template <class Server>
class traced_server : public Server, public detail::httplib_routes<Server, traced_server<Server>> {
  using routes = detail::httplib_routes<Server, traced_server>;

public:
  traced_server() : traced_server{http_server_options{}} {}
  /// With options, then what the server takes, such as the certificate of an SSLServer.
  template <class... Arguments>
  explicit traced_server(http_server_options chosen, Arguments&&... arguments)
      : Server(std::forward<Arguments>(arguments)...), routes{std::move(chosen)} {
    hook_in();
  }
  template <class First, class... Rest>
  requires std::constructible_from<Server, First, Rest...> &&
      (!std::convertible_to<First, http_server_options>)explicit traced_server(First&& first, Rest&&... rest)
      : traced_server{http_server_options{}, std::forward<First>(first), std::forward<Rest>(rest)...} {}

  using routes::Delete;
  using routes::Get;
  using routes::Options;
  using routes::Patch;
  using routes::Post;
  using routes::Put;

  /// As of the server; called after ours.
  template <class Handler> traced_server& set_pre_routing_handler(Handler handler) {
    pre_routing_ = std::move(handler);
    hook_in();
    return *this;
  }
  template <class Handler> traced_server& set_logger(Handler handler) {
    logger_ = std::move(handler);
    hook_in();
    return *this;
  }

  /// The server itself. What is registered there runs outside of a span, and its requests look as if they had no route.
  [[nodiscard]] Server& plain() noexcept { return *this; }

private:
  using pre_routing_handler = typename Server::HandlerWithResponse;
  template <class Request, class Response, template <class> class Function>
  static Function<void(Request const&, Response const&)> logger_of(Function<void(Request const&, Response&)> const&);
  using logger = decltype(logger_of(std::declval<typename Server::Handler>()));

  void hook_in() {
    Server::set_pre_routing_handler(
        [settings = this->settings_, next = pre_routing_](auto const& request, auto& response) {
          bool const enabled = settings->options.tracer.enabled();
          detail::this_exchange = {&response, enabled ? detail::process_clock.now().wall : 0, false};
          return next ? next(request, response) : Server::HandlerResponse::Unhandled;
        });
    Server::set_logger([settings = this->settings_, next = logger_](auto const& request, auto const& response) {
      detail::tell_unrouted(settings, request, response);
      if (next) next(request, response);
    });
  }

  pre_routing_handler pre_routing_;
  logger logger_;
};

/// The routes of a server that was made elsewhere: what is registered here is traced, as traced_server<Server> would.
///
/// The server must outlive this while routes are registered, not longer. Its hooks stay untouched, so requests without
/// a route get no span.
template <class Server> class traced_server<Server&> : public detail::httplib_routes<Server, traced_server<Server&>> {
public:
  explicit traced_server(Server& server, http_server_options chosen = {})
      : detail::httplib_routes<Server, traced_server<Server&>>{std::move(chosen)}, server_{&server} {}

  [[nodiscard]] Server& plain() noexcept { return *server_; }

private:
  Server* server_;
};

template <class Server> traced_server(Server&) -> traced_server<Server&>;
template <class Server> traced_server(Server&, http_server_options) -> traced_server<Server&>;

} // namespace spanwise::inline SPANWISE_ABI
