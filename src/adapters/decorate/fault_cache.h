// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "adapters/decorate/fault_plan.h"
#include "ports/cache.h"

namespace docmill {

// A Cache whose calls fail as its plan says. The inner one must outlive it.
class FaultCache final : public Cache {
 public:
  FaultCache(Cache& inner, FaultPlan plan) : inner_(inner), plan_(std::move(plan)) {}

  Task<std::vector<std::optional<std::string>>> get(Context context,
                                                    std::vector<Hash> keys) override {
    return with_faults(plan_, context, inner_.get(context, std::move(keys)));
  }
  Task<void> put(Context context, std::vector<CacheEntry> entries) override {
    return with_faults(plan_, context, inner_.put(context, std::move(entries)));
  }

 private:
  Cache& inner_;
  FaultPlan plan_;
};

}  // namespace docmill
