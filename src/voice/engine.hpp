// The seam to what runs calls. An engine reports what happens through the same events as anyone outside.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "model/agent.hpp"
#include "model/call.hpp"
#include "model/event.hpp"

namespace wrapup {

/// Hands events of a call to the record, as POST /v2/calls/{id}/events does. Events whose id is known already are
/// ignored.
using ReportEvents =
    std::function<Task<Status>(const std::string& workspace_id, const std::string& call_id, std::vector<Event> events)>;

class VoiceEngine {
 public:
  virtual ~VoiceEngine() = default;
  /// Runs one call to its end; returns when its `ended` was reported. Run again after a crash it must report the same
  /// event ids, so that what was reported before is not doubled. False: could not be run to the end; it is tried again.
  virtual Task<bool> run(const Call& call, const Agent& agent) = 0;
};

}  // namespace wrapup
