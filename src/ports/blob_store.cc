// SPDX-License-Identifier: Apache-2.0
#include "ports/blob_store.h"

#include <algorithm>

namespace docmill {
namespace {

constexpr std::size_t kKeyBytesMax = 512;

std::string spread(std::string_view folder, const Hash& hash) {
  std::string hex = hash.hex();
  return std::string(folder) + "/" + hex.substr(0, 2) + "/" + hex;
}

bool is_key_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-' || c == '/';
}

}  // namespace

std::string content_key(const Hash& content) { return spread("content", content); }

std::string artefact_key(std::string_view stage, const Hash& key) {
  return spread("artefacts/" + std::string(stage), key);
}

Status check_blob_key(std::string_view key) {
  if (key.empty() || key.size() > kKeyBytesMax)
    return fail(ErrorCode::kInvalidArgument, "a blob key has 1 to 512 bytes");
  if (!std::ranges::all_of(key, is_key_char))
    return fail(ErrorCode::kInvalidArgument, "a blob key has letters, digits and ._-/ only");
  std::string framed = "/" + std::string(key) + "/";
  for (std::string_view bad : {"//", "/./", "/../"})
    if (framed.find(bad) != std::string::npos)
      return fail(ErrorCode::kInvalidArgument, "a blob key has no empty, . or .. segment");
  return {};
}

}  // namespace docmill
