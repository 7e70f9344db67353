#include "app/sampler.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "base/log.hpp"

namespace wrapup {

namespace {

constexpr Duration kEvery = 15 * kSecond;
constexpr std::int64_t kShare = 50;  // of the time, one part at most goes to looking

struct Sample {
  std::vector<QueueClass> queues;
  std::int64_t database_bytes = 0;
  std::filesystem::space_info disk;
};

Result<Sample> look(Store& store, const std::string& folder, Timestamp now) {
  Sample sample;
  auto queues = store.queue_classes(now);
  if (!queues) return fail(std::move(queues.error()));
  sample.queues = std::move(*queues);
  auto used = store.used_bytes();
  if (!used) return fail(std::move(used.error()));
  sample.database_bytes = *used;
  std::error_code none;  // then all are -1, and shown so
  sample.disk = std::filesystem::space(folder, none);
  return sample;
}

}  // namespace

Sampler::Sampler(Executor executor, AsyncStore& store, Clock& clock, Metrics& metrics, std::string folder)
    : store_(store),
      clock_(clock),
      metrics_(metrics),
      folder_(std::move(folder)),
      timer_(clock.timer(std::move(executor))) {}

void Sampler::start(TaskGroup& group) { group.spawn(loop(group)); }

Task<void> Sampler::loop(TaskGroup& group) {
  while (!group.stopping()) {
    const std::int64_t began = clock_.monotonic();
    co_await sample();
    const Duration took = clock_.monotonic() - began;
    if (!group.stopping()) co_await timer_->wait_until(clock_.now() + std::max(kEvery, kShare * took));
  }
}

Task<void> Sampler::sample() {
  const Timestamp now = clock_.now();
  auto seen = co_await store_.read([&](Store& store) { return look(store, folder_, now); });
  if (!seen) {
    log_warning("sample_failed", {{"error", seen.error().detail}});
    co_return;
  }
  for (const auto& queue : metrics_.queues()) {
    const auto found = std::find_if(seen->queues.begin(), seen->queues.end(),
                                    [&](const QueueClass& each) { return each.name == queue.name; });
    const QueueClass waits = found == seen->queues.end() ? QueueClass() : *found;
    const Duration due_since = std::max<Duration>(now - waits.oldest_due.value_or(now), 0);
    queue.deliveries->Set(static_cast<double>(waits.deliveries));
    queue.endpoints->Set(static_cast<double>(waits.endpoints));
    queue.oldest_due_seconds->Set(static_cast<double>(due_since) / kSecond);
    if (queue.name == "open") metrics_.circuits_open.Set(static_cast<double>(waits.endpoints));
  }
  metrics_.database_bytes.Set(static_cast<double>(seen->database_bytes));
  metrics_.disk_bytes.Set(static_cast<double>(seen->disk.capacity));
  metrics_.disk_free_bytes.Set(static_cast<double>(seen->disk.available));
}

}  // namespace wrapup
