// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "document/html_blocks.h"

namespace docmill::document::html {

// Tells the page's own text from its surroundings: sets layer and reason of every block. `title` is
// the page's <title>. Nothing is removed.
//
// First, what the markup names (navigation, footers, comments …) is furniture, unless most of the
// page's prose stands in it. Then the smallest element that holds nearly all of the prose that is
// left, or one the author marked as the content, is the main part; what lies outside is furniture.
// Last, inside it, blocks that are mostly links go, and headings that are left with nothing.
void classify(const Dom& dom, PageContent& content, std::string_view title);

}  // namespace docmill::document::html
