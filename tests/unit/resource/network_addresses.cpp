#include <spanwise/resource/network_addresses.hpp>

#include "catch.hpp"

using namespace spanwise::detail;
using list = std::vector<std::string>;

TEST_CASE("hardware addresses are upper-case pairs with hyphens; one of zeros is none") {
  unsigned char const bytes[]{0xac, 0xde, 0x48, 0x03, 0x45, 0x67, 0x01, 0x9f};
  CHECK(mac_text(bytes, 6) == "AC-DE-48-03-45-67");
  CHECK(mac_text(bytes, 8) == "AC-DE-48-03-45-67-01-9F");
  CHECK(mac_text(bytes, 0).empty());
  unsigned char const none[6]{};
  CHECK(mac_text(none, 6).empty());
}

TEST_CASE("addresses are listed once, IPv6 in its short form") {
  network_addresses found;
  sockaddr_in four{};
  four.sin_family = AF_INET;
  REQUIRE(::inet_pton(AF_INET, "192.168.1.140", &four.sin_addr) == 1);
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  REQUIRE(::inet_pton(AF_INET6, "FE80:0:0:0:ABC2:4A28:737A:609E", &six.sin6_addr) == 1);
  sockaddr other{};
  other.sa_family = AF_UNIX;
  for (int turn = 0; turn < 2; ++turn) {
    add_address(found, reinterpret_cast<sockaddr const&>(four));
    add_address(found, reinterpret_cast<sockaddr const&>(six));
    add_address(found, other);
  }
  CHECK(found.ip == list{"192.168.1.140", "fe80::abc2:4a28:737a:609e"});
  CHECK(found.mac.empty());
#if defined(__linux__)
  sockaddr_ll link{};
  link.sll_family = AF_PACKET;
  link.sll_halen = 6;
  link.sll_addr[5] = 7;
  add_address(found, reinterpret_cast<sockaddr const&>(link));
  link.sll_halen = 20; // InfiniBand, of which the structure holds a part
  add_address(found, reinterpret_cast<sockaddr const&>(link));
  CHECK(found.mac == list{"00-00-00-00-00-07"});
#endif
}

TEST_CASE("an interface that loops back is none of the network") {
  for (std::string const& each : find_addresses().ip) {
    CHECK_FALSE(each.starts_with("127."));
    CHECK(each != "::1");
  }
}
