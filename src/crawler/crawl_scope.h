// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "crawler/web_url.h"
#include "ports/frontier.h"

namespace docmill::crawler {

// Which URLs belong to a crawl: the plan's scope ("host": the seeds' hosts; "prefix": below the
// seeds' folders; "any") and its include and exclude patterns. Immutable.
class CrawlScope {
 public:
  // invalid_argument for an unknown scope word or a plan without seeds.
  static Result<CrawlScope> create(const CrawlPlan& plan);

  bool contains(const WebUrl& url) const;

 private:
  std::string scope_;
  std::vector<std::string> hosts_, prefixes_;
  std::vector<std::string> include_, exclude_;
};

// A crawl's plan from what a person or the API gave; names the seed that is wrong.
Result<std::vector<CrawlLink>> seeds_of(const std::vector<std::string>& urls);

CrawlLink link_of(const WebUrl& url, int hops);

}  // namespace docmill::crawler
