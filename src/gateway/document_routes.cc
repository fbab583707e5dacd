// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/json_text.h"
#include "gateway/multipart.h"
#include "gateway/routes.h"
#include "gateway/upload.h"

namespace docmill::gateway {
namespace {

constexpr std::size_t kFormFieldBytesMax = 8 << 10;
constexpr std::size_t kFilesMax = 100;  // in one form
constexpr std::size_t kCollectionBytesMax = 64;

Result<std::string> collection_of(std::string_view name) {
  if (name.empty()) return "default";
  bool fine = name.size() <= kCollectionBytesMax && std::ranges::all_of(name, [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
              });
  if (!fine)
    return fail(ErrorCode::kInvalidArgument,
                "collection: must be 1 to 64 letters, digits, dashes, dots or underscores",
                "invalid_value");
  return std::string(name);
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out += ',';
  append_json_string(out, name);
  out += ':';
  append_json_string(out, text);
}

std::string document_json(const DocumentRecord& record) {
  std::string out = R"({"id":)";
  append_json_string(out, record.id);
  append_member(out, "object", "document");
  append_member(out, "uri", record.version.uri);
  append_member(out, "collection", record.version.collection);
  append_member(out, "state", name_of(record.state));
  append_member(out, "stage", name_of(record.stage));
  fmt::format_to(
      std::back_inserter(out),
      R"(,"attempt":{},"chunks":{},"revision":{},"size_bytes":{},"created_at":{},"updated_at":{})",
      record.attempt, record.chunks, record.revision, record.version.size_bytes,
      to_unix_ms(record.created_at) / 1000, to_unix_ms(record.updated_at) / 1000);
  append_member(out, "title", record.title);
  append_member(out, "media_type", record.media_type);
  append_member(out, "sha256", record.version.content.hex());
  if (!record.failure) return out += R"(,"error":null})";
  out += R"(,"error":{"reason":)";
  append_json_string(out, record.failure->reason);
  append_member(out, "message", record.failure->message);
  append_member(out, "stage", name_of(record.failure->stage));
  return out += fmt::format(R"(,"attempt":{}}}}})", record.failure->attempt);
}

// A file that is stored already and waits to be recorded.
struct ReceivedFile {
  Upload::Stored stored;
  std::string filename;
  std::string content_type;
};

struct ReceivedForm {
  std::vector<ReceivedFile> files;
  std::string uri;
  std::string collection;
};

// Reads one multipart form: files into the blob store, fields into memory.
class FormReader {
 public:
  FormReader(BlobStore& blobs, std::uint64_t document_bytes_max, MultipartReader reader)
      : blobs_(blobs), bytes_max_(document_bytes_max), reader_(std::move(reader)) {}

  Task<ReceivedForm> read(Context context, http::BodyReader& body) {
    // Every file has its own limit; the form as a whole has one too.
    std::uint64_t form_bytes_max = bytes_max_ * kFilesMax;
    while (true) {
      DOCMILL_CO_TRY(std::string piece, co_await body.read(context, form_bytes_max));
      if (piece.empty()) break;
      std::vector<MultipartEvent> events;
      DOCMILL_CO_TRY_VOID(reader_.feed(piece, events));
      for (MultipartEvent& event : events)
        DOCMILL_CO_TRY_VOID(co_await take(context, std::move(event)));
    }
    DOCMILL_CO_TRY_VOID(reader_.finish());
    if (form_.files.empty())
      co_return fail(ErrorCode::kInvalidArgument, "file: the form has no file part",
                     "missing_required_parameter");
    co_return std::move(form_);
  }

 private:
  Task<void> take(Context context, MultipartEvent event) {
    using enum MultipartEvent::Kind;
    if (event.kind == kPartBegin) {
      part_ = std::move(event);
      value_.clear();
      if (is_file()) upload_.emplace(blobs_, bytes_max_);
      if (is_file() && form_.files.size() >= kFilesMax)
        co_return fail(ErrorCode::kInvalidArgument, "file: too many files in one form",
                       "array_too_long");
    } else if (event.kind == kData && is_file()) {
      co_return co_await upload_->write(context, std::move(event.data));
    } else if (event.kind == kData) {
      value_ += event.data;
      if (value_.size() > kFormFieldBytesMax)
        co_return fail(ErrorCode::kInvalidArgument, "a field of the form is too long",
                       "invalid_value");
    } else if (is_file()) {
      DOCMILL_CO_TRY(Upload::Stored stored, co_await upload_->finish(context));
      form_.files.push_back({stored, clean_filename(part_.filename), part_.content_type});
    } else if (part_.name == "uri") {
      form_.uri = value_;
    } else if (part_.name == "collection") {
      form_.collection = value_;
    }
    co_return Status();
  }

  bool is_file() const { return !part_.filename.empty() || part_.name == "file"; }

  BlobStore& blobs_;
  std::uint64_t bytes_max_;
  MultipartReader reader_;
  MultipartEvent part_;
  std::optional<Upload> upload_;
  std::string value_;
  ReceivedForm form_;
};

class DocumentRoutes {
 public:
  explicit DocumentRoutes(RouteEnvironment& environment) : environment_(environment) {}

  Task<void> create(Context context, Call& call) {
    std::string_view type = call.request.headers.find("content-type");
    bool form = http::equal_ignoring_case(type.substr(0, 19), "multipart/form-data");
    ReceivedForm received;
    if (form) {
      DOCMILL_CO_TRY(MultipartReader reader, MultipartReader::create(type));
      FormReader forms(services().blobs, environment_.settings.document_bytes_max,
                       std::move(reader));
      DOCMILL_CO_TRY(received, co_await forms.read(context, call.body));
    } else {
      DOCMILL_CO_TRY(received, co_await receive_raw(context, call));
    }
    if (received.uri.empty()) received.uri = call.parameter("uri");
    if (received.collection.empty()) received.collection = call.parameter("collection");
    if (received.files.size() > 1 && !received.uri.empty())
      co_return fail(ErrorCode::kInvalidArgument, "uri: names one document, the form has several",
                     "invalid_value");
    std::string items;
    for (const ReceivedFile& file : received.files) {
      DOCMILL_CO_TRY(std::string item,
                     co_await record(context, file, received.uri, received.collection));
      items += (items.empty() ? "" : ",") + item;
    }
    if (received.files.size() > 1) items = R"({"object":"list","data":[)" + items + "]}";
    co_return co_await call.answer_json(context, 202, std::move(items));
  }

  Task<void> list(Context context, Call& call) {
    DocumentFilter filter;
    filter.collection = call.parameter("collection");
    filter.uri_prefix = call.parameter("uri_prefix");
    filter.after = call.parameter("after");
    std::string_view state = call.parameter("state");
    if (!state.empty()) {
      filter.state = state_of_name(state);
      if (!filter.state)
        co_return fail(ErrorCode::kInvalidArgument,
                       "state: must be waiting, running, partial, done or dead", "invalid_value");
    }
    std::string_view limit = call.parameter("limit");
    auto [end, error] = std::from_chars(limit.data(), limit.data() + limit.size(), filter.limit);
    bool number = limit.empty() || (error == std::errc() && end == limit.data() + limit.size());
    if (!number || filter.limit < 1 || filter.limit > 1000)
      co_return fail(ErrorCode::kInvalidArgument, "limit: must be from 1 to 1000", "invalid_value");
    DOCMILL_CO_TRY(DocumentPage page, co_await services().catalog.list(context, filter));
    std::string out = R"({"object":"list","data":[)";
    for (std::size_t i = 0; i < page.documents.size(); ++i)
      out += (i ? "," : "") + document_json(page.documents[i]);
    out += page.next.empty() ? R"(],"has_more":false,"next":null})"
                             : R"(],"has_more":true,"next":)" + json_string(page.next) + "}";
    co_return co_await call.answer_json(context, 200, std::move(out));
  }

  Task<void> get(Context context, Call& call) {
    DOCMILL_CO_TRY(DocumentRecord record, co_await find(context, call.captures.front()));
    co_return co_await call.answer_json(context, 200, document_json(record));
  }

  Task<void> erase(Context context, Call& call) {
    DOCMILL_CO_TRY(DocumentRecord record, co_await find(context, call.captures.front()));
    DOCMILL_CO_TRY_VOID(co_await services().catalog.erase(context, record.id));
    co_return co_await call.answer_json(
        context, 202,
        R"({"id":)" + json_string(record.id) + R"(,"object":"document","status":"erasing"})");
  }

 private:
  GatewayServices& services() { return environment_.services; }

  Task<DocumentRecord> find(Context context, std::string id) {
    auto record = co_await services().catalog.get(std::move(context), id);
    bool missing = !record && (record.error().code == ErrorCode::kNotFound ||
                               record.error().code == ErrorCode::kInvalidArgument);
    // One that is being erased is gone for readers.
    if (missing || (record && record->state == DocumentState::kErasing))
      co_return fail(ErrorCode::kNotFound, "there is no document with this id",
                     "document_not_found");
    co_return record;
  }

  Task<ReceivedForm> receive_raw(Context context, Call& call) {
    Upload upload(services().blobs, environment_.settings.document_bytes_max);
    while (true) {
      DOCMILL_CO_TRY(std::string piece,
                     co_await call.body.read(context, environment_.settings.document_bytes_max));
      if (piece.empty()) break;
      DOCMILL_CO_TRY_VOID(co_await upload.write(context, std::move(piece)));
    }
    DOCMILL_CO_TRY(Upload::Stored stored, co_await upload.finish(context));
    // The header holds percent-escapes where the name is not ASCII.
    std::string_view raw = call.request.headers.find("x-filename");
    auto name = http::percent_decode(raw);
    ReceivedForm form;
    form.files.push_back({stored, clean_filename(name ? *name : raw),
                          std::string(call.request.headers.find("content-type"))});
    co_return form;
  }

  Task<std::string> record(Context context, ReceivedFile file, std::string uri,
                           std::string collection) {
    NewVersion version;
    DOCMILL_CO_TRY(version.collection, collection_of(collection));
    DOCMILL_CO_TRY(version.uri, upload_uri(uri, file.filename, file.stored.content));
    version.source_name = file.filename;
    version.content = file.stored.content;
    version.size_bytes = file.stored.size_bytes;
    version.declared_media_type = file.content_type.substr(0, file.content_type.find(';'));
    version.declared_charset = header_parameter(file.content_type, "charset");
    DOCMILL_CO_TRY(RecordedVersion recorded, co_await services().catalog.record(context, version));
    services()
        .metrics.get("docmill_gateway_uploads_total", {recorded.unchanged ? "unchanged" : "queued"})
        .add();
    std::string out = R"({"id":)" + json_string(recorded.document);
    append_member(out, "uri", version.uri);
    append_member(out, "collection", version.collection);
    append_member(out, "status", recorded.unchanged ? "unchanged" : "queued");
    co_return out + "}";
  }

  RouteEnvironment& environment_;
};

}  // namespace

void add_document_routes(Router& router, RouteEnvironment& environment) {
  auto routes = std::make_shared<DocumentRoutes>(environment);
  router.add({"POST", "/v1/documents", Access::kKey,
              [routes](Context context, Call& call) { return routes->create(context, call); }});
  router.add({"GET", "/v1/documents", Access::kKey,
              [routes](Context context, Call& call) { return routes->list(context, call); }});
  router.add({"GET", "/v1/documents/{id}", Access::kKey,
              [routes](Context context, Call& call) { return routes->get(context, call); }});
  router.add({"DELETE", "/v1/documents/{id}", Access::kKey,
              [routes](Context context, Call& call) { return routes->erase(context, call); }});
}

}  // namespace docmill::gateway
