#include "model/model_choice.hpp"

#include "base/crypto.hpp"

namespace wrapup {

namespace {

std::string text_in(const json::object& object, std::string_view key) {
  const auto* found = object.if_contains(key);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

}  // namespace

ModelChoice model_choice_of(const json::object& workspace_settings) {
  ModelChoice choice;
  const auto* found = workspace_settings.if_contains("model");
  const auto* model = found ? found->if_object() : nullptr;
  if (!model) return choice;
  choice.base_url = text_in(*model, "base_url");
  choice.model = text_in(*model, "model");
  choice.sealed_key = base64_decode(text_in(*model, "sealed_key")).value_or("");
  const auto* prompts = model->if_contains("prompts");
  if (!prompts || !prompts->is_object()) return choice;
  for (const std::string_view use : kPromptUses) {
    if (auto words = text_in(prompts->get_object(), use); !words.empty()) choice.prompts.emplace(use, std::move(words));
  }
  return choice;
}

std::string model_key_place(const std::string& workspace_id) { return "workspace_model/" + workspace_id; }

std::string to_text(const AnalyzeWith& with) {
  if (with == AnalyzeWith{}) return {};
  return to_text(json::value{{"model", with.model}, {"prompt_version", with.prompt_version}});
}

AnalyzeWith analyze_with_from(std::string_view text) {
  if (text.empty()) return {};
  const auto parsed = parse_json(text);
  if (!parsed || !parsed->is_object()) return {};
  return {text_in(parsed->get_object(), "model"), text_in(parsed->get_object(), "prompt_version")};
}

}  // namespace wrapup
