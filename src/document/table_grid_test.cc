// SPDX-License-Identifier: Apache-2.0
#include "document/table_grid.h"

#include <gtest/gtest.h>

namespace docmill::document {
namespace {

TEST(TableGrid, CellsComeInReadingOrderWithTheirOldPlaces) {
  Table table;
  table.cells = {{.row = 1, .column = 0}, {.row = 0, .column = 1}, {.row = 0, .column = 0}};
  auto order = settle_grid(table, 100);
  ASSERT_TRUE(order);
  EXPECT_EQ(*order, (std::vector<std::size_t>{2, 1, 0}));
  EXPECT_EQ(table.rows, 2u);
  EXPECT_EQ(table.columns, 2u);
}

TEST(TableGrid, CellOnATakenSlotMovesRight) {
  Table table;
  table.cells = {{.row = 0, .column = 0, .row_span = 2}, {.row = 1, .column = 0}};
  ASSERT_TRUE(settle_grid(table, 100));
  EXPECT_EQ(table.cells[1].column, 1u);
  EXPECT_EQ(table.columns, 2u);
}

TEST(TableGrid, SpansStayInsideTheRowsAndColumnsThatHaveCells) {
  Table table;
  table.cells = {{.row = 0, .column = 0, .row_span = 500, .column_span = 1000},
                 {.row = 1, .column = 1}};
  ASSERT_TRUE(settle_grid(table, 100));
  EXPECT_EQ(table.rows, 2u);
  EXPECT_EQ(table.cells[0].column_span, 2);
  EXPECT_EQ(table.cells[0].row_span, 2);
  EXPECT_EQ(table.cells[1].column, 2u);
}

TEST(TableGrid, TooManySlotsAreRefused) {
  Table table;
  table.cells = {{.row = UINT32_MAX, .column = UINT32_MAX}};
  EXPECT_FALSE(settle_grid(table, 1000));
}

}  // namespace
}  // namespace docmill::document
