// SPDX-License-Identifier: Apache-2.0
#include "word_score.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <numeric>
#include <string>

namespace docmill::bench {

namespace {

// Lower case words of letters and digits; other UTF-8 counts as letters.
std::map<std::string, int> words_of(std::string_view text) {
  std::map<std::string, int> words;
  std::string word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const auto c = static_cast<unsigned char>(i < text.size() ? text[i] : ' ');
    // Han, kana and their full-width marks have no blanks between words: each sign counts for
    // itself.
    const bool wide = c == 0xEF && i + 1 < text.size() && (text[i + 1] & 0xFE) == 0xBC;
    if ((wide || (c >= 0xE3 && c <= 0xE9)) && i + 2 < text.size()) {
      ++words[std::string(text.substr(i, 3))];
      i += 2;
      continue;
    }
    // General punctuation, U+2000 to U+207F: quotes, dashes and blanks part words as ASCII's do.
    if (c == 0xE2 && i + 2 < text.size() && (text[i + 1] & 0xFE) == 0x80) {
      if (!word.empty()) ++words[word];
      word.clear();
      i += 2;
      continue;
    }
    if (std::isalnum(c) != 0 || c >= 0x80) {
      word.push_back(static_cast<char>(std::tolower(c)));
    } else if (!word.empty()) {
      ++words[word];
      word.clear();
    }
  }
  return words;
}

}  // namespace

double word_f1(std::string_view ours, std::string_view truth) {
  const auto a = words_of(ours);
  const auto b = words_of(truth);
  double shared = 0, total_a = 0, total_b = 0;
  for (const auto& [word, count] : a) {
    total_a += count;
    const auto other = b.find(word);
    if (other != b.end()) shared += std::min(count, other->second);
  }
  for (const auto& [word, count] : b) total_b += count;
  if (total_a == 0 && total_b == 0) return 1;
  return 2 * shared / (total_a + total_b);
}

double mean(const std::vector<double>& values) {
  return values.empty() ? 0
                        : std::accumulate(values.begin(), values.end(), 0.0) /
                              static_cast<double>(values.size());
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace docmill::bench
