// The JSON Schema (2020-12) of one agent's webhooks: that of every payload, with the agent's extractors, evaluations
// and variables by their names and types (contract, section 2). Pure.
#pragma once

#include "base/json.hpp"
#include "model/agent.hpp"

namespace wrapup {

/// `general` is schemas/post-call-webhook.schema.json. What the schema says holds for calls that begin with this
/// version of the agent.
json::object agent_payload_schema(const Agent& agent, json::object general);

}  // namespace wrapup
