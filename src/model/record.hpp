// The one truthful record of a call, made from what was asked for and what was reported. The state machine of contract
// section 3 and the end reasons of section 4 are here and nowhere else. Pure: the same input gives the same record, in
// whatever order reports came.
#pragma once

#include <vector>

#include "model/agent.hpp"
#include "model/call.hpp"
#include "model/event.hpp"
#include "model/report.hpp"

namespace wrapup {

/// The ids and the request that a call begins with, before anything is known to have happened.
struct CallStart {
  std::string workspace_id;
  std::string call_id;
  Direction direction = Direction::outbound;
  Timestamp created_at = 0;
  CallRequest request;
};

/// The record. `agent` is the version that the call began with.
Call build_call(CallStart start, const Agent& agent, Facts facts);

/// The status that a set of facts amounts to. `registered`: the call was announced before its hand-over.
CallStatus status_of(const Facts& facts, bool registered = false);

}  // namespace wrapup
