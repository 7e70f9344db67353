// One handler a route; the files are named by noun. A handler returns the answer, or an Error that `problem` turns into
// one.
#pragma once

#include "api/context.hpp"

namespace wrapup::api {

using Answer = Task<Result<ServerReply>>;

/// Of a key, as a member "scopes" (keys.cpp).
void write_scopes(JsonWriter& out, const Scopes& scopes);

// docs.cpp
Answer docs_index(Services&, const ApiRequest&);
Answer docs_page(Services&, const ApiRequest&);

// sessions.cpp
Answer create_session(Services&, const ApiRequest&);
Answer get_session(Services&, const ApiRequest&);
Answer end_session(Services&, const ApiRequest&);

// stream.cpp
Answer live_stream(Services&, const ApiRequest&);

// receive.cpp
/// Whatever comes to a path that begins with /in/.
Answer receive(Services&, const ServerRequest&);
/// Writes down what somebody else answered to a request.
Task<void> note_answered(Services&, const InboxRequest&, int status);

// inboxes.cpp
Answer create_inbox(Services&, const ApiRequest&);
Answer list_inboxes(Services&, const ApiRequest&);
Answer get_inbox(Services&, const ApiRequest&);
Answer put_inbox(Services&, const ApiRequest&);
Answer delete_inbox(Services&, const ApiRequest&);

// inbox_requests.cpp
Answer list_inbox_requests(Services&, const ApiRequest&);
Answer get_inbox_request(Services&, const ApiRequest&);
Answer clear_inbox(Services&, const ApiRequest&);
Answer inbox_har(Services&, const ApiRequest&);
Answer inbox_curl(Services&, const ApiRequest&);
Answer answer_inbox_request(Services&, const ApiRequest&);

// agents.cpp
Answer create_agent(Services&, const ApiRequest&);
Answer list_agents(Services&, const ApiRequest&);
Answer get_agent(Services&, const ApiRequest&);
Answer put_agent(Services&, const ApiRequest&);
Answer delete_agent(Services&, const ApiRequest&);
Answer agent_schema(Services&, const ApiRequest&);

// actions.cpp
Answer create_action(Services&, const ApiRequest&);
Answer list_actions(Services&, const ApiRequest&);
Answer get_action(Services&, const ApiRequest&);
Answer put_action(Services&, const ApiRequest&);
Answer delete_action(Services&, const ApiRequest&);
Answer attach_actions(Services&, const ApiRequest&);
Answer detach_actions(Services&, const ApiRequest&);

// try_action.cpp
Answer try_action(Services&, const ApiRequest&);

// calls.cpp
Answer place_call(Services&, const ApiRequest&);
Answer report_call(Services&, const ApiRequest&);
Answer report_events(Services&, const ApiRequest&);
Answer cancel_call(Services&, const ApiRequest&);
Answer list_calls(Services&, const ApiRequest&);
Answer get_call(Services&, const ApiRequest&);

// revisions.cpp
Answer reanalyze_call(Services&, const ApiRequest&);
Answer list_revisions(Services&, const ApiRequest&);

// reanalyses.cpp
Answer start_reanalysis(Services&, const ApiRequest&);
Answer list_reanalyses(Services&, const ApiRequest&);
Answer get_reanalysis(Services&, const ApiRequest&);
Answer pause_reanalysis(Services&, const ApiRequest&);
Answer resume_reanalysis(Services&, const ApiRequest&);
Answer cancel_reanalysis(Services&, const ApiRequest&);

// inbound.cpp
Answer announce_inbound(Services&, const ApiRequest&);

// analytics.cpp
Answer analytics(Services&, const ApiRequest&);
Answer activity(Services&, const ApiRequest&);

// console.cpp
Answer console_index(Services&, const ApiRequest&);
Answer console_asset(Services&, const ApiRequest&);

// endpoints.cpp
Answer make_endpoint(Services&, const ApiRequest&);
Answer list_endpoints(Services&, const ApiRequest&);
Answer get_endpoint(Services&, const ApiRequest&);
Answer put_endpoint(Services&, const ApiRequest&);
Answer delete_endpoint(Services&, const ApiRequest&);
Answer pause_endpoint(Services&, const ApiRequest&);
Answer resume_endpoint(Services&, const ApiRequest&);

// replays.cpp
Answer replay_log(Services&, const ApiRequest&);
Answer start_replay(Services&, const ApiRequest&);
Answer list_replays(Services&, const ApiRequest&);
Answer get_replay(Services&, const ApiRequest&);
Answer pause_replay(Services&, const ApiRequest&);
Answer resume_replay(Services&, const ApiRequest&);
Answer cancel_replay(Services&, const ApiRequest&);

// webhooks.cpp
Answer test_webhook(Services&, const ApiRequest&);

// workspaces.cpp
Answer get_workspace(Services&, const ApiRequest&);
Answer put_workspace(Services&, const ApiRequest&);
Answer create_workspace(Services&, const ApiRequest&);
Answer list_workspaces(Services&, const ApiRequest&);

// keys.cpp
Answer create_api_key(Services&, const ApiRequest&);
Answer list_api_keys(Services&, const ApiRequest&);
Answer revoke_api_key(Services&, const ApiRequest&);

// audit.cpp
Answer list_audit(Services&, const ApiRequest&);

// logs.cpp
Answer list_logs(Services&, const ApiRequest&);
Answer get_log(Services&, const ApiRequest&);

// secrets.cpp
Answer create_secret(Services&, const ApiRequest&);
Answer list_secrets(Services&, const ApiRequest&);
Answer rotate_secret(Services&, const ApiRequest&);
Answer revoke_secret(Services&, const ApiRequest&);
Answer public_keys(Services&, const ApiRequest&);

// system.cpp
Answer health(Services&, const ApiRequest&);
Answer ready(Services&, const ApiRequest&);
Answer metrics(Services&, const ApiRequest&);
Answer schemas(Services&, const ApiRequest&);
Answer schema(Services&, const ApiRequest&);
Answer openapi(Services&, const ApiRequest&);
Answer asyncapi(Services&, const ApiRequest&);

}  // namespace wrapup::api
