#include "pipeline/stages.hpp"

#include <algorithm>
#include <optional>

#include "pipeline/model_stages.hpp"
#include "pipeline/rules/judge.hpp"
#include "pipeline/rules/rules.hpp"

namespace wrapup {

namespace {

class Extract final : public Stage {
 public:
  std::string_view name() const override { return "extract"; }
  Status run(const Call& call, const Agent& agent, Findings& findings) override {
    const bool any = std::any_of(agent.actions.begin(), agent.actions.end(), [](const Action& action) {
      return action.type() == ActionType::information_extractor;
    });
    if (!any) return {};
    const rules::PreparedTranscript prepared(call.transcript);
    for (const auto& action : agent.actions) {
      const auto* extractor = std::get_if<Extractor>(&action.what);
      if (extractor) findings.answers.emplace_back(action, rules::extract(*extractor, prepared));
    }
    return {};
  }
  Task<Status> run_with(ModelRun& model, const Call& call, const Agent& agent, Findings& findings) override {
    return extract_by_model(model, call, agent, findings);
  }
};

// What rules cannot decide is null with the reason, and the stage counts as missing.
class Evaluate final : public Stage {
 public:
  std::string_view name() const override { return "evaluate"; }
  Status run(const Call& call, const Agent& agent, Findings& findings) override {
    std::optional<rules::PreparedTranscript> prepared;
    bool failed = false;
    for (const auto& action : agent.actions) {
      const auto* evaluation = std::get_if<CustomEvaluation>(&action.what);
      if (!evaluation) continue;
      if (!prepared) prepared.emplace(call.transcript);
      Answer answer = rules::evaluate(*evaluation, *prepared);
      failed = failed || answer.error.has_value();
      findings.answers.emplace_back(action, std::move(answer));
    }
    if (failed) return fail(Code::unavailable, "no_model", "custom evaluations need a model");
    return {};
  }
  Task<Status> run_with(ModelRun& model, const Call& call, const Agent& agent, Findings& findings) override {
    return evaluate_by_model(model, call, agent, findings);
  }
};

class Judge final : public Stage {
 public:
  std::string_view name() const override { return "judge"; }
  Status run(const Call& call, const Agent&, Findings& findings) override {
    if (was_connected(call.status) && !call.transcript.empty()) findings.analysis = rules::judge(call, findings);
    return {};
  }
  Task<Status> run_with(ModelRun& model, const Call& call, const Agent& agent, Findings& findings) override {
    return judge_by_model(model, call, agent, findings);
  }
};

class Collect final : public Stage {
 public:
  std::string_view name() const override { return "collect"; }
  Status run(const Call& call, const Agent& agent, Findings& findings) override {
    findings.variables = call.variables;
    std::optional<rules::PreparedTranscript> prepared;
    for (const auto& declared : agent.variables) {
      auto known = std::find_if(findings.variables.begin(), findings.variables.end(),
                                [&](const Variable& variable) { return variable.name == declared.name; });
      if (known != findings.variables.end() && (known->collected || declared.system)) continue;
      if (declared.system) continue;
      if (!prepared) prepared.emplace(call.transcript);
      Variable found = rules::collect(declared, *prepared);
      if (known != findings.variables.end()) {
        if (found.collected) *known = std::move(found);
      } else {
        findings.variables.push_back(std::move(found));
      }
    }
    return {};
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
