// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app.h"
#include "options.h"

namespace docmill::app {

// The commands of the docmill tool. Each prints its answer and returns the exit code; an error is
// printed by main.
Task<int> up_command(App& app, Context context, Options options);
Task<int> crawl_command(App& app, Context context, Options options);
Task<int> ingest_command(App& app, Context context, Options options);
Task<int> status_command(App& app, Context context, Options options);
Task<int> show_command(App& app, Context context, Options options);
Task<int> search_command(App& app, Context context, Options options);
Task<int> ask_command(App& app, Context context, Options options);
Task<int> delete_command(App& app, Context context, Options options);
Task<int> dead_command(App& app, Context context, Options options);
Task<int> key_command(App& app, Context context, Options options);
int config_command(const Options& options);

}  // namespace docmill::app
