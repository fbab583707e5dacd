// SPDX-License-Identifier: Apache-2.0
#include "base/config_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace docmill {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

ConfigReader reader_of(std::string_view yaml, std::map<std::string, std::string> variables = {}) {
  auto reader = ConfigReader::parse(
      yaml, "test.yaml",
      [variables = std::move(variables)](const std::string& name) -> const char* {
        auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
      });
  DOCMILL_CHECK(reader.has_value());
  return std::move(*reader);
}

TEST(ConfigReader, ReadsValuesAndKeepsDefaults) {
  ConfigReader reader = reader_of("server:\n  listen: 127.0.0.1:9\nwait: 2m\n");
  std::string listen = "x", other = "kept";
  Milliseconds wait{0};
  reader.read("server.listen", listen);
  reader.read("server.other", other);
  reader.read("wait", wait, {0, 1e9});
  EXPECT_TRUE(reader.finish());
  EXPECT_EQ(listen, "127.0.0.1:9");
  EXPECT_EQ(other, "kept");
  EXPECT_EQ(wait, 2min);
}

TEST(ConfigReader, EnvironmentOverridesTheFile) {
  ConfigReader reader = reader_of("server: {listen: a}", {{"DOCMILL_SERVER_LISTEN", "b"}});
  std::string listen;
  reader.read("server.listen", listen);
  EXPECT_EQ(listen, "b");
}

TEST(ConfigReader, ReportsAllProblemsAtOnceWithTheNearestKey) {
  ConfigReader reader = reader_of("server: {lisen: a}\nworkers: many\n");
  std::string listen;
  int workers = 2;
  reader.read("server.listen", listen);
  reader.read("workers", workers, {1, 64});
  Status status = reader.finish();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("did you mean server.listen?"));
  EXPECT_THAT(status.error().message, HasSubstr("workers: needs a number"));
  EXPECT_EQ(workers, 2);
}

TEST(ConfigReader, RefusesValuesOutsideTheirRange) {
  ConfigReader reader = reader_of("workers: 65");
  int workers = 2;
  reader.read("workers", workers, {1, 64});
  EXPECT_THAT(reader.finish().error().message, HasSubstr("65 is outside 1 to 64"));
}

TEST(ConfigReader, SecretsComeFromEnvironmentOrFileOnly) {
  ConfigReader plain = reader_of("key: secret");
  std::string secret;
  plain.read_secret("key", secret);
  Status status = plain.finish();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("{env: NAME}"));
  EXPECT_THAT(status.error().message, testing::Not(HasSubstr("secret\"")));
  ConfigReader good = reader_of("key: {env: K}", {{"K", "hidden"}});
  good.read_secret("key", secret);
  EXPECT_TRUE(good.finish());
  EXPECT_EQ(secret, "hidden");
}

TEST(ConfigReader, NamesTheLineOfBadYaml) {
  auto reader = ConfigReader::parse("a: [1\nb: 2", "bad.yaml");
  ASSERT_FALSE(reader);
  EXPECT_THAT(reader.error().message, HasSubstr("bad.yaml:"));
}

TEST(NearestWord, FindsNothingForStrangers) {
  EXPECT_EQ(nearest_word("lisen", {"listen", "workers"}), "listen");
  EXPECT_EQ(nearest_word("zzzzzz", {"listen", "workers"}), "");
}

}  // namespace
}  // namespace docmill
