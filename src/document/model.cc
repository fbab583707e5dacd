// SPDX-License-Identifier: Apache-2.0
#include "document/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "base/utf8.h"

namespace docmill::document {
namespace {

struct CodePointRange {
  char32_t first, last;
};

// White_Space (Unicode 15), Cc, and Cf less the visible prepended marks (U+0600–0605, U+06DD …).
constexpr std::array kNotText = {
    CodePointRange{0x0000, 0x0020},   CodePointRange{0x007F, 0x00A0},
    CodePointRange{0x00AD, 0x00AD},   CodePointRange{0x061C, 0x061C},
    CodePointRange{0x1680, 0x1680},   CodePointRange{0x180E, 0x180E},
    CodePointRange{0x2000, 0x200F},   CodePointRange{0x2028, 0x202F},
    CodePointRange{0x205F, 0x206F},   CodePointRange{0x3000, 0x3000},
    CodePointRange{0xFEFF, 0xFEFF},   CodePointRange{0xFFF9, 0xFFFB},
    CodePointRange{0x13430, 0x1343F}, CodePointRange{0x1BCA0, 0x1BCA3},
    CodePointRange{0x1D173, 0x1D17A}, CodePointRange{0xE0001, 0xE0001},
    CodePointRange{0xE0020, 0xE007F},
};

bool is_ascii_white(unsigned char byte) { return byte <= 0x20 || byte == 0x7F; }

// Whether a sequence that starts with `lead` can be white at all; most scripts are told apart here.
bool may_be_white(unsigned char lead) {
  return lead == 0xC2 || lead == 0xD8 || (lead >= 0xE1 && lead <= 0xE3) || lead == 0xEF ||
         lead == 0xF0 || lead == 0xF3;
}

bool is_boundary(std::string_view text, std::uint32_t offset) {
  return offset == text.size() || (static_cast<unsigned char>(text[offset]) & 0xC0) != 0x80;
}

bool is_range(std::string_view text, TextRange range) {
  return range.begin <= range.end && range.end <= text.size() && is_boundary(text, range.begin) &&
         is_boundary(text, range.end);
}

std::string_view slice(std::string_view text, std::uint32_t begin, std::uint32_t end) {
  return text.substr(begin, end - begin);
}

bool is_finite(const Box& box) {
  return std::isfinite(box.left) && std::isfinite(box.top) && std::isfinite(box.right) &&
         std::isfinite(box.bottom);
}

bool is_level_of(BlockKind kind, std::uint8_t level) {
  switch (kind) {
    case BlockKind::kHeading:
      return level >= 1 && level <= 6;
    case BlockKind::kListItem:
    case BlockKind::kQuote:
      return level >= 1;
    case BlockKind::kParagraph:
    case BlockKind::kTable:
    case BlockKind::kCode:
    case BlockKind::kCaption:
    case BlockKind::kFootnote:
      return level == 0;
  }
  return false;
}

// What is wrong with the block itself, its range apart.
std::string_view block_fault(const Document& document, const Block& block) {
  if (block.kind > BlockKind::kFootnote) return "has an unknown kind";
  if (block.layer > Layer::kFurniture) return "has an unknown layer";
  if (!is_level_of(block.kind, block.level)) return "has a level that its kind does not allow";
  if (block.layer == Layer::kFurniture && block.reason.empty())
    return "is furniture without reason";
  if (document.pages.empty() ? block.page != 0
                             : block.page == 0 || block.page > document.pages.size())
    return "names a page that is not there";
  if (block.box && (!is_finite(*block.box) || block.box->left > block.box->right ||
                    block.box->top > block.box->bottom))
    return "has an impossible box";
  if (block.source && block.source->begin > block.source->end) return "has a reversed source range";
  if (!is_valid_utf8(block.marker) || !is_valid_utf8(block.language) ||
      !is_valid_utf8(block.reason))
    return "has an attribute that is not UTF-8";
  return {};
}

// Spans stay in the grid and never overlap; cells come by row, then column. `occupied_until` is
// scratch: the first free row of each column.
std::string_view grid_fault(const Table& table, std::vector<std::uint32_t>& occupied_until) {
  occupied_until.assign(table.columns, 0);
  const TableCell* before = nullptr;
  for (const TableCell& cell : table.cells) {
    if (cell.row_span == 0 || cell.column_span == 0) return "has a cell without span";
    if (cell.row >= table.rows || cell.row_span > table.rows - cell.row ||
        cell.column >= table.columns || cell.column_span > table.columns - cell.column)
      return "has a cell outside its grid";
    if (before &&
        (cell.row < before->row || (cell.row == before->row && cell.column <= before->column)))
      return "has cells out of order";
    for (std::uint32_t column = cell.column; column < cell.column + cell.column_span; ++column) {
      if (occupied_until[column] > cell.row) return "has overlapping cells";
      occupied_until[column] = cell.row + cell.row_span;
    }
    before = &cell;
  }
  return {};
}

// The texts of the cells follow one another inside the block and leave only separators between
// them.
std::string_view cell_text_fault(std::string_view text, const Table& table, TextRange block) {
  std::uint32_t position = block.begin;
  for (const TableCell& cell : table.cells) {
    if (!is_range(text, cell.text) || cell.text.begin < position || cell.text.end > block.end)
      return "has cell text out of place";
    if (count_characters(slice(text, position, cell.text.begin)) != 0)
      return "has text outside its cells";
    position = cell.text.end;
  }
  if (count_characters(slice(text, position, block.end)) != 0) return "has text outside its cells";
  return {};
}

std::string tables_fault(const Document& document) {
  std::uint64_t slots = 0;
  for (std::size_t i = 0; i < document.tables.size(); ++i) {
    const Table& table = document.tables[i];
    // Both factors are 32 bits wide, so the product cannot wrap.
    std::uint64_t grid = std::uint64_t{table.rows} * table.columns;
    if (grid == 0 || grid > kTableSlotsMax - slots)
      return fmt::format("table {} has an impossible grid", i);
    slots += grid;
  }
  std::size_t next_table = 0;
  std::vector<std::uint32_t> occupied_until;
  for (const Block& block : document.blocks) {
    if (block.kind != BlockKind::kTable) {
      if (block.table != -1) return "a block that is no table refers to one";
      continue;
    }
    if (block.table < 0 || static_cast<std::size_t>(block.table) != next_table ||
        next_table >= document.tables.size())
      return fmt::format("block of table {} refers to another", next_table);
    const Table& table = document.tables[next_table];
    std::string_view fault = grid_fault(table, occupied_until);
    if (fault.empty()) fault = cell_text_fault(document.text, table, block.text);
    if (!fault.empty()) return fmt::format("table {} {}", next_table, fault);
    ++next_table;
  }
  return next_table == document.tables.size() ? "" : "a table belongs to no block";
}

std::string conservation_fault(const Document& document) {
  if (document.conservation.size() != std::max<std::size_t>(1, document.pages.size()))
    return "conservation has not one row for each page";
  std::vector<Conservation> counted(document.conservation.size());
  for (const Block& block : document.blocks) {
    Conservation& row = counted[block.page == 0 ? 0 : block.page - 1];
    std::uint64_t& sum = block.layer == Layer::kBody ? row.body : row.furniture;
    sum += count_characters(slice(document.text, block.text.begin, block.text.end));
  }
  for (std::size_t i = 0; i < counted.size(); ++i) {
    const Conservation& row = document.conservation[i];
    if (row.body != counted[i].body || row.furniture != counted[i].furniture)
      return fmt::format("conservation row {} differs from its blocks", i);
    std::uint64_t sum = row.body + row.furniture;
    bool wrapped = __builtin_add_overflow(sum, row.invisible, &sum);
    for (const auto& [reason, count] : row.dropped) {
      if (reason.empty() || !is_valid_utf8(reason)) return "text dropped without reason";
      wrapped |= __builtin_add_overflow(sum, count, &sum);
    }
    if (wrapped || sum != row.seen) return fmt::format("conservation row {} does not add up", i);
  }
  return "";
}

std::string blocks_fault(const Document& document) {
  std::string_view text = document.text;
  std::uint32_t position = 0;
  for (std::size_t i = 0; i < document.blocks.size(); ++i) {
    const Block& block = document.blocks[i];
    if (!is_range(text, block.text) || block.text.begin == block.text.end)
      return fmt::format("block {} has no proper range", i);
    if (block.text.begin < position) return fmt::format("block {} begins in the one before", i);
    if (count_characters(slice(text, position, block.text.begin)) != 0)
      return fmt::format("text before block {} is in no block", i);
    if (auto fault = block_fault(document, block); !fault.empty())
      return fmt::format("block {} {}", i, fault);
    position = block.text.end;
  }
  if (count_characters(text.substr(position)) != 0) return "text after the last block";
  return "";
}

std::string attributes_fault(const Document& document) {
  for (const std::string* value : {&document.media_type, &document.parser, &document.title,
                                   &document.language, &document.charset, &document.base_href})
    if (!is_valid_utf8(*value)) return "an attribute is not UTF-8";
  for (const std::string& warning : document.warnings)
    if (!is_valid_utf8(warning)) return "a warning is not UTF-8";
  for (const auto& [name, value] : document.metadata)
    if (!is_valid_utf8(name) || !is_valid_utf8(value)) return "metadata is not UTF-8";
  for (const Page& page : document.pages)
    if (!std::isfinite(page.width) || !std::isfinite(page.height) || page.width < 0 ||
        page.height < 0)
      return "a page has an impossible size";
  for (std::size_t i = 0; i < document.links.size(); ++i) {
    const Link& link = document.links[i];
    if (!is_range(document.text, link.text)) return fmt::format("link {} has no proper range", i);
    if (!is_valid_utf8(link.href) || !is_valid_utf8(link.relation) || !is_valid_utf8(link.modified))
      return fmt::format("link {} is not UTF-8", i);
  }
  return "";
}

}  // namespace

bool is_white_space(char32_t code_point) {
  if (code_point < 0x7F) return code_point <= 0x20;
  auto after = std::upper_bound(kNotText.begin(), kNotText.end(), code_point,
                                [](char32_t c, CodePointRange range) { return c < range.first; });
  return after != kNotText.begin() && code_point <= std::prev(after)->last;
}

std::uint64_t count_characters(std::string_view text) {
  constexpr std::size_t kStep = 32;  // bytes that the compiler turns into one or two vectors
  std::uint64_t count = 0;
  std::size_t i = 0;
  while (i < text.size()) {
    if (text.size() - i >= kStep) {
      std::array<unsigned char, kStep> bytes;
      std::memcpy(bytes.data(), text.data() + i, kStep);
      unsigned char all = 0;
      unsigned char white = 0;
      for (unsigned char byte : bytes) {
        all |= byte;
        white =
            static_cast<unsigned char>(white + static_cast<unsigned char>(is_ascii_white(byte)));
      }
      if (all < 0x80) {
        count += kStep - white;
        i += kStep;
        continue;
      }
    }
    // One piece with a character beyond ASCII, or the end: character by character.
    std::size_t end = std::min(text.size(), i + kStep);
    while (i < end) {
      auto lead = static_cast<unsigned char>(text[i]);
      if (lead < 0x80) {
        count += is_ascii_white(lead) ? 0 : 1;
        ++i;
        continue;
      }
      bool white = may_be_white(lead) && is_white_space(decode_utf8(text.substr(i)));
      count += white ? 0 : 1;
      i += lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    }
  }
  return count;
}

std::string find_fault(const Document& document) {
  if (document.text.size() > UINT32_MAX) return "text over 4 GiB";
  if (!is_valid_utf8(document.text)) return "text is not UTF-8";
  for (auto find : {blocks_fault, tables_fault, conservation_fault, attributes_fault})
    if (std::string fault = find(document); !fault.empty()) return fault;
  return "";
}

std::string_view name_of(BlockKind kind) {
  switch (kind) {
    case BlockKind::kParagraph:
      return "paragraph";
    case BlockKind::kHeading:
      return "heading";
    case BlockKind::kListItem:
      return "list_item";
    case BlockKind::kTable:
      return "table";
    case BlockKind::kCode:
      return "code";
    case BlockKind::kQuote:
      return "quote";
    case BlockKind::kCaption:
      return "caption";
    case BlockKind::kFootnote:
      return "footnote";
  }
  return "unknown";
}

std::string_view name_of(Layer layer) { return layer == Layer::kBody ? "body" : "furniture"; }

}  // namespace docmill::document
