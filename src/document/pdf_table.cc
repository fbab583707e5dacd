// SPDX-License-Identifier: Apache-2.0
#include "document/pdf_table.h"

#include <algorithm>
#include <cmath>

#include "document/pdf_marker.h"

namespace docmill::document::pdf {
namespace {

// In units of the font size.
constexpr float kCellGap = 0.9F;    // between two cells of a row
constexpr float kColumnGap = 0.5F;  // left white between columns by all rows
constexpr float kRowPitchMax = 3.5F;
constexpr std::size_t kColumnsMax = 64;
constexpr float kFillMin = 0.4F;  // of the grid's cells
// Median letters of a cell; longer is running text in columns. Long tables must be clearer.
constexpr std::uint32_t kCellLettersMax = 45;
constexpr std::uint32_t kLongTableLettersMax = 24;
constexpr std::size_t kLongTableRows = 6;

struct Cell {
  float left = 0, right = 0;
  std::size_t first = 0, last = 0;  // parts of the line
  std::uint32_t letters = 0;
};

struct Row {
  const Line* line = nullptr;
  std::vector<Cell> cells;
};

struct Column {
  float left = 0, right = 0;
};

Row row_of(const Line& line) {
  Row row{.line = &line, .cells = {}};
  for (std::size_t i = 0; i < line.parts.size(); ++i) {
    const Segment& s = *line.parts[i];
    if (!row.cells.empty() && s.left - row.cells.back().right < kCellGap * line.size) {
      row.cells.back().right = std::max(row.cells.back().right, s.right);
      row.cells.back().last = i + 1;
      row.cells.back().letters += s.letters;
    } else {
      row.cells.push_back(
          {.left = s.left, .right = s.right, .first = i, .last = i + 1, .letters = s.letters});
    }
  }
  return row;
}

// The columns with the row's cells added; empty when that closes a gap between columns.
std::vector<Column> widened(const std::vector<Column>& columns, const Row& row) {
  const float slack = kColumnGap * row.line->size;
  std::vector<Column> next = columns;
  for (const Cell& cell : row.cells) {
    Column* home = nullptr;
    for (Column& column : next) {
      if (cell.left >= column.right + slack || cell.right <= column.left - slack) continue;
      if (home != nullptr) return {};
      home = &column;
    }
    if (home == nullptr) {
      next.push_back({cell.left, cell.right});
    } else {
      home->left = std::min(home->left, cell.left);
      home->right = std::max(home->right, cell.right);
    }
  }
  std::ranges::sort(next, {}, &Column::left);
  for (std::size_t i = 1; i < next.size(); ++i) {
    if (next[i].left < next[i - 1].right + slack) return {};
  }
  return next.size() <= kColumnsMax ? next : std::vector<Column>{};
}

std::size_t column_of(const std::vector<Column>& columns, const Cell& cell) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (cell.left < columns[i].right && cell.right > columns[i].left) return i;
    if (cell.left >= columns[i].left && cell.right <= columns[i].right) return i;
  }
  return columns.size() - 1;
}

bool distinct_columns(const std::vector<Column>& columns, const Row& row) {
  for (std::size_t i = 1; i < row.cells.size(); ++i) {
    if (column_of(columns, row.cells[i]) == column_of(columns, row.cells[i - 1])) return false;
  }
  return true;
}

// Rows from the start that agree on columns; ends with a row of two cells or more.
std::vector<Row> agreeing_rows(std::span<const Line> lines, std::vector<Column>& columns) {
  std::vector<Row> rows;
  std::size_t good = 0;
  std::vector<Column> good_columns;
  for (const Line& line : lines) {
    if (line.mono) break;
    Row row = row_of(line);
    if (rows.empty() && row.cells.size() < 2) break;
    if (!rows.empty() &&
        line.baseline - rows.back().line->baseline > kRowPitchMax * std::max(line.size, 6.0F)) {
      break;
    }
    std::vector<Column> next = widened(columns, row);
    if (next.empty() || !distinct_columns(next, row)) break;
    columns = std::move(next);
    const bool several = row.cells.size() >= 2;
    rows.push_back(std::move(row));
    if (several) {
      good = rows.size();
      good_columns = columns;
    } else if (rows.size() - good > 3) {
      break;
    }
  }
  rows.resize(good);
  columns = std::move(good_columns);
  return rows;
}

bool is_convincing(const PageText& page, const std::vector<Row>& rows, std::size_t columns) {
  std::size_t full = 0, cells = 0, marked = 0, leaders = 0;
  std::vector<std::uint32_t> letters;
  for (const Row& row : rows) {
    cells += row.cells.size();
    full += row.cells.size() >= 2 ? 1 : 0;
    for (const Cell& cell : row.cells) letters.push_back(cell.letters);
    const std::string_view first = page.text_of(*row.line->parts.front());
    marked += is_marker(first) ? 1 : 0;
    leaders += has_leaders(page.text_of(*row.line->parts.back())) ||
                       has_leaders(page.text_of(*row.line->parts[row.line->parts.size() / 2]))
                   ? 1
                   : 0;
  }
  if (columns < 2 || full < 2 || (full < 3 && columns < 3)) return false;
  // Single cells between rows of two are headings and wrapped lines: a few, not the rule.
  if (2 * full < rows.size() || (columns == 2 && 3 * full < 2 * rows.size())) return false;
  if (static_cast<float>(cells) < kFillMin * static_cast<float>(rows.size() * columns))
    return false;
  if (columns == 2 && 2 * marked >= rows.size()) return false;
  if (3 * leaders >= rows.size()) return false;
  auto middle = letters.begin() + static_cast<std::ptrdiff_t>(letters.size() / 2);
  std::ranges::nth_element(letters, middle);
  return *middle <= (rows.size() > kLongTableRows ? kLongTableLettersMax : kCellLettersMax);
}

bool has_digit(std::string_view text) {
  return text.find_first_of("0123456789") != std::string_view::npos;
}

// Whether row i only goes on with the cells of the row above: its first column is empty and it
// stands nearer than rows of this table do.
bool continues_above(const std::vector<Row>& rows, const std::vector<Column>& columns,
                     std::size_t i, float widest_pitch) {
  if (i == 0 || column_of(columns, rows[i].cells.front()) == 0) return false;
  const float pitch = rows[i].line->baseline - rows[i - 1].line->baseline;
  return pitch < 1.45F * rows[i].line->size && widest_pitch > 1.25F * pitch;
}

}  // namespace

std::optional<FoundTable> find_table(const PageText& page, std::span<const Line> lines) {
  std::vector<Column> columns;
  const std::vector<Row> rows = agreeing_rows(lines, columns);
  if (!is_convincing(page, rows, columns.size())) return std::nullopt;
  float widest_pitch = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    widest_pitch = std::max(widest_pitch, rows[i].line->baseline - rows[i - 1].line->baseline);
  }
  std::vector<std::vector<std::string>> grid;
  bool digits_below = false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!continues_above(rows, columns, i, widest_pitch)) grid.emplace_back(columns.size());
    for (const Cell& cell : rows[i].cells) {
      JoinedText joined;
      const Segment* const* parts = rows[i].line->parts.data();
      append_parts(joined, page, parts + cell.first, parts + cell.last);
      std::string& text = grid.back()[column_of(columns, cell)];
      if (!text.empty()) text.push_back(' ');
      text += joined.text;
      digits_below = digits_below || (grid.size() > 1 && has_digit(joined.text));
    }
  }
  FoundTable found;
  found.lines = rows.size();
  found.table.rows = static_cast<std::uint32_t>(grid.size());
  found.table.columns = static_cast<std::uint32_t>(columns.size());
  const bool digits_first = std::ranges::any_of(grid.front(), has_digit);
  const bool header = rows.front().line->bold || (digits_below && !digits_first);
  for (std::uint32_t r = 0; r < found.table.rows; ++r) {
    for (std::uint32_t c = 0; c < found.table.columns; ++c) {
      TableCell cell;
      cell.row = r;
      cell.column = c;
      cell.header = header && r == 0;
      found.table.cells.push_back(cell);
      found.texts.push_back(std::move(grid[r][c]));
    }
  }
  return found;
}

}  // namespace docmill::document::pdf
