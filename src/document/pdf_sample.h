// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace docmill::document {

// Writes small PDFs for tests: standard fonts, text at given places, nothing compressed.
class PdfSample {
 public:
  struct Style {
    double size = 10;
    bool bold = false;
    int render_mode = 0;  // 3 is invisible
    int turned = 0;       // degrees, counter-clockwise as PDF counts
  };
  // A page of 612 × 792 points, shown turned by `rotate` degrees clockwise.
  void add_page(int rotate = 0) { pages_.push_back({rotate, "", "", "", {}}); }
  // Text with its baseline's start at x from the left and y from the top of the unturned page.
  void text(double x, double y, std::string_view text, Style style);
  void text(double x, double y, std::string_view words) { text(x, y, words, Style()); }
  // Raw operators into the current page.
  void raw(std::string_view operators) { pages_.back().content += operators; }
  // A link to `uri` over the box, measured from the top left.
  void link(double left, double top, double right, double bottom, std::string_view uri);
  // A note shown on the page: an annotation whose appearance is `words`, from the top left.
  void note(double left, double top, std::string_view words);
  // The part of the page that is shown; as PDF counts, from the bottom left.
  void crop(std::string_view box) { pages_.back().crop = box; }
  void set_info(std::string_view title, std::string_view author);
  void set_language(std::string_view language) { language_ = language; }
  // A bookmark to a page (from 1).
  void add_bookmark(std::string_view title, int page) {
    bookmarks_.push_back({std::string(title), page});
  }
  // Entries added to the trailer, e.g. an encryption dictionary.
  void set_trailer(std::string_view entries) { trailer_ = entries; }

  std::string bytes() const;

 private:
  struct Note {
    double left = 0, top = 0;
    std::string words;
  };
  struct PageContent {
    int rotate = 0;
    std::string content, annotations, crop;
    std::vector<Note> notes;
  };
  struct Bookmark {
    std::string title;
    int page = 0;
  };
  std::vector<PageContent> pages_;
  std::vector<Bookmark> bookmarks_;
  std::string info_, language_, trailer_;
};

}  // namespace docmill::document
