// SPDX-License-Identifier: Apache-2.0
#include "adapters/decorate/caching_embedder.h"

#include <gtest/gtest.h>

#include <map>

#include "async/runtime.h"

namespace docmill::decorate {
namespace {

// Counts what it is asked for; the vector of a text holds its length.
class CountingEmbedder final : public Embedder {
 public:
  const ModelIdentity& identity() const override { return model; }
  int tokens_max() const override { return 256; }
  Task<EmbeddingBatch> embed(Context, std::vector<std::string> texts) override {
    EmbeddingBatch batch;
    for (const std::string& text : texts) {
      asked.push_back(text);
      batch.vectors.push_back({static_cast<float>(text.size()), 0});
      batch.tokens += text.size();
      if (tells_each) batch.text_tokens.push_back(static_cast<std::uint32_t>(text.size()));
    }
    co_return batch;
  }

  ModelIdentity model{"counting", "1", 2};
  bool tells_each = true;
  std::vector<std::string> asked;
};

class MapCache final : public Cache {
 public:
  Task<std::vector<std::optional<std::string>>> get(Context, std::vector<Hash> keys) override {
    if (broken) co_return fail(ErrorCode::kUnavailable, "down");
    std::vector<std::optional<std::string>> out;
    for (const Hash& key : keys)
      out.push_back(values.contains(key) ? std::optional(values[key]) : std::nullopt);
    co_return out;
  }
  Task<void> put(Context, std::vector<CacheEntry> entries) override {
    if (broken) co_return fail(ErrorCode::kUnavailable, "down");
    for (CacheEntry& entry : entries) values[entry.key] = entry.value;
    co_return Status();
  }

  bool broken = false;
  std::map<Hash, std::string> values;
};

class CachingEmbedderTest : public testing::Test {
 protected:
  EmbeddingBatch embed(std::vector<std::string> texts) {
    return runtime_.run(caching_.embed(Context::background(), std::move(texts))).value();
  }
  using Asked = std::vector<std::string>;

  Runtime runtime_{RuntimeSettings{}};
  Metrics metrics_{caching_embedder_metrics()};
  CountingEmbedder inner_;
  MapCache cache_;
  CachingEmbedder caching_{inner_, cache_, metrics_};
};

TEST_F(CachingEmbedderTest, EmbedsOnlyWhatIsNotCachedAndEqualTextsOnce) {
  embed({"one", "three"});
  inner_.asked.clear();
  auto batch = embed({"three", "seventh", "one", "seventh"});
  EXPECT_EQ(inner_.asked, (Asked{"seventh"}));
  ASSERT_EQ(batch.vectors.size(), 4u);
  EXPECT_EQ(batch.vectors[0][0], 5);
  EXPECT_EQ(batch.vectors[1][0], 7);
  EXPECT_EQ(batch.vectors[2][0], 3);
  EXPECT_EQ(batch.vectors[3][0], 7);
  EXPECT_EQ(batch.tokens, 22u);
}

TEST_F(CachingEmbedderTest, SumsStayTrueWhenTheModelTellsOnlyTheSum) {
  inner_.tells_each = false;
  EXPECT_EQ(embed({"one", "three"}).tokens, 8u);
  EXPECT_EQ(embed({"one", "three"}).tokens, 8u);
}

TEST_F(CachingEmbedderTest, AnotherModelFindsNothing) {
  embed({"one"});
  inner_.model.revision = "2";
  embed({"one"});
  EXPECT_EQ(inner_.asked, (Asked{"one", "one"}));
}

TEST_F(CachingEmbedderTest, ABrokenCacheCountsAsMisses) {
  cache_.broken = true;
  EXPECT_EQ(embed({"one"}).vectors.size(), 1u);
  EXPECT_EQ(inner_.asked, (Asked{"one"}));
}

TEST_F(CachingEmbedderTest, EntriesOfAnotherLengthAreIgnored) {
  embed({"one"});
  for (auto& [key, value] : cache_.values) value.pop_back();
  EXPECT_EQ(embed({"one"}).vectors[0][0], 3);
  EXPECT_EQ(inner_.asked, (Asked{"one", "one"}));
}

}  // namespace
}  // namespace docmill::decorate
