// SPDX-License-Identifier: Apache-2.0
#include "adapters/embedded/int8_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace docmill::embedded {
namespace {

std::vector<float> random_unit(std::mt19937& random, int dimension) {
  std::normal_distribution<float> normal;
  std::vector<float> vector(static_cast<std::size_t>(dimension));
  double squares = 0;
  for (float& value : vector) {
    value = normal(random);
    squares += double{value} * double{value};
  }
  for (float& value : vector) value = static_cast<float>(value / std::sqrt(squares));
  return vector;
}

// The integers that every kernel must give, term by term.
std::int64_t exact_dot(const CodedQuery& query, const CodedVector& row) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < row.codes.size(); ++i)
    sum += (std::int64_t{row.codes[i]} - 128) * query.values()[i];
  return sum;
}

TEST(Int8Kernels, EveryKernelGivesTheExactIntegersForEveryDimension) {
  std::mt19937 random(1);
  for (int dimension : {1, 3, 63, 64, 65, 384, 1000, kDimensionMax}) {
    const CodedQuery query(random_unit(random, dimension));
    std::vector<std::uint8_t> codes;
    std::vector<std::int64_t> expected;
    for (int row = 0; row < 5; ++row) {
      const CodedVector coded = code_vector(random_unit(random, dimension));
      codes.insert(codes.end(), coded.codes.begin(), coded.codes.end());
      expected.push_back(exact_dot(query, coded));
    }
    for (const NamedKernel& kernel : available_kernels()) {
      std::vector<std::int64_t> dots(expected.size());
      kernel.run(query, codes.data(), dots.size(), dots.data());
      EXPECT_EQ(dots, expected) << kernel.name << " at dimension " << dimension;
    }
  }
}

TEST(Int8Kernels, ExtremeCodesDoNotOverflowAnyKernel) {
  // All components equal: every code is the largest one, the worst case for the sums.
  for (float sign : {1.0F, -1.0F}) {
    const std::vector<float> vector(kDimensionMax, sign / 64);
    const std::vector<float> opposite(kDimensionMax, -sign / 64);
    const CodedQuery query(vector);
    for (const auto& other : {vector, opposite}) {
      const CodedVector row = code_vector(other);
      for (const NamedKernel& kernel : available_kernels()) {
        std::int64_t dot = 0;
        kernel.run(query, row.codes.data(), 1, &dot);
        EXPECT_EQ(dot, exact_dot(query, row)) << kernel.name;
      }
    }
  }
}

TEST(Int8Kernels, ErrorStaysWithinTheStatedBound) {
  std::mt19937 random(2);
  for (int i = 0; i < 2000; ++i) {
    const auto a = random_unit(random, 384), b = random_unit(random, 384);
    const CodedQuery query(a);
    const CodedVector row = code_vector(b);
    double exact = 0;
    for (std::size_t at = 0; at < a.size(); ++at) exact += double{a[at]} * double{b[at]};
    const double estimate =
        static_cast<double>(exact_dot(query, row)) * query.scale() * double{row.scale};
    EXPECT_LE(std::abs(exact - estimate),
              query.length() * double{row.residual} + query.residual() + 1e-6);
    EXPECT_LT(row.residual, 0.02F) << "the bound should be tight enough to be of use";
  }
}

TEST(Int8Kernels, ZeroVectorHasZeroCodes) {
  const CodedVector row = code_vector(std::vector<float>(10, 0.0F));
  EXPECT_EQ(row.scale, 0);
  EXPECT_EQ(row.residual, 0);
  EXPECT_EQ(row.codes, std::vector<std::uint8_t>(64, 128));
}

}  // namespace
}  // namespace docmill::embedded
