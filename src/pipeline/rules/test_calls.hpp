// Short ways to write calls and questions, for the tests of the rules only.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "pipeline/rules/rules.hpp"

namespace wrapup::rules {

/// {"bot: Hello", "human: Hi"}; a line begins with b or h.
inline Transcript call_of(std::initializer_list<std::string_view> lines) {
  Transcript out;
  for (const std::string_view line : lines) {
    Turn turn;
    turn.role = line.front() == 'b' ? Role::bot : Role::human;
    turn.text = std::string(line.substr(line.find(' ') + 1));
    out.push_back(std::move(turn));
  }
  return out;
}

inline Extractor yes_no(std::string description) {
  Extractor out;
  out.kind = ExtractorKind::yes_no;
  out.identifier = "answer";
  out.description = std::move(description);
  return out;
}

inline Extractor choice(std::string description, std::vector<std::string> choices) {
  Extractor out = yes_no(std::move(description));
  out.kind = ExtractorKind::single_choice;
  out.choices = std::move(choices);
  return out;
}

inline Extractor open(std::string description, std::vector<std::string> examples = {}) {
  Extractor out = yes_no(std::move(description));
  out.kind = ExtractorKind::open_question;
  out.examples = std::move(examples);
  return out;
}

/// The answer's value as JSON text. Evidence, where there is any, must stand in its turn letter for letter.
inline std::string ask(const Extractor& extractor, const Transcript& transcript) {
  const Answer answer = extract(extractor, transcript);
  EXPECT_EQ(answer.evaluator, "rules");
  EXPECT_FALSE(answer.error.has_value());
  if (answer.value.is_null()) EXPECT_FALSE(answer.evidence.has_value());
  if (answer.evidence) {
    EXPECT_LT(answer.evidence->turn, transcript.size());
    EXPECT_FALSE(answer.evidence->quote.empty());
    EXPECT_NE(transcript[answer.evidence->turn].text.find(answer.evidence->quote), std::string::npos)
        << answer.evidence->quote;
  }
  if (!answer.value.is_null()) {
    EXPECT_TRUE(answer.confidence.has_value());
    EXPECT_GE(answer.confidence.value_or(-1), 0);
    EXPECT_LE(answer.confidence.value_or(2), 1);
  }
  if (answer.value.is_null()) return "null";
  if (answer.value.is_bool()) return answer.value.as_bool() ? "true" : "false";
  return std::string(answer.value.as_string());
}

}  // namespace wrapup::rules
