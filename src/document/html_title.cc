// SPDX-License-Identifier: Apache-2.0
#include "document/html_title.h"

#include <cstddef>
#include <string>

#include "document/html_prose.h"

namespace docmill::document::html {
namespace {

constexpr std::size_t kTitleLength = 1'000;  // bytes; what is longer is no title with a suffix
constexpr std::string_view kSeparators[] = {" | ",  " - ", " – ", " — ", " · ", " • ",
                                            " :: ", " » ", " « ", " / ", ": "};

// The page's one h1 that is text and no link (a logo's leads home); empty where there are more.
std::string_view only_headline(const PageContent& content) {
  std::string_view headline;
  for (const auto& block : content.blocks) {
    if (block.block.kind != BlockKind::kHeading || block.block.level != 1) continue;
    if (block.block.layer != Layer::kBody || link_density(block) > kLinkDensityMax) continue;
    if (!headline.empty()) return {};
    headline = block.text;
  }
  return headline;
}

}  // namespace

std::string_view without_site_name(std::string_view title, std::string_view og_title,
                                   std::string_view site, const PageContent& content) {
  if (title.size() > kTitleLength) return title;
  const std::string whole = fold(title);
  const std::string name = fold(site);
  const std::string given = fold(og_title);
  const std::string headline = fold(only_headline(content));
  // Names equal to the site's tell nothing about the page, nor does what is the title already.
  const auto tells = [&](const std::string& own) { return own != name && own != whole; };
  std::string_view kept = title;
  for (const auto separator : kSeparators) {
    for (auto at = title.find(separator); at != std::string_view::npos;
         at = title.find(separator, at + 1)) {
      const std::string_view before = title.substr(0, at);
      const std::string_view after = title.substr(at + separator.size());
      const std::string first = fold(before);
      const std::string last = fold(after);
      if (first.empty() || last.empty()) continue;
      if ((first == given && tells(given)) || (first == headline && tells(headline))) return before;
      // An h1 at the end may be the site's own.
      if (last == given && tells(given)) return after;
      // "Site - What it is about" is the title of the site's own page.
      if (last == name) kept = before;
    }
  }
  return kept;
}

}  // namespace docmill::document::html
