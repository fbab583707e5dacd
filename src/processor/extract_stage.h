// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "processor/pipeline.h"

namespace docmill::processor {

// The extract stage: bytes of a version to the document model, kept as an artefact under the name
// of its inputs. The crawler parses pages for their links through it too, so that one parse serves
// both. Thread-safe.
class ExtractStage {
 public:
  ExtractStage(Services services, Settings settings);

  // The model, from the artefact if there is one. `bytes` are the version's, or nothing to have
  // them read from the blob store. Errors are those of the blob store and of the parser.
  Task<document::Document> run(Context context, NewVersion version,
                               std::optional<std::string> bytes);

  // The model under `model_key`; not_found or corrupt_data when it has to be made again.
  Task<document::Document> load(Context context, std::string model_key);

 private:
  Task<document::Document> parse(Context context, NewVersion version,
                                 std::optional<std::string> bytes);

  Services services_;
  Settings settings_;
};

// A damaged or vanished artefact is a miss: it is made again.
bool is_missing(const Error& error);

}  // namespace docmill::processor
