// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "document/limits.h"
#include "document/model.h"

namespace docmill::document {

struct ExtractInput {
  std::string_view bytes;
  std::string name;                 // file name or URL: a hint for text formats only
  std::string declared_media_type;  // from the sender: a hint
  std::string declared_charset;     // from Content-Type
  bool main_content = true;         // HTML: move boilerplate to the furniture layer
};

// The media type that the bytes are, whatever name or sender say: magic numbers, container entries,
// then markup and text statistics; name and declared type only decide between text formats
// (Markdown or plain text). "application/octet-stream" when nothing fits.
std::string sniff_media_type(const ExtractInput& input);

// Bytes to the document model. Opens foreign bytes: called in the confined process and in tests
// only. Deterministic: equal input gives an equal model. Errors: too_large (reason names the
// limit), corrupt_data ("malformed"), permission_denied ("password_required"), invalid_argument
// ("unsupported_type": names the type found), corrupt_data ("no_text": nothing to read in it).
Result<Document> extract(const ExtractInput& input, const Limits& limits);

// One parser each, for `extract` and for tests; `bytes` are known to be of the type.
Result<Document> parse_html(const ExtractInput& input, const Limits& limits);
Result<Document> parse_markdown(const ExtractInput& input, const Limits& limits);
Result<Document> parse_pdf(const ExtractInput& input, const Limits& limits);
Result<Document> parse_docx(const ExtractInput& input, const Limits& limits);
Result<Document> parse_text(const ExtractInput& input, const Limits& limits);
// Sitemaps, sitemap indexes (XML or text, gzip inflated under the limits), RSS and Atom: links
// only.
Result<Document> parse_sitemap(const ExtractInput& input, const Limits& limits);

// Once per process before its sandbox closes: loads fonts, time zone, tables that parsers need.
void prepare_parsers();

}  // namespace docmill::document
