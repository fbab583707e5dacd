// SPDX-License-Identifier: Apache-2.0
#include "confine/sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

namespace docmill::confine::internal {
namespace {

// The kernel's landlock interface by system call: Debian 12's headers end at ABI 2. Numbers from
// include/uapi/linux/landlock.h of Linux 6.12.
struct LandlockRuleset {
  std::uint64_t handled_access_fs = 0;
  std::uint64_t handled_access_net = 0;  // from ABI 4
  std::uint64_t scoped = 0;              // from ABI 6
};
constexpr long kCreateRuleset = 444;
constexpr long kRestrictSelf = 446;
constexpr std::uint32_t kVersionFlag = 1;
constexpr int kFsRightsAbi1 = 13;

std::uint64_t low_bits(int count) { return (1ULL << count) - 1; }

// Everything that landlock of this kernel can refuse is refused: no rule allows anything again.
bool restrict_by_landlock() {
  const long abi = syscall(kCreateRuleset, nullptr, 0, kVersionFlag);
  if (abi < 1) return false;
  LandlockRuleset ruleset;
  // ABI 2 added one right (refer), 3 truncate, 5 ioctl on devices.
  ruleset.handled_access_fs =
      low_bits(kFsRightsAbi1 + (abi >= 2 ? 1 : 0) + (abi >= 3 ? 1 : 0) + (abi >= 5 ? 1 : 0));
  std::size_t size = sizeof(std::uint64_t);
  if (abi >= 4) {
    ruleset.handled_access_net = low_bits(2);  // bind and connect TCP
    size += sizeof(std::uint64_t);
  }
  if (abi >= 6) {
    ruleset.scoped = low_bits(2);  // abstract sockets and signals outside
    size += sizeof(std::uint64_t);
  }
  const long descriptor = syscall(kCreateRuleset, &ruleset, size, 0U);
  if (descriptor < 0) return false;
  const long restricted = syscall(kRestrictSelf, static_cast<int>(descriptor), 0U);
  close(static_cast<int>(descriptor));
  return restricted == 0;
}

// Computing, memory and the descriptors at hand. Nothing here makes a descriptor but recvmsg, which
// brings the document, and mmap never makes memory executable.
constexpr int kAllowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(pread64),
    SCMP_SYS(readv),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(lseek),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(brk),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(nanosleep),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getrusage),
    SCMP_SYS(times),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(rseq),
    SCMP_SYS(membarrier),
#ifdef DOCMILL_SANITIZED
    // UBSan looks through a pipe whether an object's memory can be read.
    SCMP_SYS(pipe),
    SCMP_SYS(pipe2),
#endif
};

bool restrict_by_seccomp() {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
  if (!filter) return false;
  bool ready = true;
  for (int call : kAllowed) ready = ready && seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0;
  const scmp_arg_cmp not_executable{2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0};
  for (int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
    ready = ready && seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &not_executable) == 0;
  }
  // abort() signals its own process and nothing else.
  const scmp_arg_cmp own_process{0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(getpid()), 0};
  ready = ready &&
          seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &own_process) == 0;
  ready = ready && seccomp_load(filter) == 0;
  seccomp_release(filter);
  return ready;
}

void limit(int resource, std::uint64_t value) {
  const rlimit bound{value, value};
  setrlimit(static_cast<__rlimit_resource>(resource), &bound);
}

bool refused(long result) { return result < 0 && (errno == EPERM || errno == EACCES); }

// What runs in a child that should never have been made.
bool fork_is_refused() {
  const long child = syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (child == 0) syscall(SYS_exit_group, 0);
  return refused(child);
}

}  // namespace

SandboxLevel self_test(bool landlock) {
  // The program does not exist: where exec is not refused the answer is ENOENT, and nothing runs.
  char program[] = "/nonexistent";
  char* const no_strings[] = {nullptr};
  const bool closed =
      refused(syscall(SYS_open, "/etc/passwd", O_RDONLY)) &&
      refused(syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY)) &&
      refused(syscall(SYS_openat, AT_FDCWD, "/tmp", O_RDWR | O_TMPFILE, 0600)) &&
      refused(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0)) &&
      refused(syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0)) &&
      refused(syscall(SYS_execve, program, no_strings, no_strings)) &&
      refused(syscall(SYS_execveat, AT_FDCWD, program, no_strings, no_strings, 0)) &&
      fork_is_refused() && refused(syscall(SYS_ptrace, 0, 0, nullptr, nullptr)) &&
      refused(syscall(SYS_kill, getppid(), 0)) && refused(syscall(SYS_memfd_create, "x", 0U)) &&
      refused(syscall(SYS_prctl, PR_SET_PDEATHSIG, 0)) &&
      mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
  if (!closed) return SandboxLevel::kNone;
  return landlock ? SandboxLevel::kFull : SandboxLevel::kPartial;
}

SandboxLevel close_sandbox(std::uint64_t memory_bytes_max) {
#ifndef DOCMILL_SANITIZED
  if (memory_bytes_max > 0) limit(RLIMIT_AS, memory_bytes_max);
#else
  static_cast<void>(memory_bytes_max);
#endif
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  signal(SIGXFSZ, SIG_IGN);  // a library's word on standard error, a file perhaps, shall not kill
  limit(RLIMIT_NPROC, 0);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // Seen alone before the filter hides it: a refused open here is landlock's work.
  const bool landlock =
      restrict_by_landlock() && refused(syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY));
  // The document's memfd is the only further descriptor a worker ever holds.
  limit(RLIMIT_NOFILE, 8);
  if (!restrict_by_seccomp()) return SandboxLevel::kNone;
  return self_test(landlock);
}

}  // namespace docmill::confine::internal
