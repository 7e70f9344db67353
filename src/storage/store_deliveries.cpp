#include "base/compress.hpp"
#include "base/utf8.hpp"
#include "model/engine_request.hpp"
#include "model/payload.hpp"
#include "model/redaction.hpp"
#include "storage/delivery_rows.hpp"
#include "storage/store.hpp"
#include "storage/where.hpp"

namespace wrapup {

namespace {

constexpr std::string_view kAttemptColumns =
    "workspace_id, attempt_id, webhook_id, endpoint_id, call_id, model_id, revision, number, at, url, status, error, "
    "response_code, delivery_id, type, duration_us, maybe_delivered";

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
  attempt.delivery_id = row.text(13);
  attempt.type = row.text(14);
  attempt.duration_us = row.integer(15);
  attempt.maybe_delivered = row.integer(16) != 0;
  return attempt;
}

Where conditions(const std::string& workspace_id, const AttemptFilter& filter) {
  Where where(workspace_id);
  if (!filter.status.empty()) where.add("status = ", filter.status);
  if (!filter.error.empty()) where.add("error = ", filter.error);
  if (!filter.type.empty()) where.add("type = ", filter.type);
  if (!filter.not_type.empty()) where.add("type <> ", filter.not_type);
  if (!filter.model_id.empty()) where.add("model_id = ", filter.model_id);
  if (!filter.call_id.empty()) where.add("call_id = ", filter.call_id);
  if (!filter.endpoint_id.empty()) where.add("endpoint_id = ", filter.endpoint_id);
  if (filter.maybe_delivered) where.add("maybe_delivered = ", *filter.maybe_delivered);
  if (filter.from) where.add("at >= ", *filter.from);
  if (filter.to) where.add("at < ", *filter.to);
  if (!filter.search.empty()) {
    const std::string exact = where.bind(filter.search);
    const std::string in_url = where.contains("url", filter.search);
    where.add("(call_id = " + exact + " OR attempt_id = " + exact + " OR webhook_id = " + exact +
              " OR delivery_id = " + exact + " OR endpoint_id = " + exact + " OR " + in_url + ")");
  }
  return where;
}

Error superseded() { return {Code::conflict, "superseded", "the call changed meanwhile", "", {}}; }

}  // namespace

Result<std::optional<DueDelivery>> Store::finish_stages(const Revision& revision, Timestamp due_at,
                                                        const FinishedCall& call) {
  auto guarded = db_.run(
      "UPDATE call SET revision = $1, findings = $2, due_at = $3, reanalyze = 0, analyze_with = '', late_tries = $4 "
      "WHERE workspace_id = $5 AND call_id = $6 AND due_at = $7",
      {revision.revision, call.findings, call.again.at, call.again.tries, revision.workspace_id, revision.call_id,
       due_at});
  if (!guarded) return fail(guarded.error());
  if (*guarded == 0) return fail(superseded());
  if (call.asked_model && !call.again.at) {
    auto forgotten = forget_answers({revision.workspace_id, revision.call_id});
    if (!forgotten) return fail(forgotten.error());
  }
  return freeze(revision, pack(revision.payload), call);
}

Result<std::optional<DueDelivery>> Store::freeze(const Revision& revision, std::string_view packed_payload,
                                                 const FinishedCall& call) {
  auto frozen = db_.send(
      "INSERT INTO revision (workspace_id, call_id, revision, created_at, payload, stages) "
      "VALUES ($1, $2, $3, $4, $5, $6)",
      {revision.workspace_id, revision.call_id, revision.revision, revision.created_at, sql::Blob{packed_payload},
       revision.stages});
  if (!frozen) return fail(frozen.error());
  if (call.url.empty()) return std::optional<DueDelivery>();
  auto endpoint = endpoint_of(revision.workspace_id, call.url, call.new_endpoint_id, revision.created_at);
  if (!endpoint) return fail(endpoint.error());
  DueDelivery due;
  auto& d = due.delivery;
  d.workspace_id = revision.workspace_id;
  d.webhook_id = webhook_id(revision.call_id, revision.revision);
  d.delivery_id = d.webhook_id;
  d.type = kCallCompleted;
  d.endpoint_id = endpoint->endpoint_id;
  d.call_id = revision.call_id;
  d.model_id = call.model_id;
  d.revision = revision.revision;
  d.next_at = revision.created_at;
  d.created_at = revision.created_at;
  d.ended_at = call.ended_at;
  if (auto stored = insert_delivery(db_, d); !stored) return fail(stored.error());
  due.endpoint = std::move(*endpoint);
  return std::optional<DueDelivery>(std::move(due));
}

Status Store::skip_stages(const CallKey& key, Timestamp due_at, const RunAgain& again) {
  auto changed =
      db_.run("UPDATE call SET due_at = $1, late_tries = $2 WHERE workspace_id = $3 AND call_id = $4 AND due_at = $5",
              {again.at, again.tries, key.workspace_id, key.call_id, due_at});
  if (!changed) return fail(changed.error());
  if (*changed == 0) return fail(superseded());
  return {};
}

Status Store::add_attempt(const Attempt& attempt) {
  const std::string packed = pack(attempt.detail);
  return db_.send(
      "INSERT INTO attempt (workspace_id, attempt_id, webhook_id, endpoint_id, call_id, model_id, revision, number, "
      "at, url, status, error, response_code, delivery_id, type, duration_us, maybe_delivered, detail) VALUES "
      "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
      {attempt.workspace_id, attempt.attempt_id, attempt.webhook_id, attempt.endpoint_id, attempt.call_id,
       attempt.model_id, attempt.revision, attempt.number, attempt.at, attempt.url, attempt.status, attempt.error,
       attempt.response_code, attempt.delivery_id, attempt.type, attempt.duration_us, attempt.maybe_delivered,
       sql::Blob{packed}});
}

Status Store::keep_question(const Message& question, const std::vector<Attempt>& attempts) {
  if (auto kept = add_message(question); !kept) return kept;
  for (const auto& attempt : attempts) {
    if (auto logged = add_attempt(attempt); !logged) return logged;
  }
  return {};
}

// What an engine answers tells maybe whom it calls.
Status Store::add_engine_attempt(const Attempt& attempt) {
  auto stored = get_call_outline(attempt.workspace_id, attempt.call_id);
  if (!stored && stored.error().code != Code::not_found) return fail(std::move(stored.error()));
  if (!stored || stored->agent->redact == 0) return add_attempt(attempt);
  const auto& request = stored->row.start.request;
  Attempt redacted = attempt;
  redacted.detail = redact_answer(attempt.detail, customer_context(stored->agent->redact, request.name, request.phone));
  return add_attempt(redacted);
}

Status Store::finish_attempt(const Attempt& attempt, const Delivery& after) {
  const bool of_engine = attempt.type == kCallRequested;
  if (auto logged = of_engine ? add_engine_attempt(attempt) : add_attempt(attempt); !logged) return logged;
  const bool delivered = after.state == DeliveryState::delivered;
  auto changed = db_.send(
      "UPDATE delivery SET state = $1, attempts = $2, next_at = $3, first_sent_at = $4, failure = $5 "
      "WHERE workspace_id = $6 AND delivery_id = $7 AND (state = 'pending' OR $8 = 1)",
      {to_string(after.state), after.attempts, after.next_at, after.first_sent_at, after.failure, after.workspace_id,
       after.delivery_id, delivered});
  if (!changed) return fail(changed.error());
  if (after.type != kCallRequested || after.state == DeliveryState::pending) return {};
  // The engine has the call now, or never will: then the relay ends it at once.
  const std::optional<Timestamp> dial_at = delivered ? std::optional<Timestamp>() : attempt.at;
  auto told = db_.run(
      "UPDATE call SET dial_at = $1 WHERE workspace_id = $2 AND call_id = $3 AND terminal = 0 AND dial_at IS NOT NULL",
      {dial_at, after.workspace_id, after.call_id});
  if (!told) return fail(told.error());
  return {};
}

Status Store::cancel_delivery(const std::string& workspace_id, const std::string& delivery_id) {
  auto changed = db_.run(
      "UPDATE delivery SET state = 'canceled' WHERE workspace_id = $1 AND delivery_id = $2 AND state = 'pending'",
      {workspace_id, delivery_id});
  if (!changed) return fail(changed.error());
  return {};
}

Status Store::add_message(const Message& message) {
  const std::string packed = pack(message.body);
  auto kept = db_.run("INSERT INTO message (workspace_id, webhook_id, created_at, body) VALUES ($1, $2, $3, $4)",
                      {message.workspace_id, message.webhook_id, message.created_at, sql::Blob{packed}});
  if (!kept) return fail(kept.error());
  return {};
}

Status Store::redact_message(const std::string& workspace_id, const std::string& webhook_id, PiiSet kinds) {
  std::string packed;
  auto read = db_.run("SELECT body FROM message WHERE workspace_id = $1 AND webhook_id = $2",
                      {workspace_id, webhook_id}, [&](const sql::Row& row) { packed = row.text(0); });
  if (!read) return fail(read.error());
  if (packed.empty()) return {};
  auto body = unpack(packed);
  if (!body) return fail(std::move(body.error()));
  packed = pack(wrapup::redact_message(*body, kinds));
  auto changed = db_.run("UPDATE message SET body = $1 WHERE workspace_id = $2 AND webhook_id = $3",
                         {sql::Blob{packed}, workspace_id, webhook_id});
  if (!changed) return fail(changed.error());
  erased_ = true;
  return {};
}

Result<DueDelivery> Store::send_message(const Message& message, const std::string& url,
                                        const std::string& new_endpoint_id) {
  if (auto kept = add_message(message); !kept) return fail(std::move(kept.error()));
  auto endpoint = endpoint_of(message.workspace_id, url, new_endpoint_id, message.created_at);
  if (!endpoint) return fail(endpoint.error());
  DueDelivery due;
  auto& d = due.delivery;
  d.workspace_id = message.workspace_id;
  d.delivery_id = d.webhook_id = message.webhook_id;
  d.type = message.type;
  d.endpoint_id = endpoint->endpoint_id;
  d.call_id = message.call_id;
  d.model_id = message.model_id;
  d.revision = 0;
  d.next_at = d.created_at = message.created_at;
  if (auto stored = insert_delivery(db_, d); !stored) return fail(stored.error());
  due.endpoint = std::move(*endpoint);
  return due;
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

Result<Delivery> Store::get_delivery(const std::string& workspace_id, const std::string& delivery_id) {
  std::optional<Delivery> found;
  auto read =
      db_.run("SELECT " + std::string(kDeliveryColumns) + " FROM delivery WHERE workspace_id = $1 AND delivery_id = $2",
              {workspace_id, delivery_id}, [&](const sql::Row& row) { found = read_delivery(row); });
  if (!read) return fail(read.error());
  if (!found) {
    return fail(
        Code::not_found, "delivery_not_found",
        "there is no delivery " + std::string(utf8_beginning(delivery_id, 100)) + " in this workspace any more");
  }
  return std::move(*found);
}

Result<std::string> Store::body_of(const Delivery& delivery) {
  if (delivery.revision > 0) return payload(delivery.workspace_id, delivery.call_id, delivery.revision);
  std::string packed;
  auto read = db_.run("SELECT body FROM message WHERE workspace_id = $1 AND webhook_id = $2",
                      {delivery.workspace_id, delivery.webhook_id}, [&](const sql::Row& row) { packed = row.text(0); });
  if (!read) return fail(read.error());
  return unpack(packed);
}

Result<std::string> Store::payload(const std::string& workspace_id, const std::string& call_id, std::int64_t revision) {
  std::string packed;
  auto read = db_.run("SELECT payload FROM revision WHERE workspace_id = $1 AND call_id = $2 AND revision = $3",
                      {workspace_id, call_id, revision}, [&](const sql::Row& row) { packed = row.text(0); });
  if (!read) return fail(read.error());
  return open_payload(workspace_id, call_id, std::move(packed));
}

Result<std::string> Store::open_payload(const std::string& workspace_id, const std::string& call_id,
                                        std::string packed) {
  if (packed != kInCall) return unpack(packed);
  auto read = db_.run("SELECT request FROM call WHERE workspace_id = $1 AND call_id = $2", {workspace_id, call_id},
                      [&](const sql::Row& row) { packed = row.text(0); });
  if (!read) return fail(read.error());
  return unpack_second(packed);
}

Result<AttemptPage> Store::list_attempts(const std::string& workspace_id, const AttemptFilter& filter) {
  plan_by_values();
  AttemptPage page;
  const Where where = conditions(workspace_id, filter);
  auto counted = db_.run("SELECT count(*) FROM attempt WHERE " + where.sql(), where.params().data(),
                         where.params().size(), [&](const sql::Row& row) { page.total = row.integer(0); });
  if (!counted) return fail(counted.error());
  auto attempts = latest_attempts(workspace_id, filter);
  if (!attempts) return fail(attempts.error());
  page.attempts = std::move(*attempts);
  return page;
}

Result<std::vector<Attempt>> Store::latest_attempts(const std::string& workspace_id, const AttemptFilter& filter) {
  plan_by_values();
  std::vector<Attempt> attempts;
  Where where = conditions(workspace_id, filter);
  if (!filter.before.empty()) where.add("attempt_id < ", filter.before);
  std::string query = "SELECT " + std::string(kAttemptColumns) + " FROM attempt WHERE " + where.sql() +
                      " ORDER BY attempt_id DESC LIMIT " + where.bind(filter.limit);
  query += " OFFSET " + where.bind(filter.offset);
  auto read = db_.run(query, where.params().data(), where.params().size(),
                      [&](const sql::Row& row) { attempts.push_back(read_attempt(row)); });
  if (!read) return fail(read.error());
  return attempts;
}

Result<Attempt> Store::get_attempt(const std::string& workspace_id, const std::string& attempt_id) {
  std::optional<Attempt> attempt;
  std::string packed;
  auto read = db_.run(
      "SELECT " + std::string(kAttemptColumns) + ", detail FROM attempt WHERE workspace_id = $1 AND attempt_id = $2",
      {workspace_id, attempt_id}, [&](const sql::Row& row) {
        attempt = read_attempt(row);
        packed = row.text(17);
      });
  if (!read) return fail(read.error());
  if (!attempt) {
    return fail(Code::not_found, "log_not_found",
                "there is no log entry " + std::string(utf8_beginning(attempt_id, 100)) + " in this workspace");
  }
  auto detail = unpack(packed);
  if (!detail) return fail(detail.error());
  attempt->detail = std::move(*detail);
  return *attempt;
}

}  // namespace wrapup
