// Time that moves only when a test says so, or when everything is waiting for it: days pass in a second. Drives one
// io_context, on the test's thread; whatever runs there must have no threads of its own (AsyncStore with threads=false,
// FakeNetwork). Must outlive the io_context; a timer need not.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.hpp"

namespace wrapup {

class SimClock final : public Clock {
 public:
  explicit SimClock(Timestamp start = 1'773'238'800 * kSecond) : now_(start), started_(start) {}
  SimClock(const SimClock&) = delete;
  SimClock& operator=(const SimClock&) = delete;

  Timestamp now() const override { return now_; }
  std::int64_t monotonic() const override { return now_ - started_; }
  std::unique_ptr<Timer> timer(Executor executor) override;

  /// When the soonest timer is due; kNever when none waits.
  Timestamp next() const { return waits_.empty() ? kNever : waits_.begin()->first.first; }
  /// Moves the time to `when`, never back, and wakes the timers due by then, soonest first; those due together in the
  /// order in which they began to wait. Their tasks go on when the io_context runs.
  void advance_to(Timestamp when);
  /// Moves the time to the soonest timer. Nothing happens when none waits.
  void advance_to_next();

  /// Sets the clock on (or back, below zero), as an operator or a time server does. monotonic() does not notice, nor do
  /// timers; one that wakes before its time by the new clock waits on, as those of SystemClock do.
  void step(Duration by);

  /// Runs `io`; whenever nothing is left to run, jumps to the next timer. Looks at `done` after each step and returns
  /// true once it says so. False: nothing is left to wait for up to `limit`, where the time then stands (not for
  /// kNever), or the time has stood still for a million steps, which is a loop without end.
  bool run_until(asio::io_context& io, Timestamp limit, const std::function<bool()>& done = {});

 private:
  using Key = std::pair<Timestamp, std::uint64_t>;  // due, then in order of arrival
  class Wait;
  class SimTimer;

  Timestamp now_;
  Timestamp started_;
  std::uint64_t arrivals_ = 0;
  std::map<Key, Wait*> waits_;
};

}  // namespace wrapup
