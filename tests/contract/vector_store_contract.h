// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "adapters/decorate/fault_vector_store.h"
#include "base/hash.h"
#include "contract/port_contract.h"
#include "ports/vector_store.h"

namespace docmill::contract {

// What every VectorStore promises (ports/vector_store.h) that shows an upsert to the next search.
class VectorStoreContract : public PortContract<VectorStore> {
 protected:
  VectorStoreContract() { run(port_->open_collection(none_, "c", kModel)); }

  static VectorRecord record(int number, std::string text, std::vector<float> vector) {
    VectorRecord made{.id = sha256(std::to_string(number)).hex().substr(0, 32)};
    made.document = "d";
    made.revision = 1;
    made.chunk_id = "chunk-" + std::to_string(number);
    made.ordinal = number;
    made.text = std::move(text);
    made.vector = std::move(vector);
    return made;
  }
  // Record `number` of revision `revision` of `document`.
  static VectorRecord of(std::string document, std::int64_t revision, int number) {
    VectorRecord made = record(number, "word", {1, 0, 0, 0});
    made.document = std::move(document);
    made.revision = revision;
    return made;
  }
  void upsert(std::vector<VectorRecord> records) {
    run(port_->upsert(none_, "c", std::move(records)));
  }
  VectorHits search(VectorQuery query) {
    query.collection = "c";
    return run(port_->search(none_, std::move(query)));
  }
  static std::vector<std::string> texts(const std::vector<VectorHit>& hits) {
    std::vector<std::string> texts;
    for (const VectorHit& hit : hits) texts.push_back(hit.record.text);
    return texts;
  }
  // The texts that both legs find under `filter`, in no order.
  std::multiset<std::string> found(VectorFilter filter) {
    VectorHits hits = search({.vector = {1, 1, 1, 1}, .text = "word", .filter = filter, .k = 100});
    auto dense = texts(hits.dense), lexical = texts(hits.lexical);
    std::multiset<std::string> seen(dense.begin(), dense.end());
    if (port_->capabilities().lexical) {
      EXPECT_EQ(std::multiset<std::string>(lexical.begin(), lexical.end()), seen);
    }
    return seen;
  }

  inline static const ModelIdentity kModel{"test-model", "revision-1", 4};
};

TEST_P(VectorStoreContract, OpeningAgainByTheSameModelFindsTheCollection) {
  upsert({record(1, "one", {1, 0, 0, 0}), record(2, "two", {0, 1, 0, 0})});
  CollectionInfo again = run(port_->open_collection(none_, "c", kModel));
  EXPECT_EQ(again.name, "c");
  EXPECT_EQ(again.model, kModel);
  EXPECT_EQ(again.records, 2);
}

TEST_P(VectorStoreContract, AnotherModelIsAConflictThatNamesBoth) {
  for (const ModelIdentity& other :
       {ModelIdentity{"other", "revision-1", 4}, ModelIdentity{"test-model", "revision-2", 4},
        ModelIdentity{"test-model", "revision-1", 8}})
    EXPECT_EQ(code(port_->open_collection(none_, "c", other)), ErrorCode::kConflict);
  Error refused = error(port_->open_collection(none_, "c", {"other", "r", 4}));
  EXPECT_TRUE(refused.message.contains("test-model") && refused.message.contains("other"))
      << refused.message;
}

TEST_P(VectorStoreContract, UnknownCollectionIsNotFoundByEveryFunction) {
  EXPECT_EQ(code(port_->upsert(none_, "x", {record(1, "a", {1, 0, 0, 0})})), ErrorCode::kNotFound);
  EXPECT_EQ(code(port_->search(none_, {.collection = "x", .text = "a"})), ErrorCode::kNotFound);
  EXPECT_EQ(code(port_->remove(none_, "x", "d", 1)), ErrorCode::kNotFound);
  EXPECT_EQ(code(port_->get_document(none_, "x", "d", 1)), ErrorCode::kNotFound);
}

TEST_P(VectorStoreContract, CollectionsAreListedAndKeptApart) {
  run(port_->open_collection(none_, "other", {"m", "r", 2}));
  upsert({record(1, "word", {1, 0, 0, 0})});
  run(port_->upsert(none_, "other", {record(1, "word", {0, 1}), record(2, "word", {1, 0})}));
  auto infos = run(port_->list_collections(none_));
  ASSERT_EQ(infos.size(), 2u);
  EXPECT_EQ(infos[0].records + infos[1].records, 3);
  EXPECT_EQ(search({.vector = {1, 0, 0, 0}, .k = 10}).dense.size(), 1u);
  run(port_->remove(none_, "c", "d", 1));
  EXPECT_EQ(run(port_->get_document(none_, "other", "d", 1)).size(), 2u);
}

TEST_P(VectorStoreContract, RecordIsGivenBackWhole) {
  VectorRecord made = record(1, "the text", {0, 3, 0, 4});
  made.heading_path = "Part > Chapter";
  made.uri = "file:///a.pdf", made.title = "Title", made.media_type = "application/pdf";
  made.page_first = 2, made.page_last = 3, made.date_unix_ms = 1'700'000'000'123;
  upsert({made});
  auto kept = run(port_->get_document(none_, "c", "d", 1));
  ASSERT_EQ(kept.size(), 1u);
  const VectorHit hit = search({.vector = {0, 3, 0, 4}}).dense.at(0);
  EXPECT_NEAR(hit.score, 1.0, 1e-5);
  EXPECT_TRUE(hit.record.vector.empty());
  for (const VectorRecord& given : {kept[0], hit.record}) {
    EXPECT_EQ(given.id, made.id);
    EXPECT_EQ(given.document, "d");
    EXPECT_EQ(given.revision, 1);
    EXPECT_EQ(given.chunk_id, made.chunk_id);
    EXPECT_EQ(given.ordinal, 1);
    EXPECT_EQ(given.text, "the text");
    EXPECT_EQ(given.heading_path, made.heading_path);
    EXPECT_EQ(given.uri + given.title + given.media_type, "file:///a.pdfTitleapplication/pdf");
    EXPECT_EQ(given.page_first * 10 + given.page_last, 23);
    EXPECT_EQ(given.date_unix_ms, made.date_unix_ms);
  }
  ASSERT_EQ(kept[0].vector.size(), 4u);
  EXPECT_NEAR(kept[0].vector[1], 0.6, 1e-5) << "stored at unit length";
  EXPECT_NEAR(kept[0].vector[3], 0.8, 1e-5);
}

TEST_P(VectorStoreContract, UpsertOfTheSameIdLeavesTheLastRecordOnly) {
  upsert({record(1, "first", {1, 0, 0, 0})});
  upsert({record(1, "second", {0, 1, 0, 0})});
  EXPECT_EQ(run(port_->open_collection(none_, "c", kModel)).records, 1);
  VectorHits hits = search({.vector = {0, 1, 0, 0}, .text = "first second", .k = 10});
  EXPECT_EQ(texts(hits.dense), std::vector<std::string>{"second"});
  EXPECT_NEAR(hits.dense.at(0).score, 1.0, 1e-5);
  if (port_->capabilities().lexical) {
    EXPECT_EQ(texts(hits.lexical), std::vector<std::string>{"second"});
    EXPECT_TRUE(search({.text = "first"}).lexical.empty());
  }
}

TEST_P(VectorStoreContract, UpsertAgainAfterALostAnswerLeavesOneOfEach) {
  FaultVectorStore lossy(*port_, FaultPlan({.nth = 1, .moment = FaultMoment::kAfter}));
  std::vector<VectorRecord> records{record(1, "one", {1, 0, 0, 0}), record(2, "two", {0, 1, 0, 0})};
  EXPECT_EQ(error(lossy.upsert(none_, "c", records)).reason, "injected");
  EXPECT_EQ(run(port_->get_document(none_, "c", "d", 1)).size(), 2u) << "it had taken effect";
  run(lossy.upsert(none_, "c", records));
  EXPECT_EQ(run(port_->get_document(none_, "c", "d", 1)).size(), 2u);
  EXPECT_EQ(search({.vector = {1, 1, 0, 0}, .k = 10}).dense.size(), 2u);
  EXPECT_EQ(run(port_->open_collection(none_, "c", kModel)).records, 2);
}

TEST_P(VectorStoreContract, BadVectorNamesItsItemAndTheWholeCallChangesNothing) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  upsert({record(1, "before", {0, 1, 0, 0})});
  const std::vector<std::vector<float>> bad_vectors{{0, 0, 0, 0}, {nan, 0, 0, 0},  {1, inf, 0, 0},
                                                    {1, 0, 0},    {1, 0, 0, 0, 0}, {}};
  for (const std::vector<float>& bad : bad_vectors) {
    Error refused =
        error(port_->upsert(none_, "c", {record(1, "after", {1, 0, 0, 0}), record(2, "bad", bad)}));
    EXPECT_EQ(refused.code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(refused.message.contains("record 1")) << refused.message;
  }
  EXPECT_EQ(texts(search({.vector = {0, 1, 0, 0}, .k = 10}).dense),
            std::vector<std::string>{"before"});
}

TEST_P(VectorStoreContract, BadQueriesAreRefused) {
  upsert({record(1, "one", {1, 0, 0, 0})});
  for (const VectorQuery& bad :
       {VectorQuery{.vector = {1, 0, 0}}, VectorQuery{.vector = {0, 0, 0, 0}},
        VectorQuery{.vector = {1, 0, 0, 0}, .k = 0},
        VectorQuery{.vector = {1, 0, 0, 0}, .k = 1001}}) {
    VectorQuery query = bad;
    query.collection = "c";
    EXPECT_EQ(code(port_->search(none_, query)), ErrorCode::kInvalidArgument);
  }
}

TEST_P(VectorStoreContract, LegsThatAreNotAskedForAreEmpty) {
  upsert({record(1, "one", {1, 0, 0, 0})});
  VectorHits dense = search({.vector = {1, 0, 0, 0}}), none = search({});
  EXPECT_TRUE(dense.lexical.empty());
  EXPECT_TRUE(none.dense.empty() && none.lexical.empty());
  VectorHits lexical = search({.text = "one"});
  EXPECT_TRUE(lexical.dense.empty());
  EXPECT_EQ(lexical.lexical.size(), port_->capabilities().lexical ? 1u : 0u);
}

TEST_P(VectorStoreContract, LexicalLegFindsWordsAndPrefersTheRarerAndMoreFrequent) {
  if (!port_->capabilities().lexical) GTEST_SKIP() << "this store has no lexical leg";
  upsert({record(1, "heat in slabs", {1, 0, 0, 0}), record(2, "heat and heat again", {1, 0, 0, 0}),
          record(3, "wings in a slipstream", {1, 0, 0, 0})});
  VectorHits hits = search({.text = "heat slipstream"});
  EXPECT_EQ(
      texts(hits.lexical),
      (std::vector<std::string>{"wings in a slipstream", "heat and heat again", "heat in slabs"}));
  EXPECT_GE(hits.lexical.at(0).score, hits.lexical.at(1).score);
  EXPECT_TRUE(search({.text = "nowhere"}).lexical.empty());
}

TEST_P(VectorStoreContract, DenseLegGivesTheExactNearestInOrder) {
  constexpr std::uint64_t kSeed = 20'240'501;
  std::mt19937_64 random(kSeed);
  std::normal_distribution<float> draw;
  std::vector<VectorRecord> records;
  for (int number = 0; number < 300; ++number)
    records.push_back(record(number, std::to_string(number),
                             {draw(random), draw(random), draw(random), draw(random)}));
  const std::vector<float> query{0.5F, -0.25F, 1, 0};
  std::vector<std::pair<double, std::string>> expected;
  for (const VectorRecord& one : records) {
    double dot = 0, length = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      dot += double{query[i]} * one.vector[i];
      length += double{one.vector[i]} * one.vector[i];
    }
    expected.emplace_back(-dot / std::sqrt(length * 1.3125), one.text);
  }
  std::ranges::sort(expected);
  upsert(records);
  for (int k : {1, 10, 300, 1000}) {
    auto hits = search({.vector = query, .k = k}).dense;
    ASSERT_EQ(hits.size(), std::min<std::size_t>(static_cast<std::size_t>(k), 300)) << kSeed;
    for (std::size_t i = 0; i < hits.size(); ++i) {
      EXPECT_EQ(hits[i].record.text, expected[i].second) << "place " << i << ", seed " << kSeed;
      EXPECT_NEAR(hits[i].score, -expected[i].first, 1e-5) << "place " << i << ", seed " << kSeed;
    }
  }
}

TEST_P(VectorStoreContract, TiesAreOrderedById) {
  std::vector<VectorRecord> records;
  std::vector<std::string> ids, dense, lexical;
  for (int number = 0; number < 20; ++number) {
    records.push_back(record(number, "word", {1, 2, 0, 0}));
    ids.push_back(records.back().id);
  }
  upsert(records);
  std::ranges::sort(ids);
  ids.resize(7);
  VectorHits hits = search({.vector = {1, 0, 0, 0}, .text = "word", .k = 7});
  for (const VectorHit& hit : hits.dense) dense.push_back(hit.record.id);
  for (const VectorHit& hit : hits.lexical) lexical.push_back(hit.record.id);
  EXPECT_EQ(dense, ids);
  if (port_->capabilities().lexical) {
    EXPECT_EQ(lexical, ids);
  }
}

TEST_P(VectorStoreContract, FiltersHoldOnBothLegs) {
  struct Row {
    const char *document, *media_type;
    std::int64_t date_unix_ms;
  };
  int number = 0;
  for (Row row :
       {Row{"a", "text/html", 100}, Row{"b", "text/html", 200}, Row{"c", "text/plain", 300}}) {
    VectorRecord made = record(++number, "word " + std::string(row.document), {1, 0, 0, 1});
    made.document = row.document;
    made.media_type = row.media_type;
    made.date_unix_ms = row.date_unix_ms;
    upsert({made});
  }
  using Texts = std::multiset<std::string>;
  EXPECT_EQ(found({}), (Texts{"word a", "word b", "word c"}));
  EXPECT_EQ(found({.documents = {"a", "c", "x"}}), (Texts{"word a", "word c"}));
  EXPECT_EQ(found({.media_types = {"text/html"}}), (Texts{"word a", "word b"}));
  EXPECT_EQ(found({.media_types = {"text/plain", "text/html"}}).size(), 3u);
  EXPECT_EQ(found({.date_from_unix_ms = 200}), (Texts{"word b", "word c"})) << "inclusive";
  EXPECT_EQ(found({.date_until_unix_ms = 200}), (Texts{"word a", "word b"})) << "inclusive";
  EXPECT_EQ(found({.media_types = {"text/html"}, .date_from_unix_ms = 150}), (Texts{"word b"}));
  EXPECT_EQ(found({.documents = {"c"}, .media_types = {"text/html"}}), Texts{});
}

TEST_P(VectorStoreContract, FewRecordsThatMatchAreFoundAmongManyThatDoNot) {
  std::vector<VectorRecord> records;
  for (int number = 0; number < 200; ++number) records.push_back(of("near", 1, number));
  VectorRecord far = record(200, "word far", {0.1F, 1, 0, 0});
  far.document = "far";
  records.push_back(far);
  upsert(records);
  VectorHits hits =
      search({.vector = {1, 0, 0, 0}, .text = "word", .filter = {.documents = {"far"}}, .k = 3});
  EXPECT_EQ(texts(hits.dense), std::vector<std::string>{"word far"});
  if (port_->capabilities().lexical) {
    EXPECT_EQ(texts(hits.lexical), std::vector<std::string>{"word far"});
  }
}

TEST_P(VectorStoreContract, RemoveTakesOneDocumentUpToTheRevision) {
  upsert({of("d", 1, 1), of("d", 2, 2), of("d", 3, 3), of("other", 1, 4)});
  run(port_->remove(none_, "c", "d", 2));
  EXPECT_TRUE(run(port_->get_document(none_, "c", "d", 1)).empty());
  EXPECT_TRUE(run(port_->get_document(none_, "c", "d", 2)).empty());
  EXPECT_EQ(run(port_->get_document(none_, "c", "d", 3)).size(), 1u);
  EXPECT_EQ(found({}).size(), 2u);
  run(port_->remove(none_, "c", "d", 2));
  run(port_->remove(none_, "c", "never", 9));
  EXPECT_EQ(run(port_->open_collection(none_, "c", kModel)).records, 2);
}

TEST_P(VectorStoreContract, RemovedRecordCanComeBack) {
  upsert({of("d", 1, 1)});
  EXPECT_EQ(found({}).size(), 1u);
  run(port_->remove(none_, "c", "d", 1));
  EXPECT_TRUE(found({}).empty());
  upsert({of("d", 1, 1)});
  EXPECT_EQ(found({}).size(), 1u);
}

TEST_P(VectorStoreContract, DocumentIsGivenInTheOrderOfItsChunks) {
  upsert({of("d", 1, 5), of("d", 2, 7), of("d", 1, 2)});
  upsert({of("d", 1, 11), of("other", 1, 1), of("d", 1, 3)});
  std::vector<int> ordinals;
  for (const VectorRecord& one : run(port_->get_document(none_, "c", "d", 1)))
    ordinals.push_back(one.ordinal);
  EXPECT_EQ(ordinals, (std::vector<int>{2, 3, 5, 11}));
  EXPECT_TRUE(run(port_->get_document(none_, "c", "none", 1)).empty());
}

TEST_P(VectorStoreContract, UpsertTakesAThousandRecordsAndRefusesMore) {
  std::vector<VectorRecord> records;
  for (int number = 0; number < 1001; ++number) records.push_back(of("d", 1, number));
  EXPECT_EQ(code(port_->upsert(none_, "c", records)), ErrorCode::kInvalidArgument);
  records.pop_back();
  upsert(records);
  EXPECT_EQ(run(port_->open_collection(none_, "c", kModel)).records, 1000);
  upsert({});
}

}  // namespace docmill::contract
