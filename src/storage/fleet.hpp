// One of several equal nodes on one PostgreSQL database. Each holds a lease, renewed every second, and a share of the
// slots (model/slots.hpp), which say whose work is whose; without a leader: each compares what it holds with its share,
// takes what is free and gives what is too much. A node whose lease has run out is removed by any other, and its slots
// are free; what it still tries to write is refused (AsyncStore::fence). Nodes tell each other by NOTIFY what fell to
// whom: a hint, like the feeds, and whoever misses it finds it in the database within seconds. On the reactor.
//
// Leases with fencing: Kleppmann, "How to do distributed locking", 2016; the node's id is the token, and new with each
// lease.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "base/task.hpp"
#include "storage/async_store.hpp"

namespace wrapup {

class Fleet {
 public:
  struct Settings {
    std::string database;  // URL
    std::string name;      // of this node, the same after a restart
    Duration lease = 5 * kSecond;
    Duration beat = kSecond;
    Duration look = 5 * kSecond;     // how often the store is looked through for what no hint told,
    Duration look_at_all = kMinute;  // and how often thoroughly
  };
  struct Engines {
    /// What this node holds has changed, or may have something that no hint told; `all`: also for those engines to
    /// which a look costs much.
    std::function<void(bool all)> look;
    /// Whether nothing runs here any more that belongs to these.
    std::function<bool(const Slots&)> at_rest;
    /// The lease was lost.
    std::function<void()> lost;
  };

  Fleet(Executor executor, AsyncStore& store, Clock& clock, Entropy& entropy, Settings settings, Engines engines);
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;
  ~Fleet();

  /// Takes its place among the nodes: to be awaited before anything is written.
  Task<Status> join();
  /// Keeps the lease until the group stops.
  void start(TaskGroup& group);
  void stop();
  /// Gives up its place, for others to take at once. After the engines have stopped.
  Task<void> leave();

 private:
  Task<void> keep_lease(TaskGroup& group);
  Task<void> watch(TaskGroup& group);
  Task<Status> renew();
  Task<void> share_out();
  Task<void> give(const Slots& slots);
  bool alive() const { return clock_.monotonic() < held_until_; }
  void lose();
  void let_go();
  void hold(const Slots& slots);

  void guard_feeds();
  bool mine(const std::string& id) const { return store_.holds(id, clock_.monotonic()); }
  void tell(std::string hint);
  Task<void> send_hints();
  void hear(const std::string& text);
  void take_hint(const std::vector<std::string>& words);

  Executor executor_;
  AsyncStore& store_;
  Clock& clock_;
  Entropy& entropy_;
  const Settings settings_;
  const Engines engines_;
  std::unique_ptr<Timer> beat_timer_;
  std::unique_ptr<Timer> watch_timer_;
  TaskGroup* group_ = nullptr;
  std::string node_id_;
  Slots held_;
  std::int64_t held_until_ = 0;    // by the monotonic clock
  std::int64_t steady_since_ = 0;  // the database has answered every time from then on
  std::int64_t looked_at_ = 0;
  std::int64_t looked_at_all_ = 0;
  std::int64_t watched_until_ = 0;  // somebody watches changes on another node
  std::vector<std::string> hints_;  // not sent yet
  bool sending_ = false;
  struct Ear;
  std::shared_ptr<Ear> ear_;
};

}  // namespace wrapup
