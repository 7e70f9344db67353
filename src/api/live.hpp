// The live stream (GET /v2/stream): tells everybody who watches what was just stored, as server-sent events. It hears
// of changes from `feeds.changes`, which is connected only while somebody watches, gathers those of a moment, and reads
// them from the store, so that what it tells is what is stored. A watcher that comes back is told from the store what
// it missed. One reactor; a watcher that reads too slowly is dropped, one whose key or session has ended, too.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/live_events.hpp"
#include "base/clock.hpp"
#include "base/task.hpp"
#include "net/reply_stream.hpp"
#include "storage/async_store.hpp"

namespace wrapup {

/// What a watcher wants to hear of.
struct LiveWish {
  std::string workspace_id;
  bool calls = true;
  bool attempts = true;
  bool inbox = true;
  std::string call_id;  // only calls and attempts of it
  std::string token;    // only requests in this inbox
  bool bodies = false;
  bool relay = false;              // it answers the requests that come to `token`
  std::optional<Timestamp> after;  // the id of the last event it got
  std::string key_id;              // what lets it in
  std::string session;             // likewise; empty: the key itself
};

class Live {
 public:
  Live(Executor executor, AsyncStore& store, Clock& clock);
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;

  /// Runs until the group stops.
  void start(TaskGroup& group);
  /// Wakes the loop so that it sees that its group stops.
  void stop();

  /// `rate_limited`, name "too_many_streams".
  Result<std::shared_ptr<ReplyStream>> open(LiveWish wish);
  /// Ends what a session watches.
  void end_session(const std::string& session);
  /// Whether somebody answers what comes to this inbox.
  bool relayed(const std::string& token) const;
  std::size_t watchers() const { return watchers_.size(); }

 private:
  struct Watcher {
    LiveWish wish;
    std::shared_ptr<ReplyStream> stream;
    bool catching_up = false;  // what it is told carries no id yet
  };
  using WatcherPtr = std::shared_ptr<Watcher>;

  void note(Change change);
  Task<void> loop();
  Task<void> tell();
  Task<void> beat();
  Task<void> catch_up(WatcherPtr watcher);
  void drop_ended();
  void send(Watcher& watcher, const LiveEvent& event, Timestamp id);

  Executor executor_;
  AsyncStore& store_;
  Clock& clock_;
  std::unique_ptr<Timer> timer_;
  TaskGroup* group_ = nullptr;
  std::list<WatcherPtr> watchers_;
  std::vector<Change> changes_;  // not told yet, in the order they came
  std::set<Change> noted_;       // the same
  bool missed_ = false;          // there were more than are kept
};

}  // namespace wrapup
