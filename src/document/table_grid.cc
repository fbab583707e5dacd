// SPDX-License-Identifier: Apache-2.0
#include "document/table_grid.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace docmill::document {

std::optional<std::vector<std::size_t>> settle_grid(Table& table, std::uint64_t slots_max) {
  std::vector<std::size_t> order(table.cells.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    const TableCell& x = table.cells[a];
    const TableCell& y = table.cells[b];
    return std::tie(x.row, x.column, a) < std::tie(y.row, y.column, b);
  });
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
  for (const TableCell& cell : table.cells) {
    rows = std::max(rows, std::uint64_t{cell.row} + 1);
    columns = std::max(columns, std::uint64_t{cell.column} + 1);
  }
  if (columns > slots_max || rows > slots_max || rows * columns > slots_max) return std::nullopt;

  std::vector<TableCell> settled;
  settled.reserve(table.cells.size());
  std::vector<std::uint32_t> occupied_until(columns, 0);  // first free row of each column
  std::uint32_t row = 0;
  std::uint32_t next_column = 0;  // of the row at hand; the next cell may not begin before it
  for (std::size_t index : order) {
    TableCell cell = table.cells[index];
    if (settled.empty() || cell.row != row) next_column = 0;
    row = cell.row;
    std::uint32_t column = std::max(cell.column, next_column);
    while (column < occupied_until.size() && occupied_until[column] > row) ++column;
    if (column >= occupied_until.size()) {
      if (rows * (std::uint64_t{column} + 1) > slots_max) return std::nullopt;
      occupied_until.resize(column + 1, 0);
    }
    cell.column = column;
    std::uint32_t span_max = std::max<std::uint32_t>(1, cell.column_span);
    std::uint32_t span = 1;
    while (span < span_max && column + span < occupied_until.size() &&
           occupied_until[column + span] <= row)
      ++span;
    cell.column_span = static_cast<std::uint16_t>(span);
    cell.row_span = static_cast<std::uint16_t>(
        std::min<std::uint64_t>(std::max<std::uint16_t>(1, cell.row_span), rows - row));
    for (std::uint32_t i = 0; i < span; ++i) occupied_until[column + i] = row + cell.row_span;
    next_column = column + span;
    settled.push_back(cell);
  }
  table.cells = std::move(settled);
  table.rows = static_cast<std::uint32_t>(rows);
  table.columns = static_cast<std::uint32_t>(occupied_until.size());
  return order;
}

}  // namespace docmill::document
