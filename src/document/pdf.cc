// SPDX-License-Identifier: Apache-2.0
#include "document/pdf.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <map>
#include <mutex>

#include "document/builder.h"
#include "document/extract.h"
#include "document/pdf_blocks.h"
#include "document/pdf_furniture.h"
#include "document/pdf_headings.h"
#include "document/pdf_marker.h"
#include "document/pdf_reader.h"
#include "document/pdf_streams.h"

namespace docmill::document {
namespace {

using pdf::Draft;
using pdf::PageText;
using pdf::Segment;

// PDFium serves one thread at a time. Workers parse one document each; only tests ever wait here.
std::mutex& pdfium_mutex() {
  static std::mutex mutex;
  return mutex;
}

// What is true of the document as a whole and steers how its pages are read.
struct Style {
  float body_size = 10;
  bool body_bold = false;
};

Style style_of(const std::vector<PageText>& pages) {
  std::map<int, std::uint64_t> letters;  // by size in half points
  std::map<int, std::uint64_t> bold;
  for (const PageText& page : pages) {
    for (const Segment& s : page.segments) {
      if (s.furniture != nullptr) continue;
      const int key = static_cast<int>(std::lround(2 * s.size));
      letters[key] += s.letters;
      if (s.bold) bold[key] += s.letters;
    }
  }
  const auto most = std::ranges::max_element(letters, {}, [](const auto& e) { return e.second; });
  if (most == letters.end()) return {};
  return {.body_size = static_cast<float>(most->first) / 2,
          .body_bold = 2 * bold[most->first] > most->second};
}

bool ends_with_hyphen(std::string_view text) {
  return text.ends_with('-') || text.ends_with("\u2010");
}

// Only a document with hyphens at line ends needs its words.
pdf::Vocabulary vocabulary_of(const std::vector<PageText>& pages) {
  pdf::Vocabulary vocabulary;
  const bool needed = std::ranges::any_of(pages, [](const PageText& page) {
    return std::ranges::any_of(page.segments,
                               [&](const Segment& s) { return ends_with_hyphen(page.text_of(s)); });
  });
  if (!needed) return vocabulary;
  for (const PageText& page : pages) {
    for (const Segment& s : page.segments) vocabulary.add(page.text_of(s));
  }
  return vocabulary;
}

class Assembler {
 public:
  Assembler(const pdf::Reader& reader, const Limits& limits)
      : reader_(reader), builder_("application/pdf", "pdf/1", limits), limits_(limits) {}

  Result<Document> run() {
    DOCMILL_TRY_VOID(read_pages());
    pdf::mark_furniture(pages_);
    style_ = style_of(pages_);
    const pdf::Vocabulary vocabulary = vocabulary_of(pages_);
    const pdf::OutlineIndex outline(reader_.outline());
    for (std::size_t i = 0; i < pages_.size(); ++i) {
      DOCMILL_TRY_VOID(add_page(pages_[i], static_cast<int>(i) + 1, vocabulary, outline));
      pages_[i] = PageText();
    }
    settle_headings();
    set_metadata();
    warn();
    return builder_.finish();
  }

 private:
  Status read_pages() {
    const int count = reader_.page_count();
    if (count <= 0) return fail(ErrorCode::kCorruptData, "the PDF has no pages", "malformed");
    if (static_cast<std::uint64_t>(count) > limits_.pages) {
      return fail(ErrorCode::kTooLarge, "the PDF has too many pages", "limit_pages");
    }
    std::uint64_t bytes = 0;
    pages_.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      DOCMILL_TRY(PageText page, reader_.read_page(i, limits_));
      bytes += page.text.size();
      if (bytes > limits_.output_bytes) {
        return fail(ErrorCode::kTooLarge, "the PDF has too much text", "limit_output_bytes");
      }
      unreadable_ += page.unreadable ? 1 : 0;
      garbled_ += page.garbled ? 1 : 0;
      hidden_ += page.hidden_layer ? 1 : 0;
      without_text_ += page.segments.empty() ? 1 : 0;
      pages_.push_back(std::move(page));
    }
    if (unreadable_ == pages_.size()) {
      return fail(ErrorCode::kCorruptData, "no page of the PDF can be read", "malformed");
    }
    if (without_text_ == pages_.size()) {
      return fail(
          ErrorCode::kCorruptData,
          "no page of the PDF has text; recognising text in images (OCR) is not available yet",
          "no_text");
    }
    return {};
  }

  Status add_page(const PageText& page, int number, const pdf::Vocabulary& vocabulary,
                  const pdf::OutlineIndex& outline) {
    builder_.start_page(page.page);
    builder_.count_invisible(page.invisible);
    for (const auto& [reason, count] : page.dropped) builder_.count_dropped(reason, count);
    // Running headers come before the page's text and footers after it, as a reader sees them.
    DOCMILL_TRY_VOID(add_furniture(page, true));
    for (const pdf::Region& region : pdf::find_reading_order(page)) {
      for (Draft& draft : pdf::make_drafts(page, region, style_.body_size, vocabulary)) {
        DOCMILL_TRY_VOID(add_draft(page, number, draft, outline));
      }
    }
    return add_furniture(page, false);
  }

  Status add_furniture(const PageText& page, bool top) {
    std::vector<const Segment*> segments;
    for (const Segment& s : page.segments) {
      if (s.furniture != nullptr && (s.baseline < page.page.height / 2) == top) {
        segments.push_back(&s);
      }
    }
    for (const pdf::Line& line : pdf::make_lines(std::move(segments))) {
      pdf::JoinedText joined;
      pdf::append_parts(joined, page, line.parts.data(), line.parts.data() + line.parts.size());
      Block block;
      block.layer = Layer::kFurniture;
      block.reason = line.parts.front()->furniture;
      block.box = page.frames[line.parts.front()->frame].page_box(line.left, line.top(), line.right,
                                                                  line.bottom());
      DOCMILL_TRY_VOID(builder_.add_block(std::move(block), joined.text));
    }
    return {};
  }

  Status add_draft(const PageText& page, int number, Draft& draft,
                   const pdf::OutlineIndex& outline) {
    Block block;
    block.kind = draft.kind;
    block.box = draft.box;
    builder_.count_dropped("line_end_hyphen", draft.joined.hyphens_dropped);
    if (draft.kind == BlockKind::kTable) {
      DOCMILL_TRY_VOID(builder_.add_table(std::move(block), std::move(draft.table), draft.cells));
      return {};
    }
    if (draft.kind != BlockKind::kCode && pdf::has_leaders(draft.joined.text)) {
      builder_.count_dropped("leader_dots", pdf::remove_leaders(draft.joined.text));
      draft.joined.pieces.clear();  // lines of contents lead into the document, not out of it
    }
    pdf::HeadingCandidate heading{
        .block = -1, .size = draft.size, .bold = draft.bold, .outline_level = 0};
    if (draft.kind != BlockKind::kCode) {
      const std::string whole = draft.marker + " " + draft.joined.text;
      heading.outline_level = outline.level_of(whole, number);
    }
    const bool is_heading = heading.outline_level > 0 ||
                            pdf::looks_like_heading(draft, style_.body_size, style_.body_bold);
    std::uint32_t shift = 0;
    if (is_heading) {
      block.kind = BlockKind::kHeading;
      block.level = 1;
      // The number of a heading is part of its text.
      if (!draft.marker.empty()) {
        shift = static_cast<std::uint32_t>(draft.marker.size()) + 1;
        draft.joined.text.insert(0, draft.marker + " ");
      }
    } else if (draft.kind == BlockKind::kListItem) {
      block.level = static_cast<std::uint8_t>(draft.level);
      block.marker = draft.marker;
      builder_.count_dropped("list_marker", draft.marker_characters);
    }
    DOCMILL_TRY(heading.block, builder_.add_block(std::move(block), draft.joined.text));
    if (heading.block < 0) return {};
    if (is_heading) headings_.push_back(heading);
    add_links(page, draft, heading.block, shift);
    return {};
  }

  void add_links(const PageText& page, const Draft& draft, int block, std::uint32_t shift) {
    if (page.links.empty()) return;
    const std::uint32_t base =
        builder_.document().blocks[static_cast<std::size_t>(block)].text.begin + shift;
    for (const auto& piece : draft.joined.pieces) {
      for (const pdf::LinkSpan& span : page.links) {
        const std::uint32_t begin = std::max(span.begin, piece.source_begin);
        const std::uint32_t end = std::min(span.end, piece.source_end);
        if (begin >= end) continue;
        const std::uint32_t offset = base + piece.begin - piece.source_begin;
        add_link(page.hrefs[span.href], {begin + offset, end + offset});
      }
    }
  }

  // A link that goes on in the next line is one link.
  void add_link(const std::string& href, TextRange text) {
    auto& links = builder_.document().links;
    text.end = std::min(text.end, static_cast<std::uint32_t>(builder_.document().text.size()));
    if (text.begin >= text.end) return;
    if (!links.empty() && links.back().href == href && links.back().text.end + 1 >= text.begin &&
        links.back().text.begin <= text.begin) {
      links.back().text.end = text.end;
      return;
    }
    Link link;
    link.href = href;
    link.text = text;
    link.relation = "a";
    builder_.add_link(std::move(link));
  }

  void settle_headings() {
    auto& blocks = builder_.document().blocks;
    const std::vector<int> levels = pdf::heading_levels(headings_);
    for (std::size_t i = 0; i < headings_.size(); ++i) {
      blocks[static_cast<std::size_t>(headings_[i].block)].level =
          static_cast<std::uint8_t>(levels[i]);
    }
  }

  // A title that a program filled in: a file name, or nothing said.
  static bool is_sensible_title(std::string_view title) {
    if (count_characters(title) < 3 || title.size() > 500) return false;
    // One word with a dot or an underscore is a file name.
    if (title.find(' ') == std::string_view::npos &&
        title.find_first_of("._/\\") != std::string_view::npos) {
      return false;
    }
    std::string lower(title);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (lower.starts_with("untitled") || lower.starts_with("microsoft ")) return false;
    for (std::string_view ending : {".doc", ".docx", ".pdf", ".xls", ".xlsx", ".ppt", ".pptx",
                                    ".dvi", ".tex", ".indd", ".qxd", ".rtf", ".txt"}) {
      if (lower.ends_with(ending)) return false;
    }
    return true;
  }

  void set_metadata() {
    Document& document = builder_.document();
    static constexpr std::pair<const char*, const char*> kFields[] = {
        {"Author", "author"},     {"Subject", "description"}, {"Keywords", "keywords"},
        {"Creator", "generator"}, {"Producer", "producer"},   {"CreationDate", "created"},
        {"ModDate", "modified"}};
    for (const auto& [tag, name] : kFields) {
      const std::string value = reader_.metadata(tag);
      if (count_characters(value) > 0) builder_.set_metadata(name, value);
    }
    document.language = reader_.language();
    const std::string title = reader_.metadata("Title");
    if (is_sensible_title(title)) {
      document.title = title;
      return;
    }
    // Else the largest heading of the first pages.
    const pdf::HeadingCandidate* best = nullptr;
    for (const auto& heading : headings_) {
      if (document.blocks[static_cast<std::size_t>(heading.block)].page > 2) break;
      if (best == nullptr || heading.size > best->size + 0.5F) best = &heading;
    }
    if (best != nullptr) {
      const TextRange range = document.blocks[static_cast<std::size_t>(best->block)].text;
      document.title = document.text.substr(range.begin, range.end - range.begin);
    }
  }

  void warn() {
    const auto say = [&](std::string_view what, std::size_t count) {
      if (count > 0) builder_.warn(fmt::format("{}:{}", what, count));
    };
    say("pages_without_text", without_text_);
    say("pages_garbled", garbled_);
    say("pages_unreadable", unreadable_);
    say("pages_with_hidden_text_layer", hidden_);
  }

  const pdf::Reader& reader_;
  Builder builder_;
  const Limits& limits_;
  std::vector<PageText> pages_;
  Style style_;
  std::vector<pdf::HeadingCandidate> headings_;
  std::size_t without_text_ = 0, garbled_ = 0, unreadable_ = 0, hidden_ = 0;
};

}  // namespace

void prepare_pdf() {
  // PDFium asks for the local time; the zone file cannot be opened in the sandbox.
  ::tzset();
  const std::lock_guard lock(pdfium_mutex());
  pdf::Reader::prepare();
}

Result<Document> parse_pdf(const ExtractInput& input, const Limits& limits) {
  if (input.bytes.size() > limits.input_bytes) {
    return fail(ErrorCode::kTooLarge, "the PDF is too large", "limit_input_bytes");
  }
  DOCMILL_TRY_VOID(pdf::check_streams(input.bytes, limits));
  const std::lock_guard lock(pdfium_mutex());
  DOCMILL_TRY(const pdf::Reader reader, pdf::Reader::open(input.bytes));
  return Assembler(reader, limits).run();
}

}  // namespace docmill::document
