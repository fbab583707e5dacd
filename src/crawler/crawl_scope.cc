// SPDX-License-Identifier: Apache-2.0
#include "crawler/crawl_scope.h"

#include <algorithm>

namespace docmill::crawler {

CrawlLink link_of(const WebUrl& url, int hops) {
  return {.url = url.href, .key = url.key, .host = url.host, .hops = hops};
}

Result<std::vector<CrawlLink>> seeds_of(const std::vector<std::string>& urls) {
  if (urls.empty()) return fail(ErrorCode::kInvalidArgument, "a crawl needs at least one URL");
  std::vector<CrawlLink> seeds;
  for (const std::string& text : urls) {
    auto url = parse_url(text);
    if (!url) return fail(std::move(url).error().wrap("seed \"" + text + "\""));
    seeds.push_back(link_of(*url, 0));
  }
  return seeds;
}

Result<CrawlScope> CrawlScope::create(const CrawlPlan& plan) {
  CrawlScope scope;
  scope.scope_ = plan.scope.empty() ? "host" : plan.scope;
  if (scope.scope_ != "host" && scope.scope_ != "prefix" && scope.scope_ != "any")
    return fail(ErrorCode::kInvalidArgument, "a crawl's scope is host, prefix or any");
  scope.include_ = plan.include;
  scope.exclude_ = plan.exclude;
  for (const CrawlLink& seed : plan.seeds) {
    DOCMILL_TRY(WebUrl url, parse_url(seed.url));
    scope.hosts_.push_back(url.host);
    std::string prefix = url.key.substr(0, url.key.find('?'));
    scope.prefixes_.push_back(prefix.substr(0, prefix.rfind('/') + 1));
  }
  if (scope.hosts_.empty()) return fail(ErrorCode::kInvalidArgument, "a crawl needs a seed URL");
  return scope;
}

bool CrawlScope::contains(const WebUrl& url) const {
  auto matches = [&url](const std::string& pattern) { return matches_pattern(url.key, pattern); };
  if (std::ranges::any_of(exclude_, matches)) return false;
  if (!include_.empty() && std::ranges::none_of(include_, matches)) return false;
  if (scope_ == "host") return std::ranges::find(hosts_, url.host) != hosts_.end();
  if (scope_ == "prefix")
    return std::ranges::any_of(prefixes_,
                               [&](const std::string& p) { return url.key.starts_with(p); });
  return true;
}

}  // namespace docmill::crawler
