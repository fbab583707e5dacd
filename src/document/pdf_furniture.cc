// SPDX-License-Identifier: Apache-2.0
#include "document/pdf_furniture.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "document/pdf_layout.h"

namespace docmill::document::pdf {
namespace {

// Running lines stand in the outer parts of a page, and there are few of them.
constexpr float kZone = 0.16F;
constexpr std::size_t kLinesPerEdge = 4;
// Heights of one running line differ by less, in points.
constexpr float kHeightSlack = 4.0F;
// A running line comes again within this many pages: left and right pages alternate, chapters open
// without one.
constexpr std::size_t kNeighbours = 4;

struct Candidate {
  std::size_t page = 0;
  bool top = false;
  bool numeric = false;
  long number = -1;  // of a line that is only a number
  float height = 0;
  std::vector<Segment*> parts;
};

bool is_roman(std::string_view word) {
  return !word.empty() && word.size() <= 7 &&
         word.find_first_not_of("ivxlc") == std::string_view::npos;
}

long roman_value(std::string_view word) {
  const auto value = [](char c) {
    return c == 'i' ? 1 : c == 'v' ? 5 : c == 'x' ? 10 : c == 'l' ? 50 : 100;
  };
  long sum = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const int v = value(word[i]);
    sum += i + 1 < word.size() && v < value(word[i + 1]) ? -v : v;
  }
  return sum;
}

// The line with digits as '#', Roman numbers as '#', without spaces and in ASCII lower case.
std::string normalised(std::string_view text) {
  std::string out;
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t end = std::min(text.find(' ', i), text.size());
    std::string word(text.substr(i, end - i));
    i = end + 1;
    for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (is_roman(word)) word = "#";
    for (char c : word) {
      const bool digit = c >= '0' && c <= '9';
      if (digit && !out.empty() && out.back() == '#') continue;
      out.push_back(digit ? '#' : c);
    }
  }
  return out;
}

// The value of "12", "- 12 -", "[12]" or "xii"; nothing for any other line.
std::optional<long> lone_number(std::string_view text) {
  const auto from = text.find_first_not_of(" -[]()|.");
  if (from == std::string_view::npos) return std::nullopt;
  const auto to = text.find_last_not_of(" -[]()|.");
  const std::string_view word = text.substr(from, to - from + 1);
  if (is_roman(word)) return roman_value(word);
  if (word.size() > 5) return std::nullopt;
  long value = 0;
  for (char c : word) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

void collect(PageText& page, std::size_t number,
             std::unordered_map<std::string, std::vector<Candidate>>& out) {
  const float height = page.page.height;
  std::vector<const Segment*> upright;
  for (const Segment& s : page.segments) {
    if (page.frames[s.frame].angle != 0) continue;
    if (s.baseline < kZone * height || s.baseline > (1 - kZone) * height) upright.push_back(&s);
  }
  const std::vector<Line> lines = make_lines(std::move(upright));
  std::size_t from_top = 0;
  const auto tops = static_cast<std::size_t>(
      std::ranges::count_if(lines, [&](const Line& l) { return l.baseline < kZone * height; }));
  for (const Line& line : lines) {
    const bool top = line.baseline < kZone * height;
    const std::size_t place = from_top++;
    if (top ? place >= kLinesPerEdge : lines.size() - place > kLinesPerEdge) continue;
    if (!top && place < tops) continue;
    Candidate candidate{.page = number, .top = top, .height = line.baseline, .parts = {}};
    std::string text;
    for (const Segment* part : line.parts) {
      if (!text.empty()) text.push_back(' ');
      text += page.text_of(*part);
      candidate.parts.push_back(
          &page.segments[static_cast<std::size_t>(part - page.segments.data())]);
    }
    if (const auto value = lone_number(text)) {
      candidate.numeric = true;
      candidate.number = *value;
    }
    std::string key = normalised(text);
    // Rows of figures are equal once their digits are: that says nothing.
    if (!candidate.numeric && key.find_first_not_of("#.,-+%$()/:") == std::string::npos) continue;
    key.push_back(top ? '^' : '_');
    out[std::move(key)].push_back(std::move(candidate));
  }
}

bool repeats(const Candidate& a, const Candidate& b) {
  if (a.page == b.page || std::abs(a.height - b.height) > kHeightSlack) return false;
  if (!a.numeric) return true;
  // Page numbers run with the pages.
  return a.number - b.number == static_cast<long>(a.page) - static_cast<long>(b.page);
}

}  // namespace

void mark_furniture(std::vector<PageText>& pages) {
  if (pages.size() < 2) return;
  std::unordered_map<std::string, std::vector<Candidate>> groups;
  for (std::size_t i = 0; i < pages.size(); ++i) collect(pages[i], i, groups);
  for (auto& [key, group] : groups) {
    for (std::size_t i = 0; i < group.size(); ++i) {
      const std::size_t first = i > kNeighbours ? i - kNeighbours : 0;
      const std::size_t last = std::min(group.size(), i + kNeighbours + 1);
      std::size_t found = 0;
      for (std::size_t j = first; j < last; ++j) found += repeats(group[i], group[j]) ? 1 : 0;
      // Two equal lines may be chance where there are pages enough for more.
      if (found < (pages.size() > 3 ? 2U : 1U)) continue;
      const char* reason = group[i].numeric ? "page_number"
                           : group[i].top   ? "repeated_header"
                                            : "repeated_footer";
      for (Segment* part : group[i].parts) part->furniture = reason;
    }
  }
}

}  // namespace docmill::document::pdf
