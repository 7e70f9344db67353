#include "model/signing_secret.hpp"

#include <set>

#include <gtest/gtest.h>

#include "base/crypto.hpp"
#include "testing/hex.hpp"
#include "testing/seeded_entropy.hpp"

namespace wrapup {
namespace {

// RFC 8032, section 7.1, test 2.
const std::string kSeed = from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
const std::string kPublic = from_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");

TEST(SigningKey, IsBase64Of24To64Bytes) {
  const auto of = [](std::size_t bytes) { return signing_key("whsec_" + base64_encode(std::string(bytes, 'k'))); };
  EXPECT_FALSE(of(23));
  EXPECT_EQ(of(24), std::string(24, 'k'));
  EXPECT_EQ(of(64), std::string(64, 'k'));
  EXPECT_FALSE(of(65));
  EXPECT_FALSE(signing_key(base64_encode(std::string(32, 'k'))));
  EXPECT_FALSE(signing_key("whsec_" + std::string(44, '!')));
  EXPECT_FALSE(signing_key("whsec_"));
}

TEST(SigningKey, OfEd25519IsASeedAloneOrWithThePublicKeyThatFits) {
  EXPECT_EQ(ed25519_seed("whsk_" + base64_encode(kSeed)), kSeed);
  EXPECT_EQ(ed25519_seed("whsk_" + base64_encode(kSeed + kPublic)), kSeed);
  EXPECT_FALSE(ed25519_seed("whsk_" + base64_encode(kSeed + std::string(32, 'p'))));
  EXPECT_FALSE(ed25519_seed("whsk_" + base64_encode(kSeed.substr(1))));
  EXPECT_FALSE(ed25519_seed("whsec_" + base64_encode(kSeed)));
  EXPECT_FALSE(ed25519_seed("whsk_"));
  EXPECT_EQ(ed25519_public_key("whpk_" + base64_encode(kPublic)), kPublic);
  EXPECT_FALSE(ed25519_public_key("whpk_" + base64_encode(kPublic + "x")));
  EXPECT_FALSE(ed25519_public_key(base64_encode(kPublic)));
}

TEST(SigningSecret, NewOnesAreWrittenAsTheirKindAndDiffer) {
  SeededEntropy entropy(3);
  std::set<std::string> seen;
  for (int i = 0; i < 50; ++i) {
    for (const SecretKind kind : {SecretKind::hmac, SecretKind::ed25519}) {
      const std::string secret = new_signing_secret(kind, entropy);
      EXPECT_TRUE(check_signing_secret(kind, secret)) << secret;
      EXPECT_TRUE(seen.insert(secret).second);
    }
  }
  EXPECT_EQ(base64_decode(new_signing_secret(SecretKind::hmac, entropy).substr(6))->size(), 32u);
  EXPECT_EQ(base64_decode(new_signing_secret(SecretKind::ed25519, entropy).substr(5))->size(), 64u);
}

TEST(SigningSecret, WhatIsWrongIsSaidWithoutShowingIt) {
  for (const SecretKind kind : {SecretKind::hmac, SecretKind::ed25519}) {
    const auto wrong = check_signing_secret(kind, "hunter2");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().message.find("hunter2"), std::string::npos);
  }
  SeededEntropy entropy(3);
  EXPECT_FALSE(check_signing_secret(SecretKind::hmac, new_signing_secret(SecretKind::ed25519, entropy)));
  EXPECT_FALSE(check_signing_secret(SecretKind::ed25519, new_signing_secret(SecretKind::hmac, entropy)));
}

TEST(SigningSecret, SignsUntilItExpiresOrIsRevoked) {
  SigningSecret secret;
  EXPECT_EQ(state_of(secret, 100), SecretState::live);
  secret.expires_at = 200;
  EXPECT_EQ(state_of(secret, 199), SecretState::expiring);
  EXPECT_TRUE(signs(secret, 199));
  EXPECT_EQ(state_of(secret, 200), SecretState::expired);
  EXPECT_FALSE(signs(secret, 200));
  secret.revoked_at = 150;
  EXPECT_EQ(state_of(secret, 199), SecretState::revoked);
  EXPECT_FALSE(signs(secret, 199));
}

TEST(SigningSecret, IsSealedForItsRowAndShowsItsPublicKey) {
  SeededEntropy entropy(3);
  const SecretBox box({std::string(32, 'm')});
  SigningSecret secret{"shop", "s1", SecretKind::ed25519, "", "", "", 0, {}, {}};
  const std::string text = "whsk_" + base64_encode(kSeed);
  seal(secret, text, box, entropy);
  EXPECT_EQ(secret.public_key, "whpk_" + base64_encode(kPublic));
  EXPECT_EQ(secret.sealed.find(text), std::string::npos);
  EXPECT_EQ(box.open(secret.sealed, place_of(secret)), text);
  SigningSecret other = secret;
  other.workspace_id = "till";
  EXPECT_FALSE(box.open(other.sealed, place_of(other)));

  SigningSecret shared{"shop", "s2", SecretKind::hmac, "", "", "", 0, {}, {}};
  seal(shared, new_signing_secret(SecretKind::hmac, entropy), box, entropy);
  EXPECT_EQ(shared.public_key, "");
}

}  // namespace
}  // namespace wrapup
