#include <spanwise/semconv/network.hpp>

#include "keys.hpp"

TEST_CASE("keys of network connections and their types, by the tables of the conventions") {
  CHECK(is<text>(network_protocol_name, "network.protocol.name"));
  CHECK(is<integer>(server_port, "server.port"));
  CHECK(is<text>(client_address, "client.address"));
  CHECK(is<text>(network_peer_address, "network.peer.address"));
  CHECK(is<integer>(network_peer_port, "network.peer.port"));
  CHECK(is<text>(network_protocol_version, "network.protocol.version"));
  CHECK(is<text>(server_address, "server.address"));
  CHECK(is<integer>(client_port, "client.port"));
  CHECK(is<text>(network_local_address, "network.local.address"));
  CHECK(is<integer>(network_local_port, "network.local.port"));
  CHECK(is<text>(network_transport, "network.transport"));
}

TEST_CASE("well-known values of network connections") {
  CHECK(network_transport_values::tcp == "tcp");
  CHECK(network_transport_values::unix_ == "unix");
  CHECK(network_type_values::ipv6 == "ipv6");
}
