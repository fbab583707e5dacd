// SPDX-License-Identifier: Apache-2.0
#include "confine/worker.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <new>
#include <optional>

#include "confine/allocation_watch.h"
#include "confine/protocol.h"
#include "confine/sandbox.h"

namespace docmill::confine {
namespace {

using namespace internal;

// A library that aborts or traps because it got no memory: leave with a status that says so. Any
// other such signal takes its course.
extern "C" void leave_if_out_of_memory(int signal_number) {
  if (allocation_failed()) _exit(kExitOutOfMemory);
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

void watch_for_death_by_memory() {
#ifndef DOCMILL_SANITIZED  // their own handlers report better
  for (int number : {SIGABRT, SIGILL, SIGTRAP, SIGSEGV, SIGBUS}) {
    struct sigaction action{};
    action.sa_handler = leave_if_out_of_memory;
    sigaction(number, &action, nullptr);
  }
#endif
}

// The document of one request, mapped read-only from the sealed memfd.
class Mapping {
 public:
  Mapping(int descriptor, std::uint64_t bytes) : bytes_(bytes) {
    if (bytes_ > 0) data_ = mmap(nullptr, bytes_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    close(descriptor);
  }
  ~Mapping() {
    if (mapped()) munmap(data_, bytes_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  bool mapped() const { return data_ != nullptr && data_ != MAP_FAILED; }
  bool failed() const { return data_ == MAP_FAILED; }
  std::string_view bytes() const {
    return mapped() ? std::string_view(static_cast<const char*>(data_), bytes_)
                    : std::string_view();
  }

 private:
  void* data_ = nullptr;
  std::uint64_t bytes_;
};

struct Received {
  int descriptor = -1;
  std::uint64_t bytes = 0;
  std::uint64_t nonce = 0;
  std::string header;
};

// The next request; nothing when the pool closed the socket or broke the protocol.
std::optional<Received> receive() {
  RequestStart start;
  iovec piece{&start, sizeof start};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t got;
  do {
    got = recvmsg(kWorkerSocket, &message, MSG_WAITALL);
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof start) || start.magic != RequestStart::kMagic ||
      start.header_bytes > kRequestHeaderBytesMax) {
    return std::nullopt;
  }
  const cmsghdr* attached = CMSG_FIRSTHDR(&message);
  if (!attached || attached->cmsg_type != SCM_RIGHTS) return std::nullopt;
  Received received;
  std::memcpy(&received.descriptor, CMSG_DATA(attached), sizeof received.descriptor);
  received.bytes = start.bytes;
  received.nonce = start.nonce;
  received.header.resize(start.header_bytes);
  if (!read_all(kWorkerSocket, received.header.data(), start.header_bytes)) return std::nullopt;
  return received;
}

Error out_of_memory() {
  return Error(ErrorCode::kTooLarge, "the document needs more memory than a parser may use",
               "limit_memory");
}

// Nothing that the handler throws crosses the module's boundary.
Result<std::string> answer(const Handler& handler, const Received& received) {
  clear_allocation_failed();
  const Mapping mapping(received.descriptor, received.bytes);
  if (mapping.failed()) return fail(out_of_memory());
  try {
    Result<std::string> reply = handler(received.header, mapping.bytes());
    if (!reply && allocation_failed()) return fail(out_of_memory());
    return reply;
  } catch (const std::bad_alloc&) {
    return fail(out_of_memory());
  } catch (const std::exception&) {
    // Its text may quote the document.
    return fail(ErrorCode::kInternal, "the parser threw an exception", "parser_exception");
  }
}

bool send_reply(const Result<std::string>& reply, std::uint64_t nonce) {
  if (!reply)
    return write_frame(kWorkerSocket, FrameKind::kError, encode_error(reply.error()), nonce);
  std::string_view rest = *reply;
  while (!rest.empty()) {
    const std::string_view piece = rest.substr(0, kFrameBytesMax);
    if (!write_frame(kWorkerSocket, FrameKind::kData, piece, nonce)) return false;
    rest.remove_prefix(piece.size());
  }
  return write_frame(kWorkerSocket, FrameKind::kDone, {}, nonce);
}

}  // namespace

int run_worker(const std::function<void()>& prepare, const Handler& handler) {
  // Before the first read: a pool that died earlier shows as the end of the stream.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  Configuration configuration;
  if (!read_all(kWorkerSocket, &configuration, sizeof configuration) ||
      configuration.magic != Configuration::kMagic) {
    return 2;
  }
  prepare();
  watch_for_death_by_memory();
  const auto level = static_cast<char>(close_sandbox(configuration.memory_bytes_max));
  if (!write_frame(kWorkerSocket, FrameKind::kHello, std::string_view(&level, 1), 0)) return 2;
  while (std::optional<Received> received = receive()) {
    if (!send_reply(answer(handler, *received), received->nonce)) break;
  }
  return 0;
}

}  // namespace docmill::confine
