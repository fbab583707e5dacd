// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/embedded/database.h"
#include "adapters/embedded/index_snapshot.h"
#include "ports/vector_store.h"

namespace docmill::embedded {

// The tables of the vector store. A record is three rows of one number: payload, original vector,
// and what the in-memory index needs (codes, counted terms), apart so that loading reads only that.
// The number comes from one counter and ascends with every change; removals are logged under
// numbers of the same counter, so that other processes follow both by "greater than what I have".
Schema vector_schema();

struct CollectionRow {
  std::int64_t id = 0;
  ModelIdentity model;
  std::int64_t changed = 0;  // number of the last change
  std::int64_t pruned = 0;   // removals up to this number are no longer logged
};

// A record made ready to be written: checked, at unit length, coded and analysed.
struct PreparedRecord {
  VectorRecord record;
  CodedVector coded;
  std::vector<std::pair<std::string, std::uint32_t>> terms;
  std::uint32_t length = 0;
};

using TermIds = std::unordered_map<std::string, std::uint32_t>;

// invalid_argument names the item that is wrong.
Result<std::vector<PreparedRecord>> prepare_records(std::vector<VectorRecord> records,
                                                    int dimension);
// Scales to unit length. invalid_argument when it is zero, NaN or infinite.
Status normalize(std::vector<float>& vector);

// not_found when there is none.
Result<CollectionRow> find_collection(Transaction& transaction, const std::string& name);

// `known` are ids of terms that were committed before; the ids used are returned.
Result<TermIds> write_records(Transaction& transaction, const CollectionRow& collection,
                              const std::vector<PreparedRecord>& records, const TermIds& known);
Status remove_records(Transaction& transaction, const CollectionRow& collection,
                      const std::string& document, std::int64_t revision_max);

// The index after every change that `transaction` sees; `before` may be null.
Result<std::shared_ptr<const IndexSnapshot>> follow(Transaction& transaction,
                                                    const CollectionRow& collection,
                                                    std::shared_ptr<const IndexSnapshot> before);

// The terms of `text` that the store knows.
Result<std::vector<QueryTerm>> query_terms(Transaction& transaction, const std::string& text);

Result<bool> read_vector(Transaction& transaction, std::int64_t number, std::span<float> vector);
// Nothing when it is gone.
Result<std::optional<VectorRecord>> read_payload(Transaction& transaction, std::int64_t number);

}  // namespace docmill::embedded
