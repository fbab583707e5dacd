// SPDX-License-Identifier: Apache-2.0
// docmill-bench-embed MODEL.safetensors auto|fp32|bf16 IDS SECONDS
//
// Encodes the token lists of the file IDS (u32 count, then u32 ids, little-endian) round and round
// in every slot and prints {"texts_per_second", "precision", "load_ms"}. tests/bench/embedder.py
// runs it.
#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <semaphore>
#include <string>

#include "base/clock.h"
#include "inference/text_encoder.h"

namespace docmill {
namespace {

using inference::Precision;
using inference::TextEncoder;
using TokenLists = std::vector<std::vector<std::int32_t>>;

constexpr int kSlotsMax = 256;

TokenLists read_ids(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  TokenLists lists;
  for (std::size_t at = 0; at + sizeof(std::uint32_t) <= bytes.size();) {
    std::uint32_t count;
    std::memcpy(&count, bytes.data() + at, sizeof count);
    at += sizeof count;
    if (count > (bytes.size() - at) / sizeof(std::int32_t)) break;
    std::vector<std::int32_t> ids(count);
    std::memcpy(ids.data(), bytes.data() + at, count * sizeof(std::int32_t));
    at += count * sizeof(std::int32_t);
    lists.push_back(std::move(ids));
  }
  return lists;
}

double seconds_since(SteadyTime start) {
  return std::chrono::duration<double>(system_clock().steady_now() - start).count();
}

// Whole rounds over the lists until `seconds` passed; texts a second.
double measure(TextEncoder& encoder, const TokenLists& lists, double seconds) {
  std::counting_semaphore<kSlotsMax> idle(static_cast<std::ptrdiff_t>(encoder.slots()));
  std::vector<std::atomic<bool>> busy(encoder.slots());
  const SteadyTime start = system_clock().steady_now();
  std::size_t texts = 0;
  do {
    for (const auto& ids : lists) {
      idle.acquire();
      std::size_t slot = 0;
      while (busy[slot].exchange(true)) slot = (slot + 1) % encoder.slots();
      Status started = encoder.start(slot, ids, [&idle, &busy, slot](auto vector) {
        DOCMILL_CHECK(vector.has_value());
        busy[slot] = false;
        idle.release();
      });
      DOCMILL_CHECK(started.has_value());
      ++texts;
    }
  } while (seconds_since(start) < seconds);
  for (std::size_t i = 0; i < encoder.slots(); ++i) idle.acquire();
  return static_cast<double>(texts) / seconds_since(start);
}

int run(const std::string& weights, const std::string& precision, const char* ids_path,
        double seconds) {
  const TokenLists lists = read_ids(ids_path);
  const SteadyTime start = system_clock().steady_now();
  auto encoder = TextEncoder::load({.weights_path = weights,
                                    .precision = precision == "fp32"   ? Precision::kFp32
                                                 : precision == "bf16" ? Precision::kBf16
                                                                       : Precision::kAuto});
  const double load_seconds = seconds_since(start);
  if (!encoder || lists.empty()) {
    std::fputs("cannot load the model or the ids\n", stderr);
    return 1;
  }
  measure(**encoder, lists, 0);  // one round warms every shape
  fmt::print("{{\"texts_per_second\": {:.2f}, \"precision\": \"{}\", \"load_ms\": {:.0f}}}\n",
             measure(**encoder, lists, seconds),
             (*encoder)->precision() == Precision::kBf16 ? "bf16" : "fp32", load_seconds * 1000);
  return 0;
}

}  // namespace
}  // namespace docmill

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: docmill-bench-embed MODEL.safetensors auto|fp32|bf16 IDS SECONDS\n", stderr);
    return 2;
  }
  return docmill::run(argv[1], argv[2], argv[3], std::strtod(argv[4], nullptr));
}
