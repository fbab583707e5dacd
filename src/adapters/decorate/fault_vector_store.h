// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "adapters/decorate/fault_plan.h"
#include "ports/vector_store.h"

namespace docmill {

// A VectorStore whose calls fail as its plan says. The inner one must outlive it.
class FaultVectorStore final : public VectorStore {
 public:
  FaultVectorStore(VectorStore& inner, FaultPlan plan) : inner_(inner), plan_(std::move(plan)) {}

  VectorStoreCapabilities capabilities() const override { return inner_.capabilities(); }
  Task<CollectionInfo> open_collection(Context context, std::string collection,
                                       ModelIdentity model) override {
    return with_faults(plan_, context,
                       inner_.open_collection(context, std::move(collection), std::move(model)));
  }
  Task<std::vector<CollectionInfo>> list_collections(Context context) override {
    return with_faults(plan_, context, inner_.list_collections(context));
  }
  Task<void> upsert(Context context, std::string collection,
                    std::vector<VectorRecord> records) override {
    return with_faults(plan_, context,
                       inner_.upsert(context, std::move(collection), std::move(records)));
  }
  Task<VectorHits> search(Context context, VectorQuery query) override {
    return with_faults(plan_, context, inner_.search(context, std::move(query)));
  }
  Task<void> remove(Context context, std::string collection, std::string document,
                    std::int64_t revision_max) override {
    return with_faults(
        plan_, context,
        inner_.remove(context, std::move(collection), std::move(document), revision_max));
  }
  Task<std::vector<VectorRecord>> get_document(Context context, std::string collection,
                                               std::string document,
                                               std::int64_t revision) override {
    return with_faults(
        plan_, context,
        inner_.get_document(context, std::move(collection), std::move(document), revision));
  }

 private:
  VectorStore& inner_;
  FaultPlan plan_;
};

}  // namespace docmill
