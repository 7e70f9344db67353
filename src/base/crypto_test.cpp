#include "base/crypto.hpp"

#include <set>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/entropy.hpp"

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

TEST(Ids, UuidForm) {
  EXPECT_TRUE(is_uuid("0b7d4c1e-52aa-4f0e-9a63-1f2c8e7d9b40"));
  EXPECT_FALSE(is_uuid("0b7d4c1e52aa4f0e9a631f2c8e7d9b40"));
  EXPECT_FALSE(is_uuid("0b7d4c1e-52aa-4f0e-9a63-1f2c8e7d9b4g"));
}

}  // namespace
}  // namespace wrapup
