// SPDX-License-Identifier: Apache-2.0
#include "base/json_text.h"

#include <gtest/gtest.h>

namespace docmill {
namespace {

TEST(JsonText, EscapesControlsQuotesAndBadBytes) {
  EXPECT_EQ(json_string("a\"b\\\n\x01\xFF€"), "\"a\\\"b\\\\\\n\\u0001\xEF\xBF\xBD€\"");
}

}  // namespace
}  // namespace docmill
