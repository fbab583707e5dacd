// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "document/pdf_page.h"

namespace docmill::document::pdf {

// Marks running headers, footers and page numbers: lines at a page's edge that come again at the
// same height on other pages, digits and Roman numbers counting as equal. A line that does not
// repeat is never furniture. Sets Segment::furniture to "repeated_header", "repeated_footer" or
// "page_number".
void mark_furniture(std::vector<PageText>& pages);

}  // namespace docmill::document::pdf
