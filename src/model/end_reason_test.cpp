#include "model/end_reason.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/hearing.hpp"

namespace wrapup {
namespace {

Transcript turns(std::initializer_list<std::pair<Role, const char*>> lines) {
  Transcript transcript;
  for (const auto& [role, text] : lines) transcript.push_back({role, text, {}, {}});
  return transcript;
}

std::string reason_of(const Facts& facts, CallStatus status = CallStatus::completed, const Agent& agent = {},
                      std::int64_t duration_s = 30) {
  return end_reason_of(status, facts, agent, duration_s).reason;
}

TEST(Farewell, IsKnownInSevenLanguages) {
  for (const char* text : {"Bye!",
                           "Goodbye.",
                           "Good bye",
                           "Ok bye-bye",
                           "See you tomorrow",
                           "Take care!",
                           "Have a great day.",
                           "TALK TO YOU LATER",
                           "Auf Wiederhören",
                           "auf wiedersehen",
                           "Tschüss!",
                           "Tschüß",
                           "Einen schönen Tag noch",
                           "Mach's gut",
                           "Mach’s gut",
                           "Bis bald",
                           "Adiós",
                           "Hasta luego",
                           "¡Nos vemos!",
                           "Que tenga un buen día",
                           "Au revoir",
                           "À bientôt",
                           "Bonne journée",
                           "Adeus",
                           "Tchau, tchau",
                           "Até logo",
                           "Tenha um ótimo dia",
                           "Arrivederci",
                           "Ciao!",
                           "Buona giornata",
                           "Tot ziens",
                           "Doei",
                           "Fijne dag nog"}) {
    EXPECT_TRUE(says_farewell(text)) << text;
  }
}

TEST(Farewell, IsNotFooledByOtherWords) {
  for (const char* text : {"",
                           "My bicycle is broken",
                           "I fly to Dubai",
                           "bygone days",
                           "I will buy it",
                           "Byebug",
                           "adiose tissue",
                           "What is the day?",
                           "We will take care of that for you.",
                           "I see you have an appointment",
                           "The doctor would like to see you",
                           "a ciaoscuro",
                           "Have a seat",
                           "Guten Tag",
                           "Bonjour",
                           "Hola, buenos días",
                           "Bom dia",
                           "Buongiorno",
                           "Goedemorgen",
                           "Hi, Tschaikowsky is playing"}) {
    EXPECT_FALSE(says_farewell(text)) << text;
  }
  EXPECT_TRUE(says_farewell("I see you are busy. Goodbye!"));
  EXPECT_TRUE(says_farewell("We take care of it. Take care!"));
}

TEST(Farewell, StandsAtTheEndOfALongTurn) {
  EXPECT_TRUE(says_farewell(std::string(5000, 'x') + " goodbye"));
  EXPECT_FALSE(says_farewell("goodbye is a word, " + std::string(5000, 'x')));
}

TEST(EndReason, GoesWithTheStatus) {
  EXPECT_EQ(reason_of({}, CallStatus::hangup_on_voicemail), "voicemail");
  EXPECT_EQ(reason_of({}, CallStatus::left_voicemail), "voicemail_message_left");
  EXPECT_EQ(reason_of({}, CallStatus::user_canceled), "user_canceled");
  EXPECT_EQ(reason_of({}, CallStatus::failed), "error");
  for (const auto status : {CallStatus::busy, CallStatus::no_answer, CallStatus::canceled, CallStatus::spam}) {
    EXPECT_EQ(reason_of({}, status), "undefined");
  }
}

TEST(EndReason, TakesTheEnginesWordWhereItIsOne) {
  for (const auto name : end_reason_names()) {
    if (name == "undefined") continue;
    Facts facts;
    facts.reason = std::string(name);
    EXPECT_EQ(reason_of(facts), name);
  }
  Facts foreign;
  foreign.reason = "human_hangup";
  foreign.hung_up_by = Party::human;
  EXPECT_EQ(reason_of(foreign), "human_pick_up_cut_off") << "a word that is not in the list is derived anew";
}

TEST(EndReason, AnEngineThatDoesNotKnowIsHelped) {
  Facts facts;
  facts.reason = "undefined";
  facts.transcript = turns({{Role::bot, "Goodbye!"}});
  EXPECT_EQ(reason_of(facts), "agent_goodbye");
}

TEST(EndReason, WhoeverSaidFarewellLast) {
  Facts facts;
  facts.hung_up_by = Party::human;
  facts.transcript = turns({{Role::human, "Ok, bye."}, {Role::bot, "Goodbye, Dana!"}});
  EXPECT_EQ(reason_of(facts), "agent_goodbye");
  facts.transcript = turns({{Role::bot, "Have a nice day!"}, {Role::human, "You too, bye"}});
  EXPECT_EQ(reason_of(facts), "human_goodbye");
  facts.transcript = turns({{Role::human, "Adiós"}, {Role::bot, "Gracias."}});
  EXPECT_EQ(reason_of(facts), "human_goodbye");
}

TEST(EndReason, AFarewellLongBeforeTheEndDoesNotCount) {
  Facts facts;
  facts.hung_up_by = Party::human;
  facts.transcript = turns({{Role::human, "I said goodbye to my old bike."},
                            {Role::bot, "I see."},
                            {Role::human, "So I need one."},
                            {Role::bot, "Which?"},
                            {Role::human, "A red one."}});
  EXPECT_EQ(reason_of(facts), "human_pick_up_cut_off");
}

TEST(EndReason, WithoutFarewellItIsTheHumanWhoCutOff) {
  Facts facts;
  facts.transcript = turns({{Role::bot, "Shall we?"}, {Role::human, "No."}});
  EXPECT_EQ(reason_of(facts), "undefined");
  facts.hung_up_by = Party::bot;
  EXPECT_EQ(reason_of(facts), "undefined");
  facts.hung_up_by = Party::human;
  EXPECT_EQ(reason_of(facts), "human_pick_up_cut_off");
}

TEST(EndReason, TheLimitOfTheAgentGoesBeforeAFarewell) {
  Agent agent;
  agent.max_duration_s = 60;
  Facts facts;
  facts.transcript = turns({{Role::bot, "Goodbye!"}});
  EXPECT_EQ(reason_of(facts, CallStatus::completed, agent, 60), "max_duration");
  EXPECT_EQ(reason_of(facts, CallStatus::completed, agent, 59), "agent_goodbye");
}

TEST(EndReason, ACustomReasonCarriesItsText) {
  Facts facts;
  facts.custom_reason = "Asks for a person";
  facts.reason = "agent_goodbye";
  const EndReason reason = end_reason_of(CallStatus::completed, facts, {}, 30);
  EXPECT_EQ(reason.reason, "custom_end_call");
  EXPECT_EQ(reason.custom, "Asks for a person");
}

TEST(EndReason, NamesEveryReasonOfTheContract) {
  EXPECT_EQ(end_reason_names(),
            (std::vector<std::string_view>{"voicemail", "voicemail_message_left", "human_goodbye", "agent_goodbye",
                                           "human_pick_up_cut_off", "max_duration", "custom_end_call", "user_canceled",
                                           "undefined", "idle_time_exceeded", "error"}));
}

}  // namespace
}  // namespace wrapup
