// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "adapters/embedded/database.h"
#include "ports/queue.h"

namespace docmill::embedded {

// The queue as a table beside the catalog, so that a document and its message are one transaction.
// Receivers of the same process are woken by the commit; those of others look every 50 ms.
class SqliteQueue final : public Queue {
 public:
  // Migrates; both must outlive the queue.
  static Result<std::unique_ptr<SqliteQueue>> create(Database& database, const Clock& clock);

  Task<void> send(Context context, std::string body, Milliseconds delay) override;
  Task<std::vector<Delivery>> receive(Context context, ReceiveRequest request) override;
  Task<void> extend(Context context, std::string receipt, Milliseconds visibility) override;
  Task<void> ack(Context context, std::string receipt) override;
  Task<void> release(Context context, std::string receipt, Milliseconds delay) override;
  Task<QueueDepth> depth(Context context) override;

 private:
  SqliteQueue(Database& database, const Clock& clock) : database_(database), clock_(clock) {}
  Task<std::vector<Delivery>> take(Context context, ReceiveRequest request);
  Task<bool> any_ready(Context context);

  Database& database_;
  const Clock& clock_;
};

}  // namespace docmill::embedded
