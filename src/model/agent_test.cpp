#include "model/agent.hpp"

#include <string>

#include <gtest/gtest.h>

#include "base/fields.hpp"

namespace wrapup {
namespace {

json::object parsed(std::string_view text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value) << text;
  return value ? value->get_object() : json::object();
}

Result<Agent> agent_with(std::string_view inner, std::string_view outer = "{}") {
  json::object document = parsed(R"({"type":"outbound","name":"Mika"})");
  document["agent"] = parsed(inner);
  for (const auto& [name, value] : parsed(outer)) document[name] = value;
  return read_agent(std::move(document));
}

// The place and words of the only thing that is wrong.
FieldError only_error(const Result<Agent>& agent) {
  if (agent || agent.error().fields.size() != 1) {
    ADD_FAILURE() << (agent ? "no error" : agent.error().message);
    return {};
  }
  return agent.error().fields[0];
}

TEST(ReadAgent, ReadsWhatMattersAfterACall) {
  const auto agent = agent_with(
      R"({"prompt":"p","timezone":"America/New_York","end_call_reasons":["a","b"],"is_transcript_disabled":true,
      "send_revisions":true,"engine":"none","variables":[{"name":"seats","type":"number","description":"how many","required":true,"system":true}]})",
      R"({"external_webhook_url":"https://example.com","max_duration":{"duration_seconds":60,"is_enabled":true}})");
  ASSERT_TRUE(agent) << agent.error().message;
  EXPECT_EQ(agent->timezone, "America/New_York");
  EXPECT_EQ(agent->end_call_reasons, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(agent->transcript_disabled && agent->send_revisions);
  EXPECT_EQ(agent->engine, EngineKind::none);
  EXPECT_EQ(agent->max_duration_s, 60);
  EXPECT_EQ(agent->webhook_url, "https://example.com");
  ASSERT_EQ(agent->variables.size(), 1u);
  EXPECT_EQ(agent->variables[0].type, "number");
  EXPECT_TRUE(agent->variables[0].required && agent->variables[0].system);
}

TEST(ReadAgent, HasTheDefaultsOfTheOriginal) {
  const auto agent = agent_with("{}");
  ASSERT_TRUE(agent);
  EXPECT_EQ(agent->timezone, "Europe/Berlin");
  EXPECT_EQ(agent->engine, EngineKind::simulator);
  EXPECT_FALSE(agent->max_duration_s);
}

TEST(ReadAgent, KeepsWhatItDoesNotKnowInPlace) {
  const std::string text =
      R"({"voice":{"id":7,"speed":1.25},"type":"outbound","x":[null,{}],"name":"Mika","agent":{"llm":"big","prompt":"p"},"z":"end"})";
  const auto agent = read_agent(parsed(text));
  ASSERT_TRUE(agent) << agent.error().message;
  EXPECT_EQ(to_text(agent->document), text);
}

TEST(ReadAgent, TakesTheActionsOutOfTheDocument) {
  const auto agent = agent_with("{}", R"({"actions":[{"type":"INFORMATION_EXTRACTOR","name":"n",
      "INFORMATION_EXTRACTOR":{"YES_NO":{"identifier":"wants pickup","description":"?"}}}],"after":1})");
  ASSERT_TRUE(agent) << agent.error().message;
  EXPECT_FALSE(agent->document.contains("actions"));
  ASSERT_EQ(agent->actions.size(), 1u);
  EXPECT_EQ(agent->actions[0].name(), "info_extractor_wants pickup");
  EXPECT_EQ(to_text(agent->document), R"({"type":"outbound","name":"Mika","agent":{},"after":1})");
}

TEST(ReadAgent, TheNewerFormOfReasonsWins) {
  const auto agent =
      agent_with(R"({"end_call_reasons":["old"],"end_call_reasons_v2":[{"reason":"new","closing_message_mode":"static",
      "closing_message":"Bye"}]})");
  ASSERT_TRUE(agent);
  EXPECT_EQ(agent->end_call_reasons, (std::vector<std::string>{"new"}));
}

TEST(ReadAgent, RefusesReasonsAtTheTopLevelWhereTheyWouldBeLost) {
  for (const std::string name : {"end_call_reasons", "end_call_reasons_v2"}) {
    const auto error = only_error(agent_with("{}", "{\"" + name + "\":[]}"));
    EXPECT_EQ(error.path, "/" + name);
    EXPECT_NE(error.message.find("{\"agent\": {\"" + name + "\""), std::string::npos) << error.message;
  }
}

TEST(ReadAgent, NamesTheWrongPlace) {
  const std::vector<std::pair<const char*, const char*>> inner{
      {R"({"timezone":"Mars/Olympus"})", "/agent/timezone"},
      {R"({"end_call_reasons":[1]})", "/agent/end_call_reasons"},
      {R"({"end_call_reasons_v2":[{"reason":"a"},{}]})", "/agent/end_call_reasons_v2/1/reason"},
      {R"({"end_call_reasons_v2":["a"]})", "/agent/end_call_reasons_v2/0"},
      {R"({"end_call_reasons_v2":[{"reason":"a","closing_message_mode":"loud"}]})",
       "/agent/end_call_reasons_v2/0/closing_message_mode"},
      {R"({"variables":[{"type":"number"}]})", "/agent/variables/0/name"},
      {R"({"variables":[{"name":"a","type":"date"}]})", "/agent/variables/0/type"},
      {R"({"engine":"mine"})", "/agent/engine"},
      {R"({"is_transcript_disabled":"yes"})", "/agent/is_transcript_disabled"}};
  for (const auto& [text, path] : inner) EXPECT_EQ(only_error(agent_with(text)).path, path);
  const std::vector<std::pair<const char*, const char*>> outer{
      {R"({"type":"telepathic"})", "/type"},
      {R"({"name":""})", "/name"},
      {R"({"agent":[]})", "/agent"},
      {R"({"agent":null})", "/agent"},
      {R"({"max_duration":{"duration_seconds":0}})", "/max_duration/duration_seconds"},
      {R"({"actions":[{}]})", "/actions/0"},
      {R"({"actions":["x"]})", "/actions/0"},
      {R"({"actions":[{"type":"CUSTOM_EVAL","INFORMATION_EXTRACTOR":{"YES_NO":{"identifier":"a"}}}]})",
       "/actions/0/type"},
      {R"({"actions":[{"INFORMATION_EXTRACTOR":{"YES_NO":{"identifier":"a"}}},{"INFORMATION_EXTRACTOR":{"OPEN_QUESTION":{"identifier":"a"}}}]})",
       "/actions/1"}};
  for (const auto& [text, path] : outer) EXPECT_EQ(only_error(agent_with("{}", text)).path, path);
}

TEST(ReadAgent, ALimitThatIsOffIsNone) {
  EXPECT_FALSE(agent_with("{}", R"({"max_duration":{"duration_seconds":60,"is_enabled":false}})")->max_duration_s);
}

TEST(MergeAgent, ChangesOnlyWhatIsSent) {
  const auto merged = merge_agent(
      parsed(
          R"({"type":"outbound","name":"Mika","voice":1,"agent":{"prompt":"p","llm":"big","timezone":"UTC"},"z":1})"),
      parsed(R"({"name":"Mia","voice":null,"agent":{"prompt":"q","llm":null,"greeting_message":"hi"},"new":{"a":1}})"));
  EXPECT_EQ(
      to_text(merged),
      R"({"type":"outbound","name":"Mia","agent":{"prompt":"q","timezone":"UTC","greeting_message":"hi"},"z":1,"new":{"a":1}})");
}

TEST(MergeAgent, MergesTheAgentOneLevelDeepOnly) {
  const auto merged =
      merge_agent(parsed(R"({"agent":{"voicemail":{"a":1,"b":2}}})"), parsed(R"({"agent":{"voicemail":{"a":3}}})"));
  EXPECT_EQ(to_text(merged), R"({"agent":{"voicemail":{"a":3}}})");
}

TEST(MergeAgent, MakesADocumentOutOfNothing) {
  EXPECT_EQ(to_text(merge_agent({}, parsed(R"({"name":"Mika","agent":{"prompt":"p"}})"))),
            R"({"name":"Mika","agent":{"prompt":"p"}})");
}

}  // namespace
}  // namespace wrapup
