#include "pipeline/rules/judge.hpp"

#include "pipeline/rules/test_calls.hpp"

namespace wrapup::rules {
namespace {

Call ended(Transcript transcript, std::string reason = "undefined") {
  Call call;
  call.status = CallStatus::completed;
  call.name = "Ilse Varga";
  call.end_call_reason = std::move(reason);
  call.duration_s = 75;
  call.transcript = std::move(transcript);
  return call;
}

std::string score(const Call& call, Criterion criterion) {
  const Verdict verdict = judge(call)[criterion];
  if (!verdict.score) return "null";
  switch (*verdict.score) {
    case Score::yes: return "true";
    case Score::no: return "false";
    case Score::partial: return "partial";
    case Score::not_applicable: return "not_applicable";
  }
  return "";
}

std::string score(std::initializer_list<std::string_view> lines, Criterion criterion) {
  return score(ended(call_of(lines)), criterion);
}

std::string feedback(std::initializer_list<std::string_view> lines, Criterion criterion) {
  return judge(ended(call_of(lines)))[criterion].feedback;
}

TEST(Judge, OptOutInSevenLanguages) {
  for (const char* words : {"h: Please stop calling me about this.", "h: take me off your list will you",
                            "h: Rufen Sie mich nicht mehr an, ja?", "h: Por favor, no me llamen más",
                            "h: Arrêtez de m'appeler, c'est pas possible", "h: Por favor, parem de me ligar",
                            "h: Non chiamatemi più, per favore", "h: Bel me niet meer, ik heb dat niet nodig"}) {
    EXPECT_EQ(score({"b: Hello", words}, Criterion::no_opt_out), "false") << words;
    EXPECT_NE(feedback({"b: Hello", words}, Criterion::no_opt_out).find("(turn 1)"), std::string::npos);
  }
  for (const char* words : {"h: Please call me back tomorrow", "h: Can you remove the old sofa?",
                            "h: Rufen Sie mich morgen an", "h: Llámeme mañana, por favor", "h: Appelez-moi demain",
                            "h: Me ligue amanhã", "h: Mi chiami domani", "h: Bel me morgen"}) {
    EXPECT_EQ(score({"b: Hello", words}, Criterion::no_opt_out), "true") << words;
  }
}

TEST(Judge, ConsentInSevenLanguages) {
  const std::pair<const char*, std::pair<const char*, const char*>> calls[] = {
      {"b: May we record this call?", {"h: Sure, go ahead.", "h: No, I'd rather not."}},
      {"b: Darf ich das Gespräch aufzeichnen?", {"h: Ja, gerne.", "h: Nein, lieber nicht."}},
      {"b: ¿Podemos grabar la llamada?", {"h: Sí, claro.", "h: No, prefiero que no."}},
      {"b: Pouvons-nous enregistrer l'appel ?", {"h: Oui, bien sûr.", "h: Non, je refuse."}},
      {"b: Podemos gravar esta ligação?", {"h: Sim, pode.", "h: Não, prefiro que não."}},
      {"b: Possiamo registrare la chiamata?", {"h: Sì, va bene.", "h: No, preferisco di no."}},
      {"b: Mogen wij dit gesprek opnemen?", {"h: Ja, prima.", "h: Nee, liever niet."}}};
  for (const auto& [question, answers] : calls) {
    EXPECT_EQ(score({question, answers.first}, Criterion::opted_in), "true") << answers.first;
    EXPECT_EQ(score({question, answers.second}, Criterion::opted_in), "false") << answers.second;
  }
  EXPECT_EQ(score({"b: May we record this call?", "h: no problem"}, Criterion::opted_in), "true");
  EXPECT_EQ(score({"b: Do you have the invoice?", "h: Yes"}, Criterion::opted_in), "null");
}

TEST(Judge, SentimentInSevenLanguages) {
  const std::pair<const char*, const char*> calls[] = {
      {"h: That is wonderful, thank you so much", "h: This is ridiculous, I am really angry with you"},
      {"h: Das ist ja wunderbar, vielen Dank", "h: Das ist eine Frechheit, ich bin sehr unzufrieden mit Ihnen"},
      {"h: Muy bien, estoy encantada, gracias", "h: Esto es una vergüenza, estoy harto de ustedes"},
      {"h: C'est parfait, merci beaucoup", "h: C'est inacceptable, j'en ai marre de vous"},
      {"h: Que ótimo, muito obrigada", "h: Isso é um absurdo, estou farto de vocês"},
      {"h: Perfetto, grazie mille, sono contenta", "h: È una vergogna, sono stufo di voi"},
      {"h: Geweldig, dank u wel, daar ben ik blij mee", "h: Dit is belachelijk, ik ben het zat met jullie"}};
  for (const auto& [good, bad] : calls) {
    EXPECT_EQ(score({"b: Hello", good}, Criterion::user_sentiment), "true") << good;
    EXPECT_EQ(score({"b: Hello", bad}, Criterion::user_sentiment), "false") << bad;
  }
  EXPECT_EQ(score({"b: Hello", "h: I am so frustrated with the bill", "b: I fixed it", "h: Oh great, wonderful"},
                  Criterion::user_sentiment),
            "partial");
  EXPECT_EQ(score({"b: Hello", "h: It is about the invoice of May"}, Criterion::user_sentiment), "null");
  EXPECT_EQ(score({"b: I am happy to help", "h: It is about the invoice"}, Criterion::agent_sentiment), "true");
  EXPECT_EQ(score({"b: Shut up, you idiot", "h: Excuse me?"}, Criterion::agent_sentiment), "false");
}

TEST(Judge, VoicemailInSevenLanguages) {
  for (const char* greeting : {"h: Hi, you have reached Dana. Please leave a message after the beep.",
                               "h: Guten Tag, bitte hinterlassen Sie eine Nachricht nach dem Signalton",
                               "h: En este momento no puedo atender, deje su mensaje después de la señal",
                               "h: Vous êtes sur la messagerie vocale, laissez un message après le bip",
                               "h: Você ligou para a caixa postal, deixe sua mensagem após o sinal",
                               "h: Segreteria telefonica, lasciate un messaggio dopo il segnale acustico",
                               "h: U spreekt met de voicemail, laat een bericht achter na de piep"}) {
    EXPECT_EQ(score({greeting, "b: Hello"}, Criterion::answered_by_human), "false") << greeting;
  }
  EXPECT_EQ(score({"b: Hello", "h: Yes, speaking"}, Criterion::answered_by_human), "true");
}

TEST(Judge, AppointmentInSevenLanguages) {
  const std::pair<std::pair<const char*, const char*>, const char*> agreed[] = {
      {{"b: Shall I book an appointment for Tuesday at 3?", "h: Yes, please."}, "b: You are booked for Tuesday at 3."},
      {{"b: Möchten Sie einen Termin am Dienstag um 15 Uhr?", "h: Ja, gerne."}, "b: Der Termin ist eingetragen."},
      {{"b: ¿Quiere una cita el martes a las 3?", "h: Sí, por favor."}, "b: Su cita queda confirmada."},
      {{"b: Voulez-vous un rendez-vous mardi à 15 h ?", "h: Oui, d'accord."}, "b: Votre rendez-vous est confirmé."},
      {{"b: Quer uma consulta na terça às 15?", "h: Sim, pode ser."}, "b: A consulta está marcada."},
      {{"b: Vuole un appuntamento martedì alle 15?", "h: Sì, va bene."}, "b: L'appuntamento è fissato."},
      {{"b: Wilt u een afspraak op dinsdag om 15 uur?", "h: Ja, graag."}, "b: De afspraak is ingepland."}};
  for (const auto& [offer, close] : agreed) {
    EXPECT_EQ(score({offer.first, offer.second, close}, Criterion::appointment), "true") << offer.first;
  }
  EXPECT_EQ(
      score({"b: Would you like an appointment?", "h: No, not now.", "b: All right then."}, Criterion::appointment),
      "false");
  EXPECT_EQ(score({"h: I need an appointment on Monday", "b: Unfortunately Monday is fully booked.", "h: Oh well, bye"},
                  Criterion::appointment),
            "false");
  EXPECT_EQ(score({"b: Hello", "h: My router blinks red"}, Criterion::appointment), "not_applicable");
}

TEST(Judge, FeedbackOnlyWhereSomethingIsWanting) {
  const auto call = call_of({"b: Hello, how are you today?", "h: Great, thanks", "b: Hello, how are you today?"});
  const Analysis analysis = judge(ended(call, "human_goodbye"));
  EXPECT_EQ(analysis[Criterion::no_repetition].feedback,
            "The agent said the same sentence twice: \"Hello, how are you today?\" (turn 2)");
  EXPECT_EQ(analysis[Criterion::user_sentiment].feedback, "");
  for (const auto criterion : {Criterion::persona, Criterion::style, Criterion::steps, Criterion::objections,
                               Criterion::objection_not_defined, Criterion::knowledge, Criterion::goal}) {
    EXPECT_FALSE(analysis[criterion].score) << "rules cannot tell";
  }
}

TEST(Judge, CompletionWithoutAReasonIsToldByTheLastWords) {
  EXPECT_EQ(score({"b: Anything else?", "h: No, that's all."}, Criterion::call_completion), "true");
  EXPECT_EQ(score({"h: I would like to pay", "b: What is the invoice number?"}, Criterion::call_completion), "false");
  EXPECT_EQ(score({"b: One moment.", "h: I am looking for it"}, Criterion::call_completion), "null");
}

TEST(Judge, SummaryTellsWhoHowLongHowItEndedAndWhatWasFound) {
  Call call = ended(call_of({"b: Which day?", "h: Monday"}), "human_goodbye");
  Findings findings;
  Extractor day = open("Which day?");
  day.identifier = "day";
  Extractor mail = open("E-mail?");
  mail.identifier = "mail";
  Extractor wants = yes_no("Wants it?");
  wants.identifier = "wants";
  Answer found;
  found.value = json::string("Monday");
  Answer yes;
  yes.value = true;
  findings.answers = {{Action{"", day}, found}, {Action{"", mail}, Answer{}}, {Action{"", wants}, yes}};
  EXPECT_EQ(
      judge(call, findings)[Criterion::call_summary].feedback,
      "Outbound call to Ilse Varga, 1 min 15 s, 2 turns, status completed. It ended with the human's farewell. Found: "
      "day: Monday; wants: yes. Not said: mail. Made by rules from the record.");
}

}  // namespace
}  // namespace wrapup::rules
