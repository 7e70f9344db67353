#include "pipeline/rules/judge.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/phrases.hpp"

namespace wrapup::rules {

namespace {

constexpr std::size_t kLongestTurn = 4000;  // what is read of one turn

// As fold_words writes them.
constexpr std::string_view kOptOut[] = {"stop calling",      "quit calling",     "do not call",     "don t call me",
                                        "don t call again",  "never call",       "take me off",     "remove me from",
                                        "remove my number",  "unsubscribe",      "opt out",         "leave me alone",
                                        "do not contact me", "don t contact me", "stop contacting", "lose my number",
                                        "stop bothering",    "take my name off"};
constexpr std::string_view kMachine[] = {"after the tone",
                                         "after the beep",
                                         "leave a message",
                                         "leave your message",
                                         "leave me a message",
                                         "not available right now",
                                         "voicemail",
                                         "voice mail",
                                         "mailbox",
                                         "record your message",
                                         "please leave your name",
                                         "at the sound of the tone"};
constexpr std::string_view kConsentQuestions[] = {"do you agree",
                                                  "do you consent",
                                                  "do we have your consent",
                                                  "do i have your consent",
                                                  "do i have your permission",
                                                  "may we record",
                                                  "may i record",
                                                  "is it okay if we record",
                                                  "is it ok if we record",
                                                  "is it okay if i record",
                                                  "is it ok if i record",
                                                  "would you like to opt in",
                                                  "are you okay with being recorded",
                                                  "are you ok with being recorded",
                                                  "can we record",
                                                  "can i record",
                                                  "call may be recorded is that"};
constexpr std::string_view kYes[] = {"yes",        "yeah",      "yep",         "yup",       "sure",
                                     "okay",       "ok",        "of course",   "certainly", "absolutely",
                                     "i agree",    "i do",      "that s fine", "fine",      "go ahead",
                                     "no problem", "i consent", "please do",   "you may"};
constexpr std::string_view kNo[] = {"no", "nope", "not", "don t", "never", "rather not", "i refuse", "no way"};
constexpr std::string_view kPositive[] = {"thank you", "thanks",  "great",       "perfect",   "wonderful",  "excellent",
                                          "awesome",   "lovely",  "amazing",     "fantastic", "appreciate", "helpful",
                                          "happy",     "glad",    "pleased",     "good",      "nice",       "brilliant",
                                          "love",      "excited", "sounds good", "delighted"};
constexpr std::string_view kNegative[] = {
    "angry",      "annoyed",    "annoying",      "terrible",    "awful",        "horrible",     "useless",
    "ridiculous", "frustrated", "frustrating",   "upset",       "unacceptable", "disappointed", "disappointing",
    "worst",      "hate",       "waste of time", "stupid",      "complaint",    "complain",     "rude",
    "furious",    "fed up",     "unhappy",       "scam",        "liar",         "shut up",      "nonsense",
    "sick of",    "not happy",  "not good",      "not helpful", "bad"};
constexpr std::string_view kAskedAgain[] = {
    "repeat",       "pardon",       "say that again", "say again",  "come again", "what did you say", "didn t hear",
    "didn t catch", "did not hear", "did not catch",  "can t hear", "excuse me",  "sorry what"};

enum Cue : std::size_t { opt_out, machine, consent_question, yes, no, positive, negative, asked_again };

const PhraseSet& cues() {
  static const PhraseSet set({{Cue::opt_out, kOptOut},
                              {Cue::machine, kMachine},
                              {Cue::consent_question, kConsentQuestions},
                              {Cue::yes, kYes},
                              {Cue::no, kNo},
                              {Cue::positive, kPositive},
                              {Cue::negative, kNegative},
                              {Cue::asked_again, kAskedAgain}});
  return set;
}

// A turn as it is read here: its words, and which cues stand in them.
struct Line {
  Role role;
  std::string words;
  PhraseSet::Counts cues;

  bool has(Cue cue) const { return cues[cue] > 0; }
};
using Lines = std::vector<Line>;

Verdict verdict(Score score, std::string feedback = {}) { return {score, std::move(feedback)}; }

bool human_spoke(const Lines& lines) {
  return std::any_of(lines.begin(), lines.end(), [](const Line& line) { return line.role == Role::human; });
}

Verdict answered_by_human(const Call& call, const Lines& lines) {
  const bool machine_status =
      call.status == CallStatus::hangup_on_voicemail || call.status == CallStatus::left_voicemail;
  if (machine_status || call.answered_by_human == false) return verdict(Score::no, "A machine answered the call.");
  if (call.answered_by_human == true) return verdict(Score::yes);
  if (!human_spoke(lines)) return {};
  const auto first =
      std::find_if(lines.begin(), lines.end(), [](const Line& line) { return line.role == Role::human; });
  if (first->has(Cue::machine)) return verdict(Score::no, "What answered sounds like a voicemail greeting.");
  return verdict(Score::yes);
}

Verdict call_completion(const Call& call) {
  const std::string& reason = call.end_call_reason;
  if (call.status != CallStatus::completed) return verdict(Score::not_applicable);
  if (reason == "human_goodbye" || reason == "agent_goodbye" || reason == "custom_end_call") return verdict(Score::yes);
  if (reason == "human_pick_up_cut_off") return verdict(Score::no, "The human hung up without a farewell.");
  if (reason == "max_duration") return verdict(Score::no, "The call reached its maximum duration.");
  if (reason == "idle_time_exceeded") return verdict(Score::no, "The call ended because nobody spoke.");
  if (reason == "error") return verdict(Score::no, "The call ended with an error.");
  return {};
}

// The same sentence of four words or more, said again although nobody asked for it.
Verdict no_repetition(const Lines& lines) {
  std::unordered_map<std::string_view, int> said;
  int most = 0;
  bool bot_spoke = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].role != Role::bot) continue;
    bot_spoke = true;
    const std::string_view words = lines[i].words;
    if (std::count(words.begin(), words.end(), ' ') < 5) continue;
    const bool asked = i > 0 && lines[i - 1].role == Role::human && lines[i - 1].has(Cue::asked_again);
    int& times = said[words];
    if (times == 0 || !asked) ++times;
    most = std::max(most, times);
  }
  if (!bot_spoke) return {};
  if (most >= 3) return verdict(Score::no, "The agent said the same sentence " + std::to_string(most) + " times.");
  if (most == 2) return verdict(Score::partial, "The agent said the same sentence twice.");
  return verdict(Score::yes);
}

Verdict no_opt_out(const Lines& lines) {
  if (!human_spoke(lines)) return {};
  const bool asked = std::any_of(lines.begin(), lines.end(),
                                 [](const Line& line) { return line.role == Role::human && line.has(Cue::opt_out); });
  return asked ? verdict(Score::no, "The human asked not to be called again.") : verdict(Score::yes);
}

// Told only when consent was asked for and answered.
Verdict opted_in(const Lines& lines) {
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    if (lines[i].role != Role::bot || lines[i + 1].role != Role::human || !lines[i].has(Cue::consent_question))
      continue;
    if (lines[i + 1].has(Cue::no)) return verdict(Score::no, "The human did not agree when asked for consent.");
    if (lines[i + 1].has(Cue::yes)) return verdict(Score::yes);
  }
  return {};
}

Verdict user_sentiment(const Lines& lines) {
  int good = 0;
  int bad = 0;
  for (const auto& line : lines) {
    if (line.role != Role::human) continue;
    const int negative = line.cues[Cue::negative] + line.cues[Cue::opt_out];
    bad += negative;
    // "not good" holds "good": a turn with a complaint in it counts as one.
    if (negative == 0) good += line.cues[Cue::positive];
  }
  if (good == 0 && bad == 0) return {};
  if (bad == 0) return verdict(Score::yes);
  if (good > bad) return verdict(Score::partial, "The human sounded pleased and displeased in turn.");
  return verdict(Score::no, "The human sounded displeased.");
}

std::string summary(const Call& call) {
  std::string text = call.direction == Direction::outbound ? "Outbound call to " : "Inbound call from ";
  text += call.name.empty() ? call.phone : call.name;
  text += ", " + std::to_string(call.duration_s) + " s, " + std::to_string(call.transcript.size()) +
          (call.transcript.size() == 1 ? " turn" : " turns");
  text += "; status " + std::string(to_string(call.status)) + ", ended by " + call.end_call_reason;
  if (!call.custom_end_call_reason.empty()) text += " (" + call.custom_end_call_reason + ")";
  return text + ". Made by rules from the record.";
}

}  // namespace

Analysis judge(const Call& call) {
  Lines lines;
  lines.reserve(call.transcript.size());
  for (const auto& turn : call.transcript) {
    std::string words = fold_words(std::string_view(turn.text).substr(0, kLongestTurn));
    const auto found = cues().count(words);
    lines.push_back({turn.role, std::move(words), found});
  }
  Analysis analysis;
  const bool by_machine = call.status != CallStatus::completed;
  analysis[Criterion::answered_by_human] = answered_by_human(call, lines);
  analysis[Criterion::call_completion] = call_completion(call);
  analysis[Criterion::no_repetition] = no_repetition(lines);
  // What a machine says is no consent, no refusal and no mood.
  analysis[Criterion::no_opt_out] = by_machine ? verdict(Score::not_applicable) : no_opt_out(lines);
  analysis[Criterion::opted_in] = by_machine ? verdict(Score::not_applicable) : opted_in(lines);
  analysis[Criterion::user_sentiment] = by_machine ? verdict(Score::not_applicable) : user_sentiment(lines);
  analysis[Criterion::call_summary] = verdict(Score::yes, summary(call));
  return analysis;
}

}  // namespace wrapup::rules
