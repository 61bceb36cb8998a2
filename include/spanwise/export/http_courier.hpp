// Carries HTTP requests on a thread of its own, so that whoever exports can walk away: at its deadline, or when
// cancelled. The client library may by then hang in a name lookup, a handshake, or a server that sends a byte a second.
// Everything of cpp-httplib is reached through the type `Client`, so this compiles where it is not installed.
#pragma once

#include <spanwise/detail/background_thread.hpp>
#include <spanwise/detail/buffer.hpp>
#include <spanwise/detail/counted.hpp>
#include <spanwise/detail/monitor.hpp>
#include <spanwise/export/http_reply.hpp>
#include <spanwise/export/otlp_settings.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace spanwise::inline SPANWISE_ABI::detail {

/// A client that was compiled with TLS.
template <class Client>
concept tls_client = requires(Client& client) {
  client.enable_server_certificate_verification(true);
};

template <class Request, class Response, class Error> struct http_exchange {
  Request request{};
  Response response{};
  Error error{};
};

/// Finds the types that a client exchanges by the shape of its `send`.
template <class Client, class Request, class Response, class Error>
http_exchange<Request, Response, Error> exchange_of(bool (Client::*)(Request&, Response&, Error&));

/// One connection, one request at a time. A shared value, which its thread keeps alive until that has ended.
///
/// One thread calls ready, body and post; any thread may call cancel and close.
template <class Client> class http_courier {
public:
  static constexpr std::size_t largest_answer = std::size_t{4} << 20;

  /// `settings->where` names where to.
  [[nodiscard]] SPANWISE_COLD static counted<http_courier> make(counted<otlp_settings const> const& settings) {
    return counted<http_courier>::make(settings);
  }
  explicit http_courier(counted<otlp_settings const> settings) noexcept : settings_{std::move(settings)} {}
  SPANWISE_SMALL ~http_courier() { forget_socket(); }
  http_courier(http_courier const&) = delete;
  http_courier& operator=(http_courier const&) = delete;

  [[nodiscard]] otlp_settings const& settings() const noexcept { return *settings_; }
  /// Another one, which knows nothing of what became of this one.
  [[nodiscard]] counted<http_courier> anew() const { return make(settings_); }

  /// Waits until the body may be written: for an earlier request, given up by its caller, that still hangs.
  ///
  /// The reply, like that of post(), is this courier's, and holds until it is asked for the next one.
  [[nodiscard]] SPANWISE_SMALL http_reply const& ready(deadline until) {
    locked held{mutex_};
    if (!changed_.wait_until(held, until.steady_ns(), [&] { return phase_ == phase::idle || stopped(); }))
      return no_answer(http_trouble::late, stage_);
    if (!stopped()) return no_answer(http_trouble::none);
    cancelled_ = false;
    return no_answer(http_trouble::no_time);
  }

  /// What the next post sends; to be written once ready() found no trouble.
  [[nodiscard]] buffer& body() noexcept { return body_; }

  /// Sends the body and waits for the answer until the deadline, a cancel or a close. `self` is this courier.
  [[nodiscard]] SPANWISE_SMALL http_reply const& post(deadline until, counted<http_courier> const& self) {
    if (until <= deadline::now()) return no_answer(http_trouble::no_time);
    locked held{mutex_};
    if (!start(self)) return no_answer(http_trouble::no_client);
    phase_ = phase::loaded;
    stage_ = http_stage::resolving;
    until_ = until;
    interrupted_ = false;
    changed_.notify_all();
    bool const in_time =
        changed_.wait_until(held, until.steady_ns(), [&] { return phase_ == phase::answered || stopped(); });
    if (phase_ == phase::answered) {
      phase_ = phase::idle;
      return reply_;
    }
    http_stage const reached = stage_ == http_stage::connecting && connected() ? http_stage::sending : stage_;
    interrupt();
    cancelled_ = false;
    return no_answer(in_time ? http_trouble::cancelled : http_trouble::late, reached);
  }

  /// Makes the running export return at once, or the next one if none runs.
  SPANWISE_SMALL void cancel() noexcept {
    locked const held{mutex_};
    cancelled_ = true;
    changed_.notify_all();
  }

  [[nodiscard]] SPANWISE_SMALL bool closed() const noexcept {
    locked const held{mutex_};
    return closed_;
  }

  /// Ends the thread: waits for it until `until`, then leaves it to finish alone. A running post returns at once.
  SPANWISE_SMALL void close(deadline until) noexcept {
    locked held{mutex_};
    if (std::exchange(closed_, true)) return;
    interrupt();
    changed_.notify_all();
    if (!thread_.running()) return;
    // However late it is, a thread that does not hang gets the moment that it needs.
    deadline const moment = deadline::in(milliseconds(20));
    changed_.wait_until(held, std::max(until, moment).steady_ns(), [&] { return finished_; });
    if (!finished_) return thread_.detach();
    held.unlock();
    thread_.join();
  }

private:
  using exchange = decltype(exchange_of(&Client::send));
  enum class phase : std::uint8_t { idle, loaded, busy, answered };

  [[nodiscard]] bool stopped() const noexcept { return cancelled_ || closed_; }

  SPANWISE_SMALL http_reply const& no_answer(http_trouble why, http_stage reached = http_stage::resolving) noexcept {
    unanswered_.trouble = why;
    unanswered_.stage = reached;
    return unanswered_;
  }

  [[nodiscard]] SPANWISE_SMALL bool start(counted<http_courier> const& self) {
    if (thread_.running() || closed_) return !closed_;
    self_ = self;
    if (thread_.template start<&http_courier::run>(*this, "spanwise-otlp")) return true;
    self_ = nullptr;
    return false;
  }

  SPANWISE_SMALL void run() noexcept {
    auto const self = std::move(self_);
    owned<Client> client;
    locked held{mutex_};
    for (;;) {
      changed_.wait(held, [&] { return phase_ == phase::loaded || closed_; });
      if (closed_) break;
      phase_ = phase::busy;
      if (!interrupted_) {
        held.unlock();
        if (!contain([&] { deliver(client); })) reply_.trouble = http_trouble::no_client;
        held.lock();
      }
      phase_ = interrupted_ ? phase::idle : phase::answered;
      changed_.notify_all();
    }
    held.unlock();
    client.reset();
    held.lock();
    finished_ = true;
    changed_.notify_all();
  }

  /// Under the lock: whatever the thread is at comes to an end as soon as the system lets it.
  SPANWISE_SMALL void interrupt() noexcept {
    interrupted_ = true;
    if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
  }

  /// Under the lock: true if the other side has taken the connection.
  [[nodiscard]] SPANWISE_SMALL bool connected() const noexcept {
    sockaddr_storage peer;
    socklen_t size = sizeof peer;
    return socket_ >= 0 && ::getpeername(socket_, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
  }

  /// Under the lock.
  SPANWISE_SMALL void forget_socket() noexcept {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

  /// Keeps a second handle on a new connection: once the client closes its own, that number may be someone else's.
  SPANWISE_SMALL void remember_socket(int socket) noexcept {
    locked const held{mutex_};
    forget_socket();
    socket_ = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
    stage_ = http_stage::connecting;
    fresh_ = true;
  }

  [[nodiscard]] SPANWISE_SMALL bool begin_sending() noexcept {
    locked const held{mutex_};
    stage_ = http_stage::sending;
    return !interrupted_;
  }

  SPANWISE_SMALL void deliver(owned<Client>& client) {
    if (!client) make_client(client);
    if (client && client->is_valid()) {
      attempt(*client);
      // That the server has closed a kept connection may show only when it is used. Receivers take duplicates.
      if (reply_.trouble == http_trouble::broken && !fresh_) attempt(*client);
    } else {
      reply_.trouble = client && settings().where->secure ? http_trouble::certificate_file : http_trouble::no_client;
      client.reset();
    }
  }

  /// Leaves none where it fails, also if that is an exception.
  SPANWISE_SMALL void make_client(owned<Client>& made) {
    owned<Client> client;
    endpoint const& where = *settings().where;
    if constexpr (tls_client<Client>) {
      if (where.secure && settings().client_key.empty()) {
        client.make(where.origin());
      } else if (where.secure) {
        client.make(where.origin(), settings().client_certificate, settings().client_key);
      }
      if (client && !settings().certificate.empty()) client->set_ca_cert_path(settings().certificate);
    }
    if (!where.secure) client.make(where.host, where.port);
    if (!client) return;
    client->set_keep_alive(true);
    client->set_tcp_nodelay(true);
    client->set_socket_options([this](auto socket) { remember_socket(socket); });
    if constexpr (requires { client->set_path_encode(false); }) client->set_path_encode(false);
    else if constexpr (requires { client->set_url_encode(false); }) client->set_url_encode(false);
    made = std::move(client);
  }

  SPANWISE_SMALL void attempt(Client& client) {
    // The deadline is the caller's to keep; this is for when it has gone. httplib counts milliseconds in an int.
    deadline const begun = deadline::now();
    duration const left = std::min(std::max(until_ - begun, duration{}), seconds(3600));
    time_t const patience = static_cast<time_t>(left.ns / 1'000'000'000 + 2);
    client.set_connection_timeout(patience, 0);
    client.set_read_timeout(patience, 0);
    client.set_write_timeout(patience, 0);

    exchange with;
    bool oversized = false;
    std::string{}.swap(reply_.body);
    with.request.method = "POST";
    with.request.path = settings().where->target;
    for (auto const& [name, value] : settings().headers) with.request.headers.emplace(name, value);
    with.request.content_length_ = body_.size();
    with.request.content_provider_ = [this](std::size_t offset, std::size_t size, auto& sink) {
      return begin_sending() && sink.write(body_.data() + offset, size);
    };
    with.request.content_receiver = [&](char const* data, std::size_t size, auto, auto) {
      oversized = size > largest_answer - reply_.body.size();
      if (!oversized) reply_.body.append(data, size);
      return !oversized;
    };
    fresh_ = false;
    errno = 0;
    bool const answered = client.send(with.request, with.response, with.error);
    // The client keeps to itself what an asynchronous connect failed with. At once, that is a refusal.
    int const asynchronous = deadline::now() - begun < seconds(1) ? ECONNREFUSED : EHOSTUNREACH;
    reply_.error_number = errno == EINPROGRESS ? asynchronous : errno;
    if (answered) {
      reply_.trouble = http_trouble::none;
      reply_.status = with.response.status;
      with.response.get_header_value("Content-Type").swap(reply_.content_type);
      with.response.get_header_value("Location").swap(reply_.location);
      with.response.get_header_value("Retry-After").swap(reply_.retry_after);
      return;
    }
    locked const held{mutex_};
    forget_socket();
    reply_.stage = stage_;
    reply_.trouble = oversized ? http_trouble::oversized : trouble_of(with.error, stage_);
  }

  template <class Error> SPANWISE_SMALL static http_trouble trouble_of(Error error, http_stage stage) noexcept {
    if (error == Error::ConnectionTimeout) return http_trouble::late;
    if (error == Error::SSLConnection) return http_trouble::no_tls;
    if (error == Error::SSLLoadingCerts) return http_trouble::certificate_file;
    if (error == Error::SSLServerVerification) return http_trouble::bad_certificate;
    if constexpr (requires { Error::SSLServerHostnameVerification; })
      if (error == Error::SSLServerHostnameVerification) return http_trouble::bad_certificate;
    if (error != Error::Connection) return http_trouble::broken;
    return stage == http_stage::resolving ? http_trouble::no_host : http_trouble::no_connection;
  }

  counted<otlp_settings const> settings_;
  mutable mutex mutex_;
  condition changed_;
  background_thread thread_;
  counted<http_courier> self_;
  phase phase_ = phase::idle;
  http_stage stage_ = http_stage::resolving;
  bool interrupted_ = false; ///< the caller has given up; no one waits for the reply
  bool cancelled_ = false;
  bool closed_ = false;
  bool finished_ = false;
  bool fresh_ = false; ///< this attempt made a connection; the thread's own
  int socket_ = -1;    ///< second handle on the connection
  deadline until_{};
  buffer body_; ///< the thread's while a request is loaded or busy, the caller's otherwise
  http_reply reply_;      ///< goes with the body
  http_reply unanswered_; ///< what to say instead of it; the caller's
};

} // namespace spanwise::inline SPANWISE_ABI::detail
