// SPDX-License-Identifier: Apache-2.0
#include "confine/protocol.h"

#include <gtest/gtest.h>

namespace docmill::confine::internal {
namespace {

TEST(ErrorPayload, ComesBackAsItWas) {
  const Error error(ErrorCode::kTooLarge, "too many pages", "limit_pages");
  const Error back = decode_error(encode_error(error));
  EXPECT_EQ(back.code, error.code);
  EXPECT_EQ(back.message, error.message);
  EXPECT_EQ(back.reason, error.reason);
}

TEST(ErrorPayload, HostilePayloadsBecomePlainErrors) {
  EXPECT_EQ(decode_error("").code, ErrorCode::kInternal);
  EXPECT_EQ(decode_error("\xff").code, ErrorCode::kInternal);
  EXPECT_EQ(decode_error(std::string("\xff\x00", 2) + "x").code, ErrorCode::kInternal);
  // A reason longer than the payload.
  EXPECT_EQ(decode_error(std::string("\x01\x20", 2) + "ab").reason, "");
  EXPECT_EQ(decode_error(std::string("\x01\x03", 2) + "A\nBtext").reason, "");
}

TEST(ErrorPayload, MessagesAreCutAndCleaned) {
  const Error back =
      decode_error(std::string("\x01\x00", 2) + "a\nb\x1b\xff" + std::string(5000, 'x'));
  EXPECT_LE(back.message.size(), kErrorMessageBytesMax);
  EXPECT_EQ(back.message.substr(0, 4), "a b ");
  EXPECT_EQ(back.message.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace docmill::confine::internal
