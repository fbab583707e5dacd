// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace docmill::bench {

// A page of the html-main-text set with the segments that its main text must and must not hold.
struct MainTextPage {
  std::string file;
  std::string bytes;
  std::vector<std::string> with;
  std::vector<std::string> without;
};

struct MainTextScore {
  int found = 0, missing = 0;       // of `with`
  int intruding = 0, absent = 0;    // of `without`
  std::vector<std::string> misses;  // "FN file: segment", "FP file: segment"

  double precision() const { return static_cast<double>(found) / (found + intruding); }
  double recall() const { return static_cast<double>(found) / (found + missing); }
  double f1() const { return 2.0 * found / (2.0 * found + missing + intruding); }
};

// Where the set is looked for: DOCMILL_SHARED_DATA, or beside the checkout.
std::string main_text_folder();

// Empty where the set is absent.
std::vector<MainTextPage> load_main_text_pages();

// Rules are tuned on one half of the pages and judged on the other, which a hash of the file's name
// chooses: a page never changes sides.
bool is_held_out(std::string_view file);
std::vector<MainTextPage> half_of(const std::vector<MainTextPage>& pages, bool held_out);

// A segment counts as found when the body layer holds it, runs of white space being equal.
MainTextScore score_main_text(const std::vector<MainTextPage>& pages);

}  // namespace docmill::bench
