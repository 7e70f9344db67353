#include "pipeline/rules/prepared.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace wrapup::rules {

namespace {

struct Cue {
  std::string_view phrase;
  Polarity polarity;
};

constexpr Cue kOpenings[] = {
    {"yes", Polarity::yes},
    {"yeah", Polarity::yes},
    {"yep", Polarity::yes},
    {"yup", Polarity::yes},
    {"yea", Polarity::yes},
    {"ya", Polarity::yes},
    {"aye", Polarity::yes},
    {"uh-huh", Polarity::yes},
    {"mm-hmm", Polarity::yes},
    {"mhm", Polarity::yes},
    {"sure", Polarity::yes},
    {"of course", Polarity::yes},
    {"certainly", Polarity::yes},
    {"absolutely", Polarity::yes},
    {"definitely", Polarity::yes},
    {"exactly", Polarity::yes},
    {"correct", Polarity::yes},
    {"right", Polarity::yes},
    {"please do", Polarity::yes},
    {"go ahead", Polarity::yes},
    {"ok", Polarity::yes},
    {"okay", Polarity::yes},
    {"alright", Polarity::yes},
    {"fine", Polarity::yes},
    {"great", Polarity::yes},
    {"perfect", Polarity::yes},
    {"awesome", Polarity::yes},
    {"excellent", Polarity::yes},
    {"wonderful", Polarity::yes},
    {"sounds good", Polarity::yes},
    {"sounds great", Polarity::yes},
    {"good", Polarity::yes},
    {"cool", Polarity::yes},
    {"i do", Polarity::yes},
    {"i am", Polarity::yes},
    {"it is", Polarity::yes},
    {"it does", Polarity::yes},
    {"they do", Polarity::yes},
    {"i would", Polarity::yes},
    {"i did", Polarity::yes},
    {"i have", Polarity::yes},
    {"indeed", Polarity::yes},
    {"that's right", Polarity::yes},
    {"that's correct", Polarity::yes},
    {"thats right", Polarity::yes},
    {"you can", Polarity::yes},
    {"please book", Polarity::yes},
    {"no", Polarity::no},
    {"nope", Polarity::no},
    {"nah", Polarity::no},
    {"not really", Polarity::no},
    {"not at all", Polarity::no},
    {"not yet", Polarity::no},
    {"not now", Polarity::no},
    {"not right now", Polarity::no},
    {"not today", Polarity::no},
    {"never", Polarity::no},
    {"nothing", Polarity::no},
    {"none", Polarity::no},
    {"neither", Polarity::no},
    {"i don't", Polarity::no},
    {"i dont", Polarity::no},
    {"i do not", Polarity::no},
    {"i'm not", Polarity::no},
    {"im not", Polarity::no},
    {"i am not", Polarity::no},
    {"i haven't", Polarity::no},
    {"i have not", Polarity::no},
    {"i didn't", Polarity::no},
    {"it isn't", Polarity::no},
    {"it is not", Polarity::no},
    {"it's not", Polarity::no},
    {"it doesn't", Polarity::no},
    {"it does not", Polarity::no},
    {"they don't", Polarity::no},
    {"unfortunately", Polarity::no},
    {"i'd rather not", Polarity::no},
    {"afraid not", Polarity::no},
    {"i can't", Polarity::no},
    {"i cannot", Polarity::no},
    {"not interested", Polarity::no},
    {"don't", Polarity::no},
    {"wrong", Polarity::no},
    {"of course not", Polarity::no},
    {"absolutely not", Polarity::no},
    {"definitely not", Polarity::no},
    {"i'm sorry", Polarity::none},
    {"no problem", Polarity::yes},
    {"no worries", Polarity::yes},
    {"why not", Polarity::yes},
    {"i'm not sure", Polarity::unsure},
    {"i am not sure", Polarity::unsure},
    {"im not sure", Polarity::unsure},
    {"not sure", Polarity::unsure},
    {"maybe", Polarity::unsure},
    {"perhaps", Polarity::unsure},
    {"i don't know", Polarity::unsure},
    {"i dont know", Polarity::unsure},
    {"no idea", Polarity::unsure},
    {"no preference", Polarity::unsure},
    {"i do not know", Polarity::unsure},
    {"maybe later", Polarity::no},
    {"i don't care", Polarity::unsure},
    {"doesn't matter", Polarity::unsure},
};

// Agreement that may stand anywhere in a short answer.
constexpr Cue kAnywhere[] = {
    {"sounds good", Polarity::yes},    {"sounds great", Polarity::yes},  {"sounds perfect", Polarity::yes},
    {"sounds nice", Polarity::yes},    {"that works", Polarity::yes},    {"works for me", Polarity::yes},
    {"will work", Polarity::yes},      {"will do", Polarity::yes},       {"is good", Polarity::yes},
    {"is great", Polarity::yes},       {"is perfect", Polarity::yes},    {"is fine", Polarity::yes},
    {"is okay", Polarity::yes},        {"is correct", Polarity::yes},    {"is right", Polarity::yes},
    {"is nice", Polarity::yes},        {"looks good", Polarity::yes},    {"looks great", Polarity::yes},
    {"that's perfect", Polarity::yes}, {"that's great", Polarity::yes},  {"that's good", Polarity::yes},
    {"that's fine", Polarity::yes},    {"i like", Polarity::yes},        {"i love", Polarity::yes},
    {"i'll take", Polarity::yes},      {"i will take", Polarity::yes},   {"go for it", Polarity::yes},
    {"let's do", Polarity::yes},       {"book it", Polarity::yes},       {"please book", Polarity::yes},
    {"suits me", Polarity::yes},       {"i want to do", Polarity::yes},  {"no thanks", Polarity::no},
    {"no thank", Polarity::no},        {"something else", Polarity::no}, {"anything else", Polarity::no},
    {"any other", Polarity::no},       {"other options", Polarity::no},  {"don't want", Polarity::no},
    {"do not want", Polarity::no},     {"not interested", Polarity::no}, {"rather not", Polarity::no},
    {"don't need", Polarity::no},      {"do not need", Polarity::no},
};

// The cues by their first letter: most words of a call begin none.
class CueIndex {
 public:
  explicit CueIndex(std::span<const Cue> cues) {
    for (const Cue& cue : cues) by_letter_[static_cast<unsigned char>(cue.phrase.front())].push_back(&cue);
  }
  const std::vector<const Cue*>& at(const Token& token) const {
    return by_letter_[static_cast<unsigned char>(token.text.front())];
  }

 private:
  std::array<std::vector<const Cue*>, 256> by_letter_;
};

std::size_t longest_cue(const std::vector<Token>& t, std::size_t at, const Cue*& best) {
  static const CueIndex kIndex(kOpenings);
  std::size_t length = 0;
  for (const Cue* cue : kIndex.at(t[at])) {
    if (!phrase_at(t, at, cue->phrase)) continue;
    const std::size_t n = count_words(cue->phrase);
    if (n > length) {
      length = n;
      best = cue;
    }
  }
  return length;
}

bool correction(const std::vector<Token>& t, std::size_t i) {
  return t[i].is(kCorrection) || (i < 3 && t.size() > 3 && t[i].text == "no");
}

bool opens_question(const std::vector<Token>& t, const Sentence& s, bool plain) {
  if (s.first >= t.size()) return false;
  for (std::size_t i = s.first; i < s.last && i < s.first + 3; ++i) {
    if (t[i].is(kAsker) && t[i].text != "please" && t[i].text != "is" && t[i].text != "was" && t[i].text != "have" &&
        t[i].text != "has")
      return true;
    if (!t[i].is(kFiller)) break;
  }
  // Speech recognition leaves the punctuation out: a whole turn is one sentence, and the question anywhere in it.
  static constexpr std::array<std::string_view, 27> kQuestions{
      "what is", "what's",    "what are",  "what was", "what time", "what day", "what date", "what kind", "what type",
      "which",   "how many",  "how much",  "how can",  "where",     "when",     "may i",     "can i",     "could i",
      "can you", "could you", "would you", "do you",   "did you",   "have you", "are you",   "is there",  "is that"};
  const bool bare = s.last - s.first > 6;
  for (std::size_t i = s.first + 1; bare && plain && i < s.last; ++i) {
    for (std::string_view q : kQuestions) {
      if (q.front() == t[i].text.front() && phrase_at(t, i, q)) return true;
    }
  }
  return phrase_at(t, s.first, "please confirm") || phrase_at(t, s.first, "please provide") ||
         phrase_at(t, s.first, "please tell") || phrase_at(t, s.first, "tell me") ||
         phrase_at(t, s.first, "please give");
}

void split_sentences(PreparedTurn& turn) {
  const auto& t = turn.tokens;
  const bool plain = t.back().sentence == 0 && turn.text.find_first_of(".?!") == std::string_view::npos;
  for (std::size_t i = 0; i < t.size();) {
    Sentence s;
    s.first = i;
    while (i < t.size() && t[i].sentence == t[s.first].sentence) {
      s.negated = s.negated || t[i].is(kNegation);
      ++i;
    }
    s.last = i;
    const std::size_t from = t[s.last - 1].end;
    const std::size_t to = i < t.size() ? t[i].begin : std::min(turn.text.size(), from + 16);
    s.asks = turn.text.substr(from, std::min<std::size_t>(to - from, 16)).find('?') != std::string_view::npos ||
             opens_question(t, s, plain);
    turn.asks = turn.asks || s.asks;
    turn.sentences.push_back(s);
  }
}

}  // namespace

Polarity read_polarity(const std::vector<Token>& t, Role role, std::size_t& words) {
  static const CueIndex kIndex(kAnywhere);
  words = 0;
  Polarity found = Polarity::none;
  // "Ok", "well", "great" may only lead in: a firmer word right behind them decides.
  for (std::size_t i = 0; i < t.size() && i < 4;) {
    const Cue* cue = nullptr;
    const std::size_t n = longest_cue(t, i, cue);
    if (n == 0) {
      if (!t[i].is(kFiller) || found != Polarity::none) break;
      ++i;
      continue;
    }
    if (cue->polarity != Polarity::none) {
      found = cue->polarity;
      words = i + n;
    }
    if (!t[i].is(kFiller) || t[i].text == "yes" || t[i].text == "no") break;
    i += n;
  }
  if (found == Polarity::no || found == Polarity::unsure) return found;
  for (std::size_t i = 0; i < t.size() && i < 40; ++i) {
    for (const Cue* cue : kIndex.at(t[i])) {
      if (!phrase_at(t, i, cue->phrase)) continue;
      // "Is there anything else?" is the bot's courtesy, not its answer.
      if ((found == Polarity::yes || role == Role::bot) && cue->polarity == Polarity::no) continue;
      const bool negated = cue->polarity == Polarity::yes && i > 0 && t[i - 1].is(kNegation);
      words = i + count_words(cue->phrase);
      return negated ? Polarity::no : cue->polarity;
    }
  }
  return found;
}

PreparedTranscript::PreparedTranscript(const Transcript& transcript) : source_(transcript) {
  // The ends of a call say most: when it is too long, the middle is left out.
  const std::size_t all = transcript.size();
  std::vector<std::size_t> order;
  if (all <= kMaxTurns) {
    for (std::size_t i = 0; i < all; ++i) order.push_back(i);
  } else {
    for (std::size_t i = 0; i < kMaxTurns / 2; ++i) order.push_back(i);
    for (std::size_t i = all - kMaxTurns / 2; i < all; ++i) order.push_back(i);
  }
  std::size_t left = kMaxTokens;
  std::size_t ahead = order.size();
  turns_.reserve(order.size());
  for (const std::size_t index : order) {
    const Turn& source = transcript[index];
    PreparedTurn turn;
    turn.index = index;
    turn.role = source.role;
    turn.text = source.text;
    // A turn may take four times its even share of what is left, and a few words in any case.
    turn.tokens = tokenize(turn.text, std::clamp<std::size_t>(4 * left / ahead, 12, kMaxTurnTokens));
    --ahead;
    left -= std::min(left, turn.tokens.size());
    if (turn.tokens.empty()) continue;
    split_sentences(turn);
    turn.values = find_values(turn.text, turn.tokens);
    turn.polarity = read_polarity(turn.tokens, turn.role, turn.polarity_words);
    for (std::size_t i = 0; i < turn.tokens.size(); ++i) {
      turn.corrects = turn.corrects || correction(turn.tokens, i);
      turn.regrets = turn.regrets || turn.tokens[i].is(kRegret);
    }
    std::vector<WordId> seen;
    seen.reserve(turn.tokens.size());
    for (const Token& t : turn.tokens) seen.push_back(t.stem);
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    for (const WordId stem : seen) ++stem_turns_[stem];
    turns_.push_back(std::move(turn));
  }
  mark_case();
}

void PreparedTranscript::mark_case() {
  std::array<std::size_t, 2> capitals{};
  std::array<std::size_t, 2> words{};
  for (const PreparedTurn& turn : turns_) {
    const std::size_t side = turn.role == Role::human ? 1 : 0;
    for (const Token& t : turn.tokens) {
      ++words[side];
      capitals[side] += t.capital && t.text != "i" && !t.text.starts_with("i'") ? 1 : 0;
    }
  }
  for (PreparedTurn& turn : turns_) {
    const std::size_t side = turn.role == Role::human ? 1 : 0;
    turn.cased = capitals[side] * 25 > words[side];
  }
}

const Heard& PreparedTranscript::heard() const {
  if (!heard_) heard_ = hear(source_);
  return *heard_;
}

std::size_t PreparedTranscript::place_of(std::size_t index) const {
  const auto at = std::lower_bound(turns_.begin(), turns_.end(), index,
                                   [](const PreparedTurn& turn, std::size_t wanted) { return turn.index < wanted; });
  return at != turns_.end() && at->index == index ? static_cast<std::size_t>(at - turns_.begin()) : npos;
}

std::size_t PreparedTranscript::turns_with(WordId stem) const {
  const auto it = stem_turns_.find(stem);
  return it == stem_turns_.end() ? 0 : it->second;
}

std::size_t PreparedTranscript::asked_by(std::size_t at) const {
  for (std::size_t back = 1; back <= 3 && back <= at; ++back) {
    if (turns_[at - back].role != turns_[at].role) return at - back;
  }
  return npos;
}

Polarity PreparedTranscript::reaction(std::size_t at) const {
  for (std::size_t next = at + 1; next < turns_.size() && next <= at + 3; ++next) {
    if (turns_[next].role != turns_[at].role) return turns_[next].polarity;
  }
  return Polarity::none;
}

std::string_view words_of(const PreparedTurn& turn, std::size_t first, std::size_t last) {
  if (first >= last || last > turn.tokens.size()) return {};
  const std::size_t begin = turn.tokens[first].begin;
  return turn.text.substr(begin, turn.tokens[last - 1].end - begin);
}

bool negated_at(const std::vector<Token>& t, std::size_t at, std::size_t sentence_first) {
  for (std::size_t back = 1; back <= 6 && at >= sentence_first + back; ++back) {
    const Token& w = t[at - back];
    if (w.is(kNegation) && w.text != "instead" && w.text != "unfortunately") {
      // "No, the blue one", "no wait the blue one": this no answers the other side. "No peanuts" denies.
      const Token& next = t[at - back + 1];
      if (w.text == "no" &&
          (next.mark != 0 || back > 2 || (back == 2 && next.is(kFunction | kBreaker | kFiller | kCorrection))))
        return false;
      return true;
    }
    if (w.text == "but" || t[at - back + 1].mark == ',' || t[at - back + 1].mark == ';') return false;
  }
  // "instead of the blue one", "rather than"
  return at >= sentence_first + 2 &&
         ((t[at - 1].text == "of" && t[at - 2].text == "instead") || t[at - 1].text == "than");
}

}  // namespace wrapup::rules
