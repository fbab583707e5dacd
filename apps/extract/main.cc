// SPDX-License-Identifier: Apache-2.0
// The confined parser process: the only program that opens foreign documents. Started by
// confine::Pool, never by hand.
#include "confine/worker.h"
#include "document/codec.h"
#include "document/extract.h"
#include "document/extract_request.h"

namespace docmill {
namespace {

Result<std::string> handle(std::string_view header, std::string_view bytes) {
  DOCMILL_TRY(document::ExtractRequest request, document::decode_request_header(header));
  const document::ExtractInput input{.bytes = bytes,
                                     .name = request.name,
                                     .declared_media_type = request.declared_media_type,
                                     .declared_charset = request.declared_charset,
                                     .main_content = request.main_content};
  DOCMILL_TRY(document::Document document, request.as_sitemap
                                               ? document::parse_sitemap(input, request.limits)
                                               : document::extract(input, request.limits));
  return document::encode(document);
}

}  // namespace
}  // namespace docmill

int main() {
  return docmill::confine::run_worker(docmill::document::prepare_parsers, docmill::handle);
}
