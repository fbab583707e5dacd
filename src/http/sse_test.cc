// SPDX-License-Identifier: Apache-2.0
#include "http/sse.h"

#include <gtest/gtest.h>

namespace docmill::http {
namespace {

std::vector<SseEvent> read_split(std::string_view stream, std::size_t piece) {
  SseReader reader;
  std::vector<SseEvent> events;
  for (std::size_t i = 0; i < stream.size(); i += piece)
    EXPECT_TRUE(reader.feed(stream.substr(i, piece), events));
  return events;
}

void expect_at_any_split(std::string_view stream, const std::vector<SseEvent>& expected) {
  for (std::size_t piece : {1, 2, 3, 7, 1000}) {
    auto events = read_split(stream, piece);
    ASSERT_EQ(events.size(), expected.size()) << "pieces of " << piece;
    for (std::size_t i = 0; i < events.size(); ++i)
      EXPECT_EQ(events[i], expected[i]) << "pieces of " << piece << ": " << events[i].data;
  }
}

TEST(SseReader, EveryLineEndAtAnySplit) {
  for (std::string end : {"\n", "\r", "\r\n"})
    expect_at_any_split("data: a" + end + end + "data: b" + end + "data: c" + end + end,
                        {{"", "a", ""}, {"", "b\nc", ""}});
}

TEST(SseReader, MixedLineEnds) {
  expect_at_any_split("data: a\r\n\ndata: b\r\rdata: c\n\r\n",
                      {{"", "a", ""}, {"", "b", ""}, {"", "c", ""}});
}

TEST(SseReader, CommentsUnknownFieldsAndMissingSpaces) {
  expect_at_any_split(
      ": ping\n\nevent:error\nid: 7\nretry: 10\nfoo: x\ndata:{\"a\":1}\n\n:\ndata:  two\n\n",
      {{"error", "{\"a\":1}", "7"}, {"", " two", "7"}});
}

TEST(SseReader, CharactersAreNeverCut) {
  std::string text = "\u00e4\u6c34\U0001F600\u0301";
  expect_at_any_split(
      "\xEF\xBB\xBF"
      "data: " +
          text + "\n\ndata: " + text + text + "\n\n",
      {{"", text, ""}, {"", text + text, ""}});
}

TEST(SseReader, EmptyDataCountsAndFieldWithoutColonToo) {
  expect_at_any_split("data\n\ndata:\ndata\n\n", {{"", "", ""}, {"", "\n", ""}});
}

TEST(SseReader, AnUnfinishedEventDoesNotCount) {
  SseReader reader;
  std::vector<SseEvent> events;
  ASSERT_TRUE(reader.feed("data: a\n\ndata: b\n", events));
  EXPECT_EQ(events.size(), 1U);
  EXPECT_FALSE(reader.at_boundary());
  ASSERT_TRUE(reader.feed("\n", events));
  EXPECT_TRUE(reader.at_boundary());
}

TEST(SseReader, RefusesEndlessEvents) {
  SseReader reader(100);
  std::vector<SseEvent> events;
  Status status;
  for (int i = 0; status && i < 20; ++i) status = reader.feed("data: 0123456789\n", events);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kTooLarge);
  SseReader other(100);
  EXPECT_FALSE(other.feed(std::string(101, 'x'), events));
}

TEST(SseWriter, WhatIsWrittenIsReadBack) {
  for (std::string data : {"{\"a\":1}", "", "two\nlines", "cr\rlf\r\nend\n"}) {
    std::string out;
    append_sse_data(out, data);
    auto events = read_split(out, 1);
    ASSERT_EQ(events.size(), 1U);
    std::string expected;
    for (std::size_t i = 0; i < data.size(); ++i) {
      if (data[i] == '\r' && i + 1 < data.size() && data[i + 1] == '\n') continue;
      expected.push_back(data[i] == '\r' ? '\n' : data[i]);
    }
    EXPECT_EQ(events[0].data, expected);
  }
}

}  // namespace
}  // namespace docmill::http
