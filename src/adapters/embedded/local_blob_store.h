// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "async/blocking_pool.h"
#include "ports/blob_store.h"

namespace docmill::embedded {

struct LocalBlobStoreSettings {
  std::filesystem::path folder;  // DATA/blobs; made when it does not exist
  int puts_max = 1024;           // waiting puts and commits; more are refused with rate_limited
  int group_max = 256;           // blobs synced together
};

// Blobs as files, the key being the path. Each is written under a temporary name, synced and
// renamed; blobs that are written at the same time share one sync of the file system. Several
// processes may use one folder.
class LocalBlobStore final : public BlobStore {
 public:
  // Makes the folder and removes temporary files a day old that crashed processes left. `pool` runs
  // reads and must outlive the store.
  static Result<std::unique_ptr<LocalBlobStore>> create(LocalBlobStoreSettings settings,
                                                        BlockingPool& pool);
  // Finishes the puts that were accepted. Writers must be gone.
  ~LocalBlobStore() override;

  Task<void> put(Context context, std::string key, std::string bytes) override;
  Task<std::unique_ptr<BlobWriter>> create_writer(Context context) override;
  Task<std::string> get(Context context, std::string key, std::uint64_t size_bytes_max) override;
  Task<BlobInfo> stat(Context context, std::string key) override;
  Task<void> remove(Context context, std::string key) override;
  Task<BlobPage> list(Context context, std::string prefix, std::string after, int limit) override;

 private:
  struct State;
  class Writer;

  explicit LocalBlobStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace docmill::embedded
