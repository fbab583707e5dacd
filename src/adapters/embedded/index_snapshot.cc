// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/index_snapshot.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>
#include <unordered_set>

#include "ports/vector_store.h"

namespace docmill::embedded {
namespace {

// Rows whose dot products are computed before they are looked at: fits the first-level cache.
constexpr std::size_t kScanRows = 256;
// Rounding of the fp32 values and sums that the bounds do not count otherwise.
constexpr double kRoundingSlack = 4e-6;

bool better(const IndexHit& a, const IndexHit& b) {
  return a.score != b.score ? a.score > b.score : a.key < b.key;
}

// The best k of what it is offered.
class BestHits {
 public:
  explicit BestHits(std::size_t k) : k_(k) {}

  bool full() const { return heap_.size() == k_; }
  double worst() const { return heap_.front().score; }
  void offer(const IndexHit& hit) {
    if (full()) {
      if (!better(hit, heap_.front())) return;
      std::ranges::pop_heap(heap_, better);
      heap_.back() = hit;
    } else {
      heap_.push_back(hit);
    }
    std::ranges::push_heap(heap_, better);
  }
  std::vector<IndexHit> take() && {
    std::ranges::sort_heap(heap_, better);
    return std::move(heap_);
  }

 private:
  std::size_t k_;
  std::vector<IndexHit> heap_;  // the worst in front
};

double dot(std::span<const float> a, std::span<const float> b) {
  double sums[8] = {};
  std::size_t i = 0;
  for (; i + 8 <= a.size(); i += 8)
    for (std::size_t lane = 0; lane < 8; ++lane)
      sums[lane] += static_cast<double>(a[i + lane]) * static_cast<double>(b[i + lane]);
  double sum = 0;
  for (; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  for (double lane : sums) sum += lane;
  return sum;
}

bool is_empty(const VectorFilter& filter) {
  return filter.documents.empty() && filter.media_types.empty() && !filter.date_from_unix_ms &&
         !filter.date_until_unix_ms;
}

// For each name of a segment's column whether the filter's list has it.
std::vector<bool> chosen(std::span<const std::string> names,
                         const std::vector<std::string>& wanted) {
  const std::unordered_set<std::string_view> set(wanted.begin(), wanted.end());
  std::vector<bool> result(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) result[i] = set.empty() || set.contains(names[i]);
  return result;
}

}  // namespace

std::span<const std::uint64_t> IndexSnapshot::Part::gone_bits() const {
  return gone ? std::span<const std::uint64_t>(*gone) : std::span<const std::uint64_t>();
}

IndexSnapshot::Part IndexSnapshot::make_part(IndexSegment segment) {
  Part part;
  for (std::size_t row = 0; row < segment.rows(); ++row) part.live_length += segment.length(row);
  part.segment = std::make_shared<const IndexSegment>(std::move(segment));
  return part;
}

IndexSnapshot::Part IndexSnapshot::merge(const Part& a, const Part& b) {
  return make_part(IndexSegment::merge(*a.segment, a.gone_bits(), *b.segment, b.gone_bits()));
}

std::size_t IndexSnapshot::rows() const {
  std::size_t rows = 0;
  for (const Part& part : parts_) rows += part.segment->rows();
  return rows;
}

std::shared_ptr<const IndexSnapshot> IndexSnapshot::apply(IndexSegment added,
                                                          std::span<const std::int64_t> removed,
                                                          std::int64_t version) const {
  auto next = std::make_shared<IndexSnapshot>(*this);
  next->version_ = version;
  if (added.rows() > 0) next->parts_.push_back(make_part(std::move(added)));
  std::vector<std::int64_t> sorted(removed.begin(), removed.end());
  std::ranges::sort(sorted);
  for (Part& part : next->parts_) {
    std::vector<std::size_t> rows;
    const std::int64_t first = part.segment->sequence(0);
    const std::int64_t last = part.segment->sequence(part.segment->rows() - 1);
    auto at = std::ranges::lower_bound(sorted, first);
    for (; at != sorted.end() && *at <= last; ++at)
      if (const std::size_t row = part.segment->find(*at); row < part.segment->rows())
        rows.push_back(row);
    if (rows.empty()) continue;
    auto bits = part.gone ? std::make_shared<std::vector<std::uint64_t>>(*part.gone)
                          : std::make_shared<std::vector<std::uint64_t>>(
                                (part.segment->rows() + 63) / 64, 0);
    for (std::size_t row : rows) {
      const std::uint64_t bit = std::uint64_t{1} << (row % 64);
      if (((*bits)[row / 64] & bit) != 0) continue;
      (*bits)[row / 64] |= bit;
      ++part.gone_rows;
      part.live_length -= part.segment->length(row);
    }
    part.gone = std::move(bits);
  }
  next->tidy();
  return next;
}

void IndexSnapshot::tidy() {
  std::vector<Part> parts;
  for (Part& part : parts_) {
    if (part.live_rows() == 0) continue;
    if (part.gone_rows * 5 > part.segment->rows()) part = merge(part, make_part(IndexSegment()));
    parts.push_back(std::move(part));
    // The older neighbour is merged while it is not much larger, so that sizes fall geometrically
    // and every record is copied a logarithmic number of times.
    while (parts.size() >= 2 &&
           parts[parts.size() - 2].segment->rows() <= 3 * parts.back().segment->rows()) {
      Part merged = merge(parts[parts.size() - 2], parts.back());
      parts.pop_back();
      parts.back() = std::move(merged);
    }
  }
  parts_ = std::move(parts);
  records_ = 0;
  length_ = 0;
  for (const Part& part : parts_) {
    records_ += part.live_rows();
    length_ += part.live_length;
  }
}

IndexSnapshot::Allowed IndexSnapshot::allowed(const Part& part, const VectorFilter& filter) const {
  Allowed result;
  const IndexSegment& segment = *part.segment;
  if (!part.gone && is_empty(filter)) return result;
  result.all = false;
  result.bits.assign((segment.rows() + 63) / 64, 0);
  const auto documents = chosen(segment.documents(), filter.documents);
  const auto media_types = chosen(segment.media_types(), filter.media_types);
  const std::int64_t from =
      filter.date_from_unix_ms.value_or(std::numeric_limits<std::int64_t>::min());
  const std::int64_t until =
      filter.date_until_unix_ms.value_or(std::numeric_limits<std::int64_t>::max());
  for (std::size_t row = 0; row < segment.rows(); ++row) {
    const std::int64_t date = segment.date_unix_ms(row);
    const bool wanted = documents[segment.document(row)] && media_types[segment.media_type(row)] &&
                        date >= from && date <= until;
    result.bits[row / 64] |= std::uint64_t{wanted} << (row % 64);
  }
  for (std::size_t i = 0; part.gone && i < result.bits.size(); ++i)
    result.bits[i] &= ~(*part.gone)[i];
  return result;
}

std::vector<IndexSnapshot::Candidate> IndexSnapshot::scan(const CodedQuery& query, std::size_t k,
                                                          const VectorFilter& filter) const {
  const DotKernel kernel = available_kernels().front().run;
  std::vector<Candidate> candidates;
  // The k greatest lower bounds so far: k rows are known to be at least as good as the smallest.
  std::priority_queue<double, std::vector<double>, std::greater<>> lower_bounds;
  double threshold = -std::numeric_limits<double>::infinity();
  std::int64_t dots[kScanRows];
  for (std::size_t at = 0; at < parts_.size(); ++at) {
    const IndexSegment& segment = *parts_[at].segment;
    const Allowed rows = allowed(parts_[at], filter);
    for (std::size_t begin = 0; begin < segment.rows(); begin += kScanRows) {
      const std::size_t end = std::min(begin + kScanRows, segment.rows());
      if (rows.all) {
        kernel(query, segment.codes(begin), end - begin, dots);
      } else {
        for (std::size_t row = begin; row < end; ++row)
          if (rows.has(row)) kernel(query, segment.codes(row), 1, dots + (row - begin));
      }
      for (std::size_t row = begin; row < end; ++row) {
        if (!rows.has(row)) continue;
        const double estimate =
            static_cast<double>(dots[row - begin]) * query.scale() * double{segment.scale(row)};
        // |q.x - q'.x'| <= |q'| |x - x'| + |q - q'| |x|, with q', x' the coded vectors.
        const double error =
            query.length() * double{segment.residual(row)} + query.residual() + kRoundingSlack;
        if (estimate + error < threshold) continue;
        candidates.push_back(
            {estimate + error, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(row)});
        if (lower_bounds.size() < k) {
          lower_bounds.push(estimate - error);
        } else if (estimate - error > lower_bounds.top()) {
          lower_bounds.pop();
          lower_bounds.push(estimate - error);
        }
        if (lower_bounds.size() == k) threshold = lower_bounds.top();
      }
    }
  }
  std::erase_if(candidates, [&](const Candidate& c) { return c.upper < threshold; });
  return candidates;
}

Result<std::vector<IndexHit>> IndexSnapshot::nearest(std::span<const float> query, int k,
                                                     const VectorFilter& filter,
                                                     const ReadVector& read) const {
  const CodedQuery coded(query);
  std::vector<float> vector(dimension_);
  std::size_t wanted = static_cast<std::size_t>(k);
  while (true) {
    std::vector<Candidate> candidates = scan(coded, wanted, filter);
    std::ranges::sort(candidates, std::greater<>(), &Candidate::upper);
    BestHits best(static_cast<std::size_t>(k));
    std::size_t gone = 0;
    for (const Candidate& candidate : candidates) {
      // Sorted by what they could reach: once one cannot beat the k-th, none after it can.
      if (best.full() && candidate.upper < best.worst()) break;
      const IndexSegment& segment = *parts_[candidate.part].segment;
      const std::int64_t sequence = segment.sequence(candidate.row);
      DOCMILL_TRY(const bool found, read(sequence, vector));
      if (!found) {
        ++gone;
        continue;
      }
      const double cosine = std::clamp(dot(query, vector), -1.0, 1.0);
      best.offer({cosine, sequence, segment.key(candidate.row)});
    }
    // Records that are gone took places in the scan's bounds: look again with room for them.
    if (static_cast<std::size_t>(k) + gone <= wanted) return std::move(best).take();
    wanted = static_cast<std::size_t>(k) + gone;
  }
}

std::vector<IndexHit> IndexSnapshot::lexical(std::span<const QueryTerm> terms, int k,
                                             const VectorFilter& filter) const {
  BestHits best(static_cast<std::size_t>(k));
  if (records_ == 0 || length_ == 0) return {};
  const double mean_length = static_cast<double>(length_) / static_cast<double>(records_);
  std::vector<double> weights(terms.size());
  for (std::size_t i = 0; i < terms.size(); ++i) {
    std::uint64_t live = 0;
    for (const Part& part : parts_) {
      const auto list = part.segment->postings().find(terms[i].term);
      live += list.rows.size();
      for (std::size_t at = 0; part.gone && at < list.rows.size(); ++at)
        live -= (*part.gone)[list.rows[at] / 64] >> (list.rows[at] % 64) & 1;
    }
    weights[i] = terms[i].weight * Bm25::idf(records_, live);
  }
  for (const Part& part : parts_) {
    const IndexSegment& segment = *part.segment;
    const Allowed rows = allowed(part, filter);
    std::vector<float> scores(segment.rows(), 0);
    std::vector<std::uint32_t> touched;
    const double base = Bm25::norm(0, mean_length);
    const double per_term = Bm25::norm(1, mean_length) - base;
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const auto list = segment.postings().find(terms[i].term);
      for (std::size_t at = 0; at < list.rows.size(); ++at) {
        const std::uint32_t row = list.rows[at];
        const double count = list.counts[at];
        if (scores[row] == 0) touched.push_back(row);
        scores[row] += static_cast<float>(weights[i] * count /
                                          (count + base + per_term * segment.length(row)));
      }
    }
    for (std::uint32_t row : touched) {
      if (best.full() && double{scores[row]} < best.worst()) continue;
      if (rows.has(row)) best.offer({double{scores[row]}, segment.sequence(row), segment.key(row)});
    }
  }
  return std::move(best).take();
}

}  // namespace docmill::embedded
