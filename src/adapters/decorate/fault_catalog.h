// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "adapters/decorate/fault_plan.h"
#include "ports/catalog.h"

namespace docmill {

// A Catalog whose calls fail as its plan says. The inner one must outlive it.
class FaultCatalog final : public Catalog {
 public:
  FaultCatalog(Catalog& inner, FaultPlan plan) : inner_(inner), plan_(std::move(plan)) {}

  Task<RecordedVersion> record(Context context, NewVersion version) override {
    return with_faults(plan_, context, inner_.record(context, std::move(version)));
  }
  Task<void> erase(Context context, DocumentId document) override {
    return with_faults(plan_, context, inner_.erase(context, std::move(document)));
  }
  Task<DocumentRecord> get(Context context, DocumentId document) override {
    return with_faults(plan_, context, inner_.get(context, std::move(document)));
  }
  Task<DocumentPage> list(Context context, DocumentFilter filter) override {
    return with_faults(plan_, context, inner_.list(context, std::move(filter)));
  }
  Task<CatalogCounts> count(Context context, std::string collection) override {
    return with_faults(plan_, context, inner_.count(context, std::move(collection)));
  }
  Task<std::unordered_map<DocumentId, std::int64_t>> current_revisions(
      Context context, std::vector<DocumentId> documents) override {
    return with_faults(plan_, context, inner_.current_revisions(context, std::move(documents)));
  }
  Task<std::vector<Retired>> retired(Context context, int limit) override {
    return with_faults(plan_, context, inner_.retired(context, limit));
  }
  Task<void> forget_retired(Context context, std::vector<Retired> retired) override {
    return with_faults(plan_, context, inner_.forget_retired(context, std::move(retired)));
  }

 private:
  Catalog& inner_;
  FaultPlan plan_;
};

}  // namespace docmill
