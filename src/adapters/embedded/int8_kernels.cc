// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/int8_kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/result.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace docmill::embedded {
namespace {

constexpr int kRowCodeMax = 127;
// 15 bits with sign: two halves of 8 and 7 bits for VNNI, and 255 * 16383 * 2 * 256 still fits the
// 32-bit sums of AVX2 at the largest dimension.
constexpr int kQueryCodeMax = 16'383;
constexpr std::uint8_t kZeroCode = 128;

float largest_magnitude(std::span<const float> vector) {
  float largest = 0;
  for (float value : vector) largest = std::max(largest, std::abs(value));
  return largest;
}

void dots_portable(const CodedQuery& query, const std::uint8_t* codes, std::size_t rows,
                   std::int64_t* out) {
  const std::int16_t* values = query.values().data();
  const std::size_t stride = query.stride();
  for (std::size_t row = 0; row < rows; ++row, codes += stride) {
    std::int64_t sum = 0;
    for (std::size_t block = 0; block < stride; block += 64) {
      std::int32_t part = 0;
      for (std::size_t i = block; i < block + 64; ++i) part += codes[i] * values[i];
      sum += part;
    }
    out[row] = sum - query.offset();
  }
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) void dots_avx2(const CodedQuery& query, const std::uint8_t* codes,
                                               std::size_t rows, std::int64_t* out) {
  const std::int16_t* values = query.values().data();
  const std::size_t stride = query.stride();
  for (std::size_t row = 0; row < rows; ++row, codes += stride) {
    __m256i even = _mm256_setzero_si256();
    __m256i odd = _mm256_setzero_si256();
    for (std::size_t i = 0; i < stride; i += 32) {
      auto load_codes = [&](std::size_t at) __attribute__((target("avx2"))) {
        return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(codes + at)));
      };
      auto load_query = [&](std::size_t at) __attribute__((target("avx2"))) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(values + at));
      };
      even = _mm256_add_epi32(even, _mm256_madd_epi16(load_codes(i), load_query(i)));
      odd = _mm256_add_epi32(odd, _mm256_madd_epi16(load_codes(i + 16), load_query(i + 16)));
    }
    // Each of the sixteen sums fits 32 bits, all together need not.
    alignas(32) std::int32_t lanes[16];
    _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), even);
    _mm256_store_si256(reinterpret_cast<__m256i*>(lanes + 8), odd);
    std::int64_t sum = 0;
    for (std::int32_t lane : lanes) sum += lane;
    out[row] = sum - query.offset();
  }
}

__attribute__((target("avx512f,avx512bw,avx512vnni"))) void dots_avx512vnni(
    const CodedQuery& query, const std::uint8_t* codes, std::size_t rows, std::int64_t* out) {
  const std::int8_t* high = query.high().data();
  const std::int8_t* low = query.low().data();
  const std::size_t stride = query.stride();
  for (std::size_t row = 0; row < rows; ++row, codes += stride) {
    __m512i high_sum = _mm512_setzero_si512();
    __m512i low_sum = _mm512_setzero_si512();
    for (std::size_t i = 0; i < stride; i += 64) {
      const __m512i row_codes = _mm512_loadu_si512(codes + i);
      high_sum = _mm512_dpbusd_epi32(high_sum, row_codes, _mm512_loadu_si512(high + i));
      low_sum = _mm512_dpbusd_epi32(low_sum, row_codes, _mm512_loadu_si512(low + i));
    }
    out[row] = std::int64_t{_mm512_reduce_add_epi32(high_sum)} * 128 +
               _mm512_reduce_add_epi32(low_sum) - query.offset();
  }
}

#endif

std::vector<NamedKernel> find_kernels() {
  std::vector<NamedKernel> kernels;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vnni"))
    kernels.push_back({"avx512vnni", dots_avx512vnni});
  if (__builtin_cpu_supports("avx2")) kernels.push_back({"avx2", dots_avx2});
#endif
  kernels.push_back({"portable", dots_portable});
  return kernels;
}

}  // namespace

CodedVector code_vector(std::span<const float> vector) {
  DOCMILL_CHECK(vector.size() <= kDimensionMax);
  CodedVector coded;
  coded.codes.assign(code_stride(vector.size()), kZeroCode);
  const float largest = largest_magnitude(vector);
  if (largest == 0) return coded;
  coded.scale = largest / kRowCodeMax;
  double squares = 0;
  for (std::size_t i = 0; i < vector.size(); ++i) {
    const long code = std::clamp(std::lround(vector[i] / coded.scale), -127L, 127L);
    coded.codes[i] = static_cast<std::uint8_t>(code + kZeroCode);
    const double lost = vector[i] - static_cast<double>(coded.scale) * static_cast<double>(code);
    squares += lost * lost;
  }
  coded.residual = std::nextafter(static_cast<float>(std::sqrt(squares)),
                                  std::numeric_limits<float>::infinity());
  return coded;
}

CodedQuery::CodedQuery(std::span<const float> query)
    : values_(code_stride(query.size())),
      high_(code_stride(query.size())),
      low_(code_stride(query.size())) {
  DOCMILL_CHECK(query.size() <= kDimensionMax);
  const float largest = largest_magnitude(query);
  if (largest == 0) return;
  scale_ = static_cast<double>(largest) / kQueryCodeMax;
  double lost_squares = 0, squares = 0;
  for (std::size_t i = 0; i < query.size(); ++i) {
    const long value = std::clamp(std::lround(query[i] / scale_), static_cast<long>(-kQueryCodeMax),
                                  static_cast<long>(kQueryCodeMax));
    values_[i] = static_cast<std::int16_t>(value);
    high_[i] = static_cast<std::int8_t>(value >> 7);
    low_[i] = static_cast<std::int8_t>(value & 127);
    offset_ += kZeroCode * value;
    const double kept = scale_ * static_cast<double>(value);
    squares += kept * kept;
    lost_squares += (query[i] - kept) * (query[i] - kept);
  }
  length_ = std::sqrt(squares);
  residual_ = std::sqrt(lost_squares);
}

std::span<const NamedKernel> available_kernels() {
  static const std::vector<NamedKernel> kernels = find_kernels();
  return kernels;
}

}  // namespace docmill::embedded
