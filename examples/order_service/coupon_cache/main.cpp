// A small cache of coupons, as one would buy it: it has no tracing. One line in, one line out, over TCP:
//
//   GET <code>   ->   HIT <percent> <last day>  |  MISS  |  BUSY (try again)  |  COLD (not loaded yet)
//
// It runs twice. The primary has bad moments: the data says for which coupons it is busy or hangs, and in which turn.
// The standby is cold: it reads a coupon when first asked for it, which takes time, and does not have all of them.

#include "../common/arguments.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace {

struct coupon {
  int percent{};
  std::string last_day;
  std::vector<std::string> primary; ///< how it answers, in turn: "ok", "busy", "hang"; empty: always "ok"
  std::size_t turn{};
  bool standby{};
  bool warm{};
};

class cache {
public:
  cache(nlohmann::json const& coupons, bool standby) : standby_{standby} {
    for (auto const& each : coupons)
      coupons_[each.at("code")] = {each.at("percent"),
                                   each.at("last_day"),
                                   each.value("primary", std::vector<std::string>{}),
                                   0,
                                   each.value("standby", true),
                                   false};
  }

  /// The answer to a line; empty for none at all.
  std::string answer(std::string const& line) {
    auto const found = coupons_.find(line.starts_with("GET ") ? line.substr(4) : "");
    if (standby_ && (found == coupons_.end() || !found->second.standby)) return "COLD\n";
    if (found == coupons_.end()) return "MISS\n";

    coupon& asked = found->second;
    if (standby_ && !std::exchange(asked.warm, true)) std::this_thread::sleep_for(std::chrono::milliseconds{25});
    std::string const mood =
        standby_ || asked.primary.empty() ? "ok" : asked.primary[asked.turn++ % asked.primary.size()];
    if (mood == "hang") return {};
    if (mood == "busy") return "BUSY\n";
    return "HIT " + std::to_string(asked.percent) + ' ' + asked.last_day + '\n';
  }

private:
  bool standby_;
  std::map<std::string, coupon> coupons_;
};

volatile std::sig_atomic_t stopped = 0;

/// A socket that listens on loopback; -1 if the port is taken.
int listen_on(std::uint16_t& port) {
  int const listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int const yes = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener, any, size) != 0 || ::listen(listener, 64) != 0 || ::getsockname(listener, any, &size) != 0)
    return -1;
  port = ntohs(address.sin_port);
  return listener;
}

/// Answers lines until a signal comes, all connections in this one thread.
void serve(int listener, cache& coupons, sigset_t const& signals_while_waiting) {
  std::vector<pollfd> waiting{{listener, POLLIN, 0}};
  std::map<int, std::string> received;
  while (stopped == 0) {
    if (::ppoll(waiting.data(), waiting.size(), nullptr, &signals_while_waiting) < 0) continue;
    if (waiting[0].revents != 0)
      if (int const accepted = ::accept(listener, nullptr, nullptr); accepted >= 0)
        waiting.push_back({accepted, POLLIN, 0});
    for (std::size_t i = 1; i < waiting.size(); ++i) {
      int const peer = waiting[i].fd;
      if (waiting[i].revents == 0) continue;
      char piece[256];
      auto const size = ::recv(peer, piece, sizeof piece, 0);
      std::string& text = received[peer];
      if (size > 0) text.append(piece, static_cast<std::size_t>(size));
      if (size <= 0 || text.size() > 1000) {
        ::close(peer);
        received.erase(peer);
        waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(i--));
      } else if (text.ends_with('\n')) {
        text.pop_back();
        std::string const answer = coupons.answer(text);
        text.clear();
        static_cast<void>(::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL));
      }
    }
  }
}

} // namespace

int main(int argc, char** argv) {
  shop::arguments const given{argc, argv};
  sigset_t stopping;
  sigset_t before;
  sigemptyset(&stopping);
  sigaddset(&stopping, SIGTERM);
  sigaddset(&stopping, SIGINT);
  sigprocmask(SIG_BLOCK, &stopping, &before); // delivered while it waits, and at no other time
  for (int const signal : {SIGTERM, SIGINT}) std::signal(signal, [](int) { stopped = 1; });

  std::ifstream file{given.text("--coupons", "coupons.json")};
  cache coupons{nlohmann::json::parse(file), given.has("--standby")};
  auto port = static_cast<std::uint16_t>(given.number("--port", 0));
  int const listener = listen_on(port);
  if (listener < 0) {
    std::fprintf(stderr, "port %d is in use\n", port);
    return 1;
  }
  std::printf("listening on 127.0.0.1:%d\n", port);
  std::fflush(stdout);
  serve(listener, coupons, before);
}
