// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"

#include <gtest/gtest.h>

namespace docmill {
namespace {

TEST(Hash, IsSha256) {
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(sha256("abc").hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hash, SurvivesHexRoundTrip) {
  Hash hash = sha256("x");
  EXPECT_EQ(*Hash::from_hex(hash.hex()), hash);
  EXPECT_FALSE(Hash::from_hex("zz"));
}

TEST(Hash, FieldsAreInjective) {
  EXPECT_NE(hash_fields({"ab", "c"}), hash_fields({"a", "bc"}));
  EXPECT_NE(hash_fields({"a", ""}), hash_fields({"a"}));
}

TEST(Hash, PiecesEqualTheWhole) {
  Hasher hasher;
  hasher.update("ab");
  hasher.update("c");
  EXPECT_EQ(hasher.finish(), sha256("abc"));
}

TEST(Base64, EncodesLittleEndianFloats) {
  const float values[] = {0.5F, -1.25F, 3.0F};
  std::span bytes(reinterpret_cast<const std::uint8_t*>(values), sizeof values);
  EXPECT_EQ(base64_encode(bytes), "AAAAPwAAoL8AAEBA");
}

TEST(RandomHex, HasTheAskedLengthAndDiffers) {
  EXPECT_EQ(random_hex(16).size(), 32u);
  EXPECT_NE(random_hex(16), random_hex(16));
}

}  // namespace
}  // namespace docmill
