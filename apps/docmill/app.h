// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app_settings.h"
#include "async/runtime.h"
#include "async/task_group.h"
#include "local_store.h"
#include "ports/chat_model.h"
#include "ports/embedder.h"
#include "ports/vector_store.h"

namespace docmill::crawler {
class Crawler;
}
namespace docmill::retrieval {
class Answerer;
class Searcher;
}  // namespace docmill::retrieval

namespace docmill::app {

// What one command changes in the crawler's settings.
struct CrawlerChanges {
  std::optional<Milliseconds> delay;
  int per_host_max = 0;  // 0: as configured
  std::string contact;   // empty: as configured
};

// The parts of the program, each made when a command first needs it, destroyed in reverse order.
class App {
 public:
  static Result<std::unique_ptr<App>> create(AppSettings settings);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  const AppSettings& settings() const;
  Runtime& runtime();
  Metrics& metrics();
  LocalStore& store();

  Result<VectorStore*> vectors();
  Result<Embedder*> embedder();
  Result<retrieval::Searcher*> searcher();
  Result<retrieval::Answerer*> answerer();
  Result<std::vector<std::shared_ptr<ChatModel>>> chat_models();  // docmill/ask among them
  Result<crawler::Crawler*> crawler(CrawlerChanges changes = {});
  std::string sandbox();  // of the extractor, once it was made

  // Spawns the processor into `group`; it works until the group is cancelled.
  Status start_processor(TaskGroup& group);

  // Keeps a part of a command alive until the program ends.
  void keep(std::shared_ptr<void> part);

  // Runs a processor until none of these erased documents is left.
  Task<void> work_until_erased(Context context, std::vector<std::string> documents);

 private:
  struct State;
  explicit App(std::unique_ptr<State> state);
  Status make_extractor();
  std::unique_ptr<State> state_;
};

}  // namespace docmill::app
