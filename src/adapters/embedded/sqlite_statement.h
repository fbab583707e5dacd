// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/hash.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace docmill::embedded {

class Connection;

// Bytes to bind as a BLOB instead of TEXT.
struct Blob {
  std::string_view bytes;
};

// A prepared statement borrowed from its connection; gives itself back when destroyed. Errors of
// preparing and binding are kept and answered by `step`. One thread at a time.
class Statement {
 public:
  Statement(Connection& connection, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Binds all parameters in order, from the first. Text and blobs are copied. Takes integers, bool,
  // double, text, Blob, Hash, WallTime, nullptr and optionals of these.
  template <typename... Values>
  Statement& bind(const Values&... values) {
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }

  // True when there is a row to read, false at the end.
  Result<bool> step();
  // Steps to the end. The number of rows changed by an INSERT, UPDATE or DELETE.
  Result<std::int64_t> run();
  // Ready to be bound and stepped again.
  void reset();

  bool null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string_view view(int column) const;  // text or blob; valid until the next step
  std::string text(int column) const { return std::string(view(column)); }
  WallTime time(int column) const { return from_unix_ms(integer(column)); }
  std::optional<WallTime> optional_time(int column) const;
  Hash hash(int column) const;  // zero unless the column holds 32 bytes

 private:
  template <std::integral Integer>
  void bind_one(int index, Integer value) {
    bind_integer(index, static_cast<std::int64_t>(value));
  }
  void bind_one(int index, double value);
  void bind_one(int index, std::string_view text);
  void bind_one(int index, Blob blob);
  void bind_one(int index, const Hash& hash);
  void bind_one(int index, WallTime time) { bind_integer(index, to_unix_ms(time)); }
  void bind_one(int index, std::nullptr_t);
  template <typename T>
  void bind_one(int index, const std::optional<T>& value) {
    value ? bind_one(index, *value) : bind_one(index, nullptr);
  }
  void bind_integer(int index, std::int64_t value);

  Connection& connection_;
  sqlite3_stmt* statement_ = nullptr;
  bool cached_ = false;
  int failure_ = 0;  // SQLite's code of the first prepare or bind that failed
};

struct ConnectionSettings {
  std::string path;
  bool durable = true;  // synchronous=FULL: a commit survives a power cut; false: NORMAL
  bool read_only = false;
  Milliseconds busy_timeout{10'000};  // how long to wait for another process's write
  // Of each connection; a database has one that writes and as many that read as threads. Small, as
  // the system keeps the file's pages too and memory must not grow with the number of documents.
  int cache_kib = 4 * 1024;
};

// One SQLite connection with its prepared statements. One thread at a time.
class Connection {
 public:
  static Result<std::unique_ptr<Connection>> open(ConnectionSettings settings);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs a script of statements without parameters.
  Status execute(const char* script);
  // False also when SQLite rolled back by itself.
  bool in_transaction() const;
  std::int64_t last_insert_id() const;
  // What SQLite's result code `code` means to a caller, with what to do.
  Error error(int code) const;

 private:
  friend class Statement;
  struct Cached {
    sqlite3_stmt* statement = nullptr;
    bool used = false;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };

  explicit Connection(std::string path) : path_(std::move(path)) {}

  std::string path_;
  sqlite3* handle_ = nullptr;
  std::unordered_map<std::string, Cached, TextHash, std::equal_to<>> statements_;
};

}  // namespace docmill::embedded
