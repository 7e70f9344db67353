#include "model/delivery.hpp"

namespace wrapup {

std::string_view to_string(EndpointState state) { return state == EndpointState::active ? "active" : "disabled"; }

std::string_view to_string(DeliveryState state) {
  switch (state) {
    case DeliveryState::pending: return "pending";
    case DeliveryState::delivered: return "delivered";
    case DeliveryState::exhausted: return "exhausted";
  }
  return "";
}

std::optional<Duration> RetryPolicy::wait_after(Outcome outcome, std::int64_t attempts, Entropy& entropy) const {
  if (outcome == Outcome::delivered || attempts < 1) return {};
  const auto& steps = outcome == Outcome::retry_soon ? short_schedule : schedule;
  const auto index = static_cast<std::size_t>(attempts - 1);
  if (index >= steps.size()) return {};
  const auto millis = static_cast<std::uint64_t>(steps[index] / kMillisecond);
  return static_cast<Duration>(entropy.below(millis + 1)) * kMillisecond;
}

}  // namespace wrapup
