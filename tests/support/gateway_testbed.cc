// SPDX-License-Identifier: Apache-2.0
// The real gateway over ports in memory, for end to end tests of HTTP alone:
//   gateway_testbed [upstream URL] [name=milliseconds …]
// Prints {"port", "key"} and serves until SIGTERM; "key" is empty unless keys=1 is given.
#include <csignal>
#include <cstdio>
#include <future>
#include <map>

#include "adapters/openai/openai_chat_model.h"
#include "async/runtime.h"
#include "gateway/gateway.h"
#include "support/memory_ports.h"

namespace docmill {
namespace {

int serve(const std::string& upstream, std::map<std::string, int> options) {
  auto option = [&](const char* name, int fallback) {
    return Milliseconds(options.contains(name) ? options[name] : fallback);
  };
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  Runtime runtime({.io_threads = 2});
  Metrics metrics(gateway::Gateway::metric_table());
  testing::MemoryBlobStore blobs;
  testing::MemoryCatalog catalog;
  testing::MemoryKeyStore keys;
  testing::HashEmbedder embedder;
  testing::FixedSearch search;
  testing::MemoryCrawls crawls;
  std::string key;
  if (options["keys"]) key = runtime.run(keys.create(Context::background(), "test"))->text;

  auto client = http::Client::create(runtime.executor(), {.connect_timeout = Milliseconds(1000)});
  std::vector<std::shared_ptr<ChatModel>> models{std::make_shared<testing::EchoChatModel>()};
  for (std::string name : {"hosted", "unreachable"}) {
    auto model = openai::OpenAiChatModel::create(
        **client, {.name = name,
                   .base_url = name == "hosted" ? upstream : "http://127.0.0.1:1/v1",
                   .api_key = "sk-upstream-secret",
                   .upstream_model = "upstream-model",
                   .first_byte_timeout = option("first_byte", 5000),
                   .idle_timeout = option("idle", 5000),
                   .total_timeout = option("total", 20'000)});
    if (model) models.push_back(*model);
  }
  auto gateway = gateway::Gateway::create(runtime.executor(),
                                          {.clock = system_clock(),
                                           .metrics = metrics,
                                           .blobs = blobs,
                                           .catalog = catalog,
                                           .keys = keys,
                                           .embedder = &embedder,
                                           .chat_models = models,
                                           .search = search,
                                           .crawls = crawls},
                                          {.document_bytes_max = 4 << 20,
                                           .drain_timeout = Milliseconds(2000),
                                           .keep_alive_every = option("keep_alive", 15'000),
                                           .access_log = !options["quiet"]});
  if (!gateway) return 1;
  Context context = Context::background();
  auto running = std::async(std::launch::async,
                            [&] { return runtime.run((*gateway)->run(context)).has_value(); });
  std::printf("{\"port\": %d, \"key\": \"%s\"}\n", (*gateway)->port(), key.c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  context.cancel();
  return running.get() ? 0 : 1;
}

}  // namespace
}  // namespace docmill

int main(int argc, char** argv) {
  std::string upstream = argc > 1 ? argv[1] : "http://127.0.0.1:1/v1";
  std::map<std::string, int> options;
  for (int i = 2; i < argc; ++i) {
    std::string text = argv[i];
    options[text.substr(0, text.find('='))] = std::atoi(text.substr(text.find('=') + 1).c_str());
  }
  return docmill::serve(upstream, options);
}
