#include "base/entropy.hpp"
#include "storage/store.hpp"
#include "storage/where.hpp"

namespace wrapup {

namespace {

using Counts = std::vector<std::pair<std::string, std::int64_t>>;

Status read_counts(sql::Connection& db, std::string_view query, const Where& where, Counts& counts) {
  auto read = db.run(query, where.params().data(), where.params().size(),
                     [&](const sql::Row& row) { counts.emplace_back(std::string(row.text(0)), row.integer(1)); });
  if (!read) return fail(read.error());
  return {};
}

}  // namespace

Status Store::count_calls(const std::string& workspace_id, const AnalyticsFilter& filter, Analytics& analytics) {
  Where where(workspace_id);
  where.add("started_at >= ", filter.from);
  where.add("started_at < ", filter.to);
  if (!filter.model_id.empty()) where.add("agent_id = ", filter.model_id);
  if (!filter.direction.empty()) where.add("direction = ", filter.direction);
  auto read = db_.run(
      "SELECT call_id, agent_id, direction, status, end_call_reason, findings, started_at, duration_s FROM call "
      "WHERE " +
          where.sql(),
      where.params().data(), where.params().size(), [&](const sql::Row& row) {
        analytics.add({row.text(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5), row.integer(6),
                       row.integer(7)});
      });
  if (!read) return fail(read.error());
  return {};
}

Result<DeliveryHealth> Store::delivery_health(const std::string& workspace_id, const AnalyticsFilter& filter) {
  DeliveryHealth health;
  // Ids begin with the time they were made at: the primary key is the index.
  const std::string first = id_floor(filter.from);
  const std::string last = id_floor(filter.to);
  const std::string first_delivery = "evt_" + first;
  const std::string last_delivery = "evt_" + last;
  Where deliveries(workspace_id);
  deliveries.add("delivery_id >= ", first_delivery);
  deliveries.add("delivery_id < ", last_delivery);
  Where attempts(workspace_id);
  attempts.add("attempt_id >= ", first);
  attempts.add("attempt_id < ", last);
  for (Where* where : {&deliveries, &attempts}) {
    if (!filter.model_id.empty()) where->add("model_id = ", filter.model_id);
  }
  auto read = read_counts(db_, "SELECT state, count(*) FROM delivery WHERE " + deliveries.sql() + " GROUP BY state",
                          deliveries, health.deliveries);
  if (read) {
    read = read_counts(db_, "SELECT error, count(*) FROM attempt WHERE " + attempts.sql() + " GROUP BY error", attempts,
                       health.attempts);
  }
  if (!read) return fail(read.error());
  return health;
}

}  // namespace wrapup
