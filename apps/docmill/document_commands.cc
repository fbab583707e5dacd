// SPDX-License-Identifier: Apache-2.0
// status, show, delete, dead: what is in the data folder.
#include <fmt/format.h>

#include "base/json_text.h"
#include "commands.h"
#include "console.h"
#include "document/chunker.h"
#include "document/codec.h"
#include "document/render.h"

namespace docmill::app {
namespace {

constexpr std::uint64_t kArtefactBytesMax = 512ULL << 20;

std::string error_json(const DocumentRecord& record) {
  if (!record.failure) return "null";
  return fmt::format(R"({{"reason": {}, "message": {}, "stage": "{}", "attempt": {}}})",
                     json_string(record.failure->reason), json_string(record.failure->message),
                     name_of(record.failure->stage), record.failure->attempt);
}

std::string document_json(const DocumentRecord& record) {
  return fmt::format(
      R"({{"id": "{}", "uri": {}, "collection": {}, "title": {}, "media_type": {}, "state": "{}", )"
      R"("stage": "{}", "attempt": {}, "worker": {}, "error": {}, "chunks": {}, "revision": {}, )"
      R"("content": "{}", "size_bytes": {}, "sandbox": {}}})",
      record.id, json_string(record.version.uri), json_string(record.version.collection),
      json_string(record.title), json_string(record.media_type), name_of(record.state),
      name_of(record.stage), record.attempt, json_string(record.worker), error_json(record),
      record.chunks, record.revision, record.version.content.hex(), record.version.size_bytes,
      json_string(record.sandbox));
}

void print_document(const DocumentRecord& record) {
  print_line(fmt::format("{}  {}", record.id, terminal_text(record.version.uri)));
  if (!record.title.empty()) print_line("  title    " + terminal_text(record.title));
  print_line(fmt::format("  state    {} (stage {}, {} failed tries, revision {})",
                         name_of(record.state), name_of(record.stage), record.attempt,
                         record.revision));
  print_line(fmt::format("  content  {}, {}, {} chunks",
                         record.media_type.empty() ? "type not known yet" : record.media_type,
                         people_bytes(record.version.size_bytes), record.chunks));
  if (record.failure)
    print_line(fmt::format("  error    {} at {}: {}", record.failure->reason,
                           name_of(record.failure->stage), terminal_text(record.failure->message)));
}

Task<std::int64_t> vectors_of(App& app, Context context) {
  DOCMILL_CO_TRY(VectorStore * vectors, app.vectors());
  DOCMILL_CO_TRY(auto collections, co_await vectors->list_collections(context));
  std::int64_t records = 0;
  for (const CollectionInfo& collection : collections) records += collection.records;
  co_return records;
}

Task<int> status_of_all(App& app, Context context, Options options) {
  DOCMILL_CO_TRY(CatalogCounts counts, co_await app.store().catalog->count(context, ""));
  DOCMILL_CO_TRY(std::int64_t vectors, co_await vectors_of(app, context));
  if (options.json) {
    print_line(
        fmt::format(R"({{"documents": {{"done": {}, "partial": {}, "dead": {}, "waiting": {}, )"
                    R"("running": {}}}, )"
                    R"("chunks": {}, "vectors": {}, "blobs_bytes": {}}})",
                    counts.done, counts.partial, counts.dead, counts.waiting, counts.running,
                    counts.chunks, vectors, counts.blobs_bytes));
    co_return kExitOk;
  }
  print_line(fmt::format("documents  {} done, {} partial, {} waiting, {} running, {} dead",
                         counts.done, counts.partial, counts.waiting, counts.running, counts.dead));
  print_line(fmt::format("chunks     {} in {} vectors", counts.chunks, vectors));
  print_line("originals  " + people_bytes(counts.blobs_bytes));
  if (counts.dead > 0) print_line("Dead documents and why: docmill dead list");
  co_return kExitOk;
}

Task<std::vector<DocumentRecord>> list_all(App& app, Context context, DocumentFilter filter) {
  std::vector<DocumentRecord> records;
  filter.limit = 1000;
  for (;;) {
    DOCMILL_CO_TRY(DocumentPage page, co_await app.store().catalog->list(context, filter));
    for (DocumentRecord& record : page.documents) records.push_back(std::move(record));
    if (page.next.empty()) co_return records;
    filter.after = page.next;
  }
}

std::string chunk_json(const document::Chunk& chunk) {
  return fmt::format(R"({{"id": "{}", "heading_path": {}, "page_first": {}, "page_last": {}, )"
                     R"("tokens": {}, "text": {}}})",
                     chunk.id, json_string(chunk.heading_path), chunk.page_first, chunk.page_last,
                     chunk.tokens, json_string(chunk.text));
}

Task<void> show_chunks(App& app, Context context, DocumentRecord record) {
  std::string key = record.chunks_key;
  DOCMILL_CO_TRY(std::string bytes,
                 co_await app.store().blobs->get(context, std::move(key), kArtefactBytesMax));
  DOCMILL_CO_TRY(auto chunks, document::decode_chunks(bytes));
  for (const document::Chunk& chunk : chunks) print_line(chunk_json(chunk));
  co_return Status();
}

Task<int> list_dead(App& app, Context context, Options options) {
  DocumentFilter filter{
      .collection = "", .state = DocumentState::kDead, .uri_prefix = "", .after = ""};
  DOCMILL_CO_TRY(auto records, co_await list_all(app, context, filter));
  for (const DocumentRecord& record : records) {
    if (options.json) {
      print_line(document_json(record));
    } else {
      print_document(record);
    }
  }
  if (!options.json && records.empty()) print_line("No document is dead.");
  co_return kExitOk;
}

}  // namespace

Task<int> status_command(App& app, Context context, Options options) {
  if (options.arguments.empty()) co_return co_await status_of_all(app, context, std::move(options));
  DOCMILL_CO_TRY(DocumentRecord record,
                 co_await app.store().catalog->get(context, options.arguments[0]));
  if (options.json) {
    print_line(document_json(record));
  } else {
    print_document(record);
  }
  co_return kExitOk;
}

Task<int> show_command(App& app, Context context, Options options) {
  DOCMILL_CO_TRY(DocumentRecord record,
                 co_await app.store().catalog->get(context, options.arguments[0]));
  if (record.model_key.empty() || record.current_revision == 0)
    co_return fail(ErrorCode::kNotFound,
                   "the document has no text yet: it is " + std::string(name_of(record.state)));
  if (options.format == "chunks") {
    DOCMILL_CO_TRY_VOID(co_await show_chunks(app, context, std::move(record)));
    co_return kExitOk;
  }
  std::string key = record.model_key;
  DOCMILL_CO_TRY(std::string bytes,
                 co_await app.store().blobs->get(context, std::move(key), kArtefactBytesMax));
  DOCMILL_CO_TRY(document::Document model, document::decode(bytes));
  if (options.format == "json") {
    print_line(document::to_json(model));
  } else if (options.format == "text") {
    print_line(document::to_text(model));
  } else {
    print_line(document::to_markdown(model));
  }
  co_return kExitOk;
}

Task<int> delete_command(App& app, Context context, Options options) {
  for (const std::string& id : options.arguments)
    DOCMILL_CO_TRY_VOID(co_await app.store().catalog->erase(context, id));
  // Readers do not see it from here on; its vectors go before this returns where they can.
  DOCMILL_CO_TRY_VOID(co_await app.work_until_erased(context, options.arguments));
  print_line(options.json ? R"({"deleted": )" + std::to_string(options.arguments.size()) + "}"
                          : "Deleted.");
  co_return kExitOk;
}

Task<int> dead_command(App& app, Context context, Options options) {
  std::string action = options.arguments[0];
  std::vector<std::string> ids(options.arguments.begin() + 1, options.arguments.end());
  if (action == "list") co_return co_await list_dead(app, context, std::move(options));
  if (action == "show" && !ids.empty()) {
    options.arguments = ids;
    co_return co_await status_command(app, context, std::move(options));
  }
  if (action == "redrive" && (options.all || !ids.empty())) {
    DOCMILL_CO_TRY(int count, co_await app.store().jobs->redrive(context, ids, ""));
    print_line(options.json ? fmt::format(R"({{"redriven": {}}})", count)
                            : fmt::format("{} documents wait again.", count));
    co_return kExitOk;
  }
  co_return fail(ErrorCode::kInvalidArgument,
                 "use: docmill dead list | dead show ID | dead redrive ID… | dead redrive --all");
}

}  // namespace docmill::app
