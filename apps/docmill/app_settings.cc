// SPDX-License-Identifier: Apache-2.0
#include "app_settings.h"

#include "program_path.h"

namespace docmill::app {
namespace {

constexpr double kHourMs = 3'600'000;

void read_processing(ConfigReader& reader, AppSettings& settings) {
  confine::PoolSettings& extract = settings.extract;
  reader.read("extract.workers", extract.workers, {1, 64});
  reader.read("extract.wall_limit", extract.wall_limit, {100, kHourMs});
  reader.read("extract.cpu_limit", extract.cpu_limit, {100, kHourMs});
  std::int64_t memory = static_cast<std::int64_t>(extract.memory_bytes_max);
  reader.read("extract.memory_bytes_max", memory, {256e6, 64e9});
  extract.memory_bytes_max = static_cast<std::uint64_t>(memory);
  reader.read("extract.allow_unconfined", extract.allow_unconfined);
  processor::Settings& processor = settings.processor;
  reader.read("processor.workers", processor.workers, {1, 256});
  reader.read("processor.attempts_max", processor.attempts_max, {1, 100});
  reader.read("processor.lease", processor.lease, {1'000, kHourMs});
  reader.read("processor.stage_timeout", processor.stage_timeout, {1'000, 24 * kHourMs});
  reader.read("processor.retry_base", processor.retry_base, {10, kHourMs});
  reader.read("processor.retry_max", processor.retry_max, {10, 24 * kHourMs});
  reader.read("chunking.tokens_target", processor.chunking.tokens_target, {16, 8192});
  reader.read("chunking.tokens_max", processor.chunking.tokens_max, {16, 8192});
  if (processor.chunking.tokens_target > processor.chunking.tokens_max)
    reader.add_problem("chunking.tokens_target", "is over chunking.tokens_max");
  reader.read("embedding.model_dir", settings.model_dir);
  reader.read_choice("embedding.precision", settings.embedding_precision, {"auto", "fp32", "bf16"});
  reader.read("embedding.threads", settings.embedding_threads, {1, 64});
}

void read_crawler(ConfigReader& reader, AppSettings& settings) {
  crawler::CrawlerSettings& crawler = settings.crawler;
  reader.read("crawler.contact", settings.contact);
  reader.read("crawler.allow_private", settings.crawl_allow_private);
  reader.read("crawler.connections_max", crawler.fetcher.connections_max, {1, 1024});
  reader.read("crawler.per_host_max", crawler.per_host_max, {1, 64});
  reader.read("crawler.delay", crawler.delay, {0, kHourMs});
  reader.read("crawler.crawl_delay_max", crawler.crawl_delay_max, {0, 24 * kHourMs});
  reader.read("crawler.attempts_max", crawler.attempts_max, {1, 100});
  reader.read("crawler.retry_base", crawler.retry_base, {10, kHourMs});
  reader.read("crawler.lease", crawler.lease, {1'000, kHourMs});
  crawler.fetcher.user_agent = user_agent_of(settings.contact);
}

void read_models(ConfigReader& reader, AppSettings& settings) {
  for (const std::string& name : reader.keys("chat_models")) {
    ChatModelSettings& model = settings.chat_models[name];
    std::string prefix = "chat_models." + name + ".";
    reader.read(prefix + "base_url", model.base_url);
    reader.read_secret(prefix + "api_key", model.api_key);
    reader.read(prefix + "model", model.model);
    if (name.starts_with("docmill/"))
      reader.add_problem("chat_models." + name, "names that begin with docmill/ are docmill's own");
    if (model.base_url.empty()) reader.add_problem(prefix + "base_url", "is needed");
    if (model.model.empty()) model.model = name;
  }
  reader.read("ask.model", settings.ask_model);
  if (!settings.ask_model.empty() && !settings.chat_models.contains(settings.ask_model))
    reader.add_problem("ask.model", "names no entry of chat_models");
}

}  // namespace

std::string user_agent_of(const std::string& contact) {
  return contact.empty() ? "docmill/0.1" : "docmill/0.1 (+" + contact + ")";
}

Result<AppSettings> load_settings(const std::string& config_file) {
  DOCMILL_TRY(ConfigReader reader, ConfigReader::load(config_file));
  AppSettings settings;
  reader.read("data_dir", settings.data_dir);
  reader.read_choice("log_level", settings.log_level, {"debug", "info", "warning", "error"});
  reader.read("server.listen", settings.listen);
  reader.read("server.stop_timeout", settings.stop_timeout, {0, kHourMs});
  read_processing(reader, settings);
  read_crawler(reader, settings);
  read_models(reader, settings);
  DOCMILL_TRY_VOID(reader.finish());
  settings.extract.program = program_folder() + "/docmill-extract";
  return settings;
}

}  // namespace docmill::app
