// The stages that need no model.
#pragma once

#include <memory>
#include <vector>

#include "pipeline/stage.hpp"

namespace wrapup {

/// Extract, evaluate, judge, collect: in the order they run.
std::vector<std::unique_ptr<Stage>> rule_stages();

}  // namespace wrapup
