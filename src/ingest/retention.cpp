#include "ingest/retention.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/log.hpp"
#include "storage/weeks.hpp"

namespace wrapup {

namespace {

constexpr Duration kLookAtAge = kHour;
constexpr Duration kLookAtSize = 15 * kSecond;
constexpr Duration kYoungest = kHour;
constexpr Duration kKeepAnswers = kDay;      // to an Idempotency-Key
constexpr Duration kWholeWeeks = 28 * kDay;  // what is kept for as long goes by the week
constexpr int kSlices = 64;                  // of the time that is kept, the oldest going first

// Log entries before their calls, which would take them along.
constexpr std::array kKinds{OldKind::attempts, OldKind::calls, OldKind::messages, OldKind::endpoints,
                            OldKind::agent_versions};

// Of each kind in one commit: about as many rows.
std::int64_t at_once(OldKind kind) { return kind == OldKind::calls ? 100 : 300; }

}  // namespace

Retention::Retention(Executor executor, AsyncStore& store, Clock& clock, Intake& intake, Metrics& metrics,
                     Settings settings)
    : store_(store),
      clock_(clock),
      intake_(intake),
      metrics_(metrics),
      settings_(settings),
      age_timer_(clock.timer(executor)),
      size_timer_(clock.timer(executor)) {}

void Retention::start(TaskGroup& group) {
  group_ = &group;
  group.spawn(keep_by_age());
  group.spawn(keep_by_size());
}

void Retention::stop() {
  age_timer_->cancel();
  size_timer_->cancel();
}

Task<void> Retention::keep_by_age() {
  while (!group_->stopping()) {
    if (!store_.keeps_house(clock_.monotonic())) {
      co_await age_timer_->wait_until(clock_.now() + kMinute);
      continue;
    }
    const Timestamp next = clock_.now() + kLookAtAge;
    Walk walk{*age_timer_};
    if (settings_.calls > 0) walk.calls_before = clock_.now() - std::max(settings_.calls, kYoungest);
    if (settings_.logs > 0) walk.logs_before = clock_.now() - std::max(settings_.logs, kYoungest);
    walk.logs_before = std::max(walk.logs_before, walk.calls_before);
    if (store_.is_shared()) co_await keep_weeks(walk);
    co_await sweep(walk);
    co_await forget_answers(*age_timer_);
    co_await forget_inbox_requests(*age_timer_);
    if (!group_->stopping()) co_await age_timer_->wait_until(next);
  }
}

Task<void> Retention::keep_by_size() {
  while (!group_->stopping()) {
    if (store_.out_of_space()) co_await store_.write([](Store& store) { return store.try_write(); });
    if (settings_.max_bytes > 0) co_await make_room();
    if (!group_->stopping()) co_await size_timer_->wait_until(clock_.now() + kLookAtSize);
  }
}

// What is kept for weeks goes by the week: then there is nothing left to be deleted by itself but what had to stay.
Task<void> Retention::keep_weeks(Walk& walk) {
  Result<bool> made = true;
  while (made && *made && !group_->stopping()) {
    made = co_await store_.control([now = clock_.now()](Store& store) { return store.make_week(now); });
  }
  auto old =
      co_await store_.read([walk](Store& store) { return store.old_weeks(walk.calls_before, walk.logs_before); });
  if (!made || !old) {
    log_warning("retention_failed", {{"error", !made ? made.error().detail : old.error().detail}});
    if (!old) co_return;
  }
  for (const auto& week : *old) co_await drop_week(walk, week);
  if (settings_.calls >= kWholeWeeks) walk.calls_before = week_of(walk.calls_before);
  const Duration logs = settings_.logs > 0 ? settings_.logs : settings_.calls;
  if (logs >= kWholeWeeks) walk.logs_before = week_of(walk.logs_before);
}

Task<void> Retention::drop_week(const Walk& walk, const Week& week) {
  if (!co_await delete_beside(walk, week) || group_->stopping()) co_return;
  auto dropped = co_await store_.control([&](Store& store) { return store.drop_week(week); });
  if (!dropped) {
    log_warning("week_not_dropped", {{"partition", week.partition}, {"error", dropped.error().detail}});
  } else if (*dropped) {
    log_info("week_dropped", {{"partition", week.partition}});
    metrics_.deleted_calls.Increment(static_cast<double>(**dropped));
  }
}

// False when it is not done.
Task<bool> Retention::delete_beside(const Walk& walk, const Week& week) {
  constexpr std::int64_t kAtOnce = 500;  // of a table
  auto workspaces = co_await store_.read([](Store& store) { return store.workspaces(); });
  if (!workspaces) co_return false;
  for (const auto& workspace_id : *workspaces) {
    for (std::int64_t rows = kAtOnce; rows >= kAtOnce && !group_->stopping();) {
      const std::int64_t began = clock_.monotonic();
      auto gone = co_await store_.write([&](Store& store) { return store.delete_beside(workspace_id, week, kAtOnce); });
      if (!gone) co_return false;
      rows = *gone;
      if (rows > 0) co_await rest(walk, began);
    }
  }
  co_return true;
}

Task<void> Retention::forget_answers(Timer& timer) {
  constexpr std::int64_t kAtOnce = 500;
  const Timestamp before = clock_.now() - kKeepAnswers;
  while (!group_->stopping()) {
    const std::int64_t began = clock_.monotonic();
    auto gone = co_await store_.write([before](Store& store) { return store.forget_idempotent(before, kAtOnce); });
    if (!gone) {
      log_warning("retention_failed", {{"error", gone.error().detail}});
      co_return;
    }
    metrics_.deleted_answers.Increment(static_cast<double>(*gone));
    if (*gone < kAtOnce) co_return;
    co_await rest({timer}, began);
  }
}

Task<void> Retention::forget_inbox_requests(Timer& timer) {
  constexpr std::int64_t kAtOnce = 20;  // of a mebibyte, maybe
  const Timestamp before = clock_.now() - settings_.inbox;
  while (!group_->stopping()) {
    const std::int64_t began = clock_.monotonic();
    auto gone = co_await store_.write([before](Store& store) { return store.forget_inbox_requests(before, kAtOnce); });
    if (!gone) log_warning("retention_failed", {{"error", gone.error().detail}});
    if (!gone || *gone < kAtOnce) co_return;
    co_await rest({timer}, began);
  }
}

Task<std::int64_t> Retention::used_bytes() {
  auto used = co_await store_.read([](Store& store) { return store.used_bytes(); });
  if (!used) log_warning("retention_failed", {{"error", used.error().detail}});
  co_return used.value_or(0);
}

// The time of the oldest call or attempt of all; now when there is none.
Task<Timestamp> Retention::oldest_kept() {
  const Timestamp now = clock_.now();
  auto oldest = co_await store_.read([now](Store& store) -> Result<Timestamp> {
    auto workspaces = store.workspaces();
    if (!workspaces) return fail(std::move(workspaces.error()));
    Timestamp first = now;
    for (const auto& workspace_id : *workspaces) {
      auto kept = store.oldest_kept(workspace_id);
      if (!kept) return fail(std::move(kept.error()));
      first = std::min(first, kept->value_or(now));
    }
    return first;
  });
  if (!oldest) log_warning("retention_failed", {{"error", oldest.error().detail}});
  co_return oldest.value_or(now);
}

// Deletes the oldest, a slice of time after another, until the database is small enough or nothing more may go.
Task<void> Retention::make_room() {
  if (co_await used_bytes() <= settings_.max_bytes) {
    refuse_new(false);
    co_return;
  }
  const Timestamp end = clock_.now() - kYoungest;
  const Timestamp oldest = co_await oldest_kept();
  // Where nothing could go a moment ago, the order of what may go by now matters little.
  const Duration slice = std::max<Duration>((end - oldest) / (intake_.refuses_new() ? 1 : kSlices), kMinute);
  bool done = false;
  for (Timestamp before = oldest; before < end && !done && !group_->stopping();) {
    before = std::min(before + slice, end);
    done = co_await sweep({*size_timer_, before, before, true});
  }
  if (!group_->stopping()) refuse_new(!done && co_await used_bytes() > settings_.max_bytes);
}

void Retention::refuse_new(bool refuse) {
  if (intake_.refuses_new() == refuse) return;
  intake_.refuse_new(refuse);
  if (refuse) {
    log_error("storage_full", {{"max_bytes", std::to_string(settings_.max_bytes)}});
  } else {
    log_info("storage_has_room_again");
  }
}

// True when it ended early because the database is small enough.
Task<bool> Retention::sweep(Walk walk) {
  auto workspaces = co_await store_.read([](Store& store) { return store.workspaces(); });
  if (!workspaces) {
    log_warning("retention_failed", {{"error", workspaces.error().detail}});
    co_return false;
  }
  for (const auto& workspace_id : *workspaces) {
    for (const OldKind kind : kKinds) {
      const Timestamp before = kind == OldKind::attempts ? walk.logs_before : walk.calls_before;
      if (before > 0 && co_await sweep_kind(walk, workspace_id, kind, before)) co_return true;
    }
  }
  co_return false;
}

Task<bool> Retention::sweep_kind(const Walk& walk, const std::string& workspace_id, OldKind kind, Timestamp before) {
  std::string after;
  do {
    auto rows = co_await store_.read(
        [&](Store& store) { return store.old_rows(kind, workspace_id, before, after, at_once(kind)); });
    if (!rows) {
      log_warning("retention_failed", {{"error", rows.error().detail}});
      co_return false;
    }
    if (co_await delete_rows(walk, workspace_id, kind, before, std::move(rows->ids))) co_return true;
    after = std::move(rows->next);
  } while (!after.empty() && !group_->stopping());
  co_return false;
}

Task<bool> Retention::delete_rows(const Walk& walk, const std::string& workspace_id, OldKind kind, Timestamp before,
                                  std::vector<std::string> ids) {
  const std::array counters{&metrics_.deleted_log_entries, &metrics_.deleted_calls, &metrics_.deleted_messages,
                            &metrics_.deleted_endpoints, &metrics_.deleted_agent_versions};
  for (std::span<const std::string> left(ids); !left.empty() && !group_->stopping();) {
    const std::int64_t began = clock_.monotonic();
    auto deleted =
        co_await store_.write([&](Store& store) { return store.delete_old(kind, workspace_id, left, before); });
    if (!deleted) {
      log_warning("retention_failed", {{"error", deleted.error().detail}});
      co_return false;
    }
    counters[static_cast<std::size_t>(kind)]->Increment(static_cast<double>(deleted->gone));
    left = left.subspan(deleted->taken);
    if (co_await small_enough(walk)) co_return true;
    co_await rest(walk, began);
  }
  co_return false;
}

// Some room is made beyond the limit, so that this need not begin again at once.
Task<bool> Retention::small_enough(const Walk& walk) {
  if (!walk.for_room) co_return false;
  co_return co_await used_bytes() <= settings_.max_bytes - settings_.max_bytes / 20;
}

// The more the store has to do, the longer: a fifth of the time goes to deleting, half of it when room is needed.
Task<void> Retention::rest(const Walk& walk, std::int64_t began) {
  const Duration took = clock_.monotonic() - began;
  const Duration pause = walk.for_room ? std::clamp(took, 10 * kMillisecond, kSecond)
                                       : std::clamp(4 * took, 50 * kMillisecond, 5 * kSecond);
  if (!group_->stopping()) co_await walk.timer.wait_until(clock_.now() + pause);
}

}  // namespace wrapup
