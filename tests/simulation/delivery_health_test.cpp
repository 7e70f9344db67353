// Receivers that fail for minutes, hours and days: what is sent to them meanwhile, what becomes of what waits, and what
// the owner of the workspace is told.
#include <set>

#include "base/json.hpp"
#include "delivery/breaker.hpp"
#include "delivery/signature.hpp"
#include "delivery_world.hpp"

namespace wrapup {
namespace {

std::string body_member(const FakeNetwork::Exchange& exchange, const std::string& name) {
  const auto body = parse_json(*exchange.request.body);
  const auto& value = body->at("data").at(name);
  return value.is_string() ? std::string(value.get_string()) : to_text(value);
}

class Circuit : public DeliveryWorld {
 protected:
  // No request of `all` begins before the one before it is answered.
  static void expect_one_at_a_time(const std::vector<Exchange>& all) {
    for (std::size_t i = 1; i < all.size(); ++i) {
      ASSERT_TRUE(all[i - 1].replied_at);
      EXPECT_GE(all[i].at, *all[i - 1].replied_at) << i;
    }
  }
};

TEST_F(Circuit, OpensWithinSecondsProbesOneAtATimeAndClosesByItself) {
  const Timestamp began = world.clock.now();
  answer(kUrl, 500);
  const auto calls = report(100);
  world.run(3 * kSecond);
  EXPECT_TRUE(endpoint_of(world, kUrl).health.open);
  EXPECT_LE(times().size(), 10u);
  world.run(kHour);
  const auto probes = requests(kUrl, began + 3 * kSecond);
  EXPECT_GE(probes.size(), 12u) << "at least one in five minutes";
  EXPECT_LE(probes.size(), 30u);
  expect_one_at_a_time(probes);
  const Timestamp healed = world.clock.now();
  answer(kUrl, 200);
  EXPECT_TRUE(world.run(6 * kMinute + 20 * kSecond, [&] { return times(kUrl, healed).size() >= 50; }));
  world.run(kHour);
  const auto after = times(kUrl, healed);
  EXPECT_EQ(pending(), 0);
  EXPECT_EQ(after.size(), calls.size()) << "none was given up, none sent twice";
  EXPECT_LE(most_within(kSecond, {after.begin(), after.begin() + 20}), 13u) << "by degrees";
  EXPECT_FALSE(endpoint_of(world, kUrl).health.open);
}

TEST_F(Circuit, WhatWaitsKeepsItsAttemptsAndItsPlace) {
  answer(kUrl, 500);
  report(100);
  world.run(2 * kHour);
  const auto late = report(1);
  answer(kUrl, 200);
  const Timestamp healed = world.clock.now();
  world.run(kHour);
  const auto after = requests(kUrl, healed);
  ASSERT_EQ(after.size(), 101u);
  std::size_t fresh = 0;
  for (const auto& each : after) fresh += header(each, "X-Wrapup-Attempt") == "1" ? 1 : 0;
  EXPECT_GE(fresh, 60u) << "a dead receiver costs most of them nothing";
  // What was due before goes before: only what a probe spoiled is due later than the late one.
  const auto at = std::find_if(after.begin(), after.end(), [&](const Exchange& e) { return call_of(e) == late[0]; });
  EXPECT_GE(at - after.begin(), 60);
}

TEST_F(Circuit, SurvivesARestart) {
  answer(kUrl, 500);
  report(20);
  world.run(10 * kMinute);
  const Timestamp before = world.clock.now();
  for (int i = 0; i < 5; ++i) restart();
  world.run(10 * kMinute);
  EXPECT_LE(times(kUrl, before).size(), 4u);
}

TEST_F(Circuit, AReceiverThatRefusesSomeBodiesStaysClosed) {
  int asked = 0;
  world.network.on(kUrl, [&](const HttpRequest&) { return FakeNetwork::status(++asked % 3 == 0 ? 422 : 200); });
  report(30);
  world.run(kSecond);
  EXPECT_FALSE(endpoint_of(world, kUrl).health.open);
  world.run(kHour);
  EXPECT_EQ(pending(), 0);
}

class Parking : public DeliveryWorld {
 protected:
  // What was sent from `since` on, in which order, and how fast it began.
  void expect_paced_drain(const std::vector<std::string>& calls, Timestamp since) {
    std::vector<std::string> order;
    for (const auto& each : requests(kUrl, since)) order.push_back(call_of(each));
    EXPECT_EQ(order, calls) << "each once, oldest first";
    const auto at = times(kUrl, since);
    ASSERT_GE(at.size(), 20u);
    EXPECT_LE(most_within(kSecond, {at.begin(), at.begin() + 20}), 13u) << "ten a second to begin with";
    EXPECT_LT(at.back() - at.front(), kMinute) << "and soon faster";
    EXPECT_EQ(pending(), 0);
  }
};

TEST_F(Parking, APausedEndpointKeepsWhatComesAndDrainsOldestFirst) {
  answer(kUrl, 200);
  answer(kOther, 200);
  auto calls = report(1);
  world.run(kMinute);
  pause_endpoint(world, kUrl);
  calls.clear();
  for (int i = 0; i < 150; ++i) {
    calls.push_back(report(1).front());
    world.run(kMinute);
    if (i % 50 == 49) restart();
  }
  report(1, kOther);
  world.run(kDay);
  EXPECT_EQ(times().size(), 1u);
  EXPECT_EQ(times(kOther).size(), 1u);
  EXPECT_EQ(pending(), 150);
  const Timestamp resumed = world.clock.now();
  resume_endpoint(world, kUrl);
  world.run(kHour);
  expect_paced_drain(calls, resumed);
}

TEST_F(Parking, WhatIsUnderWayAtAPauseEndsAndIsTriedAgainAfterIt) {
  answer(kUrl, 500, {}, 10 * kSecond);
  report(1);
  world.run(kSecond);
  pause_endpoint(world, kUrl);
  world.run(kDay);
  EXPECT_EQ(times().size(), 1u);
  EXPECT_EQ(pending(), 1);
  answer(kUrl, 200);
  resume_endpoint(world, kUrl);
  world.run(kHour);
  EXPECT_EQ(times().size(), 2u);
  EXPECT_EQ(header(requests().back(), "X-Wrapup-Attempt"), "2");
  EXPECT_EQ(pending(), 0);
}

TEST_F(Parking, ADisabledEndpointCollectsMoreThanMemoryHoldsAndDrainsOldestFirst) {
  world.delivery.lane.kept = 20;
  restart();
  answer(kUrl, 410);
  auto calls = report(1);
  world.run(kMinute);
  EXPECT_EQ(endpoint_of(world, kUrl).state, EndpointState::disabled);
  for (int i = 0; i < 99; ++i) {
    calls.push_back(report(1).front());
    world.run(kHour);
    if (i == 50) restart();
  }
  EXPECT_EQ(times().size(), 1u);
  answer(kUrl, 200);
  const Timestamp resumed = world.clock.now();
  resume_endpoint(world, kUrl);
  world.run(kHour);
  expect_paced_drain(calls, resumed);
}

TEST_F(Parking, WhatWaitsForAnEndpointIsNotSentOnceItIsDeleted) {
  answer(kUrl, 429, {{"Retry-After", "60"}});
  report(10);
  world.run(kSecond);
  answer(kUrl, 200);
  delete_endpoint(world, kUrl);
  const auto fresh = report(1);
  const Timestamp deleted = world.clock.now();
  world.run(kDay);
  ASSERT_EQ(times(kUrl, deleted).size(), 1u);
  EXPECT_EQ(call_of(requests(kUrl, deleted).front()), fresh.front()) << "at the endpoint made by its next use";
  EXPECT_EQ(pending(), 0);
}

TEST_F(Parking, AChangeOfSettingsHoldsForWhatWaits) {
  answer(kUrl, 500);
  report(3);
  world.run(2 * kSecond);
  change_endpoint(world, kUrl, [&](Endpoint& endpoint) {
    give_settings(world, endpoint,
                  R"({"retry": {"schedule": ["1s"]}, "headers": [{"name": "X-Team", "value": "north"}]})");
  });
  const Timestamp changed = world.clock.now();
  world.run(kDay);
  for (const auto& each : requests(kUrl, changed)) EXPECT_EQ(header(each, "X-Team"), "north");
  EXPECT_EQ(pending(), 0);
  EXPECT_LE(times().size(), 9u) << "after the second failure it is over";
}

// Settings that are stored in the commit of the 410, and told to delivery before it is.
TEST_F(Parking, ASettingThatCrossesA410EnablesNothing) {
  answer(kUrl, 200);
  report(1);
  world.run(kMinute);
  Endpoint endpoint = endpoint_of(world, kUrl);
  answer(kUrl, 410);
  const Timestamp answered = world.clock.now() + 10 * kMillisecond;
  const auto set_name = [&]() -> Task<void> {
    const auto timer = world.clock.timer(co_await asio::this_coro::executor);
    co_await timer->wait_until(answered);
    give_settings(world, endpoint, R"({"name": "CRM"})");
    (void)co_await world.store().write([&](Store& store) { return store.update_endpoint(endpoint); });
    world.store().feeds().endpoints.offer(endpoint);
  };
  world.spawn(set_name());
  report(10);
  world.run(kDay);
  EXPECT_EQ(endpoint_of(world, kUrl).state, EndpointState::disabled);
  EXPECT_NE(endpoint_of(world, kUrl).settings, "");
  EXPECT_LE(times().size(), 5u) << "what was under way";
  EXPECT_EQ(pending(), 10);
}

class Telling : public DeliveryWorld {
 protected:
  void SetUp() override {
    DeliveryWorld::SetUp();
    answer(kOps, 200);
    set_operations_url(kOps);
  }
  std::int64_t count(DeliveryState state) {
    DeliveryFilter filter;
    filter.state = state;
    auto counted = world.write([&](Store& store) { return store.count_deliveries(kWorkspace, filter); });
    return counted && *counted ? **counted : -1;
  }
  // A call every six hours for so long.
  void report_for(Duration span) {
    for (const Timestamp end = world.clock.now() + span; world.clock.now() < end;) {
      report(1);
      world.run(6 * kHour);
    }
  }
};

TEST_F(Telling, AnEndpointThatOnlyFailsForFiveDaysIsDisabledAndItsOwnerToldOnce) {
  const Timestamp began = world.clock.now();
  answer(kUrl, 500);
  report_for(4 * kDay + 18 * kHour);
  EXPECT_EQ(endpoint_of(world, kUrl).state, EndpointState::active);
  EXPECT_TRUE(told("endpoint.disabled").empty());
  restart();
  report_for(5 * kDay);
  const Endpoint endpoint = endpoint_of(world, kUrl);
  EXPECT_EQ(endpoint.state, EndpointState::disabled);
  EXPECT_NE(endpoint.state_reason, "");
  EXPECT_GE(endpoint.state_at, began + 5 * kDay);
  EXPECT_LE(times().back(), began + 5 * kDay + 6 * kHour + kLongestProbeWait);
  const auto disabled = told("endpoint.disabled");
  ASSERT_EQ(disabled.size(), 1u);
  EXPECT_EQ(body_member(disabled[0], "endpoint_id"), endpoint.endpoint_id);
  EXPECT_EQ(body_member(disabled[0], "url"), kUrl);
  EXPECT_EQ(body_member(disabled[0], "state"), "disabled");
  EXPECT_EQ(static_cast<std::int64_t>(told("delivery.exhausted").size()), count(DeliveryState::exhausted));
  EXPECT_GT(count(DeliveryState::pending), 15) << "what came since is kept";

  answer(kUrl, 200);
  resume_endpoint(world, kUrl);
  world.run(kHour);
  const auto recovered = told("endpoint.recovered");
  ASSERT_EQ(recovered.size(), 1u);
  EXPECT_EQ(body_member(recovered[0], "state"), "active");
  EXPECT_EQ(pending(), 0);
  report(3);
  world.run(kHour);
  EXPECT_EQ(told("endpoint.recovered").size(), 1u);
  EXPECT_EQ(told("endpoint.disabled").size(), 1u);
}

TEST_F(Telling, OneSuccessInFiveDaysIsEnoughToStayActive) {
  answer(kUrl, 500);
  report_for(4 * kDay);
  answer(kUrl, 200);
  report(1);
  world.run(10 * kMinute);
  answer(kUrl, 500);
  report_for(4 * kDay);
  EXPECT_EQ(endpoint_of(world, kUrl).state, EndpointState::active);
  EXPECT_TRUE(told("endpoint.disabled").empty());
}

TEST_F(Telling, AMachineThatSleptForDaysDoesNotDisableAfterTwoFailures) {
  answer(kUrl, 500);
  report(1);
  world.run(kSecond);
  const auto before = times().size();
  world.stop();
  world.clock.advance_to(world.clock.now() + 6 * kDay);
  world.start();
  world.run(kSecond);
  EXPECT_GT(times().size(), before);
  EXPECT_LT(times().size(), 5u);
  EXPECT_EQ(endpoint_of(world, kUrl).state, EndpointState::active);
}

TEST_F(Telling, ResumedItHasFiveDaysAgain) {
  answer(kUrl, 500);
  report_for(6 * kDay);
  ASSERT_EQ(endpoint_of(world, kUrl).state, EndpointState::disabled);
  resume_endpoint(world, kUrl);
  report_for(4 * kDay);
  EXPECT_EQ(endpoint_of(world, kUrl).state, EndpointState::active);
  EXPECT_EQ(told("endpoint.disabled").size(), 1u);
  report_for(2 * kDay);
  EXPECT_EQ(endpoint_of(world, kUrl).state, EndpointState::disabled);
  EXPECT_EQ(told("endpoint.disabled").size(), 2u);
}

TEST_F(Telling, A410IsToldAtOnceAndNoLateSuccessCallsItRecovered) {
  int asked = 0;
  world.network.on(kUrl, [&](const HttpRequest&) {
    return ++asked == 1 ? FakeNetwork::status(410) : FakeNetwork::status(200, {}, 5 * kSecond);
  });
  report(2);
  world.run(kMinute);
  ASSERT_EQ(times().size(), 2u) << "both were under way";
  ASSERT_EQ(told("endpoint.disabled").size(), 1u);
  EXPECT_NE(body_member(told("endpoint.disabled")[0], "reason").find("410"), std::string::npos);
  EXPECT_TRUE(told("endpoint.recovered").empty());
  EXPECT_EQ(endpoint_of(world, kUrl).state, EndpointState::disabled);
  resume_endpoint(world, kUrl);
  world.run(kMinute);
  EXPECT_EQ(told("endpoint.recovered").size(), 1u);
}

TEST_F(Telling, AnExhaustedDeliveryIsToldWithWhatFailed) {
  answer(kUrl, 404);
  const auto calls = report(1);
  world.run(kDay);
  ASSERT_EQ(told("delivery.exhausted").size(), 1u);
  const auto exhausted = told("delivery.exhausted")[0];
  EXPECT_EQ(body_member(exhausted, "call_id"), calls[0]);
  EXPECT_EQ(body_member(exhausted, "attempts"), "5");
  EXPECT_EQ(body_member(exhausted, "failure"), "http_4xx");
  EXPECT_EQ(body_member(exhausted, "url"), kUrl);
}

TEST_F(Telling, OperationalWebhooksAreSignedAndTriedAgainLikeAllOthers) {
  int failures = 2;
  world.network.on(kOps, [&](const HttpRequest&) { return FakeNetwork::status(failures-- > 0 ? 500 : 200); });
  answer(kUrl, 410);
  report(1);
  world.run(kSecond);
  restart();
  world.run(kHour);
  const auto all = requests(kOps);
  ASSERT_EQ(all.size(), 3u);
  const Signer signer(kSecret);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(header(all[i], "X-Wrapup-Attempt"), std::to_string(i + 1));
    EXPECT_EQ(header(all[i], "webhook-id"), header(all[0], "webhook-id"));
    EXPECT_EQ(*all[i].request.body, *all[0].request.body);
    EXPECT_TRUE(signer.verify_standard(header(all[i], "webhook-id"), std::stoll(header(all[i], "webhook-timestamp")),
                                       *all[i].request.body, header(all[i], "webhook-signature")));
  }
  EXPECT_EQ(pending(), 1) << "what the 410 was the answer to";
}

TEST_F(Telling, NothingIsToldOfTheOperationsUrlItself) {
  answer(kOps, 404);
  answer(kUrl, 410);
  report(1);
  report(1, kOps);
  world.run(10 * kDay);
  std::set<std::string> types;
  for (const auto& each : requests(kOps)) types.insert(header(each, "X-Wrapup-Event"));
  EXPECT_EQ(types, (std::set<std::string>{"call.completed", "endpoint.disabled"}))
      << "that one is of the other endpoint";
  EXPECT_EQ(count(DeliveryState::exhausted), 2);
  EXPECT_EQ(pending(), 1);
}

TEST_F(Telling, WhileTheOperationsEndpointIsDownItsWebhooksWait) {
  answer(kOps, 410);
  answer(kUrl, 404);
  report(3);
  world.run(kDay);
  EXPECT_EQ(endpoint_of(world, kOps).state, EndpointState::disabled);
  answer(kOps, 200);
  resume_endpoint(world, kOps);
  world.run(kHour);
  EXPECT_EQ(told("delivery.exhausted").size(), 3u);
}

}  // namespace
}  // namespace wrapup
