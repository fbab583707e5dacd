// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "confine/protocol.h"
#include "confine/sandbox_level.h"

namespace docmill::confine::internal {

// A file descriptor and its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    reset();
    number_ = std::exchange(other.number_, -1);
    return *this;
  }
  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  void reset();

 private:
  int number_ = -1;
};

struct ExchangeLimits {
  Milliseconds wall{0};
  Milliseconds cpu{0};
  std::uint64_t memory_bytes = 0;  // to judge a death by
  std::uint64_t reply_bytes = 0;
  std::function<Status()> wanted;  // asked every few milliseconds
};

struct Exchange {
  Result<std::string> reply;
  bool reusable = false;  // the worker ended the request in good order
  bool begun = true;      // false: the worker had died before; another may be given the request
};

// One confined process and the pool's end of its socket. Not thread-safe; killed and waited for
// when destroyed. All functions block: call them on a blocking thread.
class WorkerProcess {
 public:
  // Starts `program` and waits for its self-test. The process dies with the thread that calls this,
  // so call it on one that lives as long as the pool.
  static Result<std::unique_ptr<WorkerProcess>> start(const std::string& program,
                                                      std::uint64_t memory_bytes_max,
                                                      Milliseconds timeout);
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  SandboxLevel level() const { return level_; }
  pid_t pid() const { return pid_; }
  int documents() const { return documents_; }
  // Resident memory now; 0 when it cannot be read.
  std::uint64_t resident_bytes() const;

  // One request and its reply. On every error but one that the handler answered, the worker is
  // dead.
  Exchange exchange(std::string_view header, int memory_file, std::uint64_t bytes,
                    const ExchangeLimits& limits);

 private:
  struct Deadline;
  WorkerProcess(pid_t pid, Descriptor socket) : pid_(pid), socket_(std::move(socket)) {}

  Status await_hello(Milliseconds timeout);
  bool dead_or_unasked() const;
  Status send_request(std::string_view header, int memory_file, std::uint64_t bytes,
                      const Deadline& deadline);
  Status send_bytes(std::string_view bytes, int attached, const Deadline& deadline);
  Status receive_bytes(void* out, std::size_t size, const Deadline& deadline);
  Result<std::string> receive_reply(const Deadline& deadline, bool& answered);
  Status wait_for(short events, const Deadline& deadline);
  Error death(const ExchangeLimits& limits);
  void kill_and_reap();
  Milliseconds cpu_used() const;

  pid_t pid_;
  Descriptor socket_;
  SandboxLevel level_ = SandboxLevel::kNone;
  std::uint64_t nonce_ = 0;  // of the request in work
  int documents_ = 0;
};

// `bytes` in an anonymous file that nobody can change any more. unavailable when the machine has no
// memory or descriptors for it.
Result<Descriptor> sealed_memory_file(std::string_view bytes);

}  // namespace docmill::confine::internal
