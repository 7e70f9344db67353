// Time, passed in by constructor so that a test can run days in a second. Nothing else reads the system's clocks.
#pragma once

#include <cstdint>
#include <memory>

#include "base/task.hpp"

namespace wrapup {

/// Microseconds since 1970-01-01T00:00:00Z, without leap seconds.
using Timestamp = std::int64_t;
/// A span of time in microseconds.
using Duration = std::int64_t;

inline constexpr Duration kMillisecond = 1000;
inline constexpr Duration kSecond = 1000 * kMillisecond;
inline constexpr Duration kMinute = 60 * kSecond;
inline constexpr Duration kHour = 60 * kMinute;
inline constexpr Duration kDay = 24 * kHour;
inline constexpr Timestamp kNever = INT64_MAX;

/// A wait that can be cut short. Lives on one reactor; one waiter at a time.
class Timer {
 public:
  virtual ~Timer() = default;
  /// Returns at `when`, at cancel(), or when the task is cancelled, whichever is first; at once if `when` has passed.
  virtual Task<void> wait_until(Timestamp when) = 0;
  virtual void cancel() = 0;
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
  /// Microseconds of a clock that never steps; only differences mean something. For measuring phases.
  virtual std::int64_t monotonic() const = 0;
  virtual std::unique_ptr<Timer> timer(Executor executor) = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
  std::int64_t monotonic() const override;
  std::unique_ptr<Timer> timer(Executor executor) override;
};

}  // namespace wrapup
