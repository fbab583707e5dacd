// SPDX-License-Identifier: Apache-2.0
// key, config: administration.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/json_text.h"
#include "commands.h"
#include "console.h"

namespace docmill::app {
namespace {

std::string date_of(WallTime time) {
  return fmt::format("{:%Y-%m-%d %H:%M}", fmt::gmtime(to_unix_ms(time) / 1000));
}

Task<int> create_key(App& app, Context context, Options options, std::string name) {
  DOCMILL_CO_TRY(CreatedApiKey created, co_await app.store().keys->create(context, name));
  if (options.json) {
    print_line(fmt::format(R"({{"id": "{}", "name": {}, "key": "{}"}})", created.key.id,
                           json_string(created.key.name), created.text));
  } else {
    print_line(created.text);
    print_line("Keep it: it is not shown again. Every request needs a key from now on.");
  }
  co_return kExitOk;
}

Task<int> list_keys(App& app, Context context, bool json) {
  DOCMILL_CO_TRY(auto keys, co_await app.store().keys->list(context));
  for (const ApiKey& key : keys) {
    if (json) {
      print_line(fmt::format(R"({{"id": "{}", "name": {}, "created": "{}", "revoked": {}}})",
                             key.id, json_string(key.name), date_of(key.created_at),
                             key.revoked_at.has_value()));
    } else {
      print_line(fmt::format("{}  {}  {}{}", key.id, date_of(key.created_at),
                             terminal_text(key.name), key.revoked_at ? "  (revoked)" : ""));
    }
  }
  co_return kExitOk;
}

}  // namespace

Task<int> key_command(App& app, Context context, Options options) {
  std::string action = options.arguments[0];
  std::string argument = options.arguments.size() > 1 ? options.arguments[1] : "";
  if (action == "create") {
    std::string name = argument.empty() ? options.name : argument;
    if (name.empty()) name = "key";
    co_return co_await create_key(app, context, std::move(options), std::move(name));
  }
  if (action == "list") co_return co_await list_keys(app, context, options.json);
  if (action == "revoke" && !argument.empty()) {
    DOCMILL_CO_TRY_VOID(co_await app.store().keys->revoke(context, argument));
    print_line(options.json ? R"({"revoked": true})" : "Revoked.");
    co_return kExitOk;
  }
  co_return fail(ErrorCode::kInvalidArgument,
                 "use: docmill key create [NAME] | key list | key revoke ID");
}

int config_command(const Options& options) {
  if (options.arguments.size() != 2 || options.arguments[0] != "check")
    return print_error(Error(ErrorCode::kInvalidArgument, "use: docmill config check FILE"),
                       options.json);
  auto settings = load_settings(options.arguments[1]);
  if (!settings) return print_error(settings.error(), options.json);
  print_line(options.json ? R"({"ok": true})" : options.arguments[1] + " is good.");
  return kExitOk;
}

}  // namespace docmill::app
