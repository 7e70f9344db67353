#include "model/inbound.hpp"

#include <gtest/gtest.h>

namespace wrapup {
namespace {

Result<CallRequest> announced(std::string_view text) { return read_announcement(parse_json(text)->get_object()); }

TEST(Inbound, AnAnnouncementIsReadAndReadAgainAsStored) {
  const auto request = announced(
      R"({"model_id": "a", "from_number": "+15550100123", "to_number": "+15550100199", "external_id": "trunk 7 📞",
          "metadata": {"queue": 2}, "custom_variables": [{"key": "plan", "value": "gold"}], "registered": true})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->phone, "+15550100123");
  EXPECT_EQ(request->from_phone_number, "+15550100199");
  EXPECT_TRUE(request->registered);
  const auto again = read_announcement(to_announcement(*request));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(to_text(to_announcement(*again)), to_text(to_announcement(*request)));
  EXPECT_EQ(again->external_id, "trunk 7 📞");
}

TEST(Inbound, AWithheldNumberIsTakenAndAWrongOneIsNot) {
  const auto withheld = announced(R"({"model_id": "a", "from_number": "anonymous", "to_number": "+15550100199"})");
  ASSERT_TRUE(withheld);
  EXPECT_EQ(withheld->phone, "");
  EXPECT_EQ(read_announcement(to_announcement(*withheld))->phone, "");
  const auto wrong = announced(R"({"model_id": "a", "from_number": "hidden", "to_number": "+15550100199"})");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().fields.front().path, "/from_number");
  EXPECT_FALSE(announced(R"({"model_id": "a", "to_number": "+15550100199"})"));
  EXPECT_FALSE(announced(R"({"model_id": "a", "from_number": "anonymous", "to_number": "anonymous"})"));
}

TEST(Inbound, TheQuestionIsTheOriginalsWithTheCall) {
  CallRequest request;
  request.model_id = "a";
  request.phone = "+15550100123";
  request.from_phone_number = "+15550100199";
  EXPECT_EQ(inbound_question(request, "c1"),
            R"({"event":"call_inbound","call_inbound":{"model_id":"a","from_number":"+15550100123",)"
            R"("to_number":"+15550100199","call_id":"c1"}})");
}

TEST(Inbound, AnAnswerSteersTheCall) {
  const auto answer = read_inbound_answer(
      R"({"call_inbound": {"override_model_id": "b", "custom_variables": {"plan": "silver", "seat": 4},
          "metadata": {"vip": true}, "of tomorrow": 1}, "more": 1})");
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->assigned);
  EXPECT_EQ(answer->override_model_id, "b");
  CallRequest request;
  request.custom_variables = {{"plan", "gold"}, {"city", "Bergen"}};
  request.metadata = {{"vip", false}, {"queue", 2}};
  apply_answer(request, *answer);
  const std::vector<std::pair<std::string, std::string>> variables{
      {"city", "Bergen"}, {"plan", "silver"}, {"seat", "4"}};
  EXPECT_EQ(request.custom_variables, variables);
  EXPECT_EQ(to_text(request.metadata), R"({"vip":true,"queue":2})");
}

TEST(Inbound, AnEmptyAnswerAssignsNobodyAndAStrangeOneIsAnError) {
  EXPECT_FALSE(read_inbound_answer(R"({"call_inbound": {}})")->assigned);
  EXPECT_TRUE(read_inbound_answer(R"({"call_inbound": {"override_model_id": ""}})")->assigned);
  for (const char* body : {"", "[]", "{}", "not JSON", R"({"call_inbound": null})", R"({"call_inbound": "x"})",
                           R"({"call_inbound": {"override_model_id": 7}})", R"({"call_inbound": {"metadata": []}})",
                           R"({"call_inbound": {"custom_variables": {"a": {}}}})"}) {
    EXPECT_FALSE(read_inbound_answer(body)) << body;
  }
}

}  // namespace
}  // namespace wrapup
