// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "document/builder.h"
#include "document/html_dom.h"

namespace docmill::document::html {

// The charset label of a <meta> in the first 1,024 bytes, as the WHATWG prescan finds it (comments
// and quoted attributes of other tags are skipped); empty without one.
std::string prescan_charset(std::string_view bytes);

// Title, language, base, canonical link, robots directives, description, author, dates.
void read_head(const Dom& dom, const Limits& limits, Builder& builder);

}  // namespace docmill::document::html
