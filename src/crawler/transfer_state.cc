// SPDX-License-Identifier: Apache-2.0
#include "crawler/transfer_state.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace docmill::crawler {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
    text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
    text.remove_suffix(1);
  return text;
}

std::optional<WallTime> parse_http_date(const std::string& value) {
  std::time_t seconds = curl_getdate(value.c_str(), nullptr);
  if (seconds < 0) return std::nullopt;
  return WallTime(std::chrono::seconds(seconds));
}

void take_content_type(ResponseHead& head, std::string_view value) {
  std::size_t semicolon = value.find(';');
  head.media_type = lower(trim(value.substr(0, semicolon)));
  std::string rest =
      semicolon == std::string_view::npos ? "" : std::string(value.substr(semicolon));
  std::size_t charset = lower(rest).find("charset=");
  if (charset == std::string::npos) return;
  std::string_view name = std::string_view(rest).substr(charset + 8);
  name = trim(name.substr(0, name.find(';')));
  if (name.size() >= 2 && name.front() == '"' && name.back() == '"')
    name = name.substr(1, name.size() - 2);
  head.charset = lower(name);
}

void take_field(ResponseHead& head, std::string_view name, std::string_view value, WallTime now) {
  std::string field = lower(name);
  if (field == "content-type") {
    take_content_type(head, value);
  } else if (field == "location") {
    head.location = value;
  } else if (field == "retry-after") {
    head.retry_after = parse_retry_after(std::string(value), now);
  } else if (field == "last-modified") {
    head.last_modified = parse_http_date(std::string(value));
  } else if (field == "x-robots-tag") {
    if (!head.robots_tag.empty()) head.robots_tag += ", ";
    head.robots_tag += lower(value);
  }
}

}  // namespace

std::optional<Milliseconds> parse_retry_after(const std::string& value, WallTime now) {
  std::int64_t seconds = 0;
  auto [rest, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error == std::errc() && rest == value.data() + value.size() && seconds >= 0)
    return Milliseconds(std::min<std::int64_t>(seconds, 86'400 * 30) * 1000);
  auto date = parse_http_date(value);
  if (!date) return std::nullopt;
  return std::max(Milliseconds(0), Milliseconds(*date - now));
}

void take_header_line(Transfer::State& state, std::string_view line, WallTime now) {
  line = trim(line);
  if (line.starts_with("HTTP/")) {
    state.draft.emplace();
    std::size_t space = line.find(' ');
    if (space != std::string_view::npos)
      std::from_chars(line.data() + space + 1, line.data() + line.size(), state.draft->status);
    return;
  }
  if (!state.draft) return;  // trailers after the body
  if (line.empty()) {
    if (state.draft->status >= 200) {
      std::scoped_lock lock(state.mutex);
      state.head = std::move(state.draft);
      state.changed.notify();
    }
    state.draft.reset();
    return;
  }
  std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  take_field(*state.draft, line.substr(0, colon), trim(line.substr(colon + 1)), now);
}

}  // namespace docmill::crawler
