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

  bool rings = true;
  Answer answer = Answer::human;
  bool ends_at_once = false;  // within the first second after the answer, whatever the pace
  Transcript turns;           // without times
  std::vector<Variable> variables;
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
/// agent's document: an array of turns, or {"turns": [{"role", "text"}], "variables", "recording_url", "hung_up_by"}.
/// One that cannot be read gives the default conversation and a note that says what is wrong with it.
Script script_for(const Call& call, const Agent& agent);

}  // namespace wrapup
