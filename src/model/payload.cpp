#include "model/payload.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/time.hpp"

namespace wrapup {

namespace {

constexpr std::array<std::string_view, 5> kSystemVariables{"call_id", "user_phone_number", "from_phone_number",
                                                           "to_phone_number", "twilio_call_sid"};

void write_lead(JsonWriter& out, const Call& call) {
  out.key("lead").begin_object();
  out.member("name", call.name).member("phone_number", call.phone);
  out.key("prompt_variables").begin_object();
  for (const auto& [name, value] : call.prompt_variables) out.member(name, value);
  out.end_object().end_object();
}

void write_call(JsonWriter& out, const Call& call, const Agent& agent) {
  out.key("call").begin_object();
  out.member("status", std::string(to_string(call.status)));
  out.member("end_call_reason", call.end_call_reason);
  if (call.end_call_reason == "custom_end_call") out.member("custom_end_call_reason", call.custom_end_call_reason);
  out.member("model_id", call.model_id);
  out.member("timezone", agent.timezone);
  out.member("call_id", call.call_id);
  out.member("duration", call.duration_s);
  out.member("start_time", start_time_text(call, agent));
  out.member("transcript", transcript_text(call.transcript));
  out.member("recording_url", call.recording_url);
  out.key("type_of_call").string(to_string(call.direction));
  out.key("phone_number_from").string(call.phone_from());
  out.key("phone_number_to").string(call.phone_to());
  out.member("end_time", format_in_zone(call.ended_at.value_or(call.started_at), agent.timezone));
  out.member("ring_seconds", ring_seconds(call));
  out.end_object();
}

// Whether an evaluation came out as expected; null where that cannot be compared. A number must be at least the one
// expected.
json::value passed(const CustomEvaluation& evaluation, const Answer& answer) {
  const std::string& expected = evaluation.expected_result;
  if (answer.value.is_null() || expected.empty() || evaluation.category == EvaluationCategory::descriptive)
    return nullptr;
  if (evaluation.category == EvaluationCategory::numeric) {
    std::int64_t least = 0;
    const auto read = std::from_chars(expected.data(), expected.data() + expected.size(), least);
    const bool comparable =
        read.ec == std::errc() && read.ptr == expected.data() + expected.size() && answer.value.is_int64();
    return comparable ? json::value(answer.value.get_int64() >= least) : json::value(nullptr);
  }
  return (answer.value.is_string() ? std::string(answer.value.get_string()) : to_text(answer.value)) == expected;
}

void write_answer(JsonWriter& out, const Action& action, const Answer& answer) {
  const bool extractor = action.type() == ActionType::information_extractor;
  out.key(action.name()).begin_object();
  out.member("name", action.name());
  out.member("action_type", extractor ? "extract_info_action_type" : "custom_eval_action_type");
  out.member("description", "");
  out.member("parameters_hard_coded", hard_coded_parameters(action));
  out.member("error_message", answer.error);
  out.key("return_value").begin_object().member(action.identifier(), answer.value).end_object();
  out.key("evidence");
  if (answer.evidence) {
    out.begin_object();
    out.member("turn", static_cast<std::int64_t>(answer.evidence->turn)).member("quote", answer.evidence->quote);
    out.end_object();
  } else {
    out.null();
  }
  out.key("confidence");
  if (answer.confidence) {
    out.number(std::round(*answer.confidence * 1000) / 1000);
  } else {
    out.null();
  }
  out.member("evaluator", answer.evaluator);
  if (!answer.prompt_version.empty()) out.member("prompt_version", answer.prompt_version);
  if (const auto* evaluation = std::get_if<CustomEvaluation>(&action.what))
    out.member("passed", passed(*evaluation, answer));
  out.end_object();
}

void write_actions(JsonWriter& out, const Call& call, const Findings& findings) {
  out.key("executed_actions").begin_object();
  for (const auto& [name, entry] : call.executed_actions) {
    const bool answered = std::any_of(findings.answers.begin(), findings.answers.end(),
                                      [&](const auto& answer) { return answer.first.name() == name; });
    if (!answered) out.member(name, entry);
  }
  for (const auto& [action, answer] : findings.answers) write_answer(out, action, answer);
  out.end_object();
}

void write_variables(JsonWriter& out, const Agent& agent, const std::vector<Variable>& variables) {
  out.key("collected_variables").begin_object();
  for (const auto& variable : variables) {
    if (!variable.collected || is_system_variable(variable, agent)) continue;
    out.key(variable.name).begin_object().member("value", variable.value).member("collected", true).end_object();
  }
  out.end_object();
}

}  // namespace

std::string webhook_id(std::string_view call_id, std::int64_t revision) {
  return "evt_" + std::string(call_id) + "_completed_" + std::to_string(revision);
}

bool is_system_variable(const Variable& variable, const Agent& agent) {
  if (variable.system) return true;
  if (std::find(kSystemVariables.begin(), kSystemVariables.end(), variable.name) != kSystemVariables.end()) return true;
  return std::any_of(agent.variables.begin(), agent.variables.end(), [&](const DeclaredVariable& declared) {
    return declared.system && declared.name == variable.name;
  });
}

std::string start_time_text(const Call& call, const Agent& agent) {
  return format_in_zone(call.started_at, agent.timezone);
}

std::int64_t ring_seconds(const Call& call) {
  Timestamp until = call.answered_at.value_or(call.ended_at.value_or(call.started_at));
  // A report may tell how long was talked without telling when it began.
  if (!call.answered_at) until -= call.duration_s * kSecond;
  return std::max<Duration>(0, until - call.started_at) / kSecond;
}

std::string render_payload(const Call& call, const Agent& agent, const Findings& findings, std::int64_t revision,
                           Timestamp created_at) {
  std::string body;
  std::size_t size = 2048 + findings.answers.size() * 600;
  for (const auto& turn : call.transcript) size += turn.text.size() + 16;
  body.reserve(size);
  JsonWriter out(body);
  out.begin_object();
  out.member("status", std::string(to_string(call.status)));
  out.member("error_message", call.error_message);
  write_lead(out, call);
  write_call(out, call, agent);
  write_actions(out, call, findings);
  out.key("analysis");
  if (findings.analysis) {
    findings.analysis->write(out);
  } else {
    out.null();
  }
  write_variables(out, agent, findings.variables);
  out.member("metadata", call.metadata);
  out.key("event").begin_object();
  out.member("id", webhook_id(call.call_id, revision)).member("type", std::string(kCallCompleted));
  out.member("created_at", format_utc(created_at)).member("schema", std::string(kPayloadSchema));
  out.member("revision", revision).member("complete", findings.missing.empty());
  out.key("missing").begin_array();
  for (const auto& stage : findings.missing) out.string(stage);
  out.end_array().end_object();
  out.end_object();
  return body;
}

}  // namespace wrapup
