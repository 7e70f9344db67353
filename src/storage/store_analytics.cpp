#include <algorithm>

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
  plan_by_values();
  Where where(workspace_id);
  where.add("started_at >= ", filter.from);
  where.add("started_at < ", filter.to);
  // Read by the start, which leaves out most: not by the agent.
  if (!filter.model_id.empty()) where.add("NOT (agent_id <> " + where.bind(filter.model_id) + ")");
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
  plan_by_values();
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

Result<Activity> Store::activity(const std::string& workspace_id, Timestamp from, Duration step, std::int64_t steps) {
  plan_by_values();
  const Timestamp to = from + step * steps;
  const std::string first = id_floor(from);
  const std::string last = id_floor(to);
  Activity activity;
  activity.steps.resize(static_cast<std::size_t>(steps));
  const auto at = [&](std::int64_t index) -> Activity::Step& {
    return activity.steps[static_cast<std::size_t>(std::clamp<std::int64_t>(index, 0, steps - 1))];
  };
  auto read = db_.run(
      "SELECT (started_at - $1) / $2, status, end_call_reason, count(*) FROM call "
      "WHERE workspace_id = $3 AND started_at >= $4 AND started_at < $5 GROUP BY 1, 2, 3",
      {from, step, workspace_id, from, to}, [&](const sql::Row& row) {
        at(row.integer(0)).calls += row.integer(3);
        activity.statuses[std::string(row.text(1))] += row.integer(3);
        const auto status = call_status_from(row.text(1));
        if (status && is_terminal(*status)) activity.reasons[std::string(row.text(2))] += row.integer(3);
      });
  if (read) {
    read = db_.run(
        "SELECT (at - $1) / $2, status, count(*) FROM attempt "
        "WHERE workspace_id = $3 AND attempt_id >= $4 AND attempt_id < $5 GROUP BY 1, 2",
        {from, step, workspace_id, first, last}, [&](const sql::Row& row) {
          auto& there = at(row.integer(0));
          (row.text(1) == "success" ? there.delivered : there.failed) += row.integer(2);
        });
  }
  if (read) {
    // From the end of the call, or from when it became known here if that was more than a minute later.
    read = db_.run(
        "SELECT a.at + a.duration_us, d.created_at, d.ended_at FROM attempt a JOIN delivery d "
        "ON d.workspace_id = a.workspace_id AND d.delivery_id = a.delivery_id "
        "WHERE a.workspace_id = $1 AND a.attempt_id >= $2 AND a.attempt_id < $3 AND a.status = 'success' "
        "AND d.delivery_id = d.webhook_id AND d.revision > 0 ORDER BY a.attempt_id DESC LIMIT 10000",
        {workspace_id, first, last}, [&](const sql::Row& row) {
          const Timestamp known = row.integer(1);
          const Timestamp ended = row.optional_integer(2).value_or(0);
          activity.waits.push_back(std::max<Duration>(0, row.integer(0) - (ended > known - kMinute ? ended : known)));
        });
  }
  if (!read) return fail(read.error());
  return activity;
}

}  // namespace wrapup
