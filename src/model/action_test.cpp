#include "model/action.hpp"

#include <string>

#include <gtest/gtest.h>

namespace wrapup {
namespace {

using Errors = std::vector<FieldError>;

std::optional<Action> read(std::string_view text, Errors& errors) {
  const auto value = parse_json(text);
  EXPECT_TRUE(value) << text;
  return read_action(value->get_object(), "", errors);
}

Action sound(std::string_view text) {
  Errors errors;
  auto action = read(text, errors);
  EXPECT_TRUE(action) << text << (errors.empty() ? "" : errors[0].path + " " + errors[0].message);
  return action.value_or(Action());
}

Errors wrong_with(std::string_view text) {
  Errors errors;
  EXPECT_FALSE(read(text, errors)) << text;
  return errors;
}

TEST(Action, ReadsTheThreeExtractorsAndTheFourEvaluations) {
  const Action yes_no =
      sound(R"({"INFORMATION_EXTRACTOR":{"YES_NO":{"identifier":"wants pickup","description":"Does she?"}}})");
  EXPECT_EQ(yes_no.type(), ActionType::information_extractor);
  EXPECT_EQ(yes_no.name(), "info_extractor_wants pickup");
  const Action choice = sound(
      R"({"INFORMATION_EXTRACTOR":{"SINGLE_CHOICE":{"identifier":"slot","description":"When?","choices":["morning","noon"]}}})");
  EXPECT_EQ(std::get<Extractor>(choice.what).choices, (std::vector<std::string>{"morning", "noon"}));
  const Action open = sound(
      R"({"INFORMATION_EXTRACTOR":{"OPEN_QUESTION":{"identifier":"fault","description":"What?","examples":["brake"]}}})");
  EXPECT_EQ(std::get<Extractor>(open.what).examples, (std::vector<std::string>{"brake"}));
  for (const char* category : {"pass_fail", "numeric", "descriptive", "likert_scale"}) {
    const Action evaluation =
        sound(R"({"CUSTOM_EVAL":{"question":{"identifier":"polite","text":"Was it polite?","category":")" +
              std::string(category) + R"(","expected_result":"true"}}})");
    EXPECT_EQ(evaluation.name(), "custom_eval_polite");
    EXPECT_EQ(to_string(std::get<CustomEvaluation>(evaluation.what).category), category);
  }
}

TEST(Action, ComesBackFromTheStoreAsItWas) {
  for (const char* text :
       {R"({"INFORMATION_EXTRACTOR":{"YES_NO":{"identifier":"a b_","description":"?"}}})",
        R"({"INFORMATION_EXTRACTOR":{"SINGLE_CHOICE":{"identifier":"c","description":"","choices":["x","y"]}}})",
        R"({"INFORMATION_EXTRACTOR":{"OPEN_QUESTION":{"identifier":"o","description":"?","examples":["x"]}}})",
        R"({"CUSTOM_EVAL":{"question":{"identifier":"e","text":"?","category":"numeric","expected_result":"8"}}})"}) {
    Action action = sound(text);
    EXPECT_EQ(to_text(to_json(action)), text);
    action.action_id = "018f0000-0000-7000-8000-00000000000a";
    const auto back = action_from_json(to_json(action));
    ASSERT_TRUE(back) << text;
    EXPECT_EQ(back->action_id, action.action_id);
    EXPECT_EQ(to_text(to_json(*back)), to_text(to_json(action)));
  }
}

TEST(Action, NamesWhatIsWrong) {
  EXPECT_EQ(wrong_with("{}"), (Errors{{"/", "must hold INFORMATION_EXTRACTOR or CUSTOM_EVAL"}}));
  EXPECT_EQ(wrong_with(R"({"INFORMATION_EXTRACTER":{}})"),
            (Errors{{"/INFORMATION_EXTRACTER", "is not a known field; did you mean \"INFORMATION_EXTRACTOR\"?"}}));
  EXPECT_EQ(wrong_with(R"({"INFORMATION_EXTRACTOR":{"YES_NO":{}}})"),
            (Errors{{"/INFORMATION_EXTRACTOR/YES_NO/identifier", "is required"}}));
  EXPECT_EQ(wrong_with(R"({"INFORMATION_EXTRACTOR":{"YESNO":{"identifier":"a"}}})").front(),
            (FieldError{"/INFORMATION_EXTRACTOR/YESNO", "is not a known field; did you mean \"YES_NO\"?"}));
  EXPECT_EQ(
      wrong_with(R"({"INFORMATION_EXTRACTOR":{"SINGLE_CHOICE":{"identifier":"a"}}})"),
      (Errors{{"/INFORMATION_EXTRACTOR/SINGLE_CHOICE/choices", "is required for SINGLE_CHOICE: an array of strings"}}));
  EXPECT_EQ(
      wrong_with(R"({"INFORMATION_EXTRACTOR":{"SINGLE_CHOICE":{"identifier":"a","choices":["x",1]}}})").front().path,
      "/INFORMATION_EXTRACTOR/SINGLE_CHOICE/choices");
  EXPECT_EQ(
      wrong_with(R"({"INFORMATION_EXTRACTOR":{"YES_NO":{"identifier":"a","descripton":"x"}}})"),
      (Errors{{"/INFORMATION_EXTRACTOR/YES_NO/descripton", "is not a known field; did you mean \"description\"?"}}));
  EXPECT_EQ(
      wrong_with(R"({"CUSTOM_EVAL":{"question":{"identifier":"a","text":"?","category":"stars"}}})"),
      (Errors{{"/CUSTOM_EVAL/question/category", "must be one of pass_fail, numeric, descriptive, likert_scale"}}));
  EXPECT_EQ(wrong_with(R"({"CUSTOM_EVAL":{}})").front().path, "/CUSTOM_EVAL/question");
  EXPECT_FALSE(wrong_with(R"({"CUSTOM_EVAL":{"question":{}},"INFORMATION_EXTRACTOR":{}})").empty());
  EXPECT_FALSE(
      wrong_with(R"({"INFORMATION_EXTRACTOR":{"YES_NO":{"identifier":"a"},"OPEN_QUESTION":{"identifier":"a"}}})")
          .empty());
}

TEST(Action, ParametersHaveTheOrderOfTheContract) {
  EXPECT_EQ(
      to_text(hard_coded_parameters(sound(
          R"({"INFORMATION_EXTRACTOR":{"SINGLE_CHOICE":{"examples":[],"choices":["x"],"description":"When?","identifier":"slot"}}})"))),
      R"({"type":"SINGLE_CHOICE","identifier":"slot","condition":"When?","choices":["x"],"examples":null})");
  EXPECT_EQ(
      to_text(hard_coded_parameters(sound(
          R"({"CUSTOM_EVAL":{"question":{"identifier":"e","text":"Polite?","category":"pass_fail","expected_result":"true"}}})"))),
      R"({"type":"pass_fail","identifier":"e","condition":"Polite?","choices":null,"examples":null,"expected_result":"true"})");
}

}  // namespace
}  // namespace wrapup
