// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <type_traits>
#include <utility>

#include "async/context.h"
#include "async/task.h"
#include "async/task_group.h"

namespace docmill {

enum class FaultMoment {
  kBefore,  // the call did not happen
  kAfter,   // the call took effect, but its answer was lost
};

// Which calls of a decorated port fail, with unavailable and reason "injected". Counted over all
// functions of the port, from 1. Copies share one count. Thread-safe.
class FaultPlan {
 public:
  struct Settings {
    std::uint64_t seed = 1;
    std::uint64_t nth = 0;   // only this call fails; 0: none
    double probability = 0;  // of each call, 0–1
    FaultMoment moment = FaultMoment::kBefore;
    Milliseconds delay{0};  // before each call
  };

  FaultPlan() : FaultPlan(Settings()) {}
  explicit FaultPlan(Settings settings) : state_(std::make_shared<State>(settings)) {}

  Milliseconds delay() const { return state_->settings.delay; }

  // Counts one call; when it shall fail, and at which moment.
  std::optional<FaultMoment> next() const {
    std::scoped_lock lock(state_->mutex);
    bool hit = ++state_->calls == state_->settings.nth;
    std::bernoulli_distribution draw(state_->settings.probability);
    hit = draw(state_->random) || hit;
    if (!hit) return std::nullopt;
    return state_->settings.moment;
  }

  static std::unexpected<Error> injected() {
    return fail(ErrorCode::kUnavailable, "a planned fault", "injected");
  }

 private:
  struct State {
    explicit State(Settings given) : settings(given), random(given.seed) {}
    Settings settings;
    std::mutex mutex;
    std::mt19937_64 random;
    std::uint64_t calls = 0;
  };
  std::shared_ptr<State> state_;
};

// Awaits `task` (a call of the inner port that has not started yet) as `plan` wants it.
template <typename T>
Task<T> with_faults(FaultPlan plan, Context context, Task<T> task) {
  auto moment = plan.next();
  if (plan.delay() > Milliseconds(0))
    DOCMILL_CO_TRY_VOID(co_await sleep_for(context, plan.delay()));
  if (moment == FaultMoment::kBefore) co_return FaultPlan::injected();
  Result<T> result = co_await std::move(task);
  if (moment == FaultMoment::kAfter && result) co_return FaultPlan::injected();
  co_return result;
}

}  // namespace docmill
