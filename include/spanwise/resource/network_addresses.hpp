// The addresses of this machine's network interfaces, but for those by which it talks to itself.
#pragma once

#include <spanwise/detail/config.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#if !defined(_WIN32)
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#endif
#if defined(__linux__)
#include <netpacket/packet.h>
#endif

namespace spanwise::inline SPANWISE_ABI::detail {

struct network_addresses {
  std::vector<std::string> ip{};  ///< IPv6 as RFC 5952 writes it, without a zone
  std::vector<std::string> mac{}; ///< `AC-DE-48-23-45-67`
};

/// The hexadecimal form of IEEE RA; empty for an interface that has no address of its own.
SPANWISE_SMALL std::string mac_text(unsigned char const* bytes, std::size_t size) {
  std::string text;
  bool any = false;
  for (std::size_t i = 0; i < size; ++i) {
    if (i != 0) text += '-';
    for (int const shift : {4, 0}) text += "0123456789ABCDEF"[bytes[i] >> shift & 15];
    any = any || bytes[i] != 0;
  }
  return any ? text : std::string{};
}

/// The first of several equal texts stays; there are never many.
SPANWISE_SMALL void add_once(std::vector<std::string>& list, std::string_view text) {
  if (text.empty()) return;
  for (std::string const& present : list)
    if (present == text) return;
  list.emplace_back(text);
}

#if !defined(_WIN32)
SPANWISE_SMALL void add_address(network_addresses& found, sockaddr const& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.sa_family == AF_INET) {
    auto const* const four = reinterpret_cast<sockaddr_in const*>(&address);
    if (::inet_ntop(AF_INET, &four->sin_addr, text, sizeof text) != nullptr) add_once(found.ip, text);
  } else if (address.sa_family == AF_INET6) {
    auto const* const six = reinterpret_cast<sockaddr_in6 const*>(&address);
    if (::inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof text) != nullptr) add_once(found.ip, text);
  }
#if defined(__linux__)
  if (address.sa_family == AF_PACKET) {
    auto const* const link = reinterpret_cast<sockaddr_ll const*>(&address);
    if (link->sll_halen <= sizeof link->sll_addr) add_once(found.mac, mac_text(link->sll_addr, link->sll_halen));
  }
#endif
}
#endif

/// Asks the kernel; sends nothing. Hardware addresses on Linux alone, nothing at all on Windows.
SPANWISE_SMALL network_addresses find_addresses() {
  network_addresses found;
#if !defined(_WIN32)
  struct held {
    ifaddrs* list = nullptr;
    ~held() {
      if (list != nullptr) ::freeifaddrs(list);
    }
  } all;
  if (::getifaddrs(&all.list) != 0) return found;
  for (ifaddrs const* each = all.list; each != nullptr; each = each->ifa_next)
    if (each->ifa_addr != nullptr && (each->ifa_flags & IFF_LOOPBACK) == 0) add_address(found, *each->ifa_addr);
#endif
  return found;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
