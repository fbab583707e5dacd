// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "document/extract.h"

namespace docmill::document {
namespace {

std::string title_of(const std::string& html) {
  ExtractInput input;
  input.bytes = html;
  const auto document = parse_html(input, {});
  EXPECT_TRUE(document) << document.error().message;
  return document ? document->title : std::string();
}

TEST(HtmlTitle, TheSiteGoesWhereThePageGivesTheRestAsItsTitle) {
  EXPECT_EQ(title_of("<title>A day out | News | Site</title><h1>A Day out!</h1>"), "A day out");
  EXPECT_EQ(title_of("<title>A - B - Site</title><meta property=og:title content='A - B'>"),
            "A - B");
  EXPECT_EQ(title_of("<title>Site: A day</title><meta property=og:title content='A day'>"),
            "A day");
}

TEST(HtmlTitle, TheSiteGoesByTheNameItHas) {
  EXPECT_EQ(title_of("<title>A day – Site</title><meta property=og:site_name content=Site>"),
            "A day");
  EXPECT_EQ(title_of("<title>Site – All there is</title><meta property=og:site_name content=Site>"),
            "Site – All there is");
}

TEST(HtmlTitle, WhatThePageDoesNotConfirmStays) {
  EXPECT_EQ(title_of("<title>A day | Site</title><h1>Another</h1>"), "A day | Site");
  EXPECT_EQ(title_of("<title>A day | Site</title><h1>A day</h1><h1>Two</h1>"), "A day | Site");
  EXPECT_EQ(title_of("<title>Site | A day</title><h1>A day</h1>"), "Site | A day");
  EXPECT_EQ(title_of("<title>Site | A day</title><h1><a href=/>Site</a></h1>"), "Site | A day");
  EXPECT_EQ(title_of("<title>A-Z</title><h1>A</h1>"), "A-Z");
}

}  // namespace
}  // namespace docmill::document
