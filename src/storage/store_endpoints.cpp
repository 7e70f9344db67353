#include "base/utf8.hpp"
#include "storage/store.hpp"
#include "storage/where.hpp"

namespace wrapup {

namespace {

constexpr std::string_view kColumns =
    "workspace_id, endpoint_id, url, state, state_reason, state_at, held_until, circuit_open, probe_at, failures, "
    "failing_since, told_disabled, settings, version, created_at, used_at";
constexpr std::int64_t kLastAttempts = 5;

Endpoint read_endpoint(const sql::Row& row) {
  Endpoint endpoint;
  endpoint.workspace_id = row.text(0);
  endpoint.endpoint_id = row.text(1);
  endpoint.url = row.text(2);
  endpoint.state = endpoint_state_from(row.text(3)).value_or(EndpointState::active);
  endpoint.state_reason = row.text(4);
  endpoint.state_at = row.integer(5);
  endpoint.health.held_until = row.integer(6);
  endpoint.health.open = row.integer(7) != 0;
  endpoint.health.probe_at = row.integer(8);
  endpoint.health.failures = row.integer(9);
  endpoint.health.failing_since = row.optional_integer(10);
  endpoint.health.told_disabled = row.integer(11) != 0;
  endpoint.settings = row.text(12);
  endpoint.version = row.integer(13);
  endpoint.created_at = row.integer(14);
  endpoint.used_at = row.integer(15);
  return endpoint;
}

Error endpoint_not_found(const std::string& endpoint_id) {
  return {Code::not_found,
          "endpoint_not_found",
          "there is no endpoint " + std::string(utf8_beginning(endpoint_id, 100)) + " in this workspace",
          "",
          {}};
}

std::string select(std::string_view rest) {
  return "SELECT " + std::string(kColumns) + " FROM endpoint " + std::string(rest);
}

}  // namespace

Result<Endpoint> Store::endpoint_of(const std::string& workspace_id, const std::string& url, const std::string& new_id,
                                    Timestamp now) {
  static const std::string kFind = select("WHERE workspace_id = $1 AND url = $2");
  std::optional<Endpoint> found;
  const auto take = [&](const sql::Row& row) { found = read_endpoint(row); };
  auto read = db_.run(kFind, {workspace_id, url}, take);
  if (!read) return fail(read.error());
  if (found && found->used_at + kDay <= now) {
    found->used_at = now;
    auto noted = db_.run("UPDATE endpoint SET used_at = $1 WHERE workspace_id = $2 AND endpoint_id = $3",
                         {now, workspace_id, found->endpoint_id});
    if (!noted) return fail(noted.error());
  }
  if (found) return std::move(*found);
  Endpoint fresh;
  fresh.workspace_id = workspace_id;
  fresh.endpoint_id = new_id;
  fresh.url = url;
  fresh.state_at = fresh.created_at = fresh.used_at = now;
  auto stored = db_.run(
      "INSERT INTO endpoint (workspace_id, endpoint_id, url, state, state_at, held_until, created_at, used_at, "
      "settings) "
      "VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8) ON CONFLICT (workspace_id, url) DO NOTHING",
      {workspace_id, new_id, url, to_string(fresh.state), now, now, now, sql::Blob{""}});
  if (!stored) return fail(stored.error());
  if (*stored == 1) return fresh;
  // Another node made it a moment ago.
  read = db_.run(kFind, {workspace_id, url}, take);
  if (!read) return fail(read.error());
  if (!found) return fail(Code::unavailable, "storage_busy", "the database is busy; try again", "endpoint " + url);
  return std::move(*found);
}

Result<Endpoint> Store::get_endpoint(const std::string& workspace_id, const std::string& endpoint_id) {
  std::optional<Endpoint> found;
  auto read = db_.run(select("WHERE workspace_id = $1 AND endpoint_id = $2" + std::string(db_.for_update())),
                      {workspace_id, endpoint_id}, [&](const sql::Row& row) { found = read_endpoint(row); });
  if (!read) return fail(read.error());
  if (!found) return fail(endpoint_not_found(endpoint_id));
  return std::move(*found);
}

Result<EndpointRow> Store::describe_endpoint(const std::string& workspace_id, const std::string& endpoint_id) {
  auto endpoint = get_endpoint(workspace_id, endpoint_id);
  if (!endpoint) return fail(endpoint.error());
  EndpointRow row{std::move(*endpoint), 0, {}, {}};
  auto counted = db_.run(
      "SELECT count(*), min(next_at) FROM delivery WHERE workspace_id = $1 AND endpoint_id = $2 AND state = 'pending'",
      {workspace_id, endpoint_id}, [&](const sql::Row& found) {
        row.pending = found.integer(0);
        row.oldest_due = found.optional_integer(1);
      });
  if (!counted) return fail(counted.error());
  AttemptFilter last;
  last.endpoint_id = endpoint_id;
  last.limit = kLastAttempts;
  auto attempts = latest_attempts(workspace_id, last);
  if (!attempts) return fail(attempts.error());
  row.last_attempts = std::move(*attempts);
  return row;
}

Result<EndpointPage> Store::list_endpoints(const std::string& workspace_id, const EndpointFilter& filter) {
  plan_by_values();
  EndpointPage page;
  Where where(workspace_id);
  if (filter.state) where.add("state = ", to_string(*filter.state));
  if (filter.circuit_open) where.add("circuit_open = ", *filter.circuit_open);
  if (!filter.search.empty()) {
    const std::string exact = where.bind(filter.search);
    const std::string in_url = where.contains("url", filter.search);
    where.add("(endpoint_id = " + exact + " OR " + in_url + ")");
  }
  auto counted = db_.run("SELECT count(*) FROM endpoint WHERE " + where.sql(), where.params().data(),
                         where.params().size(), [&](const sql::Row& row) { page.total = row.integer(0); });
  if (!counted) return fail(counted.error());
  if (!filter.before.empty()) where.add("endpoint_id < ", filter.before);
  std::string query = "SELECT endpoint_id FROM endpoint WHERE " + where.sql() + " ORDER BY endpoint_id DESC LIMIT " +
                      where.bind(filter.limit);
  query += " OFFSET " + where.bind(filter.offset);
  std::vector<std::string> ids;
  auto read = db_.run(query, where.params().data(), where.params().size(),
                      [&](const sql::Row& row) { ids.emplace_back(row.text(0)); });
  if (!read) return fail(read.error());
  for (const auto& id : ids) {
    auto row = describe_endpoint(workspace_id, id);
    if (!row) return fail(row.error());
    page.endpoints.push_back(std::move(*row));
  }
  return page;
}

Result<std::vector<Endpoint>> Store::endpoints_with_pending(const Slots& slots) {
  std::vector<Endpoint> endpoints;
  const auto take = [&](const sql::Row& row) { endpoints.push_back(read_endpoint(row)); };
  const std::string query = select(
      "AS e WHERE EXISTS (SELECT 1 FROM delivery AS d WHERE d.workspace_id = e.workspace_id AND "
      "d.endpoint_id = e.endpoint_id AND d.state = 'pending')");
  auto read = slots.is_all()
                  ? db_.run(query, {}, take)
                  : db_.run(query + " AND $1 LIKE '%,' || substr(e.endpoint_id, 35, 2) || ',%'", {slots.text()}, take);
  if (!read) return fail(read.error());
  return endpoints;
}

Status Store::update_endpoint(Endpoint& endpoint) {
  ++endpoint.version;
  auto changed = db_.run(
      "UPDATE endpoint SET state = $1, state_reason = $2, state_at = $3, settings = $4, version = $5 "
      "WHERE workspace_id = $6 AND endpoint_id = $7",
      {to_string(endpoint.state), endpoint.state_reason, endpoint.state_at, sql::Blob{endpoint.settings},
       endpoint.version, endpoint.workspace_id, endpoint.endpoint_id});
  if (!changed) return fail(changed.error());
  if (*changed == 0) return fail(endpoint_not_found(endpoint.endpoint_id));
  return update_health(endpoint);
}

Status Store::update_health(const Endpoint& endpoint) {
  const EndpointHealth& health = endpoint.health;
  auto changed = db_.run(
      "UPDATE endpoint SET held_until = $1, circuit_open = $2, probe_at = $3, failures = $4, failing_since = $5, "
      "told_disabled = $6 WHERE workspace_id = $7 AND endpoint_id = $8",
      {health.held_until, health.open, health.probe_at, health.failures, health.failing_since, health.told_disabled,
       endpoint.workspace_id, endpoint.endpoint_id});
  if (!changed) return fail(changed.error());
  return {};
}

Status Store::make_due(const std::string& workspace_id, const std::string& endpoint_id) {
  auto changed = db_.run(
      "UPDATE delivery SET next_at = created_at WHERE workspace_id = $1 AND endpoint_id = $2 AND state = 'pending' AND "
      "next_at > created_at",
      {workspace_id, endpoint_id});
  if (!changed) return fail(changed.error());
  return {};
}

Result<std::int64_t> Store::delete_endpoint(const std::string& workspace_id, const std::string& endpoint_id) {
  auto canceled = db_.run(
      "UPDATE delivery SET state = 'canceled' WHERE workspace_id = $1 AND endpoint_id = $2 AND state = 'pending'",
      {workspace_id, endpoint_id});
  if (!canceled) return canceled;
  auto gone = db_.run("DELETE FROM endpoint WHERE workspace_id = $1 AND endpoint_id = $2", {workspace_id, endpoint_id});
  if (!gone) return gone;
  if (*gone == 0) return fail(endpoint_not_found(endpoint_id));
  return canceled;
}

Result<std::vector<QueueClass>> Store::queue_classes(Timestamp now) {
  std::vector<QueueClass> classes;
  auto read = db_.run(
      "SELECT CASE WHEN e.state <> 'active' THEN e.state WHEN e.circuit_open = 1 THEN 'open' WHEN e.held_until > $1 "
      "THEN 'held' ELSE 'active' END AS class, count(*), CAST(sum(d.waiting) AS BIGINT), min(d.oldest) FROM "
      "(SELECT workspace_id, endpoint_id, count(*) AS waiting, min(next_at) AS oldest FROM delivery "
      "WHERE state = 'pending' GROUP BY workspace_id, endpoint_id) AS d "
      "JOIN endpoint AS e ON e.workspace_id = d.workspace_id AND e.endpoint_id = d.endpoint_id GROUP BY 1",
      {now}, [&](const sql::Row& row) {
        classes.push_back({std::string(row.text(0)), row.integer(1), row.integer(2), row.optional_integer(3)});
      });
  if (!read) return fail(read.error());
  return classes;
}

}  // namespace wrapup
