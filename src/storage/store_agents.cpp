#include "base/utf8.hpp"
#include "storage/store.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kKeptAgents = 2000;

Error action_not_found(const std::string& action_id) {
  return {Code::not_found,
          "action_not_found",
          "there is no action " + std::string(utf8_beginning(action_id, 100)) + " in this workspace",
          "",
          {}};
}

Error agent_not_found(const std::string& agent_id) {
  return {Code::not_found,
          "agent_not_found",
          "there is no agent " + std::string(utf8_beginning(agent_id, 100)) + " in this workspace",
          "",
          {}};
}

Result<std::shared_ptr<const Agent>> make_agent(const std::string& workspace_id, const std::string& agent_id,
                                                std::int64_t version, const std::string& document,
                                                const std::string& actions) {
  auto parsed = parse_json(document);
  auto listed = parse_json(actions);
  if (!parsed || !parsed->is_object() || !listed || !listed->is_array()) {
    return fail(Code::internal, "internal_error", "a stored agent is damaged", agent_id);
  }
  auto agent = read_agent(std::move(parsed->get_object()));
  if (!agent) return fail(Code::internal, "internal_error", "a stored agent is damaged", agent.error().message);
  agent->workspace_id = workspace_id;
  agent->agent_id = agent_id;
  agent->version = version;
  for (const auto& entry : listed->get_array()) {
    if (auto action = entry.is_object() ? action_from_json(entry.get_object()) : std::nullopt) {
      agent->actions.push_back(std::move(*action));
    }
  }
  return std::make_shared<const Agent>(std::move(*agent));
}

std::string actions_text(const Agent& agent) {
  json::array actions;
  for (const auto& action : agent.actions) actions.push_back(to_json(action));
  return to_text(actions);
}

}  // namespace

Result<std::int64_t> Store::put_agent(const Agent& agent, Timestamp now) {
  std::int64_t version = 0;
  auto counted = db_.run(
      "INSERT INTO agent (workspace_id, agent_id, version, created_at) VALUES ($1, $2, 1, $3) "
      "ON CONFLICT (workspace_id, agent_id) DO UPDATE SET version = agent.version + 1, deleted_at = NULL RETURNING "
      "version",
      {agent.workspace_id, agent.agent_id, now}, [&](const sql::Row& row) { version = row.integer(0); });
  if (!counted) return fail(counted.error());
  agents_.erase({agent.workspace_id, agent.agent_id, version});  // read in a transaction that was rolled back
  auto stored = db_.run(
      "INSERT INTO agent_version (workspace_id, agent_id, version, document, actions, created_at) VALUES ($1, $2, $3, "
      "$4, $5, $6)",
      {agent.workspace_id, agent.agent_id, version, to_text(agent.document), actions_text(agent), now});
  if (!stored) return fail(stored.error());
  return version;
}

Result<std::shared_ptr<const Agent>> Store::latest_agent(const std::string& workspace_id, const std::string& agent_id) {
  std::int64_t version = 0;
  auto read = db_.run("SELECT version FROM agent WHERE workspace_id = $1 AND agent_id = $2 AND deleted_at IS NULL",
                      {workspace_id, agent_id}, [&](const sql::Row& row) { version = row.integer(0); });
  if (!read) return fail(read.error());
  if (version == 0) return fail(agent_not_found(agent_id));
  return agent_version(workspace_id, agent_id, version);
}

Result<std::shared_ptr<const Agent>> Store::agent_version(const std::string& workspace_id, const std::string& agent_id,
                                                          std::int64_t version) {
  const AgentKey key(workspace_id, agent_id, version);
  if (const auto known = agents_.find(key); known != agents_.end()) return known->second;
  std::string document;
  std::string actions;
  auto read =
      db_.run("SELECT document, actions FROM agent_version WHERE workspace_id = $1 AND agent_id = $2 AND version = $3",
              {workspace_id, agent_id, version}, [&](const sql::Row& row) {
                document = row.text(0);
                actions = row.text(1);
              });
  if (!read) return fail(read.error());
  if (document.empty()) return fail(agent_not_found(agent_id));
  auto agent = make_agent(workspace_id, agent_id, version, document, actions);
  if (!agent) return agent;
  if (agents_.size() >= kKeptAgents) agents_.clear();
  agents_.emplace(key, *agent);
  return agent;
}

Result<std::pair<std::int64_t, std::vector<std::shared_ptr<const Agent>>>> Store::list_agents(
    const std::string& workspace_id, std::int64_t limit, std::int64_t offset) {
  std::pair<std::int64_t, std::vector<std::shared_ptr<const Agent>>> page;
  auto counted = db_.run("SELECT count(*) FROM agent WHERE workspace_id = $1 AND deleted_at IS NULL", {workspace_id},
                         [&](const sql::Row& row) { page.first = row.integer(0); });
  if (!counted) return fail(counted.error());
  std::vector<std::pair<std::string, std::int64_t>> ids;
  auto read = db_.run(
      "SELECT agent_id, version FROM agent WHERE workspace_id = $1 AND deleted_at IS NULL "
      "ORDER BY created_at DESC, agent_id DESC LIMIT $2 OFFSET $3",
      {workspace_id, limit, offset}, [&](const sql::Row& row) { ids.emplace_back(row.text(0), row.integer(1)); });
  if (!read) return fail(read.error());
  for (const auto& [agent_id, version] : ids) {
    auto agent = agent_version(workspace_id, agent_id, version);
    if (!agent) return fail(agent.error());
    page.second.push_back(std::move(*agent));
  }
  return page;
}

Status Store::delete_agent(const std::string& workspace_id, const std::string& agent_id, Timestamp now) {
  auto changed =
      db_.run("UPDATE agent SET deleted_at = $1 WHERE workspace_id = $2 AND agent_id = $3 AND deleted_at IS NULL",
              {now, workspace_id, agent_id});
  if (!changed) return fail(changed.error());
  if (*changed == 0) return fail(agent_not_found(agent_id));
  return {};
}

Status Store::put_action(const std::string& workspace_id, const Action& action, Timestamp now) {
  auto stored = db_.run(
      "INSERT INTO action (workspace_id, action_id, document, created_at) VALUES ($1, $2, $3, $4) "
      "ON CONFLICT (workspace_id, action_id) DO UPDATE SET document = excluded.document",
      {workspace_id, action.action_id, to_text(to_json(action)), now});
  if (!stored) return fail(stored.error());
  return {};
}

Status Store::delete_action(const std::string& workspace_id, const std::string& action_id) {
  auto gone = db_.run("DELETE FROM action WHERE workspace_id = $1 AND action_id = $2", {workspace_id, action_id});
  if (!gone) return fail(gone.error());
  if (*gone == 0) return fail(action_not_found(action_id));
  return {};
}

Result<Action> Store::get_action(const std::string& workspace_id, const std::string& action_id) {
  std::string document;
  auto read = db_.run("SELECT document FROM action WHERE workspace_id = $1 AND action_id = $2",
                      {workspace_id, action_id}, [&](const sql::Row& row) { document = row.text(0); });
  if (!read) return fail(read.error());
  if (document.empty()) return fail(action_not_found(action_id));
  auto parsed = parse_json(document);
  auto action = parsed && parsed->is_object() ? action_from_json(parsed->get_object()) : std::nullopt;
  if (!action) return fail(Code::internal, "internal_error", "a stored action is damaged", action_id);
  return std::move(*action);
}

Result<std::pair<std::int64_t, std::vector<Action>>> Store::list_actions(const std::string& workspace_id,
                                                                         std::int64_t limit, std::int64_t offset) {
  std::pair<std::int64_t, std::vector<Action>> page;
  auto counted = db_.run("SELECT count(*) FROM action WHERE workspace_id = $1", {workspace_id},
                         [&](const sql::Row& row) { page.first = row.integer(0); });
  if (!counted) return fail(counted.error());
  std::vector<std::string> ids;
  auto read = db_.run("SELECT action_id FROM action WHERE workspace_id = $1 ORDER BY action_id DESC LIMIT $2 OFFSET $3",
                      {workspace_id, limit, offset}, [&](const sql::Row& row) { ids.emplace_back(row.text(0)); });
  if (!read) return fail(read.error());
  for (const auto& id : ids) {
    auto action = get_action(workspace_id, id);
    if (!action) return fail(action.error());
    page.second.push_back(std::move(*action));
  }
  return page;
}

}  // namespace wrapup
