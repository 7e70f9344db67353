#include "pipeline/rules/judge.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory_resource>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/hearing.hpp"
#include "pipeline/rules/summary.hpp"

namespace wrapup::rules {

namespace {

using Turns = std::vector<HeardTurn>;

Verdict verdict(Score score, std::string feedback = {}) { return {score, std::move(feedback)}; }

// What was said, for a feedback: "..." (turn 3).
std::string said(const Call& call, std::size_t turn) {
  return ": \"" + first_words(call.transcript[turn].text, 120) + "\" (turn " + std::to_string(turn) + ")";
}

bool spoke(const Turns& turns, Role role) {
  return std::any_of(turns.begin(), turns.end(), [&](const HeardTurn& turn) { return turn.role == role; });
}

std::optional<std::size_t> first_with(const Turns& turns, Role role, Cue cue) {
  for (std::size_t i = 0; i < turns.size(); ++i) {
    if (turns[i].role == role && turns[i].has(cue)) return i;
  }
  return {};
}

bool asks(const Call& call, std::size_t turn) { return call.transcript[turn].text.find('?') != std::string::npos; }

Verdict answered_by_human(const Call& call, const Turns& turns) {
  const bool machine_status =
      call.status == CallStatus::hangup_on_voicemail || call.status == CallStatus::left_voicemail;
  if (machine_status || call.answered_by_human == false) return verdict(Score::no, "A machine answered the call.");
  if (call.answered_by_human == true) return verdict(Score::yes);
  if (!spoke(turns, Role::human)) return {};
  const auto first =
      std::find_if(turns.begin(), turns.end(), [](const HeardTurn& turn) { return turn.role == Role::human; });
  if (!first->has(Cue::machine)) return verdict(Score::yes);
  const auto at = static_cast<std::size_t>(first - turns.begin());
  return verdict(Score::no, "What answered sounds like a voicemail greeting" + said(call, at));
}

// Where the engine did not say how the call ended, its last words may.
Verdict completion_by_words(const Call& call, const Turns& turns) {
  if (turns.empty()) return {};
  const std::size_t from = turns.size() > 4 ? turns.size() - 4 : 0;
  for (std::size_t i = from; i < turns.size(); ++i) {
    if (turns[i].role == Role::human && turns[i].has(Cue::closing)) return verdict(Score::yes);
  }
  if (asks(call, turns.size() - 1))
    return verdict(Score::no, "The call ended on a question that nobody answered" + said(call, turns.size() - 1));
  return {};
}

Verdict call_completion(const Call& call, const Turns& turns) {
  const std::string& reason = call.end_call_reason;
  if (call.status != CallStatus::completed) return verdict(Score::not_applicable);
  if (reason == "human_goodbye" || reason == "agent_goodbye" || reason == "custom_end_call") return verdict(Score::yes);
  if (reason == "human_pick_up_cut_off") return verdict(Score::no, "The human hung up without a farewell.");
  if (reason == "max_duration") return verdict(Score::no, "The call reached its maximum duration.");
  if (reason == "idle_time_exceeded") return verdict(Score::no, "The call ended because nobody spoke.");
  if (reason == "error") return verdict(Score::no, "The call ended with an error.");
  return completion_by_words(call, turns);
}

// The same sentence of four words or more, said again although nobody asked for it.
Verdict no_repetition(const Call& call, const Turns& turns) {
  std::array<std::byte, 4096> room;  // enough for most calls
  std::pmr::monotonic_buffer_resource memory(room.data(), room.size());
  std::pmr::unordered_map<std::string_view, int> said_times(&memory);
  int most = 0;
  std::size_t where = 0;
  bool bot_spoke = false;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    if (turns[i].role != Role::bot) continue;
    bot_spoke = true;
    const std::string_view words = turns[i].words;
    if (std::count(words.begin(), words.end(), ' ') < 5) continue;
    const bool asked = i > 0 && turns[i - 1].role == Role::human && turns[i - 1].has(Cue::asked_again);
    int& times = said_times[words];
    if (times == 0 || !asked) ++times;
    if (times <= most) continue;
    most = times;
    where = i;
  }
  if (!bot_spoke) return {};
  if (most >= 3)
    return verdict(Score::no,
                   "The agent said the same sentence " + std::to_string(most) + " times" + said(call, where));
  if (most == 2) return verdict(Score::partial, "The agent said the same sentence twice" + said(call, where));
  return verdict(Score::yes);
}

Verdict no_opt_out(const Call& call, const Turns& turns) {
  if (!spoke(turns, Role::human)) return {};
  const auto at = first_with(turns, Role::human, Cue::opt_out);
  return at ? verdict(Score::no, "The human asked not to be called again" + said(call, *at)) : verdict(Score::yes);
}

// Told only when consent was asked for and answered; the last answer holds.
Verdict opted_in(const Call& call, const Turns& turns) {
  Verdict out;
  for (std::size_t i = 0; i + 1 < turns.size(); ++i) {
    const HeardTurn& answer = turns[i + 1];
    if (turns[i].role != Role::bot || answer.role != Role::human || !turns[i].has(Cue::consent_question)) continue;
    const bool refused =
        answer.has(Cue::opt_out) || (answer.has(Cue::no) && answer.count(Cue::no) >= answer.count(Cue::yes));
    if (refused) {
      out = verdict(Score::no, "The human did not agree when asked for consent" + said(call, i + 1));
    } else if (answer.has(Cue::yes)) {
      out = verdict(Score::yes);
    }
  }
  return out;
}

// Agreed: the agent says that it is booked, or the human says yes to a proposed time. What failed later is not agreed.
Verdict appointment(const Call& call, const Turns& turns) {
  std::optional<std::size_t> spoken_of;
  std::optional<std::size_t> failed;
  std::optional<std::size_t> agreed;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const HeardTurn& turn = turns[i];
    if (turn.has(Cue::appointment)) spoken_of = i;
    if (turn.role != Role::bot || !spoken_of || i - *spoken_of > 6) continue;
    if (turn.has(Cue::failed)) {
      failed = i;
    } else if (turn.has(Cue::booked) && !asks(call, i)) {
      agreed = i;
      failed.reset();
    } else if (asks(call, i) && i + 1 < turns.size() && turns[i + 1].role == Role::human) {
      const bool names_time = call.transcript[i].text.find_first_of("0123456789") != std::string::npos;
      const HeardTurn& answer = turns[i + 1];
      if (names_time && answer.has(Cue::yes) && answer.count(Cue::yes) > answer.count(Cue::no)) agreed = i + 1;
    }
  }
  if (!spoken_of) return verdict(Score::not_applicable);
  if (agreed && (!failed || *failed < *agreed)) return verdict(Score::yes);
  if (failed) return verdict(Score::no, "An appointment was not possible" + said(call, *failed));
  return verdict(Score::no, "An appointment was spoken of, and none was agreed" + said(call, *spoken_of));
}

struct Mood {
  double good = 0;
  double bad = 0;
  double worst = 0;
  std::size_t worst_turn = 0;
};

Mood mood_of(const Turns& turns, Role role) {
  Mood mood;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const HeardTurn& turn = turns[i];
    if (turn.role != role) continue;
    double bad = turn.count(Cue::negative) + 1.5 * turn.count(Cue::anger);
    if (role == Role::human) bad += turn.count(Cue::opt_out);
    mood.bad += bad;
    mood.good += turn.count(Cue::positive) + (turn.has(Cue::thanks) ? 0.5 : 0.0);
    if (bad > mood.worst) {
      mood.worst = bad;
      mood.worst_turn = i;
    }
  }
  return mood;
}

Verdict sentiment(const Call& call, const Turns& turns, Role role) {
  const Mood mood = mood_of(turns, role);
  if (mood.good == 0 && mood.bad == 0) return {};
  if (mood.bad * 4 <= mood.good) return verdict(Score::yes);
  const std::string who = role == Role::human ? "The human" : "The agent";
  if (mood.bad < mood.good * 2)
    return verdict(Score::partial, who + " sounded pleased and displeased in turn" + said(call, mood.worst_turn));
  return verdict(Score::no, who + " sounded displeased" + said(call, mood.worst_turn));
}

}  // namespace

Analysis judge(const Call& call, const Findings& findings) {
  const Heard heard = hear(call.transcript);
  const Turns& turns = heard.turns;
  Analysis analysis;
  const bool by_machine = call.status != CallStatus::completed;
  const auto of_a_human = [&](Criterion criterion, Verdict found) {
    // What a machine says is no consent, no refusal and no mood.
    analysis[criterion] = by_machine ? verdict(Score::not_applicable) : std::move(found);
  };
  analysis[Criterion::answered_by_human] = answered_by_human(call, turns);
  analysis[Criterion::call_completion] = call_completion(call, turns);
  analysis[Criterion::no_repetition] = no_repetition(call, turns);
  of_a_human(Criterion::appointment, appointment(call, turns));
  of_a_human(Criterion::no_opt_out, no_opt_out(call, turns));
  of_a_human(Criterion::opted_in, opted_in(call, turns));
  of_a_human(Criterion::user_sentiment, sentiment(call, turns, Role::human));
  of_a_human(Criterion::agent_sentiment, sentiment(call, turns, Role::bot));
  analysis[Criterion::call_summary] = verdict(Score::yes, summary(call, findings));
  return analysis;
}

}  // namespace wrapup::rules
