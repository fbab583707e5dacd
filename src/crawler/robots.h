// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace docmill::crawler {

// The rules of one robots.txt for one product token, by RFC 9309. A value; immutable once made.
class RobotsRules {
 public:
  // Bytes past the limit are not read (RFC 9309, 2.5 asks for at least 500 KiB).
  static constexpr std::size_t kBytesMax = 512 << 10;

  // The rules for `product_token` ("docmill"), matched case-insensitively; groups of the same agent
  // are merged; "*" applies only when no group names the agent.
  static RobotsRules parse(std::string_view text, std::string_view product_token);
  static RobotsRules allow_all();
  static RobotsRules disallow_all();

  // Whether `path` (with query) may be fetched: the longest matching rule wins, allow on ties;
  // /robots.txt itself always may.
  bool allows(std::string_view path) const;
  // The rule that decided, as written ("disallow: /private"), for `crawl why`; "" when none
  // matched.
  std::string deciding_rule(std::string_view path) const;

  std::optional<Milliseconds> crawl_delay() const { return crawl_delay_; }
  const std::vector<std::string>& sitemaps() const { return sitemaps_; }

 private:
  struct Rule {
    std::string pattern;  // percent-encoding normalised
    bool allow = false;
  };
  const Rule* decide(std::string_view path) const;

  std::vector<Rule> rules_;
  std::optional<Milliseconds> crawl_delay_;
  std::vector<std::string> sitemaps_;
};

}  // namespace docmill::crawler
