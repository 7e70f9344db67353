#include "pipeline/rules/rules.hpp"

#include <algorithm>
#include <cmath>

#include "pipeline/rules/kinds.hpp"

namespace wrapup::rules {

Answer no_answer() {
  Answer out;
  out.value = nullptr;
  out.evaluator = "rules";
  return out;
}

Answer make_answer(const PreparedTurn& turn, std::string_view quote, double confidence) {
  Answer out = no_answer();
  if (!quote.empty()) out.evidence = Evidence{turn.index, std::string(quote)};
  out.confidence = std::clamp(confidence, 0.0, 1.0);
  return out;
}

Answer extract(const Extractor& extractor, const PreparedTranscript& transcript) {
  switch (extractor.kind) {
    case ExtractorKind::yes_no: return answer_yes_no(extractor, transcript);
    case ExtractorKind::single_choice: return answer_single_choice(extractor, transcript);
    case ExtractorKind::open_question: return answer_open_question(extractor, transcript);
  }
  return no_answer();
}

Answer evaluate(const CustomEvaluation& evaluation, const PreparedTranscript& transcript) {
  Answer out = no_answer();
  if (evaluation.category != EvaluationCategory::pass_fail) {
    out.error = "rules cannot rate or describe a call; " + std::string(to_string(evaluation.category)) +
                " evaluations need a model";
    return out;
  }
  Extractor question;
  question.identifier = evaluation.identifier;
  question.description = evaluation.text;
  if (auto answer = answer_about_call(question, transcript)) return std::move(*answer);
  out.error =
      "rules cannot decide this; without a model only questions about the call itself are answered (farewell, "
      "mood, courtesy, repetition, confusion, a change of mind, opt-out, how it ended)";
  return out;
}

namespace {

// The number in the words of an answer; null when there is none.
json::value number_in(std::string_view answer) {
  const std::vector<Token> tokens = tokenize(answer, 40);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto number = read_number(tokens, i);
    if (!number) continue;
    if (std::fabs(number->value) < 1e15 && number->value == std::floor(number->value))
      return static_cast<std::int64_t>(number->value);
    return number->value;
  }
  return nullptr;
}

}  // namespace

Variable collect(const DeclaredVariable& declared, const PreparedTranscript& transcript) {
  Extractor question;
  question.kind = declared.type == "boolean" ? ExtractorKind::yes_no : ExtractorKind::open_question;
  question.identifier = declared.name;
  question.description = declared.description.empty() ? declared.name : declared.description;
  std::replace(question.description.begin(), question.description.end(), '_', ' ');
  if (declared.type == "number") question.examples = {"3", "12"};
  const Answer answer = extract(question, transcript);
  Variable found{declared.name, answer.value, true, false};
  if (declared.type == "number" && answer.value.is_string())
    found.value = number_in(std::string_view(answer.value.get_string()));
  // A yes/no without words that show it is only the absence of a yes.
  if (declared.type == "boolean" && !answer.evidence) found.value = nullptr;
  found.collected = !found.value.is_null();
  return found;
}

Answer extract(const Extractor& extractor, const Transcript& transcript) {
  return extract(extractor, PreparedTranscript(transcript));
}

}  // namespace wrapup::rules
