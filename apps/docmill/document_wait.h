// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app.h"
#include "console.h"

namespace docmill::app {

// Waits until documents are done or dead, whichever process does the work, and tells about it:
// progress on a terminal, a summary at the end. Adding is thread-safe.
class DocumentWait {
 public:
  // `expected`: how many will be added, for the progress bar.
  DocumentWait(App& app, std::int64_t expected, bool json);

  void add(DocumentId document);                          // each once
  void add_refused(std::string source, std::string why);  // could not even be taken in
  void complete();                                        // nothing more will be added

  // Returns when all that was added is settled or the intake failed. Errors: cancelled, and
  // unavailable with reason "disk_full" when nothing goes on because there is no space.
  Task<void> run(Context context, TaskGroup& intake);

  // Prints the summary; kExitOk, or kExitSomeDead when anything is dead or was refused.
  int report();

 private:
  Task<void> look(Context context);
  std::optional<DocumentId> take();
  Status check_space();
  std::string progress() const;

  App& app_;
  const std::int64_t expected_;
  const bool json_;
  SteadyTime start_;
  SteadyTime moved_;  // when a document was last settled
  ProgressLine line_;
  mutable std::mutex mutex_;
  std::deque<DocumentId> pending_;                            // guarded; in order of arrival
  std::vector<std::pair<std::string, std::string>> refused_;  // guarded
  bool complete_ = false;                                     // guarded
  std::int64_t done_ = 0, partial_ = 0, chunks_ = 0;
  std::vector<DocumentRecord> dead_;
};

}  // namespace docmill::app
