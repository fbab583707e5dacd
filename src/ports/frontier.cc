// SPDX-License-Identifier: Apache-2.0
#include "ports/frontier.h"

#include <array>

namespace docmill {
namespace {

constexpr std::array<std::string_view, 3> kCrawlStateNames{"running", "done", "stopped"};
constexpr std::array<std::string_view, 5> kEntryStateNames{"waiting", "leased", "done", "failed",
                                                           "skipped"};

}  // namespace

std::string_view name_of(CrawlState state) {
  return kCrawlStateNames[static_cast<std::size_t>(state)];
}
std::string_view name_of(EntryState state) {
  return kEntryStateNames[static_cast<std::size_t>(state)];
}

}  // namespace docmill
