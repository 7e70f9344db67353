// A payload as a receiver gets it, of a call that never was: to try receivers with. Pure.
#pragma once

#include <string>

#include "model/agent.hpp"
#include "model/call.hpp"

namespace wrapup {

/// What the sample should look like.
struct SampleWish {
  CallStatus status = CallStatus::completed;  // a terminal one
  std::string end_call_reason;                // empty: what goes with the status; else one of end_reason_names()
};

struct Sample {
  std::string call_id;
  std::string payload;  // revision 1; metadata is {"test": true}
};

/// Every extractor and evaluation of the agent has an answer of its type; people and numbers are invented.
Sample sample_payload(const Agent& agent, const SampleWish& wish, std::string call_id, Timestamp now);

}  // namespace wrapup
