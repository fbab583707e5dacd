// SPDX-License-Identifier: Apache-2.0
#include "document/builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/utf8.h"
#include "document/binary.h"
#include "document/codec.h"
#include "document/table_grid.h"

namespace docmill::document {
namespace {

constexpr std::size_t kWarningsMax = 100;

bool is_text_white(std::string_view text) {
  // Invalid bytes become U+FFFD, which is text.
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = utf8_sequence_length(text.substr(i));
    if (length == 0 || !is_white_space(decode_utf8(text.substr(i)))) return false;
    i += length;
  }
  return true;
}

std::uint64_t count_any(std::string_view text) {
  return is_valid_utf8(text) ? count_characters(text) : count_characters(to_valid_utf8(text));
}

std::uint8_t level_for(BlockKind kind, std::uint8_t level) {
  switch (kind) {
    case BlockKind::kHeading:
      return std::clamp<std::uint8_t>(level, 1, 6);
    case BlockKind::kListItem:
    case BlockKind::kQuote:
      return std::max<std::uint8_t>(level, 1);
    default:
      return 0;
  }
}

std::optional<Box> usable(std::optional<Box> box) {
  if (!box) return box;
  if (!std::isfinite(box->left) || !std::isfinite(box->top) || !std::isfinite(box->right) ||
      !std::isfinite(box->bottom))
    return std::nullopt;
  if (box->left > box->right) std::swap(box->left, box->right);
  if (box->top > box->bottom) std::swap(box->top, box->bottom);
  return box;
}

void make_valid(std::string& text) {
  if (!is_valid_utf8(text)) text = to_valid_utf8(text);
}

}  // namespace

Builder::Builder(std::string media_type, std::string parser, const Limits& limits)
    : limits_(limits) {
  limits_.blocks = std::min(limits_.blocks, kRecordsMax);
  limits_.links = std::min(limits_.links, kRecordsMax);
  limits_.pages = std::min(limits_.pages, kRecordsMax);
  document_.media_type = std::move(media_type);
  document_.parser = std::move(parser);
  document_.conservation.emplace_back();
}

void Builder::start_page(Page page) {
  if (document_.pages.size() >= limits_.pages) return set_failure("pages");
  auto usable_length = [](float length) {
    return std::isfinite(length) && length > 0 ? length : 0;
  };
  document_.pages.push_back({usable_length(page.width), usable_length(page.height)});
  if (document_.pages.size() > 1) {
    document_.conservation.emplace_back();
    return;
  }
  // What came before the first page belongs to it.
  for (Block& block : document_.blocks) block.page = 1;
}

Result<int> Builder::add_block(Block block, std::string_view text) {
  DOCMILL_TRY_VOID(status());
  if (is_text_white(text)) return -1;
  if (block.kind == BlockKind::kTable) block.kind = BlockKind::kParagraph;
  block.table = -1;
  if (document_.text.size() + text.size() > limits_.output_bytes) set_failure("output_bytes");
  DOCMILL_TRY_VOID(status());
  append_separator(block.kind);
  auto begin = static_cast<std::uint32_t>(document_.text.size());
  append_clean(text, /*cell=*/false);
  push_block(std::move(block), begin);
  DOCMILL_TRY_VOID(status());
  return static_cast<int>(document_.blocks.size()) - 1;
}

Result<int> Builder::add_table(Block block, Table table, const std::vector<std::string>& texts) {
  DOCMILL_TRY_VOID(status());
  DOCMILL_CHECK(table.cells.size() == texts.size());
  std::uint64_t bytes = 0;
  bool white = true;
  for (const std::string& text : texts) {
    bytes += text.size() + 1;
    white = white && is_text_white(text);
  }
  if (white) return -1;
  if (document_.text.size() + bytes > limits_.output_bytes) set_failure("output_bytes");
  std::uint64_t slots_max = std::min(limits_.table_cells, kTableSlotsMax);
  std::optional<std::vector<std::size_t>> order = settle_grid(table, slots_max - table_cells_);
  if (!order) set_failure("table_cells");
  DOCMILL_TRY_VOID(status());
  table_cells_ += std::uint64_t{table.rows} * table.columns;

  append_separator(BlockKind::kTable);
  auto begin = static_cast<std::uint32_t>(document_.text.size());
  for (std::size_t i = 0; i < table.cells.size(); ++i) {
    TableCell& cell = table.cells[i];
    if (i > 0) document_.text += table.cells[i - 1].row == cell.row ? '\t' : '\n';
    cell.text.begin = static_cast<std::uint32_t>(document_.text.size());
    append_clean(texts[(*order)[i]], /*cell=*/true);
    cell.text.end = static_cast<std::uint32_t>(document_.text.size());
  }
  block.kind = BlockKind::kTable;
  block.table = static_cast<std::int32_t>(document_.tables.size());
  document_.tables.push_back(std::move(table));
  push_block(std::move(block), begin);
  DOCMILL_TRY_VOID(status());
  return static_cast<int>(document_.blocks.size()) - 1;
}

void Builder::count_invisible(std::string_view text) {
  std::uint64_t count = count_any(text);
  account().invisible += count;
  account().seen += count;
}

void Builder::count_dropped(std::string_view reason, std::string_view text) {
  count_dropped(reason, count_any(text));
}

void Builder::count_dropped(std::string_view reason, std::uint64_t characters) {
  if (characters == 0) return;
  account().dropped[reason.empty() ? "unspecified" : to_valid_utf8(reason)] += characters;
  account().seen += characters;
}

void Builder::add_link(Link link) {
  if (document_.links.size() >= limits_.links) return set_failure("links");
  make_valid(link.href);
  make_valid(link.relation);
  make_valid(link.modified);
  document_.links.push_back(std::move(link));
}

void Builder::warn(std::string warning) {
  auto& warnings = document_.warnings;
  make_valid(warning);
  if (warnings.size() < kWarningsMax && std::ranges::find(warnings, warning) == warnings.end())
    warnings.push_back(std::move(warning));
}

void Builder::set_metadata(std::string name, std::string_view value) {
  if (value.size() > limits_.metadata_field_bytes) return set_failure("metadata_field_bytes");
  metadata_bytes_ += name.size() + value.size();
  if (metadata_bytes_ > limits_.metadata_bytes) return set_failure("metadata_bytes");
  document_.metadata[to_valid_utf8(name)] = to_valid_utf8(value);
}

Result<Document> Builder::finish() {
  DOCMILL_TRY_VOID(status());
  if (replaced_bytes_ > 0) warn(fmt::format("invalid_utf8:{}", replaced_bytes_));
  clean_attributes();
  if (encoded_size(document_) > limits_.output_bytes) set_failure("output_bytes");
  DOCMILL_TRY_VOID(status());
  if (std::string fault = find_fault(document_); !fault.empty())
    return fail(ErrorCode::kInternal,
                fmt::format("{} made a model with a fault: {}", document_.parser, fault),
                "model_fault");
  return std::move(document_);
}

void Builder::set_failure(std::string_view limit) {
  if (failure_) return;
  failure_ = Error(ErrorCode::kTooLarge, fmt::format("document is over the limit {}", limit),
                   fmt::format("limit_{}", limit));
}

Status Builder::status() const {
  if (failure_) return fail(*failure_);
  return {};
}

void Builder::append_separator(BlockKind kind) {
  if (document_.text.empty()) return;
  bool list = kind == BlockKind::kListItem && document_.blocks.back().kind == kind;
  document_.text += list ? "\n" : "\n\n";
}

// Appends valid UTF-8 without control characters; in a cell without those that separate cells.
void Builder::append_clean(std::string_view text, bool cell) {
  std::size_t begin = document_.text.size();
  if (is_valid_utf8(text)) {
    document_.text += text;
  } else {
    std::size_t replaced = 0;
    document_.text += to_valid_utf8(text, &replaced);
    replaced_bytes_ += replaced;
  }
  std::string& out = document_.text;
  for (std::size_t i = begin; i < out.size(); ++i) {
    char c = out[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) continue;
    bool line_end = c == '\n' || c == '\t';
    if (c == '\r' && !cell && (i + 1 == out.size() || out[i + 1] != '\n'))
      out[i] = '\n';
    else if (!line_end || cell)
      out[i] = ' ';
  }
}

void Builder::push_block(Block block, std::uint32_t begin) {
  block.text = {begin, static_cast<std::uint32_t>(document_.text.size())};
  block.page = static_cast<std::uint32_t>(document_.pages.size());
  block.level = level_for(block.kind, block.level);
  block.box = usable(block.box);
  if (block.source && block.source->begin > block.source->end) block.source.reset();
  if (block.layer == Layer::kBody) block.reason.clear();
  if (block.layer == Layer::kFurniture && block.reason.empty()) block.reason = "unspecified";
  make_valid(block.marker);
  make_valid(block.language);
  make_valid(block.reason);

  std::uint64_t count = count_characters(std::string_view(document_.text).substr(begin));
  (block.layer == Layer::kBody ? account().body : account().furniture) += count;
  account().seen += count;
  document_.blocks.push_back(std::move(block));
  if (document_.blocks.size() > limits_.blocks) set_failure("blocks");
}

// Parsers set these through document(), from foreign bytes.
void Builder::clean_attributes() {
  for (std::string* value : {&document_.title, &document_.language, &document_.charset,
                             &document_.base_href, &document_.media_type, &document_.parser})
    make_valid(*value);
  const std::string& text = document_.text;
  auto is_boundary = [&](std::uint32_t offset) {
    return offset == text.size() || (static_cast<unsigned char>(text[offset]) & 0xC0) != 0x80;
  };
  for (Link& link : document_.links)
    if (link.text.begin > link.text.end || link.text.end > text.size() ||
        !is_boundary(link.text.begin) || !is_boundary(link.text.end))
      link.text = {};
}

}  // namespace docmill::document
