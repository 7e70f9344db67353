// What Prometheus scrapes. Every label set is resolved once, here: counting is a relaxed atomic add. Thread-safe.
// docs/operations/metrics.md lists every name.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

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
  prometheus::Gauge& slots_held;
  prometheus::Counter& leases_lost;
  prometheus::Counter& deleted_calls;
  prometheus::Counter& deleted_log_entries;
  prometheus::Counter& deleted_messages;
  prometheus::Counter& deleted_endpoints;
  prometheus::Counter& deleted_agent_versions;
  prometheus::Counter& deleted_answers;
  prometheus::Histogram& model_request_seconds;
  prometheus::Counter& model_prompt_tokens;
  prometheus::Counter& model_completion_tokens;
  prometheus::Gauge& model_requests_in_flight;
  prometheus::Gauge& model_breakers_open;
  prometheus::Gauge& model_budget_left_tokens;
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

  /// Counts a request to a model's server: "answered", or the class of what went wrong.
  void count_model_request(std::string_view outcome);
  /// Counts a question to a model by what came of it: "answered", "cached", or the name of the error.
  void count_model_answer(std::string_view outcome);

  /// Sets gauges that are read where they are kept; called before each text().
  void before_text(std::function<void()> look) { look_ = std::move(look); }

  /// The text exposition format 0.0.4. Also reads what the operating system knows of this process.
  std::string text() const;

 private:
  struct Outcome {
    std::string_view name;
    prometheus::Counter* count = nullptr;
  };

  /// The last one stands for names that are not known.
  template <class Outcomes>
  static void count_in(const Outcomes& outcomes, std::string_view name);
  void look_at_process() const;

  std::array<prometheus::Counter*, 6> answers_{};
  std::array<Outcome, 21> outcomes_;
  std::array<Outcome, 7> model_requests_;
  std::array<Outcome, 9> model_answers_;
  std::function<void()> look_;
  std::array<Queue, 5> queues_;
  prometheus::Gauge& resident_bytes_;
  prometheus::Gauge& open_files_;
  prometheus::Gauge& most_open_files_;
  prometheus::Counter& cpu_seconds_;
};

}  // namespace wrapup
