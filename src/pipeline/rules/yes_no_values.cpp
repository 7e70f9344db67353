#include <algorithm>

#include "pipeline/rules/yes_no.hpp"

namespace wrapup::rules {

namespace {

using Tokens = std::vector<Token>;

enum class Relation { more, at_least, less, at_most, half_pm, half_am, decade };

struct Comparison {
  Relation relation = Relation::more;
  ValueType type = ValueType::number;
  double bound = 0;  // minutes for a time, the year for a date
};

std::optional<Relation> relation_at(const Tokens& d, std::size_t i, std::size_t& next) {
  struct Words {
    std::string_view phrase;
    Relation relation;
  };
  static constexpr Words kWords[] = {
      {"more than", Relation::more},    {"greater than", Relation::more}, {"longer than", Relation::more},
      {"older than", Relation::more},   {"higher than", Relation::more},  {"over", Relation::more},
      {"above", Relation::more},        {"after", Relation::more},        {"later than", Relation::more},
      {"at least", Relation::at_least}, {"less than", Relation::less},    {"fewer than", Relation::less},
      {"under", Relation::less},        {"below", Relation::less},        {"before", Relation::less},
      {"earlier than", Relation::less}, {"cheaper than", Relation::less}, {"younger than", Relation::less},
      {"at most", Relation::at_most},   {"up to", Relation::at_most}};
  for (const Words& w : kWords) {
    if (phrase_at(d, i, w.phrase)) {
      next = i + count_words(w.phrase);
      return w.relation;
    }
  }
  return std::nullopt;
}

bool asks_money(const Tokens& d) {
  for (std::string_view w : {"cost", "price", "fare", "rent", "balance", "amount", "pay", "fee"}) {
    if (has_word(d, w)) return true;
  }
  return false;
}

std::optional<Comparison> operand(const std::vector<Value>& values, const Question& q, std::size_t at,
                                  Relation relation) {
  for (const Value& v : values) {
    if (v.first != at && !(v.first == at + 1 && q.tokens[at].text == "the")) continue;
    const bool or_later = phrase_at(q.tokens, v.last, "or later") || phrase_at(q.tokens, v.last, "or more") ||
                          phrase_at(q.tokens, v.last, "or over") || phrase_at(q.tokens, v.last, "or older");
    const bool or_earlier = phrase_at(q.tokens, v.last, "or earlier") || phrase_at(q.tokens, v.last, "or less") ||
                            phrase_at(q.tokens, v.last, "or fewer");
    if (or_later) relation = Relation::at_least;
    if (or_earlier) relation = Relation::at_most;
    if (v.type == ValueType::time) return Comparison{relation, ValueType::time, static_cast<double>(v.minutes)};
    if (v.type == ValueType::money) return Comparison{relation, ValueType::money, v.number};
    if (v.type != ValueType::number) continue;
    if (q.birth && v.number > 1900) return Comparison{relation, ValueType::date, v.number};
    return Comparison{relation, asks_money(q.tokens) ? ValueType::money : ValueType::number, v.number};
  }
  return std::nullopt;
}

std::optional<Comparison> read_comparison(const Extractor& extractor, const Question& q) {
  const Tokens& d = q.tokens;
  const std::vector<Value> values = find_values(extractor.description, d);
  for (std::size_t i = 0; i < d.size(); ++i) {
    std::size_t next = 0;
    if (const auto relation = relation_at(d, i, next)) {
      if (auto c = operand(values, q, next, *relation)) return c;
    }
    if (d[i].digits && d[i].text.size() == 4 && i + 1 < d.size() && d[i + 1].text == "s" && d[i + 1].glued) {
      return Comparison{Relation::decade, ValueType::date, static_cast<double>(std::stoi(d[i].text))};
    }
  }
  for (const Value& v : values) {
    for (std::string_view tail : {"or later", "or more", "or over", "or older", "or earlier", "or less", "or fewer"}) {
      if (phrase_at(d, v.last, tail)) return operand(values, q, v.first, Relation::at_least);
    }
  }
  if (has_word(d, "afternoon") || has_word(d, "evening")) return Comparison{Relation::half_pm, ValueType::time, 0};
  if (has_word(d, "morning")) return Comparison{Relation::half_am, ValueType::time, 0};
  return std::nullopt;
}

std::optional<bool> holds(const Comparison& c, const Value& v) {
  double x = v.number;
  if (c.type == ValueType::time) {
    if (v.minutes < 0) return std::nullopt;
    x = v.minutes;
    // A bare hour of the working day: one to six is after noon.
    if (!v.sure && x >= 60 && x < 420) x += 720;
  }
  if (c.type == ValueType::date) {
    if (v.date.year == 0) return std::nullopt;
    x = v.date.year;
  }
  switch (c.relation) {
    case Relation::more: return x > c.bound;
    case Relation::at_least: return x >= c.bound;
    case Relation::less: return x < c.bound;
    case Relation::at_most: return x <= c.bound;
    case Relation::half_pm: return x >= 720;
    case Relation::half_am: return x < 720;
    case Relation::decade: return x >= c.bound && x < c.bound + 10;
  }
  return std::nullopt;
}

Verdict verdict_of(bool yes, const Candidate& c) {
  return {yes, c.turn, c.first, c.last, std::clamp(c.score, 0.3, 0.95)};
}

}  // namespace

Ruling compare_value(const Extractor& extractor, const Question& question, const PreparedTranscript& tr) {
  const auto comparison = read_comparison(extractor, question);
  if (!comparison) return {};
  Question inner = question;
  inner.type = comparison->type;
  if (inner.type == ValueType::number) inner.end = End::none;
  const auto found = answer_open(inner, tr);
  if (!found) return {true, std::nullopt};
  const auto yes = holds(*comparison, found->value);
  if (!yes) return {true, std::nullopt};
  return {true, verdict_of(*yes, *found)};
}

namespace {

struct Operand {
  std::size_t first = 0;  // tokens of the description
  std::size_t last = 0;
  bool typed = false;  // a date, time or number
  Value value;
};

std::optional<Operand> read_operand(const Extractor& extractor, const Question& q) {
  const Tokens& d = q.tokens;
  for (std::size_t i = 1; i < d.size(); ++i) {
    if (d[i].mark != ':' || d[i].glued) continue;
    Operand out{i, d.size(), false, {}};
    for (const Value& v : find_values(extractor.description, d)) {
      if (v.first >= i && (v.type == ValueType::date || v.type == ValueType::time))
        return Operand{v.first, v.last, true, v};
    }
    return out;
  }
  const std::string_view text = extractor.description;
  for (char quote : {'\'', '"'}) {
    const std::size_t open = text.find(std::string(" ") + quote);
    const std::size_t close = open == std::string_view::npos ? open : text.find(quote, open + 2);
    if (close == std::string_view::npos) continue;
    Operand out;
    out.first = d.size();
    for (std::size_t i = 0; i < d.size(); ++i) {
      if (d[i].begin <= open || d[i].end > close) continue;
      out.first = std::min(out.first, i);
      out.last = i + 1;
    }
    if (out.last > out.first) return out;
  }
  for (const Value& v : find_values(text, d)) {
    if (v.type == ValueType::date || v.type == ValueType::time) return Operand{v.first, v.last, true, v};
  }
  for (std::size_t i = 1; i < d.size(); ++i) {
    if (!d[i].capital || d[i].text == "i" || d[i].sentence != d[0].sentence) continue;
    std::size_t end = i + 1;
    while (end < d.size() &&
           (d[end].capital || d[end].glued || (d[end].text == "and" && end + 1 < d.size() && d[end + 1].capital)))
      ++end;
    return Operand{i, end, false, {}};
  }
  return std::nullopt;
}

// All content words of the operand, close together, in a turn; the place of the last such mention.
bool mentions(const Tokens& d, const Operand& o, const PreparedTurn& turn, const Sentence& s, std::size_t& first,
              std::size_t& last) {
  first = s.last;
  last = s.first;
  double sum = 0;
  double hit = 0;
  for (std::size_t k = o.first; k < o.last; ++k) {
    if (d[k].is(kTitle) || (d[k].is(kFunction) && o.last - o.first > 1)) continue;
    // "Ashford, KY": the state may be left out.
    const double weight = d[k].mark == ',' ? 0.2 : 1;
    sum += weight;
    for (std::size_t i = s.last; i-- > s.first;) {
      if (turn.tokens[i].stem != d[k].stem) continue;
      hit += weight;
      first = std::min(first, i);
      last = std::max(last, i + 1);
      break;
    }
  }
  return sum > 0 && hit >= 0.6 * sum && last > first && last - first <= 8 + (o.last - o.first);
}

// The place that the question is about, against the operand.
std::optional<Verdict> compare_place(const Question& q, const Operand& o, const PreparedTranscript& tr) {
  Question inner = q;
  inner.type = ValueType::place;
  inner.address = false;
  std::erase_if(inner.topic, [&](const TopicWord& w) {
    return std::any_of(q.tokens.begin() + static_cast<std::ptrdiff_t>(o.first),
                       q.tokens.begin() + static_cast<std::ptrdiff_t>(o.last),
                       [&](const Token& t) { return t.stem == w.stem; });
  });
  follow_topic(inner, tr);
  std::size_t first = 0;
  std::size_t last = 0;
  const auto is_operand = [&](const Candidate& c) {
    return mentions(q.tokens, o, tr.turns()[c.turn], {c.first, c.last, false, false}, first, last);
  };
  // What the caller says of this end of the trip is firmer than what follows from the rest.
  const std::vector<Candidate> all = place_candidates(inner, tr);
  const Candidate* said = nullptr;
  for (const Candidate& c : all) {
    if (c.end == q.end && tr.turns()[c.turn].role == Role::human && c.score > 0.6) said = &c;
  }
  if (said != nullptr) return verdict_of(is_operand(*said), *said);
  const auto found = answer_open(inner, tr);
  if (!found) return std::nullopt;
  return verdict_of(is_operand(*found), *found);
}

}  // namespace

Ruling equal_value(const Extractor& extractor, const Question& q, const PreparedTranscript& tr) {
  const auto o = read_operand(extractor, q);
  if (!o) return {};
  if (o->typed) {
    Question inner = q;
    inner.type = o->value.type;
    const auto found = answer_open(inner, tr);
    if (!found) return {true, std::nullopt};
    return {true, verdict_of(same_value(o->value, found->value), *found)};
  }
  std::optional<Verdict> last_mention;
  bool replaced = false;
  for (std::size_t at = 0; at < tr.turns().size(); ++at) {
    const PreparedTurn& turn = tr.turns()[at];
    for (const Sentence& s : turn.sentences) {
      std::size_t first = 0;
      std::size_t last = 0;
      if (!mentions(q.tokens, *o, turn, s, first, last)) continue;
      const bool denied = negated_at(turn.tokens, first, s.first);
      const Polarity reaction = turn.role == Role::bot ? tr.reaction(at) : Polarity::none;
      const bool offered =
          turn.role == Role::bot && (reaction == Polarity::no || (s.asks && reaction != Polarity::yes));
      if (turn.role == Role::bot && offered && last_mention && last_mention->yes) continue;
      last_mention = Verdict{!denied && !offered, at, first, last, turn.role == Role::human ? 0.75 : 0.6};
      replaced = false;
    }
    const bool switches = turn.role == Role::human && turn.corrects && last_mention && last_mention->turn < at;
    if (switches && (has_word(turn.tokens, "instead") || has_word(turn.tokens, "actually"))) {
      replaced = replaced || std::any_of(turn.tokens.begin() + 1, turn.tokens.end(), [](const Token& t) {
                   return t.capital && t.text != "i" && !t.is(kFunction | kBreaker | kFiller);
                 });
    }
  }
  if (q.end != End::none && q.type != ValueType::date && q.type != ValueType::time && last_mention &&
      last_mention->yes) {
    if (auto v = compare_place(q, *o, tr)) return {true, v};
  }
  if (last_mention) {
    if (replaced) last_mention->yes = false;
    return {true, last_mention};
  }
  // Asked whether it is this one, and this one is never named: it is another one, if the matter came up at all.
  Verdict never;
  never.confidence = 0.5;
  return {true, never};
}

}  // namespace wrapup::rules
