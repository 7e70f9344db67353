#include "app/attempt_watch.hpp"
#include "app/commands_remote.hpp"

namespace wrapup {

int trigger_command(RemoteContext& context, const TriggerOptions& options) {
  json::object body{{"url", options.url}};
  if (!options.status.empty()) body["status"] = options.status;
  if (!options.reason.empty()) body["end_call_reason"] = options.reason;
  if (!options.agent.empty()) body["model_id"] = options.agent;
  const auto accepted = context.remote.send("POST", "/v2/webhooks/test", body);
  if (!accepted) return report_remote(accepted.error());
  return watch_delivery(context, *accepted);
}

}  // namespace wrapup
