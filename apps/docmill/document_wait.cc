// SPDX-License-Identifier: Apache-2.0
#include "document_wait.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/json_text.h"
#include "options.h"

namespace docmill::app {
namespace {

constexpr Milliseconds kLookEvery{100};
constexpr Milliseconds kStallTime{10'000};     // without a settled document
constexpr std::uintmax_t kSpaceMin = 4 << 20;  // bytes; with less, writes may fail
// Documents settle about in the order in which they came: a look ends when it has met so many that
// are not settled, more than are in work at once.
constexpr std::size_t kUnsettledMax = 16;

constexpr Stage kStages[] = {Stage::kExtract, Stage::kChunk, Stage::kEmbed, Stage::kIndex};

// What this process itself did: seconds of each stage, summed over documents that were in work at
// once, and what the embedder computed (texts found in its cache are not counted).
std::string work_json(Metrics& metrics) {
  std::string stages;
  for (Stage stage : kStages)
    stages += fmt::format(R"({}"{}": {:.3f})", stages.empty() ? "" : ", ", docmill::name_of(stage),
                          metrics.get("docmill_stage_seconds", {docmill::name_of(stage)}).total());
  return fmt::format(
      R"("stage_seconds": {{{}}}, "embedded": {{"texts": {:.0f}, "tokens": {:.0f}}})", stages,
      metrics.get("docmill_embed_texts_total").total(),
      metrics.get("docmill_embed_tokens_total").total());
}

}  // namespace

DocumentWait::DocumentWait(App& app, std::int64_t expected, bool json)
    : app_(app),
      expected_(expected),
      json_(json),
      start_(system_clock().steady_now()),
      moved_(start_),
      line_(json) {}

void DocumentWait::add(DocumentId document) {
  std::scoped_lock lock(mutex_);
  pending_.push_back(std::move(document));
}

void DocumentWait::add_refused(std::string source, std::string why) {
  std::scoped_lock lock(mutex_);
  refused_.emplace_back(std::move(source), std::move(why));
}

void DocumentWait::complete() {
  std::scoped_lock lock(mutex_);
  complete_ = true;
}

Task<void> DocumentWait::run(Context context, TaskGroup& intake) {
  for (;;) {
    DOCMILL_CO_TRY_VOID(co_await look(context));
    line_.show(progress());
    {
      std::scoped_lock lock(mutex_);
      if (pending_.empty() && complete_) co_return Status();
      if (!complete_ && intake.running() == 0) co_return Status();
    }
    DOCMILL_CO_TRY_VOID(check_space());
    DOCMILL_CO_TRY_VOID(co_await sleep_for(context, kLookEvery));
  }
}

// Documents wait for room as long as it takes; somebody who watches must hear why.
Status DocumentWait::check_space() {
  if (system_clock().steady_now() - moved_ < kStallTime) return {};
  std::error_code error;
  const auto space = std::filesystem::space(app_.settings().data_dir, error);
  if (error || space.available > kSpaceMin) return {};
  return fail(ErrorCode::kUnavailable,
              "the disk of " + app_.settings().data_dir +
                  " is full; free space and run the same command again, it goes on where it was",
              "disk_full");
}

std::optional<DocumentId> DocumentWait::take() {
  std::scoped_lock lock(mutex_);
  if (pending_.empty()) return std::nullopt;
  DocumentId document = std::move(pending_.front());
  pending_.pop_front();
  return document;
}

Task<void> DocumentWait::look(Context context) {
  std::vector<DocumentId> unsettled, delayed;
  while (unsettled.size() + delayed.size() < kUnsettledMax) {
    auto document = take();
    if (!document) break;
    auto record = co_await app_.store().catalog->get(context, *document);
    if (!record && record.error().code != ErrorCode::kNotFound)
      co_return fail(std::move(record).error());
    if (record &&
        (record->state == DocumentState::kWaiting || record->state == DocumentState::kRunning)) {
      // One that waits for another try must not hide those behind it.
      (record->failure ? delayed : unsettled).push_back(std::move(*document));
      continue;
    }
    moved_ = system_clock().steady_now();
    if (!record) continue;
    done_ += record->state == DocumentState::kDone;
    partial_ += record->state == DocumentState::kPartial;
    chunks_ += record->chunks;
    if (record->state == DocumentState::kDead) dead_.push_back(std::move(*record));
  }
  std::scoped_lock lock(mutex_);
  pending_.insert(pending_.begin(), unsettled.begin(), unsettled.end());
  pending_.insert(pending_.end(), delayed.begin(), delayed.end());
  co_return Status();
}

std::string DocumentWait::progress() const {
  std::int64_t settled = done_ + partial_ + static_cast<std::int64_t>(dead_.size());
  std::chrono::duration<double> seconds = system_clock().steady_now() - start_;
  return fmt::format("{} {}/{} documents, {:.1f}/s, {} dead", bar(settled, expected_), settled,
                     expected_, static_cast<double>(settled) / std::max(seconds.count(), 0.1),
                     dead_.size());
}

int DocumentWait::report() {
  std::chrono::duration<double> seconds = system_clock().steady_now() - start_;
  bool good = dead_.empty() && refused_.empty();
  if (json_) {
    std::string dead;
    for (const DocumentRecord& record : dead_)
      dead += fmt::format(R"({}{{"id": "{}", "uri": {}, "reason": {}}})", dead.empty() ? "" : ", ",
                          record.id, json_string(record.version.uri),
                          json_string(record.failure ? record.failure->reason : ""));
    std::string refused;
    for (const auto& [source, why] : refused_)
      refused += fmt::format(R"({}{{"uri": {}, "message": {}}})", refused.empty() ? "" : ", ",
                             json_string(source), json_string(why));
    print_line(fmt::format(R"({{"done": {}, "partial": {}, "dead": [{}], "refused": [{}], )"
                           R"("chunks": {}, "seconds": {:.3f}, {}}})",
                           done_, partial_, dead, refused, chunks_, seconds.count(),
                           work_json(app_.metrics())));
    return good ? kExitOk : kExitSomeDead;
  }
  line_.show("");
  print_line(fmt::format("{} documents done ({} chunks) in {:.1f} s, {} partial, {} dead", done_,
                         chunks_, seconds.count(), partial_, dead_.size()));
  for (const DocumentRecord& record : dead_)
    print_line(fmt::format("  dead: {}: {}", terminal_text(record.version.uri),
                           record.failure ? terminal_text(record.failure->message) : "unknown"));
  for (const auto& [source, why] : refused_)
    print_line(fmt::format("  not taken in: {}: {}", terminal_text(source), why));
  if (!dead_.empty()) print_line("Mend the cause, then: docmill dead redrive --all");
  return good ? kExitOk : kExitSomeDead;
}

}  // namespace docmill::app
