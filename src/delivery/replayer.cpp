#include "delivery/replayer.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace wrapup {

namespace {

constexpr Duration kStep = 200 * kMillisecond;
constexpr Duration kStorageRetry = kSecond;
constexpr std::int64_t kMostAtOnce = 500;

// One step of a replay, and the deliveries that it made.
Result<std::vector<DueDelivery>> replay_some(Store& store, const Replay& begun, std::int64_t limit, Clock& clock,
                                             Entropy& entropy) {
  std::vector<DueDelivery> made;
  auto replay = store.get_replay(begun.workspace_id, begun.replay_id);
  if (!replay) return fail(std::move(replay.error()));
  if (replay->state != ReplayState::running) return made;
  auto next = store.next_to_replay(*replay, limit);
  if (!next) return fail(std::move(next.error()));
  for (auto& delivery : *next) {
    replay->position = delivery.delivery_id;
    delivery.replay_id = replay->replay_id;
    auto due =
        store.replay_delivery(delivery, replay->url, new_id(clock, entropy), new_id(clock, entropy), clock.now());
    // Its endpoint was deleted: there is nowhere to send it to.
    if (!due && due.error().code == Code::not_found) continue;
    if (!due) return fail(std::move(due.error()));
    made.push_back(std::move(*due));
  }
  replay->queued += static_cast<std::int64_t>(made.size());
  replay->updated_at = clock.now();
  if (static_cast<std::int64_t>(next->size()) < limit) replay->state = ReplayState::completed;
  if (auto kept = store.update_replay(*replay); !kept) return fail(std::move(kept.error()));
  return made;
}

}  // namespace

Replayer::Replayer(Executor executor, AsyncStore& store, Clock& clock, Entropy& entropy)
    : store_(store), clock_(clock), entropy_(entropy), timer_(clock.timer(std::move(executor))) {
  store_.feeds().replays.connect([this](const std::string&) { stop(); });
}

void Replayer::start(TaskGroup& group) { group.spawn(loop(group)); }

// Wakes the loop: something is to be done, or its group stops.
void Replayer::stop() {
  woken_ = true;
  timer_->cancel();
}

Task<void> Replayer::loop(TaskGroup& group) {
  while (!group.stopping()) {
    woken_ = false;
    auto running = co_await store_.read([](Store& store) { return store.running_replays(); });
    if (!running) {
      log_warning("replays_not_read", {{"error", running.error().detail}});
      co_await timer_->wait_until(clock_.now() + kStorageRetry);
      continue;
    }
    std::erase_if(*running,
                  [this](const Replay& replay) { return !store_.holds(replay.replay_id, clock_.monotonic()); });
    std::erase_if(advanced_at_, [&](const auto& known) {
      return std::none_of(running->begin(), running->end(),
                          [&](const Replay& replay) { return replay.replay_id == known.first; });
    });
    for (const Replay& replay : *running) co_await advance(replay);
    if (group.stopping() || woken_) continue;
    co_await timer_->wait_until(running->empty() ? kNever : clock_.now() + kStep);
  }
}

// As many as its rate gives for the time since the last step.
Task<void> Replayer::advance(const Replay& replay) {
  const Timestamp now = clock_.now();
  const auto [known, first] = advanced_at_.try_emplace(replay.replay_id, now - kStep);
  const Duration since = std::clamp<Duration>(now - known->second, 0, kSecond);
  const std::int64_t due = std::min(replay.rate * since / kSecond, kMostAtOnce);
  if (due < 1) co_return;
  // What is left of the time counts for the next step.
  known->second = now - (since - due * kSecond / replay.rate);
  auto made = co_await store_.write(
      [this, &replay, due](Store& store) { return replay_some(store, replay, due, clock_, entropy_); });
  if (!made) {
    log_error("replay_step_failed", {{"replay", replay.replay_id}, {"error", made.error().detail}});
    co_return;
  }
  for (auto& delivery : *made) store_.feeds().deliveries.offer(std::move(delivery));
}

}  // namespace wrapup
