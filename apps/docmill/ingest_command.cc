// SPDX-License-Identifier: Apache-2.0
// ingest: files and folders into the data folder, until they are done or dead.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/json_text.h"
#include "commands.h"
#include "console.h"
#include "document_wait.h"

namespace docmill::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPieceBytes = 1 << 20;

struct FileStored {
  Hash content;
  std::uint64_t size_bytes = 0;
};

// Folders are walked; files whose names start with a dot are left out, as people expect.
Result<std::vector<fs::path>> files_of(const std::vector<std::string>& paths) {
  std::vector<fs::path> files;
  for (const std::string& text : paths) {
    std::error_code error;
    fs::path path = fs::weakly_canonical(text, error);
    if (fs::is_regular_file(path, error)) {
      files.push_back(path);
      continue;
    }
    if (!fs::is_directory(path, error))
      return fail(ErrorCode::kNotFound, "there is no file or folder " + text);
    auto walk = fs::recursive_directory_iterator(
        path, fs::directory_options::skip_permission_denied, error);
    for (; !error && walk != fs::end(walk); walk.increment(error)) {
      if (walk->path().filename().string().starts_with(".")) {
        if (walk->is_directory(error)) walk.disable_recursion_pending();
      } else if (walk->is_regular_file(error)) {
        files.push_back(walk->path());
      }
    }
    if (error) return fail(ErrorCode::kUnavailable, "cannot read " + text + ": " + error.message());
  }
  std::ranges::sort(files);
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

Result<std::string> read_piece(int file) {
  std::string piece(kPieceBytes, '\0');
  ssize_t size = ::read(file, piece.data(), piece.size());
  if (size < 0) return fail(ErrorCode::kUnavailable, "the file cannot be read");
  piece.resize(static_cast<std::size_t>(size));
  return piece;
}

Task<FileStored> store_pieces(App& app, Context context, int file) {
  DOCMILL_CO_TRY(auto writer, co_await app.store().blobs->create_writer(context));
  Hasher hasher;
  FileStored stored;
  for (;;) {
    DOCMILL_CO_TRY(std::string piece, co_await app.runtime().blocking().run(
                                          context, [file] { return read_piece(file); }));
    if (piece.empty()) break;
    hasher.update(piece);
    stored.size_bytes += piece.size();
    DOCMILL_CO_TRY_VOID(co_await writer->write(context, std::move(piece)));
  }
  stored.content = hasher.finish();
  DOCMILL_CO_TRY_VOID(co_await writer->commit(context, content_key(stored.content)));
  co_return stored;
}

Task<RecordedVersion> take_in(App& app, Context context, fs::path path, std::string collection) {
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) co_return fail(ErrorCode::kPermissionDenied, "cannot open " + path.string());
  auto stored = co_await store_pieces(app, context, file);
  ::close(file);
  if (!stored) co_return fail(std::move(stored).error().wrap(path.string()));
  NewVersion version;
  version.collection = std::move(collection);
  version.uri = "file://" + path.string();
  version.source_name = path.filename().string();
  version.content = stored->content;
  version.size_bytes = stored->size_bytes;
  std::error_code error;
  auto written = fs::last_write_time(path, error);
  if (!error)
    version.modified_at =
        std::chrono::floor<Milliseconds>(std::chrono::file_clock::to_sys(written));
  co_return co_await app.store().catalog->record(context, std::move(version));
}

Task<void> take_in_all(App& app, Context context, std::vector<fs::path> files,
                       std::string collection, std::shared_ptr<DocumentWait> wait) {
  for (fs::path& file : files) {
    auto recorded = co_await take_in(app, context, file, collection);
    // One unreadable file costs itself, not the rest.
    if (recorded) {
      wait->add(recorded->document);
    } else if (recorded.error().code == ErrorCode::kPermissionDenied) {
      wait->add_refused(file.string(), recorded.error().message);
    } else {
      co_return fail(std::move(recorded).error());
    }
  }
  wait->complete();
  co_return Status();
}

}  // namespace

Task<int> ingest_command(App& app, Context context, Options options) {
  DOCMILL_CO_TRY(auto files, files_of(options.arguments));
  auto wait =
      std::make_shared<DocumentWait>(app, static_cast<std::int64_t>(files.size()), options.json);
  TaskGroup group(app.runtime().executor(), context);
  DOCMILL_CO_TRY_VOID(app.start_processor(group));
  TaskGroup intake(app.runtime().executor(), context);
  intake.spawn("intake",
               take_in_all(app, intake.context(), std::move(files), options.collection, wait));
  Status ended = co_await wait->run(context, intake);
  Status joined = co_await intake.join();
  group.cancel();
  static_cast<void>(co_await group.join());
  if (!joined) co_return fail(std::move(joined).error());
  if (!ended) co_return fail(std::move(ended).error());
  co_return wait->report();
}

}  // namespace docmill::app
