#include "pipeline/rules/test_calls.hpp"

namespace wrapup::rules {
namespace {

struct AnswerCase {
  std::string_view human;
  std::string_view expected;
};

class Answers : public testing::TestWithParam<AnswerCase> {};

TEST_P(Answers, ToTheBotsQuestion) {
  Transcript call = call_of({"b: Do you have a garage at home?", "h: x"});
  call[1].text = std::string(GetParam().human);
  EXPECT_EQ(ask(yes_no("Does the caller have a garage?"), call), GetParam().expected) << GetParam().human;
}

INSTANTIATE_TEST_SUITE_P(Cues, Answers,
                         testing::Values(AnswerCase{"Yes.", "true"}, AnswerCase{"yeah we do", "true"},
                                         AnswerCase{"Sure, of course", "true"}, AnswerCase{"Yup", "true"},
                                         AnswerCase{"Nope", "false"}, AnswerCase{"not really", "false"},
                                         AnswerCase{"No, sadly", "false"}, AnswerCase{"um, no", "false"},
                                         AnswerCase{"I don't", "false"}, AnswerCase{"I'm not sure", "null"},
                                         AnswerCase{"Why do you want to know?", "null"}));

TEST(YesNo, NullWhenNotSpokenOf) {
  const auto call = call_of({"b: How can I help?", "h: I need a plumber.", "b: He comes on Monday.", "h: Yes, great."});
  EXPECT_EQ(ask(yes_no("Does the caller have a garage?"), call), "null");
  EXPECT_EQ(ask(yes_no("Is the caller a member of the club?"), call), "null");
}

TEST(YesNo, StatementAndItsNegation) {
  EXPECT_EQ(ask(yes_no("Does the workshop have parking?"), call_of({"b: The workshop has parking behind the house."})),
            "true");
  EXPECT_EQ(ask(yes_no("Does the workshop have parking?"), call_of({"b: The workshop doesn't have parking."})),
            "false");
}

TEST(YesNo, CallerAsksAndBotAnswers) {
  EXPECT_EQ(ask(yes_no("Does the workshop have parking?"),
                call_of({"h: Does the workshop have parking?", "b: No, I'm afraid."})),
            "false");
  EXPECT_EQ(ask(yes_no("Does the workshop have parking?"),
                call_of({"h: Does the workshop have parking?", "b: Yes, it does."})),
            "true");
}

TEST(YesNo, LaterCorrectionWins) {
  const auto call = call_of(
      {"b: Do you want the insurance?", "h: Yes.", "b: Fine.", "h: Oh, I do not want the insurance after all."});
  EXPECT_EQ(ask(yes_no("Does the caller want the insurance?"), call), "false");
}

TEST(YesNo, ComparesNumbers) {
  const auto call = call_of({"b: For how many people is the van?", "h: six people"});
  EXPECT_EQ(ask(yes_no("Are there more than 5 people?"), call), "true");
  EXPECT_EQ(ask(yes_no("Are there more than 6 people?"), call), "false");
  EXPECT_EQ(ask(yes_no("Are there at least 6 people?"), call), "true");
  EXPECT_EQ(ask(yes_no("Are there more than 5 people?"), call_of({"h: I need a van."})), "null");
}

TEST(YesNo, ComparesTimesAndMoney) {
  const auto call =
      call_of({"b: What time should the plumber come?", "h: 4:30 pm please", "b: The repair costs $80 in total."});
  EXPECT_EQ(ask(yes_no("Does the plumber come before 5 pm?"), call), "true");
  EXPECT_EQ(ask(yes_no("Does the plumber come at 5 pm or later?"), call), "false");
  EXPECT_EQ(ask(yes_no("Does the plumber come in the afternoon or evening?"), call), "true");
  EXPECT_EQ(ask(yes_no("Does the repair cost more than $75?"), call), "true");
}

TEST(YesNo, IsItThisValue) {
  const auto call = call_of({"h: I need a van from Ashford to Millbrook on Monday.", "b: Noted."});
  EXPECT_EQ(ask(yes_no("Does the trip start in Ashford?"), call), "true");
  EXPECT_EQ(ask(yes_no("Does the caller travel to Ashford?"), call), "false");
  EXPECT_EQ(ask(yes_no("Is the van needed on Monday?"), call), "true");
  EXPECT_EQ(ask(yes_no("Is the van needed on Friday?"), call), "false");
  EXPECT_EQ(ask(yes_no("Does the caller want a vehicle of the type 'Bus'?"), call), "false");
}

TEST(YesNo, EventsThatCameAbout) {
  EXPECT_EQ(
      ask(yes_no("Was the van booked in this call?"), call_of({"h: Book the van.", "b: Your van has been booked."})),
      "true");
  EXPECT_EQ(ask(yes_no("Was the van booked in this call?"),
                call_of({"h: Book the van.", "b: I am sorry, I was unable to book the van."})),
            "false");
  EXPECT_EQ(ask(yes_no("Was the van booked in this call?"), call_of({"h: How are you?", "b: Fine."})), "false");
  EXPECT_EQ(ask(yes_no("Was the van booked in this call?"),
                call_of({"h: Book the van.", "b: I couldn't book the van.", "h: Try the van again.",
                         "b: Your van has been booked."})),
            "true");
}

TEST(YesNo, EitherOfTwoWordsWillDo) {
  const auto call = call_of({"b: Your name please?", "h: Quill", "b: Could you spell that?", "h: q u i l l"});
  EXPECT_EQ(ask(yes_no("Did the agent ask the customer to spell or repeat the name?"), call), "true");
  EXPECT_EQ(ask(yes_no("Did the agent ask the caller to pay or sign something?"), call), "false");
}

TEST(YesNo, OrderThatIsAgreedTo) {
  EXPECT_EQ(ask(yes_no("Did the caller place an order?"),
                call_of({"h: Can I get a tea?", "b: Shall I send it to the kitchen?", "h: Yes, looks good."})),
            "true");
  EXPECT_EQ(
      ask(yes_no("Did the caller place an order?"), call_of({"h: Can I get a tea?", "b: We are closed.", "h: Oh."})),
      "false");
}

TEST(YesNo, AgreementToTheBotsWords) {
  EXPECT_EQ(ask(yes_no("Did the caller agree to a recording?"),
                call_of({"b: Do you agree to a recording?", "h: Sure, go ahead."})),
            "true");
  EXPECT_EQ(ask(yes_no("Did the caller agree to a recording?"),
                call_of({"b: Do you agree to a recording?", "h: No, I don't."})),
            "false");
}

TEST(YesNo, WordsThatWereSaid) {
  const auto call = call_of({"h: Can you send me a receipt?", "b: I can."});
  EXPECT_EQ(ask(yes_no("Did the caller ask for a receipt?"), call), "true");
  EXPECT_EQ(ask(yes_no("Did the caller ask for a refund?"), call), "false");
}

}  // namespace
}  // namespace wrapup::rules
