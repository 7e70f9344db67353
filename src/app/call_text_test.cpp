#include "app/call_text.hpp"

#include <gtest/gtest.h>

namespace wrapup {
namespace {

TEST(CallText, PutsEventsIntoWords) {
  const auto words = [](std::string_view text) { return event_words(parse_json(text)->get_object()); };
  EXPECT_EQ(words(R"({"id":"t","type":"turn","at":1,"role":"bot","text":"Hello","start_ms":5})"), "bot: Hello");
  EXPECT_EQ(words(R"({"id":"v","type":"variable","at":1,"name":"day","value":3})"), "variable  name=day  value=3");
}

TEST(CallText, ShowsEverythingOfACall) {
  const auto call = parse_json(R"({"call_id":"c1","status":"completed","end_call_reason":"custom_end_call",
    "custom_end_call_reason":"booked","start_time":"1795000000000","duration":95,"name":"Ilse Varga",
    "lead_phone_number":"+15550100123","transcript":"\nbot: Hello\u001b[2J\nhuman: Hi",
    "executed_actions":{"info_extractor_slot":{"return_value":"{\"slot\":\"morning\"}","error_message":null},
                        "custom_eval_polite":{"return_value":"{\"polite\":null}","error_message":"nobody judged it"}},
    "collected_variables":{"day":{"value":"Thursday","collected":true},"hour":{"value":null,"collected":false}},
    "judge_results":{"goal":"false","goal_feedback":"no slot was agreed","style":"not_applicable","style_feedback":"",
                     "steps":null,"all_feedback":"goal: no slot was agreed"},
    "timeline":[{"id":"a","type":"ringing","at":1795000001500}],"warnings":["odd"]})")
                        ->get_object();
  Look look;
  look.utc = true;
  EXPECT_EQ(call_text(call, look),
            "  call      c1\n"
            "  status    completed\n"
            "  ended by  custom_end_call: booked\n"
            "  began     2026-11-18 11:06:40.000 UTC\n"
            "  length    1:35 min\n"
            "  customer  Ilse Varga +15550100123\n"
            "  warning   odd\n"
            "\nConversation\n"
            "  bot: Hello\\x1b[2J\n"
            "  human: Hi\n"
            "\nAnswers\n"
            "  info_extractor_slot  morning\n"
            "  custom_eval_polite   null (nobody judged it)\n"
            "\nVariables\n"
            "  day   Thursday\n"
            "  hour  null (not collected)\n"
            "\nAnalysis\n"
            "  goal  false: no slot was agreed\n"
            "\nWhat the engine reported, since the start\n"
            "     +1.5 s  ringing\n");
}

TEST(CallText, ToleratesACallOfAnotherShape) {
  for (const char* text : {"{}", R"({"start_time":[],"timeline":[3],"executed_actions":{"a":3},"warnings":"x"})"})
    EXPECT_FALSE(call_text(parse_json(text)->get_object(), Look()).empty());
}

}  // namespace
}  // namespace wrapup
