// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"
#include "document/builder.h"
#include "document/charset.h"
#include "document/extract.h"

namespace docmill::document {
namespace {

bool is_blank(std::string_view line) { return count_characters(line) == 0; }

// Paragraphs of one page; `offset` is where the page begins in the original, `source` whether that
// is known.
Status add_paragraphs(Builder& builder, std::string_view page, std::size_t offset, bool source) {
  std::size_t begin = std::string_view::npos;  // of the paragraph at hand
  std::size_t end = 0;
  auto flush = [&]() -> Status {
    if (begin == std::string_view::npos) return {};
    Block block;
    if (source)
      block.source = TextRange{static_cast<std::uint32_t>(offset + begin),
                               static_cast<std::uint32_t>(offset + end)};
    DOCMILL_TRY_VOID(builder.add_block(std::move(block), page.substr(begin, end - begin)));
    begin = std::string_view::npos;
    return {};
  };
  std::size_t position = 0;
  while (position < page.size()) {
    // Old Macintosh files end their lines with CR alone.
    std::size_t line_end = std::min(page.find_first_of("\r\n", position), page.size());
    if (is_blank(page.substr(position, line_end - position))) {
      DOCMILL_TRY_VOID(flush());
    } else {
      if (begin == std::string_view::npos) begin = position;
      end = line_end;
    }
    if (page.substr(line_end, 2) == "\r\n") ++line_end;
    position = line_end + 1;
  }
  return flush();
}

}  // namespace

Result<Document> parse_text(const ExtractInput& input, const Limits& limits) {
  if (input.bytes.size() > limits.input_bytes)
    return fail(ErrorCode::kTooLarge, "file is over the limit input_bytes", "limit_input_bytes");
  DecodedText decoded = decode_text(input.bytes, {input.declared_charset});
  Builder builder("text/plain", "text/1", limits);
  builder.document().charset = decoded.charset;
  for (const std::string& warning : decoded.warnings) builder.warn(warning);

  std::string_view text = decoded.text;
  // A form feed ends a page; one at the very end begins none.
  bool paged = text.substr(0, text.find_last_not_of(" \r\n\f") + 1).contains('\f');
  std::size_t position = 0;
  while (position < text.size()) {
    std::size_t end = std::min(text.find('\f', position), text.size());
    std::string_view page = text.substr(position, end - position);
    if (paged && (end < text.size() || !is_blank(page))) builder.start_page({});
    DOCMILL_TRY_VOID(
        add_paragraphs(builder, page, decoded.mark_size + position, decoded.same_bytes));
    position = end + 1;
  }
  return builder.finish();
}

}  // namespace docmill::document
