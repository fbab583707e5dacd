// SPDX-License-Identifier: Apache-2.0
#include "ports/document_record.h"

#include <array>

namespace docmill {
namespace {

constexpr std::array<std::string_view, 6> kStateNames{"waiting", "running", "partial",
                                                      "done",    "dead",    "erasing"};
constexpr std::array<std::string_view, 5> kStageNames{"extract", "chunk", "embed", "index",
                                                      "erase"};
constexpr std::size_t kIdDigits = 32;

template <typename Enum, std::size_t N>
std::optional<Enum> find_name(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == name) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

DocumentId document_id_of(std::string_view collection, std::string_view uri) {
  return hash_fields({collection, uri}).hex().substr(0, kIdDigits);
}

std::string_view name_of(DocumentState state) {
  return kStateNames[static_cast<std::size_t>(state)];
}
std::string_view name_of(Stage stage) { return kStageNames[static_cast<std::size_t>(stage)]; }

std::optional<DocumentState> state_of_name(std::string_view name) {
  return find_name<DocumentState>(kStateNames, name);
}
std::optional<Stage> stage_of_name(std::string_view name) {
  return find_name<Stage>(kStageNames, name);
}

}  // namespace docmill
