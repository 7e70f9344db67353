// What the Store promises of replays, one by one and in bulk.
#include <string>
#include <vector>

#include "store_fixture.hpp"

namespace wrapup {
namespace {

constexpr const char* kUrl = "https://example.com/hook";
constexpr const char* kOther = "https://example.com/other";

std::string webhook_of(int call) { return "evt_" + id_of(call) + "_completed_1"; }

class Replays : public StoreTest {
 protected:
  // A call's delivery, and what became of it.
  Delivery delivery(int call, DeliveryState state, const std::string& failure = "", const std::string& url = kUrl) {
    finish_call(store(), "a", id_of(call), url, "{\"call\":" + std::to_string(call) + "}");
    Delivery made = *store().get_delivery("a", webhook_of(call));
    if (state == DeliveryState::pending) return made;
    made.state = state;
    made.failure = failure;
    made.attempts = 1;
    const bool good = state == DeliveryState::delivered;
    EXPECT_TRUE(store().finish_attempt(attempt_of(made, id_of(1000 + call), 1, good ? "success" : "failed"), made));
    return made;
  }
  DueDelivery replay(const Delivery& first, const std::string& id, const std::string& url = "") {
    auto due = store().replay_delivery(first, url, id, "endpoint-for-" + id, kNow + kHour);
    EXPECT_TRUE(due) << due.error().detail;
    return std::move(*due);
  }
  void finish(Delivery again, DeliveryState state) {
    again.state = state;
    again.attempts = 1;
    ASSERT_TRUE(store().finish_attempt(attempt_of(again, "log-" + again.delivery_id, 1, "success"), again));
  }
  std::int64_t count(const DeliveryFilter& filter) { return *store().count_deliveries("a", filter); }
  std::vector<std::string> next(const Replay& job, std::int64_t limit) {
    std::vector<std::string> ids;
    const auto found = store().next_to_replay(job, limit);
    EXPECT_TRUE(found) << found.error().detail;
    for (const auto& each : *found) ids.push_back(each.delivery_id);
    return ids;
  }
  static Replay job(const std::string& id, DeliveryFilter filter = {}) {
    Replay out;
    out.workspace_id = "a";
    out.replay_id = id;
    out.filter = std::move(filter);
    out.created_at = kNow + kHour;
    return out;
  }
};

TEST_F(Replays, AReplayIsANewDeliveryOfTheSameWebhook) {
  const Delivery first = delivery(1, DeliveryState::exhausted, "http_5xx");
  const DueDelivery again = replay(first, "r1");
  EXPECT_EQ(again.delivery.delivery_id, "r1");
  EXPECT_EQ(again.delivery.webhook_id, first.webhook_id);
  EXPECT_EQ(again.delivery.endpoint_id, first.endpoint_id);
  const Delivery stored = *store().get_delivery("a", "r1");
  EXPECT_EQ(stored.state, DeliveryState::pending);
  EXPECT_EQ(stored.attempts, 0);
  EXPECT_EQ(stored.next_at, kNow + kHour);
  EXPECT_EQ(stored.created_at, kNow + kHour);
  EXPECT_EQ(stored.failure, "");
  EXPECT_EQ(stored.first_sent_at, std::nullopt);
  EXPECT_EQ(store().body_of(stored), "{\"call\":1}") << "the same bytes";
  EXPECT_EQ(store().get_delivery("a", first.delivery_id)->state, DeliveryState::exhausted);
  EXPECT_EQ(store().pending_deliveries("a", first.endpoint_id, 10)->size(), 1u);
}

TEST_F(Replays, AReplayMayGoToAnotherUrl) {
  const Delivery first = delivery(1, DeliveryState::delivered);
  const DueDelivery again = replay(first, "r1", kOther);
  EXPECT_EQ(again.endpoint.url, kOther);
  EXPECT_EQ(again.endpoint.endpoint_id, "endpoint-for-r1") << "made by its first use";
  EXPECT_EQ(replay(first, "r2", kOther).endpoint.endpoint_id, "endpoint-for-r1");
}

TEST_F(Replays, AMessageIsReplayedToo) {
  const auto sent = store().send_message({"a", "evt_m", "endpoint.disabled", "", "", kNow, "{\"m\":1}"}, kUrl, "e");
  const DueDelivery again = replay(sent->delivery, "r1");
  EXPECT_EQ(store().body_of(again.delivery), "{\"m\":1}");
}

TEST_F(Replays, WhereItWentMustStillBeThere) {
  const Delivery first = delivery(1, DeliveryState::delivered);
  ASSERT_TRUE(store().delete_endpoint("a", first.endpoint_id));
  EXPECT_EQ(store().replay_delivery(first, "", "r1", "e", kNow).error().name, "endpoint_not_found");
  EXPECT_TRUE(store().replay_delivery(first, kUrl, "r1", "e", kNow));
}

TEST_F(Replays, AFilterTakesWhatFitsAllOfIt) {
  delivery(1, DeliveryState::delivered);
  delivery(2, DeliveryState::exhausted, "http_5xx");
  delivery(3, DeliveryState::exhausted, "timeout_after");
  const Delivery other = delivery(4, DeliveryState::exhausted, "http_5xx", kOther);
  delivery(5, DeliveryState::pending);
  finish_call(store(), "b", id_of(1), kUrl);
  EXPECT_EQ(count({}), 5);
  const auto counted = [&](auto set) {
    DeliveryFilter filter;
    set(filter);
    return count(filter);
  };
  EXPECT_EQ(counted([](DeliveryFilter& f) { f.state = DeliveryState::exhausted; }), 3);
  EXPECT_EQ(counted([](DeliveryFilter& f) { f.state = DeliveryState::pending; }), 1);
  EXPECT_EQ(counted([](DeliveryFilter& f) { f.failure = "http_5xx"; }), 2);
  EXPECT_EQ(counted([&](DeliveryFilter& f) { f.endpoint_id = other.endpoint_id; }), 1);
  EXPECT_EQ(counted([&](DeliveryFilter& f) {
              f.endpoint_id = other.endpoint_id;
              f.failure = "timeout_after";
            }),
            0);
  EXPECT_EQ(counted([](DeliveryFilter& f) { f.call_id = id_of(3); }), 1);
  EXPECT_EQ(counted([](DeliveryFilter& f) { f.model_id = "agent-1"; }), 5);
  EXPECT_EQ(counted([](DeliveryFilter& f) { f.model_id = "agent-2"; }), 0);
  EXPECT_EQ(counted([](DeliveryFilter& f) { f.from = kNow; }), 5);
  EXPECT_EQ(counted([](DeliveryFilter& f) { f.from = kNow + 1; }), 0);
  EXPECT_EQ(counted([](DeliveryFilter& f) { f.to = kNow; }), 0) << "exclusive";
}

TEST_F(Replays, WhatAReplayDeliveredSinceIsNotTakenAgain) {
  const Delivery lost = delivery(1, DeliveryState::exhausted, "http_5xx");
  const Delivery elsewhere = delivery(2, DeliveryState::exhausted, "http_5xx");
  const Delivery still_lost = delivery(3, DeliveryState::exhausted, "http_5xx");
  DeliveryFilter exhausted;
  exhausted.state = DeliveryState::exhausted;
  EXPECT_EQ(count(exhausted), 3);
  finish(replay(lost, "r1").delivery, DeliveryState::delivered);
  finish(replay(elsewhere, "r2", kOther).delivery, DeliveryState::delivered);
  finish(replay(still_lost, "r3").delivery, DeliveryState::exhausted);
  EXPECT_EQ(next(job("j", exhausted), 10), (std::vector<std::string>{webhook_of(2), webhook_of(3)}))
      << "delivered to another URL, its own receiver has not seen it";
  EXPECT_EQ(count(exhausted), 2) << "replays are not counted themselves";
}

TEST_F(Replays, AJobTakesEachOnceAndNothingMadeAfterIt) {
  for (int i = 1; i <= 7; ++i) delivery(i, DeliveryState::delivered);
  Replay running = job("j");
  running.created_at = kNow + 1;
  std::vector<std::string> taken;
  for (int step = 0; step < 3; ++step) {
    for (const auto& id : next(running, 3)) {
      taken.push_back(id);
      replay(*store().get_delivery("a", id), "again-" + id);
    }
    running.position = taken.back();
  }
  std::vector<std::string> right;
  for (int i = 1; i <= 7; ++i) right.push_back(webhook_of(i));
  EXPECT_EQ(taken, right);
  EXPECT_TRUE(next(running, 3).empty());
  running.position.clear();
  running.created_at = kNow;
  EXPECT_TRUE(next(running, 10).empty()) << "all of them are younger than the job";
}

TEST_F(Replays, AJobIsKeptWithItsFilterAndProgress) {
  DeliveryFilter filter{"m", "c", "e", "http_4xx", DeliveryState::canceled, kNow - kDay, kNow};
  Replay made = job("j1", filter);
  made.url = kOther;
  made.rate = 25;
  made.total = 3;
  ASSERT_TRUE(store().add_replay(made));
  ASSERT_TRUE(store().add_replay(job("j2")));
  Replay read = *store().get_replay("a", "j1");
  EXPECT_EQ(read.state, ReplayState::running);
  EXPECT_EQ(read.url, kOther);
  EXPECT_EQ(read.rate, 25);
  EXPECT_EQ(read.total, 3);
  EXPECT_EQ(read.created_at, kNow + kHour);
  EXPECT_EQ(read.filter.model_id, "m");
  EXPECT_EQ(read.filter.call_id, "c");
  EXPECT_EQ(read.filter.endpoint_id, "e");
  EXPECT_EQ(read.filter.failure, "http_4xx");
  EXPECT_EQ(read.filter.state, DeliveryState::canceled);
  EXPECT_EQ(read.filter.from, kNow - kDay);
  EXPECT_EQ(read.filter.to, kNow);
  EXPECT_EQ(store().get_replay("a", "j2")->filter.state, std::nullopt);
  EXPECT_EQ(store().running_replays()->size(), 2u);
  read.state = ReplayState::paused;
  read.rate = 5;
  read.queued = 2;
  read.position = "evt_x";
  read.updated_at = kNow + 2 * kHour;
  ASSERT_TRUE(store().update_replay(read));
  const Replay again = *store().get_replay("a", "j1");
  EXPECT_EQ(again.state, ReplayState::paused);
  EXPECT_EQ(again.rate, 5);
  EXPECT_EQ(again.queued, 2);
  EXPECT_EQ(again.position, "evt_x");
  EXPECT_EQ(again.updated_at, kNow + 2 * kHour);
  ASSERT_EQ(store().running_replays()->size(), 1u);
  EXPECT_EQ(store().running_replays()->front().replay_id, "j2");
  EXPECT_EQ(store().get_replay("b", "j1").error().name, "replay_not_found");
  Replay none = job("none");
  EXPECT_EQ(store().update_replay(none).error().name, "replay_not_found");
}

TEST_F(Replays, JobsAreListedNewestFirst) {
  for (int i = 1; i <= 5; ++i) ASSERT_TRUE(store().add_replay(job(id_of(i))));
  const auto page = store().list_replays("a", 2, 1);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->total, 5);
  ASSERT_EQ(page->replays.size(), 2u);
  EXPECT_EQ(page->replays[0].replay_id, id_of(4));
  EXPECT_EQ(store().list_replays("b", 10, 0)->total, 0);
}

TEST_F(Replays, AJobCountsWhatBecameOfItsDeliveriesAndCancelsTheRest) {
  ASSERT_TRUE(store().add_replay(job("j")));
  for (int i = 1; i <= 5; ++i) {
    Delivery first = delivery(i, DeliveryState::delivered);
    first.replay_id = "j";
    const DueDelivery again = replay(first, "r" + std::to_string(i));
    if (i == 1) finish(again.delivery, DeliveryState::delivered);
    if (i == 2) finish(again.delivery, DeliveryState::exhausted);
  }
  replay(delivery(6, DeliveryState::delivered), "by hand");
  replay(*store().get_delivery("a", "r1"), "one of them again");
  EXPECT_EQ(store().cancel_replayed("b", "j"), 0);
  EXPECT_EQ(store().cancel_replayed("a", "j"), 3);
  const Replay after = *store().get_replay("a", "j");
  EXPECT_EQ(after.delivered, 1);
  EXPECT_EQ(after.exhausted, 1);
  EXPECT_EQ(after.canceled, 3);
  EXPECT_EQ(store().list_replays("a", 10, 0)->replays[0].canceled, 3);
  EXPECT_EQ(store().get_delivery("a", "r1")->state, DeliveryState::delivered);
  EXPECT_EQ(store().get_delivery("a", "by hand")->state, DeliveryState::pending);
  EXPECT_EQ(store().get_delivery("a", "one of them again")->state, DeliveryState::pending);
  EXPECT_EQ(store().cancel_replayed("a", "j"), 0) << "once is enough";
}

}  // namespace
}  // namespace wrapup
