// SPDX-License-Identifier: Apache-2.0
#include "confine/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace docmill::confine::internal {
namespace {

std::uint64_t random_number() {
  std::uint64_t number = 0;
  DOCMILL_CHECK(getrandom(&number, sizeof number, 0) == sizeof number);
  return number;
}

// How long a wait may go on before limits and cancellation are looked at again.
constexpr int kTickMs = 20;
// A process that crashed with this share of its memory in use is taken to have run out of it.
constexpr double kMemoryShareOfDeath = 0.75;

class SpawnActions {
 public:
  SpawnActions(int socket) {
    posix_spawn_file_actions_init(&actions_);
    for (int standard : {0, 1}) {
      posix_spawn_file_actions_addopen(&actions_, standard, "/dev/null", O_RDWR, 0);
    }
#ifndef DOCMILL_SANITIZED  // whose reports go to standard error; a parser's words may quote the
                           // document
    posix_spawn_file_actions_addopen(&actions_, 2, "/dev/null", O_RDWR, 0);
#endif
    posix_spawn_file_actions_adddup2(&actions_, socket, kWorkerSocket);
    posix_spawn_file_actions_addclosefrom_np(&actions_, kWorkerSocket + 1);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnActions() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;

  int spawn(const std::string& program, pid_t& pid) {
    std::string name = program;
    char* const arguments[] = {name.data(), nullptr};
    char* const environment[] = {nullptr};
    return posix_spawn(&pid, program.c_str(), &actions_, &attributes_, arguments, environment);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

Error broken_stream() {
  return Error(ErrorCode::kUnavailable, "the worker closed its socket", "worker_ended");
}

Error broken_protocol() {
  return Error(ErrorCode::kCorruptData, "the worker sent what the protocol does not allow",
               "worker_protocol");
}

}  // namespace

void Descriptor::reset() {
  if (number_ >= 0) close(number_);
  number_ = -1;
}

Result<Descriptor> sealed_memory_file(std::string_view bytes) {
  Descriptor file(memfd_create("document", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) return fail(ErrorCode::kUnavailable, "no memory file for a document");
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t got = write(file.get(), bytes.data() + written, bytes.size() - written);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail(ErrorCode::kUnavailable, "no memory for a document");
    written += static_cast<std::size_t>(got);
  }
  if (fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)) {
    return fail(ErrorCode::kUnavailable, "a memory file could not be sealed");
  }
  return file;
}

// What bounds one exchange, with what has been used when it began.
struct WorkerProcess::Deadline {
  SteadyTime wall_end;
  Milliseconds cpu_end;
  const ExchangeLimits* limits;

  Status check(Milliseconds cpu_used) const {
    if (limits->wanted) DOCMILL_TRY_VOID(limits->wanted());
    if (cpu_used >= cpu_end) {
      return fail(
          ErrorCode::kDeadlineExceeded,
          fmt::format("parsing took more than {} ms of processor time", limits->cpu.count()),
          "limit_cpu_time");
    }
    if (system_clock().steady_now() >= wall_end) {
      return fail(ErrorCode::kDeadlineExceeded,
                  fmt::format("parsing took longer than {} ms", limits->wall.count()),
                  "limit_wall_time");
    }
    return {};
  }
};

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::start(const std::string& program,
                                                            std::uint64_t memory_bytes_max,
                                                            Milliseconds timeout) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    return fail(ErrorCode::kUnavailable, "no socket pair for a parser process");
  }
  Descriptor ours(pair[0]);
  Descriptor theirs(pair[1]);
  // dup2 onto itself would leave close-on-exec set.
  if (theirs.get() == kWorkerSocket) {
    theirs = Descriptor(fcntl(theirs.get(), F_DUPFD_CLOEXEC, kWorkerSocket + 1));
  }
  fcntl(ours.get(), F_SETFL, O_NONBLOCK);
  pid_t pid = -1;
  SpawnActions actions(theirs.get());
  if (const int error = actions.spawn(program, pid); error != 0) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("the parser program {} does not start: {}", program, strerror(error)));
  }
  theirs.reset();
  std::unique_ptr<WorkerProcess> worker(new WorkerProcess(pid, std::move(ours)));
  const Configuration configuration{.memory_bytes_max = memory_bytes_max};
  ExchangeLimits limits{.wall = timeout, .cpu = timeout, .memory_bytes = 0, .reply_bytes = 0};
  const Deadline deadline{system_clock().steady_now() + timeout, timeout, &limits};
  Status sent = worker->send_bytes(
      {reinterpret_cast<const char*>(&configuration), sizeof configuration}, -1, deadline);
  if (sent) sent = worker->await_hello(timeout);
  if (!sent) {
    return fail(ErrorCode::kUnavailable, fmt::format("the parser program {} does not answer: {}",
                                                     program, sent.error().message));
  }
  return worker;
}

WorkerProcess::~WorkerProcess() { kill_and_reap(); }

Status WorkerProcess::await_hello(Milliseconds timeout) {
  ExchangeLimits limits{.wall = timeout, .cpu = timeout};
  const Deadline deadline{system_clock().steady_now() + timeout, timeout, &limits};
  FrameHeader header;
  std::uint8_t level = 0;
  DOCMILL_TRY_VOID(receive_bytes(&header, sizeof header, deadline));
  if (header.kind != static_cast<std::uint32_t>(FrameKind::kHello) || header.bytes != 1) {
    return fail(broken_protocol());
  }
  DOCMILL_TRY_VOID(receive_bytes(&level, 1, deadline));
  if (level > static_cast<std::uint8_t>(SandboxLevel::kFull)) return fail(broken_protocol());
  level_ = static_cast<SandboxLevel>(level);
  return {};
}

Status WorkerProcess::wait_for(short events, const Deadline& deadline) {
  for (;;) {
    pollfd waiting{socket_.get(), events, 0};
    const int ready = poll(&waiting, 1, kTickMs);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fail(broken_stream());
    DOCMILL_TRY_VOID(deadline.check(cpu_used()));
  }
}

Status WorkerProcess::send_bytes(std::string_view bytes, int attached, const Deadline& deadline) {
  while (!bytes.empty()) {
    // MSG_NOSIGNAL: a dead worker is an outcome, not a signal.
    ssize_t sent;
    if (attached >= 0) {
      alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
      iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
      msghdr message{};
      message.msg_iov = &piece;
      message.msg_iovlen = 1;
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      cmsghdr* rights = CMSG_FIRSTHDR(&message);
      rights->cmsg_level = SOL_SOCKET;
      rights->cmsg_type = SCM_RIGHTS;
      rights->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(rights), &attached, sizeof attached);
      sent = sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
    } else {
      sent = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      attached = -1;
      continue;
    }
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN) return fail(broken_stream());
    DOCMILL_TRY_VOID(wait_for(POLLOUT, deadline));
  }
  return {};
}

Status WorkerProcess::receive_bytes(void* out, std::size_t size, const Deadline& deadline) {
  auto* position = static_cast<char*>(out);
  while (size > 0) {
    const ssize_t got = recv(socket_.get(), position, size, 0);
    if (got > 0) {
      position += got;
      size -= static_cast<std::size_t>(got);
      continue;
    }
    if (got == 0) return fail(broken_stream());
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return fail(broken_stream());
    DOCMILL_TRY_VOID(wait_for(POLLIN, deadline));
  }
  return {};
}

Status WorkerProcess::send_request(std::string_view header, int memory_file, std::uint64_t bytes,
                                   const Deadline& deadline) {
  nonce_ = random_number();
  const RequestStart start{
      .header_bytes = static_cast<std::uint32_t>(header.size()), .bytes = bytes, .nonce = nonce_};
  DOCMILL_TRY_VOID(
      send_bytes({reinterpret_cast<const char*>(&start), sizeof start}, memory_file, deadline));
  return send_bytes(header, -1, deadline);
}

Result<std::string> WorkerProcess::receive_reply(const Deadline& deadline, bool& answered) {
  std::string reply;
  for (;;) {
    FrameHeader header;
    DOCMILL_TRY_VOID(receive_bytes(&header, sizeof header, deadline));
    if (header.nonce != nonce_) return fail(ErrorCode::kUnavailable, "an unasked frame", "unasked");
    if (header.bytes > kFrameBytesMax) return fail(broken_protocol());
    switch (static_cast<FrameKind>(header.kind)) {
      case FrameKind::kData: {
        if (reply.size() + header.bytes > deadline.limits->reply_bytes) {
          return fail(
              ErrorCode::kTooLarge,
              fmt::format("the parser answered more than {} bytes", deadline.limits->reply_bytes),
              "limit_reply_bytes");
        }
        const std::size_t before = reply.size();
        reply.resize(before + header.bytes);
        DOCMILL_TRY_VOID(receive_bytes(reply.data() + before, header.bytes, deadline));
        DOCMILL_TRY_VOID(deadline.check(Milliseconds(0)));
        break;
      }
      case FrameKind::kError: {
        std::string payload(header.bytes, '\0');
        DOCMILL_TRY_VOID(receive_bytes(payload.data(), payload.size(), deadline));
        answered = true;
        return fail(decode_error(payload));
      }
      case FrameKind::kDone:
        if (header.bytes != 0) return fail(broken_protocol());
        answered = true;
        return reply;
      default:
        return fail(broken_protocol());
    }
  }
}

// Between requests the socket must be silent: anything to read is the end of the stream or a trick.
bool WorkerProcess::dead_or_unasked() const {
  pollfd waiting{socket_.get(), POLLIN, 0};
  return poll(&waiting, 1, 0) != 0;
}

Exchange WorkerProcess::exchange(std::string_view header, int memory_file, std::uint64_t bytes,
                                 const ExchangeLimits& limits) {
  if (pid_ < 0 || dead_or_unasked()) {
    kill_and_reap();
    return {fail(broken_stream()), false, false};
  }
  const Deadline deadline{system_clock().steady_now() + limits.wall, cpu_used() + limits.cpu,
                          &limits};
  ++documents_;
  bool answered = false;
  Status sent = send_request(header, memory_file, bytes, deadline);
  Result<std::string> reply =
      sent ? receive_reply(deadline, answered) : Result<std::string>(fail(sent.error()));
  if (answered) return {std::move(reply), true};
  if (!reply && reply.error().reason == "unasked") {
    kill_and_reap();
    return {fail(broken_protocol()), false, false};
  }
  if (reply.error().reason == "worker_ended") reply = fail(death(limits));
  kill_and_reap();
  return {std::move(reply), false};
}

// How the worker ended, as an error about the document. Waits for it: its socket is closed, so it
// is dead or about to be.
Error WorkerProcess::death(const ExchangeLimits& limits) {
  int status = 0;
  rusage usage{};
  pid_t waited;
  // It may have closed the socket and live on.
  for (int tick = 0; (waited = wait4(pid_, &status, WNOHANG, &usage)) == 0 && tick < 50; ++tick) {
    poll(nullptr, 0, kTickMs);
  }
  if (waited != pid_) {
    return Error(ErrorCode::kCorruptData, "the parser closed its socket", "parser_crashed");
  }
  pid_ = -1;
  const auto resident = static_cast<double>(usage.ru_maxrss) * 1024;
  const bool full = limits.memory_bytes > 0 &&
                    resident > kMemoryShareOfDeath * static_cast<double>(limits.memory_bytes);
  if (full || (WIFEXITED(status) && WEXITSTATUS(status) == kExitOutOfMemory)) {
    return Error(ErrorCode::kTooLarge, "the document needs more memory than a parser may use",
                 "limit_memory");
  }
  if (WIFSIGNALED(status)) {
    return Error(ErrorCode::kCorruptData,
                 fmt::format("the parser crashed on the document: signal {} ({})", WTERMSIG(status),
                             strsignal(WTERMSIG(status))),
                 "parser_crashed");
  }
  return Error(ErrorCode::kCorruptData,
               fmt::format("the parser left with status {}", WEXITSTATUS(status)),
               "parser_crashed");
}

void WorkerProcess::kill_and_reap() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  pid_ = -1;
  socket_.reset();
}

Milliseconds WorkerProcess::cpu_used() const {
  clockid_t clock;
  timespec used;
  if (pid_ < 0 || clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &used) != 0) {
    return Milliseconds(0);
  }
  return Milliseconds(used.tv_sec * 1000 + used.tv_nsec / 1'000'000);
}

std::uint64_t WorkerProcess::resident_bytes() const {
  const std::string path = fmt::format("/proc/{}/statm", pid_);
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return 0;
  std::array<char, 128> text{};
  if (read(file.get(), text.data(), text.size() - 1) <= 0) return 0;
  unsigned long long total = 0;
  unsigned long long resident = 0;
  if (sscanf(text.data(), "%llu %llu", &total, &resident) != 2) return 0;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace docmill::confine::internal
