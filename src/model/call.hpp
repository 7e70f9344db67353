// The nouns of a call: what happened, as one truthful record. Pure values; nothing here does I/O or reads a clock.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace wrapup {

enum class CallStatus {
  pending,
  registered,
  ringing,
  in_progress,
  paused,
  completed,
  no_answer,
  busy,
  failed,
  canceled,
  user_canceled,
  hangup_on_voicemail,
  left_voicemail,
  spam,
};

/// The spelling of the API, such as "no-answer" or "hangup_on_voicemail".
std::string_view to_string(CallStatus status);
std::optional<CallStatus> call_status_from(std::string_view name);
bool is_terminal(CallStatus status);
/// Terminal, and two parties (or a machine) were connected, so that there is something to judge.
bool was_connected(CallStatus status);
/// Every spelling, in the order of the enum; for error messages and schemas.
const std::vector<std::string_view>& call_status_names();

enum class Role { bot, human };

/// One utterance. `index` in the transcript counts from 0; evidence names it.
struct Turn {
  Role role = Role::bot;
  std::string text;
  std::optional<std::int64_t> start_ms;  // from the start of the conversation
  std::optional<std::int64_t> end_ms;
};

using Transcript = std::vector<Turn>;

/// `\nbot: …\nhuman: …`, a line a turn; a newline inside a turn becomes a space (contract, section 2).
std::string transcript_text(const Transcript& transcript);
/// The reverse, for reports that give one string. Lines may begin with bot, assistant, agent, human, user, caller; a
/// line without a speaker goes on with the turn before it.
Transcript transcript_from_text(std::string_view text);

enum class Direction { outbound, inbound };
std::string_view to_string(Direction direction);

struct Variable {
  std::string name;
  json::value value;  // string, number, boolean or null
  bool collected = true;
  bool system = false;
};

enum class Party { unknown, bot, human };

/// What is known of a call. Built by the assembler from what was asked and what was reported.
struct Call {
  std::string workspace_id;
  std::string call_id;
  std::string model_id;
  std::int64_t agent_version = 0;
  std::string external_id;
  Direction direction = Direction::outbound;

  std::string name;         // of the customer
  std::string phone;        // of the customer, E.164, in both directions
  std::string agent_phone;  // the other end; may be empty
  std::string lead_email;
  std::string lead_timezone;
  std::string prompt;  // overrides for this call; empty when not given
  std::string greeting;
  std::string webhook_url;  // the call's own; empty when not given
  std::vector<std::pair<std::string, std::string>> prompt_variables;
  json::object metadata;

  CallStatus status = CallStatus::pending;
  std::string end_call_reason;  // derived, open string (contract, section 4); empty until the call ended
  std::string custom_end_call_reason;
  std::string engine_end_reason;  // the engine's own word
  std::string error_message;
  Party hung_up_by = Party::unknown;
  std::optional<bool> answered_by_human;  // what the engine said, if it did

  Timestamp created_at = 0;
  Timestamp started_at = 0;  // dialled or announced
  std::optional<Timestamp> ringing_at;
  std::optional<Timestamp> answered_at;
  std::optional<Timestamp> ended_at;
  std::int64_t duration_s = 0;  // answered to ended, rounded up; 0 if never answered

  Transcript transcript;
  std::optional<std::string> recording_url;
  std::vector<Variable> variables;
  json::object executed_actions;  // run by the engine during the call, keyed by name
  std::vector<std::string> warnings;

  std::string_view phone_from() const { return direction == Direction::outbound ? agent_phone : phone; }
  std::string_view phone_to() const { return direction == Direction::outbound ? phone : agent_phone; }
};

}  // namespace wrapup
