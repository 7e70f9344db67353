#include "api/analyze_with.hpp"

#include <algorithm>

namespace wrapup::api {

AnalyzeWith read_with(const Services& services, Fields& fields) {
  AnalyzeWith with;
  with.model = fields.text("model", 200, 1).value_or("");
  with.prompt_version = fields.text("prompt_version", 100, 1).value_or("");
  const auto& known = services.prompt_versions;
  if (!with.prompt_version.empty() && std::find(known.begin(), known.end(), with.prompt_version) == known.end()) {
    std::string names;
    for (const auto& name : known) names += (names.empty() ? "" : ", ") + name;
    fields.wrong("prompt_version", "must be one of " + names);
  }
  return with;
}

Status check_with(const Services& services, Store& store, const std::string& workspace_id, const Agent* agent,
                  const AnalyzeWith& with) {
  if (with.model.empty() || with.model == kRulesOnly || services.has_model) return {};
  if (agent && !agent->evaluation_model.base_url.empty()) return {};
  auto settings = store.workspace_settings(workspace_id);
  if (!settings) return fail(std::move(settings.error()));
  if (!model_choice_of(*settings).base_url.empty()) return {};
  return fail(Code::conflict, "no_model",
              "no model is configured that could be asked: set model.base_url in the configuration, or `model` of the "
              "workspace; \"rules\" needs none");
}

}  // namespace wrapup::api
