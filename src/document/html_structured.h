// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "document/html_blocks.h"

namespace docmill::document::html {

// Pages that a script writes hold their text as data: where the "articleBody" of a page's JSON-LD
// (schema.org) is far longer than the prose that is in the body layer, it becomes blocks at the end
// of the body. Its characters are taken off those of the script. To be called after classify.
void add_structured_text(const Dom& dom, PageContent& content);

}  // namespace docmill::document::html
