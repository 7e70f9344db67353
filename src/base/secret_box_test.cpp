#include "base/secret_box.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "base/crypto.hpp"
#include "testing/hex.hpp"

namespace wrapup {
namespace {

/// Gives the bytes of a vector's nonce.
class Fixed final : public Entropy {
 public:
  explicit Fixed(std::string bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<unsigned char> out) override {
    ASSERT_EQ(out.size(), bytes_.size());
    std::copy(bytes_.begin(), bytes_.end(), out.begin());
  }

 private:
  std::string bytes_;
};

struct Vector {
  const char* name;
  const char* key;
  const char* nonce;
  const char* plain;
  const char* place;  // additional authenticated data
  const char* sealed;
  const char* tag;
};

// NIST CAVP, gcmEncryptExtIV256.rsp (the first of each length), and test cases 13, 14 and 16 of the submission of GCM
// to NIST.
constexpr Vector kVectors[] = {
    {"nothing", "b52c505a37d78eda5dd34f20c22540ea1b58963cf8e5bf8ffa85f9f2492505b4", "516c33929df5a3284ff463d7", "", "",
     "", "bdc1ac884d332457a1d2664f168c76f0"},
    {"plaintext", "31bdadd96698c204aa9ce1448ea94ae1fb4a9a0b3c9d773b51bb1822666b8f22", "0d18e06c7c725ac9e362e1ce",
     "2db5168e932556f8089a0622981d017d", "", "fa4362189661d163fcd6a56d8bf0405a", "d636ac1bbedd5cc3ee727dc2ab4a9489"},
    {"plaintext and place", "92e11dcdaa866f5ce790fd24501f92509aacf4cb8b1339d50c9c1240935dd08b",
     "ac93a1a6145299bde902f21a", "2d71bcfa914e4ac045b2aa60955fad24", "1e0889016f67601c8ebea4943bc23ad6",
     "8995ae2e6df3dbf96fac7b7137bae67f", "eca5aa77d51d4a0a14d9c51e1da474ab"},
    {"case 13", "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "", "",
     "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"case 14", "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "00000000000000000000000000000000", "", "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
    {"case 16", "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657b"
     "a"
     "637b39",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0ab"
     "c"
     "c9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

const std::string kOld(32, 'o');
const std::string kNew(32, 'n');
constexpr const char* kPlace = "signing_secret/default/1";

TEST(SecretBox, AgreesWithThePublishedVectors) {
  for (const Vector& vector : kVectors) {
    const std::string key = from_hex(vector.key);
    const SecretBox box({key});
    Fixed entropy(from_hex(vector.nonce));
    const std::string sealed = box.seal(from_hex(vector.plain), from_hex(vector.place), entropy);
    EXPECT_EQ(to_hex(sealed), "01" + to_hex(sha256(key).substr(0, 4)) + vector.nonce + vector.sealed + vector.tag)
        << vector.name;
    const auto opened = box.open(sealed, from_hex(vector.place));
    ASSERT_TRUE(opened) << vector.name << ": " << opened.error().message;
    EXPECT_EQ(to_hex(*opened), vector.plain) << vector.name;
  }
}

TEST(SecretBox, OpensOnlyWhatItSealedAndOnlyInItsPlace) {
  SystemEntropy entropy;
  const SecretBox box({kNew});
  const std::string sealed = box.seal("whsec_example", kPlace, entropy);
  EXPECT_EQ(box.open(sealed, kPlace), "whsec_example");
  EXPECT_EQ(box.open(sealed, "signing_secret/default/2").error().name, "sealed_damaged");
  EXPECT_EQ(box.open("", kPlace).error().name, "sealed_damaged");
  EXPECT_EQ(box.open(sealed.substr(0, 32), kPlace).error().name, "sealed_damaged");
  EXPECT_EQ(box.open(sealed + "x", kPlace).error().name, "sealed_damaged");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(box.open(changed, kPlace)) << "byte " << i;
  }
}

TEST(SecretBox, SealsTheSameTextNeverTheSameWay) {
  SystemEntropy entropy;
  const SecretBox box({kNew});
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(seen.insert(box.seal("the same", kPlace, entropy)).second);
  EXPECT_EQ(seen.begin()->find("the same"), std::string::npos);
}

TEST(SecretBox, SealsWithTheFirstKeyAndOpensWithAny) {
  SystemEntropy entropy;
  const SecretBox before({kOld});
  const SecretBox during({kNew, kOld});
  const SecretBox after({kNew});
  const std::string old_one = before.seal("secret", kPlace, entropy);
  const std::string new_one = during.seal("secret", kPlace, entropy);
  EXPECT_EQ(during.open(old_one, kPlace), "secret");
  EXPECT_EQ(during.open(new_one, kPlace), "secret");
  EXPECT_EQ(after.open(new_one, kPlace), "secret");
  EXPECT_TRUE(before.current(old_one));
  EXPECT_FALSE(during.current(old_one));
  EXPECT_TRUE(during.current(new_one));
  EXPECT_FALSE(during.current(""));
}

TEST(SecretBox, NamesTheKeyThatIsMissing) {
  SystemEntropy entropy;
  const SecretBox before({kOld});
  const auto opened = SecretBox({kNew}).open(before.seal("secret", kPlace, entropy), kPlace);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().name, "master_key_missing");
  EXPECT_EQ(opened.error().code, Code::unavailable);
  EXPECT_NE(opened.error().message.find("master key " + before.key_ids()), std::string::npos) << opened.error().message;
  EXPECT_NE(opened.error().message.find(SecretBox({kNew}).key_ids()), std::string::npos) << opened.error().message;
}

}  // namespace
}  // namespace wrapup
