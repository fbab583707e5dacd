// SPDX-License-Identifier: Apache-2.0
#include "base/error_code.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace docmill {
namespace {

using enum ErrorCode;
constexpr std::array<ErrorPolicy, 12> kPolicies{{
    {kInvalidArgument, "invalid_argument", false, 400, "invalid_request_error", LogLevel::kInfo},
    {kUnauthenticated, "unauthenticated", false, 401, "authentication_error", LogLevel::kInfo},
    {kPermissionDenied, "permission_denied", false, 403, "permission_error", LogLevel::kInfo},
    {kNotFound, "not_found", false, 404, "invalid_request_error", LogLevel::kInfo},
    {kConflict, "conflict", false, 409, "invalid_request_error", LogLevel::kInfo},
    {kTooLarge, "too_large", false, 413, "invalid_request_error", LogLevel::kInfo},
    {kRateLimited, "rate_limited", true, 429, "rate_limit_error", LogLevel::kWarning},
    {kUnavailable, "unavailable", true, 503, "api_error", LogLevel::kWarning},
    {kDeadlineExceeded, "deadline_exceeded", true, 504, "api_error", LogLevel::kWarning},
    {kCancelled, "cancelled", true, 499, "api_error", LogLevel::kInfo},
    {kCorruptData, "corrupt_data", false, 422, "invalid_request_error", LogLevel::kWarning},
    {kInternal, "internal", false, 500, "api_error", LogLevel::kError},
}};

}  // namespace

const ErrorPolicy& policy_of(ErrorCode code) { return kPolicies[static_cast<std::size_t>(code)]; }

ErrorCode code_of_http_status(int status) {
  switch (status) {
    case 401:
      return kUnauthenticated;
    case 403:
      return kPermissionDenied;
    case 404:
    case 410:
      return kNotFound;
    case 408:
    case 504:
      return kDeadlineExceeded;
    case 409:
      return kConflict;
    case 413:
      return kTooLarge;
    case 429:
      return kRateLimited;
    default:
      return status >= 500 ? kUnavailable : kInvalidArgument;
  }
}

std::optional<ErrorCode> code_of_name(std::string_view name) {
  for (const ErrorPolicy& policy : kPolicies)
    if (policy.name == name) return policy.code;
  return std::nullopt;
}

std::string_view reason_of(const Error& error) {
  return error.reason.empty() ? policy_of(error.code).name : std::string_view(error.reason);
}

Error Error::wrap(std::string_view context) && {
  message.insert(0, ": ").insert(0, context);
  return std::move(*this);
}

void check_failed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "docmill: broken invariant at %s:%d: %s\n", file, line, condition);
  std::abort();
}

}  // namespace docmill
