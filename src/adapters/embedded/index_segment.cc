// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/index_segment.h"

#include <algorithm>

#include "base/result.h"

namespace docmill::embedded {
namespace {

bool has_bit(std::span<const std::uint64_t> bits, std::size_t at) {
  return !bits.empty() && (bits[at / 64] >> (at % 64) & 1) != 0;
}

}  // namespace

std::size_t IndexSegment::find(std::int64_t sequence) const {
  const auto found = std::ranges::lower_bound(sequences_, sequence);
  if (found == sequences_.end() || *found != sequence) return rows();
  return static_cast<std::size_t>(found - sequences_.begin());
}

// Chunks of one document come together, so the last one added is nearly always the one wanted.
std::uint32_t IndexSegment::intern_document(std::string_view document) {
  if (documents_.empty() || documents_.back() != document) documents_.emplace_back(document);
  return static_cast<std::uint32_t>(documents_.size() - 1);
}

std::uint16_t IndexSegment::intern_media_type(std::string_view media_type) {
  auto found = std::ranges::find(media_types_, media_type);
  if (found == media_types_.end()) {
    // A closed set in practice; past the limit of the column everything shares the last name.
    if (media_types_.size() < 0xFFFF) media_types_.emplace_back(media_type);
    found = media_types_.end() - 1;
  }
  return static_cast<std::uint16_t>(found - media_types_.begin());
}

std::vector<std::uint32_t> IndexSegment::append(const IndexSegment& from,
                                                std::span<const std::uint64_t> gone) {
  std::vector<std::uint32_t> new_rows(from.rows(), Postings::kGone);
  for (std::size_t row = 0; row < from.rows(); ++row) {
    if (has_bit(gone, row)) continue;
    new_rows[row] = static_cast<std::uint32_t>(rows());
    sequences_.push_back(from.sequences_[row]);
    dates_.push_back(from.dates_[row]);
    keys_.push_back(from.keys_[row]);
    document_rows_.push_back(intern_document(from.documents_[from.document_rows_[row]]));
    media_type_rows_.push_back(intern_media_type(from.media_types_[from.media_type_rows_[row]]));
    lengths_.push_back(from.lengths_[row]);
    scales_.push_back(from.scales_[row]);
    residuals_.push_back(from.residuals_[row]);
    codes_.insert(codes_.end(), from.codes(row), from.codes(row) + stride_);
  }
  return new_rows;
}

IndexSegment IndexSegment::merge(const IndexSegment& a, std::span<const std::uint64_t> a_gone,
                                 const IndexSegment& b, std::span<const std::uint64_t> b_gone) {
  DOCMILL_CHECK(a.rows() == 0 || b.rows() == 0 || a.sequences_.back() < b.sequences_.front());
  IndexSegment merged;
  merged.stride_ = std::max(a.stride_, b.stride_);
  merged.codes_.reserve((a.rows() + b.rows()) * merged.stride_);
  const auto a_rows = merged.append(a, a_gone);
  const auto b_rows = merged.append(b, b_gone);
  merged.postings_ = Postings::merge(a.postings_, a_rows, b.postings_, b_rows);
  return merged;
}

SegmentBuilder::SegmentBuilder(std::size_t stride, std::size_t rows_expected) {
  segment_.stride_ = stride;
  segment_.codes_.reserve(stride * rows_expected);
}

void SegmentBuilder::add(const IndexEntry& entry) {
  DOCMILL_CHECK(entry.codes.size() == segment_.stride_);
  DOCMILL_CHECK(segment_.sequences_.empty() || segment_.sequences_.back() < entry.sequence);
  postings_.add(static_cast<std::uint32_t>(segment_.rows()), entry.terms);
  segment_.sequences_.push_back(entry.sequence);
  segment_.dates_.push_back(entry.date_unix_ms);
  segment_.keys_.push_back(entry.key);
  segment_.document_rows_.push_back(segment_.intern_document(entry.document));
  segment_.media_type_rows_.push_back(segment_.intern_media_type(entry.media_type));
  segment_.lengths_.push_back(entry.length);
  segment_.scales_.push_back(entry.scale);
  segment_.residuals_.push_back(entry.residual);
  segment_.codes_.insert(segment_.codes_.end(), entry.codes.begin(), entry.codes.end());
}

IndexSegment SegmentBuilder::build() && {
  segment_.postings_ = std::move(postings_).build();
  return std::move(segment_);
}

}  // namespace docmill::embedded
