// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace docmill::bench {

// SQLite's own full-text search, FTS5 with its Porter stemmer and built-in bm25(): the lexical
// yardstick. In memory, one thread. A failing call ends the program: a bench has nothing better.
class Fts5Rival {
 public:
  Fts5Rival();
  ~Fts5Rival();
  Fts5Rival(const Fts5Rival&) = delete;
  Fts5Rival& operator=(const Fts5Rival&) = delete;

  // All texts in one transaction; a text's number is its place.
  void add(const std::vector<std::string>& texts);
  // Numbers of the `k` best texts that have any word of `query`, best first.
  std::vector<std::size_t> search(std::string_view query, int k);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace docmill::bench
