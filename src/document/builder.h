// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "document/limits.h"
#include "document/model.h"

namespace docmill::document {

// Puts a Document together block by block and keeps its rules: valid UTF-8, ascending ranges,
// limits, and the account of characters. What every parser ends in. One document, one thread.
class Builder {
 public:
  Builder(std::string media_type, std::string parser, const Limits& limits);

  // Pages: blocks and accounts that follow belong to this page. Formats without pages never call
  // it.
  void start_page(Page page);

  // Appends `text` as one block; empty or white text adds nothing. Invalid UTF-8 is replaced and
  // warned of; control characters become spaces, one for one, so that offsets into valid text hold.
  // Newlines separate blocks in the text. Range, page and table are set here; a level outside its
  // kind's bounds, an impossible box and a missing reason of furniture are put right. Returns the
  // block's index, or -1 if none.
  Result<int> add_block(Block block, std::string_view text);

  // A table from its cells (TableCell::text unset) and their texts, in the same order; tabs and
  // newlines in a cell become spaces. rows and columns are found here. Cells that overlap are put
  // right as HTML does it (a cell on a taken slot moves right, a span is cut before a taken slot);
  // outer rows and columns in which no cell begins are left out.
  Result<int> add_table(Block block, Table table, const std::vector<std::string>& texts);

  // Accounts of characters that come in no block. `seen` is counted here too.
  void count_invisible(std::string_view text);
  void count_dropped(std::string_view reason, std::string_view text);
  void count_dropped(std::string_view reason, std::uint64_t characters);

  void add_link(Link link);
  void warn(std::string warning);  // at most once each
  void set_metadata(std::string name, std::string_view value);

  // For title, language and the like. Text, blocks, tables and conservation are only read here.
  Document& document() { return document_; }

  // The finished model, without fault (find_fault). Fails when a limit was passed on the way.
  // The builder is spent afterwards.
  Result<Document> finish();

 private:
  Conservation& account() { return document_.conservation.back(); }
  void set_failure(std::string_view limit);
  Status status() const;
  void append_separator(BlockKind kind);
  void append_clean(std::string_view text, bool cell);
  void push_block(Block block, std::uint32_t begin);
  void clean_attributes();

  Document document_;
  Limits limits_;
  std::optional<Error> failure_;
  std::uint64_t metadata_bytes_ = 0;
  std::uint64_t table_cells_ = 0;
  std::uint64_t replaced_bytes_ = 0;
};

}  // namespace docmill::document
