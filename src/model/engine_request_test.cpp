#include "model/engine_request.hpp"

#include <gtest/gtest.h>

namespace wrapup {
namespace {

TEST(EngineRequest, SaysEverythingThatACallNeeds) {
  auto agent = read_agent(
      parse_json(
          R"({"type": "outbound", "name": "Desk", "agent": {"engine": "relay", "engine_url": "https://e.example.com",
                    "prompt": "Be kind.", "greeting_message": "Hello", "own": [1]}})")
          ->get_object());
  ASSERT_TRUE(agent) << agent.error().message;
  agent->agent_id = "a1";
  CallStart start{"default", "c1", Direction::outbound, 1'773'238'800'000'000, {}};
  start.request.phone = "+15550100123";
  start.request.name = "Øyvind 🚲";
  start.request.custom_variables = {{"order no", "7"}};
  start.request.greeting = "Hi!";
  const auto read = parse_json(engine_request(start, *agent));
  ASSERT_TRUE(read);
  const auto& root = read->get_object();
  EXPECT_EQ(root.at("id"), json::value("evt_c1_requested"));
  EXPECT_EQ(root.at("type"), json::value("call.requested"));
  const auto& data = root.at("data").get_object();
  EXPECT_EQ(data.at("name"), json::value("Øyvind 🚲"));
  EXPECT_EQ(data.at("from_phone_number"), json::value(nullptr));
  EXPECT_EQ(to_text(data.at("custom_variables")), R"({"order no":"7"})");
  EXPECT_EQ(data.at("prompt"), json::value("Be kind."));
  EXPECT_EQ(data.at("greeting"), json::value("Hi!"));
  EXPECT_EQ(data.at("events_path"), json::value("/v2/calls/c1/events"));
  EXPECT_EQ(data.at("agent").at("agent").at("own").at(0), json::value(1));
}

TEST(EngineRequest, ARelayNeedsItsUrl) {
  const auto read = [](const char* text) { return read_agent(parse_json(text)->get_object()); };
  const auto without = read(R"({"type": "outbound", "name": "Desk", "agent": {"engine": "relay"}})");
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().fields.front().path, "/agent/engine_url");
  const auto unknown = read(R"({"type": "outbound", "name": "Desk", "agent": {"engine": "asterisk"}})");
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message.find("relay"), std::string::npos);
}

}  // namespace
}  // namespace wrapup
