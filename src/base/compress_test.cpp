#include "base/compress.hpp"

#include <string>

#include <gtest/gtest.h>

#include "testing/seeded_entropy.hpp"

namespace wrapup {
namespace {

using namespace std::string_literals;

TEST(Compress, GivesBackWhatWasPacked) {
  SeededEntropy entropy(1);
  for (const std::size_t size : {0, 1, 2047, 2048, 2049, 10'000, 3'000'000}) {
    std::string random(size, '\0');
    entropy.fill({reinterpret_cast<unsigned char*>(random.data()), random.size()});
    const std::string plain(size, 'a');
    for (const auto& text : {random, plain}) {
      const auto back = unpack(pack(text));
      ASSERT_TRUE(back) << size;
      EXPECT_TRUE(*back == text) << size;
    }
  }
}

TEST(Compress, MakesTextSmall) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "human: yes please, Thursday morning\n";
  EXPECT_LT(pack(text).size(), text.size() / 10);
  EXPECT_EQ(pack("short").size(), 6u);
}

TEST(Compress, KeepsTwoTextsAsOne) {
  SeededEntropy entropy(2);
  for (const std::size_t size : {0, 10, 50, 5000}) {
    std::string first(size, '\0');
    entropy.fill({reinterpret_cast<unsigned char*>(first.data()), first.size()});
    const std::string second = "the same again: " + first;
    const std::string pair = pack_pair(first, second);
    EXPECT_TRUE(unpack(pair) == first) << size;
    EXPECT_TRUE(unpack_second(pair) == second) << size;
    EXPECT_LT(pair.size(), size + 100) << "what is repeated takes no room";
  }
}

TEST(Compress, RefusesWhatWasNotPacked) {
  const std::string good = pack(std::string(5000, 'x') + "end");
  EXPECT_FALSE(unpack(""));
  EXPECT_FALSE(unpack("q"s));
  EXPECT_FALSE(unpack("l"s));
  EXPECT_FALSE(unpack("lgarbage, not a block"s));
  EXPECT_FALSE(unpack(good.substr(0, good.size() - 3)));
  // A block that claims four gigabytes must not make us reserve them.
  EXPECT_FALSE(unpack("l\xFF\xFF\xFF\xFF\x10\x01\0\0"s));
  EXPECT_FALSE(unpack_second(good));
  EXPECT_FALSE(unpack("2"s));
  EXPECT_FALSE(unpack("2\x05\0\0\0pabc"s)) << "the first text is longer than both";
  EXPECT_FALSE(unpack("2\x01\0\0\0002\x01\0\0\0pab"s)) << "a pair in a pair";
  const auto refused = unpack(good.substr(0, 10));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::internal);
}

}  // namespace
}  // namespace wrapup
