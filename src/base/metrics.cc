// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>
#include <sstream>

#include "base/result.h"

namespace docmill {

struct Metrics::State {
  struct Entry {
    MetricSpec spec;
    prometheus::Family<prometheus::Counter>* counters = nullptr;
    prometheus::Family<prometheus::Gauge>* gauges = nullptr;
    prometheus::Family<prometheus::Histogram>* histograms = nullptr;
  };
  prometheus::Registry registry;
  std::map<std::string, Entry, std::less<>> entries;
};

Metrics::Metrics(const std::vector<MetricSpec>& table) : state_(std::make_unique<State>()) {
  for (const MetricSpec& spec : table) {
    State::Entry entry{.spec = spec};
    auto& registry = state_->registry;
    switch (spec.kind) {
      case MetricKind::kCounter:
        entry.counters =
            &prometheus::BuildCounter().Name(spec.name).Help(spec.help).Register(registry);
        if (spec.labels.empty()) entry.counters->Add({});
        break;
      case MetricKind::kGauge:
        entry.gauges = &prometheus::BuildGauge().Name(spec.name).Help(spec.help).Register(registry);
        if (spec.labels.empty()) entry.gauges->Add({});
        break;
      case MetricKind::kHistogram:
        entry.histograms =
            &prometheus::BuildHistogram().Name(spec.name).Help(spec.help).Register(registry);
        break;
    }
    bool inserted = state_->entries.emplace(spec.name, std::move(entry)).second;
    DOCMILL_CHECK(inserted);
  }
}

Metrics::~Metrics() = default;

Metrics::Handle Metrics::get(std::string_view name,
                             std::initializer_list<std::string_view> label_values) {
  auto found = state_->entries.find(name);
  DOCMILL_CHECK(found != state_->entries.end());
  State::Entry& entry = found->second;
  DOCMILL_CHECK(entry.spec.labels.size() == label_values.size());
  prometheus::Labels labels;
  auto value = label_values.begin();
  for (const std::string& label : entry.spec.labels) labels.emplace(label, *value++);
  Handle handle;
  handle.kind_ = entry.spec.kind;
  switch (entry.spec.kind) {
    case MetricKind::kCounter:
      handle.target_ = &entry.counters->Add(labels);
      break;
    case MetricKind::kGauge:
      handle.target_ = &entry.gauges->Add(labels);
      break;
    case MetricKind::kHistogram:
      handle.target_ = &entry.histograms->Add(labels, entry.spec.buckets);
      break;
  }
  return handle;
}

void Metrics::Handle::add(double amount) const {
  if (kind_ == MetricKind::kCounter) {
    static_cast<prometheus::Counter*>(target_)->Increment(amount);
  } else {
    DOCMILL_CHECK(kind_ == MetricKind::kGauge);
    static_cast<prometheus::Gauge*>(target_)->Increment(amount);
  }
}

void Metrics::Handle::set(double value) const {
  DOCMILL_CHECK(kind_ == MetricKind::kGauge);
  static_cast<prometheus::Gauge*>(target_)->Set(value);
}

void Metrics::Handle::observe(double value) const {
  DOCMILL_CHECK(kind_ == MetricKind::kHistogram);
  static_cast<prometheus::Histogram*>(target_)->Observe(value);
}

double Metrics::Handle::total() const {
  switch (kind_) {
    case MetricKind::kCounter:
      return static_cast<prometheus::Counter*>(target_)->Value();
    case MetricKind::kGauge:
      return static_cast<prometheus::Gauge*>(target_)->Value();
    case MetricKind::kHistogram:
      return static_cast<prometheus::Histogram*>(target_)->Collect().histogram.sample_sum;
  }
  return 0;
}

std::string Metrics::prometheus_text() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, state_->registry.Collect());
  return out.str();
}

}  // namespace docmill
