// SPDX-License-Identifier: Apache-2.0
#include "inference/safetensors.h"

#include <fcntl.h>
#include <simdjson.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <map>

namespace docmill::inference {
namespace {

// The reference reader's own limit for a header.
constexpr std::uint64_t kHeaderBytesMax = 100'000'000;

struct Tensor {
  std::string type;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0, end = 0;  // bytes after the header
};

using Tensors = std::map<std::string, Tensor, std::less<>>;

simdjson::error_code read_tensor(simdjson::dom::element entry, Tensor& tensor) {
  std::string_view type;
  simdjson::dom::array shape, offsets;
  if (auto error = entry["dtype"].get(type)) return error;
  if (auto error = entry["shape"].get(shape)) return error;
  if (auto error = entry["data_offsets"].get(offsets)) return error;
  tensor.type = type;
  for (simdjson::dom::element side : shape) {
    std::uint64_t length;
    if (auto error = side.get(length)) return error;
    tensor.shape.push_back(length);
  }
  if (auto error = offsets.at(0).get(tensor.begin)) return error;
  return offsets.at(1).get(tensor.end);
}

Result<Tensors> parse_header(std::string_view json, std::uint64_t data_bytes) {
  simdjson::dom::parser parser;
  simdjson::dom::object header;
  if (parser.parse(json.data(), json.size()).get(header))
    return fail(ErrorCode::kCorruptData, "the weights' header is not a JSON object");
  Tensors tensors;
  for (auto [name, entry] : header) {
    if (name == "__metadata__") continue;
    Tensor tensor;
    if (read_tensor(entry, tensor) || tensor.begin > tensor.end || tensor.end > data_bytes)
      return fail(ErrorCode::kCorruptData, "the weights' header describes a tensor wrongly");
    tensors.emplace(name, std::move(tensor));
  }
  return tensors;
}

}  // namespace

struct SafeTensors::State {
  void* mapping = MAP_FAILED;
  std::size_t size = 0;
  const char* data = nullptr;  // after the header
  Tensors tensors;

  ~State() {
    if (mapping != MAP_FAILED) ::munmap(mapping, size);
  }
};

SafeTensors::SafeTensors(std::unique_ptr<State> state) : state_(std::move(state)) {}
SafeTensors::~SafeTensors() = default;
SafeTensors::SafeTensors(SafeTensors&&) noexcept = default;
SafeTensors& SafeTensors::operator=(SafeTensors&&) noexcept = default;

Result<SafeTensors> SafeTensors::open(const std::string& path) {
  auto state = std::make_unique<State>();
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info{};
  if (file >= 0 && ::fstat(file, &info) == 0 && info.st_size > 0) {
    state->size = static_cast<std::size_t>(info.st_size);
    state->mapping = ::mmap(nullptr, state->size, PROT_READ, MAP_SHARED, file, 0);
  }
  if (file >= 0) ::close(file);
  if (state->mapping == MAP_FAILED)
    return fail(ErrorCode::kUnavailable, "cannot read the weights " + path);

  const char* bytes = static_cast<const char*>(state->mapping);
  std::uint64_t header_bytes = 0;
  if (state->size >= sizeof header_bytes) std::memcpy(&header_bytes, bytes, sizeof header_bytes);
  if (header_bytes == 0 || header_bytes > kHeaderBytesMax ||
      header_bytes > state->size - sizeof header_bytes)
    return fail(ErrorCode::kCorruptData, "the weights' header is longer than the file: " + path);
  state->data = bytes + sizeof header_bytes + header_bytes;
  const std::uint64_t data_bytes = state->size - sizeof header_bytes - header_bytes;
  DOCMILL_TRY(state->tensors,
              parse_header({bytes + sizeof header_bytes, header_bytes}, data_bytes));
  return SafeTensors(std::move(state));
}

Result<std::span<const float>> SafeTensors::floats(std::string_view name,
                                                   const std::vector<std::uint64_t>& shape) const {
  auto found = state_->tensors.find(name);
  if (found == state_->tensors.end())
    return fail(ErrorCode::kNotFound, "the weights have no tensor " + std::string(name));
  const Tensor& tensor = found->second;
  std::uint64_t count = 1;
  for (std::uint64_t side : shape) count *= side;
  const char* first = state_->data + tensor.begin;
  if (tensor.type != "F32" || tensor.shape != shape ||
      tensor.end - tensor.begin != count * sizeof(float) ||
      reinterpret_cast<std::uintptr_t>(first) % alignof(float) != 0)
    return fail(ErrorCode::kCorruptData,
                "the tensor " + std::string(name) + " is not of the expected type and shape");
  return std::span(reinterpret_cast<const float*>(first), count);
}

std::string_view SafeTensors::bytes() const {
  return {static_cast<const char*>(state_->mapping), state_->size};
}

void SafeTensors::release_pages() const { ::madvise(state_->mapping, state_->size, MADV_DONTNEED); }

}  // namespace docmill::inference
