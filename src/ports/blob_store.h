// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "async/context.h"
#include "async/task.h"
#include "base/hash.h"

namespace docmill {

struct BlobInfo {
  std::string key;
  std::uint64_t size_bytes = 0;
};

struct BlobPage {
  std::vector<BlobInfo> blobs;  // ascending by key
  std::string next;             // pass as `after` for the next page; empty at the end
};

// A blob that is being written. One user at a time. Destroyed before `commit`, it leaves nothing
// that a reader could see.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;
  virtual Task<void> write(Context context, std::string bytes) = 0;
  // Makes everything written durable under `key`, in one step for readers. Once.
  virtual Task<BlobInfo> commit(Context context, std::string key) = 0;
};

// Whole immutable objects under keys. Keys are relative paths of [A-Za-z0-9._-] segments joined by
// '/', at most 512 bytes; original bytes live under `content_key`, stage results under
// `artefact_key`, so that one key never stands for two different byte strings. Thread-safe.
//
// Durable: when `put` or `commit` has returned, the blob survives a power cut. A reader sees all of
// a blob or not_found, never a part. Writing a key that exists is success and may keep the old
// bytes. Errors: invalid_argument (key), not_found, unavailable (retry), too_large, corrupt_data
// (the stored bytes are damaged: treat an artefact as missing, an original as lost), kUnavailable
// with reason "disk_full" when there is no space.
class BlobStore {
 public:
  virtual ~BlobStore() = default;
  virtual Task<void> put(Context context, std::string key, std::string bytes) = 0;
  virtual Task<std::unique_ptr<BlobWriter>> create_writer(Context context) = 0;
  // too_large when the blob has more than `size_bytes_max` bytes.
  virtual Task<std::string> get(Context context, std::string key, std::uint64_t size_bytes_max) = 0;
  virtual Task<BlobInfo> stat(Context context, std::string key) = 0;
  // Success also when there is no such blob.
  virtual Task<void> remove(Context context, std::string key) = 0;
  // Keys that start with `prefix` and sort after `after`; at most `limit` (1–1000).
  virtual Task<BlobPage> list(Context context, std::string prefix, std::string after,
                              int limit) = 0;
};

// "content/ab/abcdef…": where the bytes with this hash live.
std::string content_key(const Hash& content);
// "artefacts/STAGE/ab/abcdef…": where a stage's output lives.
std::string artefact_key(std::string_view stage, const Hash& key);
// invalid_argument unless `key` follows the rules above.
Status check_blob_key(std::string_view key);

}  // namespace docmill
