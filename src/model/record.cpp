#include "model/record.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "model/end_reason.hpp"

namespace wrapup {

namespace {

std::int64_t seconds_rounded_up(Duration span) { return span <= 0 ? 0 : (span + kSecond - 1) / kSecond; }

bool bot_spoke(const Facts& facts) {
  return std::any_of(facts.transcript.begin(), facts.transcript.end(),
                     [](const Turn& turn) { return turn.role == Role::bot; });
}

// How a call ended whose engine did not name a status.
CallStatus derived_ending(const Facts& facts) {
  if (facts.answered_by_human == false) {
    return bot_spoke(facts) ? CallStatus::left_voicemail : CallStatus::hangup_on_voicemail;
  }
  const bool talked = facts.answered_at || !facts.transcript.empty();
  if (!talked) {
    if (facts.error_message && !facts.error_message->empty()) return CallStatus::failed;
    return facts.ringing_at ? CallStatus::no_answer : CallStatus::failed;
  }
  const bool at_once = facts.answered_at && facts.ended_at && *facts.ended_at - *facts.answered_at < kSecond;
  if (at_once && facts.hung_up_by == Party::human && !bot_spoke(facts)) return CallStatus::user_canceled;
  return CallStatus::completed;
}

void warn_of_unknown_reason(Call& call, const Agent& agent) {
  if (call.end_call_reason != "custom_end_call") return;
  const auto& known = agent.end_call_reasons;
  if (std::find(known.begin(), known.end(), call.custom_end_call_reason) == known.end()) {
    call.warnings.push_back("the custom end-call reason \"" +
                            std::string(utf8_beginning(call.custom_end_call_reason, 200)) +
                            "\" is not configured on the agent");
  }
}

void set_request(Call& call, CallStart& start, const Agent& agent) {
  auto& request = start.request;
  call.workspace_id = std::move(start.workspace_id);
  call.call_id = std::move(start.call_id);
  call.model_id = agent.agent_id;
  call.agent_version = agent.version;
  call.external_id = std::move(request.external_id);
  call.direction = start.direction;
  call.created_at = start.created_at;
  call.name = std::move(request.name);
  call.phone = std::move(request.phone);
  call.agent_phone = std::move(request.from_phone_number);
  call.lead_email = std::move(request.lead_email);
  call.lead_timezone = std::move(request.lead_timezone);
  call.prompt = std::move(request.prompt);
  call.greeting = std::move(request.greeting);
  call.webhook_url = request.external_webhook_url.empty() ? agent.webhook_url : std::move(request.external_webhook_url);
  call.prompt_variables = std::move(request.custom_variables);
  call.metadata = std::move(request.metadata);
}

}  // namespace

CallStatus status_of(const Facts& facts, bool registered) {
  if (facts.ended) return facts.status ? *facts.status : derived_ending(facts);
  if (facts.answered_at || !facts.transcript.empty()) return CallStatus::in_progress;
  if (facts.ringing_at) return CallStatus::ringing;
  return registered ? CallStatus::registered : CallStatus::pending;
}

Call build_call(CallStart start, const Agent& agent, Facts facts) {
  Call call;
  call.status = status_of(facts, start.request.registered);
  set_request(call, start, agent);
  call.ringing_at = facts.ringing_at;
  call.answered_at = facts.answered_at;
  call.ended_at = facts.ended_at;
  call.started_at = facts.started_at ? *facts.started_at : facts.ringing_at.value_or(call.created_at);
  // The earliest thing known: an engine's clock may be behind ours.
  for (const auto& known : {facts.ringing_at, facts.answered_at, facts.ended_at}) {
    if (known && !facts.started_at) call.started_at = std::min(call.started_at, *known);
  }
  if (facts.duration_s) {
    call.duration_s = *facts.duration_s;
  } else if (facts.answered_at && facts.ended_at) {
    call.duration_s = seconds_rounded_up(*facts.ended_at - *facts.answered_at);
  } else if (facts.ended_at && was_connected(call.status)) {
    call.duration_s = seconds_rounded_up(*facts.ended_at - call.started_at);
  }
  call.hung_up_by = facts.hung_up_by;
  call.answered_by_human = facts.answered_by_human;
  call.error_message = facts.error_message.value_or("");
  call.recording_url = std::move(facts.recording_url);
  call.variables = std::move(facts.variables);
  call.executed_actions = std::move(facts.executed_actions);
  if (is_terminal(call.status)) {
    const EndReason reason = end_reason_of(call.status, facts, agent, call.duration_s);
    call.end_call_reason = reason.reason;
    call.custom_end_call_reason = reason.custom;
    call.engine_end_reason = facts.engine_reason ? *facts.engine_reason : facts.reason.value_or("");
    warn_of_unknown_reason(call, agent);
  }
  if (!agent.transcript_disabled) call.transcript = std::move(facts.transcript);
  return call;
}

}  // namespace wrapup
