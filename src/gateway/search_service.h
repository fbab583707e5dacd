// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "async/context.h"
#include "async/task.h"

namespace docmill::gateway {

struct SearchRequest {
  std::string query;
  std::string collection = "default";
  std::string mode = "hybrid";  // hybrid, dense or lexical
  int limit = 10;               // 1–100
  // Filters; empty means all.
  std::string document;
  std::string media_type;
  std::string modified_after, modified_before;  // dates: YYYY-MM-DD
};

struct SearchResult {
  std::string document;
  std::string uri;
  std::string title;
  std::uint32_t page = 0;  // from 1; 0 where the format has no pages
  double score = 0;
  std::string text;
  std::string heading_path;
};

// Search over the documents, as the gateway needs it; the program puts retrieval behind it.
// Thread-safe. Errors: invalid_argument, not_found (collection), rate_limited, unavailable.
class SearchService {
 public:
  virtual ~SearchService() = default;
  // Best first, at most `limit`.
  virtual Task<std::vector<SearchResult>> search(Context context, SearchRequest request) = 0;
};

}  // namespace docmill::gateway
