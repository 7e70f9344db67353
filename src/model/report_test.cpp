#include "model/report.hpp"

#include <string>

#include <gtest/gtest.h>

namespace wrapup {
namespace {

using Errors = std::vector<FieldError>;

json::object parsed(std::string_view text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value) << text;
  return value ? value->get_object() : json::object();
}

Errors wrong_call(std::string_view text) {
  const auto request = read_call_request(parsed(text));
  return request ? Errors{} : request.error().fields;
}

// A sound report with `more` put in; a member of `more` replaces one that is there.
json::object report_with(std::string_view more) {
  json::object body = parsed(R"({"model_id":"m","phone":"+15550100123","status":"completed",
      "started_at":"2026-03-11T14:20:00Z","ended_at":"2026-03-11T14:21:00Z"})");
  for (const auto& [name, value] : parsed(more)) body[name] = value;
  return body;
}

Errors wrong_report(std::string_view more) {
  const auto report = read_report(report_with(more));
  return report ? Errors{} : report.error().fields;
}

TEST(CallRequest, ReadsEveryField) {
  const auto request = read_call_request(
      parsed(R"({"model_id":"m","phone":"+15550100123","name":"Dana","from_phone_number":"+15550100999",
      "custom_variables":[{"key":"city","value":"Bern"},{"key":"city","value":"Ulm"},{"key":"n","value":4}],
      "lead_email":"dana@example.com","lead_timezone":"Europe/Berlin","prompt":"p","greeting":"g",
      "external_webhook_url":"https://example.com/hook","metadata":{"a":[1]},"external_id":"crm-1"})"));
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->from_phone_number, "+15550100999");
  EXPECT_EQ(request->custom_variables, (std::vector<std::pair<std::string, std::string>>{{"city", "Ulm"}, {"n", "4"}}));
  EXPECT_EQ(request->lead_timezone, "Europe/Berlin");
  EXPECT_EQ(to_text(request->metadata), R"({"a":[1]})");
  EXPECT_EQ(request->external_id, "crm-1");
}

TEST(CallRequest, TakesVariablesAsAnObjectToo) {
  const auto request = read_call_request(parsed(
      R"({"model_id":"m","phone":"+15550100123","name":"D","custom_variables":{"city":"Bern","vip":true,"none":null}})"));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->custom_variables,
            (std::vector<std::pair<std::string, std::string>>{{"city", "Bern"}, {"vip", "true"}, {"none", ""}}));
}

TEST(CallRequest, NamesEveryMissingAndWrongField) {
  EXPECT_EQ(wrong_call("{}"),
            (Errors{{"/model_id", "is required"}, {"/phone", "is required"}, {"/name", "is required"}}));
  const auto errors = wrong_call(
      R"({"model_id":7,"phone":"0049 30 1234","name":"D","custom_variables":"x","lead_timezone":"Mars/Olympus",
      "metadata":[],"webhook_url":"https://example.com"})");
  std::vector<std::string> paths;
  for (const auto& error : errors) paths.push_back(error.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"/model_id", "/phone", "/custom_variables", "/lead_timezone", "/metadata",
                                             "/webhook_url"}));
  EXPECT_EQ(errors.back().message, "is not a known field; did you mean \"external_webhook_url\"?");
}

TEST(CallRequest, RefusesVariablesOfAnotherShape) {
  for (const char* variables :
       {R"([{"key":"a"}])", R"([{"key":1,"value":"x"}])", R"(["a"])", R"({"a":{}})", R"([{"key":"a","value":[]}])"}) {
    const auto errors = wrong_call(R"({"model_id":"m","phone":"+15550100123","name":"D","custom_variables":)" +
                                   std::string(variables) + "}");
    ASSERT_EQ(errors.size(), 1u) << variables;
    EXPECT_EQ(errors[0].path, "/custom_variables");
  }
}

TEST(PhoneNumber, IsE164) {
  for (const char* good : {"+1234567", "+15550100123", "+123456789012345"}) EXPECT_TRUE(is_phone_number(good)) << good;
  for (const char* bad : {"", "+", "15550100123", "+05550100123", "+123456", "+1234567890123456", "+1 555 0100",
                          "+1555010012a", "++15550100123"}) {
    EXPECT_FALSE(is_phone_number(bad)) << bad;
  }
}

TEST(Report, ReadsEveryField) {
  const auto report =
      read_report(report_with(R"({"name":"Dana","type_of_call":"inbound","end_call_reason":"human_goodbye",
      "custom_end_call_reason":"c","error_message":"e","answered_at":1773238805000,"duration":54,
      "transcript":[{"role":"bot","text":"Hi","start_ms":0,"end_ms":500},{"role":"human","text":"Yes"}],
      "recording_url":"https://example.com/r.mp3","collected_variables":{"seats":{"value":2,"collected":true},"late":{"value":null,"collected":false},"city":"Bern"},
      "executed_actions":{"book":{"return_value":{"ok":true}}},"hung_up_by":"human","engine_end_reason":"hangup"})"));
  ASSERT_TRUE(report) << report.error().message;
  const Facts& facts = report->facts;
  EXPECT_EQ(report->direction, Direction::inbound);
  EXPECT_TRUE(facts.ended);
  EXPECT_EQ(facts.status, CallStatus::completed);
  EXPECT_EQ(facts.started_at, 1'773'238'800 * kSecond);
  EXPECT_EQ(facts.answered_at, 1'773'238'805 * kSecond);
  EXPECT_EQ(facts.ended_at, 1'773'238'860 * kSecond);
  EXPECT_EQ(facts.duration_s, 54);
  EXPECT_EQ(facts.engine_reason, "hangup");
  EXPECT_EQ(facts.hung_up_by, Party::human);
  ASSERT_EQ(facts.transcript.size(), 2u);
  EXPECT_EQ(facts.transcript[0].end_ms, 500);
  ASSERT_EQ(facts.variables.size(), 3u);
  EXPECT_EQ(facts.variables[0].value, json::value(2));
  EXPECT_FALSE(facts.variables[1].collected);
  EXPECT_EQ(facts.variables[2].value, json::value("Bern"));
  EXPECT_EQ(facts.executed_actions.at("book").at("name"), json::value("book"));
}

TEST(Report, TakesATranscriptOfLines) {
  const auto report = read_report(report_with(R"({"transcript":"\nbot: Hi\nhuman: Yes, at\n10:30"})"));
  ASSERT_TRUE(report);
  EXPECT_EQ(transcript_text(report->facts.transcript), "\nbot: Hi\nhuman: Yes, at 10:30");
}

TEST(Report, NeedsNoNameButAStatusAndTimes) {
  EXPECT_EQ(wrong_report("{}"), Errors{});
  EXPECT_EQ(wrong_report(R"({"status":null,"started_at":null,"ended_at":null})"),
            (Errors{{"/status", "is required"}, {"/started_at", "is required"}, {"/ended_at", "is required"}}));
}

TEST(Report, NamesWhatIsWrongInside) {
  EXPECT_EQ(
      wrong_report(
          R"({"transcript":[{"role":"bot","text":"x"},{"role":"dog","text":1},"hello",{"role":"bot","text":"x","txt":"y"}]})"),
      (Errors{{"/transcript/1/role", "must be bot or human"},
              {"/transcript/1/text", "must be a string, not a number"},
              {"/transcript/2", "must be a turn: {\"role\": \"bot\" or \"human\", \"text\": string}"},
              {"/transcript/3/txt", "is not a known field; did you mean \"text\"?"}}));
  for (const auto& [more, path] : std::vector<std::pair<const char*, const char*>>{
           {R"({"status":"ringing"})", "/status"},
           {R"({"status":"done"})", "/status"},
           {R"({"type_of_call":"web"})", "/type_of_call"},
           {R"({"hung_up_by":"cat"})", "/hung_up_by"},
           {R"({"duration":-1})", "/duration"},
           {R"({"duration":1.5})", "/duration"},
           {R"({"transcript":{}})", "/transcript"},
           {R"({"collected_variables":{"a":{"value":{}}}})", "/collected_variables"},
           {R"({"executed_actions":{"a":"text"}})", "/executed_actions"},
           {R"({"start_time":"2026-03-11"})", "/start_time"}}) {
    const auto errors = wrong_report(more);
    ASSERT_EQ(errors.size(), 1u) << more;
    EXPECT_EQ(errors[0].path, path);
  }
}

// Which way it is read must not show: from its text, where turns without a fault never become a tree, or from a tree.
TEST(Report, IsTheSameFromTextAndFromATree) {
  const auto show = [](const Result<Report>& report) {
    std::string out;
    if (!report) {
      for (const auto& field : report.error().fields) out += field.path + " " + field.message + "\n";
      return out;
    }
    for (const Turn& turn : report->facts.transcript) {
      out += (turn.role == Role::bot ? "bot " : "human ") + turn.text;
      for (const auto& ms : {turn.start_ms, turn.end_ms}) out += ms ? " " + std::to_string(*ms) : " none";
      out += "\n";
    }
    return out + report->call.external_id;
  };
  const auto same = [&](const std::string& members) {
    const std::string text = R"({"model_id":"m","phone":"+15550100123","status":"completed",
      "started_at":"2026-03-11T14:20:00Z","ended_at":"2026-03-11T14:21:00Z",)" +
                             members + "}";
    const std::string shown = show(read_report(text));
    EXPECT_EQ(shown, show(read_report(parsed(text)))) << members;
    return shown;
  };
  EXPECT_EQ(same(R"("transcript":[{"role":"bot","text":"Hi \"x\" \u00e9\n","start_ms":0,"end_ms":900},
                                   {"end_ms":2147483647,"text":"","role":"human"}],"external_id":"e")"),
            "bot Hi \"x\" \u00e9\n 0 900\nhuman  none 2147483647\ne");
  const std::vector<std::string> turns = {
      R"({"role":"bot","text":"a"})",
      R"({"role":"bot","role":"human","text":"a","text":"b"})",
      R"({"r\u006fle":"bot","text":"escaped name"})",
      R"({"role":"agent","text":"a"})",
      R"({"role":"bot"})",
      R"({"text":"a"})",
      R"({"role":null,"text":"a"})",
      R"({"role":"bot","text":7})",
      R"({"role":"bot","text":"a","text":null})",
      R"({"role":"bot","text":["a"]})",
      R"({"role":"bot","text":{"a":1}})",
      R"({"role":"bot","text":"a","start_ms":1.0})",
      R"({"role":"bot","text":"a","start_ms":-1})",
      R"({"role":"bot","text":"a","start_ms":2147483648})",
      R"({"role":"bot","text":"a","end_ms":18446744073709551615})",
      R"({"role":"bot","text":"a","end_ms":"5"})",
      R"({"role":"bot","text":"a","start_ms":null})",
      R"({"role":"bot","text":"a","start_ms":true})",
      R"({"role":5,"text":"a"})",
      R"({"role":"bot","text":"a","mood":"b"})",
      R"({})",
      R"([])",
      R"("bot: a")",
      R"(7)",
      R"(null)",
      R"({"role":"bot","text":")" + std::string(kMaxTurnText, 'x') + R"("})",
      R"({"role":"bot","text":")" + std::string(kMaxTurnText + 1, 'x') + R"("})",
  };
  for (const auto& turn : turns) {
    same(R"("transcript":[)" + turn + "]");
    same(R"("transcript":[{"role":"human","text":"before"},)" + turn + R"(,{"role":"bot","text":"after"}])");
  }
  const std::string whole = R"({"role":"bot","text":"a"})";
  for (const auto& members : {
           R"("transcript":[])" + std::string(),
           R"("transcript":[)" + whole + R"(],"transcript":[])",
           R"("transcript":[],"transcript":[)" + whole + "]",
           R"("transcript":[)" + whole + R"(],"transcript":"human: no")",
           R"("transcript":"human: no","transcript":[)" + whole + "]",
           R"("tr\u0061nscript":[)" + whole + "]",
           R"("transcript":[[)" + whole + "]]",
           R"("transcript":{"transcript":[)" + whole + "]}",
           R"("metadata":{"transcript":[)" + whole + R"(,5]},"transcript":[)" + whole + "]",
           R"("metadata":[{"transcript":[)" + whole + "]}]",
           R"("transcript":[)" + whole + R"(],"external_id":7)",
       }) {
    same(members);
  }
}

TEST(Report, RefusesMoreTurnsThanACallMayHave) {
  const auto with = [](std::size_t count) {
    std::string turns;
    for (std::size_t i = 0; i < count; ++i) turns += R"({"role":"bot","text":"a"},)";
    turns.pop_back();
    const std::string body = to_text(report_with("{}"));
    return body.substr(0, body.size() - 1) + R"(,"transcript":[)" + turns + "]}";
  };
  EXPECT_EQ(read_report(with(kMaxTurns))->facts.transcript.size(), kMaxTurns);
  const auto refused = read_report(with(kMaxTurns + 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fields.at(0).path, "/transcript");
}

TEST(Report, SaysWhatIsWrongWithATextThatIsNone) {
  const auto name_of = [](std::string_view text) { return read_report(text).error().name; };
  EXPECT_EQ(name_of(""), "invalid_json");
  EXPECT_EQ(name_of(R"({"transcript":[{"role":"bot","text":"a")"), "invalid_json");
  EXPECT_EQ(name_of(R"({"transcript":[{"role":"bot","text":"a\u0000"}]})"), "invalid_json");
  EXPECT_EQ(name_of("[]"), "invalid_request");
  EXPECT_EQ(read_report("[]").error().fields, (Errors{{"/", "must be a JSON object, not an array"}}));
  EXPECT_EQ(read_call_request("7").error().fields, (Errors{{"/", "must be a JSON object, not a number"}}));
}

TEST(Report, TimesMustBeInOrder) {
  EXPECT_EQ(wrong_report(R"({"ended_at":"2026-03-11T14:19:59Z"})"),
            (Errors{{"/ended_at", "must not be before started_at"}}));
  EXPECT_EQ(wrong_report(R"({"answered_at":"2026-03-11T14:19:00Z"})"),
            (Errors{{"/answered_at", "must not be before started_at"}}));
  EXPECT_EQ(wrong_report(R"({"answered_at":"2026-03-11T14:22:00Z"})"),
            (Errors{{"/answered_at", "must not be after ended_at"}}));
  EXPECT_EQ(wrong_report(R"({"started_at":"yesterday"})").size(), 1u);
}

}  // namespace
}  // namespace wrapup
