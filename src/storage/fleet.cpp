#include "storage/fleet.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "storage/sql/postgres.hpp"

namespace wrapup {

namespace {

constexpr std::string_view kChannel = "wrapup";
constexpr std::size_t kMostSaid = 7900;     // bytes; PostgreSQL takes 7999
constexpr std::size_t kMostHints = 10'000;  // kept; the others are found in the store
constexpr Duration kMargin = kSecond;       // between the end of a lease here and in the database
constexpr Duration kWatch = 200 * kMillisecond;
constexpr Duration kMostRest = 30 * kSecond;  // for what runs when slots are given away

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  while (!line.empty()) {
    const auto end = line.find(' ');
    words.emplace_back(line.substr(0, end));
    line = end == std::string_view::npos ? std::string_view() : line.substr(end + 1);
  }
  return words;
}

}  // namespace

// Where the listener's thread brings what it hears; it may come after the fleet is gone.
struct Fleet::Ear {
  Fleet* fleet = nullptr;
  std::unique_ptr<sql::PostgresListener> listener;
};

Fleet::Fleet(Executor executor, AsyncStore& store, Clock& clock, Entropy& entropy, Settings settings, Engines engines)
    : executor_(std::move(executor)),
      store_(store),
      clock_(clock),
      entropy_(entropy),
      settings_(std::move(settings)),
      engines_(std::move(engines)),
      beat_timer_(clock.timer(executor_)),
      watch_timer_(clock.timer(executor_)),
      ear_(std::make_shared<Ear>()) {
  store_.hold(Slots(), 0);
  guard_feeds();
  ear_->fleet = this;
}

Fleet::~Fleet() {
  ear_->fleet = nullptr;
  ear_->listener.reset();
}

Task<Status> Fleet::join() {
  node_id_ = new_id(clock_, entropy_);
  const std::int64_t sent = clock_.monotonic();
  auto added = co_await store_.control(
      [this](Store& store) { return store.add_node(node_id_, settings_.name, settings_.lease); });
  if (!added) co_return added;
  store_.fence(node_id_);
  steady_since_ = sent;
  held_until_ = sent + settings_.lease - kMargin;
  hold(Slots());
  if (!ear_->listener) {
    ear_->listener = std::make_unique<sql::PostgresListener>(
        settings_.database, std::string(kChannel),
        [executor = executor_, ear = std::weak_ptr(ear_)](std::string_view said) {
          asio::post(executor, [ear, text = std::string(said)] {
            if (const auto alive = ear.lock(); alive && alive->fleet) alive->fleet->hear(text);
          });
        });
  }
  co_await share_out();
  log_info("node_joined", {{"node", node_id_}, {"name", settings_.name}, {"slots", std::to_string(held_.count())}});
  co_return Status();
}

void Fleet::start(TaskGroup& group) {
  group_ = &group;
  group.spawn(keep_lease(group));
  group.spawn(watch(group));
}

void Fleet::stop() {
  beat_timer_->cancel();
  watch_timer_->cancel();
}

Task<void> Fleet::leave() {
  const std::string node_id = node_id_;
  let_go();
  auto gone = co_await store_.control([node_id](Store& store) -> Status {
    if (auto removed = store.remove_node(node_id); !removed) return removed;
    return store.notify("- n");
  });
  if (!gone) log_warning("node_not_removed", {{"error", gone.error().detail}});
}

Task<void> Fleet::keep_lease(TaskGroup& group) {
  while (!group.stopping()) {
    const Status renewed = co_await renew();
    if (!renewed) {
      log_warning("lease_not_renewed", {{"error", renewed.error().detail}});
    } else if (!alive()) {
      // Removed by others while it was cut off, or stopped for too long.
      if (auto joined = co_await join(); !joined) log_warning("node_not_joined", {{"error", joined.error().detail}});
    } else {
      co_await share_out();
    }
    if (!group.stopping()) co_await beat_timer_->wait_until(clock_.now() + settings_.beat);
  }
}

// Ends what is held here when the lease does, also while the database does not answer.
Task<void> Fleet::watch(TaskGroup& group) {
  while (!group.stopping()) {
    const std::int64_t now = clock_.monotonic();
    if (now >= held_until_ && held_.count() > 0) {
      lose();
    }
    if (now >= looked_at_ + settings_.look) {
      looked_at_ = now;
      if (store_.feeds().changes.connected()) tell("w");
      const bool all = now >= looked_at_all_ + settings_.look_at_all;
      if (all) looked_at_all_ = now;
      engines_.look(all);
    }
    if (now >= watched_until_) store_.feeds().changes.want_elsewhere(false);
    co_await watch_timer_->wait_until(clock_.now() + kWatch);
  }
}

Task<Status> Fleet::renew() {
  const std::int64_t sent = clock_.monotonic();
  // A node that lost its lease here has let go of everything, and comes back as a new one.
  if (held_until_ == 0) co_return Status();
  auto stands = co_await store_.control([this](Store& store) { return store.renew_node(node_id_, settings_.lease); });
  if (!stands) {
    steady_since_ = clock_.monotonic() + settings_.beat;
    co_return fail(std::move(stands.error()));
  }
  if (!*stands) {
    lose();
  } else if (held_until_ != 0) {
    held_until_ = sent + settings_.lease - kMargin;
    store_.hold_until(held_until_);
  }
  co_return Status();
}

// Buries the dead, then takes of what is free up to its share, or gives what is more than that.
Task<void> Fleet::share_out() {
  // Who comes back from an outage of the database gives the others as long to come back too.
  const bool steady = clock_.monotonic() >= steady_since_ + 2 * settings_.lease;
  auto view = co_await store_.control([this, steady](Store& store) -> Result<FleetView> {
    if (steady) {
      auto buried = store.bury_nodes();
      if (!buried) return fail(std::move(buried.error()));
      if (*buried > 0) log_warning("nodes_buried", {{"count", std::to_string(*buried)}});
    }
    return store.view_fleet(node_id_);
  });
  if (!view || !alive()) co_return;
  const auto lives = [](const FleetView::Node& node) { return node.lives; };
  const auto nodes = std::max<std::ptrdiff_t>(1, std::count_if(view->nodes.begin(), view->nodes.end(), lives));
  const auto share = (Slots::kCount + static_cast<std::size_t>(nodes) - 1) / static_cast<std::size_t>(nodes);
  const std::size_t held = view->held.count();
  if (held > share) {
    Slots surplus;
    for (std::size_t slot = Slots::kCount; slot-- > 0 && surplus.count() < held - share;) {
      if (view->held.has(slot)) surplus.add(slot);
    }
    co_await give(surplus);
  } else if (view->free > 0 && held < share) {
    auto taken = co_await store_.control([this, most = static_cast<std::int64_t>(share - held)](Store& store) {
      return store.take_slots(node_id_, most);
    });
    if (!taken || taken->count() == 0 || !alive()) co_return;
    Slots all = held_;
    for (std::size_t slot = 0; slot < Slots::kCount; ++slot) {
      if (taken->has(slot)) all.add(slot);
    }
    hold(all);
  }
}

// Lets go of them here first, waits for what runs, and then lets others have them.
Task<void> Fleet::give(const Slots& slots) {
  const std::string node_id = node_id_;
  hold(held_.without(slots));
  const std::int64_t until = clock_.monotonic() + kMostRest;
  while (!engines_.at_rest(slots) && clock_.monotonic() < until && node_id == node_id_ && alive()) {
    const auto timer = clock_.timer(executor_);
    co_await timer->wait_until(clock_.now() + 20 * kMillisecond);
    const bool soon = clock_.monotonic() > held_until_ - settings_.lease / 2;
    if (soon && !co_await renew()) co_return;
  }
  auto given = co_await store_.control([node_id, slots](Store& store) -> Status {
    if (auto done = store.give_slots(node_id, slots); !done) return done;
    return store.notify("- n");
  });
  if (!given) log_warning("slots_not_given", {{"error", given.error().detail}});
}

void Fleet::lose() {
  log_error("lease_lost", {{"node", node_id_}});
  engines_.lost();
  let_go();
}

void Fleet::let_go() {
  held_until_ = 0;
  hold(Slots());
}

void Fleet::hold(const Slots& slots) {
  held_ = slots;
  store_.hold(held_, held_until_);
  engines_.look(false);
}

// What falls to another node is told to it; what all must know is told to all.
void Fleet::guard_feeds() {
  auto& feeds = store_.feeds();
  feeds.calls.guard([this](const DueCall& due) {
    if (mine(due.key.call_id)) return true;
    tell("c " + due.key.workspace_id + " " + due.key.call_id + " " + std::to_string(due.due_at));
    return false;
  });
  feeds.deliveries.guard([this](const DueDelivery& due) {
    if (mine(due.endpoint.endpoint_id)) return true;
    tell("d " + due.endpoint.workspace_id + " " + due.endpoint.endpoint_id);
    return false;
  });
  feeds.endpoints.guard([this](const Endpoint& endpoint) {
    if (mine(endpoint.endpoint_id)) return true;
    tell("d " + endpoint.workspace_id + " " + endpoint.endpoint_id);
    return false;
  });
  feeds.dials.guard([this](const CallKey& key) {
    if (mine(key.call_id)) return true;
    tell("l " + key.workspace_id + " " + key.call_id);
    return false;
  });
  const auto all = [this](const char* kind) {
    return [this, kind](const std::string& id) {
      tell(std::string(kind) + (id.empty() ? "" : " " + id));
      return true;
    };
  };
  feeds.replays.guard(all("r"));
  feeds.reanalyses.guard(all("a"));
  feeds.secrets.guard(all("s"));
  feeds.workspaces.guard(all("o"));
  feeds.changes.guard([this](const Change& change) {
    if (clock_.monotonic() < watched_until_)
      tell("h " + std::to_string(static_cast<int>(change.kind)) + " " + change.workspace_id + " " + change.id);
    return true;
  });
}

void Fleet::tell(std::string hint) {
  if (hints_.size() >= kMostHints || (!hints_.empty() && hints_.back() == hint)) return;
  hints_.push_back(std::move(hint));
  if (sending_ || !group_ || group_->stopping()) return;
  sending_ = true;
  group_->spawn(send_hints());
}

Task<void> Fleet::send_hints() {
  while (!hints_.empty()) {
    std::string text = node_id_;
    std::size_t taken = 0;
    for (; taken < hints_.size() && text.size() + 1 + hints_[taken].size() <= kMostSaid; ++taken) {
      text += '\n';
      text += hints_[taken];
    }
    hints_.erase(hints_.begin(), hints_.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(taken, 1)));
    const auto told = co_await store_.control([&text](Store& store) { return store.notify(text); });
    if (!told) hints_.clear();  // the others find it in the store
  }
  sending_ = false;
}

void Fleet::hear(const std::string& text) {
  if (text.empty()) return engines_.look(true);
  std::string_view rest = text;
  const auto next_line = [&rest] {
    const auto end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return line;
  };
  const auto head = words_of(next_line());
  if (head.empty() || head.front() == node_id_) return;
  if (head.size() == 2 && head[1] == "n") return beat_timer_->cancel();
  while (!rest.empty()) take_hint(words_of(next_line()));
}

void Fleet::take_hint(const std::vector<std::string>& words) {
  auto& feeds = store_.feeds();
  const std::string& kind = words.empty() ? "" : words[0];
  const std::string id = words.size() > 1 ? words[1] : "";
  if (kind == "c" && words.size() == 4) {
    if (!mine(words[2])) return;
    DueCall due;
    due.key = {words[1], words[2]};
    due.due_at = std::atoll(words[3].c_str());
    feeds.calls.take(std::move(due));
  } else if (kind == "d" && words.size() == 3) {
    if (mine(words[2])) feeds.lanes.take({words[1], words[2]});
  } else if (kind == "l" && words.size() == 3) {
    if (mine(words[2])) feeds.dials.take({words[1], words[2]});
  } else if (kind == "r") {
    feeds.replays.take(id);
  } else if (kind == "a") {
    feeds.reanalyses.take(id);
  } else if (kind == "s") {
    feeds.secrets.take(id);
  } else if (kind == "o") {
    feeds.workspaces.take(id);
  } else if (kind == "w") {
    watched_until_ = clock_.monotonic() + 3 * settings_.look;
    feeds.changes.want_elsewhere(true);
  } else if (kind == "h" && words.size() == 4) {
    feeds.changes.take({static_cast<Change::Kind>(std::atoi(words[1].c_str())), words[2], words[3]});
  }
}

}  // namespace wrapup
