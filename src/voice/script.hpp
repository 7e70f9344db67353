// How one call of the simulator goes, from ringing to hang-up, before it is acted out. Pure: the same call and agent
// give the same script.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/agent.hpp"
#include "model/call.hpp"

namespace wrapup {

struct Script {
  /// Who takes the call; nobody: it ends without being answered.
  enum class Answer { nobody, human, machine };

  /// An action that the engine runs during the call, as an event of the type `action` says it.
  struct Action {
    json::object event;
    std::size_t after_turn = 0;  // so many turns in; as many as there are: at the end
  };

  bool rings = true;
  Answer answer = Answer::human;
  bool ends_at_once = false;                    // within the first second after the answer, whatever the pace
  Transcript turns;                             // without times
  std::vector<std::optional<Duration>> pauses;  // before each turn, as far as the scenario says so
  std::optional<Duration> ring;
  double speed = 1;  // everything takes so many times less
  std::vector<Variable> variables;
  std::vector<Action> actions;
  std::string recording_url;

  // What the engine says of the end; what is empty is not said.
  CallStatus status = CallStatus::completed;
  std::string reason;
  std::string custom_reason;
  std::string error_message;
  std::string hung_up_by;  // human, bot or system

  std::string note;  // why the agent's scenario was not used; empty when there is nothing to say
};

/// Test numbers decide how the call goes (contract, section 11). Any other number follows `agent.scenario` of the
/// agent's document, else `scenario` (null: none): an array of turns, or an object as docs/api.md describes it. One
/// that cannot be read gives the default conversation and a note that says what is wrong with it.
Script script_for(const Call& call, const Agent& agent, const json::value& scenario = nullptr);

/// What is wrong with a scenario; empty when it can be acted out.
std::string check_scenario(const json::value& scenario);

}  // namespace wrapup
