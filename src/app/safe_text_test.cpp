#include "app/safe_text.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace wrapup {
namespace {

TEST(SafeText, ShowsWhatCouldSteerATerminalAsEscapes) {
  EXPECT_EQ(safe_line("a\x1b[31mred\x07"), "a\\x1b[31mred\\x07");
  EXPECT_EQ(safe_line("two\nlines\tand\r"), "two\\nlines\\tand\\r");
  EXPECT_EQ(safe_line("\xC2\x9B"
                      "31m"),
            "\\u009b31m")
      << "C1 controls are obeyed by some terminals";
  EXPECT_EQ(safe_line("\x7F"), "\\x7f");
  EXPECT_EQ(safe_line("user\xE2\x80\xAEgpj.exe"), "user\\u202egpj.exe") << "a change of direction";
  EXPECT_EQ(safe_line("\xF3\xA0\x80\x81"), "\\ue0001") << "an invisible tag";
}

TEST(SafeText, ShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(safe_line("\xFF"), "\\xff");
  EXPECT_EQ(safe_line("\xC0\xAF"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(safe_line("\xED\xA0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(safe_line("cut \xE2\x82"), "cut \\xe2\\x82");
}

TEST(SafeText, LeavesOrdinaryTextAlone) {
  for (const char* text : {"", "plain", "Ilse Vårga", "山田 太郎", "👍🏽", "C:\\path"}) {
    EXPECT_EQ(safe_line(text), text);
    EXPECT_TRUE(is_safe_line(text)) << text;
  }
  EXPECT_FALSE(is_safe_line("a\nb"));
}

TEST(SafeText, KeepsTheLinesOfABody) {
  EXPECT_EQ(safe_text("a\r\nb\n\tc\x1b"), "a\nb\n\tc\\x1b");
  EXPECT_EQ(safe_text("over\rwritten"), "over\\rwritten") << "a lone return hides what stands before it";
}

TEST(SafeText, EscapesOfJsonMeanTheSame) {
  const std::string text = "{\"a\":\"x\xC2\x9By\x7Fz\xE2\x80\xAE\xF3\xA0\x80\x81\"}";
  const std::string safe = safe_json(text);
  EXPECT_EQ(safe, "{\"a\":\"x\\u009by\\u007fz\\u202e\\udb40\\udc01\"}");
  EXPECT_EQ(*parse_json(safe), *parse_json(text));
  EXPECT_EQ(safe_json("{\x1b}\n"), "{\\u001b}\n");
}

TEST(SafeText, OnlyIdsAreOfferedToBeCopied) {
  EXPECT_EQ(id_word("019a2f6e-5c1d-7b3e-8f00-2d5c9a7e1b44"), "019a2f6e-5c1d-7b3e-8f00-2d5c9a7e1b44");
  EXPECT_EQ(id_word("evt_019a_completed_1"), "evt_019a_completed_1");
  for (const char* odd : {"", "a b", "x;reboot", "$(reboot)", "-rf", "a\nb"}) EXPECT_EQ(id_word(odd), "ID") << odd;
}

TEST(SafeText, CountsColumnsAsATerminalDoes) {
  EXPECT_EQ(columns_of("abc"), 3U);
  EXPECT_EQ(columns_of("Vårga"), 5U);
  EXPECT_EQ(columns_of("山田"), 4U);
  EXPECT_EQ(columns_of("e\xCC\x81"), 1U) << "a combining accent";
}

TEST(SafeText, CutsAtTheEndOrInside) {
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdef", 4), "abc…");
  EXPECT_EQ(shortened("abcdef", 1), "…");
  EXPECT_EQ(shortened("abcdef", 0), "");
  EXPECT_EQ(shortened("山田太郎", 4), "山…") << "never half of a wide character";
  EXPECT_EQ(shortened_inside("https://example.com/hook", 11), "https…/hook");
  EXPECT_EQ(shortened_inside("short", 11), "short");
  EXPECT_EQ(shortened_inside("abcdef", 1), "…");
  EXPECT_EQ(shortened_inside("abcdef", 0), "");
}

}  // namespace
}  // namespace wrapup
