#include "ingest/watchdog.hpp"

#include "base/log.hpp"
#include "base/time.hpp"

namespace wrapup {

Watchdog::Watchdog(Executor executor, AsyncStore& store, Clock& clock, Intake& intake, Duration stuck_after)
    : store_(store),
      clock_(clock),
      intake_(intake),
      stuck_after_(stuck_after),
      timer_(clock.timer(std::move(executor))) {}

void Watchdog::start(TaskGroup& group) { group.spawn(loop(group)); }

void Watchdog::stop() { timer_->cancel(); }

Task<void> Watchdog::loop(TaskGroup& group) {
  while (!group.stopping()) {
    if (store_.keeps_house(clock_.monotonic())) co_await end_stuck_calls();
    if (!group.stopping()) co_await timer_->wait_until(clock_.now() + kMinute);
  }
}

Task<void> Watchdog::end_stuck_calls() {
  constexpr std::int64_t kAtOnce = 100;
  const Timestamp before = clock_.now() - stuck_after_;
  auto stuck = co_await store_.read([before](Store& store) { return store.stuck_calls(before, kAtOnce); });
  if (!stuck) {
    log_warning("watchdog_failed", {{"error", stuck.error().detail}});
    co_return;
  }
  for (const auto& key : *stuck) {
    Event event;
    event.id = "watchdog";
    event.type = EventType::ended;
    event.at = clock_.now();
    event.body = {{"id", event.id},
                  {"type", "ended"},
                  {"at", format_utc(event.at)},
                  {"status", "failed"},
                  {"reason", "error"},
                  {"error_message", "no event of this call for " + std::to_string(stuck_after_ / kSecond) + " s"}};
    auto ended = co_await store_.write(
        [this, key, event](Store& store) { return intake_.events(store, key.workspace_id, key.call_id, {event}); });
    if (ended) {
      log_warning("stuck_call_ended", {{"call", key.call_id}});
      Intake::announce(store_.feeds(), key.workspace_id, *ended);
    }
  }
}

}  // namespace wrapup
