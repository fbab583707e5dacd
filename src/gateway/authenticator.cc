// SPDX-License-Identifier: Apache-2.0
#include "gateway/authenticator.h"

#include <algorithm>

namespace docmill::gateway {
namespace {

constexpr Milliseconds kNoteEvery{60'000};

std::unexpected<Error> no_key(std::string message) {
  return fail(ErrorCode::kUnauthenticated, std::move(message), "invalid_api_key");
}

std::string_view host_without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.rfind(':'));
}

// An IP address or localhost: names that no foreign DNS server can point at this machine.
bool is_local_name(std::string_view host) {
  host = host_without_port(host);
  if (host.empty() || host.starts_with('[') || http::equal_ignoring_case(host, "localhost"))
    return true;
  return std::ranges::all_of(host, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

bool is_loopback_origin(std::string_view origin) {
  std::size_t start = origin.find("://");
  if (start == std::string_view::npos) return false;  // "null" and nonsense
  std::string_view host = host_without_port(origin.substr(start + 3));
  return http::equal_ignoring_case(host, "localhost") || host.starts_with("127.") ||
         host == "[::1]";
}

}  // namespace

Authenticator::Authenticator(KeyStore& keys, const Clock& clock, AuthSettings settings)
    : keys_(keys), clock_(clock), settings_(settings) {}

Task<std::string> Authenticator::check(Context context, const http::RequestHead& request) {
  std::string_view header = request.headers.find("authorization");
  DOCMILL_CO_TRY(bool needed, co_await key_needed(context));
  if (!needed) {
    std::string_view origin = request.headers.find("origin");
    if ((!origin.empty() && !is_loopback_origin(origin)) ||
        !is_local_name(request.headers.find("host")))
      co_return fail(ErrorCode::kPermissionDenied,
                     "requests from web pages and by foreign names need an API key: "
                     "docmill key create",
                     "foreign_page");
    co_return std::string();
  }
  if (header.empty())
    co_return no_key(
        "no API key: send it as 'Authorization: Bearer dm-…'; docmill key create makes one");
  constexpr std::string_view kScheme = "bearer ";
  if (header.size() < kScheme.size() ||
      !http::equal_ignoring_case(header.substr(0, kScheme.size()), kScheme))
    co_return no_key("the Authorization header must be 'Bearer' and a key");
  auto text = parse_api_key(header.substr(kScheme.size()));
  if (!text) co_return no_key("this is not a docmill API key");
  DOCMILL_CO_TRY(std::optional<ApiKey> key, co_await find(context, text->id));
  // An unknown id costs the same as a wrong secret.
  Hash expected = key ? key->secret_hash : Hash();
  Hash given = sha256(text->secret);
  auto view = [](const Hash& hash) {
    return std::string_view(reinterpret_cast<const char*>(hash.bytes.data()), hash.bytes.size());
  };
  bool equal = equal_constant_time(view(expected), view(given));
  if (!key || !equal) co_return no_key("the API key is not valid");
  if (key->revoked_at) co_return no_key("the API key was revoked");
  co_return text->id;
}

Task<bool> Authenticator::key_needed(Context context) {
  if (!settings_.loopback) co_return true;
  {
    std::scoped_lock lock(mutex_);
    if (keys_exist_) co_return true;
  }
  DOCMILL_CO_TRY(std::int64_t count, co_await keys_.count(std::move(context)));
  std::scoped_lock lock(mutex_);
  keys_exist_ = keys_exist_ || count > 0;
  co_return keys_exist_;
}

Task<std::optional<ApiKey>> Authenticator::find(Context context, std::string id) {
  {
    std::scoped_lock lock(mutex_);
    auto found = cache_.find(id);
    if (found != cache_.end() && clock_.steady_now() < found->second.until)
      co_return found->second.key;
  }
  DOCMILL_CO_TRY(std::optional<ApiKey> key, co_await keys_.find(std::move(context), id));
  std::scoped_lock lock(mutex_);
  if (cache_.size() >= settings_.cached_keys_max && !cache_.contains(id)) cache_.clear();
  Cached& cached = cache_[id];
  cached.key = key;
  cached.until = clock_.steady_now() + settings_.cache_time;
  co_return key;
}

Task<void> Authenticator::note_used(Context context, std::string key_id) {
  if (key_id.empty()) co_return Status();
  {
    std::scoped_lock lock(mutex_);
    auto found = cache_.find(key_id);
    SteadyTime now = clock_.steady_now();
    if (found == cache_.end() || (found->second.noted && now < *found->second.noted + kNoteEvery))
      co_return Status();
    found->second.noted = now;
  }
  co_return co_await keys_.mark_used(std::move(context), std::vector<std::string>{key_id});
}

}  // namespace docmill::gateway
