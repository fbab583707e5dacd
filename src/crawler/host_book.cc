// SPDX-License-Identifier: Apache-2.0
#include "crawler/host_book.h"

#include <algorithm>

namespace docmill::crawler {
namespace {

constexpr Milliseconds kFirstBackOff{2'000};
constexpr int kReserve = 32;  // leased URLs of a fast host beyond those that run
// Hosts kept in memory; idle ones beyond this are forgotten, their delay is learned again.
constexpr std::size_t kHostsMax = 10'000;

}  // namespace

HostBook::Host& HostBook::host_of(const std::string& name) {
  return hosts_.try_emplace(name, Host{.delay = delay_}).first->second;
}

void HostBook::forget_idle(SteadyTime now) {
  if (hosts_.size() <= kHostsMax) return;
  std::erase_if(hosts_, [now](const auto& entry) {
    return entry.second.running == 0 && entry.second.waiting == 0 && entry.second.next <= now &&
           entry.second.troubles == 0;
  });
}

void HostBook::queue(const std::string& name) {
  std::scoped_lock lock(mutex_);
  ++host_of(name).waiting;
}

void HostBook::leave(const std::string& name) {
  std::scoped_lock lock(mutex_);
  --host_of(name).waiting;
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
  Host& host = host_of(name);
  host.troubles = 0;
  host.answered = true;
}

std::vector<std::string> HostBook::busy(SteadyTime now) const {
  std::scoped_lock lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, host] : hosts_) {
    const bool fast = host.answered && host.delay == Milliseconds(0) && host.troubles == 0;
    const int places = per_host_max_ + (fast ? kReserve : 0);
    if (host.running + host.waiting >= places || host.next > now) names.push_back(name);
  }
  return names;
}

std::optional<SteadyTime> HostBook::next_free(SteadyTime now) const {
  std::scoped_lock lock(mutex_);
  std::optional<SteadyTime> first;
  for (const auto& [name, host] : hosts_)
    if (host.next > now && (!first || host.next < *first)) first = host.next;
  return first;
}

HostTurn::HostTurn(HostBook& book, std::string host, const Clock& clock)
    : book_(&book), host_(std::move(host)), clock_(&clock) {
  book_->queue(host_);
}

HostTurn::HostTurn(HostTurn&& other) noexcept
    : book_(other.book_),
      host_(std::move(other.host_)),
      clock_(other.clock_),
      stage_(other.stage_) {
  other.stage_ = Stage::kEnded;
}

HostTurn::~HostTurn() { end(); }

HostBook::Turn HostTurn::take() {
  HostBook::Turn turn = book_->take(host_, clock_->steady_now());
  if (turn.granted) {
    book_->leave(host_);
    stage_ = Stage::kRunning;
  }
  return turn;
}

void HostTurn::end() {
  if (stage_ == Stage::kQueued) book_->leave(host_);
  if (stage_ == Stage::kRunning) book_->end(host_, clock_->steady_now());
  stage_ = Stage::kEnded;
}

}  // namespace docmill::crawler
