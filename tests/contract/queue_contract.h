// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "async/task_group.h"
#include "contract/port_contract.h"
#include "ports/queue.h"

namespace docmill::contract {

// What every Queue promises (ports/queue.h) whose time is the suite's clock and whose depth is
// exact.
class QueueContract : public PortContract<Queue> {
 protected:
  void send(std::string body, Milliseconds delay = Milliseconds(0)) {
    run(port_->send(none_, std::move(body), delay));
  }
  std::vector<Delivery> receive(int messages_max = 10, Milliseconds visibility = kVisibility) {
    return run(port_->receive(none_, {.messages_max = messages_max, .visibility = visibility}));
  }
  void expect_depth(std::int64_t ready, std::int64_t delayed, std::int64_t in_flight) {
    QueueDepth depth = run(port_->depth(none_));
    EXPECT_EQ(depth.ready, ready);
    EXPECT_EQ(depth.delayed, delayed);
    EXPECT_EQ(depth.in_flight, in_flight);
  }
  // Receives and acknowledges until nothing is left; `taken` belongs to this worker alone.
  Task<void> drain(std::vector<std::string>& taken) {
    while (true) {
      DOCMILL_CO_TRY(auto deliveries, co_await port_->receive(none_, {.messages_max = 3}));
      if (deliveries.empty()) co_return Status();
      for (Delivery& delivery : deliveries) {
        DOCMILL_CO_TRY_VOID(co_await port_->ack(none_, delivery.receipt));
        taken.push_back(std::move(delivery.body));
      }
    }
  }

  static constexpr Milliseconds kVisibility{1000};
};

TEST_P(QueueContract, SentMessageIsDeliveredOnceAndHiddenFromOthers) {
  send("body");
  expect_depth(1, 0, 0);
  auto first = receive();
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].body, "body");
  EXPECT_EQ(first[0].receive_count, 1);
  EXPECT_TRUE(receive().empty());
  expect_depth(0, 0, 1);
}

TEST_P(QueueContract, AcknowledgedMessageIsGoneForGood) {
  send("body");
  run(port_->ack(none_, receive().at(0).receipt));
  clock_.advance(kVisibility);
  EXPECT_TRUE(receive().empty());
  expect_depth(0, 0, 0);
}

TEST_P(QueueContract, DelayedMessageIsHiddenFirst) {
  send("later", Milliseconds(500));
  EXPECT_TRUE(receive().empty());
  expect_depth(0, 1, 0);
  clock_.advance(Milliseconds(500));
  EXPECT_EQ(receive().size(), 1u);
}

TEST_P(QueueContract, TimedOutDeliveryComesAgainUnderANewReceipt) {
  send("body");
  auto first = receive();
  clock_.advance(kVisibility);
  expect_depth(1, 0, 0);
  auto second = receive();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].body, "body");
  EXPECT_EQ(second[0].receive_count, 2);
  EXPECT_NE(second[0].receipt, first.at(0).receipt);
}

TEST_P(QueueContract, ReceiptOfATimedOutDeliveryIsAConflict) {
  send("body");
  std::string stale = receive().at(0).receipt;
  clock_.advance(kVisibility);
  auto second = receive();
  EXPECT_EQ(code(port_->ack(none_, stale)), ErrorCode::kConflict);
  EXPECT_EQ(code(port_->extend(none_, stale, kVisibility)), ErrorCode::kConflict);
  EXPECT_EQ(code(port_->release(none_, stale, Milliseconds(0))), ErrorCode::kConflict);
  expect_depth(0, 0, 1);
  run(port_->ack(none_, second.at(0).receipt));
}

TEST_P(QueueContract, ExtendedDeliveryStaysHiddenFromNow) {
  send("body");
  std::string receipt = receive().at(0).receipt;
  clock_.advance(Milliseconds(900));
  run(port_->extend(none_, receipt, kVisibility));
  clock_.advance(Milliseconds(900));
  EXPECT_TRUE(receive().empty());
  clock_.advance(Milliseconds(100));
  EXPECT_EQ(receive().size(), 1u);
}

TEST_P(QueueContract, ReleasedMessageIsReceivableAfterItsDelayAndItsReceiptIsSpent) {
  send("body");
  std::string receipt = receive().at(0).receipt;
  run(port_->release(none_, receipt, Milliseconds(300)));
  EXPECT_TRUE(receive().empty());
  expect_depth(0, 1, 0);
  EXPECT_EQ(code(port_->ack(none_, receipt)), ErrorCode::kConflict);
  clock_.advance(Milliseconds(300));
  EXPECT_EQ(receive().at(0).receive_count, 2);
}

TEST_P(QueueContract, ReceiptIsSpentByItsAcknowledgement) {
  send("body");
  std::string receipt = receive().at(0).receipt;
  run(port_->ack(none_, receipt));
  EXPECT_EQ(code(port_->ack(none_, receipt)), ErrorCode::kConflict);
  EXPECT_EQ(code(port_->extend(none_, receipt, kVisibility)), ErrorCode::kConflict);
}

TEST_P(QueueContract, ReceiveGivesAtMostWhatWasAskedFor) {
  for (int i = 0; i < 12; ++i) send(std::to_string(i));
  EXPECT_EQ(receive(1).size(), 1u);
  EXPECT_EQ(receive(10).size(), 10u);
  EXPECT_EQ(receive(10).size(), 1u);
}

TEST_P(QueueContract, LimitsAreKept) {
  EXPECT_EQ(code(port_->send(none_, std::string(256 * 1024 + 1, 'x'), Milliseconds(0))),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(port_->send(none_, "x", std::chrono::minutes(15) + Milliseconds(1))),
            ErrorCode::kInvalidArgument);
  for (int messages_max : {0, 11})
    EXPECT_EQ(code(port_->receive(none_, {.messages_max = messages_max})),
              ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(port_->receive(none_, {.wait = Milliseconds(20'001)})),
            ErrorCode::kInvalidArgument);
  expect_depth(0, 0, 0);
  send(std::string(256 * 1024, 'x'));
  EXPECT_EQ(receive().at(0).body.size(), 256u * 1024);
}

TEST_P(QueueContract, SendWakesAWaitingReceiver) {
  TaskGroup group(runtime_.executor(), none_);
  group.spawn("send", port_->send(none_, "m", Milliseconds(0)));
  EXPECT_EQ(run(port_->receive(none_, {.wait = Milliseconds(20'000)})).size(), 1u);
  run(group.join());
}

TEST_P(QueueContract, WaitingReceiverEndsWhenItIsCancelled) {
  Context cancelled = none_.child();
  cancelled.cancel();
  EXPECT_EQ(code(port_->receive(cancelled, {.wait = Milliseconds(20'000)})), ErrorCode::kCancelled);
}

TEST_P(QueueContract, ManyReceiversGetEachMessageOnce) {
  for (int i = 0; i < 60; ++i) send(std::to_string(i));
  std::vector<std::vector<std::string>> taken(6);
  TaskGroup group(runtime_.executor(), none_);
  for (auto& own : taken) group.spawn("drain", drain(own));
  run(group.join());
  std::multiset<std::string> all;
  for (const auto& own : taken) all.insert(own.begin(), own.end());
  EXPECT_EQ(all.size(), 60u);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 60u);
}

}  // namespace docmill::contract
