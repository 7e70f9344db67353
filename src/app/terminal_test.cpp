#include "app/terminal.hpp"

#include <cstdlib>
#include <ctime>

#include <gtest/gtest.h>

#include "base/time.hpp"

namespace wrapup {
namespace {

const Timestamp kNow = *parse_time("2026-11-24T12:00:00Z");

Look utc() {
  Look look;
  look.utc = true;
  return look;
}

/// The machine stands somewhere else for a while.
class Zone {
 public:
  explicit Zone(const char* name) {
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~Zone() {
    ::unsetenv("TZ");
    ::tzset();
  }
};

TEST(Terminal, ShowsTimesShortAndLong) {
  const Timestamp at = *parse_time("2026-03-01T07:08:09.123Z");
  EXPECT_EQ(short_time(at, kNow, utc()), "Mar  1 07:08:09");
  EXPECT_EQ(short_time(*parse_time("2025-12-31T23:59:00Z"), kNow, utc()), "2025-12-31 23:59");
  EXPECT_EQ(long_time(at, utc()), "2026-03-01 07:08:09.123 UTC");
  EXPECT_EQ(long_time("2026-03-01T08:08:09.123+01:00", utc()), "2026-03-01 07:08:09.123 UTC");
  EXPECT_EQ(short_time("nonsense", kNow, utc()), "");
  EXPECT_EQ(long_time("", utc()), "");
}

TEST(Terminal, ShowsTimesInTheZoneOfTheMachine) {
  const Zone zone("Asia/Kolkata");
  EXPECT_EQ(long_time(*parse_time("2026-03-01T20:00:00Z"), Look()), "2026-03-02 01:30:00.000 +05:30");
  EXPECT_EQ(short_time(*parse_time("2026-03-01T20:00:00Z"), kNow, Look()), "Mar  2 01:30:00");
}

TEST(Terminal, ReadsTimesAsPeopleGiveThem) {
  const Zone zone("America/New_York");
  const auto read = [](std::string_view text, const Look& look) {
    const auto at = parse_when(text, kNow, look);
    return at ? format_utc(*at) : "none";
  };
  EXPECT_EQ(read("2h", Look()), "2026-11-24T10:00:00.000Z");
  EXPECT_EQ(read("2026-11-20", Look()), "2026-11-20T05:00:00.000Z") << "midnight there";
  EXPECT_EQ(read("2026-07-20 14:30", Look()), "2026-07-20T18:30:00.000Z") << "daylight saving";
  EXPECT_EQ(read("2026-11-20 14:30:01.5", Look()), "2026-11-20T19:30:01.500Z");
  EXPECT_EQ(read("2026-11-20", utc()), "2026-11-20T00:00:00.000Z");
  EXPECT_EQ(read("2026-11-20T14:30:00Z", Look()), "2026-11-20T14:30:00.000Z");
  EXPECT_EQ(read("2026-11-20T14:30:00-02:00", Look()), "2026-11-20T16:30:00.000Z");
  EXPECT_EQ(read("1795000000000", Look()), "2026-11-18T11:06:40.000Z");
  for (const char* wrong : {"", "yesterday", "2026", "2026-13-01", "-2h", "2 h"})
    EXPECT_EQ(read(wrong, Look()), "none") << wrong;
}

TEST(Terminal, ShowsNumbersForPeople) {
  EXPECT_EQ(shown_count(0), "0");
  EXPECT_EQ(shown_count(999), "999");
  EXPECT_EQ(shown_count(1234567), "1,234,567");
  EXPECT_EQ(shown_count(-1234), "-1,234");
  EXPECT_EQ(shown_count(1, "webhook"), "1 webhook");
  EXPECT_EQ(shown_count(1000, "webhook"), "1,000 webhooks");
  EXPECT_EQ(shown_millis(0.42), "0.4 ms");
  EXPECT_EQ(shown_millis(23.4), "23 ms");
  EXPECT_EQ(shown_millis(1240), "1.24 s");
  EXPECT_EQ(shown_span(0), "0 s");
  EXPECT_EQ(shown_span(61 * kSecond), "61 s");
  EXPECT_EQ(shown_span(91 * kSecond), "2 min");
  EXPECT_EQ(shown_span(3 * kHour), "3 h");
}

TEST(Terminal, PrettyJsonIsTheSameJson) {
  const auto value = *parse_json(R"({"a":[1,2],"b":{"c":"x","d":[]},"e":[{"f":null}],"g":0.85})");
  const std::string text = pretty_json(value, false);
  EXPECT_EQ(text,
            "{\n  \"a\": [1, 2],\n  \"b\": {\n    \"c\": \"x\",\n    \"d\": []\n  },\n  \"e\": [\n    {\n      \"f\": "
            "null\n    }\n  ],\n  \"g\": 0.85\n}");
  EXPECT_EQ(*parse_json(text), value);
  EXPECT_NE(pretty_json(value, true).find("\x1b[32m\"x\"\x1b[0m"), std::string::npos);
}

TEST(Terminal, FactsAreAlignedAndSafe) {
  const std::vector<Fact> facts{{"id", "1"}, {"none", ""}, {"longer\x1b", "a\nb"}};
  EXPECT_EQ(facts_text(facts, Look()), "  id          1\n  longer\\x1b  a\\nb\n");
}

TEST(Terminal, ColoursOnlyWhenAsked) {
  EXPECT_EQ(painted(false, Paint::red, "x"), "x");
  EXPECT_EQ(painted(true, Paint::red, "x"), "\x1b[31mx\x1b[0m");
  EXPECT_EQ(painted(true, Paint::none, "x"), "x");
}

TEST(Terminal, TakesTheWidthThatTheEnvironmentSays) {
  EXPECT_EQ(look_of_output({{"COLUMNS", "100"}}, false).width, 100U);
  EXPECT_EQ(look_of_output({{"COLUMNS", "many"}}, true).utc, true);
}

}  // namespace
}  // namespace wrapup
