#include "delivery/breaker.hpp"

#include <algorithm>

namespace wrapup {

namespace {

constexpr Duration kFirstWait = kSecond;
constexpr Duration kLongestWait = 5 * kMinute;
constexpr std::int64_t kDoublings = 9;  // 1 s · 2^9 is beyond the longest

Duration wait_before_probe(std::int64_t failures, Entropy& entropy) {
  const auto beyond = std::clamp<std::int64_t>(failures - kOpensAt, 0, kDoublings);
  const Duration wait = std::min(kFirstWait << beyond, kLongestWait);
  return wait + static_cast<Duration>(entropy.below(static_cast<std::uint64_t>(wait / 5)));
}

}  // namespace

void note_success(EndpointHealth& health) {
  health.open = false;
  health.probe_at = 0;
  health.failures = 0;
  health.failing_since.reset();
}

void note_failure(EndpointHealth& health, bool timed_out, bool probe, Timestamp now, Entropy& entropy) {
  if (!health.failing_since) health.failing_since = now;
  // Answers of requests that were under way when it opened say nothing new.
  if (health.open && !probe) return;
  health.failures += health.open ? 1 : timed_out ? 3 : 1;
  if (health.failures < kOpensAt) return;
  if (!health.open) health.failures = kOpensAt;
  health.open = true;
  health.probe_at = now + wait_before_probe(health.failures, entropy);
}

}  // namespace wrapup
