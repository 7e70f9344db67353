#include <algorithm>
#include <array>

#include "pipeline/rules/candidates.hpp"

namespace wrapup::rules {

namespace {

using Tokens = std::vector<Token>;

bool opens_title(const Tokens& t, std::size_t i, bool sentence_first) {
  if (t[i].digits)
    return i + 1 < t.size() && t[i + 1].capital && t[i + 1].mark == 0 && !t[i + 1].glued && !t[i + 1].is(kMonth) &&
           t[i].text.find(':') == std::string::npos;
  if (!t[i].capital || t[i].is(kMonth | kWeekday) || t[i].text == "i") return false;
  if (t[i].text.starts_with("i'")) return false;
  const bool common = t[i].is(kFunction | kBreaker | kFiller | kGeneric | kAsker | kPreposition);
  const bool next = i + 1 < t.size() && t[i + 1].capital && t[i + 1].mark == 0 && !t[i + 1].is(kMonth | kWeekday) &&
                    t[i + 1].text != "i";
  // "The Golden Spanner": a common word belongs to the title only before a capital and inside a sentence.
  if (common) return next && !sentence_first;
  return !sentence_first || next;
}

bool joins_title(const Tokens& t, std::size_t i) {
  if (i >= t.size()) return false;
  const bool soft = t[i].mark == 0 || t[i].mark == '&' || t[i].mark == '-' || t[i].mark == '\'' ||
                    (t[i].mark == '.' && t[i - 1].text.size() <= 3);
  if (!soft) return false;
  if (t[i].capital && t[i].text != "i" && !t[i].text.starts_with("i'")) return true;
  if (t[i].digits && t[i].text.find(':') == std::string::npos)
    return i + 1 < t.size() && (t[i + 1].capital || t[i + 1].glued);
  if (t[i].glued && t[i].mark == 0) return true;
  const bool link = t[i].text == "of" || t[i].text == "the" || t[i].text == "and" || t[i].text == "de" ||
                    t[i].text == "la" || t[i].text == "vs" || t[i].text == "by";
  return link && i + 1 < t.size() && (t[i + 1].capital || t[i + 1].text == "the") && t[i + 1].mark == 0;
}

double title_score(const Question& q, const PreparedTranscript& tr, std::size_t at, std::size_t first,
                   std::size_t last) {
  const PreparedTurn& turn = tr.turns()[at];
  const Tokens& t = turn.tokens;
  const Sentence& s = sentence_of(turn, first);
  double score = 0.15 + 0.45 * coverage_near(q, turn, s, first, last) + 0.25 * q.turns[at].trail;
  if (last - first >= 2) score += 0.1;
  if (first > 0) {
    const std::string& w = t[first - 1].text;
    if (w == "in" || w == "from" || w == "to" || w == "near") score -= 0.3;
    if (w == "called" || w == "named" || w == "at" || w == "with" || w == "about" || w == "is" || w == "see" ||
        w == "watch")
      score += 0.15;
  }
  if (t[first].digits && last - first >= 2 &&
      (t[last - 1].text == "street" || t[last - 1].text == "avenue" || t[last - 1].text == "road" ||
       t[last - 1].text == "boulevard" || t[last - 1].text == "drive")) {
    score -= 0.5;
  }
  if (turn.role == Role::human) return score + (s.asks ? 0 : 0.1);
  switch (tr.reaction(at)) {
    case Polarity::yes: return score + 0.2;
    case Polarity::no: return score - 0.15;
    default: return score + 0.05;
  }
}

bool title_word(const Token& t) {
  return !t.is(kFunction | kBreaker | kFiller | kGeneric | kAsker | kPreposition | kNegation | kMonth | kWeekday |
               kRelativeDay | kCounted) &&
         (!t.digits || t.text.size() == 3 || t.text.size() == 4) && t.text.find(':') == std::string::npos;
}

// Where a title may begin in speech written without capitals; its first token, or 0.
std::size_t title_lead(const Tokens& t, std::size_t i) {
  static constexpr std::array<std::string_view, 19> kLeads{
      "how about",  "what about",   "called",    "named",     "there is", "there's", "i found",
      "i've found", "i have found", "including", "recommend", "suggest",  "at",      "with",
      "to visit",   "go to",        "going to",  "is the",    "name is"};
  for (std::string_view lead : kLeads) {
    if (lead.front() != t[i].text.front() || !phrase_at(t, i, lead)) continue;
    std::size_t from = i + count_words(lead);
    while (from < t.size() && (t[from].text == "the" || t[from].text == "is")) ++from;
    return from;
  }
  return 0;
}

// Two words or more behind such a lead that are no words of every call.
void plain_titles(const Question& q, const PreparedTranscript& tr, std::size_t at, std::vector<Candidate>& out) {
  const Tokens& t = tr.turns()[at].tokens;
  for (std::size_t i = 0; i < t.size(); ++i) {
    const std::size_t from = title_lead(t, i);
    if (from == 0 || from >= t.size() || !title_word(t[from])) continue;
    std::size_t end = from;
    while (end < t.size() && end < from + 7 && (title_word(t[end]) || t[end].is(kNameToo)) &&
           (end == from || t[end].mark == 0 || t[end].mark == '-' || t[end].mark == '\'' || t[end].mark == '.'))
      ++end;
    if (end - from < 2) continue;
    Candidate c;
    c.turn = at;
    c.first = from;
    c.last = end;
    c.score = title_score(q, tr, at, from, end) - 0.05;
    out.push_back(std::move(c));
  }
}

// What is named again is more likely what the call is about.
void favour_repeated(const PreparedTranscript& tr, std::vector<Candidate>& all) {
  for (Candidate& c : all) {
    const Token& word = tr.turns()[c.turn].tokens[c.last - 1];
    if (tr.turns_with(word.stem) > 1) c.score += 0.08;
  }
}

}  // namespace

std::vector<Candidate> title_candidates(const Question& q, const PreparedTranscript& tr) {
  std::vector<Candidate> out;
  std::vector<Candidate> plain;
  for (std::size_t at = 0; at < tr.turns().size(); ++at) {
    const PreparedTurn& turn = tr.turns()[at];
    const Tokens& t = turn.tokens;
    if (!turn.cased) plain_titles(q, tr, at, plain);
    for (std::size_t i = 0; i < t.size();) {
      const bool sentence_first = i == 0 || t[i].sentence != t[i - 1].sentence;
      const bool named = i > 0 && (t[i - 1].text == "called" || t[i - 1].text == "named");
      if (!opens_title(t, i, sentence_first) && !(named && !t[i].is(kFunction))) {
        ++i;
        continue;
      }
      std::size_t end = i + 1;
      while (end < t.size() && end - i < 14 && t[end].sentence == t[i].sentence && joins_title(t, end)) ++end;
      while (end > i + 1 && !t[end - 1].capital && !t[end - 1].glued && !t[end - 1].digits) --end;
      Candidate c;
      c.turn = at;
      c.first = i;
      c.last = end;
      c.score = title_score(q, tr, at, i, end);
      out.push_back(std::move(c));
      i = end;
    }
  }
  favour_repeated(tr, plain);
  out.insert(out.end(), plain.begin(), plain.end());
  return out;
}

namespace {

// The sentences of an answer from the first with something to say; a closing "thank you" is none of it.
void add_text(const PreparedTurn& turn, std::size_t at, const Sentence& s, double score, std::vector<Candidate>& out) {
  std::size_t first = s.first;
  std::size_t last = s.last;
  trim_fillers(turn, first, last);
  if (first >= last || (last - first == 1 && turn.tokens[first].is(kFiller | kFunction))) return;
  Candidate c;
  c.turn = at;
  c.first = first;
  c.last = std::min(last, first + 40);
  c.score = score;
  out.push_back(std::move(c));
}

// "a large tea with lemon please": the thing, up to where it is described further.
void add_request(const PreparedTurn& turn, std::size_t at, std::size_t first, std::vector<Candidate>& out) {
  const Tokens& t = turn.tokens;
  while (first < t.size() && (t[first].is(kFiller | kUnit) || t[first].text == "to" || t[first].text == "order" ||
                              t[first].text == "get" || t[first].text == "a" || t[first].text == "an" ||
                              t[first].text == "the" || t[first].text == "some" || t[first].text == "have")) {
    ++first;
  }
  std::size_t last = first;
  while (last < t.size() && last < first + 6 && !t[last].is(kPreposition | kBreaker) &&
         (last == first || t[last].mark == 0 || t[last].mark == '-'))
    ++last;
  if (last == first) return;
  Candidate c;
  c.turn = at;
  c.first = first;
  c.last = last;
  c.score = 0.62;
  out.push_back(std::move(c));
}

bool speaks_of(WordId stem, const PreparedTurn& turn) {
  return std::any_of(turn.tokens.begin(), turn.tokens.end(), [&](const Token& t) { return t.stem == stem; });
}

bool refuses(const PreparedTurn& turn) { return turn.polarity == Polarity::no || turn.polarity == Polarity::unsure; }

}  // namespace

std::vector<Candidate> text_candidates(const Question& q, const PreparedTranscript& tr) {
  std::vector<Candidate> out;
  const Role wanted = q.side == Side::bot ? Role::bot : Role::human;
  // An order is a request before it is anything else.
  static constexpr std::array<std::string_view, 18> kRequests{
      "i would like", "i'd like", "can i get", "can i have",  "could i get", "could i have",
      "may i have",   "i want",   "i'll have", "i will have", "i'll take",   "give me",
      "let me get",   "get me",   "i'll get",  "to order",    "i need",      "order"};
  const bool story = has_word(q.tokens, "happened") || has_word(q.tokens, "problem") || has_word(q.tokens, "issue") ||
                     has_word(q.tokens, "reason");
  for (std::size_t at = 0; at < tr.turns().size(); ++at) {
    const PreparedTurn& turn = tr.turns()[at];
    if (turn.role != wanted) continue;
    const std::size_t before = tr.asked_by(at);
    const double asked = before == PreparedTranscript::npos ? 0 : q.turns[before].asked;
    const bool headed = q.head == 0 || (before != PreparedTranscript::npos && speaks_of(q.head, tr.turns()[before]));
    if (asked >= 0.25 && headed && !refuses(turn) && !turn.asks) {
      std::size_t first = 0;
      std::size_t last = turn.tokens.size();
      Sentence whole{first, last, false, false};
      // A long answer is told by its first sentences.
      if (last > 40) whole.last = turn.sentences.front().last;
      add_text(turn, at, whole, 0.4 + 0.6 * asked, out);
    }
    for (std::size_t i = 0; q.orders && turn.role == Role::human && i < turn.tokens.size(); ++i) {
      for (std::string_view request : kRequests) {
        if (request.front() == turn.tokens[i].text.front() && phrase_at(turn.tokens, i, request))
          add_request(turn, at, i + count_words(request), out);
      }
    }
    for (const Sentence& s : turn.sentences) {
      const double local = coverage(q, turn, s.first, s.last);
      if (local < 0.3 && !(story && at < 3 && s.last - s.first >= 4)) continue;
      add_text(turn, at, s,
               (story && at < 3 ? 0.7 - 0.1 * static_cast<double>(at) : 0.1) + 0.6 * local * (story ? 0.3 : 1.0) -
                   (s.asks && wanted == Role::human && !story ? 0.1 : 0),
               out);
    }
  }
  return out;
}

}  // namespace wrapup::rules
