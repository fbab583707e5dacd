// SPDX-License-Identifier: Apache-2.0
#include "crawler/host_book.h"

#include <algorithm>

namespace docmill::crawler {
namespace {

constexpr Milliseconds kFirstBackOff{2'000};
// Hosts kept in memory; idle ones beyond this are forgotten, their delay is learned again.
constexpr std::size_t kHostsMax = 10'000;

}  // namespace

HostBook::Host& HostBook::host_of(const std::string& name) {
  return hosts_.try_emplace(name, Host{.delay = delay_}).first->second;
}

void HostBook::forget_idle(SteadyTime now) {
  if (hosts_.size() <= kHostsMax) return;
  std::erase_if(hosts_, [now](const auto& entry) {
    return entry.second.running == 0 && entry.second.next <= now && entry.second.troubles == 0;
  });
}

HostBook::Turn HostBook::take(const std::string& name, SteadyTime now) {
  std::scoped_lock lock(mutex_);
  forget_idle(now);
  Host& host = host_of(name);
  if (host.next > now) return {.not_before = host.next};
  if (host.running >= per_host_max_) return {};
  ++host.running;
  return {.granted = true};
}

void HostBook::end(const std::string& name, SteadyTime now) {
  std::scoped_lock lock(mutex_);
  Host& host = host_of(name);
  --host.running;
  host.next = std::max(host.next, now + host.delay);
}

void HostBook::set_delay(const std::string& name, Milliseconds crawl_delay) {
  std::scoped_lock lock(mutex_);
  host_of(name).delay = std::max(delay_, crawl_delay);
}

void HostBook::back_off(const std::string& name, SteadyTime now,
                        std::optional<Milliseconds> pause) {
  std::scoped_lock lock(mutex_);
  Host& host = host_of(name);
  Milliseconds wait = kFirstBackOff * (std::int64_t{1} << std::min(host.troubles++, 16));
  wait = std::min(pause ? std::max(*pause, Milliseconds(0)) : wait, back_off_max_);
  host.next = std::max(host.next, now + wait);
}

void HostBook::succeeded(const std::string& name) {
  std::scoped_lock lock(mutex_);
  host_of(name).troubles = 0;
}

std::vector<std::string> HostBook::busy(SteadyTime now) const {
  std::scoped_lock lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, host] : hosts_)
    if (host.running >= per_host_max_ || host.next > now) names.push_back(name);
  return names;
}

std::optional<SteadyTime> HostBook::next_free(SteadyTime now) const {
  std::scoped_lock lock(mutex_);
  std::optional<SteadyTime> first;
  for (const auto& [name, host] : hosts_)
    if (host.next > now && (!first || host.next < *first)) first = host.next;
  return first;
}

}  // namespace docmill::crawler
