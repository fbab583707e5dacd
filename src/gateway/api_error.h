// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/error_code.h"
#include "http/message.h"

namespace docmill::gateway {

// Errors as OpenAI's clients expect them: {"error":{"message","type","param","code"}}.
//
// `param` comes from the message of an invalid_argument that starts with a field's name and a colon
// ("messages: is empty"). `code` is the error's reason. Internal errors say nothing of the inside.
std::string error_json(const Error& error);

// The whole answer: status by the error table, retry-after headers where the error says when.
http::Response error_response(const Error& error);

}  // namespace docmill::gateway
