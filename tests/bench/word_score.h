// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

// Words of a parsed document against a yardstick.
namespace docmill::bench {

// F1 of the words of `ours` against those of `truth`, as bags: lower case, letters and digits only.
double word_f1(std::string_view ours, std::string_view truth);

double mean(const std::vector<double>& values);
double median(std::vector<double> values);

}  // namespace docmill::bench
