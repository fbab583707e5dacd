// SPDX-License-Identifier: Apache-2.0
// docmill: crawl, ingest, search and serve documents. Parses the command line and runs one command.
#include <CLI/CLI.hpp>
#include <csignal>

#include "base/log.h"
#include "commands.h"
#include "console.h"
#include "signals.h"

namespace docmill::app {
namespace {

using Command = Task<int> (*)(App&, Context, Options);

struct Parsed {
  Options options;
  Command command = nullptr;
  bool is_config = false;
};

CLI::App* add_command(CLI::App& cli, Parsed& parsed, const std::string& name,
                      const std::string& help, Command command) {
  CLI::App* sub = cli.add_subcommand(name, help);
  sub->add_option("--data", parsed.options.data_dir, "Data folder (default: docmill-data)");
  sub->add_option("--config", parsed.options.config_file, "Configuration file (YAML)");
  sub->add_flag("--json", parsed.options.json, "Print JSON for scripts");
  sub->callback([&parsed, command] { parsed.command = command; });
  return sub;
}

void add_crawl(CLI::App& cli, Parsed& parsed) {
  Options& options = parsed.options;
  CLI::App* crawl =
      add_command(cli, parsed, "crawl", "Crawl a site (URL), or: crawl status [ID] | crawl why URL",
                  crawl_command);
  crawl->add_option("what", options.arguments, "URL… | status [ID] | why URL")->required();
  crawl->add_option("--depth", options.depth, "Links away from the start (default 3)");
  crawl->add_option("--limit", options.limit, "Pages at most (default 1000)");
  crawl->add_option("--collection", options.collection, "Collection of the documents");
  crawl->add_option("--scope", options.scope, "host, prefix or any (default host)");
  crawl->add_option("--include", options.include, "Only URLs that match, * is any text");
  crawl->add_option("--exclude", options.exclude, "No URLs that match");
  crawl->add_flag("--allow-private", options.allow_private,
                  "May connect to addresses that are not public (loopback, 10.…)");
  crawl->add_option("--delay", options.delay, "Pause between requests to a host, e.g. 500ms");
  crawl->add_option("--per-host", options.per_host, "Requests to a host at once (default 1)");
  crawl->add_flag("--fetch-only", options.fetch_only,
                  "Keep the pages; the documents wait for docmill up or the next command");
  crawl->add_option("--contact", options.contact, "URL or e-mail address in the user agent");
}

void add_reading(CLI::App& cli, Parsed& parsed) {
  Options& options = parsed.options;
  CLI::App* search = add_command(cli, parsed, "search", "Search the documents", search_command);
  search->add_option("query", options.arguments, "What to look for")->required();
  search->add_option("-k", options.results, "Results (default 10)")->check(CLI::Range(1, 100));
  search->add_option("--collection", options.collection, "Collection to search");
  search->add_option("--mode", options.mode, "hybrid, dense or lexical")
      ->check(CLI::IsMember({"hybrid", "dense", "lexical"}));
  CLI::App* ask = add_command(cli, parsed, "ask", "Answer a question with sources", ask_command);
  ask->add_option("question", options.arguments, "The question")->required();
  ask->add_option("--collection", options.collection, "Collection to answer from");
  CLI::App* show = add_command(cli, parsed, "show", "Print a document", show_command);
  show->add_option("id", options.arguments, "Document id")->required()->expected(1);
  show->add_option("--format", options.format, "markdown, text, json or chunks")
      ->check(CLI::IsMember({"markdown", "text", "json", "chunks"}));
}

void add_all(CLI::App& cli, Parsed& parsed) {
  Options& options = parsed.options;
  CLI::App* up = add_command(cli, parsed, "up", "Run crawler, processor and gateway", up_command);
  up->add_option("--listen", options.listen, "ADDRESS:PORT (default 127.0.0.1:8080; port 0: any)");
  add_crawl(cli, parsed);
  CLI::App* ingest =
      add_command(cli, parsed, "ingest", "Take in files and folders", ingest_command);
  ingest->add_option("paths", options.arguments, "Files and folders")->required();
  ingest->add_option("--collection", options.collection, "Collection of the documents");
  CLI::App* status = add_command(cli, parsed, "status", "Counts, or one document", status_command);
  status->add_option("id", options.arguments, "Document id")->expected(0, 1);
  add_reading(cli, parsed);
  CLI::App* erase = add_command(cli, parsed, "delete", "Delete documents", delete_command);
  erase->add_option("ids", options.arguments, "Document ids")->required();
  CLI::App* dead =
      add_command(cli, parsed, "dead", "Dead letters: list | show ID | redrive ID…", dead_command);
  dead->add_option("action", options.arguments, "list, show or redrive, then ids")->required();
  dead->add_flag("--all", options.all, "Redrive all");
  CLI::App* key =
      add_command(cli, parsed, "key", "API keys: create [NAME] | list | revoke ID", key_command);
  key->add_option("action", options.arguments, "create, list or revoke")->required();
  key->add_option("--name", options.name, "Name of the new key");
  CLI::App* config =
      add_command(cli, parsed, "config", "Check a configuration: check FILE", nullptr);
  config->add_option("action", options.arguments, "check FILE")->required();
  config->callback([&parsed] { parsed.is_config = true; });
}

int run(Parsed& parsed) {
  const Options& options = parsed.options;
  if (parsed.is_config) return config_command(options);
  auto settings = load_settings(options.config_file);
  if (!settings) return print_error(settings.error(), options.json);
  if (!options.data_dir.empty()) settings->data_dir = options.data_dir;
  // A tool's user wants its answer, not its log; the server's operator wants both.
  bool serving = parsed.command == &up_command;
  set_log_level(serving ? log_level_of_name(settings->log_level).value_or(LogLevel::kInfo)
                        : LogLevel::kError);
  auto app = App::create(std::move(*settings));
  if (!app) return print_error(app.error(), options.json);
  Context context = Context::background();
  SignalWatch signals(context);
  auto code = (*app)->runtime().run(parsed.command(**app, context, options));
  return code ? *code : print_error(code.error(), options.json);
}

}  // namespace
}  // namespace docmill::app

int main(int argc, char** argv) {
  using namespace docmill::app;
  CLI::App cli("docmill: documents and web pages to searchable, cited knowledge");
  cli.require_subcommand(1);
  cli.set_version_flag("--version", "docmill 0.1.0");
  // A reader that went away shows as a failed write, not as our death.
  std::signal(SIGPIPE, SIG_IGN);
  Parsed parsed;
  add_all(cli, parsed);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return run(parsed);
}
