// How fast one endpoint may be sent to: limits its owner set (never more than so many in any span of time), a window of
// requests at once that opens with each success, and a rate that 429 and 503 cut in half and successes let grow again
// (additive increase, multiplicative decrease; RFC 5681 does the same for TCP). Pure bookkeeping on one reactor.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "base/clock.hpp"
#include "model/endpoint.hpp"

namespace wrapup {

class Pace {
 public:
  Pace(std::size_t concurrency, const std::vector<RateLimit>& limits) { set(concurrency, limits); }

  /// What the owner set; what was sent before still counts.
  void set(std::size_t concurrency, const std::vector<RateLimit>& limits);

  /// When the next request may go with `running` under way; kNever: not before one of them is answered.
  Timestamp next_at(Timestamp now, std::size_t running) const;
  void sent(Timestamp now);

  void succeeded();
  void failed();
  /// 429 or 503. Answers of one burst count once.
  void slow_down(Timestamp now);
  /// After a stand-still: what has gathered goes out at ten a second, then faster with each success.
  void start_slowly(Timestamp now);
  /// Nothing waits any more.
  void drained(Timestamp now);

  /// Requests a second that the answers allow; 0: no limit known.
  double rate() const { return rate_; }
  /// Whether forgetting it would let nothing through that is not allowed now.
  bool forgettable(Timestamp now) const;

 private:
  struct Limit {
    RateLimit allowed;
    std::deque<Timestamp> sent;  // the last `allowed.count`, oldest first
  };

  std::size_t concurrency_ = 1;
  std::size_t window_ = 2;
  std::vector<Limit> limits_;
  double rate_ = 0;
  Timestamp next_by_rate_ = 0;
  Timestamp cut_at_ = 0;
  Timestamp second_began_ = 0;  // to measure what was sent in a second
  double this_second_ = 0;
  double last_second_ = 0;
};

}  // namespace wrapup
