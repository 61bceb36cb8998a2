// For tests: a TCP server whose behaviour is a function, so that it can misbehave in ways an HTTP server would not.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

/// One accepted connection; closed when it goes.
class raw_connection {
public:
  raw_connection(int socket, std::atomic<bool> const& stopping) : socket_{socket}, stopping_{stopping} {}
  ~raw_connection() { ::close(socket_); }
  raw_connection(raw_connection const&) = delete;
  raw_connection& operator=(raw_connection const&) = delete;

  /// Reads one request with a Content-Length; empty if the peer closes first.
  std::string read_request() {
    std::string text;
    char piece[65536];
    for (;;) {
      if (std::size_t const head = text.find("\r\n\r\n"); head != text.npos) {
        std::size_t const at = text.find("Content-Length: ");
        std::size_t const length = at < head ? std::stoul(text.substr(at + 16)) : 0;
        if (text.size() >= head + 4 + length) return text;
        if (!continued_ && text.find("Expect: 100-continue") < head) continued_ = send("HTTP/1.1 100 Continue\r\n\r\n");
      }
      auto const count = ::recv(socket_, piece, sizeof piece, 0);
      if (count <= 0) return {};
      text.append(piece, static_cast<std::size_t>(count));
    }
  }

  bool send(std::string_view text) {
    while (!text.empty()) {
      auto const count = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  /// Waits until the peer closes or the server stops; false if the time is up before.
  bool wait_for_close(int milliseconds = 20000) {
    pollfd wanted{socket_, POLLRDHUP, 0};
    for (; milliseconds > 0 && !stopping_; milliseconds -= 10)
      if (::poll(&wanted, 1, 10) > 0) return true;
    return stopping_;
  }

  [[nodiscard]] bool stopping() const { return stopping_; }

private:
  int socket_;
  bool continued_ = false;
  std::atomic<bool> const& stopping_;
};

/// Listens on a free port of 127.0.0.1 and calls `serve` on a thread of its own for each connection.
class raw_server {
public:
  explicit raw_server(std::function<void(raw_connection&)> serve) : serve_{std::move(serve)} {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 16);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    accepter_ = std::thread{[this] { accept(); }};
  }
  ~raw_server() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    accepter_.join();
    for (auto& thread : threads_) thread.join();
    ::close(listener_);
  }
  raw_server(raw_server const&) = delete;
  raw_server& operator=(raw_server const&) = delete;

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] int connections() const { return connections_; }

private:
  void accept() {
    while (!stopping_) {
      int const socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      ++connections_;
      threads_.emplace_back([this, socket] {
        raw_connection connection{socket, stopping_};
        serve_(connection);
      });
    }
  }

  std::function<void(raw_connection&)> serve_;
  int listener_{};
  int port_{};
  std::atomic<bool> stopping_{};
  std::atomic<int> connections_{};
  std::vector<std::thread> threads_;
  std::thread accepter_;
};
