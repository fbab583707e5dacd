// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "gateway/crawl_service.h"
#include "gateway/search_service.h"
#include "ports/blob_store.h"
#include "ports/catalog.h"
#include "ports/chat_model.h"
#include "ports/embedder.h"
#include "ports/key_store.h"

namespace docmill::gateway {

struct GatewaySettings {
  std::string address = "127.0.0.1";        // an IP address; loopback needs no key until one exists
  std::uint16_t port = 0;                   // 0: any free one
  std::uint64_t body_bytes_max = 32 << 20;  // JSON bodies
  std::uint64_t document_bytes_max = 100'000'000;  // one uploaded document
  std::size_t header_bytes_max = 64 << 10;
  std::size_t connections_max = 4096;
  Milliseconds header_timeout{10'000};
  Milliseconds idle_timeout{75'000};
  Milliseconds body_timeout{30'000};
  Milliseconds write_timeout{30'000};
  Milliseconds drain_timeout{10'000};
  Milliseconds request_timeout{600'000};  // any request, from its header to its answer's end
  Milliseconds keep_alive_every{15'000};  // comments in silent streams; 0: none
  Milliseconds key_cache_time{2'000};     // a revoked key works no longer than this
  bool access_log = true;                 // one line for each request
};

// One thing that must work before requests can be served.
struct ReadinessCheck {
  std::string name;  // "catalog"
  std::function<Task<void>(Context)> check;
};

// What the gateway works with; everything outlives it and is thread-safe. `embedder` may be null:
// then there are no embeddings.
struct GatewayServices {
  const Clock& clock;
  Metrics& metrics;  // made with Gateway::metric_table() in its table
  BlobStore& blobs;
  Catalog& catalog;
  KeyStore& keys;
  Embedder* embedder = nullptr;
  std::vector<std::shared_ptr<ChatModel>> chat_models;  // names are unique
  SearchService& search;
  CrawlService& crawls;
  std::vector<ReadinessCheck> readiness;  // beside the catalog, which is always checked
  std::string sandbox = "none";           // full, partial or none: what confines the parsers
};

// The HTTP API: OpenAI-compatible routes, documents, crawls, search, health and metrics.
class Gateway {
 public:
  static std::vector<MetricSpec> metric_table();

  // Binds and listens; requests are served once `run` runs. Errors as of http::Server::listen.
  static Result<std::unique_ptr<Gateway>> create(boost::asio::any_io_executor executor,
                                                 GatewayServices services,
                                                 GatewaySettings settings);
  ~Gateway();

  std::uint16_t port() const;
  // "http://127.0.0.1:8080"
  std::string url() const;

  // Serves until `context` is cancelled, then stops gracefully: running requests may end within the
  // drain timeout. Returns success.
  Task<void> run(Context context);

 private:
  struct State;
  explicit Gateway(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace docmill::gateway
