// SPDX-License-Identifier: Apache-2.0
#include "document/codec.h"

#include <limits>

#include "document/binary.h"

namespace docmill::document {
namespace {

// docs/formats.md describes the format; a change of either is a new version.
constexpr std::string_view kMagic = "DMDOC";
constexpr std::uint8_t kVersion = 1;

enum BlockFlag : std::uint8_t {
  kHasBox = 1,
  kHasSource = 2,
  kHasTable = 4,
  kHasMarker = 8,
  kHasLanguage = 16,
  kHasReason = 32,
};
enum DocumentFlag : std::uint8_t { kNoIndex = 1, kNoFollow = 2 };
enum LinkFlag : std::uint8_t { kLinkNoFollow = 1 };

// Offsets that mostly ascend are written as the signed distance from the one before.
std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

void write_range(BinaryWriter& out, TextRange range, std::uint32_t& position) {
  out.number(zigzag(std::int64_t{range.begin} - position));
  out.number(zigzag(std::int64_t{range.end} - range.begin));
  position = range.end;
}

void write_block(BinaryWriter& out, const Block& block, std::uint32_t& position) {
  int flags = 0;
  if (block.box) flags |= kHasBox;
  if (block.source) flags |= kHasSource;
  if (block.table != -1) flags |= kHasTable;
  if (!block.marker.empty()) flags |= kHasMarker;
  if (!block.language.empty()) flags |= kHasLanguage;
  if (!block.reason.empty()) flags |= kHasReason;
  out.byte(static_cast<std::uint8_t>(block.kind));
  out.byte(static_cast<std::uint8_t>(block.layer));
  out.byte(block.level);
  out.byte(static_cast<std::uint8_t>(flags));
  write_range(out, block.text, position);
  out.number(block.page);
  if (block.box)
    for (float edge : {block.box->left, block.box->top, block.box->right, block.box->bottom})
      out.real(edge);
  if (block.source) {
    out.number(block.source->begin);
    out.number(block.source->end);
  }
  if (block.table != -1) out.number(static_cast<std::uint32_t>(block.table));
  if (!block.marker.empty()) out.text(block.marker);
  if (!block.language.empty()) out.text(block.language);
  if (!block.reason.empty()) out.text(block.reason);
}

void write_table(BinaryWriter& out, const Table& table) {
  out.number(table.rows);
  out.number(table.columns);
  out.number(table.cells.size());
  std::uint32_t position = 0;
  for (const TableCell& cell : table.cells) {
    out.number(cell.row);
    out.number(cell.column);
    out.number(cell.row_span);
    out.number(cell.column_span);
    out.byte(cell.header ? 1 : 0);
    write_range(out, cell.text, position);
  }
}

void write_conservation(BinaryWriter& out, const Conservation& row) {
  for (std::uint64_t count : {row.seen, row.body, row.furniture, row.invisible}) out.number(count);
  out.number(row.dropped.size());
  for (const auto& [reason, count] : row.dropped) {
    out.text(reason);
    out.number(count);
  }
}

void write_document(BinaryWriter& out, const Document& document) {
  out.raw(kMagic);
  out.byte(kVersion);
  for (const std::string* value :
       {&document.media_type, &document.parser, &document.title, &document.language,
        &document.charset, &document.base_href, &document.text})
    out.text(*value);
  out.byte(static_cast<std::uint8_t>((document.noindex ? kNoIndex : 0) |
                                     (document.nofollow ? kNoFollow : 0)));
  out.number(document.pages.size());
  for (const Page& page : document.pages) {
    out.real(page.width);
    out.real(page.height);
  }
  out.number(document.blocks.size());
  std::uint32_t position = 0;
  for (const Block& block : document.blocks) write_block(out, block, position);
  out.number(document.tables.size());
  for (const Table& table : document.tables) write_table(out, table);
  out.number(document.links.size());
  position = 0;
  for (const Link& link : document.links) {
    out.text(link.href);
    write_range(out, link.text, position);
    out.byte(link.nofollow ? kLinkNoFollow : 0);
    out.text(link.relation);
    out.text(link.modified);
  }
  out.number(document.conservation.size());
  for (const Conservation& row : document.conservation) write_conservation(out, row);
  out.number(document.metadata.size());
  for (const auto& [name, value] : document.metadata) {
    out.text(name);
    out.text(value);
  }
  out.number(document.warnings.size());
  for (const std::string& warning : document.warnings) out.text(warning);
}

template <typename T>
T read_number(BinaryReader& in) {
  return static_cast<T>(in.number(std::numeric_limits<T>::max()));
}

std::uint32_t read_offset(BinaryReader& in, std::uint32_t base) {
  std::int64_t distance = unzigzag(in.number(std::uint64_t{1} << 33));
  std::int64_t offset = std::int64_t{base} + distance;
  if (offset >= 0 && offset <= std::numeric_limits<std::uint32_t>::max())
    return static_cast<std::uint32_t>(offset);
  in.fail_at("offset");
  return 0;
}

TextRange read_range(BinaryReader& in, std::uint32_t& position) {
  TextRange range;
  range.begin = read_offset(in, position);
  range.end = read_offset(in, range.begin);
  position = range.end;
  return range;
}

Block read_block(BinaryReader& in, std::uint32_t& position) {
  Block block;
  block.kind = static_cast<BlockKind>(in.byte());
  block.layer = static_cast<Layer>(in.byte());
  block.level = in.byte();
  std::uint8_t flags = in.byte();
  if (flags >= kHasReason * 2) in.fail_at("block flags");
  block.text = read_range(in, position);
  block.page = read_number<std::uint32_t>(in);
  if (flags & kHasBox) {
    Box& box = block.box.emplace();
    for (float* edge : {&box.left, &box.top, &box.right, &box.bottom}) *edge = in.real();
  }
  if (flags & kHasSource) {
    TextRange& source = block.source.emplace();
    source.begin = read_number<std::uint32_t>(in);
    source.end = read_number<std::uint32_t>(in);
  }
  if (flags & kHasTable) block.table = read_number<std::int32_t>(in);
  if (flags & kHasMarker) block.marker = in.text();
  if (flags & kHasLanguage) block.language = in.text();
  if (flags & kHasReason) block.reason = in.text();
  return block;
}

Table read_table(BinaryReader& in) {
  Table table;
  table.rows = read_number<std::uint32_t>(in);
  table.columns = read_number<std::uint32_t>(in);
  table.cells.resize(in.count(7));
  std::uint32_t position = 0;
  for (TableCell& cell : table.cells) {
    cell.row = read_number<std::uint32_t>(in);
    cell.column = read_number<std::uint32_t>(in);
    cell.row_span = read_number<std::uint16_t>(in);
    cell.column_span = read_number<std::uint16_t>(in);
    cell.header = in.byte() != 0;
    cell.text = read_range(in, position);
  }
  return table;
}

Link read_link(BinaryReader& in, std::uint32_t& position) {
  Link link;
  link.href = in.text();
  link.text = read_range(in, position);
  link.nofollow = (in.byte() & kLinkNoFollow) != 0;
  link.relation = in.text();
  link.modified = in.text();
  return link;
}

Conservation read_conservation(BinaryReader& in) {
  Conservation row;
  for (std::uint64_t* count : {&row.seen, &row.body, &row.furniture, &row.invisible})
    *count = in.number();
  for (std::size_t left = in.count(2); left > 0; --left) {
    std::string_view reason = in.text();
    row.dropped[std::string(reason)] = in.number();
  }
  return row;
}

void read_document(BinaryReader& in, Document& document) {
  for (std::string* value :
       {&document.media_type, &document.parser, &document.title, &document.language,
        &document.charset, &document.base_href, &document.text})
    *value = in.text();
  std::uint8_t flags = in.byte();
  document.noindex = (flags & kNoIndex) != 0;
  document.nofollow = (flags & kNoFollow) != 0;
  document.pages.resize(in.count(8));
  for (Page& page : document.pages) {
    page.width = in.real();
    page.height = in.real();
  }
  // resize before reading is safe: count() has checked it against the bytes that are there.
  document.blocks.resize(in.count(7));
  std::uint32_t position = 0;
  for (Block& block : document.blocks) block = read_block(in, position);
  document.tables.resize(in.count(3));
  for (Table& table : document.tables) table = read_table(in);
  document.links.resize(in.count(6));
  position = 0;
  for (Link& link : document.links) link = read_link(in, position);
  document.conservation.resize(in.count(5));
  for (Conservation& row : document.conservation) row = read_conservation(in);
  for (std::size_t left = in.count(2); left > 0; --left) {
    std::string_view name = in.text();
    document.metadata[std::string(name)] = in.text();
  }
  document.warnings.resize(in.count(1));
  for (std::string& warning : document.warnings) warning = in.text();
}

}  // namespace

std::string encode(const Document& document) {
  BinaryWriter out;
  // Blocks take some ten bytes, more with boxes; one growth at most.
  out.reserve(document.text.size() + 32 * (document.blocks.size() + document.links.size()) + 1024);
  write_document(out, document);
  return std::move(out).take();
}

std::size_t encoded_size(const Document& document) {
  BinaryWriter out(BinaryWriter::Mode::kSizeOnly);
  write_document(out, document);
  return out.size();
}

Result<Document> decode(std::string_view bytes) {
  BinaryReader in(bytes);
  if (in.raw(kMagic.size()) != kMagic)
    return fail(ErrorCode::kCorruptData, "document model without its signature");
  if (std::uint8_t version = in.byte(); version != kVersion && !in.failed())
    return fail(ErrorCode::kCorruptData, "document model of another version", "model_version");
  Document document;
  read_document(in, document);
  if (!in.failed() && !in.at_end()) in.fail_at("bytes after the end");
  if (in.failed()) return fail(in.fault("document model"));
  if (std::string fault = find_fault(document); !fault.empty())
    return fail(ErrorCode::kCorruptData, "document model breaks its rules: " + fault);
  return document;
}

}  // namespace docmill::document
