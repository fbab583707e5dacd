// SPDX-License-Identifier: Apache-2.0
// A robots.txt of any bytes (up to the first NUL) asked about a path of any bytes (after it), and
// the path as a link: what resolves parses to itself again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "crawler/robots.h"
#include "crawler/web_url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace docmill;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t end = bytes.find('\0');
  const std::string_view path = end == bytes.npos ? "/" : bytes.substr(end + 1);
  const auto rules = crawler::RobotsRules::parse(bytes.substr(0, end), "docmill");
  const bool allowed = rules.allows(path);
  if (rules.deciding_rule(path).empty()) DOCMILL_CHECK(allowed);
  for (const std::string& sitemap : rules.sitemaps()) (void)crawler::parse_url(sitemap);
  if (const auto url = crawler::resolve_url(path, "http://example.org/a/b?c")) {
    const auto again = crawler::parse_url(url->href);
    DOCMILL_CHECK(again.has_value());
    DOCMILL_CHECK(again->href == url->href);
    DOCMILL_CHECK(again->key == url->key);
  }
  return 0;
}
