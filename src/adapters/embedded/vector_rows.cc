// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/vector_rows.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <map>

#include "adapters/embedded/text_analyzer.h"

namespace docmill::embedded {
namespace {

// Logged removals kept for each collection; a process that is further behind loads anew.
constexpr std::int64_t kRemovalsKept = 100'000;

void append_varint(std::string& out, std::uint32_t value) {
  for (; value >= 128; value >>= 7) out += static_cast<char>(value | 128);
  out += static_cast<char>(value);
}

bool read_varint(std::string_view& bytes, std::uint32_t& value) {
  value = 0;
  for (int shift = 0; shift < 35 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint32_t>(byte & 127) << shift;
    if (byte < 128) return true;
  }
  return false;
}

// Pairs of (difference to the previous term id, count), ids ascending.
std::string encode_terms(const std::map<std::uint32_t, std::uint32_t>& counts) {
  std::string out;
  std::uint32_t before = 0;
  for (auto [term, count] : counts) {
    append_varint(out, term - before);
    append_varint(out, count);
    before = term;
  }
  return out;
}

bool decode_terms(std::string_view bytes, std::vector<TermCount>& terms) {
  terms.clear();
  std::uint32_t term = 0, step = 0, count = 0;
  while (!bytes.empty()) {
    if (!read_varint(bytes, step) || !read_varint(bytes, count)) return false;
    term += step;
    terms.push_back({term, count});
  }
  return true;
}

bool parse_key(std::string_view id, RecordKey& key) {
  if (id.size() != 32) return false;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  if (id.find_first_not_of("0123456789abcdef") != std::string_view::npos) return false;
  for (std::size_t i = 0; i < key.size(); ++i)
    key[i] = static_cast<std::uint8_t>(digit(id[2 * i]) << 4 | digit(id[2 * i + 1]));
  return true;
}

Result<PreparedRecord> prepare(VectorRecord record, int dimension, TextAnalyzer& analyzer) {
  RecordKey key;
  if (!parse_key(record.id, key))
    return fail(ErrorCode::kInvalidArgument, "the id is not 32 lower-case hexadecimal digits");
  if (record.vector.size() != static_cast<std::size_t>(dimension))
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("the vector has {} dimensions, the collection {}", record.vector.size(),
                            dimension));
  DOCMILL_TRY_VOID(normalize(record.vector));
  PreparedRecord prepared{.record = std::move(record)};
  prepared.coded = code_vector(prepared.record.vector);
  std::unordered_map<std::string, std::uint32_t> counts;
  for (const std::string* text : {&prepared.record.heading_path, &prepared.record.text})
    for (std::string& term : analyzer.analyze(*text)) {
      ++counts[std::move(term)];
      ++prepared.length;
    }
  prepared.terms.assign(counts.begin(), counts.end());
  return prepared;
}

Blob blob_of(const std::vector<float>& vector) {
  return Blob{{reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float)}};
}

Result<std::uint32_t> term_id(Transaction& transaction, const std::string& term) {
  DOCMILL_TRY_VOID(transaction.execute(
      "INSERT INTO vector_terms(term) VALUES(?) ON CONFLICT(term) DO NOTHING", term));
  Statement find = transaction.prepare("SELECT id FROM vector_terms WHERE term=?");
  DOCMILL_TRY(const bool found, find.bind(term).step());
  if (!found) return fail(ErrorCode::kInternal, "a term vanished");
  return static_cast<std::uint32_t>(find.integer(0));
}

Result<std::int64_t> next_numbers(Transaction& transaction, std::int64_t collection,
                                  std::size_t count) {
  Statement take =
      transaction.prepare("UPDATE vector_counter SET value=value+? WHERE id=1 RETURNING value");
  DOCMILL_TRY(const bool found, take.bind(count).step());
  if (!found) return fail(ErrorCode::kCorruptData, "the vector store has no counter");
  const std::int64_t last = take.integer(0);
  DOCMILL_TRY_VOID(
      transaction.execute("UPDATE vector_collections SET changed=? WHERE id=?", last, collection));
  return last - static_cast<std::int64_t>(count);
}

// Deletes these records and logs it.
Status drop(Transaction& transaction, std::int64_t collection,
            const std::vector<std::int64_t>& numbers) {
  if (numbers.empty()) return {};
  DOCMILL_TRY(std::int64_t change, next_numbers(transaction, collection, numbers.size()));
  for (std::int64_t number : numbers) {
    DOCMILL_TRY_VOID(transaction.execute("DELETE FROM vector_records WHERE number=?", number));
    DOCMILL_TRY_VOID(transaction.execute("DELETE FROM vector_values WHERE number=?", number));
    DOCMILL_TRY_VOID(transaction.execute(
        "DELETE FROM vector_entries WHERE collection=? AND number=?", collection, number));
    DOCMILL_TRY_VOID(
        transaction.execute("INSERT INTO vector_removals(collection, change, number) "
                            "VALUES(?,?,?)",
                            collection, ++change, number));
  }
  // Changes of all collections share the numbers, so this keeps at most so many rows.
  const std::int64_t pruned = change - kRemovalsKept;
  if (pruned <= 0) return {};
  DOCMILL_TRY(const std::int64_t gone,
              transaction.run("DELETE FROM vector_removals WHERE collection=? AND change<=?",
                              collection, pruned));
  if (gone == 0) return {};
  return transaction.execute("UPDATE vector_collections SET pruned=? WHERE id=?", pruned,
                             collection);
}

Status write_record(Transaction& transaction, const CollectionRow& collection,
                    const PreparedRecord& prepared, std::int64_t number, std::string_view terms) {
  const VectorRecord& r = prepared.record;
  DOCMILL_TRY_VOID(transaction.execute(
      "INSERT INTO vector_records(number, collection, id, document, revision, chunk_id, ordinal, "
      "text, heading_path, uri, title, media_type, page_first, page_last, date) "
      "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
      number, collection.id, r.id, r.document, r.revision, r.chunk_id, r.ordinal, r.text,
      r.heading_path, r.uri, r.title, r.media_type, r.page_first, r.page_last, r.date_unix_ms));
  DOCMILL_TRY_VOID(transaction.execute("INSERT INTO vector_values(number, vector) VALUES(?,?)",
                                       number, blob_of(r.vector)));
  const std::string_view codes(reinterpret_cast<const char*>(prepared.coded.codes.data()),
                               prepared.coded.codes.size());
  return transaction.execute(
      "INSERT INTO vector_entries(collection, number, id, document, media_type, date, codes, "
      "scale, residual, length, terms) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
      collection.id, number, r.id, r.document, r.media_type, r.date_unix_ms, Blob{codes},
      double{prepared.coded.scale}, double{prepared.coded.residual}, prepared.length, Blob{terms});
}

Result<IndexSegment> load_entries(Transaction& transaction, const CollectionRow& collection,
                                  std::int64_t after) {
  const std::size_t stride = code_stride(static_cast<std::size_t>(collection.model.dimension));
  SegmentBuilder builder(stride, 0);
  Statement rows = transaction.prepare(
      "SELECT number, id, document, media_type, date, codes, scale, residual, length, terms "
      "FROM vector_entries WHERE collection=? AND number>? ORDER BY number");
  rows.bind(collection.id, after);
  std::vector<TermCount> terms;
  while (true) {
    DOCMILL_TRY(const bool more, rows.step());
    if (!more) return std::move(builder).build();
    IndexEntry entry{.sequence = rows.integer(0)};
    const std::string_view codes = rows.view(5);
    if (!parse_key(rows.view(1), entry.key) || codes.size() != stride ||
        !decode_terms(rows.view(9), terms))
      return fail(ErrorCode::kCorruptData,
                  "a stored index entry is damaged; restore the database "
                  "or ingest the documents anew");
    entry.document = rows.view(2);
    entry.media_type = rows.view(3);
    entry.date_unix_ms = rows.integer(4);
    entry.codes = {reinterpret_cast<const std::uint8_t*>(codes.data()), codes.size()};
    entry.scale = static_cast<float>(rows.real(6));
    entry.residual = static_cast<float>(rows.real(7));
    entry.length = static_cast<std::uint32_t>(rows.integer(8));
    entry.terms = terms;
    builder.add(entry);
  }
}

}  // namespace

Schema vector_schema() {
  return {.component = "vectors", .steps = {R"sql(
    CREATE TABLE vector_counter(id INTEGER PRIMARY KEY, value INTEGER NOT NULL) STRICT;
    INSERT INTO vector_counter VALUES(1, 0);
    CREATE TABLE vector_collections(
      id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, model TEXT NOT NULL,
      model_revision TEXT NOT NULL, dimension INTEGER NOT NULL,
      changed INTEGER NOT NULL DEFAULT 0, pruned INTEGER NOT NULL DEFAULT 0) STRICT;
    CREATE TABLE vector_records(
      number INTEGER PRIMARY KEY, collection INTEGER NOT NULL, id TEXT NOT NULL,
      document TEXT NOT NULL, revision INTEGER NOT NULL, chunk_id TEXT NOT NULL,
      ordinal INTEGER NOT NULL, text TEXT NOT NULL, heading_path TEXT NOT NULL,
      uri TEXT NOT NULL, title TEXT NOT NULL, media_type TEXT NOT NULL,
      page_first INTEGER NOT NULL, page_last INTEGER NOT NULL, date INTEGER NOT NULL) STRICT;
    CREATE UNIQUE INDEX vector_records_id ON vector_records(collection, id);
    CREATE INDEX vector_records_document ON vector_records(collection, document, revision);
    CREATE TABLE vector_values(number INTEGER PRIMARY KEY, vector BLOB NOT NULL) STRICT;
    CREATE TABLE vector_entries(
      collection INTEGER NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL,
      document TEXT NOT NULL, media_type TEXT NOT NULL, date INTEGER NOT NULL,
      codes BLOB NOT NULL, scale REAL NOT NULL, residual REAL NOT NULL,
      length INTEGER NOT NULL, terms BLOB NOT NULL,
      PRIMARY KEY(collection, number)) STRICT, WITHOUT ROWID;
    CREATE TABLE vector_removals(
      collection INTEGER NOT NULL, change INTEGER NOT NULL, number INTEGER NOT NULL,
      PRIMARY KEY(collection, change)) STRICT, WITHOUT ROWID;
    CREATE TABLE vector_terms(id INTEGER PRIMARY KEY, term TEXT NOT NULL UNIQUE) STRICT;
  )sql"}};
}

Status normalize(std::vector<float>& vector) {
  double squares = 0;
  for (float value : vector) squares += double{value} * double{value};
  if (!std::isfinite(squares))
    return fail(ErrorCode::kInvalidArgument, "the vector holds NaN or infinity");
  if (squares < 1e-30) return fail(ErrorCode::kInvalidArgument, "the vector is zero");
  const double length = std::sqrt(squares);
  for (float& value : vector) value = static_cast<float>(double{value} / length);
  return {};
}

Result<std::vector<PreparedRecord>> prepare_records(std::vector<VectorRecord> records,
                                                    int dimension) {
  std::vector<PreparedRecord> prepared;
  prepared.reserve(records.size());
  TextAnalyzer analyzer;
  for (std::size_t i = 0; i < records.size(); ++i) {
    auto one = prepare(std::move(records[i]), dimension, analyzer);
    if (!one) return fail(std::move(one).error().wrap(fmt::format("record {}", i)));
    prepared.push_back(std::move(*one));
  }
  return prepared;
}

Result<CollectionRow> find_collection(Transaction& transaction, const std::string& name) {
  Statement find = transaction.prepare(
      "SELECT id, model, model_revision, dimension, changed, pruned FROM vector_collections "
      "WHERE name=?");
  DOCMILL_TRY(const bool found, find.bind(name).step());
  if (!found)
    return fail(ErrorCode::kNotFound, "there is no collection \"" + name +
                                          "\" yet: ingest or crawl documents into it first");
  return CollectionRow{.id = find.integer(0),
                       .model = {find.text(1), find.text(2), static_cast<int>(find.integer(3))},
                       .changed = find.integer(4),
                       .pruned = find.integer(5)};
}

Result<TermIds> write_records(Transaction& transaction, const CollectionRow& collection,
                              const std::vector<PreparedRecord>& records, const TermIds& known) {
  TermIds used;
  for (const PreparedRecord& prepared : records) {
    Statement find =
        transaction.prepare("SELECT number FROM vector_records WHERE collection=? AND id=?");
    DOCMILL_TRY(const bool exists, find.bind(collection.id, prepared.record.id).step());
    if (exists) {
      const std::int64_t old = find.integer(0);
      find.reset();
      DOCMILL_TRY_VOID(drop(transaction, collection.id, {old}));
    }
    std::map<std::uint32_t, std::uint32_t> counts;
    for (const auto& [term, count] : prepared.terms) {
      auto id = used.find(term);
      if (id == used.end()) {
        if (const auto before = known.find(term); before != known.end()) {
          id = used.emplace(term, before->second).first;
        } else {
          DOCMILL_TRY(const std::uint32_t made, term_id(transaction, term));
          id = used.emplace(term, made).first;
        }
      }
      counts[id->second] = count;
    }
    DOCMILL_TRY(const std::int64_t before, next_numbers(transaction, collection.id, 1));
    DOCMILL_TRY_VOID(
        write_record(transaction, collection, prepared, before + 1, encode_terms(counts)));
  }
  return used;
}

Status remove_records(Transaction& transaction, const CollectionRow& collection,
                      const std::string& document, std::int64_t revision_max) {
  std::vector<std::int64_t> numbers;
  {
    Statement find = transaction.prepare(
        "SELECT number FROM vector_records WHERE collection=? AND document=? AND revision<=?");
    find.bind(collection.id, document, revision_max);
    while (true) {
      DOCMILL_TRY(const bool more, find.step());
      if (!more) break;
      numbers.push_back(find.integer(0));
    }
  }
  return drop(transaction, collection.id, numbers);
}

Result<std::shared_ptr<const IndexSnapshot>> follow(Transaction& transaction,
                                                    const CollectionRow& collection,
                                                    std::shared_ptr<const IndexSnapshot> before) {
  if (before && before->version() >= collection.changed) return before;
  if (!before || before->version() < collection.pruned)
    before =
        std::make_shared<IndexSnapshot>(static_cast<std::size_t>(collection.model.dimension), 0);
  std::vector<std::int64_t> removed;
  Statement removals =
      transaction.prepare("SELECT number FROM vector_removals WHERE collection=? AND change>?");
  removals.bind(collection.id, before->version());
  // A new index has nothing to remove: what is gone is not among the entries.
  while (before->version() > 0) {
    DOCMILL_TRY(const bool more, removals.step());
    if (!more) break;
    removed.push_back(removals.integer(0));
  }
  DOCMILL_TRY(IndexSegment added, load_entries(transaction, collection, before->version()));
  return before->apply(std::move(added), removed, collection.changed);
}

Result<std::vector<QueryTerm>> query_terms(Transaction& transaction, const std::string& text) {
  std::map<std::string, double> weights;
  for (std::string& term : TextAnalyzer().analyze(text)) weights[std::move(term)] += 1;
  std::vector<QueryTerm> terms;
  for (const auto& [term, weight] : weights) {
    Statement find = transaction.prepare("SELECT id FROM vector_terms WHERE term=?");
    DOCMILL_TRY(const bool found, find.bind(term).step());
    if (found) terms.push_back({static_cast<std::uint32_t>(find.integer(0)), weight});
  }
  return terms;
}

Result<bool> read_vector(Transaction& transaction, std::int64_t number, std::span<float> vector) {
  Statement find = transaction.prepare("SELECT vector FROM vector_values WHERE number=?");
  DOCMILL_TRY(const bool found, find.bind(number).step());
  if (!found) return false;
  const std::string_view bytes = find.view(0);
  if (bytes.size() != vector.size_bytes())
    return fail(ErrorCode::kCorruptData, "a stored vector has the wrong length");
  std::memcpy(vector.data(), bytes.data(), bytes.size());
  return true;
}

Result<std::optional<VectorRecord>> read_payload(Transaction& transaction, std::int64_t number) {
  Statement find = transaction.prepare(
      "SELECT id, document, revision, chunk_id, ordinal, text, heading_path, uri, title, "
      "media_type, page_first, page_last, date FROM vector_records WHERE number=?");
  DOCMILL_TRY(const bool found, find.bind(number).step());
  if (!found) return std::optional<VectorRecord>();
  VectorRecord record{.id = find.text(0), .document = find.text(1), .revision = find.integer(2)};
  record.chunk_id = find.text(3);
  record.ordinal = static_cast<int>(find.integer(4));
  record.text = find.text(5);
  record.heading_path = find.text(6);
  record.uri = find.text(7);
  record.title = find.text(8);
  record.media_type = find.text(9);
  record.page_first = static_cast<int>(find.integer(10));
  record.page_last = static_cast<int>(find.integer(11));
  record.date_unix_ms = find.integer(12);
  return std::optional<VectorRecord>(std::move(record));
}

}  // namespace docmill::embedded
