#include "delivery/signature.hpp"

#include <gtest/gtest.h>

namespace wrapup {
namespace {

// The example that the Standard Webhooks libraries publish.
constexpr std::string_view kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::int64_t kTime = 1614265330;
constexpr std::string_view kBody = R"({"test": 2432232314})";
constexpr std::string_view kSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

// The test vector of the call-id form.
constexpr std::string_view kText = "example-secret-not-real-0123456789abcdef";
constexpr std::string_view kCallId = "0b7d4c1e-52aa-4f0e-9a63-1f2c8e7d9b40";
constexpr std::string_view kCallIdSignature = "bZK9LXlLEl53aNqDCPk7UjWfTL31yn4Stz0IKy5SVYc=";

TEST(Signer, MakesThePublishedStandardWebhooksSignature) {
  EXPECT_EQ(Signer(kSecret).standard(kId, kTime, kBody), kSignature);
}

TEST(Signer, MakesThePublishedCallIdSignature) {
  EXPECT_EQ(Signer(kText).call_id_signature(kCallId), kCallIdSignature);
}

TEST(Signer, KeysTheCallIdFormWithTheWholeTextOfTheSecret) {
  const std::string key(kSecret.substr(kSecretPrefix.size()));
  EXPECT_NE(Signer(kSecret).call_id_signature(kCallId), Signer(key).call_id_signature(kCallId));
  EXPECT_EQ(Signer(kSecret).call_id_signature(kCallId), base64_encode(HmacSha256(kSecret).of({kCallId})));
}

TEST(Signer, AcceptsOneFittingSignatureAmongSeveral) {
  const Signer signer(kSecret);
  const std::string right(kSignature);
  EXPECT_TRUE(signer.verify_standard(kId, kTime, kBody, right));
  EXPECT_TRUE(signer.verify_standard(kId, kTime, kBody, "v1,AAAA " + right + " v1a,BBBB"));
  EXPECT_TRUE(signer.verify_standard(kId, kTime, kBody, right + " "));
}

TEST(Signer, RefusesWhatWasChanged) {
  const Signer signer(kSecret);
  EXPECT_FALSE(signer.verify_standard("msg_other", kTime, kBody, kSignature));
  EXPECT_FALSE(signer.verify_standard(kId, kTime + 1, kBody, kSignature));
  EXPECT_FALSE(signer.verify_standard(kId, kTime, std::string(kBody) + " ", kSignature));
  EXPECT_FALSE(signer.verify_standard(kId, kTime, kBody, kSignature.substr(3)));
  EXPECT_FALSE(signer.verify_standard(kId, kTime, kBody, std::string("v2,") + std::string(kSignature.substr(3))));
  EXPECT_FALSE(signer.verify_standard(kId, kTime, kBody, ""));
  EXPECT_FALSE(Signer("whsec_" + base64_encode(std::string(32, 'k'))).verify_standard(kId, kTime, kBody, kSignature));
}

TEST(Signer, VerifiesTheCallIdForm) {
  const Signer signer(kText);
  EXPECT_TRUE(signer.verify_call_id(kCallId, kCallIdSignature));
  EXPECT_FALSE(signer.verify_call_id("0b7d4c1e-52aa-4f0e-9a63-1f2c8e7d9b41", kCallIdSignature));
  EXPECT_FALSE(signer.verify_call_id(kCallId, ""));
  EXPECT_FALSE(Signer(kSecret).verify_call_id(kCallId, kCallIdSignature));
}

TEST(Signer, MakesNoStandardSignatureWithoutAFittingSecret) {
  const Signer signer(kText);
  EXPECT_FALSE(signer.has_standard());
  EXPECT_EQ(signer.standard(kId, kTime, kBody), "");
  EXPECT_FALSE(signer.verify_standard(kId, kTime, kBody, ""));
  EXPECT_FALSE(signer.verify_standard(kId, kTime, kBody, kSignature));
}

// The key of RFC 8032, section 7.1, test 2; the signature was made by OpenSSL's command line.
constexpr std::string_view kPublicKey = "whpk_PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=";
constexpr std::string_view kSeed = "whsk_TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=";
constexpr std::string_view kAsymmetricSignature =
    "v1a,7anDmyOh9LNskt5GJUTacHmbvyUkT0/S1jnxFAp+h2hcVXnQLWhtWA2+wP6vO0AUwEYP23IIZVuneGRhNj7hDQ==";

TEST(AsymmetricSignature, IsThatOfAnIndependentImplementation) {
  const Ed25519Key key(*ed25519_seed(kSeed));
  EXPECT_EQ(asymmetric_signature(key, kId, kTime, kBody), kAsymmetricSignature);
}

TEST(AsymmetricSignature, IsFoundAmongOthersAndRefusedWhenAnythingChanged) {
  const std::string key = *ed25519_public_key(kPublicKey);
  const std::string right(kAsymmetricSignature);
  EXPECT_TRUE(verify_asymmetric(key, kId, kTime, kBody, right));
  EXPECT_TRUE(verify_asymmetric(key, kId, kTime, kBody, std::string(kSignature) + " v1a,AAAA v1a,!! " + right));
  EXPECT_FALSE(verify_asymmetric(key, "msg_other", kTime, kBody, right));
  EXPECT_FALSE(verify_asymmetric(key, kId, kTime + 1, kBody, right));
  EXPECT_FALSE(verify_asymmetric(key, kId, kTime, std::string(kBody) + " ", right));
  EXPECT_FALSE(verify_asymmetric(key, kId, kTime, kBody, "v1," + right.substr(4)));
  EXPECT_FALSE(verify_asymmetric(key, kId, kTime, kBody, kSignature));
  EXPECT_FALSE(verify_asymmetric(key, kId, kTime, kBody, ""));
  EXPECT_FALSE(verify_asymmetric(Ed25519Key(std::string(32, 'k')).public_key(), kId, kTime, kBody, right));
}

}  // namespace
}  // namespace wrapup
