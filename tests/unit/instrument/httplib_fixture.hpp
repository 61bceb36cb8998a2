// For tests of the cpp-httplib instrumentation: tracing into memory, servers on a free port, requests sent as raw text,
// and looking at what was traced.
#pragma once

#include <spanwise/export/memory.hpp>
#include <spanwise/start.hpp>

#include "catch.hpp"

#include <arpa/inet.h>
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace testing {

using span_list = std::vector<spanwise::memory_span>;

/// Tracing of the whole process while it lives, each span in memory when it ends.
class tracing {
public:
  explicit tracing(spanwise::options chosen = {})
      : running_{spanwise::start("test", spanwise::simple{spanwise::memory{sink_}}, std::move(chosen))} {}

  /// What was traced, once there are this many spans; and no more come.
  [[nodiscard]] span_list spans(std::size_t count) {
    CHECK(sink_.wait_for(count));
    CHECK(sink_.size() == count);
    return sink_.spans();
  }
  [[nodiscard]] spanwise::memory_sink& sink() noexcept { return sink_; }

private:
  spanwise::memory_sink sink_;
  decltype(spanwise::start("", spanwise::memory{})) running_; // another type with tracing off
};

/// Serves on a free port of this machine while it lives.
template <class Server> class serving {
public:
  explicit serving(Server& server) : server_{server}, port_{server.bind_to_any_port("127.0.0.1")} {
    thread_ = std::thread{[this] { server_.listen_after_bind(); }};
    while (!server_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  ~serving() {
    server_.stop();
    thread_.join();
  }
  serving(serving const&) = delete;
  serving& operator=(serving const&) = delete;

  [[nodiscard]] int port() const noexcept { return port_; }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

private:
  Server& server_;
  int port_;
  std::thread thread_;
};

/// A port of this machine at which nobody listens.
inline int unused_port() {
  int const taken = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  REQUIRE(::bind(taken, reinterpret_cast<sockaddr*>(&where), size) == 0);
  REQUIRE(::getsockname(taken, reinterpret_cast<sockaddr*>(&where), &size) == 0);
  ::close(taken);
  return ntohs(where.sin_port);
}

/// Sends a text to a port of this machine and gives back all that comes until the connection ends.
inline std::string exchange(int port, std::string_view text) {
  int const connection = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(static_cast<std::uint16_t>(port));
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(connection, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0) {
    while (!text.empty()) {
      ssize_t const sent = ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    char buffer[4096];
    for (ssize_t got = 1; got > 0;) {
      got = ::recv(connection, buffer, sizeof buffer, 0);
      if (got > 0) answer.append(buffer, static_cast<std::size_t>(got));
    }
  }
  ::close(connection);
  return answer;
}

/// A GET as text, with these lines of headers.
inline std::string get(std::string_view target, std::string_view headers = "Host: shop.example\r\n") {
  return "GET " + std::string{target} + " HTTP/1.1\r\n" + std::string{headers} + "Connection: close\r\n\r\n";
}

template <class View> std::optional<spanwise::value_view> find(View const& view, std::string_view key) {
  for (spanwise::attribute_view const each : view.attributes())
    if (each.key == key) return each.value;
  return std::nullopt;
}
template <class View> bool has(View const& view, std::string_view key) {
  return find(view, key).has_value();
}
/// The attribute as text: numbers in decimal, arrays with commas; `-` if there is none.
template <class View> std::string text(View const& view, std::string_view key) {
  auto const value = find(view, key);
  if (!value) return "-";
  switch (value->type()) {
  case spanwise::value_type::integer:
    return std::to_string(value->as_int());
  case spanwise::value_type::array: {
    std::string joined;
    for (spanwise::value_view const element : value->elements())
      joined.append(joined.empty() ? "" : ",").append(element.as_string());
    return "[" + joined + "]";
  }
  default:
    return std::string{value->as_string()};
  }
}

inline spanwise::memory_span const& one(span_list const& spans, spanwise::span_kind kind) {
  auto const found = std::find_if(spans.begin(), spans.end(), [&](auto const& each) { return each.kind() == kind; });
  REQUIRE(found != spans.end());
  return *found;
}

inline std::string hex(spanwise::trace_id const& id) {
  return std::string{std::string_view{id.hex()}};
}
inline std::string hex(spanwise::span_id const& id) {
  return std::string{std::string_view{id.hex()}};
}

inline constexpr char trace[] = "4bf92f3577b34da6a3ce929d0e0e4736";
inline constexpr char caller[] = "00f067aa0ba902b7";
inline constexpr char traceparent[] = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";

} // namespace testing
