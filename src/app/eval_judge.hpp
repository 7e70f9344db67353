// The verdicts of the judge over labelled calls, as `wrapup eval --judge` shows them: how often each value was given,
// and how often it was right where a call is labelled. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/analysis.hpp"

namespace wrapup::eval {

/// What is right for a criterion of a call; the first value is the class that the label counts to.
struct VerdictLabel {
  Criterion criterion = Criterion::persona;
  std::vector<std::string> right;
};

/// {"goal": "true", "user_sentiment": ["false", "partial"]}. Errors are `invalid`.
Result<std::vector<VerdictLabel>> read_verdict_labels(const json::object& object);

/// A verdict as payloads have it; "null" when there is none.
std::string_view value_of(const std::optional<Score>& score);

/// A call's verdicts, if it was judged, and its labels.
struct Judged {
  const Analysis* analysis = nullptr;
  const std::vector<VerdictLabel>* labels = nullptr;
};

/// The table, criterion by criterion. `balanced`: the mean of the shares that are right of each class.
std::string judge_text(const std::vector<Judged>& calls);

}  // namespace wrapup::eval
