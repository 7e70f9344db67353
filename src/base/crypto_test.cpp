#include "base/crypto.hpp"

#include <set>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "testing/hex.hpp"
#include "testing/sim_clock.hpp"

namespace wrapup {
namespace {

TEST(Crypto, Sha256OfTheStandardsExample) {
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Crypto, HmacOfRfc4231Case2) {
  const HmacSha256 mac("Jefe");
  const char* expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
  EXPECT_EQ(to_hex(mac.of({"what do ya want for nothing?"})), expected);
  EXPECT_EQ(to_hex(mac.of({"what do ya want ", "for nothing?"})), expected);  // parts are joined, the key is kept
}

TEST(Crypto, HmacTakesAnEmptyKey) {
  EXPECT_EQ(to_hex(HmacSha256("").of({""})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

// RFC 8032, section 7.1.
struct Ed25519Vector {
  const char* seed;
  const char* public_key;
  const char* message;
  const char* signature;
};
constexpr Ed25519Vector kEd25519[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
     "655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
     "b00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
     "c027beceea1ec40a"},
};

TEST(Crypto, Ed25519OfRfc8032) {
  for (const auto& vector : kEd25519) {
    const Ed25519Key key(from_hex(vector.seed));
    const std::string message = from_hex(vector.message);
    EXPECT_EQ(to_hex(key.public_key()), vector.public_key);
    EXPECT_EQ(to_hex(key.sign(message)), vector.signature);
    EXPECT_TRUE(verify_ed25519(key.public_key(), message, key.sign(message)));
  }
}

TEST(Crypto, Ed25519RefusesWhatDoesNotFit) {
  const Ed25519Key key(std::string(32, 's'));
  const std::string signature = key.sign("message");
  EXPECT_FALSE(verify_ed25519(key.public_key(), "massage", signature));
  EXPECT_FALSE(verify_ed25519(Ed25519Key(std::string(32, 't')).public_key(), "message", signature));
  EXPECT_FALSE(verify_ed25519(key.public_key(), "message", signature.substr(1)));
  EXPECT_FALSE(verify_ed25519(key.public_key(), "message", ""));
  EXPECT_FALSE(verify_ed25519(key.public_key().substr(1), "message", signature));
  EXPECT_FALSE(verify_ed25519("", "message", signature));
}

TEST(Crypto, Base64GoesThereAndBack) {
  for (const std::string text : {"", "f", "fo", "foo", "foob"}) {
    EXPECT_EQ(base64_decode(base64_encode(text)), text);
  }
  EXPECT_EQ(base64_encode("foob"), "Zm9vYg==");
}

TEST(Crypto, Base64RefusesWhatIsNotIt) {
  for (const char* text : {"Zg", "Zg=", "Z===", "Zm9v!A==", "Zm9v\n", "===="})
    EXPECT_FALSE(base64_decode(text)) << text;
}

TEST(Crypto, ComparesInConstantTimeByContent) {
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_constant_time("abc", "abcd"));
}

TEST(Ids, AreVersion7AndDiffer) {
  SystemClock clock;
  SystemEntropy entropy;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = new_id(clock, entropy);
    EXPECT_TRUE(is_uuid(id)) << id;
    EXPECT_EQ(id[14], '7');
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(Ids, HaveTheOrderInWhichTheyWereMade) {
  SimClock clock;
  SystemEntropy entropy;
  std::string last = id_floor(clock.now());
  for (int i = 0; i < 5000; ++i) {
    std::string id = new_id(clock, entropy);
    EXPECT_GT(id, last) << "a microsecond later";
    EXPECT_EQ(time_of_id(id), clock.now() / kMillisecond * kMillisecond);
    EXPECT_GE(id, id_floor(clock.now()));
    last = std::move(id);
    clock.advance_to(clock.now() + 1);
  }
}

TEST(Ids, UuidForm) {
  EXPECT_TRUE(is_uuid("0b7d4c1e-52aa-4f0e-9a63-1f2c8e7d9b40"));
  EXPECT_FALSE(is_uuid("0b7d4c1e52aa4f0e9a631f2c8e7d9b40"));
  EXPECT_FALSE(is_uuid("0b7d4c1e-52aa-4f0e-9a63-1f2c8e7d9b4g"));
}

}  // namespace
}  // namespace wrapup
