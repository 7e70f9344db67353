#include "model/sample.hpp"

#include "model/payload.hpp"
#include "model/record.hpp"

namespace wrapup {

namespace {

constexpr std::string_view kSample = "sample";

json::value answer_of(const Extractor& extractor) {
  switch (extractor.kind) {
    case ExtractorKind::yes_no: return true;
    case ExtractorKind::single_choice:
      return extractor.choices.empty() ? json::value(nullptr) : json::value(extractor.choices.front());
    case ExtractorKind::open_question:
      return extractor.examples.empty() ? json::value("Thursday morning") : json::value(extractor.examples.front());
  }
  return nullptr;
}

json::value answer_of(const CustomEvaluation& evaluation) {
  switch (evaluation.category) {
    case EvaluationCategory::pass_fail: return true;
    case EvaluationCategory::numeric: return 8;
    case EvaluationCategory::descriptive: return "The agent was friendly and came to the point.";
    case EvaluationCategory::likert_scale: return "agree";
  }
  return nullptr;
}

Findings findings_of(const Call& call, const Agent& agent) {
  Findings findings;
  findings.variables = call.variables;
  if (!was_connected(call.status) || call.transcript.empty()) return findings;
  for (const auto& action : agent.actions) {
    Answer answer;
    answer.value = std::visit([](const auto& what) { return answer_of(what); }, action.what);
    answer.evaluator = kSample;
    findings.answers.emplace_back(action, std::move(answer));
  }
  Analysis analysis;
  for (std::size_t i = 0; i < kCriteria; ++i) analysis[static_cast<Criterion>(i)].score = Score::yes;
  analysis[Criterion::objections].score = Score::not_applicable;
  analysis[Criterion::call_summary].feedback = "A sample call: Dana Reyes agreed to a pickup on Thursday morning.";
  findings.analysis = std::move(analysis);
  return findings;
}

}  // namespace

Sample sample_payload(const Agent& agent, const SampleWish& wish, std::string call_id, Timestamp now) {
  CallStart start;
  start.workspace_id = agent.workspace_id;
  start.call_id = std::move(call_id);
  start.created_at = now - 65 * kSecond;
  start.request.model_id = agent.agent_id;
  start.request.phone = "+15550100123";
  start.request.name = "Dana Reyes";
  start.request.from_phone_number = "+15550100199";
  start.request.custom_variables = {{"company", "Northlight Cycles"}};
  start.request.metadata = {{"test", true}};
  Facts facts;
  facts.started_at = now - 60 * kSecond;
  facts.ended_at = now - kSecond;
  facts.status = wish.status;
  facts.ended = true;
  if (wish.status == CallStatus::failed) facts.error_message = "Telephony - 503 - Service Unavailable";
  if (was_connected(wish.status)) {
    facts.answered_at = now - 54 * kSecond;
    facts.transcript = {{Role::bot, "Hello, this is Mika from Northlight Cycles. Shall we collect your bike?", 0, 4000},
                        {Role::human, "Yes please, Thursday morning.", 4500, 6500},
                        {Role::bot, "Thursday morning it is. Goodbye!", 7000, 9000},
                        {Role::human, "Thanks, bye.", 9200, 10000}};
  }
  Call call = build_call(std::move(start), agent, std::move(facts));
  if (!wish.end_call_reason.empty()) call.end_call_reason = wish.end_call_reason;
  if (call.end_call_reason == "custom_end_call") {
    const auto& known = agent.end_call_reasons;
    call.custom_end_call_reason = known.empty() ? "The customer asked to be called another day" : known.front();
  }
  const Findings findings = findings_of(call, agent);
  return {call.call_id, render_payload(call, agent, findings, 1, now)};
}

}  // namespace wrapup
