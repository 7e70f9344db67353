#include "api/api.hpp"
#include "api/handlers.hpp"

namespace wrapup {

void Api::add_routes() {
  const auto open = [this](std::string_view method, std::string_view path, Handler handler) {
    router_.add(method, path, {handler, true});
  };
  const auto keyed = [this](std::string_view method, std::string_view path, Handler handler) {
    router_.add(method, path, {handler, false});
  };
  open("GET", "/healthz", api::health);
  open("GET", "/readyz", api::ready);
  open("GET", "/metrics", api::metrics);
  open("GET", "/v2/schemas/post-call-webhook.json", api::payload_schema);
  open("GET", "/openapi.json", api::openapi);

  open("GET", "/v2/webhook-keys/{workspace_id}", api::public_keys);

  keyed("POST", "/v2/assistants", api::create_agent);
  keyed("GET", "/v2/assistants", api::list_agents);
  keyed("GET", "/v2/assistants/{model_id}", api::get_agent);
  keyed("PUT", "/v2/assistants/{model_id}", api::put_agent);
  keyed("DELETE", "/v2/assistants/{model_id}", api::delete_agent);
  keyed("GET", "/v2/assistants/{model_id}/webhook-schema.json", api::agent_schema);

  keyed("POST", "/v2/actions", api::create_action);
  keyed("GET", "/v2/actions", api::list_actions);
  keyed("POST", "/v2/actions/attach", api::attach_actions);
  keyed("POST", "/v2/actions/detach", api::detach_actions);
  keyed("GET", "/v2/actions/{action_id}", api::get_action);
  keyed("PUT", "/v2/actions/{action_id}", api::put_action);
  keyed("DELETE", "/v2/actions/{action_id}", api::delete_action);

  keyed("POST", "/v2/calls", api::place_call);
  keyed("GET", "/v2/calls", api::list_calls);
  keyed("POST", "/v2/calls/report", api::report_call);
  keyed("GET", "/v2/calls/{call_id}", api::get_call);
  keyed("POST", "/v2/calls/{call_id}/events", api::report_events);
  keyed("POST", "/v2/calls/{call_id}/cancel", api::cancel_call);

  keyed("POST", "/v2/calls/{call_id}/reanalyze", api::reanalyze_call);

  keyed("GET", "/v2/analytics", api::analytics);

  keyed("POST", "/v2/endpoints", api::make_endpoint);
  keyed("GET", "/v2/endpoints", api::list_endpoints);
  keyed("GET", "/v2/endpoints/{endpoint_id}", api::get_endpoint);
  keyed("PUT", "/v2/endpoints/{endpoint_id}", api::put_endpoint);
  keyed("DELETE", "/v2/endpoints/{endpoint_id}", api::delete_endpoint);
  keyed("POST", "/v2/endpoints/{endpoint_id}/pause", api::pause_endpoint);
  keyed("POST", "/v2/endpoints/{endpoint_id}/resume", api::resume_endpoint);
  keyed("POST", "/v2/webhooks/test", api::test_webhook);
  keyed("GET", "/v2/workspace", api::get_workspace);
  keyed("PUT", "/v2/workspace", api::put_workspace);

  keyed("POST", "/v2/logs/{log_id}/replay", api::replay_log);
  keyed("POST", "/v2/logs/replay", api::start_replay);
  keyed("GET", "/v2/logs/replay", api::list_replays);
  keyed("GET", "/v2/logs/replay/{replay_id}", api::get_replay);
  keyed("POST", "/v2/logs/replay/{replay_id}/pause", api::pause_replay);
  keyed("POST", "/v2/logs/replay/{replay_id}/resume", api::resume_replay);
  keyed("POST", "/v2/logs/replay/{replay_id}/cancel", api::cancel_replay);
  keyed("GET", "/v2/logs", api::list_logs);
  keyed("GET", "/v2/logs/{log_id}", api::get_log);

  keyed("POST", "/v2/webhook-secrets", api::create_secret);
  keyed("GET", "/v2/webhook-secrets", api::list_secrets);
  keyed("POST", "/v2/webhook-secrets/{secret_id}/rotate", api::rotate_secret);
  keyed("DELETE", "/v2/webhook-secrets/{secret_id}", api::revoke_secret);
}

}  // namespace wrapup
