// Days of delivery in virtual time.
#include "delivery_world.hpp"

namespace wrapup {
namespace {

class Delivery : public DeliveryWorld {};

TEST_F(Delivery, FollowsTheScheduleAndThenGivesUp) {
  world.network.on(kUrl, [](const HttpRequest&) { return FakeNetwork::status(503); });
  ASSERT_TRUE(world.report(agent, "a", kUrl));
  world.run(30 * kDay);
  const auto at = times();
  const RetryPolicy policy;
  ASSERT_EQ(at.size(), policy.schedule.size() + 1);
  for (std::size_t i = 0; i < policy.schedule.size(); ++i) {
    // From the fifth failure on the circuit is open; its probes are at most 6 min apart.
    EXPECT_LE(at[i + 1] - at[i], policy.schedule[i] + (i < 4 ? kSecond : 6 * kMinute)) << "after attempt " << i + 1;
  }
  EXPECT_EQ(pending(), 0);
}

TEST_F(Delivery, AnotherClientErrorHasTheShortSchedule) {
  world.network.on(kUrl, [](const HttpRequest&) { return FakeNetwork::status(404); });
  ASSERT_TRUE(world.report(agent, "a", kUrl));
  world.run(30 * kDay);
  EXPECT_EQ(times().size(), RetryPolicy().short_schedule.size() + 1);
}

TEST_F(Delivery, TimersSurviveARestart) {
  int left = 3;
  world.network.on(kUrl, [&](const HttpRequest&) { return FakeNetwork::status(left-- > 0 ? 500 : 200); });
  ASSERT_TRUE(world.report(agent, "a", kUrl));
  for (int i = 0; i < 5; ++i) {
    world.run(20 * kSecond);
    restart();
  }
  world.run(kHour);
  const auto& all = world.network.exchanges();
  ASSERT_EQ(all.size(), 4u);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(*find_header(all[i].request.headers, "X-Wrapup-Attempt"), std::to_string(i + 1));
    EXPECT_EQ(*find_header(all[i].request.headers, "webhook-id"), *find_header(all[0].request.headers, "webhook-id"));
    EXPECT_EQ(*all[i].request.body, *all[0].request.body);
  }
  EXPECT_EQ(pending(), 0);
}

TEST_F(Delivery, RetryAfterHoldsTheWholeEndpointAlsoOverARestart) {
  bool first = true;
  world.network.on(kUrl, [&](const HttpRequest&) {
    return std::exchange(first, false) ? FakeNetwork::status(429, {{"Retry-After", "3600"}}) : FakeNetwork::status(200);
  });
  world.network.on(kOther, [](const HttpRequest&) { return FakeNetwork::status(200); });
  ASSERT_TRUE(world.report(agent, "a", kUrl));
  world.run(kMinute);
  ASSERT_EQ(times().size(), 1u);
  ASSERT_TRUE(world.report(agent, "b", kUrl));
  ASSERT_TRUE(world.report(agent, "c", kOther));
  world.run(10 * kMinute);
  restart();
  world.run(40 * kMinute);
  EXPECT_EQ(times().size(), 1u) << "the endpoint was not left alone";
  EXPECT_EQ(times(kOther).size(), 1u) << "another endpoint was held too";
  world.run(kHour);
  EXPECT_EQ(times().size(), 3u);
  EXPECT_GE(times()[1] - times()[0], kHour);
  EXPECT_EQ(pending(), 0);
}

TEST_F(Delivery, GoneDisablesTheEndpointAndKeepsWhatComes) {
  world.network.on(kUrl, [](const HttpRequest&) { return FakeNetwork::status(410); });
  ASSERT_TRUE(world.report(agent, "a", kUrl));
  world.run(kMinute);
  ASSERT_TRUE(world.report(agent, "b", kUrl));
  world.run(10 * kDay);
  restart();
  world.run(10 * kDay);
  EXPECT_EQ(times().size(), 1u);
  EXPECT_EQ(pending(), 2) << "what a disabled endpoint collects is kept";
}

TEST_F(Delivery, ADisabledEndpointStaysSoAfterItsLaneWasForgotten) {
  bool gone = true;
  world.network.on(kUrl, [&](const HttpRequest&) { return FakeNetwork::status(gone ? 410 : 200); });
  ASSERT_TRUE(world.report(agent, "a", kUrl));
  world.run(kHour);
  gone = false;
  ASSERT_TRUE(world.report(agent, "b", kUrl));
  world.run(kHour);
  EXPECT_EQ(times().size(), 1u);
  EXPECT_EQ(pending(), 2);
}

TEST_F(Delivery, AHangingReceiverDelaysNobodyElse) {
  world.network.on(kUrl, [](const HttpRequest&) { return FakeNetwork::status(200, {}, kHour); });
  world.network.on(kOther, [](const HttpRequest&) { return FakeNetwork::status(200); });
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(world.report(agent, "hang-" + std::to_string(i), kUrl));
  const Timestamp before = world.clock.now();
  ASSERT_TRUE(world.report(agent, "ok", kOther));
  world.run(5 * kSecond);
  ASSERT_EQ(times(kOther).size(), 1u);
  EXPECT_LT(times(kOther)[0] - before, 100 * kMillisecond);
  EXPECT_LE(times().size(), 8u) << "no more than the endpoint's concurrency at once";
}

TEST_F(Delivery, MoreThanFitsInMemoryGoesOutInTheEnd) {
  world.network.on(kUrl, [&](const HttpRequest&) {
    return world.clock.now() < 1'773'238'800 * kSecond + kHour ? FakeNetwork::status(503) : FakeNetwork::status(200);
  });
  for (int i = 0; i < 2500; ++i) ASSERT_TRUE(world.report(agent, "n-" + std::to_string(i), kUrl));
  world.run(2 * kDay, [&] { return pending() == 0; });
  EXPECT_EQ(pending(), 0);
}

TEST_F(Delivery, AnswersKeptForAnIdempotencyKeyAreForgottenAfterADay) {
  (void)world.write([&](Store& store) {
    return store.keep_idempotent(kWorkspace, "key-1", {"hash", 200, "{}"}, world.clock.now());
  });
  const auto kept = [&] {
    auto found = world.write([](Store& store) { return store.find_idempotent(kWorkspace, "key-1"); });
    return found && *found && (*found)->has_value();
  };
  world.run(23 * kHour);
  EXPECT_TRUE(kept());
  world.run(3 * kHour);
  EXPECT_FALSE(kept());
}

TEST_F(Delivery, AForgottenCallIsEndedAndItsWebhookSent) {
  world.network.on(kUrl, [](const HttpRequest&) { return FakeNetwork::status(200); });
  json::object document{{"type", "outbound"}, {"name", "Quiet"}, {"agent", json::object{{"engine", "none"}}}};
  Agent quiet = *read_agent(document);
  quiet.workspace_id = kWorkspace;
  quiet.agent_id = "019a0000-0000-7000-8000-000000000002";
  (void)world.write([&](Store& store) { return store.put_agent(quiet, world.clock.now()); });
  ASSERT_TRUE(world.place(quiet.agent_id, "x", "+15550100123", kUrl));
  world.run(4 * kHour - 2 * kMinute);
  EXPECT_TRUE(times().empty());
  world.run(5 * kMinute);
  ASSERT_EQ(times().size(), 1u);
  EXPECT_NE(world.network.exchanges()[0].request.body->find(
                "{\"status\":\"failed\",\"error_message\":\"no event of this call"),
            std::string::npos);
}

}  // namespace
}  // namespace wrapup
