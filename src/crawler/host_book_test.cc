// SPDX-License-Identifier: Apache-2.0
#include "crawler/host_book.h"

#include <gtest/gtest.h>

namespace docmill::crawler {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kStart{std::chrono::hours(1)};

TEST(HostBook, KeepsTheDelayAfterTheEndOfARequest) {
  HostBook book(1, 1s, 10min);
  EXPECT_TRUE(book.take("a", kStart).granted);
  EXPECT_FALSE(book.take("a", kStart + 5s).granted);
  EXPECT_TRUE(book.take("b", kStart).granted);
  book.end("a", kStart + 5s);
  auto turn = book.take("a", kStart + 5s);
  EXPECT_FALSE(turn.granted);
  EXPECT_EQ(turn.not_before, kStart + 6s);
  EXPECT_TRUE(book.take("a", kStart + 6s).granted);
}

TEST(HostBook, CrawlDelayRaisesButNeverLowers) {
  HostBook book(1, 2s, 10min);
  book.set_delay("a", 5s);
  book.set_delay("b", 1s);
  for (const char* host : {"a", "b"}) {
    EXPECT_TRUE(book.take(host, kStart).granted);
    book.end(host, kStart);
  }
  EXPECT_EQ(book.take("a", kStart).not_before, kStart + 5s);
  EXPECT_EQ(book.take("b", kStart).not_before, kStart + 2s);
}

TEST(HostBook, HonoursAPauseAndDoublesWithoutOne) {
  HostBook book(1, 0s, 10min);
  book.back_off("a", kStart, 120s);
  EXPECT_EQ(book.take("a", kStart).not_before, kStart + 120s);
  book.back_off("b", kStart, {});
  EXPECT_EQ(book.take("b", kStart).not_before, kStart + 2s);
  book.back_off("b", kStart + 2s, {});
  EXPECT_EQ(book.take("b", kStart + 2s).not_before, kStart + 6s);
  book.succeeded("b");
  book.back_off("b", kStart + 6s, {});
  EXPECT_EQ(book.take("b", kStart + 6s).not_before, kStart + 8s);
}

TEST(HostBook, AnEndlessPauseIsCut) {
  HostBook book(1, 0s, 10min);
  book.back_off("a", kStart, std::chrono::hours(48));
  EXPECT_EQ(book.take("a", kStart).not_before, kStart + 10min);
}

TEST(HostBook, NamesBusyHostsAndTheNextFreeTime) {
  HostBook book(1, 1s, 10min);
  EXPECT_TRUE(book.take("a", kStart).granted);
  EXPECT_EQ(book.busy(kStart), std::vector<std::string>{"a"});
  EXPECT_EQ(book.next_free(kStart), std::nullopt);
  book.end("a", kStart);
  EXPECT_EQ(book.next_free(kStart), kStart + 1s);
  EXPECT_TRUE(book.busy(kStart + 1s).empty());
}

TEST(HostBook, OnlyAFastHostThatAnswersHasUrlsInReserve) {
  for (Milliseconds delay : {0ms, 1'000ms}) {
    HostBook book(1, delay, 10min);
    book.queue("a");
    EXPECT_EQ(book.busy(kStart).size(), 1u) << "not known yet";
    book.succeeded("a");
    EXPECT_EQ(book.busy(kStart).empty(), delay == 0ms);
    for (int i = 0; i < 100; ++i) book.queue("a");
    EXPECT_EQ(book.busy(kStart).size(), 1u) << "enough wait";
  }
}

TEST(HostTurn, GivesItsPlaceUpOnceWhateverHappens) {
  ManualClock clock;
  HostBook book(1, 0s, 10min);
  {
    HostTurn first(book, "a", clock);
    EXPECT_TRUE(first.take().granted);
    HostTurn moved(std::move(first));
    HostTurn second(book, "a", clock);
    EXPECT_FALSE(second.take().granted);
    moved.end();
    EXPECT_TRUE(second.take().granted);
  }
  EXPECT_TRUE(book.busy(clock.steady_now()).empty());
  EXPECT_TRUE(HostTurn(book, "a", clock).take().granted);
}

}  // namespace
}  // namespace docmill::crawler
