// One endpoint's line of waiting deliveries: soonest first, at its own pace, stopped by pause, Retry-After and an open
// circuit. Pure bookkeeping on one reactor; the dispatcher asks it what may go now. It keeps a bounded number in
// memory; the rest waits in the store, where all of them are anyway.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "delivery/pace.hpp"
#include "net/tls_options.hpp"
#include "storage/store.hpp"

namespace wrapup {

/// What holds for an endpoint: its owner's settings, and the configuration where there are none.
struct LanePolicy {
  std::size_t concurrency = 8;
  RetryPolicy retry;
  Duration disable_after = 5 * kDay;
  Duration connect_timeout = 5 * kSecond;
  Duration timeout = 15 * kSecond;
  EndpointSettings settings;
  std::shared_ptr<const TlsOptions> tls;  // null: nothing of its own
};

class Lane {
 public:
  Lane(Endpoint endpoint, std::shared_ptr<const LanePolicy> policy);

  const Endpoint& endpoint() const { return endpoint_; }
  const std::shared_ptr<const LanePolicy>& policy() const { return policy_; }
  const Pace& pace() const { return pace_; }

  /// Its owner changed it. What waits in memory is dropped: it is in the store, and may be due at another time now.
  void change(Endpoint endpoint, std::shared_ptr<const LanePolicy> policy, Timestamp now);

  /// Puts a delivery in line, unless it is there (waiting or running) already, or the line in memory is full, or
  /// nothing may go: then the lane knows that there is more in the store.
  void add(DueDelivery due);

  /// The next delivery that may go at `now`; it counts as running until `answered`, and is held until `done`.
  std::optional<DueDelivery> take(Timestamp now);
  /// When take() may have something, as far as is known; kNever when nothing waits or nothing may go.
  Timestamp next_at(Timestamp now) const;

  /// The receiver is done with a delivery. `hold` is until when it asked to be left alone.
  void answered(const std::string& delivery_id, Outcome outcome, bool timed_out, std::optional<Timestamp> hold,
                Timestamp now, Entropy& entropy);
  /// It was not sent after all.
  void not_sent(const std::string& delivery_id);
  /// What came of it is stored.
  void done(const std::string& delivery_id);

  /// Nothing goes any more until its owner enables it.
  void disable(std::string reason, Timestamp now);
  /// Its owner was told that it is disabled, or that it is well again.
  void told(bool disabled) { endpoint_.health.told_disabled = disabled; }

  /// Whether the last answer was a success. Others share a part of what can be sent at once.
  bool proven() const { return proven_; }

  /// Whether the store has more than is in memory, and there is room for it.
  bool wants_refill() const { return active() && more_in_store_ && !refilling_ && waiting_.size() <= kMaxWaiting / 2; }
  /// Begins a refill; returns how many of the soonest to read so that new ones are among them. What is done from here
  /// on may still look pending to that read, and is remembered so that it is not sent twice.
  std::size_t begin_refill();
  /// What the read found. Nothing when it failed: then there is more in the store as before.
  void end_refill(std::optional<std::vector<Delivery>> found);
  void mark_more() { more_in_store_ = true; }

  /// Nothing waits any more, here or in the store.
  void drained(Timestamp now) { pace_.drained(now); }

  std::size_t waiting() const { return waiting_.size(); }
  /// Whether nothing would be lost by forgetting the lane: what it knows of its endpoint is in the store.
  bool idle(Timestamp now) const;

 private:
  static constexpr std::size_t kMaxWaiting = 1000;

  bool active() const { return endpoint_.state == EndpointState::active; }
  void drop_waiting();

  Endpoint endpoint_;
  std::shared_ptr<const LanePolicy> policy_;
  Pace pace_;
  std::multimap<Timestamp, DueDelivery> waiting_;
  std::set<std::string> held_;  // ids of what waits, runs or is being stored
  std::size_t running_ = 0;
  std::string probe_;  // the delivery that was sent while the circuit was open
  bool proven_ = false;
  bool more_in_store_ = false;
  bool refilling_ = false;
  bool changed_meanwhile_ = false;  // what the refill finds may be out of date
  std::size_t refill_limit_ = 0;
  std::set<std::string> done_meanwhile_;
};

}  // namespace wrapup
