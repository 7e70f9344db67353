// Ends calls that their engine forgot: no event for `stuck_after` makes a call `failed`, and its webhook is sent
// (contract, section 9). Looks once a minute; a store that fails is asked again at the next look. One reactor.
#pragma once

#include "base/clock.hpp"
#include "base/task.hpp"
#include "ingest/accept.hpp"
#include "storage/async_store.hpp"

namespace wrapup {

class Watchdog {
 public:
  Watchdog(Executor executor, AsyncStore& store, Clock& clock, Intake& intake, Duration stuck_after);
  /// Looks once a minute until the group stops.
  void start(TaskGroup& group);
  void stop();

 private:
  Task<void> loop(TaskGroup& group);
  Task<void> end_stuck_calls();

  AsyncStore& store_;
  Clock& clock_;
  Intake& intake_;
  Duration stuck_after_;
  std::unique_ptr<Timer> timer_;
};

}  // namespace wrapup
