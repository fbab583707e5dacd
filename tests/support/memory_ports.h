// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "gateway/crawl_service.h"
#include "gateway/search_service.h"
#include "ports/blob_store.h"
#include "ports/catalog.h"
#include "ports/chat_model.h"
#include "ports/embedder.h"
#include "ports/key_store.h"

// Ports held in memory, for tests of the gateway alone: no disk, no model, the same answers each
// time. Where storage itself is tested, the embedded adapters are used instead.
namespace docmill::testing {

class MemoryBlobStore final : public BlobStore {
 public:
  class Writer final : public BlobWriter {
   public:
    explicit Writer(MemoryBlobStore& store) : store_(store) {}
    Task<void> write(Context, std::string bytes) override {
      bytes_ += bytes;
      co_return Status();
    }
    Task<BlobInfo> commit(Context context, std::string key) override {
      std::uint64_t size = bytes_.size();
      DOCMILL_CO_TRY_VOID(co_await store_.put(context, key, std::move(bytes_)));
      co_return BlobInfo{key, size};
    }

   private:
    MemoryBlobStore& store_;
    std::string bytes_;
  };

  Task<void> put(Context, std::string key, std::string bytes) override {
    DOCMILL_CO_TRY_VOID(check_blob_key(key));
    std::scoped_lock lock(mutex_);
    blobs_[std::move(key)] = std::move(bytes);
    co_return Status();
  }
  Task<std::unique_ptr<BlobWriter>> create_writer(Context) override {
    co_return std::make_unique<Writer>(*this);
  }
  Task<std::string> get(Context, std::string key, std::uint64_t size_bytes_max) override {
    std::scoped_lock lock(mutex_);
    auto found = blobs_.find(key);
    if (found == blobs_.end()) co_return fail(ErrorCode::kNotFound, "no such blob");
    if (found->second.size() > size_bytes_max) co_return fail(ErrorCode::kTooLarge, "too large");
    co_return found->second;
  }
  Task<BlobInfo> stat(Context context, std::string key) override {
    DOCMILL_CO_TRY(std::string bytes, co_await get(context, key, ~0ULL));
    co_return BlobInfo{key, bytes.size()};
  }
  Task<void> remove(Context, std::string key) override {
    std::scoped_lock lock(mutex_);
    blobs_.erase(key);
    co_return Status();
  }
  Task<BlobPage> list(Context, std::string prefix, std::string after, int limit) override {
    std::scoped_lock lock(mutex_);
    BlobPage page;
    for (const auto& [key, bytes] : blobs_)
      if (key.starts_with(prefix) && key > after && std::ssize(page.blobs) < limit)
        page.blobs.push_back({key, bytes.size()});
    co_return page;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> blobs_;
};

class MemoryCatalog final : public Catalog {
 public:
  Task<RecordedVersion> record(Context, NewVersion version) override {
    std::scoped_lock lock(mutex_);
    DocumentId id = document_id_of(version.collection, version.uri);
    DocumentRecord& record = records_[id];
    bool unchanged = record.revision > 0 && record.version.content == version.content &&
                     record.state != DocumentState::kErasing;
    if (!unchanged) {
      record.id = id;
      record.version = std::move(version);
      record.state = DocumentState::kWaiting;
      ++record.revision;
    }
    co_return RecordedVersion{id, record.revision, unchanged};
  }
  Task<void> erase(Context, DocumentId document) override {
    std::scoped_lock lock(mutex_);
    auto found = records_.find(document);
    if (found == records_.end()) co_return fail(ErrorCode::kNotFound, "no such document");
    found->second.state = DocumentState::kErasing;
    co_return Status();
  }
  Task<DocumentRecord> get(Context, DocumentId document) override {
    std::scoped_lock lock(mutex_);
    auto found = records_.find(document);
    if (found == records_.end()) co_return fail(ErrorCode::kNotFound, "no such document");
    co_return found->second;
  }
  Task<DocumentPage> list(Context, DocumentFilter filter) override {
    std::scoped_lock lock(mutex_);
    DocumentPage page;
    for (const auto& [id, record] : records_) {
      bool fits = record.state != DocumentState::kErasing && id > filter.after &&
                  (filter.collection.empty() || filter.collection == record.version.collection) &&
                  (!filter.state || *filter.state == record.state) &&
                  record.version.uri.starts_with(filter.uri_prefix);
      if (!fits) continue;
      if (std::ssize(page.documents) == filter.limit) {
        page.next = page.documents.back().id;
        break;
      }
      page.documents.push_back(record);
    }
    co_return page;
  }
  Task<CatalogCounts> count(Context, std::string) override {
    std::scoped_lock lock(mutex_);
    CatalogCounts counts;
    counts.waiting = std::ssize(records_);
    co_return counts;
  }
  Task<std::unordered_map<DocumentId, std::int64_t>> current_revisions(
      Context, std::vector<DocumentId>) override {
    co_return std::unordered_map<DocumentId, std::int64_t>();
  }
  Task<std::vector<Retired>> retired(Context, int) override { co_return std::vector<Retired>(); }
  Task<void> forget_retired(Context, std::vector<Retired>) override { co_return Status(); }

 private:
  std::mutex mutex_;
  std::map<DocumentId, DocumentRecord> records_;
};

class MemoryKeyStore final : public KeyStore {
 public:
  Task<CreatedApiKey> create(Context, std::string name) override {
    ApiKey key{.id = random_hex(6), .name = std::move(name)};
    std::string secret = random_hex(24);
    key.secret_hash = sha256(secret);
    std::scoped_lock lock(mutex_);
    keys_.push_back(key);
    co_return CreatedApiKey{key, "dm-" + key.id + "-" + secret};
  }
  Task<std::optional<ApiKey>> find(Context, std::string id) override {
    std::scoped_lock lock(mutex_);
    ++finds;
    if (broken) co_return fail(ErrorCode::kUnavailable, "planned");
    auto found = std::ranges::find(keys_, id, &ApiKey::id);
    co_return found == keys_.end() ? std::optional<ApiKey>() : *found;
  }
  Task<std::vector<ApiKey>> list(Context) override {
    std::scoped_lock lock(mutex_);
    co_return keys_;
  }
  Task<void> revoke(Context, std::string id) override {
    std::scoped_lock lock(mutex_);
    for (ApiKey& key : keys_)
      if (key.id == id) key.revoked_at = WallTime();
    co_return Status();
  }
  Task<void> mark_used(Context, std::vector<std::string> ids) override {
    std::scoped_lock lock(mutex_);
    marked += static_cast<int>(ids.size());
    co_return Status();
  }
  Task<std::int64_t> count(Context) override {
    std::scoped_lock lock(mutex_);
    if (broken) co_return fail(ErrorCode::kUnavailable, "planned");
    co_return std::ssize(keys_);
  }

  int finds = 0;
  int marked = 0;
  bool broken = false;

 private:
  std::mutex mutex_;
  std::vector<ApiKey> keys_;
};

// Vectors made from a hash of the text: equal texts, equal vectors. A text over 512 bytes is too
// long.
class HashEmbedder final : public Embedder {
 public:
  const ModelIdentity& identity() const override { return identity_; }
  int tokens_max() const override { return 512; }
  Task<EmbeddingBatch> embed(Context, std::vector<std::string> texts) override {
    EmbeddingBatch batch;
    for (const std::string& text : texts) {
      if (text.size() > 512) co_return fail(ErrorCode::kTooLarge, "a text is too long");
      Hash hash = sha256(text);
      std::vector<float> vector;
      float norm = 0;
      for (std::uint8_t byte : hash.bytes) {
        vector.push_back(static_cast<float>(byte) / 255.0F - 0.5F);
        norm += vector.back() * vector.back();
      }
      for (float& value : vector) value /= std::sqrt(norm);
      batch.vectors.push_back(std::move(vector));
      batch.tokens += text.size();
    }
    co_return batch;
  }

 private:
  ModelIdentity identity_{"test-embedder", "1", 32};
};

// Answers "echo"; for streams in three chunks.
class EchoChatModel final : public ChatModel {
 public:
  const std::string& name() const override { return name_; }
  Task<ChatUsage> chat(Context context, ChatCall call, ChatSink& sink) override {
    const std::string start =
        R"({"id":"c","object":"chat.completion.chunk","created":1,"model":"m",)"
        R"("choices":[{"index":0,"delta":{"role":"assistant","content":")";
    if (!call.stream) {
      DOCMILL_CO_TRY_VOID(co_await sink.answer(
          context,
          R"({"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{)"
          R"("index":0,"message":{"role":"assistant","content":"echo"},"finish_reason":)"
          R"("stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}})"));
      co_return ChatUsage{1, 1, true};
    }
    for (std::string part : {"e", "ch", "o"})
      DOCMILL_CO_TRY_VOID(
          co_await sink.chunk(context, start + part + R"("},"finish_reason":null}]})"));
    co_return ChatUsage{1, 3, true};
  }

 private:
  std::string name_ = "docmill/ask";
};

class FixedSearch final : public gateway::SearchService {
 public:
  Task<std::vector<gateway::SearchResult>> search(Context,
                                                  gateway::SearchRequest request) override {
    if (request.collection == "missing")
      co_return fail(ErrorCode::kNotFound, "there is no collection 'missing'");
    co_return std::vector<gateway::SearchResult>{
        {"d", "file:///a.pdf", "A \"title\"", 3, 0.25, request.query, "One > Two"}};
  }
};

class MemoryCrawls final : public gateway::CrawlService {
 public:
  Task<Crawl> start(Context, gateway::CrawlRequest request) override {
    if (!request.url.starts_with("http"))
      co_return fail(ErrorCode::kInvalidArgument, "url: must be http or https", "invalid_value");
    Crawl crawl{.id = random_hex(8)};
    crawl.plan.seeds.push_back({.url = request.url});
    crawl.plan.depth_max = request.depth;
    crawl.plan.pages_max = request.limit;
    std::scoped_lock lock(mutex_);
    crawls_.insert(crawls_.begin(), crawl);
    co_return crawl;
  }
  Task<std::vector<Crawl>> crawls(Context, CrawlId id) override {
    std::scoped_lock lock(mutex_);
    if (id.empty()) co_return crawls_;
    for (const Crawl& crawl : crawls_)
      if (crawl.id == id) co_return std::vector<Crawl>{crawl};
    co_return fail(ErrorCode::kNotFound, "no such crawl");
  }

 private:
  std::mutex mutex_;
  std::vector<Crawl> crawls_;
};

}  // namespace docmill::testing
