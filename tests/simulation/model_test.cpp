// Calls with a model, in virtual time: crashes between its answers, models that come back late.
#include <gtest/gtest.h>

#include "testing/scripted_model.hpp"
#include "world.hpp"

namespace wrapup {
namespace {

const std::string kHook = "https://good.example.com/hook";

// A model that knows the one question of World's agent, and judges well.
Result<ChatAnswer> good(const ChatRequest& request) {
  if (request.name == "extract") {
    json::object value;
    value["q1"] = json::object{{"turn", 1}, {"quote", "Yes please"}, {"value", true}, {"confidence", 0.9}};
    return ChatAnswer{std::move(value), {}};
  }
  json::object verdicts;
  for (const auto& [name, schema] : request.schema.at("properties").as_object())
    verdicts[name] = json::object{{"feedback", ""}, {"value", "true"}, {"text", "A visit was arranged."}};
  return ChatAnswer{std::move(verdicts), {}};
}

Result<ChatAnswer> failing(const ChatRequest&) {
  return fail(Code::unavailable, "model_timeout", "the model did not answer in time");
}

std::vector<json::object> webhooks(const World& world) {
  std::vector<json::object> bodies;
  for (const auto& exchange : world.network.exchanges())
    bodies.push_back(parse_json(*exchange.request.body)->get_object());
  return bodies;
}

std::string evaluator(const json::object& webhook) {
  return std::string(webhook.at("executed_actions").at("info_extractor_wants_visit").at("evaluator").as_string());
}

bool complete(const json::object& webhook) { return webhook.at("event").at("complete").as_bool(); }

TEST(Model, ACrashDoesNotAskAgainWhatWasAnswered) {
  for (int commits = 1; commits < 12; ++commits) {
    World world;
    ScriptedModel model(world.clock);
    model.on(good);
    world.model = &model;
    world.network.on(kHook, [](const HttpRequest&) { return FakeNetwork::status(200); });
    world.start();
    const std::string agent = world.make_agent();
    world.crash_after(commits);
    auto call = world.report(agent, "ext-1", kHook);
    world.run(kMinute);
    const bool crashed = world.crashed();
    world.crash_after({});
    if (crashed) {
      world.stop();
      world.start();
      if (!call) call = world.report(agent, "ext-1", kHook);
    }
    ASSERT_TRUE(world.run(kMinute, [&] { return !webhooks(world).empty(); })) << commits;
    EXPECT_TRUE(complete(webhooks(world)[0]));
    EXPECT_EQ(evaluator(webhooks(world)[0]), "scripted-1");
    // An answer that was on its way when the machine died may be asked for once more; one that was stored never is.
    EXPECT_LE(model.requests().size(), crashed ? 3U : 2U) << commits;
    auto kept = world.write([&](Store& store) { return store.kept_answers({kWorkspace, *call}); });
    EXPECT_TRUE((*kept)->empty()) << "forgotten when the payload has them";
    world.stop();
    if (!crashed) return;
  }
  FAIL() << "every number of commits crashed";
}

TEST(Model, LateAnswersComeAsTheNextRevisionWhenTheAgentTakesThem) {
  World world;
  ScriptedModel model(world.clock);
  model.on(failing);
  world.model = &model;
  world.network.on(kHook, [](const HttpRequest&) { return FakeNetwork::status(200); });
  world.start();
  ASSERT_TRUE(world.report(world.make_agent(true), "ext-1", kHook));
  world.run(5 * kMinute);
  ASSERT_EQ(webhooks(world).size(), 1U) << "a try that failed again tells nobody";
  EXPECT_FALSE(complete(webhooks(world)[0]));
  EXPECT_EQ(webhooks(world)[0].at("executed_actions").at("info_extractor_wants_visit").at("error_message"),
            json::value("the model did not answer in time"));
  const std::size_t asked = model.requests().size();
  EXPECT_EQ(asked, 4U) << "at once and after a minute";
  model.on(good);
  world.run(kDay);
  ASSERT_EQ(webhooks(world).size(), 2U);
  EXPECT_TRUE(complete(webhooks(world)[1]));
  EXPECT_EQ(evaluator(webhooks(world)[1]), "scripted-1");
  EXPECT_EQ(webhooks(world)[1].at("event").at("revision"), json::value(2));
  EXPECT_EQ(model.requests().size(), asked + 2) << "then it is left alone";
}

TEST(Model, LateAnswersAreTriedOnlySoOften) {
  World world;
  ScriptedModel model(world.clock);
  model.on(failing);
  world.model = &model;
  world.network.on(kHook, [](const HttpRequest&) { return FakeNetwork::status(200); });
  world.start();
  ASSERT_TRUE(world.report(world.make_agent(true), "ext-1", kHook));
  world.run(10 * kDay);
  EXPECT_EQ(webhooks(world).size(), 1U);
  EXPECT_EQ(model.requests().size(), 10U) << "two stages, at first and four times more";
}

TEST(Model, OtherAgentsGetOneWebhook) {
  World world;
  ScriptedModel model(world.clock);
  model.on(failing);
  world.model = &model;
  world.network.on(kHook, [](const HttpRequest&) { return FakeNetwork::status(200); });
  world.start();
  ASSERT_TRUE(world.report(world.make_agent(), "ext-1", kHook));
  world.run(10 * kDay);
  EXPECT_EQ(webhooks(world).size(), 1U);
  EXPECT_EQ(model.requests().size(), 2U);
}

}  // namespace
}  // namespace wrapup
