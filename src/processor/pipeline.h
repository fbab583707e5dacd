// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "async/blocking_pool.h"
#include "base/metrics.h"
#include "document/chunker.h"
#include "document/extract_request.h"
#include "document/model.h"
#include "ports/blob_store.h"
#include "ports/catalog.h"
#include "ports/embedder.h"
#include "ports/job_store.h"
#include "ports/queue.h"
#include "ports/vector_store.h"

namespace docmill::processor {

// Bytes to a document model in a confined process; the program wires confine::Extractor in here.
using Extract =
    std::function<Task<document::Document>(Context, document::ExtractRequest, std::string)>;

// What the pipeline works on and with. References outlive the processor.
struct Services {
  BlobStore& blobs;
  Catalog& catalog;
  JobStore& jobs;
  Queue& queue;
  VectorStore& vectors;
  Embedder& embedder;
  Extract extract;
  document::Tokenize tokenize;  // the embedder's own tokenizer
  std::string sandbox;          // level of the extractor: "full", "partial" or "none"
  BlockingPool& blocking;
  Metrics& metrics;
  const Clock& clock;
};

struct Settings {
  int workers = 4;                      // documents in work at once
  int attempts_max = 5;                 // tries of one revision before it is dead
  Milliseconds lease{30'000};           // a dead worker's document is free after this
  Milliseconds stage_timeout{600'000};  // one stage of one document; its lease is not kept longer
  Milliseconds retry_base{1'000};       // first retry delay; doubles, with full jitter
  Milliseconds retry_max{300'000};
  Milliseconds sweep_every{5'000};
  int embed_batch_texts = 64;  // texts a call
  document::Limits limits;
  document::ChunkSettings chunking;
};

// The name of everything that decides a stage's output besides its input. Part of each artefact's
// key; a document processed under another one is processed again from the first stage it changes.
std::string settings_key(const Settings& settings, const ModelIdentity& model);

// Artefact keys: a stage is a function of its inputs, and its output lives under their hash.
std::string model_artefact_key(const Settings& settings, const NewVersion& version);
std::string chunks_artefact_key(const Settings& settings, const ModelIdentity& model,
                                const std::string& model_key, const DocumentId& document);

// Rows of the metric table: docmill_documents_total, docmill_stage_seconds …
std::vector<MetricSpec> processor_metrics();

}  // namespace docmill::processor
