// The span of one request on its server, from the request's headers to its last byte. It knows the conventions and no
// HTTP library: what a library hands over comes as http_server_request.
#pragma once

#include <spanwise/context/context.hpp>
#include <spanwise/instrument/http_settings.hpp>
#include <spanwise/instrument/http_values.hpp>
#include <spanwise/trace/exception.hpp>

#include <optional>

namespace spanwise::inline SPANWISE_ABI::detail {

/// What a library knows of a request; what it does not know stays empty.
struct http_server_request {
  http_request_view asked;
  std::string_view version{}; ///< as in the request line: HTTP/1.1
  std::string_view peer_address{};
  int peer_port{};
  std::string_view local_address{};
  int local_port{};
  bool secure{};
};

using http_server_settings = http_settings<http_server_options>;

/// Current on its thread from its making to finish(), or its end. One thread.
template <class Headers> class http_server_span {
public:
  /// Continues the trace that `headers` name, or starts one. `begun` zero: now.
  http_server_span(detail::counted<http_server_settings const> settings, http_server_request const& request,
                   Headers const& headers, time_point begun = {})
      : settings_{std::move(settings)}, head_{request.asked.method() == "HEAD"} {
    context incoming = settings_->options.propagators.extract(headers);
    span_context stranger;
    if (settings_->options.public_endpoint(request.asked, false)) {
      stranger = incoming.span();
      incoming = incoming.with(span_context{});
    }
    scope_.emplace(incoming, [&] { return open(request, stranger, begun); });
  }
  http_server_span(http_server_span const&) = delete;
  http_server_span& operator=(http_server_span const&) = delete;
  ~http_server_span() { finish(0, nullptr); }

  /// What the span is known by to the outside.
  [[nodiscard]] span_context context_of_span() const noexcept {
    return scope_ ? scope_->work.context().span() : span_context{};
  }

  /// Not ended yet.
  [[nodiscard]] bool running() const noexcept { return scope_.has_value(); }
  /// The request asked for headers only.
  [[nodiscard]] bool head() const noexcept { return head_; }

  /// Notes what the handler threw. Whether the request failed with it is seen from the response.
  void handler_threw(std::exception_ptr const& thrown) noexcept {
    if (!scope_) return;
    scope_->work.record_exception(thrown);
    with_exception(thrown, [&](std::string_view type, std::string_view message) {
      static_cast<void>(contain([&] {
        thrown_message_.assign(message);
        thrown_type_.assign(type);
      }));
    });
    threw_ = true;
  }

  /// Ends the span with what became of the request; `status` 0: nobody knows. The first call counts.
  void finish(int status, Headers const* headers, bool incomplete = false) noexcept {
    if (!scope_) return;
    detached_span& work = scope_->work;
    if (work.recording()) {
      if (status > 0) work.set("http.response.status_code", status);
      if (headers != nullptr) static_cast<void>(contain([&] { record_answer(work, *headers); }));
      judge(work, status, incomplete);
    }
    scope_.reset();
  }

private:
  /// What is undone in turn: the span is no longer current, it ends, the caller's context is no longer current.
  struct scope {
    template <class Open>
    scope(context const& incoming, Open const& open) : below{incoming}, work{open()}, active{work.activate()} {}
    attached below;
    detached_span work;
    decltype(std::declval<detached_span&>().activate()) active;
  };

  [[nodiscard]] detached_span open(http_server_request const& request, span_context const& stranger,
                                   time_point begun) const {
    http_server_options const& options = settings_->options;
    http_request_view const& asked = request.asked;
    text_map_ref const& headers = asked.headers();
    std::string_view const method = settings_->methods.normal(asked.method());
    http_origin const origin = read_origin(headers, options.trust_forwarded);
    std::string_view const scheme = !origin.scheme.empty() ? origin.scheme : request.secure ? "https" : "http";
    std::string_view const client = !origin.client.empty() ? origin.client : request.peer_address;
    bool const direct = client == request.peer_address;
    bool const socket = options.record_socket;
    std::string room;
    std::string_view const query = redacted_query(asked.query(), options.secret_query_keys, room);
    std::optional<std::int64_t> const size = options.record_body_sizes ? content_length(headers) : std::nullopt;

    // Samplers see what is given at the start, the first headers to record among it.
    constexpr std::size_t early = 4;
    http_header_capture const& recorded = settings_->request_headers;
    std::vector<std::string_view> values[early];
    auto const header = [&](std::size_t index) {
      values[index] = recorded.values(index, headers);
      return values[index].empty() ? attribute{} : attribute{any_key{recorded.key(index)}, values[index]};
    };
    detached_span work = options.tracer.detached(
        settings_->name_of(asked), {.kind = span_kind::server, .start = begun, .links = {link{stranger}}},
        {{"http.request.method", method},
         text_or_absent("http.request.method_original", method == asked.method() ? std::string_view{} : asked.method()),
         {"url.path", asked.path()},
         text_or_absent("url.query", query),
         {"url.scheme", scheme},
         text_or_absent("http.route", asked.route()),
         text_or_absent("server.address", origin.host),
         origin.host.empty() ? attribute{} : number_or_absent("server.port", origin.port),
         text_or_absent("client.address", client),
         text_or_absent("network.peer.address", request.peer_address),
         request.peer_address.empty() ? attribute{} : number_or_absent("network.peer.port", request.peer_port),
         text_or_absent("network.protocol.version", protocol_version(request.version)),
         text_or_absent("user_agent.original", first_value(headers, "user-agent")),
         {"http.request.body.size", size},
         socket && direct ? number_or_absent("client.port", request.peer_port) : attribute{},
         socket ? text_or_absent("network.local.address", request.local_address) : attribute{},
         socket ? number_or_absent("network.local.port", request.local_port) : attribute{},
         socket ? attribute{"network.transport", "tcp"} : attribute{},
         header(0),
         header(1),
         header(2),
         header(3)});
    recorded.record(work, headers, early);
    return work;
  }

  void record_answer(detached_span& work, Headers const& answered) const {
    text_map_ref const headers{answered};
    settings_->response_headers.record(work, headers);
    if (settings_->options.record_body_sizes) work.set({"http.response.body.size", content_length(headers)});
  }

  /// HTTP conventions, Status: a server's fault is 5xx, or having no answer at all.
  void judge(detached_span& work, int status, bool incomplete) const noexcept {
    bool const failed = status >= 500 || status < 0 || (status == 0 && threw_);
    if (failed && threw_) {
      work.set("error.type", thrown_type_.empty() ? other_http_method : std::string_view{thrown_type_});
      work.error(thrown_message_);
    } else if (failed) {
      work.set("error.type", status_text{status}.view());
      work.error();
    } else if (incomplete) {
      work.set("error.type", "incomplete_response");
      work.error("the response could not be sent completely");
    }
  }

  detail::counted<http_server_settings const> settings_;
  std::optional<scope> scope_;
  std::string thrown_type_;
  std::string thrown_message_;
  bool threw_{};
  bool head_{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail
