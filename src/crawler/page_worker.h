// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "async/event.h"
#include "crawler/crawl_scope.h"
#include "crawler/host_book.h"
#include "crawler/robots_cache.h"
#include "crawler/settings.h"

namespace docmill::crawler {

// Takes one leased URL of a crawl to its outcome: robots, turn, fetch, store, parse for links, and
// the one step that decides it in the frontier. Shared by the concurrent tasks of one crawl.
class PageWorker {
 public:
  PageWorker(CrawlerServices services, const CrawlerSettings& settings, CrawlScope scope,
             std::string collection, Fetcher& fetcher, HostBook& hosts, RobotsCache& robots);

  // Errors are the frontier's and the blob store's own; the URL's fate is in the frontier.
  Task<void> process(Context context, CrawlEntry entry, HostTurn turn);

 private:
  struct Body {
    Hash content;
    std::uint64_t size_bytes = 0;
    std::string bytes;  // empty when it is over parse_bytes_max
    bool whole = false;
  };

  // Nothing when it is this host's turn, or how long it wants to be left alone: too long to wait.
  Task<std::optional<Milliseconds>> wait_turn(Context context, HostTurn& turn);
  Task<EntryOutcome> visit(Context context, CrawlEntry entry, WebUrl url, HostTurn& turn);
  Task<EntryOutcome> follow_answer(Context context, CrawlEntry entry, WebUrl url,
                                   Transfer& transfer, HostTurn& turn, ResponseHead head);
  EntryOutcome redirect(const CrawlEntry& entry, const WebUrl& url, const ResponseHead& head);
  Task<EntryOutcome> take_page(Context context, WebUrl url, Transfer& transfer, HostTurn& turn,
                               ResponseHead head);
  // Ends the turn with the last byte.
  Task<Body> store_body(Context context, Transfer& transfer, HostTurn& turn);
  void add_links(EntryOutcome& outcome, const document::Document& page, const WebUrl& url);
  Task<void> load_sitemaps(Context context, CrawlId crawl, std::vector<std::string> sitemaps);
  Task<document::Document> load_sitemap(Context context, WebUrl url);
  Task<std::string> fetch_sitemap(Context context, std::string url);
  Task<void> decide(Context context, CrawlEntry entry, Result<EntryOutcome> outcome);

  CrawlerServices services_;
  const CrawlerSettings& settings_;
  CrawlScope scope_;
  std::string collection_;
  Fetcher& fetcher_;
  HostBook& hosts_;
  RobotsCache& robots_;
  Event turn_ended_;
  std::mutex mutex_;
  std::unordered_map<std::string, int> redirect_hops_;  // by key of the target; guarded
};

}  // namespace docmill::crawler
