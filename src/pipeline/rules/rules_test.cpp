#include <ctime>
#include <iterator>
#include <random>

#include "pipeline/rules/test_calls.hpp"

namespace wrapup::rules {
namespace {

std::vector<Extractor> one_of_each() {
  return {yes_no("Does the caller have a garage?"),
          yes_no("Are there more than 5 people?"),
          yes_no("Does the trip start in Ashford?"),
          yes_no("Was the van booked?"),
          choice("Which colour does the caller want?", {"Red", "Blue"}),
          choice("What did the customer ask for first?", {"Buy a van", "Rent a van"}),
          open("What is the customer's full name?"),
          open("Which email address does the customer have?"),
          open("On what day does the lease begin?", {"May 3rd"}),
          open("At what time?", {"9 am"}),
          open("From which city does the caller travel?"),
          open("Which workshop does the caller choose?", {"Red Hammer"}),
          open("What damage does the van have?"),
          open("What is the customer's postcode?", {"AB1 2CD"}),
          open("What does it cost?", {"$5"})};
}

// Milliseconds of processor time for all kinds of questions on one transcript; every answer is checked on the way.
double ask_all(const Transcript& call) {
  const auto start = std::clock();
  const PreparedTranscript prepared(call);
  for (const Extractor& extractor : one_of_each()) {
    const Answer answer = extract(extractor, prepared);
    if (answer.evidence) {
      EXPECT_LT(answer.evidence->turn, call.size());
      EXPECT_NE(call[answer.evidence->turn].text.find(answer.evidence->quote), std::string::npos);
    }
  }
  return 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

Transcript repeated(std::string_view text, std::size_t bytes, std::size_t turns) {
  Transcript out;
  std::string long_text;
  while (long_text.size() < bytes) long_text += text;
  for (std::size_t i = 0; i < turns; ++i) out.push_back({i % 2 == 0 ? Role::bot : Role::human, long_text, {}, {}});
  return out;
}

TEST(Rules, EmptyCallsAndQuestions) {
  ask_all({});
  ask_all(call_of({"b: ", "h:  "}));
  for (Extractor extractor : one_of_each()) {
    EXPECT_EQ(ask(extractor, {}), "null");
    extractor.description.clear();
    extractor.identifier.clear();
    ask(extractor, call_of({"b: Hello, who is there?", "h: Nora Quill at 9 am"}));
  }
}

TEST(Rules, PreparedOnceAnswersTheSame) {
  const auto call =
      call_of({"b: Your name please?", "h: Nora Quill", "b: And the day?", "h: May 3rd at 9 am, from Ashford"});
  const PreparedTranscript prepared(call);
  for (const Extractor& extractor : one_of_each())
    EXPECT_EQ(extract(extractor, prepared).value, extract(extractor, call).value);
}

TEST(Rules, EvidenceCountsEmptyTurnsToo) {
  const auto call = call_of({"b: ", "b: Your name please?", "h: ", "h: Nora Quill"});
  const Answer answer = extract(open("What is the customer's full name?"), call);
  ASSERT_TRUE(answer.evidence.has_value());
  EXPECT_EQ(answer.evidence->turn, 3U);
  EXPECT_EQ(answer.evidence->quote, "Nora Quill");
}

TEST(Rules, NotesOfTheTranscriberAreNotWords) {
  const auto call =
      call_of({"b: may i have your name", "h: [noise] my name is uh <unk> nora quill and i need a plumber"});
  EXPECT_EQ(ask(open("What is the customer's full name?"), call), "nora quill");
}

TEST(Rules, SpeechWithoutPunctuationOrCapitals) {
  const auto call =
      call_of({"b: hello thank you for calling may i have your name please", "h: yeah it's nora quill",
               "b: thanks and what day should the plumber come", "h: um monday no wait tuesday would be better",
               "b: okay and what time", "h: at half past nine in the morning",
               "b: so tuesday at nine thirty am do you have parking at home", "h: yeah we do"});
  EXPECT_EQ(ask(open("What is the customer's full name?"), call), "nora quill");
  EXPECT_EQ(ask(open("On which day should the plumber come?", {"Friday"}), call), "tuesday");
  EXPECT_EQ(ask(open("At what time should the plumber come?", {"9 am"}), call), "half past nine in the morning");
  EXPECT_EQ(ask(yes_no("Does the caller have parking?"), call), "true");
  EXPECT_EQ(ask(yes_no("Does the plumber come before noon?"), call), "true");
}

TEST(Rules, HostileLengthsStayFast) {
  // Far beyond the budget of a real call, and yet bounded: the limits keep a slow machine under this with room to
  // spare.
  constexpr double kMilliseconds = 1500;
  EXPECT_LT(ask_all(repeated("a", 100'000, 4)), kMilliseconds);
  EXPECT_LT(ask_all(repeated("at at at dot com ", 100'000, 50)), kMilliseconds);
  EXPECT_LT(ask_all(repeated("7 7 7 pm May 5 ", 100'000, 50)), kMilliseconds);
  EXPECT_LT(ask_all(repeated("from San to San ", 100'000, 50)), kMilliseconds);
  EXPECT_LT(ask_all(repeated("?!.?!.", 100'000, 50)), kMilliseconds);
  EXPECT_LT(ask_all(repeated("What is the full name? Yes no May 3rd at 9. ", 200, 5'000)), kMilliseconds);
  EXPECT_LT(ask_all(repeated("\xE2\x80\x99", 100'000, 4)), kMilliseconds);
}

TEST(Rules, AnyBytesAreSurvived) {
  std::mt19937 random(7);
  const std::string_view pieces[] = {
      "\xFF", "\xE2\x80", "\xC3\xA9", "'",       "@",  ".", " ",           "\n", "-", "5",
      "pm",   "May",      "and",      "name is", "at", "$", "one hundred", "\"", "#", std::string_view("\0", 1),
      "Q"};
  for (int round = 0; round < 300; ++round) {
    Transcript call;
    for (int t = 0; t < 6; ++t) {
      std::string text;
      for (int i = 0; i < 30; ++i) text += pieces[random() % std::size(pieces)];
      call.push_back({t % 2 == 0 ? Role::bot : Role::human, text, {}, {}});
    }
    ask_all(call);
    for (Extractor extractor : one_of_each()) {
      extractor.description = call[0].text;
      extractor.choices.push_back(call[1].text);
      extractor.examples.push_back(call[2].text);
      ask(extractor, call);
    }
  }
}

TEST(Rules, HugeNumbersAreNoTimesOrDates) {
  const auto call = call_of({"b: Which number and when?", "h: 84318900000 pm, in 99999999999999999999 or 7e300"});
  for (const char* question : {"At what time?", "On which date?", "How many?", "What number?"})
    ask(open(question), call);
  ask(yes_no("Is the time later than 84318900000 pm?"), call);
}

TEST(Rules, ANewlineInATurnIsASpace) {
  const auto whole = call_of({"h: Please collect my bike on Thursday."});
  const auto broken = Transcript{{Role::human, "Please collect\nmy bike on Thursday.", {}, {}}};
  const Extractor question = yes_no("Does the customer want the bike collected");
  EXPECT_EQ(ask(question, whole), "true");
  EXPECT_EQ(ask(question, broken), "true");
}

TEST(Rules, EvidenceOfUtf8WordsIsUtf8) {
  std::string name = "Z";
  for (int i = 0; i < 60; ++i) name += "\xC3\xBC";
  const auto call = call_of({"b: Your name please?", "h: x"});
  Transcript long_name = call;
  long_name[1].text = "My name is " + name;
  const Answer answer = extract(open("What is the caller's name?"), long_name);
  ASSERT_TRUE(answer.evidence.has_value());
  EXPECT_NE(static_cast<unsigned char>(answer.evidence->quote.back()) & 0xC0U, 0xC0U);
}

}  // namespace
}  // namespace wrapup::rules
