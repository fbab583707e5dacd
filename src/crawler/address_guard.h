// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

struct sockaddr;

namespace docmill::crawler {

// True when the address that is about to be connected to is reachable over the public internet and
// nothing else: every special range of the IANA registries is refused, in IPv6 also what embeds a
// non-global IPv4 address (mapped, compatible, 6to4, NAT64, Teredo, ISATAP). Checked on the
// connected address, after DNS, for every hop: names and spellings cannot get around it.
bool is_global_address(const sockaddr& address);

bool is_global_ipv4(std::uint32_t address);  // host byte order
bool is_global_ipv6(const std::array<std::uint8_t, 16>& address);

}  // namespace docmill::crawler
