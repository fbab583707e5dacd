// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "adapters/decorate/fault_plan.h"
#include "ports/key_store.h"

namespace docmill {

// A KeyStore whose calls fail as its plan says. The inner one must outlive it.
class FaultKeyStore final : public KeyStore {
 public:
  FaultKeyStore(KeyStore& inner, FaultPlan plan) : inner_(inner), plan_(std::move(plan)) {}

  Task<CreatedApiKey> create(Context context, std::string name) override {
    return with_faults(plan_, context, inner_.create(context, std::move(name)));
  }
  Task<std::optional<ApiKey>> find(Context context, std::string id) override {
    return with_faults(plan_, context, inner_.find(context, std::move(id)));
  }
  Task<std::vector<ApiKey>> list(Context context) override {
    return with_faults(plan_, context, inner_.list(context));
  }
  Task<void> revoke(Context context, std::string id) override {
    return with_faults(plan_, context, inner_.revoke(context, std::move(id)));
  }
  Task<void> mark_used(Context context, std::vector<std::string> ids) override {
    return with_faults(plan_, context, inner_.mark_used(context, std::move(ids)));
  }
  Task<std::int64_t> count(Context context) override {
    return with_faults(plan_, context, inner_.count(context));
  }

 private:
  KeyStore& inner_;
  FaultPlan plan_;
};

}  // namespace docmill
