#include "api/api.hpp"
#include "api/handlers.hpp"

namespace wrapup {

namespace {

// Every route, with the scope that a key needs for it and how the audit log tells of it; scripts/check-docs holds
// docs/api.md and docs/openapi.yaml to this table.
struct Route {
  std::string_view method;
  std::string_view path;
  Scope scope;
  api::Answer (*handler)(Services&, const ApiRequest&);
  AuditRule audit = {};
};

constexpr Route kRoutes[] = {
    {"GET", "/healthz", Scope::none, api::health},
    {"GET", "/readyz", Scope::none, api::ready},
    {"GET", "/metrics", Scope::none, api::metrics},
    {"GET", "/openapi.json", Scope::none, api::openapi},
    {"GET", "/", Scope::none, api::console_index},
    {"GET", "/assets/{file}", Scope::none, api::console_asset},
    {"GET", "/asyncapi.json", Scope::none, api::asyncapi},
    {"GET", "/v2/schemas", Scope::none, api::schemas},
    {"GET", "/v2/schemas/{schema}", Scope::none, api::schema},
    {"GET", "/docs", Scope::none, api::docs_index},
    {"GET", "/docs/{page}", Scope::none, api::docs_page},
    {"GET", "/v2/webhook-keys/{workspace_id}", Scope::none, api::public_keys},

    {"POST", "/v2/session", Scope::none, api::create_session},
    {"GET", "/v2/session", Scope::calls_read, api::get_session},
    {"DELETE", "/v2/session", Scope::calls_read, api::end_session},
    {"GET", "/v2/stream", Scope::calls_read, api::live_stream},

    {"POST", "/v2/inboxes", Scope::admin, api::create_inbox, {"inbox.create", "token"}},
    {"GET", "/v2/inboxes", Scope::calls_read, api::list_inboxes},
    {"GET", "/v2/inboxes/{token}", Scope::calls_read, api::get_inbox},
    {"PUT", "/v2/inboxes/{token}", Scope::admin, api::put_inbox, {"inbox.change", "token"}},
    {"DELETE", "/v2/inboxes/{token}", Scope::admin, api::delete_inbox, {"inbox.delete", "token"}},
    {"GET", "/v2/inboxes/{token}/requests", Scope::calls_read, api::list_inbox_requests},
    {"DELETE", "/v2/inboxes/{token}/requests", Scope::admin, api::clear_inbox, {"inbox.clear", "token"}},
    {"GET", "/v2/inboxes/{token}/requests.har", Scope::calls_read, api::inbox_har},
    {"GET", "/v2/inboxes/{token}/requests/{request_id}", Scope::calls_read, api::get_inbox_request},
    {"GET", "/v2/inboxes/{token}/requests/{request_id}/curl", Scope::calls_read, api::inbox_curl},
    {"POST", "/v2/inboxes/{token}/requests/{request_id}/answer", Scope::admin, api::answer_inbox_request},

    {"POST", "/v2/calls", Scope::calls_write, api::place_call},
    {"GET", "/v2/calls", Scope::calls_read, api::list_calls},
    {"POST", "/v2/calls/report", Scope::events_write, api::report_call},
    {"POST", "/v2/calls/inbound", Scope::events_write, api::announce_inbound},
    {"GET", "/v2/calls/{call_id}", Scope::calls_read, api::get_call},
    {"POST", "/v2/calls/{call_id}/events", Scope::events_write, api::report_events},
    {"POST", "/v2/calls/{call_id}/cancel", Scope::calls_write, api::cancel_call},
    {"POST", "/v2/calls/{call_id}/reanalyze", Scope::calls_write, api::reanalyze_call},
    {"GET", "/v2/calls/{call_id}/revisions", Scope::calls_read, api::list_revisions},
    {"POST", "/v2/calls/reanalyze", Scope::admin, api::start_reanalysis, {"reanalysis.create", "reanalysis_id"}},
    {"GET", "/v2/calls/reanalyze", Scope::calls_read, api::list_reanalyses},
    {"GET", "/v2/calls/reanalyze/{reanalysis_id}", Scope::calls_read, api::get_reanalysis},
    {"POST",
     "/v2/calls/reanalyze/{reanalysis_id}/pause",
     Scope::admin,
     api::pause_reanalysis,
     {"reanalysis.pause", "reanalysis_id"}},
    {"POST",
     "/v2/calls/reanalyze/{reanalysis_id}/resume",
     Scope::admin,
     api::resume_reanalysis,
     {"reanalysis.resume", "reanalysis_id"}},
    {"POST",
     "/v2/calls/reanalyze/{reanalysis_id}/cancel",
     Scope::admin,
     api::cancel_reanalysis,
     {"reanalysis.cancel", "reanalysis_id"}},

    {"GET", "/v2/analytics", Scope::calls_read, api::analytics},
    {"GET", "/v2/analytics/activity", Scope::calls_read, api::activity},
    {"GET", "/v2/logs", Scope::calls_read, api::list_logs},
    {"GET", "/v2/logs/{log_id}", Scope::calls_read, api::get_log},

    {"POST", "/v2/assistants", Scope::admin, api::create_agent, {"agent.create", "model_id"}},
    {"GET", "/v2/assistants", Scope::calls_read, api::list_agents},
    {"GET", "/v2/assistants/{model_id}", Scope::calls_read, api::get_agent},
    {"PUT", "/v2/assistants/{model_id}", Scope::admin, api::put_agent, {"agent.change", "model_id"}},
    {"DELETE", "/v2/assistants/{model_id}", Scope::admin, api::delete_agent, {"agent.delete", "model_id"}},
    {"GET", "/v2/assistants/{model_id}/webhook-schema.json", Scope::calls_read, api::agent_schema},

    {"POST", "/v2/actions", Scope::admin, api::create_action, {"action.create", "action_id"}},
    {"GET", "/v2/actions", Scope::calls_read, api::list_actions},
    {"POST", "/v2/actions/try", Scope::admin, api::try_action},
    {"POST", "/v2/actions/attach", Scope::admin, api::attach_actions, {"agent.attach", "model_id"}},
    {"POST", "/v2/actions/detach", Scope::admin, api::detach_actions, {"agent.detach", "model_id"}},
    {"GET", "/v2/actions/{action_id}", Scope::calls_read, api::get_action},
    {"PUT", "/v2/actions/{action_id}", Scope::admin, api::put_action, {"action.change", "action_id"}},
    {"DELETE", "/v2/actions/{action_id}", Scope::admin, api::delete_action, {"action.delete", "action_id"}},

    {"POST", "/v2/endpoints", Scope::admin, api::make_endpoint, {"endpoint.create", "endpoint_id"}},
    {"GET", "/v2/endpoints", Scope::calls_read, api::list_endpoints},
    {"GET", "/v2/endpoints/{endpoint_id}", Scope::calls_read, api::get_endpoint},
    {"PUT", "/v2/endpoints/{endpoint_id}", Scope::admin, api::put_endpoint, {"endpoint.change", "endpoint_id"}},
    {"DELETE", "/v2/endpoints/{endpoint_id}", Scope::admin, api::delete_endpoint, {"endpoint.delete", "endpoint_id"}},
    {"POST", "/v2/endpoints/{endpoint_id}/pause", Scope::admin, api::pause_endpoint, {"endpoint.pause", "endpoint_id"}},
    {"POST",
     "/v2/endpoints/{endpoint_id}/resume",
     Scope::admin,
     api::resume_endpoint,
     {"endpoint.resume", "endpoint_id"}},
    {"POST", "/v2/webhooks/test", Scope::admin, api::test_webhook, {"webhook.test", "webhook_id"}},

    {"POST", "/v2/logs/{log_id}/replay", Scope::admin, api::replay_log, {"log.replay", "log_id"}},
    {"POST", "/v2/logs/replay", Scope::admin, api::start_replay, {"replay.create", "replay_id"}},
    {"GET", "/v2/logs/replay", Scope::calls_read, api::list_replays},
    {"GET", "/v2/logs/replay/{replay_id}", Scope::calls_read, api::get_replay},
    {"POST", "/v2/logs/replay/{replay_id}/pause", Scope::admin, api::pause_replay, {"replay.pause", "replay_id"}},
    {"POST", "/v2/logs/replay/{replay_id}/resume", Scope::admin, api::resume_replay, {"replay.resume", "replay_id"}},
    {"POST", "/v2/logs/replay/{replay_id}/cancel", Scope::admin, api::cancel_replay, {"replay.cancel", "replay_id"}},

    {"POST", "/v2/webhook-secrets", Scope::admin, api::create_secret, {"secret.create", "secret_id"}},
    {"GET", "/v2/webhook-secrets", Scope::admin, api::list_secrets},
    {"POST",
     "/v2/webhook-secrets/{secret_id}/rotate",
     Scope::admin,
     api::rotate_secret,
     {"secret.rotate", "secret_id"}},
    {"DELETE", "/v2/webhook-secrets/{secret_id}", Scope::admin, api::revoke_secret, {"secret.revoke", "secret_id"}},

    {"POST", "/v2/keys", Scope::admin, api::create_api_key, {"key.create", "key_id"}},
    {"GET", "/v2/keys", Scope::admin, api::list_api_keys},
    {"DELETE", "/v2/keys/{key_id}", Scope::admin, api::revoke_api_key, {"key.revoke", "key_id"}},
    {"GET", "/v2/workspace", Scope::admin, api::get_workspace},
    {"PUT", "/v2/workspace", Scope::admin, api::put_workspace, {"workspace.change", "workspace_id"}},
    {"POST", "/v2/workspaces", Scope::admin, api::create_workspace, {"workspace.create", "workspace_id"}},
    {"GET", "/v2/workspaces", Scope::admin, api::list_workspaces},
    {"GET", "/v2/audit", Scope::admin, api::list_audit},
};

}  // namespace

void Api::add_routes() {
  for (const Route& route : kRoutes) router_.add(route.method, route.path, {route.handler, route.scope, route.audit});
}

}  // namespace wrapup
