#include "api/rate_limits.hpp"

#include <gtest/gtest.h>

namespace wrapup {
namespace {

constexpr Timestamp kNow = 1'773'238'800 * kSecond;

std::string header(const Headers& headers, std::string_view name) {
  const auto* value = find_header(headers, name);
  return value ? *value : std::string();
}

TEST(RateLimits, AreOffUnlessSet) {
  EXPECT_FALSE(RateLimits({}).on());
  EXPECT_TRUE(RateLimits({0, 5, kMinute}).on());
}

TEST(RateLimits, ABurstIsTakenAndThenOneAtATimeAsItFills) {
  RateLimits limits({3, 0, 3 * kSecond});
  for (int i = 0; i < 3; ++i) {
    Headers headers;
    EXPECT_TRUE(limits.take("k", "w", kNow, headers));
    EXPECT_EQ(header(headers, "RateLimit-Policy"), "\"key\";q=3;w=3");
    EXPECT_EQ(header(headers, "RateLimit"), "\"key\";r=" + std::to_string(2 - i) + ";t=" + std::to_string(i + 1));
  }
  Headers headers;
  const auto refused = limits.take("k", "w", kNow, headers);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::rate_limited);
  EXPECT_EQ(header(headers, "Retry-After"), "2");
  EXPECT_EQ(header(headers, "RateLimit"), "\"key\";r=0;t=3");
  EXPECT_TRUE(limits.take("other", "w", kNow, headers)) << "each key has its own";
  EXPECT_FALSE(limits.take("k", "w", kNow + kSecond - kMillisecond, headers));
  EXPECT_TRUE(limits.take("k", "w", kNow + kSecond + 10, headers));
  EXPECT_FALSE(limits.take("k", "w", kNow + kSecond + 10, headers));
}

TEST(RateLimits, OfAWorkspaceHoldOverAllItsKeysAndAreNotChargedForWhatIsRefused) {
  RateLimits limits({2, 3, kMinute});
  Headers headers;
  EXPECT_TRUE(limits.take("a", "w", kNow, headers));
  EXPECT_TRUE(limits.take("a", "w", kNow, headers));
  EXPECT_FALSE(limits.take("a", "w", kNow, headers)) << "of the key";
  EXPECT_TRUE(limits.take("b", "w", kNow, headers));
  Headers last;
  const auto refused = limits.take("c", "w", kNow, last);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("the workspace has made its 3 requests"), std::string::npos);
  EXPECT_EQ(header(last, "RateLimit"), "\"key\";r=2;t=0, \"workspace\";r=0;t=60");
  EXPECT_TRUE(limits.take("c", "other", kNow, headers));
}

TEST(RateLimits, ManyNamesAreForgottenOnceTheyAreFull) {
  RateLimits limits({1, 0, kSecond});
  Headers headers;
  for (int i = 0; i < 30'000; ++i) {
    headers.clear();
    EXPECT_TRUE(limits.take(std::to_string(i), "w", kNow + i * kMillisecond, headers));
  }
}

}  // namespace
}  // namespace wrapup
