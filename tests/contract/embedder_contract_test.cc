// SPDX-License-Identifier: Apache-2.0
#include "embedder_contract.h"

#include <map>
#include <mutex>

#include "adapters/decorate/caching_embedder.h"
#include "adapters/decorate/fault_embedder.h"
#include "adapters/embedded/local_embedder.h"
#include "ports/cache.h"

namespace docmill::contract {
namespace {

class LocalUnderTest : public EmbedderUnderTest {
 public:
  explicit LocalUnderTest(Runtime& runtime)
      : metrics_(table()),
        local_(embedded::LocalEmbedder::create(
                   {.model_folder = DOCMILL_SOURCE_DIR "/.deps/native/minilm"}, runtime.blocking(),
                   metrics_)
                   .value()) {}
  Embedder& embedder() override { return *local_; }
  Metrics& metrics() { return metrics_; }

 private:
  static std::vector<MetricSpec> table() {
    std::vector<MetricSpec> rows = embedded::local_embedder_metrics();
    for (MetricSpec& row : decorate::caching_embedder_metrics()) rows.push_back(std::move(row));
    return rows;
  }

  Metrics metrics_;
  std::unique_ptr<embedded::LocalEmbedder> local_;
};

class MapCache final : public Cache {
 public:
  Task<std::vector<std::optional<std::string>>> get(Context context,
                                                    std::vector<Hash> keys) override {
    DOCMILL_CO_TRY_VOID(context.check());
    std::vector<std::optional<std::string>> out(keys.size());
    std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (auto found = values_.find(keys[i]); found != values_.end()) out[i] = found->second;
    co_return out;
  }
  Task<void> put(Context, std::vector<CacheEntry> entries) override {
    std::scoped_lock lock(mutex_);
    for (CacheEntry& entry : entries) values_[entry.key] = std::move(entry.value);
    co_return Status();
  }

 private:
  std::mutex mutex_;
  std::map<Hash, std::string> values_;
};

class CachingUnderTest final : public LocalUnderTest {
 public:
  explicit CachingUnderTest(Runtime& runtime)
      : LocalUnderTest(runtime), caching_(LocalUnderTest::embedder(), cache_, metrics()) {}
  Embedder& embedder() override { return caching_; }

 private:
  MapCache cache_;
  decorate::CachingEmbedder caching_;
};

// Behind a plan in which nothing fails: the decorator must change nothing.
class FaultUnderTest final : public LocalUnderTest {
 public:
  explicit FaultUnderTest(Runtime& runtime)
      : LocalUnderTest(runtime), fault_(LocalUnderTest::embedder(), FaultPlan()) {}
  Embedder& embedder() override { return fault_; }

 private:
  FaultEmbedder fault_;
};

INSTANTIATE_TEST_SUITE_P(
    Adapters, EmbedderContract,
    testing::Values(
        EmbedderCase{"Local", [](Runtime& r) { return std::make_unique<LocalUnderTest>(r); }},
        EmbedderCase{"Fault", [](Runtime& r) { return std::make_unique<FaultUnderTest>(r); }},
        EmbedderCase{"Caching", [](Runtime& r) { return std::make_unique<CachingUnderTest>(r); }}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace docmill::contract
