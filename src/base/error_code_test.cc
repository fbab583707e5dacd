// SPDX-License-Identifier: Apache-2.0
#include "base/error_code.h"

#include <gtest/gtest.h>

namespace docmill {
namespace {

TEST(ErrorCode, EveryCodeHasItsOwnRow) {
  for (int i = 0; i < 12; ++i) {
    auto code = static_cast<ErrorCode>(i);
    EXPECT_EQ(policy_of(code).code, code);
    EXPECT_EQ(code_of_name(policy_of(code).name), code);
  }
}

TEST(ErrorCode, ReasonFallsBackToTheName) {
  EXPECT_EQ(reason_of(Error(ErrorCode::kTooLarge, "x")), "too_large");
  EXPECT_EQ(reason_of(Error(ErrorCode::kTooLarge, "x", "limit_pages")), "limit_pages");
}

TEST(ErrorCode, ServerErrorsAreUnavailable) {
  EXPECT_EQ(code_of_http_status(502), ErrorCode::kUnavailable);
  EXPECT_EQ(code_of_http_status(429), ErrorCode::kRateLimited);
}

Result<int> half(int value) {
  if (value % 2 != 0) return fail(ErrorCode::kInvalidArgument, "odd");
  return value / 2;
}
Result<int> quarter(int value) {
  DOCMILL_TRY(int once, half(value));
  DOCMILL_TRY(int twice, half(once));
  return twice;
}

TEST(Result, TryReturnsTheFirstError) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error().message, "odd");
}

}  // namespace
}  // namespace docmill
