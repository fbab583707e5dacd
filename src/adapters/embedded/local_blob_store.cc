// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/local_blob_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

namespace docmill::embedded {
namespace {

namespace fs = std::filesystem;

constexpr int kListMax = 1000;
// Younger temporary files may belong to a living process.
constexpr std::chrono::hours kTemporaryAge{24};
// From so many blobs on, one sync of the file system beats one for each file.
constexpr std::size_t kSyncTogether = 4;
constexpr const char* kTemporaryFolder = ".tmp";

Error system_error(int code, std::string_view what) {
  std::string message = std::string(what) + ": " + std::strerror(code);
  if (code == ENOSPC || code == EDQUOT)
    return Error(ErrorCode::kUnavailable, message + "; free disk space and try again", "disk_full");
  if (code == ENOENT) return Error(ErrorCode::kNotFound, "there is no such blob");
  if (code == EACCES || code == EPERM || code == EROFS)
    return Error(ErrorCode::kPermissionDenied, message + "; the data folder must be writable");
  return Error(ErrorCode::kUnavailable, message);
}

// An open file that closes itself.
class File {
 public:
  File() = default;
  File(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~File() { close(); }
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

Status write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(system_error(errno, "cannot write a blob"));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::uint64_t> size_of(const fs::path& path) {
  struct ::stat info{};
  if (::stat(path.c_str(), &info) != 0) return fail(system_error(errno, "cannot look at a blob"));
  if (!S_ISREG(info.st_mode)) return fail(system_error(ENOENT, ""));
  return static_cast<std::uint64_t>(info.st_size);
}

Status sync_folder(const fs::path& folder) {
  File file(folder, O_RDONLY | O_DIRECTORY);
  if (!file.is_open() || ::fsync(file.fd()) != 0)
    return fail(system_error(errno, "cannot sync a blob folder"));
  return {};
}

// Makes `folder` and those above it; folders whose entries are new are added to `changed`.
Status make_folder(const fs::path& folder, std::set<fs::path>& changed) {
  if (::mkdir(folder.c_str(), 0755) == 0) {
    changed.insert(folder.parent_path());
    return {};
  }
  if (errno == EEXIST) return {};
  if (errno != ENOENT) return fail(system_error(errno, "cannot make a blob folder"));
  DOCMILL_TRY_VOID(make_folder(folder.parent_path(), changed));
  return make_folder(folder, changed);
}

Result<std::string> read_file(const fs::path& path, std::uint64_t size_bytes_max) {
  File file(path, O_RDONLY);
  if (!file.is_open()) return fail(system_error(errno, "cannot open a blob"));
  struct ::stat info{};
  if (::fstat(file.fd(), &info) != 0 || !S_ISREG(info.st_mode))
    return fail(system_error(ENOENT, ""));
  auto size = static_cast<std::size_t>(info.st_size);
  if (size > size_bytes_max)
    return fail(ErrorCode::kTooLarge, "the blob has " + std::to_string(size) + " bytes");
  std::string bytes(size, '\0');
  for (std::size_t done = 0; done < size;) {
    ssize_t got = ::read(file.fd(), bytes.data() + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(system_error(errno, "cannot read a blob"));
    if (got == 0) return fail(ErrorCode::kCorruptData, "the blob's file was cut while it was read");
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

void remove_old_temporaries(const fs::path& folder) {
  std::error_code ignored;
  auto limit = fs::file_time_type::clock::now() - kTemporaryAge;
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (entry.last_write_time(ignored) < limit) fs::remove(entry.path(), ignored);
}

}  // namespace

struct LocalBlobStore::State {
  // A written temporary file that waits to be made durable under its key.
  struct Commit {
    std::string key;
    fs::path temporary;
    File file;
    std::uint64_t size_bytes = 0;
    Status result;
    bool done = false;
  };

  State(LocalBlobStoreSettings given, BlockingPool& reads)
      : settings(std::move(given)),
        temporaries(settings.folder / kTemporaryFolder),
        pool(reads),
        sync_pool(1, SIZE_MAX) {}

  fs::path path_of(const std::string& key) const { return settings.folder / key; }

  Result<std::shared_ptr<Commit>> open_temporary() {
    auto commit = std::make_shared<Commit>();
    commit->temporary = temporaries / random_hex(16);
    commit->file = File(commit->temporary, O_WRONLY | O_CREAT | O_EXCL);
    if (!commit->file.is_open()) return fail(system_error(errno, "cannot create a temporary file"));
    return commit;
  }

  Task<void> submit(Context context, std::shared_ptr<Commit> commit);
  void commit_group();
  Status sync_and_rename(std::vector<std::shared_ptr<Commit>>& group);

  LocalBlobStoreSettings settings;
  fs::path temporaries;
  BlockingPool& pool;
  std::mutex mutex;
  std::vector<std::shared_ptr<Commit>> pending;  // under mutex
  std::atomic<int> waiting = 0;
  BlockingPool sync_pool;  // last: its thread ends before what it uses
};

// An error is one of the whole group. Renamed files whose folder could not be synced are repeated
// by the caller, which is harmless.
Status LocalBlobStore::State::sync_and_rename(std::vector<std::shared_ptr<Commit>>& group) {
  if (group.size() >= kSyncTogether) {
    if (::syncfs(group.front()->file.fd()) != 0)
      return fail(system_error(errno, "cannot sync blobs"));
  } else {
    for (auto& commit : group)
      if (::fdatasync(commit->file.fd()) != 0)
        return fail(system_error(errno, "cannot sync a blob"));
  }
  std::set<fs::path> changed;
  for (auto& commit : group) {
    fs::path target = path_of(commit->key);
    commit->result = make_folder(target.parent_path(), changed);
    if (!commit->result) continue;
    if (::rename(commit->temporary.c_str(), target.c_str()) != 0)
      commit->result = fail(system_error(errno, "cannot name a blob"));
    changed.insert(target.parent_path());
  }
  if (changed.size() >= kSyncTogether) {
    if (::syncfs(group.front()->file.fd()) != 0)
      return fail(system_error(errno, "cannot sync blob folders"));
    return {};
  }
  for (const fs::path& folder : changed) DOCMILL_TRY_VOID(sync_folder(folder));
  return {};
}

void LocalBlobStore::State::commit_group() {
  std::vector<std::shared_ptr<Commit>> group;
  {
    std::scoped_lock lock(mutex);
    auto count = std::min(pending.size(), static_cast<std::size_t>(settings.group_max));
    auto end = pending.begin() + static_cast<std::ptrdiff_t>(count);
    group.assign(std::make_move_iterator(pending.begin()), std::make_move_iterator(end));
    pending.erase(pending.begin(), end);
  }
  Status status = sync_and_rename(group);
  for (auto& commit : group) {
    if (!status && commit->result) commit->result = status;
    if (!commit->result) ::unlink(commit->temporary.c_str());
    commit->file.close();
    commit->done = true;
  }
}

// As Database::submit_write: the first job to run commits all that wait, the others find theirs
// done.
Task<void> LocalBlobStore::State::submit(Context context, std::shared_ptr<Commit> commit) {
  if (Status wanted = context.check(); !wanted) {
    ::unlink(commit->temporary.c_str());
    co_return wanted;
  }
  if (waiting.fetch_add(1) >= settings.puts_max) {
    waiting.fetch_sub(1);
    ::unlink(commit->temporary.c_str());
    co_return fail(ErrorCode::kRateLimited, "too many blobs wait to be synced; try again later");
  }
  {
    std::scoped_lock lock(mutex);
    pending.push_back(commit);
  }
  Status result = co_await sync_pool.run(Context::background(), [this, commit]() -> Status {
    while (!commit->done) commit_group();
    waiting.fetch_sub(1);
    return std::move(commit->result);
  });
  co_return result;
}

class LocalBlobStore::Writer final : public BlobWriter {
 public:
  Writer(State& state, std::shared_ptr<State::Commit> commit)
      : state_(state), commit_(std::move(commit)) {}
  ~Writer() override {
    if (!handed_over_) ::unlink(commit_->temporary.c_str());
  }

  Task<void> write(Context context, std::string bytes) override {
    co_return co_await state_.pool.run(std::move(context),
                                       [commit = commit_, bytes = std::move(bytes)]() -> Status {
                                         DOCMILL_TRY_VOID(write_all(commit->file.fd(), bytes));
                                         commit->size_bytes += bytes.size();
                                         return {};
                                       });
  }

  Task<BlobInfo> commit(Context context, std::string key) override {
    DOCMILL_CO_TRY_VOID(check_blob_key(key));
    DOCMILL_CHECK(!handed_over_);
    handed_over_ = true;
    commit_->key = key;
    std::uint64_t size_bytes = commit_->size_bytes;
    DOCMILL_CO_TRY_VOID(co_await state_.submit(std::move(context), commit_));
    co_return BlobInfo{std::move(key), size_bytes};
  }

 private:
  State& state_;
  std::shared_ptr<State::Commit> commit_;
  bool handed_over_ = false;
};

Result<std::unique_ptr<LocalBlobStore>> LocalBlobStore::create(LocalBlobStoreSettings settings,
                                                               BlockingPool& pool) {
  auto state = std::make_unique<State>(std::move(settings), pool);
  std::set<fs::path> changed;
  DOCMILL_TRY_VOID(make_folder(state->temporaries, changed));
  for (const fs::path& folder : changed) DOCMILL_TRY_VOID(sync_folder(folder));
  remove_old_temporaries(state->temporaries);
  return std::unique_ptr<LocalBlobStore>(new LocalBlobStore(std::move(state)));
}

LocalBlobStore::LocalBlobStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
LocalBlobStore::~LocalBlobStore() = default;

Task<void> LocalBlobStore::put(Context context, std::string key, std::string bytes) {
  DOCMILL_CO_TRY_VOID(check_blob_key(key));
  State* state = state_.get();
  using Opened = std::shared_ptr<State::Commit>;
  // Nothing when the blob is there already: a key never stands for two byte strings. A file of
  // another size is damaged and is written again.
  DOCMILL_CO_TRY(
      Opened commit,
      co_await state->pool.run(context, [state, key, bytes = std::move(bytes)]() -> Result<Opened> {
        fs::path path = state->path_of(key);
        auto known = size_of(path);
        if (known && *known == bytes.size()) {
          // Whoever wrote it may not have synced its name yet.
          DOCMILL_TRY_VOID(sync_folder(path.parent_path()));
          return Opened();
        }
        DOCMILL_TRY(Opened opened, state->open_temporary());
        Status written = write_all(opened->file.fd(), bytes);
        if (!written) {
          ::unlink(opened->temporary.c_str());
          return fail(written.error());
        }
        opened->key = key;
        opened->size_bytes = bytes.size();
        return opened;
      }));
  if (!commit) co_return Status();
  co_return co_await state->submit(std::move(context), std::move(commit));
}

Task<std::unique_ptr<BlobWriter>> LocalBlobStore::create_writer(Context context) {
  using Opened = std::unique_ptr<BlobWriter>;
  State* state = state_.get();
  co_return co_await state->pool.run(std::move(context), [state]() -> Result<Opened> {
    DOCMILL_TRY(auto commit, state->open_temporary());
    return std::make_unique<Writer>(*state, std::move(commit));
  });
}

Task<std::string> LocalBlobStore::get(Context context, std::string key,
                                      std::uint64_t size_bytes_max) {
  DOCMILL_CO_TRY_VOID(check_blob_key(key));
  co_return co_await state_->pool.run(
      std::move(context),
      [path = state_->path_of(key), size_bytes_max]() { return read_file(path, size_bytes_max); });
}

Task<BlobInfo> LocalBlobStore::stat(Context context, std::string key) {
  DOCMILL_CO_TRY_VOID(check_blob_key(key));
  fs::path path = state_->path_of(key);
  co_return co_await state_->pool.run(std::move(context),
                                      [path = std::move(path), key]() -> Result<BlobInfo> {
                                        DOCMILL_TRY(std::uint64_t size_bytes, size_of(path));
                                        return BlobInfo{key, size_bytes};
                                      });
}

Task<void> LocalBlobStore::remove(Context context, std::string key) {
  DOCMILL_CO_TRY_VOID(check_blob_key(key));
  co_return co_await state_->pool.run(std::move(context),
                                      [path = state_->path_of(key)]() -> Status {
                                        if (::unlink(path.c_str()) != 0 && errno != ENOENT)
                                          return fail(system_error(errno, "cannot remove a blob"));
                                        return {};
                                      });
}

Task<BlobPage> LocalBlobStore::list(Context context, std::string prefix, std::string after,
                                    int limit) {
  if (limit < 1 || limit > kListMax)
    co_return fail(ErrorCode::kInvalidArgument, "a page has 1 to 1000 blobs");
  fs::path root = state_->settings.folder;
  co_return co_await state_->pool.run(
      std::move(context), [root = std::move(root), prefix, after, limit]() -> Result<BlobPage> {
        // The smallest keys after `after`, kept in order while the tree is walked.
        std::set<std::string> keys;
        bool more = false;
        std::error_code error;
        for (fs::recursive_directory_iterator at(root, error), end; !error && at != end;
             at.increment(error)) {
          std::string key = at->path().lexically_relative(root).generic_string();
          std::error_code ignored;
          if (at->is_directory(ignored)) {
            std::string inside = key + "/";
            bool common = inside.starts_with(prefix) || prefix.starts_with(inside);
            bool passed = inside < after && !after.starts_with(inside);
            if (key == kTemporaryFolder || !common || passed) at.disable_recursion_pending();
            continue;
          }
          if (!key.starts_with(prefix) || key <= after) continue;
          keys.insert(std::move(key));
          if (static_cast<int>(keys.size()) > limit) {
            keys.erase(std::prev(keys.end()));
            more = true;
          }
        }
        if (error) return fail(system_error(error.value(), "cannot list blobs"));
        BlobPage page;
        for (const std::string& key : keys)
          if (auto size_bytes = size_of(root / key)) page.blobs.push_back({key, *size_bytes});
        if (more) page.next = *keys.rbegin();
        return page;
      });
}

}  // namespace docmill::embedded
