#include "net/tls_options.hpp"

#include <gtest/gtest.h>

#include "net/net_test_tls.hpp"

namespace wrapup {
namespace {

using test::Identity;
using test::make_identity;
using test::pem;

class CheckTls : public ::testing::Test {
 protected:
  /// The message for options that must be refused, which names the field as `fields` does.
  std::string problem(const TlsOptions& options, const std::string& field, Duration later = 0) {
    const Status checked = check_tls(options, now_ + later);
    if (checked) return "accepted";
    EXPECT_EQ(checked.error().code, Code::invalid);
    EXPECT_EQ(checked.error().name, "invalid_tls");
    EXPECT_EQ(checked.error().fields.size(), 1u);
    EXPECT_EQ(checked.error().fields.front().path, "/" + field);
    EXPECT_EQ(checked.error().message.find("the " + field + " is not valid: "), 0u) << checked.error().message;
    return checked.error().message;
  }

  static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

  const Timestamp now_ = SystemClock().now();
  const Identity authority_ = make_identity("Private Authority", "", nullptr);
  const Identity client_ = make_identity("client", "DNS:client.example.com", &authority_);
  const Identity other_ = make_identity("other", "DNS:other.example.com", &authority_);
};

TEST_F(CheckTls, WhatIsRightIsAccepted) {
  EXPECT_TRUE(check_tls({}, now_));
  EXPECT_TRUE(check_tls({pem(authority_.certificate), "", ""}, now_));
  EXPECT_TRUE(check_tls({"", pem(client_.certificate), pem(client_.key)}, now_));
  EXPECT_TRUE(check_tls({"A note.\n" + pem(authority_.certificate) + pem(other_.certificate),
                         pem(client_.certificate) + "\n" + pem(authority_.certificate), pem(client_.key)},
                        now_))
      << "bundles, chains, and words between";
}

TEST_F(CheckTls, WhatIsNoPem) {
  for (const std::string& text : {std::string("nonsense"), std::string("/etc/ssl/ca.pem"),
                                  std::string("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
                                  pem(authority_.certificate) + "-----BEGIN CERTIFICATE-----\n!\n",
                                  pem(authority_.certificate).substr(0, 200), std::string(5, '\0')}) {
    EXPECT_TRUE(has(problem({text, "", ""}, "ca"), "-----BEGIN CERTIFICATE-----")) << text;
    EXPECT_TRUE(has(problem({"", text, pem(client_.key)}, "certificate"), "-----BEGIN CERTIFICATE-----")) << text;
    EXPECT_TRUE(has(problem({"", pem(client_.certificate), text}, "key"), "-----BEGIN PRIVATE KEY-----")) << text;
  }
  EXPECT_TRUE(has(problem({std::string(kMaxPem + 1, 'x'), "", ""}, "ca"), "262144"));
}

TEST_F(CheckTls, KeysAmongCertificates) {
  const std::string both = pem(client_.certificate) + pem(client_.key);
  EXPECT_TRUE(has(problem({both, "", ""}, "ca"), "private key"));
  EXPECT_TRUE(has(problem({"", both, pem(client_.key)}, "certificate"), "private key"));
}

TEST_F(CheckTls, ACertificateAndItsKeyBelongTogether) {
  EXPECT_TRUE(has(problem({"", pem(client_.certificate), ""}, "key"), "needs its key"));
  EXPECT_TRUE(has(problem({"", "", pem(client_.key)}, "certificate"), "needs its certificate"));
  EXPECT_TRUE(has(problem({"", pem(client_.certificate), pem(other_.key)}, "key"), "does not belong"));
  EXPECT_TRUE(has(problem({"", pem(authority_.certificate) + pem(client_.certificate), pem(client_.key)}, "key"),
                  "must be first"));
}

TEST_F(CheckTls, KeysWithAPassphrase) {
  const std::string locked = pem(client_.key, "an invented passphrase");
  const std::string message = problem({"", pem(client_.certificate), locked}, "key");
  EXPECT_TRUE(has(message, "passphrase")) << message;
}

TEST_F(CheckTls, TimeIsUp) {
  // Valid from ten days ago for thirty days from now.
  EXPECT_TRUE(has(problem({pem(authority_.certificate), "", ""}, "ca", 31 * kDay), "expired on 20"));
  EXPECT_TRUE(
      has(problem({"", pem(client_.certificate), pem(client_.key)}, "certificate", 31 * kDay), "expired on 20"));
  EXPECT_TRUE(
      has(problem({"", pem(client_.certificate), pem(client_.key)}, "certificate", -11 * kDay), "not valid before 20"));
  const Identity old = make_identity("Old Authority", "", nullptr, -1);
  EXPECT_TRUE(check_tls({pem(old.certificate) + pem(authority_.certificate), "", ""}, now_))
      << "one that is in force is enough";
}

TEST_F(CheckTls, KeysThatAreTooShort) {
  const Identity weak = test::sign_identity(test::Key(EVP_RSA_gen(512)), "weak", "DNS:weak.example.com", &authority_);
  EXPECT_TRUE(has(problem({"", pem(weak.certificate), pem(weak.key)}, "certificate"), "too small"));
}

}  // namespace
}  // namespace wrapup
