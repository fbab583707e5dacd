// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "async/task_group.h"
#include "contract/port_contract.h"
#include "ports/cache.h"

namespace docmill::contract {

// What every Cache promises (ports/cache.h). The caches under test have room for all that the
// suite puts, so that here nothing is forgotten.
class CacheContract : public PortContract<Cache> {
 protected:
  using Values = std::vector<std::optional<std::string>>;
};

TEST_P(CacheContract, AnswersOneValueOrNothingPerKeyInOrder) {
  run(port_->put(none_, {{sha256("a"), "1"}, {sha256("b"), "2"}}));
  EXPECT_EQ(run(port_->get(none_, {sha256("b"), sha256("c"), sha256("a"), sha256("b")})),
            (Values{"2", std::nullopt, "1", "2"}));
}

TEST_P(CacheContract, NothingAskedIsNothingAnswered) {
  EXPECT_TRUE(run(port_->get(none_, {})).empty());
  run(port_->put(none_, {}));
}

TEST_P(CacheContract, ValuesAreBytesAndMayBeEmpty) {
  const std::string bytes("\0\xff\0 bytes", 9);
  run(port_->put(none_, {{sha256("bytes"), bytes}, {sha256("empty"), ""}}));
  EXPECT_EQ(run(port_->get(none_, {sha256("bytes"), sha256("empty")})), (Values{bytes, ""}));
}

TEST_P(CacheContract, PuttingAgainReplacesTheValue) {
  run(port_->put(none_, {{sha256("a"), "old"}, {sha256("b"), "kept"}}));
  run(port_->put(none_, {{sha256("a"), "new"}}));
  EXPECT_EQ(run(port_->get(none_, {sha256("a"), sha256("b")})), (Values{"new", "kept"}));
}

TEST_P(CacheContract, WritersAtTheSameTimeLeaveWholeValues) {
  TaskGroup group(runtime_.executor(), none_);
  for (int i = 0; i < 40; ++i)
    group.spawn("put", port_->put(none_, {{sha256(std::to_string(i % 10)),
                                           std::string(1000, static_cast<char>('a' + i % 10))}}));
  run(group.join());
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(run(port_->get(none_, {sha256(std::to_string(i))})).at(0),
              std::string(1000, static_cast<char>('a' + i)));
}

}  // namespace docmill::contract
