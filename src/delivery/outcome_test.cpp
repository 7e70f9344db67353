#include "delivery/outcome.hpp"

#include <gtest/gtest.h>

#include "base/time.hpp"

namespace wrapup {
namespace {

constexpr Timestamp kNow = 1'773'238'800 * kSecond;  // Wed, 11 Mar 2026 14:20:00 GMT

HttpReply reply_of(int status, Headers headers = {}) {
  HttpReply reply;
  reply.status = status;
  reply.headers = std::move(headers);
  return reply;
}

HttpReply broken(TransportError error) {
  HttpReply reply;
  reply.error = error;
  return reply;
}

TEST(Outcome, OfEveryStatus) {
  for (int status = 100; status < 600; ++status) {
    Outcome right = Outcome::retry_soon;
    if (status / 100 == 2) right = Outcome::delivered;
    if (status / 100 == 5 || status == 408 || status == 425) right = Outcome::retry;
    if (status == 429 || status == 503) right = Outcome::slow_down;
    if (status == 410) right = Outcome::gone;
    EXPECT_EQ(outcome_of(reply_of(status)), right) << status;
    EXPECT_EQ(failure_class(reply_of(status)).empty(), right == Outcome::delivered) << status;
    EXPECT_EQ(failure_text(reply_of(status)).empty(), right == Outcome::delivered) << status;
  }
}

TEST(Outcome, OfWhatBrokeOff) {
  for (int i = 1; i <= static_cast<int>(TransportError::canceled); ++i) {
    const auto error = static_cast<TransportError>(i);
    const bool refused = error == TransportError::blocked;
    EXPECT_EQ(outcome_of(broken(error)), refused ? Outcome::retry_soon : Outcome::retry) << to_string(error);
    EXPECT_EQ(failure_class(broken(error)), to_string(error));
    EXPECT_EQ(timed_out(error), error == TransportError::timeout_before || error == TransportError::timeout_after);
  }
  HttpReply cut = reply_of(200);
  cut.error = TransportError::reset_after;
  EXPECT_EQ(outcome_of(cut), Outcome::retry) << "a 2xx that broke off";
}

TEST(Outcome, RetryAfterInSecondsOrAsADateInFullUpToTheLongest) {
  struct Case {
    const char* text;
    std::optional<Timestamp> until;
  };
  const Case cases[] = {{"1", kNow + kSecond},
                        {"86399", kNow + kDay - kSecond},
                        {"86400", kNow + kDay},
                        {"86401", kNow + kDay},
                        {"99999999999999999999999999", kNow + kDay},
                        {"0", {}},
                        {"", {}},
                        {"-5", {}},
                        {"1.5", {}},
                        {"soon", {}},
                        {"Wed, 11 Mar 2026 14:20:30 GMT", kNow + 30 * kSecond},
                        {"Wed, 11 Mar 2026 14:19:59 GMT", {}},
                        {"Fri, 11 Mar 2046 14:20:30 GMT", kNow + kDay}};
  for (const auto& [text, until] : cases) {
    EXPECT_EQ(hold_until(reply_of(503, {{"retry-after", text}}), kNow, kDay), until) << text;
  }
  EXPECT_EQ(hold_until(reply_of(302, {{"Retry-After", "60"}}), kNow, kDay), kNow + kMinute);
  EXPECT_EQ(hold_until(reply_of(200, {{"Retry-After", "60"}}), kNow, kDay), std::nullopt) << "nothing failed";
  EXPECT_EQ(hold_until(reply_of(429), kNow, kDay), std::nullopt);
}

TEST(Outcome, SaysWhatToDo) {
  EXPECT_NE(failure_text(reply_of(301)).find("redirects are not followed"), std::string::npos);
  EXPECT_NE(failure_text(reply_of(410)).find("disabled"), std::string::npos);
  HttpReply late = broken(TransportError::timeout_after);
  late.error_text = "15 s are over";
  EXPECT_EQ(failure_text(late), "timeout_after: 15 s are over");
}

}  // namespace
}  // namespace wrapup
