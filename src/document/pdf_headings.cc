// SPDX-License-Identifier: Apache-2.0
#include "document/pdf_headings.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace docmill::document::pdf {
namespace {

// Letters and digits in ASCII lower case, without a section number in front.
std::string key_of(std::string_view text) {
  std::size_t start = text.find_first_not_of("0123456789. \t");
  if (start == std::string_view::npos) start = 0;
  std::string key;
  for (char c : text.substr(start)) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (letter || static_cast<unsigned char>(c) >= 0x80) key.push_back(c);
  }
  return key;
}

}  // namespace

OutlineIndex::OutlineIndex(const std::vector<OutlineEntry>& entries) {
  for (const OutlineEntry& entry : entries) {
    if (entry.page > 0) by_page_.emplace(entry.page, std::pair(key_of(entry.title), entry.level));
  }
}

int OutlineIndex::level_of(std::string_view text, int page) const {
  if (by_page_.empty() || text.size() > 300) return 0;
  const auto [from, to] = by_page_.equal_range(page);
  if (from == to) return 0;
  const std::string key = key_of(text);
  if (key.empty()) return 0;
  for (auto it = from; it != to; ++it) {
    if (it->second.first == key) return std::clamp(it->second.second, 1, 6);
  }
  return 0;
}

std::vector<int> heading_levels(const std::vector<HeadingCandidate>& candidates) {
  // Larger before smaller, bold before plain.
  using Style = std::pair<int, int>;
  const auto style_of = [](const HeadingCandidate& c) {
    return Style(-static_cast<int>(std::lround(2 * c.size)), c.bold ? 0 : 1);
  };
  std::map<Style, std::map<int, int>> votes;
  for (const HeadingCandidate& c : candidates) {
    auto& levels = votes[style_of(c)];
    if (c.outline_level > 0) ++levels[c.outline_level];
  }
  std::map<Style, int> level;
  int above = 0;
  for (const auto& [style, levels] : votes) {
    const auto most = std::ranges::max_element(levels, {}, [](const auto& v) { return v.second; });
    const int chosen = most != levels.end() ? most->first : above + 1;
    level[style] = std::clamp(chosen, 1, 6);
    above = std::max(above, level[style]);
  }
  std::vector<int> result;
  result.reserve(candidates.size());
  for (const HeadingCandidate& c : candidates) {
    result.push_back(c.outline_level > 0 ? c.outline_level : level[style_of(c)]);
  }
  return result;
}

}  // namespace docmill::document::pdf
