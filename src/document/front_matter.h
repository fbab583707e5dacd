// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "document/limits.h"

namespace docmill::document {

// The YAML block between "---" lines that many Markdown files begin with.
struct FrontMatter {
  std::size_t size = 0;  // bytes up to the body; 0 when there is none
  std::string title, language;
  std::map<std::string, std::string> fields;  // scalars, and lists of scalars joined by ", "
};

// Nothing when the block is no YAML map: then it is text between rules, and the body begins with
// it.
FrontMatter read_front_matter(std::string_view text, const Limits& limits);

}  // namespace docmill::document
