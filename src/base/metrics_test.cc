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

TEST(Metrics, TotalsAreReadBack) {
  Metrics metrics({{MetricKind::kCounter, "docmill_texts_total", "Texts.", {}, {}},
                   {MetricKind::kGauge, "docmill_queue_ready", "Messages.", {}, {}},
                   {MetricKind::kHistogram, "docmill_stage_seconds", "Time.", {"stage"}, {1, 10}}});
  metrics.get("docmill_texts_total").add(3);
  metrics.get("docmill_texts_total").add(2);
  metrics.get("docmill_queue_ready").set(7);
  metrics.get("docmill_stage_seconds", {"chunk"}).observe(0.5);
  metrics.get("docmill_stage_seconds", {"chunk"}).observe(20);
  EXPECT_EQ(metrics.get("docmill_texts_total").total(), 5);
  EXPECT_EQ(metrics.get("docmill_queue_ready").total(), 7);
  EXPECT_EQ(metrics.get("docmill_stage_seconds", {"chunk"}).total(), 20.5);
  EXPECT_EQ(metrics.get("docmill_stage_seconds", {"embed"}).total(), 0);
}

}  // namespace
}  // namespace docmill
