// SPDX-License-Identifier: Apache-2.0
#include "http/message.h"

#include <gtest/gtest.h>

#include "http/message_parser.h"

namespace docmill::http {
namespace {

// Feeds `bytes` in pieces, as a connection does; the body read, or the error.
Result<std::string> parse_split(MessageParser& parser, std::string_view bytes, std::size_t piece,
                                std::string* rest = nullptr) {
  std::string body;
  std::string buffer;
  while (!parser.done() && !(bytes.empty() && buffer.empty())) {
    buffer.append(bytes.substr(0, piece));
    bool more = !bytes.empty();
    bytes.remove_prefix(std::min(piece, bytes.size()));
    DOCMILL_TRY(std::size_t taken, parser.feed(buffer, body));
    buffer.erase(0, taken);
    if (taken == 0 && !more) break;
  }
  if (rest) *rest = buffer + std::string(bytes);
  if (!parser.done()) DOCMILL_TRY_VOID(parser.end_of_input());
  return body;
}

ErrorCode refused(std::string_view bytes) {
  auto parser = MessageParser::of_request(8192);
  auto body = parse_split(*parser, bytes, 5);
  return body ? ErrorCode::kInternal : body.error().code;
}

TEST(MessageParser, RequestAtAnySplit) {
  for (std::size_t piece : {1, 2, 3, 7, 1000}) {
    auto parser = MessageParser::of_request(8192);
    std::string rest;
    auto body =
        parse_split(*parser,
                    "POST /a?b=c HTTP/1.1\r\nHost: x\r\nX-A:  1 \r\nContent-Length: 5\r\n\r\n"
                    "helloGET / HTTP/1.1\r\n",
                    piece, &rest);
    ASSERT_TRUE(body) << body.error().message;
    EXPECT_EQ(*body, "hello");
    EXPECT_EQ(rest, "GET / HTTP/1.1\r\n");
    EXPECT_EQ(parser->request().path(), "/a");
    EXPECT_EQ(parser->request().query(), "b=c");
    EXPECT_EQ(parser->request().headers.find("x-a"), "1");
    EXPECT_TRUE(parser->keep_alive());
  }
}

TEST(MessageParser, ChunkedBodyAtAnySplit) {
  for (std::size_t piece : {1, 2, 3, 7, 1000}) {
    auto parser = MessageParser::of_response(8192, false);
    auto body = parse_split(*parser,
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Trailer: 9\r\n\r\n",
                            piece);
    ASSERT_TRUE(body) << body.error().message;
    EXPECT_EQ(*body, "abc0123456789");
    EXPECT_FALSE(parser->response().headers.contains("x-trailer"));
  }
}

TEST(MessageParser, ResponseUntilTheConnectionEnds) {
  auto parser = MessageParser::of_response(8192, false);
  auto body = parse_split(*parser, "HTTP/1.0 200 OK\r\n\r\nabc", 2);
  ASSERT_TRUE(body);
  EXPECT_EQ(*body, "abc");
  EXPECT_FALSE(parser->keep_alive());
}

TEST(MessageParser, AnAnswerThatIsCutOffIsNoAnswer) {
  for (std::string_view bytes :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "HTTP/1.1 200 OK\r\n",
        ""}) {
    auto parser = MessageParser::of_response(8192, false);
    auto body = parse_split(*parser, bytes, 1000);
    ASSERT_FALSE(body);
    EXPECT_EQ(body.error().code, ErrorCode::kUnavailable);
  }
}

TEST(MessageParser, RefusesWhatCouldBeReadInTwoWays) {
  const std::string start = "POST / HTTP/1.1\r\nHost: x\r\n";
  EXPECT_EQ(refused(start + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused(start + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused(start + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n"),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused(start + "Content-Length: -3\r\n\r\n"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused(start + "Transfer-Encoding: gzip, chunked\r\n\r\n"),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused(start + "X A: 1\r\n\r\n"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused("GET / HTTP/2.0\r\n\r\n"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused(start + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
            ErrorCode::kInvalidArgument);
}

TEST(MessageParser, HeadersAndChunkLinesAreBounded) {
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nA: " + std::string(9000, 'a')), ErrorCode::kTooLarge);
  auto parser = MessageParser::of_request(8192);
  std::string endless =
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(20'000, 'x');
  EXPECT_FALSE(parse_split(*parser, endless, 4096));
}

TEST(Message, PercentEscapes) {
  EXPECT_EQ(*percent_decode("a%2Fb+c"), "a/b+c");
  EXPECT_EQ(*percent_decode("%C3%a4+", PlusSign::kSpace), "\u00e4 ");
  for (const char* broken : {"%", "%a", "%zz", "%00"}) EXPECT_FALSE(percent_decode(broken));
  auto query = parse_query("a=1&&b&c=x%3Dy");
  ASSERT_TRUE(query);
  ASSERT_EQ(query->size(), 3U);
  EXPECT_EQ((*query)[2].second, "x=y");
}

TEST(Message, RetryAfterInMillisecondsWinsAndIsBounded) {
  using std::chrono::milliseconds;
  EXPECT_EQ(retry_after_of({{"Retry-After", "2"}, {"retry-after-ms", "150"}}), milliseconds(150));
  EXPECT_EQ(retry_after_of({{"Retry-After", "2"}}), milliseconds(2000));
  EXPECT_EQ(retry_after_of({{"Retry-After", "1e300"}}), milliseconds(3'600'000));
  EXPECT_EQ(retry_after_of({{"Retry-After", "soon"}}), std::nullopt);
}

TEST(Message, DateOfTheStandard) {
  EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace docmill::http
