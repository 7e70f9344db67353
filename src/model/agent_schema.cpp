#include "model/agent_schema.hpp"

namespace wrapup {

namespace {

json::object one_of_texts(const std::vector<std::string>& texts) {
  json::array values;
  for (const auto& text : texts) values.emplace_back(text);
  values.emplace_back(nullptr);
  return {{"enum", std::move(values)}};
}

json::object either(std::string_view type) { return {{"type", json::array{type, "null"}}}; }

json::object value_schema(const Extractor& extractor) {
  if (extractor.kind == ExtractorKind::yes_no) return either("boolean");
  return extractor.kind == ExtractorKind::single_choice ? one_of_texts(extractor.choices) : either("string");
}

json::object value_schema(const CustomEvaluation& evaluation) {
  switch (evaluation.category) {
    case EvaluationCategory::pass_fail: return either("boolean");
    case EvaluationCategory::numeric: {
      json::object schema = either("number");
      schema["minimum"] = 1;
      schema["maximum"] = 10;
      return schema;
    }
    case EvaluationCategory::descriptive: return either("string");
    case EvaluationCategory::likert_scale:
      return one_of_texts({"strongly_disagree", "disagree", "neutral", "agree", "strongly_agree"});
  }
  return {};
}

std::string_view question_of(const Action& action) {
  if (const auto* extractor = std::get_if<Extractor>(&action.what)) return extractor->description;
  return std::get<CustomEvaluation>(action.what).text;
}

json::object action_schema(const Action& action) {
  json::object value = std::visit([](const auto& what) { return value_schema(what); }, action.what);
  json::object answer{{"type", "object"},
                      {"required", json::array{action.identifier()}},
                      {"properties", json::object{{action.identifier(), std::move(value)}}}};
  return {{"description", question_of(action)},
          {"allOf", json::array{json::object{{"$ref", "#/$defs/executed_action"}}}},
          {"properties", json::object{{"return_value", std::move(answer)}}}};
}

json::object& inner(json::object& object, std::string_view name) { return object[name].as_object(); }

}  // namespace

json::object agent_payload_schema(const Agent& agent, json::object general) {
  general["$id"] = "/v2/assistants/" + agent.agent_id + "/webhook-schema.json";
  general["title"] = "Post-call webhook of the agent " + agent.name + ", version " + std::to_string(agent.version);
  json::object& members = inner(general, "properties");
  json::object& call_members = inner(inner(members, "call"), "properties");
  call_members["model_id"] = json::object{{"const", agent.agent_id}};
  json::object actions;
  for (const auto& action : agent.actions) actions[action.name()] = action_schema(action);
  inner(members, "executed_actions")["properties"] = std::move(actions);
  json::object& collected = inner(members, "collected_variables");
  json::object variables;
  for (const auto& variable : agent.variables) {
    if (variable.system) continue;
    json::object schema = inner(collected, "additionalProperties");
    schema["description"] = variable.description;
    variables[variable.name] = std::move(schema);
  }
  collected["properties"] = std::move(variables);
  return general;
}

}  // namespace wrapup
