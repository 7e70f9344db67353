#include <fmt/format.h>

#include "app/attempt_text.hpp"
#include "app/attempt_watch.hpp"
#include "app/call_text.hpp"
#include "app/commands_remote.hpp"
#include "app/json_at.hpp"
#include "app/safe_text.hpp"

namespace wrapup {

namespace {

constexpr Duration kLook = 150 * kMillisecond;

/// "name=value" pairs as an object. Nothing when one has no "=".
std::optional<json::object> pairs_of(const std::vector<std::string>& texts) {
  json::object pairs;
  for (const auto& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) return std::nullopt;
    pairs[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return pairs;
}

/// The one that is named, or the only one there is.
Result<std::string> agent_of(RemoteContext& context, const std::string& named) {
  if (!named.empty()) return named;
  const auto page = context.remote.get(path_with("/v2/assistants", {{"limit", "2"}}));
  if (!page) return fail(page.error());
  const json::array& agents = array_at(page->response, "assistants");
  if (agents.size() == 1) return text_at(agents.front(), "model_id");
  return fail(Code::invalid, "wrong_argument",
              agents.empty() ? "there is no agent yet: make one (POST /v2/assistants, docs/quick-start.md)"
                             : "there is more than one agent: say which one with --agent ID");
}

Result<json::object> call_body(RemoteContext& context, const CallOptions& options) {
  auto agent = agent_of(context, options.agent);
  if (!agent) return fail(agent.error());
  json::object body{{"model_id", *agent}, {"phone", options.phone}, {"name", options.name}};
  if (!options.url.empty()) body["external_webhook_url"] = options.url;
  if (!options.external_id.empty()) body["external_id"] = options.external_id;
  if (!options.greeting.empty()) body["greeting"] = options.greeting;
  const auto variables = pairs_of(options.variables);
  const auto metadata = pairs_of(options.metadata);
  if (!variables || !metadata)
    return fail(Code::invalid, "wrong_argument", "--variable and --metadata are written as name=value");
  if (!variables->empty()) body["custom_variables"] = *variables;
  if (!metadata->empty()) body["metadata"] = *metadata;
  return body;
}

/// Prints what is new of the call; the call as it stands.
Result<json::object> look_at(RemoteContext& context, const std::string& id, std::string& status) {
  auto answer = context.remote.get("/v2/calls" + in_path(id));
  if (!answer) return fail(std::move(answer.error()));
  const json::array& calls = array_at(answer->response, "calls");
  static const json::value kNothing;
  json::object call = as_object(calls.empty() ? kNothing : calls.front());
  if (const std::string now = text_at(call, "status"); now != status) {
    status = now;
    if (!context.json) print_out(safe_line(now) + "\n");
  }
  return call;
}

/// The attempts that came since, oldest first; true when the webhook is delivered.
Result<bool> show_attempts(RemoteContext& context, const std::string& call_id, std::size_t& shown) {
  const auto page = context.remote.get(
      path_with("/v2/logs", {{"call_id", call_id}, {"event_type", "call.completed"}, {"page_size", "100"}}));
  if (!page) return fail(page.error());
  const json::array& items = array_at(page->response, "items");
  bool delivered = false;
  for (; shown < items.size(); ++shown) {
    const std::string id = text_at(items[items.size() - 1 - shown], "webhook_log_id");
    const auto attempt = context.remote.get("/v2/logs" + in_path(id));
    if (!attempt) return fail(attempt.error());
    delivered = delivered || succeeded(attempt->response);
    if (context.json) {
      print_json(context, attempt->text);
    } else {
      print_out(outcome_text(attempt->response, context.look));
    }
  }
  return delivered;
}

}  // namespace

int call_command(RemoteContext& context, const CallOptions& options) {
  const auto body = call_body(context, options);
  if (!body) return report_remote(body.error());
  const auto placed = context.remote.send("POST", "/v2/calls", *body);
  if (!placed) return report_remote(placed.error());
  const std::string id = text_at(placed->response, "call_id");
  if (context.json) print_json(context, placed->text);
  if (!context.json) print_out("Call " + safe_line(id) + "\n");
  if (options.no_wait) return kDone;
  context.remote.catch_interrupt();
  const Timestamp until = context.remote.now() + options.patience_s * kSecond;
  std::string status;
  std::size_t shown = 0;
  while (context.remote.now() < until && !context.remote.interrupted()) {
    const auto call = look_at(context, id, status);
    if (!call) return report_remote(call.error());
    const bool evaluated = whole_at(*call, "revision") > 0;
    if (evaluated && text_at(*call, "external_webhook_url").empty()) {
      print_hint("It names no webhook URL: nothing is sent. Everything of it: wrapup calls show " + id_word(id));
      return kDone;
    }
    const auto delivered = evaluated ? show_attempts(context, id, shown) : Result<bool>(false);
    if (!delivered) return report_remote(delivered.error());
    if (*delivered) {
      print_hint("Everything of the call: wrapup calls show " + id_word(id));
      return kDone;
    }
    context.remote.wait(kLook);
  }
  if (context.remote.interrupted()) return kInterrupted;
  print_hint(fmt::format("Not delivered within {} s; it goes on without this command: wrapup logs --follow --call {}",
                         options.patience_s, id_word(id)));
  return kFailed;
}

}  // namespace wrapup
