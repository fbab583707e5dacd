// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "document/html_blocks.h"

namespace docmill::document::html {

constexpr double kLinkDensityMax = 0.4;         // links' part of a block's or list's characters
constexpr std::uint32_t kParagraphLength = 80;  // bytes of a paragraph that is prose for its length

// Only its letters (of ASCII: in lower case) and digits: the same for "A Title" and "a title!".
std::string fold(std::string_view text);

// True when it ends as a sentence does, or has the marks between two of them.
bool has_sentence(std::string_view text);

// The part of a block's characters that is inside links.
double link_density(const PageBlock& block);

// How much a block looks like what a page is read for, in characters outside links.
std::uint32_t prose_of(const PageBlock& block);

}  // namespace docmill::document::html
