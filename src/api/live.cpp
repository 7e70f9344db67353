#include "api/live.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kMaxWatchers = 200;
constexpr std::size_t kMaxWatchersOfWorkspace = 50;
/// Bytes that may wait for one watcher, without and with bodies.
constexpr std::size_t kRoom = std::size_t{1024} * 1024;
constexpr std::size_t kRoomForBodies = 8 * kRoom;
constexpr std::size_t kMaxNoted = 5'000;
constexpr std::size_t kAtOnce = 100;
constexpr Duration kGather = 40 * kMillisecond;
constexpr Duration kBeat = 15 * kSecond;
/// What was made a moment before the last event was told may have been stored after it.
constexpr Duration kOverlap = 2 * kSecond;

bool wants(const LiveWish& wish, const LiveEvent& event) {
  if (event.workspace_id != wish.workspace_id) return false;
  switch (event.kind) {
    case Change::Kind::call: return wish.calls && (wish.call_id.empty() || wish.call_id == event.call_id);
    case Change::Kind::attempt: return wish.attempts && (wish.call_id.empty() || wish.call_id == event.call_id);
    case Change::Kind::inbox: return wish.inbox && (wish.token.empty() || wish.token == event.token);
  }
  return false;
}

bool may_want(const LiveWish& wish, const Change& change) {
  if (change.workspace_id != wish.workspace_id) return false;
  switch (change.kind) {
    case Change::Kind::call: return wish.calls && (wish.call_id.empty() || wish.call_id == change.id);
    case Change::Kind::attempt: return wish.attempts;
    case Change::Kind::inbox: return wish.inbox && (wish.token.empty() || change.id.starts_with(wish.token + "/"));
  }
  return false;
}

}  // namespace

Live::Live(Executor executor, AsyncStore& store, Clock& clock)
    : executor_(std::move(executor)), store_(store), clock_(clock), timer_(clock.timer(executor_)) {}

void Live::start(TaskGroup& group) {
  group_ = &group;
  group.spawn(loop());
}

void Live::stop() {
  for (const auto& watcher : watchers_) watcher->stream->end();
  timer_->cancel();
}

Result<std::shared_ptr<ReplyStream>> Live::open(LiveWish wish) {
  drop_ended();
  const auto of_workspace = std::count_if(watchers_.begin(), watchers_.end(), [&](const WatcherPtr& watcher) {
    return watcher->wish.workspace_id == wish.workspace_id;
  });
  if (watchers_.size() >= kMaxWatchers || static_cast<std::size_t>(of_workspace) >= kMaxWatchersOfWorkspace) {
    return fail(Code::rate_limited, "too_many_streams",
                "there are " + std::to_string(watchers_.size()) + " live streams open, " +
                    std::to_string(of_workspace) + " of them of this workspace; at most " +
                    std::to_string(kMaxWatchers) + " may be, and " + std::to_string(kMaxWatchersOfWorkspace) +
                    " of one workspace");
  }
  auto watcher = std::make_shared<Watcher>();
  watcher->wish = std::move(wish);
  const std::size_t room = watcher->wish.bodies ? kRoomForBodies : kRoom;
  watcher->stream = std::make_shared<ReplyStream>(executor_, clock_, room);
  watcher->catching_up = true;
  watchers_.push_back(watcher);
  auto& changes = store_.feeds().changes;
  if (!changes.wanted()) changes.connect([this](Change change) { note(std::move(change)); });
  group_->spawn(catch_up(watcher));
  timer_->cancel();
  return watcher->stream;
}

void Live::end_session(const std::string& session) {
  for (const auto& watcher : watchers_) {
    if (watcher->wish.session == session) watcher->stream->end();
  }
}

bool Live::relayed(const std::string& token) const {
  return std::any_of(watchers_.begin(), watchers_.end(), [&](const WatcherPtr& watcher) {
    return watcher->wish.relay && watcher->wish.token == token && !watcher->stream->ended();
  });
}

void Live::note(Change change) {
  const bool wanted = std::any_of(watchers_.begin(), watchers_.end(),
                                  [&](const WatcherPtr& watcher) { return may_want(watcher->wish, change); });
  if (!wanted) return;
  if (changes_.size() >= kMaxNoted) {
    missed_ = true;
    return;
  }
  if (!noted_.insert(change).second) return;
  if (changes_.empty()) timer_->cancel();
  changes_.push_back(std::move(change));
}

// The loop sleeps without end while nobody watches.
Task<void> Live::loop() {
  const auto gather = clock_.timer(executor_);
  Timestamp next_beat = clock_.now() + kBeat;
  while (!group_->stopping()) {
    if (changes_.empty()) co_await timer_->wait_until(watchers_.empty() ? kNever : next_beat);
    if (group_->stopping()) co_return;
    if (!changes_.empty()) {
      co_await gather->wait_until(clock_.now() + kGather);
      co_await tell();
    }
    if (clock_.now() >= next_beat) {
      co_await beat();
      next_beat = clock_.now() + kBeat;
    }
    drop_ended();
  }
}

Task<void> Live::tell() {
  const Timestamp now = clock_.now();
  const std::size_t count = std::min(changes_.size(), kAtOnce);
  const std::vector<Change> some(changes_.begin(), changes_.begin() + static_cast<std::ptrdiff_t>(count));
  changes_.erase(changes_.begin(), changes_.begin() + static_cast<std::ptrdiff_t>(count));
  // From here on another change of the same thing is news.
  for (const auto& change : some) noted_.erase(change);
  const bool bodies =
      std::any_of(watchers_.begin(), watchers_.end(), [](const WatcherPtr& watcher) { return watcher->wish.bodies; });
  auto events = co_await store_.read([&some, bodies](Store& store) { return live_events(store, some, bodies); });
  const bool missed = missed_ && changes_.empty();
  if (!events) log_warning("live_stream_read_failed", {{"error", events.error().detail}});
  for (const auto& watcher : watchers_) {
    if (missed || !events) watcher->stream->write("event: gap\ndata: {}\n\n");
    if (!events) continue;
    for (const auto& event : *events) {
      if (wants(watcher->wish, event)) send(*watcher, event, now);
    }
  }
  if (missed) missed_ = false;
}

void Live::send(Watcher& watcher, const LiveEvent& event, Timestamp id) {
  std::string text;
  const std::string& data = watcher.wish.bodies ? event.with_bodies : event.data;
  text.reserve(data.size() + 64);
  if (!watcher.catching_up) text.append("id: ").append(std::to_string(id)).append("\n");
  text.append("event: ").append(event.type).append("\ndata: ").append(data).append("\n\n");
  watcher.stream->write(text);
}

// Keeps connections alive that something between would close, and shows who is still let in.
Task<void> Live::beat() {
  for (const auto& watcher : watchers_) watcher->stream->write(": still here\n\n");
  using Alive = std::pair<std::set<std::string>, std::set<std::string>>;
  std::set<std::string> sessions;
  for (const auto& watcher : watchers_) sessions.insert(watcher->wish.session);
  sessions.erase("");
  if (watchers_.empty()) co_return;
  auto alive = co_await store_.read([&sessions](Store& store) -> Result<Alive> {
    Alive out;
    auto keys = store.list_keys();
    if (!keys) return fail(std::move(keys.error()));
    for (const auto& key : *keys) {
      if (!key.revoked_at) out.first.insert(key.key_id);
    }
    for (const auto& session : sessions) {
      auto found = store.find_session(session, 0);
      if (!found) return fail(std::move(found.error()));
      if (*found) out.second.insert(session);
    }
    return out;
  });
  if (!alive) co_return;
  for (const auto& watcher : watchers_) {
    const LiveWish& wish = watcher->wish;
    const bool lives = wish.session.empty() || alive->second.contains(wish.session);
    // A session that began while this was read is looked at the next time.
    if (!alive->first.contains(wish.key_id) || (!lives && sessions.contains(wish.session))) watcher->stream->end();
  }
}

// Tells what was missed, then where it stands: from then on events have ids.
Task<void> Live::catch_up(WatcherPtr watcher) {
  const LiveWish& wish = watcher->wish;
  const Timestamp now = clock_.now();
  if (wish.after) {
    const Timestamp since = std::max<Timestamp>(*wish.after - kOverlap, 0);
    auto backlog = co_await store_.read([&wish, since](Store& store) {
      return live_backlog(store, wish.workspace_id, since, wish.calls, wish.attempts, wish.inbox, wish.bodies);
    });
    if (!backlog) {
      log_warning("live_stream_read_failed", {{"error", backlog.error().detail}});
      watcher->stream->end();
      co_return;
    }
    if (backlog->cut) watcher->stream->write("event: gap\ndata: {}\n\n");
    for (const auto& event : backlog->events) {
      if (wants(wish, event)) send(*watcher, event, 0);
    }
  }
  watcher->catching_up = false;
  watcher->stream->write("id: " + std::to_string(now) + "\nevent: ready\ndata: {}\n\n");
}

void Live::drop_ended() {
  std::erase_if(watchers_, [](const WatcherPtr& watcher) { return watcher->stream->ended(); });
  if (!watchers_.empty()) return;
  store_.feeds().changes.connect({});
  changes_.clear();
  noted_.clear();
  missed_ = false;
}

}  // namespace wrapup
