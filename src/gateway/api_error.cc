// SPDX-License-Identifier: Apache-2.0
#include "gateway/api_error.h"

#include <algorithm>

#include "base/json_text.h"

namespace docmill::gateway {
namespace {

constexpr std::size_t kParamBytesMax = 64;

bool is_param_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || std::string_view("_.[]").contains(c);
}

std::string_view param_of(const Error& error) {
  if (error.code != ErrorCode::kInvalidArgument) return {};
  std::size_t colon = error.message.find(": ");
  if (colon == 0 || colon == std::string::npos || colon > kParamBytesMax) return {};
  std::string_view param = std::string_view(error.message).substr(0, colon);
  return std::ranges::all_of(param, is_param_char) ? param : std::string_view();
}

int status_of(const Error& error) {
  // A client that came too late to be heard still gets a status that proxies know.
  return error.code == ErrorCode::kCancelled ? 503 : policy_of(error.code).http_status;
}

}  // namespace

std::string error_json(const Error& error) {
  const ErrorPolicy& policy = policy_of(error.code);
  bool internal = error.code == ErrorCode::kInternal;
  std::string out = R"({"error":{"message":)";
  append_json_string(out, internal
                              ? std::string_view("an internal error occurred; the log has more")
                              : std::string_view(error.message));
  out += R"(,"type":)";
  append_json_string(out, policy.openai_type);
  out += R"(,"param":)";
  std::string_view param = param_of(error);
  if (param.empty()) {
    out += "null";
  } else {
    append_json_string(out, param);
  }
  out += R"(,"code":)";
  append_json_string(out, reason_of(error));
  return out += "}}";
}

http::Response error_response(const Error& error) {
  http::Response response{
      status_of(error), {{"Content-Type", "application/json"}}, error_json(error)};
  if (error.code == ErrorCode::kUnauthenticated) response.headers.add("WWW-Authenticate", "Bearer");
  if (error.retry_after) {
    std::int64_t ms = std::max<std::int64_t>(error.retry_after->count(), 0);
    response.headers.add("retry-after", std::to_string((ms + 999) / 1000));
    response.headers.add("retry-after-ms", std::to_string(ms));
  }
  return response;
}

}  // namespace docmill::gateway
