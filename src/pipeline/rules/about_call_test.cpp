#include "pipeline/rules/test_calls.hpp"

namespace wrapup::rules {
namespace {

const Transcript& polite_call() {
  static const Transcript kCall =
      call_of({"b: Good morning, Harbour Insurance, how can I help?", "h: hi i want to report a burst pipe",
               "b: I am sorry to hear that. What is your policy number?", "h: it is 44 12 87",
               "b: Thank you. Your claim has been registered.", "h: great thank you", "b: Have a nice day, goodbye!"});
  return kCall;
}

const Transcript& rough_call() {
  static const Transcript kCall =
      call_of({"b: Hello, this is about your open invoice.", "h: what again? this is ridiculous",
               "b: May I have your customer number?", "h: i have no idea i already told you people",
               "b: May I have your customer number?", "h: are you kidding me? leave me alone",
               "b: May I have your customer number?"});
  return kCall;
}

TEST(AboutCall, FarewellsAndEndings) {
  EXPECT_EQ(ask(yes_no("Did the agent say goodbye?"), polite_call()), "true");
  EXPECT_EQ(ask(yes_no("Did the agent end the call without a farewell?"), polite_call()), "false");
  EXPECT_EQ(ask(yes_no("Did the agent say goodbye?"), rough_call()), "false");
  EXPECT_EQ(ask(yes_no("Was the call cut off before it was finished?"), rough_call()), "true");
  EXPECT_EQ(ask(yes_no("Was the call cut off before it was finished?"), polite_call()), "false");
  EXPECT_EQ(ask(yes_no("Did the conversation come to a natural end?"), polite_call()), "true");
}

TEST(AboutCall, Moods) {
  EXPECT_EQ(ask(yes_no("Was the customer frustrated or angry?"), rough_call()), "true");
  EXPECT_EQ(ask(yes_no("Was the customer frustrated or angry?"), polite_call()), "false");
  EXPECT_EQ(ask(yes_no("Was the customer satisfied?"), polite_call()), "true");
  EXPECT_EQ(ask(yes_no("Was the customer satisfied?"), rough_call()), "false");
  EXPECT_EQ(ask(yes_no("Was the agent polite and professional?"), polite_call()), "true");
  EXPECT_EQ(ask(yes_no("Did the customer seem confused?"), rough_call()), "true");
  EXPECT_EQ(ask(yes_no("Did the customer seem confused?"), polite_call()), "false");
}

TEST(AboutCall, RepetitionCountsWhatWasAskedFor) {
  EXPECT_EQ(ask(yes_no("Did the agent repeat itself?"), rough_call()), "true");
  EXPECT_EQ(ask(yes_no("Did the agent say the same sentence three times?"), rough_call()), "true");
  EXPECT_EQ(ask(yes_no("Did the agent say the same sentence more than three times?"), rough_call()), "false");
  EXPECT_EQ(ask(yes_no("Did the agent avoid repeating itself?"), rough_call()), "false");
  EXPECT_EQ(ask(yes_no("Did the agent repeat itself?"), polite_call()), "false");
}

TEST(AboutCall, OutcomesAndChangesOfMind) {
  EXPECT_EQ(ask(yes_no("Was the customer's issue resolved?"), polite_call()), "true");
  const auto moved = call_of({"b: When shall the parcel come?", "h: Friday please", "b: Friday it is",
                              "h: wait no i changed my mind saturday",
                              "b: Saturday then. I am only able to book mornings, is that fine?", "h: yeah"});
  EXPECT_EQ(ask(yes_no("Did the customer change their mind?"), moved), "true");
  EXPECT_EQ(ask(yes_no("Did the customer change their mind?"), polite_call()), "false");
  EXPECT_EQ(ask(yes_no("Was anything the customer asked outside of what the agent can do?"), moved), "true");
  const auto no_more = call_of({"b: Hello", "h: please remove my number and stop calling"});
  EXPECT_EQ(ask(yes_no("Did the customer ask not to be called again?"), no_more), "true");
  EXPECT_EQ(ask(yes_no("Did the customer ask not to be called again?"), polite_call()), "false");
}

TEST(Evaluate, AnswersWhatRulesCanTellAndSaysWhyNot) {
  const PreparedTranscript call(polite_call());
  CustomEvaluation evaluation;
  evaluation.text = "The agent said goodbye";
  Answer answer = evaluate(evaluation, call);
  EXPECT_EQ(answer.value, json::value(true));
  EXPECT_FALSE(answer.error);
  ASSERT_TRUE(answer.evidence);
  EXPECT_EQ(answer.evidence->turn, 6U);

  evaluation.text = "The agent explained the excess of the policy correctly";
  answer = evaluate(evaluation, call);
  EXPECT_TRUE(answer.value.is_null());
  ASSERT_TRUE(answer.error);
  EXPECT_NE(answer.error->find("rules cannot decide"), std::string::npos);

  evaluation.text = "How friendly was the agent?";
  evaluation.category = EvaluationCategory::numeric;
  answer = evaluate(evaluation, call);
  EXPECT_TRUE(answer.value.is_null());
  EXPECT_NE(answer.error.value_or("").find("numeric"), std::string::npos);
}

json::value collected(std::string name, std::string type, std::string description, const Transcript& transcript) {
  DeclaredVariable declared;
  declared.name = std::move(name);
  declared.type = std::move(type);
  declared.description = std::move(description);
  const Variable found = collect(declared, PreparedTranscript(transcript));
  EXPECT_EQ(found.collected, !found.value.is_null());
  return found.value;
}

TEST(Collect, GivesTheDeclaredType) {
  const auto call =
      call_of({"b: How many rooms does the flat have?", "h: it has three rooms", "b: And do you have a balcony?",
               "h: yes we do", "b: What is your email?", "h: dana dot reyes at example dot com",
               "b: Which day suits you?", "h: thursday would be good"});
  EXPECT_EQ(collected("rooms", "number", "Number of rooms of the flat", call), json::value(3));
  EXPECT_EQ(collected("has_balcony", "boolean", "Whether the flat has a balcony", call), json::value(true));
  EXPECT_EQ(collected("email", "string", "", call), json::value("dana.reyes@example.com"));
  EXPECT_EQ(collected("visit_day", "string", "Day of the visit", call), json::value("thursday"));
  EXPECT_EQ(collected("has_pets", "boolean", "Whether they have pets", call), json::value(nullptr));
  EXPECT_EQ(collected("budget", "number", "The budget in euros", call), json::value(nullptr));
}

}  // namespace
}  // namespace wrapup::rules
