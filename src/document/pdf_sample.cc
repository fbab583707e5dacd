// SPDX-License-Identifier: Apache-2.0
#include "document/pdf_sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>

namespace docmill::document {
namespace {

constexpr double kHeight = 792;
// Objects: 1 catalog, 2 pages, 3 and 4 fonts, 5 info, then two a page, then bookmarks.
constexpr int kFirstPage = 6;

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '(' || c == ')' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

}  // namespace

void PdfSample::text(double x, double y, std::string_view text, Style style) {
  const double radians = style.turned * std::numbers::pi / 180;
  const double c = std::cos(radians);
  const double s = std::sin(radians);
  pages_.back().content +=
      fmt::format("BT /{} {} Tf {} Tr {:.5f} {:.5f} {:.5f} {:.5f} {} {} Tm ({}) Tj ET\n",
                  style.bold ? "F2" : "F1", style.size, style.render_mode, c, s, -s, c, x,
                  kHeight - y, escaped(text));
}

void PdfSample::link(double left, double top, double right, double bottom, std::string_view uri) {
  pages_.back().annotations += fmt::format(
      "<< /Type /Annot /Subtype /Link /Rect [{} {} {} {}] /A << /S /URI /URI ({}) >> >> ", left,
      kHeight - bottom, right, kHeight - top, escaped(uri));
}

void PdfSample::note(double left, double top, std::string_view words) {
  pages_.back().notes.push_back({left, top, std::string(words)});
}

void PdfSample::set_info(std::string_view title, std::string_view author) {
  info_ = fmt::format("/Title ({}) /Author ({})", escaped(title), escaped(author));
}

std::string PdfSample::bytes() const {
  std::vector<std::string> objects;
  const int bookmark_root = kFirstPage + 2 * static_cast<int>(pages_.size());
  const int bookmark_count = static_cast<int>(bookmarks_.size());
  std::string catalog = "<< /Type /Catalog /Pages 2 0 R";
  if (!language_.empty()) catalog += fmt::format(" /Lang ({})", language_);
  if (bookmark_count > 0) catalog += fmt::format(" /Outlines {} 0 R", bookmark_root);
  objects.push_back(catalog + " >>");
  std::string kids;
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    kids += fmt::format("{} 0 R ", kFirstPage + 2 * static_cast<int>(i));
  }
  objects.push_back(fmt::format("<< /Type /Pages /Kids [{}] /Count {} >>", kids, pages_.size()));
  objects.push_back("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
  objects.push_back("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>");
  objects.push_back(fmt::format("<< {} >>", info_));
  std::vector<std::string> appearances;
  const int first_appearance = bookmark_root + (bookmark_count > 0 ? 1 + bookmark_count : 0);
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    const PageContent& page = pages_[i];
    std::string annotations = page.annotations;
    for (const Note& note : page.notes) {
      annotations += fmt::format(
          "<< /Type /Annot /Subtype /FreeText /F 4 /Rect [{} {} {} {}] /AP << /N {} 0 R >> >> ",
          note.left, kHeight - note.top - 20, note.left + 200, kHeight - note.top,
          first_appearance + static_cast<int>(appearances.size()));
      const std::string content =
          fmt::format("BT /F1 10 Tf 2 6 Td ({}) Tj ET", escaped(note.words));
      appearances.push_back(fmt::format(
          "<< /Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F1 3 0 R >> "
          ">> /Length {} >>\nstream\n{}\nendstream",
          content.size(), content));
    }
    const std::string crop = page.crop.empty() ? "" : fmt::format("/CropBox [{}]", page.crop);
    objects.push_back(fmt::format(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] {} /Rotate {} /Resources << /Font << "
        "/F1 3 0 R /F2 4 0 R >> >> /Contents {} 0 R /Annots [{}] >>",
        crop, page.rotate, kFirstPage + 2 * static_cast<int>(i) + 1, annotations));
    objects.push_back(
        fmt::format("<< /Length {} >>\nstream\n{}\nendstream", page.content.size(), page.content));
  }
  if (bookmark_count > 0) {
    objects.push_back(fmt::format("<< /First {} 0 R /Last {} 0 R /Count {} >>", bookmark_root + 1,
                                  bookmark_root + bookmark_count, bookmark_count));
  }
  for (int i = 0; i < bookmark_count; ++i) {
    const Bookmark& mark = bookmarks_[static_cast<std::size_t>(i)];
    std::string next =
        i + 1 < bookmark_count ? fmt::format("/Next {} 0 R ", bookmark_root + i + 2) : "";
    objects.push_back(fmt::format("<< /Title ({}) /Parent {} 0 R {}/Dest [{} 0 R /Fit] >>",
                                  escaped(mark.title), bookmark_root, next,
                                  kFirstPage + 2 * (mark.page - 1)));
  }
  std::ranges::move(appearances, std::back_inserter(objects));
  std::string out = "%PDF-1.4\n";
  std::string table = fmt::format("xref\n0 {}\n0000000000 65535 f \n", objects.size() + 1);
  for (std::size_t i = 0; i < objects.size(); ++i) {
    table += fmt::format("{:010} 00000 n \n", out.size());
    out += fmt::format("{} 0 obj\n{}\nendobj\n", i + 1, objects[i]);
  }
  const std::size_t start = out.size();
  out += table;
  out += fmt::format("trailer\n<< /Size {} /Root 1 0 R /Info 5 0 R {} >>\nstartxref\n{}\n%%EOF\n",
                     objects.size() + 1, trailer_, start);
  return out;
}

}  // namespace docmill::document
