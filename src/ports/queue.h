// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "async/context.h"
#include "async/task.h"

namespace docmill {

// One message handed to one worker until its visibility timeout runs out.
struct Delivery {
  std::string body;
  std::string receipt;    // names this delivery, not the message; spent after ack or release
  int receive_count = 0;  // 1 at the first delivery
};

struct ReceiveRequest {
  int messages_max = 1;             // 1–10, as SQS has it
  Milliseconds visibility{30'000};  // hidden from others for so long
  Milliseconds wait{0};             // long poll: wait for the first message, 0–20 s
};

struct QueueDepth {
  std::int64_t ready = 0;      // could be received now
  std::int64_t delayed = 0;    // sent with a delay that still runs
  std::int64_t in_flight = 0;  // delivered, neither acknowledged nor timed out
};

// A wake-up channel, at least once and in no particular order: a message may be delivered twice or
// late. It carries a document id; what is to be done is decided by the catalog's state, so a lost
// or doubled message breaks nothing (JobStore::sweep sends again what waits without one).
// Thread-safe.
//
// Errors: unavailable (retry), conflict from extend/ack/release when the delivery timed out and may
// belong to somebody else: stop working on it; invalid_argument for a body over 256 KiB.
class Queue {
 public:
  virtual ~Queue() = default;
  // Durable when it returns. Hidden for `delay` first (0–15 min; longer waits are the sweeper's).
  virtual Task<void> send(Context context, std::string body, Milliseconds delay) = 0;
  // Empty when nothing came within `wait`.
  virtual Task<std::vector<Delivery>> receive(Context context, ReceiveRequest request) = 0;
  // The delivery stays hidden for `visibility` from now.
  virtual Task<void> extend(Context context, std::string receipt, Milliseconds visibility) = 0;
  // The message is gone for good.
  virtual Task<void> ack(Context context, std::string receipt) = 0;
  // The message becomes receivable again after `delay`.
  virtual Task<void> release(Context context, std::string receipt, Milliseconds delay) = 0;
  // Approximate where the technology only approximates.
  virtual Task<QueueDepth> depth(Context context) = 0;
};

}  // namespace docmill
