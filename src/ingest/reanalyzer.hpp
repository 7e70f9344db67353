// Runs bulk re-analyses: makes so many calls a second due that the filter names, until there is no more. Where it
// stands is written in the commit that makes the calls due, so that it goes on after a crash and takes none twice. One
// reactor.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "ingest/accept.hpp"
#include "storage/async_store.hpp"

namespace wrapup {

class Reanalyzer {
 public:
  Reanalyzer(Executor executor, AsyncStore& store, Clock& clock, Intake& intake);
  /// Goes on with the jobs that were running, and with new ones, until the group stops.
  void start(TaskGroup& group);
  void stop();

 private:
  Task<void> loop(TaskGroup& group);
  Task<void> advance(const Reanalysis& job);

  AsyncStore& store_;
  Clock& clock_;
  Intake& intake_;
  std::unique_ptr<Timer> timer_;
  std::map<std::string, Timestamp> advanced_at_;  // by job
  bool woken_ = true;
};

}  // namespace wrapup
