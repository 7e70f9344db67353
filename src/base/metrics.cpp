#include "base/metrics.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sys/resource.h>
#include <unistd.h>

#include <prometheus/text_serializer.h>

namespace wrapup {

namespace {

using Labels = std::map<std::string, std::string>;

prometheus::Counter& counter(prometheus::Registry& registry, const std::string& name, const std::string& help,
                             const Labels& labels = {}) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
}

prometheus::Gauge& gauge(prometheus::Registry& registry, const std::string& name, const std::string& help,
                         const Labels& labels = {}) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(labels);
}

prometheus::Histogram& histogram(prometheus::Registry& registry, const std::string& name, const std::string& help,
                                 const prometheus::Histogram::BucketBoundaries& bounds) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, bounds);
}

prometheus::Counter& deleted(prometheus::Registry& registry, const std::string& what) {
  return counter(registry, "wrapup_retention_deleted_total", "What was deleted because it was old", {{"what", what}});
}

const prometheus::Histogram::BucketBoundaries kSeconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                       1,     2.5,    5,     10,   30,    60,   300, 3600};
const prometheus::Histogram::BucketBoundaries kWrites{1, 2, 5, 10, 20, 50, 100, 200};

// Of delivery attempts: the failure classes of the network and of statuses, and what is neither.
constexpr std::array<std::string_view, 21> kOutcomes{
    "delivered",     "blocked",  "proxy",          "dns",           "connect",      "tls_name",    "tls_expired",
    "tls_untrusted", "tls",      "timeout_before", "timeout_after", "reset_before", "reset_after", "protocol",
    "http_1xx",      "redirect", "http_4xx",       "gone",          "rate_limited", "http_5xx",    "other"};
constexpr std::array<std::string_view, 7> kModelRequests{"answered", "rate_limited", "http_4xx", "http_5xx",
                                                         "timeout",  "network",      "other"};
constexpr std::array<std::string_view, 9> kModelAnswers{"answered",          "cached",         "model_timeout",
                                                        "model_unreachable", "model_refused",  "model_answer",
                                                        "model_limited",     "model_canceled", "other"};
constexpr std::array<std::string_view, 5> kQueues{"active", "held", "open", "paused", "disabled"};

}  // namespace

Metrics::Metrics()
    : calls_placed(counter(registry_, "wrapup_calls_accepted_total", "Calls taken in", {{"how", "placed"}})),
      calls_reported(counter(registry_, "wrapup_calls_accepted_total", "Calls taken in", {{"how", "reported"}})),
      events_accepted(counter(registry_, "wrapup_events_accepted_total", "Engine events taken in")),
      webhooks_built(counter(registry_, "wrapup_webhooks_built_total", "Payloads frozen, one a revision")),
      webhooks_delivered(
          counter(registry_, "wrapup_deliveries_total", "Deliveries that ended", {{"state", "delivered"}})),
      webhooks_exhausted(
          counter(registry_, "wrapup_deliveries_total", "Deliveries that ended", {{"state", "exhausted"}})),
      deliveries_in_flight(gauge(registry_, "wrapup_deliveries_in_flight", "Requests to receivers under way")),
      hangup_to_delivered_seconds(histogram(registry_, "wrapup_hangup_to_delivered_seconds",
                                            "From the end of the call, or its report if later, to the receiver's 2xx",
                                            kSeconds)),
      attempt_seconds(histogram(registry_, "wrapup_attempt_seconds", "Duration of a delivery attempt", kSeconds)),
      commit_writes(histogram(registry_, "wrapup_commit_writes", "Writes grouped into one commit", kWrites)),
      commits_failed(counter(registry_, "wrapup_commits_failed_total", "Commits that failed; nothing was stored")),
      slots_held(gauge(registry_, "wrapup_slots_held", "Of the 256 parts of the work, those that are this node's")),
      leases_lost(
          counter(registry_, "wrapup_leases_lost_total", "Times that this node lost its place among the others")),
      deleted_calls(deleted(registry_, "calls")),
      deleted_log_entries(deleted(registry_, "log_entries")),
      deleted_messages(deleted(registry_, "messages")),
      deleted_endpoints(deleted(registry_, "endpoints")),
      deleted_agent_versions(deleted(registry_, "agent_versions")),
      deleted_answers(deleted(registry_, "idempotency_answers")),
      model_request_seconds(histogram(registry_, "wrapup_model_request_seconds",
                                      "Duration of a request to a model's server, answered or not", kSeconds)),
      model_prompt_tokens(
          counter(registry_, "wrapup_model_tokens_total", "Tokens that models took", {{"kind", "prompt"}})),
      model_completion_tokens(
          counter(registry_, "wrapup_model_tokens_total", "Tokens that models took", {{"kind", "completion"}})),
      model_requests_in_flight(
          gauge(registry_, "wrapup_model_requests_in_flight", "Requests to models' servers under way")),
      model_breakers_open(gauge(registry_, "wrapup_model_breakers_open",
                                "Models' servers that only failed of late and are left alone")),
      model_budget_left_tokens(
          gauge(registry_, "wrapup_model_budget_left_tokens", "Tokens that may be used today; +Inf without a budget")),
      circuits_open(gauge(registry_, "wrapup_circuits_open", "Endpoints with waiting deliveries and an open circuit")),
      database_bytes(gauge(registry_, "wrapup_database_bytes", "Bytes of the database that hold something")),
      disk_bytes(gauge(registry_, "wrapup_disk_bytes", "Size of the file system of the data folder")),
      disk_free_bytes(gauge(registry_, "wrapup_disk_free_bytes", "Of which are free for this process")),
      start_time(gauge(registry_, "process_start_time_seconds", "When the process started, in seconds since 1970")),
      resident_bytes_(gauge(registry_, "process_resident_memory_bytes", "Resident memory")),
      open_files_(gauge(registry_, "process_open_fds", "Open file descriptors")),
      most_open_files_(gauge(registry_, "process_max_fds", "File descriptors that may be open")),
      cpu_seconds_(counter(registry_, "process_cpu_seconds_total", "CPU time, user and system")) {
  auto& answers = prometheus::BuildCounter()
                      .Name("wrapup_http_answers_total")
                      .Help("Answers of the API by class")
                      .Register(registry_);
  for (std::size_t i = 1; i < answers_.size(); ++i) answers_[i] = &answers.Add({{"class", std::to_string(i) + "xx"}});
  for (std::size_t i = 0; i < kOutcomes.size(); ++i) {
    outcomes_[i] = {kOutcomes[i], &counter(registry_, "wrapup_delivery_attempts_total", "Delivery attempts",
                                           {{"outcome", std::string(kOutcomes[i])}})};
  }
  for (std::size_t i = 0; i < kModelRequests.size(); ++i) {
    model_requests_[i] = {kModelRequests[i], &counter(registry_, "wrapup_model_requests_total",
                                                      "Requests to models' servers that came to an end",
                                                      {{"outcome", std::string(kModelRequests[i])}})};
  }
  for (std::size_t i = 0; i < kModelAnswers.size(); ++i) {
    model_answers_[i] = {kModelAnswers[i], &counter(registry_, "wrapup_model_answers_total", "Questions to models",
                                                    {{"outcome", std::string(kModelAnswers[i])}})};
  }
  for (std::size_t i = 0; i < kQueues.size(); ++i) {
    const Labels labels{{"class", std::string(kQueues[i])}};
    queues_[i] = {
        kQueues[i],
        &gauge(registry_, "wrapup_queue_deliveries", "Deliveries that wait, by how their endpoint stands", labels),
        &gauge(registry_, "wrapup_queue_endpoints", "Endpoints with deliveries that wait", labels),
        &gauge(registry_, "wrapup_queue_oldest_due_seconds", "Since when the first of them is due", labels)};
  }
}

void Metrics::count_answer(int status) {
  const auto index = static_cast<std::size_t>(status / 100);
  if (index > 0 && index < answers_.size()) answers_[index]->Increment();
}

template <class Outcomes>
void Metrics::count_in(const Outcomes& outcomes, std::string_view name) {
  const auto* known =
      std::find_if(outcomes.begin(), outcomes.end() - 1, [&](const Outcome& outcome) { return outcome.name == name; });
  known->count->Increment();
}

void Metrics::count_attempt(std::string_view failure) { count_in(outcomes_, failure.empty() ? "delivered" : failure); }

void Metrics::count_model_request(std::string_view outcome) { count_in(model_requests_, outcome); }

void Metrics::count_model_answer(std::string_view outcome) { count_in(model_answers_, outcome); }

void Metrics::look_at_process() const {
  std::ifstream statm("/proc/self/statm");
  double total = 0;
  double resident = 0;
  if (statm >> total >> resident) resident_bytes_.Set(resident * static_cast<double>(::sysconf(_SC_PAGESIZE)));
  std::error_code bad;
  double open = -1;  // less the one that looks
  for (std::filesystem::directory_iterator file("/proc/self/fd", bad), end; !bad && file != end; file.increment(bad))
    ++open;
  if (!bad) open_files_.Set(open);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) most_open_files_.Set(static_cast<double>(limit.rlim_cur));
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  cpu_seconds_.Increment(std::max(0.0, seconds(usage.ru_utime) + seconds(usage.ru_stime) - cpu_seconds_.Value()));
}

std::string Metrics::text() const {
  look_at_process();
  if (look_) look_();
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

}  // namespace wrapup
