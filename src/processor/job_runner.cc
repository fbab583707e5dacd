// SPDX-License-Identifier: Apache-2.0
#include "processor/job_runner.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "async/task_group.h"
#include "base/log.h"

namespace docmill::processor {
namespace {

constexpr std::string_view kDiskFull = "disk_full";
constexpr Milliseconds kDiskFullWait{5'000};

constexpr std::uint64_t kArtefactBytesMax = 512ULL << 20;
constexpr std::size_t kUpsertRecordsMax = 500;

// A document's own fault never heals by itself: limits, malformed bytes, unsupported types.
bool may_heal(const Error& error) {
  return policy_of(error.code).retryable && !error.reason.starts_with("limit_");
}

std::string record_id(const std::string& chunk_id, std::int64_t revision) {
  return hash_fields({chunk_id, std::to_string(revision)}).hex().substr(0, 32);
}

}  // namespace

std::string_view name_of(RunOutcome outcome) {
  constexpr std::string_view kNames[] = {"nothing_to_do", "done",  "erased",  "will_retry",
                                         "dead",          "stale", "released"};
  return kNames[static_cast<int>(outcome)];
}

struct JobRunner::Job {
  JobLease lease;
  std::optional<document::Document> model;
  std::optional<std::vector<document::Chunk>> chunks;
  std::vector<std::vector<float>> vectors;

  const NewVersion& version() const { return lease.record.version; }
  Stage stage() const { return lease.record.stage; }
};

JobRunner::JobRunner(const Services& services, const Settings& settings, std::string worker_name)
    : services_(services),
      settings_(settings),
      extract_stage_(services, settings),
      worker_(std::move(worker_name)),
      settings_key_(settings_key(settings, services.embedder.identity())),
      random_(std::random_device()()) {}

Task<RunOutcome> JobRunner::run(Context context, DocumentId document, std::string receipt) {
  LeaseRequest request{.document = std::move(document),
                       .worker = worker_,
                       .duration = settings_.lease,
                       .settings_key = settings_key_};
  DOCMILL_CO_TRY(auto lease, co_await services_.jobs.lease(context, std::move(request)));
  if (!lease) co_return RunOutcome::kNothingToDo;
  Job job{.lease = std::move(*lease)};
  auto in_work = services_.metrics.get("docmill_documents_in_work");
  in_work.add(1);
  Context working = context.child();
  TaskGroup heartbeat(co_await boost::asio::this_coro::executor, working);
  auto stale = std::make_shared<std::atomic<bool>>(false);
  heartbeat.spawn("lease heartbeat", keep_lease(working, job.lease, std::move(receipt), stale));
  Status status = co_await run_stages(working, job);
  working.cancel();
  // The heartbeat's own failure is no news here: a lost lease shows in `stale`.
  static_cast<void>(co_await heartbeat.join());
  in_work.add(-1);
  if (*stale) status = fail(ErrorCode::kConflict, "another worker has the document");
  // Settling is worth its moment even when the program is stopping.
  Context settling =
      context.cancelled() ? Context::background().with_timeout(settings_.lease) : context;
  DOCMILL_CO_TRY(RunOutcome outcome, co_await settle(settling, job, std::move(status)));
  services_.metrics.get("docmill_documents_total", {name_of(outcome)}).add();
  co_return outcome;
}

// Extends the lease while the stage is within its time: a worker that merely lives does not keep
// it.
Task<void> JobRunner::keep_lease(Context context, JobLease lease, std::string receipt,
                                 std::shared_ptr<std::atomic<bool>> stale) {
  for (;;) {
    DOCMILL_CO_TRY_VOID(co_await sleep_for(context, settings_.lease / 3));
    Status extended = co_await services_.jobs.extend(context, lease, settings_.lease);
    if (!extended && extended.error().code == ErrorCode::kConflict) {
      *stale = true;
      context.cancel();
      co_return Status();
    }
    if (!receipt.empty())
      static_cast<void>(co_await services_.queue.extend(context, receipt, settings_.lease));
  }
}

Task<void> JobRunner::run_stages(Context context, Job& job) {
  for (;;) {
    DOCMILL_CO_TRY_VOID(context.check());
    Stage stage = job.stage();
    SteadyTime start = services_.clock.steady_now();
    Context limited = context.with_timeout(settings_.stage_timeout);
    DOCMILL_CO_TRY_VOID(co_await run_stage(limited, job));
    std::chrono::duration<double> taken = services_.clock.steady_now() - start;
    services_.metrics.get("docmill_stage_seconds", {docmill::name_of(stage)})
        .observe(taken.count());
    if (stage == Stage::kIndex || stage == Stage::kErase) co_return Status();
  }
}

Task<void> JobRunner::run_stage(Context context, Job& job) {
  switch (job.stage()) {
    case Stage::kExtract:
      co_return co_await extract(context, job);
    case Stage::kChunk:
      co_return co_await chunk(context, job);
    case Stage::kEmbed:
      co_return co_await embed(context, job);
    case Stage::kIndex:
      co_return co_await index(context, job);
    case Stage::kErase:
      co_return co_await erase(context, job);
  }
  co_return fail(ErrorCode::kInternal, "unknown stage");
}

Task<void> JobRunner::move_on(Context context, Job& job, StageResult result) {
  DOCMILL_CO_TRY_VOID(co_await services_.jobs.advance(context, job.lease, result));
  DocumentRecord& record = job.lease.record;
  record.stage = result.next;
  if (result.model_key) record.model_key = *result.model_key;
  if (result.chunks_key) record.chunks_key = *result.chunks_key;
  if (result.media_type) record.media_type = *result.media_type;
  if (result.title) record.title = *result.title;
  co_return Status();
}

Task<void> JobRunner::extract(Context context, Job& job) {
  DOCMILL_CO_TRY(job.model, co_await extract_stage_.run(context, job.version(), std::nullopt));
  co_return co_await move_on(context, job,
                             {.next = Stage::kChunk,
                              .media_type = job.model->media_type,
                              .title = job.model->title,
                              .language = job.model->language,
                              .model_key = model_artefact_key(settings_, job.version()),
                              .sandbox = services_.sandbox});
}

Task<void> JobRunner::load_model(Context context, Job& job) {
  if (job.model) co_return Status();
  DOCMILL_CO_TRY(job.model, co_await extract_stage_.load(context, job.lease.record.model_key));
  co_return Status();
}

Task<void> JobRunner::chunk(Context context, Job& job) {
  if (Status loaded = co_await load_model(context, job); !loaded) {
    // The artefact is gone or damaged: one stage back makes it again.
    if (is_missing(loaded.error())) co_return co_await extract(context, job);
    co_return loaded;
  }
  const DocumentId& document = job.lease.record.id;
  std::string key = chunks_artefact_key(settings_, services_.embedder.identity(),
                                        job.lease.record.model_key, document);
  job.lease.record.chunks_key = key;
  Status loaded = co_await load_chunks(context, job);
  if (loaded) {
    services_.metrics.get("docmill_stage_artefact_hits_total", {"chunk"}).add();
  } else if (!is_missing(loaded.error())) {
    co_return loaded;
  } else {
    auto cut = [this, &job, &document] {
      job.chunks = document::chunk(*job.model, document, settings_.chunking, services_.tokenize);
      return Result<std::string>(document::encode_chunks(*job.chunks));
    };
    DOCMILL_CO_TRY(std::string bytes, co_await services_.blocking.run(context, std::move(cut)));
    DOCMILL_CO_TRY_VOID(co_await services_.blobs.put(context, key, std::move(bytes)));
  }
  co_return co_await move_on(context, job, {.next = Stage::kEmbed, .chunks_key = key});
}

Task<void> JobRunner::load_chunks(Context context, Job& job) {
  if (job.chunks) co_return Status();
  std::string key = job.lease.record.chunks_key;
  DOCMILL_CO_TRY(std::string bytes, co_await services_.blobs.get(context, key, kArtefactBytesMax));
  DOCMILL_CO_TRY(job.chunks, document::decode_chunks(bytes));
  co_return Status();
}

Task<void> JobRunner::embed(Context context, Job& job) {
  if (Status loaded = co_await load_chunks(context, job); !loaded) {
    if (is_missing(loaded.error())) co_return co_await chunk(context, job);
    co_return loaded;
  }
  const auto batch = static_cast<std::size_t>(settings_.embed_batch_texts);
  job.vectors.clear();
  for (std::size_t begin = 0; begin < job.chunks->size(); begin += batch) {
    std::vector<std::string> texts;
    for (std::size_t i = begin; i < std::min(begin + batch, job.chunks->size()); ++i)
      texts.push_back((*job.chunks)[i].embedding_text());
    for (int refusals = 0;;) {
      auto made = co_await services_.embedder.embed(context, texts);
      if (made) {
        for (auto& vector : made->vectors) job.vectors.push_back(std::move(vector));
        break;
      }
      // A full queue is no failure of the document: wait for a place.
      if (made.error().code != ErrorCode::kRateLimited) co_return fail(std::move(made).error());
      Milliseconds wait = made.error().retry_after.value_or(backoff(++refusals));
      DOCMILL_CO_TRY_VOID(co_await sleep_for(context, wait));
    }
  }
  co_return co_await move_on(context, job, {.next = Stage::kIndex});
}

Task<void> JobRunner::index(Context context, Job& job) {
  // After a crash the vectors come from the embedding cache.
  if (!job.chunks || job.vectors.size() != job.chunks->size())
    DOCMILL_CO_TRY_VOID(co_await embed(context, job));
  const DocumentRecord& record = job.lease.record;
  const std::string& collection = record.version.collection;
  DOCMILL_CO_TRY_VOID(co_await open_collection(context, collection));
  WallTime date = record.version.modified_at.value_or(record.created_at);
  std::vector<VectorRecord> records;
  for (std::size_t i = 0; i < job.chunks->size(); ++i) {
    document::Chunk& chunk = (*job.chunks)[i];
    records.push_back({.id = record_id(chunk.id, record.revision),
                       .document = record.id,
                       .revision = record.revision,
                       .chunk_id = chunk.id,
                       .ordinal = static_cast<int>(i),
                       .text = std::move(chunk.text),
                       .heading_path = std::move(chunk.heading_path),
                       .uri = record.version.uri,
                       .title = record.title,
                       .media_type = record.media_type,
                       .page_first = static_cast<int>(chunk.page_first),
                       .page_last = static_cast<int>(chunk.page_last),
                       .date_unix_ms = to_unix_ms(date),
                       .vector = std::move(job.vectors[i])});
    if (records.size() == kUpsertRecordsMax || i + 1 == job.chunks->size()) {
      DOCMILL_CO_TRY_VOID(
          co_await services_.vectors.upsert(context, collection, std::exchange(records, {})));
    }
  }
  auto chunks = static_cast<std::int64_t>(job.chunks->size());
  DOCMILL_CO_TRY_VOID(co_await services_.jobs.finish(context, job.lease, {.chunks = chunks}));
  services_.metrics.get("docmill_chunks_total").add(static_cast<double>(chunks));
  co_return Status();
}

Task<void> JobRunner::open_collection(Context context, std::string collection) {
  auto opened = co_await services_.vectors.open_collection(context, std::move(collection),
                                                           services_.embedder.identity());
  if (opened) co_return Status();
  // Not to be taken for a stale lease: nothing but another collection or model mends this.
  if (opened.error().code == ErrorCode::kConflict)
    co_return fail(ErrorCode::kInvalidArgument, opened.error().message, "model_mismatch");
  co_return fail(std::move(opened).error());
}

Task<void> JobRunner::erase(Context context, Job& job) {
  const DocumentRecord& record = job.lease.record;
  DOCMILL_CO_TRY_VOID(co_await services_.vectors.remove(
      context, record.version.collection, record.id, std::numeric_limits<std::int64_t>::max()));
  co_return co_await services_.jobs.finish(context, job.lease, {});
}

Task<RunOutcome> JobRunner::settle(Context context, Job& job, Status status) {
  const DocumentRecord& record = job.lease.record;
  if (status) co_return record.stage == Stage::kErase ? RunOutcome::kErased : RunOutcome::kDone;
  const Error& error = status.error();
  if (error.code == ErrorCode::kConflict) {
    services_.metrics.get("docmill_stale_writes_total").add();
    co_return RunOutcome::kStale;
  }
  const bool stopped = error.code == ErrorCode::kCancelled;
  // Not the document's fault, and nothing can be done before somebody makes room.
  const bool full = error.reason == kDiskFull;
  Failure failure{.reason = std::string(reason_of(error)),
                  .message = error.message,
                  .stage = record.stage,
                  .attempt = record.attempt + 1,
                  .at = services_.clock.now()};
  if (stopped || full || (may_heal(error) && failure.attempt < settings_.attempts_max)) {
    RetryPlan plan{.failure = stopped ? Failure() : failure,
                   .delay = stopped ? Milliseconds(0)
                            : full  ? kDiskFullWait
                                    : error.retry_after.value_or(backoff(failure.attempt)),
                   .counts = !stopped && !full};
    DOCMILL_CO_TRY_VOID(co_await services_.jobs.retry(context, job.lease, std::move(plan)));
    if (stopped) co_return RunOutcome::kReleased;
    log_error("document failed and will be tried again", error,
              {{"document", record.id}, {"stage", docmill::name_of(record.stage)}});
    co_return RunOutcome::kWillRetry;
  }
  log_error("document is dead", error,
            {{"document", record.id}, {"stage", docmill::name_of(record.stage)}});
  DOCMILL_CO_TRY_VOID(co_await services_.jobs.bury(context, job.lease, std::move(failure)));
  co_return RunOutcome::kDead;
}

// Exponential with full jitter, so that workers that failed together do not come back together.
Milliseconds JobRunner::backoff(int attempt) {
  std::int64_t ceiling = settings_.retry_base.count();
  for (int i = 1; i < attempt && ceiling < settings_.retry_max.count(); ++i) ceiling *= 2;
  ceiling = std::min(ceiling, settings_.retry_max.count());
  return Milliseconds(std::uniform_int_distribution<std::int64_t>(ceiling / 4, ceiling)(random_));
}

}  // namespace docmill::processor
