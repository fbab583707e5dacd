// SPDX-License-Identifier: Apache-2.0
#include "gateway/multipart.h"

#include <gtest/gtest.h>

namespace docmill::gateway {
namespace {

// "name|filename|type=data;" for each part.
Result<std::string> read_split(std::string_view body, std::size_t piece,
                               std::string_view type = "multipart/form-data; boundary=\"b--x\"") {
  DOCMILL_TRY(MultipartReader reader, MultipartReader::create(type));
  std::vector<MultipartEvent> events;
  for (std::size_t i = 0; i < body.size(); i += piece)
    DOCMILL_TRY_VOID(reader.feed(body.substr(i, piece), events));
  DOCMILL_TRY_VOID(reader.finish());
  std::string out;
  for (const MultipartEvent& event : events) {
    if (event.kind == MultipartEvent::Kind::kPartBegin)
      out += event.name + "|" + event.filename + "|" + event.content_type + "=";
    if (event.kind == MultipartEvent::Kind::kData) out += event.data;
    if (event.kind == MultipartEvent::Kind::kPartEnd) out += ";";
  }
  return out;
}

constexpr std::string_view kForm =
    "preamble\r\n--b--x\r\n"
    "Content-Disposition: form-data; name=\"uri\"\r\n\r\nhttp://x\r\n--b--x  \r\n"
    "content-disposition: form-data; name=file; filename=\"a\\\"b.md\"\r\n"
    "Content-Type: text/markdown\r\n\r\n"
    "line\r\n--b--\r\n--b--\r\r\n\r\n--b--x\r\n"
    "\r\n\r\n--b--x--\r\nepilogue\r\n--b--x";

TEST(Multipart, ReadsPartsAtAnySplit) {
  for (std::size_t piece : {1, 2, 3, 7, 64, 10'000}) {
    auto read = read_split(kForm, piece);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, "uri||=http://x;file|a\"b.md|text/markdown=line\r\n--b--\r\n--b--\r\r\n;||=;");
  }
}

TEST(Multipart, RefusesWhatIsMalformed) {
  EXPECT_FALSE(read_split("", 1));
  EXPECT_FALSE(read_split("--b--x\r\n\r\nabc\r\n", 3));         // no closing boundary
  EXPECT_FALSE(read_split("--b--xyz\r\n\r\n\r\n--b--x--", 3));  // text behind a boundary
  EXPECT_FALSE(read_split("--b--x\r\nX: " + std::string(20'000, 'x'), 100));
  EXPECT_FALSE(read_split("--b--x" + std::string(20'000, ' '), 100));
  std::string many;
  for (int i = 0; i < 1'100; ++i) many += "--b--x\r\n\r\n\r\n\r\n";
  EXPECT_FALSE(read_split(many + "--b--x--", 1000));
  for (const char* type : {"multipart/form-data",
                           "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\""})
    EXPECT_FALSE(MultipartReader::create(type));
}

TEST(Multipart, HoldsBackNoMoreThanABoundary) {
  auto reader = MultipartReader::create("multipart/form-data; boundary=b");
  ASSERT_TRUE(reader);
  std::vector<MultipartEvent> events;
  ASSERT_TRUE(reader->feed("--b\r\n\r\n" + std::string(100'000, 'x'), events));
  std::size_t given = 0;
  for (const auto& event : events) given += event.data.size();
  EXPECT_GE(given, 100'000U - 8);
}

TEST(Multipart, HeaderParameters) {
  EXPECT_EQ(header_parameter("a; x=1 ; name=\"v;w\"; y", "name"), "v;w");
  EXPECT_EQ(header_parameter("a; filename=\"x\"; filename*=UTF-8''%C3%A4.md", "filename"),
            "\u00e4.md");
  EXPECT_EQ(header_parameter("text/html; Charset=utf-8", "charset"), "utf-8");
  EXPECT_EQ(header_parameter("a; name=\"unfinished", "name"), "unfinished");
  EXPECT_EQ(header_parameter("a", "name"), "");
}

}  // namespace
}  // namespace docmill::gateway
