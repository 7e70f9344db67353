#include "model/phrases.hpp"

#include <string_view>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace wrapup {
namespace {

TEST(FoldWords, DropsCaseAccentsAndPunctuation) {
  EXPECT_EQ(fold_words("Tschüß, Herr MÜLLER!  Bis bald."), " tschus herr muller bis bald ");
  EXPECT_EQ(fold_words(""), " ");
  EXPECT_EQ(fold_words("don't"), " don t ");
  EXPECT_EQ(fold_words("¡Adiós! «Mach’s gut» … bye"), " adios mach s gut bye ");
  EXPECT_EQ(fold_words("да, привет"), " да привет ") << "letters of other scripts stay";
}

// Eight bytes are folded at once where that can be: with the same result as one by one.
TEST(FoldWords, IsTheSameHoweverTheTextFallsIntoEights) {
  const std::string_view pieces[] = {"a",          "Zebra", "9", " ", "  ", ", ", "-", "abcdefgh",
                                     "ABCDEFGHIJ", "é",     "…", "{", "@",  "[",  "`"};
  std::uint32_t random = 11;
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    std::string folded = " ";
    for (int i = 0; i < 12; ++i) {
      const std::string_view piece = pieces[((random = random * 1664525U + 1013904223U) >> 16) % std::size(pieces)];
      text += piece;
    }
    for (std::size_t i = 0; i < text.size();) {
      const bool marks = static_cast<unsigned char>(text[i]) >= 0x80;
      const std::size_t size = !marks ? 1 : text[i] == '\xC3' ? 2 : 3;
      const std::string one = fold_words(text.substr(i, size));
      const std::string letter = one.size() == 3 ? one.substr(1, 1) : " ";
      if (letter != " " || folded.back() != ' ') folded += letter;
      i += size;
    }
    if (folded.back() != ' ') folded += ' ';
    ASSERT_EQ(fold_words(text), folded) << text;
  }
}

TEST(PhraseSet, FindsWholePhrasesInOnePass) {
  PhraseSet set;
  set.add("stop calling", 1);
  set.add("no", 2);
  set.add("no problem at all", 3);
  set.add("bye bye", 4);
  set.add("bye", 5);
  const auto found_in = [&](std::string_view text) {
    std::vector<std::tuple<int, std::size_t, std::size_t>> found;
    set.each(fold_words(text),
             [&](PhraseSet::Tag tag, std::size_t word, std::size_t length) { found.emplace_back(tag, word, length); });
    return found;
  };
  using Hits = std::vector<std::tuple<int, std::size_t, std::size_t>>;
  EXPECT_EQ(found_in("Please STOP calling, no, stop-calling me."), (Hits{{1, 1, 12}, {2, 3, 2}, {1, 4, 12}}));
  EXPECT_EQ(found_in("No problem at all"), (Hits{{2, 0, 2}, {3, 0, 17}}));
  EXPECT_EQ(found_in("no problem at alll"), (Hits{{2, 0, 2}}));
  EXPECT_EQ(found_in("Bye bye"), (Hits{{5, 0, 3}, {4, 0, 7}, {5, 1, 3}}));
  set.add("extraordinarily good", 6);
  set.add("congratulations", 7);
  EXPECT_EQ(found_in("an extraordinarily good day, congratulations"), (Hits{{6, 1, 20}, {7, 4, 15}}));
  EXPECT_EQ(found_in("extraordinarilx good, congratulation"), Hits{}) << "words longer than eight bytes";
  EXPECT_EQ(found_in("nothing, nobody, byebye"), Hits{});
  EXPECT_EQ(found_in(""), Hits{});
}

}  // namespace
}  // namespace wrapup
