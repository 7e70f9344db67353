// Why a call ended (contract, section 4): the engine's word where it fits the list, else derived.
#pragma once

#include <string>

#include "model/agent.hpp"
#include "model/call.hpp"
#include "model/event.hpp"

namespace wrapup {

struct EndReason {
  std::string reason;
  std::string custom;  // the text of the condition, with custom_end_call only
};

EndReason end_reason_of(CallStatus status, const Facts& facts, const Agent& agent, std::int64_t duration_s);

/// Every reason that the engine may name itself.
const std::vector<std::string_view>& end_reason_names();

}  // namespace wrapup
