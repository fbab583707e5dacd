// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "document/chunker.h"

namespace docmill::document {

// The smallest parts that chunks are packed from: a block, or a part of one that is too long.
struct ChunkPiece {
  std::vector<TextRange> context;  // repeated before the ranges: header rows, column names
  std::vector<TextRange> ranges;   // what this piece covers; rows of a table one by one
  int tokens = 0;                  // of both, as counted in the blocks
  int path = 0;                    // index of the headings above
  int section = 0;                 // changes at each level-1 and level-2 heading
  std::uint32_t page_first = 0, page_last = 0;
  bool heading = false;    // begins with a heading
  bool continues = false;  // a later part of a split element
  bool alone = false;      // part of a split table: its context is for it only
  bool table = false;      // nothing but a table
  bool code = false;       // nothing but code
};

// A heading path, ready to be put before a text.
struct HeadingPath {
  std::string text;  // cut to the budget
  int tokens = 0;
};

struct ChunkPlan {
  std::vector<ChunkPiece> pieces;
  std::vector<HeadingPath> paths;
};

// Settings put in order: every budget positive, prefix at most a third of the limit.
struct ChunkBudget {
  int target = 0, max = 0, prefix = 0, overlap = 0;
  std::size_t bytes_max = 0;

  explicit ChunkBudget(const ChunkSettings& settings);
};

// Walks the body layer once, tokenising each block once.
ChunkPlan plan_pieces(const Document& document, const ChunkBudget& budget,
                      const Tokenize& tokenize);

}  // namespace docmill::document
