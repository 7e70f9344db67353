#include "api/call_json.hpp"

#include <algorithm>

#include "base/time.hpp"
#include "model/payload.hpp"
#include "model/record.hpp"

namespace wrapup::api {

namespace {

std::string epoch_ms(Timestamp at) { return std::to_string(at / kMillisecond); }

// "2026-01-31T09:15:02": UTC without a zone, as the original has it.
std::string without_zone(Timestamp at) { return format_utc(at).substr(0, 19); }

// The webhook's objects, with the inner two as JSON text.
void write_actions(JsonWriter& out, const json::object& actions) {
  out.begin_object();
  for (const auto& [name, entry] : actions) {
    out.key(name);
    const auto* object = entry.if_object();
    if (!object) {
      out.value(entry);
      continue;
    }
    out.begin_object();
    for (const auto& [key, value] : *object) {
      const bool as_text = (key == "parameters_hard_coded" || key == "return_value") && !value.is_string();
      if (as_text) {
        out.member(key, to_text(value));
      } else {
        out.member(key, value);
      }
    }
    out.end_object();
  }
  out.end_object();
}

void write_variable(JsonWriter& out, std::string_view name, const json::value& value, bool collected) {
  out.key(name).begin_object().member("value", value).member("collected", collected).end_object();
}

// Collected ones as the webhook has them, then those that were not.
void write_variables(JsonWriter& out, const json::object& collected, const Call& call, const Agent& agent) {
  out.begin_object();
  std::vector<std::string_view> written;
  for (const auto& [name, entry] : collected) {
    out.member(name, entry);
    written.push_back(name);
  }
  const auto is_new = [&](std::string_view name) {
    if (std::find(written.begin(), written.end(), name) != written.end()) return false;
    written.push_back(name);
    return true;
  };
  for (const auto& variable : call.variables) {
    if (!is_system_variable(variable, agent) && is_new(variable.name)) {
      write_variable(out, variable.name, variable.value, variable.collected);
    }
  }
  for (const auto& declared : agent.variables) {
    if (!declared.system && is_new(declared.name)) write_variable(out, declared.name, nullptr, false);
  }
  out.end_object();
}

void write_telephony(JsonWriter& out, const Call& call) {
  const auto end = call.ended_at;
  out.key("telephony_start");
  call.answered_at ? out.string(without_zone(*call.answered_at)) : out.null();
  out.key("telephony_end");
  end ? out.string(without_zone(*end)) : out.null();
  const Duration talked = call.answered_at && end ? std::max<Duration>(0, *end - *call.answered_at) : 0;
  const Duration rang =
      std::max<Duration>(0, call.answered_at.value_or(end.value_or(call.started_at)) - call.started_at);
  out.member("telephony_duration", talked / kMillisecond).member("telephony_ringing_duration", rang / kMillisecond);
  out.key("telephony_hangup");
  switch (call.hung_up_by) {
    case Party::human: out.string(call.direction == Direction::outbound ? "callee" : "caller"); break;
    case Party::bot: out.string(call.direction == Direction::outbound ? "caller" : "callee"); break;
    case Party::unknown: out.null(); break;
  }
}

void write_facts(JsonWriter& out, const StoredCall& stored, const Call& call) {
  out.member("call_id", call.call_id).member("model_id", call.model_id).member("assistant_version", call.agent_version);
  out.key("status").string(to_string(call.status)).key("call_status").string(to_string(call.status));
  out.member("duration", call.duration_s).member("end_call_reason", call.end_call_reason);
  out.key("custom_end_call_reason");
  call.custom_end_call_reason.empty() ? out.null() : out.string(call.custom_end_call_reason);
  out.member("engine_end_reason", call.engine_end_reason).member("error_message", call.error_message);
  out.member("name", call.name).member("lead_name", call.name).member("lead_phone_number", call.phone);
  out.member("lead_email", call.lead_email).member("lead_timezone", call.lead_timezone);
  out.key("prompt_variables").begin_object();
  for (const auto& [name, value] : call.prompt_variables) out.member(name, value);
  out.end_object();
  out.member("metadata", call.metadata);
  out.key("external_id");
  call.external_id.empty() ? out.null() : out.string(call.external_id);
  out.key("type_of_call").string(to_string(call.direction)).member("campaign_type", "live");
  out.key("phone_number_from").string(call.phone_from()).key("phone_number_to").string(call.phone_to());
  out.key("agent_phone_number").string(call.agent_phone);
  out.member("timezone", stored.agent->timezone).member("start_time", epoch_ms(call.started_at));
  out.member("created_at", format_utc(call.created_at));
  write_telephony(out, call);
  out.member("transcript", transcript_text(call.transcript));
  out.member("recording_url", call.recording_url).key("recording_duration").null();
}

void write_timeline(JsonWriter& out, std::vector<Event> events) {
  std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.at < b.at; });
  out.key("timeline").begin_array();
  for (const auto& event : events) out.object(event.body);
  out.end_array();
}

}  // namespace

Status write_call(JsonWriter& out, const StoredCall& stored, bool timeline) {
  auto record = record_of(stored);
  if (!record) return fail(std::move(record.error()));
  json::object results;
  if (!stored.payload.empty()) {
    auto parsed = parse_json(stored.payload);
    if (!parsed || !parsed->is_object()) return fail(Code::internal, "internal_error", "a stored payload is damaged");
    results = std::move(parsed->get_object());
  }
  const auto member = [&](std::string_view name) {
    const auto* found = results.if_contains(name);
    return found ? *found : json::value(nullptr);
  };
  const json::value actions = member("executed_actions");
  const json::value variables = member("collected_variables");
  out.begin_object();
  write_facts(out, stored, *record);
  out.member("judge_results", member("analysis"));
  out.key("executed_actions");
  write_actions(out, actions.is_object() ? actions.get_object() : record->executed_actions);
  out.key("collected_variables");
  write_variables(out, variables.is_object() ? variables.get_object() : json::object(), *record, *stored.agent);
  out.key("agents_used").begin_array().end_array().key("labels").begin_array().end_array();
  out.key("warnings").begin_array();
  for (const auto& warning : record->warnings) out.string(warning);
  out.end_array();
  out.member("external_webhook_url", record->webhook_url).member("revision", stored.row.revision);
  if (timeline) write_timeline(out, stored.events);
  out.end_object();
  return {};
}

}  // namespace wrapup::api
