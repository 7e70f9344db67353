// Which language model answers after a call, as a workspace, an agent or a request to analyze again names it. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace wrapup {

/// In place of a model's name: no model, the rules.
inline constexpr std::string_view kRulesOnly = "rules";

/// Empty members leave what is set elsewhere.
struct ModelChoice {
  std::string base_url;
  std::string model;
  std::string sealed_key;                      // of the workspace, by SecretBox; for this base_url alone
  std::map<std::string, std::string> prompts;  // a workspace's own words, by use: extract, evaluate, judge
};

/// What one analysis is to be made with; empty members: as usual.
struct AnalyzeWith {
  std::string model;
  std::string prompt_version;
  bool operator==(const AnalyzeWith&) const = default;
};

/// The uses that have a prompt.
inline constexpr std::string_view kPromptUses[] = {"extract", "evaluate", "judge"};

/// Of the settings of a workspace, as they are stored.
ModelChoice model_choice_of(const json::object& workspace_settings);
/// The place that a workspace's key is sealed for.
std::string model_key_place(const std::string& workspace_id);

/// As it is kept with a call; "" for the usual.
std::string to_text(const AnalyzeWith& with);
AnalyzeWith analyze_with_from(std::string_view text);

}  // namespace wrapup
