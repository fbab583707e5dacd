// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace docmill::app {

// The folder this program lies in: its sibling docmill-extract is found there.
std::string program_folder();

// Where the local model's weights are: beside the program (`models/`), or where ./dev setup put
// them for a build inside the source tree. Empty when neither exists.
std::string default_model_dir();

// "host:pid": names this process in leases and logs.
std::string process_name();

}  // namespace docmill::app
