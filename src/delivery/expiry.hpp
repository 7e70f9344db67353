// Ends what nobody will ask for any more: deliveries of an endpoint that is paused, disabled or has an open circuit,
// once they are older than its max_age. An endpoint that is sent to needs none of it: there a failed attempt that is
// too late is the last. Looks once an hour; a store that fails is asked again at the next look. One reactor.
#pragma once

#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "base/metrics.hpp"
#include "base/secret_box.hpp"
#include "base/task.hpp"
#include "storage/async_store.hpp"

namespace wrapup {

class Expiry {
 public:
  /// `max_age` is of endpoints that set none.
  Expiry(Executor executor, AsyncStore& store, Clock& clock, Entropy& entropy, Metrics& metrics,
         const SecretBox& secrets, Duration max_age);
  /// Runs until the group stops.
  void start(TaskGroup& group);
  /// Wakes the loop so that it sees that its group stops.
  void stop() { timer_->cancel(); }

 private:
  Task<void> loop(TaskGroup& group);
  Task<void> end_old(TaskGroup& group, const Endpoint& endpoint);
  std::optional<Duration> max_age_of(const Endpoint& endpoint) const;

  AsyncStore& store_;
  Clock& clock_;
  Entropy& entropy_;
  Metrics& metrics_;
  const SecretBox& secrets_;
  Duration max_age_;
  std::unique_ptr<Timer> timer_;
};

}  // namespace wrapup
