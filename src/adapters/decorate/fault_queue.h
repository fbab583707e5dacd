// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "adapters/decorate/fault_plan.h"
#include "ports/queue.h"

namespace docmill {

// A Queue whose calls fail as its plan says. The inner one must outlive it.
class FaultQueue final : public Queue {
 public:
  FaultQueue(Queue& inner, FaultPlan plan) : inner_(inner), plan_(std::move(plan)) {}

  Task<void> send(Context context, std::string body, Milliseconds delay) override {
    return with_faults(plan_, context, inner_.send(context, std::move(body), delay));
  }
  Task<std::vector<Delivery>> receive(Context context, ReceiveRequest request) override {
    return with_faults(plan_, context, inner_.receive(context, std::move(request)));
  }
  Task<void> extend(Context context, std::string receipt, Milliseconds visibility) override {
    return with_faults(plan_, context, inner_.extend(context, std::move(receipt), visibility));
  }
  Task<void> ack(Context context, std::string receipt) override {
    return with_faults(plan_, context, inner_.ack(context, std::move(receipt)));
  }
  Task<void> release(Context context, std::string receipt, Milliseconds delay) override {
    return with_faults(plan_, context, inner_.release(context, std::move(receipt), delay));
  }
  Task<QueueDepth> depth(Context context) override {
    return with_faults(plan_, context, inner_.depth(context));
  }

 private:
  Queue& inner_;
  FaultPlan plan_;
};

}  // namespace docmill
