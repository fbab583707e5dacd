// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "document/extract.h"

namespace docmill::document {
namespace {

Result<Document> parse(std::string_view bytes, const Limits& limits = {}) {
  ExtractInput input;
  input.bytes = bytes;
  return parse_sitemap(input, limits);
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(Sitemap, ReadsAddressesAndDates) {
  const auto document = parse(
      "<?xml version='1.0'?><x:urlset xmlns:x='wrong'><x:url><x:loc> https://a/?b&amp;c "
      "</x:loc><x:lastmod>2024-05-01</x:lastmod></x:url><url><loc><![CDATA[https://a/2]]></loc>"
      "</url></x:urlset>");
  ASSERT_TRUE(document) << document.error().message;
  ASSERT_EQ(document->links.size(), 2U);
  EXPECT_EQ(document->links[0].href, "https://a/?b&c");
  EXPECT_EQ(document->links[0].modified, "2024-05-01");
  EXPECT_EQ(document->links[0].relation, "sitemap");
  EXPECT_EQ(document->links[1].href, "https://a/2");
}

TEST(Sitemap, IndexNamesOtherSitemaps) {
  const auto document =
      parse("<sitemapindex><sitemap><loc>https://a/1.xml</loc></sitemap></sitemapindex>");
  ASSERT_TRUE(document);
  ASSERT_EQ(document->links.size(), 1U);
  EXPECT_EQ(document->links[0].relation, "sitemap_index");
}

TEST(Sitemap, FeedsAndTextAreSitemapsToo) {
  EXPECT_EQ(parse("<rss><channel><link>https://a/</link><item><link>https://a/1</link>"
                  "</item></channel></rss>")
                ->links.size(),
            1U);
  EXPECT_EQ(parse("<feed><entry><link href='/1'/><updated>2024</updated></entry></feed>")
                ->links.at(0)
                .modified,
            "2024");
  EXPECT_EQ(parse("\xef\xbb\xbfhttps://a/1\r\nhttps://a/2\nnot one\n")->links.size(), 2U);
}

TEST(Sitemap, GzipIsKnownByItsMagicAndCapped) {
  EXPECT_EQ(parse(gzip("https://a/1\n"))->links.size(), 1U);
  const auto bomb = parse(gzip(std::string(8U << 20, 'a')));
  ASSERT_FALSE(bomb);
  EXPECT_EQ(bomb.error().reason, "limit_inflate_ratio");
}

TEST(Sitemap, CustomEntitiesAreNotExpanded) {
  const auto document = parse(
      "<!DOCTYPE u [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><urlset><url><loc>https://a/&b;</loc>"
      "</url></urlset>");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->links.at(0).href, "https://a/&b;");
}

TEST(Sitemap, OtherXmlIsRefused) {
  EXPECT_EQ(parse("<note/>").error().reason, "malformed");
  EXPECT_EQ(parse("<<<").error().reason, "malformed");
}

TEST(Sitemap, ReadsTheFilesOfCrawlerCommons) {
  const char* shared = std::getenv("DOCMILL_SHARED_DATA");
  const std::filesystem::path base =
      shared != nullptr ? shared : std::string(DOCMILL_SOURCE_DIR) + "/../shared/data";
  const auto folder = base / "robots-sitemaps";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no data at " << folder;
  const std::map<std::string, std::size_t> least = {
      {"sitemaps/sitemap.ns.xml", 1},
      {"sitemaps/sitemap.badns.xml", 1},
      {"sitemaps/sitemap.index.xml", 2},
      {"sitemaps/sitemap-with-bom.txt", 1},
      {"sitemaps/sitemap.txt", 1},
      {"sitemaps/sitemap.txt.gz", 1},
      {"sitemaps/xmlSitemap.gz", 1},
      {"sitemaps/atom.xml", 1},
      {"rss/feed.rss", 1},
      {"rss/xmlRss_pubDate.xml", 1},
      {"sitemaps/extension/sitemap-images.xml", 1},
      {"sitemaps/extension/hebdenbridgetimes-articles-sitemap.xml", 20},
  };
  for (const auto& [name, links] : least) {
    std::ifstream file(folder / name, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const auto document = parse(bytes);
    ASSERT_TRUE(document) << name << ": " << document.error().message;
    EXPECT_GE(document->links.size(), links) << name;
  }
}

}  // namespace
}  // namespace docmill::document
