// SPDX-License-Identifier: Apache-2.0
#include "document/pdf_join.h"

#include <algorithm>
#include <cmath>

#include "base/utf8.h"

namespace docmill::document::pdf {
namespace {

bool is_lower(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_letter(char c) { return is_lower(c) || is_upper(c); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char folded(char c) { return is_upper(c) ? static_cast<char>(c + 32) : c; }

constexpr std::uint64_t kFnvOffset = 14695981039346656037ULL;  // FNV-1a, 64 bits
constexpr std::uint64_t kFnvPrime = 1099511628211ULL;

std::uint64_t step(std::uint64_t hash, char c) {
  return (hash ^ static_cast<unsigned char>(folded(c))) * kFnvPrime;
}

// Length of the hyphen at the end of `text`, 0 without one.
std::size_t hyphen_length(std::string_view text) {
  if (text.ends_with('-')) return 1;
  return text.ends_with("\u2010") ? 3 : 0;
}

std::string_view last_letters(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && is_letter(text[begin - 1])) --begin;
  return text.substr(begin);
}

std::string_view first_letters(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && is_letter(text[end])) ++end;
  return text.substr(0, end);
}

char32_t last_code_point(std::string_view text) {
  std::size_t begin = text.size() - 1;
  while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
  return decode_utf8(text.substr(begin));
}

enum class Seam { kSpace, kGlue, kDropHyphen };

Seam seam_of(std::string_view before, std::string_view after, const Vocabulary& vocabulary) {
  if (!before.empty() && !after.empty() && is_unspaced(last_code_point(before)) &&
      is_unspaced(decode_utf8(after))) {
    return Seam::kGlue;
  }
  const std::size_t hyphen = hyphen_length(before);
  if (hyphen == 0 || after.empty() || before.size() <= hyphen) return Seam::kSpace;
  const std::string_view stem = before.substr(0, before.size() - hyphen);
  const std::string_view left = last_letters(stem);
  const std::string_view right = first_letters(after);
  if (left.empty() || right.empty()) {
    const bool number = is_digit(stem.back()) || !left.empty();
    return number && (is_digit(after.front()) || !right.empty()) ? Seam::kGlue : Seam::kSpace;
  }
  if (!is_lower(left.back()) || !is_lower(right.front())) return Seam::kGlue;
  // One letter before a hyphen is a prefix ("e-mail"), not a syllable.
  if (left.size() < 2) return Seam::kGlue;
  const std::string whole = std::string(left).append(right);
  if (vocabulary.has(whole)) return Seam::kDropHyphen;
  const std::string divided = std::string(left).append("-").append(right);
  return vocabulary.has(divided) ? Seam::kGlue : Seam::kDropHyphen;
}

}  // namespace

void Vocabulary::add(std::string_view text) {
  std::uint64_t hash = kFnvOffset;
  std::size_t length = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ' ';
    const bool inner = c == '-' && length > 0 && i + 1 < text.size() && is_letter(text[i + 1]);
    if (is_letter(c) || inner) {
      hash = step(hash, c);
      ++length;
    } else {
      if (length > 3) hashes_.insert(hash);
      hash = kFnvOffset;
      length = 0;
    }
  }
}

bool Vocabulary::has(std::string_view word) const {
  std::uint64_t hash = kFnvOffset;
  for (char c : word) hash = step(hash, c);
  return hashes_.contains(hash);
}

void append_parts(JoinedText& out, const PageText& page, const Segment* const* begin,
                  const Segment* const* end) {
  for (const Segment* const* part = begin; part != end; ++part) {
    const Segment& s = **part;
    if (part != begin) {
      const Segment& before = **(part - 1);
      const float gap = std::max(s.left - before.right, before.left - s.right);
      if (gap > 0.1F * std::max(s.size, before.size)) out.text.push_back(' ');
    }
    out.pieces.push_back({.source_begin = s.begin,
                          .source_end = s.end,
                          .begin = static_cast<std::uint32_t>(out.text.size())});
    out.text += page.text_of(s);
  }
}

void append_line(JoinedText& out, const PageText& page, const Line& line,
                 const Vocabulary& vocabulary) {
  if (!out.text.empty()) {
    switch (seam_of(out.text, page.text_of(*line.parts.front()), vocabulary)) {
      case Seam::kSpace:
        out.text.push_back(' ');
        break;
      case Seam::kGlue:
        break;
      case Seam::kDropHyphen:
        out.text.resize(out.text.size() - hyphen_length(out.text));
        ++out.hyphens_dropped;
        break;
    }
  }
  append_parts(out, page, line.parts.data(), line.parts.data() + line.parts.size());
}

void append_code_line(JoinedText& out, const PageText& page, const Line& line, float left) {
  // Fixed pitch fonts advance by about this part of their size.
  constexpr float kAdvance = 0.6F;
  constexpr std::size_t kBlanksMax = 120;
  if (!out.text.empty()) out.text.push_back('\n');
  const std::size_t start = out.text.size();
  for (const Segment* s : line.parts) {
    const float column = std::max(0.0F, (s->left - left) / (kAdvance * line.size));
    const auto wanted = std::min(kBlanksMax, static_cast<std::size_t>(std::lround(column)));
    const std::size_t have = out.text.size() - start;
    if (wanted > have) out.text.append(wanted - have, ' ');
    if (wanted <= have && have > 0) out.text.push_back(' ');
    out.pieces.push_back({.source_begin = s->begin,
                          .source_end = s->end,
                          .begin = static_cast<std::uint32_t>(out.text.size())});
    out.text += page.text_of(*s);
  }
}

}  // namespace docmill::document::pdf
