// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "document/builder.h"
#include "document/charset.h"
#include "document/extract.h"
#include "document/html_blocks.h"
#include "document/html_content.h"
#include "document/html_dom.h"
#include "document/html_head.h"
#include "document/html_structured.h"
#include "document/html_title.h"

namespace docmill::document {
namespace {

constexpr const char* kParser = "html/1";

TextRange shifted(TextRange range, std::uint32_t by) { return {range.begin + by, range.end + by}; }

// The links of block `index`, whose text went to `block` of the document.
void add_links(const html::PageContent& content, const std::vector<int>& placed, Builder& builder) {
  const Document& document = builder.document();
  for (const auto& found : content.links) {
    Link link;
    link.href = found.href;
    link.relation = found.relation;
    link.nofollow = found.nofollow;
    const int at = found.block < 0 ? -1 : placed[static_cast<std::size_t>(found.block)];
    if (at >= 0) {
      const Block& block = document.blocks[static_cast<std::size_t>(at)];
      if (found.cell < 0) {
        link.text = shifted(found.text, block.text.begin);
      } else if (block.table >= 0) {
        const auto& cells = document.tables[static_cast<std::size_t>(block.table)].cells;
        const auto& cell = cells[static_cast<std::size_t>(found.cell)].text;
        link.text = shifted(found.text, cell.begin);
      }
    }
    builder.add_link(std::move(link));
  }
}

void shorten_title(const html::PageContent& content, Document& document) {
  const auto field = [&](const char* name) {
    const auto found = document.metadata.find(name);
    return found == document.metadata.end() ? std::string_view() : std::string_view(found->second);
  };
  document.title = std::string(html::without_site_name(document.title, field("og_title"),
                                                       field("site"), content));
}

Status build(html::PageContent& content, Builder& builder) {
  std::vector<int> placed;
  placed.reserve(content.blocks.size());
  for (auto& block : content.blocks) {
    if (block.table) {
      DOCMILL_TRY(const int at,
                  builder.add_table(std::move(block.block), std::move(*block.table), block.cells));
      placed.push_back(at);
    } else {
      DOCMILL_TRY(const int at, builder.add_block(std::move(block.block), block.text));
      placed.push_back(at);
    }
  }
  add_links(content, placed, builder);
  for (const auto& [reason, text] : content.uncounted) {
    if (reason.empty()) {
      builder.count_invisible(text);
    } else {
      builder.count_dropped(reason, text);
    }
  }
  return {};
}

}  // namespace

Result<Document> parse_html(const ExtractInput& input, const Limits& limits) {
  if (input.bytes.size() > limits.input_bytes) {
    return fail(ErrorCode::kTooLarge, "the page is too large", "limit_input_bytes");
  }
  const DecodedText decoded =
      decode_text(input.bytes, {input.declared_charset, html::prescan_charset(input.bytes)});
  DOCMILL_TRY(const html::Dom dom, html::Dom::parse(decoded.text, limits));
  Builder builder("text/html", kParser, limits);
  builder.document().charset = decoded.charset;
  for (const auto& warning : decoded.warnings) builder.warn(warning);
  html::read_head(dom, limits, builder);
  html::PageContent content = html::collect_blocks(dom, limits);
  if (input.main_content) {
    html::classify(dom, content, builder.document().title);
    html::add_structured_text(dom, content);
  }
  shorten_title(content, builder.document());
  DOCMILL_TRY_VOID(build(content, builder));
  return builder.finish();
}

}  // namespace docmill::document
