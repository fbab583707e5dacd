// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace docmill::crawler {

// A web address by the WHATWG URL standard (through Ada), with the two names a crawler needs: what
// is fetched and what counts as the same page. The fetched form is never rewritten beyond the
// standard.
struct WebUrl {
  std::string href;  // to fetch: without fragment
  std::string key;   // canonical: percent-encoding of unreserved characters undone, hex upper case
  std::string scheme;    // "http" or "https"
  std::string host;      // politeness and scope go by it: "example.org", "example.org:8080"
  std::string hostname;  // without port
  std::string path;      // path and query, as robots.txt matches them
};

// invalid_argument for anything that is not an http(s) URL with a host; user names and passwords in
// URLs are refused, they would end up in logs.
Result<WebUrl> parse_url(std::string_view text);
Result<WebUrl> resolve_url(std::string_view reference, std::string_view base);

// True when `text` matches `pattern`, in which '*' stands for any run of characters.
bool matches_pattern(std::string_view text, std::string_view pattern);

}  // namespace docmill::crawler
