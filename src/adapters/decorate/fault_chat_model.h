// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "adapters/decorate/fault_plan.h"
#include "ports/chat_model.h"

namespace docmill {

// A ChatModel whose calls fail as its plan says. The inner one must outlive it.
class FaultChatModel final : public ChatModel {
 public:
  FaultChatModel(ChatModel& inner, FaultPlan plan) : inner_(inner), plan_(std::move(plan)) {}

  const std::string& name() const override { return inner_.name(); }
  Task<ChatUsage> chat(Context context, ChatCall call, ChatSink& sink) override {
    return with_faults(plan_, context, inner_.chat(context, std::move(call), sink));
  }

 private:
  ChatModel& inner_;
  FaultPlan plan_;
};

}  // namespace docmill
