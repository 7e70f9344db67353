#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "pipeline/rules/candidates.hpp"
#include "pipeline/rules/kinds.hpp"

namespace wrapup::rules {

namespace {

constexpr std::size_t kMaxChoices = 100;

struct ChoiceWord {
  WordId stem = 0;
  double weight = 0;
  std::string text;
};

struct Choice {
  std::size_t index = 0;
  std::vector<ChoiceWord> words;
  double total = 0;
  bool no_preference = false;
  int from_year = 0;  // a decade: "1970s"
};

struct Mention {
  std::size_t choice = 0;
  std::size_t turn = 0;
  std::size_t first = 0;
  std::size_t last = 0;
  double score = 0;
  std::size_t key = 0;  // the word that says most
};

bool says_no_preference(const std::vector<Token>& t) {
  return has_phrase(t, "no preference") || has_phrase(t, "don't care") || has_phrase(t, "doesn't matter") ||
         has_phrase(t, "does not matter") || has_phrase(t, "not important") || has_phrase(t, "any is fine") ||
         has_phrase(t, "either is fine");
}

std::vector<Choice> read_choices(const Extractor& extractor) {
  std::vector<Choice> out;
  std::unordered_map<WordId, int> shared;
  std::vector<std::vector<Token>> texts;
  for (std::size_t i = 0; i < extractor.choices.size() && i < kMaxChoices; ++i) {
    texts.push_back(tokenize(extractor.choices[i], 24));
    std::vector<WordId> seen;
    for (const Token& t : texts.back()) {
      if (std::find(seen.begin(), seen.end(), t.stem) == seen.end()) seen.push_back(t.stem);
    }
    for (const WordId stem : seen) ++shared[stem];
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    Choice c;
    c.index = i;
    c.no_preference = says_no_preference(texts[i]) || (texts[i].size() == 1 && texts[i][0].text == "any");
    const bool decade =
        texts[i].size() == 2 && texts[i][0].digits && texts[i][0].text.size() == 4 && texts[i][1].text == "s";
    if (decade) c.from_year = std::stoi(texts[i][0].text);
    for (const Token& t : texts[i]) {
      const bool only = texts[i].size() == 1;
      if ((t.is(kFunction | kTitle) && !only) || (t.text.size() < 2 && !t.digits)) continue;
      const double rarity = 1.0 / std::pow(static_cast<double>(shared[t.stem]), 0.8);
      const double weight = rarity * (t.is(kGeneric) && !only ? 0.4 : 1.0);
      c.words.push_back({t.stem, weight, t.text});
      c.total += weight;
    }
    // Two good words are a mention, however long the choice is.
    std::vector<double> weights;
    for (const ChoiceWord& w : c.words) weights.push_back(w.weight);
    std::sort(weights.rbegin(), weights.rend());
    c.total = std::min(c.total, (weights.empty() ? 0 : weights[0]) + (weights.size() > 1 ? weights[1] : 0));
    out.push_back(std::move(c));
  }
  return out;
}

// The same word with one letter off, for words long enough that it is not another one.
bool nearly(std::string_view a, std::string_view b) {
  if (a.size() < 6 || b.size() < 6 || a.front() != b.front() || a.size() > b.size() + 1 || b.size() > a.size() + 1)
    return false;
  std::size_t head = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  std::size_t tail = 0;
  while (tail + head < a.size() && tail + head < b.size() && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  return std::max(a.size(), b.size()) - head - tail <= 1;
}

bool same_word(const ChoiceWord& w, const Token& t) { return t.stem == w.stem || nearly(w.text, t.text); }

// How much of a choice tokens [first, last) name, and where.
double hit(const Choice& choice, const PreparedTurn& turn, std::size_t first, std::size_t last, Mention& where) {
  if (choice.total <= 0) return 0;
  double sum = 0;
  double heaviest = 0;
  where.first = last;
  where.last = first;
  for (const ChoiceWord& w : choice.words) {
    for (std::size_t i = last; i-- > first;) {
      if (!same_word(w, turn.tokens[i])) continue;
      sum += w.weight;
      if (w.weight > heaviest) {
        heaviest = w.weight;
        where.key = i;
      }
      where.first = std::min(where.first, i);
      where.last = std::max(where.last, i + 1);
      break;
    }
  }
  // A figure alone is no mention: "3 chairs" does not ask for "3 year warranty".
  const bool figure = where.last == where.first + 1 && turn.tokens[where.first].digits && choice.words.size() > 1;
  return std::min(1.0, sum / choice.total) * (figure ? 0.5 : 1.0);
}

double mention_side(const Question& q, const PreparedTranscript& tr, std::size_t at, const Sentence& s) {
  const PreparedTurn& turn = tr.turns()[at];
  if (turn.role == Role::human) return q.side == Side::bot ? 0.3 : 1.0;
  if (q.side == Side::bot) return 1.0;
  switch (tr.reaction(at)) {
    case Polarity::yes: return 0.85;
    case Polarity::no: return 0.2;
    default: return s.asks ? 0.35 : 0.6;
  }
}

std::vector<Mention> find_mentions(const Question& q, const std::vector<Choice>& choices,
                                   const PreparedTranscript& tr) {
  std::vector<Mention> out;
  for (std::size_t at = 0; at < tr.turns().size(); ++at) {
    const PreparedTurn& turn = tr.turns()[at];
    const std::size_t before = tr.asked_by(at);
    const double asked = before == PreparedTranscript::npos || turn.role == Role::bot ? 0 : q.turns[before].asked;
    for (const Sentence& s : turn.sentences) {
      std::vector<Mention> here;
      for (const Choice& c : choices) {
        Mention m;
        m.choice = c.index;
        m.turn = at;
        double score = hit(c, turn, s.first, s.last, m);
        if (c.no_preference && turn.role == Role::human && asked > 0.2 &&
            (turn.polarity == Polarity::unsure || says_no_preference(turn.tokens))) {
          score = 1;
          m.first = m.key = s.first;
          m.last = s.last;
        }
        if (score < 0.55) continue;
        if (negated_at(turn.tokens, m.key, s.first)) score -= 0.6;
        m.score =
            score * mention_side(q, tr, at, s) + 0.15 * std::max(asked, coverage_near(q, turn, s, m.first, m.last));
        here.push_back(m);
      }
      // A side that lists the choices has not chosen.
      const bool lists = here.size() > 2 || (here.size() > 1 && turn.role == Role::bot);
      for (Mention& m : here) {
        if (lists) m.score *= 0.4;
        out.push_back(m);
      }
    }
  }
  return out;
}

// What the call began with: early words of the caller, the bot's own words a little.
std::optional<Mention> opening_mention(const std::vector<Choice>& choices, const PreparedTranscript& tr) {
  std::vector<double> sums(choices.size(), 0);
  std::vector<Mention> places(choices.size());
  double fade = 1;
  for (std::size_t at = 0; at < tr.turns().size() && fade > 0.04; ++at) {
    const PreparedTurn& turn = tr.turns()[at];
    const bool human = turn.role == Role::human;
    // What an agent says it is there for is what it was called for.
    const bool scope =
        !human && (has_phrase(turn.tokens, "help you") || has_phrase(turn.tokens, "assist you")) && !turn.asks;
    bool said = false;
    for (const Choice& c : choices) {
      Mention m;
      const double h = hit(c, turn, 0, turn.tokens.size(), m);
      if (h < 0.1) continue;
      said = said || h > 0.4;
      const double gain = fade * h * h * (human ? 1.0 : scope ? 0.7 / fade : 0.35);
      m.choice = c.index;
      m.turn = at;
      if (human && gain > places[c.index].score) {
        m.score = gain;
        places[c.index] = m;
      } else if (places[c.index].last == 0) {
        m.score = 0;
        places[c.index] = m;
      }
      sums[c.index] += gain;
    }
    if (human && (said || turn.tokens.size() > 4)) fade *= 0.55;
  }
  const auto best = std::max_element(sums.begin(), sums.end());
  if (best == sums.end() || *best < 0.06) return std::nullopt;
  // A faint lead counts only when no other choice is near it.
  for (const double sum : sums) {
    if (*best < 0.2 && sum < *best && sum > 0.75 * *best) return std::nullopt;
  }
  if (*best < 0.2 && std::count(sums.begin(), sums.end(), *best) > 1) return std::nullopt;
  Mention m = places[static_cast<std::size_t>(best - sums.begin())];
  m.score = *best;
  return m;
}

std::optional<Mention> decade_mention(const std::vector<Choice>& choices, const PreparedTranscript& tr) {
  std::optional<Mention> found;
  for (std::size_t at = 0; at < tr.turns().size(); ++at) {
    const PreparedTurn& turn = tr.turns()[at];
    for (const Value& v : turn.values) {
      const int year = v.type == ValueType::date     ? v.date.year
                       : v.type == ValueType::number ? static_cast<int>(std::clamp(v.number, 0.0, 9999.0))
                                                     : 0;
      for (const Choice& c : choices) {
        if (c.from_year != 0 && year >= c.from_year && year < c.from_year + 10)
          found = Mention{c.index, at, v.first, v.last, 0.8};
      }
    }
  }
  return found;
}

std::optional<Mention> choose(const Question& q, const std::vector<Choice>& choices, const PreparedTranscript& tr) {
  const auto decades = std::count_if(choices.begin(), choices.end(), [](const Choice& c) { return c.from_year != 0; });
  if (decades * 2 > static_cast<std::ptrdiff_t>(choices.size())) return decade_mention(choices, tr);
  if (q.opening) return opening_mention(choices, tr);
  const std::vector<Mention> mentions = find_mentions(q, choices, tr);
  const Mention* best = nullptr;
  for (const Mention& m : mentions) {
    if (best == nullptr || m.score > best->score) best = &m;
  }
  if (best == nullptr || best->score < 0.45) return std::nullopt;
  const double bar = std::max(0.45, best->score - 0.35);
  const Mention* last = best;
  for (const Mention& m : mentions) {
    if (m.score >= bar &&
        (m.turn > last->turn || (m.turn == last->turn && (m.first > last->last || m.score > last->score))))
      last = &m;
  }
  return *last;
}

}  // namespace

Answer answer_single_choice(const Extractor& extractor, const PreparedTranscript& tr) {
  const Question q = read_question(extractor, tr);
  const std::vector<Choice> choices = read_choices(extractor);
  const auto found = choose(q, choices, tr);
  if (!found) return no_answer();
  const PreparedTurn& turn = tr.turns()[found->turn];
  Answer out = make_answer(turn, words_of(turn, found->first, found->last), std::min(0.95, found->score));
  out.value = json::string(extractor.choices[found->choice]);
  return out;
}

}  // namespace wrapup::rules
