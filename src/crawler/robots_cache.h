// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "async/event.h"
#include "crawler/robots.h"
#include "crawler/settings.h"
#include "crawler/web_url.h"

namespace docmill::crawler {

// robots.txt of each host, fetched once and kept for at most 24 hours. Fails closed: a server
// error, an unreachable host or an unreadable answer disallows everything until it is asked again
// (RFC 9309, 2.3.1.4); 4xx allows everything. Thread-safe.
class RobotsCache {
 public:
  RobotsCache(const CrawlerSettings& settings, Fetcher& fetcher, const Clock& clock);

  // The rules for the URL's origin; concurrent callers share one fetch. `first` is set for the one
  // call that fetched them. unavailable with reason "robots_unreachable" while it fails closed;
  // permission_denied with "private_address".
  Task<std::shared_ptr<const RobotsRules>> rules(Context context, WebUrl url, bool* first);

 private:
  struct Entry {
    std::shared_ptr<const RobotsRules> rules;  // null while unreachable
    Error error;
    SteadyTime expires{};
    bool fetching = false;
    Event fetched;
  };

  Task<RobotsRules> fetch(Context context, std::string origin);
  Task<RobotsRules> fetch_hop(Context context, std::string url, std::string* redirect);

  const CrawlerSettings& settings_;
  Fetcher& fetcher_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Entry>> origins_;
};

}  // namespace docmill::crawler
