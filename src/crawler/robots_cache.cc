// SPDX-License-Identifier: Apache-2.0
#include "crawler/robots_cache.h"

#include <utility>

namespace docmill::crawler {
namespace {

constexpr std::string_view kProductToken = "docmill";
constexpr int kRedirectsMax = 5;  // RFC 9309, 2.3.1.2
constexpr std::size_t kOriginsMax = 10'000;

std::unexpected<Error> unreachable(std::string why) {
  return fail(ErrorCode::kUnavailable, "robots.txt cannot be read, so nothing is fetched: " + why,
              "robots_unreachable");
}

}  // namespace

RobotsCache::RobotsCache(const CrawlerSettings& settings, Fetcher& fetcher, const Clock& clock)
    : settings_(settings), fetcher_(fetcher), clock_(clock) {}

Task<std::shared_ptr<const RobotsRules>> RobotsCache::rules(Context context, WebUrl url,
                                                            bool* first) {
  std::string origin = url.scheme + "://" + url.host;
  for (;;) {
    std::shared_ptr<Entry> entry;
    bool mine = false;
    {
      std::scoped_lock lock(mutex_);
      if (origins_.size() > kOriginsMax)
        std::erase_if(origins_, [](const auto& item) { return !item.second->fetching; });
      auto& slot = origins_[origin];
      if (!slot) slot = std::make_shared<Entry>();
      entry = slot;
      if (!entry->fetching && clock_.steady_now() < entry->expires) {
        if (entry->rules) co_return entry->rules;
        co_return fail(entry->error);
      }
      if (!entry->fetching) mine = entry->fetching = true;
    }
    if (!mine) {
      DOCMILL_CO_TRY_VOID(co_await entry->fetched.wait(context));
      continue;
    }
    auto fetched = co_await fetch(context, origin);
    std::scoped_lock lock(mutex_);
    entry->fetching = false;
    if (fetched) {
      entry->rules = std::make_shared<const RobotsRules>(std::move(*fetched));
      entry->expires = clock_.steady_now() + settings_.robots_ttl;
      *first = true;
    } else if (fetched.error().code != ErrorCode::kCancelled) {
      entry->rules = nullptr;
      entry->error = fetched.error();
      entry->expires = clock_.steady_now() + settings_.robots_error_ttl;
    }
    entry->fetched.notify();
    if (!fetched) co_return fail(std::move(fetched).error());
    co_return entry->rules;
  }
}

Task<RobotsRules> RobotsCache::fetch(Context context, std::string origin) {
  std::string url = origin + "/robots.txt";
  for (int hop = 0; hop <= kRedirectsMax; ++hop) {
    std::string redirect;
    DOCMILL_CO_TRY(RobotsRules rules, co_await fetch_hop(context, url, &redirect));
    if (redirect.empty()) co_return rules;
    auto target = resolve_url(redirect, url);
    if (!target) co_return unreachable("it redirects to something that is no web address");
    url = target->href;
  }
  // RFC 9309, 2.3.1.2: more than five redirects may be taken as unavailable, that is, allowed.
  co_return RobotsRules::allow_all();
}

Task<RobotsRules> RobotsCache::fetch_hop(Context context, std::string url, std::string* redirect) {
  Transfer transfer = fetcher_.fetch(std::move(url));
  auto head = co_await transfer.head(context);
  if (!head) {
    if (head.error().code == ErrorCode::kCancelled || head.error().reason == "private_address")
      co_return fail(std::move(head).error());
    co_return unreachable(head.error().message);
  }
  if (head->status >= 300 && head->status < 400 && !head->location.empty()) {
    *redirect = head->location;
    co_return RobotsRules();
  }
  if (head->status == 429 || head->status >= 500)
    co_return unreachable("the server answered " + std::to_string(head->status));
  if (head->status >= 400) co_return RobotsRules::allow_all();
  std::string text;
  while (text.size() < RobotsRules::kBytesMax) {
    auto piece = co_await transfer.next(context);
    if (!piece) {
      if (piece.error().code == ErrorCode::kCancelled) co_return fail(std::move(piece).error());
      co_return unreachable(piece.error().message);
    }
    if (piece->empty()) break;
    text += *piece;
  }
  co_return RobotsRules::parse(text, kProductToken);
}

}  // namespace docmill::crawler
