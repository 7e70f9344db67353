// Runs bulk replays: makes so many deliveries a second of what the filter names, until there is no more. Where it
// stands is written in the commit that makes the deliveries, so that it goes on after a crash and makes none twice. One
// reactor.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "base/task.hpp"
#include "storage/async_store.hpp"

namespace wrapup {

class Replayer {
 public:
  Replayer(Executor executor, AsyncStore& store, Clock& clock, Entropy& entropy);
  /// Goes on with the replays that were running, and with new ones, until the group stops.
  void start(TaskGroup& group);
  void stop();

 private:
  using Replays = std::vector<Replay>;

  Task<void> loop(TaskGroup& group);
  Task<void> advance(const Replay& replay);

  AsyncStore& store_;
  Clock& clock_;
  Entropy& entropy_;
  std::unique_ptr<Timer> timer_;
  std::map<std::string, Timestamp> advanced_at_;  // by replay
  bool woken_ = true;
};

}  // namespace wrapup
