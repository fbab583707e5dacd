// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace docmill::crawler {

// Who may be asked when: per host, how many requests run and when the next may start. Thread-safe;
// no call blocks.
class HostBook {
 public:
  HostBook(int per_host_max, Milliseconds delay, Milliseconds back_off_max)
      : per_host_max_(per_host_max), delay_(delay), back_off_max_(back_off_max) {}

  // Takes a place at `host`, or says from when one may be free (nothing: after a running one ends).
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

  // Hosts that may not be asked now, to be left out of the next lease.
  std::vector<std::string> busy(SteadyTime now) const;
  // When the next waiting host is free again, if one waits for time.
  std::optional<SteadyTime> next_free(SteadyTime now) const;

 private:
  struct Host {
    int running = 0;
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

}  // namespace docmill::crawler
