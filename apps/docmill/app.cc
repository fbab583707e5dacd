// SPDX-License-Identifier: Apache-2.0
#include "app.h"

#include <algorithm>
#include <functional>

#include "adapters/decorate/caching_embedder.h"
#include "adapters/embedded/database.h"
#include "adapters/embedded/local_embedder.h"
#include "adapters/embedded/sqlite_vector_store.h"
#include "adapters/openai/openai_chat_model.h"
#include "base/log.h"
#include "confine/extractor.h"
#include "crawler/crawler.h"
#include "gateway/gateway.h"
#include "http/client.h"
#include "inference/wordpiece_tokenizer.h"
#include "processor/processor.h"
#include "program_path.h"
#include "retrieval/answerer.h"

namespace docmill::app {
namespace {

std::vector<MetricSpec> metric_table() {
  std::vector<MetricSpec> table;
  for (const auto& part :
       {confine::pool_metrics(), confine::extractor_metrics(), processor::processor_metrics(),
        crawler::crawler_metrics(), embedded::local_embedder_metrics(),
        decorate::caching_embedder_metrics(), gateway::Gateway::metric_table()})
    table.insert(table.end(), part.begin(), part.end());
  return table;
}

document::Tokenize make_tokenize(std::shared_ptr<inference::WordPieceTokenizer> tokenizer) {
  return [tokenizer = std::move(tokenizer)](std::string_view text) {
    std::vector<document::TextRange> ranges;
    for (const inference::TokenSpan& span : tokenizer->spans(text))
      ranges.push_back({span.begin, span.end});
    return ranges;
  };
}

Task<document::Document> parse_sitemap(confine::Extractor& extractor, Context context,
                                       std::string url, std::string bytes) {
  document::ExtractRequest request;
  request.name = std::move(url);
  request.as_sitemap = true;
  co_return co_await extractor.extract(context, std::move(request), std::move(bytes));
}

}  // namespace

struct App::State {
  explicit State(AppSettings app_settings)
      : settings(std::move(app_settings)),
        metrics(metric_table()),
        runtime({.io_threads = 1, .blocking_threads = 4}) {}

  AppSettings settings;
  Metrics metrics;
  Runtime runtime;
  std::unique_ptr<LocalStore> store;
  std::unique_ptr<VectorStore> vectors;
  std::unique_ptr<Embedder> local_embedder, embedder;
  std::unique_ptr<confine::Pool> pool;
  std::unique_ptr<confine::Extractor> extractor;
  std::shared_ptr<inference::WordPieceTokenizer> tokenizer;
  std::unique_ptr<processor::ExtractStage> extract_stage;
  std::unique_ptr<processor::Processor> processor;
  std::unique_ptr<crawler::Crawler> crawler;
  std::unique_ptr<retrieval::Searcher> searcher;
  std::unique_ptr<http::Client> http;
  std::vector<std::shared_ptr<ChatModel>> chat_models;
  std::shared_ptr<retrieval::Answerer> answerer;
  std::vector<std::shared_ptr<void>> kept;

  std::string model_dir() const {
    return settings.model_dir.empty() ? default_model_dir() : settings.model_dir;
  }

  Result<processor::Services> processor_services() {
    return processor::Services{
        .blobs = *store->blobs,
        .catalog = *store->catalog,
        .jobs = *store->jobs,
        .queue = *store->queue,
        .vectors = *vectors,
        .embedder = *embedder,
        .extract = std::bind_front(&confine::Extractor::extract, extractor.get()),
        .tokenize = make_tokenize(tokenizer),
        .sandbox = std::string(confine::name_of(extractor->sandbox_level())),
        .blocking = runtime.blocking(),
        .metrics = metrics,
        .clock = system_clock()};
  }
};

App::App(std::unique_ptr<State> state) : state_(std::move(state)) {}
App::~App() {
  if (state_->pool) state_->pool->stop();
}

Result<std::unique_ptr<App>> App::create(AppSettings settings) {
  auto state = std::make_unique<State>(std::move(settings));
  DOCMILL_TRY(state->store,
              LocalStore::open(state->settings.data_dir, state->runtime, system_clock()));
  return std::unique_ptr<App>(new App(std::move(state)));
}

const AppSettings& App::settings() const { return state_->settings; }
Runtime& App::runtime() { return state_->runtime; }
Metrics& App::metrics() { return state_->metrics; }
LocalStore& App::store() { return *state_->store; }

Result<VectorStore*> App::vectors() {
  if (!state_->vectors) {
    DOCMILL_TRY(state_->vectors, embedded::SqliteVectorStore::open(*state_->store->database));
  }
  return state_->vectors.get();
}

Result<Embedder*> App::embedder() {
  if (!state_->embedder) {
    std::string folder = state_->model_dir();
    if (folder.empty())
      return fail(ErrorCode::kUnavailable,
                  "the embedding model is not there; run ./dev setup or set embedding.model_dir");
    DOCMILL_TRY(state_->local_embedder,
                embedded::LocalEmbedder::create({.model_folder = folder,
                                                 .precision = state_->settings.embedding_precision,
                                                 .threads = state_->settings.embedding_threads},
                                                state_->runtime.blocking(), state_->metrics));
    state_->embedder = std::make_unique<decorate::CachingEmbedder>(
        *state_->local_embedder, *state_->store->cache, state_->metrics);
  }
  return state_->embedder.get();
}

Result<retrieval::Searcher*> App::searcher() {
  if (!state_->searcher) {
    DOCMILL_TRY(VectorStore * vectors, this->vectors());
    DOCMILL_TRY(Embedder * embedder, this->embedder());
    state_->searcher = std::make_unique<retrieval::Searcher>(
        *vectors, *embedder, *state_->store->catalog, retrieval::SearchSettings{});
  }
  return state_->searcher.get();
}

Result<std::vector<std::shared_ptr<ChatModel>>> App::chat_models() {
  if (!state_->chat_models.empty()) return state_->chat_models;
  std::vector<std::shared_ptr<ChatModel>> models;
  for (const auto& [name, chat] : state_->settings.chat_models) {
    if (!state_->http) {
      DOCMILL_TRY(state_->http, http::Client::create(state_->runtime.executor(), {}));
    }
    DOCMILL_TRY(auto model,
                openai::OpenAiChatModel::create(*state_->http, {.name = name,
                                                                .base_url = chat.base_url,
                                                                .api_key = chat.api_key,
                                                                .upstream_model = chat.model}));
    models.push_back(std::move(model));
  }
  DOCMILL_TRY(retrieval::Searcher * searcher, this->searcher());
  ChatModel* writer = nullptr;
  for (const auto& model : models)
    if (model->name() == state_->settings.ask_model) writer = model.get();
  // The model itself, not the cache before it: sentences of passages would only fill the cache.
  state_->answerer = std::make_shared<retrieval::Answerer>(
      *searcher, *state_->local_embedder, writer, system_clock(), retrieval::AnswerSettings{});
  models.push_back(state_->answerer);
  state_->chat_models = models;
  return models;
}

Result<retrieval::Answerer*> App::answerer() {
  DOCMILL_TRY(auto models, chat_models());
  return state_->answerer.get();
}

// The parts that processor and crawler share: confined parsing, tokenizer, embedder, vectors.
Status App::make_extractor() {
  if (state_->extract_stage) return {};
  DOCMILL_TRY_VOID(vectors());
  DOCMILL_TRY_VOID(embedder());
  DOCMILL_TRY(auto tokenizer,
              inference::WordPieceTokenizer::load(state_->model_dir() + "/vocab.txt"));
  state_->tokenizer = std::make_shared<inference::WordPieceTokenizer>(std::move(tokenizer));
  DOCMILL_TRY(state_->pool,
              confine::Pool::create(state_->settings.extract, state_->runtime.executor(),
                                    state_->runtime.blocking(), state_->metrics));
  state_->extractor = std::make_unique<confine::Extractor>(*state_->pool, state_->metrics);
  if (state_->pool->sandbox_level() != confine::SandboxLevel::kFull)
    log(LogLevel::kWarning, "the parsers' sandbox is not full",
        {{"sandbox", confine::name_of(state_->pool->sandbox_level())}});
  DOCMILL_TRY(processor::Services services, state_->processor_services());
  state_->extract_stage =
      std::make_unique<processor::ExtractStage>(std::move(services), state_->settings.processor);
  return {};
}

void App::keep(std::shared_ptr<void> part) { state_->kept.push_back(std::move(part)); }

std::string App::sandbox() {
  if (!state_->pool) return "";
  return std::string(confine::name_of(state_->pool->sandbox_level()));
}

Status App::start_processor(TaskGroup& group) {
  DOCMILL_TRY_VOID(make_extractor());
  DOCMILL_TRY(processor::Services services, state_->processor_services());
  state_->processor = std::make_unique<processor::Processor>(
      std::move(services), state_->settings.processor, process_name());
  group.spawn("processor", state_->processor->run(group.context()));
  return {};
}

Result<crawler::Crawler*> App::crawler(CrawlerChanges changes) {
  DOCMILL_TRY_VOID(make_extractor());
  crawler::CrawlerSettings settings = state_->settings.crawler;
  if (changes.delay) settings.delay = *changes.delay;
  if (changes.per_host_max > 0) settings.per_host_max = changes.per_host_max;
  if (!changes.contact.empty()) settings.fetcher.user_agent = user_agent_of(changes.contact);
  processor::ExtractStage* stage = state_->extract_stage.get();
  confine::Extractor* extractor = state_->extractor.get();
  crawler::CrawlerServices services{
      .frontier = *state_->store->frontier,
      .blobs = *state_->store->blobs,
      .parse_page =
          [stage](Context context, NewVersion version, std::string bytes) {
            return stage->run(std::move(context), std::move(version), std::move(bytes));
          },
      .parse_sitemap =
          [extractor](Context context, std::string url, std::string bytes) {
            return parse_sitemap(*extractor, std::move(context), std::move(url), std::move(bytes));
          },
      .metrics = state_->metrics,
      .clock = system_clock()};
  state_->crawler = std::make_unique<crawler::Crawler>(std::move(services), std::move(settings),
                                                       state_->runtime.blocking(), process_name());
  return state_->crawler.get();
}

namespace {

Task<void> wait_until_gone(Catalog& catalog, Context context, std::vector<std::string> documents) {
  for (const std::string& document : documents) {
    for (;;) {
      DocumentFilter filter{
          .collection = "", .state = DocumentState::kErasing, .uri_prefix = "", .after = ""};
      DOCMILL_CO_TRY(DocumentPage page, co_await catalog.list(context, filter));
      bool erasing = std::ranges::any_of(
          page.documents, [&](const DocumentRecord& record) { return record.id == document; });
      if (!erasing) break;
      DOCMILL_CO_TRY_VOID(co_await sleep_for(context, Milliseconds(20)));
    }
  }
  co_return Status();
}

}  // namespace

Task<void> App::work_until_erased(Context context, std::vector<std::string> documents) {
  TaskGroup group(state_->runtime.executor(), context);
  DOCMILL_CO_TRY_VOID(start_processor(group));
  Status gone = co_await wait_until_gone(*state_->store->catalog, context, std::move(documents));
  group.cancel();
  DOCMILL_CO_TRY_VOID(co_await group.join());
  co_return gone;
}

}  // namespace docmill::app
