#include <algorithm>

#include "api/handlers.hpp"
#include "base/utf8.hpp"
#include "model/action.hpp"

namespace wrapup::api {

namespace {

void write_action(JsonWriter& out, const Action& action) {
  out.begin_object();
  out.member("action_id", action.action_id);
  out.key("action_type").string(to_string(action.type()));
  out.member("name", action.name()).member("description", "");
  out.member("parameters_hard_coded", hard_coded_parameters(action));
  out.end_object();
}

struct Attachment {
  std::string model_id;
  std::vector<std::string> action_ids;
};

// {model_id, actions: [id]} or {model_id, items: [{action_id, …}]}.
Result<Attachment> read_attachment(const json::object& body) {
  std::vector<FieldError> errors;
  Fields fields(body, "", errors);
  Attachment out;
  out.model_id = fields.required_text("model_id", 200).value_or("");
  const auto* actions = fields.array("actions", 200);
  const auto* items = fields.array("items", 200);
  fields.done();
  if (!actions && !items) fields.wrong("actions", "is required: an array of action ids");
  for (const auto& id : actions ? *actions : json::array()) {
    if (!id.is_string()) {
      fields.wrong("actions", "must be an array of action ids");
      break;
    }
    out.action_ids.emplace_back(id.get_string());
  }
  for (const auto& item : items ? *items : json::array()) {
    const auto* object = item.if_object();
    const auto* id = object ? object->if_contains("action_id") : nullptr;
    if (!id || !id->is_string()) {
      fields.wrong("items", "each element must be an object with an action_id");
      break;
    }
    out.action_ids.emplace_back(id->get_string());
  }
  if (!errors.empty()) return fail(invalid_fields(std::move(errors)));
  return out;
}

using Change = std::function<Status(Store&, Agent&, const std::vector<std::string>&)>;

// A changed set of actions is a new version of the agent.
Answer change_actions(Services& services, const ApiRequest& request, Change change) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto body = request.object();
  if (!body) co_return fail(std::move(body.error()));
  auto wanted = read_attachment(*body);
  if (!wanted) co_return fail(std::move(wanted.error()));
  co_return co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    auto known = store.latest_agent(request.workspace_id, wanted->model_id);
    if (!known) return fail(std::move(known.error()));
    Agent agent = **known;
    if (auto changed = change(store, agent, wanted->action_ids); !changed) return fail(std::move(changed.error()));
    if (auto stored = store.put_agent(agent, services.clock.now()); !stored) return fail(std::move(stored.error()));
    return envelope("success", [](JsonWriter&) {});
  });
}

Status identifier_free(const Agent& agent, const Action& action) {
  const bool taken = std::any_of(agent.actions.begin(), agent.actions.end(), [&](const Action& known) {
    return known.name() == action.name() && known.action_id != action.action_id;
  });
  if (!taken) return {};
  return fail(Code::conflict, "identifier_taken",
              "the agent " + agent.agent_id + " has another action with the identifier \"" + action.identifier() +
                  "\"; detach that one first");
}

// A new version of every agent that has the action. Returns how many there are.
Result<std::int64_t> change_holders(Store& store, const std::string& workspace_id, const std::string& action_id,
                                    Timestamp now, const std::function<Status(Agent&)>& change) {
  constexpr std::int64_t kPage = 100;
  std::vector<std::shared_ptr<const Agent>> holders;
  for (std::int64_t offset = 0;; offset += kPage) {
    auto page = store.list_agents(workspace_id, kPage, offset);
    if (!page) return fail(std::move(page.error()));
    std::copy_if(page->second.begin(), page->second.end(), std::back_inserter(holders), [&](const auto& agent) {
      return std::any_of(agent->actions.begin(), agent->actions.end(),
                         [&](const Action& action) { return action.action_id == action_id; });
    });
    if (static_cast<std::int64_t>(page->second.size()) < kPage) break;
  }
  for (const auto& holder : holders) {
    Agent agent = *holder;
    if (auto changed = change(agent); !changed) return fail(std::move(changed.error()));
    if (auto stored = store.put_agent(agent, now); !stored) return fail(std::move(stored.error()));
  }
  return static_cast<std::int64_t>(holders.size());
}

Status attach(Store& store, Agent& agent, const std::vector<std::string>& ids) {
  for (const auto& id : ids) {
    auto action = store.get_action(agent.workspace_id, id);
    if (!action) return fail(std::move(action.error()));
    std::erase_if(agent.actions, [&](const Action& known) { return known.action_id == id; });
    if (auto free = identifier_free(agent, *action); !free) return free;
    agent.actions.push_back(std::move(*action));
  }
  return {};
}

Status detach(Store&, Agent& agent, const std::vector<std::string>& ids) {
  for (const auto& id : ids) {
    const auto gone = std::erase_if(agent.actions, [&](const Action& known) { return known.action_id == id; });
    if (gone == 0)
      return fail(Code::not_found, "action_not_found",
                  "the agent has no action " + std::string(utf8_beginning(id, 100)));
  }
  return {};
}

}  // namespace

Answer create_action(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto body = request.object();
  if (!body) co_return fail(std::move(body.error()));
  std::vector<FieldError> errors;
  auto action = read_action(*body, "", errors);
  if (!action) co_return fail(invalid_fields(std::move(errors)));
  action->action_id = new_id(services.clock, services.entropy);
  co_return co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    if (auto kept = store.put_action(request.workspace_id, *action, services.clock.now()); !kept)
      return fail(std::move(kept.error()));
    return envelope("success", [&](JsonWriter& out) {
      const bool extractor = action->type() == ActionType::information_extractor;
      out.member("action_id", action->action_id)
          .member("action_type", extractor ? "Information Extractor" : "Custom Evaluation");
      out.member("name", action->name()).key("prompt_variables").begin_array().end_array();
    });
  });
}

Answer list_actions(Services& services, const ApiRequest& request) {
  Query query(request.query);
  const auto limit = query.integer("limit", 1, 100).value_or(20);
  const auto offset = query.integer("offset", 0, INT64_MAX).value_or(0);
  if (auto fine = query.done(); !fine) co_return fail(std::move(fine.error()));
  auto page = co_await services.store.read(
      [&](Store& store) { return store.list_actions(request.workspace_id, limit, offset); });
  if (!page) co_return fail(std::move(page.error()));
  co_return json_reply(envelope("ok", [&](JsonWriter& out) {
    out.key("pagination").begin_object();
    out.member("total_records", page->first).member("limit", limit).member("offset", offset).end_object();
    out.key("actions").begin_array();
    for (const auto& action : page->second) write_action(out, action);
    out.end_array();
  }));
}

Answer get_action(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto action = co_await services.store.read(
      [&](Store& store) { return store.get_action(request.workspace_id, request.param("action_id")); });
  if (!action) co_return fail(std::move(action.error()));
  co_return json_reply(envelope("ok", [&](JsonWriter& out) {
    out.key("actions").begin_array();
    write_action(out, *action);
    out.end_array();
  }));
}

// Agents that have it get a new version; calls under way keep theirs.
Answer put_action(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto body = request.object();
  if (!body) co_return fail(std::move(body.error()));
  std::vector<FieldError> errors;
  auto action = read_action(*body, "", errors);
  if (!action) co_return fail(invalid_fields(std::move(errors)));
  action->action_id = request.param("action_id");
  co_return co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    const Timestamp now = services.clock.now();
    auto known = store.get_action(request.workspace_id, action->action_id);
    if (!known) return fail(std::move(known.error()));
    if (auto kept = store.put_action(request.workspace_id, *action, now); !kept) return fail(std::move(kept.error()));
    auto changed = change_holders(store, request.workspace_id, action->action_id, now, [&](Agent& agent) -> Status {
      if (auto free = identifier_free(agent, *action); !free) return free;
      for (auto& each : agent.actions) {
        if (each.action_id == action->action_id) each = *action;
      }
      return {};
    });
    if (!changed) return fail(std::move(changed.error()));
    return envelope("success", [&](JsonWriter& out) {
      out.member("action_id", action->action_id).member("name", action->name()).member("assistants_changed", *changed);
    });
  });
}

// Taken away from the agents that have it.
Answer delete_action(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  const std::string& action_id = request.param("action_id");
  co_return co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    if (auto gone = store.delete_action(request.workspace_id, action_id); !gone) return fail(std::move(gone.error()));
    auto changed =
        change_holders(store, request.workspace_id, action_id, services.clock.now(), [&](Agent& agent) -> Status {
          std::erase_if(agent.actions, [&](const Action& known) { return known.action_id == action_id; });
          return {};
        });
    if (!changed) return fail(std::move(changed.error()));
    return envelope("success",
                    [&](JsonWriter& out) { out.member("answer", "ok").member("assistants_changed", *changed); });
  });
}

Answer attach_actions(Services& services, const ApiRequest& request) {
  return change_actions(services, request, attach);
}

Answer detach_actions(Services& services, const ApiRequest& request) {
  return change_actions(services, request, detach);
}

}  // namespace wrapup::api
