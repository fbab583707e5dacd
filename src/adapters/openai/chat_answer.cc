// SPDX-License-Identifier: Apache-2.0
#include "adapters/openai/chat_answer.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/error_code.h"
#include "base/utf8.h"

namespace docmill::openai {

namespace json = boost::json;

namespace {

constexpr std::size_t kMessageBytesMax = 1000;
constexpr std::size_t kWordBytesMax = 64;

// True where `"name"` stands before a colon: as a key, or inside a string that shows unescaped
// JSON.
bool may_have_member(std::string_view text, std::string_view quoted_name) {
  for (std::size_t at = text.find(quoted_name); at != std::string_view::npos;
       at = text.find(quoted_name, at + 1)) {
    std::size_t next = text.find_first_not_of(" \t\r\n", at + quoted_name.size());
    if (next == std::string_view::npos || text[next] != ':') continue;
    next = text.find_first_not_of(" \t\r\n", next + 1);
    // "usage": null is in every chunk of a stream that was asked for usage.
    if (next != std::string_view::npos && text[next] != 'n') return true;
  }
  return false;
}

std::string text_of(const json::object& object, const char* name, std::size_t bytes_max) {
  const json::value* value = object.if_contains(name);
  if (!value || !value->is_string()) return {};
  std::string_view text(value->as_string().data(), value->as_string().size());
  return std::string(utf8_prefix(text, bytes_max));
}

// A stable word, or nothing: reasons become labels and log fields.
std::string word_of(const json::object& object, const char* name) {
  std::string word = text_of(object, name, kWordBytesMax);
  bool fine = std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || std::string_view("_.[]").contains(c);
  });
  return fine ? word : std::string();
}

std::uint64_t count_of(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  json::error_code error;
  auto count = value && value->is_number() ? value->to_number<std::uint64_t>(error) : 0;
  return error ? 0 : count;
}

Error error_of_object(ErrorCode code, const json::object& object) {
  Error error(code, text_of(object, "message", kMessageBytesMax));
  if (error.message.empty()) error.message = "the upstream gave no reason";
  std::string param = word_of(object, "param");
  if (code == ErrorCode::kInvalidArgument && !param.empty()) error = std::move(error).wrap(param);
  error.reason = word_of(object, "code");
  return error;
}

// The code of an error without a status: inside a stream.
ErrorCode code_of_type(std::string_view type) {
  if (type == "rate_limit_error" || type == "rate_limit_exceeded") return ErrorCode::kRateLimited;
  if (type == "invalid_request_error") return ErrorCode::kInvalidArgument;
  return ErrorCode::kUnavailable;
}

std::optional<json::object> parse_object(std::string_view text) {
  json::error_code error;
  json::value value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

}  // namespace

ChunkFacts inspect_chunk(std::string_view text) {
  ChunkFacts facts;
  if (!may_have_member(text, "\"usage\"") && !may_have_member(text, "\"error\"")) return facts;
  auto root = parse_object(text);
  if (!root) return facts;
  const json::value* failure = root->if_contains("error");
  if (failure && failure->is_object()) {
    const json::object& object = failure->as_object();
    facts.error = error_of_object(code_of_type(text_of(object, "type", kWordBytesMax)), object);
  } else if (failure && failure->is_string()) {
    facts.error =
        Error(ErrorCode::kUnavailable, "the upstream reported an error", "upstream_error");
  }
  const json::value* usage = root->if_contains("usage");
  if (usage && usage->is_object()) {
    const json::object& object = usage->as_object();
    facts.usage =
        ChatUsage{count_of(object, "prompt_tokens"), count_of(object, "completion_tokens"), true};
    const json::value* choices = root->if_contains("choices");
    facts.usage_only = !choices || !choices->is_array() || choices->as_array().empty();
  }
  return facts;
}

Error error_of_answer(int status, const http::Headers& headers, std::string_view body) {
  ErrorCode code = code_of_http_status(status);
  auto root = parse_object(body);
  const json::value* failure = root ? root->if_contains("error") : nullptr;
  Error error(code, "the upstream answered " + std::to_string(status));
  if (failure && failure->is_object()) error = error_of_object(code, failure->as_object());
  if (status == 401 || status == 403) {
    // Our key, not the client's: what the upstream says may show a part of it.
    error =
        Error(ErrorCode::kUnavailable, "the upstream refuses the gateway's key", "upstream_auth");
  } else if (status < 400) {
    error =
        Error(ErrorCode::kUnavailable, "the upstream answered with a redirect", "upstream_error");
  }
  error.retry_after = http::retry_after_of(headers);
  return error;
}

}  // namespace docmill::openai
