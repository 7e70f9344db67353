#include "model/delivery.hpp"

#include <algorithm>
#include <array>

namespace wrapup {

std::string_view to_string(DeliveryState state) {
  switch (state) {
    case DeliveryState::pending: return "pending";
    case DeliveryState::delivered: return "delivered";
    case DeliveryState::exhausted: return "exhausted";
    case DeliveryState::canceled: return "canceled";
  }
  return "";
}

std::optional<DeliveryState> delivery_state_from(std::string_view text) {
  for (const auto state :
       {DeliveryState::pending, DeliveryState::delivered, DeliveryState::exhausted, DeliveryState::canceled}) {
    if (text == to_string(state)) return state;
  }
  return {};
}

std::string_view failure_of_status(int status) {
  if (status >= 200 && status < 300) return "";
  if (status == 410) return "gone";
  if (status == 429) return "rate_limited";
  if (status >= 500) return "http_5xx";
  if (status >= 400) return "http_4xx";
  if (status >= 300) return "redirect";
  return "http_1xx";
}

std::optional<Duration> RetryPolicy::wait_after(Outcome outcome, std::int64_t attempts, Entropy& entropy) const {
  if (outcome == Outcome::delivered || attempts < 1) return {};
  const auto& steps = outcome == Outcome::retry_soon ? short_schedule : schedule;
  const auto index = static_cast<std::size_t>(attempts - 1);
  if (index >= steps.size()) return {};
  const auto millis = static_cast<std::uint64_t>(steps[index] / kMillisecond);
  return static_cast<Duration>(entropy.below(millis + 1)) * kMillisecond;
}

void RetryPolicy::after(Delivery& delivery, Outcome outcome, std::optional<Timestamp> hold, Timestamp now,
                        Entropy& entropy) const {
  ++delivery.attempts;
  if (outcome == Outcome::delivered) {
    delivery.state = DeliveryState::delivered;
    return;
  }
  const auto wait = wait_after(outcome, delivery.attempts, entropy);
  const bool too_old = now >= delivery.created_at + max_age;
  // A receiver that is gone for good may be named anew by its owner: the delivery waits for that.
  if (outcome != Outcome::gone && (!wait || too_old)) {
    delivery.state = DeliveryState::exhausted;
    return;
  }
  delivery.next_at = std::max(now + wait.value_or(0), hold.value_or(0));
}

}  // namespace wrapup
