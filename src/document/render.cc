// SPDX-License-Identifier: Apache-2.0
#include "document/render.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_text.h"

namespace docmill::document {
namespace {

std::string_view slice(const Document& document, TextRange range) {
  return std::string_view(document.text).substr(range.begin, range.end - range.begin);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.remove_suffix(1);
  return text;
}

// `text` with `prefix` before each line but the first.
std::string indented(std::string_view text, std::string_view prefix) {
  std::string out;
  for (char c : text) {
    out += c;
    if (c == '\n') out += prefix;
  }
  return out;
}

std::string one_line(std::string_view text) {
  std::string out(trimmed(text));
  std::ranges::replace(out, '\n', ' ');
  return out;
}

// A fence longer than any run of backticks in the code.
std::string fence_for(std::string_view code) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (char c : code) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return std::string(std::max<std::size_t>(3, longest + 1), '`');
}

void append_cell(std::string& out, std::string_view text) {
  for (char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
}

// Pipe tables know no spans: the text of a cell stands in each slot that it covers.
std::string table_markdown(const Document& document, const Table& table) {
  std::vector<std::vector<std::string_view>> grid(table.rows,
                                                  std::vector<std::string_view>(table.columns));
  for (const TableCell& cell : table.cells)
    for (std::uint32_t row = cell.row; row < cell.row + cell.row_span; ++row)
      for (std::uint32_t column = cell.column; column < cell.column + cell.column_span; ++column)
        grid[row][column] = slice(document, cell.text);
  std::string out;
  for (std::size_t row = 0; row < grid.size(); ++row) {
    out += '|';
    for (std::string_view text : grid[row]) {
      out += ' ';
      append_cell(out, text);
      out += " |";
    }
    if (row == 0) {
      out += "\n|";
      for (std::size_t column = 0; column < grid[0].size(); ++column) out += " --- |";
    }
    if (row + 1 < grid.size()) out += '\n';
  }
  return out;
}

std::string list_item_markdown(const Block& block, std::string_view text) {
  std::string indent((std::size_t{block.level} - 1) * 4, ' ');
  // A further paragraph of an item stands below its text.
  if (block.marker.empty()) return indent + "    " + indented(text, indent + "    ");
  char last = block.marker.back();
  bool ordered = (last == '.' || last == ')') && block.marker.size() <= 10 &&
                 std::all_of(block.marker.begin(), block.marker.end() - 1,
                             [](char c) { return c >= '0' && c <= '9'; }) &&
                 block.marker.size() > 1;
  bool bullet = block.marker == "•" || block.marker == "-" || block.marker == "*";
  std::string marker = ordered ? block.marker : "-";
  if (!ordered && !bullet) marker += " " + block.marker;
  return indent + marker + " " + indented(text, indent + "    ");
}

std::string block_markdown(const Document& document, const Block& block) {
  std::string_view text = slice(document, block.text);
  if (block.kind == BlockKind::kCode) {
    std::string fence = fence_for(text);
    return fmt::format("{}{}\n{}\n{}", fence, one_line(block.language), text, fence);
  }
  text = trimmed(text);
  switch (block.kind) {
    case BlockKind::kHeading:
      return std::string(block.level, '#') + " " + one_line(text);
    case BlockKind::kListItem:
      return list_item_markdown(block, text);
    case BlockKind::kTable:
      return table_markdown(document, document.tables[static_cast<std::size_t>(block.table)]);
    case BlockKind::kQuote: {
      std::string prefix;
      for (int i = 0; i < block.level; ++i) prefix += "> ";
      return prefix + indented(text, prefix);
    }
    case BlockKind::kCaption:
      return "*" + one_line(text) + "*";
    case BlockKind::kFootnote:
      return fmt::format("[^{}]: {}", block.marker.empty() ? "note" : one_line(block.marker),
                         indented(text, "    "));
    default:
      return std::string(text);
  }
}

template <typename Render>
std::string join_blocks(const Document& document, Furniture furniture, Render render) {
  std::string out;
  const Block* before = nullptr;
  for (const Block& block : document.blocks) {
    if (block.layer == Layer::kFurniture && furniture == Furniture::kOmit) continue;
    if (before != nullptr) {
      bool list = before->kind == BlockKind::kListItem && block.kind == BlockKind::kListItem &&
                  !block.marker.empty();
      out += list ? "\n" : "\n\n";
    }
    out += render(block);
    before = &block;
  }
  if (!out.empty()) out += '\n';
  return out;
}

// Members of one JSON object, with commas where they belong.
class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }
  ~JsonObject() { out_ += '}'; }
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  std::string& key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    append_json_string(out_, name);
    out_ += ':';
    return out_;
  }
  void text(std::string_view name, std::string_view value) { append_json_string(key(name), value); }
  void text_if(std::string_view name, std::string_view value) {
    if (!value.empty()) text(name, value);
  }
  void number(std::string_view name, std::uint64_t value) { key(name) += std::to_string(value); }
  void flag(std::string_view name, bool value) { key(name) += value ? "true" : "false"; }
  void range(std::string_view name, TextRange value) {
    key(name) += fmt::format("[{},{}]", value.begin, value.end);
  }

 private:
  std::string& out_;
  bool first_ = true;
};

template <typename Items, typename Write>
void append_array(std::string& out, const Items& items, Write write) {
  out += '[';
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ',';
    first = false;
    write(item);
  }
  out += ']';
}

void append_block(std::string& out, const Document& document, const Block& block) {
  JsonObject json(out);
  json.text("kind", name_of(block.kind));
  json.text("layer", name_of(block.layer));
  if (block.level != 0) json.number("level", block.level);
  json.range("range", block.text);
  json.text("text", slice(document, block.text));
  if (block.page != 0) json.number("page", block.page);
  if (block.box)
    json.key("box") += fmt::format("[{},{},{},{}]", block.box->left, block.box->top,
                                   block.box->right, block.box->bottom);
  if (block.source) json.range("source", *block.source);
  if (block.table >= 0) json.number("table", static_cast<std::uint64_t>(block.table));
  json.text_if("marker", block.marker);
  json.text_if("language", block.language);
  json.text_if("reason", block.reason);
}

void append_table(std::string& out, const Document& document, const Table& table) {
  JsonObject json(out);
  json.number("rows", table.rows);
  json.number("columns", table.columns);
  append_array(json.key("cells"), table.cells, [&](const TableCell& cell) {
    JsonObject object(out);
    object.number("row", cell.row);
    object.number("column", cell.column);
    object.number("row_span", cell.row_span);
    object.number("column_span", cell.column_span);
    object.flag("header", cell.header);
    object.range("range", cell.text);
    object.text("text", slice(document, cell.text));
  });
}

void append_conservation(std::string& out, const Conservation& row) {
  JsonObject json(out);
  json.number("seen", row.seen);
  json.number("body", row.body);
  json.number("furniture", row.furniture);
  json.number("invisible", row.invisible);
  JsonObject dropped(json.key("dropped"));
  for (const auto& [reason, count] : row.dropped) dropped.number(reason, count);
}

void append_link(std::string& out, const Link& link) {
  JsonObject json(out);
  json.text("href", link.href);
  json.range("range", link.text);
  json.flag("nofollow", link.nofollow);
  json.text("relation", link.relation);
  json.text_if("modified", link.modified);
}

}  // namespace

std::string to_markdown(const Document& document, Furniture furniture) {
  return join_blocks(document, furniture,
                     [&](const Block& block) { return block_markdown(document, block); });
}

std::string to_text(const Document& document, Furniture furniture) {
  return join_blocks(document, furniture, [&](const Block& block) {
    std::string_view text = slice(document, block.text);
    if (block.kind != BlockKind::kCode) text = trimmed(text);
    if (block.kind != BlockKind::kListItem) return std::string(text);
    std::string indent((std::size_t{block.level} - 1) * 2, ' ');
    return indent + block.marker + (block.marker.empty() ? "  " : " ") + std::string(text);
  });
}

std::string to_json(const Document& document) {
  std::string out;
  out.reserve(document.text.size() * 3 + 4096);
  {
    JsonObject json(out);
    json.text("media_type", document.media_type);
    json.text("parser", document.parser);
    json.text("title", document.title);
    json.text("language", document.language);
    json.text("charset", document.charset);
    json.text("base_href", document.base_href);
    json.flag("noindex", document.noindex);
    json.flag("nofollow", document.nofollow);
    json.text("text", document.text);
    append_array(json.key("blocks"), document.blocks,
                 [&](const Block& block) { append_block(out, document, block); });
    append_array(json.key("tables"), document.tables,
                 [&](const Table& table) { append_table(out, document, table); });
    append_array(json.key("links"), document.links,
                 [&](const Link& link) { append_link(out, link); });
    append_array(json.key("pages"), document.pages, [&](const Page& page) {
      out += fmt::format("{{\"width\":{},\"height\":{}}}", page.width, page.height);
    });
    append_array(json.key("conservation"), document.conservation,
                 [&](const Conservation& row) { append_conservation(out, row); });
    json.key("metadata");
    {
      JsonObject metadata(out);
      for (const auto& [name, value] : document.metadata) metadata.text(name, value);
    }
    append_array(json.key("warnings"), document.warnings,
                 [&](const std::string& warning) { append_json_string(out, warning); });
  }
  out += '\n';
  return out;
}

}  // namespace docmill::document
