// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "document/limits.h"
#include "document/pdf_page.h"

namespace docmill::document::pdf {

struct OutlineEntry {
  std::string title;
  int level = 1;
  int page = 0;  // from 1; 0 when it leads nowhere
};

// Everything that talks to PDFium. One thread per process may use a Reader: PDFium is not
// thread-safe. `bytes` must outlive it.
class Reader {
 public:
  // Once per process, before a sandbox closes; later calls do nothing. Open calls it too.
  static void prepare();

  // permission_denied ("password_required", "encryption_unsupported"), corrupt_data ("malformed").
  static Result<Reader> open(std::string_view bytes);
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) = delete;
  ~Reader();

  int page_count() const;
  // Glyphs of a page (from 0) as segments. A page that PDFium cannot load comes back empty and
  // marked; too_large ("limit_output_bytes") when it alone has more text than a document may have.
  Result<PageText> read_page(int index, const Limits& limits) const;

  std::string metadata(const char* tag) const;
  std::string language() const;
  std::vector<OutlineEntry> outline() const;

 private:
  struct State;
  explicit Reader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace docmill::document::pdf
