// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "base/config_reader.h"
#include "confine/pool.h"
#include "crawler/settings.h"
#include "processor/pipeline.h"

namespace docmill::app {

// A language model that the gateway offers and `ask` may use: any OpenAI-compatible server.
struct ChatModelSettings {
  std::string base_url;  // "http://127.0.0.1:8080/v1"
  std::string api_key;   // secret; empty: none is sent
  std::string model;     // the upstream's name for it; empty: the name it has here
};

// Everything a docmill program can be told, with its defaults. docs/configuration.md lists the
// keys.
struct AppSettings {
  std::string data_dir = "docmill-data";
  std::string log_level = "info";
  std::string listen = "127.0.0.1:8080";
  Milliseconds stop_timeout{20'000};
  std::string model_dir;  // of the local embedder; empty: where ./dev setup put it
  std::string embedding_precision = "auto";
  int embedding_threads = 2;
  confine::PoolSettings extract;
  processor::Settings processor;
  crawler::CrawlerSettings crawler;
  std::string contact;               // URL or e-mail address in the crawler's user agent
  bool crawl_allow_private = false;  // crawls started over the API may fetch private addresses
  std::string ask_model;             // name of a chat model; empty: extractive answers
  std::map<std::string, ChatModelSettings> chat_models;
};

// "docmill/0.1 (+CONTACT)", or without the bracket where there is no contact.
std::string user_agent_of(const std::string& contact);

// Reads a config file (may be empty: defaults and environment). Lists every problem at once.
Result<AppSettings> load_settings(const std::string& config_file);

}  // namespace docmill::app
