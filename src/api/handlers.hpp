// One handler a route; the files are named by noun. A handler returns the answer, or an Error that `problem` turns into
// one.
#pragma once

#include "api/context.hpp"

namespace wrapup::api {

using Answer = Task<Result<ServerReply>>;

// agents.cpp
Answer create_agent(Services&, const ApiRequest&);
Answer list_agents(Services&, const ApiRequest&);
Answer get_agent(Services&, const ApiRequest&);
Answer put_agent(Services&, const ApiRequest&);
Answer delete_agent(Services&, const ApiRequest&);

// actions.cpp
Answer create_action(Services&, const ApiRequest&);
Answer list_actions(Services&, const ApiRequest&);
Answer get_action(Services&, const ApiRequest&);
Answer attach_actions(Services&, const ApiRequest&);
Answer detach_actions(Services&, const ApiRequest&);

// calls.cpp
Answer place_call(Services&, const ApiRequest&);
Answer report_call(Services&, const ApiRequest&);
Answer report_events(Services&, const ApiRequest&);
Answer cancel_call(Services&, const ApiRequest&);
Answer list_calls(Services&, const ApiRequest&);
Answer get_call(Services&, const ApiRequest&);

// logs.cpp
Answer list_logs(Services&, const ApiRequest&);
Answer get_log(Services&, const ApiRequest&);

// system.cpp
Answer health(Services&, const ApiRequest&);
Answer ready(Services&, const ApiRequest&);
Answer metrics(Services&, const ApiRequest&);
Answer payload_schema(Services&, const ApiRequest&);

}  // namespace wrapup::api
