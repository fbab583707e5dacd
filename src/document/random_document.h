// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>

#include "document/builder.h"

namespace docmill::document {

// Documents for property tests: any mix of blocks, tables with wild spans, pages, layers, scripts
// and broken bytes that Builder accepts. Equal generators give equal documents.
class RandomDocument {
 public:
  explicit RandomDocument(std::uint64_t seed) : random_(seed) {}

  // A document of up to `blocks_max` blocks.
  Document make(int blocks_max);
  std::string words(int count_max, bool broken_bytes = false);
  int number(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

 private:
  void add_table(Builder& builder);

  std::mt19937_64 random_;
};

}  // namespace docmill::document
