#include <algorithm>
#include <array>

#include "pipeline/rules/candidates.hpp"

namespace wrapup::rules {

namespace {

using Tokens = std::vector<Token>;

bool asks_for_type(const PreparedTurn& turn, ValueType type) {
  const auto any = [&](std::initializer_list<std::string_view> words) {
    for (const Sentence& s : turn.sentences) {
      if (!s.asks) continue;
      for (std::size_t i = s.first; i < s.last; ++i) {
        for (std::string_view w : words) {
          if (turn.tokens[i].text == w) return true;
        }
      }
    }
    return false;
  };
  switch (type) {
    case ValueType::time: return any({"time", "when", "hour", "o'clock", "times"});
    case ValueType::date: return any({"date", "day", "when", "birthday", "days", "dates", "birth"});
    case ValueType::money: return any({"price", "cost", "much", "amount", "fare", "budget", "charge", "rent", "total"});
    case ValueType::number: return any({"many", "number", "size", "people", "much"});
    case ValueType::phone: return any({"phone", "number", "telephone", "contact"});
    case ValueType::email: return any({"email", "e-mail", "mail"});
    case ValueType::code: return any({"number", "code", "pin", "id", "reference", "account"});
    case ValueType::postcode: return any({"postcode", "zip", "postal", "zipcode", "code"});
    default: return false;
  }
}

// Which end of a range or trip the words right before a value name.
End end_before(const PreparedTurn& turn, std::size_t at, std::size_t sentence_first) {
  for (std::size_t back = 1; back <= 5 && at >= sentence_first + back; ++back) {
    const Token& w = turn.tokens[at - back];
    if (w.text == "from" || w.text == "begin" || w.text == "beginning" || w.text == "starting" ||
        w.text == "arriving" || w.text == "arrive" || w.text == "arrival" || w.text == "in") {
      if (w.text != "in" || (at >= back + 1 && turn.tokens[at - back - 1].text.starts_with("check"))) return End::start;
    }
    if (w.text == "until" || w.text == "till" || w.text == "through" || w.text == "ending" || w.text == "returning" ||
        w.text == "return" || w.text == "back" || w.text == "out" || w.text == "leaving" || w.text == "end") {
      return End::finish;
    }
    if (w.text == "to" && (back == 1 || w.is(kMonth)) && at >= 2 &&
        (turn.tokens[at - 2].digits || turn.tokens[at - 2].is(kWeekday | kMonth | kOrdinal) ||
         (turn.tokens[at - 2].glued && at >= 3 && turn.tokens[at - 3].digits))) {
      return End::finish;
    }
    if (turn.tokens[at - back].is(kWeekday | kMonth)) break;
  }
  return End::none;
}

// "May 3rd to the 9th": the first of two is the start.
bool opens_range(const PreparedTurn& turn, const Value& v) {
  if (v.last + 1 >= turn.tokens.size()) return false;
  const Token& link = turn.tokens[v.last];
  const Token& next = turn.tokens[v.last + 1];
  if (link.text != "to" && link.text != "until" && link.text != "till" && link.text != "through") return false;
  return next.digits || next.text == "the" || next.is(kMonth | kWeekday | kOrdinal | kRelativeDay | kUnit);
}

double counted_score(const Question& q, const PreparedTurn& turn, const Value& v) {
  // "58 people", "3 rooms", "4 star", "group of 5", "there are 3 of us"
  for (std::size_t i = v.last; i < turn.tokens.size() && i < v.last + 3; ++i) {
    const Token& t = turn.tokens[i];
    if (t.mark != 0 && t.mark != '-') break;
    if (q.counted != 0 && t.stem == q.counted) return 0.6;
    if (q.counts_people && t.is(kCounted))
      return t.text == "of" ? (i + 1 < turn.tokens.size() && turn.tokens[i + 1].text == "us" ? 0.5 : 0) : 0.45;
  }
  if (q.counts_people && v.first >= 2 && turn.tokens[v.first - 1].text == "of") {
    const std::string& w = turn.tokens[v.first - 2].text;
    if (w == "party" || w == "group" || w == "table" || w == "total") return 0.5;
  }
  if (q.counts_people && v.first >= 1 && turn.tokens[v.first - 1].text == "for" &&
      (v.last == turn.tokens.size() || turn.tokens[v.last].mark != 0 ||
       turn.tokens[v.last].is(kFiller | kPreposition | kBreaker)))
    return 0.3;
  return 0;
}

bool asks_for_people(const PreparedTurn& turn) {
  for (std::size_t i = 0; i + 2 < turn.tokens.size(); ++i) {
    if (phrase_at(turn.tokens, i, "how many") && turn.tokens[i + 2].is(kCounted) && turn.tokens[i + 2].text != "of")
      return true;
  }
  return false;
}

// The only date, time or price that is said is more likely the one asked for.
void favour_single(const Question& q, std::vector<Candidate>& all) {
  if (q.type != ValueType::time && q.type != ValueType::date && q.type != ValueType::money) return;
  for (const Candidate& c : all) {
    if (!same_value(c.value, all.front().value)) return;
  }
  for (Candidate& c : all) c.score += 0.12;
}

double prior(const Question& q) {
  switch (q.type) {
    case ValueType::email: return 0.7;
    case ValueType::phone: return 0.35;
    case ValueType::time: return 0.38;
    case ValueType::date: return 0.33;
    case ValueType::money: return 0.25;
    case ValueType::postcode: return 0.3;
    default: return 0;
  }
}

bool fits(const Question& q, const Value& v) {
  if (q.type == ValueType::money) return v.type == ValueType::money;
  if (q.type == ValueType::postcode) return v.type == ValueType::code && v.sure;
  if (q.type == ValueType::date && q.birth) return v.type == ValueType::date && v.date.day != 0 && v.date.month != 0;
  if (q.type == ValueType::number && v.type == ValueType::money)
    return std::any_of(q.tokens.begin(), q.tokens.end(), [](const Token& t) { return t.is(kCurrency); });
  if (q.type == ValueType::number && v.type == ValueType::time) return false;
  if (q.type == ValueType::date && v.type == ValueType::date) return v.sure;
  return v.type == q.type;
}

// Bot's words count when they answer, or when the caller takes them; a refusal strikes them out.
double side_factor(const Question& q, const PreparedTranscript& tr, std::size_t at) {
  const PreparedTurn& turn = tr.turns()[at];
  if (q.side == Side::bot) return turn.role == Role::bot ? 1.0 : 0.0;
  if (turn.role == Role::human) return 1.0;
  if (q.side == Side::human && !turn.asks) return 0.3;
  switch (tr.reaction(at)) {
    case Polarity::yes: return 1.0;
    case Polarity::no: return 0.4;
    default: return turn.asks ? 0.6 : 0.85;
  }
}

double context_score(const Question& q, const PreparedTranscript& tr, std::size_t at, const Value& v) {
  const PreparedTurn& turn = tr.turns()[at];
  const Sentence& s = sentence_of(turn, v.first);
  const double local = coverage_near(q, turn, s, v.first, v.last);
  double asked = 0;
  double cue = 0;
  if (const std::size_t before = tr.asked_by(at); before != PreparedTranscript::npos) {
    asked = q.turns[before].asked;
    if (asks_for_type(tr.turns()[before], q.type)) cue = turn.role == Role::human ? 0.2 : 0.15;
  }
  double score = 0.5 * std::max(local, asked) + 0.15 * std::min(local, asked) + cue + 0.2 * q.turns[at].trail;
  if (q.end != End::none && (q.type == ValueType::date || q.type == ValueType::time)) {
    End end = end_before(turn, v.first, s.first);
    if (end == End::none && opens_range(turn, v)) end = End::start;
    if (end != End::none) score += end == q.end ? 0.3 : -0.35;
  } else if (q.type == ValueType::date && end_before(turn, v.first, s.first) == End::finish) {
    score -= 0.1;
  }
  // "No, the 6th": what corrects holds.
  if (turn.role == Role::human && (turn.corrects || turn.polarity == Polarity::no)) score += 0.12;
  // After "that is not available" the next offer or wish replaces the one before.
  if (turn.role == Role::human && at > 0 && tr.turns()[at - 1].role == Role::bot && tr.turns()[at - 1].regrets)
    score += 0.12;
  return score;
}

// "My pin is 7402", "ride ID - 224": the last topic word before a code names it; another noun's code is another's.
double code_score(const Question& q, const PreparedTurn& turn, const Value& v) {
  const Sentence& s = sentence_of(turn, v.first);
  for (std::size_t back = 1; back <= 6 && v.first >= s.first + back; ++back) {
    const Token& w = turn.tokens[v.first - back];
    const bool named = w.text == "number" || w.text == "id" || w.text == "pin" || w.text == "code" ||
                       w.text == "reference" || w.text == "plate";
    if (!named) continue;
    const bool asked = has_word(q.tokens, w.text);
    if (asked) return 0.35;
    if (back <= 3 && w.text != "number" && w.text != "id") return -1;
    return w.text == "id" && has_word(q.tokens, "number") && !has_word(q.tokens, "account") ? 0.3 : -0.3;
  }
  return 0;
}

}  // namespace

std::vector<Candidate> typed_candidates(const Question& q, const PreparedTranscript& tr) {
  std::vector<Candidate> out;
  const double base = prior(q);
  for (std::size_t at = 0; at < tr.turns().size(); ++at) {
    const PreparedTurn& turn = tr.turns()[at];
    double side = -1;
    const std::size_t asker = tr.asked_by(at);
    const bool spells = q.type == ValueType::postcode && turn.role == Role::human &&
                        asker != PreparedTranscript::npos && asks_for_type(tr.turns()[asker], q.type);
    for (const Value& v : turn.values) {
      if (spells || !fits(q, v)) continue;
      if (side < 0) side = side_factor(q, tr, at);
      if (side <= 0) break;
      Candidate c;
      c.turn = at;
      c.first = v.first;
      c.last = v.last;
      c.value = v;
      c.text = v.text;
      c.score = base + context_score(q, tr, at, v);
      if (q.type == ValueType::number)
        c.score +=
            counted_score(q, turn, v) +
            (q.counts_people && asker != PreparedTranscript::npos && asks_for_people(tr.turns()[asker]) ? 0.3 : 0.0);
      if (q.type == ValueType::code) c.score += code_score(q, turn, v);
      if (q.birth && v.date.year != 0) c.score += 0.2;
      if (negated_at(turn.tokens, v.first, sentence_of(turn, v.first).first)) c.score -= 0.3;
      c.score *= side;
      out.push_back(std::move(c));
    }
    if (spells) {
      Candidate c;
      c.turn = at;
      c.last = turn.tokens.size();
      c.text = join_spelled(turn.tokens, 0, turn.tokens.size());
      for (char& ch : c.text) ch = ch >= 'a' && ch <= 'z' ? static_cast<char>(ch - 32) : ch;
      const bool digits = c.text.find_first_of("0123456789") != std::string::npos;
      if (c.text.size() < 4 || c.text.size() > 10 || !digits) continue;
      c.score = c.text.size() >= 5 && c.text.size() <= 8 ? 1.0 : 0.8;
      // Heard twice alike is heard well.
      for (const Candidate& other : out) c.score += other.text == c.text ? 0.2 : 0.0;
      out.push_back(std::move(c));
    }
  }
  favour_single(q, out);
  return out;
}

}  // namespace wrapup::rules
