// SPDX-License-Identifier: Apache-2.0
#include "document/charset.h"

#include <gtest/gtest.h>

#include <random>

#include "base/utf8.h"

namespace docmill::document {
namespace {

TEST(Charset, LabelsMeanWhatBrowsersTakeThemFor) {
  EXPECT_EQ(charset_of_label("ISO-8859-1"), "windows-1252");
  EXPECT_EQ(charset_of_label(" us-ascii "), "windows-1252");
  EXPECT_EQ(charset_of_label("gb2312"), "gbk");
  EXPECT_EQ(charset_of_label("ks_c_5601-1987"), "euc-kr");
  EXPECT_EQ(charset_of_label("x-sjis"), "shift_jis");
  EXPECT_EQ(charset_of_label("utf8"), "utf-8");
  EXPECT_EQ(charset_of_label("utf-16"), "utf-16le");
  EXPECT_EQ(charset_of_label("iso-8859-9"), "windows-1254");
  EXPECT_EQ(charset_of_label("utf-7"), "");
  EXPECT_EQ(charset_of_label("hz-gb-2312"), "");
  EXPECT_EQ(charset_of_label(""), "");
}

TEST(Charset, BytesBecomeUtf8) {
  EXPECT_EQ(*to_utf8("caf\xE9 \x80", "windows-1252"), "café €");
  EXPECT_EQ(*to_utf8("\xCF\xF0\xE8\xE2\xE5\xF2", "windows-1251"), "Привет");
  EXPECT_EQ(*to_utf8("\x93\xFA\x96\x7B", "shift_jis"), "日本");
  EXPECT_EQ(*to_utf8("\xC4\xE3\xBA\xC3", "gbk"), "你好");
  EXPECT_EQ(*to_utf8("\xBE\xC8\xB3\xE7", "euc-kr"), "안녕");
  EXPECT_EQ(*to_utf8("\x1B$BF|K\\\x1B(B", "iso-2022-jp"), "日本");
  EXPECT_EQ(*to_utf8(std::string_view("\x3D\xD8\x00\xDE", 4), "utf-16le"), "😀");
  EXPECT_FALSE(to_utf8("a", "ebcdic").has_value());
}

TEST(Charset, UndecodableBytesAreCounted) {
  std::size_t replaced = 0;
  EXPECT_EQ(*to_utf8("a\xFF\xC3(b", "utf-8", &replaced), "a\uFFFD\uFFFD(b");
  EXPECT_EQ(replaced, 2u);
  EXPECT_EQ(*to_utf8("a\x81", "shift_jis", &replaced), "a\uFFFD");
  EXPECT_EQ(replaced, 1u);
  EXPECT_EQ(*to_utf8(std::string_view("a\0\x00\xD8", 4), "utf-16le", &replaced), "a\uFFFD");
  EXPECT_EQ(replaced, 1u);
}

TEST(Charset, TheMarkBeatsEveryLabel) {
  CharsetChoice choice = choose_charset("\xEF\xBB\xBFx", {"windows-1251"});
  EXPECT_EQ(choice.name, "utf-8");
  EXPECT_EQ(choice.mark_size, 3u);
  EXPECT_EQ(decode_text(std::string_view("\xFE\xFF\0A", 4), {}).text, "A");
}

TEST(Charset, ValidUtf8BeatsAFalseLabel) {
  EXPECT_EQ(choose_charset("Müller", {"iso-8859-1"}).name, "utf-8");
  EXPECT_EQ(choose_charset("M\xFCller", {"iso-8859-1"}).name, "windows-1252");
}

TEST(Charset, LabelsCountInOrderAndUnknownOnesAreSkipped) {
  EXPECT_EQ(choose_charset("\xCF\xF0", {"no-such", "windows-1251", "koi8-r"}).name, "windows-1251");
  EXPECT_FALSE(choose_charset("\xCF\xF0", {"windows-1251"}).guessed);
}

TEST(Charset, AFalseUtf8LabelDoesNotWin) {
  DecodedText text = decode_text(
      "Stra\xDF"
      "e, Gr\xFC\xDF"
      "e, \xDC"
      "bung und K\xF6nig",
      {"utf-8"});
  EXPECT_EQ(text.text, "Straße, Grüße, Übung und König");
  EXPECT_EQ(text.warnings, std::vector<std::string>{"charset_guessed"});
}

TEST(Charset, Utf8WithAFewDamagedBytesStaysUtf8) {
  std::string damaged;
  for (int i = 0; i < 20; ++i) damaged += "Grüße an Köln. ";
  damaged += "\xFF";
  DecodedText text = decode_text(damaged, {"utf-8"});
  EXPECT_EQ(text.charset, "utf-8");
  EXPECT_EQ(text.warnings, std::vector<std::string>{"undecodable_bytes:1"});
  EXPECT_FALSE(text.same_bytes);
}

TEST(Charset, Utf16WithoutMarkShowsByItsZeros) {
  EXPECT_EQ(decode_text(std::string_view("H\0e\0y\0!\0", 8), {}).text, "Hey!");
  EXPECT_EQ(decode_text(std::string_view("\0H\0e\0y\0!", 8), {}).text, "Hey!");
}

TEST(Charset, StatisticsKnowCommonCharsets) {
  std::string russian;
  for (int i = 0; i < 5; ++i)
    russian += "\xF0\xD2\xC9\xD7\xC5\xD4, \xCB\xC1\xCB \xC4\xC5\xCC\xC1? ";  // KOI8-R
  CharsetChoice choice = choose_charset(russian, {});
  EXPECT_EQ(choice.name, "koi8-r");
  EXPECT_TRUE(choice.guessed);
  EXPECT_EQ(choose_charset("plain", {}).name, "utf-8");
  EXPECT_FALSE(choose_charset("plain", {}).guessed);
}

TEST(Charset, AnyBytesInAnyCharsetGiveValidUtf8) {
  std::mt19937_64 random(5);
  for (const char* label : {"utf-8", "utf-16le", "utf-16be", "gbk", "gb18030", "big5", "euc-jp",
                            "iso-2022-jp", "shift_jis", "euc-kr", "windows-874", "ibm866"}) {
    for (int i = 0; i < 200; ++i) {
      std::string bytes(random() % 9000, '\0');
      for (char& c : bytes) c = static_cast<char>(random());
      ASSERT_TRUE(is_valid_utf8(to_utf8(bytes, label).value())) << label;
    }
  }
}

}  // namespace
}  // namespace docmill::document
