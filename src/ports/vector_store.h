// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "async/context.h"
#include "async/task.h"
#include "ports/embedder.h"

namespace docmill {

// One chunk of one revision of one document, with its vector.
struct VectorRecord {
  std::string id;  // 32 hex digits, deterministic: hash(chunk_id, revision)
  std::string document;
  std::int64_t revision = 0;
  std::string chunk_id;  // stable while the chunk's text is the same; see ChunkSet
  int ordinal = 0;       // place in the document
  std::string text;      // what is searched and shown
  std::string heading_path;
  std::string uri, title, media_type;
  int page_first = 0, page_last = 0;  // from 1; 0 where pages do not exist
  std::int64_t date_unix_ms = 0;      // the document's modification or recording time
  std::vector<float> vector;          // `dimension` floats, stored at unit length
};

struct VectorFilter {
  std::vector<std::string> documents;                                 // any of these; empty: all
  std::vector<std::string> media_types;                               // any of these; empty: all
  std::optional<std::int64_t> date_from_unix_ms, date_until_unix_ms;  // inclusive
};

struct VectorQuery {
  std::string collection;
  std::vector<float> vector;  // empty: no dense leg
  std::string text;           // empty: no lexical leg
  VectorFilter filter;
  int k = 10;  // hits per leg, 1–1000
};

struct VectorHit {
  double score = 0;     // dense: cosine in [-1, 1]; lexical: BM25, more is better
  VectorRecord record;  // without the vector
};

// Each leg descending by score, ties by id; fewer than k only when fewer records match.
struct VectorHits {
  std::vector<VectorHit> dense;
  std::vector<VectorHit> lexical;
};

struct CollectionInfo {
  std::string name;
  ModelIdentity model;
  std::int64_t records = 0;
};

struct VectorStoreCapabilities {
  bool lexical = false;    // answers the text leg
  bool immediate = false;  // a search sees every upsert that has returned
};

// Chunks with vectors and payload, by collection. A collection carries the identity of the model
// that made its vectors. Upserts by deterministic id: the same call twice leaves one record.
// Payload, vector and lexical postings of a record appear and go together. Thread-safe, many
// processes.
//
// Errors: invalid_argument (vector of the wrong dimension, zero, NaN or infinite: names the item;
// the whole call changes nothing), conflict (model identity differs: names both), not_found
// (collection), unavailable (retry).
class VectorStore {
 public:
  virtual ~VectorStore() = default;
  virtual VectorStoreCapabilities capabilities() const = 0;
  // Creates the collection, or checks that it was made by the same model.
  virtual Task<CollectionInfo> open_collection(Context context, std::string collection,
                                               ModelIdentity model) = 0;
  virtual Task<std::vector<CollectionInfo>> list_collections(Context context) = 0;
  // Durable when it returns; at most 1000 records a call.
  virtual Task<void> upsert(Context context, std::string collection,
                            std::vector<VectorRecord> records) = 0;
  virtual Task<VectorHits> search(Context context, VectorQuery query) = 0;
  // Deletes the records of `document` with revision <= `revision_max`; success when there are none.
  virtual Task<void> remove(Context context, std::string collection, std::string document,
                            std::int64_t revision_max) = 0;
  // Records of one document and revision in order of `ordinal`, vectors included.
  virtual Task<std::vector<VectorRecord>> get_document(Context context, std::string collection,
                                                       std::string document,
                                                       std::int64_t revision) = 0;
};

}  // namespace docmill
