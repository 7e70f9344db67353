// The webhook's body (contract, section 2): built once a revision; these bytes are stored, signed and sent.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/action.hpp"
#include "model/agent.hpp"
#include "model/analysis.hpp"
#include "model/call.hpp"

namespace wrapup {

/// The version date of the payload's schema.
inline constexpr std::string_view kPayloadSchema = "2026-11-23";
inline constexpr std::string_view kCallCompleted = "call.completed";

/// What the pipeline found.
struct Findings {
  std::vector<std::pair<Action, Answer>> answers;
  std::optional<Analysis> analysis;  // none: the call was not judged
  std::vector<Variable> variables;
  std::vector<std::string> missing;  // stages that failed or timed out
};

/// Made from the call's id, the type of event and the revision, so that every attempt of every node sends the same one.
std::string webhook_id(std::string_view call_id, std::int64_t revision);

std::string render_payload(const Call& call, const Agent& agent, const Findings& findings, std::int64_t revision,
                           Timestamp created_at);

/// Whether a variable belongs to the system and is never shown (contract, section 7).
bool is_system_variable(const Variable& variable, const Agent& agent);

/// `call.start_time` of the payload.
std::string start_time_text(const Call& call, const Agent& agent);

/// Whole seconds between dialling and the answer, or the end when nobody answered.
std::int64_t ring_seconds(const Call& call);

}  // namespace wrapup
