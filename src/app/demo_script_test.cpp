#include "app/demo_script.hpp"

#include <gtest/gtest.h>

#include "model/agent.hpp"
#include "pipeline/rules/rules.hpp"

namespace wrapup {
namespace {

Transcript scenario() {
  const json::object agent = demo_agent();
  Transcript transcript;
  for (const auto& turn : agent.at("agent").at("scenario").at("turns").as_array()) {
    transcript.push_back({text_at(turn, "role") == "bot" ? Role::bot : Role::human, text_at(turn, "text"), {}, {}});
  }
  return transcript;
}

TEST(DemoScript, TheAgentIsOneThatTheApiAccepts) {
  const auto agent = read_agent(demo_agent());
  ASSERT_TRUE(agent) << agent.error().message;
  EXPECT_EQ(agent->actions.size(), 3U);
}

TEST(DemoScript, TheCallAnswersEachOfTheThreeQuestions) {
  const auto agent = read_agent(demo_agent());
  ASSERT_TRUE(agent);
  std::vector<std::string> answers;
  for (const auto& action : agent->actions) {
    answers.push_back(to_text(rules::extract(std::get<Extractor>(action.what), scenario()).value));
  }
  EXPECT_EQ(answers, (std::vector<std::string>{"true", "\"afternoon\"", "\"The rear brake squeals when it rains\""}));
}

TEST(DemoScript, FindsTheAddressOfAServerOnceItsLineIsWhole) {
  EXPECT_EQ(address_in("a line\nwrapup 0.1.0 is ready on http://127.0.0.1:40123  (data in x)\n"),
            "http://127.0.0.1:40123");
  EXPECT_EQ(address_in("wrapup 0.1.0 is ready on http://127.0.0.1:40"), "");
  EXPECT_EQ(address_in(""), "");
}

TEST(DemoScript, GivesTheLastLines) {
  EXPECT_EQ(last_lines("a\nb\nc\n", 2), "b\nc");
  EXPECT_EQ(last_lines("a\nb\n", 5), "a\nb");
  EXPECT_EQ(last_lines("", 5), "");
}

TEST(DemoScript, ToleratesAnswersOfAnotherShape) {
  for (const char* text : {"null", "[]", "{}", R"({"calls":[]})", R"({"calls":[3],"items":[]})", R"({"items":"x"})"}) {
    const auto value = parse_json(text);
    EXPECT_EQ(timeline_in(*value), nullptr) << text;
    EXPECT_EQ(first_item(*value), nullptr) << text;
    EXPECT_EQ(text_at(*value, "x"), "") << text;
  }
  EXPECT_TRUE(phases_of({}).empty());
}

}  // namespace
}  // namespace wrapup
