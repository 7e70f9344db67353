// An inbound call before it is taken: what an engine announces (POST /v2/calls/inbound), what the agent's
// `inbound_call_webhook_url` is asked, and what it answers. Pure readers and writers; the answer is a stranger's, and
// unknown members of it are left alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/report.hpp"

namespace wrapup {

inline constexpr std::string_view kCallInbound = "call.inbound";

/// The body of POST /v2/calls/inbound: `phone` is who calls (empty for "anonymous"), `from_phone_number` the agent's.
Result<CallRequest> read_announcement(const json::object& body);

/// What read_announcement reads again: how such a call is stored.
json::object to_announcement(const CallRequest& request);

/// {"event": "call_inbound", "call_inbound": {model_id, from_number, to_number, call_id}}
std::string inbound_question(const CallRequest& request, std::string_view call_id);

struct InboundAnswer {
  bool assigned = true;           // false: nobody takes the call
  std::string override_model_id;  // empty: the agent that was called
  std::vector<std::pair<std::string, std::string>> custom_variables;
  json::object metadata;
};

/// Reads {"call_inbound": {override_model_id, custom_variables, metadata}}; an empty `call_inbound` assigns nobody.
Result<InboundAnswer> read_inbound_answer(std::string_view body);

/// What the answer says goes over what was announced, name by name.
void apply_answer(CallRequest& request, InboundAnswer answer);

}  // namespace wrapup
