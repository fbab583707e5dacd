// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "adapters/embedded/database.h"
#include "ports/catalog.h"

// The tables behind queue, catalog and job store, and the steps that adapters combine in one
// transaction: "document recorded + message queued" is `record_version`.
namespace docmill::embedded {

const Schema& documents_schema();

// Longest delay of a message; longer waits are the sweeper's.
inline constexpr Milliseconds kMessageDelayMax{15 * 60 * 1000};

// A message that can be received from `visible_at` on.
Status enqueue_message(Transaction& transaction, std::string_view body, WallTime visible_at);

// A message for the document after `delay`, noted in its row so that the sweeper leaves it alone.
Status enqueue_document(Transaction& transaction, const DocumentId& document, WallTime now,
                        Milliseconds delay);

// The row, or nothing. Erasing documents are found too.
Result<std::optional<DocumentRecord>> find_document(Transaction& transaction,
                                                    const DocumentId& document);

// The columns that `read_document` reads, in its order.
extern const char* const kDocumentColumns;
DocumentRecord read_document(const Statement& row);

// Catalog::record.
Result<RecordedVersion> record_version(Transaction& transaction, const NewVersion& version,
                                       WallTime now);

// Notes that the vectors of `document` up to `revision_max` may go.
Status retire(Transaction& transaction, std::string_view collection, const DocumentId& document,
              std::int64_t revision_max);

}  // namespace docmill::embedded
