// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "crawler/fetcher.h"
#include "document/model.h"
#include "ports/blob_store.h"
#include "ports/document_record.h"
#include "ports/frontier.h"

namespace docmill {
class Metrics;
}

namespace docmill::crawler {

struct CrawlerSettings {
  FetcherSettings fetcher;
  int per_host_max = 1;                  // requests to one host at once
  Milliseconds delay{1'000};             // between the end of a request to a host and the next
  Milliseconds crawl_delay_max{60'000};  // a longer Crawl-delay is cut to this
  Milliseconds back_off_max{600'000};    // longest pause of a host after 429, 503 or errors
  int attempts_max = 4;                  // tries of one URL
  Milliseconds retry_base{5'000};
  Milliseconds robots_ttl{86'400'000};       // RFC 9309, 2.4: at most 24 hours
  Milliseconds robots_error_ttl{60'000};     // unreachable robots.txt is asked again after this
  int redirects_max = 10;                    // hops from one page
  std::uint64_t parse_bytes_max = 32 << 20;  // larger pages are kept, but not read for links
  std::size_t links_max = 10'000;            // of one page
  int sitemaps_max = 50;                     // files of one host
  std::size_t sitemap_urls_max = 50'000;     // of one host
  Milliseconds lease{120'000};
};

// Ends a crawl instead of a URL: no page can be kept before somebody makes room.
inline constexpr std::string_view kDiskFull = "disk_full";

// Parses a page in a confined process and keeps the result as the extract stage's artefact, so that
// the processor does not parse it again. The program wires it.
using ParsePage = std::function<Task<document::Document>(Context, NewVersion, std::string bytes)>;
// Reads a sitemap's links in a confined process.
using ParseSitemap =
    std::function<Task<document::Document>(Context, std::string url, std::string bytes)>;

// What the crawler works with. References outlive it.
struct CrawlerServices {
  Frontier& frontier;
  BlobStore& blobs;
  ParsePage parse_page;
  ParseSitemap parse_sitemap;
  Metrics& metrics;
  const Clock& clock;
};

}  // namespace docmill::crawler
