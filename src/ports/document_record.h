// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/hash.h"
#include "base/result.h"

namespace docmill {

// 32 hexadecimal digits: the first half of hash(collection, canonical source URI).
using DocumentId = std::string;
DocumentId document_id_of(std::string_view collection, std::string_view uri);

// The state of a document's newest revision. `kPartial` is usable, but an optional stage could not
// run. `kErasing` waits for its vectors to be deleted and is invisible to readers.
enum class DocumentState { kWaiting, kRunning, kPartial, kDone, kDead, kErasing };
enum class Stage { kExtract, kChunk, kEmbed, kIndex, kErase };

std::string_view name_of(DocumentState state);
std::string_view name_of(Stage stage);
std::optional<DocumentState> state_of_name(std::string_view name);
std::optional<Stage> stage_of_name(std::string_view name);

// A source's bytes, already in the blob store under `content_key(content)`.
struct NewVersion {
  std::string collection = "default";
  std::string uri;          // canonical: the identity of the document
  std::string source_name;  // for people: file name or fetched URL, where it differs
  Hash content;
  std::uint64_t size_bytes = 0;
  std::string declared_media_type;  // what the sender claimed; the type is decided by content
  std::string declared_charset;
  std::optional<WallTime> modified_at;  // Last-Modified or the file's time
  bool reprocess = false;               // a new revision even when the bytes are known
};

struct RecordedVersion {
  DocumentId document;
  std::int64_t revision = 0;
  bool unchanged =
      false;  // these bytes are already this document's newest revision: nothing queued
};

// What went wrong with a document, as people and scripts see it.
struct Failure {
  std::string reason;  // stable word: an error code's name or e.g. "limit_inflated_bytes"
  std::string message;
  Stage stage = Stage::kExtract;
  int attempt = 0;
  WallTime at{};
};

// The catalog's row of one document.
struct DocumentRecord {
  DocumentId id;
  NewVersion version;
  std::int64_t revision = 0;          // counts recorded changes of this document, from 1
  std::int64_t current_revision = 0;  // the one readers see; 0 while none was finished
  DocumentState state = DocumentState::kWaiting;
  Stage stage = Stage::kExtract;
  int attempt = 0;          // failed tries of this revision
  std::uint64_t token = 0;  // fencing token of the last lease
  std::string worker;       // who holds or last held the lease
  std::optional<WallTime> lease_until;
  std::optional<WallTime> next_attempt_at;
  std::optional<Failure> failure;  // of the last failed try; stays visible while it retries
  std::string settings_key;        // hash of stage versions and settings of this revision
  // Results, set stage by stage:
  std::string media_type;  // decided from the content
  std::string title;
  std::string language;
  std::string model_key;             // blob key of the document model
  std::string chunks_key;            // blob key of the chunk set
  std::int64_t chunks = 0;           // of the current revision
  std::string sandbox;               // full, partial or none
  std::vector<std::string> missing;  // for kPartial: stages that could not run
  WallTime created_at{};
  WallTime updated_at{};
};

}  // namespace docmill
