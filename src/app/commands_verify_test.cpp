#include <fstream>

#include <gtest/gtest.h>

#include "app/commands.hpp"
#include "testing/sim_clock.hpp"
#include "testing/temp_dir.hpp"

namespace wrapup {
namespace {

// The published example of Standard Webhooks, and the test vector of the call-id form.
constexpr std::int64_t kTime = 1614265330;
constexpr const char* kBody = R"({"test": 2432232314})";
constexpr const char* kHeaders =
    "POST /hook HTTP/1.1\r\nWebhook-Id: msg_p5jXN8AQM9LWM0D4loKWxJek\r\nwebhook-timestamp: 1614265330\r\n"
    "webhook-signature: v1a,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\r\n";
constexpr const char* kHeadersAsJson = R"({"webhook-id":"msg_p5jXN8AQM9LWM0D4loKWxJek","webhook-timestamp":1614265330,)"
                                       R"("webhook-signature":"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="})";

class VerifyTest : public testing::Test {
 protected:
  VerifyTest() { options_.secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"; }

  int verify(const std::string& headers, const std::string& body) {
    std::ofstream(folder_.file("headers"), std::ios::binary) << headers;
    std::ofstream(folder_.file("body"), std::ios::binary) << body;
    options_.headers_file = folder_.file("headers");
    options_.body_file = folder_.file("body");
    return run();
  }

  int run() {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = verify_command(options_, clock_);
    std::fflush(stdout);
    said_ = testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
    return code;
  }

  bool says(const std::string& words) const { return said_.find(words) != std::string::npos; }

  TempDir folder_;
  SimClock clock_{(kTime + 60) * kSecond};
  VerifyOptions options_;
  std::string said_;
};

TEST_F(VerifyTest, AcceptsACapturedRequest) {
  EXPECT_EQ(verify(kHeaders, kBody), kDone) << said_;
  EXPECT_TRUE(says("60 s old; accepted: 5m")) << said_;
  EXPECT_EQ(verify(kHeadersAsJson, kBody), kDone) << said_;
}

TEST_F(VerifyTest, SaysWhyASignatureFails) {
  EXPECT_EQ(verify(kHeaders, std::string(kBody) + "\n"), kFailed);
  EXPECT_TRUE(says("without the line break at its end")) << said_;
  EXPECT_EQ(verify(kHeaders, "{}"), kFailed);
  EXPECT_TRUE(says("another secret")) << said_;
  EXPECT_EQ(verify("webhook-id: x\n", kBody), kFailed);
  EXPECT_TRUE(says("there is no webhook-signature header")) << said_;
}

TEST_F(VerifyTest, HoldsTheTimestampAgainstTheClock) {
  options_.max_age = "59s";
  EXPECT_EQ(verify(kHeaders, kBody), kFailed);
  EXPECT_TRUE(says("webhook-signature    ok")) << said_;
  EXPECT_TRUE(says("webhook-timestamp    FAILED")) << said_;
  options_.max_age = "60s";
  EXPECT_EQ(verify(kHeaders, kBody), kDone) << said_;
  clock_.advance_to((kTime + 7200) * kSecond);
  EXPECT_EQ(verify(kHeaders, kBody), kFailed);
  options_.max_age = "soon";
  EXPECT_EQ(verify(kHeaders, kBody), kWronglyCalled);
}

TEST_F(VerifyTest, RefusesATimestampFromTheFuture) {
  SimClock early((kTime - 301) * kSecond);
  options_.webhook_id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
  ASSERT_EQ(verify(kHeaders, kBody), kDone) << said_;
  testing::internal::CaptureStdout();
  EXPECT_EQ(verify_command(options_, early), kFailed);
  EXPECT_NE(testing::internal::GetCapturedStdout().find("ahead of this clock"), std::string::npos);
}

TEST_F(VerifyTest, ChecksTheCallIdForm) {
  options_.secret = "example-secret-not-real-0123456789abcdef";
  const std::string headers = "Synthflow-Signature: bZK9LXlLEl53aNqDCPk7UjWfTL31yn4Stz0IKy5SVYc=\n";
  EXPECT_EQ(verify(headers, R"({"call":{"call_id":"0b7d4c1e-52aa-4f0e-9a63-1f2c8e7d9b40"}})"), kDone) << said_;
  EXPECT_EQ(verify(headers, R"({"call":{"call_id":"another"}})"), kFailed);
  EXPECT_EQ(verify(headers, "not JSON"), kFailed);
  EXPECT_TRUE(says("--call-id")) << said_;
  options_.call_id = "0b7d4c1e-52aa-4f0e-9a63-1f2c8e7d9b40";
  EXPECT_EQ(verify(headers, "not JSON"), kDone) << said_;
}

// The key of RFC 8032, section 7.1, test 2.
TEST_F(VerifyTest, ChecksTheAsymmetricFormWithThePublicKeyAlone) {
  const std::string headers =
      "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\nwebhook-timestamp: 1614265330\nwebhook-signature: v1,AAAA "
      "v1a,7anDmyOh9LNskt5GJUTacHmbvyUkT0/S1jnxFAp+h2hcVXnQLWhtWA2+wP6vO0AUwEYP23IIZVuneGRhNj7hDQ==\n";
  options_.secret = "";
  options_.public_key = "whpk_PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=";
  EXPECT_EQ(verify(headers, kBody), kDone) << said_;
  EXPECT_TRUE(says("signature v1a        ok")) << said_;
  EXPECT_EQ(verify(headers, std::string(kBody) + "\n"), kFailed);
  EXPECT_TRUE(says("without the line break at its end")) << said_;
  EXPECT_EQ(verify("webhook-id: x\nwebhook-timestamp: 1614265330\nwebhook-signature: v1,AAAA\n", kBody), kFailed);
  EXPECT_TRUE(says("no signature that begins with v1a,")) << said_;
  options_.secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  EXPECT_EQ(verify(headers, kBody), kFailed) << "with both given, both must fit";
}

TEST_F(VerifyTest, WantsASecretOrAPublicKeyThatIsOne) {
  options_.secret = "";
  EXPECT_EQ(verify(kHeaders, kBody), kWronglyCalled);
  EXPECT_TRUE(says("--secret, or --public-key")) << said_;
  options_.public_key = "whpk_c2hvcnQ=";
  EXPECT_EQ(verify(kHeaders, kBody), kWronglyCalled);
  EXPECT_TRUE(says("base64 of 32 bytes")) << said_;
}

TEST_F(VerifyTest, NothingToCheckIsAFailure) {
  options_.secret = "no standard secret";
  EXPECT_EQ(verify("", kBody), kFailed);
  EXPECT_TRUE(says("nothing was there to check")) << said_;
}

TEST_F(VerifyTest, NamesAFileThatIsNotThere) {
  options_.headers_file = "/nowhere/headers";
  options_.body_file = "/dev/null";
  EXPECT_EQ(run(), kFailed);
  EXPECT_TRUE(says("/nowhere/headers: cannot be read")) << said_;
}

}  // namespace
}  // namespace wrapup
