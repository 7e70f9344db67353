// What Prometheus scrapes. Every label set is resolved once, here: counting is a relaxed atomic add. Thread-safe.
// docs/operations/metrics.md lists every name.
#pragma once

#include <array>
#include <string>
#include <string_view>

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
  prometheus::Gauge& deliveries_in_flight;
  prometheus::Histogram& hangup_to_delivered_seconds;
  prometheus::Histogram& attempt_seconds;
  prometheus::Histogram& commit_writes;
  prometheus::Counter& commits_failed;
  prometheus::Counter& deleted_calls;
  prometheus::Counter& deleted_log_entries;
  prometheus::Counter& deleted_messages;
  prometheus::Counter& deleted_endpoints;
  prometheus::Counter& deleted_agent_versions;
  prometheus::Counter& deleted_answers;
  prometheus::Gauge& circuits_open;
  prometheus::Gauge& database_bytes;
  prometheus::Gauge& disk_bytes;
  prometheus::Gauge& disk_free_bytes;
  prometheus::Gauge& start_time;  // seconds since 1970

  /// What waits behind endpoints that stand alike.
  struct Queue {
    std::string_view name;  // "active", "held", "open", "paused", "disabled"
    prometheus::Gauge* deliveries = nullptr;
    prometheus::Gauge* endpoints = nullptr;
    prometheus::Gauge* oldest_due_seconds = nullptr;
  };
  const std::array<Queue, 5>& queues() const { return queues_; }

  /// Counts one HTTP answer of the API by its class (2 for 2xx).
  void count_answer(int status);
  /// Counts a delivery attempt by the class of its failure, empty for success. A class that is not known here counts as
  /// "other".
  void count_attempt(std::string_view failure);

  /// The text exposition format 0.0.4. Also reads what the operating system knows of this process.
  std::string text() const;

 private:
  struct Outcome {
    std::string_view name;
    prometheus::Counter* count = nullptr;
  };

  void look_at_process() const;

  std::array<prometheus::Counter*, 6> answers_{};
  std::array<Outcome, 21> outcomes_;
  std::array<Queue, 5> queues_;
  prometheus::Gauge& resident_bytes_;
  prometheus::Gauge& open_files_;
  prometheus::Gauge& most_open_files_;
  prometheus::Counter& cpu_seconds_;
};

}  // namespace wrapup
