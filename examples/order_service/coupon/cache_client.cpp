#include "cache_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>

namespace shop {

namespace {

class tcp_socket {
public:
  tcp_socket() : descriptor_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {}
  tcp_socket(tcp_socket const&) = delete;
  tcp_socket& operator=(tcp_socket const&) = delete;
  ~tcp_socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int get() const { return descriptor_; }

private:
  int descriptor_;
};

char const* last_problem() {
  return errno == EAGAIN || errno == EINPROGRESS ? "timeout" : "connection lost";
}

} // namespace

cache_answer ask(cache_node const& node, std::string_view question, std::chrono::milliseconds patience) {
  tcp_socket const connection;
  timeval const limit{patience.count() / 1000, patience.count() % 1000 * 1000};
  ::setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);

  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(node.port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(connection.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0)
    return {{}, errno == ECONNREFUSED ? "connection refused" : last_problem()};

  std::string const sent = std::string{question} + '\n';
  if (::send(connection.get(), sent.data(), sent.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(sent.size()))
    return {{}, last_problem()};

  cache_answer answer;
  char piece[256];
  while (!answer.line.ends_with('\n')) {
    auto const size = ::recv(connection.get(), piece, sizeof piece, 0);
    if (size <= 0) return {{}, size == 0 ? "connection lost" : last_problem()};
    answer.line.append(piece, static_cast<std::size_t>(size));
  }
  answer.line.pop_back();
  return answer;
}

} // namespace shop
