// The analysis of a call, judged by a model.
#include <algorithm>
#include <array>

#include "pipeline/model_data.hpp"
#include "pipeline/model_questions.hpp"
#include "pipeline/model_stages.hpp"
#include "pipeline/rules/judge.hpp"

namespace wrapup {

namespace {

constexpr std::int64_t kTokens = 2500;

/// How the verdicts on the parts of a long call become one.
enum class Merge { worst, best, last, first };

struct Asked {
  Criterion criterion;
  bool partial;  // whether "partial" is allowed (contract, section 6)
  Merge merge;
};

constexpr std::array<Asked, 15> kAsked{{
    {Criterion::persona, true, Merge::worst},
    {Criterion::style, true, Merge::worst},
    {Criterion::steps, true, Merge::best},
    {Criterion::no_repetition, true, Merge::worst},
    {Criterion::objections, true, Merge::worst},
    {Criterion::objection_not_defined, true, Merge::worst},
    {Criterion::knowledge, true, Merge::worst},
    {Criterion::goal, true, Merge::best},
    {Criterion::appointment, false, Merge::best},
    {Criterion::user_sentiment, true, Merge::last},
    {Criterion::agent_sentiment, true, Merge::last},
    {Criterion::call_completion, false, Merge::last},
    {Criterion::answered_by_human, false, Merge::first},
    {Criterion::opted_in, false, Merge::best},
    {Criterion::no_opt_out, false, Merge::worst},
}};

json::object object_schema(json::object properties) {
  json::array required;
  for (const auto& [name, schema] : properties) required.emplace_back(name);
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

json::object judge_schema() {
  json::object properties;
  for (const auto& asked : kAsked) {
    json::array values{"true", "false", "not_applicable"};
    if (asked.partial) values.emplace_back("partial");
    properties[to_string(asked.criterion)] =
        object_schema({{"feedback", {{"type", "string"}, {"maxLength", 400}}},
                       {"value", {{"type", "string"}, {"enum", std::move(values)}}}});
  }
  properties[to_string(Criterion::call_summary)] = object_schema({{"text", {{"type", "string"}, {"maxLength", 1500}}}});
  return object_schema(std::move(properties));
}

std::string text_in(const json::object& object, std::string_view key) {
  const auto* found = object.if_contains(key);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

// The verdict on one criterion in one answer; no score when the answer does not give one that is allowed.
Verdict verdict_in(const ChatAnswer& answer, const Asked& asked) {
  const auto* given = answer.value.if_contains(to_string(asked.criterion));
  if (!given || !given->is_object()) return {};
  const std::string value = text_in(given->get_object(), "value");
  Verdict verdict{{}, text_in(given->get_object(), "feedback")};
  if (value == "true") verdict.score = Score::yes;
  if (value == "false") verdict.score = Score::no;
  if (value == "partial" && asked.partial) verdict.score = Score::partial;
  if (value == "not_applicable") verdict.score = Score::not_applicable;
  const bool wanting = verdict.score == Score::no || verdict.score == Score::partial;
  if (wanting && verdict.feedback.empty()) verdict.feedback = "the model gave no reason";
  for (auto& c : verdict.feedback) {
    if (c == '\n' || c == '\r') c = ' ';  // all_feedback is read by lines
  }
  return verdict;
}

int rank(const Verdict& verdict) {
  switch (*verdict.score) {
    case Score::no: return 1;
    case Score::partial: return 2;
    case Score::yes: return 3;
    case Score::not_applicable: return 0;
  }
  return 0;
}

Verdict merged(Verdict before, Verdict after, Merge how) {
  if (!before.score || *before.score == Score::not_applicable) return after.score ? after : before;
  if (!after.score || *after.score == Score::not_applicable) return before;
  if (how == Merge::first) return before;
  if (how == Merge::last) return after;
  const bool after_wins = how == Merge::worst ? rank(after) < rank(before) : rank(after) > rank(before);
  return after_wins ? after : before;
}

json::object call_data(const Call& call) {
  return {{"status", to_string(call.status)},
          {"direction", to_string(call.direction)},
          {"seconds", call.duration_s},
          {"end_reason", call.end_call_reason},
          {"customer", call.name}};
}

}  // namespace

Task<Status> judge_by_model(ModelRun& model, const Call& call, const Agent& agent, Findings& findings) {
  Analysis analysis = rules::judge(call, findings);
  Analysis judged;
  std::string summary;
  std::optional<std::string> why;
  const Windows windows = transcript_windows(call.transcript, model.settings().window);
  for (const auto& part : windows.parts) {
    const json::object data{{"agent", agent_data(call, agent)}, {"call", call_data(call)}, {"transcript", part}};
    const auto answer = co_await model.ask("judge", data, judge_schema(), kTokens);
    if (!answer) {
      why = answer.error().message;
      continue;
    }
    for (const auto& asked : kAsked) {
      Verdict& verdict = judged[asked.criterion];
      verdict = merged(std::move(verdict), verdict_in(*answer, asked), asked.merge);
    }
    const auto* given = answer->value.if_contains(to_string(Criterion::call_summary));
    const std::string text = given && given->is_object() ? text_in(given->get_object(), "text") : "";
    if (!text.empty()) summary += (summary.empty() ? "" : " ") + text;
  }
  for (const auto& asked : kAsked) {
    // What the engine knows for a fact is not a matter of opinion.
    if (asked.criterion == Criterion::answered_by_human && call.answered_by_human) continue;
    Verdict& verdict = judged[asked.criterion];
    if (verdict.score) {
      analysis[asked.criterion] = std::move(verdict);
    } else if (!why) {
      why = "the model gave no usable verdict on " + std::string(to_string(asked.criterion));
    }
  }
  if (summary.empty() && !why) why = "the model gave no summary";
  if (!summary.empty()) analysis[Criterion::call_summary] = {Score::yes, std::move(summary)};
  if (windows.left_out > 0 && !why)
    why = "the call is too long: " + std::to_string(windows.left_out) + " turns were not read";
  findings.analysis = std::move(analysis);
  if (why) co_return fail(Code::unavailable, "model_failed", *why);
  co_return Status();
}

}  // namespace wrapup
