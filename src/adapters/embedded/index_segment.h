// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/embedded/bm25_postings.h"

namespace docmill::embedded {

// A record's id as its 16 bytes; compares like the 32 hexadecimal digits.
using RecordKey = std::array<std::uint8_t, 16>;

// What the in-memory index keeps of one record, as it is stored beside the payload.
struct IndexEntry {
  std::int64_t sequence = 0;  // the record's row in the store; ascends with every upsert
  RecordKey key{};
  std::string_view document, media_type;
  std::int64_t date_unix_ms = 0;
  std::span<const std::uint8_t> codes;  // code_stride(dimension) bytes
  float scale = 0, residual = 0;
  std::uint32_t length = 0;  // terms in the text
  std::span<const TermCount> terms;
};

// An immutable run of records in order of their sequence: columns of attributes, int8 codes row by
// row, and postings. Thread-safe by being constant.
class IndexSegment {
 public:
  std::size_t rows() const { return sequences_.size(); }
  std::size_t stride() const { return stride_; }
  std::int64_t sequence(std::size_t row) const { return sequences_[row]; }
  const RecordKey& key(std::size_t row) const { return keys_[row]; }
  std::uint32_t document(std::size_t row) const { return document_rows_[row]; }
  std::uint16_t media_type(std::size_t row) const { return media_type_rows_[row]; }
  std::int64_t date_unix_ms(std::size_t row) const { return dates_[row]; }
  std::uint32_t length(std::size_t row) const { return lengths_[row]; }
  float scale(std::size_t row) const { return scales_[row]; }
  float residual(std::size_t row) const { return residuals_[row]; }
  const std::uint8_t* codes(std::size_t row) const { return codes_.data() + row * stride_; }
  const Postings& postings() const { return postings_; }
  std::span<const std::string> documents() const { return documents_; }
  std::span<const std::string> media_types() const { return media_types_; }

  // The row with this sequence, or rows() when there is none.
  std::size_t find(std::int64_t sequence) const;

  // Both in one, without the rows whose bit is set in `a_gone` and `b_gone` (empty: none are).
  // Every sequence of `b` must be greater than those of `a`.
  static IndexSegment merge(const IndexSegment& a, std::span<const std::uint64_t> a_gone,
                            const IndexSegment& b, std::span<const std::uint64_t> b_gone);

 private:
  friend class SegmentBuilder;
  std::uint32_t intern_document(std::string_view document);
  std::uint16_t intern_media_type(std::string_view media_type);
  std::vector<std::uint32_t> append(const IndexSegment& from, std::span<const std::uint64_t> gone);

  std::size_t stride_ = 0;
  std::vector<std::int64_t> sequences_, dates_;
  std::vector<RecordKey> keys_;
  std::vector<std::uint32_t> document_rows_, lengths_;
  std::vector<std::uint16_t> media_type_rows_;
  std::vector<float> scales_, residuals_;
  std::vector<std::uint8_t> codes_;
  std::vector<std::string> documents_, media_types_;  // by the numbers in the columns
  Postings postings_;
};

// Makes a segment from entries in ascending order of sequence.
class SegmentBuilder {
 public:
  SegmentBuilder(std::size_t stride, std::size_t rows_expected);
  void add(const IndexEntry& entry);
  std::size_t rows() const { return segment_.rows(); }
  IndexSegment build() &&;

 private:
  IndexSegment segment_;
  PostingsBuilder postings_;
};

}  // namespace docmill::embedded
