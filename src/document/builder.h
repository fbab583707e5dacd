// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "document/limits.h"
#include "document/model.h"

namespace docmill::document {

// Puts a Document together block by block and keeps its rules: valid UTF-8, ascending ranges, limits,
// and the account of characters. What every parser ends in. One document, one thread.
class Builder {
 public:
  Builder(std::string media_type, std::string parser, const Limits& limits);

  // Pages: blocks and accounts that follow belong to this page. Formats without pages never call it.
  void start_page(Page page);

  // Appends `text` as one block; empty or white text adds nothing. Invalid UTF-8 is replaced and
  // warned of. Newlines separate blocks in the text. Returns the block's index, or -1 if none.
  Result<int> add_block(Block block, std::string_view text);

  // A table from its cells (TableCell::text unset) and their texts, in the same order.
  Result<int> add_table(Block block, Table table, const std::vector<std::string>& texts);

  // Accounts of characters that come in no block. `seen` is counted here too.
  void count_invisible(std::string_view text);
  void count_dropped(std::string_view reason, std::string_view text);
  void count_dropped(std::string_view reason, std::uint64_t characters);

  void add_link(Link link);
  void warn(std::string warning);  // at most once each
  void set_metadata(std::string name, std::string_view value);

  Document& document() { return document_; }

  // The finished model. Fails when a limit was passed on the way.
  Result<Document> finish();

 private:
  Conservation& account();
  Status check_limits() const;

  Document document_;
  Limits limits_;
  std::uint64_t metadata_bytes_ = 0;
  std::uint64_t table_cells_ = 0;
};

}  // namespace docmill::document
