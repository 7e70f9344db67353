#include "delivery/lane.hpp"

#include <algorithm>
#include <iterator>

#include "delivery/breaker.hpp"

namespace wrapup {

namespace {

constexpr Duration kLongestRetry = 31 * kDay;  // no step of a schedule is longer
constexpr Duration kJustResumed = kMinute;

}  // namespace

Lane::Lane(Endpoint endpoint, std::shared_ptr<const LanePolicy> policy, const Clock& clock)
    : endpoint_(std::move(endpoint)),
      policy_(std::move(policy)),
      pace_(clock, policy_->concurrency, policy_->settings.limits()) {
  // Resumed before this lane was known, by another node or before a restart: what has gathered goes out slowly too.
  if (active() && endpoint_.state_at != endpoint_.created_at && clock.now() - endpoint_.state_at < kJustResumed)
    pace_.start_slowly();
}

void Lane::change(Endpoint endpoint, std::shared_ptr<const LanePolicy> policy) {
  const bool started =
      endpoint.state == EndpointState::active && (!active() || endpoint.state_at != endpoint_.state_at);
  // Otherwise what was read from the store may be older than what the last answers showed.
  if (!started) endpoint.health = endpoint_.health;
  endpoint_ = std::move(endpoint);
  policy_ = std::move(policy);
  pace_.set(policy_->concurrency, policy_->settings.limits());
  if (!active()) return drop_waiting();
  if (!started) return;
  // What waits may be due at another time now.
  drop_waiting();
  changed_meanwhile_ = true;
  mark_more();
  pace_.start_slowly();
}

void Lane::drop_waiting() {
  if (!waiting_.empty()) leave(waiting_.begin()->first);
  for (const auto& [at, due] : waiting_) held_.erase(due.delivery.delivery_id);
  waiting_.clear();
}

void Lane::add(DueDelivery due) {
  if (held_.contains(due.delivery.delivery_id)) return;
  const Timestamp at = due.delivery.next_at;
  if (!active() || at >= left_from_) return leave(at);
  if (held_.empty() && left_from_ == kNever) pace_.drained();
  if (waiting_.size() >= policy_->kept) {
    // Retries of tomorrow must not keep out what is due now.
    const auto last = std::prev(waiting_.end());
    if (at >= last->first) return leave(at);
    leave(last->first);
    held_.erase(last->second.delivery.delivery_id);
    waiting_.erase(last);
  }
  // A body that cannot go soon is read again when it can.
  if (endpoint_.health.open) due.body = nullptr;
  held_.insert(due.delivery.delivery_id);
  waiting_.emplace(at, std::move(due));
}

std::optional<DueDelivery> Lane::take(Timestamp now) {
  if (next_at(now) > now) return {};
  auto first = waiting_.begin();
  DueDelivery due = std::move(first->second);
  waiting_.erase(first);
  ++running_;
  pace_.sent();
  if (endpoint_.health.open) probe_ = due.delivery.delivery_id;
  return due;
}

Timestamp Lane::next_at(Timestamp now) const {
  if (waiting_.empty() || !active()) return kNever;
  if (endpoint_.health.open && running_ > 0) return kNever;
  const Duration wait = pace_.wait(running_);
  if (wait == kNever) return kNever;
  // What is further ahead than any wait there is was noted by a clock that was wrong, and has been set back since.
  const auto believe = [now](Timestamp at, Duration longest) { return at > now + longest ? now : at; };
  Timestamp next = std::max(believe(waiting_.begin()->first, kLongestRetry),
                            believe(endpoint_.health.held_until, policy_->retry.max_retry_after));
  if (endpoint_.health.open) next = std::max(next, believe(endpoint_.health.probe_at, kLongestProbeWait));
  return wait > 0 ? std::max(next, now + wait) : next;
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
    if (health.open) pace_.start_slowly();
    pace_.succeeded();
    return note_success(health);
  }
  outcome == Outcome::slow_down ? pace_.slow_down() : pace_.failed();
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
  left_from_ = kNever;
  changed_meanwhile_ = false;
  done_meanwhile_.clear();
  refill_limit_ = policy_->kept + held_.size();
  return refill_limit_;
}

void Lane::end_refill(std::optional<std::vector<Delivery>> found) {
  refilling_ = false;
  if (!found || changed_meanwhile_) return mark_more();
  // As many as were asked for: there may be more, due no sooner than the last of them.
  const Timestamp rest = found->size() < refill_limit_ ? kNever : found->back().next_at;
  for (auto& delivery : *found) {
    if (!done_meanwhile_.contains(delivery.delivery_id)) add({std::move(delivery), endpoint_, nullptr});
  }
  leave(rest);
}

bool Lane::idle() const { return held_.empty() && !refilling_ && left_from_ == kNever && pace_.forgettable(); }

}  // namespace wrapup
