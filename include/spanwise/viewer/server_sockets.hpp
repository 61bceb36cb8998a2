// Finds the connections of a server in this process by its port: httplib keeps them to itself, and a server that must
// stop at once, or misbehave on purpose, has to reach them. POSIX only.
#pragma once

#include <spanwise/detail/config.hpp>

#include <dirent.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstdlib>

namespace spanwise::inline SPANWISE_ABI::detail {

/// The port at one end of a socket; -1 if it has none.
template <class Ask> int socket_port(int socket, Ask ask) noexcept {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (ask(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return -1;
  if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in const*>(&address)->sin_port);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6 const*>(&address)->sin6_port);
  return -1;
}

/// Calls `visit` for each connection that this process has accepted on `port`, or for that from `peer_port` alone.
template <class Visit> void for_each_connection(int port, int peer_port, Visit visit) {
  DIR* const open = ::opendir("/dev/fd");
  if (open == nullptr) return;
  while (dirent const* const one = ::readdir(open)) {
    if (one->d_name[0] < '0' || one->d_name[0] > '9') continue;
    int const socket = std::atoi(one->d_name);
    if (socket_port(socket, ::getsockname) != port) continue;
    int const peer = socket_port(socket, ::getpeername);
    if (peer > 0 && (peer_port == 0 || peer == peer_port)) visit(socket);
  }
  ::closedir(open);
}

/// Ends one connection, or all of them; whoever reads from it sees its end.
inline void shut_connections(int port, int peer_port = 0) {
  for_each_connection(port, peer_port, [](int socket) { ::shutdown(socket, SHUT_RDWR); });
}

/// True if the client at `peer_port` has closed its end, or is not there at all.
inline bool client_gone(int port, int peer_port) {
  bool there = false;
  for_each_connection(port, peer_port, [&](int socket) {
    char byte{};
    there = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0;
  });
  return !there;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
