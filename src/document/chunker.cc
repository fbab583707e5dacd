// SPDX-License-Identifier: Apache-2.0
#include "document/chunker.h"

#include <algorithm>
#include <unordered_map>

#include "base/hash.h"
#include "base/utf8.h"
#include "document/binary.h"
#include "document/chunk_pieces.h"
#include "document/chunk_split.h"

namespace docmill::document {
namespace {

constexpr std::string_view kMagic = "DMCHK";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kIdDigits = 32;

std::string collapse_white(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    bool white = c == ' ' || c == '\n' || c == '\t';
    if (!white)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  return out;
}

// Packs pieces into chunks and holds every chunk to the limit by counting its final text.
class Packer {
 public:
  Packer(const Document& document, std::string_view document_id, const ChunkBudget& budget,
         const Tokenize& tokenize, const ChunkPlan& plan)
      : document_(document),
        document_id_(document_id),
        budget_(budget),
        tokenize_(tokenize),
        plan_(plan) {}

  std::vector<Chunk> run() {
    std::vector<ChunkPiece> group;
    for (const ChunkPiece& piece : plan_.pieces) {
      if (!group.empty() && !may_join(group, piece)) emit(std::exchange(group, {}), true);
      group.push_back(piece);
    }
    if (!group.empty()) emit(std::move(group), true);
    return std::move(chunks_);
  }

 private:
  const HeadingPath& path_of(const std::vector<ChunkPiece>& group) const {
    return plan_.paths[static_cast<std::size_t>(group.front().path)];
  }

  bool may_join(const std::vector<ChunkPiece>& group, const ChunkPiece& next) const {
    if (next.section != group.front().section || next.alone || group.back().alone || next.continues)
      return false;
    int tokens = 0;
    std::size_t bytes = 0;
    for (const ChunkPiece& piece : group) {
      tokens += piece.tokens;
      for (TextRange range : piece.ranges) bytes += range.end - range.begin;
    }
    for (TextRange range : next.ranges) bytes += range.end - range.begin;
    if (bytes > budget_.bytes_max) return false;
    int total = path_of(group).tokens + tokens + next.tokens;
    // A new subsection rather begins its own chunk than fills up one that is half full already.
    if (next.heading && tokens > budget_.target / 2) return false;
    if (total <= budget_.target) return true;
    return tokens < budget_.target / 4 && total <= budget_.max;
  }

  // The ranges of a group with those that touch made one.
  std::vector<TextRange> ranges_of(const std::vector<ChunkPiece>& group) const {
    std::vector<TextRange> ranges;
    auto add = [&](TextRange range) {
      if (range.begin == range.end) return;
      if (!ranges.empty() && range.begin >= ranges.back().end &&
          is_gap(ranges.back().end, range.begin))
        ranges.back().end = range.end;
      else
        ranges.push_back(range);
    };
    for (const ChunkPiece& piece : group) {
      for (TextRange range : piece.context) add(range);
      for (TextRange range : piece.ranges) add(range);
    }
    return ranges;
  }

  // White space only, so that the text between belongs to both sides.
  bool is_gap(std::uint32_t begin, std::uint32_t end) const {
    constexpr std::uint32_t kGapMax = 64;
    return end - begin <= kGapMax &&
           count_characters(std::string_view(document_.text).substr(begin, end - begin)) == 0;
  }

  Chunk make(const std::vector<ChunkPiece>& group, bool with_path) const {
    Chunk chunk;
    if (with_path) chunk.heading_path = path_of(group).text;
    chunk.ranges = ranges_of(group);
    bool table = true;
    for (const ChunkPiece& piece : group) {
      table = table && piece.table;
      if (piece.page_first != 0)
        chunk.page_first =
            chunk.page_first == 0 ? piece.page_first : std::min(chunk.page_first, piece.page_first);
      chunk.page_last = std::max(chunk.page_last, piece.page_last);
    }
    chunk.table = table;
    for (TextRange range : chunk.ranges) {
      if (!chunk.text.empty()) chunk.text += table ? "\n" : "\n\n";
      chunk.text.append(document_.text, range.begin, range.end - range.begin);
    }
    chunk.tokens = static_cast<int>(tokenize_(chunk.embedding_text()).size());
    return chunk;
  }

  // Tokens need not add up across a join, so the final text decides; what is over the limit is
  // halved, its repeated context given up first.
  void emit(std::vector<ChunkPiece> group, bool with_path) {
    Chunk chunk = make(group, with_path);
    if (chunk.tokens <= budget_.max) return finish(std::move(chunk));
    if (group.size() > 1) {
      auto middle = group.begin() + static_cast<std::ptrdiff_t>(group.size() / 2);
      emit({group.begin(), middle}, with_path);
      return emit({middle, group.end()}, with_path);
    }
    ChunkPiece& piece = group.front();
    if (!piece.context.empty()) {
      piece.context.clear();
      return emit(std::move(group), with_path);
    }
    ChunkPiece second = piece;
    second.continues = true;
    if (piece.ranges.size() > 1) {
      auto middle = piece.ranges.begin() + static_cast<std::ptrdiff_t>(piece.ranges.size() / 2);
      second.ranges.assign(middle, piece.ranges.end());
      piece.ranges.erase(middle, piece.ranges.end());
    } else {
      // A table row rather loses its headings than is torn.
      if (with_path && piece.table) return emit(std::move(group), false);
      TextRange& range = piece.ranges.front();
      std::uint32_t cut =
          middle_cut(document_.text, range, piece.code ? SplitStyle::kLines : SplitStyle::kProse);
      if (cut == range.begin) {
        if (with_path) return emit(std::move(group), false);
        return finish(std::move(chunk));  // one character; no cut can help
      }
      second.ranges.front().begin = cut;
      range.end = cut;
    }
    emit(std::move(group), with_path);
    emit({std::move(second)}, with_path);
  }

  void finish(Chunk chunk) {
    if (count_characters(chunk.text) == 0) return;
    std::string normal = collapse_white(chunk.text);
    int occurrence = seen_[normal]++;
    chunk.id =
        hash_fields({document_id_, normal, std::to_string(occurrence)}).hex().substr(0, kIdDigits);
    chunks_.push_back(std::move(chunk));
  }

  const Document& document_;
  std::string_view document_id_;
  const ChunkBudget& budget_;
  const Tokenize& tokenize_;
  const ChunkPlan& plan_;
  std::vector<Chunk> chunks_;
  std::unordered_map<std::string, int> seen_;
};

}  // namespace

std::string Chunk::embedding_text() const {
  return heading_path.empty() ? text : heading_path + "\n" + text;
}

std::vector<Chunk> chunk(const Document& document, std::string_view document_id,
                         const ChunkSettings& settings, const Tokenize& tokenize) {
  ChunkBudget budget(settings);
  ChunkPlan plan = plan_pieces(document, budget, tokenize);
  return Packer(document, document_id, budget, tokenize, plan).run();
}

std::string encode_chunks(const std::vector<Chunk>& chunks) {
  BinaryWriter out;
  out.raw(kMagic);
  out.byte(kVersion);
  out.number(chunks.size());
  for (const Chunk& chunk : chunks) {
    out.text(chunk.id);
    out.text(chunk.text);
    out.text(chunk.heading_path);
    out.number(chunk.ranges.size());
    for (TextRange range : chunk.ranges) {
      out.number(range.begin);
      out.number(range.end);
    }
    out.number(chunk.page_first);
    out.number(chunk.page_last);
    out.number(static_cast<std::uint32_t>(chunk.tokens));
    out.byte(chunk.table ? 1 : 0);
  }
  return std::move(out).take();
}

Result<std::vector<Chunk>> decode_chunks(std::string_view bytes) {
  BinaryReader in(bytes);
  if (in.raw(kMagic.size()) != kMagic || in.byte() != kVersion)
    return fail(ErrorCode::kCorruptData, "chunks without their signature");
  std::vector<Chunk> chunks(in.count(8));
  for (Chunk& chunk : chunks) {
    chunk.id = in.text();
    chunk.text = in.text();
    chunk.heading_path = in.text();
    chunk.ranges.resize(in.count(2));
    for (TextRange& range : chunk.ranges) {
      range.begin = static_cast<std::uint32_t>(in.number(UINT32_MAX));
      range.end = static_cast<std::uint32_t>(in.number(UINT32_MAX));
      if (range.end < range.begin) in.fail_at("chunk range");
    }
    chunk.page_first = static_cast<std::uint32_t>(in.number(UINT32_MAX));
    chunk.page_last = static_cast<std::uint32_t>(in.number(UINT32_MAX));
    chunk.tokens = static_cast<int>(in.number(INT32_MAX));
    chunk.table = in.byte() != 0;
    if (!is_valid_utf8(chunk.text) || !is_valid_utf8(chunk.heading_path) ||
        !is_valid_utf8(chunk.id))
      in.fail_at("chunk text");
    if (in.failed()) break;
  }
  if (!in.failed() && !in.at_end()) in.fail_at("bytes after the end");
  if (in.failed()) return fail(in.fault("chunks"));
  return chunks;
}

}  // namespace docmill::document
