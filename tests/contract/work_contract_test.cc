// SPDX-License-Identifier: Apache-2.0
#include "adapters/decorate/fault_frontier.h"
#include "adapters/decorate/fault_queue.h"
#include "adapters/embedded/sqlite_frontier.h"
#include "adapters/embedded/sqlite_queue.h"
#include "contract/frontier_contract.h"
#include "contract/queue_contract.h"
#include "support/temp_dir.h"

namespace docmill::contract {
namespace {

template <typename Store>
struct OnDatabase {
  explicit OnDatabase(const Clock& clock) : store(std::move(*Store::create(*database, clock))) {}

  testing::TempDir dir;
  std::unique_ptr<embedded::Database> database =
      std::move(*embedded::Database::open({.path = dir.file("docmill.db"), .durable = false}));
  std::unique_ptr<Store> store;
};

std::shared_ptr<Queue> sqlite_queue(Runtime&, const Clock& clock) {
  auto made = std::make_shared<OnDatabase<embedded::SqliteQueue>>(clock);
  return {made, made->store.get()};
}

std::shared_ptr<Frontier> sqlite_frontier(Runtime&, const Clock& clock) {
  auto made = std::make_shared<OnDatabase<embedded::SqliteFrontier>>(clock);
  return {made, made->store.get()};
}

INSTANTIATE_TEST_SUITE_P(Adapters, QueueContract,
                         (with_and_without_decorator<FaultQueue, Queue>("SqliteQueue",
                                                                        sqlite_queue)),
                         case_name<Queue>);
INSTANTIATE_TEST_SUITE_P(Adapters, FrontierContract,
                         (with_and_without_decorator<FaultFrontier, Frontier>("SqliteFrontier",
                                                                              sqlite_frontier)),
                         case_name<Frontier>);

}  // namespace
}  // namespace docmill::contract
