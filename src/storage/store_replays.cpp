#include <array>

#include "base/json.hpp"
#include "base/utf8.hpp"
#include "model/engine_request.hpp"
#include "storage/delivery_rows.hpp"
#include "storage/store.hpp"
#include "storage/where.hpp"

namespace wrapup {

namespace {

constexpr std::string_view kColumns =
    "workspace_id, replay_id, state, filter, url, rate, total, queued, position, created_at, updated_at";
constexpr std::array kStates{ReplayState::running, ReplayState::paused, ReplayState::canceled, ReplayState::completed};

std::string filter_text(const DeliveryFilter& filter) {
  json::object text{{"model_id", filter.model_id},
                    {"call_id", filter.call_id},
                    {"endpoint_id", filter.endpoint_id},
                    {"failure", filter.failure}};
  if (filter.state) text["state"] = to_string(*filter.state);
  if (filter.from) text["from"] = *filter.from;
  if (filter.to) text["to"] = *filter.to;
  return to_text(text);
}

DeliveryFilter filter_from(std::string_view text) {
  DeliveryFilter filter;
  const auto parsed = parse_json(text);
  if (!parsed || !parsed->is_object()) return filter;
  const json::object& members = parsed->get_object();
  const auto text_of = [&](std::string_view name) {
    const auto* found = members.if_contains(name);
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
  };
  const auto time_of = [&](std::string_view name) {
    const auto* found = members.if_contains(name);
    return found && found->is_int64() ? std::optional<Timestamp>(found->get_int64()) : std::nullopt;
  };
  filter.model_id = text_of("model_id");
  filter.call_id = text_of("call_id");
  filter.endpoint_id = text_of("endpoint_id");
  filter.failure = text_of("failure");
  filter.state = delivery_state_from(text_of("state"));
  filter.from = time_of("from");
  filter.to = time_of("to");
  return filter;
}

Replay read_replay(const sql::Row& row) {
  Replay replay;
  replay.workspace_id = row.text(0);
  replay.replay_id = row.text(1);
  for (const auto state : kStates) {
    if (row.text(2) == to_string(state)) replay.state = state;
  }
  replay.filter = filter_from(row.text(3));
  replay.url = row.text(4);
  replay.rate = row.integer(5);
  replay.total = row.integer(6);
  replay.queued = row.integer(7);
  replay.position = row.text(8);
  replay.created_at = row.integer(9);
  replay.updated_at = row.integer(10);
  return replay;
}

// First deliveries only: a replay is not replayed with what it repeated. No call is asked for once more. What was not
// delivered at first, but by a replay since, is not taken again.
Where conditions(const std::string& workspace_id, const DeliveryFilter& filter) {
  Where where(workspace_id);
  where.add("delivery_id = webhook_id");
  where.add("type <> ", kCallRequested);
  if (!filter.model_id.empty()) where.add("model_id = ", filter.model_id);
  if (!filter.call_id.empty()) where.add("call_id = ", filter.call_id);
  if (!filter.endpoint_id.empty()) where.add("endpoint_id = ", filter.endpoint_id);
  if (!filter.failure.empty()) where.add("failure = ", filter.failure);
  if (filter.from) where.add("created_at >= ", *filter.from);
  if (filter.to) where.add("created_at < ", *filter.to);
  if (filter.state) {
    where.add("state = ", to_string(*filter.state));
    if (*filter.state != DeliveryState::delivered) {
      where.add(
          "NOT EXISTS (SELECT 1 FROM delivery AS again WHERE again.workspace_id = delivery.workspace_id AND "
          "again.call_id = delivery.call_id AND again.delivery_id <> again.webhook_id AND "
          "again.webhook_id = delivery.webhook_id AND again.endpoint_id = delivery.endpoint_id AND "
          "again.state = 'delivered')");
    }
  }
  return where;
}

Error replay_not_found(const std::string& replay_id) {
  return {Code::not_found,
          "replay_not_found",
          "there is no replay " + std::string(utf8_beginning(replay_id, 100)) + " in this workspace",
          "",
          {}};
}

Status read_progress(sql::Connection& db, Replay& replay) {
  auto read = db.run("SELECT state, count(*) FROM delivery WHERE workspace_id = $1 AND replay_id = $2 GROUP BY state",
                     {replay.workspace_id, replay.replay_id}, [&](const sql::Row& row) {
                       const auto state = delivery_state_from(row.text(0));
                       if (state == DeliveryState::delivered) replay.delivered = row.integer(1);
                       if (state == DeliveryState::exhausted) replay.exhausted = row.integer(1);
                       if (state == DeliveryState::canceled) replay.canceled = row.integer(1);
                     });
  if (!read) return fail(read.error());
  return {};
}

}  // namespace

std::string_view to_string(ReplayState state) {
  switch (state) {
    case ReplayState::running: return "running";
    case ReplayState::paused: return "paused";
    case ReplayState::canceled: return "canceled";
    case ReplayState::completed: return "completed";
  }
  return "";
}

Result<DueDelivery> Store::replay_delivery(const Delivery& delivery, const std::string& url, const std::string& new_id,
                                           const std::string& new_endpoint_id, Timestamp now) {
  auto endpoint = url.empty() ? get_endpoint(delivery.workspace_id, delivery.endpoint_id)
                              : endpoint_of(delivery.workspace_id, url, new_endpoint_id, now);
  if (!endpoint) return fail(endpoint.error());
  DueDelivery due;
  due.delivery = delivery;
  Delivery& d = due.delivery;
  d.delivery_id = new_id;
  d.endpoint_id = endpoint->endpoint_id;
  d.state = DeliveryState::pending;
  d.attempts = 0;
  d.next_at = d.created_at = now;
  d.first_sent_at.reset();
  d.ended_at.reset();
  d.failure.clear();
  // Bulk replays take first deliveries only: one of theirs that is replayed by hand makes one that is not theirs.
  if (delivery.delivery_id != delivery.webhook_id) d.replay_id.clear();
  if (auto stored = insert_delivery(db_, d); !stored) return fail(stored.error());
  due.endpoint = std::move(*endpoint);
  return due;
}

Result<std::int64_t> Store::count_deliveries(const std::string& workspace_id, const DeliveryFilter& filter) {
  plan_by_values();
  std::int64_t count = 0;
  const Where where = conditions(workspace_id, filter);
  auto read = db_.run("SELECT count(*) FROM delivery WHERE " + where.sql(), where.params().data(),
                      where.params().size(), [&](const sql::Row& row) { count = row.integer(0); });
  if (!read) return fail(read.error());
  return count;
}

Status Store::add_replay(const Replay& replay) {
  auto stored = db_.run(
      "INSERT INTO replay (workspace_id, replay_id, state, filter, url, rate, total, queued, position, created_at, "
      "updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
      {replay.workspace_id, replay.replay_id, to_string(replay.state), filter_text(replay.filter), replay.url,
       replay.rate, replay.total, replay.queued, replay.position, replay.created_at, replay.updated_at});
  if (!stored) return fail(stored.error());
  return {};
}

Result<Replay> Store::get_replay(const std::string& workspace_id, const std::string& replay_id) {
  std::optional<Replay> found;
  auto read = db_.run("SELECT " + std::string(kColumns) + " FROM replay WHERE workspace_id = $1 AND replay_id = $2" +
                          std::string(db_.for_update()),
                      {workspace_id, replay_id}, [&](const sql::Row& row) { found = read_replay(row); });
  if (!read) return fail(read.error());
  if (!found) return fail(replay_not_found(replay_id));
  if (auto counted = read_progress(db_, *found); !counted) return fail(counted.error());
  return std::move(*found);
}

Result<ReplayPage> Store::list_replays(const std::string& workspace_id, std::int64_t limit, std::int64_t offset) {
  ReplayPage page;
  auto counted = db_.run("SELECT count(*) FROM replay WHERE workspace_id = $1", {workspace_id},
                         [&](const sql::Row& row) { page.total = row.integer(0); });
  if (!counted) return fail(counted.error());
  auto read =
      db_.run("SELECT " + std::string(kColumns) +
                  " FROM replay WHERE workspace_id = $1 ORDER BY replay_id DESC LIMIT $2 OFFSET $3",
              {workspace_id, limit, offset}, [&](const sql::Row& row) { page.replays.push_back(read_replay(row)); });
  if (!read) return fail(read.error());
  for (auto& replay : page.replays) {
    if (auto progress = read_progress(db_, replay); !progress) return fail(progress.error());
  }
  return page;
}

Result<std::vector<Replay>> Store::running_replays() {
  std::vector<Replay> replays;
  auto read = db_.run("SELECT " + std::string(kColumns) + " FROM replay WHERE state = 'running' ORDER BY replay_id", {},
                      [&](const sql::Row& row) { replays.push_back(read_replay(row)); });
  if (!read) return fail(read.error());
  return replays;
}

Result<std::vector<Delivery>> Store::next_to_replay(const Replay& replay, std::int64_t limit) {
  plan_by_values();
  std::vector<Delivery> deliveries;
  Where where = conditions(replay.workspace_id, replay.filter);
  where.add("created_at < ", replay.created_at);
  where.add("delivery_id > ", replay.position);
  const std::string query = "SELECT " + std::string(kDeliveryColumns) + " FROM delivery WHERE " + where.sql() +
                            " ORDER BY delivery_id LIMIT " + where.bind(limit);
  auto read = db_.run(query, where.params().data(), where.params().size(),
                      [&](const sql::Row& row) { deliveries.push_back(read_delivery(row)); });
  if (!read) return fail(read.error());
  return deliveries;
}

Status Store::update_replay(const Replay& replay) {
  auto changed = db_.run(
      "UPDATE replay SET state = $1, rate = $2, queued = $3, position = $4, updated_at = $5 "
      "WHERE workspace_id = $6 AND replay_id = $7",
      {to_string(replay.state), replay.rate, replay.queued, replay.position, replay.updated_at, replay.workspace_id,
       replay.replay_id});
  if (!changed) return fail(changed.error());
  if (*changed == 0) return fail(replay_not_found(replay.replay_id));
  return {};
}

Result<std::int64_t> Store::cancel_replayed(const std::string& workspace_id, const std::string& replay_id) {
  return db_.run(
      "UPDATE delivery SET state = 'canceled' WHERE workspace_id = $1 AND replay_id = $2 AND state = 'pending'",
      {workspace_id, replay_id});
}

}  // namespace wrapup
