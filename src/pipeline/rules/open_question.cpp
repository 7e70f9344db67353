#include <algorithm>

#include "pipeline/rules/candidates.hpp"
#include "pipeline/rules/kinds.hpp"

namespace wrapup::rules {

namespace {

struct Bar {
  double threshold;
  double margin;
};

Bar bar_of(const Question& q) {
  switch (q.type) {
    case ValueType::email: return {0.5, 0.3};
    case ValueType::phone: return {0.45, 0.15};
    case ValueType::time: return {0.36, 0.18};
    case ValueType::date: return {0.36, 0.18};
    case ValueType::money: return {0.36, 0.12};
    case ValueType::number: return {0.38, 0.15};
    case ValueType::code: return {0.42, 0.15};
    case ValueType::postcode: return {0.6, 0.1};
    case ValueType::name: return {0.5, 0.4};
    case ValueType::place: return {0.47, 0.15};
    case ValueType::title: return {0.38, 0.12};
    default: return {0.46, 0.1};
  }
}

// "Monday, no wait, Tuesday": words of correction between two values take the first one back.
void take_back(const PreparedTranscript& tr, std::vector<Candidate>& all) {
  for (std::size_t k = 0; k + 1 < all.size(); ++k) {
    const Candidate& next = all[k + 1];
    if (all[k].turn != next.turn || all[k].last > next.first) continue;
    const auto& t = tr.turns()[next.turn].tokens;
    for (std::size_t i = all[k].last; i < next.first && i < all[k].last + 12; ++i) {
      const bool cue = t[i].text == "no" || t[i].text == "wait" || t[i].text == "actually" || t[i].text == "sorry" ||
                       t[i].text == "rather" || phrase_at(t, i, "i mean") || phrase_at(t, i, "make it") ||
                       phrase_at(t, i, "make that");
      if (cue) all[k].score -= 0.3;
      if (cue) break;
    }
  }
}

// A first name alone, said again later, does not take the full name back.
const Candidate* fuller_name(const std::vector<Candidate>& all, const Candidate* chosen, const PreparedTranscript& tr) {
  if (chosen->last - chosen->first != 1) return chosen;
  const auto& tokens = tr.turns()[chosen->turn].tokens;
  for (const Candidate& c : all) {
    const auto& other = tr.turns()[c.turn].tokens;
    if (c.last - c.first >= 2 && other[c.first].word == tokens[chosen->first].word) return &c;
  }
  return chosen;
}

// "at 7" in the answer, "7 pm" in the read-back: the fuller words of the same value are the better answer.
const Candidate* fuller(const std::vector<Candidate>& all, const Candidate* chosen) {
  if (chosen->value.type != ValueType::time || chosen->value.sure) return chosen;
  for (const Candidate& c : all) {
    if (c.value.type == ValueType::time && c.value.sure && same_value(c.value, chosen->value)) return &c;
  }
  return chosen;
}

}  // namespace

const Candidate* settle(const std::vector<Candidate>& candidates, double threshold, double margin) {
  const Candidate* best = nullptr;
  for (const Candidate& c : candidates) {
    if (best == nullptr || c.score > best->score) best = &c;
  }
  if (best == nullptr || best->score < threshold) return nullptr;
  const double bar = std::max(threshold, best->score - margin);
  const Candidate* last = best;
  for (const Candidate& c : candidates) {
    if (c.score >= bar && (c.turn > last->turn || (c.turn == last->turn && c.score > last->score))) last = &c;
  }
  return last;
}

std::optional<Candidate> answer_open(const Question& q, const PreparedTranscript& tr) {
  std::vector<Candidate> all;
  switch (q.type) {
    case ValueType::name: all = name_candidates(q, tr); break;
    case ValueType::place: all = place_candidates(q, tr); break;
    case ValueType::title: all = title_candidates(q, tr); break;
    case ValueType::text: all = text_candidates(q, tr); break;
    default: all = typed_candidates(q, tr); break;
  }
  take_back(tr, all);
  const Bar bar = bar_of(q);
  const Candidate* found = settle(all, bar.threshold, bar.margin);
  if (found == nullptr) return std::nullopt;
  if (q.type == ValueType::name && !q.given_name) return *fuller_name(all, found, tr);
  return *fuller(all, found);
}

Answer answer_open_question(const Extractor& extractor, const PreparedTranscript& tr) {
  const Question q = read_question(extractor, tr);
  const auto found = answer_open(q, tr);
  if (!found) return no_answer();
  const PreparedTurn& turn = tr.turns()[found->turn];
  const std::string_view quote = words_of(turn, found->first, found->last);
  Answer out = make_answer(turn, quote, std::min(0.95, found->score));
  out.value = json::string(found->text.empty() ? std::string(quote) : found->text);
  return out;
}

}  // namespace wrapup::rules
