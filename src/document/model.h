// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace docmill::document {

// The one shape every format is turned into: one UTF-8 text in reading order, and blocks that are
// ranges into it. Renderings, chunks and citations are all made from this; nothing reads the
// original again. Values; no I/O.

// Bytes [begin, end) of Document::text; begin and end lie between characters.
struct TextRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool operator==(const TextRange&) const = default;
};

enum class BlockKind : std::uint8_t {
  kParagraph,
  kHeading,   // level 1–6
  kListItem,  // level = depth from 1; marker set, empty on a further paragraph of the same item
  kTable,     // table = index into Document::tables; text has tabs between cells, newlines between
              // rows
  kCode,      // text kept as written
  kQuote,     // level = depth
  kCaption,
  kFootnote,  // note text; marker = its label
};

enum class Layer : std::uint8_t {
  kBody,       // what the author wrote for the reader
  kFurniture,  // navigation, running headers and footers, page numbers: kept apart with a reason
};

// Points, origin at the top left of the page.
struct Box {
  float left = 0, top = 0, right = 0, bottom = 0;
};

struct Block {
  BlockKind kind = BlockKind::kParagraph;
  Layer layer = Layer::kBody;
  std::uint8_t level = 0;
  TextRange text;
  std::uint32_t page = 0;  // from 1; 0 where the format has no pages
  std::optional<Box> box;
  std::optional<TextRange> source;  // bytes of the original, where known
  std::int32_t table = -1;
  std::string marker;    // "•", "3.", "[1]": made by us or cut from the text, not part of it
  std::string language;  // code blocks: the programming language as the source names it
  std::string reason;    // furniture: why ("nav", "repeated_header", "page_number" …)
};

struct TableCell {
  std::uint32_t row = 0, column = 0;
  std::uint16_t row_span = 1, column_span = 1;
  bool header = false;
  TextRange text;
};

struct Table {
  std::uint32_t rows = 0, columns = 0;
  std::vector<TableCell> cells;  // by row, then column; spans never overlap
};

struct Link {
  std::string href;  // as written; resolved by the reader against base_href
  TextRange text;    // anchor text; empty range when it has none
  bool nofollow = false;
  std::string relation;  // "a", "canonical", "frame", "sitemap", "sitemap_index"
  std::string modified;  // sitemaps: lastmod as written
};

struct Page {
  float width = 0, height = 0;  // points
};

// Where every character that the parser saw went, counted in code points that are not white space.
// seen = body + furniture + invisible + sum(dropped), for each page (or one row for the file).
struct Conservation {
  std::uint64_t seen = 0;
  std::uint64_t body = 0;
  std::uint64_t furniture = 0;
  std::uint64_t invisible = 0;                   // script, style, hidden text, deleted revisions
  std::map<std::string, std::uint64_t> dropped;  // by reason: "overprint", "unmapped_glyph" …
};

struct Document {
  std::string media_type;     // decided from the content: "text/html", "application/pdf" …
  std::string parser;         // "html/1": name and version; part of the stage version
  std::string text;           // valid UTF-8
  std::vector<Block> blocks;  // in reading order; ranges ascend and do not overlap
  std::vector<Table> tables;
  std::vector<Link> links;
  std::vector<Page> pages;
  std::vector<Conservation> conservation;  // one per page, or one
  std::string title;
  std::string language;  // BCP 47 as declared or found; empty when unknown
  std::string charset;   // of the original; empty where it does not apply
  std::string base_href;
  bool noindex = false, nofollow = false;       // meta robots
  std::map<std::string, std::string> metadata;  // author, created, description …
  std::vector<std::string> warnings;            // "charset_guessed", "pages_without_text:3" …
};

// Slots (rows times columns) of all tables of one document together: renderings repeat spans, so
// this bounds what a few cells with wide spans can blow up to.
inline constexpr std::uint64_t kTableSlotsMax = 4'000'000;

// True for characters that conservation does not count: Unicode white space, and control and format
// characters that carry no text (soft hyphen, zero-width space, byte order mark).
bool is_white_space(char32_t code_point);
// Counted characters in valid UTF-8.
std::uint64_t count_characters(std::string_view text);

// The first broken rule of the model (ranges, order, levels, table cells, conservation), or "".
std::string find_fault(const Document& document);

std::string_view name_of(BlockKind kind);
std::string_view name_of(Layer layer);

}  // namespace docmill::document
