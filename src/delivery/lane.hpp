// One endpoint's line of waiting deliveries: soonest first, so many at once, held as a whole by Retry-After. Pure
// bookkeeping on one reactor; the dispatcher asks it what may go now. It keeps a bounded number in memory; the rest
// waits in the store.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "storage/store.hpp"

namespace wrapup {

class Lane {
 public:
  Lane(Endpoint endpoint, std::size_t concurrency) : endpoint_(std::move(endpoint)), concurrency_(concurrency) {}

  const Endpoint& endpoint() const { return endpoint_; }

  /// Puts a delivery in line, unless it is there (waiting or running) already, or the line in memory is full: then the
  /// lane knows that there is more in the store.
  void add(DueDelivery due);

  /// The next delivery that may go at `now`; it counts as running until `answered`, and is held until `done`.
  std::optional<DueDelivery> take(Timestamp now);
  /// The receiver is done with one.
  void answered() { --running_; }
  /// What came of it is stored.
  void done(const std::string& webhook_id);

  /// When take() may have something, as far as is known; kNever when nothing waits or nothing may go.
  Timestamp next_at() const;

  void hold(Timestamp until);
  /// Nothing goes any more; what waits stays in the store.
  void disable();

  /// Whether the store has more than is in memory, and there is room for it.
  bool wants_refill() const { return more_in_store_ && !refilling_ && waiting_.size() <= kMaxWaiting / 2; }
  /// Begins a refill; returns how many of the soonest to read so that new ones are among them. What is done from here
  /// on may still look pending to that read, and is remembered so that it is not sent twice.
  std::size_t begin_refill();
  /// What the read found. Nothing when it failed: then there is more in the store as before.
  void end_refill(std::optional<std::vector<Delivery>> found);
  void mark_more() { more_in_store_ = true; }

  std::size_t waiting() const { return waiting_.size(); }
  /// Whether nothing would be lost by forgetting the lane: what it knows of its endpoint is in the store.
  bool idle() const { return held_.empty() && !more_in_store_ && !refilling_; }

 private:
  static constexpr std::size_t kMaxWaiting = 1000;

  Endpoint endpoint_;
  std::size_t concurrency_;
  std::multimap<Timestamp, DueDelivery> waiting_;
  std::set<std::string> held_;  // ids of what waits, runs or is being stored
  std::size_t running_ = 0;
  bool more_in_store_ = false;
  bool refilling_ = false;
  std::size_t refill_limit_ = 0;
  std::set<std::string> done_meanwhile_;
};

}  // namespace wrapup
