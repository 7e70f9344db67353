#include "model/engine_request.hpp"

#include "base/json.hpp"
#include "base/time.hpp"

namespace wrapup {

namespace {

void member_or_null(JsonWriter& out, std::string_view name, const std::string& text) {
  out.key(name);
  text.empty() ? out.null() : out.string(text);
}

// The call's own words win over the agent's.
std::string first_of(const std::string& own, const json::object& document, std::string_view name) {
  if (!own.empty()) return own;
  const auto* inner = document.if_contains("agent");
  const auto* text = inner && inner->is_object() ? inner->get_object().if_contains(name) : nullptr;
  return text && text->is_string() ? std::string(text->get_string()) : std::string();
}

}  // namespace

std::string request_webhook_id(std::string_view call_id) { return "evt_" + std::string(call_id) + "_requested"; }

std::string engine_request(const CallStart& start, const Agent& agent) {
  const auto& request = start.request;
  std::string body;
  JsonWriter out(body);
  out.begin_object().member("id", request_webhook_id(start.call_id)).key("type").string(kCallRequested);
  out.member("timestamp", format_utc(start.created_at)).member("workspace_id", start.workspace_id);
  out.key("data").begin_object();
  out.member("call_id", start.call_id).member("model_id", agent.agent_id).member("agent_version", agent.version);
  out.member("phone", request.phone).member("name", request.name);
  member_or_null(out, "from_phone_number", request.from_phone_number);
  out.key("custom_variables").begin_object();
  for (const auto& [name, value] : request.custom_variables) out.member(name, value);
  out.end_object();
  member_or_null(out, "lead_email", request.lead_email);
  member_or_null(out, "lead_timezone", request.lead_timezone);
  member_or_null(out, "prompt", first_of(request.prompt, agent.document, "prompt"));
  member_or_null(out, "greeting", first_of(request.greeting, agent.document, "greeting_message"));
  out.key("metadata").object(request.metadata);
  member_or_null(out, "external_id", request.external_id);
  out.member("events_path", "/v2/calls/" + start.call_id + "/events");
  out.key("agent").object(agent.document).end_object().end_object();
  return body;
}

}  // namespace wrapup
