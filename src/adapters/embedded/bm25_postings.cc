// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/bm25_postings.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace docmill::embedded {

Postings::List Postings::find(std::uint32_t term) const {
  const auto found = std::ranges::lower_bound(terms_, term);
  if (found == terms_.end() || *found != term) return {};
  const auto at = static_cast<std::size_t>(found - terms_.begin());
  const std::size_t begin = offsets_[at], size = offsets_[at + 1] - begin;
  return {std::span(rows_).subspan(begin, size), std::span(counts_).subspan(begin, size)};
}

void Postings::append(std::uint32_t term, const List& list,
                      std::span<const std::uint32_t> new_rows) {
  for (std::size_t i = 0; i < list.rows.size(); ++i) {
    const std::uint32_t row = new_rows[list.rows[i]];
    if (row == kGone) continue;
    if (terms_.empty() || terms_.back() != term) {
      terms_.push_back(term);
      offsets_.push_back(static_cast<std::uint32_t>(rows_.size()));
    }
    rows_.push_back(row);
    counts_.push_back(list.counts[i]);
  }
}

Postings Postings::merge(const Postings& a, std::span<const std::uint32_t> a_rows,
                         const Postings& b, std::span<const std::uint32_t> b_rows) {
  Postings merged;
  merged.rows_.reserve(a.rows_.size() + b.rows_.size());
  merged.counts_.reserve(a.rows_.size() + b.rows_.size());
  std::size_t at_a = 0, at_b = 0;
  while (at_a < a.terms_.size() || at_b < b.terms_.size()) {
    const bool a_left = at_a < a.terms_.size(), b_left = at_b < b.terms_.size();
    const std::uint32_t term = a_left && b_left ? std::min(a.terms_[at_a], b.terms_[at_b])
                               : a_left         ? a.terms_[at_a]
                                                : b.terms_[at_b];
    if (a_left && a.terms_[at_a] == term) {
      merged.append(term, a.find(term), a_rows);
      ++at_a;
    }
    if (b_left && b.terms_[at_b] == term) {
      merged.append(term, b.find(term), b_rows);
      ++at_b;
    }
  }
  merged.offsets_.push_back(static_cast<std::uint32_t>(merged.rows_.size()));
  return merged;
}

void PostingsBuilder::add(std::uint32_t row, std::span<const TermCount> counts) {
  for (const TermCount& entry : counts) {
    terms_.push_back(entry.term);
    rows_.push_back(row);
    counts_.push_back(static_cast<std::uint8_t>(std::min<std::uint32_t>(entry.count, 255)));
    term_max_ = std::max(term_max_, entry.term);
  }
}

Postings PostingsBuilder::build() && {
  Postings postings;
  const std::size_t size = terms_.size();
  postings.rows_.resize(size);
  postings.counts_.resize(size);
  if (size < term_max_ / 4) {
    // Few postings of a large vocabulary: a comparison sort touches less than a table of all terms.
    std::vector<std::uint32_t> order(size);
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, {}, [&](std::uint32_t i) { return std::pair(terms_[i], rows_[i]); });
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint32_t term = terms_[order[i]];
      if (postings.terms_.empty() || postings.terms_.back() != term) {
        postings.terms_.push_back(term);
        postings.offsets_.push_back(static_cast<std::uint32_t>(i));
      }
      postings.rows_[i] = rows_[order[i]];
      postings.counts_[i] = counts_[order[i]];
    }
  } else {
    std::vector<std::uint32_t> places(std::size_t{term_max_} + 2, 0);
    for (std::uint32_t term : terms_) ++places[term + 1];
    for (std::size_t term = 0; term + 1 < places.size(); ++term) {
      if (places[term + 1] > 0) {
        postings.terms_.push_back(static_cast<std::uint32_t>(term));
        postings.offsets_.push_back(places[term]);
      }
      places[term + 1] += places[term];
    }
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint32_t place = places[terms_[i]]++;
      postings.rows_[place] = rows_[i];
      postings.counts_[place] = counts_[i];
    }
  }
  postings.offsets_.push_back(static_cast<std::uint32_t>(size));
  return postings;
}

double Bm25::idf(std::uint64_t records, std::uint64_t document_frequency) {
  const auto n = static_cast<double>(records), df = static_cast<double>(document_frequency);
  return std::log(1 + (n - df + 0.5) / (df + 0.5));
}

double Bm25::norm(double length, double mean_length) {
  return kK1 * (1 - kB + kB * length / mean_length);
}

}  // namespace docmill::embedded
