#include "testing/sim_clock.hpp"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>

namespace wrapup {

// One sleeping task. The sleeper is an asio timer that never rings by itself, so that the io_context owns the task and
// a cancelled task wakes. It lives in the task's frame: a SimTimer that outlives its io_context touches nothing of it.
class SimClock::Wait {
 public:
  Wait(SimClock& clock, Timestamp when, asio::steady_timer*& current, asio::steady_timer& sleeper)
      : clock_(clock), key_(when, ++clock.arrivals_), current_(current), sleeper_(sleeper) {
    clock_.waits_.emplace(key_, this);
    current_ = &sleeper;
  }
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;
  ~Wait() {
    if (!rung_) clock_.waits_.erase(key_);
    current_ = nullptr;
  }

  /// Its time has come, and it is no longer among those that wait.
  void ring() {
    rung_ = true;
    sleeper_.cancel();
  }
  bool rung() const { return rung_; }
  /// Moves it by a step of the clock; returns its new place.
  Key move(Duration by) {
    if (key_.first != kNever) key_.first += by;
    return key_;
  }

 private:
  SimClock& clock_;
  Key key_;
  asio::steady_timer*& current_;
  asio::steady_timer& sleeper_;
  bool rung_ = false;
};

class SimClock::SimTimer final : public Timer {
 public:
  SimTimer(SimClock& clock, Executor executor) : clock_(clock), executor_(std::move(executor)) {}

  Task<void> wait_until(Timestamp when) override { return wait(clock_, executor_, current_, when); }

  void cancel() override {
    if (*current_) (*current_)->cancel();
  }

 private:
  using Current = std::shared_ptr<asio::steady_timer*>;  // the sleeper of the task that waits, or null

  static Task<void> wait(SimClock& clock, Executor executor, Current current, Timestamp when) {
    while (when > clock.now()) {
      asio::steady_timer sleeper(executor, asio::steady_timer::time_point::max());
      Wait registered(clock, when, *current, sleeper);
      co_await sleeper.async_wait(asio::as_tuple(asio::use_awaitable));
      if (!registered.rung()) co_return;
    }
  }

  SimClock& clock_;
  Executor executor_;
  Current current_ = std::make_shared<asio::steady_timer*>(nullptr);
};

std::unique_ptr<Timer> SimClock::timer(Executor executor) {
  return std::make_unique<SimTimer>(*this, std::move(executor));
}

void SimClock::advance_to(Timestamp when) {
  now_ = std::max(now_, when);
  while (next() <= now_) {
    auto due = waits_.extract(waits_.begin());
    due.mapped()->ring();
  }
}

void SimClock::advance_to_next() {
  if (!waits_.empty()) advance_to(next());
}

void SimClock::step(Duration by) {
  now_ += by;
  started_ += by;
  std::map<Key, Wait*> moved;
  for (const auto& [key, wait] : waits_) moved.emplace(wait->move(by), wait);
  waits_ = std::move(moved);
}

bool SimClock::run_until(asio::io_context& io, Timestamp limit, const std::function<bool()>& done) {
  constexpr int kStandstill = 1'000'000;
  int steps = 0;
  while (!done || !done()) {
    // Without work the io_context stops, and would not run again by itself.
    if (io.stopped()) io.restart();
    if (io.poll_one() > 0) {
      if (++steps > kStandstill) return false;
      continue;
    }
    steps = 0;
    if (next() > limit || waits_.empty()) {
      if (limit != kNever) now_ = std::max(now_, limit);
      return false;
    }
    advance_to_next();
  }
  return true;
}

}  // namespace wrapup
