#include "base/time.hpp"

#include <gtest/gtest.h>

namespace wrapup {
namespace {

constexpr Timestamp kMarch = 1'773'238'807'123'000;  // 2026-03-11T14:20:07.123Z

TEST(Time, PrintsUtcWithMilliseconds) {
  EXPECT_EQ(format_utc(kMarch), "2026-03-11T14:20:07.123Z");
  EXPECT_EQ(format_utc(0), "1970-01-01T00:00:00.000Z");
}

TEST(Time, PrintsTheOffsetOfTheZoneAtThatMoment) {
  EXPECT_EQ(format_in_zone(kMarch, "Europe/Berlin"), "2026-03-11T15:20:07+01:00");
  EXPECT_EQ(format_in_zone(*parse_time("2026-07-01T10:00:00Z"), "Europe/Berlin"), "2026-07-01T12:00:00+02:00");
  EXPECT_EQ(format_in_zone(*parse_time("2026-07-01T10:00:00Z"), "America/New_York"), "2026-07-01T06:00:00-04:00");
  EXPECT_EQ(format_in_zone(*parse_time("2026-07-01T10:00:00Z"), "Asia/Kathmandu"), "2026-07-01T15:45:00+05:45");
}

TEST(Time, IsRightOnBothSidesOfADaylightSavingChange) {
  // Berlin, 29 March 2026: 02:00 becomes 03:00 at 01:00 UTC.
  EXPECT_EQ(format_in_zone(*parse_time("2026-03-29T00:59:59Z"), "Europe/Berlin"), "2026-03-29T01:59:59+01:00");
  EXPECT_EQ(format_in_zone(*parse_time("2026-03-29T01:00:00Z"), "Europe/Berlin"), "2026-03-29T03:00:00+02:00");
}

TEST(Time, KnowsZonesByName) {
  EXPECT_TRUE(is_time_zone("Europe/Berlin"));
  EXPECT_FALSE(is_time_zone("Mars/Olympus"));
  EXPECT_FALSE(is_time_zone("../etc/passwd"));
  EXPECT_FALSE(is_time_zone(""));
}

TEST(Time, ReadsIso8601) {
  EXPECT_EQ(parse_time("2026-03-11T14:20:07.123Z"), kMarch);
  EXPECT_EQ(parse_time("2026-03-11T15:20:07.123+01:00"), kMarch);
  EXPECT_EQ(parse_time("2026-03-11 15:20:07.123+0100"), kMarch);
  EXPECT_EQ(parse_time("2026-03-11T14:20:07.123"), kMarch);
  EXPECT_EQ(parse_time("2026-03-11"), *parse_time("2026-03-11T00:00:00Z"));
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "yesterday", "2026-02-30", "2026-13-01", "2026-03-11T25:00:00Z", "2026-03-11T14:20:07+99:00",
        "2026-03-11T14:20:07Zx", "1969-12-31T23:59:59Z", "2026-03-11T14:20:07.Z"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

TEST(Time, ReadsEpochMilliseconds) {
  EXPECT_EQ(read_time(json::value(1'773'238'807'123)), kMarch);
  EXPECT_EQ(read_time(json::value("1773238807123")), kMarch);
  EXPECT_FALSE(read_time(json::value(-1)));
  EXPECT_FALSE(read_time(json::value(true)));
  EXPECT_FALSE(read_time(json::value(1e300)));
  EXPECT_FALSE(read_time(json::value("99999999999999999999999")));
}

TEST(Time, ReadsHttpDates) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), *parse_time("1994-11-06T08:49:37Z"));
  EXPECT_FALSE(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"));
  EXPECT_FALSE(parse_http_date("120"));
}

}  // namespace
}  // namespace wrapup
