// SPDX-License-Identifier: Apache-2.0
#include "processor/pipeline.h"

#include <algorithm>
#include <cctype>

namespace docmill::processor {
namespace {

// Raised when a stage's code changes what it puts out for the same input.
constexpr std::string_view kExtractVersion = "extract/2";
constexpr std::string_view kChunkVersion = "chunk/1";
constexpr std::string_view kIndexVersion = "index/1";

std::string extract_settings(const Settings& settings) {
  const document::Limits& limits = settings.limits;
  return hash_fields({kExtractVersion, std::to_string(limits.input_bytes),
                      std::to_string(limits.inflated_bytes), std::to_string(limits.inflate_ratio),
                      std::to_string(limits.archive_entries), std::to_string(limits.embedded_bytes),
                      std::to_string(limits.xml_depth), std::to_string(limits.table_cells),
                      std::to_string(limits.pages), std::to_string(limits.blocks),
                      std::to_string(limits.links), std::to_string(limits.output_bytes)})
      .hex();
}

std::string chunk_settings(const Settings& settings, const ModelIdentity& model) {
  const document::ChunkSettings& chunking = settings.chunking;
  return hash_fields({kChunkVersion, std::to_string(chunking.tokens_target),
                      std::to_string(chunking.tokens_max),
                      std::to_string(chunking.prefix_tokens_max),
                      std::to_string(chunking.split_overlap), model.name, model.revision})
      .hex();
}

// Only the extension of a name may decide how bytes are read, so only it is part of the key.
std::string extension_of(const std::string& name) {
  std::string path = name.substr(0, name.find_first_of("?#"));
  std::size_t dot = path.find_last_of("./");
  if (dot == std::string::npos || path[dot] == '/') return "";
  std::string extension = path.substr(dot + 1);
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

}  // namespace

std::string settings_key(const Settings& settings, const ModelIdentity& model) {
  return hash_fields({extract_settings(settings), chunk_settings(settings, model), kIndexVersion})
      .hex();
}

std::string model_artefact_key(const Settings& settings, const NewVersion& version) {
  return artefact_key(
      "extract",
      hash_fields({extract_settings(settings), version.content.hex(), extension_of(version.uri),
                   version.declared_media_type, version.declared_charset}));
}

std::string chunks_artefact_key(const Settings& settings, const ModelIdentity& model,
                                const std::string& model_key, const DocumentId& document) {
  return artefact_key("chunk", hash_fields({chunk_settings(settings, model), model_key, document}));
}

std::vector<MetricSpec> processor_metrics() {
  const std::vector<double> kSeconds{0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60};
  return {
      {MetricKind::kCounter,
       "docmill_documents_total",
       "Documents by outcome of a run.",
       {"outcome"},
       {}},
      {MetricKind::kHistogram,
       "docmill_stage_seconds",
       "Time a stage took for one document.",
       {"stage"},
       kSeconds},
      {MetricKind::kCounter,
       "docmill_stage_artefact_hits_total",
       "Stages whose output was there already.",
       {"stage"},
       {}},
      {MetricKind::kCounter, "docmill_chunks_total", "Chunks indexed.", {}, {}},
      {MetricKind::kCounter,
       "docmill_stale_writes_total",
       "Writes refused because another worker has the document.",
       {},
       {}},
      {MetricKind::kGauge, "docmill_documents_in_work", "Documents in work now.", {}, {}},
  };
}

}  // namespace docmill::processor
