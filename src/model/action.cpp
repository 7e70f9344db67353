#include "model/action.hpp"

#include <algorithm>
#include <array>

namespace wrapup {

namespace {

constexpr std::array<std::string_view, 3> kKinds{"YES_NO", "SINGLE_CHOICE", "OPEN_QUESTION"};
constexpr std::array<std::string_view, 4> kCategories{"pass_fail", "numeric", "descriptive", "likert_scale"};
constexpr std::string_view kExtractor = "INFORMATION_EXTRACTOR";
constexpr std::string_view kEvaluation = "CUSTOM_EVAL";
constexpr std::string_view kExtractorAnswer = "extract_info_action_type";
constexpr std::string_view kEvaluationAnswer = "custom_eval_action_type";
constexpr std::string_view kEngineAction = "custom_function_action_type";
constexpr std::size_t kMaxIdentifier = 200;
constexpr std::size_t kMaxQuestion = 10'000;
constexpr std::size_t kMaxChoices = 200;

template <class T, std::size_t N>
std::optional<T> named(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return {};
  return static_cast<T>(found - names.begin());
}

std::vector<std::string> read_texts(Fields& fields, std::string_view name) {
  std::vector<std::string> texts;
  const auto* array = fields.array(name, kMaxChoices);
  if (!array) return texts;
  for (const auto& element : *array) {
    if (!element.is_string() || element.get_string().empty() || element.get_string().size() > 1000) {
      fields.wrong(name, "each element must be a string of 1 to 1000 bytes");
      return texts;
    }
    texts.emplace_back(element.get_string());
  }
  return texts;
}

void read_extractor(const json::object& body, const std::string& path, std::vector<FieldError>& errors,
                    Action& action) {
  Fields kinds(body, path, errors);
  const json::object* inner = nullptr;
  Extractor extractor;
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    const auto* found = kinds.object(kKinds[i]);
    if (!found) continue;
    if (inner) kinds.wrong(kKinds[i], "stands beside another kind; give one");
    inner = found;
    extractor.kind = static_cast<ExtractorKind>(i);
  }
  kinds.done();
  if (!inner) {
    kinds.wrong("", "must hold one of YES_NO, SINGLE_CHOICE, OPEN_QUESTION");
    return;
  }
  Fields fields(*inner, kinds.path_of(to_string(extractor.kind)), errors);
  extractor.identifier = fields.required_text("identifier", kMaxIdentifier).value_or("");
  extractor.description = fields.text("description", kMaxQuestion).value_or("");
  extractor.choices = read_texts(fields, "choices");
  extractor.examples = read_texts(fields, "examples");
  fields.done();
  if (extractor.kind == ExtractorKind::single_choice && extractor.choices.empty()) {
    fields.wrong("choices", "is required for SINGLE_CHOICE: an array of strings");
  }
  action.what = std::move(extractor);
}

void read_evaluation(const json::object& body, const std::string& path, std::vector<FieldError>& errors,
                     Action& action) {
  Fields outer(body, path, errors);
  const auto* question = outer.object("question");
  outer.done();
  if (!question) {
    outer.wrong("question", "is required: {identifier, text, category, expected_result}");
    return;
  }
  Fields fields(*question, outer.path_of("question"), errors);
  CustomEvaluation evaluation;
  evaluation.identifier = fields.required_text("identifier", kMaxIdentifier).value_or("");
  evaluation.text = fields.required_text("text", kMaxQuestion).value_or("");
  if (const auto category = fields.required_text("category", 100)) {
    const auto known = evaluation_category_from(*category);
    if (!known) fields.wrong("category", "must be one of pass_fail, numeric, descriptive, likert_scale");
    evaluation.category = known.value_or(EvaluationCategory::pass_fail);
  }
  evaluation.expected_result = fields.text("expected_result", kMaxQuestion).value_or("");
  fields.done();
  action.what = std::move(evaluation);
}

bool is_answer(const json::object& action) {
  const json::value& type = action.at("action_type");
  return type == json::value(kExtractorAnswer) || type == json::value(kEvaluationAnswer);
}

json::array to_array(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

}  // namespace

std::string_view to_string(ExtractorKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }
std::optional<ExtractorKind> extractor_kind_from(std::string_view name) { return named<ExtractorKind>(kKinds, name); }
std::string_view to_string(EvaluationCategory category) { return kCategories[static_cast<std::size_t>(category)]; }
std::optional<EvaluationCategory> evaluation_category_from(std::string_view name) {
  return named<EvaluationCategory>(kCategories, name);
}
std::string_view to_string(ActionType type) {
  return type == ActionType::information_extractor ? kExtractor : kEvaluation;
}

ActionType Action::type() const {
  return std::holds_alternative<Extractor>(what) ? ActionType::information_extractor : ActionType::custom_eval;
}

const std::string& Action::identifier() const {
  return std::visit([](const auto& it) -> const std::string& { return it.identifier; }, what);
}

std::string Action::name() const {
  return (type() == ActionType::information_extractor ? "info_extractor_" : "custom_eval_") + identifier();
}

std::optional<Action> read_action(const json::object& body, const std::string& path, std::vector<FieldError>& errors,
                                  std::initializer_list<std::string_view> extra) {
  const std::size_t before = errors.size();
  Fields fields(body, path, errors);
  for (const auto name : extra) fields.find(name);
  const auto* extractor = fields.object(kExtractor);
  const auto* evaluation = fields.object(kEvaluation);
  fields.done();
  Action action;
  if (extractor && evaluation) {
    fields.wrong(kEvaluation, "stands beside INFORMATION_EXTRACTOR; give one");
  } else if (extractor) {
    read_extractor(*extractor, fields.path_of(kExtractor), errors, action);
  } else if (evaluation) {
    read_evaluation(*evaluation, fields.path_of(kEvaluation), errors, action);
  } else if (errors.size() == before) {
    fields.wrong("", "must hold INFORMATION_EXTRACTOR or CUSTOM_EVAL");
  }
  if (errors.size() != before) return {};
  return action;
}

json::object to_json(const Action& action) {
  json::object out;
  if (!action.action_id.empty()) out["action_id"] = action.action_id;
  if (const auto* extractor = std::get_if<Extractor>(&action.what)) {
    json::object inner{{"identifier", extractor->identifier}, {"description", extractor->description}};
    if (!extractor->choices.empty()) inner["choices"] = to_array(extractor->choices);
    if (!extractor->examples.empty()) inner["examples"] = to_array(extractor->examples);
    out[kExtractor] = json::object{{to_string(extractor->kind), std::move(inner)}};
  } else {
    const auto& evaluation = std::get<CustomEvaluation>(action.what);
    out[kEvaluation] = json::object{{"question", json::object{{"identifier", evaluation.identifier},
                                                              {"text", evaluation.text},
                                                              {"category", to_string(evaluation.category)},
                                                              {"expected_result", evaluation.expected_result}}}};
  }
  return out;
}

std::optional<Action> action_from_json(const json::object& stored) {
  std::vector<FieldError> errors;
  auto action = read_action(stored, "", errors, {"action_id"});
  const auto* id = stored.if_contains("action_id");
  if (action && id && id->is_string()) action->action_id = id->get_string();
  return action;
}

json::object hard_coded_parameters(const Action& action) {
  json::object out;
  if (const auto* extractor = std::get_if<Extractor>(&action.what)) {
    out["type"] = to_string(extractor->kind);
    out["identifier"] = extractor->identifier;
    out["condition"] = extractor->description;
    out["choices"] = extractor->choices.empty() ? json::value(nullptr) : json::value(to_array(extractor->choices));
    out["examples"] = extractor->examples.empty() ? json::value(nullptr) : json::value(to_array(extractor->examples));
    return out;
  }
  const auto& evaluation = std::get<CustomEvaluation>(action.what);
  out["type"] = to_string(evaluation.category);
  out["identifier"] = evaluation.identifier;
  out["condition"] = evaluation.text;
  out["choices"] = nullptr;
  out["examples"] = nullptr;
  out["expected_result"] = evaluation.expected_result;
  return out;
}

json::object engine_action(std::string_view name, const json::object& given) {
  const auto said = [&](std::string_view key, json::value otherwise) {
    const auto* value = given.if_contains(key);
    return value ? *value : std::move(otherwise);
  };
  json::object out;
  out["name"] = said("name", json::value(name));
  out["action_type"] = said("action_type", json::value(kEngineAction));
  out["description"] = said("description", "");
  out["parameters_hard_coded"] = said("parameters_hard_coded", json::object());
  out["error_message"] = said("error_message", nullptr);
  out["return_value"] = said("return_value", json::object());
  if (is_answer(out)) {
    out["evidence"] = said("evidence", nullptr);
    out["confidence"] = said("confidence", nullptr);
    out["evaluator"] = "engine";
  }
  for (const auto& [key, value] : given) {
    if (!out.contains(key)) out[key] = value;
  }
  return out;
}

std::optional<std::string> engine_action_problem(const json::object& action) {
  if (!action.at("action_type").is_string()) return "action_type must be a string";
  if (!is_answer(action)) return {};
  const auto* parameters = action.at("parameters_hard_coded").if_object();
  const auto* values = action.at("return_value").if_object();
  const auto* type = parameters ? parameters->if_contains("type") : nullptr;
  const auto* identifier = parameters ? parameters->if_contains("identifier") : nullptr;
  const bool named = type && type->is_string() && identifier && identifier->is_string();
  const bool kind = named && (action.at("action_type") == json::value(kExtractorAnswer)
                                  ? extractor_kind_from(type->get_string()).has_value()
                                  : evaluation_category_from(type->get_string()).has_value());
  if (!kind || !values || values->size() != 1 || !values->contains(identifier->get_string())) {
    return "an answer to an extractor or evaluation needs parameters_hard_coded {type, identifier, condition, choices, "
           "examples} and "
           "return_value {\"<identifier>\": value}";
  }
  for (const auto key : {"condition", "choices", "examples"}) {
    if (!parameters->contains(key)) return "parameters_hard_coded lacks " + std::string(key);
  }
  return {};
}

}  // namespace wrapup
