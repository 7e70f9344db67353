#include "pipeline/rules/values.hpp"

#include <gtest/gtest.h>

namespace wrapup::rules {
namespace {

std::optional<Value> first_of(ValueType type, std::string_view text) {
  for (const Value& v : find_values(text, tokenize(text, 200))) {
    if (v.type == type) return v;
  }
  return std::nullopt;
}

std::string words(std::string_view text, const Value& v) {
  const auto t = tokenize(text, 200);
  return std::string(text.substr(t[v.first].begin, t[v.last - 1].end - t[v.first].begin));
}

struct TimeCase {
  std::string_view text;
  int minutes;
  bool sure;
};

class Times : public testing::TestWithParam<TimeCase> {};

TEST_P(Times, AreRead) {
  const auto v = first_of(ValueType::time, GetParam().text);
  ASSERT_TRUE(v.has_value()) << GetParam().text;
  EXPECT_EQ(v->minutes, GetParam().minutes) << GetParam().text;
  EXPECT_EQ(v->sure, GetParam().sure) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(Spoken, Times,
                         testing::Values(TimeCase{"let's say 7pm", 19 * 60, true},
                                         TimeCase{"at 9:45 a.m. please", 9 * 60 + 45, true},
                                         TimeCase{"half past three", 3 * 60 + 30, false},
                                         TimeCase{"quarter to six in the evening", 17 * 60 + 45, true},
                                         TimeCase{"ten past eight tonight", 20 * 60 + 10, true},
                                         TimeCase{"around noon", 12 * 60, true},
                                         TimeCase{"three forty five p m", 15 * 60 + 45, true},
                                         TimeCase{"8 o'clock in the morning", 8 * 60, true},
                                         TimeCase{"19:20 would be best", 19 * 60 + 20, true},
                                         TimeCase{"meet me at 7", 7 * 60, false}, TimeCase{"twelve am", 0, true}));

TEST(TimesNot, NumbersOfOtherThings) {
  for (std::string_view text :
       {"I live at 7 Mill Road", "we are 7 people", "take bus 12", "it costs $7", "25:70", "at 99"}) {
    EXPECT_FALSE(first_of(ValueType::time, text).has_value()) << text;
  }
}

TEST(Dates, DayAndMonthInAnyOrder) {
  for (std::string_view text :
       {"March 8th", "8 March", "the 8th of March", "March the eighth", "on the eighth of March please"}) {
    const auto v = first_of(ValueType::date, text);
    ASSERT_TRUE(v.has_value()) << text;
    EXPECT_EQ(v->date.month, 3) << text;
    EXPECT_EQ(v->date.day, 8) << text;
  }
}

TEST(Dates, YearsInDigitsAndWords) {
  for (std::string_view text : {"12 May 1980", "the twelfth of May nineteen eighty", "May 12th, 1980", "1980-05-12"}) {
    const auto v = first_of(ValueType::date, text);
    ASSERT_TRUE(v.has_value()) << text;
    EXPECT_EQ(v->date.year, 1980) << text;
    EXPECT_EQ(v->date.day, 12) << text;
  }
}

TEST(Dates, WeekdaysAndRelativeDays) {
  EXPECT_EQ(first_of(ValueType::date, "next Tuesday works")->date.weekday, 2);
  EXPECT_EQ(first_of(ValueType::date, "the day after tomorrow")->date.relative, 2);
  EXPECT_EQ(first_of(ValueType::date, "tonight")->date.relative, 0);
  EXPECT_EQ(words("see you next Tuesday", *first_of(ValueType::date, "see you next Tuesday")), "next Tuesday");
}

TEST(DatesNot, StreetsAndVerbs) {
  for (std::string_view text :
       {"corner of 5th and Elm", "the second one", "may I ask", "he sat there", "we march on"}) {
    EXPECT_FALSE(first_of(ValueType::date, text).has_value()) << text;
  }
}

TEST(Money, SignsAndWords) {
  EXPECT_EQ(first_of(ValueType::money, "that is $1,250.50 in all")->number, 1250.5);
  EXPECT_EQ(first_of(ValueType::money, "forty dollars")->number, 40);
  EXPECT_EQ(first_of(ValueType::money, "about £30")->number, 30);
  EXPECT_FALSE(first_of(ValueType::money, "forty people").has_value());
}

TEST(Numbers, InWords) {
  EXPECT_EQ(first_of(ValueType::number, "one hundred and five guests")->number, 105);
  EXPECT_EQ(first_of(ValueType::number, "twenty-two rooms")->number, 22);
  EXPECT_EQ(first_of(ValueType::number, "a dozen eggs")->number, 12);
}

TEST(Phones, WrittenAndSpoken) {
  EXPECT_EQ(words("it is +1 (555) 010-4477 ok", *first_of(ValueType::phone, "it is +1 (555) 010-4477 ok")),
            "1 (555) 010-4477");
  EXPECT_EQ(first_of(ValueType::phone, "five five five oh one double four seven seven two")->text, "5550144772");
  EXPECT_FALSE(first_of(ValueType::phone, "on 12 May").has_value());
}

TEST(Emails, WrittenAndSpoken) {
  EXPECT_EQ(
      words("mail nora.quill@example.com please", *first_of(ValueType::email, "mail nora.quill@example.com please")),
      "nora.quill@example.com");
  EXPECT_EQ(first_of(ValueType::email, "my email is nora dot quill two at example dot com")->text,
            "nora.quill2@example.com");
  EXPECT_FALSE(first_of(ValueType::email, "meet me at the shop").has_value());
}

TEST(Codes, DigitsAndMixed) {
  EXPECT_EQ(words("my reference is AB12-77", *first_of(ValueType::code, "my reference is AB12-77")), "AB12-77");
  EXPECT_EQ(words("the pin is 4821", *first_of(ValueType::code, "the pin is 4821")), "4821");
}

TEST(Spelling, LettersAndAlphabet) {
  const auto joined = [](std::string_view text) {
    const auto t = tokenize(text, 100);
    return join_spelled(t, 0, t.size());
  };
  EXPECT_EQ(joined("k e n t"), "kent");
  EXPECT_EQ(joined("b as in boy seven double two"), "b722");
  EXPECT_EQ(joined("sierra whiskey 1 a"), "sw1a");
}

TEST(SameValue, IgnoresTheWayItIsSaid) {
  EXPECT_TRUE(same_value(*first_of(ValueType::time, "7 pm"), *first_of(ValueType::time, "19:00")));
  EXPECT_TRUE(same_value(*first_of(ValueType::date, "March 8th"), *first_of(ValueType::date, "the 8th")));
  EXPECT_FALSE(same_value(*first_of(ValueType::date, "March 8th"), *first_of(ValueType::date, "April 8th")));
  EXPECT_FALSE(same_value(*first_of(ValueType::time, "7 am"), *first_of(ValueType::time, "7 pm")));
}

}  // namespace
}  // namespace wrapup::rules
