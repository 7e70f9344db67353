// Takes the calls that an engine here must see to from the store and hands each to the engine of its agent, so many at
// once. A call that was running when the process died is run again; its events carry the same ids. One reactor.
#pragma once

#include "base/claim_loop.hpp"
#include "storage/async_store.hpp"
#include "voice/engine.hpp"

namespace wrapup {

class Dialer {
 public:
  Dialer(Executor executor, AsyncStore& store, Clock& clock, VoiceEngine& simulator, VoiceEngine& relay);
  void start(TaskGroup& group);
  /// Looks in the store for what is due; wakes the loop so that it sees that its group stops.
  void look() { loop_.wake_at(0); }
  void stop() { loop_.wake_at(0); }

 private:
  using Loop = ClaimLoop<CallKey, CallKey>;

  Task<Loop::Claimed> claim(std::size_t limit);
  Task<bool> run(CallKey key);

  AsyncStore& store_;
  Clock& clock_;
  VoiceEngine& simulator_;
  VoiceEngine& relay_;
  Loop loop_;
};

}  // namespace wrapup
