// SPDX-License-Identifier: Apache-2.0
// A confined program for the tests: does what the header of the request says.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "confine/protocol.h"
#include "confine/worker.h"
#include "document/extract_request.h"

extern char** environ;

namespace docmill::confine {
namespace {

using internal::kWorkerSocket;

// "name=errno" of everything that a hostile parser would try; 0 is success.
std::string try_to_escape() {
  std::string result;
  const auto note = [&result](const char* name, long returned) {
    result += std::string(name) + "=" + std::to_string(returned < 0 ? errno : 0) + " ";
  };
  char program[] = "/bin/true";
  char* const none[] = {nullptr};
  note("open", open("/etc/passwd", O_RDONLY));
  note("create", open("/tmp/docmill-escape", O_CREAT | O_WRONLY, 0600));
  note("unlink", unlink("/tmp/docmill-escape"));
  note("socket", socket(AF_INET, SOCK_STREAM, 0));
  note("socketpair", syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, nullptr));
  note("execve", execve(program, none, none));
  note("fork", syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  note("ptrace", syscall(SYS_ptrace, 16, getppid(), nullptr, nullptr));
  note("kill", kill(getppid(), 0));
  note("prlimit", syscall(SYS_prlimit64, 0, RLIMIT_AS, nullptr, nullptr));
  note("io_uring", syscall(425, 1, nullptr));
  note("exec_memory", mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
                          ? -1
                          : 0);
  return result;
}

std::string open_descriptors() {
  std::string result;
  for (int number = 0; number < 1024; ++number) {
    struct stat ignored;
    if (syscall(SYS_fstat, number, &ignored) == 0) result += std::to_string(number) + " ";
  }
  return result;
}

// As a parser that fills its memory: in small pieces and written to, like a tree of nodes.
[[noreturn]] void fill_memory() {
  std::vector<std::unique_ptr<char[]>> pieces;
  for (;;) {
    pieces.push_back(std::make_unique<char[]>(1 << 20));
    memset(pieces.back().get(), 1, 1 << 20);
  }
}

// Volatile: the compiler may assume that a block nobody uses was had.
bool allocate_too_much() {
  void* volatile block = malloc(std::size_t{1} << 45);
  return block != nullptr;
}

Result<std::string> handle(std::string_view header, std::string_view bytes) {
  if (header == "echo") return std::string(bytes);
  if (header == "escape") return try_to_escape();
  if (header == "descriptors") return open_descriptors();
  if (header == "environment") return std::string(environ && *environ ? *environ : "");
  if (header == "pid") return std::to_string(getpid());
  if (header == "error") return fail(ErrorCode::kCorruptData, "not a document", "malformed");
  if (header == "throw") throw std::runtime_error("secret words of the document");
  if (header == "crash") {
    signal(SIGSEGV, SIG_DFL);  // sanitizers handle it themselves and leave with a status
    raise(SIGSEGV);
  }
  if (header == "exit") _exit(5);
  if (header == "hang") {
    for (;;) pause();
  }
  if (header == "sleep") {
    for (;;) sleep(1);
  }
  if (header == "spin") {
    for (volatile int i = 0;; i = i + 1) {
    }
  }
  if (header == "fill") fill_memory();
  if (header == "fill_in_c") {
    // What a C library does: no memory is an error of its own.
    if (!allocate_too_much()) return fail(ErrorCode::kInternal, "parser failed");
  }
  if (header == "fill_and_abort") {
    if (!allocate_too_much()) abort();
  }
  if (header == "flood") return std::string(8 << 20, 'x');
  if (header == "garbage") {
    const std::string noise(64, '\xee');
    internal::write_all(kWorkerSocket, noise.data(), noise.size());
    return std::string();
  }
  if (header == "unasked") {
    internal::write_frame(kWorkerSocket, internal::FrameKind::kDone, {}, 0);
    return std::string("second");
  }
  if (header == "write_document") {
    auto* first = const_cast<char*>(bytes.data());
    const bool writable =
        mprotect(reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(first) & ~4095UL), 4096,
                 PROT_READ | PROT_WRITE) == 0;
    if (writable) *first = '!';  // its own copy only
    return std::string(bytes.substr(0, 1));
  }
  // A parser whose answer the test chose: the document's bytes are the answer.
  if (document::decode_request_header(header)) return std::string(bytes);
  return fail(ErrorCode::kInvalidArgument, "unknown command");
}

// Answers like a worker whose self-test found that everything is allowed.
int run_unconfined() {
  internal::Configuration configuration;
  internal::read_all(kWorkerSocket, &configuration, sizeof configuration);
  internal::write_frame(kWorkerSocket, internal::FrameKind::kHello, std::string_view("\0", 1), 0);
  internal::RequestStart start;
  while (internal::read_all(kWorkerSocket, &start, sizeof start)) {
    std::string header(start.header_bytes, '\0');
    internal::read_all(kWorkerSocket, header.data(), header.size());
    internal::write_frame(kWorkerSocket, internal::FrameKind::kData, header, start.nonce);
    internal::write_frame(kWorkerSocket, internal::FrameKind::kDone, {}, start.nonce);
  }
  return 0;
}

}  // namespace
}  // namespace docmill::confine

int main(int, char** arguments) {
  if (std::string_view(arguments[0]).ends_with("unconfined")) {
    return docmill::confine::run_unconfined();
  }
  return docmill::confine::run_worker([] {}, docmill::confine::handle);
}
