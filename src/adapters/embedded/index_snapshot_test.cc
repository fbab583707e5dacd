// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/index_snapshot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "ports/vector_store.h"

namespace docmill::embedded {
namespace {

constexpr unsigned kSeed = 20'261'123;

struct Row {
  std::vector<float> vector;
  std::string document, media_type;
  std::int64_t date = 0;
  std::vector<TermCount> terms;
};

RecordKey key_of(std::int64_t sequence) {
  RecordKey key{};
  for (std::size_t i = 0; i < 8; ++i) key[15 - i] = static_cast<std::uint8_t>(sequence >> (8 * i));
  return key;
}

void normalize(std::vector<float>& vector) {
  double squares = 0;
  for (float value : vector) squares += double{value} * double{value};
  for (float& value : vector) value = static_cast<float>(value / std::sqrt(squares));
}

// The same rows in an index and in a plain map that is searched by brute force.
class Model {
 public:
  explicit Model(int dimension)
      : dimension_(dimension),
        snapshot_(std::make_shared<IndexSnapshot>(static_cast<std::size_t>(dimension), 0)) {}

  void apply(std::vector<Row> added, const std::vector<std::int64_t>& removed) {
    SegmentBuilder builder(code_stride(static_cast<std::size_t>(dimension_)), added.size());
    for (Row& row : added) {
      const CodedVector coded = code_vector(row.vector);
      IndexEntry entry{.sequence = ++next_, .key = key_of(next_)};
      entry.document = row.document;
      entry.media_type = row.media_type;
      entry.date_unix_ms = row.date;
      entry.codes = coded.codes;
      entry.scale = coded.scale;
      entry.residual = coded.residual;
      entry.terms = row.terms;
      for (const TermCount& term : row.terms) entry.length += term.count;
      builder.add(entry);
      rows_.emplace(next_, std::move(row));
    }
    snapshot_ = snapshot_->apply(std::move(builder).build(), removed, next_);
    for (std::int64_t sequence : removed) rows_.erase(sequence);
  }

  std::vector<IndexHit> nearest(const std::vector<float>& query, int k,
                                const VectorFilter& filter = {}) {
    auto hits = snapshot_->nearest(query, k, filter, [&](std::int64_t sequence, auto out) {
      ++reads_;
      std::ranges::copy(rows_.at(sequence).vector, out.begin());
      return Result<bool>(true);
    });
    return *hits;
  }

  std::vector<IndexHit> brute_force(const std::vector<float>& query, int k,
                                    const VectorFilter& filter = {}) const {
    std::vector<IndexHit> hits;
    for (const auto& [sequence, row] : rows_) {
      if (!matches(row, filter)) continue;
      double cosine = 0;
      for (std::size_t i = 0; i < query.size(); ++i)
        cosine += double{query[i]} * double{row.vector[i]};
      hits.push_back({cosine, sequence, key_of(sequence)});
    }
    return best_of(std::move(hits), k);
  }

  // BM25 by its definition, from the rows that are there now.
  std::vector<IndexHit> lexical_by_definition(const std::vector<QueryTerm>& terms, int k) const {
    double total = 0;
    std::map<std::uint32_t, std::uint64_t> frequency;
    for (const auto& [sequence, row] : rows_)
      for (const TermCount& term : row.terms) {
        total += term.count;
        ++frequency[term.term];
      }
    const double mean = total / static_cast<double>(rows_.size());
    std::vector<IndexHit> hits;
    for (const auto& [sequence, row] : rows_) {
      double length = 0, score = 0;
      for (const TermCount& term : row.terms) length += term.count;
      for (const QueryTerm& wanted : terms)
        for (const TermCount& term : row.terms)
          if (term.term == wanted.term)
            score += wanted.weight * Bm25::idf(rows_.size(), frequency[term.term]) * term.count /
                     (term.count + Bm25::norm(length, mean));
      if (score > 0) hits.push_back({score, sequence, key_of(sequence)});
    }
    return best_of(std::move(hits), k);
  }

  const IndexSnapshot& snapshot() const { return *snapshot_; }
  std::shared_ptr<const IndexSnapshot> share() const { return snapshot_; }
  const std::map<std::int64_t, Row>& rows() const { return rows_; }
  std::size_t reads() const { return reads_; }

 private:
  static bool matches(const Row& row, const VectorFilter& filter) {
    const auto has = [](const auto& list, const auto& name) {
      return list.empty() || std::ranges::find(list, name) != list.end();
    };
    return has(filter.documents, row.document) && has(filter.media_types, row.media_type) &&
           row.date >= filter.date_from_unix_ms.value_or(row.date) &&
           row.date <= filter.date_until_unix_ms.value_or(row.date);
  }
  static std::vector<IndexHit> best_of(std::vector<IndexHit> hits, int k) {
    std::ranges::sort(hits, [](const IndexHit& a, const IndexHit& b) {
      return a.score != b.score ? a.score > b.score : a.key < b.key;
    });
    hits.resize(std::min(hits.size(), static_cast<std::size_t>(k)));
    return hits;
  }

  int dimension_;
  std::int64_t next_ = 0;
  std::size_t reads_ = 0;
  std::map<std::int64_t, Row> rows_;
  std::shared_ptr<const IndexSnapshot> snapshot_;
};

std::vector<std::int64_t> sequences(const std::vector<IndexHit>& hits) {
  std::vector<std::int64_t> result;
  for (const IndexHit& hit : hits) result.push_back(hit.sequence);
  return result;
}

class RowMaker {
 public:
  RowMaker(int dimension, int clusters, float spread) : dimension_(dimension), spread_(spread) {
    for (int i = 0; i < clusters; ++i) centres_.push_back(random_vector(1));
  }
  // Around a cluster's centre, or anywhere when there are none.
  std::vector<float> vector() {
    std::vector<float> result = random_vector(centres_.empty() ? 1 : spread_);
    if (!centres_.empty()) {
      const auto& centre = centres_[random_() % centres_.size()];
      for (std::size_t i = 0; i < result.size(); ++i) result[i] += centre[i];
    }
    normalize(result);
    return result;
  }
  Row row() {
    Row row{.vector = vector()};
    row.document = "document-" + std::to_string(random_() % 50);
    row.media_type = random_() % 4 == 0 ? "application/pdf" : "text/html";
    row.date = static_cast<std::int64_t>(random_() % 1000);
    std::map<std::uint32_t, std::uint32_t> counts;
    for (int i = 0; i < 20; ++i) {
      const double u = static_cast<double>(random_() % 10'000 + 1) / 10'000;
      counts[static_cast<std::uint32_t>(300 * u * u * u)] += 1 + random_() % 2;
    }
    for (auto [term, count] : counts) row.terms.push_back({term, count});
    return row;
  }
  std::vector<Row> rows(int count) {
    std::vector<Row> result;
    for (int i = 0; i < count; ++i) result.push_back(row());
    return result;
  }

 private:
  std::vector<float> random_vector(float scale) {
    std::normal_distribution<float> normal(0, scale);
    std::vector<float> result(static_cast<std::size_t>(dimension_));
    for (float& value : result) value = normal(random_);
    return result;
  }

  int dimension_;
  float spread_;
  std::mt19937 random_{kSeed};
  std::vector<std::vector<float>> centres_;
};

TEST(IndexSnapshot, FindsExactlyTheNearestOfRandomVectors) {
  RowMaker maker(128, 0, 0);
  Model model(128);
  model.apply(maker.rows(5000), {});
  for (int i = 0; i < 50; ++i) {
    const auto query = maker.vector();
    EXPECT_EQ(sequences(model.nearest(query, 10)), sequences(model.brute_force(query, 10)));
  }
  EXPECT_LT(model.reads(), 50U * 500) << "codes should leave few rows to read";
}

TEST(IndexSnapshot, FindsExactlyTheNearestAmongNearlyEqualVectors) {
  // Differences far below one quantisation step: only reading the originals can order these.
  RowMaker maker(128, 20, 0.002F);
  Model model(128);
  model.apply(maker.rows(4000), {});
  for (int i = 0; i < 25; ++i) {
    const auto query = maker.vector();
    EXPECT_EQ(sequences(model.nearest(query, 10)), sequences(model.brute_force(query, 10)));
  }
}

TEST(IndexSnapshot, EqualVectorsAreOrderedById) {
  RowMaker maker(32, 0, 0);
  Model model(32);
  model.apply(std::vector<Row>(100, maker.row()), {});
  EXPECT_EQ(sequences(model.nearest(model.rows().at(1).vector, 5)),
            (std::vector<std::int64_t>{1, 2, 3, 4, 5}));
}

TEST(IndexSnapshot, FilteredSearchIsExactAtEverySelectivity) {
  RowMaker maker(64, 10, 0.3F);
  Model model(64);
  for (int batch = 0; batch < 6; ++batch) model.apply(maker.rows(500), {});
  std::vector<VectorFilter> filters(4);
  filters[0].media_types = {"application/pdf"};
  filters[1].documents = {"document-7", "document-9"};
  filters[2].date_from_unix_ms = 990;
  filters[3].documents = {"document-7"};
  filters[3].date_until_unix_ms = 30;
  for (const VectorFilter& filter : filters)
    for (int i = 0; i < 10; ++i) {
      const auto query = maker.vector();
      EXPECT_EQ(sequences(model.nearest(query, 10, filter)),
                sequences(model.brute_force(query, 10, filter)));
    }
  filters[3].documents = {"unknown"};
  EXPECT_TRUE(model.nearest(maker.vector(), 10, filters[3]).empty());
}

TEST(IndexSnapshot, StaysEqualToBruteForceThroughUpsertsRemovalsAndMerges) {
  RowMaker maker(48, 8, 0.4F);
  Model model(48);
  std::mt19937 random(kSeed + 1);
  for (int round = 0; round < 60; ++round) {
    std::vector<std::int64_t> removed;
    for (const auto& [sequence, row] : model.rows())
      if (random() % 10 == 0) removed.push_back(sequence);
    model.apply(maker.rows(static_cast<int>(random() % 40)), removed);
    ASSERT_EQ(model.snapshot().records(), model.rows().size());
    const auto query = maker.vector();
    ASSERT_EQ(sequences(model.nearest(query, 7)), sequences(model.brute_force(query, 7)));
    const std::vector<QueryTerm> terms = {{0, 1}, {3, 2}, {250, 1}, {9999, 1}};
    const auto lexical = model.snapshot().lexical(terms, 7, {});
    const auto expected = model.lexical_by_definition(terms, 7);
    ASSERT_EQ(lexical.size(), expected.size());
    for (std::size_t i = 0; i < lexical.size(); ++i)
      ASSERT_NEAR(lexical[i].score, expected[i].score, 1e-5) << "round " << round;
  }
  EXPECT_LE(model.snapshot().segments(), 6U);
  EXPECT_LE(model.snapshot().rows() * 4, model.snapshot().records() * 5 + 4)
      << "deleted rows are compacted away";
}

TEST(IndexSnapshot, OldVersionIsNotTouchedByLaterChanges) {
  RowMaker maker(32, 0, 0);
  Model model(32);
  model.apply(maker.rows(100), {});
  const auto before = model.share();
  const auto hits_before = before->lexical(std::vector<QueryTerm>{{1, 1}}, 100, {});
  model.apply(maker.rows(100), {1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(before->records(), 100U);
  EXPECT_EQ(sequences(before->lexical(std::vector<QueryTerm>{{1, 1}}, 100, {})),
            sequences(hits_before));
}

TEST(IndexSnapshot, RecordThatIsGoneMeanwhileIsReplacedByTheNext) {
  RowMaker maker(32, 0, 0);
  Model model(32);
  model.apply(maker.rows(50), {});
  const auto query = maker.vector();
  const auto expected = sequences(model.brute_force(query, 11));
  auto hits = model.snapshot().nearest(query, 10, {}, [&](std::int64_t sequence, auto out) {
    std::ranges::copy(model.rows().at(sequence).vector, out.begin());
    return Result<bool>(sequence != expected[0]);
  });
  ASSERT_TRUE(hits);
  EXPECT_EQ(sequences(*hits), std::vector<std::int64_t>(expected.begin() + 1, expected.end()));
}

}  // namespace
}  // namespace docmill::embedded
