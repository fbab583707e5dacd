// SPDX-License-Identifier: Apache-2.0
#include "document/html_structured.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "document/html_inline.h"
#include "document/html_prose.h"

namespace docmill::document::html {
namespace {

constexpr std::uint64_t kMoreProse = 2;  // times that of the page

// The text of an object, of the first of an array that has one, or of those of a "@graph".
const boost::json::string* article_body(const boost::json::value& value) {
  if (const auto* list = value.if_array()) {
    for (const auto& item : *list) {
      if (const auto* text = article_body(item)) return text;
    }
    return nullptr;
  }
  const auto* object = value.if_object();
  if (object == nullptr) return nullptr;
  if (const auto* body = object->if_contains("articleBody")) return body->if_string();
  const auto* graph = object->if_contains("@graph");
  return graph != nullptr ? article_body(*graph) : nullptr;
}

std::string read_article(std::string_view json) {
  if (json.find("\"articleBody\"") == std::string_view::npos) return {};
  boost::system::error_code error;
  const auto value = boost::json::parse(json, error);
  if (error) return {};
  const auto* text = article_body(value);
  // Markup inside would have to be parsed as a page of its own.
  if (text == nullptr || text->find("</") != boost::json::string::npos) return {};
  return std::string(*text);
}

std::vector<PageBlock> cut(std::string_view article, std::uint32_t node) {
  std::vector<PageBlock> blocks;
  while (!article.empty()) {
    const std::size_t end = std::min(article.find('\n'), article.size());
    InlineText text;
    text.append(article.substr(0, end), false);
    article.remove_prefix(std::min(end + 1, article.size()));
    if (text.characters() == 0) continue;
    PageBlock block;
    block.node = node;
    block.characters = text.characters();
    block.text = text.take();
    blocks.push_back(std::move(block));
  }
  return blocks;
}

std::uint64_t prose_in(const std::vector<PageBlock>& blocks) {
  std::uint64_t prose = 0;
  for (const auto& block : blocks) {
    if (block.block.layer == Layer::kBody) prose += prose_of(block);
  }
  return prose;
}

// What is left of `text` without its first characters, as many as are counted in `blocks`.
std::string_view without_those_of(const std::vector<PageBlock>& blocks, std::string_view text) {
  std::uint64_t taken = 0;
  for (const auto& block : blocks) taken += count_characters(block.text);
  std::size_t at = 0;
  for (; taken > 0 && at < text.size(); --taken) {
    const std::size_t begin = at;
    do {
      ++at;
      while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
    } while (at < text.size() && count_characters(text.substr(begin, at - begin)) == 0);
  }
  return text.substr(at);
}

}  // namespace

void add_structured_text(const Dom& dom, PageContent& content) {
  for (std::uint32_t i = 1; i < dom.nodes().size(); ++i) {
    const Node& script = dom[i];
    if (script.tag != Tag::kScript || script.end != i + 2) continue;
    if (dom.attribute(script, Attribute::kType) != "application/ld+json") continue;
    const std::string_view json = dom[i + 1].text;
    const std::string article = read_article(json);
    std::vector<PageBlock> blocks = cut(article, i);
    if (blocks.empty() || prose_in(blocks) <= kMoreProse * prose_in(content.blocks)) continue;
    const auto counted = std::ranges::find_if(content.uncounted, [&](const Uncounted& uncounted) {
      return uncounted.text.data() == json.data();
    });
    if (counted == content.uncounted.end()) continue;
    counted->text = without_those_of(blocks, json);
    for (auto& block : content.blocks) {
      const bool told = block.block.kind == BlockKind::kParagraph &&
                        block.block.layer == Layer::kBody &&
                        article.find(block.text) != std::string::npos;
      if (!told) continue;
      block.block.layer = Layer::kFurniture;
      block.block.reason = "repeated";
    }
    std::ranges::move(blocks, std::back_inserter(content.blocks));
    return;
  }
}

}  // namespace docmill::document::html
