#include "model/delivery.hpp"

#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "testing/seeded_entropy.hpp"

namespace wrapup {
namespace {

TEST(RetryPolicy, FollowsTheScheduleOfTheContractWithFullJitter) {
  const RetryPolicy policy;
  const std::vector<Duration> steps{5 * kSecond, 30 * kSecond, 2 * kMinute, 10 * kMinute, 30 * kMinute, kHour,
                                    2 * kHour,   4 * kHour,    8 * kHour,   12 * kHour,   24 * kHour,   24 * kHour};
  SeededEntropy entropy(42);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    Duration least = steps[i];
    Duration most = 0;
    double sum = 0;
    constexpr int kDraws = 2000;
    for (int draw = 0; draw < kDraws; ++draw) {
      const auto wait = policy.wait_after(Outcome::retry, static_cast<std::int64_t>(i) + 1, entropy);
      ASSERT_TRUE(wait);
      EXPECT_GE(*wait, 0);
      EXPECT_LE(*wait, steps[i]);
      EXPECT_EQ(*wait % kMillisecond, 0);
      least = std::min(least, *wait);
      most = std::max(most, *wait);
      sum += double(*wait);
    }
    // Uniform over the whole step: both ends are reached, and the mean is the middle.
    EXPECT_LT(least, steps[i] / 100) << i;
    EXPECT_GT(most, steps[i] / 100 * 99) << i;
    EXPECT_NEAR(sum / kDraws / double(steps[i]), 0.5, 0.05) << i;
  }
  EXPECT_FALSE(policy.wait_after(Outcome::retry, 13, entropy));
}

TEST(RetryPolicy, GivesAReceiverThatIsBeingSetRightAShortTime) {
  const RetryPolicy policy;
  const std::vector<Duration> steps{5 * kSecond, 30 * kSecond, 2 * kMinute, 10 * kMinute};
  SeededEntropy entropy(1);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (int draw = 0; draw < 200; ++draw) {
      const auto wait = policy.wait_after(Outcome::retry_soon, static_cast<std::int64_t>(i) + 1, entropy);
      ASSERT_TRUE(wait);
      EXPECT_LE(*wait, steps[i]);
    }
  }
  EXPECT_FALSE(policy.wait_after(Outcome::retry_soon, 5, entropy));
}

TEST(RetryPolicy, ADeliveredOneIsNotTriedAgain) {
  SeededEntropy entropy(1);
  EXPECT_FALSE(RetryPolicy().wait_after(Outcome::delivered, 1, entropy));
}

TEST(RetryPolicy, AStepOfNothingIsNoWait) {
  RetryPolicy policy;
  policy.schedule = {0, kSecond};
  SeededEntropy entropy(1);
  EXPECT_EQ(policy.wait_after(Outcome::retry, 1, entropy), 0);
  EXPECT_FALSE(policy.wait_after(Outcome::retry, 3, entropy));
}

TEST(RetryPolicy, TwoReceiversDoNotComeBackTogether) {
  const RetryPolicy policy;
  SeededEntropy entropy(3);
  std::set<Duration> waits;
  for (int i = 0; i < 100; ++i) waits.insert(*policy.wait_after(Outcome::retry, 4, entropy));
  EXPECT_GT(waits.size(), 95u);
}

}  // namespace
}  // namespace wrapup
