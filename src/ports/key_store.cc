// SPDX-License-Identifier: Apache-2.0
#include "ports/key_store.h"

namespace docmill {

std::optional<ApiKeyText> parse_api_key(std::string_view text) {
  constexpr std::string_view kPrefix = "dm-";
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  std::size_t dash = text.find('-');
  if (dash == 0 || dash == std::string_view::npos || dash + 1 == text.size()) return std::nullopt;
  return ApiKeyText{std::string(text.substr(0, dash)), std::string(text.substr(dash + 1))};
}

}  // namespace docmill
