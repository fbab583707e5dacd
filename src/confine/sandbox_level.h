// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace docmill::confine {

// What a worker's self-test proved. Full: opening files, sockets and programs all fail, by system
// call filter and by landlock. Partial: they fail, but one of the two mechanisms is missing.
// None: something of it succeeded.
enum class SandboxLevel { kNone, kPartial, kFull };

constexpr std::string_view name_of(SandboxLevel level) {
  return level == SandboxLevel::kFull      ? "full"
         : level == SandboxLevel::kPartial ? "partial"
                                           : "none";
}

}  // namespace docmill::confine
