// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace docmill {

using Milliseconds = std::chrono::milliseconds;
// Wall-clock time, stored in databases as milliseconds since the epoch.
using WallTime = std::chrono::sys_time<Milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

// The only way to the time outside base; passed in by reference so that tests can move it.
// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime now() const = 0;
  virtual SteadyTime steady_now() const = 0;
};

// The machine's clocks; one shared instance.
const Clock& system_clock();

// A clock that stands still until `advance` is called; for tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start = WallTime(Milliseconds(1'700'000'000'000)))
      : start_(start) {}
  WallTime now() const override { return start_ + Milliseconds(offset_ms_.load()); }
  SteadyTime steady_now() const override { return SteadyTime(Milliseconds(offset_ms_.load())); }
  void advance(Milliseconds step) { offset_ms_ += step.count(); }

 private:
  WallTime start_;
  std::atomic<std::int64_t> offset_ms_ = 0;
};

inline std::int64_t to_unix_ms(WallTime time) { return time.time_since_epoch().count(); }
inline WallTime from_unix_ms(std::int64_t ms) { return WallTime(Milliseconds(ms)); }

}  // namespace docmill
