#include "llm/openai_model.hpp"

#include <gtest/gtest.h>

#include "base/log.hpp"
#include "testing/fake_network.hpp"
#include "testing/seeded_entropy.hpp"
#include "testing/sim_clock.hpp"

namespace wrapup {
namespace {

const ModelSpec kSpec{"https://models.example.com/v1", "big-1", "key-not-real", true};
const std::string kUrl = kSpec.base_url + "/chat/completions";

json::object schema() {
  return parse_json(R"({"type":"object","properties":{"n":{"type":"integer","maximum":9}},"required":["n"]})")
      ->get_object();
}

FakeNetwork::Answer says(std::string_view text, Duration delay = 10 * kMillisecond) {
  auto answer = FakeNetwork::status(200, {}, delay);
  answer.reply.body = to_text(json::object{
      {"choices", json::array{json::object{{"message", json::object{{"content", text}}}, {"finish_reason", "stop"}}}},
      {"usage", json::object{{"prompt_tokens", 70}, {"completion_tokens", 30}}}});
  return answer;
}

class OpenAiModelTest : public testing::Test {
 protected:
  OpenAiModelTest() : network(clock), entropy(1) { set_log_level(LogLevel::off); }
  ~OpenAiModelTest() override { set_log_level(LogLevel::info); }

  void make() { model = std::make_unique<OpenAiModel>(io.get_executor(), network, network, clock, entropy, settings); }

  ChatRequest request(std::string user = "data") {
    return {"extract", "Do this.", std::move(user), schema(), 100, clock.now() + kMinute};
  }

  /// Asks to the end.
  Result<ChatAnswer> ask(const ChatRequest& asked) {
    if (!model) make();
    std::optional<Result<ChatAnswer>> answer;
    TaskGroup group(io.get_executor());
    const auto task = [&]() -> Task<void> { answer.emplace(co_await model->ask(kSpec, asked, usage)); };
    group.spawn(task());
    io.restart();
    clock.run_until(io, clock.now() + kHour, [&] { return answer.has_value(); });
    return std::move(*answer);
  }

  json::object sent(std::size_t index) { return parse_json(*network.exchanges()[index].request.body)->get_object(); }

  SimClock clock;
  asio::io_context io{1};
  FakeNetwork network;
  SeededEntropy entropy;
  OpenAiModel::Settings settings;
  std::unique_ptr<OpenAiModel> model;
  ChatUsage usage;
};

TEST_F(OpenAiModelTest, AsksWithASchemaAndCountsTokens) {
  network.on(kUrl, [](const HttpRequest&) { return says(R"({"n":4})"); });
  const auto answer = ask(request());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->value.at("n"), json::value(4));
  EXPECT_EQ(usage.tokens(), 100);
  EXPECT_EQ(sent(0).at("response_format").at("type"), json::value("json_schema"));
  EXPECT_EQ(*find_header(network.exchanges()[0].request.headers, "Authorization"), "Bearer key-not-real");
}

TEST_F(OpenAiModelTest, TheSameQuestionIsAnsweredFromMemory) {
  network.on(kUrl, [](const HttpRequest&) { return says(R"({"n":4})"); });
  EXPECT_TRUE(ask(request()));
  EXPECT_TRUE(ask(request()));
  EXPECT_EQ(network.exchanges().size(), 1U);
  EXPECT_EQ(usage.cached, 1);
  EXPECT_TRUE(ask(request("other data")));
  EXPECT_EQ(network.exchanges().size(), 2U);
}

TEST_F(OpenAiModelTest, MemoryIsBounded) {
  settings.cache_bytes = 200;
  network.on(kUrl, [](const HttpRequest&) { return says(R"({"n":4})"); });
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(ask(request(std::to_string(i))));
  EXPECT_TRUE(ask(request("0")));
  EXPECT_EQ(network.exchanges().size(), 11U) << "the oldest was forgotten";
  EXPECT_TRUE(ask(request("9")));
  EXPECT_EQ(network.exchanges().size(), 11U) << "the newest was not";
}

TEST_F(OpenAiModelTest, WhatDoesNotFitIsMendedOnceAndNamed) {
  network.on(kUrl, [](const HttpRequest&) { return says(R"({"n":12})"); });
  const auto answer = ask(request());
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->problems.size(), 1U);
  EXPECT_EQ(answer->problems[0].path, "/n");
  EXPECT_EQ(network.exchanges().size(), 2U);
  EXPECT_NE(to_text(sent(1).at("messages")).find("/n must be at most 9"), std::string::npos);
}

TEST_F(OpenAiModelTest, RetryAfterHoldsEverybody) {
  int count = 0;
  network.on(kUrl, [&](const HttpRequest&) {
    return ++count == 1 ? FakeNetwork::status(429, {{"Retry-After", "20"}}) : says(R"({"n":1})");
  });
  const Timestamp begun = clock.now();
  EXPECT_TRUE(ask(request()));
  EXPECT_GE(network.exchanges()[1].at - begun, 20 * kSecond);
}

TEST_F(OpenAiModelTest, FailuresBackOffUntilTheDeadline) {
  settings.attempts = 100;
  settings.limits.failures = 1000;
  network.on(kUrl, [](const HttpRequest&) { return FakeNetwork::status(500); });
  const Timestamp begun = clock.now();
  const auto answer = ask(request());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().name, "model_refused");
  EXPECT_LE(clock.now() - begun, kMinute);
  EXPECT_LT(network.exchanges().size(), 15U);
}

TEST_F(OpenAiModelTest, TheBreakerRestsAndThenTriesOne) {
  settings.attempts = 1;
  bool good = false;
  network.on(kUrl, [&](const HttpRequest&) { return good ? says(R"({"n":1})") : FakeNetwork::status(503); });
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(request()).error().name, "model_refused");
  EXPECT_EQ(ask(request()).error().name, "model_limited");
  EXPECT_EQ(network.exchanges().size(), 5U) << "the server is left alone";
  clock.advance_to(clock.now() + 31 * kSecond);
  good = true;
  EXPECT_TRUE(ask(request()));
  EXPECT_TRUE(ask(request("more")));
}

TEST_F(OpenAiModelTest, TheBudgetOfADayIsKept) {
  settings.limits.daily_tokens = 250;
  network.on(kUrl, [](const HttpRequest&) { return says(R"({"n":1})"); });
  make();
  model->count_before(100);
  EXPECT_TRUE(ask(request("a")));
  const auto refused = ask(request("b"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "the model's budget of tokens for today is used up");
  clock.advance_to(clock.now() + kDay);
  EXPECT_TRUE(ask(request("c")));
}

TEST_F(OpenAiModelTest, TokensAMinuteSpreadRequestsOut) {
  settings.limits.tokens_per_minute = 150;
  network.on(kUrl, [](const HttpRequest&) { return says(R"({"n":1})"); });
  const Timestamp begun = clock.now();
  for (int i = 0; i < 3; ++i) {
    auto asked = request(std::to_string(i));
    asked.deadline = clock.now() + kHour;
    EXPECT_TRUE(ask(asked));
  }
  EXPECT_GE(network.exchanges()[2].at - begun, 40 * kSecond);
}

TEST_F(OpenAiModelTest, NoMoreThanItsConcurrencyAtOnce) {
  settings.limits.concurrency = 2;
  make();
  std::size_t running = 0, most = 0, done = 0;
  network.on(kUrl, [&](const HttpRequest&) {
    most = std::max(most, ++running);
    return says(R"({"n":1})", kSecond);
  });
  TaskGroup group(io.get_executor());
  const auto task = [&](int i) -> Task<void> {
    ChatUsage its;
    const auto asked = request(std::to_string(i));
    const auto answer = co_await model->ask(kSpec, asked, its);
    EXPECT_TRUE(answer);
    --running;
    ++done;
  };
  for (int i = 0; i < 10; ++i) group.spawn(task(i));
  clock.run_until(io, clock.now() + kHour, [&] { return done == 10; });
  EXPECT_EQ(done, 10U);
  EXPECT_EQ(most, 2U);
}

TEST_F(OpenAiModelTest, ATimeOutIsCalledOne) {
  settings.timeout = 2 * kSecond;
  settings.attempts = 2;
  network.on(kUrl, [](const HttpRequest&) { return says(R"({"n":1})", kMinute); });
  EXPECT_EQ(ask(request()).error().name, "model_timeout");
  EXPECT_EQ(network.exchanges().size(), 2U);
}

TEST_F(OpenAiModelTest, FindsOutHowAModelWantsItsLimitNamed) {
  network.on(kUrl, [](const HttpRequest& asked) {
    if (asked.body->find("\"max_tokens\"") != std::string::npos) {
      auto refusal = FakeNetwork::status(400);
      refusal.reply.body = R"({"error":{"message":"Use 'max_completion_tokens' instead of 'max_tokens'."}})";
      return refusal;
    }
    return says(R"({"n":1})");
  });
  EXPECT_TRUE(ask(request()));
  EXPECT_TRUE(ask(request("more")));
  EXPECT_EQ(network.exchanges().size(), 3U);
  EXPECT_EQ(sent(2).at("response_format").at("type"), json::value("json_schema"));
}

}  // namespace
}  // namespace wrapup
