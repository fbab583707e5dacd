// SPDX-License-Identifier: Apache-2.0
#include "inference/bert_normalizer.h"

#include <algorithm>
#include <array>
#include <memory>

#include "base/utf8.h"
#include "inference/bert_tables.h"

namespace docmill::inference {
namespace {

// What happens to one character: its target and how it takes part in words and reordering.
struct CharacterRule {
  char32_t target = 0;
  bool dropped = false;
  bool barrier = false;
  bool space = false;
  bool ideograph = false;
  bool punctuation = false;
  bool expanded = false;
  std::uint8_t rank = 0;
};

constexpr char32_t kHangulFirst = 0xAC00;
constexpr char32_t kHangulLast = 0xD7A3;

bool contains(std::span<const CodePointRange> ranges, char32_t code_point) {
  auto after = std::ranges::upper_bound(ranges, code_point, {}, &CodePointRange::first);
  return after != ranges.begin() && code_point <= std::prev(after)->last;
}

char32_t mapped(const BertTables& tables, char32_t code_point) {
  auto after = std::ranges::upper_bound(tables.runs, code_point, {}, &CodePointRun::first);
  if (after != tables.runs.begin()) {
    const CodePointRun& run = *std::prev(after);
    std::uint32_t distance = code_point - run.first;
    if (code_point <= run.last && distance % run.step == 0) return run.target + distance;
  }
  auto pair = std::ranges::lower_bound(tables.pairs, code_point, {}, &CodePointPair::source);
  if (pair != tables.pairs.end() && pair->source == code_point) return pair->target;
  return code_point;
}

CharacterRule make_rule(char32_t code_point) {
  const BertTables& tables = bert_tables();
  CharacterRule rule;
  rule.dropped = contains(tables.dropped, code_point);
  rule.barrier = rule.dropped && contains(tables.barriers, code_point);
  rule.space = contains(tables.spaces, code_point);
  rule.ideograph = contains(tables.ideographs, code_point);
  rule.punctuation = contains(tables.punctuation, code_point);
  rule.target = mapped(tables, code_point);
  auto expansion =
      std::ranges::lower_bound(tables.expanded, code_point, {}, &CodePointExpansion::source);
  rule.expanded = (expansion != tables.expanded.end() && expansion->source == code_point) ||
                  (code_point >= kHangulFirst && code_point <= kHangulLast);
  auto rank = std::ranges::lower_bound(tables.ranks, code_point, {}, &CombiningRank::code_point);
  if (rank != tables.ranks.end() && rank->code_point == code_point)
    rule.rank = static_cast<std::uint8_t>(rank->rank);
  return rule;
}

// Latin, Greek, Cyrillic and their neighbours are looked up, the rest is searched for.
constexpr std::size_t kFlatSize = 0x3100;

const CharacterRule& flat_rule(char32_t code_point) {
  static const std::unique_ptr<std::array<CharacterRule, kFlatSize>> kRules = [] {
    auto rules = std::make_unique<std::array<CharacterRule, kFlatSize>>();
    for (char32_t c = 0; c < kFlatSize; ++c) (*rules)[c] = make_rule(c);
    return rules;
  }();
  return (*kRules)[code_point];
}

CharacterRule rule_of(char32_t code_point) {
  return code_point < kFlatSize ? flat_rule(code_point) : make_rule(code_point);
}

// The characters that an expanded character becomes; zeros at the end are unused.
std::array<char32_t, 3> expand(char32_t code_point) {
  if (code_point >= kHangulFirst && code_point <= kHangulLast) {
    // Unicode 15, section 3.12: 588 syllables a leading consonant, 28 a vowel.
    char32_t index = code_point - kHangulFirst;
    char32_t trailing = index % 28;
    return {0x1100 + index / 588, 0x1161 + index % 588 / 28, trailing ? 0x11A7 + trailing : 0};
  }
  std::span<const CodePointExpansion> table = bert_tables().expanded;
  auto row = std::ranges::lower_bound(table, code_point, {}, &CodePointExpansion::source);
  return {row->first, row->second, row->third};
}

// Collects output and keeps runs of surviving marks in canonical order as they come.
class Output {
 public:
  explicit Output(std::vector<NormalizedChar>& out) : out_(out), first_(out.size()) {}

  void add(char32_t code_point, NormalizedChar::Kind kind, std::uint32_t begin, std::uint32_t end) {
    CharacterRule rule = rule_of(code_point);
    if (rule.punctuation) kind = NormalizedChar::Kind::kAlone;
    if (rule.rank == 0) {
      run_.clear();
      out_.push_back({code_point, kind, begin, end});
      return;
    }
    std::size_t place = run_.size();
    while (place > 0 && run_[place - 1] > rule.rank) --place;
    auto position = out_.end() - static_cast<std::ptrdiff_t>(run_.size() - place);
    out_.insert(position, {code_point, kind, begin, end});
    run_.insert(run_.begin() + static_cast<std::ptrdiff_t>(place), rule.rank);
  }

  void drop(const CharacterRule& rule, std::uint32_t end) {
    if (rule.barrier) run_.clear();
    if (out_.size() > first_) out_.back().end = std::max(out_.back().end, end);
  }

 private:
  std::vector<NormalizedChar>& out_;
  std::size_t first_;
  std::vector<std::uint8_t> run_;  // ranks of the marks at the end of the output
};

}  // namespace

void normalize_bert(std::string_view text, std::uint32_t offset, std::vector<NormalizedChar>& out) {
  using Kind = NormalizedChar::Kind;
  Output output(out);
  out.reserve(out.size() + text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::uint32_t begin = offset + static_cast<std::uint32_t>(at);
    const std::size_t length = utf8_sequence_length(text.substr(at));
    if (length == 0) {
      ++at;
      continue;
    }
    const char32_t code_point = decode_utf8(text.substr(at));
    at += length;
    const std::uint32_t end = offset + static_cast<std::uint32_t>(at);
    const CharacterRule rule = rule_of(code_point);
    if (rule.dropped) {
      output.drop(rule, end);
    } else if (rule.space) {
      output.add(U' ', Kind::kSpace, begin, end);
    } else if (rule.expanded) {
      for (char32_t target : expand(code_point))
        if (target != 0) output.add(target, Kind::kLetter, begin, end);
    } else {
      output.add(rule.target, rule.ideograph ? Kind::kAlone : Kind::kLetter, begin, end);
    }
  }
}

}  // namespace docmill::inference
