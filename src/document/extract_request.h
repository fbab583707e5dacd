// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "document/limits.h"

namespace docmill::document {

// What a confined parser is told about the bytes it gets.
struct ExtractRequest {
  std::string name;                 // file name or URL: a hint
  std::string declared_media_type;  // from the sender: a hint
  std::string declared_charset;
  bool main_content = true;  // HTML: move boilerplate to the furniture layer
  bool as_sitemap = false;   // the bytes are a sitemap or feed: links only
  Limits limits;
};

// The request as the header of a confine::Request, at most 64 KiB: hints are cut to 8 KiB each.
std::string encode_request_header(const ExtractRequest& request);

// corrupt_data when the header was not written by this version's encode_request_header.
Result<ExtractRequest> decode_request_header(std::string_view header);

}  // namespace docmill::document
