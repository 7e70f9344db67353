#include "base/metrics.hpp"

#include <prometheus/text_serializer.h>

namespace wrapup {

namespace {

prometheus::Counter& counter(prometheus::Registry& registry, const std::string& name, const std::string& help,
                             const std::map<std::string, std::string>& labels = {}) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
}

prometheus::Gauge& gauge(prometheus::Registry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Histogram& histogram(prometheus::Registry& registry, const std::string& name, const std::string& help,
                                 const prometheus::Histogram::BucketBoundaries& bounds) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, bounds);
}

const prometheus::Histogram::BucketBoundaries kSeconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                       1,     2.5,    5,     10,   30,    60,   300, 3600};
const prometheus::Histogram::BucketBoundaries kWrites{1, 2, 5, 10, 20, 50, 100, 200};

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
      attempts_success(
          counter(registry_, "wrapup_delivery_attempts_total", "Delivery attempts", {{"outcome", "success"}})),
      attempts_failed(
          counter(registry_, "wrapup_delivery_attempts_total", "Delivery attempts", {{"outcome", "failed"}})),
      deliveries_in_flight(gauge(registry_, "wrapup_deliveries_in_flight", "Requests to receivers under way")),
      deliveries_waiting(
          gauge(registry_, "wrapup_deliveries_waiting", "Deliveries in memory that wait for their time")),
      hangup_to_delivered_seconds(histogram(registry_, "wrapup_hangup_to_delivered_seconds",
                                            "From the end of the call, or its report if later, to the receiver's 2xx",
                                            kSeconds)),
      attempt_seconds(histogram(registry_, "wrapup_attempt_seconds", "Duration of a delivery attempt", kSeconds)),
      commit_writes(histogram(registry_, "wrapup_commit_writes", "Writes grouped into one commit", kWrites)) {
  auto& answers = prometheus::BuildCounter()
                      .Name("wrapup_http_answers_total")
                      .Help("Answers of the API by class")
                      .Register(registry_);
  for (std::size_t i = 1; i < answers_.size(); ++i) answers_[i] = &answers.Add({{"class", std::to_string(i) + "xx"}});
}

void Metrics::count_answer(int status) {
  const auto index = static_cast<std::size_t>(status / 100);
  if (index > 0 && index < answers_.size()) answers_[index]->Increment();
}

std::string Metrics::text() const { return prometheus::TextSerializer().Serialize(registry_.Collect()); }

}  // namespace wrapup
