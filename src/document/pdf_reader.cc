// SPDX-License-Identifier: Apache-2.0
#include "document/pdf_reader.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <unordered_map>

#include "base/utf8.h"
#include "document/pdf_glyphs.h"
#include "document/pdfium_api.h"

namespace docmill::document::pdf {
namespace {

constexpr int kOutlineEntriesMax = 20'000;
constexpr int kOutlineDepthMax = 16;
constexpr int kLinksPerPageMax = 2'000;
// Strings of a hostile file: longer ones are cut here, before they are copied.
constexpr unsigned long kStringBytesMax = 1UL << 20;

struct FontStyle {
  bool bold = false, mono = false;
};

// PDF space to the page as shown: top left origin, quarter turns applied.
class PageSpace {
 public:
  explicit PageSpace(FPDF_PAGE page) : turns_(FPDFPage_GetRotation(page) & 3) {
    if (FPDF_GetPageBoundingBox(page, &box_) == 0) {
      box_ = {.left = 0,
              .top = FPDF_GetPageHeightF(page),
              .right = FPDF_GetPageWidthF(page),
              .bottom = 0};
    }
  }
  // Whether any of the rectangle lies on the page as cropped.
  bool shows(const FS_RECTF& rect) const {
    return !(rect.right < box_.left || rect.left > box_.right || rect.top < box_.bottom ||
             rect.bottom > box_.top);
  }
  std::pair<float, float> point(float x, float y) const {
    switch (turns_) {
      case 0:
        return {x - box_.left, box_.top - y};
      case 1:
        return {y - box_.bottom, x - box_.left};
      case 2:
        return {box_.right - x, y - box_.bottom};
      default:
        return {box_.top - y, box_.right - x};
    }
  }
  std::pair<float, float> direction(float a, float b) const {
    switch (turns_) {
      case 0:
        return {a, -b};
      case 1:
        return {b, a};
      case 2:
        return {-a, b};
      default:
        return {-b, -a};
    }
  }
  Box rectangle(const FS_RECTF& rect) const {
    const auto [x1, y1] = point(rect.left, rect.top);
    const auto [x2, y2] = point(rect.right, rect.bottom);
    return {.left = std::min(x1, x2),
            .top = std::min(y1, y2),
            .right = std::max(x1, x2),
            .bottom = std::max(y1, y2)};
  }

 private:
  int turns_;
  FS_RECTF box_{};
};

std::string from_utf16(const std::vector<unsigned short>& units, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count && units[i] != 0; ++i) {
    char32_t c = units[i];
    if (c >= 0xD800 && c < 0xDC00 && i + 1 < count && units[i + 1] >= 0xDC00 &&
        units[i + 1] < 0xE000) {
      c = 0x10000 + ((c - 0xD800) << 10) + (units[++i] - 0xDC00U);
    } else if (c >= 0xD800 && c < 0xE000) {
      c = 0xFFFD;
    }
    append_utf8(out, c);
  }
  return out;
}

// The two-step protocol of all text functions of PDFium: ask for the size, then for the text.
template <typename Get>
std::string read_utf16(Get get) {
  const unsigned long bytes = std::min(get(nullptr, 0UL), kStringBytesMax);
  if (bytes < 2) return {};
  std::vector<unsigned short> units(bytes / 2 + 1);
  get(units.data(), bytes);
  return from_utf16(units, bytes / 2);
}

// A frame's index, added when new. Angles near a quarter turn are that turn.
std::uint16_t frame_of(PageText& page, float x, float y) {
  int angle = static_cast<int>(std::lround(std::atan2(y, x) * 180.0 / std::numbers::pi));
  const int quarter = static_cast<int>(std::lround(angle / 90.0)) * 90;
  if (std::abs(angle - quarter) <= 2) angle = quarter;
  angle = (angle + 360) % 360;
  for (std::size_t i = 0; i < page.frames.size(); ++i) {
    if (page.frames[i].angle == angle) return static_cast<std::uint16_t>(i);
  }
  // A page with more directions than this is a drawing; its last frame takes the rest.
  constexpr std::size_t kFramesMax = 72;
  if (page.frames.size() >= kFramesMax) return static_cast<std::uint16_t>(kFramesMax - 1);
  Frame frame;
  frame.angle = angle;
  const double radians = angle * std::numbers::pi / 180.0;
  frame.dx = angle % 180 == 90 ? 0.0F : static_cast<float>(std::cos(radians));
  frame.dy = angle % 180 == 0 ? 0.0F : static_cast<float>(std::sin(radians));
  page.frames.push_back(frame);
  return static_cast<std::uint16_t>(page.frames.size() - 1);
}

FontStyle style_of(FPDF_FONT font) {
  constexpr int kFixedPitch = 1;
  constexpr int kForceBold = 1 << 18;
  FontStyle style;
  const int flags = FPDFFont_GetFlags(font);
  char buffer[128] = {};
  FPDFFont_GetBaseFontName(font, buffer, sizeof buffer - 1);
  std::string name(buffer);
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  const auto has = [&](std::string_view word) { return name.find(word) != std::string::npos; };
  style.mono = (flags > 0 && (flags & kFixedPitch) != 0) || has("courier") || has("mono") ||
               has("cmtt") || has("consolas") || has("typewriter") || has("sftt");
  const bool named_bold = has("bold") || has("black") || has("heavy") || has("cmbx") ||
                          has("sfbx") || has("-bd") || has("medi");
  style.bold =
      named_bold || (flags > 0 && (flags & kForceBold) != 0) || FPDFFont_GetWeight(font) >= 700;
  return style;
}

// The places of web links, and in `hrefs` where they lead.
std::vector<Box> read_links(FPDF_DOCUMENT document, FPDF_PAGE page,
                            std::vector<std::string>& hrefs) {
  const PageSpace space(page);
  std::vector<Box> boxes;
  int position = 0;
  FPDF_LINK link = nullptr;
  for (int i = 0; i < kLinksPerPageMax && FPDFLink_Enumerate(page, &position, &link) != 0; ++i) {
    const FPDF_ACTION action = FPDFLink_GetAction(link);
    FS_RECTF rect{};
    if (action == nullptr || FPDFAction_GetType(action) != PDFACTION_URI ||
        FPDFLink_GetAnnotRect(link, &rect) == 0) {
      continue;
    }
    const unsigned long size =
        std::min(FPDFAction_GetURIPath(document, action, nullptr, 0), kStringBytesMax);
    std::string href(size, '\0');
    FPDFAction_GetURIPath(document, action, href.data(), size);
    href.resize(std::min(href.find('\0'), href.size()));
    if (href.empty()) continue;
    hrefs.push_back(to_valid_utf8(href));
    boxes.push_back(space.rectangle(rect));
  }
  return boxes;
}

// Whether annotations may show text: notes on the page, stamps, filled fields. Links and pop-ups
// do not.
bool has_printed_annotations(FPDF_PAGE page) {
  constexpr int kAnnotationsMax = 2'000;
  const int count = std::min(FPDFPage_GetAnnotCount(page), kAnnotationsMax);
  for (int i = 0; i < count; ++i) {
    const FPDF_ANNOTATION annotation = FPDFPage_GetAnnot(page, i);
    if (annotation == nullptr) continue;
    const int subtype = FPDFAnnot_GetSubtype(annotation);
    FPDFPage_CloseAnnot(annotation);
    if (subtype != FPDF_ANNOT_LINK && subtype != FPDF_ANNOT_POPUP) return true;
  }
  return false;
}

// Reads one page; lives for that page only, as PDFium may free fonts with the page.
class PageReader {
 public:
  PageReader(FPDF_PAGE page, FPDF_TEXTPAGE text, std::vector<Box> links, PageText& out)
      : text_(text), space_(page), out_(out), builder_(out), boxes_(std::move(links)) {}

  void read(int count) {
    out_.text.reserve(static_cast<std::size_t>(count) + 16);
    for (int i = 0; i < count; ++i) read_char(i);
    builder_.finish();
  }

 private:
  int link_at(const Box& glyph) const {
    const float x = (glyph.left + glyph.right) / 2;
    const float y = (glyph.top + glyph.bottom) / 2;
    for (std::size_t i = 0; i < boxes_.size(); ++i) {
      const Box& box = boxes_[i];
      if (x >= box.left && x <= box.right && y >= box.top && y <= box.bottom) {
        return static_cast<int>(i);
      }
    }
    return -1;
  }

  void start_run(int index, FPDF_PAGEOBJECT object, const FS_RECTF& loose) {
    FS_MATRIX matrix{.a = 1, .b = 0, .c = 0, .d = 1, .e = 0, .f = 0};
    FPDFText_GetMatrix(text_, index, &matrix);
    float size = 0;
    if (object != nullptr) FPDFTextObj_GetFontSize(object, &size);
    size = std::abs(size) * std::hypot(matrix.c, matrix.d);
    const auto [dx, dy] = space_.direction(matrix.a, matrix.b);
    run_.frame = frame_of(out_, dx, dy);
    const Frame& frame = out_.frames[run_.frame];
    upright_ = frame.angle % 90 == 0;
    // Type 3 fonts hide their scale in the font matrix; then the box is the better witness.
    const float height =
        std::abs(frame.angle % 180 == 0 ? loose.top - loose.bottom : loose.right - loose.left);
    if (upright_ && height > 0 && (size < 0.3F * height || size > 6 * height)) size = height;
    run_.size = std::isfinite(size) ? std::clamp(size, 0.5F, 2000.0F) : 1.0F;
    double x = loose.left;
    double y = loose.bottom;
    FPDFText_GetCharOrigin(text_, index, &x, &y);
    const auto [px, py] = space_.point(static_cast<float>(x), static_cast<float>(y));
    run_.baseline = py * frame.dx - px * frame.dy;
    const int mode = object == nullptr ? 0 : FPDFTextObj_GetTextRenderMode(object);
    run_.invisible = mode == FPDF_TEXTRENDERMODE_INVISIBLE || mode == FPDF_TEXTRENDERMODE_CLIP;
    const FPDF_FONT font = object == nullptr ? nullptr : FPDFTextObj_GetFont(object);
    FontStyle style;
    if (font != nullptr) {
      const auto known = styles_.find(font);
      style = known != styles_.end() ? known->second : (styles_[font] = style_of(font));
    }
    run_.bold = style.bold;
    run_.mono = style.mono;
  }

  void read_char(int index) {
    char32_t c = FPDFText_GetUnicode(text_, index);
    const bool blank = c == ' ' || c == '\r' || c == '\n';
    if (blank && FPDFText_IsGenerated(text_, index) == 1) {
      return builder_.add_space(SegmentBuilder::Space::kGuessed);
    }
    if (FPDFText_HasUnicodeMapError(text_, index) == 1) return builder_.add_unmapped();
    if (blank) return builder_.add_space(SegmentBuilder::Space::kReal);
    // PDFium marks a hyphen at a line's end so.
    if (c == 0x02) c = '-';
    if (c >= 0xD800 && c < 0xDC00) {
      high_surrogate_ = c;
      return;
    }
    if (c >= 0xDC00 && c < 0xE000 && high_surrogate_ != 0) {
      c = 0x10000 + ((high_surrogate_ - 0xD800) << 10) + (c - 0xDC00);
    }
    if (high_surrogate_ != 0 && c < 0x10000) builder_.add_unmapped();
    high_surrogate_ = 0;
    if (c == 0 || (c >= 0xD800 && c < 0xE000) || (c & 0xFFFE) == 0xFFFE || c > 0x10FFFF) {
      return builder_.add_unmapped();
    }
    if (is_white_space(c)) {
      // Soft hyphens, joiners and marks of direction stand inside words.
      const bool inside = c == 0xAD || (c >= 0x200B && c <= 0x200F) || c >= 0x2060 || c < 0x20;
      if (!inside || c == '\t' || c == 0x3000) builder_.add_space(SegmentBuilder::Space::kReal);
      return;
    }
    place(index, c);
  }

  void place(int index, char32_t c) {
    FS_RECTF loose{};
    FPDFText_GetLooseCharBox(text_, index, &loose);
    const FPDF_PAGEOBJECT object = FPDFText_GetTextObject(text_, index);
    const bool same_object = object == object_ && object != nullptr;
    if (!same_object || !upright_) {
      object_ = object;
      start_run(index, object, loose);
    }
    if (!space_.shows(loose)) return builder_.drop_glyph(c, "outside_page");
    const Box box = space_.rectangle(loose);
    const Frame& frame = out_.frames[run_.frame];
    float left = 0;
    float right = 0;
    switch (frame.angle) {
      case 0:
        left = box.left, right = box.right;
        break;
      case 90:
        left = box.top, right = box.bottom;
        break;
      case 180:
        left = -box.right, right = -box.left;
        break;
      case 270:
        left = -box.bottom, right = -box.top;
        break;
      default: {
        // The box of a slanted glyph is far wider than its advance: take the middle, half a size
        // wide.
        const float x = (box.left + box.right) / 2;
        const float y = (box.top + box.bottom) / 2;
        const float middle = x * frame.dx + y * frame.dy;
        left = middle - 0.25F * run_.size;
        right = middle + 0.25F * run_.size;
      }
    }
    if (!std::isfinite(left) || !std::isfinite(right)) left = right = 0;
    const bool same_glyph = same_object && loose.left == last_box_.left &&
                            loose.right == last_box_.right && loose.top == last_box_.top;
    last_box_ = loose;
    builder_.add_glyph(run_, {.code_point = c,
                              .left = left,
                              .right = right,
                              .link = boxes_.empty() ? -1 : link_at(box),
                              .same_glyph = same_glyph});
  }

  FPDF_TEXTPAGE text_;
  PageSpace space_;
  PageText& out_;
  SegmentBuilder builder_;
  std::vector<Box> boxes_;
  std::unordered_map<FPDF_FONT, FontStyle> styles_;
  FPDF_PAGEOBJECT object_ = nullptr;
  FS_RECTF last_box_{};
  Run run_;
  bool upright_ = true;
  char32_t high_surrogate_ = 0;
};

}  // namespace

struct Reader::State {
  FPDF_DOCUMENT document = nullptr;
  ~State() {
    if (document != nullptr) FPDF_CloseDocument(document);
  }
};

Reader::Reader(std::unique_ptr<State> state) : state_(std::move(state)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader::~Reader() = default;

void Reader::prepare() {
  static const bool done = [] {
    // An empty list, not null: null means the system's font folders, which a sandbox does not have.
    static const char* no_paths[] = {nullptr};
    FPDF_LIBRARY_CONFIG config{};
    config.version = 2;
    config.m_pUserFontPaths = no_paths;
    FPDF_InitLibraryWithConfig(&config);
    return true;
  }();
  static_cast<void>(done);
}

Result<Reader> Reader::open(std::string_view bytes) {
  prepare();
  auto state = std::make_unique<State>();
  state->document = FPDF_LoadMemDocument64(bytes.data(), bytes.size(), nullptr);
  if (state->document != nullptr) return Reader(std::move(state));
  switch (FPDF_GetLastError()) {
    case FPDF_ERR_PASSWORD:
      return fail(ErrorCode::kPermissionDenied, "the PDF is encrypted and wants a password",
                  "password_required");
    case FPDF_ERR_SECURITY:
      return fail(ErrorCode::kPermissionDenied, "the PDF is encrypted in a way not supported",
                  "encryption_unsupported");
    default:
      return fail(ErrorCode::kCorruptData, "not a readable PDF", "malformed");
  }
}

int Reader::page_count() const { return FPDF_GetPageCount(state_->document); }

Result<PageText> Reader::read_page(int index, const Limits& limits) const {
  PageText out;
  FPDF_PAGE page = FPDF_LoadPage(state_->document, index);
  std::vector<Box> links;
  if (page != nullptr) links = read_links(state_->document, page, out.hrefs);
  if (page != nullptr && has_printed_annotations(page)) {
    FPDFPage_Flatten(page, FPDF_FLATTEN_FOR_DISPLAY);
    FPDF_ClosePage(page);
    page = FPDF_LoadPage(state_->document, index);
  }
  if (page == nullptr) {
    out.unreadable = true;
    return out;
  }
  out.page = {.width = FPDF_GetPageWidthF(page), .height = FPDF_GetPageHeightF(page)};
  const FPDF_TEXTPAGE text = FPDFText_LoadPage(page);
  const int count = text == nullptr ? 0 : std::max(FPDFText_CountChars(text), 0);
  const bool fits = static_cast<std::uint64_t>(count) <= limits.output_bytes;
  if (text == nullptr) out.unreadable = true;
  if (text != nullptr && fits) PageReader(page, text, std::move(links), out).read(count);
  if (text != nullptr) FPDFText_ClosePage(text);
  FPDF_ClosePage(page);
  if (!fits) {
    return fail(ErrorCode::kTooLarge, "a page has more characters than a document may have",
                "limit_output_bytes");
  }
  return out;
}

std::string Reader::metadata(const char* tag) const {
  return read_utf16([&](unsigned short* out, unsigned long size) {
    return FPDF_GetMetaText(state_->document, tag, out, size);
  });
}

std::string Reader::language() const {
  return read_utf16([&](unsigned short* out, unsigned long size) {
    return FPDFCatalog_GetLanguage(state_->document, out, size);
  });
}

std::vector<OutlineEntry> Reader::outline() const {
  std::vector<OutlineEntry> entries;
  // Depth first with an own stack; a hostile outline may be a cycle, so entries are capped.
  std::vector<FPDF_BOOKMARK> stack = {FPDFBookmark_GetFirstChild(state_->document, nullptr)};
  for (int visited = 0; !stack.empty() && visited < kOutlineEntriesMax; ++visited) {
    const FPDF_BOOKMARK bookmark = stack.back();
    if (bookmark == nullptr) {
      stack.pop_back();
      continue;
    }
    stack.back() = FPDFBookmark_GetNextSibling(state_->document, bookmark);
    OutlineEntry entry;
    entry.level = static_cast<int>(stack.size());
    entry.title = read_utf16([&](unsigned short* out, unsigned long size) {
      return FPDFBookmark_GetTitle(bookmark, out, size);
    });
    const FPDF_DEST dest = FPDFBookmark_GetDest(state_->document, bookmark);
    if (dest != nullptr) entry.page = FPDFDest_GetDestPageIndex(state_->document, dest) + 1;
    if (!entry.title.empty()) entries.push_back(std::move(entry));
    if (stack.size() < kOutlineDepthMax) {
      stack.push_back(FPDFBookmark_GetFirstChild(state_->document, bookmark));
    }
  }
  return entries;
}

}  // namespace docmill::document::pdf
