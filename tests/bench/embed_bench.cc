// SPDX-License-Identifier: Apache-2.0
// docmill-bench-embed MODEL.safetensors auto|fp32|bf16 IDS SECONDS
// docmill-bench-embed MODEL.safetensors auto|fp32|bf16 TEXTS SECONDS VOCABULARY
//
// Encodes the token lists of the file IDS (u32 count, then u32 ids, little-endian), or the texts of
// the file TEXTS (u32 bytes, then the text), round and round in every slot and prints
// {"texts_per_second", "cpu_seconds_per_text", "tokens", "precision", "load_ms"}.
// tests/bench/embedder.py and pipeline.py run it.
#include <fmt/format.h>
#include <time.h>

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
#include "inference/wordpiece_tokenizer.h"

namespace docmill {
namespace {

using inference::Precision;
using inference::TextEncoder;
using TokenLists = std::vector<std::vector<std::int32_t>>;

constexpr int kSlotsMax = 256;

// The file's records, each a u32 count and as many values.
template <typename Record>
std::vector<Record> read_records(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  constexpr std::size_t kValueBytes = sizeof(typename Record::value_type);
  std::vector<Record> records;
  for (std::size_t at = 0; at + sizeof(std::uint32_t) <= bytes.size();) {
    std::uint32_t count;
    std::memcpy(&count, bytes.data() + at, sizeof count);
    at += sizeof count;
    if (count > (bytes.size() - at) / kValueBytes) break;
    Record record(count, {});
    std::memcpy(record.data(), bytes.data() + at, count * kValueBytes);
    at += count * kValueBytes;
    records.push_back(std::move(record));
  }
  return records;
}

TokenLists read_texts(const char* path, const std::string& vocabulary) {
  auto tokenizer = inference::WordPieceTokenizer::load(vocabulary);
  TokenLists lists;
  if (!tokenizer) return lists;
  for (const std::string& text : read_records<std::string>(path))
    lists.push_back(tokenizer->encode(text));
  return lists;
}

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double seconds_since(SteadyTime start) {
  return std::chrono::duration<double>(system_clock().steady_now() - start).count();
}

struct Rate {
  double texts_per_second;
  double cpu_seconds_per_text;
};

// Whole rounds over the lists until `seconds` passed.
Rate measure(TextEncoder& encoder, const TokenLists& lists, double seconds) {
  std::counting_semaphore<kSlotsMax> idle(static_cast<std::ptrdiff_t>(encoder.slots()));
  std::vector<std::atomic<bool>> busy(encoder.slots());
  const SteadyTime start = system_clock().steady_now();
  const double cpu_start = cpu_seconds();
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
  const auto count = static_cast<double>(texts);
  return {count / seconds_since(start), (cpu_seconds() - cpu_start) / count};
}

int run(const std::string& weights, const std::string& precision, const TokenLists& lists,
        double seconds) {
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
  const Rate rate = measure(**encoder, lists, seconds);
  std::size_t tokens = 0;
  for (const auto& ids : lists) tokens += ids.size();
  fmt::print(
      "{{\"texts_per_second\": {:.2f}, \"cpu_seconds_per_text\": {:.6f}, \"tokens\": {}, "
      "\"precision\": \"{}\", \"load_ms\": {:.0f}}}\n",
      rate.texts_per_second, rate.cpu_seconds_per_text, tokens,
      (*encoder)->precision() == Precision::kBf16 ? "bf16" : "fp32", load_seconds * 1000);
  return 0;
}

}  // namespace
}  // namespace docmill

int main(int argc, char** argv) {
  if (argc != 5 && argc != 6) {
    std::fputs(
        "usage: docmill-bench-embed MODEL.safetensors auto|fp32|bf16 IDS SECONDS\n"
        "       docmill-bench-embed MODEL.safetensors auto|fp32|bf16 TEXTS SECONDS VOCABULARY\n",
        stderr);
    return 2;
  }
  const auto lists = argc == 6 ? docmill::read_texts(argv[3], argv[5])
                               : docmill::read_records<std::vector<std::int32_t>>(argv[3]);
  return docmill::run(argv[1], argv[2], lists, std::strtod(argv[4], nullptr));
}
