#include "pipeline/stages.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "pipeline/rules/judge.hpp"
#include "pipeline/rules/rules.hpp"

namespace wrapup {

namespace {

constexpr std::string_view kRules = "rules";

class Extract final : public Stage {
 public:
  std::string_view name() const override { return "extract"; }
  Task<Status> run(const Call& call, const Agent& agent, Findings& findings) override {
    const bool any = std::any_of(agent.actions.begin(), agent.actions.end(), [](const Action& action) {
      return action.type() == ActionType::information_extractor;
    });
    if (!any) co_return Status();
    const rules::PreparedTranscript prepared(call.transcript);
    for (const auto& action : agent.actions) {
      const auto* extractor = std::get_if<Extractor>(&action.what);
      if (extractor) findings.answers.emplace_back(action, rules::extract(*extractor, prepared));
    }
    co_return Status();
  }
};

// An evaluation is a question about quality: no rule can answer it honestly, so without a model it says so.
class Evaluate final : public Stage {
 public:
  std::string_view name() const override { return "evaluate"; }
  Task<Status> run(const Call&, const Agent& agent, Findings& findings) override {
    bool failed = false;
    for (const auto& action : agent.actions) {
      if (action.type() != ActionType::custom_eval) continue;
      Answer answer;
      answer.value = nullptr;
      answer.error = "custom evaluations need a model, and none is configured";
      answer.evaluator = kRules;
      findings.answers.emplace_back(action, std::move(answer));
      failed = true;
    }
    if (failed) co_return fail(Code::unavailable, "no_model", "custom evaluations need a model");
    co_return Status();
  }
};

class Judge final : public Stage {
 public:
  std::string_view name() const override { return "judge"; }
  Task<Status> run(const Call& call, const Agent& agent, Findings& findings) override {
    if (was_connected(call.status) && !call.transcript.empty()) findings.analysis = rules::judge(call);
    co_return Status();
  }
};

// A value of the declared type out of the words of an answer; null when they do not give one.
json::value typed_value(const std::string& type, const json::value& answer) {
  if (type != "number" || !answer.is_string()) return answer;
  std::string digits;
  for (const char c : std::string_view(answer.get_string())) {
    if ((c >= '0' && c <= '9') || c == '.' || (c == '-' && digits.empty())) digits += c;
  }
  double number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return nullptr;
  if (std::fabs(number) < 1e15 && number == std::floor(number)) return std::int64_t(number);
  return number;
}

class Collect final : public Stage {
 public:
  std::string_view name() const override { return "collect"; }
  Task<Status> run(const Call& call, const Agent& agent, Findings& findings) override {
    findings.variables = call.variables;
    for (const auto& declared : agent.variables) {
      auto known = std::find_if(findings.variables.begin(), findings.variables.end(),
                                [&](const Variable& variable) { return variable.name == declared.name; });
      if (known != findings.variables.end() && (known->collected || declared.system)) continue;
      if (declared.system) continue;
      Variable found = from_transcript(declared, call);
      if (known != findings.variables.end()) {
        if (found.collected) *known = std::move(found);
      } else {
        findings.variables.push_back(std::move(found));
      }
    }
    co_return Status();
  }

 private:
  static Variable from_transcript(const DeclaredVariable& declared, const Call& call) {
    Extractor question;
    question.kind = declared.type == "boolean" ? ExtractorKind::yes_no : ExtractorKind::open_question;
    question.identifier = declared.name;
    question.description = declared.description.empty() ? declared.name : declared.description;
    const Answer answer = rules::extract(question, call.transcript);
    Variable variable{declared.name, typed_value(declared.type, answer.value), true, false};
    variable.collected = !variable.value.is_null();
    return variable;
  }
};

}  // namespace

std::vector<std::unique_ptr<Stage>> rule_stages() {
  std::vector<std::unique_ptr<Stage>> stages;
  stages.push_back(std::make_unique<Extract>());
  stages.push_back(std::make_unique<Evaluate>());
  stages.push_back(std::make_unique<Judge>());
  stages.push_back(std::make_unique<Collect>());
  return stages;
}

}  // namespace wrapup
