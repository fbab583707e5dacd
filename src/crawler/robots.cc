// SPDX-License-Identifier: Apache-2.0
#include "crawler/robots.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

namespace docmill::crawler {
namespace {

constexpr std::size_t kRulesMax = 10'000;
constexpr std::size_t kSitemapsMax = 1'000;
constexpr double kDelaySecondsMax = 86'400;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string_view trim(std::string_view text) {
  auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\0'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// RFC 9309, 2.2.2: compared octet by octet after percent-encoding is made equal on both sides:
// unreserved characters unescaped, everything outside ASCII escaped, hex in upper case.
std::string normalise(std::string_view path) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    auto c = static_cast<unsigned char>(path[i]);
    unsigned value = 0;
    bool escaped = c == '%' && i + 2 < path.size() &&
                   std::isxdigit(static_cast<unsigned char>(path[i + 1])) &&
                   std::isxdigit(static_cast<unsigned char>(path[i + 2]));
    if (escaped) {
      std::from_chars(path.data() + i + 1, path.data() + i + 3, value, 16);
      i += 2;
    } else {
      value = c;
    }
    bool unreserved = value < 0x80 && (std::isalnum(static_cast<int>(value)) || value == '-' ||
                                       value == '.' || value == '_' || value == '~');
    if ((escaped && !unreserved) || value >= 0x80) {
      out += {'%', kDigits[value >> 4], kDigits[value & 15]};
    } else {
      out.push_back(static_cast<char>(value));
    }
  }
  return out;
}

// Matches from the start; '*' is any run, a '$' at the end of the pattern anchors it.
bool matches(std::string_view path, std::string_view pattern) {
  bool anchored = pattern.ends_with('$');
  if (anchored) pattern.remove_suffix(1);
  std::size_t at = 0, next = 0, star = std::string_view::npos, resume = 0;
  for (;;) {
    if (next == pattern.size() && (!anchored || at == path.size())) return true;
    if (next < pattern.size() && pattern[next] == '*') {
      star = next++;
      resume = at;
    } else if (next < pattern.size() && at < path.size() && pattern[next] == path[at]) {
      ++next;
      ++at;
    } else if (star != std::string_view::npos && resume < path.size()) {
      next = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
}

// "docmill/1.0 (+…)" in a file names the product "docmill".
std::string product_of(std::string_view agent) {
  std::size_t end = 0;
  while (end < agent.size() && (std::isalpha(static_cast<unsigned char>(agent[end])) ||
                                agent[end] == '-' || agent[end] == '_'))
    ++end;
  return lower(agent.substr(0, end));
}

struct Line {
  std::string key;
  std::string_view value;
};

std::optional<Line> parse_line(std::string_view line) {
  line = trim(line.substr(0, line.find('#')));
  std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return Line{lower(trim(line.substr(0, colon))), trim(line.substr(colon + 1))};
}

std::vector<std::string_view> split_lines(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    std::size_t end = text.find_first_of("\r\n");
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace

RobotsRules RobotsRules::parse(std::string_view text, std::string_view product_token) {
  RobotsRules named, general;
  std::vector<std::string> sitemaps;
  bool named_exists = false, in_named = false, in_general = false, reading_agents = false;
  const std::string token = lower(product_token);
  for (std::string_view raw : split_lines(text.substr(0, kBytesMax))) {
    auto line = parse_line(raw);
    if (!line) continue;
    if (line->key == "sitemap") {
      if (!line->value.empty() && sitemaps.size() < kSitemapsMax)
        sitemaps.emplace_back(line->value);
      continue;
    }
    if (line->key == "user-agent" || line->key == "useragent" || line->key == "user agent") {
      if (!reading_agents) in_named = in_general = false;
      reading_agents = true;
      if (line->value == "*") in_general = true;
      if (product_of(line->value) == token) in_named = named_exists = true;
      continue;
    }
    bool is_rule = line->key == "allow" || line->key == "disallow";
    if (!is_rule && line->key != "crawl-delay") continue;
    reading_agents = false;
    for (auto [active, rules] : {std::pair(in_named, &named), std::pair(in_general, &general)}) {
      if (!active) continue;
      if (is_rule) {
        if (!line->value.empty() && rules->rules_.size() < kRulesMax)
          rules->rules_.push_back({normalise(line->value), line->key == "allow"});
        continue;
      }
      double seconds = 0;
      auto [rest, error] =
          std::from_chars(line->value.data(), line->value.data() + line->value.size(), seconds);
      if (error == std::errc() && std::isfinite(seconds) && seconds >= 0)
        rules->crawl_delay_ =
            Milliseconds(static_cast<std::int64_t>(std::min(seconds, kDelaySecondsMax) * 1000));
    }
  }
  RobotsRules& chosen = named_exists ? named : general;
  chosen.sitemaps_ = std::move(sitemaps);
  return std::move(chosen);
}

RobotsRules RobotsRules::allow_all() { return {}; }

RobotsRules RobotsRules::disallow_all() {
  RobotsRules rules;
  rules.rules_.push_back({"/", false});
  return rules;
}

const RobotsRules::Rule* RobotsRules::decide(std::string_view path) const {
  std::string normal = normalise(path);
  if (normal.empty() || normal[0] != '/') normal.insert(0, "/");
  const Rule* best = nullptr;
  for (const Rule& rule : rules_) {
    if (!matches(normal, rule.pattern)) continue;
    bool longer = best == nullptr || rule.pattern.size() > best->pattern.size();
    bool tie = best != nullptr && rule.pattern.size() == best->pattern.size();
    if (longer || (tie && rule.allow)) best = &rule;
  }
  return best;
}

bool RobotsRules::allows(std::string_view path) const {
  if (path == "/robots.txt") return true;
  const Rule* rule = decide(path);
  return rule == nullptr || rule->allow;
}

std::string RobotsRules::deciding_rule(std::string_view path) const {
  const Rule* rule = decide(path);
  if (rule == nullptr) return "";
  return (rule->allow ? "allow: " : "disallow: ") + rule->pattern;
}

}  // namespace docmill::crawler
