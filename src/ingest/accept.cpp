#include "ingest/accept.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/time.hpp"
#include "model/engine_request.hpp"
#include "model/inbound.hpp"
#include "model/redaction.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kKnownAgents = 200;

void derive_columns(CallRow& row, const Call& call) {
  row.started_at = call.started_at;
  row.status = call.status;
  row.end_call_reason = call.end_call_reason;
  row.duration_s = call.duration_s;
}

Error illegal_transition(CallStatus from, CallStatus to) {
  return {Code::conflict,
          "illegal_transition",
          "the call ended as " + std::string(to_string(from)) + " and cannot become " + std::string(to_string(to)) +
              "; a terminal status never changes",
          "",
          {}};
}

bool tells_the_end(const Event& event) { return event.type == EventType::ended || event.type == EventType::report; }

// Endings that name a status must agree with each other and with the status the call has.
Status check_endings(const StoredCall& stored, const std::vector<Event>& events) {
  std::optional<CallStatus> ended;
  if (is_terminal(stored.row.status)) ended = stored.row.status;
  for (const auto& event : events) {
    const auto* named = event.body.if_contains("status");
    if (!tells_the_end(event) || !named || !named->is_string()) continue;
    const bool known = std::any_of(stored.events.begin(), stored.events.end(),
                                   [&](const Event& other) { return other.id == event.id; });
    if (known) continue;
    const auto to = call_status_from(named->get_string());
    if (ended && to && *ended != *to) return fail(illegal_transition(*ended, *to));
    ended = to;
  }
  return {};
}

// The facts once `events` are in. Until the call ends only the outline is read: a call of many turns costs no more with
// each of them.
Result<Facts> facts_after(Store& store, const StoredCall& outline, const std::vector<Event>& events) {
  const bool ends = is_terminal(outline.row.status) || std::any_of(events.begin(), events.end(), tells_the_end);
  if (!ends) {
    std::vector<Event> all = outline.events;
    all.insert(all.end(), events.begin(), events.end());
    return facts_of(std::move(all));
  }
  auto whole = store.get_call(outline.row.start.workspace_id, outline.row.start.call_id);
  if (!whole) return fail(std::move(whole.error()));
  return stored_facts(*whole);
}

Error cannot_read_again() { return {Code::internal, "internal_error", "the report could not be read again", "", {}}; }

bool changes_payload(const std::vector<Event>& events) {
  return std::any_of(events.begin(), events.end(), [](const Event& event) { return event.type != EventType::note; });
}

// The report without personal data, and its JSON text.
std::string redact_report(Report& report, const std::string& body, PiiSet kinds) {
  auto parsed = parse_json(body);
  json::object object = parsed && parsed->is_object() ? std::move(parsed->get_object()) : json::object();
  redact_request(object, kinds);
  auto again = read_report(object);
  // Placeholders fit wherever text does; were one refused all the same, nothing that was said may stay.
  if (!again) {
    for (const auto name : {"transcript", "collected_variables", "executed_actions", "metadata", "custom_variables"})
      object.erase(name);
    again = read_report(object);
  }
  if (again) report = std::move(*again);
  return to_text(object);
}

// Events as they are stored for an agent that redacts; the turns before them tell what they answer.
Result<std::vector<Event>> redacted_events(Store& store, const StoredCall& stored, std::vector<Event> events) {
  constexpr std::int64_t kTurnsBefore = 12;
  const auto& start = stored.row.start;
  Transcript before;
  if (std::any_of(events.begin(), events.end(), [](const Event& event) { return event.type == EventType::turn; })) {
    auto turns = store.last_turns(start.workspace_id, start.call_id, kTurnsBefore);
    if (!turns) return fail(std::move(turns.error()));
    before = facts_of(std::move(*turns)).transcript;
  }
  redact_events(events, before, customer_context(stored.agent->redact, start.request.name, start.request.phone));
  return events;
}

// Once a call has ended all its turns are seen together, and nothing needs the customer's number and name any more.
Status redact_ended(Store& store, const CallKey& key) {
  auto stored = store.get_call(key.workspace_id, key.call_id);
  if (!stored) return fail(std::move(stored.error()));
  const auto& start = stored->row.start;
  const PiiSet kinds = stored->agent->redact;
  std::vector<Event> events = stored->events;
  redact_events(events, {}, customer_context(kinds, start.request.name, start.request.phone));
  std::vector<Event> changed;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].body != stored->events[i].body) changed.push_back(std::move(events[i]));
  }
  if (auto done = store.replace_events(key.workspace_id, key.call_id, changed); !done) return done;
  if (stored->row.reported) return {};  // redacted before it was stored
  auto request = parse_json(stored->row.request);
  if (!request || !request->is_object()) return fail(cannot_read_again());
  redact_request(request->get_object(), kinds);
  std::string text = to_text(*request);
  if (text == stored->row.request) return {};
  const auto has = [&](Pii kind) { return (kinds & pii_bit(kind)) != 0; };
  const std::string phone = has(Pii::phone) ? mask_phone(start.request.phone) : start.request.phone;
  const std::string name = has(Pii::name) && !start.request.name.empty() ? "[NAME]" : start.request.name;
  if (auto done = store.replace_request(key.workspace_id, key.call_id, text, phone, name); !done) return done;
  if (stored->agent->engine != EngineKind::relay) return {};
  // The engine was told whom to call; it is not asked again.
  return store.redact_message(key.workspace_id, request_webhook_id(key.call_id), kinds);
}

}  // namespace

Status Intake::check_room() const {
  if (!refuses_new()) return {};
  return fail(Code::out_of_space, "storage_full",
              "the database is as large as retention.max_bytes allows and nothing in it may go yet; send it again when "
              "waiting deliveries have ended, or raise retention.max_bytes");
}

Result<Accepted> Intake::place(Store& store, const std::string& workspace_id, CallRequest request, std::string body) {
  auto agent = store.latest_agent(workspace_id, request.model_id);
  if (!agent) return fail(std::move(agent.error()));
  if (!request.external_id.empty()) {
    auto known = store.call_by_external_id(workspace_id, request.external_id);
    if (!known) return fail(std::move(known.error()));
    if (*known) {
      return fail(Code::conflict, "external_id_taken",
                  "external_id is that of call " + **known + " already; use another, or report events to that call");
    }
  }
  if (auto room = check_room(); !room) return fail(std::move(room.error()));
  CallRow row;
  row.start = {workspace_id, new_id(clock_, entropy_), Direction::outbound, clock_.now(), std::move(request)};
  row.agent_id = (*agent)->agent_id;
  row.agent_version = (*agent)->version;
  row.request = std::move(body);
  row.started_at = row.last_event_at = row.start.created_at;
  const EngineKind engine = (*agent)->engine;
  if (engine == EngineKind::simulator) row.dial_at = row.start.created_at;
  if (engine == EngineKind::relay) row.dial_at = row.start.created_at + settings_.take_within;
  if (auto stored = store.insert_call(row); !stored) return fail(std::move(stored.error()));
  Accepted accepted{row.start.call_id, row.agent_id, row.status, 0, {}, {}, {}, {}};
  if (row.dial_at) accepted.dial = CallKey{workspace_id, row.start.call_id};
  if (engine != EngineKind::relay) return accepted;
  Message message;
  message.workspace_id = workspace_id;
  message.webhook_id = request_webhook_id(row.start.call_id);
  message.type = kCallRequested;
  message.call_id = row.start.call_id;
  message.model_id = row.agent_id;
  message.created_at = row.start.created_at;
  message.body = engine_request(row.start, **agent);
  auto due = store.send_message(message, (*agent)->engine_url, new_id(clock_, entropy_));
  if (!due) return fail(std::move(due.error()));
  accepted.delivery = std::move(*due);
  return accepted;
}

Result<Accepted> Intake::announce_inbound(Store& store, const std::string& workspace_id, Announced announced) {
  auto agent = store.latest_agent(workspace_id, announced.request.model_id);
  if (!agent) return fail(std::move(agent.error()));
  if (auto room = check_room(); !room) return fail(std::move(room.error()));
  CallRow row;
  row.request = to_text(to_announcement(announced.request));
  row.start = {workspace_id, std::move(announced.call_id), Direction::inbound, clock_.now(),
               std::move(announced.request)};
  row.agent_id = (*agent)->agent_id;
  row.agent_version = (*agent)->version;
  row.started_at = row.last_event_at = row.start.created_at;
  row.status = status_of({}, row.start.request.registered);
  if (auto stored = store.insert_call(row); !stored) return fail(std::move(stored.error()));
  std::vector<Event> events;
  const auto add = [&](const char* id, EventType type, json::object more) {
    Event event{id, type, row.start.created_at, {}};
    event.body = {{"id", event.id}, {"type", to_string(type)}, {"at", format_utc(event.at)}};
    event.body.insert(more.begin(), more.end());
    events.push_back(std::move(event));
  };
  if (!announced.note.empty()) add("inbound-note", EventType::note, {{"text", announced.note}});
  if (announced.ended)
    add("inbound-ended", EventType::ended,
        {{"status", to_string(*announced.ended)}, {"error_message", announced.error_message}});
  if (events.empty()) return Accepted{row.start.call_id, row.agent_id, row.status, 0, {}, {}, {}, {}};
  return this->events(store, workspace_id, row.start.call_id, events);
}

Foreseen Intake::made_of(const std::string& workspace_id, std::shared_ptr<const Agent> agent, Report& report,
                         const std::string& body) {
  Foreseen made;
  CallRow& row = made.row;
  row.request = body;
  if (agent->redact != 0) row.request = redact_report(report, body, agent->redact);
  row.start = {workspace_id, new_id(clock_, entropy_), report.direction, clock_.now(), std::move(report.call)};
  row.agent_id = agent->agent_id;
  row.agent_version = agent->version;
  row.reported = true;
  row.last_event_at = row.start.created_at;
  made.record = std::make_shared<const Call>(build_call(row.start, *agent, std::move(report.facts)));
  derive_columns(row, *made.record);
  made.ended_at = made.record->ended_at;
  made.agent = std::move(agent);
  return made;
}

Result<Accepted> Intake::report(Store& store, const std::string& workspace_id, Report report, const std::string& body) {
  auto agent = store.latest_agent(workspace_id, report.call.model_id);
  if (!agent) return fail(std::move(agent.error()));
  Foreseen made = made_of(workspace_id, std::move(*agent), report, body);
  return take_report(store, made);
}

std::optional<Foreseen> Intake::foresee(const std::string& workspace_id, Report& report, const std::string& body) {
  const auto agent = agents_.find({workspace_id, report.call.model_id});
  if (agent == agents_.end()) return {};
  return made_of(workspace_id, agent->second, report, body);
}

Result<Accepted> Intake::report(Store& store, Foreseen& foreseen) {
  const CallRow& row = foreseen.row;
  auto agent = store.latest_agent(row.start.workspace_id, row.agent_id);
  if (!agent) return fail(std::move(agent.error()));
  if ((*agent)->version == row.agent_version) return take_report(store, foreseen);
  auto again = read_report(row.request);
  if (!again) return fail(cannot_read_again());
  return report(store, row.start.workspace_id, std::move(*again), row.request);
}

Result<Accepted> Intake::take_report(Store& store, Foreseen& made) {
  CallRow& row = made.row;
  const std::string& workspace_id = row.start.workspace_id;
  const auto& external_id = row.start.request.external_id;
  Status room = check_room();
  if (!external_id.empty()) {
    auto known = room ? store.take_external_id(workspace_id, external_id, row.start.call_id)
                      : store.call_by_external_id(workspace_id, external_id);
    if (!known) return fail(std::move(known.error()));
    if (*known) {
      return store.atomically([&] { return merge_report(store, workspace_id, **known, made.ended_at, row.request); });
    }
  }
  if (!room) return fail(std::move(room.error()));
  Accepted accepted{row.start.call_id, row.agent_id, row.status, 0, {}, {}, {}, made.agent};
  if (made.frozen) {
    row.revision = made.frozen->revision.revision;
    auto stored = store.insert_finished_call(row, *made.frozen);
    if (!stored) return fail(std::move(stored.error()));
    accepted.delivery = std::move(*stored);
  } else {
    row.due_at = row.start.created_at;
    if (auto stored = store.insert_call(row); !stored) return fail(std::move(stored.error()));
    accepted.due = DueCall{{workspace_id, row.start.call_id}, *row.due_at, 0, false, made.record, made.agent};
  }
  return accepted;
}

Result<Accepted> Intake::merge_report(Store& store, const std::string& workspace_id, const std::string& call_id,
                                      std::optional<Timestamp> ended_at, const std::string& body) {
  auto stored = store.get_call_outline(workspace_id, call_id);
  if (!stored) return fail(std::move(stored.error()));
  // The same report twice has the same id, and is taken once.
  Event event;
  event.id = "report-" + to_hex(sha256(body));
  event.type = EventType::report;
  event.at = ended_at.value_or(clock_.now());
  auto parsed = parse_json(body);
  if (!parsed || !parsed->is_object()) return fail(cannot_read_again());
  if (stored->row.reported && stored->row.request == body) {
    return Accepted{call_id, stored->row.agent_id, stored->row.status, 0, {}, {}, {}, {}};
  }
  event.body = std::move(parsed->get_object());
  return take_events(store, std::move(*stored), {std::move(event)});
}

Result<Accepted> Intake::events(Store& store, const std::string& workspace_id, const std::string& call_id,
                                const std::vector<Event>& events) {
  auto stored = store.get_call_outline(workspace_id, call_id);
  if (!stored) return fail(std::move(stored.error()));
  return take_events(store, std::move(*stored), events);
}

Result<Accepted> Intake::cancel(Store& store, const std::string& workspace_id, const std::string& call_id) {
  auto stored = store.get_call_outline(workspace_id, call_id);
  if (!stored) return fail(std::move(stored.error()));
  const CallStatus status = stored->row.status;
  if (status == CallStatus::in_progress) {
    return fail(Code::conflict, "illegal_transition",
                "the call is in-progress and cannot become canceled; only a call that was not answered can");
  }
  if (is_terminal(status)) return fail(illegal_transition(status, CallStatus::canceled));
  Event event{"cancel", EventType::ended, clock_.now(), {}};
  event.body = {{"id", event.id}, {"type", "ended"}, {"at", format_utc(event.at)}, {"status", "canceled"}};
  return take_events(store, std::move(*stored), {std::move(event)});
}

namespace {

// A new time, so that a run that has begun notices. Before the first payload a call waits as long as it did; what
// waits for another try of its model does not hold up what is new.
Timestamp due_after(const CallRow& row, Timestamp due) {
  if (!row.due_at) return due;
  if (row.revision == 0) return std::max(due, *row.due_at + 1);
  return *row.due_at == due ? due + 1 : due;
}

}  // namespace

Result<Accepted> Intake::reanalyze(Store& store, const std::string& workspace_id, const std::string& call_id,
                                   const AnalyzeWith& with) {
  auto stored = store.get_call_outline(workspace_id, call_id);
  if (!stored) return fail(std::move(stored.error()));
  CallRow& row = stored->row;
  if (!is_terminal(row.status)) {
    return fail(Code::conflict, "call_not_ended",
                "the call is " + std::string(to_string(row.status)) + "; it is analyzed by itself when it has ended");
  }
  row.reanalyze = row.revision > 0;
  row.analyze_with = with;
  const Timestamp due = due_after(row, clock_.now());
  row.due_at = due;
  if (auto updated = store.update_call(row); !updated) return fail(std::move(updated.error()));
  Accepted accepted{call_id, row.agent_id, row.status, 0, {}, {}, {}, {}};
  accepted.due = DueCall{{workspace_id, call_id}, due, row.revision, row.reanalyze, nullptr, nullptr};
  return accepted;
}

Result<Accepted> Intake::take_events(Store& store, StoredCall stored, const std::vector<Event>& events) {
  if (stored.agent->redact == 0) return keep_events(store, std::move(stored), events);
  const CallKey key{stored.row.start.workspace_id, stored.row.start.call_id};
  auto redacted = redacted_events(store, stored, events);
  if (!redacted) return fail(std::move(redacted.error()));
  auto accepted = keep_events(store, std::move(stored), *redacted);
  if (!accepted || accepted->new_events == 0 || !is_terminal(accepted->status)) return accepted;
  if (auto done = redact_ended(store, key); !done) return fail(std::move(done.error()));
  return accepted;
}

Result<Accepted> Intake::keep_events(Store& store, StoredCall stored, const std::vector<Event>& events) {
  CallRow& row = stored.row;
  const bool was_terminal = is_terminal(row.status);
  const CallKey key{row.start.workspace_id, row.start.call_id};
  auto added = store.add_events(key.workspace_id, key.call_id, events, clock_.now());
  if (!added) return fail(std::move(added.error()));
  Accepted accepted{key.call_id, row.agent_id, row.status, *added, {}, {}, {}, {}};
  if (*added == 0) return accepted;

  if (auto agree = check_endings(stored, events); !agree) return fail(std::move(agree.error()));
  auto facts = facts_after(store, stored, events);
  if (!facts) return fail(std::move(facts.error()));
  Call call = build_call(row.start, *stored.agent, *facts);
  // Turns that came before are not in the outline: a call that was answered stays so.
  if (!is_terminal(call.status)) call.status = std::max(call.status, row.status);
  // What the client was told of the end stays: a webhook with that status may be on its way.
  if (was_terminal && row.revision > 0 && call.status != row.status) {
    return fail(illegal_transition(row.status, call.status));
  }
  derive_columns(row, call);
  row.last_event_at = clock_.now();
  const bool relayed = stored.agent->engine == EngineKind::relay && row.dial_at;
  if (relayed && is_terminal(row.status)) {
    // The engine must not begin with it any more.
    auto canceled = store.cancel_delivery(key.workspace_id, request_webhook_id(key.call_id));
    if (!canceled) return fail(std::move(canceled.error()));
  }
  if (is_terminal(row.status) || relayed) row.dial_at.reset();
  if (!was_terminal || changes_payload(events)) schedule(row, *stored.agent, *facts, was_terminal, accepted);
  accepted.status = row.status;
  if (auto updated = store.update_call(row); !updated) return fail(std::move(updated.error()));
  return accepted;
}

void Intake::schedule(CallRow& row, const Agent& agent, const Facts& facts, bool was_terminal, Accepted& accepted) {
  if (!is_terminal(row.status)) return;
  // After the first payload only agents that ask for revisions get more.
  if (was_terminal && row.revision > 0 && !agent.send_revisions) return;
  const bool wait = facts.more || (was_terminal && row.revision > 0);
  const Timestamp due = due_after(row, clock_.now() + (wait ? settings_.quiet_after_ended : 0));
  row.due_at = due;
  accepted.due =
      DueCall{{row.start.workspace_id, row.start.call_id}, due, row.revision, row.reanalyze, nullptr, nullptr};
}

void Intake::remember(std::shared_ptr<const Agent> agent) {
  if (agents_.size() >= kKnownAgents) agents_.clear();
  agents_[{agent->workspace_id, agent->agent_id}] = std::move(agent);
}

void Intake::announce(Feeds& feeds, const std::string& workspace_id, Accepted& accepted) {
  if (feeds.changes.wanted() && !accepted.call_id.empty())
    feeds.changes.offer({Change::Kind::call, workspace_id, accepted.call_id});
  if (accepted.due) feeds.calls.offer(std::move(*accepted.due));
  if (accepted.dial) feeds.dials.offer(std::move(*accepted.dial));
  if (accepted.delivery) feeds.deliveries.offer(std::move(*accepted.delivery));
}

}  // namespace wrapup
