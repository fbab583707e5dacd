// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace docmill {

// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD, so the
// result is always valid JSON. For writers of output; documents are read with a JSON library.
void append_json_string(std::string& out, std::string_view text);

std::string json_string(std::string_view text);

}  // namespace docmill
