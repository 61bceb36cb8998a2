#include "discarding_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::string_view answer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";

/// One connection: a head that may come in pieces, and the rest of a body.
struct connection {
  int socket;
  std::string head{};
  std::size_t body_left = 0;
  bool in_body = false;
};

std::size_t content_length(std::string_view head) {
  std::string lower{head};
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; });
  std::size_t const at = lower.find("content-length:");
  return at == lower.npos ? 0 : std::strtoul(lower.c_str() + at + 15, nullptr, 10);
}

/// Takes what came in; false if the connection is over.
bool take(connection& from, std::string_view bytes, bench::discarding_server::totals& seen) {
  while (!bytes.empty()) {
    if (!from.in_body) {
      std::size_t const known = from.head.size();
      from.head += bytes;
      std::size_t const end = from.head.find("\r\n\r\n");
      if (end == from.head.npos) return true;
      bytes.remove_prefix(end + 4 - known);
      from.body_left = content_length(std::string_view{from.head}.substr(0, end));
      from.head.clear();
      from.in_body = true;
    }
    std::size_t const part = std::min(from.body_left, bytes.size());
    from.body_left -= part;
    bytes.remove_prefix(part);
    seen.bytes.fetch_add(part, std::memory_order_relaxed);
    if (from.body_left != 0) return true;
    from.in_body = false;
    seen.requests.fetch_add(1);
    if (send(from.socket, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return false;
  }
  return true;
}

} // namespace

bench::discarding_server::discarding_server() {
  void* const shared = mmap(nullptr, sizeof(totals), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int const listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (shared == MAP_FAILED || listener < 0) return;
  seen_ = new (shared) totals{};
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  auto* const address = reinterpret_cast<sockaddr*>(&where);
  if (bind(listener, address, size) == 0 && listen(listener, 16) == 0 && getsockname(listener, address, &size) == 0) {
    port_ = ntohs(where.sin_port);
    pid_t const parent = getpid();
    child_ = fork();
    if (child_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(1);
      serve(listener);
    }
  }
  close(listener);
}

bench::discarding_server::~discarding_server() {
  if (child_ <= 0) return;
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
}

void bench::discarding_server::serve(int listener) {
  std::vector<connection> open;
  std::vector<pollfd> waiting;
  std::vector<char> room(std::size_t{1} << 20);
  for (;;) {
    waiting.assign(1, {listener, POLLIN, 0});
    for (connection const& each : open) waiting.push_back({each.socket, POLLIN, 0});
    if (poll(waiting.data(), waiting.size(), -1) < 0) continue;
    for (std::size_t i = open.size(); i-- != 0;) {
      if (waiting[i + 1].revents == 0) continue;
      ssize_t const size = recv(open[i].socket, room.data(), room.size(), 0);
      if (size > 0 && take(open[i], {room.data(), static_cast<std::size_t>(size)}, *seen_)) continue;
      close(open[i].socket);
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (waiting.front().revents == 0) continue;
    int const fresh = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fresh < 0) continue;
    int const yes = 1;
    setsockopt(fresh, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    open.push_back({fresh});
  }
}
