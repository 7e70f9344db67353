// One step after the call. A stage reads the record and adds to the findings; it reads nothing else and stores nothing
// itself.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "base/task.hpp"
#include "model/agent.hpp"
#include "model/call.hpp"
#include "model/payload.hpp"

namespace wrapup {

class Stage {
 public:
  virtual ~Stage() = default;
  /// The name that `event.missing` and the record of stages show: "extract", "evaluate", "judge", "collect".
  virtual std::string_view name() const = 0;
  /// Whether it may have to wait for something outside, such as a model. When no stage does, the pipeline runs before a
  /// report is stored, and one commit takes in both.
  virtual bool waits(const Agent&) const { return false; }
  /// An error marks the stage as missing; the webhook is sent without it.
  virtual Task<Status> run(const Call& call, const Agent& agent, Findings& findings) = 0;
};

}  // namespace wrapup
