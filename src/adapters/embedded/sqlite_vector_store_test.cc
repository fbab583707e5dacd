// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/sqlite_vector_store.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "adapters/embedded/database.h"
#include "async/runtime.h"
#include "base/hash.h"

namespace docmill::embedded {
namespace {

const ModelIdentity kModel{"test-model", "revision-1", 4};

class SqliteVectorStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("docmill-" + random_hex(8));
    std::filesystem::create_directories(folder_);
    database_ = open_database();
    store_ = open_store(*database_);
    ASSERT_TRUE(runtime_.run(store_->open_collection(context_, "c", kModel)));
  }
  void TearDown() override {
    store_.reset();
    database_.reset();
    std::filesystem::remove_all(folder_);
  }
  std::unique_ptr<Database> open_database() {
    auto opened = Database::open({.path = folder_ / "docmill.db", .durable = false});
    EXPECT_TRUE(opened);
    return std::move(*opened);
  }
  static std::unique_ptr<SqliteVectorStore> open_store(Database& database) {
    auto opened = SqliteVectorStore::open(database);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  static VectorRecord record(int number, std::string text, std::vector<float> vector) {
    VectorRecord made{.id = sha256(std::to_string(number)).hex().substr(0, 32)};
    made.document = "d" + std::to_string(number % 3);
    made.revision = 1 + number / 3;
    made.ordinal = number;
    made.text = std::move(text);
    made.media_type = "text/html";
    made.vector = std::move(vector);
    return made;
  }
  Status upsert(std::vector<VectorRecord> records) {
    return runtime_.run(store_->upsert(context_, "c", std::move(records)));
  }
  Result<VectorHits> search(SqliteVectorStore& store, VectorQuery query) {
    query.collection = "c";
    return runtime_.run(store.search(context_, std::move(query)));
  }

  Runtime runtime_{RuntimeSettings{}};
  Context context_ = Context::background();
  std::filesystem::path folder_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<SqliteVectorStore> store_;
};

TEST_F(SqliteVectorStoreTest, SearchSeesWhatUpsertReturnedOnBothLegs) {
  ASSERT_TRUE(upsert({record(1, "heat conduction in slabs", {2, 0, 0, 0}),
                      record(2, "wings in a slipstream", {1, 1, 0, 0})}));
  auto hits = search(*store_, {.vector = {1, 0, 0, 0}, .text = "the slab", .k = 5});
  ASSERT_TRUE(hits) << hits.error().message;
  ASSERT_EQ(hits->dense.size(), 2U);
  EXPECT_NEAR(hits->dense[0].score, 1.0, 1e-6) << "stored at unit length";
  EXPECT_NEAR(hits->dense[1].score, std::sqrt(0.5), 1e-6);
  ASSERT_EQ(hits->lexical.size(), 1U);
  EXPECT_EQ(hits->lexical[0].record.text, "heat conduction in slabs");
}

TEST_F(SqliteVectorStoreTest, SameUpsertTwiceLeavesOneRecord) {
  ASSERT_TRUE(upsert({record(1, "one", {1, 0, 0, 0})}));
  ASSERT_TRUE(upsert({record(1, "two", {0, 1, 0, 0})}));
  auto hits = search(*store_, {.vector = {1, 0, 0, 0}, .text = "one two", .k = 5});
  ASSERT_TRUE(hits);
  ASSERT_EQ(hits->dense.size(), 1U);
  ASSERT_EQ(hits->lexical.size(), 1U);
  EXPECT_EQ(hits->lexical[0].record.text, "two");
}

TEST_F(SqliteVectorStoreTest, BadVectorNamesItsItemAndChangesNothing) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  for (const std::vector<float>& bad :
       std::vector<std::vector<float>>{{0, 0, 0, 0}, {nan, 0, 0, 0}, {inf, 0, 0, 0}, {1, 0, 0}}) {
    auto refused = upsert({record(1, "good", {1, 0, 0, 0}), record(2, "bad", bad)});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(refused.error().message.find("record 1"), std::string::npos);
  }
  EXPECT_TRUE(search(*store_, {.vector = {1, 0, 0, 0}})->dense.empty());
}

TEST_F(SqliteVectorStoreTest, OtherModelIsAConflictThatNamesBoth) {
  auto refused = runtime_.run(store_->open_collection(context_, "c", {"other", "r", 8}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_NE(refused.error().message.find("test-model"), std::string::npos);
  EXPECT_NE(refused.error().message.find("other"), std::string::npos);
}

TEST_F(SqliteVectorStoreTest, RemoveTakesOldRevisionsOnly) {
  // Records 1 and 4 are revisions 1 and 2 of document d1.
  ASSERT_TRUE(upsert({record(1, "old", {1, 0, 0, 0}), record(4, "new", {1, 0, 0, 0})}));
  ASSERT_TRUE(search(*store_, {.vector = {1, 0, 0, 0}}));
  ASSERT_TRUE(runtime_.run(store_->remove(context_, "c", "d1", 1)));
  auto hits = search(*store_, {.vector = {1, 0, 0, 0}, .text = "old new"});
  ASSERT_EQ(hits->dense.size(), 1U);
  EXPECT_EQ(hits->dense[0].record.text, "new");
  ASSERT_EQ(hits->lexical.size(), 1U);
  auto kept = runtime_.run(store_->get_document(context_, "c", "d1", 2));
  ASSERT_EQ(kept->size(), 1U);
  EXPECT_EQ((*kept)[0].vector, (std::vector<float>{1, 0, 0, 0}));
}

TEST_F(SqliteVectorStoreTest, SecondProcessFollowsEachChange) {
  // A second database object shares nothing with the first but the file.
  auto other_database = open_database();
  auto other = open_store(*other_database);
  EXPECT_TRUE(search(*other, {.vector = {1, 0, 0, 0}})->dense.empty());
  for (int number = 0; number < 20; ++number) {
    ASSERT_TRUE(upsert({record(number, "word", {1, 0, 0, static_cast<float>(number)})}));
    auto hits = search(*other, {.vector = {1, 0, 0, 0}, .text = "word", .k = 50});
    ASSERT_TRUE(hits);
    EXPECT_EQ(hits->dense.size(), static_cast<std::size_t>(number) + 1);
    EXPECT_EQ(hits->lexical.size(), static_cast<std::size_t>(number) + 1);
  }
  ASSERT_TRUE(runtime_.run(store_->remove(context_, "c", "d0", 100)));
  EXPECT_EQ(search(*other, {.text = "word", .k = 50})->lexical.size(), 13U);
}

TEST_F(SqliteVectorStoreTest, UnknownCollectionIsNotFound) {
  auto missing = runtime_.run(store_->search(context_, {.collection = "x", .text = "a"}));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace docmill::embedded
