// SPDX-License-Identifier: Apache-2.0
#include "document/html_prose.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace docmill::document::html {
namespace {

constexpr std::uint32_t kSentenceLength = 25;  // bytes of a paragraph that is prose for its marks

}  // namespace

std::string fold(std::string_view text) {
  std::string folded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 'A' && byte <= 'Z') {
      folded += static_cast<char>(byte + 32);
    } else if (byte > 0x7F || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9')) {
      folded += c;
    }
  }
  return folded;
}

bool has_sentence(std::string_view text) {
  constexpr std::string_view kMarks[] = {". ", ", ", "; ", ": ", "? ", "! ", "。", "，", "、", "।"};
  if (text.ends_with('.') || text.ends_with('!') || text.ends_with('?')) return true;
  return std::ranges::any_of(kMarks,
                             [&](auto mark) { return text.find(mark) != std::string_view::npos; });
}

double link_density(const PageBlock& block) {
  return block.characters == 0 ? 0 : static_cast<double>(block.link_characters) / block.characters;
}

std::uint32_t prose_of(const PageBlock& block) {
  const std::uint32_t plain = block.characters - std::min(block.characters, block.link_characters);
  const double density = link_density(block);
  switch (block.block.kind) {
    case BlockKind::kCode:
      return plain;
    case BlockKind::kHeading:
    case BlockKind::kCaption:
      return 0;
    case BlockKind::kTable:
      return density < kLinkDensityMax ? plain : 0;
    default:
      break;
  }
  if (density > kLinkDensityMax) return 0;
  if (block.characters >= kParagraphLength) return plain;
  if (block.characters >= kSentenceLength && has_sentence(block.text)) return plain / 2;
  return 0;
}

}  // namespace docmill::document::html
