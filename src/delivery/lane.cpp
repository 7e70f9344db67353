#include "delivery/lane.hpp"

#include <algorithm>

namespace wrapup {

void Lane::add(DueDelivery due) {
  if (endpoint_.state == EndpointState::disabled || held_.contains(due.delivery.webhook_id)) return;
  if (waiting_.size() >= kMaxWaiting) {
    more_in_store_ = true;
    return;
  }
  held_.insert(due.delivery.webhook_id);
  const Timestamp at = due.delivery.next_at;
  waiting_.emplace(at, std::move(due));
}

std::optional<DueDelivery> Lane::take(Timestamp now) {
  if (next_at() > now) return {};
  auto first = waiting_.begin();
  DueDelivery due = std::move(first->second);
  waiting_.erase(first);
  ++running_;
  return due;
}

Timestamp Lane::next_at() const {
  if (waiting_.empty() || running_ >= concurrency_ || endpoint_.state == EndpointState::disabled) return kNever;
  return std::max(waiting_.begin()->first, endpoint_.held_until);
}

void Lane::hold(Timestamp until) { endpoint_.held_until = std::max(endpoint_.held_until, until); }

void Lane::disable() {
  endpoint_.state = EndpointState::disabled;
  for (const auto& [at, due] : waiting_) held_.erase(due.delivery.webhook_id);
  waiting_.clear();
  more_in_store_ = false;
}

void Lane::done(const std::string& webhook_id) {
  held_.erase(webhook_id);
  if (refilling_) done_meanwhile_.insert(webhook_id);
}

std::size_t Lane::begin_refill() {
  refilling_ = true;
  done_meanwhile_.clear();
  refill_limit_ = kMaxWaiting + held_.size();
  return refill_limit_;
}

void Lane::end_refill(std::optional<std::vector<Delivery>> found) {
  refilling_ = false;
  if (!found) return;
  more_in_store_ = found->size() >= refill_limit_;
  for (auto& delivery : *found) {
    if (!done_meanwhile_.contains(delivery.webhook_id)) add({std::move(delivery), endpoint_, nullptr});
  }
}

}  // namespace wrapup
