#include "pipeline/evaluator.hpp"

#include "base/log.hpp"

namespace wrapup {

Prompt Evaluator::prompt(std::string_view use) const {
  const auto own = own_prompts.find(std::string(use));
  if (own != own_prompts.end() && (prompt_version.empty() || prompt_version == "workspace"))
    return own_prompt(use, own->second);
  auto wished = built_in_prompt(use, prompt_version);
  return wished ? *wished : built_in_prompt(use, kPromptVersion).value_or(Prompt{});
}

Evaluators::Evaluators(AsyncStore& store, const SecretBox& secrets, ModelSpec standard)
    : store_(store), secrets_(secrets), standard_(std::move(standard)) {
  store_.feeds().workspaces.connect([this](const std::string& workspace_id) {
    ++changes_;
    known_.erase(workspace_id);
  });
}

const ModelChoice* Evaluators::known(const std::string& workspace_id) const {
  const auto found = known_.find(workspace_id);
  return found == known_.end() ? nullptr : found->second.get();
}

Task<bool> Evaluators::read(const std::string& workspace_id) {
  while (true) {
    const std::uint64_t before = changes_;
    auto settings =
        co_await store_.read([workspace_id](Store& store) { return store.workspace_settings(workspace_id); });
    if (!settings) co_return false;
    if (changes_ != before) continue;  // what was read may be what was changed
    known_[workspace_id] = std::make_shared<const ModelChoice>(model_choice_of(*settings));
    co_return true;
  }
}

std::optional<Evaluator> Evaluators::of(const std::string& workspace_id, const ModelChoice& workspace,
                                        const Agent& agent, const AnalyzeWith& with) const {
  if (standard_.base_url.empty() && workspace.base_url.empty() && agent.evaluation_model.base_url.empty()) return {};
  Evaluator out;
  out.spec = standard_;
  // A key goes to the server it was given for, and to no other.
  const bool same = workspace.base_url == standard_.base_url;
  if (!workspace.base_url.empty() && (!same || !workspace.sealed_key.empty())) {
    out.spec = {workspace.base_url, same ? standard_.model : "", "", same && standard_.trusted};
    if (!workspace.sealed_key.empty()) {
      auto key = secrets_.open(workspace.sealed_key, model_key_place(workspace_id));
      if (!key) log_error("model_key_not_opened", {{"workspace", workspace_id}, {"error", key.error().message}});
      out.spec.api_key = key.value_or("");
    }
  }
  if (!workspace.model.empty()) out.spec.model = workspace.model;
  const std::string& agents_url = agent.evaluation_model.base_url;
  if (!agents_url.empty() && agents_url != out.spec.base_url) out.spec = {agents_url, "", "", false};
  if (!agent.evaluation_model.model.empty()) out.spec.model = agent.evaluation_model.model;
  if (!with.model.empty()) out.spec.model = with.model;
  if (out.spec.base_url.empty() || out.spec.model.empty() || out.spec.model == kRulesOnly) return {};
  out.own_prompts = workspace.prompts;
  out.prompt_version = with.prompt_version;
  return out;
}

}  // namespace wrapup
