// SPDX-License-Identifier: Apache-2.0
#include "retrieval/extractive.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "retrieval/citation.h"

namespace docmill::retrieval {
namespace {

constexpr std::size_t kFragmentBytes = 24;  // shorter lines are headings, cells and code
constexpr double kWordsWeight = 0.5;        // of all the question's words, beside a cosine of 1
constexpr double kWholeBonus = 0.1;         // a whole sentence reads better than a line of a list
constexpr double kFragmentLoss = 0.2;
constexpr double kCosineAlone = 0.5;  // near enough in meaning without a shared word
constexpr double kOfTheBest = 0.6;

// A word matches another that begins like it: "connection" and "connections".
bool matches(const std::string& a, const std::string& b) {
  const std::size_t shorter = std::min(a.size(), b.size());
  return a == b || (shorter >= 4 && a.compare(0, shorter, b, 0, shorter) == 0);
}

// Zero or less: says nothing about the question.
double score(const std::vector<std::string>& asked, std::string_view sentence, double cosine) {
  const std::vector<std::string> words = content_words(sentence);
  double found = 0;
  for (const std::string& word : asked)
    found += std::ranges::any_of(words, [&](const auto& w) { return matches(w, word); });
  if (found == 0 && cosine < kCosineAlone) return 0;
  const bool whole = std::string_view(".!?").find(sentence.back()) != std::string_view::npos;
  return cosine +
         kWordsWeight * found / static_cast<double>(std::max<std::size_t>(1, asked.size())) +
         (whole ? kWholeBonus : 0) - (sentence.size() < kFragmentBytes ? kFragmentLoss : 0);
}

}  // namespace

std::vector<Extract> sentences_of_sources(const std::vector<SearchResult>& sources,
                                          std::size_t sentences_max) {
  std::vector<Extract> sentences;
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < sources.size(); ++i)
    for (std::string_view sentence : sentences_of(sources[i].text))
      if (sentences.size() < sentences_max && seen.insert(sentence).second)
        sentences.push_back({i, std::string(sentence)});
  return sentences;
}

std::vector<Extract> best_sentences(std::string_view question,
                                    const std::vector<Extract>& sentences,
                                    const std::vector<float>& cosines, std::size_t sentences_each) {
  const std::vector<std::string> asked = content_words(question);
  std::vector<std::pair<double, std::size_t>> ranked;
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    const double cosine = i < cosines.size() ? cosines[i] : 0;
    ranked.emplace_back(score(asked, sentences[i].quote, cosine), i);
  }
  std::ranges::sort(ranked, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  std::map<std::size_t, std::size_t> taken;  // of each source
  std::vector<std::size_t> chosen;
  for (const auto& [points, i] : ranked) {
    if (points <= 0 || points < kOfTheBest * ranked.front().first) break;
    if (taken[sentences[i].source]++ < sentences_each) chosen.push_back(i);
  }
  std::ranges::sort(chosen);
  std::vector<Extract> best;
  for (std::size_t i : chosen) best.push_back(sentences[i]);
  return best;
}

}  // namespace docmill::retrieval
