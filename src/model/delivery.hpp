// A webhook on its way: endpoint, delivery, attempt, and when to try again (contract, section 10). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/entropy.hpp"

namespace wrapup {

enum class EndpointState { active, disabled };
std::string_view to_string(EndpointState state);

/// One receiver URL of a workspace; made by the first use of the URL.
struct Endpoint {
  std::string workspace_id;
  std::string endpoint_id;
  std::string url;
  EndpointState state = EndpointState::active;
  Timestamp held_until = 0;  // by Retry-After: nothing is sent to the endpoint before
  Timestamp created_at = 0;
};

enum class DeliveryState { pending, delivered, exhausted };
std::string_view to_string(DeliveryState state);

/// One frozen body and where it must go.
struct Delivery {
  std::string workspace_id;
  std::string webhook_id;  // stable over attempts and restarts
  std::string endpoint_id;
  std::string call_id;
  std::string model_id;
  std::int64_t revision = 1;
  DeliveryState state = DeliveryState::pending;
  std::int64_t attempts = 0;
  Timestamp next_at = 0;
  Timestamp created_at = 0;
  std::optional<Timestamp> ended_at;  // of the call, to measure hang-up to delivered
};

/// What an attempt came to.
enum class Outcome {
  delivered,   // 2xx
  retry,       // 408, 425, 429, 5xx, network and TLS errors
  retry_soon,  // other 4xx, 3xx: a receiver being set right; the short schedule
  gone,        // 410: the endpoint is disabled at once
};

struct RetryPolicy {
  std::vector<Duration> schedule{5 * kSecond, 30 * kSecond, 2 * kMinute, 10 * kMinute, 30 * kMinute, kHour,
                                 2 * kHour,   4 * kHour,    8 * kHour,   12 * kHour,   24 * kHour,   24 * kHour};
  std::vector<Duration> short_schedule{5 * kSecond, 30 * kSecond, 2 * kMinute, 10 * kMinute};
  Duration max_retry_after = kDay;

  /// The wait after attempt number `attempts` (from 1), with full jitter: uniform in [0, step], in whole milliseconds.
  /// Nothing when the schedule is used up.
  std::optional<Duration> wait_after(Outcome outcome, std::int64_t attempts, Entropy& entropy) const;
};

}  // namespace wrapup
