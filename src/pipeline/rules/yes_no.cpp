#include "pipeline/rules/yes_no.hpp"

#include <algorithm>
#include <array>

namespace wrapup::rules {

namespace {

using Tokens = std::vector<Token>;

bool is_any(const Token& t, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) { return t.text == w; });
}

bool says(const Tokens& t, std::size_t first, std::size_t last, std::string_view phrase) {
  for (std::size_t i = first; i < last; ++i) {
    if (phrase_at(t, i, phrase)) return true;
  }
  return false;
}

constexpr std::string_view kDone[] = {
    "has been",      "have been",      "ticket's been",   "been booked",      "successfully",    "is booked",
    "are booked",    "was booked",     "is confirmed",    "is reserved",      "are reserved",    "are confirmed",
    "all set",       "i've booked",    "i have booked",   "i've reserved",    "i have reserved", "i've added",
    "i have added",  "i've made",      "i have made",     "i've ordered",     "i've sent",       "i've placed",
    "i have placed", "i booked",       "i've scheduled",  "i have scheduled", "be ready",        "on its way",
    "on the way",    "coming up",      "be out",          "is complete",      "all done",        "are done",
    "changes done",  "is done",        "is made",         "was made",         "you're booked",   "has gone through",
    "is placed",     "was successful", "were successful", "is scheduled",     "is set",          "reservation made",
    "will be up",    "order up"};
constexpr std::string_view kFailed[] = {"unable",
                                        "couldn't",
                                        "could not",
                                        "can't",
                                        "cannot",
                                        "wasn't able",
                                        "was not able",
                                        "not able",
                                        "not successful",
                                        "unsuccessful",
                                        "failed",
                                        "unavailable",
                                        "not available",
                                        "no longer available",
                                        "has been declined",
                                        "declined",
                                        "not possible",
                                        "fully booked",
                                        "already booked",
                                        "wasn't",
                                        "was not",
                                        "isn't",
                                        "weren't"};

// "Is now reserved", "has already been sent": a form of to be or have, and soon behind it what was done.
bool reports_deed(const Tokens& t, const Sentence& s) {
  static constexpr std::array<std::string_view, 34> kDeeds{
      "booked",     "reserved", "confirmed", "scheduled",   "submitted", "processed", "completed",
      "sent",       "placed",   "changed",   "updated",     "cancelled", "canceled",  "added",
      "ordered",    "arranged", "resolved",  "fixed",       "unlocked",  "activated", "approved",
      "registered", "done",     "made",      "transferred", "issued",    "refunded",  "rescheduled",
      "opened",     "closed",   "enrolled",  "renewed",     "finalized", "noted"};
  for (std::size_t i = s.first; i < s.last; ++i) {
    if (!is_any(t[i], {"is", "are", "has", "have", "was", "been", "it's", "that's", "you're", "i've", "we've", "all"}))
      continue;
    for (std::size_t k = i + 1; k < s.last && k <= i + 3; ++k) {
      if (t[k].is(kNegation) || t[k].mark == ',') break;
      if (std::find(kDeeds.begin(), kDeeds.end(), t[k].text) != kDeeds.end()) return true;
      if (!is_any(t[k], {"now", "been", "all", "already", "just", "successfully", "being", "also", "officially"}))
        break;
    }
  }
  return false;
}

enum class Outcome { none, done, failed };

Outcome outcome_of(const PreparedTurn& turn, const Sentence& s) {
  for (std::string_view p : kFailed) {
    if (says(turn.tokens, s.first, s.last, p)) return Outcome::failed;
  }
  if (s.asks) return Outcome::none;
  for (std::string_view p : kDone) {
    if (says(turn.tokens, s.first, s.last, p)) return Outcome::done;
  }
  return reports_deed(turn.tokens, s) ? Outcome::done : Outcome::none;
}

const std::array<WordId, 14>& deeds() {
  static const std::array<WordId, 14> kDeeds{
      stem_id("book"),      stem_id("buy"),    stem_id("order"),    stem_id("add"),     stem_id("made"),
      stem_id("submitted"), stem_id("change"), stem_id("cancel"),   stem_id("placed"),  stem_id("sent"),
      stem_id("place"),     stem_id("carry"),  stem_id("complete"), stem_id("transfer")};
  return kDeeds;
}

bool is_deed(const Token& t) { return std::find(deeds().begin(), deeds().end(), t.stem) != deeds().end(); }

bool repeats_deed(const Question& q, const PreparedTurn& turn, const Sentence& s) {
  for (std::size_t i = s.first; i < s.last; ++i) {
    if (is_deed(turn.tokens[i]) &&
        std::any_of(q.tokens.begin(), q.tokens.end(), [&](const Token& t) { return t.stem == turn.tokens[i].stem; }))
      return true;
  }
  return false;
}

// An order that was asked for, read back and agreed to, and that nothing spoke against.
std::optional<Verdict> agreed_order(const PreparedTranscript& tr) {
  bool requested = false;
  for (std::size_t at = 0; at < tr.turns().size(); ++at) {
    const PreparedTurn& turn = tr.turns()[at];
    if (turn.role == Role::bot) continue;
    const std::size_t before = tr.asked_by(at);
    if (requested && turn.polarity == Polarity::yes && before != PreparedTranscript::npos && tr.turns()[before].asks)
      return Verdict{true, at, 0, std::max<std::size_t>(1, turn.polarity_words), 0.55};
    for (std::string_view p : {"can i get", "can i have", "i would like", "i'd like", "i want", "i'll have",
                               "could i get", "i'll take", "to order", "i need", "let me get"}) {
      requested = requested || has_phrase(turn.tokens, p);
    }
  }
  return std::nullopt;
}

// What was brought about: the bot's last word on it counts.
std::optional<Verdict> achievement(const Question& q, const PreparedTranscript& tr) {
  Question object = q;
  std::erase_if(object.topic, [&](const TopicWord& w) {
    return w.generic || std::find(deeds().begin(), deeds().end(), w.stem) != deeds().end();
  });
  follow_topic(object, tr);
  // The thing itself is never named, as in "a reservation for two": then the deed must be.
  const bool unnamed =
      object.total > 0 && std::none_of(object.topic.begin(), object.topic.end(), [&](const TopicWord& w) {
        return tr.turns_with(w.stem) + tr.turns_with(w.also) > 0;
      });
  const bool cancels = has_stem(q.tokens, "cancel");
  std::optional<Verdict> found;
  for (std::size_t at = 0; at < tr.turns().size(); ++at) {
    const PreparedTurn& turn = tr.turns()[at];
    if (turn.role != Role::bot) continue;
    for (const Sentence& s : turn.sentences) {
      const Outcome outcome = outcome_of(turn, s);
      if (outcome == Outcome::none) continue;
      const bool cancelled =
          says(turn.tokens, s.first, s.last, "cancelled") || says(turn.tokens, s.first, s.last, "canceled");
      if (cancelled != cancels && (cancels || outcome == Outcome::done)) continue;
      if (unnamed && !repeats_deed(q, turn, s)) continue;
      const double about = unnamed ? 0.5
                           : object.total > 0
                               ? std::max(coverage(object, turn, s.first, s.last), object.turns[at].trail)
                               : 1;
      if (about < 0.25) continue;
      // Words of regret after the deed are about another matter more often than not.
      if (outcome == Outcome::failed && found && found->yes && coverage(q, turn, s.first, s.last) < 0.3) continue;
      found = Verdict{outcome == Outcome::done, at, s.first, s.last, 0.55 + 0.35 * about};
    }
  }
  return found;
}

// Words said by one side that make up the act asked about.
std::optional<Verdict> spoken(const Question& q, const PreparedTranscript& tr, Role role) {
  std::optional<Verdict> found;
  double best = 0.55;
  for (std::size_t at = 0; at < tr.turns().size(); ++at) {
    const PreparedTurn& turn = tr.turns()[at];
    if (turn.role != role) continue;
    for (const Sentence& s : turn.sentences) {
      const double c = coverage(q, turn, s.first, s.last);
      if (c <= best) continue;
      bool denied = false;
      for (std::size_t i = s.first; i < s.last; ++i) {
        const bool topical = std::any_of(q.topic.begin(), q.topic.end(),
                                         [&](const TopicWord& w) { return w.matches(turn.tokens[i].stem); });
        denied = denied || (topical && negated_at(turn.tokens, i, s.first));
      }
      best = c;
      found = Verdict{!denied, at, s.first, s.last, std::min(0.9, c)};
    }
  }
  return found;
}

bool about_speech(const Tokens& d) {
  for (const Token& t : d) {
    if (is_any(t, {"ask",      "asked",      "say",      "says",      "said",    "mention",   "mentions",  "mentioned",
                   "complain", "complained", "request",  "requested", "put",     "repeat",    "tell",      "told",
                   "express",  "expressed",  "state",    "stated",    "confirm", "confirmed", "apologize", "apologise",
                   "offer",    "offered",    "threaten", "refuse",    "refused"})) {
      return true;
    }
  }
  return false;
}

// The words of asking are not what is asked for.
Question without_speech(const Question& q, const PreparedTranscript& tr) {
  static const std::array<WordId, 11> kSpeech{
      stem_id("ask"),     stem_id("say"),  stem_id("said"),  stem_id("mention"), stem_id("request"), stem_id("put"),
      stem_id("express"), stem_id("tell"), stem_id("state"), stem_id("speak"),   stem_id("order")};
  Question out = q;
  std::erase_if(out.topic,
                [&](const TopicWord& w) { return std::find(kSpeech.begin(), kSpeech.end(), w.stem) != kSpeech.end(); });
  follow_topic(out, tr);
  return out;
}

}  // namespace

Ruling event(const Question& q, const PreparedTranscript& tr) {
  const Tokens& d = q.tokens;
  if (d.empty()) return {};
  const bool did = d[0].text == "did";
  const bool was = d[0].text == "was" || d[0].text == "were" || d[0].text == "has" || d[0].text == "have";
  const bool bot = d.size() > 2 && did &&
                   (d[1].text == "agent" || d[2].text == "agent" || d[2].text == "assistant" || d[2].text == "bot");
  Verdict absent;
  absent.confidence = 0.6;
  const bool person = d.size() > 2 && (d[1].is(kRoleWord) || d[2].is(kRoleWord));
  if ((did || d[0].text == "does") && person && about_speech(d)) {
    const auto found = spoken(without_speech(q, tr), tr, bot ? Role::bot : Role::human);
    return {true, found ? *found : absent};
  }
  const bool deed = std::any_of(d.begin() + 1, d.end(), [](const Token& t) { return is_deed(t); });
  if ((did || was) && deed && !has_word(d, "already") && !has_word(d, "earlier")) {
    auto found = achievement(q, tr);
    if (!found && did && has_stem(d, "order")) found = agreed_order(tr);
    if (!found && bot) found = outcome(tr);
    return {true, found ? *found : absent};
  }
  if (did) {
    auto found = bot ? achievement(q, tr) : std::nullopt;
    if (!found) found = spoken(q, tr, bot ? Role::bot : Role::human);
    if (!found && bot) found = outcome(tr);
    if (!found) found = state(q, tr).verdict;
    return {true, found ? *found : absent};
  }
  return {};
}

Ruling state(const Question& q, const PreparedTranscript& tr) {
  constexpr double kAbout = 0.5;
  const bool wish = has_word(q.tokens, "want") || has_word(q.tokens, "wants") || has_word(q.tokens, "need") ||
                    has_word(q.tokens, "accept") || has_word(q.tokens, "prefer");
  std::optional<Verdict> found;
  for (std::size_t at = 0; at < tr.turns().size(); ++at) {
    const PreparedTurn& turn = tr.turns()[at];
    // An answer: the other side asked about it, this side says yes or no.
    if (const std::size_t before = tr.asked_by(at); before != PreparedTranscript::npos && at - before == 1) {
      const double asked = q.turns[before].asked;
      if (asked >= kAbout && (turn.polarity == Polarity::yes || turn.polarity == Polarity::no)) {
        found = Verdict{turn.polarity == Polarity::yes, at, 0, std::max<std::size_t>(turn.polarity_words, 1),
                        0.5 + 0.4 * asked};
      } else if (asked >= kAbout && turn.polarity == Polarity::unsure) {
        found.reset();
      }
    }
    for (const Sentence& s : turn.sentences) {
      if (s.asks && !(wish && turn.role == Role::human)) continue;
      if (wish && turn.role == Role::bot && tr.reaction(at) != Polarity::yes) continue;
      const double about = coverage(q, turn, s.first, s.last);
      if (about < kAbout) continue;
      bool denied = false;
      for (std::size_t i = s.first; i < s.last; ++i) {
        const bool topical = std::any_of(q.topic.begin(), q.topic.end(),
                                         [&](const TopicWord& w) { return w.matches(turn.tokens[i].stem); });
        denied = denied || (topical && (negated_at(turn.tokens, i, s.first) || turn.tokens[i].is(kNegation)));
      }
      found = Verdict{!denied, at, s.first, s.last, 0.4 + 0.45 * about};
    }
  }
  return {true, found};
}

namespace {

Answer answer_with(const Verdict& v, const PreparedTranscript& tr) {
  const PreparedTurn& turn = tr.turns()[v.turn];
  Answer out = make_answer(turn, words_of(turn, v.first, v.last), v.confidence);
  out.value = v.yes;
  return out;
}

}  // namespace

Answer answer_yes_no(const Extractor& extractor, const PreparedTranscript& tr) {
  const Question q = read_question(extractor, tr);
  Ruling ruling = about_call(q, tr);
  if (!ruling.fits) ruling = compare_value(extractor, q, tr);
  if (!ruling.fits) ruling = equal_value(extractor, q, tr);
  if (!ruling.fits) ruling = event(q, tr);
  if (!ruling.fits) ruling = state(q, tr);
  if (!ruling.verdict || tr.turns().empty()) return no_answer();
  return answer_with(*ruling.verdict, tr);
}

std::optional<Answer> answer_about_call(const Extractor& extractor, const PreparedTranscript& tr) {
  const Ruling ruling = about_call(read_question(extractor, tr), tr);
  if (!ruling.verdict) return std::nullopt;
  return answer_with(*ruling.verdict, tr);
}

}  // namespace wrapup::rules
