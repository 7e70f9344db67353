#include "delivery/breaker.hpp"

#include <set>

#include <gtest/gtest.h>

#include "testing/seeded_entropy.hpp"

namespace wrapup {
namespace {

constexpr Timestamp kNow = 1'773'238'800 * kSecond;

class Breaker : public testing::Test {
 protected:
  void fail_at(Timestamp at, bool timed_out = false) { note_failure(health, timed_out, health.open, at, entropy); }

  EndpointHealth health;
  SeededEntropy entropy{1};
};

TEST_F(Breaker, OpensAtTheFifthFailureInARow) {
  for (int i = 0; i < 4; ++i) fail_at(kNow + i);
  EXPECT_FALSE(health.open);
  note_success(health);
  for (int i = 0; i < 4; ++i) fail_at(kNow + kMinute + i);
  EXPECT_FALSE(health.open) << "not in a row";
  EXPECT_EQ(health.failing_since, kNow + kMinute);
  fail_at(kNow + kHour);
  EXPECT_TRUE(health.open);
  EXPECT_EQ(health.failing_since, kNow + kMinute);
}

TEST_F(Breaker, TwoTimeOutsAreEnough) {
  fail_at(kNow, true);
  EXPECT_FALSE(health.open);
  fail_at(kNow + 1, true);
  EXPECT_TRUE(health.open);
  EXPECT_LE(health.probe_at, kNow + 1 + 1200 * kMillisecond) << "and the first wait is the same";
}

TEST_F(Breaker, ProbesFollowAtGrowingDistancesUpToFiveMinutes) {
  for (int i = 0; i < 5; ++i) fail_at(kNow);
  Timestamp at = kNow;
  for (int probe = 0; probe < 20; ++probe) {
    const Duration wait = std::min(kSecond << probe, 5 * kMinute);
    EXPECT_GE(health.probe_at - at, wait) << probe;
    EXPECT_LT(health.probe_at - at, wait + wait / 5) << probe;
    EXPECT_LE(health.probe_at - at, kLongestProbeWait);
    at = health.probe_at;
    fail_at(at);
  }
  EXPECT_TRUE(health.open);
}

TEST_F(Breaker, AnswersOfRequestsThatWereUnderWayPutNoProbeOff) {
  for (int i = 0; i < 5; ++i) fail_at(kNow);
  const EndpointHealth before = health;
  for (int i = 0; i < 10; ++i) note_failure(health, true, false, kNow + kMillisecond, entropy);
  EXPECT_EQ(health, before);
}

TEST_F(Breaker, TheFirstSuccessCloses) {
  for (int i = 0; i < 9; ++i) fail_at(kNow);
  health.held_until = kNow + kHour;
  health.told_disabled = true;
  note_success(health);
  EXPECT_FALSE(health.open);
  EXPECT_EQ(health.failures, 0);
  EXPECT_EQ(health.failing_since, std::nullopt);
  EXPECT_EQ(health.held_until, kNow + kHour) << "what the receiver asked for is another matter";
  EXPECT_TRUE(health.told_disabled) << "its owner must hear of it first";
}

TEST_F(Breaker, EndpointsOfOneDeadMachineDoNotKnockTogether) {
  std::set<Timestamp> probes;
  for (int endpoint = 0; endpoint < 100; ++endpoint) {
    health = {};
    for (int i = 0; i < 8; ++i) fail_at(kNow);
    probes.insert(health.probe_at);
  }
  EXPECT_GT(probes.size(), 95u);
}

}  // namespace
}  // namespace wrapup
