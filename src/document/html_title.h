// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "document/html_blocks.h"

namespace docmill::document::html {

// The title without the site's name: "Title | Site", "Title - Section - Site" and "Site: Title"
// lose the rest where what stays is what the page itself gives as its title (`og_title`, else its
// one h1). `site` is the name that the page gives its site. A view into `title`.
std::string_view without_site_name(std::string_view title, std::string_view og_title,
                                   std::string_view site, const PageContent& content);

}  // namespace docmill::document::html
