// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace docmill::inference {

struct CodePointRange {
  std::uint32_t first, last;
};
// `first`, `first + step` … `last` become `target`, `target + step` …
struct CodePointRun {
  std::uint32_t first, last, step, target;
};
struct CodePointPair {
  std::uint32_t source, target;
};
struct CodePointExpansion {
  std::uint32_t source, first, second, third;  // zeros at the end are unused
};
struct CombiningRank {
  std::uint32_t code_point, rank;
};

// What BERT's normaliser (clean text, decompose, strip accents, lower-case) does to each character,
// as the reference implementation behaves. All tables ascend. Hangul syllables are not listed: they
// decompose by Unicode's formula (section 3.12).
struct BertTables {
  std::span<const CodePointRange> dropped;      // become nothing
  std::span<const CodePointRange> barriers;     // dropped, but end a run of marks to be reordered
  std::span<const CodePointRange> spaces;       // become U+0020, the only white space of the output
  std::span<const CodePointRange> ideographs;   // words of their own, after mapping
  std::span<const CodePointRange> punctuation;  // words of their own, looked up after mapping
  std::span<const CodePointRun> runs;
  std::span<const CodePointPair> pairs;
  std::span<const CodePointExpansion> expanded;
  // Marks that survive and that canonical ordering sorts (stable, by rank) within a run of marks.
  std::span<const CombiningRank> ranks;
};

const BertTables& bert_tables();

}  // namespace docmill::inference
