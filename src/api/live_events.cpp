#include "api/live_events.hpp"

#include <algorithm>

#include "api/inbox_json.hpp"
#include "base/json.hpp"
#include "base/time.hpp"

namespace wrapup {

namespace {

constexpr std::int64_t kBacklog = 500;  // of each kind
/// A call that began longer before is not looked for when a watcher comes back; it is in the list of calls.
constexpr Duration kLongCall = kHour;
constexpr std::size_t kLargestBody = 1024 * 1024;  // of those that are sent along

LiveEvent call_event(const std::string& workspace_id, const CallBrief& call, bool bodies) {
  LiveEvent event{"call", Change::Kind::call, workspace_id, call.call_id, "", "", ""};
  JsonWriter out(event.data);
  out.begin_object().member("id", call.call_id).member("model_id", call.agent_id);
  out.member("status", call.status).member("type_of_call", call.direction);
  out.member("end_call_reason", call.end_call_reason).member("duration", call.duration_s);
  out.member("name", call.name).member("lead_phone_number", call.phone);
  out.key("external_id");
  call.external_id.empty() ? out.null() : out.string(call.external_id);
  out.member("created_at", format_utc(call.created_at)).member("start_time", format_utc(call.started_at));
  out.member("changed_at", format_utc(call.last_event_at)).member("revision", call.revision).end_object();
  if (bodies) event.with_bodies = event.data;
  return event;
}

void write_attempt(JsonWriter& out, const Attempt& attempt) {
  out.member("id", attempt.attempt_id).member("call_id", attempt.call_id);
  out.member("webhook_id", attempt.webhook_id).member("delivery_id", attempt.delivery_id);
  out.member("endpoint_id", attempt.endpoint_id).member("model_id", attempt.model_id);
  out.member("event_type", attempt.type).member("at", format_utc(attempt.at)).member("url", attempt.url);
  out.member("status", attempt.status).key("code");
  attempt.response_code == 0 ? out.null() : out.integer(attempt.response_code);
  out.member("error", attempt.error).member("attempt_number", attempt.number);
  out.key("duration_ms").number(static_cast<double>(attempt.duration_us) / kMillisecond);
  out.member("maybe_delivered", attempt.maybe_delivered);
}

Result<std::string> body_of(Store& store, const Attempt& attempt) {
  Delivery sent;
  sent.workspace_id = attempt.workspace_id;
  sent.webhook_id = attempt.webhook_id;
  sent.call_id = attempt.call_id;
  sent.revision = attempt.revision;
  return store.body_of(sent);
}

Result<LiveEvent> attempt_event(Store& store, const Attempt& attempt, bool bodies) {
  LiveEvent event{"attempt", Change::Kind::attempt, attempt.workspace_id, attempt.call_id, "", "", ""};
  JsonWriter out(event.data);
  out.begin_object();
  write_attempt(out, attempt);
  out.end_object();
  if (!bodies) return event;
  auto body = body_of(store, attempt);
  if (!body) return fail(std::move(body.error()));
  auto detail = parse_json(attempt.detail);
  const auto* headers = detail && detail->is_object() ? detail->get_object().if_contains("request_headers") : nullptr;
  JsonWriter full(event.with_bodies);
  full.begin_object();
  write_attempt(full, attempt);
  full.member("headers", headers ? *headers : json::value(json::array())).key("body");
  body->size() > kLargestBody ? full.null() : full.string(*body);
  full.end_object();
  return event;
}

Result<bool> add_inbox_event(Store& store, const Change& change, bool bodies, std::vector<LiveEvent>& events) {
  const std::string token = change.id.substr(0, change.id.find('/'));
  auto request = store.get_inbox_request(change.workspace_id, token, change.id.substr(token.size() + 1));
  if (!request && request.error().code == Code::not_found) return false;
  if (!request) return fail(std::move(request.error()));
  LiveEvent event{"inbox", Change::Kind::inbox, change.workspace_id, "", token, "", ""};
  JsonWriter out(event.data);
  out.begin_object();
  write_inbox_summary(out, *request, read_inbox_head(*request));
  out.end_object();
  JsonWriter full(event.with_bodies);
  if (bodies) write_inbox_request(full, *request, kLargestBody);
  events.push_back(std::move(event));
  return true;
}

/// False when it is gone.
Result<bool> add_event(Store& store, const Change& change, bool bodies, std::vector<LiveEvent>& events) {
  if (change.kind == Change::Kind::call) {
    auto call = store.brief_call(change.workspace_id, change.id);
    if (!call) return fail(std::move(call.error()));
    if (*call) events.push_back(call_event(change.workspace_id, **call, bodies));
    return call->has_value();
  }
  if (change.kind == Change::Kind::inbox) return add_inbox_event(store, change, bodies, events);
  auto attempt = store.get_attempt(change.workspace_id, change.id);
  if (!attempt && attempt.error().code == Code::not_found) return false;
  if (!attempt) return fail(std::move(attempt.error()));
  auto event = attempt_event(store, *attempt, bodies);
  if (!event) return fail(std::move(event.error()));
  events.push_back(std::move(*event));
  return true;
}

}  // namespace

Result<std::vector<LiveEvent>> live_events(Store& store, const std::vector<Change>& changes, bool bodies) {
  std::vector<LiveEvent> events;
  for (const auto& change : changes) {
    auto added = add_event(store, change, bodies, events);
    if (!added) return fail(std::move(added.error()));
  }
  return events;
}

Result<LiveBacklog> live_backlog(Store& store, const std::string& workspace_id, Timestamp since, bool calls,
                                 bool attempts, bool inbox, bool bodies) {
  LiveBacklog backlog;
  if (calls) {
    const Timestamp made_since = std::max<Timestamp>(since - kLongCall, 0);
    auto changed = store.calls_changed_since(workspace_id, made_since, since, kBacklog);
    if (!changed) return fail(std::move(changed.error()));
    for (const auto& call : *changed) backlog.events.push_back(call_event(workspace_id, call, bodies));
    backlog.cut = std::ssize(*changed) == kBacklog;
  }
  if (attempts) {
    auto ids = store.attempts_since(workspace_id, since, kBacklog);
    if (!ids) return fail(std::move(ids.error()));
    for (auto& id : *ids) {
      auto added = add_event(store, {Change::Kind::attempt, workspace_id, std::move(id)}, bodies, backlog.events);
      if (!added) return fail(std::move(added.error()));
    }
    backlog.cut = backlog.cut || std::ssize(*ids) == kBacklog;
  }
  if (inbox) {
    auto ids = store.inbox_requests_since(workspace_id, since, kBacklog);
    if (!ids) return fail(std::move(ids.error()));
    for (const auto& [token, id] : *ids) {
      auto added = add_event(store, {Change::Kind::inbox, workspace_id, token + "/" + id}, bodies, backlog.events);
      if (!added) return fail(std::move(added.error()));
    }
    backlog.cut = backlog.cut || std::ssize(*ids) == kBacklog;
  }
  return backlog;
}

}  // namespace wrapup
