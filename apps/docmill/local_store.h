// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "async/runtime.h"
#include "ports/blob_store.h"
#include "ports/cache.h"
#include "ports/catalog.h"
#include "ports/frontier.h"
#include "ports/job_store.h"
#include "ports/key_store.h"
#include "ports/queue.h"

namespace docmill::embedded {
class Database;
}

namespace docmill::app {

// Everything that lies in one data folder, opened: the embedded adapters behind their ports. The
// only place that names them.
struct LocalStore {
  // Creates the folder when it is missing. unavailable with what to do when it cannot be written.
  static Result<std::unique_ptr<LocalStore>> open(const std::string& data_dir, Runtime& runtime,
                                                  const Clock& clock);
  ~LocalStore();

  std::unique_ptr<embedded::Database> database;
  std::unique_ptr<embedded::Database> cache_database;
  std::unique_ptr<BlobStore> blobs;
  std::unique_ptr<Catalog> catalog;
  std::unique_ptr<JobStore> jobs;
  std::unique_ptr<Queue> queue;
  std::unique_ptr<Frontier> frontier;
  std::unique_ptr<KeyStore> keys;
  std::unique_ptr<Cache> cache;

 private:
  LocalStore();
};

}  // namespace docmill::app
