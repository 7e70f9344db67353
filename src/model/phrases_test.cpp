#include "model/phrases.hpp"

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

TEST(PhraseSet, CountsWholeWordsOnly) {
  static constexpr std::string_view kBye[] = {"bye", "good bye"};
  static constexpr std::string_view kYes[] = {"yes"};
  const PhraseSet set({{0, kBye}, {3, kYes}});
  const auto counts = set.count(fold_words("Yes, yes. Good bye! Goodbyes are hard, bye"));
  EXPECT_EQ(counts[0], 3);  // "good bye", the "bye" in it, and the last
  EXPECT_EQ(counts[3], 2);
  EXPECT_EQ(set.count(fold_words("bicycle, eyes"))[0], 0);
  EXPECT_EQ(set.count("")[0], 0);
}

}  // namespace
}  // namespace wrapup
