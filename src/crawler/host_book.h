// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace docmill::crawler {

// Who may be asked when: per host, how many requests run, how many wait, and when the next may
// start. Thread-safe; no call blocks.
class HostBook {
 public:
  HostBook(int per_host_max, Milliseconds delay, Milliseconds back_off_max)
      : per_host_max_(per_host_max), delay_(delay), back_off_max_(back_off_max) {}

  // Somebody waits for a place at `host`, until `leave`.
  void queue(const std::string& host);
  void leave(const std::string& host);
  // Takes a place, or says from when one may be free (nothing: after a running
  // one ends).
  struct Turn {
    bool granted = false;
    std::optional<SteadyTime> not_before;
  };
  Turn take(const std::string& host, SteadyTime now);
  // The request ended well or badly; the next may start after the host's delay.
  void end(const std::string& host, SteadyTime now);

  // Crawl-delay of the host's robots.txt: raises the configured delay, never lowers it.
  void set_delay(const std::string& host, Milliseconds crawl_delay);
  // The host asked for peace or fails: nothing until `now + pause`, doubling when it goes on.
  void back_off(const std::string& host, SteadyTime now, std::optional<Milliseconds> pause);
  void succeeded(const std::string& host);

  // Hosts to be left out of the next lease: those that may not be asked now, and those for which
  // enough wait. A host that answers and asks for no delay has some in reserve, so that its places
  // never idle while the next ones are leased; others have none, for a long wait would outlast its
  // lease.
  std::vector<std::string> busy(SteadyTime now) const;
  // When the next waiting host is free again, if one waits for time.
  std::optional<SteadyTime> next_free(SteadyTime now) const;

 private:
  struct Host {
    int running = 0;
    int waiting = 0;
    bool answered = false;
    Milliseconds delay{0};
    SteadyTime next{};
    int troubles = 0;  // in a row
  };
  Host& host_of(const std::string& name);
  void forget_idle(SteadyTime now);

  const int per_host_max_;
  const Milliseconds delay_;
  const Milliseconds back_off_max_;
  mutable std::mutex mutex_;
  std::map<std::string, Host> hosts_;
};

// A place in a host's queue, then at the host; given up at the latest when it is destroyed.
class HostTurn {
 public:
  HostTurn(HostBook& book, std::string host, const Clock& clock);
  HostTurn(HostTurn&& other) noexcept;
  HostTurn& operator=(HostTurn&&) = delete;
  ~HostTurn();

  // As HostBook::take; the place is held from the grant until `end`.
  HostBook::Turn take();
  void end();

 private:
  enum class Stage { kQueued, kRunning, kEnded };
  HostBook* book_;
  std::string host_;
  const Clock* clock_;
  Stage stage_ = Stage::kQueued;
};

}  // namespace docmill::crawler
