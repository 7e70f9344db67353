#include "pipeline/rules/test_calls.hpp"

namespace wrapup::rules {
namespace {

TEST(OpenQuestion, AnswerToTheBotsQuestion) {
  const auto call = call_of({"b: What time should the plumber come?", "h: Half past nine in the morning."});
  EXPECT_EQ(ask(open("At what time should the plumber come?", {"9:30 am"}), call), "Half past nine in the morning");
}

TEST(OpenQuestion, CorrectionWins) {
  const auto call = call_of({"h: I need a plumber on Monday please.", "b: Monday it is. Shall I put that down?",
                             "h: No wait, make it Tuesday.", "b: Tuesday then."});
  EXPECT_EQ(ask(open("On which day should the plumber come?", {"Friday"}), call), "Tuesday");
}

TEST(OpenQuestion, ReadBackSaysTheHalfOfTheDay) {
  const auto call = call_of(
      {"b: What time suits you for the viewing?", "h: at 4", "b: A viewing at 4 pm, is that right?", "h: Yes."});
  EXPECT_EQ(ask(open("At what time is the viewing?", {"9 am"}), call), "4 pm");
}

TEST(OpenQuestion, NullWhenTheCallDoesNotSay) {
  const auto call = call_of(
      {"b: How can I help?", "h: My sink is leaking, please send a plumber on Monday at 8 am.", "b: He will come."});
  EXPECT_EQ(ask(open("Which email address does the customer have?", {"a@example.com"}), call), "null");
  EXPECT_EQ(ask(open("Which phone number does the customer have?", {"555 0100"}), call), "null");
  EXPECT_EQ(ask(open("What is the customer's full name?"), call), "null");
  EXPECT_EQ(ask(open("How many ladders does the customer need?", {"3"}), call), "null");
  EXPECT_EQ(ask(open("What does the repair cost?", {"$50"}), call), "null");
}

TEST(OpenQuestion, Names) {
  EXPECT_EQ(ask(open("What is the customer's full name?"),
                call_of({"h: Hello, my name is Nora Quill and I have a question."})),
            "Nora Quill");
  EXPECT_EQ(ask(open("What is the customer's last name?"), call_of({"b: Your name please?", "h: uh Nora Quill"})),
            "Quill");
  EXPECT_EQ(ask(open("What is the caller's name?"), call_of({"b: May I have your name?", "h: it's Nora"})), "Nora");
  EXPECT_EQ(ask(open("What is the caller's name?"),
                call_of({"h: I'm looking for a plumber.", "b: This is the right place."})),
            "null");
  EXPECT_EQ(ask(open("What is the caller's name?"), call_of({"b: What is your dog's name?", "h: Rex"})), "null");
}

TEST(OpenQuestion, FullNameOutlivesTheFirstNameAlone) {
  const auto call = call_of({"b: Your full name?", "h: Nora Quill", "b: Sorry, what was the name?", "h: Nora"});
  EXPECT_EQ(ask(open("What is the customer's full name?"), call), "Nora Quill");
}

TEST(OpenQuestion, CodeOfAnotherNameIsNotIt) {
  const auto call = call_of({"b: What is your account number?", "h: I forgot it, my pin is 4821."});
  EXPECT_EQ(ask(open("What is the number of the caller's account?", {"90917"}), call), "null");
}

TEST(OpenQuestion, WhatWasOrdered) {
  EXPECT_EQ(ask(open("Which soup does the customer order?", {"onion soup"}),
                call_of({"h: Hi, can I get a carrot soup with ginger please?"})),
            "carrot soup");
}

TEST(OpenQuestion, SpokenEmail) {
  const auto call = call_of({"b: What is your email?", "h: sure it's nora dot quill at example dot org"});
  EXPECT_EQ(ask(open("Which email address does the customer have?"), call), "nora.quill@example.org");
}

TEST(OpenQuestion, PhoneOfTheSideThatIsAskedAbout) {
  const auto call = call_of({"h: What is the workshop's phone number?",
                             "b: The workshop's phone number is 555-010-2233.", "h: Thanks. Mine is 555-010-9988."});
  EXPECT_EQ(ask(open("What phone number of the workshop did the agent give?"), call), "555-010-2233");
}

TEST(OpenQuestion, BothEndsOfATrip) {
  const auto call = call_of({"h: I need a van from Ashford to Millbrook tomorrow."});
  EXPECT_EQ(ask(open("From which city does the caller travel?", {"Elmstead"}), call), "Ashford");
  EXPECT_EQ(ask(open("To which city does the caller travel?", {"Elmstead"}), call), "Millbrook");
}

TEST(OpenQuestion, BothEndsOfAStay) {
  const auto call = call_of({"h: A room from May 3rd to May 9th please."});
  EXPECT_EQ(ask(open("On which date does the guest check in?", {"April 2nd"}), call), "May 3rd");
  EXPECT_EQ(ask(open("On which date does the guest check out?", {"April 2nd"}), call), "May 9th");
}

TEST(OpenQuestion, CountsTheRightThing) {
  const auto call = call_of({"h: We are 6 people and need 2 vans for 3 days."});
  EXPECT_EQ(ask(open("How many vans does the caller need?", {"5"}), call), "2");
  EXPECT_EQ(ask(open("How many people will travel?", {"5"}), call), "6");
}

TEST(OpenQuestion, CodesByTheirName) {
  const auto call = call_of({"h: My pin is 4821 and the order ID is 77310."});
  EXPECT_EQ(ask(open("Which PIN was given by the caller?", {"2211"}), call), "4821");
  EXPECT_EQ(ask(open("What is the number of the order?", {"48213"}), call), "77310");
}

TEST(OpenQuestion, NameOfAThing) {
  const auto call = call_of({"b: There is a workshop called Blue Wrench in town.", "h: Anything else?",
                             "b: You could try the workshop Golden Spanner.", "h: Sounds good to us."});
  EXPECT_EQ(ask(open("Which workshop does the caller choose?", {"Red Hammer"}), call), "Golden Spanner");
}

TEST(OpenQuestion, FreeTextIsTheAnswerWithoutFillers) {
  const auto call =
      call_of({"b: Could you describe the damage to your van, please?", "h: Um, well, a dent in the left door."});
  EXPECT_EQ(ask(open("What damage does the van have?"), call), "a dent in the left door");
  EXPECT_EQ(
      ask(open("What damage does the van have?"), call_of({"b: Could you describe the damage to your van?", "h: No."})),
      "null");
}

}  // namespace
}  // namespace wrapup::rules
