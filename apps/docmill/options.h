// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app_settings.h"

namespace docmill::app {

// Exit codes of the docmill tool; docs/operations.md explains them to scripts.
enum ExitCode {
  kExitOk = 0,
  kExitFailed = 1,    // the command itself failed
  kExitUsage = 2,     // the command line or the configuration is wrong
  kExitSomeDead = 3,  // the work is done, but some documents are dead
  kExitNotFound = 4,
  kExitInterrupted = 130,  // stopped by a signal before the end; run it again to go on
};

// The command line as given. One struct for all commands: each reads its own fields.
struct Options {
  std::string data_dir;  // overrides the configuration
  std::string config_file;
  std::string collection = "default";
  bool json = false;
  std::vector<std::string> arguments;  // URLs, paths, ids, words of the query
  std::string format = "markdown";     // show
  std::string mode = "hybrid";         // search
  int results = 10;                    // search, ask
  std::string listen;                  // up
  int depth = 3;                       // crawl
  std::int64_t limit = 1000;
  std::string scope = "host";
  std::vector<std::string> include, exclude;
  bool allow_private = false;
  std::string delay;
  int per_host = 0;
  bool fetch_only = false;
  std::string contact;
  std::string name;  // key create
  bool all = false;  // dead redrive
};

}  // namespace docmill::app
