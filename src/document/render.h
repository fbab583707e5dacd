// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "document/model.h"

namespace docmill::document {

enum class Furniture { kOmit, kInclude };

// Three renderings of one reading order. Markdown: headings, lists, pipe tables (spans repeated),
// fenced code, footnotes. Text: blocks separated by blank lines. JSON: the whole model.
std::string to_markdown(const Document& document, Furniture furniture = Furniture::kOmit);
std::string to_text(const Document& document, Furniture furniture = Furniture::kOmit);
std::string to_json(const Document& document);

}  // namespace docmill::document
