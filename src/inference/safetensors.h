// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace docmill::inference {

// A safetensors file, mapped into memory: an 8-byte header length, a JSON header, the tensors'
// bytes (github.com/huggingface/safetensors, format). Spans point into the mapping and live as long
// as this object. Every offset is checked against the file, so a damaged file is an error, never a
// crash; the file must not be truncated while it is mapped. Immutable; any thread may read.
class SafeTensors {
 public:
  // unavailable when the file cannot be read, corrupt_data when its header is not sound.
  static Result<SafeTensors> open(const std::string& path);
  ~SafeTensors();
  SafeTensors(SafeTensors&&) noexcept;
  SafeTensors& operator=(SafeTensors&&) noexcept;

  // The fp32 tensor `name`; not_found when there is none, corrupt_data when its type or shape
  // differs.
  Result<std::span<const float>> floats(std::string_view name,
                                        const std::vector<std::uint64_t>& shape) const;

  // The whole file, to hash it.
  std::string_view bytes() const;
  // Gives the mapped pages back to the system; they are read again when touched.
  void release_pages() const;

 private:
  struct State;
  explicit SafeTensors(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace docmill::inference
