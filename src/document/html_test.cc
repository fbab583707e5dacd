// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "document/charset.h"
#include "document/extract.h"
#include "document/html_dom.h"
#include "document/html_head.h"

namespace docmill::document {
namespace {

Document parse(std::string_view html, bool main_content = false) {
  ExtractInput input;
  input.bytes = html;
  input.main_content = main_content;
  auto document = parse_html(input, {});
  EXPECT_TRUE(document) << document.error().message;
  return document ? *document : Document{};
}

std::string text_of(const Document& document, const TextRange& range) {
  return document.text.substr(range.begin, range.end - range.begin);
}

// "kind level marker|text" for each block.
std::vector<std::string> outline(const Document& document) {
  std::vector<std::string> lines;
  for (const auto& block : document.blocks) {
    std::string line(name_of(block.kind));
    if (block.level > 0) line += " " + std::to_string(block.level);
    if (!block.marker.empty()) line += " " + block.marker;
    lines.push_back(line + "|" + text_of(document, block.text));
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(Html, WhiteSpaceIsCollapsedAndBreaksAreLines) {
  EXPECT_EQ(outline(parse("<p>  a \n <b> b</b>c<br> d </p>")), (Lines{"paragraph|a bc\nd"}));
  EXPECT_EQ(outline(parse("<p>one<br><br>two")), (Lines{"paragraph|one", "paragraph|two"}));
}

TEST(Html, HeadingsQuotesAndCode) {
  EXPECT_EQ(outline(parse("<h2>T</h2><blockquote><p>q<blockquote>r</blockquote></blockquote>"
                          "<pre class='language-cpp'>\n  int a;\n\n  b;\n</pre>")),
            (Lines{"heading 2|T", "quote 1|q", "quote 2|r", "code|  int a;\n\n  b;"}));
  EXPECT_EQ(parse("<pre><code class='language-cpp'>x</code></pre>").blocks.at(0).language, "cpp");
}

TEST(Html, ListsAreNumberedAsBrowsersDo) {
  EXPECT_EQ(outline(parse("<ol start=3><li>a<ul><li>b</ul><li value=7>c<li>d</ol>")),
            (Lines{"list_item 1 3.|a", "list_item 2 •|b", "list_item 1 7.|c", "list_item 1 8.|d"}));
  EXPECT_EQ(outline(parse("<ol reversed><li>a<li>b</ol>")),
            (Lines{"list_item 1 2.|a", "list_item 1 1.|b"}));
}

TEST(Html, TableSpansAndHeaders) {
  const auto document = parse(
      "<table><caption>C</caption><tr><th rowspan=2>h<th colspan=2>w<tr><td>1<td><a href=x>2</a>"
      "</table>");
  EXPECT_EQ(outline(document).at(0), "caption|C");
  ASSERT_EQ(document.tables.size(), 1U);
  const auto& table = document.tables[0];
  EXPECT_EQ(table.rows, 2U);
  EXPECT_EQ(table.columns, 3U);
  ASSERT_EQ(table.cells.size(), 4U);
  EXPECT_EQ(table.cells[0].row_span, 2);
  EXPECT_TRUE(table.cells[0].header);
  EXPECT_EQ(table.cells[1].column_span, 2);
  EXPECT_EQ(table.cells[2].column, 1U);
  ASSERT_EQ(document.links.size(), 1U);
  EXPECT_EQ(text_of(document, document.links[0].text), "2");
}

TEST(Html, LayoutTablesAreBlocks) {
  EXPECT_EQ(outline(parse("<table><tr><td><p>a<p>b</table>")),
            (Lines{"paragraph|a", "paragraph|b"}));
}

TEST(Html, LinksOverTheLimitAreRefusedAndLookalikesAreNot) {
  Limits limits;
  limits.links = 100;
  const auto outcome = [&](const std::string& page) {
    const auto document = parse_html({.bytes = page}, limits);
    return document ? std::string("read") : document.error().reason;
  };
  std::string many, names, scripts = "<script>";
  for (int i = 0; i < 5000; ++i) {
    many += "<a href=x>y</a> ";
    names += "<a name=x>y</a> ";
    scripts += "'<a href=x>' ";
  }
  EXPECT_EQ(outcome(many), "limit_links");
  EXPECT_EQ(outcome(names), "read");
  EXPECT_EQ(outcome(scripts + "</script><p>Text"), "read");
}

TEST(Html, LinksKnowTheirText) {
  const auto document = parse(
      "<base href='https://b/'><p>x <a href='/1' rel='external NoFollow'>one <b>two</b></a> y"
      "<a href=2><img></a><link rel=canonical href=c>");
  EXPECT_EQ(document.base_href, "https://b/");
  ASSERT_EQ(document.links.size(), 3U);
  EXPECT_EQ(document.links[0].relation, "canonical");
  EXPECT_EQ(text_of(document, document.links[1].text), "one two");
  EXPECT_TRUE(document.links[1].nofollow);
  EXPECT_EQ(document.links[2].text, TextRange{});
}

TEST(Html, InvisibleTextIsCountedApart) {
  const auto document = parse(
      "<title>ti</title><style>st</style><!-- no --><p>ab<span hidden>hi</span>"
      "<i style='display : none'>di</i><script>s</script><template>te</template>");
  EXPECT_EQ(outline(document), (Lines{"paragraph|ab"}));
  EXPECT_EQ(document.conservation.at(0).body, 2U);
  EXPECT_EQ(document.conservation.at(0).invisible, 11U);
  EXPECT_EQ(document.title, "ti");
}

TEST(Html, RobotsAndMetadata) {
  const auto document = parse(
      "<html lang=de><meta name=ROBOTS content='noindex, NOFOLLOW'>"
      "<meta name=description content=d><meta property=article:published_time content=2024>");
  EXPECT_TRUE(document.noindex);
  EXPECT_TRUE(document.nofollow);
  EXPECT_EQ(document.language, "de");
  EXPECT_EQ(document.metadata.at("description"), "d");
  EXPECT_EQ(document.metadata.at("created"), "2024");
}

TEST(Html, CharsetComesFromTheFirstMeta) {
  EXPECT_EQ(html::prescan_charset("<!-- <meta charset=a> --><meta charset='KOI8-R'>"), "koi8-r");
  EXPECT_EQ(html::prescan_charset("<meta http-equiv=Content-Type content='text/html; charset=x'>"),
            "x");
  EXPECT_EQ(html::prescan_charset("<script charset=utf-8></script><p title='<meta charset=x>'>"),
            "");
  EXPECT_EQ(parse("<meta charset=windows-1251><p>\xcf\xf0\xe8").text, "При");
}

TEST(Html, NavigationAndFootersAreFurniture) {
  const std::string words(40, 'w');
  const auto document =
      parse("<body><nav><a href=1>Home</a></nav><div><h1>Head</h1><p>" + words + ", " + words +
                ", " + words + ".</p></div><footer>Imprint</footer>",
            true);
  ASSERT_EQ(document.blocks.size(), 4U);
  EXPECT_EQ(document.blocks[0].reason, "nav");
  EXPECT_EQ(document.blocks[1].layer, Layer::kBody);
  EXPECT_EQ(document.blocks[2].layer, Layer::kBody);
  EXPECT_EQ(document.blocks[3].reason, "footer");
}

TEST(Html, PermalinksAreNoText) {
  const auto document = parse("<h1>Install<a class=headerlink href='#i'>¶</a></h1>");
  EXPECT_EQ(outline(document), (Lines{"heading 1|Install"}));
  EXPECT_EQ(document.conservation.at(0).dropped.at("permalink"), 1U);
}

TEST(Html, DeepNestingIsRefusedQuickly) {
  std::string bomb;
  for (int i = 0; i < 200'000; ++i) bomb += "<div>";
  ExtractInput input;
  input.bytes = bomb;
  const auto document = parse_html(input, {});
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().reason, "limit_xml_depth");
}

TEST(Html, EveryCharacterOfTheSharedPagesIsCounted) {
  const char* shared = std::getenv("DOCMILL_SHARED_DATA");
  const std::filesystem::path base =
      shared != nullptr ? shared : std::string(DOCMILL_SOURCE_DIR) + "/../shared/data";
  if (!std::filesystem::exists(base / "html-main-text")) GTEST_SKIP() << "no data at " << base;
  int pages = 0;
  for (const auto* folder : {"html-main-text/pages", "documents/markitdown/html"}) {
    for (const auto& entry : std::filesystem::directory_iterator(base / folder)) {
      if (entry.path().extension() != ".html") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(file), {}};
      const Document document = parse(bytes, true);
      EXPECT_EQ(find_fault(document), "") << entry.path();
      const auto decoded = decode_text(bytes, {"", html::prescan_charset(bytes)});
      const auto dom = html::Dom::parse(decoded.text, {});
      ASSERT_TRUE(dom);
      std::uint64_t characters = 0;
      for (const auto& node : dom->nodes()) characters += count_characters(node.text);
      EXPECT_EQ(document.conservation.at(0).seen, characters) << entry.path();
      ++pages;
    }
  }
  EXPECT_GE(pages, 106);
}

// The text of all furniture, a line a block.
std::string furniture_of(const Document& document) {
  std::string lines;
  for (const auto& block : document.blocks) {
    if (block.layer == Layer::kFurniture) lines += text_of(document, block.text) + "\n";
  }
  return lines;
}

TEST(HtmlManual, DocBookKeepsReferencesAndUnlikeSections) {
  const auto page = parse(
      "<title>COPY</title><body><div class='navheader'><a href='a'>Prev</a></div>"
      "<div class='sect1'><h2>COPY</h2><div class='toc'><ul><li><a href='#f'>Formats</a></ul></div>"
      "<pre>COPY t</pre><table><tr><td>a<td>b</table>"
      "<div class='sect2'><h3>Formats</h3><p>One long paragraph, with more than four fifths of the "
      "words that this page has to tell to those who read it. And one more sentence follows.</div>"
      "<div class='refsect1'><h2>See Also</h2><p><a href='s'>SET ROLE</a>, <a href='d'>DROP</a>"
      "<ul><li><a href='x'>First guide</a><li><a href='y'>Second guide</a></ul></div></div>"
      "<div class='navfooter'><a href='n'>Next</a></div>",
      true);
  EXPECT_EQ(furniture_of(page), "Prev\nFormats\nNext\n");
}

TEST(HtmlManual, SphinxKeepsWhatWasWritten) {
  const auto page = parse(
      "<body><div class='related' role='navigation'><ul><li><a href='i'>index</a></ul></div>"
      "<div class='documentwrapper'><div class='body' role='main'><section id='s'><h1>Fields</h1>"
      "<p>These fields are known, and each of them is told below, one after the other.</p>"
      "<ul><li><a href='#m'>Maintainer</a><li><a href='#u'>Uploaders</a></ul>"
      "<aside class='sidebar'><p>An aside that the author wrote.</p></aside>"
      "<div id='date'><dl><dt>Date</dt><dd>The day of the build.</dd></dl></div>"
      "<div class='toctree-wrapper'><ul><li><a href='c'>Chapter</a></ul></div>"
      "</section></div></div><div class='sphinxsidebar'><p>Quick search</p></div>"
      "<div class='footer'>Created using Sphinx</div>",
      true);
  EXPECT_EQ(furniture_of(page), "index\nChapter\nQuick search\nCreated using Sphinx\n");
}

TEST(HtmlManual, NodeKeepsSignaturesAndHistory) {
  const auto page = parse(
      "<body><div role='navigation'><ul><li><a href='fs'>File system</a></ul></div>"
      "<div id='apicontent'><h2>read(path)</h2>"
      "<div class='api_metadata'><span>Added in: v10.0.0</span></div>"
      "<ul><li>path <a href='#s'>&lt;string&gt;</a> | <a href='#b'>&lt;Buffer&gt;</a></ul>"
      "<p>Reads a file, all of it, into the memory of the process that asked for it.</p>"
      "<pre>read()</pre><button>copy</button></div>",
      true);
  EXPECT_EQ(furniture_of(page), "File system\ncopy\n");
}

TEST(HtmlManual, AnchorsAreWordsOfTheSubject) {
  const auto page = [](const std::string& name) {
    return parse(
        "<meta name=generator content='Asciidoctor 2'><body><h1>Options</h1><p>These are "
        "the options, and each of them is told below, with what it is for.</p><div " +
            name + "><dl><dt>keep_comments</dt><dd>Comments are kept.</dd></dl></div>",
        true);
  };
  EXPECT_EQ(furniture_of(page("id=config_keep_comments class=dlist")), "");
  EXPECT_EQ(furniture_of(page("class=comments")), "keep_comments\nComments are kept.\n");
}

TEST(HtmlManual, GeneratorsSignTheirPages) {
  const auto page = [](const std::string& generator) {
    return parse("<meta name=generator content='" + generator +
                     "'><body><h1>Counter</h1><p>This counts events, and it goes up only, as long "
                     "as the process lives.</p><ul><li><a href=i>Increment</a>"
                     "<li><a href=v>Value</a></ul><p>It is safe to use from many threads.</p>",
                 true);
  };
  EXPECT_EQ(furniture_of(page("Doxygen 1.9.4")), "");
  EXPECT_EQ(furniture_of(page("texi2any")), "");
  EXPECT_EQ(furniture_of(page("WordPress 6.4")), "Increment\nValue\n");
}

TEST(HtmlManual, OtherPagesStillLoseListsOfLinks) {
  const auto page = parse(
      "<body><div class='text'><p>A story of some length, which is told here in a few sentences. "
      "It has no more to it than that.</p><ul><li><a href='a'>Another story</a>"
      "<li><a href='b'>One more story</a></ul></div>",
      true);
  EXPECT_EQ(furniture_of(page), "Another story\nOne more story\n");
}

TEST(HtmlMain, LeadAboveTheColumnAndLargeQuotationsStay) {
  const std::string story =
      "<p>The story itself is told in this column, in as many words as it takes to tell it. Then "
      "there is some more of it, and a little more after that.</p>";
  const auto page = parse(
      "<body><div class='top'><h1>A day</h1><p>A lead that says in one sentence, and before the "
      "column, what the whole story that stands below it is about.</p><p>12 minutes</p></div>"
      "<div class='page'><div class='row'><div class='column'>" +
          story + story + story + story + story +
          "<h4>It was a good day.</h4></div></div></div><p>Imprint</p>",
      true);
  EXPECT_EQ(furniture_of(page), "12 minutes\nImprint\n");
}

}  // namespace
}  // namespace docmill::document
