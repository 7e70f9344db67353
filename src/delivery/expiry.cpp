#include "delivery/expiry.hpp"

#include <utility>
#include <vector>

#include "base/log.hpp"
#include "delivery/operations.hpp"
#include "model/payload.hpp"

namespace wrapup {

namespace {

constexpr Duration kLook = kHour;
constexpr Duration kBetweenCommits = 50 * kMillisecond;
constexpr std::int64_t kAtOnce = 100;
constexpr std::string_view kFailure = "max_age";

bool is_parked(const Endpoint& endpoint) { return endpoint.state != EndpointState::active || endpoint.health.open; }

struct Ended {
  std::int64_t count = 0;
  std::vector<DueDelivery> told;  // to the owner
};

// Ends those of `old` that still wait, and tells the owner of each.
Result<Ended> end_them(Store& store, const std::vector<Delivery>& old, const Endpoint& known, Clock& clock,
                       Entropy& entropy) {
  Ended ended;
  auto endpoint = store.get_endpoint(known.workspace_id, known.endpoint_id);
  if (!endpoint) return endpoint.error().code == Code::not_found ? Result<Ended>(ended) : fail(endpoint.error());
  if (!is_parked(*endpoint)) return ended;  // it is sent to again
  std::vector<Message> messages;
  for (Delivery delivery : old) {
    auto changed = store.exhaust_delivery(delivery.workspace_id, delivery.delivery_id, std::string(kFailure));
    if (!changed) return fail(std::move(changed.error()));
    if (!*changed) continue;
    ++ended.count;
    delivery.state = DeliveryState::exhausted;
    delivery.failure = kFailure;
    if (delivery.type != kCallCompleted) continue;
    messages.push_back(exhausted_message(delivery, *endpoint, new_id(clock, entropy), clock.now()));
  }
  auto told = tell_operations(store, messages, endpoint->url, new_id(clock, entropy));
  if (!told) return fail(std::move(told.error()));
  ended.told = std::move(*told);
  return ended;
}

}  // namespace

Expiry::Expiry(Executor executor, AsyncStore& store, Clock& clock, Entropy& entropy, Metrics& metrics,
               const SecretBox& secrets, Duration max_age)
    : store_(store),
      clock_(clock),
      entropy_(entropy),
      metrics_(metrics),
      secrets_(secrets),
      max_age_(max_age),
      timer_(clock.timer(std::move(executor))) {}

void Expiry::start(TaskGroup& group) { group.spawn(loop(group)); }

Task<void> Expiry::loop(TaskGroup& group) {
  while (!group.stopping()) {
    if (!store_.keeps_house(clock_.monotonic())) {
      co_await timer_->wait_until(clock_.now() + kMinute);
      continue;
    }
    auto endpoints = co_await store_.read([](Store& store) { return store.endpoints_with_pending(); });
    if (!endpoints) {
      log_warning("expiry_failed", {{"error", endpoints.error().detail}});
      endpoints.emplace();
    }
    for (const Endpoint& endpoint : *endpoints) {
      if (is_parked(endpoint)) co_await end_old(group, endpoint);
    }
    if (!group.stopping()) co_await timer_->wait_until(clock_.now() + kLook);
  }
}

// Nothing when its settings cannot be read: it may be a longer one.
std::optional<Duration> Expiry::max_age_of(const Endpoint& endpoint) const {
  const auto settings = open_settings(endpoint, secrets_);
  if (settings) return settings->max_age.value_or(max_age_);
  log_warning("expiry_failed", {{"endpoint", endpoint.endpoint_id}, {"error", settings.error().message}});
  return {};
}

Task<void> Expiry::end_old(TaskGroup& group, const Endpoint& endpoint) {
  const auto max_age = max_age_of(endpoint);
  if (!max_age) co_return;
  const Timestamp before = clock_.now() - *max_age;
  while (!group.stopping()) {
    auto old = co_await store_.read([&](Store& store) {
      return store.pending_before(endpoint.workspace_id, endpoint.endpoint_id, before, kAtOnce);
    });
    if (!old) {
      log_warning("expiry_failed", {{"error", old.error().detail}});
      co_return;
    }
    if (old->empty()) co_return;
    auto ended = co_await store_.write([&](Store& store) { return end_them(store, *old, endpoint, clock_, entropy_); });
    if (!ended) {
      log_warning("expiry_failed", {{"error", ended.error().detail}});
      co_return;
    }
    if (ended->count == 0) co_return;
    metrics_.webhooks_exhausted.Increment(static_cast<double>(ended->count));
    for (auto& due : ended->told) store_.feeds().deliveries.offer(std::move(due));
    co_await timer_->wait_until(clock_.now() + kBetweenCommits);
  }
}

}  // namespace wrapup
