#include "model/agent.hpp"

#include <algorithm>

#include "base/fields.hpp"
#include "base/time.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kMaxActions = 200;

void read_reasons(Fields& agent, std::vector<FieldError>& errors, std::vector<std::string>& out) {
  const auto* v1 = agent.array("end_call_reasons", 200);
  const auto* v2 = agent.array("end_call_reasons_v2", 200);
  if (v1) {
    for (const auto& reason : *v1) {
      if (!reason.is_string()) {
        agent.wrong("end_call_reasons", "must be an array of strings");
        return;
      }
      if (!v2) out.emplace_back(reason.get_string());
    }
  }
  if (!v2) return;
  for (std::size_t i = 0; i < v2->size(); ++i) {
    const std::string path = agent.path_of("end_call_reasons_v2") + "/" + std::to_string(i);
    const auto* entry = (*v2)[i].if_object();
    if (!entry) {
      errors.push_back({path, "must be an object {reason, closing_message_mode, closing_message}"});
      continue;
    }
    Fields fields(*entry, path, errors);
    out.push_back(fields.required_text("reason", 1000).value_or(""));
    const auto mode = fields.text("closing_message_mode", 100);
    if (mode && *mode != "static" && *mode != "prompt" && *mode != "none") {
      fields.wrong("closing_message_mode", "must be static, prompt or none");
    }
    fields.text("closing_message");
  }
}

void read_variables(Fields& agent, std::vector<FieldError>& errors, std::vector<DeclaredVariable>& out) {
  const auto* array = agent.array("variables", 500);
  if (!array) return;
  for (std::size_t i = 0; i < array->size(); ++i) {
    const std::string path = agent.path_of("variables") + "/" + std::to_string(i);
    const auto* entry = (*array)[i].if_object();
    if (!entry) {
      errors.push_back({path, "must be an object {name, type, description, required}"});
      continue;
    }
    Fields fields(*entry, path, errors);
    DeclaredVariable variable;
    variable.name = fields.required_text("name", 200).value_or("");
    variable.type = fields.text("type", 20).value_or("");
    if (!variable.type.empty() && variable.type != "string" && variable.type != "number" &&
        variable.type != "boolean") {
      fields.wrong("type", "must be string, number or boolean");
    }
    variable.description = fields.text("description").value_or("");
    variable.required = fields.boolean("required").value_or(false);
    variable.system = fields.boolean("system").value_or(false);
    out.push_back(std::move(variable));
  }
}

// The name of a model, or {model, base_url}.
void read_evaluation_model(Fields& agent, std::vector<FieldError>& errors, ModelChoice& out) {
  const auto* given = agent.find("evaluation_model");
  if (!given) return;
  if (given->is_string()) {
    out.model = agent.text("evaluation_model", 200, 1).value_or("");
    return;
  }
  if (!given->is_object()) {
    agent.wrong("evaluation_model", "must be a model's name, \"rules\", or an object {model, base_url}");
    return;
  }
  Fields fields(given->get_object(), agent.path_of("evaluation_model"), errors);
  out.model = fields.required_text("model", 200).value_or("");
  out.base_url = fields.text("base_url", 2048).value_or("");
  while (out.base_url.ends_with('/')) out.base_url.pop_back();
  fields.done();
}

// true: every kind; {"kinds": [...]}: those.
PiiSet read_redaction(Fields& agent, std::vector<FieldError>& errors) {
  const auto* value = agent.find("redact_pii");
  if (!value) return 0;
  if (value->is_bool()) return value->get_bool() ? kAllPii : PiiSet{0};
  const auto* object = value->if_object();
  if (!object) {
    agent.wrong("redact_pii", "must be true, false or {\"kinds\": [...]}");
    return 0;
  }
  Fields choice(*object, agent.path_of("redact_pii"), errors);
  choice.require("kinds");
  PiiSet set = 0;
  if (const auto* kinds = choice.array("kinds", kPiiKinds)) {
    for (const auto& kind : *kinds) {
      const auto known = kind.is_string() ? pii_from(kind.get_string()) : std::nullopt;
      if (!known) {
        choice.wrong("kinds", "must hold only card, expiry, cvv, ssn, iban, name, email, phone, address");
        break;
      }
      set |= pii_bit(*known);
    }
    if (kinds->empty()) choice.wrong("kinds", "must not be empty; leave redact_pii out, or give false");
  }
  choice.done();
  return set;
}

void read_inner(const json::object& body, std::vector<FieldError>& errors, Agent& agent) {
  Fields fields(body, "/agent", errors);
  agent.prompt = fields.text("prompt", 500'000).value_or("");
  if (auto zone = fields.text("timezone", 100)) {
    if (!is_time_zone(*zone)) fields.wrong("timezone", "must be an IANA time zone, such as Europe/Berlin");
    agent.timezone = std::move(*zone);
  }
  read_reasons(fields, errors, agent.end_call_reasons);
  read_variables(fields, errors, agent.variables);
  agent.transcript_disabled = fields.boolean("is_transcript_disabled").value_or(false);
  agent.redact = read_redaction(fields, errors);
  read_evaluation_model(fields, errors, agent.evaluation_model);
  agent.send_revisions = fields.boolean("send_revisions").value_or(false);
  if (const auto engine = fields.text("engine", 100)) {
    if (*engine != "simulator" && *engine != "none" && *engine != "relay") {
      fields.wrong(
          "engine",
          "must be simulator (built in), relay (an engine of yours is told of each call at engine_url) or none "
          "(an engine of yours reports calls that it makes)");
    }
    if (*engine == "none") agent.engine = EngineKind::none;
    if (*engine == "relay") agent.engine = EngineKind::relay;
  }
  agent.engine_url = fields.text("engine_url", 4096).value_or("");
  if (agent.engine == EngineKind::relay && agent.engine_url.empty())
    fields.wrong("engine_url", "is required with the engine relay: where calls are handed over");
}

void read_max_duration(Fields& fields, std::vector<FieldError>& errors, Agent& agent) {
  const auto* limit = fields.object("max_duration");
  if (!limit) return;
  Fields inner(*limit, "/max_duration", errors);
  const auto seconds = inner.integer("duration_seconds", 1, 7 * 24 * 3600);
  if (inner.boolean("is_enabled").value_or(true)) agent.max_duration_s = seconds;
}

void read_actions(Fields& fields, std::vector<FieldError>& errors, std::vector<Action>& out) {
  const auto* array = fields.array("actions", kMaxActions);
  if (!array) return;
  for (std::size_t i = 0; i < array->size(); ++i) {
    const std::string path = "/actions/" + std::to_string(i);
    const auto* entry = (*array)[i].if_object();
    if (!entry) {
      errors.push_back({path, "must be an action: {\"type\", \"name\", \"<TYPE>\": {…}}"});
      continue;
    }
    auto action = read_action(*entry, path, errors, {"type", "name", "action_id"});
    if (!action) continue;
    const auto* type = entry->if_contains("type");
    if (type && *type != json::value(to_string(action->type()))) {
      errors.push_back(
          {path + "/type", "must be " + std::string(to_string(action->type())) + ", as the member beside it"});
    }
    const bool twice =
        std::any_of(out.begin(), out.end(), [&](const Action& known) { return known.name() == action->name(); });
    if (twice) errors.push_back({path, "has the identifier of an action before it; identifiers must differ"});
    if (const auto* id = entry->if_contains("action_id"); id && id->is_string()) action->action_id = id->get_string();
    out.push_back(std::move(*action));
  }
}

}  // namespace

Result<Agent> read_agent(json::object document) {
  std::vector<FieldError> errors;
  Agent agent;
  {
    Fields fields(document, "", errors);
    agent.type = fields.required_text("type", 100).value_or("");
    if (!agent.type.empty() && agent.type != "inbound" && agent.type != "outbound" && agent.type != "widget") {
      fields.wrong("type", "must be inbound, outbound or widget");
    }
    agent.name = fields.required_text("name", 1000).value_or("");
    agent.webhook_url = fields.text("external_webhook_url", 4096).value_or("");
    agent.inbound_url = fields.text("inbound_call_webhook_url", 4096).value_or("");
    agent.default_agent = fields.text("default_agent", 200).value_or("");
    for (const char* name : {"end_call_reasons", "end_call_reasons_v2"}) {
      if (fields.find(name))
        fields.wrong(name, "belongs inside \"agent\": {\"agent\": {\"" + std::string(name) + "\": [...]}}");
    }
    read_max_duration(fields, errors, agent);
    if (fields.require("agent")) {
      if (const auto* inner = fields.object("agent")) read_inner(*inner, errors, agent);
    }
    read_actions(fields, errors, agent.actions);
  }
  if (!errors.empty()) return fail(invalid_fields(std::move(errors)));
  document.stable_erase("actions");
  agent.document = std::move(document);
  return agent;
}

json::object merge_agent(json::object document, const json::object& change) {
  for (const auto& [name, value] : change) {
    if (value.is_null()) {
      document.stable_erase(name);
    } else if (name == "agent" && value.is_object() && document.contains("agent") && document["agent"].is_object()) {
      auto& inner = document["agent"].get_object();
      for (const auto& [key, member] : value.get_object()) {
        if (member.is_null()) {
          inner.stable_erase(key);
        } else {
          inner[key] = member;
        }
      }
    } else {
      document[name] = value;
    }
  }
  return document;
}

}  // namespace wrapup
