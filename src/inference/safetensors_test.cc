// SPDX-License-Identifier: Apache-2.0
#include "inference/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

namespace docmill::inference {
namespace {

class SafeTensorsFile : public testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "safetensors_" +
            testing::UnitTest::GetInstance()->current_test_info()->name() + ".bin";
  }
  void TearDown() override { std::filesystem::remove(path_); }

  static std::string file(std::string header, std::string data) {
    while (header.size() % 8 != 0) header += ' ';
    std::uint64_t size = header.size();
    return std::string(reinterpret_cast<const char*>(&size), sizeof size) + header + data;
  }
  Result<SafeTensors> open(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary) << bytes;
    return SafeTensors::open(path_);
  }

  std::string path_;
};

const std::string kHeader = R"({"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
                            R"("b":{"dtype":"I64","shape":[1],"data_offsets":[8,16]}})";

TEST_F(SafeTensorsFile, GivesATensorOfTheExpectedShape) {
  const float values[2] = {1.5f, -2.0f};
  std::string data(reinterpret_cast<const char*>(values), sizeof values);
  auto tensors = open(file(kHeader, data + std::string(8, '\0')));
  ASSERT_TRUE(tensors) << tensors.error().message;
  auto a = tensors->floats("a", {2, 1});
  ASSERT_TRUE(a);
  EXPECT_EQ(std::vector<float>(a->begin(), a->end()), (std::vector<float>{1.5f, -2.0f}));
  EXPECT_EQ(tensors->floats("a", {1, 2}).error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(tensors->floats("b", {1}).error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(tensors->floats("c", {1}).error().code, ErrorCode::kNotFound);
}

TEST_F(SafeTensorsFile, RefusesOffsetsBeyondTheFile) {
  EXPECT_EQ(open(file(kHeader, std::string(15, '\0'))).error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(open(std::string(8, '\xff')).error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(open("abc").error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(open("").error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(SafeTensors::open("/nowhere/model").error().code, ErrorCode::kUnavailable);
}

TEST_F(SafeTensorsFile, AnyFlippedBytesAreAnErrorOrASoundFile) {
  const unsigned seed = 20263;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const std::string sound = file(kHeader, std::string(16, '\0'));
  for (int round = 0; round < 300; ++round) {
    std::string bytes = sound;
    for (int flips = 0; flips < 3; ++flips)
      bytes[random() % (bytes.size() - 16)] = static_cast<char>(random());
    auto tensors = open(bytes);
    if (!tensors) continue;
    if (auto a = tensors->floats("a", {2, 1})) EXPECT_EQ((*a)[0] + (*a)[1], 0);
  }
}

}  // namespace
}  // namespace docmill::inference
