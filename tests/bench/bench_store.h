// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/embedded/database.h"
#include "adapters/embedded/sqlite_vector_store.h"
#include "async/runtime.h"

namespace docmill::bench {

// The value, or the end of the program with the error's words.
template <typename T>
T value_or_exit(Result<T> result) {
  if (!result) {
    fmt::print(stderr, "bench: {}\n", result.error().message);
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// A vector store in a new folder that goes with it.
class BenchStore {
 public:
  explicit BenchStore(const ModelIdentity& model) {
    std::string pattern = (std::filesystem::temp_directory_path() / "docmill_XXXXXX").string();
    DOCMILL_CHECK(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    open();
    value_or_exit(runtime_.run(store_->open_collection(Context::background(), kCollection, model)));
  }
  ~BenchStore() {
    store_.reset();
    database_.reset();
    std::filesystem::remove_all(folder_);
  }
  BenchStore(const BenchStore&) = delete;
  BenchStore& operator=(const BenchStore&) = delete;

  // As a fresh process finds it: nothing of the index is in memory.
  void reopen() {
    store_.reset();
    database_.reset();
    open();
  }
  void upsert(std::vector<VectorRecord> records) {
    value_or_exit(
        runtime_.run(store_->upsert(Context::background(), kCollection, std::move(records))));
  }
  VectorHits search(VectorQuery query) {
    query.collection = kCollection;
    return value_or_exit(runtime_.run(store_->search(Context::background(), std::move(query))));
  }
  Runtime& runtime() { return runtime_; }

 private:
  static constexpr const char* kCollection = "bench";

  void open() {
    database_ =
        value_or_exit(embedded::Database::open({.path = folder_ / "docmill.db", .durable = false}));
    store_ = value_or_exit(embedded::SqliteVectorStore::open(*database_));
  }

  Runtime runtime_{RuntimeSettings{}};
  std::filesystem::path folder_;
  std::unique_ptr<embedded::Database> database_;
  std::unique_ptr<embedded::SqliteVectorStore> store_;
};

// One figure as a line of JSON, as tests/bench/run.py reads it. `goal` is the least ratio wanted,
// of value to rival where more is better and of rival to value where less is.
inline void print_figure(std::string_view bench, double value, std::string_view unit,
                         std::string_view against, double rival, double goal,
                         bool less_is_better = false) {
  const double ratio = less_is_better ? rival / value : value / rival;
  fmt::print(
      "{{\"bench\":\"{}\",\"value\":{:.4f},\"unit\":\"{}\",\"against\":\"{}\","
      "\"against_value\":{:.4f},\"ratio\":{:.3f},\"goal\":{},\"met\":{}}}\n",
      bench, value, unit, against, rival, ratio, goal, ratio >= goal);
}

}  // namespace docmill::bench
