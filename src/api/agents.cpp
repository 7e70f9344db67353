#include "api/handlers.hpp"
#include "model/agent.hpp"
#include "model/agent_schema.hpp"
#include "model/embedded.hpp"

namespace wrapup::api {

namespace {

void write_agent(JsonWriter& out, const Agent& agent) {
  out.begin_object();
  out.member("model_id", agent.agent_id).member("version", agent.version);
  for (const auto& [name, value] : agent.document) {
    if (name != "model_id" && name != "version") out.member(name, value);
  }
  out.key("actions").begin_array();
  for (const auto& action : agent.actions) {
    json::object entry = to_json(action);
    entry["type"] = to_string(action.type());
    entry["name"] = action.name();
    out.object(entry);
  }
  out.end_array().end_object();
}

// A document as a client sends it, or as it was given to a client before.
Result<Agent> read_document(const Services& services, json::object document) {
  document.erase("model_id");
  document.erase("version");
  auto agent = read_agent(std::move(document));
  if (!agent) return agent;
  const std::pair<const std::string*, const char*> urls[] = {{&agent->webhook_url, "/external_webhook_url"},
                                                             {&agent->inbound_url, "/inbound_call_webhook_url"},
                                                             {&agent->engine_url, "/agent/engine_url"}};
  for (const auto& [url, path] : urls) {
    if (auto fine = check_webhook_url(services, *url, path); !fine) return fail(std::move(fine.error()));
  }
  if (auto fine = check_webhook_url(services, agent->evaluation_model.base_url, "/agent/evaluation_model/base_url");
      !fine) {
    return fail(std::move(fine.error()));
  }
  return agent;
}

// Inline actions get ids of their own.
void name_actions(Services& services, Agent& agent) {
  for (auto& action : agent.actions) {
    if (action.action_id.empty()) action.action_id = new_id(services.clock, services.entropy);
  }
}

Result<std::string> store_agent(Services& services, Store& store, Agent agent) {
  name_actions(services, agent);
  for (const auto& action : agent.actions) {
    if (auto kept = store.put_action(agent.workspace_id, action, services.clock.now()); !kept)
      return fail(std::move(kept.error()));
  }
  auto version = store.put_agent(agent, services.clock.now());
  if (!version) return fail(std::move(version.error()));
  return envelope("success",
                  [&](JsonWriter& out) { out.member("model_id", agent.agent_id).member("version", *version); });
}

}  // namespace

Answer create_agent(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto document = request.object();
  if (!document) co_return fail(std::move(document.error()));
  auto agent = read_document(services, std::move(*document));
  if (!agent) co_return fail(std::move(agent.error()));
  agent->workspace_id = request.workspace_id;
  agent->agent_id = new_id(services.clock, services.entropy);
  co_return co_await write_once(services, request,
                                [&](Store& store) { return store_agent(services, store, std::move(*agent)); });
}

Answer list_agents(Services& services, const ApiRequest& request) {
  Query query(request.query);
  const auto limit = query.integer("limit", 1, 100).value_or(20);
  const auto offset = query.integer("offset", 0, INT64_MAX).value_or(0);
  if (auto fine = query.done(); !fine) co_return fail(std::move(fine.error()));
  auto page = co_await services.store.read(
      [&](Store& store) { return store.list_agents(request.workspace_id, limit, offset); });
  if (!page) co_return fail(std::move(page.error()));
  co_return json_reply(envelope("ok", [&](JsonWriter& out) {
    out.key("pagination").begin_object();
    out.member("total_records", page->first).member("limit", limit).member("offset", offset).end_object();
    out.key("assistants").begin_array();
    for (const auto& agent : page->second) write_agent(out, *agent);
    out.end_array();
  }));
}

Answer get_agent(Services& services, const ApiRequest& request) {
  Query query(request.query);
  query.text("include_actions");
  if (auto fine = query.done(); !fine) co_return fail(std::move(fine.error()));
  auto agent = co_await services.store.read(
      [&](Store& store) { return store.latest_agent(request.workspace_id, request.param("model_id")); });
  if (!agent) co_return fail(std::move(agent.error()));
  co_return json_reply(envelope("ok", [&](JsonWriter& out) {
    out.key("assistants").begin_array();
    write_agent(out, **agent);
    out.end_array();
  }));
}

// Changes only what is sent; an id that does not exist yet makes the agent.
Answer put_agent(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  const std::string agent_id = request.param("model_id");
  if (!is_uuid(agent_id)) {
    co_return fail(Code::invalid, "invalid_id",
                   "the id of an agent is a UUID, such as 019a0000-0000-7000-8000-000000000001");
  }
  auto change = request.object();
  if (!change) co_return fail(std::move(change.error()));
  co_return co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    auto known = store.latest_agent(request.workspace_id, agent_id);
    if (!known && known.error().code != Code::not_found) return fail(std::move(known.error()));
    json::object document = known ? merge_agent((*known)->document, *change) : *change;
    auto agent = read_document(services, std::move(document));
    if (!agent) return fail(std::move(agent.error()));
    if (known && !change->contains("actions")) agent->actions = (*known)->actions;
    agent->workspace_id = request.workspace_id;
    agent->agent_id = agent_id;
    return store_agent(services, store, std::move(*agent));
  });
}

Answer agent_schema(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto agent = co_await services.store.read(
      [&](Store& store) { return store.latest_agent(request.workspace_id, request.param("model_id")); });
  if (!agent) co_return fail(std::move(agent.error()));
  auto general = parse_json(model_file("schemas/post-call-webhook.schema.json").value_or(""));
  if (!general || !general->is_object())
    co_return fail(Code::internal, "internal_error", "the schema of the payload cannot be read");
  ServerReply reply = json_reply(to_text(agent_payload_schema(**agent, std::move(general->get_object()))));
  reply.content_type = "application/schema+json";
  co_return reply;
}

Answer delete_agent(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  co_return co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    auto gone = store.delete_agent(request.workspace_id, request.param("model_id"), services.clock.now());
    if (!gone) return fail(std::move(gone.error()));
    return envelope("success", [](JsonWriter& out) { out.member("answer", "ok"); });
  });
}

}  // namespace wrapup::api
