// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "async/context.h"
#include "async/task.h"
#include "base/metrics.h"
#include "confine/sandbox_level.h"
#include "document/extract_request.h"
#include "document/model.h"

namespace docmill::confine {

class Pool;

// The one way from foreign bytes to the document model: a confined parse whose answer is checked as
// hostile bytes. Crawler and processor share one. Thread-safe; `pool` and `metrics` outlive it.
class Extractor {
 public:
  Extractor(Pool& pool, Metrics& metrics);

  // Errors: those of Pool::run and document::extract; corrupt_data with reason "worker_protocol"
  // when the answer is no sound model. Nothing is left behind on cancel; may be repeated.
  Task<document::Document> extract(Context context, document::ExtractRequest request,
                                   std::string bytes);

  SandboxLevel sandbox_level() const;

 private:
  void count(const document::Document& document);

  Pool& pool_;
  Metrics& metrics_;
};

// Rows of the metric table: docmill_extract_*.
std::vector<MetricSpec> extractor_metrics();

}  // namespace docmill::confine
