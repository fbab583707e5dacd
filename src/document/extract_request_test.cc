// SPDX-License-Identifier: Apache-2.0
#include "document/extract_request.h"

#include <gtest/gtest.h>

namespace docmill::document {
namespace {

TEST(ExtractRequest, ComesBackAsItWas) {
  ExtractRequest request{.name = "a b.docx",
                         .declared_media_type = "text/html",
                         .declared_charset = "koi8-r",
                         .main_content = false,
                         .as_sitemap = true};
  request.limits.metadata_field_bytes = 7;
  request.limits.input_bytes = 1ULL << 40;
  auto back = decode_request_header(encode_request_header(request));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->name, request.name);
  EXPECT_EQ(back->declared_media_type, request.declared_media_type);
  EXPECT_EQ(back->declared_charset, request.declared_charset);
  EXPECT_FALSE(back->main_content);
  EXPECT_TRUE(back->as_sitemap);
  EXPECT_EQ(back->limits.metadata_field_bytes, 7);
  EXPECT_EQ(back->limits.input_bytes, 1ULL << 40);
}

TEST(ExtractRequest, LongHintsAreCutSoThatTheHeaderStaysSmall) {
  const std::string name(1'000'000, 'x');
  const std::string header = encode_request_header({.name = name, .declared_charset = name});
  EXPECT_LT(header.size(), 64U * 1024);
  EXPECT_TRUE(decode_request_header(header));
}

TEST(ExtractRequest, EveryCutAndAnyExtraByteIsRefused) {
  const std::string header = encode_request_header({.name = "name"});
  for (std::size_t size = 0; size < header.size(); ++size) {
    EXPECT_FALSE(decode_request_header(std::string_view(header).substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_request_header(header + "x"));
}

}  // namespace
}  // namespace docmill::document
