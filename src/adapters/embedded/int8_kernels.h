// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace docmill::embedded {

// The largest dimension whose sums of products fit 32 bits in every kernel.
inline constexpr int kDimensionMax = 4096;

// Bytes one row of codes takes: the dimension rounded up to whole 64-byte vectors.
constexpr std::size_t code_stride(std::size_t dimension) { return (dimension + 63) / 64 * 64; }

// A unit vector as signed 8-bit codes with one scale, stored with an offset of 128 (the products of
// AVX-512 VNNI take one unsigned side). `residual` is the length of what rounding took away,
// rounded up: |vector - scale * codes| <= residual. It is what makes exact search over codes
// possible.
struct CodedVector {
  std::vector<std::uint8_t> codes;  // code_stride(dimension) bytes, padded with zero (128)
  float scale = 0;
  float residual = 0;
};
CodedVector code_vector(std::span<const float> vector);

// A query as 15-bit codes, far finer than the rows' so that its own rounding hardly counts.
class CodedQuery {
 public:
  explicit CodedQuery(std::span<const float> query);

  std::size_t stride() const { return values_.size(); }
  double scale() const { return scale_; }
  double length() const { return length_; }      // of the coded query
  double residual() const { return residual_; }  // |query - scale * codes|

  std::span<const std::int16_t> values() const { return values_; }
  std::span<const std::int8_t> high() const { return high_; }  // value >> 7
  std::span<const std::int8_t> low() const { return low_; }    // value & 127
  std::int64_t offset() const { return offset_; }              // 128 * sum of values

 private:
  std::vector<std::int16_t> values_;
  std::vector<std::int8_t> high_, low_;
  double scale_ = 0, length_ = 0, residual_ = 0;
  std::int64_t offset_ = 0;
};

// Dot products of a coded query with `rows` consecutive rows of codes: exact integers, the same
// from every kernel; times query.scale() and the row's scale they approximate the cosine.
using DotKernel = void (*)(const CodedQuery& query, const std::uint8_t* codes, std::size_t rows,
                           std::int64_t* out);

struct NamedKernel {
  std::string_view name;  // "avx512vnni", "avx2", "portable"
  DotKernel run;
};

// The kernels this CPU can run, best first; the last is always the portable one.
std::span<const NamedKernel> available_kernels();

}  // namespace docmill::embedded
