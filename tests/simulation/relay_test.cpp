// An engine of one's own that takes its calls, refuses them, or is not there.
#include <gtest/gtest.h>

#include "world.hpp"

namespace wrapup {
namespace {

const std::string kEngine = "https://engine.example.com/calls";
const std::string kHook = "https://receiver.example.com/hook";

class RelayTest : public testing::Test {
 protected:
  void SetUp() override {
    world_.network.on(kHook, [](const HttpRequest&) { return FakeNetwork::status(200); });
    world_.start();
    Agent agent = *read_agent({{"type", "outbound"},
                               {"name", "Mika"},
                               {"agent", json::object{{"engine", "relay"}, {"engine_url", kEngine}}}});
    agent.workspace_id = kWorkspace;
    agent.agent_id = "019a0000-0000-7000-8000-000000000002";
    ASSERT_TRUE(*world_.write([&](Store& store) { return store.put_agent(agent, world_.clock.now()); }));
    agent_id_ = agent.agent_id;
  }

  void engine_answers(int status) {
    world_.network.on(kEngine, [status](const HttpRequest&) { return FakeNetwork::status(status); });
  }

  std::string place() {
    const auto id = world_.place(agent_id_, "ext-1", "+15550100123", kHook);
    return id.value_or("");
  }

  Call record(const std::string& call_id) {
    const auto stored = world_.write([&](Store& store) { return store.get_call(kWorkspace, call_id); });
    return *record_of(**stored);
  }

  bool run_to_end(const std::string& call_id, Duration span) {
    const Timestamp until = world_.clock.now() + span;
    while (world_.clock.now() < until) {
      world_.run(kSecond);
      if (is_terminal(record(call_id).status)) return true;
    }
    return false;
  }

  std::size_t sent_to(const std::string& url) {
    const auto& all = world_.network.exchanges();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const auto& exchange) { return exchange.request.url == url; }));
  }

  World world_;
  std::string agent_id_;
};

TEST_F(RelayTest, ACallThatWasTakenWaitsForItsEngine) {
  engine_answers(202);
  const std::string id = place();
  world_.run(3 * kHour);
  EXPECT_EQ(sent_to(kEngine), 1u);
  EXPECT_EQ(record(id).status, CallStatus::pending);
  world_.run(2 * kHour);
  EXPECT_EQ(record(id).status, CallStatus::failed) << "the watchdog still watches";
}

TEST_F(RelayTest, ACallThatIsRefusedFailsAtOnceAndItsWebhookGoesOut) {
  engine_answers(422);
  const std::string id = place();
  ASSERT_TRUE(run_to_end(id, 5 * kSecond));
  EXPECT_EQ(record(id).status, CallStatus::failed);
  EXPECT_EQ(record(id).error_message, "the engine refused the call (http_4xx)");
  EXPECT_TRUE(world_.run(kMinute, [&] { return sent_to(kHook) == 1; }));
  world_.run(kDay);
  EXPECT_EQ(sent_to(kEngine), 1u);
}

TEST_F(RelayTest, ACallWhoseEngineIsNotThereFailsInTimeAndIsNotAskedForLater) {
  engine_answers(503);
  const std::string id = place();
  EXPECT_FALSE(run_to_end(id, 100 * kSecond));
  ASSERT_TRUE(run_to_end(id, 30 * kSecond));
  EXPECT_EQ(record(id).status, CallStatus::failed);
  EXPECT_NE(record(id).error_message.find("did not take the call within 120 s"), std::string::npos);
  const std::size_t asked = sent_to(kEngine);
  EXPECT_GT(asked, 1u);
  engine_answers(202);
  world_.run(2 * kDay);
  EXPECT_EQ(sent_to(kEngine), asked);
}

TEST_F(RelayTest, TheEndOfTimeIsKeptOverARestart) {
  engine_answers(503);
  const std::string id = place();
  world_.run(30 * kSecond);
  world_.stop();
  world_.start();
  ASSERT_TRUE(run_to_end(id, 100 * kSecond));
  EXPECT_EQ(record(id).status, CallStatus::failed);
}

}  // namespace
}  // namespace wrapup
