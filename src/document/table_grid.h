// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "document/model.h"

namespace docmill::document {

// Puts the cells of a table in order and their grid right, whatever a foreign document claims:
// sorted by row and column, a cell on a taken slot moved right, spans cut where they would overlap
// or leave the rows and columns in which cells begin; rows and columns set. Returns for each cell
// its place in the original order, or nothing when the grid would have more than `slots_max` slots.
std::optional<std::vector<std::size_t>> settle_grid(Table& table, std::uint64_t slots_max);

}  // namespace docmill::document
