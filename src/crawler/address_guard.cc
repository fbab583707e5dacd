// SPDX-License-Identifier: Apache-2.0
#include "crawler/address_guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

namespace docmill::crawler {
namespace {

struct Range4 {
  std::uint32_t network;
  int bits;
};

constexpr std::uint32_t ip(int a, int b, int c, int d) {
  return static_cast<std::uint32_t>(a) << 24 | static_cast<std::uint32_t>(b) << 16 |
         static_cast<std::uint32_t>(c) << 8 | static_cast<std::uint32_t>(d);
}

// IANA IPv4 Special-Purpose Address Registry (2024-08), plus multicast and the reserved class E.
constexpr Range4 kNotGlobal4[] = {
    {ip(0, 0, 0, 0), 8},       {ip(10, 0, 0, 0), 8},     {ip(100, 64, 0, 0), 10},
    {ip(127, 0, 0, 0), 8},     {ip(169, 254, 0, 0), 16}, {ip(172, 16, 0, 0), 12},
    {ip(192, 0, 0, 0), 24},    {ip(192, 0, 2, 0), 24},   {ip(192, 31, 196, 0), 24},
    {ip(192, 52, 193, 0), 24}, {ip(192, 88, 99, 0), 24}, {ip(192, 168, 0, 0), 16},
    {ip(192, 175, 48, 0), 24}, {ip(198, 18, 0, 0), 15},  {ip(198, 51, 100, 0), 24},
    {ip(203, 0, 113, 0), 24},  {ip(224, 0, 0, 0), 4},    {ip(240, 0, 0, 0), 4},
};

std::uint32_t ipv4_at(const std::array<std::uint8_t, 16>& address, std::size_t offset) {
  return ip(address[offset], address[offset + 1], address[offset + 2], address[offset + 3]);
}

bool starts_with(const std::array<std::uint8_t, 16>& address,
                 std::initializer_list<std::uint8_t> prefix) {
  std::size_t i = 0;
  for (std::uint8_t byte : prefix)
    if (address[i++] != byte) return false;
  return true;
}

}  // namespace

bool is_global_ipv4(std::uint32_t address) {
  for (const Range4& range : kNotGlobal4)
    if ((address ^ range.network) >> (32 - range.bits) == 0) return false;
  return true;
}

bool is_global_ipv6(const std::array<std::uint8_t, 16>& address) {
  // NAT64 (RFC 6052) reaches the IPv4 address it embeds; its local-use prefix is never global.
  if (starts_with(address, {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}))
    return is_global_ipv4(ipv4_at(address, 12));
  // Only 2000::/3 is global unicast; this refuses ::, ::1, mapped, unique local, link local,
  // multicast.
  if ((address[0] & 0xE0) != 0x20) return false;
  if (starts_with(address, {0x20, 0x01, 0x0d, 0xb8})) return false;  // documentation
  if (starts_with(address, {0x3f, 0xff}) && (address[2] & 0xF0) == 0) return false;
  if (starts_with(address, {0x20, 0x01}) && address[2] < 0x02) return false;  // 2001::/23, Teredo
  if (starts_with(address, {0x20, 0x02})) return is_global_ipv4(ipv4_at(address, 2));  // 6to4
  if (starts_with(address, {0x26, 0x20, 0x00, 0x4f, 0x80, 0x00})) return false;        // AS112
  // ISATAP: ::0:5efe:a.b.c.d or ::200:5efe:a.b.c.d as interface identifier.
  if ((address[8] & 0xFD) == 0 && address[9] == 0 && address[10] == 0x5e && address[11] == 0xfe)
    return is_global_ipv4(ipv4_at(address, 12));
  return true;
}

bool is_global_address(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof v4);
    return is_global_ipv4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof v6);
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return is_global_ipv6(bytes);
  }
  return false;
}

}  // namespace docmill::crawler
