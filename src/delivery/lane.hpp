// One endpoint's line of waiting deliveries: soonest first, at its own pace, stopped by pause, Retry-After and an open
// circuit. Pure bookkeeping on one reactor; the dispatcher asks it what may go now. It keeps a bounded number in
// memory; the rest waits in the store, where all of them are anyway.
#pragma once

#include <algorithm>
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
  std::size_t kept = 1000;  // waiting deliveries in memory
  EndpointSettings settings;
  std::shared_ptr<const TlsOptions> tls;  // null: nothing of its own
};

class Lane {
 public:
  /// `clock` must outlive this.
  Lane(Endpoint endpoint, std::shared_ptr<const LanePolicy> policy, const Clock& clock);

  const Endpoint& endpoint() const { return endpoint_; }
  const std::shared_ptr<const LanePolicy>& policy() const { return policy_; }
  const Pace& pace() const { return pace_; }

  /// Its owner changed it. What waits in memory is dropped when nothing may go, and when it was enabled or resumed: it
  /// is in the store, and may be due at another time now. Then its health is the one given, and what has gathered goes
  /// out slowly at first.
  void change(Endpoint endpoint, std::shared_ptr<const LanePolicy> policy);

  /// Puts a delivery in line, unless it is there (waiting or running) already. Those due last are left to the store
  /// when the line in memory is full, and all of them when nothing may go.
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

  /// Whether the store has more than is in memory, and there is room for it, or it may be due sooner.
  bool wants_refill() const {
    const bool room = waiting_.size() <= policy_->kept / 2;
    return active() && !refilling_ && left_from_ != kNever && (room || left_from_ < waiting_.begin()->first);
  }
  /// Begins a refill; returns how many of the soonest to read so that new ones are among them. What is done from here
  /// on may still look pending to that read, and is remembered so that it is not sent twice.
  std::size_t begin_refill();
  /// What the read found. Nothing when it failed: then there is more in the store as before.
  void end_refill(std::optional<std::vector<Delivery>> found);
  /// The store may have more, due at any time.
  void mark_more() { left_from_ = 0; }

  /// Whether nothing would be lost by forgetting the lane: what it knows of its endpoint is in the store.
  bool idle() const;

 private:
  bool active() const { return endpoint_.state == EndpointState::active; }
  void drop_waiting();
  void leave(Timestamp at) { left_from_ = std::min(left_from_, at); }

  Endpoint endpoint_;
  std::shared_ptr<const LanePolicy> policy_;
  Pace pace_;
  std::multimap<Timestamp, DueDelivery> waiting_;
  std::set<std::string> held_;  // ids of what waits, runs or is being stored
  std::size_t running_ = 0;
  std::string probe_;  // the delivery that was sent while the circuit was open
  bool proven_ = false;
  // What is in the store alone is due at this time or later; kNever: nothing is.
  Timestamp left_from_ = kNever;
  bool refilling_ = false;
  bool changed_meanwhile_ = false;  // what the refill finds may be out of date
  std::size_t refill_limit_ = 0;
  std::set<std::string> done_meanwhile_;
};

}  // namespace wrapup
