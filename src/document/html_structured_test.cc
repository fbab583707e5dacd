// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "document/extract.h"

namespace docmill::document {
namespace {

const std::string kText =
    "The story is only in the data of the page, and a script would write it where it is read. "
    "There are “quotes” and a little more after that.";

Document parse(const std::string& html) {
  ExtractInput input;
  input.bytes = html;
  input.main_content = true;
  auto document = parse_html(input, {});
  EXPECT_TRUE(document) << document.error().message;
  return document ? *document : Document{};
}

std::string page(const std::string& json, const std::string& text) {
  return "<h1>H</h1>" + text + "<script type='application/ld+json'>" + json + "</script>";
}

std::string body_of(const Document& document) {
  std::string body;
  for (const auto& block : document.blocks) {
    if (block.layer != Layer::kBody) continue;
    body += document.text.substr(block.text.begin, block.text.end - block.text.begin) + "\n";
  }
  return body;
}

TEST(HtmlStructured, TextThatIsOnlyInTheDataIsRead) {
  const std::string json = R"([{"@type":"WebSite"},{"@graph":[{"@type":"Article","articleBody":")" +
                           kText + R"(\n\u201cTwo\u201d"}]}])";
  const Document document = parse(page(json, "<p>A short lead.</p>"));
  EXPECT_EQ(body_of(document), "H\nA short lead.\n" + kText + "\n“Two”\n");
  EXPECT_EQ(find_fault(document), "");
  EXPECT_EQ(document.conservation.at(0).seen, count_characters("H"
                                                               "A short lead." +
                                                               json));
}

TEST(HtmlStructured, APageThatShowsItsTextIsNotReadTwice) {
  const std::string json = R"({"articleBody":")" + kText + R"("})";
  EXPECT_EQ(body_of(parse(page(json, "<p>" + kText + "</p>"))), "H\n" + kText + "\n");
  const std::string twice = R"({"articleBody":"A lead, just so. )" + kText + R"("})";
  EXPECT_EQ(body_of(parse(page(twice, "<p>A lead, just so.</p>"))),
            "H\nA lead, just so. " + kText + "\n");
}

TEST(HtmlStructured, DataThatIsBrokenOrMarkupIsLeft) {
  for (const auto* json : {R"({"articleBody":"A text, and)", R"({"articleBody":7})",
                           R"({"articleBody":"<p>A text, and more of it to read.</p>"})"}) {
    EXPECT_EQ(body_of(parse(page(json, ""))), "H\n") << json;
  }
}

}  // namespace
}  // namespace docmill::document
