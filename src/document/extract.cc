// SPDX-License-Identifier: Apache-2.0
#include "document/extract.h"

#include <fmt/format.h>

#include "document/charset.h"

namespace docmill::document {
namespace {

struct Format {
  std::string_view media_type;
  Result<Document> (*parse)(const ExtractInput&, const Limits&);
};

// What sniff_media_type may answer and we can read.
constexpr Format kFormats[] = {
    {"text/html", parse_html},
    {"application/xhtml+xml", parse_html},
    {"text/markdown", parse_markdown},
    {"application/pdf", parse_pdf},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", parse_docx},
    {"text/plain", parse_text},
    {"application/xml", parse_sitemap},
    {"text/xml", parse_sitemap},
    {"application/rss+xml", parse_sitemap},
    {"application/atom+xml", parse_sitemap},
    {"application/gzip", parse_sitemap},
};

}  // namespace

Result<Document> extract(const ExtractInput& input, const Limits& limits) {
  if (input.bytes.size() > limits.input_bytes)
    return fail(ErrorCode::kTooLarge, "file is over the limit input_bytes", "limit_input_bytes");
  if (input.bytes.empty()) return fail(ErrorCode::kCorruptData, "the file is empty", "no_text");
  std::string type = sniff_media_type(input);
  for (const Format& format : kFormats) {
    if (format.media_type != type) continue;
    DOCMILL_TRY(Document document, format.parse(input, limits));
    if (document.blocks.empty() && document.links.empty())
      return fail(ErrorCode::kCorruptData, fmt::format("{} without text or links", type),
                  "no_text");
    return document;
  }
  return fail(
      ErrorCode::kInvalidArgument,
      fmt::format("the content is {}; what can be read is PDF, DOCX, HTML, Markdown and text",
                  type),
      "unsupported_type");
}

void prepare_parsers() {
  // One small document of each text format makes the parsers load and allocate what they keep.
  for (auto parse : {parse_html, parse_markdown, parse_text})
    (void)parse({.bytes = "<p>caf\xE9 &copy;</p>"}, Limits{});
  (void)choose_charset("caf\xE9", {});
}

}  // namespace docmill::document
