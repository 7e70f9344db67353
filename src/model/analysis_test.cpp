#include "model/analysis.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace wrapup {
namespace {

json::object written(const Analysis& analysis) {
  std::string text;
  JsonWriter out(text);
  analysis.write(out);
  const auto value = parse_json(text);
  EXPECT_TRUE(value) << text;
  return value->get_object();
}

TEST(Analysis, Has35KeysInTheOrderOfTheContract) {
  const std::vector<std::string> scored{
      "persona",           "style",    "steps",       "no_repetition",  "objections",      "objection_not_defined",
      "knowledge",         "goal",     "appointment", "user_sentiment", "agent_sentiment", "call_completion",
      "answered_by_human", "opted_in", "no_opt_out",  "call_summary"};
  std::vector<std::string> expected;
  for (const auto& field : scored) {
    expected.push_back(field);
    expected.push_back(field + "_feedback");
  }
  for (const char* name : {"judge_found_partial_or_error", "judge_found_full_error", "all_feedback"})
    expected.emplace_back(name);
  std::vector<std::string> keys;
  for (const auto& member : written({})) keys.emplace_back(member.key());
  EXPECT_EQ(keys, expected);
  EXPECT_EQ(keys.size(), 35u);
}

TEST(Analysis, WhatWasNotEvaluatedIsNullWithoutFeedback) {
  const auto object = written({});
  EXPECT_TRUE(object.at("persona").is_null());
  EXPECT_EQ(object.at("persona_feedback"), json::value(""));
  EXPECT_EQ(object.at("judge_found_partial_or_error"), json::value("false"));
  EXPECT_EQ(object.at("judge_found_full_error"), json::value("false"));
  EXPECT_EQ(object.at("all_feedback"), json::value(""));
}

TEST(Analysis, ScoresAreStrings) {
  Analysis analysis;
  analysis[Criterion::goal] = {Score::yes, ""};
  analysis[Criterion::style] = {Score::partial, "hurried"};
  analysis[Criterion::objections] = {Score::not_applicable, ""};
  analysis[Criterion::opted_in] = {Score::no, "never asked"};
  const auto object = written(analysis);
  EXPECT_EQ(object.at("goal"), json::value("true"));
  EXPECT_EQ(object.at("style"), json::value("partial"));
  EXPECT_EQ(object.at("objections"), json::value("not_applicable"));
  EXPECT_EQ(object.at("opted_in"), json::value("false"));
}

TEST(Analysis, FeedbackStandsOnlyWhereSomethingIsWanting) {
  Analysis analysis;
  analysis[Criterion::goal] = {Score::yes, "all well"};
  analysis[Criterion::steps] = {Score::not_applicable, "no steps"};
  analysis[Criterion::knowledge] = {{}, "not looked at"};
  analysis[Criterion::style] = {Score::partial, "hurried"};
  const auto object = written(analysis);
  EXPECT_EQ(object.at("goal_feedback"), json::value(""));
  EXPECT_EQ(object.at("steps_feedback"), json::value(""));
  EXPECT_EQ(object.at("knowledge_feedback"), json::value(""));
  EXPECT_EQ(object.at("style_feedback"), json::value("hurried"));
}

TEST(Analysis, TheSummaryIsTheFeedbackOfCallSummaryWhateverItsScore) {
  Analysis analysis;
  analysis[Criterion::call_summary] = {Score::yes, "Dana wants Thursday."};
  const auto object = written(analysis);
  EXPECT_EQ(object.at("call_summary_feedback"), json::value("Dana wants Thursday."));
  EXPECT_EQ(object.at("all_feedback"), json::value(""));
}

TEST(Analysis, AggregatesFollowTheScores) {
  Analysis analysis;
  analysis[Criterion::style] = {Score::partial, "hurried"};
  auto object = written(analysis);
  EXPECT_EQ(object.at("judge_found_partial_or_error"), json::value("true"));
  EXPECT_EQ(object.at("judge_found_full_error"), json::value("false"));
  analysis[Criterion::persona] = {Score::no, "said it was a robot"};
  analysis[Criterion::no_opt_out] = {Score::no, ""};
  analysis[Criterion::call_summary] = {Score::no, "too short"};
  object = written(analysis);
  EXPECT_EQ(object.at("judge_found_full_error"), json::value("true"));
  EXPECT_EQ(object.at("all_feedback"), json::value("persona: said it was a robot\nstyle: hurried"))
      << "in the order of the contract, without call_summary and what has no words";
}

}  // namespace
}  // namespace wrapup
