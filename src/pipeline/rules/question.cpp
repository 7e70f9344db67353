#include "pipeline/rules/question.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace wrapup::rules {

namespace {

using Tokens = std::vector<Token>;

template <std::size_t N>
bool has_any(const Tokens& t, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) {
    return w.find(' ') == std::string_view::npos ? has_word(t, w) : has_phrase(t, w);
  });
}

// "pickup_city", "pickupCity" and "pickup city" are the same words.
std::string spaced(std::string_view identifier) {
  std::string out;
  for (std::size_t i = 0; i < identifier.size() && i < 200; ++i) {
    const char c = identifier[i];
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && i > 0 && identifier[i - 1] >= 'a' && identifier[i - 1] <= 'z') out += ' ';
    out += c == '_' || c == '-' || c == '.' ? ' ' : c;
  }
  return out;
}

// The type that every example has in full, if they agree.
std::optional<ValueType> type_of_examples(const std::vector<std::string>& examples) {
  std::optional<ValueType> found;
  for (std::size_t i = 0; i < examples.size() && i < 8; ++i) {
    const Tokens t = tokenize(examples[i], 40);
    std::optional<ValueType> type;
    for (const Value& v : find_values(examples[i], t)) {
      if (v.first == 0 && v.last == t.size()) {
        if (v.type == ValueType::code && !v.sure) continue;
        const bool keep = type && (*type == ValueType::phone || *type == ValueType::money || *type == ValueType::code);
        if (!keep) type = v.type;
      }
    }
    if (!type) return std::nullopt;
    if (found && *found != *type) {
      const auto loose = [](ValueType a, ValueType b) {
        return a == ValueType::number && (b == ValueType::code || b == ValueType::money);
      };
      if (loose(*found, *type))
        found = type;
      else if (!loose(*type, *found))
        return std::nullopt;
    } else {
      found = type;
    }
  }
  return found;
}

constexpr std::array<std::string_view, 4> kEmailWords{"email", "e-mail", "mail address", "emails"};
constexpr std::array<std::string_view, 7> kPhoneWords{"phone", "telephone",  "mobile",        "callback number",
                                                      "cell",  "be reached", "contact number"};
constexpr std::array<std::string_view, 7> kTimeWords{"time",    "what time", "which time", "hour",
                                                     "o'clock", "how late",  "how early"};
constexpr std::array<std::string_view, 6> kDateWords{"date", "day", "birthday", "dob", "born", "weekday"};
constexpr std::array<std::string_view, 6> kCountWords{"how many", "number of", "size", "quantity", "count", "how old"};
constexpr std::array<std::string_view, 13> kMoneyWords{"cost",    "price",    "fare",   "how much", "amount",
                                                       "balance", "the rent", "budget", "salary",   "total price",
                                                       "spend",   "fee",      "income"};
constexpr std::array<std::string_view, 4> kPostWords{"postcode", "zip", "zipcode", "postal"};
constexpr std::array<std::string_view, 9> kCodeWords{"pin",       "code",    "id",    "account number", "number",
                                                     "reference", "license", "plate", "serial"};
constexpr std::array<std::string_view, 14> kPlaceWords{"where",   "city",    "town",   "location",    "destination",
                                                       "place",   "address", "area",   "country",     "airport",
                                                       "station", "region",  "street", "neighborhood"};

ValueType named_type(const Tokens& d, const Tokens& id) {
  const bool name = has_word(d, "name") || has_word(id, "name") || has_word(d, "surname") || has_word(d, "named");
  const bool who = has_word(d, "who") || has_word(d, "whom");
  const bool of_person = std::any_of(d.begin(), d.end(), [](const Token& t) { return t.is(kRoleWord); });
  const bool thing = has_word(d, "called") || has_word(d, "titled") || has_word(d, "choose") || has_word(d, "chooses");
  if (who || (name && (has_word(d, "name") || has_word(d, "surname")) &&
              (of_person || has_phrase(d, "which name") || has_word(d, "full")))) {
    return ValueType::name;
  }
  if (name || thing) return ValueType::title;
  return ValueType::text;
}

ValueType guess_type(const Extractor& extractor, const Tokens& d, const Tokens& id) {
  const auto examples = type_of_examples(extractor.examples);
  if (has_any(d, kEmailWords)) return ValueType::email;
  if (has_any(d, kPostWords)) return ValueType::postcode;
  // "the number of the booking" is a code, "the number of guests" a count.
  const bool count = has_any(d, kCountWords) && !has_phrase(d, "number of the") && !has_phrase(d, "number of your");
  if (examples && *examples != ValueType::number && *examples != ValueType::code) return *examples;
  if (has_any(d, kPhoneWords) && !count) return ValueType::phone;
  const bool currency = std::any_of(d.begin(), d.end(), [](const Token& t) { return t.is(kCurrency); });
  if (count && !has_word(d, "much")) return currency && has_any(d, kMoneyWords) ? ValueType::money : ValueType::number;
  if (has_word(d, "city") || has_word(d, "town")) return ValueType::place;
  if (has_any(d, kTimeWords)) return ValueType::time;
  if (has_any(d, kDateWords)) return ValueType::date;
  if (has_any(d, kMoneyWords)) return ValueType::money;
  if (examples == ValueType::code) return ValueType::code;
  if (has_any(d, kCodeWords) || (examples && has_any(id, kCodeWords))) return ValueType::code;
  if (examples == ValueType::number) return ValueType::number;
  const ValueType named = named_type(d, id);
  if (named == ValueType::name) return named;
  if (has_any(d, kPlaceWords)) return ValueType::place;
  if (named != ValueType::text) return named;
  if (has_word(d, "when")) return ValueType::date;
  if (has_phrase(d, "how long")) return ValueType::text;
  return ValueType::text;
}

constexpr std::array<std::string_view, 12> kStartWords{"from",     "origin",  "start",  "starts",
                                                       "begin",    "begins",  "pickup", "picked up",
                                                       "check in", "arrival", "depart", "pick up"};
constexpr std::array<std::string_view, 15> kFinishWords{
    "to where",     "destination", "end",     "ends", "dropoff", "drop-off", "check out", "checkout",
    "brought back", "return",      "returns", "to",   "dropped", "towards",  "driven"};

End guess_end(const Question& q, const Tokens& d, const Tokens& id) {
  if (has_phrase(d, "in the end") || has_phrase(d, "by the end") || has_phrase(d, "at the end")) return End::none;
  const bool stay = has_word(d, "guest") || has_word(d, "stay") || has_word(d, "hotel") || has_word(d, "check");
  if (q.type == ValueType::date || q.type == ValueType::time) {
    if (has_any(d, kFinishWords) && !has_word(d, "to")) return End::finish;
    if (stay && (has_word(d, "leave") || has_word(d, "leaves") || has_word(d, "out"))) return End::finish;
    if (has_any(d, kStartWords) || (stay && (has_word(d, "arrive") || has_word(d, "arrives")))) return End::start;
    return End::none;
  }
  // "does the caller want to be driven" has a "to" that is no direction; "where ... go" and "to which city" are.
  if (has_any(d, kStartWords) || has_word(id, "origin") || has_word(id, "from")) return End::start;
  const bool goes = has_word(d, "go") || has_word(d, "going") || has_word(d, "driven") || has_word(d, "destination") ||
                    has_word(d, "end") || has_word(d, "ends");
  if (goes || (!d.empty() && d[0].text == "to") || has_word(id, "destination") || has_word(id, "to") ||
      has_word(id, "dropoff") || has_phrase(d, "fly to") || has_phrase(d, "travel to") || has_phrase(d, "drive to") ||
      has_phrase(d, "flying to")) {
    return End::finish;
  }
  return End::none;
}

Side guess_side(const Tokens& d) {
  const bool agent =
      has_word(d, "agent") || has_word(d, "assistant") || has_word(d, "bot") || has_word(d, "representative");
  const bool gives = has_word(d, "give") || has_word(d, "gave") || has_word(d, "quote") || has_word(d, "quoted") ||
                     has_word(d, "offer") || has_word(d, "offered") || has_word(d, "say") || has_word(d, "tell") ||
                     has_word(d, "mention") || has_word(d, "ask") || has_word(d, "put");
  if (agent && gives) return Side::bot;
  if (has_word(d, "quoted") || has_word(d, "offered")) return Side::bot;
  const bool caller = std::any_of(d.begin(), d.end(), [](const Token& t) { return t.is(kRoleWord); });
  if (caller && (gives || has_phrase(d, "caller's"))) return Side::human;
  return Side::any;
}

void add_topic(Question& q, const PreparedTranscript& transcript, const Token& t, double scale) {
  if (t.digits || t.is(kFunction | kRoleWord | kAsker) || t.text.size() < 2) return;
  if (std::any_of(q.topic.begin(), q.topic.end(), [&](const TopicWord& w) { return w.stem == t.stem; })) return;
  const double seen = static_cast<double>(transcript.turns_with(t.stem));
  const double rarity = 1.0 / (1.0 + 0.08 * seen);
  q.topic.push_back({t.stem, scale * rarity * (t.is(kGeneric) ? 0.25 : 1.0), t.is(kGeneric)});
}

// Whether the word at `at` is the second of "repeat or spell".
bool alternative(const Tokens& d, std::size_t at) {
  for (std::size_t back = 1; back <= 2 && back < at; ++back) {
    const Token& w = d[at - back];
    if (w.text == "or") return true;
    if (!w.is(kFunction)) return false;
  }
  return false;
}

void add_description(Question& q, const PreparedTranscript& transcript, std::size_t head) {
  const Tokens& d = q.tokens;
  if (d.empty()) return;
  const bool yes_no = (d[0].is(kAsker) && !d[0].is(kFunction) && d[0].text != "did") || d[0].text == "whether";
  const std::size_t subject = !yes_no                                     ? d.size()
                              : d.size() > 2 && d[1].text == "the"        ? 2
                              : d[0].is(kAsker) || d[0].text == "whether" ? 1
                                                                          : d.size();
  for (std::size_t i = 0; i < d.size(); ++i) {
    double scale = q.type == ValueType::text && i == head ? 2.0 : 1.0;
    // "Is the salon open?" asks about "open"; the salon is only where.
    if (i == subject) scale = 0.4;
    const std::size_t had = q.topic.size();
    add_topic(q, transcript, d[i], scale);
    if (q.topic.size() != had + 1 || had == 0 || !alternative(d, i) || q.topic[had - 1].also != 0) continue;
    TopicWord& first = q.topic[had - 1];
    if (first.generic != q.topic[had].generic) continue;
    first.also = q.topic[had].stem;
    first.weight = std::max(first.weight, q.topic[had].weight);
    q.topic.pop_back();
  }
}

void counted_noun(Question& q) {
  for (std::size_t i = 0; i + 2 < q.tokens.size(); ++i) {
    const bool many = (q.tokens[i].text == "how" && q.tokens[i + 1].text == "many") ||
                      (q.tokens[i].text == "number" && q.tokens[i + 1].text == "of") ||
                      (q.tokens[i].text == "more" && q.tokens[i + 1].text == "than") ||
                      (q.tokens[i].text == "fewer" && q.tokens[i + 1].text == "than");
    if (!many) continue;
    std::size_t k = i + 2;
    if (const auto n = read_number(q.tokens, k)) k = n->next;
    if (k < q.tokens.size()) {
      q.counted = q.tokens[k].stem;
      q.counts_people = q.tokens[k].is(kCounted);
    }
  }
}

}  // namespace

bool has_word(const Tokens& tokens, std::string_view word) {
  return std::any_of(tokens.begin(), tokens.end(), [&](const Token& t) { return t.text == word; });
}

bool has_stem(const Tokens& tokens, std::string_view word) {
  const WordId id = stem_id(word);
  return std::any_of(tokens.begin(), tokens.end(), [&](const Token& t) { return t.stem == id; });
}

bool has_phrase(const Tokens& tokens, std::string_view phrase) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (phrase_at(tokens, i, phrase)) return true;
  }
  return false;
}

Question read_question(const Extractor& extractor, const PreparedTranscript& transcript) {
  Question q;
  q.tokens = tokenize(extractor.description, 120);
  const Tokens id = tokenize(spaced(extractor.identifier), 20);
  if (q.tokens.empty()) q.tokens = id;
  const Tokens& d = q.tokens;
  q.type = guess_type(extractor, d, id);
  q.side = guess_side(d);
  q.end = guess_end(q, d, id);
  q.opening =
      has_word(d, "first") || has_phrase(d, "main reason") || has_phrase(d, "reason for") || has_word(d, "purpose");
  q.birth = has_word(d, "birth") || has_word(d, "born") || has_word(d, "birthday") || has_word(d, "dob");
  q.surname = has_phrase(d, "last name") || has_word(d, "surname") || has_phrase(d, "family name");
  q.given_name = has_phrase(d, "first name") || has_phrase(d, "given name");
  q.address = has_word(d, "address") || has_word(d, "street");
  q.person = q.type == ValueType::name;
  if (q.given_name) q.opening = false;
  q.city = has_word(d, "city") || has_word(d, "town");
  q.orders = has_word(d, "order") || has_word(d, "orders") || has_word(d, "ordered") || has_phrase(d, "ask for") ||
             has_phrase(d, "asked for") || has_phrase(d, "caller buy");
  // "Which drink ...", "What special request ...": the noun behind the question word is what it is about.
  std::size_t head = d.size();
  for (std::size_t i = 0; i < d.size() && head == d.size(); ++i) {
    if (d[i].text != "what" && d[i].text != "which") continue;
    std::size_t k = i + 1;
    while (k < d.size() && (d[k].is(kGeneric) || d[k].text == "of")) ++k;
    head = k < d.size() && !d[k].is(kFunction) ? k : d.size() + 1;
  }
  if (head < d.size()) q.head = d[head].stem;
  add_description(q, transcript, head);
  for (const Token& t : id) {
    if (!t.digits && t.text != "done" && t.text != "is") add_topic(q, transcript, t, 0.4);
  }
  follow_topic(q, transcript);
  counted_noun(q);
  return q;
}

double coverage(const Question& q, const PreparedTurn& turn, std::size_t first, std::size_t last) {
  if (q.total <= 0) return 0;
  double hit = 0;
  for (const TopicWord& w : q.topic) {
    for (std::size_t i = first; i < last && i < turn.tokens.size(); ++i) {
      if (w.matches(turn.tokens[i].stem)) {
        hit += w.weight;
        break;
      }
    }
  }
  return hit / q.total;
}

double coverage_near(const Question& q, const PreparedTurn& turn, const Sentence& s, std::size_t near_first,
                     std::size_t near_last) {
  if (q.total <= 0) return 0;
  const std::size_t from = std::max(s.first, near_first > 14 ? near_first - 14 : 0);
  const std::size_t to = std::min(s.last, near_last + 14);
  double hit = 0;
  for (const TopicWord& w : q.topic) {
    double best = 0;
    for (std::size_t i = from; i < to; ++i) {
      if (!w.matches(turn.tokens[i].stem)) continue;
      const std::size_t distance = i < near_first ? near_first - i : i >= near_last ? i - near_last + 1 : 0;
      best = std::max(best, 1.0 / (1.0 + static_cast<double>(distance) / 10.0));
    }
    hit += w.weight * best;
  }
  return hit / q.total;
}

void follow_topic(Question& q, const PreparedTranscript& transcript) {
  q.total = 0;
  for (const TopicWord& w : q.topic) q.total += w.weight;
  constexpr std::size_t kReach = 5;
  constexpr double kFade = 0.82;
  const auto& turns = transcript.turns();
  q.turns.assign(turns.size(), {});
  for (std::size_t at = 0; at < turns.size(); ++at) {
    for (const Sentence& s : turns[at].sentences) {
      if (s.asks) q.turns[at].asked = std::max(q.turns[at].asked, coverage(q, turns[at], s.first, s.last));
    }
    const double here = coverage(q, turns[at], 0, turns[at].tokens.size());
    double fade = 1;
    for (std::size_t after = at; here > 0 && after <= at + kReach && after < turns.size(); ++after, fade *= kFade) {
      q.turns[after].trail = std::max(q.turns[after].trail, fade * here);
    }
  }
}

const Sentence& sentence_of(const PreparedTurn& turn, std::size_t token) {
  for (const Sentence& s : turn.sentences) {
    if (token < s.last) return s;
  }
  return turn.sentences.back();
}

}  // namespace wrapup::rules
