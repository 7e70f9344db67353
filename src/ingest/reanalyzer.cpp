#include "ingest/reanalyzer.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace wrapup {

namespace {

constexpr Duration kStep = 200 * kMillisecond;
constexpr Duration kStorageRetry = kSecond;
constexpr std::int64_t kMostAtOnce = 200;

// One step of a job, and the calls that it made due.
Result<std::vector<Accepted>> reanalyze_some(Store& store, const Reanalysis& begun, std::int64_t limit, Clock& clock,
                                             Intake& intake) {
  std::vector<Accepted> made;
  auto job = store.get_reanalysis(begun.workspace_id, begun.reanalysis_id);
  if (!job) return fail(std::move(job.error()));
  if (job->state != ReplayState::running) return made;
  auto next = store.next_to_reanalyze(*job, limit);
  if (!next) return fail(std::move(next.error()));
  for (const auto& call_id : *next) {
    job->position = call_id;
    auto due = intake.reanalyze(store, job->workspace_id, call_id, job->with);
    if (!due) return fail(std::move(due.error()));
    if (auto noted = store.mark_reanalysis({job->workspace_id, call_id}, job->reanalysis_id); !noted)
      return fail(std::move(noted.error()));
    made.push_back(std::move(*due));
  }
  job->queued += static_cast<std::int64_t>(made.size());
  job->updated_at = clock.now();
  if (static_cast<std::int64_t>(next->size()) < limit) job->state = ReplayState::completed;
  if (auto kept = store.update_reanalysis(*job); !kept) return fail(std::move(kept.error()));
  return made;
}

}  // namespace

Reanalyzer::Reanalyzer(Executor executor, AsyncStore& store, Clock& clock, Intake& intake)
    : store_(store), clock_(clock), intake_(intake), timer_(clock.timer(std::move(executor))) {
  store_.feeds().reanalyses.connect([this](const std::string&) { stop(); });
}

void Reanalyzer::start(TaskGroup& group) { group.spawn(loop(group)); }

// Wakes the loop: something is to be done, or its group stops.
void Reanalyzer::stop() {
  woken_ = true;
  timer_->cancel();
}

Task<void> Reanalyzer::loop(TaskGroup& group) {
  while (!group.stopping()) {
    woken_ = false;
    auto running = co_await store_.read([](Store& store) { return store.running_reanalyses(); });
    if (!running) {
      log_warning("reanalyses_not_read", {{"error", running.error().detail}});
      co_await timer_->wait_until(clock_.now() + kStorageRetry);
      continue;
    }
    std::erase_if(*running,
                  [this](const Reanalysis& job) { return !store_.holds(job.reanalysis_id, clock_.monotonic()); });
    std::erase_if(advanced_at_, [&](const auto& known) {
      return std::none_of(running->begin(), running->end(),
                          [&](const Reanalysis& job) { return job.reanalysis_id == known.first; });
    });
    for (const Reanalysis& job : *running) co_await advance(job);
    if (group.stopping() || woken_) continue;
    co_await timer_->wait_until(running->empty() ? kNever : clock_.now() + kStep);
  }
}

// As many as its rate gives for the time since the last step.
Task<void> Reanalyzer::advance(const Reanalysis& job) {
  const Timestamp now = clock_.now();
  const auto [known, first] = advanced_at_.try_emplace(job.reanalysis_id, now - kStep);
  const Duration since = std::clamp<Duration>(now - known->second, 0, kSecond);
  const std::int64_t due = std::min(job.rate * since / kSecond, kMostAtOnce);
  if (due < 1) co_return;
  // What is left of the time counts for the next step.
  known->second = now - (since - due * kSecond / job.rate);
  auto made = co_await store_.write(
      [this, &job, due](Store& store) { return reanalyze_some(store, job, due, clock_, intake_); });
  if (!made) {
    log_error("reanalysis_step_failed", {{"job", job.reanalysis_id}, {"error", made.error().detail}});
    co_return;
  }
  for (auto& accepted : *made) Intake::announce(store_.feeds(), job.workspace_id, accepted);
}

}  // namespace wrapup
