#include "app/progress.hpp"

#include <gtest/gtest.h>

namespace wrapup {
namespace {

TEST(Progress, SaysHowFarHowFastAndHowLong) {
  EXPECT_EQ(progress_text({"event", 250'000, 1'000'000, 64 << 20, 0}, {}, 10 * kSecond),
            "event: 250,000 of 1,000,000 rows (25 %), 64.0 MiB, 25,000 rows/s, 30 s left");
  EXPECT_EQ(progress_text({"call", 500, 0, 1024, 4096}, {}, 2 * kSecond),
            "call: 500 rows (25 %), 1.0 KiB, 250 rows/s, 6 s left");
  EXPECT_EQ(progress_text({"call", 500, 0, 1024, 0}, {}, 2 * kSecond), "call: 500 rows, 1.0 KiB, 250 rows/s");
}

TEST(Progress, CountsTheRateFromWhereItWentOn) {
  EXPECT_EQ(progress_text({"call", 600, 1000, 10, 0}, {"", 500, 1000, 0, 0}, 10 * kSecond),
            "call: 600 of 1,000 rows (60 %), 10 bytes, 10 rows/s, 40 s left");
}

}  // namespace
}  // namespace wrapup
