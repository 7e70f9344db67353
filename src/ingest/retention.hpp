// Keeps the database within bounds. Once an hour it deletes what is older than it is to be kept; when the database is
// larger than it may be, the oldest goes first, and new calls are refused while nothing may go. Small commits with
// pauses between them, so that no other write waits for long. Where the store keeps weeks (storage/weeks.hpp) those are
// made beforehand, and dropped as a whole. While the disk is full it tries a write now and then, so
// that the store notices when there is room again. A store that fails is asked again at the next look. One reactor.
#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/task.hpp"
#include "ingest/accept.hpp"
#include "storage/async_store.hpp"

namespace wrapup {

class Retention {
 public:
  /// What is younger than an hour stays, whatever is set: its client may ask again.
  struct Settings {
    Duration calls = 90 * kDay;  // with events, payloads, deliveries and messages; 0: for ever
    Duration logs = 30 * kDay;   // attempts, and never longer than their calls; 0: as long as those
    std::int64_t max_bytes = 0;  // of the database that hold something; 0: no limit
    Duration inbox = 7 * kDay;   // requests in inboxes
  };

  Retention(Executor executor, AsyncStore& store, Clock& clock, Intake& intake, Metrics& metrics, Settings settings);
  /// Runs until the group stops.
  void start(TaskGroup& group);
  /// Wakes the loops so that they see that their group stops.
  void stop();

 private:
  // One walk over what is old.
  struct Walk {
    Timer& timer;
    Timestamp calls_before = 0;  // 0: none of them
    Timestamp logs_before = 0;
    bool for_room = false;  // ends as soon as the database is small enough
  };

  Task<void> keep_by_age();
  Task<void> keep_by_size();
  Task<void> keep_weeks(Walk& walk);
  Task<void> drop_week(const Walk& walk, const Week& week);
  Task<bool> delete_beside(const Walk& walk, const Week& week);
  Task<void> forget_answers(Timer& timer);
  Task<void> forget_inbox_requests(Timer& timer);
  Task<void> make_room();
  Task<std::int64_t> used_bytes();
  Task<Timestamp> oldest_kept();
  Task<bool> sweep(Walk walk);
  Task<bool> sweep_kind(const Walk& walk, const std::string& workspace_id, OldKind kind, Timestamp before);
  Task<bool> delete_rows(const Walk& walk, const std::string& workspace_id, OldKind kind, Timestamp before,
                         std::vector<std::string> ids);
  Task<bool> small_enough(const Walk& walk);
  Task<void> rest(const Walk& walk, std::int64_t began);
  void refuse_new(bool refuse);

  AsyncStore& store_;
  Clock& clock_;
  Intake& intake_;
  Metrics& metrics_;
  Settings settings_;
  std::unique_ptr<Timer> age_timer_;
  std::unique_ptr<Timer> size_timer_;
  TaskGroup* group_ = nullptr;
};

}  // namespace wrapup
