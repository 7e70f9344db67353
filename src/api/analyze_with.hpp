// What an analysis is to be made with, as requests name it: one call's, and many by filter.
#pragma once

#include "api/context.hpp"
#include "model/model_choice.hpp"

namespace wrapup::api {

/// "model" and "prompt_version" of a body; both may be left out.
AnalyzeWith read_with(const Services& services, Fields& fields);

/// A model can be named only where there is a server to ask: of the configuration, the workspace or the agent.
Status check_with(const Services& services, Store& store, const std::string& workspace_id, const Agent* agent,
                  const AnalyzeWith& with);

}  // namespace wrapup::api
