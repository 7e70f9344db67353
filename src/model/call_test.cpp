#include "model/call.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace wrapup {
namespace {

TEST(CallStatus, SpellsEveryStatusAsTheContractDoes) {
  EXPECT_EQ(call_status_names(),
            (std::vector<std::string_view>{"pending", "registered", "ringing", "in-progress", "paused", "completed",
                                           "no-answer", "busy", "failed", "canceled", "user-canceled",
                                           "hangup_on_voicemail", "left_voicemail", "spam"}));
  for (const auto name : call_status_names()) EXPECT_EQ(to_string(*call_status_from(name)), name);
  EXPECT_FALSE(call_status_from("Completed"));
  EXPECT_FALSE(call_status_from("in_progress"));
  EXPECT_FALSE(call_status_from(""));
}

TEST(CallStatus, KnowsWhichAreTheEnd) {
  const std::set<std::string_view> open{"pending", "registered", "ringing", "in-progress", "paused"};
  for (const auto name : call_status_names())
    EXPECT_EQ(is_terminal(*call_status_from(name)), !open.contains(name)) << name;
  const std::set<std::string_view> connected{"completed", "hangup_on_voicemail", "left_voicemail"};
  for (const auto name : call_status_names()) {
    EXPECT_EQ(was_connected(*call_status_from(name)), connected.contains(name)) << name;
  }
}

TEST(TranscriptText, OneLineATurn) {
  EXPECT_EQ(transcript_text({}), "");
  EXPECT_EQ(transcript_text({{Role::bot, "Hi.", {}, {}}, {Role::human, "Yes?", {}, {}}}), "\nbot: Hi.\nhuman: Yes?");
  EXPECT_EQ(transcript_text({{Role::human, "a\nb\r\nc", {}, {}}}), "\nhuman: a b  c");
  EXPECT_EQ(transcript_text({{Role::bot, "", {}, {}}}), "\nbot: ");
}

TEST(TranscriptFromText, ReadsTheSpeakersThatEnginesUse) {
  const auto turns =
      transcript_from_text("\nbot: Hi.\nHuman: Yes?\nassistant: Good.\nUSER : Fine.\nagent: a\ncaller: b\ncustomer: c");
  EXPECT_EQ(transcript_text(turns), "\nbot: Hi.\nhuman: Yes?\nbot: Good.\nhuman: Fine.\nbot: a\nhuman: b\nhuman: c");
}

TEST(TranscriptFromText, ALineWithoutASpeakerGoesOnWithTheTurn) {
  EXPECT_EQ(transcript_text(transcript_from_text("bot: One\n  two: three\n\r\nhuman: At 10:30\n")),
            "\nbot: One two: three\nhuman: At 10:30");
  EXPECT_EQ(transcript_text(transcript_from_text("no speaker at all")), "\nbot: no speaker at all");
  EXPECT_TRUE(transcript_from_text(" \n\r\n").empty());
}

TEST(TranscriptFromText, IsTheReverseOfTranscriptText) {
  const Transcript turns{
      {Role::bot, "Hello: is this Dana?", {}, {}}, {Role::human, "Yes.", {}, {}}, {Role::human, "Go on.", {}, {}}};
  const auto back = transcript_from_text(transcript_text(turns));
  ASSERT_EQ(back.size(), turns.size());
  EXPECT_EQ(transcript_text(back), transcript_text(turns));
}

TEST(Call, TheCustomersNumberIsFromOrToByDirection) {
  Call call;
  call.phone = "+15550100123";
  call.agent_phone = "+15550100999";
  EXPECT_EQ(call.phone_to(), "+15550100123");
  EXPECT_EQ(call.phone_from(), "+15550100999");
  call.direction = Direction::inbound;
  EXPECT_EQ(call.phone_from(), "+15550100123");
  EXPECT_EQ(call.phone_to(), "+15550100999");
}

}  // namespace
}  // namespace wrapup
