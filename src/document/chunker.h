// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "document/model.h"

namespace docmill::document {

// Byte ranges of the model's tokens in a text, ascending, special tokens not counted. Exact: made
// by the tokenizer of the embedding model.
using Tokenize = std::function<std::vector<TextRange>(std::string_view text)>;

struct ChunkSettings {
  int tokens_target = 200;      // fill neighbours up to this
  int tokens_max = 254;         // hard, prefix included; the model's limit less its special tokens
  int prefix_tokens_max = 48;   // heading path before the text, cut from the left to fit
  double split_overlap = 0.15;  // of the target, only inside an element that had to be split
};

struct Chunk {
  std::string id;                 // 32 hex digits: hash(document id, normalised text, occurrence)
  std::string text;               // as in the document, what is shown and cited
  std::string heading_path;       // "Guide > Install > Debian"
  std::vector<TextRange> ranges;  // of Document::text, in order
  std::uint32_t page_first = 0, page_last = 0;
  int tokens = 0;  // of `embedding_text`
  bool table = false;

  // What is embedded: the heading path, a newline and the text; just the text without headings.
  std::string embedding_text() const;
};

// Cuts the body layer along its structure. Invariants, whatever the input: no chunk's embedding
// text has more than tokens_max tokens; every body character lies in some chunk's range; a table is
// cut between rows only and repeats its header rows (a row over the limit is cut by cells, then
// hard); never across a level-1 or level-2 heading. Deterministic.
std::vector<Chunk> chunk(const Document& document, std::string_view document_id,
                         const ChunkSettings& settings, const Tokenize& tokenize);

// Chunks as bytes, for the chunk artefact; decode answers corrupt_data.
std::string encode_chunks(const std::vector<Chunk>& chunks);
Result<std::vector<Chunk>> decode_chunks(std::string_view bytes);

}  // namespace docmill::document
