#include <algorithm>
#include <array>

#include "pipeline/rules/candidates.hpp"

namespace wrapup::rules {

namespace {

using Tokens = std::vector<Token>;

bool name_word(const Token& t) {
  return !t.digits && t.text.size() > 1 &&
         !t.is(kFunction | kFiller | kPreposition | kGeneric | kRelativeDay | kDayPart | kWeekday | kAsker |
               kNegation) &&
         (!t.is(kBreaker) || t.is(kTitle)) && (t.capital || !t.text.ends_with("ing"));
}

// Behind a first name a capital word is a name even when it is a common word: "Nora Sharp", "Jack Wait".
bool later_name_word(const Token& t) {
  return name_word(t) || t.is(kNameToo) || (t.capital && !t.is(kFiller | kPreposition) && t.text.size() > 2);
}

bool known_name(const Token& t) { return t.is(kGivenName | kNameToo); }

// A name without capitals is closed by what cannot go on a name.
bool name_closed(const Tokens& t, std::size_t to) {
  return to == t.size() || t[to].mark != 0 || t[to].is(kBreaker | kFunction | kPreposition | kFiller);
}

// Up to three words of a name from `at`; capitals end it when it has begun with one.
std::size_t name_end(const Tokens& t, std::size_t at) {
  std::size_t i = at;
  while (i < t.size() && i < at + 4 && (i == at ? name_word(t[i]) || t[i].is(kNameToo) : later_name_word(t[i]))) {
    if (i > at && t[i].mark != 0 && !(t[i].mark == '.' && t[i - 1].is(kTitle)) && t[i].mark != '-') break;
    if (i > at && t[at].capital && !t[i].capital) break;
    ++i;
  }
  return i;
}

struct Lead {
  std::string_view phrase;
  double score;
};

constexpr Lead kNameLeads[] = {
    {"my name is", 0.9}, {"my name's", 0.9}, {"name is", 0.85}, {"the name of", 0.7}, {"under the name", 0.8},
    {"this is", 0.6},    {"i'm", 0.55},      {"i am", 0.55},    {"im", 0.5},          {"name", 0.5},
    {"it's", 0.3},       {"it is", 0.3},     {"call me", 0.7},  {"for", 0.1},         {"full name", 0.8}};

bool asks_for_name(const PreparedTurn& turn) {
  for (const Sentence& s : turn.sentences) {
    if (!s.asks && !has_word(turn.tokens, "please")) continue;
    for (std::size_t i = s.first; i < s.last; ++i) {
      const std::string& w = turn.tokens[i].text;
      // "your pet's name", "the maiden name" are names of others.
      if (w == "name" && i > s.first &&
          (turn.tokens[i - 1].text.ends_with("'s") || turn.tokens[i - 1].text == "maiden"))
        continue;
      if (w == "name" || w == "names" || w == "surname" || (w == "who" && i < s.first + 2)) return true;
    }
  }
  return false;
}

bool spelled(const Tokens& t, std::size_t first, std::size_t last) {
  for (std::size_t i = first; i < last; ++i) {
    if (t[i].text.size() == 1) return true;
  }
  return last == first;
}

void add_name(std::vector<Candidate>& out, std::size_t at, std::size_t first, std::size_t last, double score) {
  Candidate c;
  c.turn = at;
  c.first = first;
  c.last = last;
  c.score = score;
  out.push_back(std::move(c));
}

void lead_names(const PreparedTurn& turn, std::size_t at, bool asked, std::vector<Candidate>& out) {
  const Tokens& t = turn.tokens;
  for (std::size_t i = 0; i < t.size(); ++i) {
    for (const Lead& lead : kNameLeads) {
      if (lead.phrase.front() != t[i].text.front() || !phrase_at(t, i, lead.phrase)) continue;
      std::size_t from = i + count_words(lead.phrase);
      while (from < t.size() && from < i + 6 && t[from].is(kFiller) &&
             (t[from].text == "uh" || t[from].text == "um" || t[from].text == "er"))
        ++from;
      const std::size_t to = name_end(t, from);
      if (to == from || spelled(t, from, to) || t[from].mark == '.' || t[from].mark == '?') continue;
      const bool weak = lead.score < 0.6;
      // "I'm looking", "this is great": only a capital, or a short turn that answers, makes a name of them.
      const bool plain = (t[from].flags & ~(kGivenName | kNameToo)) == 0;
      const bool bare = !turn.cased && name_closed(t, to) &&
                        ((plain && (lead.score >= 0.6 || asked)) || (known_name(t[from]) && lead.score >= 0.5));
      if (lead.score < 0.7 && !t[from].capital && !(asked && to == t.size()) && !bare) continue;
      if (weak && lead.score < 0.35 && !asked) continue;
      add_name(out, at, from, to, lead.score + (asked ? 0.3 : 0));
    }
  }
  if (t.size() >= 2 && t.back().text == "speaking") {
    std::size_t from = t.size() - 1;
    while (from > 0 && name_word(t[from - 1]) && t[from - 1].capital) --from;
    if (from + 1 < t.size()) add_name(out, at, from, t.size() - 1, 0.8);
  }
}

}  // namespace

void trim_fillers(const PreparedTurn& turn, std::size_t& first, std::size_t& last) {
  static constexpr std::array<std::string_view, 26> kLeads{
      "to",          "i've had",     "i've got",  "i have had",  "i would like", "i'd like",  "i want",
      "i need",      "i have",       "i am",      "i'm",         "it is",        "it's",      "that is",
      "that's",      "make it",      "let's say", "how about",   "what about",   "can i get", "can i have",
      "could i get", "could i have", "i'll have", "i will have", "i think"};
  const Tokens& t = turn.tokens;
  for (bool moved = true; moved && first < last;) {
    moved = false;
    if (t[first].is(kFiller) && t[first].text != "right" && last - first > 1) {
      ++first;
      moved = true;
      continue;
    }
    for (std::string_view lead : kLeads) {
      const std::size_t n = count_words(lead);
      if (first + n < last && phrase_at(t, first, lead)) {
        first += n;
        moved = true;
        break;
      }
    }
  }
  while (last > first + 1 &&
         (t[last - 1].text == "please" || t[last - 1].text == "thanks" || t[last - 1].text == "thank" ||
          (t[last - 1].text == "you" && t[last - 2].text == "thank"))) {
    --last;
  }
}

std::vector<Candidate> name_candidates(const Question& q, const PreparedTranscript& tr) {
  std::vector<Candidate> out;
  static const std::array<WordId, 4> kOthers{stem_id("mother"), stem_id("maiden"), stem_id("pet"), stem_id("father")};
  const bool special = std::any_of(q.topic.begin(), q.topic.end(), [&](const TopicWord& w) {
    return std::find(kOthers.begin(), kOthers.end(), w.stem) != kOthers.end();
  });
  for (std::size_t at = 0; at < tr.turns().size(); ++at) {
    const PreparedTurn& turn = tr.turns()[at];
    if (turn.role != Role::human) continue;
    const std::size_t before = tr.asked_by(at);
    const bool asked = before != PreparedTranscript::npos && asks_for_name(tr.turns()[before]);
    const std::size_t had = out.size();
    if (asked && turn.polarity == Polarity::no && !has_word(turn.tokens, "name")) continue;
    if (special) {
      const double about = std::max(coverage(q, turn, 0, turn.tokens.size()), asked ? q.turns[before].asked : 0.0);
      if (about < 0.6) continue;
    }
    lead_names(turn, at, asked, out);
    if (asked && out.size() == had) {
      std::size_t first = 0;
      std::size_t last = turn.tokens.size();
      trim_fillers(turn, first, last);
      const std::size_t end = name_end(turn.tokens, first);
      const bool spelling = has_word(tr.turns()[before].tokens, "spell");
      if (end > first && !spelled(turn.tokens, first, end) && end - first <= 3 &&
          (end == last || turn.tokens[first].capital ||
           (known_name(turn.tokens[first]) && name_closed(turn.tokens, end))) &&
          !spelling) {
        add_name(out, at, first, end, 0.85);
      }
    }
  }
  for (Candidate& c : out) {
    if (q.surname && c.last - c.first >= 2) c.first = c.last - 1;
    if (q.given_name && c.last - c.first >= 2) c.last = c.first + 1;
  }
  return out;
}

namespace {

bool place_word(const Token& t) {
  return !t.digits &&
         !t.is(kFunction | kFiller | kBreaker | kPreposition | kRelativeDay | kDayPart | kWeekday | kNegation | kUnit |
               kTens | kCounted) &&
         !t.is(kMonth) && !t.is(kGeneric);
}

// Inside a place a capital makes a name of a common word: "Main", "Call".
bool later_place_word(const Token& t) {
  return place_word(t) || (t.capital && !t.digits && t.is(kGeneric | kCounted) && !t.is(kFiller | kFunction));
}

// "38 Old Mill Road": a number, and a few words on one that names a street; 0 when it is none.
std::size_t street_end(const Tokens& t, std::size_t at) {
  static constexpr std::array<std::string_view, 16> kStreets{
      "street", "avenue", "road",    "boulevard", "lane",     "court", "drive", "highway",
      "square", "circle", "parkway", "terrace",   "crescent", "blvd",  "ave",   "way"};
  if (at >= t.size() || !t[at].digits) return 0;
  for (std::size_t i = at + 1; i < t.size() && i < at + 6 && !t[i].digits && (t[i].mark == 0 || t[i].mark == '.');
       ++i) {
    if (t[i].is(kFunction | kPreposition | kNegation)) return 0;
    if (i > at + 1 && std::find(kStreets.begin(), kStreets.end(), t[i].text) != kStreets.end()) return i + 1;
  }
  return 0;
}

// A place from `at`: "Ashford, KY", "the old mill", "12 Mill Road", "3rd and Elm".
std::size_t place_end(const Tokens& t, std::size_t at) {
  std::size_t i = at;
  if (i < t.size() && t[i].text == "the") ++i;
  const std::size_t body = i;
  if (const std::size_t street = street_end(t, i); street > i) return street;
  if (i < t.size() && t[i].digits) {
    ++i;
    const bool ordinal = i < t.size() && t[i].glued &&
                         (t[i].text == "th" || t[i].text == "st" || t[i].text == "nd" || t[i].text == "rd");
    if (ordinal) ++i;
    if (i >= t.size() || t[i].mark != 0 ||
        !(t[i].capital || t[i].text == "and" || t[i].text == "street" || t[i].text == "avenue") || t[i].is(kMonth))
      return at;
    if (t[i].text == "and" && !ordinal) return at;
  } else if (i >= t.size() || !place_word(t[i])) {
    return at;
  }
  while (i < t.size() && i < body + 7) {
    if (i > body && t[i].mark != 0 && t[i].mark != '-' && t[i].mark != '.' && t[i].mark != '#' && t[i].mark != '\'') {
      const bool state = t[i].mark == ',' && t[i].capital && t[i].text.size() <= 3 && t[i].text != "i";
      const bool country = t[i].mark == ',' && t[i].capital && t[i - 1].capital &&
                           (i + 1 == t.size() || t[i + 1].mark != 0) && place_word(t[i]);
      if (state || country) ++i;
      break;
    }
    if (i > body && t[i].mark == '.' && t[i - 1].text.size() > 3) break;
    if (t[i].mark == '#' && t[i].digits) {
      ++i;
      break;
    }
    if (t[i].text == "and" && i + 1 < t.size() && t[i + 1].mark == 0 && i > body) {
      const bool closed = i + 2 >= t.size() || t[i + 2].mark != 0 || t[i + 2].is(kPreposition | kBreaker | kFunction);
      const bool pair = t[body].digits || (i == body + 1 && (t[i - 1].capital == t[i + 1].capital || closed));
      if (!pair || !(later_place_word(t[i + 1]) || (closed && t[i + 1].is(kGeneric) && !t[i + 1].is(kFunction)))) break;
      ++i;
      continue;
    }
    if (i > body && t[body].capital && !t[i].capital &&
        !(t[i].text == "street" || t[i].text == "avenue" || t[i].text == "road"))
      break;
    if (t[i].digits || !(i == body ? place_word(t[i]) : later_place_word(t[i]))) break;
    ++i;
    if (!t[body].capital && !t[body].digits && i - body >= 3) break;
  }
  return i;
}

struct Preposition {
  End end = End::none;
  double score = 0;
};

Preposition place_preposition(const Tokens& t, std::size_t at) {
  const std::string& w = t[at].text;
  if (w == "from" || w == "leaving" || w == "departing") return {End::start, 0.5};
  if (w == "to" || w == "into" || w == "towards" || w == "visit" || w == "visiting") return {End::finish, 0.5};
  if (w == "in" || w == "near" || w == "around" || w == "at" || w == "of")
    return {End::none, w == "of" ? 0.1 : w == "at" ? 0.3 : 0.4};
  if (w == "for") return {End::none, 0.15};
  return {};
}

bool no_place(const Token& t) {
  static constexpr std::array<std::string_view, 22> kNone{
      "total", "event",    "events", "general", "fact",  "advance", "order", "case", "person", "cash",     "visit",
      "see",   "visiting", "home",   "full",    "least", "most",    "once",  "time", "touch",  "addition", "charge"};
  return std::find(kNone.begin(), kNone.end(), t.text) != kNone.end();
}

bool asks_where(const PreparedTurn& turn) {
  for (const Sentence& s : turn.sentences) {
    if (!s.asks) continue;
    for (std::size_t i = s.first; i < s.last; ++i) {
      const std::string& w = turn.tokens[i].text;
      if (w == "where" || w == "city" || w == "town" || w == "location" || w == "destination" || w == "area" ||
          w == "address" || w == "place" || w == "country")
        return true;
    }
  }
  return false;
}

// Which end of a trip a question is about, when it names one end only.
End asked_end(const PreparedTurn& turn) {
  static const WordId kLeave = stem_id("leave");
  static const WordId kBegin = stem_id("begin");
  bool start = false;
  bool finish = false;
  for (const Sentence& s : turn.sentences) {
    if (!s.asks) continue;
    for (std::size_t i = s.first; i < s.last; ++i) {
      const Token& t = turn.tokens[i];
      start = start || t.text == "from" || t.stem == kLeave || t.text == "pickup" || t.text == "origin" ||
              t.text == "picked" || t.stem == kBegin;
      finish = finish || t.text == "to" || t.text == "destination" || t.text == "going" || t.text == "arrive" ||
               t.text == "heading" || t.text == "dropped";
    }
  }
  // "Where would you like to be picked up?" has a "to" of no direction.
  if (start) return finish && has_word(turn.tokens, "going") ? End::none : End::start;
  return finish ? End::finish : End::none;
}

double place_side(const PreparedTranscript& tr, std::size_t at) {
  if (tr.turns()[at].role == Role::human) return 1.0;
  return tr.reaction(at) == Polarity::yes ? 0.95 : tr.reaction(at) == Polarity::no ? 0.4 : 0.7;
}

bool names_building(const Tokens& t, std::size_t first, std::size_t last) {
  static constexpr std::array<std::string_view, 20> kBuildings{
      "airport", "station", "center", "centre",    "hall",       "hotel",      "inn",
      "street",  "avenue",  "road",   "boulevard", "drive",      "apartments", "terminal",
      "theater", "theatre", "mall",   "park",      "restaurant", "gallery"};
  for (std::size_t i = first; i < last; ++i) {
    if (std::find(kBuildings.begin(), kBuildings.end(), t[i].text) != kBuildings.end()) return true;
  }
  return false;
}

void add_place(const Question& q, const PreparedTranscript& tr, std::size_t at, std::size_t first, std::size_t last,
               End end, double score, std::vector<Candidate>& out) {
  const PreparedTurn& turn = tr.turns()[at];
  const Tokens& t = turn.tokens;
  if (t[first].text == "the") ++first;
  const bool address = t[first].digits;
  if (q.end != End::none && end != End::none) score += end == q.end ? 0.35 : -0.6;
  if (q.end == End::none && end == End::start) score -= 0.15;
  if (t[first].capital || !turn.cased) score += 0.15;
  if (address != q.address && !(q.end != End::none)) score -= q.address ? 0.2 : 0.25;
  const Sentence& s = sentence_of(turn, first);
  if (q.city && names_building(t, first, last)) score -= 0.35;
  score += 0.25 * coverage_near(q, turn, s, first, last) + 0.2 * q.turns[at].trail;
  if (negated_at(t, first, s.first)) score -= 0.3;
  Candidate c;
  c.turn = at;
  c.first = first;
  c.last = last;
  c.end = end;
  c.score = score * place_side(tr, at);
  out.push_back(std::move(c));
}

}  // namespace

std::vector<Candidate> place_candidates(const Question& q, const PreparedTranscript& tr) {
  std::vector<Candidate> out;
  for (std::size_t at = 0; at < tr.turns().size(); ++at) {
    const PreparedTurn& turn = tr.turns()[at];
    const Tokens& t = turn.tokens;
    const std::size_t had = out.size();
    const std::size_t before = tr.asked_by(at);
    const bool asked = before != PreparedTranscript::npos && asks_where(tr.turns()[before]);
    const double ask = asked ? 0.15 : 0;
    for (std::size_t i = 0; i + 1 < t.size(); ++i) {
      const Preposition p = place_preposition(t, i);
      if (p.score == 0 || (t[i + 1].mark != 0 && t[i + 1].mark != '\'' && t[i + 1].mark != '"')) continue;
      const std::size_t end = place_end(t, i + 1);
      if (end <= i + 1 || (t[i + 1].text == "the" && end == i + 2)) continue;
      const std::size_t body = t[i + 1].text == "the" ? i + 2 : i + 1;
      // A small word behind "to" may be a verb, behind "in" anything.
      const bool plain = !t[body].capital && !t[body].digits;
      if (plain && no_place(t[body])) continue;
      if (plain && end - body > 3) continue;
      add_place(q, tr, at, i + 1, end, p.end,
                p.score + ask - (plain ? (p.end == End::none ? (turn.cased ? 0.25 : 0.15) : 0.1) : 0), out);
    }
    if (asked && turn.role == Role::human && out.size() == had) {
      std::size_t first = 0;
      std::size_t last = t.size();
      trim_fillers(turn, first, last);
      const std::size_t end = place_end(t, first);
      if (end > first && (end == last || t[first].capital || t[end].mark != 0)) {
        add_place(q, tr, at, first, end, asked_end(tr.turns()[before]), 0.5 + ask, out);
      }
    }
  }
  return out;
}

}  // namespace wrapup::rules
