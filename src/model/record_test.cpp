#include "model/record.hpp"

#include <string>

#include <gtest/gtest.h>

namespace wrapup {
namespace {

Facts facts_from(std::string_view events) {
  const auto value = parse_json(events);
  EXPECT_TRUE(value) << events;
  if (value->get_array().empty()) return {};
  auto read = read_events(*value);
  EXPECT_TRUE(read) << read.error().message;
  return facts_of(*read);
}

Call record(std::string_view events, const Agent& agent = {}) {
  CallStart start;
  start.call_id = "018f0000-0000-7000-8000-000000000001";
  start.created_at = 1'773'238'800 * kSecond;
  start.request.phone = "+15550100123";
  return build_call(start, agent, facts_from(events));
}

struct Row {
  const char* what;
  const char* events;
  CallStatus status;
};

// One line a state and a way into it; times are epoch ms of the engine.
const Row kTable[] = {
    {"nothing reported", "[]", CallStatus::pending},
    {"ringing", R"([{"id":"r","type":"ringing","at":1}])", CallStatus::ringing},
    {"answered", R"([{"id":"r","type":"ringing","at":1},{"id":"a","type":"answered","at":2}])",
     CallStatus::in_progress},
    {"a late ringing moves nothing back", R"([{"id":"a","type":"answered","at":2},{"id":"r","type":"ringing","at":9}])",
     CallStatus::in_progress},
    {"a turn shows that somebody answered", R"([{"id":"t","type":"turn","at":1,"role":"human","text":"Hi"}])",
     CallStatus::in_progress},
    {"ended after an answer",
     R"([{"id":"a","type":"answered","at":1},{"id":"t","type":"turn","at":2,"role":"bot","text":"Hi"},{"id":"e","type":"ended","at":9000}])",
     CallStatus::completed},
    {"a ringing after the end",
     R"([{"id":"a","type":"answered","at":1},{"id":"e","type":"ended","at":9000},{"id":"r","type":"ringing","at":10000}])",
     CallStatus::completed},
    {"ended while ringing", R"([{"id":"r","type":"ringing","at":1},{"id":"e","type":"ended","at":2}])",
     CallStatus::no_answer},
    {"ended while ringing with an error",
     R"([{"id":"r","type":"ringing","at":1},{"id":"e","type":"ended","at":2,"error_message":"Telephony - 503 - x"}])",
     CallStatus::failed},
    {"ended without a sign of life", R"([{"id":"e","type":"ended","at":2}])", CallStatus::failed},
    {"a machine, and nothing said to it",
     R"([{"id":"a","type":"answered","at":1,"by":"machine"},{"id":"t","type":"turn","at":2,"role":"human","text":"Leave a message"},
         {"id":"e","type":"ended","at":9000}])",
     CallStatus::hangup_on_voicemail},
    {"a machine, and a message for it",
     R"([{"id":"a","type":"answered","at":1,"by":"machine"},{"id":"t","type":"turn","at":2,"role":"bot","text":"Please call back"},
         {"id":"e","type":"ended","at":9000}])",
     CallStatus::left_voicemail},
    {"hung up within the first second",
     R"([{"id":"a","type":"answered","at":1000},{"id":"e","type":"ended","at":1999,"hung_up_by":"human"}])",
     CallStatus::user_canceled},
    {"hung up within the first second with a word, before the agent spoke",
     R"([{"id":"a","type":"answered","at":1000},{"id":"t","type":"turn","at":1500,"role":"human","text":"No."},
         {"id":"e","type":"ended","at":1999,"hung_up_by":"human"}])",
     CallStatus::user_canceled},
    {"hung up within the first second while the agent spoke",
     R"([{"id":"a","type":"answered","at":1000},{"id":"t","type":"turn","at":1500,"role":"bot","text":"Hel"},
         {"id":"e","type":"ended","at":1999,"hung_up_by":"human"}])",
     CallStatus::completed},
    {"hung up after the first second",
     R"([{"id":"a","type":"answered","at":1000},{"id":"e","type":"ended","at":2000,"hung_up_by":"human"}])",
     CallStatus::completed},
    {"hung up by the agent within the first second",
     R"([{"id":"a","type":"answered","at":1000},{"id":"e","type":"ended","at":1999,"hung_up_by":"bot"}])",
     CallStatus::completed},
    {"the engine names the status",
     R"([{"id":"r","type":"ringing","at":1},{"id":"e","type":"ended","at":2,"status":"busy"}])", CallStatus::busy},
    {"the earlier of two endings counts",
     R"([{"id":"2","type":"ended","at":9,"status":"completed"},{"id":"1","type":"ended","at":5,"status":"canceled"}])",
     CallStatus::canceled},
};

TEST(StateMachine, GoesByTheTable) {
  for (const auto& row : kTable)
    EXPECT_EQ(to_string(status_of(facts_from(row.events))), to_string(row.status)) << row.what;
}

TEST(StateMachine, TakesEveryTerminalStatusFromTheEngine) {
  for (const auto name : call_status_names()) {
    const auto status = *call_status_from(name);
    if (!is_terminal(status)) continue;
    Facts facts;
    facts.ended = true;
    facts.status = status;
    EXPECT_EQ(to_string(status_of(facts)), name);
  }
}

TEST(Record, RoundsTheDurationUp) {
  const auto lasting = [](std::int64_t ms) {
    return record(
               R"([{"id":"a","type":"answered","at":1773238801000},{"id":"e","type":"ended","status":"completed","at":)" +
               std::to_string(1'773'238'801'000 + ms) + "}]")
        .duration_s;
  };
  EXPECT_EQ(lasting(0), 0);
  EXPECT_EQ(lasting(1), 1);
  EXPECT_EQ(lasting(1000), 1);
  EXPECT_EQ(lasting(1001), 2);
  EXPECT_EQ(lasting(59'999), 60);
  EXPECT_EQ(lasting(-5000), 0) << "clocks may step";
}

TEST(Record, WhoNeverAnsweredHasNoDuration) {
  for (const char* status : {"busy", "no-answer", "failed", "canceled", "spam"}) {
    const Call call = record(
        R"([{"id":"r","type":"ringing","at":1773238801000},{"id":"e","type":"ended","at":1773238831000,"status":")" +
        std::string(status) + "\"}]");
    EXPECT_EQ(call.duration_s, 0) << status;
    EXPECT_EQ(to_string(call.status), status);
  }
}

TEST(Record, AReportsOwnDurationGoesFirst) {
  Facts facts;
  facts.ended = true;
  facts.status = CallStatus::completed;
  facts.started_at = 0;
  facts.ended_at = kMinute;
  EXPECT_EQ(build_call({}, {}, facts).duration_s, 60) << "connected, but nobody said when it was answered";
  facts.duration_s = 42;
  EXPECT_EQ(build_call({}, {}, facts).duration_s, 42);
}

TEST(Record, BeginsWhenItIsPlacedOrAtTheEarliestThingKnown) {
  EXPECT_EQ(record("[]").started_at, 1'773'238'800 * kSecond);
  EXPECT_EQ(record(R"([{"id":"r","type":"ringing","at":1773238802000}])").started_at, 1'773'238'802 * kSecond);
  EXPECT_EQ(
      record(R"([{"id":"r","type":"ringing","at":1773238802000},{"id":"a","type":"answered","at":1773238700000}])")
          .started_at,
      1'773'238'700 * kSecond);
}

TEST(Record, AReasonComesWithTheEndOnly) {
  EXPECT_EQ(record(R"([{"id":"a","type":"answered","at":1}])").end_call_reason, "");
  const Call call = record(
      R"([{"id":"a","type":"answered","at":1},{"id":"e","type":"ended","at":9000,"reason":"human_hangup","hung_up_by":"human"}])");
  EXPECT_EQ(call.end_call_reason, "human_pick_up_cut_off");
  EXPECT_EQ(call.engine_end_reason, "human_hangup");
}

TEST(Record, WarnsOfACustomReasonThatTheAgentDoesNotHave) {
  const char* events =
      R"([{"id":"a","type":"answered","at":1},{"id":"e","type":"ended","at":9000,"custom_reason":"Is angry"}])";
  const Call unknown = record(events);
  EXPECT_EQ(unknown.end_call_reason, "custom_end_call");
  EXPECT_EQ(unknown.custom_end_call_reason, "Is angry");
  ASSERT_EQ(unknown.warnings.size(), 1u);
  EXPECT_NE(unknown.warnings[0].find("Is angry"), std::string::npos);
  Agent agent;
  agent.end_call_reasons = {"Asks for a person", "Is angry"};
  EXPECT_TRUE(record(events, agent).warnings.empty());
}

TEST(Record, AnAgentWithoutTranscriptsKeepsNoneButTheReasonThatItShowed) {
  Agent agent;
  agent.transcript_disabled = true;
  const Call call =
      record(R"([{"id":"a","type":"answered","at":1},{"id":"t","type":"turn","at":2,"role":"bot","text":"Goodbye!"},
                               {"id":"e","type":"ended","at":9000}])",
             agent);
  EXPECT_TRUE(call.transcript.empty());
  EXPECT_EQ(call.end_call_reason, "agent_goodbye");
}

TEST(Record, TheCallsWebhookUrlGoesBeforeTheAgents) {
  Agent agent;
  agent.webhook_url = "https://example.com/agent";
  CallStart start;
  EXPECT_EQ(build_call(start, agent, {}).webhook_url, "https://example.com/agent");
  start.request.external_webhook_url = "https://example.com/call";
  EXPECT_EQ(build_call(start, agent, {}).webhook_url, "https://example.com/call");
}

}  // namespace
}  // namespace wrapup
