// What Prometheus scrapes. Every label set is resolved once, here: counting is a relaxed atomic add. Thread-safe.
#pragma once

#include <array>
#include <memory>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace wrapup {

class Metrics {
 private:
  prometheus::Registry registry_;

 public:
  Metrics();

  prometheus::Counter& calls_placed;
  prometheus::Counter& calls_reported;
  prometheus::Counter& events_accepted;
  prometheus::Counter& webhooks_built;
  prometheus::Counter& webhooks_delivered;
  prometheus::Counter& webhooks_exhausted;
  prometheus::Counter& attempts_success;
  prometheus::Counter& attempts_failed;
  prometheus::Gauge& deliveries_in_flight;
  prometheus::Gauge& deliveries_waiting;
  prometheus::Histogram& hangup_to_delivered_seconds;
  prometheus::Histogram& attempt_seconds;
  prometheus::Histogram& commit_writes;

  /// Counts one HTTP answer of the API by its class (2 for 2xx).
  void count_answer(int status);

  /// The text exposition format 0.0.4.
  std::string text() const;

 private:
  std::array<prometheus::Counter*, 6> answers_{};
};

}  // namespace wrapup
