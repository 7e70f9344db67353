#include "model/analysis.hpp"

#include <algorithm>

namespace wrapup {

namespace {

constexpr std::array<std::string_view, kCriteria> kNames{
    "persona",           "style",    "steps",       "no_repetition",  "objections",      "objection_not_defined",
    "knowledge",         "goal",     "appointment", "user_sentiment", "agent_sentiment", "call_completion",
    "answered_by_human", "opted_in", "no_opt_out",  "call_summary"};

std::string_view text_of(Score score) {
  switch (score) {
    case Score::yes: return "true";
    case Score::no: return "false";
    case Score::partial: return "partial";
    case Score::not_applicable: return "not_applicable";
  }
  return "";
}

}  // namespace

std::string_view to_string(Criterion criterion) { return kNames[static_cast<std::size_t>(criterion)]; }

void Analysis::write(JsonWriter& out) const {
  out.begin_object();
  std::string all_feedback;
  std::string name;
  for (std::size_t i = 0; i < kCriteria; ++i) {
    const auto criterion = static_cast<Criterion>(i);
    const Verdict& verdict = verdicts_[i];
    const bool wanting = verdict.score == Score::no || verdict.score == Score::partial;
    const bool is_summary = criterion == Criterion::call_summary;
    const std::string_view feedback = wanting || is_summary ? std::string_view(verdict.feedback) : std::string_view();
    out.key(kNames[i]);
    if (verdict.score) {
      out.string(text_of(*verdict.score));
    } else {
      out.null();
    }
    name.assign(kNames[i]).append("_feedback");
    out.key(name).string(feedback);
    if (is_summary || feedback.empty()) continue;
    if (!all_feedback.empty()) all_feedback += '\n';
    all_feedback.append(kNames[i]).append(": ").append(feedback);
  }
  const auto any = [&](auto test) { return std::any_of(verdicts_.begin(), verdicts_.end(), test); };
  const bool error = any([](const Verdict& v) { return v.score == Score::no; });
  const bool partial = any([](const Verdict& v) { return v.score == Score::partial; });
  out.member("judge_found_partial_or_error", error || partial ? "true" : "false");
  out.member("judge_found_full_error", error ? "true" : "false");
  out.member("all_feedback", all_feedback);
  out.end_object();
}

}  // namespace wrapup
