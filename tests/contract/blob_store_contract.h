// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "async/task_group.h"
#include "contract/port_contract.h"
#include "ports/blob_store.h"

namespace docmill::contract {

// What every BlobStore promises (ports/blob_store.h).
class BlobStoreContract : public PortContract<BlobStore> {
 protected:
  std::vector<std::string> keys(std::string prefix, std::string after = "", int limit = 1000) {
    std::vector<std::string> found;
    for (BlobInfo& blob : run(port_->list(none_, std::move(prefix), std::move(after), limit)).blobs)
      found.push_back(std::move(blob.key));
    return found;
  }
};

TEST_P(BlobStoreContract, GetsTheBytesThatWerePut) {
  const std::string bytes("\0\xff\r\n any bytes", 14);
  run(port_->put(none_, "content/ab/abcdef", bytes));
  run(port_->put(none_, "empty", ""));
  EXPECT_EQ(run(port_->get(none_, "content/ab/abcdef", 14)), bytes);
  EXPECT_EQ(run(port_->get(none_, "empty", 0)), "");
  EXPECT_EQ(run(port_->stat(none_, "content/ab/abcdef")).size_bytes, 14u);
  EXPECT_EQ(run(port_->stat(none_, "content/ab/abcdef")).key, "content/ab/abcdef");
}

TEST_P(BlobStoreContract, GetRefusesABlobOverTheCallersLimit) {
  run(port_->put(none_, "a", "12345"));
  EXPECT_EQ(code(port_->get(none_, "a", 4)), ErrorCode::kTooLarge);
  EXPECT_EQ(run(port_->get(none_, "a", 5)), "12345");
}

TEST_P(BlobStoreContract, WhatIsNotThereIsNotFound) {
  run(port_->put(none_, "folder/a", "1"));
  EXPECT_EQ(code(port_->get(none_, "none", 10)), ErrorCode::kNotFound);
  EXPECT_EQ(code(port_->stat(none_, "none")), ErrorCode::kNotFound);
  EXPECT_EQ(code(port_->get(none_, "folder/none", 10)), ErrorCode::kNotFound);
}

TEST_P(BlobStoreContract, KeysOutsideTheRulesAreRefusedByEveryFunction) {
  for (std::string key :
       {"", "/a", "a/", "a//b", "../a", "a/./b", "a/..", "a b", "a\\b", "\xc3\xa9"}) {
    EXPECT_EQ(code(port_->put(none_, key, "1")), ErrorCode::kInvalidArgument) << key;
    EXPECT_EQ(code(port_->get(none_, key, 1)), ErrorCode::kInvalidArgument) << key;
    EXPECT_EQ(code(port_->stat(none_, key)), ErrorCode::kInvalidArgument) << key;
    EXPECT_EQ(code(port_->remove(none_, key)), ErrorCode::kInvalidArgument) << key;
    auto writer = run(port_->create_writer(none_));
    EXPECT_EQ(code(writer->commit(none_, key)), ErrorCode::kInvalidArgument) << key;
  }
  EXPECT_EQ(code(port_->put(none_, std::string(513, 'a'), "1")), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(keys("").empty());
}

TEST_P(BlobStoreContract, PuttingAgainIsSuccess) {
  run(port_->put(none_, "a", "same"));
  run(port_->put(none_, "a", "same"));
  EXPECT_EQ(run(port_->get(none_, "a", 10)), "same");
  EXPECT_EQ(keys(""), std::vector<std::string>{"a"});
}

TEST_P(BlobStoreContract, PutsAtTheSameTimeAllSucceed) {
  TaskGroup group(runtime_.executor(), none_);
  for (int i = 0; i < 60; ++i)
    group.spawn("put", port_->put(none_, "a/" + std::to_string(i % 40), std::to_string(i % 40)));
  run(group.join());
  EXPECT_EQ(keys("a/").size(), 40u);
  for (int i : {0, 19, 20, 39})
    EXPECT_EQ(run(port_->get(none_, "a/" + std::to_string(i), 10)), std::to_string(i));
}

TEST_P(BlobStoreContract, WriterShowsNothingBeforeItsCommit) {
  auto writer = run(port_->create_writer(none_));
  run(writer->write(none_, "first "));
  run(writer->write(none_, "second"));
  EXPECT_TRUE(keys("").empty());
  BlobInfo info = run(writer->commit(none_, "written"));
  EXPECT_EQ(info.key, "written");
  EXPECT_EQ(info.size_bytes, 12u);
  EXPECT_EQ(run(port_->get(none_, "written", 12)), "first second");
}

TEST_P(BlobStoreContract, WriterWithoutACommitLeavesNothing) {
  auto writer = run(port_->create_writer(none_));
  run(writer->write(none_, "lost"));
  writer.reset();
  EXPECT_TRUE(keys("").empty());
}

TEST_P(BlobStoreContract, RemovedBlobIsGoneAndRemovingAgainIsSuccess) {
  run(port_->put(none_, "a/b", "1"));
  run(port_->put(none_, "a/c", "2"));
  run(port_->remove(none_, "a/b"));
  run(port_->remove(none_, "a/b"));
  run(port_->remove(none_, "never/was"));
  EXPECT_EQ(code(port_->get(none_, "a/b", 1)), ErrorCode::kNotFound);
  EXPECT_EQ(run(port_->get(none_, "a/c", 1)), "2");
  run(port_->put(none_, "a/b", "1"));
  EXPECT_EQ(run(port_->get(none_, "a/b", 1)), "1");
}

TEST_P(BlobStoreContract, ListIsAscendingAndPrefixesNeedNotEndAtASegment) {
  for (std::string key : {"b", "ab/2", "ab/10", "a-b", "abc", "ab.x"})
    run(port_->put(none_, key, "1"));
  EXPECT_EQ(keys(""), (std::vector<std::string>{"a-b", "ab.x", "ab/10", "ab/2", "abc", "b"}));
  EXPECT_EQ(keys("ab"), (std::vector<std::string>{"ab.x", "ab/10", "ab/2", "abc"}));
  EXPECT_EQ(keys("ab/"), (std::vector<std::string>{"ab/10", "ab/2"}));
  EXPECT_EQ(keys("ab/1"), std::vector<std::string>{"ab/10"});
  EXPECT_EQ(keys("ab", "ab/10"), (std::vector<std::string>{"ab/2", "abc"}));
  EXPECT_TRUE(keys("c").empty());
}

TEST_P(BlobStoreContract, PagesGiveEachKeyOnceAndEnd) {
  for (int i = 0; i < 7; ++i) run(port_->put(none_, "p/" + std::to_string(i), "x"));
  std::vector<std::string> seen;
  std::string after;
  for (int pages = 0; pages < 5; ++pages) {
    BlobPage page = run(port_->list(none_, "p/", after, 3));
    EXPECT_LE(page.blobs.size(), 3u);
    for (const BlobInfo& blob : page.blobs) {
      seen.push_back(blob.key);
      EXPECT_EQ(blob.size_bytes, 1u);
    }
    after = page.next;
    if (after.empty()) break;
  }
  EXPECT_TRUE(after.empty());
  EXPECT_EQ(seen, (std::vector<std::string>{"p/0", "p/1", "p/2", "p/3", "p/4", "p/5", "p/6"}));
  EXPECT_EQ(code(port_->list(none_, "", "", 0)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(port_->list(none_, "", "", 1001)), ErrorCode::kInvalidArgument);
}

}  // namespace docmill::contract
