// The stages as a model answers them. What it does not answer, or not as it was asked to, the rules answer where they
// can; the rest stays null with the reason. Called by the stages when a call has a model.
#pragma once

#include "model/payload.hpp"
#include "pipeline/model_run.hpp"

namespace wrapup {

/// An error when a question was left to the rules.
Task<Status> extract_by_model(ModelRun& model, const Call& call, const Agent& agent, Findings& findings);
Task<Status> evaluate_by_model(ModelRun& model, const Call& call, const Agent& agent, Findings& findings);
/// An error when a criterion was left to the rules.
Task<Status> judge_by_model(ModelRun& model, const Call& call, const Agent& agent, Findings& findings);

}  // namespace wrapup
