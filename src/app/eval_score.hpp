// The score of extracted answers against labels, as `wrapup eval` shows it: accuracy by kind of question, and how well
// "the call does not say" was told. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "model/action.hpp"

namespace wrapup::eval {

/// A question with the answer that is right.
struct Labelled {
  Extractor question;
  json::value expected;             // null: the call does not say
  std::vector<std::string> accept;  // other forms of it
  std::string value_type;
};

/// What came of one question.
struct Row {
  std::string identifier;
  ExtractorKind kind = ExtractorKind::yes_no;
  json::value expected;
  bool answered_null = false;
  bool missing = false;  // there is no answer at all
  bool invalid = false;  // an answer that cannot be one of that kind
  bool right = false;
  bool exact = false;
  double overlap = 0;
};

/// `answer`: null pointer when there is none.
Row judge(const Labelled& label, const json::value* answer);

struct KindScore {
  std::int64_t questions = 0;
  double accuracy = 0;
  double exact = 0;
  double overlap = 0;     // token F1; for choices and yes/no the accuracy
  double answerable = 0;  // accuracy where the call says it
  double invented = 0;    // share of values where the call does not say
  double null_precision = 0;
  double null_recall = 0;
  std::int64_t nulls = 0;
};

struct Score {
  std::int64_t questions = 0;
  std::int64_t missing = 0;
  std::int64_t invalid = 0;
  std::map<ExtractorKind, KindScore> kinds;
  double balanced_yes_no = 0;  // over true, false and null
  KindScore all;
  double overall = 0;  // mean over the kinds of their overlap
};

Score score(const std::vector<Row>& rows);

/// A line for each identifier, those asked most often first; of yes/no questions also the balanced accuracy.
std::string identifiers_text(const std::vector<Row>& rows);

/// As a table; with `before` each figure is followed by how much it moved.
std::string score_text(const Score& now, const std::optional<Score>& before);

}  // namespace wrapup::eval
