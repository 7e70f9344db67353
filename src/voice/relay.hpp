// The engine of one's own. A call is handed to it by the webhook `call.requested`, which is stored with the call and
// delivered like any other; from then on it reports as anyone outside does. What is left to do here is the end of a
// call that it did not take in time, or refused. One reactor.
#pragma once

#include "base/clock.hpp"
#include "storage/async_store.hpp"
#include "voice/engine.hpp"

namespace wrapup {

class Relay final : public VoiceEngine {
 public:
  Relay(AsyncStore& store, Clock& clock, ReportEvents report);
  /// Ends a call that the engine did not take, as `failed`; says why.
  Task<bool> run(const Call& call, const Agent& agent) override;

 private:
  AsyncStore& store_;
  Clock& clock_;
  ReportEvents report_;
};

}  // namespace wrapup
