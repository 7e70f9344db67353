#include "model/hearing.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "model/embedded.hpp"

namespace wrapup {
namespace {

Heard heard(std::initializer_list<const char*> lines) {
  Transcript transcript;
  for (const char* line : lines)
    transcript.push_back({transcript.size() % 2 == 0 ? Role::bot : Role::human, line, {}, {}});
  return hear(transcript);
}

TEST(Packs, AreSoundAndHaveAllTheLanguages) {
  for (const auto path : model_files()) {
    if (!path.starts_with("assets/packs/")) continue;
    EXPECT_FALSE(pack_problem(*model_file(path))) << path << ": " << pack_problem(*model_file(path)).value_or("");
  }
  for (const char* language : {"en", "de", "es", "fr", "pt", "it", "nl"}) {
    EXPECT_NE(std::find(heard_languages().begin(), heard_languages().end(), language), heard_languages().end())
        << language;
  }
  EXPECT_TRUE(pack_problem("[no such heading]\nbye\n"));
  EXPECT_TRUE(pack_problem("a phrase without a heading\n"));
  EXPECT_TRUE(pack_problem("[yes]\n...\n"));
  EXPECT_FALSE(pack_problem("# ok\n\n[yes]\nyes\n"));
}

TEST(Hearing, TellsTheLanguage) {
  EXPECT_EQ(heard({"Guten Tag, ich rufe wegen der Rechnung an", "Ja, haben Sie die Nummer nicht?"}).language, "de");
  EXPECT_EQ(heard({"Buenos dias, le llamo por la factura", "Si, pero no esta bien para mi"}).language, "es");
  EXPECT_EQ(heard({"Hello, what can I do for you?", "I have a question about the bill"}).language, "en");
  EXPECT_EQ(heard({"xyzzy"}).language, "");
}

TEST(Hearing, WordsOfOtherLanguagesDoNotCount) {
  // Italian "male" is bad; in English it is none.
  const auto english = heard({"And is the patient male or female?", "That is for my son, so male I think"});
  EXPECT_FALSE(english.turns[1].has(Cue::negative));
  const auto italian = heard({"Come va il servizio per lei?", "Male, non mi piace per niente, che vergogna"});
  EXPECT_TRUE(italian.turns[1].has(Cue::negative));
}

TEST(Hearing, NegationTurnsAMoodRound) {
  EXPECT_TRUE(heard({"Is that ok?", "that is not good for me"}).turns[1].has(Cue::negative));
  EXPECT_FALSE(heard({"Is that ok?", "that is not good for me"}).turns[1].has(Cue::positive));
  EXPECT_FALSE(heard({"Is that ok?", "it is not bad you know"}).turns[1].has(Cue::negative));
  EXPECT_TRUE(heard({"Is that ok?", "No, thank you"}).turns[1].has(Cue::thanks));
}

TEST(Hearing, TheLongestPhraseCounts) {
  EXPECT_FALSE(heard({"May we?", "no problem"}).turns[1].has(Cue::no));
  EXPECT_TRUE(heard({"May we?", "no problem"}).turns[1].has(Cue::yes));
  EXPECT_FALSE(heard({"So?", "good night then"}).turns[1].has(Cue::positive));
}

}  // namespace
}  // namespace wrapup
