// Who answers for a call: a model, or the rules when there is none. The configuration names a model; a workspace, an
// agent and a request to analyze again may each name another. Called by the runner; on its reactor. What workspaces set
// is kept in memory until they change it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/secret_box.hpp"
#include "llm/chat_model.hpp"
#include "llm/prompts.hpp"
#include "model/agent.hpp"
#include "model/model_choice.hpp"
#include "storage/async_store.hpp"

namespace wrapup {

/// A model with the prompts it is asked with.
struct Evaluator {
  ModelSpec spec;
  std::map<std::string, std::string> own_prompts;  // words of the workspace, by use
  std::string prompt_version;                      // wished for; empty: the workspace's words, else the newest

  Prompt prompt(std::string_view use) const;
};

class Evaluators {
 public:
  /// `standard`: the model of the configuration; without a base_url: none.
  Evaluators(AsyncStore& store, const SecretBox& secrets, ModelSpec standard);

  /// What a workspace set, or null when it has not been read yet.
  const ModelChoice* known(const std::string& workspace_id) const;
  /// Reads it.
  Task<bool> read(const std::string& workspace_id);
  /// Nothing: the rules. `workspace` is what known() gave.
  std::optional<Evaluator> of(const std::string& workspace_id, const ModelChoice& workspace, const Agent& agent,
                              const AnalyzeWith& with) const;

 private:
  AsyncStore& store_;
  const SecretBox& secrets_;
  ModelSpec standard_;
  std::map<std::string, std::shared_ptr<const ModelChoice>> known_;
  std::uint64_t changes_ = 0;
};

}  // namespace wrapup
