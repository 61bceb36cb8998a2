// A local receiver of OTLP/HTTP traces: runs on its own threads inside a program or a test, keeps what comes in within
// bounds, and answers questions about it under /api. Meant for one's own machine: it listens on loopback and has no
// TLS.
#pragma once

#include <spanwise/viewer/faults.hpp>
#include <spanwise/viewer/local_host.hpp>
#include <spanwise/viewer/otlp_answer.hpp>
#include <spanwise/viewer/receiver_answers.hpp>
#include <spanwise/viewer/server_sockets.hpp>
#include <spanwise/viewer/trace_drawing.hpp>
#include <spanwise/viewer/trace_intake.hpp>
#include <spanwise/viewer/trace_store.hpp>

#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

/// How a receiver is set up.
struct receiver_options {
  std::string host = "127.0.0.1"; ///< the address to listen on
  int port = 0;                   ///< 0 takes a free one
  trace_store_options store{};
  std::size_t max_body = std::size_t{64} << 20; ///< bytes of one request, unpacked
  std::vector<std::string> allowed_hosts{};     ///< names beside localhost by which clients may call it
};

/// Receives OTLP/HTTP from construction to destruction.
///
/// If it cannot listen it does not throw: running() is then false and error() says why.
class receiver {
public:
  [[nodiscard]] explicit receiver(receiver_options options = {})
      : options_{std::move(options)}, store_{options_.store}, intake_{store_, faults_, options_.max_body} {
    set_up();
    if (!bind()) return;
    thread_ = std::thread{[this] {
      server_.listen_after_bind();
      ended_.store(true);
    }};
    while (!server_.is_running() && !ended_.load()) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  receiver(receiver const&) = delete;
  receiver& operator=(receiver const&) = delete;
  ~receiver() { stop(); }

  [[nodiscard]] bool running() const noexcept { return thread_.joinable() && !ended_.load(); }
  /// Why it does not run; empty if it does, or did until stop().
  [[nodiscard]] std::string const& error() const noexcept { return error_; }
  [[nodiscard]] int port() const noexcept { return port_; }
  /// What OTEL_EXPORTER_OTLP_ENDPOINT must be to send here, such as "http://127.0.0.1:4318".
  [[nodiscard]] std::string endpoint() const {
    std::string const host = options_.host == "0.0.0.0" ? "127.0.0.1" : options_.host == "::" ? "::1" : options_.host;
    return "http://" + (host.find(':') == host.npos ? host : '[' + host + ']') + ':' + std::to_string(port_);
  }

  [[nodiscard]] trace_store& store() noexcept { return store_; }
  [[nodiscard]] trace_store const& store() const noexcept { return store_; }
  /// What goes wrong on purpose with the requests to come.
  [[nodiscard]] fault_plan& faults() noexcept { return faults_; }
  [[nodiscard]] request_counts requests() const { return intake_.counts(); }

  /// Forgets spans and counters.
  void clear() {
    store_.clear();
    intake_.clear_counts();
  }

  /// Closes all connections and ends the threads; what was received stays readable. Also done by the destructor.
  void stop() {
    if (!thread_.joinable()) return;
    stopping_.store(true);
    server_.stop();
    while (!ended_.load()) {
      faults_.clear();
      detail::shut_connections(port_);
      std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    thread_.join();
  }

private:
  using request_type = httplib::Request;
  using response_type = httplib::Response;

  bool bind() {
    if (options_.port == 0) port_ = server_.bind_to_any_port(options_.host);
    else port_ = server_.bind_to_port(options_.host, options_.port) ? options_.port : -1;
    if (port_ > 0) return true;
    port_ = 0;
    error_ = "cannot listen on " + options_.host + ':' + std::to_string(options_.port) +
             ": the port is in use, or the address is not of this machine";
    return false;
  }

  void set_up() {
    server_.new_task_queue = [] { return new httplib::ThreadPool(64); }; // a kept-alive connection holds one
    server_.set_keep_alive_max_count(1'000'000);
    server_.set_keep_alive_timeout(30); // exporters send every 5 s
    server_.set_tcp_nodelay(true);
    server_.set_payload_max_length(options_.max_body);
    // httplib's own choice, SO_REUSEPORT, would let two receivers share one port and half of the spans each.
    server_.set_socket_options([](auto socket) {
      int const yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server_.set_pre_routing_handler([this](request_type const& request, response_type& response) {
      return guard(request, response) && numbers_are_numbers(request, response)
                 ? httplib::Server::HandlerResponse::Unhandled
                 : httplib::Server::HandlerResponse::Handled;
    });
    server_.set_error_handler([](request_type const&, response_type& response) {
      if (response.has_header("Content-Type")) return;
      answer_status(response, response.status, "there is nothing at this path; see GET /");
    });
    intake_routes();
    question_routes();
    text_routes();
  }

  /// Refuses what a page of another site could send through a browser.
  bool guard(request_type const& request, response_type& response) const {
    std::string const host = request.get_header_value("Host");
    bool const known = host.empty() || detail::local_host(host, options_.allowed_hosts);
    bool const own = !request.has_header("Origin") || detail::local_origin(request.get_header_value("Origin"), host);
    if (known && own) return true;
    detail::answer_and_close(response, 403,
                             detail::status_body(otlp_encoding::json, 403,
                                                 known ? "pages of other origins may not write here"
                                                       : "this Host is not allowed; add it to allowed_hosts"),
                             "application/json");
    return false;
  }

  /// Refuses a question whose limits can't be meant.
  static bool numbers_are_numbers(request_type const& request, response_type& response) {
    if (request.path.rfind("/v1/", 0) == 0) return true;
    for (char const* const name : {"limit", "width", "spans", "traces", "timeout"}) {
      if (!request.has_param(name) || read_number(request.get_param_value(name))) continue;
      detail::answer_and_close(
          response, 400,
          detail::status_body(otlp_encoding::json, 400, std::string{name} + " must be a whole number, 0 or more"),
          "application/json");
      return false;
    }
    return true;
  }

  void intake_routes() {
    server_.Post("/v1/traces",
                 [this](request_type const& request, response_type& response, httplib::ContentReader const& content) {
                   intake_.take(request, response, content,
                                [&] { return stopping_.load() || detail::client_gone(port_, request.remote_port); });
                 });
    server_.Get("/v1/traces", [](request_type const&, response_type& response) {
      response.set_header("Allow", "POST");
      answer_status(response, 405, "traces are sent with POST");
    });
    server_.Post("/api/clear",
                 [this](request_type const& request, response_type& response, httplib::ContentReader const& content) {
                   if (request.has_header("Content-Length") || request.has_header("Transfer-Encoding"))
                     content([](char const*, std::size_t) { return true; });
                   clear();
                   answer(response, detail::shown_json::object());
                 });
  }

  void question_routes() {
    server_.Get("/", [](request_type const&, response_type& response) {
      response.set_content("spanwise receiver: send OTLP/HTTP traces to POST /v1/traces, and ask\n"
                           "GET  /api/traces?limit=100&service=NAME&error=true\n"
                           "GET  /api/traces/TRACE_ID\n"
                           "GET  /api/operations\n"
                           "GET  /api/stats\n"
                           "GET  /api/span_ids\n"
                           "GET  /api/wait?spans=N&traces=N&timeout=MS\n"
                           "POST /api/clear\n"
                           "and, as text for a terminal, with ?width=COLUMNS, &colors=1 and &unicode=0 where wanted,\n"
                           "GET  /text/traces?limit=20&service=NAME&error=true\n"
                           "GET  /text/traces/TRACE_ID or /text/traces/latest?service=NAME&error=true\n"
                           "GET  /text/operations\n",
                           "text/plain");
    });
    server_.Get("/api/traces", [this](request_type const& request, response_type& response) {
      answer(response, traces_answer(store_, query_of(request, 100)));
    });
    server_.Get("/api/traces/.+", [this](request_type const& request, response_type& response) {
      if (auto const trace = asked_for(request, response, "/api/traces/")) answer(response, trace_answer(*trace));
    });
    server_.Get("/api/operations",
                [this](request_type const&, response_type& response) { answer(response, operations_answer(store_)); });
    server_.Get("/api/stats", [this](request_type const&, response_type& response) {
      answer(response, stats_answer(store_, requests()));
    });
    server_.Get("/api/span_ids",
                [this](request_type const&, response_type& response) { answer(response, span_ids_answer(store_)); });
    server_.Get("/api/wait", [this](request_type const& request, response_type& response) {
      bool const reached = wait(number(request, "spans", 0), number(request, "traces", 0),
                                std::min<std::size_t>(number(request, "timeout", 5000), 600'000));
      answer(response, detail::shown_json{{"reached", reached}});
    });
  }

  void text_routes() {
    server_.Get("/text/traces", [this](request_type const& request, response_type& response) {
      std::vector<trace_summary> rows;
      for_each_match(store_, query_of(request, 20),
                     [&](received_trace const&, trace_summary const& row) { rows.push_back(row); });
      answer_text(response, draw_trace_list(rows, style_of(request)));
    });
    server_.Get("/text/traces/latest", [this](request_type const& request, response_type& response) {
      std::optional<received_trace> latest;
      for_each_match(store_, query_of(request, 1),
                     [&](received_trace const& trace, trace_summary const&) { latest = trace; });
      if (!latest) return answer_status(response, 404, "no such trace is held");
      answer_text(response, draw_trace(*latest, {style_of(request)}));
    });
    server_.Get("/text/traces/.+", [this](request_type const& request, response_type& response) {
      if (auto const trace = asked_for(request, response, "/text/traces/"))
        answer_text(response, draw_trace(*trace, {style_of(request)}));
    });
    server_.Get("/text/operations", [this](request_type const& request, response_type& response) {
      answer_text(response, draw_operations(operations_of(store_.traces()), style_of(request)));
    });
  }

  static trace_query query_of(request_type const& request, std::size_t limit) {
    trace_query query;
    query.limit = number(request, "limit", limit);
    query.service = request.get_param_value("service");
    if (request.has_param("error"))
      query.error = request.get_param_value("error") != "false" && request.get_param_value("error") != "0";
    return query;
  }

  static waterfall_style style_of(request_type const& request) {
    return {.width = std::min<std::size_t>(number(request, "width", 100), 1000),
            .unicode = request.get_param_value("unicode") != "0",
            .colors = request.get_param_value("colors") == "1"};
  }

  /// The trace whose id ends the path; nothing, and the request is answered, if there is none.
  std::optional<received_trace> asked_for(request_type const& request, response_type& response,
                                          std::string_view prefix) const {
    std::string bytes;
    bool const hex = detail::decode_hex(std::string_view{request.path}.substr(prefix.size()), bytes);
    auto const id = detail::read_id<trace_id>(detail::as_bytes(hex ? std::string_view{bytes} : ""));
    std::optional<received_trace> trace;
    if (!id.valid()) answer_status(response, 400, "a trace id is 32 hexadecimal digits, not all zero");
    else if (trace = store_.trace(id); !trace) answer_status(response, 404, "no span of this trace is held");
    return trace;
  }

  bool wait(std::size_t spans, std::size_t traces, std::size_t timeout_ms) const {
    auto const until = std::chrono::steady_clock::now() + std::chrono::milliseconds{timeout_ms};
    for (;;) {
      store_counts const counts = store_.counts();
      if (counts.spans >= spans && counts.held_traces >= traces) return true;
      if (stopping_.load() || std::chrono::steady_clock::now() >= until) return false;
      store_.wait_for_spans(counts.spans + 1, std::chrono::milliseconds{20});
    }
  }

  static std::size_t number(request_type const& request, char const* name, std::size_t otherwise) {
    return read_number(request.get_param_value(name)).value_or(otherwise);
  }
  static std::optional<std::size_t> read_number(std::string const& text) {
    std::size_t value{};
    auto const [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && stop == text.data() + text.size() ? std::optional{value} : std::nullopt;
  }

  template <class Json> static void answer(response_type& response, Json const& json) {
    response.status = 200;
    response.set_content(detail::to_text(json), "application/json");
  }
  static void answer_text(response_type& response, std::string const& text) {
    response.status = 200;
    response.set_content(text, "text/plain; charset=utf-8");
  }
  static void answer_status(response_type& response, int status, std::string_view message) {
    response.status = status;
    response.set_content(detail::status_body(otlp_encoding::json, status, message), "application/json");
  }

  receiver_options options_;
  fault_plan faults_;
  trace_store store_;
  trace_intake intake_;
  httplib::Server server_;
  std::thread thread_;
  std::atomic<bool> ended_{false};
  std::atomic<bool> stopping_{false};
  int port_ = 0;
  std::string error_;
};

} // namespace spanwise::inline SPANWISE_ABI
