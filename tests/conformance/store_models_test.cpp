#include "store_fixture.hpp"

namespace wrapup {
namespace {

const CallKey kCall{"a", "019a0000-0000-7000-8000-000000000001"};

TEST_F(StoreTest, AnswersOfModelsAreKeptUntilForgotten) {
  const ModelUse use{"a", 20'000, "big-1", 1, 100, 20};
  EXPECT_TRUE(store().keep_answer(kCall, "h1", R"({"value":{}})", use, kNow));
  EXPECT_TRUE(store().keep_answer(kCall, "h1", R"({"value":{"other":1}})", use, kNow));
  EXPECT_TRUE(store().keep_answer(kCall, "h2", "", use, kNow));
  const auto kept = store().kept_answers(kCall);
  ASSERT_TRUE(kept);
  EXPECT_EQ(*kept, (std::map<std::string, std::string>{{"h1", R"({"value":{}})"}})) << "the first one stays";
  EXPECT_TRUE(store().kept_answers({"b", kCall.call_id})->empty());
  EXPECT_TRUE(store().forget_answers(kCall));
  EXPECT_TRUE(store().kept_answers(kCall)->empty());
}

TEST_F(StoreTest, WhatModelsTookIsCountedByDay) {
  for (const std::string workspace : {"a", "b"}) {
    for (int i = 0; i < 3; ++i)
      EXPECT_TRUE(store().keep_answer({workspace, "c"}, "", "", {workspace, 20'000, "big-1", 1, 100, 20}, kNow));
  }
  EXPECT_TRUE(store().keep_answer(kCall, "", "", {"a", 20'001, "big-1", 1, 7, 0}, kNow));
  EXPECT_EQ(*store().tokens_of_day(20'000), 720);
  EXPECT_EQ(*store().tokens_of_day(20'001), 7);
  EXPECT_EQ(*store().tokens_of_day(1), 0);
  const auto uses = store().model_use("a", 20'000);
  ASSERT_EQ(uses->size(), 1U);
  EXPECT_EQ(uses->front().requests, 3);
  EXPECT_EQ(uses->front().prompt_tokens, 300);
}

}  // namespace
}  // namespace wrapup
