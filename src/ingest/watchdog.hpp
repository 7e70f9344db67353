// What nobody else remembers: once a minute, ends calls that their engine forgot (no event for `stuck_after` makes a
// call `failed`, and its webhook is sent; contract, section 9), and once an hour, drops the answers kept for an
// Idempotency-Key for a day.
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
  Task<void> forget_answers();

  AsyncStore& store_;
  Clock& clock_;
  Intake& intake_;
  Duration stuck_after_;
  Timestamp forget_at_ = 0;
  std::unique_ptr<Timer> timer_;
};

}  // namespace wrapup
