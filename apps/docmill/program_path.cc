// SPDX-License-Identifier: Apache-2.0
#include "program_path.h"

#include <unistd.h>

#include <array>
#include <filesystem>

namespace docmill::app {

namespace fs = std::filesystem;

std::string program_folder() {
  std::error_code error;
  fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? std::string(".") : program.parent_path().string();
}

std::string default_model_dir() {
  fs::path folder = program_folder();
  std::error_code error;
  for (const fs::path& candidate : {folder / "models", folder / "../../.deps/native/minilm"}) {
    if (fs::exists(candidate / "model.safetensors", error))
      return fs::weakly_canonical(candidate, error).string();
  }
  return "";
}

std::string process_name() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return std::string(host.data()) + ":" + std::to_string(getpid());
}

}  // namespace docmill::app
