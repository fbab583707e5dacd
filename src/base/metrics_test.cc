// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace docmill {
namespace {

TEST(Metrics, WritesThePrometheusText) {
  Metrics metrics({{MetricKind::kCounter, "docmill_documents_total", "Documents.", {"state"}, {}},
                   {MetricKind::kGauge, "docmill_queue_ready", "Messages.", {}, {}}});
  metrics.get("docmill_documents_total", {"done"}).add(3);
  metrics.get("docmill_queue_ready").set(7);
  std::string text = metrics.prometheus_text();
  EXPECT_THAT(text, testing::HasSubstr("docmill_documents_total{state=\"done\"} 3"));
  EXPECT_THAT(text, testing::HasSubstr("docmill_queue_ready 7"));
}

}  // namespace
}  // namespace docmill
