#include <algorithm>

#include "base/compress.hpp"
#include "base/utf8.hpp"
#include "model/inbound.hpp"
#include "model/report.hpp"
#include "storage/delivery_rows.hpp"
#include "storage/store.hpp"
#include "storage/weeks.hpp"

namespace wrapup {

namespace {

// The digits of an id by which it belongs to a slot, among those of the slots' text.
constexpr std::string_view kCallInSlots = " AND $2 LIKE '%,' || substr(call_id, 35, 2) || ',%'";

constexpr std::string_view kColumns =
    "call_id, agent_id, agent_version, external_id, direction, reported, request, created_at, started_at, "
    "last_event_at, status, "
    "end_call_reason, duration_s, revision, due_at, dial_at, reanalyze, analyze_with, late_tries";

Error call_not_found(const std::string& call_id) {
  return {Code::not_found,
          "call_not_found",
          "there is no call " + std::string(utf8_beginning(call_id, 100)) + " in this workspace",
          "",
          {}};
}

Error damaged(const std::string& call_id) {
  return {Code::internal, "internal_error", "a stored call is damaged", "call " + call_id, {}};
}

// The request stays packed here; read_request opens it.
CallRow read_row(const std::string& workspace_id, const sql::Row& row) {
  CallRow call;
  call.start.workspace_id = workspace_id;
  call.start.call_id = row.text(0);
  call.agent_id = row.text(1);
  call.agent_version = row.integer(2);
  call.start.request.external_id = row.text(3);
  call.start.direction = row.text(4) == "inbound" ? Direction::inbound : Direction::outbound;
  call.reported = row.integer(5) != 0;
  call.request = row.text(6);
  call.start.created_at = row.integer(7);
  call.started_at = row.integer(8);
  call.last_event_at = row.integer(9);
  call.status = call_status_from(row.text(10)).value_or(CallStatus::pending);
  call.end_call_reason = row.text(11);
  call.duration_s = row.integer(12);
  call.revision = row.integer(13);
  call.due_at = row.optional_integer(14);
  call.dial_at = row.optional_integer(15);
  call.reanalyze = row.integer(16) != 0;
  call.analyze_with = analyze_with_from(row.text(17));
  call.late_tries = row.integer(18);
  return call;
}

// The (workspace_id, call_id) pairs that a query answers.
Result<std::vector<CallKey>> keys_of(sql::Connection& db, std::string_view query,
                                     std::initializer_list<sql::Param> params) {
  std::vector<CallKey> keys;
  auto read = db.run(query, params, [&](const sql::Row& row) {
    keys.push_back({std::string(row.text(0)), std::string(row.text(1))});
  });
  if (!read) return fail(read.error());
  return keys;
}

// Of the calls in some slots those that are due by a column, soonest first.
Result<std::vector<CallKey>> keys_due(sql::Connection& db, const std::string& column, Timestamp now, std::int64_t limit,
                                      const Slots& slots) {
  const std::string query =
      "SELECT workspace_id, call_id FROM call WHERE " + column + " IS NOT NULL AND " + column + " <= $1";
  const std::string order = " ORDER BY " + column + " LIMIT ";
  if (slots.is_all()) return keys_of(db, query + order + "$2", {now, limit});
  return keys_of(db, query + std::string(kCallInSlots) + order + "$3", {now, slots.text(), limit});
}

Result<Timestamp> next_of(sql::Connection& db, const std::string& column, Timestamp now, const Slots& slots) {
  Timestamp next = kNever;
  const auto take = [&](const sql::Row& row) { next = row.optional_integer(0).value_or(kNever); };
  const std::string query = "SELECT min(" + column + ") FROM call WHERE " + column + " > $1";
  auto read = slots.is_all() ? db.run(query, {now}, take)
                             : db.run(query + std::string(kCallInSlots), {now, slots.text()}, take);
  if (!read) return fail(std::move(read.error()));
  return next;
}

Status open_request(CallRow& row) {
  auto text = unpack(row.request);
  if (!text) return fail(text.error());
  row.request = std::move(*text);
  if (row.reported) {
    auto report = read_report(row.request);
    if (!report) return fail(damaged(row.start.call_id));
    row.start.request = std::move(report->call);
  } else {
    auto parsed = parse_json(row.request);
    if (!parsed || !parsed->is_object()) return fail(damaged(row.start.call_id));
    const bool announced = row.start.direction == Direction::inbound;
    auto request = announced ? read_announcement(parsed->get_object()) : read_call_request(parsed->get_object());
    if (!request) return fail(damaged(row.start.call_id));
    row.start.request = std::move(*request);
  }
  return {};
}

Result<std::vector<Event>> read_events_where(sql::Connection& db, const std::string& workspace_id,
                                             const std::string& call_id, const std::string& more) {
  std::vector<Event> events;
  Status bad;
  auto read = db.run("SELECT event_id, type, at, body FROM event WHERE workspace_id = $1 AND call_id = $2" + more,
                     {workspace_id, call_id}, [&](const sql::Row& row) {
                       Event event;
                       event.id = row.text(0);
                       event.type = event_type_from(row.text(1)).value_or(EventType::note);
                       event.at = row.integer(2);
                       auto body = unpack(row.text(3));
                       auto parsed = body ? parse_json(*body) : fail(body.error());
                       if (parsed && parsed->is_object()) {
                         event.body = std::move(parsed->get_object());
                         events.push_back(std::move(event));
                       } else {
                         bad = fail(damaged(call_id));
                       }
                     });
  if (!read) return fail(read.error());
  if (!bad) return fail(bad.error());
  return events;
}

Result<std::vector<Event>> read_events_of(sql::Connection& db, const std::string& workspace_id,
                                          const std::string& call_id, bool outline) {
  return read_events_where(db, workspace_id, call_id,
                           outline ? " AND type IN ('ringing', 'answered', 'ended', 'report')" : "");
}

}  // namespace

Result<Facts> stored_facts(const StoredCall& stored) {
  Facts facts = facts_of(stored.events);
  if (!stored.row.reported) return facts;
  auto report = read_report(stored.row.request);
  if (!report) return fail(damaged(stored.row.start.call_id));
  fill_facts(report->facts, std::move(facts));
  return std::move(report->facts);
}

Result<Call> record_of(const StoredCall& stored) {
  auto facts = stored_facts(stored);
  if (!facts) return fail(std::move(facts.error()));
  return build_call(stored.row.start, *stored.agent, std::move(*facts));
}

Result<std::optional<std::string>> Store::take_external_id(const std::string& workspace_id,
                                                           const std::string& external_id, const std::string& call_id) {
  auto taken = db_.run(
      "INSERT INTO call_external (workspace_id, external_id, call_id) VALUES ($1, $2, $3) "
      "ON CONFLICT (workspace_id, external_id) DO NOTHING",
      {workspace_id, external_id, call_id});
  if (!taken) return fail(std::move(taken.error()));
  if (*taken == 1) return std::optional<std::string>();
  return call_by_external_id(workspace_id, external_id);
}

Status Store::insert_call(const CallRow& row) {
  const auto& external_id = row.start.request.external_id;
  if (!external_id.empty()) {
    auto taken = take_external_id(row.start.workspace_id, external_id, row.start.call_id);
    if (!taken) return fail(std::move(taken.error()));
    if (*taken && **taken != row.start.call_id)
      return fail(Code::conflict, "conflict", "the id is taken", "external id " + external_id);
  }
  if (auto stored = insert_call(row, pack(row.request), ""); !stored) return stored;
  return db_.settle();
}

Result<std::optional<DueDelivery>> Store::insert_finished_call(const CallRow& row, const Frozen& frozen) {
  // The payload says again what the report said: both stand in the call's row, as one.
  if (auto stored = insert_call(row, frozen.pair, frozen.call.findings); !stored)
    return fail(std::move(stored.error()));
  return freeze(frozen.revision, kInCall, frozen.call);
}

Status Store::insert_call(const CallRow& row, std::string_view packed_request, std::string_view findings) {
  const auto& start = row.start;
  const auto& external_id = start.request.external_id;
  auto stored = db_.send(
      "INSERT INTO call (workspace_id, call_id, agent_id, agent_version, external_id, direction, reported, request, "
      "created_at, "
      "started_at, last_event_at, status, terminal, end_call_reason, duration_s, phone, name, revision, due_at, "
      "dial_at, findings) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
      {start.workspace_id,
       start.call_id,
       row.agent_id,
       row.agent_version,
       external_id.empty() ? sql::Param(nullptr) : sql::Param(external_id),
       to_string(start.direction),
       row.reported,
       sql::Blob{packed_request},
       start.created_at,
       row.started_at,
       row.last_event_at,
       to_string(row.status),
       is_terminal(row.status),
       row.end_call_reason,
       row.duration_s,
       start.request.phone,
       start.request.name,
       row.revision,
       row.due_at,
       row.dial_at,
       findings});
  if (!stored) return fail(stored.error());
  return count_call(start.workspace_id, start.call_id, 1);
}

// In a row of the node's own: what one holds until it commits, no other waits for.
Status Store::count_call(const std::string& workspace_id, const std::string& call_id, std::int64_t more) {
  return db_.send(
      "INSERT INTO call_count (workspace_id, node, week, calls) VALUES ($1, $2, $3, $4) "
      "ON CONFLICT (workspace_id, node, week) DO UPDATE SET calls = call_count.calls + excluded.calls",
      {workspace_id, node_, week_of_id(call_id), more});
}

Result<std::optional<std::string>> Store::call_by_external_id(const std::string& workspace_id,
                                                              const std::string& external_id) {
  std::optional<std::string> call_id;
  auto read = db_.run("SELECT call_id FROM call_external WHERE workspace_id = $1 AND external_id = $2",
                      {workspace_id, external_id}, [&](const sql::Row& row) { call_id = std::string(row.text(0)); });
  if (!read) return fail(read.error());
  return call_id;
}

Result<StoredCall> Store::get_call_outline(const std::string& workspace_id, const std::string& call_id) {
  std::optional<CallRow> found;
  auto read = db_.run("SELECT " + std::string(kColumns) + " FROM call WHERE workspace_id = $1 AND call_id = $2" +
                          std::string(db_.for_update()),
                      {workspace_id, call_id}, [&](const sql::Row& row) { found = read_row(workspace_id, row); });
  if (!read) return fail(read.error());
  if (!found) return fail(call_not_found(call_id));
  if (auto opened = open_request(*found); !opened) return fail(opened.error());
  auto agent = agent_version(workspace_id, found->agent_id, found->agent_version);
  if (!agent) return fail(agent.error());
  auto events = read_events_of(db_, workspace_id, call_id, true);
  if (!events) return fail(events.error());
  return StoredCall{std::move(*found), std::move(*agent), std::move(*events), ""};
}

Result<StoredCall> Store::get_call(const std::string& workspace_id, const std::string& call_id) {
  auto stored = get_call_outline(workspace_id, call_id);
  if (!stored) return stored;
  auto events = read_events_of(db_, workspace_id, call_id, false);
  if (!events) return fail(events.error());
  stored->events = std::move(*events);
  if (stored->row.revision > 0) {
    auto body = payload(workspace_id, call_id, stored->row.revision);
    if (!body) return fail(body.error());
    stored->payload = std::move(*body);
  }
  return stored;
}

Result<std::int64_t> Store::add_events(const std::string& workspace_id, const std::string& call_id,
                                       const std::vector<Event>& events, Timestamp now) {
  std::int64_t added = 0;
  for (const auto& event : events) {
    const std::string packed = pack(to_text(event.body));
    auto changed = db_.run(
        "INSERT INTO event (workspace_id, call_id, event_id, type, at, received_at, body) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (workspace_id, call_id, event_id) DO NOTHING",
        {workspace_id, call_id, event.id, to_string(event.type), event.at, now, sql::Blob{packed}});
    if (!changed) return changed;
    added += *changed;
  }
  return added;
}

Result<std::vector<Event>> Store::last_turns(const std::string& workspace_id, const std::string& call_id,
                                             std::int64_t most) {
  auto events = read_events_where(db_, workspace_id, call_id,
                                  " AND type = 'turn' ORDER BY at DESC, event_id DESC LIMIT " + std::to_string(most));
  if (events) std::reverse(events->begin(), events->end());
  return events;
}

Status Store::replace_events(const std::string& workspace_id, const std::string& call_id,
                             const std::vector<Event>& events) {
  for (const auto& event : events) {
    const std::string packed = pack(to_text(event.body));
    auto changed = db_.run("UPDATE event SET body = $1 WHERE workspace_id = $2 AND call_id = $3 AND event_id = $4",
                           {sql::Blob{packed}, workspace_id, call_id, event.id});
    if (!changed) return fail(changed.error());
    erased_ = true;
  }
  return {};
}

Status Store::replace_request(const std::string& workspace_id, const std::string& call_id, const std::string& request,
                              const std::string& phone, const std::string& name) {
  const std::string packed = pack(request);
  auto changed = db_.run("UPDATE call SET request = $1, phone = $2, name = $3 WHERE workspace_id = $4 AND call_id = $5",
                         {sql::Blob{packed}, phone, name, workspace_id, call_id});
  if (!changed) return fail(changed.error());
  erased_ = true;
  return {};
}

Status Store::update_call(const CallRow& row) {
  auto changed = db_.run(
      "UPDATE call SET started_at = $1, last_event_at = $2, status = $3, terminal = $4, end_call_reason = $5, "
      "duration_s = $6, "
      "revision = $7, due_at = $8, dial_at = $9, reanalyze = $10, analyze_with = $11 WHERE workspace_id = $12 AND "
      "call_id = $13",
      {row.started_at, row.last_event_at, to_string(row.status), is_terminal(row.status), row.end_call_reason,
       row.duration_s, row.revision, row.due_at, row.dial_at, row.reanalyze, to_text(row.analyze_with),
       row.start.workspace_id, row.start.call_id});
  if (!changed) return fail(changed.error());
  if (*changed == 0) return fail(call_not_found(row.start.call_id));
  return {};
}

Result<std::vector<CallKey>> Store::calls_due(Timestamp now, std::int64_t limit, const Slots& slots) {
  return keys_due(db_, "due_at", now, limit, slots);
}

Result<Timestamp> Store::next_call_due(Timestamp now, const Slots& slots) { return next_of(db_, "due_at", now, slots); }

Result<std::vector<CallKey>> Store::calls_to_dial(Timestamp now, std::int64_t limit, const Slots& slots) {
  return keys_due(db_, "dial_at", now, limit, slots);
}

Result<Timestamp> Store::next_dial(Timestamp now, const Slots& slots) { return next_of(db_, "dial_at", now, slots); }

Result<std::vector<CallKey>> Store::stuck_calls(Timestamp before, std::int64_t limit) {
  return keys_of(db_,
                 "SELECT workspace_id, call_id FROM call WHERE terminal = 0 AND last_event_at < $1 "
                 "ORDER BY last_event_at LIMIT $2",
                 {before, limit});
}

}  // namespace wrapup
