// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "document/html_blocks.h"

namespace docmill::document::html {

// Makes furniture of what stands in the main part and is not what the page is read for, though no
// name says so: small print, lists of links, teasers, labels and headings that are left with
// nothing. `main` is the element of the main part; only blocks of the body layer change.
void prune(const Dom& dom, PageContent& content, std::uint32_t main);

}  // namespace docmill::document::html
