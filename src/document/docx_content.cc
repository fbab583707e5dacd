// SPDX-License-Identifier: Apache-2.0
#include "document/docx_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <pugixml.hpp>

#include "base/utf8.h"

namespace docmill::document {
namespace {

constexpr std::uint32_t kColumnsMax = 16'384;

int to_int(std::string_view text, int otherwise, int base = 10) {
  int value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

bool is_on(const pugi::xml_node& flag) {
  if (flag.empty()) return false;
  const std::string_view value = attribute_of(flag, "val");
  return value != "0" && value != "false" && value != "off";
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

// Every character below `node`, whatever element holds it.
std::string all_text(const pugi::xml_node& node) {
  std::string text;
  for (const pugi::xml_node& child : node.children()) {
    const std::string_view name = local_name(child);
    if (is_one_of(name, {"t", "delText", "instrText", "delInstrText"})) {
      text += child.text().get();
      text += ' ';
    } else {
      text += all_text(child);
    }
  }
  return text;
}

// What bullets and arrows of Symbol and Wingdings look like; their fonts have no Unicode.
std::string_view symbol_of(int code) {
  switch (code & 0xff) {
    case 0xb7:
      return "•";
    case 0xa7:
      return "▪";
    case 0xa8:
      return "◻";
    case 0xe0:
      return "→";
    case 0xd8:
      return "➢";
    case 0xfc:
      return "✔";
    case 0xfb:
      return "✘";
    case 0xfe:
      return "☑";
    case 0x6f:
      return "□";
    case 0x4a:
      return "☺";
    default:
      return {};
  }
}

}  // namespace

DocxContent::DocxContent(Builder& builder) : builder_(builder) {}
DocxContent::~DocxContent() = default;

Status DocxContent::add_body(const pugi::xml_node& body, const Relationships& relationships) {
  relationships_ = &relationships;
  return add_blocks(body);
}

Status DocxContent::add_furniture(const pugi::xml_node& root, std::string_view reason,
                                  const Relationships& relationships) {
  relationships_ = &relationships;
  layer_ = Layer::kFurniture;
  reason_ = reason;
  fields_.clear();
  return add_blocks(root);
}

Status DocxContent::add_notes(const pugi::xml_node& root, std::string_view type,
                              const Relationships& relationships) {
  relationships_ = &relationships;
  for (const pugi::xml_node& note : root.children()) {
    fields_.clear();
    const std::string text = flat_text(note);
    const std::string id = fmt::format("{}/{}", type, attribute_of(note, "id"));
    const auto label = note_labels_.find(id);
    Block block{.kind = BlockKind::kFootnote};
    if (label != note_labels_.end()) block.marker = label->second;
    DOCMILL_TRY_VOID(builder_.add_block(std::move(block), text));
    DOCMILL_TRY_VOID(add_text_boxes());
  }
  return {};
}

pugi::xml_node DocxContent::choose_alternative(const pugi::xml_node& node) {
  pugi::xml_node chosen = child_of(node, "Choice");
  if (chosen.empty()) chosen = child_of(node, "Fallback");
  for (const pugi::xml_node& child : node.children()) {
    if (child != chosen) builder_.count_dropped("alternate_content", all_text(child));
  }
  return chosen;
}

Status DocxContent::add_blocks(const pugi::xml_node& parent) {
  for (const pugi::xml_node& node : parent.children()) {
    const std::string_view name = local_name(node);
    if (name == "p") {
      DOCMILL_TRY_VOID(add_paragraph(node));
    } else if (name == "tbl") {
      DOCMILL_TRY_VOID(add_table(node));
    } else if (name == "AlternateContent") {
      DOCMILL_TRY_VOID(add_blocks(choose_alternative(node)));
    } else if (name == "del" || name == "moveFrom") {
      builder_.count_invisible(all_text(node));
    } else if (name == "altChunk") {
      builder_.warn("embedded_document_not_read");
    } else {
      DOCMILL_TRY_VOID(add_blocks(node));
    }
  }
  return {};
}

// Kind, level and marker by the paragraph's style, outline level and numbering.
Block DocxContent::block_of(const pugi::xml_node& properties) {
  Block block{.layer = layer_, .reason = reason_};
  const std::string_view id = attribute_of(child_of(properties, "pStyle"), "val");
  const DocxStyle style = styles_.resolve(id);
  const int outline = to_int(attribute_of(child_of(properties, "outlineLvl"), "val"), -1);
  const int heading =
      outline >= 0 && outline <= 8 ? std::min(outline + 1, 6) : styles_.heading_level(id);
  const pugi::xml_node number = child_of(properties, "numPr");
  const int number_id = to_int(attribute_of(child_of(number, "numId"), "val"), style.number_id);
  const int list_level =
      std::max(to_int(attribute_of(child_of(number, "ilvl"), "val"), style.list_level), 0);
  const bool numbered = number_id > 0 && numbering_.knows(number_id);
  if (numbered) block.marker = numbering_.next_marker(number_id, list_level);
  if (heading > 0 && layer_ == Layer::kBody) {
    block.kind = BlockKind::kHeading;
    block.level = static_cast<std::uint8_t>(heading);
  } else if (numbered) {
    block.kind = BlockKind::kListItem;
    block.level = static_cast<std::uint8_t>(std::min(list_level, 8) + 1);
  } else if (style.name == "caption") {
    block.kind = BlockKind::kCaption;
  } else if (style.name == "quote" || style.name == "intense quote") {
    block.kind = BlockKind::kQuote;
    block.level = 1;
  } else if (is_one_of(style.name, {"html preformatted", "source code", "code", "macro"})) {
    block.kind = BlockKind::kCode;
  }
  return block;
}

Status DocxContent::add_paragraph(const pugi::xml_node& node) {
  Paragraph paragraph;
  read_inline(node, paragraph);
  const pugi::xml_node properties = child_of(node, "pPr");
  // A counter moves on even where the paragraph shows nothing but its number; Word does so too.
  Block block = block_of(properties);
  if (builder_.document().title.empty() && block.kind == BlockKind::kHeading &&
      styles_.resolve(attribute_of(child_of(properties, "pStyle"), "val")).name == "title") {
    builder_.document().title = paragraph.text;
  }
  DOCMILL_TRY(const int index, builder_.add_block(std::move(block), paragraph.text));
  add_links(paragraph, index);
  return add_text_boxes();
}

void DocxContent::add_links(const Paragraph& paragraph, int block) {
  // Offsets hold only in text that the builder did not have to repair.
  const bool exact = block >= 0 && is_valid_utf8(paragraph.text);
  for (const Anchor& anchor : paragraph.anchors) {
    Link link{.href = anchor.href, .relation = "a"};
    if (exact) {
      const std::uint32_t begin =
          builder_.document().blocks[static_cast<std::size_t>(block)].text.begin;
      link.text = {begin + static_cast<std::uint32_t>(anchor.begin),
                   begin + static_cast<std::uint32_t>(anchor.end)};
    }
    builder_.add_link(std::move(link));
  }
}

Status DocxContent::add_text_boxes() {
  std::vector<pugi::xml_node> boxes;
  boxes.swap(text_boxes_);
  for (const pugi::xml_node& box : boxes) DOCMILL_TRY_VOID(add_blocks(box));
  return {};
}

struct DocxContent::Cells {
  Table table;
  std::vector<std::string> texts;
  std::vector<int> open;  // by column: the cell that a vertical merge goes on with, or -1
  std::vector<Anchor> anchors;
  std::uint32_t row = 0;
};

Status DocxContent::add_table(const pugi::xml_node& node) {
  Cells cells;
  add_rows(node, cells);
  Block block{.kind = BlockKind::kTable, .layer = layer_, .reason = reason_};
  DOCMILL_TRY_VOID(builder_.add_table(std::move(block), std::move(cells.table), cells.texts));
  return add_text_boxes();
}

void DocxContent::add_rows(const pugi::xml_node& parent, Cells& cells) {
  for (const pugi::xml_node& node : parent.children()) {
    const std::string_view name = local_name(node);
    if (name == "tr") {
      if (!child_of(child_of(node, "trPr"), "del").empty()) {
        builder_.count_invisible(all_text(node));
      } else {
        add_row(node, cells);
      }
    } else if (is_one_of(name, {"sdt", "sdtContent", "customXml", "ins", "moveTo"})) {
      add_rows(node, cells);
    }
  }
}

void DocxContent::add_row(const pugi::xml_node& row, Cells& cells) {
  const pugi::xml_node properties = child_of(row, "trPr");
  const bool header = is_on(child_of(properties, "tblHeader"));
  auto column = static_cast<std::uint32_t>(std::clamp(
      to_int(attribute_of(child_of(properties, "gridBefore"), "val"), 0), 0, int{kColumnsMax}));
  std::vector<pugi::xml_node> nodes;
  const auto collect = [&nodes](const auto& self, const pugi::xml_node& parent) -> void {
    for (const pugi::xml_node& node : parent.children()) {
      if (local_name(node) == "tc") {
        nodes.push_back(node);
      } else {
        self(self, node);
      }
    }
  };
  collect(collect, row);
  for (const pugi::xml_node& node : nodes) {
    const pugi::xml_node cell = child_of(node, "tcPr");
    const auto span = static_cast<std::uint16_t>(
        std::clamp(to_int(attribute_of(child_of(cell, "gridSpan"), "val"), 1), 1, 1024));
    const pugi::xml_node merge = child_of(cell, "vMerge");
    if (column + span > kColumnsMax) column = 0;
    if (cells.open.size() < column + span) cells.open.resize(column + span, -1);
    int& open = cells.open[column];
    std::string text = flat_text(node);
    if (!merge.empty() && attribute_of(merge, "val") != "restart" && open >= 0) {
      auto& above = cells.table.cells[static_cast<std::size_t>(open)];
      above.row_span =
          static_cast<std::uint16_t>(std::min<std::uint32_t>(cells.row - above.row + 1, 0xffff));
      cells.texts[static_cast<std::size_t>(open)] += text;
    } else {
      const auto index = static_cast<int>(cells.texts.size());
      open = merge.empty() ? -1 : index;
      cells.table.cells.push_back(
          {.row = cells.row, .column = column, .column_span = span, .header = header});
      cells.texts.push_back(std::move(text));
    }
    column += span;
  }
  ++cells.row;
}

// The paragraphs below `parent` as one text, nested tables included.
std::string DocxContent::flat_text(const pugi::xml_node& parent) {
  std::string text;
  const auto append = [&text](std::string_view more) {
    if (!text.empty() && !more.empty()) text += '\n';
    text += more;
  };
  for (const pugi::xml_node& node : parent.children()) {
    const std::string_view name = local_name(node);
    if (name == "p") {
      Paragraph paragraph;
      read_inline(node, paragraph);
      append(paragraph.text);
      add_links(paragraph, -1);
    } else if (name == "AlternateContent") {
      append(flat_text(choose_alternative(node)));
    } else if (name == "del" || name == "moveFrom") {
      builder_.count_invisible(all_text(node));
    } else {
      append(flat_text(node));
    }
  }
  return text;
}

void DocxContent::read_inline(const pugi::xml_node& parent, Paragraph& out) {
  for (const pugi::xml_node& node : parent.children()) read_node(node, out);
}

void DocxContent::read_text(std::string_view text, Paragraph& out) {
  if (hidden_ > 0 || in_field_code()) {
    builder_.count_invisible(text);
  } else {
    out.text += text;
  }
}

void DocxContent::read_node(const pugi::xml_node& node, Paragraph& out) {
  const std::string_view name = local_name(node);
  if (name == "t") {
    read_text(node.text().get(), out);
  } else if (name == "r") {
    const bool hidden = is_on(child_of(child_of(node, "rPr"), "vanish"));
    hidden_ += hidden ? 1 : 0;
    read_inline(node, out);
    hidden_ -= hidden ? 1 : 0;
  } else if (is_one_of(name, {"pPr", "rPr", "sectPr", "tblPr", "sdtPr", "sdtEndPr"})) {
    return;
  } else if (is_one_of(name, {"del", "moveFrom", "delText", "instrText", "delInstrText"})) {
    // The text of a leaf is its own; that of a wrapper lies below.
    builder_.count_invisible(node.text().get());
    builder_.count_invisible(all_text(node));
  } else if (name == "rt") {
    builder_.count_dropped("ruby_annotation", all_text(node));
  } else if (name == "hyperlink") {
    read_hyperlink(node, out);
  } else if (name == "fldChar") {
    read_field_mark(node);
  } else if (name == "AlternateContent") {
    read_inline(choose_alternative(node), out);
  } else if (name == "txbxContent") {
    text_boxes_.push_back(node);
  } else if (!read_character(node, name, out)) {
    read_inline(node, out);
  }
}

// Elements that stand for a character or a mark.
bool DocxContent::read_character(const pugi::xml_node& node, std::string_view name,
                                 Paragraph& out) {
  if (name == "tab" || name == "ptab") {
    out.text += '\t';
  } else if (name == "br" || name == "cr") {
    out.text += '\n';
  } else if (name == "noBreakHyphen") {
    read_text("-", out);
  } else if (name == "sym") {
    read_symbol(node, out);
  } else if (name == "footnoteReference" || name == "endnoteReference") {
    const std::string_view type = name == "footnoteReference" ? "footnotes" : "endnotes";
    read_text(note_label(type, attribute_of(node, "id")), out);
  } else {
    return false;
  }
  return true;
}

void DocxContent::read_symbol(const pugi::xml_node& node, Paragraph& out) {
  const int code = to_int(attribute_of(node, "char"), 0, 16);
  if (code >= 0xf000 && code <= 0xf0ff) {
    const std::string_view symbol = symbol_of(code);
    if (symbol.empty()) return builder_.count_dropped("unmapped_symbol", std::uint64_t{1});
    return read_text(symbol, out);
  }
  if (code < 0x20 || code > 0xd7ff) return;
  std::string text;
  append_utf8(text, static_cast<char32_t>(code));
  read_text(text, out);
}

void DocxContent::read_hyperlink(const pugi::xml_node& node, Paragraph& out) {
  Anchor anchor{.begin = out.text.size()};
  read_inline(node, out);
  anchor.end = out.text.size();
  const auto found = relationships_->find(attribute_of(node, "id"));
  if (found != relationships_->end()) anchor.href = found->second.target;
  const std::string_view inside = attribute_of(node, "anchor");
  if (!inside.empty()) anchor.href += fmt::format("#{}", inside);
  if (!anchor.href.empty()) out.anchors.push_back(std::move(anchor));
}

// Fields may begin in one paragraph and end in another, and lie in each other.
void DocxContent::read_field_mark(const pugi::xml_node& node) {
  const std::string_view type = attribute_of(node, "fldCharType");
  if (type == "begin") {
    fields_.push_back(true);
  } else if (type == "separate" && !fields_.empty()) {
    fields_.back() = false;
  } else if (type == "end" && !fields_.empty()) {
    fields_.pop_back();
  }
}

std::string DocxContent::note_label(std::string_view type, std::string_view id) {
  const std::string key = fmt::format("{}/{}", type, id);
  const auto [label, fresh] = note_labels_.try_emplace(key);
  if (fresh) label->second = fmt::format("[{}]", note_labels_.size());
  return label->second;
}

}  // namespace docmill::document
