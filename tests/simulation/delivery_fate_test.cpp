// Whatever receivers answer, whoever pauses, resumes, deletes or replays, and however often the machine restarts,
// crashes or has its clock set: a delivery ends as delivered, exhausted or canceled, or is parked at an endpoint that
// its owner stopped or that was disabled. Nothing is ever nowhere.
#include <map>
#include <set>

#include "delivery_world.hpp"
#include "storage/sql/open.hpp"

namespace wrapup {
namespace {

const std::vector<std::string> kUrls{"https://a.example.com/", "https://b.example.com/", "https://c.example.com/",
                                     "https://d.example.com/"};

struct Fate {
  std::string delivery_id;
  std::string webhook_id;
  std::string type;
  std::string call_id;
  std::string replay_id;
  std::string state;
  std::int64_t attempts = 0;
  std::string endpoint_state;  // empty: it was deleted
};

// Every delivery there is, read from the database.
std::vector<Fate> fates(const std::string& database) {
  std::vector<Fate> out;
  auto db = sql::open_database(database, {.write = false});
  if (!db) {
    ADD_FAILURE() << db.error().detail;
    return out;
  }
  const auto read = (*db)->run(
      "SELECT d.delivery_id, d.webhook_id, d.type, d.call_id, d.replay_id, d.state, d.attempts, e.state "
      "FROM delivery AS d LEFT JOIN endpoint AS e ON e.workspace_id = d.workspace_id AND e.endpoint_id = d.endpoint_id",
      {}, [&](const sql::Row& row) {
        const auto text = [&](int column) { return std::string(row.text(column)); };
        out.push_back({text(0), text(1), text(2), text(3), text(4), text(5), row.integer(6), text(7)});
      });
  EXPECT_TRUE(read);
  return out;
}

class Life {
 public:
  Life(std::uint64_t seed, bool rough) : world_(seed), dice_(seed * 7919 + 1), rough_(rough) {
    world_.delivery.lane.kept = 1 + below(12);
    world_.delivery.at_once = 1 + below(20);
    world_.delivery.idle_lanes = below(3);
    for (const auto& url : kUrls) world_.network.on(url, [this, url](const HttpRequest&) { return answer(url); });
    world_.network.on(kOps, [this](const HttpRequest&) { return answer(kOps); });
    world_.start();
    agent_ = world_.make_agent();
    (void)world_.write([](Store& store) {
      return store.put_workspace_settings(kWorkspace, json::object{{"operations_url", kOps}});
    });
  }

  void live(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      if (world_.crashed()) restart();
    }
  }

  // All receivers are well, nobody touches anything, and time passes.
  void rest() {
    if (world_.crashed()) restart();
    world_.crash_after({});
    for (const auto& url : kUrls) mood_[url] = Mood::well;
    mood_[kOps] = Mood::well;
    for (int hours = 0; hours < 72; hours += 12) world_.run(12 * kHour);
  }

  void expect_everything_somewhere();

 private:
  enum class Mood { well, mixed, sick };

  std::uint64_t below(std::uint64_t bound) { return dice_.below(bound); }
  const std::string& any_url() { return kUrls[below(kUrls.size())]; }

  FakeNetwork::Answer answer(const std::string& url) {
    const Mood mood = mood_[url];
    const Duration delay = static_cast<Duration>(1 + below(below(10) == 0 ? 20'000 : 300)) * kMillisecond;
    if (mood == Mood::well || (mood == Mood::mixed && below(2) == 0)) {
      const int good[] = {200, 201, 202, 204, 299};
      return FakeNetwork::status(mood == Mood::well ? 200 : good[below(5)], {}, std::min(delay, kSecond));
    }
    Headers headers;
    if (below(3) == 0) headers.emplace_back("Retry-After", std::to_string(below(2) == 0 ? below(60) : below(7200)));
    const auto bad = below(100);
    if (bad < 2) return FakeNetwork::status(410, headers, delay);
    if (bad < 20) return FakeNetwork::status(429, headers, delay);
    if (bad < 50) return FakeNetwork::status(static_cast<int>(500 + below(5)), headers, delay);
    if (bad < 65) {
      const int wrong[] = {301, 307, 400, 401, 404, 408, 409, 422, 425};
      return FakeNetwork::status(wrong[below(9)], headers, delay);
    }
    // All but none and canceled, which means that this process stops.
    const auto last = static_cast<std::uint64_t>(TransportError::canceled);
    return FakeNetwork::broken(static_cast<TransportError>(1 + below(last - 1)), delay);
  }

  void step() {
    const auto what = below(rough_ ? 16 : 11);
    if (what < 4) return report(1 + static_cast<int>(below(6)));
    if (what < 7) return pass();
    if (what == 7) return change(any_url());
    if (what < 10) {
      mood_[any_url()] = static_cast<Mood>(below(3));
      mood_[kOps] = static_cast<Mood>(below(3));
      return;
    }
    if (what == 10) return cancel_some();
    if (what == 11) return replay_some();
    if (what == 12) return restart();
    if (what == 13) return world_.crash_after(static_cast<int>(1 + below(12)));
    if (what == 14) return world_.clock.step(static_cast<Duration>(below(4 * 3600)) * kSecond - 2 * kHour);
    delete_endpoint(world_, any_url());
  }

  void report(int count) {
    for (int i = 0; i < count && !world_.crashed(); ++i) {
      const auto id = world_.report(agent_, "n-" + std::to_string(++reported_), any_url());
      if (id) calls_.insert(*id);
    }
  }

  // From a second to twelve hours, short ones more often.
  void pass() {
    const Duration most[] = {kSecond, kMinute, kHour, 12 * kHour};
    world_.run(static_cast<Duration>(below(static_cast<std::uint64_t>(most[below(4)] / kMillisecond))) * kMillisecond);
  }

  void change(const std::string& url) {
    if (endpoint_of(world_, url).endpoint_id.empty()) return;
    switch (below(3)) {
      case 0: return pause_endpoint(world_, url);
      case 1: return resume_endpoint(world_, url);
      default:
        return change_endpoint(world_, url, [&](Endpoint& endpoint) {
          const char* settings[] = {"",
                                    R"({"preset": "zapier"})",
                                    R"({"concurrency": 1})",
                                    R"({"rate_limits": [{"count": 2, "per": "1m"}]})",
                                    R"({"disable_after": "1h"})",
                                    R"({"retry": {"schedule": ["1s", "1m"]}})"};
          give_settings(world_, endpoint, settings[below(6)]);
        });
    }
  }

  void replay_some() {
    Replay job;
    job.workspace_id = kWorkspace;
    job.replay_id = "replay-" + std::to_string(++replays_);
    job.created_at = kNever;
    const std::string to = below(2) == 0 ? "" : any_url();
    const std::string prefix = job.replay_id + "-" + std::to_string(below(1'000'000)) + "-";
    auto made = world_.write([&](Store& store) -> Result<std::vector<DueDelivery>> {
      std::vector<DueDelivery> out;
      auto some = store.next_to_replay(job, 5);
      if (!some) return fail(std::move(some.error()));
      for (auto& delivery : *some) {
        delivery.replay_id = job.replay_id;
        const std::string id = prefix + std::to_string(out.size());
        auto due = store.replay_delivery(delivery, to, id, id, world_.clock.now());
        if (due) out.push_back(std::move(*due));
      }
      return out;
    });
    if (!made || !*made) return;
    for (auto& due : **made) world_.store().feeds().deliveries.offer(std::move(due));
  }

  void cancel_some() {
    if (replays_ == 0) return;
    const std::string id = "replay-" + std::to_string(1 + below(static_cast<std::uint64_t>(replays_)));
    (void)world_.write([&](Store& store) { return store.cancel_replayed(kWorkspace, id); });
  }

  void restart() {
    world_.stop();
    world_.crash_after({});
    world_.start();
  }

  World world_;
  SeededEntropy dice_;
  bool rough_;
  std::string agent_;
  std::map<std::string, Mood> mood_;
  std::set<std::string> calls_;  // that were accepted
  int reported_ = 0;
  int replays_ = 0;
};

void Life::expect_everything_somewhere() {
  std::map<std::string, std::string> bodies;  // by webhook
  std::map<std::string, std::set<std::string>> ids;
  std::map<std::string, int> taken;
  for (const auto& exchange : world_.network.exchanges()) {
    const std::string id = *find_header(exchange.request.headers, "webhook-id");
    EXPECT_EQ(bodies.emplace(id, *exchange.request.body).first->second, *exchange.request.body) << id;
    const auto* call = find_header(exchange.request.headers, "Synthflow-Signature");
    const bool of_call = *find_header(exchange.request.headers, "X-Wrapup-Event") == "call.completed";
    if (of_call && call) ids[*call].insert(id);
    const bool good =
        exchange.reply && exchange.reply->error == TransportError::none && exchange.reply->status / 100 == 2;
    if (good) ++taken[id];
  }
  for (const auto& [call, webhooks] : ids) EXPECT_EQ(webhooks.size(), 1u) << "a call's webhook has one id";
  std::set<std::string> told;
  std::map<std::string, int> exhausted;  // and told of, by type
  for (const auto& fate : fates(world_.database())) {
    const bool stopped = fate.endpoint_state == "paused" || fate.endpoint_state == "disabled";
    const bool ended = fate.state == "delivered" || fate.state == "exhausted" || fate.state == "canceled";
    EXPECT_TRUE(ended || (fate.state == "pending" && stopped))
        << fate.delivery_id << " is " << fate.state << " at an endpoint that is " << fate.endpoint_state;
    if (fate.state == "delivered") EXPECT_GE(taken[fate.webhook_id], 1) << fate.webhook_id;
    if (fate.state == "exhausted") EXPECT_GE(fate.attempts, 1) << fate.webhook_id;
    if (fate.state == "canceled") EXPECT_TRUE(fate.endpoint_state.empty() || !fate.replay_id.empty());
    if (!rough_ && fate.state == "delivered") EXPECT_EQ(taken[fate.webhook_id], 1) << "sent again without a reason";
    told.insert(fate.call_id);
    if (fate.type == "delivery.exhausted" || (fate.type == "call.completed" && fate.state == "exhausted"))
      ++exhausted[fate.type];
  }
  if (!rough_) EXPECT_EQ(exhausted["delivery.exhausted"], exhausted["call.completed"]) << "each is told of once";
  for (const auto& call : calls_) EXPECT_TRUE(told.contains(call)) << call << " was accepted and has no delivery";
}

// Rough: with restarts, crashes, steps of the clock, replays and deleted endpoints.
void expect_lives_well(std::uint64_t from, std::uint64_t to, bool rough) {
  for (std::uint64_t seed = from; seed < to && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Life life(seed, rough);
    life.live(80);
    life.rest();
    life.expect_everything_somewhere();
  }
}

TEST(Fate, OfEveryDeliveryIsKnownInAQuietLife) { expect_lives_well(1, 20, false); }

TEST(Fate, OfEveryDeliveryIsKnownWhateverHappens) { expect_lives_well(101, 141, true); }

}  // namespace
}  // namespace wrapup
