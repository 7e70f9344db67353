// Extractors and custom evaluations, answered by a model.
#include "pipeline/model_questions.hpp"
#include "pipeline/model_stages.hpp"
#include "pipeline/rules/rules.hpp"

namespace wrapup {

namespace {

json::object kind_words(std::string_view kind, const Extractor& extractor) {
  json::object words{{"kind", kind}, {"name", extractor.identifier}, {"question", extractor.description}};
  json::array choices(extractor.choices.begin(), extractor.choices.end());
  json::array examples(extractor.examples.begin(), extractor.examples.end());
  if (!choices.empty()) words["choices"] = std::move(choices);
  if (!examples.empty()) words["examples"] = std::move(examples);
  return words;
}

Question question_of(const Action& action, const Extractor& extractor) {
  switch (extractor.kind) {
    case ExtractorKind::yes_no: return {&action, kind_words("yes_no", extractor), {{"type", {"boolean", "null"}}}};
    case ExtractorKind::single_choice: {
      json::array allowed(extractor.choices.begin(), extractor.choices.end());
      allowed.emplace_back(nullptr);
      return {&action,
              kind_words("single_choice", extractor),
              {{"type", {"string", "null"}}, {"enum", std::move(allowed)}}};
    }
    case ExtractorKind::open_question: break;
  }
  return {&action, kind_words("open_question", extractor), {{"type", {"string", "null"}}, {"maxLength", 600}}};
}

Question question_of(const Action& action, const CustomEvaluation& evaluation) {
  json::object words{{"category", to_string(evaluation.category)}, {"question", evaluation.text}};
  json::object schema;
  switch (evaluation.category) {
    case EvaluationCategory::pass_fail: schema = {{"type", {"boolean", "null"}}}; break;
    case EvaluationCategory::numeric: schema = {{"type", {"integer", "null"}}, {"minimum", 1}, {"maximum", 10}}; break;
    case EvaluationCategory::likert_scale:
      schema = {{"type", {"string", "null"}},
                {"enum", {"strongly_disagree", "disagree", "neutral", "agree", "strongly_agree", nullptr}}};
      break;
    case EvaluationCategory::descriptive: schema = {{"type", {"string", "null"}}, {"maxLength", 1000}}; break;
  }
  return {&action, std::move(words), std::move(schema)};
}

// An empty text says nothing.
void settle(Answer& answer) {
  if (!answer.value.is_string() || !answer.value.get_string().empty()) return;
  answer.value = nullptr;
  answer.evidence.reset();
  answer.confidence.reset();
}

tl::unexpected<Error> left(const std::string& why) { return fail(Code::unavailable, "model_failed", why); }

}  // namespace

Task<Status> extract_by_model(ModelRun& model, const Call& call, const Agent& agent, Findings& findings) {
  std::vector<Question> questions;
  for (const auto& action : agent.actions) {
    if (const auto* extractor = std::get_if<Extractor>(&action.what))
      questions.push_back(question_of(action, *extractor));
  }
  if (questions.empty()) co_return Status();
  auto answered = co_await ask_questions(model, "extract", call, questions, {});
  const std::string version = model.version("extract");
  std::optional<std::string> why;
  std::optional<rules::PreparedTranscript> prepared;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    Answer answer = std::move(answered[i].answer);
    if (!why && !answered[i].lacking.empty()) why = answered[i].lacking;
    if (answer.error) {
      if (!prepared) prepared.emplace(call.transcript);
      Answer by_rules = rules::extract(std::get<Extractor>(questions[i].action->what), *prepared);
      if (!by_rules.value.is_null()) answer = std::move(by_rules);
    }
    settle(answer);
    if (answer.evaluator == model.name()) answer.prompt_version = version;
    findings.answers.emplace_back(*questions[i].action, std::move(answer));
  }
  if (why) co_return left(*why);
  co_return Status();
}

Task<Status> evaluate_by_model(ModelRun& model, const Call& call, const Agent& agent, Findings& findings) {
  std::vector<Question> questions;
  for (const auto& action : agent.actions) {
    if (const auto* evaluation = std::get_if<CustomEvaluation>(&action.what))
      questions.push_back(question_of(action, *evaluation));
  }
  if (questions.empty()) co_return Status();
  auto answered = co_await ask_questions(model, "evaluate", call, questions, {{"agent", agent_data(call, agent)}});
  const std::string version = model.version("evaluate");
  std::optional<rules::PreparedTranscript> prepared;
  std::optional<std::string> why;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    Answer answer = std::move(answered[i].answer);
    if (!why && !answered[i].lacking.empty()) why = answered[i].lacking;
    if (answer.error) {
      if (!prepared) prepared.emplace(call.transcript);
      Answer by_rules = rules::evaluate(std::get<CustomEvaluation>(questions[i].action->what), *prepared);
      if (!by_rules.error && !by_rules.value.is_null()) answer = std::move(by_rules);
    }
    settle(answer);
    // A number that is whole may have come with a fraction of zero.
    if (answer.value.is_double()) answer.value = static_cast<std::int64_t>(answer.value.get_double());
    if (answer.evaluator == model.name()) answer.prompt_version = version;
    findings.answers.emplace_back(*questions[i].action, std::move(answer));
  }
  if (why) co_return left(*why);
  co_return Status();
}

}  // namespace wrapup
