#include "model/analytics.hpp"

#include <algorithm>

#include "api/handlers.hpp"
#include "base/time.hpp"

namespace wrapup::api {

namespace {

constexpr Duration kLongest = 120 * kDay;

void write_health(JsonWriter& out, const DeliveryHealth& health) {
  out.key("delivery_health").begin_object().key("deliveries").begin_object();
  for (const auto& [state, count] : health.deliveries) out.member(state, count);
  out.end_object().key("attempts").begin_object();
  for (const auto& [error, count] : health.attempts) out.member(error.empty() ? "success" : error, count);
  out.end_object().end_object();
}

}  // namespace

// Days are those of UTC. `to_date` is exclusive, as everywhere; a range ends by itself at the end of today.
Answer analytics(Services& services, const ApiRequest& request) {
  Query query(request.query);
  AnalyticsFilter filter;
  const Timestamp tomorrow = (services.clock.now() / kDay + 1) * kDay;
  filter.to = query.time("to_date").value_or(tomorrow);
  filter.from = query.time("from_date").value_or(filter.to - 7 * kDay);
  filter.model_id = query.text("model_id");
  filter.direction = query.text("type_of_call");
  const auto& direction = filter.direction;
  if (!direction.empty() && direction != "inbound" && direction != "outbound" && direction != "widget")
    query.wrong("type_of_call", "must be one of inbound, outbound, widget");
  if (filter.from >= filter.to) query.wrong("from_date", "must be before to_date");
  if (filter.to - filter.from > kLongest) query.wrong("from_date", "must be at most 120 days before to_date");
  if (auto fine = query.done(); !fine) co_return fail(std::move(fine.error()));
  auto counted = std::make_shared<Analytics>();
  auto health = co_await services.store.read([&](Store& store) -> Result<DeliveryHealth> {
    if (auto done = store.count_calls(request.workspace_id, filter, *counted); !done)
      return fail(std::move(done.error()));
    return store.delivery_health(request.workspace_id, filter);
  });
  if (!health) co_return fail(std::move(health.error()));
  co_return json_reply(envelope("ok", [&](JsonWriter& out) {
    out.member("from_date", format_utc(filter.from)).member("to_date", format_utc(filter.to));
    counted->write(out, filter.from / kDay, (filter.to - 1) / kDay);
    write_health(out, *health);
  }));
}

namespace {

constexpr std::int64_t kMostSteps = 1000;

// The value that `share` of all do not exceed.
void write_quantile(JsonWriter& out, std::string_view name, std::vector<Duration>& sorted, double share) {
  out.key(name);
  if (sorted.empty()) {
    out.null();
    return;
  }
  const auto index = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5);
  out.number(static_cast<double>(sorted[index]) / kMillisecond);
}

void write_activity(JsonWriter& out, Activity& activity) {
  const auto series = [&](std::string_view name, std::int64_t Activity::Step::*member) {
    out.key(name).begin_array();
    for (const auto& step : activity.steps) out.integer(step.*member);
    out.end_array();
  };
  const auto counts = [&](std::string_view name, const std::map<std::string, std::int64_t>& counted) {
    out.key(name).begin_object();
    for (const auto& [key, count] : counted) out.member(key, count);
    out.end_object();
  };
  series("calls", &Activity::Step::calls);
  series("delivered", &Activity::Step::delivered);
  series("failed", &Activity::Step::failed);
  counts("call_status_stat", activity.statuses);
  counts("end_call_reason_stat", activity.reasons);
  std::sort(activity.waits.begin(), activity.waits.end());
  out.key("hang_up_to_delivered_ms").begin_object();
  out.member("count", static_cast<std::int64_t>(activity.waits.size()));
  write_quantile(out, "p50", activity.waits, 0.5);
  write_quantile(out, "p95", activity.waits, 0.95);
  out.end_object();
}

}  // namespace

Answer activity(Services& services, const ApiRequest& request) {
  Query query(request.query);
  const Timestamp to = query.time("to_date").value_or(services.clock.now());
  const Timestamp from = query.time("from_date").value_or(to - kHour);
  const Duration step = query.integer("step", 1, 86'400).value_or(60) * kSecond;
  if (from >= to) query.wrong("from_date", "must be before to_date");
  const std::int64_t steps = from < to ? (to - from + step - 1) / step : 0;
  if (steps > kMostSteps)
    query.wrong("step", "must be larger: from from_date to to_date at most 1000 steps are counted");
  if (auto fine = query.done(); !fine) co_return fail(std::move(fine.error()));
  auto counted = co_await services.store.read(
      [&](Store& store) { return store.activity(request.workspace_id, from, step, steps); });
  if (!counted) co_return fail(std::move(counted.error()));
  co_return json_reply(envelope("ok", [&](JsonWriter& out) {
    out.member("from_date", format_utc(from)).member("to_date", format_utc(from + step * steps));
    out.member("step", step / kSecond);
    write_activity(out, *counted);
  }));
}

}  // namespace wrapup::api
