// A webhook on its way: delivery, outcome of an attempt, and when to try again (contract, section 10). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/entropy.hpp"

namespace wrapup {

enum class DeliveryState {
  pending,    // waits for its time, or for its endpoint to be active again
  delivered,  // a 2xx came
  exhausted,  // the retry policy ended
  canceled,   // somebody said so
};
std::string_view to_string(DeliveryState state);
std::optional<DeliveryState> delivery_state_from(std::string_view text);

/// One frozen body and where it must go.
struct Delivery {
  std::string workspace_id;
  std::string delivery_id;  // of a replay its own; else the webhook's
  std::string webhook_id;   // stable over attempts, restarts and replays
  std::string type;         // of the event: "call.completed", "endpoint.disabled", …
  std::string endpoint_id;
  std::string call_id;  // empty: of no call
  std::string model_id;
  std::int64_t revision = 1;  // of the call's payload; 0: the body is a message
  std::string replay_id;      // of the bulk replay that made it
  DeliveryState state = DeliveryState::pending;
  std::int64_t attempts = 0;
  Timestamp next_at = 0;
  Timestamp created_at = 0;
  std::optional<Timestamp> first_sent_at;
  std::optional<Timestamp> ended_at;  // of the call, to measure hang-up to delivered
  std::string failure;                // class of the last attempt's failure; empty when there was none
};

/// What an attempt came to.
enum class Outcome {
  delivered,   // 2xx
  retry,       // 408, 425, 5xx, network and TLS errors
  slow_down,   // 429, 503: as retry, and the endpoint's pace is cut
  retry_soon,  // other 4xx, 3xx: a receiver being set right; the short schedule
  gone,        // 410: the endpoint is disabled at once
};

/// Classes of failure, as logs show them and filters name them: those of the network (net/http_client) and of answers.
std::string_view failure_of_status(int status);

struct RetryPolicy {
  std::vector<Duration> schedule{5 * kSecond, 30 * kSecond, 2 * kMinute, 10 * kMinute, 30 * kMinute, kHour,
                                 2 * kHour,   4 * kHour,    8 * kHour,   12 * kHour,   24 * kHour,   24 * kHour};
  std::vector<Duration> short_schedule{5 * kSecond, 30 * kSecond, 2 * kMinute, 10 * kMinute};
  Duration max_retry_after = kDay;
  Duration max_age = 30 * kDay;  // older ones are not tried again

  /// The wait after attempt number `attempts` (from 1), with full jitter: uniform in [0, step], in whole milliseconds.
  /// Nothing when the schedule is used up.
  std::optional<Duration> wait_after(Outcome outcome, std::int64_t attempts, Entropy& entropy) const;

  /// What becomes of `delivery` after one more attempt, which came to `outcome` at `now`; `hold` is until when the
  /// receiver asked to be left alone. A delivery that was canceled meanwhile is not seen here. After `gone` it waits
  /// for the endpoint to be enabled again.
  void after(Delivery& delivery, Outcome outcome, std::optional<Timestamp> hold, Timestamp now, Entropy& entropy) const;
};

}  // namespace wrapup
