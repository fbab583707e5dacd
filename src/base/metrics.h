// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace docmill {

enum class MetricKind { kCounter, kGauge, kHistogram };

// One row of a module's metric table: declared once, so that output, dashboards and docs can be
// checked against it. Names follow Prometheus: unit last, counters end in _total.
struct MetricSpec {
  MetricKind kind;
  std::string name;  // "docmill_documents_total"
  std::string help;
  std::vector<std::string> labels;  // values must come from closed sets
  std::vector<double> buckets;      // histograms only, ascending upper bounds
};

// The process's metrics. Thread-safe: adding takes no lock after a label set was first seen by a
// Metric handle. Passed by reference from the program; no global registry.
class Metrics {
 public:
  // One metric of the table with fixed label values; cheap to copy, lives as long as its Metrics.
  class Handle {
   public:
    void add(double amount = 1) const;  // counter, gauge
    void set(double value) const;       // gauge
    void observe(double value) const;   // histogram
    double total() const;  // counter, gauge: the value; histogram: the sum of what was observed
   private:
    friend class Metrics;
    MetricKind kind_ = MetricKind::kCounter;
    void* target_ = nullptr;
  };

  explicit Metrics(const std::vector<MetricSpec>& table);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The metric `name` with label values in the order of its spec. An unknown name or a wrong number
  // of labels is a broken invariant. Takes a lock; keep the handle where speed matters.
  Handle get(std::string_view name, std::initializer_list<std::string_view> label_values = {});

  // All metrics in Prometheus' text format 0.0.4.
  std::string prometheus_text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace docmill
