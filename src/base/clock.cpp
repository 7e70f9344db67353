#include "base/clock.hpp"

#include <algorithm>
#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>

namespace wrapup {

namespace {

class SystemTimer final : public Timer {
 public:
  SystemTimer(const SystemClock& clock, Executor executor) : clock_(clock), timer_(std::move(executor)) {}

  Task<void> wait_until(Timestamp when) override {
    // A far deadline is cut to a day, so that a step of the wall clock is noticed.
    while (true) {
      const Duration left = when == kNever ? kDay : when - clock_.now();
      if (left <= 0) co_return;
      timer_.expires_after(std::chrono::microseconds(std::min(left, kDay)));
      auto [error] = co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
      if (error) co_return;
    }
  }

  void cancel() override { timer_.cancel(); }

 private:
  const SystemClock& clock_;
  asio::steady_timer timer_;
};

}  // namespace

Timestamp SystemClock::now() const {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

std::int64_t SystemClock::monotonic() const {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

std::unique_ptr<Timer> SystemClock::timer(Executor executor) {
  return std::make_unique<SystemTimer>(*this, std::move(executor));
}

}  // namespace wrapup
