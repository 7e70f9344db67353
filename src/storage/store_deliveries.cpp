#include "base/compress.hpp"
#include "model/payload.hpp"
#include "storage/store.hpp"
#include "storage/where.hpp"

namespace wrapup {

namespace {

constexpr std::string_view kDeliveryColumns =
    "workspace_id, webhook_id, endpoint_id, call_id, model_id, revision, state, attempts, next_at, created_at, "
    "ended_at";
constexpr std::string_view kAttemptColumns =
    "workspace_id, attempt_id, webhook_id, endpoint_id, call_id, model_id, revision, number, at, url, status, error, "
    "response_code";

Endpoint read_endpoint(const sql::Row& row) {
  Endpoint endpoint{std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)),
                    EndpointState::active,    row.integer(4),           row.integer(5)};
  if (row.text(3) == to_string(EndpointState::disabled)) endpoint.state = EndpointState::disabled;
  return endpoint;
}

Delivery read_delivery(const sql::Row& row) {
  Delivery delivery;
  delivery.workspace_id = row.text(0);
  delivery.webhook_id = row.text(1);
  delivery.endpoint_id = row.text(2);
  delivery.call_id = row.text(3);
  delivery.model_id = row.text(4);
  delivery.revision = row.integer(5);
  for (const auto state : {DeliveryState::pending, DeliveryState::delivered, DeliveryState::exhausted}) {
    if (row.text(6) == to_string(state)) delivery.state = state;
  }
  delivery.attempts = row.integer(7);
  delivery.next_at = row.integer(8);
  delivery.created_at = row.integer(9);
  delivery.ended_at = row.optional_integer(10);
  return delivery;
}

Attempt read_attempt(const sql::Row& row) {
  Attempt attempt;
  attempt.workspace_id = row.text(0);
  attempt.attempt_id = row.text(1);
  attempt.webhook_id = row.text(2);
  attempt.endpoint_id = row.text(3);
  attempt.call_id = row.text(4);
  attempt.model_id = row.text(5);
  attempt.revision = row.integer(6);
  attempt.number = row.integer(7);
  attempt.at = row.integer(8);
  attempt.url = row.text(9);
  attempt.status = row.text(10);
  attempt.error = row.text(11);
  attempt.response_code = row.integer(12);
  return attempt;
}

Error superseded() { return {Code::conflict, "superseded", "the call changed meanwhile", "", {}}; }

// The endpoint of a URL, made by its first use.
Result<Endpoint> endpoint_for(sql::Connection& db, const std::string& workspace_id, const std::string& url,
                              const std::string& new_id, Timestamp now) {
  std::optional<Endpoint> found;
  constexpr std::string_view kFind =
      "SELECT workspace_id, endpoint_id, url, state, held_until, created_at FROM endpoint WHERE workspace_id = $1 AND "
      "url = $2";
  auto read = db.run(kFind, {workspace_id, url}, [&](const sql::Row& row) { found = read_endpoint(row); });
  if (!read) return fail(read.error());
  if (found) return *found;
  const Endpoint fresh{workspace_id, new_id, url, EndpointState::active, 0, now};
  auto stored = db.run(
      "INSERT INTO endpoint (workspace_id, endpoint_id, url, state, held_until, created_at) "
      "VALUES ($1, $2, $3, $4, 0, $5)",
      {workspace_id, new_id, url, to_string(fresh.state), now});
  if (!stored) return fail(stored.error());
  return fresh;
}

}  // namespace

Result<std::optional<DueDelivery>> Store::finish_stages(const Revision& revision, Timestamp due_at,
                                                        const FinishedCall& call) {
  auto guarded =
      db_.run("UPDATE call SET revision = $1, due_at = NULL WHERE workspace_id = $2 AND call_id = $3 AND due_at = $4",
              {revision.revision, revision.workspace_id, revision.call_id, due_at});
  if (!guarded) return fail(guarded.error());
  if (*guarded == 0) return fail(superseded());
  const std::string packed = pack(revision.payload);
  auto frozen = db_.run(
      "INSERT INTO revision (workspace_id, call_id, revision, created_at, payload, stages) "
      "VALUES ($1, $2, $3, $4, $5, $6)",
      {revision.workspace_id, revision.call_id, revision.revision, revision.created_at, sql::Blob{packed},
       revision.stages});
  if (!frozen) return fail(frozen.error());
  if (call.url.empty()) return std::optional<DueDelivery>();
  auto endpoint = endpoint_for(db_, revision.workspace_id, call.url, call.new_endpoint_id, revision.created_at);
  if (!endpoint) return fail(endpoint.error());
  DueDelivery due;
  auto& d = due.delivery;
  d.workspace_id = revision.workspace_id;
  d.webhook_id = webhook_id(revision.call_id, revision.revision);
  d.endpoint_id = endpoint->endpoint_id;
  d.call_id = revision.call_id;
  d.model_id = call.model_id;
  d.revision = revision.revision;
  d.next_at = revision.created_at;
  d.created_at = revision.created_at;
  d.ended_at = call.ended_at;
  auto stored = db_.run(
      "INSERT INTO delivery (workspace_id, webhook_id, endpoint_id, call_id, model_id, revision, state, attempts, "
      "next_at, created_at, ended_at) VALUES ($1, $2, $3, $4, $5, $6, 'pending', 0, $7, $8, $9)",
      {d.workspace_id, d.webhook_id, d.endpoint_id, d.call_id, d.model_id, d.revision, d.next_at, d.created_at,
       d.ended_at});
  if (!stored) return fail(stored.error());
  due.endpoint = std::move(*endpoint);
  return std::optional<DueDelivery>(std::move(due));
}

Status Store::skip_stages(const CallKey& key, Timestamp due_at) {
  auto changed = db_.run("UPDATE call SET due_at = NULL WHERE workspace_id = $1 AND call_id = $2 AND due_at = $3",
                         {key.workspace_id, key.call_id, due_at});
  if (!changed) return fail(changed.error());
  if (*changed == 0) return fail(superseded());
  return {};
}

Status Store::finish_attempt(const Attempt& attempt, const Delivery& after) {
  const std::string packed = pack(attempt.detail);
  auto logged = db_.run(
      "INSERT INTO attempt (workspace_id, attempt_id, webhook_id, endpoint_id, call_id, model_id, revision, number, "
      "at, url, status, "
      "error, response_code, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
      {attempt.workspace_id, attempt.attempt_id, attempt.webhook_id, attempt.endpoint_id, attempt.call_id,
       attempt.model_id, attempt.revision, attempt.number, attempt.at, attempt.url, attempt.status, attempt.error,
       attempt.response_code, sql::Blob{packed}});
  if (!logged) return fail(logged.error());
  auto changed =
      db_.run("UPDATE delivery SET state = $1, attempts = $2, next_at = $3 WHERE workspace_id = $4 AND webhook_id = $5",
              {to_string(after.state), after.attempts, after.next_at, after.workspace_id, after.webhook_id});
  if (!changed) return fail(changed.error());
  return {};
}

Status Store::hold_endpoint(const std::string& workspace_id, const std::string& endpoint_id, Timestamp until) {
  auto changed =
      db_.run("UPDATE endpoint SET held_until = $1 WHERE workspace_id = $2 AND endpoint_id = $3 AND held_until < $1",
              {until, workspace_id, endpoint_id});
  if (!changed) return fail(changed.error());
  return {};
}

Status Store::disable_endpoint(const std::string& workspace_id, const std::string& endpoint_id) {
  auto changed = db_.run("UPDATE endpoint SET state = 'disabled' WHERE workspace_id = $1 AND endpoint_id = $2",
                         {workspace_id, endpoint_id});
  if (!changed) return fail(changed.error());
  return {};
}

Result<std::vector<Endpoint>> Store::endpoints_with_pending() {
  std::vector<Endpoint> endpoints;
  auto read = db_.run(
      "SELECT workspace_id, endpoint_id, url, state, held_until, created_at FROM endpoint AS e WHERE EXISTS "
      "(SELECT 1 FROM delivery AS d WHERE d.workspace_id = e.workspace_id AND d.endpoint_id = e.endpoint_id "
      "AND d.state = 'pending')",
      {}, [&](const sql::Row& row) { endpoints.push_back(read_endpoint(row)); });
  if (!read) return fail(read.error());
  return endpoints;
}

Result<std::vector<Delivery>> Store::pending_deliveries(const std::string& workspace_id, const std::string& endpoint_id,
                                                        std::int64_t limit) {
  std::vector<Delivery> deliveries;
  auto read = db_.run("SELECT " + std::string(kDeliveryColumns) +
                          " FROM delivery WHERE workspace_id = $1 AND endpoint_id = $2 AND state = 'pending' "
                          "ORDER BY next_at LIMIT $3",
                      {workspace_id, endpoint_id, limit},
                      [&](const sql::Row& row) { deliveries.push_back(read_delivery(row)); });
  if (!read) return fail(read.error());
  return deliveries;
}

Result<std::string> Store::payload(const std::string& workspace_id, const std::string& call_id, std::int64_t revision) {
  std::string packed;
  auto read = db_.run("SELECT payload FROM revision WHERE workspace_id = $1 AND call_id = $2 AND revision = $3",
                      {workspace_id, call_id, revision}, [&](const sql::Row& row) { packed = row.text(0); });
  if (!read) return fail(read.error());
  return unpack(packed);
}

Result<AttemptPage> Store::list_attempts(const std::string& workspace_id, const AttemptFilter& filter) {
  AttemptPage page;
  Where where(workspace_id);
  if (!filter.status.empty()) where.add("status = ", filter.status);
  if (!filter.model_id.empty()) where.add("model_id = ", filter.model_id);
  if (!filter.call_id.empty()) where.add("call_id = ", filter.call_id);
  if (filter.from) where.add("at >= ", *filter.from);
  if (filter.to) where.add("at < ", *filter.to);
  if (!filter.search.empty()) {
    const std::string exact = where.bind(filter.search);
    const std::string in_url = where.contains("url", filter.search);
    where.add("(call_id = " + exact + " OR attempt_id = " + exact + " OR webhook_id = " + exact +
              " OR endpoint_id = " + exact + " OR " + in_url + ")");
  }
  auto counted = db_.run("SELECT count(*) FROM attempt WHERE " + where.sql(), where.params().data(),
                         where.params().size(), [&](const sql::Row& row) { page.total = row.integer(0); });
  if (!counted) return fail(counted.error());
  std::string query = "SELECT " + std::string(kAttemptColumns) + " FROM attempt WHERE " + where.sql() +
                      " ORDER BY attempt_id DESC LIMIT " + where.bind(filter.limit);
  query += " OFFSET " + where.bind(filter.offset);
  auto read = db_.run(query, where.params().data(), where.params().size(),
                      [&](const sql::Row& row) { page.attempts.push_back(read_attempt(row)); });
  if (!read) return fail(read.error());
  return page;
}

Result<Attempt> Store::get_attempt(const std::string& workspace_id, const std::string& attempt_id) {
  std::optional<Attempt> attempt;
  std::string packed;
  auto read = db_.run(
      "SELECT " + std::string(kAttemptColumns) + ", detail FROM attempt WHERE workspace_id = $1 AND attempt_id = $2",
      {workspace_id, attempt_id}, [&](const sql::Row& row) {
        attempt = read_attempt(row);
        packed = row.text(13);
      });
  if (!read) return fail(read.error());
  if (!attempt) {
    return fail(Code::not_found, "log_not_found",
                "there is no log entry " + attempt_id.substr(0, 100) + " in this workspace");
  }
  auto detail = unpack(packed);
  if (!detail) return fail(detail.error());
  attempt->detail = std::move(*detail);
  return *attempt;
}

Result<std::int64_t> Store::pending_count() {
  std::int64_t count = 0;
  auto read = db_.run("SELECT count(*) FROM delivery WHERE state = 'pending'", {},
                      [&](const sql::Row& row) { count = row.integer(0); });
  if (!read) return fail(read.error());
  return count;
}

}  // namespace wrapup
