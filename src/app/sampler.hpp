// Looks from time to time at what no counter tells: what waits, how large the database is, how much room its disk has.
// Every 15 s, and less often when that takes long. One reactor; what blocks runs on a thread of the store.
#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/task.hpp"
#include "storage/async_store.hpp"

namespace wrapup {

class Sampler {
 public:
  /// `folder` is that of the database.
  Sampler(Executor executor, AsyncStore& store, Clock& clock, Metrics& metrics, std::string folder);
  /// Runs until the group stops.
  void start(TaskGroup& group);
  /// Wakes the loop so that it sees that its group stops.
  void stop() { timer_->cancel(); }

 private:
  Task<void> loop(TaskGroup& group);
  Task<void> sample();

  AsyncStore& store_;
  Clock& clock_;
  Metrics& metrics_;
  const std::string folder_;
  std::unique_ptr<Timer> timer_;
};

}  // namespace wrapup
