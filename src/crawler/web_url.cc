// SPDX-License-Identifier: Apache-2.0
#include "crawler/web_url.h"

#include <ada.h>

#include <cctype>

namespace docmill::crawler {
namespace {

constexpr std::size_t kUrlBytesMax = 4096;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool is_unreserved(int c) {
  return std::isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

// RFC 3986, 6.2.2: equal by definition, so safe for identity; the fetched form stays as it is.
std::string canonical_escapes(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int high = i + 2 < text.size() && text[i] == '%' ? hex_value(text[i + 1]) : -1;
    int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low < 0) {
      out.push_back(text[i]);
      continue;
    }
    int value = high * 16 + low;
    if (is_unreserved(value)) {
      out.push_back(static_cast<char>(value));
    } else {
      constexpr char kDigits[] = "0123456789ABCDEF";
      out += {'%', kDigits[high], kDigits[low]};
    }
    i += 2;
  }
  return out;
}

Result<WebUrl> from_ada(ada::result<ada::url_aggregator> parsed) {
  if (!parsed) return fail(ErrorCode::kInvalidArgument, "not a URL", "bad_url");
  ada::url_aggregator& url = *parsed;
  if (url.get_protocol() != "http:" && url.get_protocol() != "https:")
    return fail(ErrorCode::kInvalidArgument, "only http and https are crawled", "scheme");
  if (url.has_credentials())
    return fail(ErrorCode::kInvalidArgument, "URLs with user names are refused", "credentials");
  url.set_hash("");
  WebUrl out;
  out.href = url.get_href();
  if (out.href.size() > kUrlBytesMax)
    return fail(ErrorCode::kInvalidArgument, "the URL is over 4096 bytes", "url_length");
  out.key = canonical_escapes(out.href);
  out.scheme = url.get_protocol().substr(0, url.get_protocol().size() - 1);
  out.host = url.get_host();
  out.hostname = url.get_hostname();
  out.path = std::string(url.get_pathname()) + std::string(url.get_search());
  if (out.hostname.empty()) return fail(ErrorCode::kInvalidArgument, "no host", "bad_url");
  return out;
}

}  // namespace

Result<WebUrl> parse_url(std::string_view text) {
  return from_ada(ada::parse<ada::url_aggregator>(text));
}

Result<WebUrl> resolve_url(std::string_view reference, std::string_view base) {
  auto parsed_base = ada::parse<ada::url_aggregator>(base);
  if (!parsed_base) return fail(ErrorCode::kInvalidArgument, "not a URL", "bad_url");
  return from_ada(ada::parse<ada::url_aggregator>(reference, &*parsed_base));
}

bool matches_pattern(std::string_view text, std::string_view pattern) {
  std::size_t at = 0, next = 0, star = std::string_view::npos, resume = 0;
  while (at < text.size()) {
    if (next < pattern.size() && pattern[next] == '*') {
      star = next++;
      resume = at;
    } else if (next < pattern.size() && pattern[next] == text[at]) {
      ++next;
      ++at;
    } else if (star != std::string_view::npos) {
      next = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (next < pattern.size() && pattern[next] == '*') ++next;
  return next == pattern.size();
}

}  // namespace docmill::crawler
