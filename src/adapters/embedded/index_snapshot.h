// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "adapters/embedded/index_segment.h"
#include "adapters/embedded/int8_kernels.h"
#include "base/result.h"

namespace docmill {
struct VectorFilter;
}

namespace docmill::embedded {

// A record that a search found.
struct IndexHit {
  double score = 0;
  std::int64_t sequence = 0;
  RecordKey key{};
};

struct QueryTerm {
  std::uint32_t term = 0;
  double weight = 1;  // how often the query has it
};

// Reads the stored vector of a record into `vector`. False when the record is gone meanwhile.
using ReadVector = std::function<Result<bool>(std::int64_t sequence, std::span<float> vector)>;

// One fixed version of a collection's index: immutable segments, each with a set of deleted rows.
// Readers share it without locks; a change makes a new one that shares the segments it did not
// touch. Thread-safe by being constant.
class IndexSnapshot {
 public:
  // `version`: the last change of the store that is in here.
  IndexSnapshot(std::size_t dimension, std::int64_t version)
      : dimension_(dimension), version_(version) {}

  // This index after `added` (sequences above all present ones) and without the records `removed`.
  // Small segments are merged so that their number stays logarithmic; a segment with more than a
  // fifth of its rows deleted is written anew without them.
  std::shared_ptr<const IndexSnapshot> apply(IndexSegment added,
                                             std::span<const std::int64_t> removed,
                                             std::int64_t version) const;

  std::int64_t version() const { return version_; }
  std::size_t records() const { return records_; }
  std::size_t segments() const { return parts_.size(); }
  std::size_t rows() const;  // deleted ones included

  // The k records of the greatest cosine with `query` (unit length): exactly those that a scan over
  // the stored fp32 vectors would find, since the error bound of every row's codes is known and
  // each row that could still be among the best is read through `read` and scored anew.
  Result<std::vector<IndexHit>> nearest(std::span<const float> query, int k,
                                        const VectorFilter& filter, const ReadVector& read) const;

  // The k records of the greatest BM25 score; document frequencies count live records only, so the
  // scores do not depend on how the index came to be.
  std::vector<IndexHit> lexical(std::span<const QueryTerm> terms, int k,
                                const VectorFilter& filter) const;

 private:
  struct Part {
    std::shared_ptr<const IndexSegment> segment;
    std::shared_ptr<const std::vector<std::uint64_t>> gone;  // one bit per row; null: none
    std::size_t gone_rows = 0;
    std::uint64_t live_length = 0;

    std::size_t live_rows() const { return segment->rows() - gone_rows; }
    std::span<const std::uint64_t> gone_bits() const;
  };
  // Rows of a part that a search may return, one bit each; `all` when nothing is left out.
  struct Allowed {
    bool all = true;
    std::vector<std::uint64_t> bits;

    bool has(std::size_t row) const { return all || (bits[row / 64] >> (row % 64) & 1) != 0; }
  };
  struct Candidate {
    double upper = 0;  // no cosine of this row is greater
    std::uint32_t part = 0, row = 0;
  };

  static Part make_part(IndexSegment segment);
  static Part merge(const Part& a, const Part& b);
  void tidy();
  Allowed allowed(const Part& part, const VectorFilter& filter) const;
  std::vector<Candidate> scan(const CodedQuery& query, std::size_t k,
                              const VectorFilter& filter) const;

  std::size_t dimension_;
  std::int64_t version_;
  std::size_t records_ = 0;
  std::uint64_t length_ = 0;  // terms of all live records
  std::vector<Part> parts_;
};

}  // namespace docmill::embedded
