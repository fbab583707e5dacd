// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "document/html_dom.h"

// What the markup itself says about an element's part in the page: its tag, its role, the words of
// its class and id.
namespace docmill::document::html {

enum class Part : std::uint8_t {
  kNone,
  kContent,    // <main>, <article>, role=main, "entry-content", "article-body" …
  kFurniture,  // with a reason
};

struct Hint {
  Part part = Part::kNone;
  bool strong = false;           // by tag or role, or a word that means nothing else
  const char* reason = nullptr;  // furniture only
  bool by_id = false;            // by no more than a word of its id
};

// For block-level elements.
Hint hint_of(const Dom& dom, std::uint32_t index);

// The reason why an inline element is furniture inside its line ("edit_link"), or null.
const char* side_reason(const Dom& dom, const Node& node, bool in_heading);

// True for the "¶" that documentation generators put beside headings.
bool is_permalink(const Dom& dom, std::uint32_t index);

// `list` holds words separated by white space; ASCII case is ignored.
bool has_word(std::string_view list, std::string_view word);

}  // namespace docmill::document::html
