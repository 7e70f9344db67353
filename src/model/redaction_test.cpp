#include "model/redaction.hpp"

#include <array>
#include <fstream>
#include <iostream>
#include <map>

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace wrapup {
namespace {

const PiiContext kAll{kAllPii, "", ""};

TEST(Redaction, WrittenForms) {
  EXPECT_EQ(redact_text("Mail dana@example.com or call +1 555 010 4477.", kAll), "Mail [EMAIL] or call [PHONE].");
  EXPECT_EQ(redact_text("My card is 4111-1111-1111-1111, ok?", kAll), "My card is [CARD], ok?");
  EXPECT_EQ(redact_text("SSN 123-45-6789", kAll), "SSN [SSN]");
  EXPECT_EQ(redact_text("IBAN DE89 3704 0044 0532 0130 00.", kAll), "IBAN [IBAN].");
  EXPECT_EQ(redact_text("It is 22 Mill Road.", kAll), "It is [ADDRESS].");
}

TEST(Redaction, SpokenForms) {
  EXPECT_EQ(redact_text("it's four one one one one one one one one one one one one one one one", kAll), "it's [CARD]");
  EXPECT_EQ(redact_text("my email is dana dot reyes at example dot com", kAll), "my email is [EMAIL]");
  EXPECT_EQ(redact_text("my phone is double five five oh one oh double four double seven", kAll),
            "my phone is [PHONE]");
}

TEST(Redaction, OnlyTheKindsThatWereChosen) {
  const PiiContext cards{pii_bit(Pii::card), "", ""};
  EXPECT_EQ(redact_text("dana@example.com 4111111111111111", cards), "dana@example.com [CARD]");
  EXPECT_EQ(redact_text("dana@example.com", PiiContext{}), "dana@example.com");
}

TEST(Redaction, OrdinaryNumbersStay) {
  for (const char* text :
       {"The order is 4471 and costs $1,250.00.", "On 12 May 2026 at 10:15, for 4 people.",
        "Order number 5550104477 is on its way", "Row 12, seats 14 and 15", "It weighs 500 grams",
        "4111111111111112 is no card, the order number is 4111111111111112", "[CARD] and [EMAIL]", ""}) {
    EXPECT_EQ(redact_text(text, kAll), text);
  }
}

TEST(Redaction, WhatIsKnownOfTheCustomerIsFoundAnywhere) {
  const PiiContext known{kAllPii, "Zsófia Quill", "+15550104477"};
  EXPECT_EQ(redact_text("So zsófia, the order of Mrs Quill", known), "So [NAME], the order of Mrs [NAME]");
  EXPECT_EQ(redact_text("I have 555 0104477 here", known), "I have [PHONE] here");
}

TEST(Redaction, NumbersOverSeveralTurns) {
  Transcript call{
      {Role::bot, "Your card number?", {}, {}}, {Role::human, "4111", {}, {}}, {Role::bot, "4111, yes?", {}, {}},
      {Role::human, "1111 1111", {}, {}},       {Role::bot, "Go on", {}, {}},  {Role::human, "and 1111", {}, {}}};
  redact_turns(call, kAll);
  EXPECT_EQ(call[1].text, "[CARD]");
  EXPECT_EQ(call[2].text, "[CARD], yes?");
  EXPECT_EQ(call[3].text, "[CARD]");
  EXPECT_EQ(call[5].text, "and [CARD]");
}

TEST(Redaction, EventsSeeWhatWasAskedBefore) {
  const Transcript before{{Role::bot, "What is your card number?", {}, {}}};
  std::vector<Event> events(1);
  events[0].type = EventType::turn;
  events[0].body = {{"role", "human"}, {"text", "4111"}};
  redact_events(events, before, kAll);
  EXPECT_EQ(events[0].body["text"], json::value("[CARD]"));
  std::vector<Event> variable(1);
  variable[0].type = EventType::variable;
  variable[0].body = {{"name", "customer_name"}, {"value", "Ilse Varga"}};
  redact_events(variable, before, kAll);
  EXPECT_EQ(variable[0].body["name"], json::value("customer_name"));
  EXPECT_EQ(variable[0].body["value"], json::value("[NAME]"));
}

TEST(Redaction, ARequestInAllItsFields) {
  auto body =
      parse_json(R"({"model_id": "0b7d4c1e-52aa-4f0e-9a63-1f2c8e7d9b40", "phone": "+15550104477", "name": "Ilse Varga",
    "custom_variables": [{"key": "email", "value": "ilse@example.com"}, {"key": "plan", "value": "gold"}],
    "metadata": {"crm": {"contact_name": "Ilse Varga", "id": 4711, "card": 4111111111111111, "note": "ask for Ilse"}},
    "started_at": 1773242407000, "transcript": [{"role": "bot", "text": "Hello Ilse"}],
    "executed_actions": {"lookup": {"name": "lookup", "return_value": {"email": "ilse@example.com", "tier": "gold"}}}})");
  redact_request(body->get_object(), kAllPii);
  EXPECT_EQ(to_text(*body),
            R"({"model_id":"0b7d4c1e-52aa-4f0e-9a63-1f2c8e7d9b40","phone":"+*******4477","name":"[NAME]",)"
            R"("custom_variables":[{"key":"email","value":"[EMAIL]"},{"key":"plan","value":"gold"}],)"
            R"("metadata":{"crm":{"contact_name":"[NAME]","id":4711,"card":"[CARD]","note":"ask for [NAME]"}},)"
            R"("started_at":1773242407000,"transcript":[{"role":"bot","text":"Hello [NAME]"}],)"
            R"("executed_actions":{"lookup":{"name":"lookup","return_value":{"email":"[EMAIL]","tier":"gold"}}}})");
  const std::string once = to_text(*body);
  redact_request(body->get_object(), kAllPii);
  EXPECT_EQ(to_text(*body), once) << "what was redacted is left alone";
}

TEST(Redaction, MasksNumbers) {
  EXPECT_EQ(mask_phone("+15550104477"), "+*******4477");
  EXPECT_EQ(mask_phone("1234"), "1234");
  EXPECT_EQ(mask_phone(mask_phone("+15550104477")), "+*******4477");
  EXPECT_TRUE(is_masked_phone("+*******4477"));
  EXPECT_FALSE(is_masked_phone("+15550104477"));
  EXPECT_FALSE(is_masked_phone("+*******447a"));
}

TEST(Redaction, AnyBytesAreSurvived) {
  const std::string pieces[] = {"\xFF", "\xE2\x80", "\xC3",   "@",        "at", " dot ", "4111 ",
                                "[",    "]",        "[CARD]", "name is ", "'",  "."};
  std::uint32_t random = 7;
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (int i = 0; i < 40; ++i) text += pieces[((random = random * 1664525U + 1013904223U) >> 16) % std::size(pieces)];
    redact_text(text, kAll);
  }
  EXPECT_LT(redact_text(std::string(200'000, '4'), kAll).size(), 200'001U);
}

// Each of these would take minutes if a turn were gone through again for each of its words.
TEST(Redaction, LargeTurnsTakeTheirLengthAndNoMore) {
  for (const std::string& piece :
       {std::string("[ "), std::string("yes 123 yes "), std::string("a@b.c "), std::string("card 4111 is "),
        std::string("may 12 "), std::string("my name is Zoe ")}) {
    std::string text;
    while (text.size() < 30'000) text += piece;
    Transcript turns;
    for (int i = 0; i < 6; ++i) turns.push_back({i % 2 == 0 ? Role::bot : Role::human, text, {}, {}});
    redact_turns(turns, kAll);
    EXPECT_EQ(turns.size(), 6U);
  }
}

// One call of a labelled set: as it was said, and what of each turn must go.
struct Labelled {
  struct Mark {
    std::string kind;
    std::string words;
  };
  Transcript said;
  Transcript wanted;
  std::vector<std::vector<Mark>> marks;  // of each turn
};

std::string mark_of(std::string kind) {
  for (char& c : kind) c = static_cast<char>(c - 'a' + 'A');
  return "[" + kind + "]";
}

// "h it's {email:dana@example.com}"
void read_line(const std::string& line, Labelled& call) {
  const Role role = line[0] == 'h' ? Role::human : Role::bot;
  std::string said;
  std::string wanted;
  std::vector<Labelled::Mark> marks;
  for (std::size_t i = 2; i < line.size(); ++i) {
    if (line[i] != '{') {
      said += line[i];
      wanted += line[i];
      continue;
    }
    const std::size_t colon = line.find(':', i);
    const std::size_t close = line.find('}', i);
    marks.push_back({line.substr(i + 1, colon - i - 1), line.substr(colon + 1, close - colon - 1)});
    said += marks.back().words;
    wanted += mark_of(marks.back().kind);
    i = close;
  }
  call.said.push_back({role, said, {}, {}});
  call.wanted.push_back({role, wanted, {}, {}});
  call.marks.push_back(std::move(marks));
}

std::vector<Labelled> read_labelled(const std::string& name) {
  std::ifstream file(std::string(WRAPUP_TEST_DATA) + "/redaction/" + name);
  std::vector<Labelled> calls;
  bool open = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) continue;
    if (!line.empty() && !open) calls.emplace_back();
    open = !line.empty();
    if (open) read_line(line, calls.back());
  }
  return calls;
}

int count(const std::string& text, const std::string& word) {
  int n = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

struct Score {
  int marked = 0;  // that must go
  int found = 0;   // placeholders
  int right = 0;   // marked ones of whose words nothing is left, each with a placeholder of its kind

  void add(const Score& other) {
    marked += other.marked;
    found += other.found;
    right += other.right;
  }
  double recall() const { return marked == 0 ? 100 : 100.0 * right / marked; }
  double precision() const { return found == 0 ? 100 : 100.0 * right / found; }
};

Score score_turn(const std::string& kind, const std::vector<Labelled::Mark>& marks, const std::string& redacted) {
  Score score;
  score.found = count(redacted, mark_of(kind));
  for (const auto& mark : marks) {
    if (mark.kind != kind) continue;
    ++score.marked;
    if (redacted.find(mark.words) == std::string::npos) ++score.right;
  }
  score.right = std::min(score.right, score.found);
  return score;
}

// The figures of bench/README.md: `wrapup_tests --gtest_filter='Redaction.Labelled*'`.
Score score_set(const std::string& name) {
  const auto calls = read_labelled(name);
  std::map<std::string, Score> by_kind;
  int exact = 0;
  int turns = 0;
  for (const auto& call : calls) {
    Transcript redacted = call.said;
    redact_turns(redacted, kAll);
    Transcript again = redacted;
    redact_turns(again, kAll);
    for (std::size_t i = 0; i < again.size(); ++i) EXPECT_EQ(again[i].text, redacted[i].text) << "once is enough";
    for (std::size_t i = 0; i < redacted.size(); ++i) {
      ++turns;
      const bool same = redacted[i].text == call.wanted[i].text;
      exact += same ? 1 : 0;
      if (!same) std::cout << "  wanted: " << call.wanted[i].text << "\n  got:    " << redacted[i].text << "\n";
      for (std::size_t k = 0; k < kPiiKinds; ++k) {
        const std::string kind(to_string(static_cast<Pii>(k)));
        by_kind[kind].add(score_turn(kind, call.marks[i], redacted[i].text));
      }
    }
  }
  Score all;
  for (const auto& [kind, score] : by_kind) all.add(score);
  by_kind["all"] = all;
  std::cout << name << ": " << calls.size() << " calls, " << turns << " turns, " << exact << " word for word\n";
  for (const auto& [kind, s] : by_kind) {
    std::cout << "  " << kind << ": " << s.marked << " marked, " << s.found << " found, " << s.right
              << " right; recall " << s.recall() << ", precision " << s.precision() << "\n";
  }
  return all;
}

TEST(Redaction, LabelledCalls) {
  const Score score = score_set("calls.txt");
  ASSERT_GE(score.marked, 70);
  EXPECT_GE(score.recall(), 85);
  EXPECT_GE(score.precision(), 85);
}

TEST(Redaction, LabelledCallsHeldOut) {
  for (const char* name : {"held_out.txt", "held_out_2.txt"}) {
    const Score score = score_set(name);
    ASSERT_GE(score.marked, 30) << name;
    EXPECT_GE(score.recall(), 80) << name;
    EXPECT_GE(score.precision(), 80) << name;
  }
}

}  // namespace
}  // namespace wrapup
