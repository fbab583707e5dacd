// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "async/context.h"
#include "async/task.h"
#include "ports/frontier.h"

namespace docmill::gateway {

struct CrawlRequest {
  std::string url;
  std::string collection = "default";
  int depth = 3;              // 0–100
  std::int64_t limit = 1000;  // pages, 1–1,000,000
};

// Crawls, as the gateway needs them; the program puts the crawler behind it. Whether private
// addresses may be fetched is the program's setting, never a client's. Thread-safe.
class CrawlService {
 public:
  virtual ~CrawlService() = default;
  // Records the crawl durably and returns; it runs in the background. invalid_argument for a URL
  // that cannot be crawled (its message starts with "url: "), rate_limited when too many run.
  virtual Task<Crawl> start(Context context, CrawlRequest request) = 0;
  // The crawl of that id, or all, newest first, where it is empty. not_found.
  virtual Task<std::vector<Crawl>> crawls(Context context, CrawlId id) = 0;
};

}  // namespace docmill::gateway
