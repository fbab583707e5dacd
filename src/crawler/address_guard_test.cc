// SPDX-License-Identifier: Apache-2.0
#include "crawler/address_guard.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <string>

namespace docmill::crawler {
namespace {

bool is_global(const std::string& text) {
  sockaddr_in v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    return is_global_address(reinterpret_cast<const sockaddr&>(v4));
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr), 1) << text;
  return is_global_address(reinterpret_cast<const sockaddr&>(v6));
}

class Refused : public testing::TestWithParam<std::string> {};
TEST_P(Refused, IsNotGlobal) { EXPECT_FALSE(is_global(GetParam())); }
INSTANTIATE_TEST_SUITE_P(
    AddressGuard, Refused,
    testing::Values("0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1",
                    "127.255.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8",
                    "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7",
                    "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
                    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1",
                    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1",
                    "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "3fff::1", "fc00::1",
                    "fd12::1", "fe80::1", "fec0::1", "ff02::1", "2a00:1450:1::200:5efe:127.0.0.1"));

class Allowed : public testing::TestWithParam<std::string> {};
TEST_P(Allowed, IsGlobal) { EXPECT_TRUE(is_global(GetParam())); }
INSTANTIATE_TEST_SUITE_P(AddressGuard, Allowed,
                         testing::Values("8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1",
                                         "172.32.0.1", "192.0.1.1", "198.20.0.1", "223.255.255.1",
                                         "2a00:1450:4001::200e", "2606:4700::1111",
                                         "64:ff9b::808:808", "2002:808:808::1"));

}  // namespace
}  // namespace docmill::crawler
