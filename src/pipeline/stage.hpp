// One step after the call. A stage reads the record and adds to the findings; it reads nothing else and stores nothing
// itself. One that asks a model does so through a ModelRun, which stores each answer.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "base/task.hpp"
#include "model/agent.hpp"
#include "model/call.hpp"
#include "model/payload.hpp"

namespace wrapup {

class ModelRun;

class Stage {
 public:
  virtual ~Stage() = default;
  /// The name that `event.missing` and the record of stages show: "extract", "evaluate", "judge", "collect".
  virtual std::string_view name() const = 0;
  /// By rules; any thread. An error marks the stage as missing; the webhook is sent without it.
  virtual Status run(const Call& call, const Agent& agent, Findings& findings) = 0;
  /// The same for a call that has a model, on the reactor.
  virtual Task<Status> run_with(ModelRun&, const Call& call, const Agent& agent, Findings& findings) {
    co_return run(call, agent, findings);
  }
};

}  // namespace wrapup
