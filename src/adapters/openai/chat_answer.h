// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"
#include "ports/chat_model.h"

namespace docmill::openai {

// What one chunk of a stream, or a whole answer, says beside its text. Pure.
struct ChunkFacts {
  std::optional<ChatUsage> usage;
  std::optional<Error> error;  // the upstream ended the stream with {"error": …}
  bool usage_only = false;     // no choices: the extra chunk of include_usage
};

// Looks only into JSON that may hold one of them; text that merely speaks of usage costs one parse.
ChunkFacts inspect_chunk(std::string_view json);

// The error that an upstream's answer with a status of 400 and up stands for.
Error error_of_answer(int status, const http::Headers& headers, std::string_view body);

}  // namespace docmill::openai
