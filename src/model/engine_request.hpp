// What an engine of one's own is sent when a call is placed with an agent whose engine is `relay`: everything it needs
// to make the call, and where to report it. Pure. docs/engines.md describes it, schemas/call-requested.schema.json too.
#pragma once

#include <string>
#include <string_view>

#include "model/record.hpp"

namespace wrapup {

inline constexpr std::string_view kCallRequested = "call.requested";

/// The id of the webhook that asks for a call; there is one a call.
std::string request_webhook_id(std::string_view call_id);

/// {id, type, timestamp, workspace_id, data: {call_id, model_id, …, agent}}
std::string engine_request(const CallStart& start, const Agent& agent);

}  // namespace wrapup
