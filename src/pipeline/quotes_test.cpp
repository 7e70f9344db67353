#include "pipeline/quotes.hpp"

#include <gtest/gtest.h>

namespace wrapup {
namespace {

const Transcript kCall{{Role::bot, "Hello. Which day suits you?", {}, {}},
                       {Role::human, "Hm, I don't know \xE2\x80\x94 Thursday, at 3 p.m.!", {}, {}},
                       {Role::bot, "Thursday it is.", {}, {}}};

std::string found(std::int64_t turn, std::string_view quote) {
  const auto evidence = find_quote(kCall, turn, quote);
  return evidence ? std::to_string(evidence->turn) + ":" + evidence->quote : "";
}

TEST(Quotes, AreFoundWhateverTheCaseAndPunctuation) {
  EXPECT_EQ(found(1, "thursday at 3 P.M."), "1:Thursday, at 3 p.m") << "the words are those of the turn";
  EXPECT_EQ(found(1, "I dont know"), "1:I don't know");
  EXPECT_EQ(found(1, "I don\xE2\x80\x99t know, Thursday"), "1:I don't know \xE2\x80\x94 Thursday");
}

TEST(Quotes, AreFoundInTheTurnNextToTheOneNamed) {
  EXPECT_EQ(found(2, "Thursday"), "2:Thursday");
  EXPECT_EQ(found(0, "Thursday"), "1:Thursday");
  EXPECT_EQ(found(99, "Hello"), "0:Hello");
  EXPECT_EQ(found(-5, "Hello"), "0:Hello");
}

TEST(Quotes, ThatNobodySaidAreNotFound) {
  EXPECT_EQ(found(1, "Friday at 3 pm"), "");
  EXPECT_EQ(found(1, "Thurs"), "") << "half a word";
  EXPECT_EQ(found(1, "suits you Hm"), "") << "over two turns";
  EXPECT_EQ(found(1, ""), "");
  EXPECT_EQ(found(1, " ...!"), "");
  EXPECT_FALSE(find_quote({}, 0, "Hello"));
}

}  // namespace
}  // namespace wrapup
