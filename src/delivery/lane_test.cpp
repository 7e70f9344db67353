#include "delivery/lane.hpp"

#include <set>

#include <gtest/gtest.h>

#include "delivery/breaker.hpp"
#include "testing/property.hpp"
#include "testing/seeded_entropy.hpp"
#include "testing/sim_clock.hpp"

namespace wrapup {
namespace {

Delivery delivery_at(const std::string& id, Timestamp at) {
  Delivery delivery;
  delivery.workspace_id = "default";
  delivery.delivery_id = delivery.webhook_id = id;
  delivery.next_at = at;
  return delivery;
}

Endpoint endpoint_in(EndpointState state, Timestamp since = 0) {
  Endpoint endpoint;
  endpoint.workspace_id = "default";
  endpoint.endpoint_id = "e";
  endpoint.state = state;
  endpoint.state_at = since;
  return endpoint;
}

class LaneTest : public testing::Test {
 protected:
  static std::shared_ptr<const LanePolicy> policy_with(std::size_t concurrency, std::size_t kept) {
    LanePolicy policy;
    policy.concurrency = concurrency;
    policy.kept = kept;
    return std::make_shared<const LanePolicy>(policy);
  }
  Timestamp now() const { return clock.now(); }
  void pass(Duration span) { clock.advance_to(now() + span); }
  void add(const std::string& id, Duration in = 0) {
    lane.add({delivery_at(id, now() + in), lane.endpoint(), nullptr});
  }
  std::string take() {
    auto due = lane.take(now());
    return due ? due->delivery.delivery_id : "";
  }
  void answer(const std::string& id, Outcome outcome, std::optional<Timestamp> hold = {}, bool timed_out = false) {
    lane.answered(id, outcome, timed_out, hold, now(), entropy);
    lane.done(id);
  }
  void open_circuit() {
    for (int i = 0; i < 5; ++i) {
      add("x" + std::to_string(i));
      answer(take(), Outcome::retry);
    }
    ASSERT_TRUE(lane.endpoint().health.open);
  }
  void change_to(EndpointState state) {
    Endpoint endpoint = lane.endpoint();
    endpoint.state = state;
    endpoint.state_at = now();
    lane.change(endpoint, lane.policy());
  }

  SimClock clock;
  SeededEntropy entropy{1};
  Lane lane{endpoint_in(EndpointState::active), policy_with(8, 10), clock};
};

// What a lane lets go at once when `resumed` before it was known.
std::size_t goes_at_once(const SimClock& clock, Timestamp created, Timestamp resumed) {
  Endpoint endpoint = endpoint_in(EndpointState::active, resumed);
  endpoint.created_at = created;
  Lane lane(endpoint, std::make_shared<const LanePolicy>(), clock);
  for (const char* id : {"a", "b", "c"}) lane.add({delivery_at(id, clock.now()), endpoint, nullptr});
  std::size_t gone = 0;
  while (lane.take(clock.now())) ++gone;
  return gone;
}

TEST_F(LaneTest, AnEndpointResumedBeforeItsLaneWasKnownStartsSlowlyToo) {
  pass(kHour);
  EXPECT_EQ(goes_at_once(clock, now() - kHour, now() - kSecond), 1U);
  EXPECT_EQ(goes_at_once(clock, now() - kHour, now() - 2 * kMinute), 2U) << "a while ago";
  EXPECT_EQ(goes_at_once(clock, now(), now()), 2U) << "a new one";
}

TEST_F(LaneTest, TheSoonestGoesFirstAndNoneBeforeItsTime) {
  add("later", kHour);
  add("second", 1);
  add("first");
  EXPECT_EQ(take(), "first");
  EXPECT_EQ(take(), "");
  EXPECT_EQ(lane.next_at(now()), now() + 1);
  pass(1);
  EXPECT_EQ(take(), "second");
  answer("first", Outcome::delivered);
  EXPECT_EQ(lane.next_at(now()), now() - 1 + kHour);
}

TEST_F(LaneTest, OneThatWaitsOrRunsIsNotAddedTwice) {
  add("a");
  add("a");
  EXPECT_EQ(take(), "a");
  add("a");
  EXPECT_EQ(take(), "") << "it runs";
  lane.answered("a", Outcome::retry, false, {}, now(), entropy);
  add("a");
  EXPECT_EQ(take(), "") << "what came of it is not stored yet";
  lane.done("a");
  add("a");
  EXPECT_EQ(take(), "a");
}

TEST_F(LaneTest, RetryAfterHoldsAllThatWaits) {
  add("a");
  add("b");
  add("c");
  answer(take(), Outcome::slow_down, now() + kHour);
  EXPECT_EQ(take(), "");
  EXPECT_EQ(lane.next_at(now()), now() + kHour);
  pass(kHour - 1);
  EXPECT_EQ(take(), "");
  pass(1);
  EXPECT_EQ(take(), "b");
}

TEST_F(LaneTest, AShorterRetryAfterDoesNotEndALongerOne) {
  add("a");
  add("b");
  const std::string first = take();
  const std::string second = take();
  answer(first, Outcome::slow_down, now() + kHour);
  answer(second, Outcome::slow_down, now() + kMinute);
  add("c");
  EXPECT_EQ(lane.next_at(now()), now() + kHour);
}

TEST_F(LaneTest, AnOpenCircuitLetsOneProbeThroughAtATime) {
  open_circuit();
  for (const char* id : {"a", "b", "c"}) add(id);
  EXPECT_EQ(take(), "") << "not at once";
  pass(lane.next_at(now()) - now());
  EXPECT_EQ(take(), "a");
  pass(kHour);
  EXPECT_EQ(take(), "") << "the probe is not answered";
  EXPECT_EQ(lane.next_at(now()), kNever);
  answer("a", Outcome::retry);
  EXPECT_EQ(take(), "");
  EXPECT_GT(lane.next_at(now()), now());
  pass(lane.next_at(now()) - now());
  EXPECT_EQ(take(), "b");
  answer("b", Outcome::delivered);
  EXPECT_FALSE(lane.endpoint().health.open);
  EXPECT_NEAR(lane.pace().rate(), 10, 1) << "what has gathered is let out by degrees";
}

TEST_F(LaneTest, AProbeThatWasNotSentLeavesTheTurnToAnother) {
  open_circuit();
  add("canceled");
  add("b");
  pass(kMinute);
  EXPECT_EQ(take(), "canceled");
  lane.not_sent("canceled");
  EXPECT_EQ(take(), "b");
}

TEST_F(LaneTest, ASuccessOfARequestThatWasUnderWayClosesTheCircuit) {
  for (int i = 0; i < 8; ++i) {
    add("s" + std::to_string(i));
    answer(take(), Outcome::delivered);
  }
  for (int i = 0; i < 6; ++i) add("a" + std::to_string(i));
  std::vector<std::string> running;
  for (int i = 0; i < 6; ++i) running.push_back(take());
  for (int i = 0; i < 5; ++i) answer(running[static_cast<std::size_t>(i)], Outcome::retry);
  EXPECT_TRUE(lane.endpoint().health.open);
  answer(running[5], Outcome::delivered);
  EXPECT_FALSE(lane.endpoint().health.open);
}

TEST_F(LaneTest, APausedLaneKeepsNothingInMemoryAndReadsItAgain) {
  add("a");
  add("b", kHour);
  const std::string running = take();
  change_to(EndpointState::paused);
  EXPECT_EQ(lane.next_at(now()), kNever);
  add("c");
  answer(running, Outcome::retry);
  EXPECT_FALSE(lane.wants_refill());
  EXPECT_FALSE(lane.idle()) << "the store has more";
  change_to(EndpointState::active);
  EXPECT_TRUE(lane.wants_refill());
  EXPECT_GE(lane.begin_refill(), 10u);
  lane.end_refill({{delivery_at("b", now() - 2), delivery_at("c", now() - 1)}});
  EXPECT_FALSE(lane.wants_refill());
  EXPECT_EQ(take(), "b");
  EXPECT_NEAR(lane.pace().rate(), 10, 1);
}

TEST_F(LaneTest, ResumingClosesTheCircuitButAChangeOfSettingsDoesNot) {
  open_circuit();
  const EndpointHealth bad = lane.endpoint().health;
  Endpoint stored = lane.endpoint();
  stored.health = {};  // as it was read before the last answers were stored
  lane.change(stored, policy_with(3, 10));
  EXPECT_EQ(lane.endpoint().health, bad);
  stored.state_at = now();
  lane.change(stored, lane.policy());
  EXPECT_FALSE(lane.endpoint().health.open);
}

TEST_F(LaneTest, WhatIsDueNowIsNotKeptOutByRetriesOfTomorrow) {
  for (int i = 0; i < 10; ++i) add("tomorrow-" + std::to_string(i), kDay + i);
  for (int i = 0; i < 4; ++i) add("now-" + std::to_string(i), i - 4);
  for (int i = 0; i < 4; ++i) {
    const std::string id = take();
    EXPECT_EQ(id, "now-" + std::to_string(i));
    answer(id, Outcome::delivered);
  }
  add("later than what was left out", 2 * kDay);
  EXPECT_EQ(lane.next_at(now()), now() + kDay);
  EXPECT_FALSE(lane.wants_refill()) << "six are in memory, and they are due first";
  pass(kDay + 10);
  EXPECT_EQ(take(), "tomorrow-0");
  EXPECT_TRUE(lane.wants_refill());
}

TEST_F(LaneTest, WhatCameWhileTheStoreWasReadIsNotForgotten) {
  lane.mark_more();
  lane.begin_refill();
  for (int i = 0; i < 12; ++i) add("n" + std::to_string(i), i - 20);
  lane.end_refill({std::vector<Delivery>{}});  // read before they came
  int sent = 0;
  for (std::string id = take(); !id.empty(); id = take()) {
    answer(id, Outcome::delivered);
    ++sent;
  }
  EXPECT_EQ(sent, 10);
  EXPECT_TRUE(lane.wants_refill()) << "two did not fit";
}

TEST_F(LaneTest, WhatWasDoneWhileTheStoreWasReadIsNotSentAgain) {
  add("a");
  EXPECT_EQ(take(), "a");
  lane.begin_refill();
  answer("a", Outcome::delivered);
  lane.end_refill({{delivery_at("a", now()), delivery_at("b", now())}});
  EXPECT_EQ(take(), "b");
  EXPECT_EQ(take(), "");
}

TEST_F(LaneTest, ARefillThatFailedIsMadeAgain) {
  lane.mark_more();
  lane.begin_refill();
  EXPECT_FALSE(lane.wants_refill()) << "one at a time";
  lane.end_refill({});
  EXPECT_TRUE(lane.wants_refill());
}

TEST_F(LaneTest, WhatTheStoreMayHaveSoonerIsReadAtOnce) {
  for (int i = 0; i < 9; ++i) add("tomorrow-" + std::to_string(i), kDay + i);
  add("unreadable");
  EXPECT_EQ(take(), "unreadable");
  lane.mark_more();
  lane.not_sent("unreadable");
  EXPECT_TRUE(lane.wants_refill());
  lane.begin_refill();
  lane.end_refill({{delivery_at("unreadable", now())}});
  EXPECT_EQ(take(), "unreadable");
  EXPECT_FALSE(lane.wants_refill());
}

TEST_F(LaneTest, AClockThatWasSetBackHoldsNothingUp) {
  const Timestamp wrong = now() + 365 * kDay;
  Endpoint endpoint = endpoint_in(EndpointState::active);
  endpoint.health = {wrong, true, wrong, 7, wrong, false};
  Lane late(endpoint, policy_with(8, 10), clock);
  late.add({delivery_at("a", wrong), endpoint, nullptr});
  EXPECT_TRUE(late.take(now()));
  // An hour back: a probe waits no longer than probes do.
  open_circuit();
  add("b", -kHour);
  clock.step(-kHour);
  EXPECT_LE(lane.next_at(now()), now() + kLongestProbeWait);
}

TEST_F(LaneTest, KnowsWhetherTheLastAnswerWasASuccess) {
  EXPECT_FALSE(lane.proven());
  add("a");
  answer(take(), Outcome::delivered);
  EXPECT_TRUE(lane.proven());
  add("b");
  answer(take(), Outcome::retry_soon);
  EXPECT_FALSE(lane.proven());
}

// A store, and a lane in front of it that keeps four: whatever comes in which order, everything goes once, the soonest
// first, and nothing is forgotten.
class Mirror {
 public:
  Mirror() : lane_(endpoint_in(EndpointState::active), policy(), clock_) {}

  void step() {
    switch (*rc::gen::inRange(0, 11)) {
      case 0:
      case 1: return fresh();
      case 2: return begin_read();
      case 3: return end_read(*rc::gen::inRange(0, 4) == 0);
      case 4: clock_.advance_to(clock_.now() + *rc::gen::inRange(0, 90) * kSecond); return;
      case 5: return set_state(*rc::gen::element(EndpointState::active, EndpointState::paused));
      case 6:
      case 7: return take();
      case 8: return store();
      default: return answer();
    }
  }

  void drain() {
    set_state(EndpointState::active);
    for (int i = 0; i < 10'000; ++i) {
      while (!running_.empty()) finish(*running_.begin(), Outcome::delivered);
      while (!answered_.empty()) store();
      if (pending_.empty()) break;
      if (lane_.wants_refill()) begin_read();
      end_read(false);
      const Timestamp next = lane_.next_at(clock_.now());
      RC_ASSERT(next != kNever || lane_.wants_refill());
      if (next != kNever) clock_.advance_to(next);
      take();
    }
    RC_ASSERT(pending_.empty());
  }

 private:
  static std::shared_ptr<const LanePolicy> policy() {
    LanePolicy policy;
    policy.concurrency = 3;
    policy.kept = 4;
    return std::make_shared<const LanePolicy>(policy);
  }

  void fresh() {
    const std::string id = "d" + std::to_string(++made_);
    pending_[id] = clock_.now();
    lane_.add({delivery_at(id, clock_.now()), lane_.endpoint(), nullptr});
  }

  void begin_read() {
    if (read_ || !lane_.wants_refill()) return;
    const std::size_t limit = lane_.begin_refill();
    std::multimap<Timestamp, std::string> sorted;
    for (const auto& [id, at] : pending_) sorted.emplace(at, id);
    read_.emplace();
    for (const auto& [at, id] : sorted) {
      if (read_->size() < limit) read_->push_back(delivery_at(id, at));
    }
  }

  void end_read(bool failed) {
    if (!read_) return;
    lane_.end_refill(failed ? std::nullopt : std::move(read_));
    read_.reset();
  }

  void take() {
    const auto due = lane_.take(clock_.now());
    if (!due) return;
    const std::string& id = due->delivery.delivery_id;
    RC_ASSERT(pending_.contains(id));
    RC_ASSERT(!answered_.contains(id));
    RC_ASSERT(running_.insert(id).second);
    RC_ASSERT(due->delivery.next_at == pending_[id]);
  }

  void answer() {
    if (running_.empty()) return;
    finish(*rc::gen::elementOf(running_), *rc::gen::element(Outcome::delivered, Outcome::retry, Outcome::slow_down));
  }

  void finish(std::string id, Outcome outcome) {
    running_.erase(id);
    lane_.answered(id, outcome, false, {}, clock_.now(), entropy_);
    const bool delivered = outcome == Outcome::delivered;
    answered_[id] = delivered ? kNever : clock_.now() + *rc::gen::inRange(0, 3600) * kSecond;
  }

  void store() {
    if (answered_.empty()) return;
    const auto [id, again_at] = *answered_.begin();
    answered_.erase(answered_.begin());
    if (again_at == kNever) {
      pending_.erase(id);
    } else {
      pending_[id] = again_at;
    }
    lane_.done(id);
    if (again_at != kNever) lane_.add({delivery_at(id, again_at), lane_.endpoint(), nullptr});
  }

  void set_state(EndpointState state) { lane_.change(endpoint_in(state, clock_.now()), lane_.policy()); }

  SimClock clock_;
  SeededEntropy entropy_{1};
  Lane lane_;
  std::map<std::string, Timestamp> pending_;  // as the store has it
  std::set<std::string> running_;
  std::map<std::string, Timestamp> answered_;  // and not stored yet; when to try again, kNever: delivered
  std::optional<std::vector<Delivery>> read_;
  int made_ = 0;
};

TEST_F(LaneTest, SendsEverythingOnceWhateverComes) {
  expect_holds(
      [] {
        Mirror mirror;
        const int steps = *rc::gen::inRange(1, 300);
        for (int i = 0; i < steps; ++i) mirror.step();
        mirror.drain();
      },
      300);
}

}  // namespace
}  // namespace wrapup
