#include "model/analytics.hpp"

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

}  // namespace wrapup::api
