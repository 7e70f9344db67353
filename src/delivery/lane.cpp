#include "delivery/lane.hpp"

#include <algorithm>

#include "delivery/breaker.hpp"

namespace wrapup {

Lane::Lane(Endpoint endpoint, std::shared_ptr<const LanePolicy> policy)
    : endpoint_(std::move(endpoint)),
      policy_(std::move(policy)),
      pace_(policy_->concurrency, policy_->settings.limits()) {}

void Lane::change(Endpoint endpoint, std::shared_ptr<const LanePolicy> policy, Timestamp now) {
  const bool was_active = active();
  endpoint_ = std::move(endpoint);
  policy_ = std::move(policy);
  pace_.set(policy_->concurrency, policy_->settings.limits());
  drop_waiting();
  changed_meanwhile_ = true;
  if (!active()) return;
  more_in_store_ = true;
  if (!was_active) pace_.start_slowly(now);
}

void Lane::drop_waiting() {
  if (!waiting_.empty()) more_in_store_ = true;
  for (const auto& [at, due] : waiting_) held_.erase(due.delivery.delivery_id);
  waiting_.clear();
}

void Lane::add(DueDelivery due) {
  if (held_.contains(due.delivery.delivery_id)) return;
  if (!active() || waiting_.size() >= kMaxWaiting) {
    more_in_store_ = true;
    return;
  }
  // A body that cannot go soon is read again when it can.
  if (endpoint_.health.open) due.body = nullptr;
  held_.insert(due.delivery.delivery_id);
  const Timestamp at = due.delivery.next_at;
  waiting_.emplace(at, std::move(due));
}

std::optional<DueDelivery> Lane::take(Timestamp now) {
  if (next_at(now) > now) return {};
  auto first = waiting_.begin();
  DueDelivery due = std::move(first->second);
  waiting_.erase(first);
  ++running_;
  pace_.sent(now);
  if (endpoint_.health.open) probe_ = due.delivery.delivery_id;
  return due;
}

Timestamp Lane::next_at(Timestamp now) const {
  if (waiting_.empty() || !active()) return kNever;
  Timestamp next = std::max(waiting_.begin()->first, endpoint_.health.held_until);
  if (endpoint_.health.open) {
    if (running_ > 0) return kNever;
    next = std::max(next, endpoint_.health.probe_at);
  }
  return std::max(next, pace_.next_at(now, running_));
}

void Lane::answered(const std::string& delivery_id, Outcome outcome, bool timed_out, std::optional<Timestamp> hold,
                    Timestamp now, Entropy& entropy) {
  --running_;
  EndpointHealth& health = endpoint_.health;
  const bool probe = probe_ == delivery_id;
  if (probe) probe_.clear();
  if (hold) health.held_until = std::max(health.held_until, *hold);
  proven_ = outcome == Outcome::delivered;
  if (outcome == Outcome::delivered) {
    // What gathered behind the open circuit is let out by degrees.
    if (health.open) pace_.start_slowly(now);
    pace_.succeeded();
    return note_success(health);
  }
  outcome == Outcome::slow_down ? pace_.slow_down(now) : pace_.failed();
  note_failure(health, timed_out, probe, now, entropy);
}

void Lane::not_sent(const std::string& delivery_id) {
  --running_;
  if (probe_ == delivery_id) probe_.clear();
  done(delivery_id);
}

void Lane::done(const std::string& delivery_id) {
  held_.erase(delivery_id);
  if (refilling_) done_meanwhile_.insert(delivery_id);
}

void Lane::disable(std::string reason, Timestamp now) {
  endpoint_.state = EndpointState::disabled;
  endpoint_.state_reason = std::move(reason);
  endpoint_.state_at = now;
  drop_waiting();
}

std::size_t Lane::begin_refill() {
  refilling_ = true;
  changed_meanwhile_ = false;
  done_meanwhile_.clear();
  refill_limit_ = kMaxWaiting + held_.size();
  return refill_limit_;
}

void Lane::end_refill(std::optional<std::vector<Delivery>> found) {
  refilling_ = false;
  if (!found || changed_meanwhile_) return;
  more_in_store_ = found->size() >= refill_limit_;
  for (auto& delivery : *found) {
    if (!done_meanwhile_.contains(delivery.delivery_id)) add({std::move(delivery), endpoint_, nullptr});
  }
}

bool Lane::idle(Timestamp now) const {
  const bool nothing_to_send = held_.empty() && !refilling_ && (!more_in_store_ || !active());
  return nothing_to_send && pace_.forgettable(now);
}

}  // namespace wrapup
