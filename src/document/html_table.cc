// SPDX-License-Identifier: Apache-2.0
#include "document/html_table.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "document/html_hints.h"
#include "document/html_inline.h"

namespace docmill::document::html {
namespace {

constexpr std::uint32_t kSpanMax = 1'000;       // as browsers clamp colspan
constexpr std::uint32_t kColumnsMax = 10'000;   // more than any table that is read
constexpr std::uint32_t kCellBytesMax = 4'000;  // longer cells hold prose, laid out in columns

std::uint16_t span_of(std::string_view text) {
  unsigned value = 1;
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  std::from_chars(text.data(), text.data() + text.size(), value);
  return static_cast<std::uint16_t>(std::clamp(value, 1U, kSpanMax));
}

// What the structure of a table says about its purpose.
struct Shape {
  std::uint32_t rows = 0, cells = 0, header_cells = 0, cells_in_row = 0, widest_row = 0;
  bool nested = false, sections = false, code_lines = false, marked = false;
};

Shape survey(const Dom& dom, std::uint32_t index) {
  Shape shape;
  const std::uint32_t end = dom[index].end;
  for (std::uint32_t i = index + 1; i < end; ++i) {
    const Node& node = dom[i];
    switch (node.tag) {
      case Tag::kTable:
        shape.nested = true;
        return shape;  // enough to know; tables in tables stay linear
      case Tag::kTr:
        ++shape.rows;
        shape.cells_in_row = 0;
        break;
      case Tag::kTd:
      case Tag::kTh:
        ++shape.cells;
        shape.header_cells += node.tag == Tag::kTh ? 1 : 0;
        shape.widest_row = std::max(shape.widest_row, ++shape.cells_in_row);
        break;
      case Tag::kThead:
      case Tag::kCaption:
        shape.marked = true;
        break;
      case Tag::kH1:
      case Tag::kH2:
      case Tag::kH3:
      case Tag::kArticle:
      case Tag::kSection:
      case Tag::kNav:
      case Tag::kForm:
      case Tag::kTextarea:
        shape.sections = true;
        break;
      case Tag::kPre:
        for (std::uint32_t k = i + 1; k < node.end; ++k) {
          const auto text = dom[k].text;
          const auto line = text.find('\n');
          shape.code_lines |= line != std::string_view::npos && line + 1 < text.size();
        }
        break;
      default:
        break;
    }
  }
  return shape;
}

bool is_data(const Dom& dom, const Node& table, const Shape& shape) {
  const auto role = dom.attribute(table, Attribute::kRole);
  if (role == "presentation" || role == "none") return false;
  if (shape.rows == 0 || shape.widest_row < 2) return false;
  if (shape.nested || shape.sections || shape.code_lines) return false;
  return shape.marked || shape.header_cells > 0 || shape.rows > 1;
}

class Reader {
 public:
  Reader(const Dom& dom, std::uint32_t index, const Limits& limits)
      : dom_(dom), index_(index), limits_(limits) {}

  std::optional<DataTable> run() {
    std::uint32_t i = index_ + 1;
    const std::uint32_t end = dom_[index_].end;
    while (i < end) {
      const Node& node = dom_[i];
      if (is_invisible(dom_, node)) {
        count_invisible(i);
        i = node.end;
      } else if (node.tag == Tag::kTd || node.tag == Tag::kTh) {
        if (!add_cell(i)) return std::nullopt;
        i = node.end;
      } else if (node.tag == Tag::kText || node.tag == Tag::kCaption) {
        add_caption(i);
        i = node.end;
      } else {
        start_row(node);
        ++i;
      }
    }
    clip_rows();
    return std::move(out_);
  }

 private:
  void start_row(const Node& node) {
    if (node.tag == Tag::kThead) header_end_ = node.end;
    if (node.tag == Tag::kTbody || node.tag == Tag::kThead || node.tag == Tag::kTfoot) {
      // Spans end with their row group.
      std::ranges::fill(taken_, 0);
    }
    if (node.tag != Tag::kTr) return;
    if (started_) ++row_;
    started_ = true;
    column_ = 0;
    for (auto& rows : taken_) rows -= rows > 0 ? 1 : 0;
  }

  bool add_cell(std::uint32_t index) {
    const Node& node = dom_[index];
    while (column_ < taken_.size() && taken_[column_] > 0) ++column_;
    if (column_ >= kColumnsMax || out_.texts.size() >= limits_.table_cells) return false;
    TableCell cell;
    cell.row = row_;
    cell.column = column_;
    cell.header = node.tag == Tag::kTh || index < header_end_;
    cell.row_span = span_of(dom_.attribute(node, Attribute::kRowspan));
    std::uint16_t span = span_of(dom_.attribute(node, Attribute::kColspan));
    std::uint16_t free = 1;
    while (free < span && (column_ + free >= taken_.size() || taken_[column_ + free] == 0)) ++free;
    cell.column_span = free;
    if (taken_.size() < column_ + free) taken_.resize(column_ + free, 0);
    // The row that is being read counts too.
    std::fill_n(taken_.begin() + column_, free, cell.row_span);
    column_ += free;
    cell_ = static_cast<std::int32_t>(out_.texts.size());
    std::string text = read_text(index);
    if (text.size() > kCellBytesMax) return false;
    out_.table.rows = row_ + 1;
    out_.table.columns = std::max(out_.table.columns, column_);
    out_.table.cells.push_back(cell);
    out_.texts.push_back(std::move(text));
    return true;
  }

  void add_caption(std::uint32_t index) {
    cell_ = -1;
    const auto characters = out_.characters;
    const auto link_characters = out_.link_characters;
    std::string text = read_text(index);
    out_.characters = characters;
    out_.link_characters = link_characters;
    if (!text.empty()) out_.captions.push_back(std::move(text));
  }

  // The words of a subtree; blocks in it are kept apart by a space.
  std::string read_text(std::uint32_t index) {
    InlineText text;
    std::int32_t link = -1;
    std::uint32_t link_end = 0;
    std::size_t link_begin = 0;
    const auto close_link = [&] {
      if (link < 0) return;
      PageLink& target = out_.links[static_cast<std::size_t>(link)];
      std::size_t begin = link_begin;
      while (begin < text.size() && is_space(text.view()[begin])) ++begin;
      if (begin < text.size() && cell_ >= 0) {
        target.cell = cell_;
        target.text = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(text.size())};
      }
      link = -1;
    };
    const std::uint32_t end = dom_[index].end;
    for (std::uint32_t i = index; i < end;) {
      const Node& node = dom_[i];
      if (i >= link_end) close_link();
      if (is_invisible(dom_, node)) {
        count_invisible(i);
        i = node.end;
        continue;
      }
      if (node.tag == Tag::kText) {
        text.append(node.text, link >= 0);
      } else if (node.tag == Tag::kA && is_permalink(dom_, i)) {
        for (std::uint32_t k = i; k < node.end; ++k) {
          if (dom_[k].tag == Tag::kText) out_.uncounted.push_back({"permalink", dom_[k].text});
        }
        i = node.end;
        continue;
      } else if (node.tag == Tag::kA || node.tag == Tag::kArea) {
        close_link();
        link = add_link(node);
        link_end = node.end;
        link_begin = text.size();
      } else if (node.tag == Tag::kBr || is_block_level(node.tag)) {
        text.boundary();
      }
      ++i;
      // Text after a block inside the cell starts a new word, too.
      if (i < end && i >= dom_[dom_[i - 1].parent].end &&
          is_block_level(dom_[dom_[i - 1].parent].tag)) {
        text.boundary();
      }
    }
    close_link();
    out_.characters += text.characters();
    out_.link_characters += text.link_characters();
    return text.take();
  }

  std::int32_t add_link(const Node& node) {
    const auto href = dom_.attribute(node, Attribute::kHref);
    if (href.data() == nullptr) return -1;
    PageLink link;
    link.href = href;
    link.nofollow = has_word(dom_.attribute(node, Attribute::kRel), "nofollow");
    out_.links.push_back(link);
    return static_cast<std::int32_t>(out_.links.size()) - 1;
  }

  void count_invisible(std::uint32_t index) {
    for (std::uint32_t i = index; i < dom_[index].end; ++i) {
      if (dom_[i].tag == Tag::kText) {
        out_.uncounted.push_back({{}, dom_[i].text});
      } else if (dom_[i].tag == Tag::kA) {
        add_link(dom_[i]);
      }
    }
  }

  void clip_rows() {
    for (TableCell& cell : out_.table.cells) {
      cell.row_span = static_cast<std::uint16_t>(
          std::min<std::uint32_t>(cell.row_span, out_.table.rows - cell.row));
    }
  }

  const Dom& dom_;
  std::uint32_t index_;
  const Limits& limits_;
  DataTable out_;
  std::vector<std::uint32_t> taken_;  // by column: rows that a span still covers
  std::uint32_t row_ = 0, column_ = 0, header_end_ = 0;
  bool started_ = false;
  std::int32_t cell_ = -1;
};

}  // namespace

std::optional<DataTable> read_table(const Dom& dom, std::uint32_t index, const Limits& limits) {
  if (!is_data(dom, dom[index], survey(dom, index))) return std::nullopt;
  auto table = Reader(dom, index, limits).run();
  // One column after all, or nothing in it: its cells are blocks of the page.
  if (table && (table->table.columns < 2 || table->characters == 0)) return std::nullopt;
  return table;
}

}  // namespace docmill::document::html
