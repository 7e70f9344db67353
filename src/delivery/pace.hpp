// How fast one endpoint may be sent to: limits its owner set (never more than so many in any span of time), a window of
// requests at once that opens with each success, and a rate that 429 and 503 cut in half and successes let grow again
// (additive increase, multiplicative decrease; RFC 5681 does the same for TCP). It measures with the clock that never
// steps. Pure bookkeeping on one reactor.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "model/endpoint.hpp"

namespace wrapup {

class Pace {
 public:
  /// `clock` must outlive this.
  Pace(const Clock& clock, std::size_t concurrency, const std::vector<RateLimit>& limits);

  /// What the owner set; what was sent before still counts.
  void set(std::size_t concurrency, const std::vector<RateLimit>& limits);

  /// How long until the next request may go, with `running` under way; kNever: not before one of them is answered.
  Duration wait(std::size_t running) const;
  void sent();

  void succeeded();
  void failed();
  /// 429 or 503. Answers of one burst count once.
  void slow_down();
  /// After a stand-still: what has gathered goes out at ten a second, then faster with each success.
  void start_slowly();
  /// Nothing waits any more: some time after the last cut, what comes next is not slowed.
  void drained();

  /// Requests a second that the answers allow; 0: no limit known.
  double rate() const { return rate_; }
  /// Whether forgetting it while nothing waits would let nothing through that is not allowed now.
  bool forgettable() const;

 private:
  // Microseconds of Clock::monotonic().
  using Steady = std::int64_t;

  struct Limit {
    RateLimit allowed;
    std::deque<Steady> sent;  // the last `allowed.count`, oldest first
  };

  bool calm() const;

  const Clock& clock_;
  std::size_t concurrency_ = 1;
  std::size_t window_ = 2;
  std::vector<Limit> limits_;
  double rate_ = 0;
  Steady next_by_rate_ = 0;
  std::optional<Steady> cut_at_;
  Steady second_began_ = 0;  // to measure what was sent in a second
  double this_second_ = 0;
  double last_second_ = 0;
};

}  // namespace wrapup
