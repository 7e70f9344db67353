#include "delivery/pace.hpp"

#include <gtest/gtest.h>

#include "testing/property.hpp"
#include "testing/sim_clock.hpp"

namespace wrapup {
namespace {

constexpr std::size_t kMany = 1'000'000;

class PaceTest : public testing::Test {
 protected:
  void pass(Duration span) { clock.advance_to(clock.now() + span); }
  // Sends as fast as it may for `span`, with every answer a success; how many went.
  int send_for(Pace& pace, Duration span) {
    const std::int64_t end = clock.monotonic() + span;
    int count = 0;
    while (clock.monotonic() + pace.wait(0) < end) {
      pass(pace.wait(0));
      pace.sent();
      ++count;
      pace.succeeded();
      if (pace.wait(0) == 0 && pace.rate() == 0) pass(kMillisecond);
    }
    pass(end - clock.monotonic());
    return count;
  }

  SimClock clock;
};

TEST_F(PaceTest, AStrangerGetsTwoAtOnceAndOneMoreWithEachSuccess) {
  Pace pace(clock, 8, {});
  EXPECT_EQ(pace.wait(0), 0);
  EXPECT_EQ(pace.wait(1), 0);
  EXPECT_EQ(pace.wait(2), kNever);
  for (std::size_t window = 3; window <= 8; ++window) {
    pace.succeeded();
    EXPECT_EQ(pace.wait(window - 1), 0) << window;
    EXPECT_EQ(pace.wait(window), kNever) << window;
  }
  pace.succeeded();
  EXPECT_EQ(pace.wait(8), kNever) << "never more than the concurrency";
  pace.failed();
  EXPECT_EQ(pace.wait(3), 0);
  EXPECT_EQ(pace.wait(4), kNever);
  for (int i = 0; i < 10; ++i) pace.failed();
  EXPECT_EQ(pace.wait(0), 0) << "one always may go";
  EXPECT_EQ(pace.wait(1), kNever);
}

TEST_F(PaceTest, ALimitLetsSoManyThroughInASpan) {
  Pace pace(clock, 8, {{3, kSecond}, {5, kMinute}});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(pace.wait(0), 0);
    pace.sent();
    pass(100 * kMillisecond);
  }
  EXPECT_EQ(pace.wait(0), 700 * kMillisecond) << "a second after the first";
  pass(700 * kMillisecond);
  EXPECT_EQ(pace.wait(0), 0);
  pace.sent();
  EXPECT_EQ(pace.wait(0), 100 * kMillisecond);
  pass(100 * kMillisecond);
  pace.sent();
  EXPECT_EQ(pace.wait(0), kMinute - 1100 * kMillisecond) << "the longer limit";
}

TEST_F(PaceTest, AStepOfTheClockIsNoTimeThatPassed) {
  for (const Duration step : {kHour, -kHour}) {
    Pace pace(clock, 8, {{2, kMinute}});
    pace.sent();
    pace.sent();
    clock.step(step);
    EXPECT_EQ(pace.wait(0), kMinute) << step;
    pace.slow_down();
    clock.step(step);
    EXPECT_EQ(pace.wait(0), kMinute) << step;
  }
}

TEST_F(PaceTest, NeverMoreThanTheLimitsInAnySpanWhateverTheClockDoes) {
  expect_holds([] {
    SimClock clock;
    const auto limits = *rc::gen::resize(3, rc::gen::nonEmpty(rc::gen::container<std::vector<RateLimit>>(rc::gen::apply(
                                                [](int count, int per) {
                                                  return RateLimit{count, per * 100 * kMillisecond};
                                                },
                                                rc::gen::inRange(1, 6), rc::gen::inRange(1, 40)))));
    Pace pace(clock, 8, limits);
    std::vector<std::int64_t> sent;
    const int steps = *rc::gen::inRange(1, 150);
    for (int i = 0; i < steps; ++i) {
      switch (*rc::gen::inRange(0, 6)) {
        case 0: clock.advance_to(clock.now() + *rc::gen::inRange(0, 4000) * kMillisecond); break;
        case 1: clock.step(*rc::gen::inRange(-7200, 7200) * kSecond); break;
        case 2: pace.set(8, limits); break;
        case 3: clock.advance_to(clock.now() + std::min(pace.wait(0), kHour)); break;
        default:
          if (pace.wait(0) > 0) break;
          pace.sent();
          sent.push_back(clock.monotonic());
      }
    }
    for (const auto& limit : limits) {
      for (std::size_t i = static_cast<std::size_t>(limit.count); i < sent.size(); ++i) {
        RC_ASSERT(sent[i] - sent[i - static_cast<std::size_t>(limit.count)] >= limit.per);
      }
    }
    // Nor is it slower than the limits ask for: what waits goes when the last span that is full has passed.
    std::int64_t allowed = clock.monotonic();
    for (const auto& limit : limits) {
      const auto count = static_cast<std::size_t>(limit.count);
      if (sent.size() >= count) allowed = std::max(allowed, sent[sent.size() - count] + limit.per);
    }
    RC_ASSERT(clock.monotonic() + pace.wait(0) == allowed);
  });
}

TEST_F(PaceTest, ALowerLimitCountsWhatWentBefore) {
  Pace pace(clock, 8, {{4, kMinute}});
  for (int i = 0; i < 4; ++i) {
    pace.sent();
    pass(kSecond);
  }
  pace.set(8, {{2, kMinute}, {2, kMinute}});
  EXPECT_EQ(pace.wait(0), 58 * kSecond) << "a minute after the last but one";
  pace.set(8, {});
  EXPECT_EQ(pace.wait(0), 0);
}

TEST_F(PaceTest, TheRateIsHalfOfWhatWasSentWhenTheReceiverHadEnough) {
  Pace pace(clock, kMany, {});
  for (int i = 0; i < 40; ++i) {
    pace.sent();
    pass(25 * kMillisecond);
  }
  pace.slow_down();
  EXPECT_DOUBLE_EQ(pace.rate(), 20);
  pass(500 * kMillisecond);
  pace.slow_down();
  EXPECT_DOUBLE_EQ(pace.rate(), 20) << "answers of one burst count once";
  EXPECT_EQ(pace.wait(1), kNever) << "one at a time";
  pass(kSecond);
  pace.slow_down();
  EXPECT_DOUBLE_EQ(pace.rate(), 10);
  for (int i = 0; i < 10; ++i) {
    pass(2 * kSecond);
    pace.slow_down();
  }
  EXPECT_DOUBLE_EQ(pace.rate(), 1) << "one a second always may";
  EXPECT_LE(send_for(pace, 3 * kSecond), 7);
}

TEST_F(PaceTest, TheVeryFirstAnswersCountToo) {
  Pace pace(clock, 8, {});
  pace.sent();
  pace.slow_down();
  EXPECT_DOUBLE_EQ(pace.rate(), 1);
}

TEST_F(PaceTest, SuccessesLetTheRateGrowUntilThereIsNone) {
  Pace pace(clock, kMany, {});
  pace.sent();
  pace.slow_down();
  const int first = send_for(pace, 10 * kSecond);
  EXPECT_LT(first, 100);
  double before = pace.rate();
  for (int second = 0; second < 30; ++second) {
    send_for(pace, kSecond);
    EXPECT_GE(pace.rate(), before + 0.5) << "by about one a second each second";
    before = pace.rate();
  }
  EXPECT_LT(before, 80) << "and not at a leap";
  for (int second = 0; second < 200 && pace.rate() > 0; ++second) send_for(pace, kSecond);
  EXPECT_EQ(pace.rate(), 0);
}

TEST_F(PaceTest, AfterAStandStillItStartsAtTenASecond) {
  Pace pace(clock, 8, {});
  for (int i = 0; i < 8; ++i) pace.succeeded();
  pace.start_slowly();
  EXPECT_EQ(pace.wait(1), kNever);
  const int sent = send_for(pace, kSecond);
  EXPECT_GE(sent, 9);
  EXPECT_LE(sent, 12);
  EXPECT_GT(send_for(pace, 5 * kSecond), 55) << "faster with each success";
}

TEST_F(PaceTest, AnEmptyLineLiftsTheRateAMinuteAfterTheLastCut) {
  Pace pace(clock, 8, {});
  pace.sent();
  pace.slow_down();
  pass(kMinute);
  pace.drained();
  EXPECT_GT(pace.rate(), 0);
  pass(kSecond);
  pace.drained();
  EXPECT_EQ(pace.rate(), 0);
}

TEST_F(PaceTest, IsForgottenOnlyWhenThatLetsNothingThrough) {
  Pace pace(clock, 8, {{1, kHour}});
  EXPECT_TRUE(pace.forgettable());
  pace.sent();
  pass(59 * kMinute);
  EXPECT_FALSE(pace.forgettable());
  pass(kMinute);
  EXPECT_TRUE(pace.forgettable());
  Pace cut(clock, 8, {});
  cut.slow_down();
  EXPECT_FALSE(cut.forgettable());
  pass(2 * kMinute);
  EXPECT_TRUE(cut.forgettable()) << "it would be lifted anyway";
}

}  // namespace
}  // namespace wrapup
