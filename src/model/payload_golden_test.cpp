// Payloads as data: tests/data/payloads/{name}.in.json is what is known of a call, {name}.out.json the webhook's body,
// byte for byte (and a line feed). After a wanted change, write all outputs anew and read the diff:
//   wrapup_tests --gtest_also_run_disabled_tests --gtest_filter=PayloadGoldens.DISABLED_WriteAnew
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/time.hpp"
#include "model/end_reason.hpp"
#include "model/payload.hpp"
#include "model/record.hpp"

namespace wrapup {
namespace {

const std::filesystem::path kFolder = WRAPUP_TEST_DATA "/payloads";

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> golden_names() {
  std::vector<std::string> names;
  if (!std::filesystem::is_directory(kFolder)) return names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".in.json")) names.push_back(name.substr(0, name.size() - 8));
  }
  std::sort(names.begin(), names.end());
  return names;
}

template <class T>
T must(Result<T> result, const std::string& what) {
  if (result) return std::move(*result);
  ADD_FAILURE() << what << ": " << result.error().message;
  return T();
}

std::string text_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

Agent read_golden_agent(const json::object& in) {
  Agent agent = must(read_agent(in.at("agent").get_object()), "agent");
  agent.workspace_id = "default";
  agent.agent_id = "0b7d4c1e-52aa-4f0e-9a63-1f2c8e7d9b40";
  return agent;
}

Call read_golden_call(const json::object& in, const Agent& agent) {
  CallStart start;
  start.workspace_id = "default";
  start.call_id = "019cdd7b-4c00-7000-8000-5a1f3c9e2b77";
  start.created_at = read_time(json::value(text_at(in, "placed_at"))).value_or(0);
  Facts facts;
  if (const auto* events = in.if_contains("events")) facts = facts_of(must(read_events(*events), "events"));
  if (const auto* body = in.if_contains("report")) {
    Report report = must(read_report(body->get_object()), "report");
    start.request = std::move(report.call);
    start.direction = report.direction;
    fill_facts(report.facts, std::move(facts));
    facts = std::move(report.facts);
  } else {
    start.request = must(read_call_request(in.at("request").get_object()), "request");
  }
  return build_call(std::move(start), agent, std::move(facts));
}

Answer read_answer(const json::object& given) {
  Answer answer;
  answer.value = given.contains("value") ? given.at("value") : json::value(nullptr);
  if (const auto* evidence = given.if_contains("evidence")) {
    answer.evidence =
        Evidence{evidence->at("turn").to_number<std::size_t>(), std::string(evidence->at("quote").as_string())};
  }
  if (const auto* confidence = given.if_contains("confidence")) answer.confidence = confidence->to_number<double>();
  if (given.contains("error")) answer.error = text_at(given, "error");
  answer.evaluator = given.contains("evaluator") ? text_at(given, "evaluator") : "rules";
  return answer;
}

Analysis read_analysis(const json::object& given) {
  Analysis analysis;
  for (std::size_t i = 0; i < kCriteria; ++i) {
    const auto criterion = static_cast<Criterion>(i);
    const std::string name(to_string(criterion));
    Verdict& verdict = analysis[criterion];
    verdict.feedback = text_at(given, name + "_feedback");
    const std::string score = text_at(given, name);
    if (score == "true") verdict.score = Score::yes;
    if (score == "false") verdict.score = Score::no;
    if (score == "partial") verdict.score = Score::partial;
    if (score == "not_applicable") verdict.score = Score::not_applicable;
  }
  return analysis;
}

// What the pipeline would have found: `answers` by identifier, `analysis` as in the payload, `missing`. Variables are
// the reported ones.
Findings read_findings(const json::object& in, const Call& call, const Agent& agent) {
  Findings findings;
  findings.variables = call.variables;
  const auto* given = in.if_contains("findings");
  if (!given) return findings;
  const auto& object = given->get_object();
  if (const auto* answers = object.if_contains("answers")) {
    for (const auto& action : agent.actions) {
      const auto* answer = answers->get_object().if_contains(action.identifier());
      if (answer) findings.answers.emplace_back(action, read_answer(answer->get_object()));
    }
  }
  if (const auto* analysis = object.if_contains("analysis")) findings.analysis = read_analysis(analysis->get_object());
  if (const auto* missing = object.if_contains("missing")) {
    for (const auto& stage : missing->get_array()) findings.missing.emplace_back(stage.as_string());
  }
  return findings;
}

std::string rendered(const std::string& name) {
  const json::value in = must(parse_json(read_file(kFolder / (name + ".in.json"))), name);
  if (!in.is_object()) return "";
  const auto& object = in.get_object();
  const Agent agent = read_golden_agent(object);
  const Call call = read_golden_call(object, agent);
  const auto* revision = object.if_contains("revision");
  return render_payload(call, agent, read_findings(object, call, agent),
                        revision ? revision->to_number<std::int64_t>() : 1,
                        read_time(json::value(text_at(object, "rendered_at"))).value_or(0));
}

class PayloadGolden : public testing::TestWithParam<std::string> {};

TEST_P(PayloadGolden, IsTheSameByteForByte) {
  const std::string expected = read_file(kFolder / (GetParam() + ".out.json"));
  const std::string actual = rendered(GetParam()) + "\n";
  EXPECT_TRUE(actual == expected) << "expected: " << expected << "\nactual:   " << actual;
}

INSTANTIATE_TEST_SUITE_P(Files, PayloadGolden, testing::ValuesIn(golden_names()),
                         [](const auto& test) { return test.param; });

TEST(PayloadGoldens, ShowEveryTerminalStatusAndEveryEndReason) {
  std::set<std::string> statuses, reasons, all_statuses;
  for (const auto& name : golden_names()) {
    const json::value out = must(parse_json(read_file(kFolder / (name + ".out.json"))), name);
    if (!out.is_object()) continue;
    statuses.emplace(out.at("status").as_string());
    reasons.emplace(out.at("call").at("end_call_reason").as_string());
  }
  for (const auto status : call_status_names()) {
    if (is_terminal(*call_status_from(status))) all_statuses.emplace(status);
  }
  EXPECT_EQ(statuses, all_statuses);
  EXPECT_EQ(reasons, std::set<std::string>(end_reason_names().begin(), end_reason_names().end()));
}

TEST(PayloadGoldens, DISABLED_WriteAnew) {
  for (const auto& name : golden_names()) {
    std::ofstream(kFolder / (name + ".out.json"), std::ios::binary) << rendered(name) << "\n";
  }
}

}  // namespace
}  // namespace wrapup
