// SPDX-License-Identifier: Apache-2.0
#include "adapters/decorate/caching_embedder.h"

#include <cmath>
#include <cstring>
#include <unordered_map>

#include "base/hash.h"
#include "base/log.h"

namespace docmill::decorate {
namespace {

struct CachedVector {
  std::uint32_t tokens = 0;
  std::vector<float> vector;
};

// "passage": what is embedded; a model that embeds queries otherwise would get other keys for them.
Hash key_of(const ModelIdentity& identity, const std::string& text) {
  return hash_fields(
      {identity.name, identity.revision, std::to_string(identity.dimension), "passage", text});
}

// The token count, then the floats, in the machine's order: such caches are not shared across
// kinds.
std::string encode(const CachedVector& entry) {
  std::string bytes(sizeof entry.tokens + entry.vector.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), &entry.tokens, sizeof entry.tokens);
  std::memcpy(bytes.data() + sizeof entry.tokens, entry.vector.data(),
              entry.vector.size() * sizeof(float));
  return bytes;
}

// A model that tells only the sum has it shared out evenly, so that sums over a call stay true.
std::uint32_t tokens_of(const EmbeddingBatch& batch, std::size_t text) {
  if (text < batch.text_tokens.size()) return batch.text_tokens[text];
  const std::uint64_t count = batch.vectors.size();
  return static_cast<std::uint32_t>(batch.tokens / count + (text < batch.tokens % count ? 1 : 0));
}

std::optional<CachedVector> decode(const std::string& bytes, int dimension) {
  CachedVector out;
  out.vector.resize(static_cast<std::size_t>(dimension));
  if (bytes.size() != sizeof out.tokens + out.vector.size() * sizeof(float)) return std::nullopt;
  std::memcpy(&out.tokens, bytes.data(), sizeof out.tokens);
  std::memcpy(out.vector.data(), bytes.data() + sizeof out.tokens,
              out.vector.size() * sizeof(float));
  for (float value : out.vector)
    if (!std::isfinite(value)) return std::nullopt;
  return out;
}

// The texts of a call without repeats.
struct DistinctTexts {
  std::vector<Hash> keys;
  std::vector<std::size_t> first_of;  // by distinct text: where it stands first
  std::vector<std::size_t> index_of;  // by text: its distinct text
};

DistinctTexts distinct(const ModelIdentity& identity, const std::vector<std::string>& texts) {
  DistinctTexts out;
  std::unordered_map<Hash, std::size_t> seen;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Hash key = key_of(identity, texts[i]);
    auto [place, added] = seen.emplace(key, out.keys.size());
    if (added) {
      out.keys.push_back(key);
      out.first_of.push_back(i);
    }
    out.index_of.push_back(place->second);
  }
  return out;
}

}  // namespace

std::vector<MetricSpec> caching_embedder_metrics() {
  return {{MetricKind::kCounter,
           "docmill_embed_cache_lookups_total",
           "Distinct texts looked up in the embedding cache",
           {"outcome"},
           {}}};
}

CachingEmbedder::CachingEmbedder(Embedder& inner, Cache& cache, Metrics& metrics)
    : inner_(inner),
      cache_(cache),
      hits_(metrics.get("docmill_embed_cache_lookups_total", {"hit"})),
      misses_(metrics.get("docmill_embed_cache_lookups_total", {"miss"})) {}

Task<EmbeddingBatch> CachingEmbedder::embed(Context context, std::vector<std::string> texts) {
  if (texts.empty()) co_return fail(ErrorCode::kInvalidArgument, "no text to embed");
  const DistinctTexts wanted = distinct(identity(), texts);
  std::vector<CachedVector> vectors(wanted.keys.size());
  std::vector<std::size_t> missing;

  auto cached = co_await cache_.get(context, wanted.keys);
  if (!cached) {
    if (Status alive = context.check(); !alive) co_return std::unexpected(alive.error());
    log_error("embedding cache cannot be read", cached.error());
    cached = std::vector<std::optional<std::string>>(wanted.keys.size());
  }
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    const std::optional<std::string>& bytes = (*cached)[i];
    auto found = bytes ? decode(*bytes, identity().dimension) : std::nullopt;
    if (found) {
      vectors[i] = std::move(*found);
    } else {
      missing.push_back(i);
    }
  }
  hits_.add(static_cast<double>(vectors.size() - missing.size()));
  misses_.add(static_cast<double>(missing.size()));

  if (!missing.empty()) {
    std::vector<std::string> to_embed;
    for (std::size_t i : missing) to_embed.push_back(texts[wanted.first_of[i]]);
    DOCMILL_CO_TRY(EmbeddingBatch batch, co_await inner_.embed(context, std::move(to_embed)));
    std::vector<CacheEntry> entries;
    for (std::size_t k = 0; k < missing.size(); ++k) {
      CachedVector& vector = vectors[missing[k]];
      vector = {tokens_of(batch, k), std::move(batch.vectors[k])};
      entries.push_back({wanted.keys[missing[k]], encode(vector)});
    }
    if (Status put = co_await cache_.put(context, std::move(entries)); !put)
      log_error("embedding cache cannot be written", put.error());
  }
  EmbeddingBatch out;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const CachedVector& vector = vectors[wanted.index_of[i]];
    out.vectors.push_back(vector.vector);
    out.tokens += vector.tokens;
    out.text_tokens.push_back(vector.tokens);
  }
  co_return out;
}

}  // namespace docmill::decorate
