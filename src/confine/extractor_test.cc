// SPDX-License-Identifier: Apache-2.0
#include "confine/extractor.h"

#include <gtest/gtest.h>

#include "async/runtime.h"
#include "confine/pool.h"
#include "document/builder.h"
#include "document/codec.h"

namespace docmill::confine {
namespace {

// Against a worker that answers with the bytes it was given.
class ExtractorTest : public testing::Test {
 protected:
  void SetUp() override {
    auto pool = Pool::create({.program = DOCMILL_BIN_DIR "/confine_test_worker", .workers = 1},
                             runtime_.executor(), runtime_.blocking(), metrics_);
    ASSERT_TRUE(pool) << pool.error().message;
    pool_ = std::move(*pool);
    extractor_ = std::make_unique<Extractor>(*pool_, metrics_);
  }
  Result<document::Document> extract(std::string answer, document::ExtractRequest request = {}) {
    return runtime_.run(
        extractor_->extract(Context::background(), std::move(request), std::move(answer)));
  }
  double documents(std::string_view outcome) {
    return metrics_.get("docmill_extract_documents_total", {outcome}).total();
  }
  double characters(std::string_view layer) {
    return metrics_.get("docmill_extract_characters_total", {layer}).total();
  }
  static std::vector<MetricSpec> metric_table() {
    std::vector<MetricSpec> table = pool_metrics();
    for (MetricSpec& row : extractor_metrics()) table.push_back(std::move(row));
    return table;
  }

  Runtime runtime_{{}};
  Metrics metrics_{metric_table()};
  std::unique_ptr<Pool> pool_;
  std::unique_ptr<Extractor> extractor_;
};

TEST_F(ExtractorTest, ASoundAnswerIsTheModelAndItsCharactersAreCounted) {
  document::Builder builder("text/plain", "text/1", {});
  ASSERT_TRUE(builder.add_block({}, "five5"));
  ASSERT_TRUE(builder.add_block({.layer = document::Layer::kFurniture, .reason = "nav"}, "six66!"));
  builder.count_dropped("overprint", 2);
  auto document = extract(document::encode(builder.finish().value()));
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(document->blocks.size(), 2u);
  EXPECT_EQ(documents("ok"), 1);
  EXPECT_EQ(characters("body"), 5);
  EXPECT_EQ(characters("furniture"), 6);
  EXPECT_EQ(characters("dropped"), 2);
}

TEST_F(ExtractorTest, AnAnswerThatIsNoModelIsAFaultOfTheWorker) {
  auto document = extract("not what a parser writes");
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(document.error().reason, "worker_protocol");
  EXPECT_EQ(documents("worker_protocol"), 1);
}

TEST_F(ExtractorTest, TooManyBytesReachNoWorker) {
  document::ExtractRequest request;
  request.limits.input_bytes = 3;
  auto document = extract("four", request);
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().reason, "limit_input_bytes");
}

}  // namespace
}  // namespace docmill::confine
