// Actions that run after a call: information extractors and custom evaluations (contract, section 5).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/fields.hpp"
#include "base/json.hpp"

namespace wrapup {

enum class ExtractorKind { yes_no, single_choice, open_question };
std::string_view to_string(ExtractorKind kind);  // "YES_NO", "SINGLE_CHOICE", "OPEN_QUESTION"
std::optional<ExtractorKind> extractor_kind_from(std::string_view name);

struct Extractor {
  ExtractorKind kind = ExtractorKind::yes_no;
  std::string identifier;             // may hold spaces
  std::string description;            // the question
  std::vector<std::string> choices;   // single_choice only
  std::vector<std::string> examples;  // open_question only
};

enum class EvaluationCategory { pass_fail, numeric, descriptive, likert_scale };
std::string_view to_string(EvaluationCategory category);
std::optional<EvaluationCategory> evaluation_category_from(std::string_view name);

struct CustomEvaluation {
  EvaluationCategory category = EvaluationCategory::pass_fail;
  std::string identifier;
  std::string text;
  std::string expected_result;
};

enum class ActionType { information_extractor, custom_eval };
std::string_view to_string(ActionType type);  // "INFORMATION_EXTRACTOR", "CUSTOM_EVAL"

/// One action of an agent, as it was when the agent's version was made.
struct Action {
  std::string action_id;
  std::variant<Extractor, CustomEvaluation> what;

  ActionType type() const;
  const std::string& identifier() const;
  std::string name() const;  // "info_extractor_<identifier>" or "custom_eval_<identifier>"
};

/// Reads {"INFORMATION_EXTRACTOR": {"YES_NO": {…}}} or {"CUSTOM_EVAL": {"question": {…}}}; wrong fields go to `errors`
/// under `path`. `extra` names fields that may stand beside (type and name of the inline form).
std::optional<Action> read_action(const json::object& body, const std::string& path, std::vector<FieldError>& errors,
                                  std::initializer_list<std::string_view> extra = {});

/// The same form again, with `action_id`.
json::object to_json(const Action& action);
/// The reverse of to_json, for what was stored.
std::optional<Action> action_from_json(const json::object& stored);

/// The questions as `parameters_hard_coded` of the payload: type, identifier, condition, choices, examples, in this
/// order.
json::object hard_coded_parameters(const Action& action);

/// An action that the engine ran during the call, in the payload's shape: what the engine left out is filled in, what
/// it says beside is kept.
json::object engine_action(std::string_view name, const json::object& given);
/// What is wrong with one that says it is an extractor's or an evaluation's answer; nothing when it has that shape, or
/// is something else.
std::optional<std::string> engine_action_problem(const json::object& action);

struct Evidence {
  std::size_t turn = 0;  // index into the transcript, from 0
  std::string quote;     // words of that turn, letter for letter
};

/// An answer to an extractor or evaluation. `value` null without `error`: the call does not say.
struct Answer {
  json::value value;
  std::optional<Evidence> evidence;
  std::optional<double> confidence;  // 0 to 1
  std::optional<std::string> error;  // why there is no answer; then `value` is null
  std::string evaluator;             // "rules", or the model's name
  std::string prompt_version;        // that the model was asked with; empty when it was not asked
};

}  // namespace wrapup
