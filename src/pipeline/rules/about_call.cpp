#include <algorithm>
#include <unordered_map>

#include "pipeline/rules/yes_no.hpp"

namespace wrapup::rules {

namespace {

using Tokens = std::vector<Token>;
using Turns = std::vector<HeardTurn>;

enum class Topic {
  none,
  farewell,
  broken_off,
  natural_end,
  repeated,
  annoyed,
  pleased,
  confused,
  change_of_mind,
  out_of_scope,
  courteous,
  resolved,
  machine,
  human,
  opt_out,
};

struct TopicWords {
  Topic topic;
  std::string_view words;  // phrases parted by '|'
};

// The first that fits decides.
constexpr TopicWords kTopics[] = {
    {Topic::opt_out,
     "opt out|opted out|stop calling|not be called|not to be called|do not call|don't call|not be contacted|not to be "
     "contacted|never be called|taken off the list|taken off the calling list|removed from the list|removed from the "
     "call list|removed from the calling list|unsubscribe|left alone|be left alone"},
    {Topic::machine, "voicemail|voice mail|answering machine|answered by a machine|reach a machine|automated greeting"},
    {Topic::human, "answered by a human|answered by a person|answered by a real person|human answered|person answered"},
    {Topic::farewell,
     "say goodbye|says goodbye|said goodbye|saying goodbye|say bye|said bye|say farewell|bid farewell|farewell|goodbye|"
     "closing greeting|sign off"},
    {Topic::broken_off,
     "break off|broken off|broke off|breaks off|cut off|cut short|disconnected|dropped call|call drop|call "
     "dropped|hang "
     "up|hung up|hangs up|abruptly|prematurely|abandoned|end early|ended early|end too early|without finishing|"
     "unfinished|interrupted"},
    {Topic::natural_end,
     "natural end|proper end|natural close|proper close|end properly|ended properly|end normally|ended "
     "normally|natural "
     "conclusion|proper conclusion|run to completion"},
    {Topic::change_of_mind,
     "change their mind|changed their mind|change his mind|changed his mind|change her mind|changed her mind|change "
     "mind|changed mind|change its mind|changed minds|reconsider|have second thoughts|change the mind|mind changed"},
    {Topic::out_of_scope,
     "outside what|out of scope|outside of what|outside its scope|outside the scope|beyond what|can not do|cannot "
     "handle|could not handle|couldn't handle|not able to handle|unable to help|could not help|couldn't help|not "
     "understand|did not understand|failed to understand|misunderstand|unsupported"},
    {Topic::confused,
     "confused|confusion|confusing|unsure|uncertain|disoriented|forgetful|forget|forgot|hesitant|have trouble "
     "remembering|bewildered|puzzled"},
    {Topic::courteous,
     "calm|polite|politely|courteous|friendly|professional|professionally|patient and|helpful|respectful|empathetic|"
     "kind to|well-mannered"},
    {Topic::annoyed,
     "annoyed|angry|aggressive|upset|frustrated|frustration|irritated|hostile|rude|unhappy|dissatisfied|displeased|"
     "impatient|irate|mad at|furious|insult|insulted|swear|curse|negative sentiment|negative mood|raise their voice|"
     "lose patience|lost patience|lose their temper|complain about the agent"},
    {Topic::pleased,
     "satisfied|happy with|pleased|content with|positive sentiment|positive mood|in a good "
     "mood|grateful|thankful|thank "
     "the agent|express satisfaction|express gratitude"},
    {Topic::resolved,
     "issue resolved|problem resolved|issue solved|problem solved|resolve the caller's|resolve the customer's|resolved "
     "the|resolve the|goal achieved|goal reached|achieve its goal|achieve the goal|reach its goal|reach the goal|call "
     "successful|request fulfilled|request completed|get what they wanted|got what they wanted|get what they called "
     "for|solve the|solved the|achieve what|successfully completed|succeed"},
};

bool says_any(const Tokens& d, std::string_view phrases) {
  while (!phrases.empty()) {
    const std::size_t bar = std::min(phrases.find('|'), phrases.size());
    if (has_phrase(d, phrases.substr(0, bar))) return true;
    phrases.remove_prefix(std::min(bar + 1, phrases.size()));
  }
  return false;
}

bool is_agent(const Token& t) {
  return t.text == "agent" || t.text == "assistant" || t.text == "bot" || t.text == "representative" ||
         t.text == "operator" || t.text == "advisor" || t.text == "rep" || t.text == "system";
}

bool is_agents(const Token& t) { return t.text == "agent's" || t.text == "assistant's" || t.text == "bot's"; }

// Whose act a question is about: the first side that it names.
Role subject_of(const Tokens& d, Role otherwise) {
  for (const Token& t : d) {
    if (is_agent(t) || is_agents(t)) return Role::bot;
    if (t.is(kRoleWord) || t.text == "person" || t.text == "human" || t.text == "lead") return Role::human;
  }
  return otherwise;
}

// "Did the agent repeat itself", "say the same sentence three times"; not "did the caller ask to repeat".
bool about_repetition(const Tokens& d) {
  const bool words = says_any(d,
                              "repeat itself|repeat themselves|repeat himself|repeat herself|repeated itself|repeated "
                              "themselves|repeats itself|same sentence|same thing|same question|same words|repetition|"
                              "repetitive|repetitions|repeating itself|repeat the same|repeated the same|needlessly "
                              "repeat|repeat unnecessarily");
  return words && !has_word(d, "ask") && !has_word(d, "asked");
}

Topic topic_of(const Tokens& d) {
  if (about_repetition(d)) return Topic::repeated;
  for (const TopicWords& topic : kTopics) {
    if (says_any(d, topic.words)) return topic.topic;
  }
  return Topic::none;
}

struct Finding {
  bool yes = false;
  std::size_t turn = PreparedTranscript::npos;  // in the transcript
  double confidence = 0.6;
};

// The last of the turns [from, end) of a side that has the cue.
std::size_t last_with(const Turns& turns, Role role, Cue cue, std::size_t from = 0) {
  for (std::size_t i = turns.size(); i-- > from;) {
    if (turns[i].role == role && turns[i].has(cue)) return i;
  }
  return PreparedTranscript::npos;
}

bool farewell_in(const HeardTurn& turn) { return turn.count(Cue::farewell) > turn.count(Cue::not_farewell); }

Finding farewell(const Turns& turns, Role role) {
  int left = 3;
  for (std::size_t i = turns.size(); i-- > 0 && left > 0;) {
    if (turns[i].role != role) continue;
    --left;
    if (farewell_in(turns[i])) return {true, i, 0.9};
  }
  return {false, PreparedTranscript::npos, 0.8};
}

// A farewell, a "that is all" or a "no, thanks" near the end, or nothing left open.
Finding natural_end(const Turns& turns, const PreparedTranscript& tr) {
  const std::size_t from = turns.size() > 5 ? turns.size() - 5 : 0;
  for (std::size_t i = turns.size(); i-- > from;) {
    const bool thanks = turns[i].role == Role::human && i + 3 >= turns.size() && turns[i].has(Cue::thanks);
    const bool closing = turns[i].role == Role::human && turns[i].has(Cue::closing);
    if (farewell_in(turns[i]) || closing || thanks) return {true, i, 0.75};
  }
  const PreparedTurn& last = tr.turns().back();
  return {false, last.index, last.asks ? 0.75 : 0.55};
}

int asked_times(const Tokens& d) {
  if (has_word(d, "twice")) return 2;
  for (std::size_t i = 0; i + 1 < d.size(); ++i) {
    const auto number = read_number(d, i);
    if (number && number->next < d.size() && d[number->next].text == "times" && number->value >= 2 &&
        number->value < 100)
      return static_cast<int>(number->value) + (i >= 2 && phrase_at(d, i - 2, "more than") ? 1 : 0);
  }
  return 2;
}

Finding repeated(const Turns& turns, Role role, int times) {
  std::unordered_map<std::string_view, int> seen;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const std::string_view words = turns[i].words;
    if (turns[i].role != role || std::count(words.begin(), words.end(), ' ') < 4) continue;
    if (++seen[words] >= times) return {true, i, 0.95};
  }
  return {false, PreparedTranscript::npos, 0.85};
}

// Shouting, as far as it is written: "!!", "???", words in capitals.
double loudness(const PreparedTurn& turn) {
  double loud = 0;
  for (std::size_t i = 0; i + 1 < turn.text.size(); ++i) {
    const char c = turn.text[i];
    if ((c == '!' || c == '?') && (turn.text[i + 1] == '!' || turn.text[i + 1] == '?')) loud += 0.35;
  }
  return std::min(loud, 1.0);
}

Finding annoyed(const Turns& turns, const PreparedTranscript& tr, Role role) {
  double sum = 0;
  double worst = 0;
  std::size_t where = PreparedTranscript::npos;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    if (turns[i].role != role) continue;
    const std::size_t place = tr.place_of(i);
    double here = turns[i].count(Cue::anger) + 0.5 * turns[i].count(Cue::negative) +
                  (role == Role::human ? 1.0 * turns[i].count(Cue::opt_out) : 0.0);
    if (place != PreparedTranscript::npos) here += loudness(tr.turns()[place]);
    sum += here;
    if (here > worst) {
      worst = here;
      where = i;
    }
  }
  if (sum >= 1) return {true, where, std::min(0.9, 0.5 + 0.1 * sum)};
  return {false, PreparedTranscript::npos, 0.7};
}

Finding pleased(const Turns& turns, Role role) {
  double good = 0;
  double bad = 0;
  std::size_t where = PreparedTranscript::npos;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    if (turns[i].role != role) continue;
    good += turns[i].count(Cue::positive) + (turns[i].has(Cue::thanks) ? 0.5 : 0.0);
    bad += turns[i].count(Cue::negative) + 1.5 * turns[i].count(Cue::anger);
    if (turns[i].has(Cue::positive) || (where == PreparedTranscript::npos && turns[i].has(Cue::thanks))) where = i;
  }
  return {good > bad * 1.5 && good > 0, good > bad * 1.5 ? where : PreparedTranscript::npos, 0.65};
}

Finding heard_cue(const Turns& turns, Role role, Cue cue, double confidence) {
  const std::size_t at = last_with(turns, role, cue);
  return {at != PreparedTranscript::npos, at, confidence};
}

// Words of a change, behind the first thing that the side said.
Finding change_of_mind(const Turns& turns, Role role) {
  int sum = 0;
  bool first = true;
  std::size_t where = PreparedTranscript::npos;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    if (turns[i].role != role) continue;
    if (!first && turns[i].has(Cue::change_of_mind)) {
      sum += turns[i].count(Cue::change_of_mind);
      where = i;
    }
    first = false;
  }
  return {sum > 0, where, std::min(0.85, 0.55 + 0.1 * sum)};
}

Finding courteous(const Turns& turns, const PreparedTranscript& tr) {
  if (const Finding rude = annoyed(turns, tr, Role::bot); rude.yes) return {false, rude.turn, 0.75};
  std::size_t lost = 0;
  for (const HeardTurn& turn : turns) lost += turn.role == Role::bot && turn.has(Cue::out_of_scope) ? 1 : 0;
  if (lost >= 2) return {false, last_with(turns, Role::bot, Cue::out_of_scope), 0.6};
  return {true, PreparedTranscript::npos, 0.6};
}

// The agent's last word on whether it worked; nothing when it never says.
std::optional<Finding> resolved(const Turns& turns) {
  for (std::size_t i = turns.size(); i-- > 0;) {
    if (turns[i].role != Role::bot) continue;
    if (turns[i].has(Cue::failed) || turns[i].has(Cue::out_of_scope)) return Finding{false, i, 0.65};
    if (turns[i].has(Cue::done)) return Finding{true, i, 0.7};
  }
  return {};
}

// Who answers is heard in the first words.
Finding machine(const Turns& turns) {
  int left = 2;
  for (std::size_t i = 0; i < turns.size() && left > 0; ++i) {
    if (turns[i].role != Role::human) continue;
    --left;
    if (turns[i].has(Cue::machine)) return {true, i, 0.85};
  }
  return {false, PreparedTranscript::npos, 0.75};
}

Finding inverse(Finding finding) {
  finding.yes = !finding.yes;
  return finding;
}

std::optional<Finding> find(Topic topic, const Tokens& d, const PreparedTranscript& tr) {
  const Turns& turns = tr.heard().turns;
  switch (topic) {
    case Topic::none: return {};
    case Topic::farewell: return farewell(turns, subject_of(d, Role::bot));
    case Topic::broken_off: return inverse(natural_end(turns, tr));
    case Topic::natural_end: return natural_end(turns, tr);
    case Topic::repeated: return repeated(turns, subject_of(d, Role::bot), asked_times(d));
    case Topic::annoyed: return annoyed(turns, tr, subject_of(d, Role::human));
    case Topic::pleased: return pleased(turns, subject_of(d, Role::human));
    case Topic::confused: return heard_cue(turns, subject_of(d, Role::human), Cue::confusion, 0.65);
    case Topic::change_of_mind: return change_of_mind(turns, subject_of(d, Role::human));
    case Topic::out_of_scope: return heard_cue(turns, Role::bot, Cue::out_of_scope, 0.75);
    case Topic::courteous:
      if (subject_of(d, Role::bot) == Role::human) return inverse(annoyed(turns, tr, Role::human));
      return courteous(turns, tr);
    case Topic::resolved: return resolved(turns);
    case Topic::machine: return machine(turns);
    case Topic::human: return inverse(machine(turns));
    case Topic::opt_out: return heard_cue(turns, Role::human, Cue::opt_out, 0.85);
  }
  return {};
}

// "Did the agent not repeat itself", "avoided": the question itself says no. The words of a topic may hold a "not".
bool turned_round(const Tokens& d, Topic topic) {
  if (topic == Topic::opt_out || topic == Topic::out_of_scope) return false;
  return std::any_of(d.begin(), d.end(), [](const Token& t) {
    return t.text == "not" || t.text == "never" || t.text == "without" || t.text == "avoid" || t.text == "avoided" ||
           t.text == "didn't" || t.text == "doesn't" || t.text == "avoids";
  });
}

void show(Verdict& verdict, std::size_t turn, const PreparedTranscript& tr) {
  const std::size_t place = turn == PreparedTranscript::npos ? turn : tr.place_of(turn);
  if (place == PreparedTranscript::npos) return;
  verdict.turn = place;
  verdict.last = std::min<std::size_t>(tr.turns()[place].tokens.size(), 30);
}

}  // namespace

std::optional<Verdict> outcome(const PreparedTranscript& tr) {
  const auto found = resolved(tr.heard().turns);
  if (!found) return {};
  Verdict verdict{found->yes, 0, 0, 0, found->confidence};
  show(verdict, found->turn, tr);
  return verdict;
}

Ruling about_call(const Question& question, const PreparedTranscript& tr) {
  const Tokens& d = question.tokens;
  const Topic topic = topic_of(d);
  if (topic == Topic::none || tr.turns().empty()) return {};
  auto found = find(topic, d, tr);
  if (!found) return {true, std::nullopt};
  Verdict verdict;
  verdict.yes = found->yes != turned_round(d, topic);
  verdict.confidence = found->confidence;
  show(verdict, found->turn, tr);
  return {true, verdict};
}

}  // namespace wrapup::rules
