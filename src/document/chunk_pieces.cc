// SPDX-License-Identifier: Apache-2.0
#include "document/chunk_pieces.h"

#include <algorithm>

#include "document/chunk_split.h"

namespace docmill::document {
namespace {

// Fewer tokens could not hold one character with some tokenizers.
constexpr int kTokensMin = 8;

// One line of text with single spaces.
std::string collapse(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool white = c == ' ' || c == '\n' || c == '\t';
    if (!white)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

class Planner {
 public:
  Planner(const Document& document, const ChunkBudget& budget, const Tokenize& tokenize)
      : document_(document), budget_(budget), tokenize_(tokenize) {
    plan_.paths.emplace_back();
  }

  ChunkPlan run() {
    for (const Block& block : document_.blocks) {
      if (block.layer != Layer::kBody) continue;
      tokens_ = tokens_of(block.text);
      if (block.kind == BlockKind::kHeading)
        add_heading(block);
      else if (block.kind == BlockKind::kTable)
        add_table(block);
      else
        add_text(block);
    }
    flush_lead();
    return std::move(plan_);
  }

 private:
  struct Heading {
    int level;
    std::string text;
  };

  std::vector<TextRange> tokens_of(TextRange range) const {
    std::string_view slice =
        std::string_view(document_.text).substr(range.begin, range.end - range.begin);
    std::vector<TextRange> tokens = tokenize_(slice);
    for (TextRange& token : tokens) {
      token.begin += range.begin;
      token.end += range.begin;
    }
    return tokens;
  }

  int count(TextRange range) const { return count_tokens(tokens_, range); }

  // Headings directly below one another, each deeper, stay together and lead what follows.
  void add_heading(const Block& block) {
    if (has_lead_ && block.level <= headings_.back().level) flush_lead();
    while (!headings_.empty() && headings_.back().level >= block.level) headings_.pop_back();
    path_known_ = false;
    if (!has_lead_) {
      lead_ = ChunkPiece{};
      lead_.heading = true;
      lead_.path = current_path();
      lead_.page_first = block.page;
      if (block.level <= 2) ++section_;
      lead_.section = section_;
      has_lead_ = true;
    }
    lead_.ranges.push_back(block.text);
    lead_.page_last = block.page;
    lead_.tokens += static_cast<int>(tokens_.size());
    std::string_view text = document_.text;
    headings_.push_back(
        {block.level, collapse(text.substr(block.text.begin, block.text.end - block.text.begin))});
    path_known_ = false;
    if (room(lead_.path) < lead_.tokens * 2) flush_lead();
  }

  // A heading with nothing below it, or too long to share its chunk.
  void flush_lead() {
    if (!has_lead_) return;
    has_lead_ = false;
    int limit = room(lead_.path);
    if (lead_.tokens <= limit && bytes_of(lead_) <= budget_.bytes_max) {
      plan_.pieces.push_back(std::move(lead_));
      return;
    }
    for (TextRange range : lead_.ranges) {
      std::vector<TextRange> tokens = tokens_of(range);
      bool first = true;
      for (TextRange part : split_text(document_.text, range, tokens, SplitStyle::kProse,
                                       {limit, limit, 0, budget_.bytes_max})) {
        ChunkPiece piece = lead_;
        piece.ranges = {part};
        piece.tokens = count_tokens(tokens, part);
        piece.continues = !first;
        plan_.pieces.push_back(std::move(piece));
        first = false;
      }
    }
  }

  void add_text(const Block& block) {
    bool code = block.kind == BlockKind::kCode;
    auto tokens = static_cast<int>(tokens_.size());
    int path = has_lead_ ? lead_.path : current_path();
    int lead_tokens = has_lead_ ? lead_.tokens : 0;
    std::size_t bytes = block.text.end - block.text.begin;
    if (tokens + lead_tokens <= budget_.max - plan_.paths[index(path)].tokens &&
        bytes + (has_lead_ ? bytes_of(lead_) : 0) <= budget_.bytes_max) {
      push(block, {block.text}, tokens, code);
      return;
    }
    SplitBudget split{
        room(path) - lead_tokens, room(current_path()), budget_.overlap,
        budget_.bytes_max - std::min(budget_.bytes_max / 2, has_lead_ ? bytes_of(lead_) : 0)};
    SplitStyle style = code ? SplitStyle::kLines : SplitStyle::kProse;
    bool continues = false;
    for (TextRange part : split_text(document_.text, block.text, tokens_, style, split)) {
      push(block, {part}, count(part), code);
      plan_.pieces.back().continues = continues;
      continues = true;
    }
  }

  ChunkPiece& push(const Block& block, std::vector<TextRange> ranges, int tokens, bool code) {
    ChunkPiece piece;
    if (has_lead_) {
      piece = std::move(lead_);
      has_lead_ = false;
    } else {
      piece.path = current_path();
      piece.section = section_;
      piece.page_first = block.page;
      piece.code = code;
      piece.table = block.kind == BlockKind::kTable;
    }
    piece.page_last = std::max(piece.page_last, block.page);
    piece.ranges.insert(piece.ranges.end(), ranges.begin(), ranges.end());
    piece.tokens += tokens;
    plan_.pieces.push_back(std::move(piece));
    return plan_.pieces.back();
  }

  void add_table(const Block& block) {
    const Table& table = document_.tables[static_cast<std::size_t>(block.table)];
    std::vector<TextRange> rows;
    std::vector<std::vector<const TableCell*>> cells;
    std::size_t header_rows = 0;
    for (const TableCell& cell : table.cells) {
      if (cells.empty() || cells.back().front()->row != cell.row) {
        cells.emplace_back();
        rows.push_back(cell.text);
      }
      cells.back().push_back(&cell);
      rows.back().end = cell.text.end;
    }
    while (header_rows < cells.size() &&
           std::ranges::all_of(cells[header_rows], [](const TableCell* c) { return c->header; }))
      ++header_rows;
    if (header_rows == cells.size()) header_rows = 0;

    int path = has_lead_ ? lead_.path : current_path();
    int lead_tokens = has_lead_ ? lead_.tokens : 0;
    if (static_cast<int>(tokens_.size()) + lead_tokens <=
            budget_.max - plan_.paths[index(path)].tokens &&
        block.text.end - block.text.begin <= budget_.bytes_max / 2) {
      push(block, rows, static_cast<int>(tokens_.size()), false);
      return;
    }
    split_table(block, rows, cells, header_rows);
  }

  void split_table(const Block& block, const std::vector<TextRange>& rows,
                   const std::vector<std::vector<const TableCell*>>& cells,
                   std::size_t header_rows) {
    int header_tokens = 0;
    for (std::size_t i = 0; i < header_rows; ++i) header_tokens += count(rows[i]);
    std::vector<TextRange> header(rows.begin(),
                                  rows.begin() + static_cast<std::ptrdiff_t>(header_rows));
    // A header that leaves no room for rows is not repeated; its rows are then rows like others.
    if (header_tokens * 2 > room(current_path())) {
      header.clear();
      header_rows = 0;
      header_tokens = 0;
    }
    if (has_lead_ && lead_.tokens + header_tokens > room(lead_.path) / 2) flush_lead();
    std::vector<TextRange> pending;
    int pending_tokens = 0;
    std::size_t pending_bytes = 0;
    bool first = true;
    auto flush = [&] {
      if (pending.empty()) return;
      // The first piece covers the header; the others only repeat it.
      std::vector<TextRange> ranges = first ? header : std::vector<TextRange>{};
      ranges.insert(ranges.end(), pending.begin(), pending.end());
      ChunkPiece& piece = push(block, ranges, pending_tokens + header_tokens, false);
      if (!first) piece.context = header;
      piece.alone = true;
      first = false;
      pending.clear();
      pending_tokens = 0;
      pending_bytes = 0;
    };
    for (std::size_t i = header_rows; i < rows.size(); ++i) {
      int row_tokens = count(rows[i]);
      std::size_t row_bytes = rows[i].end - rows[i].begin;
      if (is_too_wide(rows[i], row_tokens)) {
        flush();
        if (first && !header.empty()) push_rows(block, header, header_tokens);
        first = false;
        split_row(block, cells[i], header.empty() ? nullptr : &cells[header_rows - 1]);
        continue;
      }
      int limit = room(current_path()) - (has_lead_ ? lead_.tokens : 0) - header_tokens;
      if (pending_tokens + row_tokens > limit || pending_bytes + row_bytes > budget_.bytes_max / 2)
        flush();
      pending.push_back(rows[i]);
      pending_tokens += row_tokens;
      pending_bytes += row_bytes;
    }
    flush();
  }

  void push_rows(const Block& block, const std::vector<TextRange>& rows, int tokens) {
    push(block, rows, tokens, false).alone = true;
  }

  // Counted on the row alone where it is near the limit: such a row must not be torn for a token
  // that it only has beside its neighbours.
  bool is_too_wide(TextRange row, int tokens) const {
    if (row.end - row.begin > budget_.bytes_max) return true;
    if (tokens <= budget_.max / 2) return false;
    return static_cast<int>(tokens_of(row).size()) > budget_.max;
  }

  // A row over the limit: cells packed as they fit, with the names of their columns; a cell over
  // the limit like prose.
  void split_row(const Block& block, const std::vector<const TableCell*>& cells,
                 const std::vector<const TableCell*>* names) {
    ChunkPiece group;
    int limit = room(current_path());
    auto flush = [&] {
      if (group.ranges.empty()) return;
      ChunkPiece& piece = push(block, group.ranges, group.tokens, false);
      piece.context = group.context;
      piece.alone = true;
      group = ChunkPiece{};
    };
    for (const TableCell* cell : cells) {
      if (cell->text.begin == cell->text.end) continue;
      TextRange name = name_of_column(cell->column, names);
      int tokens = count(cell->text);
      int name_tokens = count(name);
      std::size_t bytes = cell->text.end - cell->text.begin;
      if (tokens + name_tokens <= limit && bytes <= budget_.bytes_max / 2) {
        if (group.tokens + tokens + name_tokens > limit) flush();
        if (name.begin != name.end) group.context.push_back(name);
        group.ranges.push_back(cell->text);
        group.tokens += tokens + name_tokens;
        continue;
      }
      flush();
      for (TextRange part : split_text(document_.text, cell->text, tokens_, SplitStyle::kProse,
                                       {limit, limit, budget_.overlap, budget_.bytes_max}))
        push_rows(block, {part}, count(part));
    }
    flush();
  }

  static TextRange name_of_column(std::uint32_t column,
                                  const std::vector<const TableCell*>* names) {
    if (names == nullptr) return {};
    for (const TableCell* name : *names)
      if (column >= name->column && column < name->column + name->column_span) return name->text;
    return {};
  }

  // Tokens that a piece may have below the headings of `path`, when it is cut to size.
  int room(int path) const {
    return std::max(1, std::min(budget_.target, budget_.max) - plan_.paths[index(path)].tokens);
  }

  static std::size_t index(int path) { return static_cast<std::size_t>(path); }

  static std::size_t bytes_of(const ChunkPiece& piece) {
    std::size_t bytes = 0;
    for (TextRange range : piece.ranges) bytes += range.end - range.begin;
    return bytes;
  }

  int current_path() {
    if (!path_known_) {
      path_ = make_path();
      path_known_ = true;
    }
    return path_;
  }

  // "A > B > C", cut from the left until it fits the prefix budget.
  int make_path() {
    std::string joined;
    for (const Heading& heading : headings_) joined += (joined.empty() ? "" : " > ") + heading.text;
    if (joined.empty()) return 0;
    // No heading that is wholly over the budget is worth tokenising in full.
    std::size_t bytes_max = static_cast<std::size_t>(budget_.prefix) * kBytesPerTokenMax;
    std::size_t cut = joined.size() > bytes_max ? joined.size() - bytes_max : 0;
    while (cut < joined.size() && (static_cast<unsigned char>(joined[cut]) & 0xC0) == 0x80) ++cut;
    joined.erase(0, cut);
    std::vector<TextRange> tokens = tokenize_(joined);
    while (static_cast<int>(tokens.size()) > budget_.prefix) {
      std::size_t next = joined.find(" > ");
      std::size_t from = next == std::string::npos
                             ? tokens[tokens.size() - index(budget_.prefix)].begin
                             : next + 3;
      from = std::max<std::size_t>(from, 1);
      while (from < joined.size() && (static_cast<unsigned char>(joined[from]) & 0xC0) == 0x80)
        ++from;
      joined.erase(0, from);
      tokens = tokenize_(joined);
    }
    if (joined.empty()) return 0;
    plan_.paths.push_back({std::move(joined), static_cast<int>(tokens.size())});
    return static_cast<int>(plan_.paths.size()) - 1;
  }

  const Document& document_;
  const ChunkBudget& budget_;
  const Tokenize& tokenize_;
  ChunkPlan plan_;
  std::vector<Heading> headings_;
  std::vector<TextRange> tokens_;  // of the block at hand
  ChunkPiece lead_;
  bool has_lead_ = false;
  int section_ = 0;
  int path_ = 0;
  bool path_known_ = false;
};

}  // namespace

ChunkBudget::ChunkBudget(const ChunkSettings& settings) {
  max = std::max(settings.tokens_max, kTokensMin);
  target = std::clamp(settings.tokens_target, kTokensMin, max);
  prefix = std::clamp(settings.prefix_tokens_max, 0, max / 3);
  overlap = static_cast<int>(std::clamp(settings.split_overlap, 0.0, 0.5) * target);
  bytes_max = static_cast<std::size_t>(max) * kBytesPerTokenMax;
}

ChunkPlan plan_pieces(const Document& document, const ChunkBudget& budget,
                      const Tokenize& tokenize) {
  return Planner(document, budget, tokenize).run();
}

}  // namespace docmill::document
