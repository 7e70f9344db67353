// What one webhook costs in each step that needs no disk and no network. A call of 56 turns, about 10 KB, as the load
// harness sends it.
#include <benchmark/benchmark.h>

#include "base/compress.hpp"
#include "delivery/signature.hpp"
#include "model/payload.hpp"
#include "model/record.hpp"
#include "model/redaction.hpp"
#include "model/report.hpp"
#include "pipeline/rules/judge.hpp"
#include "pipeline/rules/rules.hpp"

namespace wrapup {
namespace {

std::string report_body() {
  json::array transcript;
  for (int i = 0; i < 56; ++i) {
    transcript.push_back(json::object{
        {"role", i % 2 == 0 ? "bot" : "human"},
        {"start_ms", i * 3000},
        {"end_ms", i * 3000 + 2500},
        {"text",
         "The visit in Zürich is number " + std::to_string(i) +
             " on the list, and we would like to confirm the address, the time and the name on the door for it."}});
  }
  return to_text(json::object{{"model_id", "019a0000-0000-7000-8000-000000000001"},
                              {"phone", "+15550100123"},
                              {"name", "Zoë Müller"},
                              {"external_id", "bench-1"},
                              {"status", "completed"},
                              {"hung_up_by", "human"},
                              {"started_at", "2026-06-01T10:15:30.123Z"},
                              {"answered_at", "2026-06-01T10:15:36.000Z"},
                              {"ended_at", "2026-06-01T10:19:02.456Z"},
                              {"external_webhook_url", "https://receiver.example.com/hook"},
                              {"metadata", json::object{{"ref", "bench-1"}}},
                              {"transcript", std::move(transcript)}});
}

Agent agent() {
  return *read_agent(
      json::object{{"type", "outbound"}, {"name", "bench"}, {"agent", json::object{{"prompt", "You help callers."}}}});
}

Call call() {
  auto report = read_report(report_body());
  return build_call(
      {"default", "019a0000-0000-7000-8000-000000000002", Direction::outbound, 0, std::move(report->call)}, agent(),
      std::move(report->facts));
}

void ReadReport(benchmark::State& state) {
  const std::string body = report_body();
  for (auto _ : state) benchmark::DoNotOptimize(read_report(body));
}
BENCHMARK(ReadReport);

// Of agents with redact_pii only; parses the body once more.
void RedactReport(benchmark::State& state) {
  const std::string body = report_body();
  for (auto _ : state) {
    json::object object = std::move(parse_json(body)->get_object());
    redact_request(object, kAllPii);
    benchmark::DoNotOptimize(object);
  }
}
BENCHMARK(RedactReport);

void Judge(benchmark::State& state) {
  const Call whole = call();
  for (auto _ : state) benchmark::DoNotOptimize(rules::judge(whole));
}
BENCHMARK(Judge);

void ExtractTen(benchmark::State& state) {
  const Call whole = call();
  const Extractor question{ExtractorKind::yes_no, "confirmed", "Does the customer confirm the address?", {}, {}};
  for (auto _ : state) {
    const rules::PreparedTranscript prepared(whole.transcript);
    for (int i = 0; i < 10; ++i) benchmark::DoNotOptimize(rules::extract(question, prepared));
  }
}
BENCHMARK(ExtractTen);

void RenderPayload(benchmark::State& state) {
  const Call whole = call();
  const Agent owner = agent();
  Findings findings;
  findings.analysis = rules::judge(whole);
  for (auto _ : state) benchmark::DoNotOptimize(render_payload(whole, owner, findings, 1, 0));
}
BENCHMARK(RenderPayload);

void PackBody(benchmark::State& state) {
  const std::string body = render_payload(call(), agent(), {}, 1, 0);
  for (auto _ : state) benchmark::DoNotOptimize(pack(body));
}
BENCHMARK(PackBody);

void Sign(benchmark::State& state) {
  const Signer signer("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  const std::string body = render_payload(call(), agent(), {}, 1, 0);
  for (auto _ : state) benchmark::DoNotOptimize(signer.standard("evt_1", 1'700'000'000, body));
}
BENCHMARK(Sign);

void SignAsymmetric(benchmark::State& state) {
  const Ed25519Key key(std::string(Ed25519Key::kSeedSize, 's'));
  const std::string body = render_payload(call(), agent(), {}, 1, 0);
  for (auto _ : state) benchmark::DoNotOptimize(asymmetric_signature(key, "evt_1", 1'700'000'000, body));
}
BENCHMARK(SignAsymmetric);

}  // namespace
}  // namespace wrapup

BENCHMARK_MAIN();
