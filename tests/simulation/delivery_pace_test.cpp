// How fast receivers are sent to, who waits for whom, and what the clock does to it.
#include <map>

#include "delivery/breaker.hpp"
#include "delivery_world.hpp"

namespace wrapup {
namespace {

class Pacing : public DeliveryWorld {
 protected:
  void set(const std::string& url, const std::string& settings) {
    change_endpoint(world, url, [&](Endpoint& endpoint) { give_settings(world, endpoint, settings); });
  }
  std::int64_t delivered_at(const std::string& url) const {
    return std::count_if(world.network.exchanges().begin(), world.network.exchanges().end(), [&](const Exchange& each) {
      return each.request.url == url && each.reply && each.reply->status == 200;
    });
  }
};

TEST_F(Pacing, AStormOf429sIsNotAnsweredWithAStorm) {
  answer(kUrl, 429, {{"Retry-After", "20"}});
  answer(kOther, 200);
  report(300);
  const Timestamp before = world.clock.now();
  report(20, kOther);
  world.run(kMinute);
  EXPECT_LE(times().size(), 9u);
  EXPECT_EQ(times(kOther).size(), 20u);
  EXPECT_LT(times(kOther).back() - before, kSecond) << "another endpoint is not held";
  answer(kUrl, 200);
  EXPECT_TRUE(world.run(5 * kMinute, [&] { return delivered_at(kUrl) == 300; }));
}

TEST_F(Pacing, RetryAfterIsKeptOverRestartsHoweverManyThereAre) {
  answer(kUrl, 503, {{"Retry-After", "7200"}});
  report(5);
  world.run(kSecond);
  const auto first = times();
  for (int i = 0; i < 20; ++i) {
    restart();
    report(1);
    world.run(5 * kMinute);
  }
  EXPECT_EQ(times().size(), first.size());
  answer(kUrl, 200);
  world.run(kHour);
  EXPECT_EQ(delivered_at(kUrl), 25);
  EXPECT_GE(times()[first.size()], first.front() + 2 * kHour) << "in full";
  EXPECT_EQ(pending(), 0);
}

// A receiver that lets ten a second in and does not say so.
TEST_F(Pacing, ALimitThatNobodyToldIsFound) {
  std::vector<Timestamp> taken;
  int refused = 0;
  world.network.on(kUrl, [&](const HttpRequest&) {
    const Timestamp now = world.clock.now();
    while (!taken.empty() && taken.front() + kSecond <= now) taken.erase(taken.begin());
    if (taken.size() >= 10) {
      ++refused;
      return FakeNetwork::status(429);
    }
    taken.push_back(now);
    return FakeNetwork::status(200);
  });
  report(600);
  EXPECT_TRUE(world.run(5 * kMinute, [&] { return delivered_at(kUrl) == 600; })) << delivered_at(kUrl);
  EXPECT_LT(refused, 150) << "of 600";
}

TEST_F(Pacing, ThePresetOfZapierIsNeverExceeded) {
  answer(kUrl, 200);
  report(1);
  world.run(kMinute);
  set(kUrl, R"({"preset": "zapier", "concurrency": 50})");
  const Timestamp began = world.clock.now();
  report(200);
  EXPECT_TRUE(world.run(kMinute, [&] { return delivered_at(kUrl) == 201; }));
  const auto at = times(kUrl, began);
  EXPECT_LE(most_within(kSecond, at), 30u);
  EXPECT_LE(at.back() - at.front(), 8 * kSecond) << "nor is it slower than it may be";
}

TEST_F(Pacing, ALongLimitHoldsOverTheWholeSpan) {
  answer(kUrl, 200);
  report(1);
  world.run(kMinute);
  set(kUrl, R"({"rate_limits": [{"count": 10, "per": "1s"}, {"count": 50, "per": "5m"}]})");
  const Timestamp began = world.clock.now();
  report(120);
  world.run(20 * kMinute);
  const auto at = times(kUrl, began);
  ASSERT_EQ(at.size(), 120u);
  EXPECT_LE(most_within(kSecond, at), 10u);
  EXPECT_LE(most_within(5 * kMinute, at), 50u);
  EXPECT_LE(at.back() - at.front(), 10 * kMinute + 10 * kSecond);
}

TEST_F(Pacing, AStepOfTheClockNeitherStopsNorFloodsAReceiver) {
  answer(kUrl, 200);
  report(1);
  world.run(kMinute);
  set(kUrl, R"({"rate_limits": [{"count": 5, "per": "10s"}]})");
  // Of the receiver's clock, which does not step.
  std::vector<Timestamp> at;
  world.network.on(kUrl, [&](const HttpRequest&) {
    at.push_back(world.clock.monotonic());
    return FakeNetwork::status(200);
  });
  report(60);
  for (const Duration step : {-kHour, kHour, kHour, -2 * kHour, -kDay, kDay}) {
    world.run(13 * kSecond);
    world.clock.step(step);
  }
  // What waited may wait longer by as much as the clock was set back.
  world.run(2 * kHour);
  EXPECT_EQ(at.size(), 60u);
  EXPECT_LE(most_within(10 * kSecond, at), 5u);
}

TEST_F(Pacing, AClockSetBackDelaysNothingThatIsNewAndNothingForLong) {
  answer(kUrl, 500);
  answer(kOther, 200);
  report(10);
  report(1, kOther);
  world.run(10 * kMinute);
  ASSERT_TRUE(endpoint_of(world, kUrl).health.open);
  world.clock.step(-kHour);
  report(1, kOther);
  world.run(kSecond);
  EXPECT_EQ(times(kOther).size(), 2u) << "fresh ones go at once";
  answer(kUrl, 200);
  report(1);
  world.run(kLongestProbeWait + kSecond);
  EXPECT_FALSE(endpoint_of(world, kUrl).health.open) << "probes go on";
  world.run(2 * kHour);
  EXPECT_EQ(pending(), 0);
}

TEST_F(Pacing, AClockThatWasAYearAheadHoldsNothingForAYear) {
  answer(kUrl, 503, {{"Retry-After", "3600"}});
  world.clock.step(365 * kDay);
  report(3);
  world.run(kMinute);
  world.clock.step(-365 * kDay);
  restart();
  answer(kUrl, 200);
  world.run(kHour);
  EXPECT_EQ(pending(), 0);
}

TEST_F(Pacing, AClockSetOnLosesNothing) {
  answer(kUrl, 500);
  report(10);
  for (int i = 0; i < 3; ++i) {
    world.run(10 * kMinute);
    world.clock.step(kHour);
  }
  answer(kUrl, 200);
  world.run(kDay);
  EXPECT_EQ(delivered_at(kUrl), 10);
}

TEST_F(Pacing, TwoHundredHangingEndpointsDelayNoHealthyOne) {
  answer(kUrl, 200);
  report(1);
  world.run(kMinute);
  for (int i = 0; i < 200; ++i) {
    const std::string url = "https://hang-" + std::to_string(i) + ".example.com/";
    answer(url, 200, {}, kHour);
    report(5, url);
  }
  for (int i = 0; i < 60; ++i) {
    const Timestamp before = world.clock.now();
    report(1);
    world.run(kSecond);
    ASSERT_EQ(times(kUrl, before).size(), 1u) << i;
    EXPECT_LT(times(kUrl, before)[0] - before, 10 * kMillisecond);
  }
}

class Places : public Pacing {
 protected:
  void SetUp() override {}
  void start_with(std::size_t places) {
    world.delivery.at_once = places;
    DeliveryWorld::SetUp();
  }
  static std::string url_of(int number) { return "https://r" + std::to_string(number) + ".example.com/"; }
  // Receivers that take a second for each.
  void busy(int from, int to, int deliveries, const std::string& workspace_id = kWorkspace) {
    for (int i = from; i < to; ++i) {
      answer(url_of(i), 200, {}, kSecond);
      report(deliveries, url_of(i), workspace_id);
    }
  }
};

TEST_F(Places, OneIsEnoughForEverybody) {
  start_with(1);
  busy(0, 5, 3);
  world.run(kMinute);
  EXPECT_EQ(pending(), 0);
}

TEST_F(Places, HangingReceiversLeaveHalfOfThemToThoseThatAnswer) {
  start_with(20);
  answer(kUrl, 200);
  report(1);
  world.run(kSecond);
  for (int i = 0; i < 50; ++i) {
    answer(url_of(i), 200, {}, kHour);
    report(4, url_of(i));
  }
  for (int i = 0; i < 30; ++i) {
    const Timestamp before = world.clock.now();
    report(1);
    world.run(kSecond);
    ASSERT_EQ(times(kUrl, before).size(), 1u) << i;
    EXPECT_LT(times(kUrl, before)[0] - before, 10 * kMillisecond);
  }
}

TEST_F(Places, WorkspacesTakeTurns) {
  start_with(4);
  busy(0, 20, 20);
  world.run(10 * kSecond);
  busy(100, 101, 10, kOtherWorkspace);
  const Timestamp before = world.clock.now();
  EXPECT_TRUE(world.run(15 * kSecond, [&] { return delivered_at(url_of(100)) == 10; }));
  EXPECT_GT(pending(), 200) << "the busy workspace still has its queue";
  std::size_t others = 0;
  for (int i = 0; i < 20; ++i) others += times(url_of(i), before).size();
  EXPECT_GE(others, 10u) << "and it had its turns too";
}

TEST_F(Places, ANewEndpointIsNotKeptOutByThoseThatAreProven) {
  start_with(2);
  busy(0, 10, 1);
  world.run(30 * kSecond);
  busy(0, 10, 40);
  world.run(10 * kSecond);
  const Timestamp before = world.clock.now();
  busy(50, 51, 1);
  world.run(10 * kSecond);
  ASSERT_EQ(times(url_of(50), before).size(), 1u) << "it waits behind no more than one turn of each";
  EXPECT_GT(pending(), 100);
}

TEST_F(Places, EndpointsOfAWorkspaceTakeTurns) {
  start_with(2);
  busy(0, 5, 20);
  world.run(30 * kSecond);
  std::map<int, std::size_t> sent;
  for (int i = 0; i < 5; ++i) sent[i] = times(url_of(i)).size();
  for (const auto& [endpoint, count] : sent) {
    EXPECT_GE(count, 8u) << endpoint;
    EXPECT_LE(count, 20u) << endpoint;
  }
}

TEST_F(Places, LanesThatAreForgottenComeBackAsTheyWere) {
  world.delivery.idle_lanes = 0;
  start_with(100);
  bool gone = true;
  world.network.on(kUrl, [&](const HttpRequest&) { return FakeNetwork::status(gone ? 410 : 200); });
  answer(kOther, 200);
  report(1);
  report(5, kOther);
  world.run(kHour);
  gone = false;
  report(30);
  report(5, kOther);
  world.run(kHour);
  EXPECT_EQ(times().size(), 1u) << "it stays disabled";
  EXPECT_EQ(times(kOther).size(), 10u);
  const Timestamp resumed = world.clock.now();
  resume_endpoint(world, kUrl);
  world.run(kHour);
  EXPECT_EQ(times(kUrl, resumed).size(), 31u);
  EXPECT_LE(most_within(kSecond, times(kUrl, resumed)), 14u) << "and drains by degrees";
}

}  // namespace
}  // namespace wrapup
