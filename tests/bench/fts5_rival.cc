// SPDX-License-Identifier: Apache-2.0
#include "fts5_rival.h"

#include <sqlite3.h>

#include <cctype>

#include "base/result.h"

namespace docmill::bench {

struct Fts5Rival::State {
  sqlite3* database = nullptr;
  sqlite3_stmt* search = nullptr;

  void execute(const char* sql) {
    DOCMILL_CHECK(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    DOCMILL_CHECK(sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) == SQLITE_OK);
    return statement;
  }
};

Fts5Rival::Fts5Rival() : state_(std::make_unique<State>()) {
  DOCMILL_CHECK(sqlite3_open(":memory:", &state_->database) == SQLITE_OK);
  state_->execute("CREATE VIRTUAL TABLE texts USING fts5(text, tokenize = 'porter unicode61')");
  state_->search =
      state_->prepare("SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT ?");
}

Fts5Rival::~Fts5Rival() {
  sqlite3_finalize(state_->search);
  sqlite3_close(state_->database);
}

void Fts5Rival::add(const std::vector<std::string>& texts) {
  state_->execute("BEGIN");
  sqlite3_stmt* insert = state_->prepare("INSERT INTO texts (rowid, text) VALUES (?, ?)");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    sqlite3_bind_int64(insert, 1, static_cast<sqlite3_int64>(i));
    sqlite3_bind_text(insert, 2, texts[i].data(), static_cast<int>(texts[i].size()), nullptr);
    DOCMILL_CHECK(sqlite3_step(insert) == SQLITE_DONE);
    sqlite3_reset(insert);
  }
  sqlite3_finalize(insert);
  state_->execute("COMMIT");
}

std::vector<std::size_t> Fts5Rival::search(std::string_view query, int k) {
  std::string match, word;
  for (std::size_t i = 0; i <= query.size(); ++i) {
    const auto c = static_cast<unsigned char>(i < query.size() ? query[i] : ' ');
    if (std::isalnum(c) != 0) {
      word += static_cast<char>(c);
    } else if (!word.empty()) {
      match += (match.empty() ? "\"" : " OR \"") + word + "\"";
      word.clear();
    }
  }
  std::vector<std::size_t> found;
  if (match.empty()) return found;
  sqlite3_bind_text(state_->search, 1, match.data(), static_cast<int>(match.size()), nullptr);
  sqlite3_bind_int(state_->search, 2, k);
  while (sqlite3_step(state_->search) == SQLITE_ROW)
    found.push_back(static_cast<std::size_t>(sqlite3_column_int64(state_->search, 0)));
  sqlite3_reset(state_->search);
  return found;
}

}  // namespace docmill::bench
