// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "adapters/decorate/fault_plan.h"
#include "ports/blob_store.h"

namespace docmill {

// A BlobStore whose calls fail as its plan says. The inner one must outlive it.
class FaultBlobStore final : public BlobStore {
 public:
  FaultBlobStore(BlobStore& inner, FaultPlan plan) : inner_(inner), plan_(std::move(plan)) {}

  Task<void> put(Context context, std::string key, std::string bytes) override {
    return with_faults(plan_, context, inner_.put(context, std::move(key), std::move(bytes)));
  }
  Task<std::unique_ptr<BlobWriter>> create_writer(Context context) override {
    return with_faults(plan_, context, inner_.create_writer(context));
  }
  Task<std::string> get(Context context, std::string key, std::uint64_t size_bytes_max) override {
    return with_faults(plan_, context, inner_.get(context, std::move(key), size_bytes_max));
  }
  Task<BlobInfo> stat(Context context, std::string key) override {
    return with_faults(plan_, context, inner_.stat(context, std::move(key)));
  }
  Task<void> remove(Context context, std::string key) override {
    return with_faults(plan_, context, inner_.remove(context, std::move(key)));
  }
  Task<BlobPage> list(Context context, std::string prefix, std::string after, int limit) override {
    return with_faults(plan_, context,
                       inner_.list(context, std::move(prefix), std::move(after), limit));
  }

 private:
  BlobStore& inner_;
  FaultPlan plan_;
};

}  // namespace docmill
