#include "model/event.hpp"

#include <algorithm>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "model/record.hpp"

namespace wrapup {
namespace {

json::value parsed(std::string_view text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value) << text;
  return value.value_or(nullptr);
}

using Errors = std::vector<FieldError>;

Errors wrong_with(std::string_view text) {
  const auto events = read_events(parsed(text));
  return events ? Errors{} : events.error().fields;
}

TEST(ReadEvents, TakesEveryType) {
  const auto events = read_events(parsed(R"([
    {"id":"1","type":"ringing","at":"2026-03-11T14:20:07Z"},
    {"id":"2","type":"answered","at":1773238808000,"by":"human"},
    {"id":"3","type":"turn","at":"1773238809000","role":"bot","text":"","start_ms":0,"end_ms":900},
    {"id":"4","type":"variable","at":1773238809000,"name":"seats","value":4,"collected":true,"system":false},
    {"id":"5","type":"action","at":1773238809000,"name":"book","action_type":"custom_function_action_type","description":"",
     "parameters_hard_coded":{},"error_message":null,"return_value":{"ok":true}},
    {"id":"6","type":"recording","at":1773238810000,"url":"https://example.com/r.mp3"},
    {"id":"7","type":"ended","at":1773238810000,"status":"completed","reason":"x","custom_reason":"y","error_message":"",
     "hung_up_by":"system","more":true},
    {"id":"8","type":"note","at":1773238810000,"text":"hello"}])"));
  ASSERT_TRUE(events) << events.error().message;
  ASSERT_EQ(events->size(), 8u);
  EXPECT_EQ((*events)[0].at, 1'773'238'807 * kSecond);
  EXPECT_EQ((*events)[2].at, 1'773'238'809 * kSecond);
  EXPECT_EQ((*events)[6].type, EventType::ended);
  EXPECT_EQ((*events)[6].body.at("custom_reason"), json::value("y"));
}

TEST(ReadEvents, TakesOneEventWithoutAnArray) {
  const auto events = read_events(parsed(R"({"id":"1","type":"ringing","at":1})"));
  ASSERT_TRUE(events);
  EXPECT_EQ(events->size(), 1u);
  EXPECT_EQ(wrong_with(R"({"type":"ringing","at":1})"), (Errors{{"/id", "is required"}}));
}

TEST(ReadEvents, NamesEveryWrongPlace) {
  EXPECT_EQ(wrong_with(R"([{"id":"1","type":"ringing","at":1},{"id":"","type":"turn","at":1,"role":"bot","text":"x"},7,
                          {"id":"2","type":"turn","at":1,"role":"dog","text":"Woof"},
                          {"id":"3","type":"turn","at":1,"text":5,"role":"bot","start_ms":-1},
                          {"id":"4","type":"answered","at":1,"by":"robot"},
                          {"id":"5","type":"variable","at":1,"name":"x","value":{}},
                          {"id":"6","type":"recording","at":1},
                          {"id":"7","type":"ended","at":1,"hung_up_by":"me","more":1},
                          {"id":"8","type":"ringing"}])"),
            (Errors{{"/1/id", "must not be empty"},
                    {"/2", "must be an event: an object with id, type and at"},
                    {"/3/role", "must be one of bot, human"},
                    {"/4/text", "must be a string, not a number"},
                    {"/4/start_ms", "must be a whole number from 0 to 2147483647"},
                    {"/5/by", "must be one of human, machine"},
                    {"/6/value", "must be a string, a number, a boolean or null"},
                    {"/7/url", "is required"},
                    {"/8/hung_up_by", "must be one of human, bot, agent, system"},
                    {"/8/more", "must be true or false, not a number"},
                    {"/9/at", "is required"}}));
}

TEST(ReadEvents, NamesTheNearestType) {
  EXPECT_EQ(wrong_with(R"([{"id":"1","type":"anwsered","at":1}])"),
            (Errors{{"/0/type",
                     "must be one of ringing, answered, turn, variable, action, recording, ended, note; "
                     "did you mean \"answered\"?"}}));
}

TEST(ReadEvents, NamesTheNearestField) {
  EXPECT_EQ(wrong_with(R"([{"id":"1","type":"turn","at":1,"role":"bot","txt":"x","text":"y"}])"),
            (Errors{{"/0/txt", "is not a known field; did you mean \"text\"?"}}));
  EXPECT_EQ(wrong_with(R"([{"id":"1","type":"ringing","at":1,"by":"human"}])").size(), 1u)
      << "`by` belongs to `answered`";
}

TEST(ReadEvents, ASenderCannotNameAnOpenStatusOrOurOwnType) {
  const auto status = wrong_with(R"([{"id":"1","type":"ended","at":1,"status":"ringing"}])");
  ASSERT_EQ(status.size(), 1u);
  EXPECT_EQ(status[0].path, "/0/status");
  EXPECT_NE(status[0].message.find("hangup_on_voicemail"), std::string::npos);
  EXPECT_EQ(wrong_with(R"([{"id":"1","type":"report","at":1}])").size(), 1u);
}

TEST(ReadEvents, TakesNoneAndTooManyForWhatTheyAre) {
  EXPECT_EQ(wrong_with("[]"), (Errors{{"/", "must hold 1 to 1000 events"}}));
  json::array many;
  for (std::size_t i = 0; i <= kMaxEvents; ++i) {
    many.push_back(json::object{{"id", std::to_string(i)}, {"type", "ringing"}, {"at", 1}});
  }
  EXPECT_FALSE(read_events(many));
  many.pop_back();
  EXPECT_TRUE(read_events(many));
  EXPECT_FALSE(read_events(parsed("7")));
  EXPECT_FALSE(read_events(parsed("null")));
  EXPECT_FALSE(read_events(
      json::array{json::object{{"id", std::string(kMaxEventId + 1, 'x')}, {"type", "ringing"}, {"at", 1}}}));
}

// Everything that facts say, as one text to compare.
std::string told(const Facts& facts) {
  CallStart start;
  start.created_at = 5;
  const Call call = build_call(start, Agent(), facts);
  std::string out;
  JsonWriter w(out);
  const auto at = [&](const char* name, const std::optional<Timestamp>& time) { w.member(name, time.value_or(-1)); };
  w.begin_object().member("status", std::string(to_string(call.status))).member("reason", call.end_call_reason);
  w.member("custom", call.custom_end_call_reason)
      .member("error", call.error_message)
      .member("seconds", call.duration_s);
  at("ringing", call.ringing_at);
  at("answered", call.answered_at);
  at("ended", call.ended_at);
  w.member("hung_up_by", static_cast<int>(call.hung_up_by)).member("recording", call.recording_url);
  w.member("human", call.answered_by_human ? static_cast<int>(*call.answered_by_human) : -1);
  w.member("transcript", transcript_text(call.transcript)).member("actions", call.executed_actions);
  w.key("variables").begin_array();
  for (const auto& variable : call.variables) w.string(variable.name).value(variable.value).boolean(variable.collected);
  w.end_array().member("more", facts.more).end_object();
  return out;
}

struct Story {
  const char* name;
  const char* events;
  const char* expected;  // a part of what is told
};

const Story kStories[] = {
    {"a whole call", R"([
      {"id":"r","type":"ringing","at":1000},{"id":"a","type":"answered","at":3000,"by":"human"},
      {"id":"t1","type":"turn","at":4000,"role":"bot","text":"Hi","start_ms":0},
      {"id":"t2","type":"turn","at":5000,"role":"human","text":"Yes","start_ms":900},
      {"id":"t3","type":"turn","at":5000,"role":"bot","text":"Bye","start_ms":1900},
      {"id":"v1","type":"variable","at":4500,"name":"seats","value":2},
      {"id":"v2","type":"variable","at":4600,"name":"seats","value":3},
      {"id":"c1","type":"action","at":4700,"name":"book","return_value":{"ok":false}},
      {"id":"c2","type":"action","at":4800,"name":"book","return_value":{"ok":true}},
      {"id":"rec","type":"recording","at":6500,"url":"https://example.com/r.mp3"},
      {"id":"n","type":"note","at":1,"text":"x"},
      {"id":"e","type":"ended","at":6000,"status":"completed","hung_up_by":"bot"}])",
     "\"status\":\"completed\",\"reason\":\"agent_goodbye\",\"custom\":\"\",\"error\":\"\",\"seconds\":3,"},
    {"two endings that agree, the earlier one counts", R"([
      {"id":"a","type":"answered","at":1000},{"id":"e2","type":"ended","at":9000,"reason":"max_duration","more":true},
      {"id":"e1","type":"ended","at":8000,"reason":"idle_time_exceeded"},
      {"id":"a2","type":"answered","at":2000,"by":"machine"},{"id":"r2","type":"ringing","at":7000}])",
     "\"hung_up_by\":0"},
    {"turns of the same moment", R"([
      {"id":"a","type":"answered","at":1},{"id":"1","type":"turn","at":5,"role":"bot","text":"one","start_ms":1},
      {"id":"2","type":"turn","at":5,"role":"human","text":"two","start_ms":2},
      {"id":"3","type":"turn","at":5,"role":"bot","text":"three","start_ms":3},
      {"id":"4","type":"turn","at":5,"role":"human","text":"four","start_ms":3}])",
     R"("transcript":"\nbot: one\nhuman: two\nbot: three\nhuman: four")"},
    {"a merged report fills gaps only", R"([
      {"id":"e","type":"ended","at":1773238900000,"status":"completed","hung_up_by":"human"},
      {"id":"t","type":"turn","at":1773238850000,"role":"human","text":"From an event"},
      {"id":"report-1","type":"report","at":1773238800000,"body":1}])",
     R"(\nhuman: From an event)"},
};

std::vector<Event> events_of(const Story& story) {
  std::vector<Event> events;
  const json::value listed = parsed(story.events);
  for (const auto& body : listed.get_array()) {
    if (body.at("type") != json::value("report")) {
      auto read = read_events(body);
      EXPECT_TRUE(read) << read.error().message;
      events.push_back(std::move(read->front()));
      continue;
    }
    Event report{"report-1", EventType::report, 0, {}};
    report.body = parsed(R"({"model_id":"m","phone":"+15550100123","status":"completed","started_at":1773238800000,
        "ended_at":1773238860000,"transcript":"human: From the report","recording_url":"https://example.com/late.mp3"})")
                      .get_object();
    events.push_back(std::move(report));
  }
  return events;
}

TEST(FactsOf, AreTheSameForEveryOrderAndForRepeats) {
  std::mt19937 random(20260311);
  for (const auto& story : kStories) {
    const auto events = events_of(story);
    const std::string expected = told(facts_of(events));
    EXPECT_NE(expected.find(story.expected), std::string::npos) << story.name << "\n" << expected;
    for (int round = 0; round < 2000; ++round) {
      auto shuffled = events;
      for (int repeats = round % 4; repeats > 0; --repeats) shuffled.push_back(events[random() % events.size()]);
      std::shuffle(shuffled.begin(), shuffled.end(), random);
      ASSERT_EQ(told(facts_of(shuffled)), expected) << story.name << ", order " << round;
    }
  }
}

TEST(FactsOf, TheLastValueOfAVariableAndOfAnActionCounts) {
  const Facts facts = facts_of(events_of(kStories[0]));
  ASSERT_EQ(facts.variables.size(), 1u);
  EXPECT_EQ(facts.variables[0].value, json::value(3));
  EXPECT_EQ(facts.executed_actions.size(), 1u);
  EXPECT_EQ(facts.executed_actions.at("book").at("return_value"), parsed(R"({"ok":true})"));
}

TEST(FactsOf, AnActionStandsInTheOrderOfTheContractAndKeepsTheRest) {
  const auto events =
      read_events(parsed(R"({"id":"1","type":"action","at":1,"timestamp":"7","return_value":{"ok":[1]},"name":"book",
      "action_type":"custom","parameters_from_llm":{"a":1}})"));
  ASSERT_TRUE(events);
  EXPECT_EQ(
      to_text(facts_of(*events).executed_actions.at("book")),
      R"({"name":"book","action_type":"custom","description":"","parameters_hard_coded":{},"error_message":null,"return_value":{"ok":[1]},)"
      R"("timestamp":"7","parameters_from_llm":{"a":1}})");
}

TEST(FactsOf, AnAnswerThatTheEngineGaveHasTheShapeOfOurs) {
  const auto events = read_events(parsed(R"({"id":"1","type":"action","at":1,"name":"info_extractor_slot",
      "action_type":"extract_info_action_type","parameters_hard_coded":{"type":"YES_NO","identifier":"slot","condition":"?","choices":null,
      "examples":null},"return_value":{"slot":true}})"));
  ASSERT_TRUE(events) << events.error().message;
  const json::value entry = facts_of(*events).executed_actions.at("info_extractor_slot");
  EXPECT_TRUE(entry.at("evidence").is_null() && entry.at("confidence").is_null());
  EXPECT_EQ(entry.at("evaluator"), json::value("engine"));
  EXPECT_EQ(
      wrong_with(R"({"id":"1","type":"action","at":1,"name":"a","action_type":"extract_info_action_type"})").size(), 1u)
      << "one without its question is refused";
}

TEST(FactsOf, TheEarliestEndingTells) {
  const Facts facts = facts_of(events_of(kStories[1]));
  EXPECT_EQ(facts.ended_at, 8000 * kMillisecond);
  EXPECT_EQ(facts.reason, "idle_time_exceeded");
  EXPECT_TRUE(facts.more);
  EXPECT_EQ(facts.answered_at, 1000 * kMillisecond);
  EXPECT_EQ(facts.answered_by_human, false) << "the first that says who answered";
}

TEST(FactsOf, AMergedReportAddsWhatNobodySaid) {
  const Facts facts = facts_of(events_of(kStories[3]));
  EXPECT_EQ(facts.recording_url, "https://example.com/late.mp3");
  EXPECT_EQ(facts.started_at, 1'773'238'800 * kSecond);
  EXPECT_EQ(facts.ended_at, 1'773'238'900 * kSecond) << "the event's, not the report's";
  EXPECT_EQ(facts.transcript.size(), 1u);
}

TEST(FactsOf, NothingSaysNothing) {
  const Facts facts = facts_of({});
  EXPECT_FALSE(facts.ended);
  EXPECT_FALSE(facts.status);
  EXPECT_TRUE(facts.transcript.empty());
}

}  // namespace
}  // namespace wrapup
