// An agent: the voice engine's document, of which we read what matters after a call and give back the rest untouched.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "model/action.hpp"
#include "model/model_choice.hpp"
#include "model/redaction.hpp"

namespace wrapup {

/// Who runs the agent's calls: the built-in simulator, nobody here (an engine outside makes and reports them), or an
/// engine outside that is told of each call placed here.
enum class EngineKind { simulator, none, relay };

struct DeclaredVariable {
  std::string name;
  std::string type;  // string, number, boolean; empty when not said
  std::string description;
  bool required = false;
  bool system = false;
};

struct Agent {
  std::string workspace_id;
  std::string agent_id;
  std::int64_t version = 1;
  json::object document;  // as given, without `actions`
  std::vector<Action> actions;

  // Read out of the document.
  std::string type;  // inbound, outbound, widget
  std::string name;
  std::string webhook_url;
  std::string prompt;
  std::string timezone = "Europe/Berlin";
  std::optional<std::int64_t> max_duration_s;
  std::vector<std::string> end_call_reasons;
  std::vector<DeclaredVariable> variables;
  PiiSet redact = 0;  // kinds of personal data that are taken out before anything is stored
  bool transcript_disabled = false;
  bool send_revisions = false;
  EngineKind engine = EngineKind::simulator;
  std::string engine_url;        // of a relay
  std::string inbound_url;       // that says who takes an inbound call
  std::string default_agent;     // takes inbound calls when that does not answer
  ModelChoice evaluation_model;  // that answers after its calls; base_url and model only
};

/// Reads a whole document (POST, or what a PUT merged). Known fields are checked, unknown ones kept. An `actions` array
/// is read into `actions` and taken out of the document.
Result<Agent> read_agent(json::object document);

/// A PUT: members of `change` replace those of `document`; `agent` is merged one level deep; null removes a member.
json::object merge_agent(json::object document, const json::object& change);

}  // namespace wrapup
