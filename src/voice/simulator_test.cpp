#include "voice/simulator.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/record.hpp"
#include "testing/sim_clock.hpp"
#include "voice/script.hpp"

namespace wrapup {
namespace {

Agent agent_with(std::string_view inner) {
  const std::string text =
      R"({"type":"outbound","name":"Mika of Northlight Cycles","agent":{"prompt":"You book appointments.")" +
      std::string(inner) + "}}";
  auto document = parse_json(text);
  EXPECT_TRUE(document) << document.error().message;
  auto agent = read_agent(document->get_object());
  EXPECT_TRUE(agent) << agent.error().message;
  agent->agent_id = "0b7d4c1e-52aa-4f0e-9a63-1f2c8e7d9b40";
  return *agent;
}

CallRequest request_to(const std::string& phone) {
  CallRequest request;
  request.phone = phone;
  request.name = "Dana Reyes";
  return request;
}

struct Seen {
  Timestamp at = 0;
  Event event;
};

// Runs one call of the simulator in virtual time and keeps what it reported, and when.
class Stage {
 public:
  explicit Stage(std::string phone, Agent agent = agent_with("")) : agent_(std::move(agent)) {
    start_ = {"default", "018f0000-0000-7000-8000-000000000001", Direction::outbound, clock_.now(), request_to(phone)};
    call_ = build_call(start_, agent_, {});
  }

  Stage& run() {
    asio::io_context io;
    TaskGroup tasks(io.get_executor());
    const ReportEvents report = [this](const std::string& workspace, const std::string& call,
                                       std::vector<Event> events) -> Task<Status> {
      EXPECT_EQ(workspace, "default");
      EXPECT_EQ(call, call_.call_id);
      EXPECT_EQ(events.size(), 1u) << "one by one, so that a viewer sees them arrive";
      if (seen_.size() == fail_at_) co_return fail(Code::unavailable, "storage_busy", "try again");
      for (auto& event : events) seen_.push_back({clock_.now(), std::move(event)});
      co_return Status();
    };
    Simulator simulator(io.get_executor(), clock_, pace_, report);
    const auto act = [&]() -> Task<void> { done_ = co_await simulator.run(call_, agent_); };
    tasks.spawn(act());
    clock_.run_until(io, kNever);
    EXPECT_EQ(tasks.size(), 0u);
    return *this;
  }

  /// The call as the record has it, after every event went through the reader that outside engines face.
  Call record() const {
    json::array bodies;
    for (const auto& seen : seen_) bodies.push_back(seen.event.body);
    auto events = read_events(bodies);
    EXPECT_TRUE(events) << events.error().message;
    return build_call(start_, agent_, facts_of(*events));
  }

  std::vector<std::string> ids() const {
    std::vector<std::string> out;
    for (const auto& seen : seen_) out.push_back(seen.event.id);
    return out;
  }

  SimClock clock_;
  Simulator::Pace pace_;
  Agent agent_;
  CallStart start_;
  Call call_;
  std::vector<Seen> seen_;
  std::size_t fail_at_ = SIZE_MAX;
  bool done_ = false;
};

struct Number {
  const char* phone;
  CallStatus status;
  const char* reason;
  const char* error_message;
  std::size_t turns;
  std::optional<bool> answered_by_human;
};

class TestNumbers : public testing::TestWithParam<Number> {};

TEST_P(TestNumbers, GoAsTheContractSays) {
  const auto& expected = GetParam();
  const Call call = Stage(expected.phone).run().record();
  EXPECT_EQ(to_string(call.status), to_string(expected.status));
  EXPECT_EQ(call.end_call_reason, expected.reason);
  EXPECT_EQ(call.error_message, expected.error_message);
  EXPECT_EQ(call.transcript.size(), expected.turns);
  EXPECT_EQ(call.answered_by_human, expected.answered_by_human);
  EXPECT_EQ(call.duration_s > 0, call.answered_at.has_value());
}

INSTANTIATE_TEST_SUITE_P(
    Simulator, TestNumbers,
    testing::Values(Number{"+15005550001", CallStatus::busy, "undefined", "", 0, {}},
                    Number{"+15005550002", CallStatus::no_answer, "undefined", "", 0, {}},
                    Number{"+15005550003", CallStatus::failed, "error", "Telephony - 404 - Not Found", 0, {}},
                    Number{"+15005550004", CallStatus::hangup_on_voicemail, "voicemail", "", 1, false},
                    Number{"+15005550005", CallStatus::left_voicemail, "voicemail_message_left", "", 2, false},
                    Number{"+15005550006", CallStatus::user_canceled, "user_canceled", "", 0, true},
                    Number{"+15005550007", CallStatus::completed, "human_pick_up_cut_off", "", 3, true},
                    Number{"+15005550008", CallStatus::completed, "max_duration", "", 4, true},
                    Number{"+15005550009", CallStatus::completed, "custom_end_call", "", 3, true},
                    Number{"+15005550010", CallStatus::canceled, "undefined", "", 0, {}},
                    Number{"+15005550011", CallStatus::spam, "undefined", "", 0, {}},
                    Number{"+15005550012", CallStatus::completed, "idle_time_exceeded", "", 4, true},
                    // Not test numbers, though they look much like them.
                    Number{"+15005550000", CallStatus::completed, "agent_goodbye", "", 7, true},
                    Number{"+15005550013", CallStatus::completed, "agent_goodbye", "", 7, true},
                    Number{"+150055500011", CallStatus::completed, "agent_goodbye", "", 7, true},
                    Number{"+15550100123", CallStatus::completed, "agent_goodbye", "", 7, true}),
    [](const auto& test) { return "n" + std::string(test.param.phone).substr(1); });

TEST(Simulator, TheVoicemailGreetsAsAMachineDoes) {
  const Call call = Stage("+15005550005").run().record();
  ASSERT_EQ(call.transcript.size(), 2u);
  EXPECT_EQ(call.transcript[0].role, Role::human);
  EXPECT_NE(call.transcript[0].text.find("please leave a message after the tone"), std::string::npos);
  EXPECT_EQ(call.transcript[1].role, Role::bot);
  EXPECT_NE(call.transcript[1].text.find("Dana Reyes"), std::string::npos);
}

TEST(Simulator, AUserWhoCancelsHangsUpWithinASecondAtAnyPace) {
  Stage stage("+15005550006");
  stage.pace_.turn = 20 * kSecond;
  const Call call = stage.run().record();
  ASSERT_TRUE(call.answered_at && call.ended_at);
  EXPECT_LT(*call.ended_at - *call.answered_at, kSecond);
}

TEST(Simulator, TheCustomReasonIsTheFirstThatTheAgentHas) {
  const Call own =
      Stage("+15005550009", agent_with(R"(,"end_call_reasons":["Asks for a person","Is angry"])")).run().record();
  EXPECT_EQ(own.custom_end_call_reason, "Asks for a person");
  EXPECT_TRUE(own.warnings.empty());
  const Call none = Stage("+15005550009").run().record();
  EXPECT_FALSE(none.custom_end_call_reason.empty());
}

TEST(Simulator, TheDefaultConversationUsesNamesAndGreeting) {
  const auto text = transcript_text(Stage("+15550100123").run().record().transcript);
  EXPECT_NE(text.find("Dana Reyes"), std::string::npos);
  EXPECT_NE(text.find("Mika of Northlight Cycles"), std::string::npos);
  Stage greeted("+15550100123");
  greeted.call_.greeting = "Good morning from the bicycle shop!";
  EXPECT_EQ(greeted.run().record().transcript[0].text, "Good morning from the bicycle shop!");
}

TEST(Simulator, EventsArriveAtThePaceWithOffsetsFromTheAnswer) {
  Stage stage("+15005550007");
  stage.pace_ = {3 * kSecond, 2 * kSecond};
  const Timestamp begin = stage.clock_.now();
  stage.run();
  EXPECT_TRUE(stage.done_);
  EXPECT_EQ(stage.ids(), (std::vector<std::string>{"sim-ringing", "sim-answered", "sim-turn-0", "sim-turn-1",
                                                   "sim-turn-2", "sim-ended"}));
  const std::vector<Timestamp> due{0, 3, 5, 7, 9, 11};
  for (std::size_t i = 0; i < due.size(); ++i) {
    EXPECT_EQ(stage.seen_[i].at - begin, due[i] * kSecond) << stage.ids()[i];
    EXPECT_EQ(stage.seen_[i].event.at, stage.seen_[i].at);
  }
  const Call call = stage.record();
  EXPECT_EQ(call.transcript[1].start_ms, 2000);
  EXPECT_EQ(call.transcript[1].end_ms, 4000);
  EXPECT_EQ(call.duration_s, 8);
}

TEST(Simulator, ARunAfterACrashDoublesNothing) {
  Stage stage("+15550100123");
  stage.fail_at_ = 4;
  EXPECT_FALSE(stage.run().done_) << "a report that fails is for the next run";
  EXPECT_EQ(stage.seen_.size(), 4u);
  const Call before = stage.record();
  EXPECT_EQ(before.status, CallStatus::in_progress);
  stage.call_ = before;
  stage.clock_.advance_to(stage.clock_.now() + kMinute);
  stage.fail_at_ = SIZE_MAX;
  EXPECT_TRUE(stage.run().done_);
  const Call call = stage.record();
  EXPECT_EQ(call.status, CallStatus::completed);
  EXPECT_EQ(call.answered_at, before.answered_at);
  EXPECT_EQ(transcript_text(call.transcript), transcript_text(Stage("+15550100123").run().record().transcript));
  EXPECT_GT(call.transcript.back().start_ms, 60'000);
}

TEST(Simulator, FollowsTheScenarioOfTheAgent) {
  const Call call =
      Stage("+15550100123",
            agent_with(R"(,"scenario":{"turns":[{"role":"bot","text":"Hi."},{"role":"user","text":"Wrong number."}],
                    "variables":{"interested":false,"bikes":2},"recording_url":"https://example.com/r.mp3"})"))
          .run()
          .record();
  EXPECT_EQ(transcript_text(call.transcript), "\nbot: Hi.\nhuman: Wrong number.");
  EXPECT_EQ(call.end_call_reason, "human_pick_up_cut_off");
  EXPECT_EQ(call.recording_url, "https://example.com/r.mp3");
  ASSERT_EQ(call.variables.size(), 2u);
  EXPECT_EQ(call.variables[0].name, "interested");
  EXPECT_EQ(call.variables[0].value, json::value(false));
  EXPECT_EQ(call.variables[1].value, json::value(2));
}

TEST(Simulator, TakesAScenarioThatIsABareArray) {
  const Call call =
      Stage("+15550100123", agent_with(R"(,"scenario":[{"role":"bot","text":"Hi. Bye."}])")).run().record();
  EXPECT_EQ(transcript_text(call.transcript), "\nbot: Hi. Bye.");
  EXPECT_EQ(call.hung_up_by, Party::bot);
}

TEST(Simulator, AScenarioSaysWhoHangsUp) {
  const Call call =
      Stage("+15550100123", agent_with(R"(,"scenario":{"turns":[{"role":"bot","text":"Hi."}],"hung_up_by":"human"})"))
          .run()
          .record();
  EXPECT_EQ(call.hung_up_by, Party::human);
}

TEST(Simulator, AMalformedScenarioGivesTheDefaultAndANote) {
  for (const char* scenario :
       {"7", "\"hello\"", "{}", R"({"turns":{}})", "[1]", R"([{"role":"dog","text":"Woof"}])",
        R"([{"role":"bot","text":3}])", R"({"turns":[],"variables":[]})", R"({"turns":[],"variables":{"a":{}}})",
        R"({"turns":[],"recording_url":1})", R"({"turns":[],"hung_up_by":"cat"})"}) {
    Stage stage("+15550100123", agent_with(",\"scenario\":" + std::string(scenario)));
    const Call call = stage.run().record();
    EXPECT_EQ(call.end_call_reason, "agent_goodbye") << scenario;
    EXPECT_EQ(call.transcript.size(), 7u) << scenario;
    ASSERT_EQ(stage.seen_.front().event.id, "sim-note") << scenario;
    EXPECT_TRUE(stage.seen_.front().event.body.at("text").as_string().starts_with("agent.scenario ")) << scenario;
  }
}

TEST(Simulator, ATestNumberIgnoresTheScenario) {
  Stage stage("+15005550001", agent_with(R"(,"scenario":7)"));
  EXPECT_EQ(stage.run().record().status, CallStatus::busy);
  EXPECT_NE(stage.ids().front(), "sim-note");
}

TEST(Scenario, RunsActionsInTheirPlacesAtItsOwnPace) {
  Stage stage("+15550100123", agent_with(R"(,"scenario":{"turns":[{"role":"bot","text":"When?","pause_ms":1000},
      {"role":"human","text":"Thursday."},{"role":"bot","text":"Noted."}],"ring_ms":4000,"speed":2,
      "actions":[{"name":"book slot 📅","return_value":{"day":"Thursday"},"after_turn":2},{"name":"log","return_value":1}],
      "end_call_reason":"custom_end_call","custom_end_call_reason":"Booked","hung_up_by":"bot"})"));
  stage.pace_.turn = 100 * kMillisecond;
  const Timestamp began = stage.clock_.now();
  const Call call = stage.run().record();
  EXPECT_EQ(stage.ids(), (std::vector<std::string>{"sim-ringing", "sim-answered", "sim-turn-0", "sim-turn-1",
                                                   "sim-action-0", "sim-turn-2", "sim-action-1", "sim-ended"}));
  EXPECT_EQ(stage.seen_[1].at - began, 2 * kSecond);
  EXPECT_EQ(stage.seen_[2].at - began, 2500 * kMillisecond);
  EXPECT_EQ(stage.seen_[3].at - began, 2550 * kMillisecond);
  EXPECT_EQ(call.executed_actions.at("book slot 📅").at("return_value"), json::value({{"day", "Thursday"}}));
  EXPECT_EQ(call.end_call_reason, "custom_end_call");
  EXPECT_EQ(call.custom_end_call_reason, "Booked");
}

TEST(Scenario, OfTheInstallIsForAgentsThatHaveNone) {
  const auto common = parse_json(R"([{"role":"bot","text":"From the file."}])");
  Stage none("+15550100123");
  none.pace_.scenario = *common;
  EXPECT_EQ(none.run().record().transcript.front().text, "From the file.");
  Stage own("+15550100123", agent_with(R"(,"scenario":[{"role":"bot","text":"My own."}])"));
  own.pace_.scenario = *common;
  EXPECT_EQ(own.run().record().transcript.front().text, "My own.");
}

TEST(Scenario, SaysWhatIsWrongWithIt) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"turns":[],"speed":0})", "\"speed\""},
      {R"({"turns":[],"ring_ms":-1})", "\"ring_ms\""},
      {R"({"turns":[{"role":"bot","text":"x","pause_ms":"long"}]})", "\"pause_ms\" of turn 0"},
      {R"({"turns":[],"actions":[{"return_value":1}]})", "each action"},
      {R"({"turns":[],"actions":[{"name":"a","after_turn":-1}]})", "\"after_turn\""},
      {R"({"turns":[],"end_call_reason":7})", "\"end_call_reason\""},
      {R"("hello")", "must be an array"},
  };
  for (const auto& [scenario, words] : cases) {
    EXPECT_NE(check_scenario(*parse_json(scenario)).find(words), std::string::npos)
        << scenario << ": " << check_scenario(*parse_json(scenario));
  }
  EXPECT_EQ(check_scenario(*parse_json(R"({"turns":[{"role":"bot","text":"x"}],"speed":10})")), "");
}

}  // namespace
}  // namespace wrapup
