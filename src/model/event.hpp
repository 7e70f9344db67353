// What an engine reports of a running call (contract, section 9), as it came and as facts. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/call.hpp"

namespace wrapup {

enum class EventType { ringing, answered, turn, variable, action, recording, ended, note, report };
std::string_view to_string(EventType type);
std::optional<EventType> event_type_from(std::string_view name);

/// One report. `body` is the whole JSON object as it came. A `report` is a finished call that was reported for a call
/// known already.
struct Event {
  std::string id;
  EventType type = EventType::note;
  Timestamp at = 0;  // when it happened, by the sender's clock
  json::object body;
};

/// Longest id of an event, in bytes.
inline constexpr std::size_t kMaxEventId = 200;
/// Most events in one request.
inline constexpr std::size_t kMaxEvents = 1000;
/// Longest text of one turn, in bytes.
inline constexpr std::size_t kMaxTurnText = 256 * 1024;
/// Most turns of one call.
inline constexpr std::size_t kMaxTurns = 20'000;

/// Reads an array of events (or one event). Errors name the element: "/3/type".
Result<std::vector<Event>> read_events(const json::value& body);

/// What is known to have happened, whoever said it. Absent means: nobody said.
struct Facts {
  std::optional<CallStatus> status;
  std::optional<Timestamp> started_at;
  std::optional<Timestamp> ringing_at;
  std::optional<Timestamp> answered_at;
  std::optional<Timestamp> ended_at;
  std::optional<std::int64_t> duration_s;
  std::optional<bool> answered_by_human;
  std::optional<std::string> reason;         // an end-call reason, in the engine's word
  std::optional<std::string> engine_reason;  // the engine's own word beside `reason`
  std::optional<std::string> custom_reason;
  std::optional<std::string> error_message;
  Party hung_up_by = Party::unknown;
  Transcript transcript;
  std::optional<std::string> recording_url;
  std::vector<Variable> variables;
  json::object executed_actions;
  bool ended = false;
  bool more = false;  // the engine said that events still come after `ended`
};

/// The facts of a set of events, the same for every order and for repeats. Events must be valid (read_events).
Facts facts_of(std::vector<Event> events);

/// Fills what `facts` does not say with what `other` says.
void fill_facts(Facts& facts, Facts other);

}  // namespace wrapup
