#include "pipeline/rules/test_calls.hpp"

namespace wrapup::rules {
namespace {

const std::vector<std::string> kColours{"Red paint", "Blue paint", "Green paint"};

TEST(SingleChoice, TheWordThatTellsThemApart) {
  EXPECT_EQ(ask(choice("Which colour does the caller want?", kColours), call_of({"h: I would like some blue please"})),
            "Blue paint");
  // "paint" is in all of them and tells nothing.
  EXPECT_EQ(ask(choice("Which colour does the caller want?", kColours), call_of({"h: I would like some paint please"})),
            "null");
}

TEST(SingleChoice, LastMentionWins) {
  const auto call = call_of({"h: Some blue paint please.", "b: Blue, noted.", "h: Actually, make it green."});
  EXPECT_EQ(ask(choice("Which colour does the caller want?", kColours), call), "Green paint");
}

TEST(SingleChoice, NegatedMentionLoses) {
  const auto call = call_of({"h: Some blue paint please, and not the red one."});
  EXPECT_EQ(ask(choice("Which colour does the caller want?", kColours), call), "Blue paint");
}

TEST(SingleChoice, OfferRefusedAndTaken) {
  EXPECT_EQ(
      ask(choice("Which colour does the caller want?", kColours), call_of({"b: Would red be fine?", "h: No thanks."})),
      "null");
  EXPECT_EQ(
      ask(choice("Which colour does the caller want?", kColours), call_of({"b: Would red be fine?", "h: Yes please."})),
      "Red paint");
}

TEST(SingleChoice, AListIsNoChoice) {
  const auto call = call_of({"b: We have red, blue and green.", "h: Let me think about it."});
  EXPECT_EQ(ask(choice("Which colour does the caller want?", kColours), call), "null");
}

TEST(SingleChoice, OneLetterWrong) {
  const auto call = call_of({"h: I want a motorcicle"});
  EXPECT_EQ(ask(choice("Which vehicle?", {"Motorcycle", "Bicycle"}), call), "Motorcycle");
}

TEST(SingleChoice, FirstRequest) {
  const auto call = call_of(
      {"h: I want to repair my boiler.", "b: Sure, tomorrow.", "h: And please sell me a new radiator.", "b: Done."});
  const std::vector<std::string> choices{"Buy a radiator", "Repair a boiler", "Rent a heater"};
  EXPECT_EQ(ask(choice("What did the customer ask for first?", choices), call), "Repair a boiler");
}

TEST(SingleChoice, Decade) {
  const auto call = call_of({"b: Your date of birth?", "h: the third of June nineteen seventy four"});
  EXPECT_EQ(ask(choice("In which decade was the customer born?", {"1960s", "1970s", "1980s"}), call), "1970s");
}

TEST(SingleChoice, NothingToChooseFrom) {
  EXPECT_EQ(ask(choice("Which colour?", {}), call_of({"h: blue"})), "null");
  EXPECT_EQ(ask(choice("Which colour?", {"", " ", "?"}), call_of({"h: blue"})), "null");
}

}  // namespace
}  // namespace wrapup::rules
