#include "voice/script.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "model/event.hpp"

namespace wrapup {

namespace {

constexpr std::string_view kTestNumbers = "+150055500";
constexpr std::size_t kMaxValue = 10'000;
constexpr std::size_t kMaxActions = 200;

using Line = std::pair<Role, std::string>;

void say(Script& script, std::initializer_list<Line> lines) {
  for (const auto& [role, text] : lines) script.turns.push_back({role, text, {}, {}});
}

std::string customer(const Call& call) { return call.name.empty() ? "there" : call.name; }

std::string greeting(const Call& call, const Agent& agent) {
  if (!call.greeting.empty()) return call.greeting;
  const auto* document = agent.document.if_contains("agent");
  const auto* inner = document ? document->if_object() : nullptr;
  const auto* configured = inner ? inner->if_contains("greeting_message") : nullptr;
  if (configured && configured->is_string() && !configured->get_string().empty()) {
    return std::string(configured->get_string());
  }
  return "Hello " + customer(call) + ", this is " + agent.name +
         ". Is this a good moment to find a time for your appointment?";
}

void play_default(Script& script, const Call& call, const Agent& agent) {
  say(script, {{Role::bot, greeting(call, agent)},
               {Role::human, "Yes, I have a minute."},
               {Role::bot, "We have Tuesday at 3 pm or Thursday at 10 am. Which one suits you better?"},
               {Role::human, "Thursday at 10 am works for me."},
               {Role::bot, "Thursday at 10 am it is. Is there anything else I can help you with?"},
               {Role::human, "No, that is all. Thank you."},
               {Role::bot, "You are welcome, " + customer(call) + ". Have a great day, goodbye!"}});
  script.hung_up_by = "bot";
}

std::optional<Role> role_from(std::string_view name) {
  if (name == "bot" || name == "agent" || name == "assistant") return Role::bot;
  if (name == "human" || name == "user" || name == "customer") return Role::human;
  return {};
}

const json::string* text_of(const json::object& object, std::string_view name, std::size_t max) {
  const auto* value = object.if_contains(name);
  const auto* text = value ? value->if_string() : nullptr;
  return text && text->size() <= max ? text : nullptr;
}

constexpr const char* kMillisWords = " must be a whole number of milliseconds, at most ten minutes";

// Absent is nothing, wrong is negative.
std::optional<Duration> millis_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (!value || value->is_null()) return {};
  const bool fits = value->is_int64() && value->get_int64() >= 0 && value->get_int64() <= 600'000;
  return fits ? value->get_int64() * kMillisecond : -1;
}

// Each reader answers what is wrong; nothing when all is well.
std::string read_turns(const json::array& turns, Script& script) {
  if (turns.size() > kMaxTurns) return "has more than " + std::to_string(kMaxTurns) + " turns";
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const auto* turn = turns[i].if_object();
    const auto* role = turn ? text_of(*turn, "role", 100) : nullptr;
    const auto* text = turn ? text_of(*turn, "text", kMaxTurnText) : nullptr;
    const auto known = role ? role_from(*role) : std::nullopt;
    if (!known || !text) {
      return "turn " + std::to_string(i) + " must be {\"role\": \"bot\" or \"human\", \"text\": string}";
    }
    const auto pause = millis_of(*turn, "pause_ms");
    if (pause && *pause < 0) return "\"pause_ms\" of turn " + std::to_string(i) + kMillisWords;
    script.turns.push_back({*known, std::string(*text), {}, {}});
    script.pauses.push_back(pause);
  }
  return {};
}

std::string read_actions(const json::object& scenario, Script& script) {
  const auto* given = scenario.if_contains("actions");
  if (!given || given->is_null()) return {};
  if (!given->is_array() || given->get_array().size() > kMaxActions)
    return "\"actions\" must be an array of at most " + std::to_string(kMaxActions) + " actions";
  for (const auto& element : given->get_array()) {
    const auto* object = element.if_object();
    const auto* name = object ? text_of(*object, "name", 200) : nullptr;
    if (!name || name->empty()) return "each action must be {\"name\": string, \"return_value\", \"after_turn\"}";
    Script::Action action{*object, script.turns.size()};
    if (const auto* after = object->if_contains("after_turn")) {
      if (!after->is_int64() || after->get_int64() < 0) return "\"after_turn\" must be a number of turns";
      action.after_turn = std::min(script.turns.size(), static_cast<std::size_t>(after->get_int64()));
      action.event.erase("after_turn");
    }
    script.actions.push_back(std::move(action));
  }
  return {};
}

std::string read_pace(const json::object& scenario, Script& script) {
  script.ring = millis_of(scenario, "ring_ms");
  if (script.ring && *script.ring < 0) return "\"ring_ms\"" + std::string(kMillisWords);
  if (const auto* speed = scenario.if_contains("speed"); speed && !speed->is_null()) {
    script.speed = speed->is_number() ? speed->to_number<double>() : 0;
    if (!(script.speed >= 0.01 && script.speed <= 1000)) return "\"speed\" must be a number from 0.01 to 1000";
  }
  return {};
}

std::string read_ending(const json::object& scenario, Script& script) {
  const std::pair<const char*, std::string*> texts[] = {{"end_call_reason", &script.reason},
                                                        {"custom_end_call_reason", &script.custom_reason}};
  for (const auto& [name, out] : texts) {
    const auto* value = scenario.if_contains(name);
    if (!value || value->is_null()) continue;
    const auto* text = text_of(scenario, name, 1000);
    if (!text) return "\"" + std::string(name) + "\" must be a string";
    *out = *text;
  }
  return {};
}

std::string read_variables(const json::object& variables, Script& script) {
  for (const auto& [name, value] : variables) {
    const bool plain =
        !value.is_object() && !value.is_array() && (!value.is_string() || value.get_string().size() <= kMaxValue);
    if (name.empty() || name.size() > 200 || !plain) {
      return "each variable must be a name with a string, a number, a boolean or null";
    }
    script.variables.push_back({std::string(name), value, true, false});
  }
  return {};
}

std::string read_details(const json::object& scenario, Script& script) {
  if (const auto* variables = scenario.if_contains("variables"); variables && !variables->is_null()) {
    if (!variables->is_object()) return "\"variables\" must be an object";
    if (auto wrong = read_variables(variables->get_object(), script); !wrong.empty()) return wrong;
  }
  if (const auto* url = scenario.if_contains("recording_url"); url && !url->is_null()) {
    const auto* text = text_of(scenario, "recording_url", 4000);
    if (!text || text->empty()) return "\"recording_url\" must be a string";
    script.recording_url = *text;
  }
  if (const auto* party = scenario.if_contains("hung_up_by"); party && !party->is_null()) {
    const auto* text = text_of(scenario, "hung_up_by", 100);
    const auto role = text ? role_from(*text) : std::nullopt;
    if (!role) return "\"hung_up_by\" must be human or bot";
    script.hung_up_by = *role == Role::human ? "human" : "bot";
  }
  return {};
}

std::string read_scenario(const json::value& scenario, Script& script) {
  if (const auto* turns = scenario.if_array()) return read_turns(*turns, script);
  const auto* object = scenario.if_object();
  const auto* turns = object ? object->if_contains("turns") : nullptr;
  if (!turns || !turns->is_array()) return "must be an array of turns, or an object with an array \"turns\"";
  if (auto wrong = read_turns(turns->get_array(), script); !wrong.empty()) return wrong;
  for (const auto read : {read_actions, read_pace, read_ending, read_details}) {
    if (auto wrong = read(*object, script); !wrong.empty()) return wrong;
  }
  return {};
}

void play_scenario(Script& script, const Call& call, const Agent& agent, const json::value& common) {
  const auto* inner = agent.document.if_contains("agent");
  const auto* scenario = inner && inner->is_object() ? inner->get_object().if_contains("scenario") : nullptr;
  if (!scenario || scenario->is_null()) scenario = &common;
  if (scenario->is_null()) return play_default(script, call, agent);
  Script read;
  const std::string wrong = read_scenario(*scenario, read);
  if (!wrong.empty()) {
    play_default(script, call, agent);
    script.note = "agent.scenario " + wrong + "; the default conversation is used";
    return;
  }
  script = std::move(read);
  if (!script.hung_up_by.empty()) return;
  const bool human_last = !script.turns.empty() && script.turns.back().role == Role::human;
  script.hung_up_by = human_last ? "human" : "bot";
}

void never_connected(Script& script, CallStatus status, bool rings, std::string error_message = {}) {
  script.answer = Script::Answer::nobody;
  script.rings = rings;
  script.status = status;
  script.error_message = std::move(error_message);
}

void voicemail(Script& script, const Call& call, const Agent& agent, bool leave_message) {
  script.answer = Script::Answer::machine;
  script.hung_up_by = "bot";
  say(script, {{Role::human, "You have reached the voicemail of " + (call.name.empty() ? call.phone : call.name) +
                                 ". I cannot take your call right now, so please leave a message after the tone."}});
  script.status = leave_message ? CallStatus::left_voicemail : CallStatus::hangup_on_voicemail;
  script.reason = leave_message ? "voicemail_message_left" : "voicemail";
  if (leave_message) {
    say(script, {{Role::bot, "Hello " + customer(call) + ", this is " + agent.name +
                                 " about your appointment. Please call us back when you have a minute."}});
  }
}

void human_hangs_up(Script& script, const Call& call, const Agent& agent) {
  say(script, {{Role::bot, greeting(call, agent)},
               {Role::human, "What is this about?"},
               {Role::bot, "It is about a time for your appointment. Would Thursday at 10 am suit you?"}});
  script.reason = "human_pick_up_cut_off";
  script.hung_up_by = "human";
}

void runs_too_long(Script& script, const Call& call, const Agent& agent) {
  say(script, {{Role::bot, greeting(call, agent)},
               {Role::human, "Yes, but let me tell you first how my week looks."},
               {Role::bot, "Of course, go ahead."},
               {Role::human, "On Monday I am away, on Tuesday the children are at home, and on Wednesday"}});
  script.reason = "max_duration";
  script.hung_up_by = "system";
}

void ends_on_condition(Script& script, const Call& call, const Agent& agent) {
  say(script, {{Role::bot, greeting(call, agent)},
               {Role::human, "I would rather speak with a person, please."},
               {Role::bot, "I understand. A colleague will get back to you shortly."}});
  script.reason = "custom_end_call";
  script.custom_reason =
      agent.end_call_reasons.empty() ? "The customer asked for a person" : agent.end_call_reasons.front();
  script.hung_up_by = "bot";
}

void falls_silent(Script& script, const Call& call, const Agent& agent) {
  say(script, {{Role::bot, greeting(call, agent)},
               {Role::human, "Hold on, please."},
               {Role::bot, "Are you still there?"},
               {Role::bot, "I cannot hear you, so I will end the call now."}});
  script.reason = "idle_time_exceeded";
  script.hung_up_by = "bot";
}

void canceled_by_user(Script& script) {
  script.status = CallStatus::user_canceled;
  script.ends_at_once = true;
  script.reason = "user_canceled";
  script.hung_up_by = "human";
}

// The number behind the common beginning of the test numbers, 1 to 12; 0 for any other.
int test_number(std::string_view phone) {
  if (phone.size() != kTestNumbers.size() + 2 || !phone.starts_with(kTestNumbers)) return 0;
  const char tens = phone[kTestNumbers.size()];
  const char ones = phone[kTestNumbers.size() + 1];
  if (tens < '0' || tens > '9' || ones < '0' || ones > '9') return 0;
  return (tens - '0') * 10 + (ones - '0');
}

}  // namespace

Script script_for(const Call& call, const Agent& agent, const json::value& scenario) {
  Script script;
  switch (test_number(call.phone)) {
    case 1: never_connected(script, CallStatus::busy, false); break;
    case 2: never_connected(script, CallStatus::no_answer, true); break;
    case 3: never_connected(script, CallStatus::failed, false, "Telephony - 404 - Not Found"); break;
    case 4: voicemail(script, call, agent, false); break;
    case 5: voicemail(script, call, agent, true); break;
    case 6: canceled_by_user(script); break;
    case 7: human_hangs_up(script, call, agent); break;
    case 8: runs_too_long(script, call, agent); break;
    case 9: ends_on_condition(script, call, agent); break;
    case 10: never_connected(script, CallStatus::canceled, true); break;
    case 11: never_connected(script, CallStatus::spam, true); break;
    case 12: falls_silent(script, call, agent); break;
    default: play_scenario(script, call, agent, scenario);
  }
  return script;
}

std::string check_scenario(const json::value& scenario) {
  Script script;
  return read_scenario(scenario, script);
}

}  // namespace wrapup
