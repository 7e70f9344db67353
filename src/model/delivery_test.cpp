#include "model/delivery.hpp"

#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "testing/property.hpp"
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

TEST(RetryPolicy, ARetryAfterLengthensAWaitAndNeverShortensIt) {
  RetryPolicy policy;
  policy.schedule = {kHour, kHour};
  SeededEntropy entropy(5);
  for (const Duration hold : {kSecond, 2 * kHour}) {
    Delivery delivery;
    Delivery free;
    SeededEntropy same(9);
    SeededEntropy again(9);
    policy.after(delivery, Outcome::slow_down, kDay + hold, kDay, same);
    policy.after(free, Outcome::slow_down, {}, kDay, again);
    EXPECT_EQ(delivery.next_at, std::max(free.next_at, kDay + hold));
  }
}

TEST(RetryPolicy, AfterGoneItWaitsForItsOwnerHoweverOldItIs) {
  RetryPolicy policy;
  SeededEntropy entropy(5);
  Delivery delivery;
  for (int i = 0; i < 30; ++i) policy.after(delivery, Outcome::gone, {}, 60 * kDay, entropy);
  EXPECT_EQ(delivery.state, DeliveryState::pending);
  policy.after(delivery, Outcome::retry, {}, 60 * kDay, entropy);
  EXPECT_EQ(delivery.state, DeliveryState::exhausted);
}

TEST(RetryPolicy, ADeliveryThatIsTooOldIsNotTriedAgain) {
  RetryPolicy policy;
  SeededEntropy entropy(5);
  Delivery delivery;
  delivery.created_at = kDay;
  policy.after(delivery, Outcome::retry, {}, 31 * kDay - 1, entropy);
  EXPECT_EQ(delivery.state, DeliveryState::pending);
  policy.after(delivery, Outcome::retry, {}, 31 * kDay, entropy);
  EXPECT_EQ(delivery.state, DeliveryState::exhausted);
}

TEST(RetryPolicy, EndsEverySequenceOfOutcomes) {
  expect_holds([] {
    RetryPolicy policy;
    policy.schedule.resize(*rc::gen::inRange<std::size_t>(0, 13));
    policy.short_schedule.resize(*rc::gen::inRange<std::size_t>(0, 5));
    SeededEntropy entropy(*rc::gen::arbitrary<std::uint64_t>());
    Delivery delivery;
    Timestamp now = delivery.created_at = 1'773'238'800 * kSecond;
    std::size_t failures = 0;
    while (delivery.state == DeliveryState::pending) {
      const Outcome outcome = *rc::gen::weightedElement<Outcome>({{1, Outcome::delivered},
                                                                  {6, Outcome::retry},
                                                                  {3, Outcome::slow_down},
                                                                  {2, Outcome::retry_soon},
                                                                  {1, Outcome::gone}});
      std::optional<Timestamp> hold;
      if (*rc::gen::arbitrary<bool>()) hold = now + *rc::gen::inRange<Duration>(1, policy.max_retry_after + 1);
      const auto attempts = delivery.attempts;
      policy.after(delivery, outcome, hold, now, entropy);
      RC_ASSERT(delivery.attempts == attempts + 1);
      if (outcome == Outcome::delivered) {
        RC_ASSERT(delivery.state == DeliveryState::delivered);
        break;
      }
      if (outcome != Outcome::gone)
        RC_ASSERT(++failures <= std::max(policy.schedule.size(), policy.short_schedule.size()) + 1);
      if (delivery.state != DeliveryState::pending) {
        RC_ASSERT(delivery.state == DeliveryState::exhausted);
        RC_ASSERT(outcome != Outcome::gone);
        break;
      }
      RC_ASSERT(delivery.next_at >= std::max(now, hold.value_or(0)));
      RC_ASSERT(delivery.next_at <= std::max(now + kDay, hold.value_or(0)));
      // The owner of a receiver that is gone enables it again in the end.
      now = delivery.next_at + *rc::gen::inRange<Duration>(-kHour, kDay);
    }
  });
}

}  // namespace
}  // namespace wrapup
