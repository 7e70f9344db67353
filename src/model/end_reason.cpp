#include "model/end_reason.hpp"

#include <algorithm>
#include <array>

#include "model/hearing.hpp"

namespace wrapup {

namespace {

constexpr std::array<std::string_view, 11> kReasons{
    "voicemail",    "voicemail_message_left", "human_goodbye", "agent_goodbye", "human_pick_up_cut_off",
    "max_duration", "custom_end_call",        "user_canceled", "undefined",     "idle_time_exceeded",
    "error"};

// Who said farewell last in the last turns; nobody when none did.
Party last_farewell(const Transcript& transcript) {
  constexpr std::size_t kNearTheEnd = 4;
  const std::size_t from = transcript.size() > kNearTheEnd ? transcript.size() - kNearTheEnd : 0;
  for (std::size_t i = transcript.size(); i-- > from;) {
    if (says_farewell(transcript[i].text)) return transcript[i].role == Role::human ? Party::human : Party::bot;
  }
  return Party::unknown;
}

std::string derived(const Facts& facts, const Agent& agent, std::int64_t duration_s) {
  // By the exact times where they are known: 59.1 s are 60 s once rounded up.
  const Duration talked =
      facts.answered_at && facts.ended_at ? *facts.ended_at - *facts.answered_at : duration_s * kSecond;
  if (agent.max_duration_s && talked >= *agent.max_duration_s * kSecond) return "max_duration";
  switch (last_farewell(facts.transcript)) {
    case Party::human: return "human_goodbye";
    case Party::bot: return "agent_goodbye";
    case Party::unknown: break;
  }
  return facts.hung_up_by == Party::human ? "human_pick_up_cut_off" : "undefined";
}

}  // namespace

const std::vector<std::string_view>& end_reason_names() {
  static const std::vector<std::string_view> names(kReasons.begin(), kReasons.end());
  return names;
}

EndReason end_reason_of(CallStatus status, const Facts& facts, const Agent& agent, std::int64_t duration_s) {
  switch (status) {
    case CallStatus::hangup_on_voicemail: return {"voicemail", ""};
    case CallStatus::left_voicemail: return {"voicemail_message_left", ""};
    case CallStatus::user_canceled: return {"user_canceled", ""};
    default: break;
  }
  const std::string custom = facts.custom_reason.value_or("");
  if (!custom.empty()) return {"custom_end_call", custom};
  const bool named = facts.reason && std::find(kReasons.begin(), kReasons.end(), *facts.reason) != kReasons.end();
  // "undefined" is what an engine says when it does not know: we may know better.
  if (named && *facts.reason != "undefined") return {*facts.reason, ""};
  if (status == CallStatus::failed) return {"error", ""};
  if (status != CallStatus::completed) return {"undefined", ""};
  return {derived(facts, agent, duration_s), ""};
}

}  // namespace wrapup
