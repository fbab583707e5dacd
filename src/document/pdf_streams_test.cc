// SPDX-License-Identifier: Apache-2.0
#include "document/pdf_streams.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

namespace docmill::document {
namespace {

std::string stream_of(const std::string& content, const std::string& entries = "") {
  std::string packed(compressBound(content.size()), 0);
  uLongf size = packed.size();
  compress(reinterpret_cast<Bytef*>(packed.data()), &size,
           reinterpret_cast<const Bytef*>(content.data()), content.size());
  packed.resize(size);
  return "4 0 obj\n<</Filter/FlateDecode" + entries + ">>stream\r\n" + packed + "\nendstream\n";
}

std::string outcome(const std::string& bytes, const Limits& limits) {
  const auto status = pdf::check_streams(bytes, limits);
  return status ? "" : status.error().reason;
}

TEST(PdfStreams, InflatedBytesOfAllStreamsTogetherAreLimited) {
  Limits limits;
  limits.inflated_bytes = 3'000'000;
  limits.inflate_ratio = 10'000;
  const std::string one = stream_of(std::string(2'000'000, 'x'));
  EXPECT_EQ(outcome(one + std::string(8'000, ' '), limits), "");
  EXPECT_EQ(outcome(one + one + std::string(8'000, ' '), limits), "limit_inflated_bytes");
}

TEST(PdfStreams, TheRatioIsLimitedAfterTheFirstMebibyte) {
  EXPECT_EQ(outcome(stream_of(std::string(900'000, 'x')), Limits()), "");
  EXPECT_EQ(outcome(stream_of(std::string(9'000'000, 'x')), Limits()), "limit_inflate_ratio");
}

TEST(PdfStreams, ImagesAndWhatIsNotDeflatedAreLeftAlone) {
  EXPECT_EQ(outcome(stream_of(std::string(9'000'000, 'x'), "/Subtype/Image"), Limits()), "");
  EXPECT_EQ(
      outcome("1 0 obj<<>>stream\nBT (x) Tj ET\nendstream" + std::string(9'000, ' '), Limits()),
      "");
}

}  // namespace
}  // namespace docmill::document
