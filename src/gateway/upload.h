// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/hash.h"
#include "ports/blob_store.h"

namespace docmill::gateway {

// A document on its way into the blob store: hashed and written as it comes, never whole in memory.
// Dropped before `finish`, it leaves nothing behind.
class Upload {
 public:
  struct Stored {
    Hash content;
    std::uint64_t size_bytes = 0;
  };

  Upload(BlobStore& blobs, std::uint64_t bytes_max) : blobs_(blobs), bytes_max_(bytes_max) {}

  // too_large beyond the limit.
  Task<void> write(Context context, std::string bytes);
  // Makes the bytes durable under their hash. invalid_argument when there are none.
  Task<Stored> finish(Context context);

 private:
  Task<void> open(Context context);
  Task<void> flush(Context context);

  BlobStore& blobs_;
  std::uint64_t bytes_max_;
  std::unique_ptr<BlobWriter> writer_;
  Hasher hasher_;
  std::string pending_;
  std::uint64_t size_bytes_ = 0;
};

// The identity of an uploaded document: `uri` in canonical form where it is given (absolute, else
// invalid_argument), "upload:" and the escaped file name where that is, otherwise its hash.
Result<std::string> upload_uri(std::string_view uri, std::string_view filename,
                               const Hash& content);

// The last segment of a file name, as people see it; what is not valid UTF-8 is replaced.
std::string clean_filename(std::string_view filename);

}  // namespace docmill::gateway
