// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace docmill::embedded {

// How often a term stands in a record. Ids are those of the store's table of terms.
struct TermCount {
  std::uint32_t term = 0;
  std::uint32_t count = 0;
};

// An immutable inverted index over the rows of one segment: for each term the rows that have it,
// ascending, with its count there (up to 255; more changes a BM25 score by nothing that matters).
class Postings {
 public:
  struct List {
    std::span<const std::uint32_t> rows;
    std::span<const std::uint8_t> counts;
  };

  // Empty when no row has the term.
  List find(std::uint32_t term) const;
  std::size_t size() const { return rows_.size(); }

  // `a` and `b` in one; `a_rows` and `b_rows` give each row's new number, kGone leaves it out. New
  // numbers ascend, those of `b` after those of `a`.
  static constexpr std::uint32_t kGone = 0xFFFF'FFFF;
  static Postings merge(const Postings& a, std::span<const std::uint32_t> a_rows, const Postings& b,
                        std::span<const std::uint32_t> b_rows);

 private:
  friend class PostingsBuilder;
  void append(std::uint32_t term, const List& list, std::span<const std::uint32_t> new_rows);

  std::vector<std::uint32_t> terms_;    // ascending
  std::vector<std::uint32_t> offsets_;  // one more than terms: where each list begins
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint8_t> counts_;
};

// Collects rows in ascending order, then sorts them by term.
class PostingsBuilder {
 public:
  void add(std::uint32_t row, std::span<const TermCount> counts);
  Postings build() &&;

 private:
  std::vector<std::uint32_t> terms_, rows_;
  std::vector<std::uint8_t> counts_;
  std::uint32_t term_max_ = 0;
};

// BM25 as Lucene 9 computes it (BM25Similarity, k1 1.2, b 0.75), with exact lengths.
struct Bm25 {
  static constexpr double kK1 = 1.2;
  static constexpr double kB = 0.75;

  // ln(1 + (N - df + 0.5) / (df + 0.5))
  static double idf(std::uint64_t records, std::uint64_t document_frequency);
  // k1 * (1 - b + b * length / mean): what a count is measured against.
  static double norm(double length, double mean_length);
};

}  // namespace docmill::embedded
