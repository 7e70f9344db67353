// Runs what is due, at most so many at once. Fresh work is offered as it is committed and runs without a look into the
// store; the rest (after a start, or when more was offered than is kept in memory) is claimed from the store. Sleeps
// until due or woken. One reactor. Work that is claimed a second time while its first run ends is possible: `Run` must
// notice that nothing is left to do.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"

namespace wrapup {

template <class Item, class Key>
class ClaimLoop {
 public:
  struct Settings {
    std::size_t running = 64;    // at once
    std::size_t waiting = 4096;  // kept in memory
  };
  struct Claimed {
    bool ok = true;           // false: the store could not be asked; asked again in a second
    std::vector<Item> items;  // due now
    Timestamp next = kNever;  // when the next one falls due
  };
  using Claim = std::function<Task<Claimed>(std::size_t limit)>;
  using Run = std::function<Task<bool>(Item)>;  // false: not done; claimed again in a second
  using KeyOf = std::function<Key(const Item&)>;

  ClaimLoop(Executor executor, Clock& clock, Settings settings, Claim claim, Run run, KeyOf key_of)
      : clock_(clock),
        settings_(settings),
        claim_(std::move(claim)),
        run_(std::move(run)),
        key_of_(std::move(key_of)),
        timer_(clock.timer(std::move(executor))) {}
  ClaimLoop(const ClaimLoop&) = delete;
  ClaimLoop& operator=(const ClaimLoop&) = delete;

  /// Begins with a claim. The group must be joined before the loop is destroyed.
  void start(TaskGroup& group) {
    group_ = &group;
    group.spawn(loop());
  }

  /// Fresh work, due now.
  void offer(Item item) {
    Key key = key_of_(item);
    if (held_.contains(key) || waiting_.size() >= settings_.waiting) {
      // It is in the store; it will be claimed when there is room.
      claim_at_ = std::min(claim_at_, clock_.now());
      wake();
      return;
    }
    held_.insert(std::move(key));
    waiting_.push_back(std::move(item));
    pump();
  }

  /// Something falls due at `when`.
  void wake_at(Timestamp when) {
    if (when >= claim_at_) return;
    claim_at_ = when;
    wake();
  }

  std::size_t size() const { return held_.size(); }
  bool holds(const Key& key) const { return held_.contains(key); }
  /// Whether no more is kept in memory.
  bool full() const { return waiting_.size() >= settings_.waiting; }

 private:
  void wake() {
    woken_ = true;
    timer_->cancel();
  }

  void pump() {
    while (group_ && !group_->stopping() && running_ < settings_.running && !waiting_.empty()) {
      ++running_;
      Item item = std::move(waiting_.front());
      waiting_.pop_front();
      group_->spawn(run_one(std::move(item)));
    }
  }

  Task<void> run_one(Item item) {
    Key key = key_of_(item);
    const bool done = co_await run_(std::move(item));
    held_.erase(key);
    --running_;
    if (!done) wake_at(clock_.now() + kSecond);
    pump();
    if (claim_at_ != kNever) wake();
  }

  Task<void> loop() {
    while (!group_->stopping()) {
      const bool room = waiting_.size() <= settings_.waiting / 2;
      if (room && clock_.now() >= claim_at_) {
        claim_at_ = kNever;
        co_await claim();
        continue;
      }
      if (!std::exchange(woken_, false)) co_await timer_->wait_until(room ? claim_at_ : kNever);
    }
  }

  Task<void> claim() {
    // What is held is still due in the store, so as many more are asked for.
    const std::size_t limit = held_.size() + settings_.waiting;
    Claimed claimed = co_await claim_(limit);
    if (!claimed.ok) {
      claim_at_ = std::min(claim_at_, clock_.now() + kSecond);
      co_return;
    }
    bool left = claimed.items.size() >= limit;
    for (auto& item : claimed.items) {
      Key key = key_of_(item);
      if (held_.contains(key)) continue;
      if (waiting_.size() >= settings_.waiting) {
        left = true;
        break;
      }
      held_.insert(std::move(key));
      waiting_.push_back(std::move(item));
    }
    claim_at_ = std::min(claim_at_, left ? clock_.now() : claimed.next);
    pump();
  }

  Clock& clock_;
  Settings settings_;
  Claim claim_;
  Run run_;
  KeyOf key_of_;
  std::unique_ptr<Timer> timer_;
  TaskGroup* group_ = nullptr;
  std::deque<Item> waiting_;
  std::set<Key> held_;  // waiting or running
  std::size_t running_ = 0;
  Timestamp claim_at_ = 0;  // when to ask the store next
  bool woken_ = false;
};

}  // namespace wrapup
