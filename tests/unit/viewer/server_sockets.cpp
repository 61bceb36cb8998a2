#include <spanwise/viewer/server_sockets.hpp>

#include "catch.hpp"

#include <unistd.h>

#include <vector>

using namespace spanwise::detail;

namespace {

int bound_socket() {
  int const socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return socket;
}

} // namespace

TEST_CASE("the accepted end of a connection is found by its ports, its listener and its client are not") {
  int const listener = bound_socket();
  REQUIRE(::listen(listener, 4) == 0);
  int const port = socket_port(listener, ::getsockname);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  int const client = ::socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(::connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  int const accepted = ::accept(listener, nullptr, nullptr);
  int const client_port = socket_port(client, ::getsockname);

  std::vector<int> found;
  for_each_connection(port, 0, [&](int socket) { found.push_back(socket); });
  CHECK(found == std::vector<int>{accepted});
  CHECK_FALSE(client_gone(port, client_port));
  CHECK(client_gone(port, client_port == 1 ? 2 : 1));
  ::shutdown(client, SHUT_WR);
  CHECK(client_gone(port, client_port));

  shut_connections(port);
  char byte{};
  CHECK(::recv(client, &byte, 1, 0) == 0);
  for (int const socket : {listener, client, accepted}) ::close(socket);
}
