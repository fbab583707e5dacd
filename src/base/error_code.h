// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "base/result.h"

namespace docmill {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

// One row of the table every layer reads instead of inventing its own mapping.
struct ErrorPolicy {
  ErrorCode code;
  std::string_view name;         // metric label, dead-letter reason, JSON: "rate_limited"
  bool retryable;                // may the same call succeed later, unchanged?
  int http_status;               // what our own API answers
  std::string_view openai_type;  // `error.type` in OpenAI's shape
  LogLevel log_level;
};

// The row of `code`; never fails.
const ErrorPolicy& policy_of(ErrorCode code);

// The code of an HTTP status that another server answered (429 → rate_limited, 5xx → unavailable
// …).
ErrorCode code_of_http_status(int status);

// The code named `name`; nothing for an unknown name.
std::optional<ErrorCode> code_of_name(std::string_view name);

// `error.reason`, or the code's name where it is empty.
std::string_view reason_of(const Error& error);

}  // namespace docmill
