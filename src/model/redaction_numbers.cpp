#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "model/redaction_words.hpp"

namespace wrapup::redaction {

namespace {

// What a number may be the number of, by the words around it.
enum Topic : unsigned {
  card = 1,
  expiry = 2,
  cvv = 4,
  ssn = 8,
  iban = 16,
  phone = 32,
  other = 64,
  postal = 128,
  code = 256,  // of what, the words before it tell
};

struct Run {
  std::size_t first = 0;  // words [first, last)
  std::size_t last = 0;
  std::string digits;
  std::vector<std::size_t> groups;  // digits a word
  bool opens = false;               // nothing of weight before it in its turn
  bool closes = false;              // nor behind it
  std::optional<Pii> kind;
};

unsigned topic_of(const Words& w, std::size_t i) {
  const std::string& t = w.words[i].text;
  if (in_list(t, "|card|visa|mastercard|amex|credit|debit|karte|kreditkarte|tarjeta|carte|cartao|carta|creditcard|"))
    return card;
  if (in_list(t,
              "|expiry|expiration|expires|expire|expiring|exp|valid|ablaufdatum|gultig|caducidad|vencimiento|scadenza|"
              "validade|vervaldatum|scade|caduca|vence|verloopt|") ||
      (t == "good" && w.any(i + 1, "|through|thru|until|till|")))
    return expiry;
  if (in_list(t, "|cvv|cvc|cvv2|cvn|prufziffer|prufnummer|")) return cvv;
  if (in_list(t, "|security|verification|three|four|last|back|") &&
      (w.is(i + 1, "code") || (w.is(i + 1, "digits") && w.is(i + 2, "on")) ||
       (w.is(i + 1, "digit") && w.is(i + 2, "code"))))
    return cvv;
  if (t == "code" && (i == 0 || !w.any(i - 1, "|zip|postal|post|area|country|promo|discount|voucher|error|door|gate|")))
    return code;
  if (in_list(t, "|ssn|social|")) return ssn;
  if (t == "iban") return iban;
  if (in_list(
          t,
          "|phone|mobile|cell|cellphone|telephone|landline|callback|reach|whatsapp|text|telefon|telefonnummer|"
          "handynummer|"
          "handy|telefono|movil|celular|telephone|portable|numero|telefone|telemovel|cellulare|telefoonnummer|mobiel|"))
    return phone;
  if (in_list(t, "|zip|postcode|postal|zipcode|plz|postleitzahl|")) return postal;
  if (t == "case" && i > 0 && w.is(i - 1, "in")) return 0;
  if (in_list(t,
              "|account|order|policy|reference|invoice|member|membership|case|ticket|id|pin|tracking|serial|claim|"
              "confirmation|booking|customer|client|contract|meter|license|licence|passport|model|part|item|amount|"
              "total|price|"
              "balance|routing|kundennummer|vertragsnummer|rechnungsnummer|konto|kontonummer|pedido|factura|commande|"
              "parcel|"))
    return other;
  return 0;
}

// The topics of a stretch of words; `nearest` gets that of the last word with one.
unsigned topics(const Words& w, std::size_t from, std::size_t to, unsigned& nearest) {
  unsigned all = 0;
  for (std::size_t i = from; i < to; ++i) {
    const unsigned topic = topic_of(w, i);
    all |= topic;
    if (topic != 0) nearest = topic;
  }
  return all;
}

// The topics of whole turns, each looked at once.
class TurnTopics {
 public:
  explicit TurnTopics(const Words& words) : w_(words), known_(words.turns->size()) {}
  unsigned of(std::size_t turn, unsigned& nearest) {
    auto& known = known_[turn];
    if (!known) {
      known.emplace();
      known->first = topics(w_, w_.begin_of(turn), w_.end_of(turn), known->second);
    }
    if (known->second != 0) nearest = known->second;
    return known->first;
  }

 private:
  const Words& w_;
  std::vector<std::optional<std::pair<unsigned, unsigned>>> known_;  // all, and that of the last word with one
};

// The topics that hold for a run: of its own turn before it, else of the nearest turn before that has any.
unsigned topics_at(const Words& w, TurnTopics& turns, const Run& run, unsigned& nearest) {
  const std::size_t turn = w.words[run.first].turn;
  const std::size_t begin = std::max(w.begin_of(turn), run.first > 14 ? run.first - 14 : 0);
  unsigned all = topics(w, begin, run.first, nearest);
  // "4111 ... is my card number"
  if (all == 0) all = topics(w, run.last, std::min(w.end_of(turn), run.last + 5), nearest);
  for (std::size_t back = 1; all == 0 && back <= 6 && back <= turn; ++back) {
    all = turns.of(turn - back, nearest);
  }
  return all;
}

bool joins(const Word& word) {
  return word.mark == 0 || word.mark == '-' || word.mark == '.' || word.mark == '/' || word.mark == '(' ||
         word.mark == ')' || word.mark == '+' || word.mark == ',';
}

Run read_run(const Words& w, std::size_t at) {
  Run run;
  run.first = at;
  run.last = at;
  const std::size_t end = w.end_of(w.words[at].turn);
  for (std::size_t i = at; i < end;) {
    const Word& word = w.words[i];
    if (i > at && !joins(word)) break;
    std::string digits = word.digits;
    std::size_t next = i + 1;
    if (word.repeat > 0 && next < end && w.words[next].digits.size() == 1) {
      digits = std::string(static_cast<std::size_t>(word.repeat), w.words[next].digits[0]);
      ++next;
    } else if (word.text == "o" && !run.digits.empty() && next < end && !w.words[next].digits.empty()) {
      digits = "0";
    } else if (word.tens && next < end && !w.words[next].capital && w.words[next].digits.size() == 1 &&
               w.words[next].digits != "0" && w.words[next].text.size() > 1 && w.words[next].mark != ',') {
      digits[1] = w.words[next].digits[0];
      ++next;
    }
    if (digits.empty()) {
      const bool pause = in_list(word.text, "|dash|hyphen|uh|um|er|then|slash|space|plus|bindestrich|guion|tiret|");
      if (!pause || next >= end || (w.words[next].digits.empty() && w.words[next].repeat == 0)) break;
      i = next;
      continue;
    }
    run.digits += digits;
    run.groups.push_back(digits.size());
    i = next;
    run.last = i;
  }
  return run;
}

std::vector<Run> read_runs(const Words& w) {
  std::vector<Run> runs;
  std::size_t weighed = w.turns->size();  // the turn whose words of weight are [first, last)
  std::size_t first = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < w.words.size();) {
    if (w.words[i].digits.empty() && w.words[i].repeat == 0) {
      ++i;
      continue;
    }
    Run run = read_run(w, i);
    if (run.digits.empty()) {
      ++i;
      continue;
    }
    const std::size_t turn = w.words[i].turn;
    if (turn != weighed) {
      weighed = turn;
      first = w.begin_of(turn);
      last = w.end_of(turn);
      while (first < last && is_filler(w.words[first])) ++first;
      while (last > first && is_filler(w.words[last - 1])) --last;
    }
    run.opens = run.first <= first;
    run.closes = run.last >= last;
    i = run.last;
    runs.push_back(std::move(run));
  }
  return runs;
}

bool luhn(std::string_view digits) {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    int d = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 1) d = d * 2 > 9 ? d * 2 - 9 : d * 2;
    sum += d;
  }
  return sum % 10 == 0;
}

bool is_card(std::string_view digits) {
  return digits.size() >= 13 && digits.size() <= 19 && digits[0] >= '2' && digits[0] <= '6' && luhn(digits);
}

bool is_money(const Words& w, const Run& run) {
  const Word& first = w.words[run.first];
  if (first.mark == '$') return true;
  // 14.99
  const bool decimal = run.last - run.first == 2 && run.groups.back() == 2 && w.words[run.last - 1].mark == '.' &&
                       w.words[run.last - 1].glued;
  if (decimal) return true;
  return w.any(run.last, "|dollars|dollar|euros|euro|pounds|pound|cents|percent|eur|usd|gbp|");
}

std::optional<Pii> phone_kind(const Words& w, const Run& run, unsigned near_topic) {
  const std::size_t n = run.digits.size();
  const Word& first = w.words[run.first];
  const std::string_view text = w.text(first.turn);
  const bool plus = (first.begin > 0 && text[first.begin - 1] == '+') || w.any(run.first - 1, "|plus|");
  if (plus && n >= 7 && n <= 15) return Pii::phone;
  using Groups = std::vector<std::size_t>;
  const bool written = first.text == first.digits;
  const bool listed = w.words[run.first + 1 < run.last ? run.first + 1 : run.first].mark == ',';
  if (written && !listed &&
      (run.groups == Groups{3, 3, 4} || run.groups == Groups{1, 3, 3, 4} || run.groups == Groups{3, 4}))
    return near_topic == other ? std::nullopt : std::optional(Pii::phone);
  if (n >= 10 && n <= 15 && near_topic != other && near_topic != iban && near_topic != card) return Pii::phone;
  if (n >= 7 && n <= 15 && near_topic == phone) return Pii::phone;
  return std::nullopt;
}

std::optional<Pii> kind_of(const Words& w, TurnTopics& turns, const Run& run) {
  const std::size_t n = run.digits.size();
  if (n < 3 || is_money(w, run)) return std::nullopt;
  if (is_card(run.digits)) return Pii::card;
  unsigned nearest = 0;
  const unsigned all = topics_at(w, turns, run, nearest);
  if (n >= 12 && n <= 19 && nearest == card) return Pii::card;
  if (n <= 4 && (all & cvv) != 0 && (nearest == cvv || nearest == card)) return Pii::cvv;
  if (n <= 4 && nearest == code && (all & (card | expiry | cvv)) != 0) return Pii::cvv;
  if (n <= 6 && (all & expiry) != 0 && (nearest == expiry || nearest == card)) return Pii::expiry;
  if (n == 9 && ((all & ssn) != 0 || run.groups == std::vector<std::size_t>{3, 2, 4})) return Pii::ssn;
  if (n == 4 && nearest == ssn) return Pii::ssn;
  if (const auto found = phone_kind(w, run, nearest)) return found;
  if (n >= 4 && n <= 6 && nearest == postal) return Pii::address;
  // A part of a number that is being dictated: nothing else is in the turn.
  const bool part = run.opens && run.closes && n >= 3;
  if (part && nearest == card) return Pii::card;
  // The first four digits, said one by one, and more to come.
  if (run.opens && nearest == card && run.groups == std::vector<std::size_t>{1, 1, 1, 1}) return Pii::card;
  if (part && nearest == ssn) return Pii::ssn;
  if (part && nearest == phone && n <= 11) return Pii::phone;
  return std::nullopt;
}

// The next run of the same side that goes on with runs[at]: it opens its turn, and the other side said little between.
std::optional<std::size_t> goes_on(const Words& w, const std::vector<Run>& runs, std::size_t at) {
  if (!runs[at].closes) return std::nullopt;
  const std::size_t turn = w.words[runs[at].first].turn;
  for (std::size_t next = at + 1; next < runs.size(); ++next) {
    const std::size_t other_turn = w.words[runs[next].first].turn;
    if (other_turn > turn + 3) return std::nullopt;
    if (w.role(other_turn) != w.role(turn)) continue;
    if (other_turn == turn || !runs[next].opens) return std::nullopt;
    for (std::size_t between = turn + 1; between < other_turn; ++between) {
      if (w.end_of(between) - w.begin_of(between) > 10) return std::nullopt;
    }
    return next;
  }
  return std::nullopt;
}

// Whether it may be a part of a longer number: not what is whole or another thing.
bool may_go_on(const Run& run) {
  if (!run.kind) return true;
  if (*run.kind == Pii::card) return !is_card(run.digits);
  return *run.kind == Pii::ssn || *run.kind == Pii::phone;
}

// Card, social security and phone numbers said over up to eight turns.
void join_turns(const Words& w, TurnTopics& turns, std::vector<Run>& runs) {
  std::vector<bool> done(runs.size(), false);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (done[i] || !may_go_on(runs[i])) continue;
    std::vector<std::size_t> chain{i};
    std::string digits = runs[i].digits;
    while (chain.size() < 8 && digits.size() < 19) {
      const auto next = goes_on(w, runs, chain.back());
      if (!next || done[*next] || !may_go_on(runs[*next])) break;
      chain.push_back(*next);
      digits += runs[*next].digits;
      unsigned nearest = 0;
      const unsigned all = topics_at(w, turns, runs[i], nearest);
      const bool a_card = is_card(digits) || (digits.size() == 16 && nearest == card);
      const bool a_ssn = digits.size() == 9 && (all & ssn) != 0;
      const bool a_phone = digits.size() >= 10 && digits.size() <= 12 && nearest == phone;
      if (!a_card && !a_ssn && !a_phone) continue;
      for (const std::size_t part : chain) runs[part].kind = a_card ? Pii::card : a_ssn ? Pii::ssn : Pii::phone;
      if (!a_card) continue;
      for (const std::size_t part : chain) done[part] = true;
      break;
    }
  }
}

// What the other side reads back of a number in part.
void mark_echoes(std::vector<Run>& runs) {
  constexpr std::size_t kMost = 100;  // numbers that are read back
  std::vector<Run> numbers;
  for (const Run& run : runs) {
    const bool number = run.kind == Pii::card || run.kind == Pii::ssn || run.kind == Pii::phone;
    if (number && numbers.size() < kMost) numbers.push_back(run);
  }
  for (Run& run : runs) {
    if (run.kind || run.digits.size() < 3) continue;
    for (const Run& known : numbers) {
      if (known.digits.size() < run.digits.size()) continue;
      if (known.digits.find(run.digits) != std::string::npos) {
        run.kind = known.kind;
        break;
      }
    }
  }
}

// "Ending in 4321": the last four of a card may stay.
bool tells_last_four(const Words& w, const Run& run) {
  if (run.digits.size() != 4) return false;
  for (std::size_t back = 1; back <= 4 && back <= run.first; ++back) {
    if (w.any(run.first - back, "|ending|ends|endet|termina|terminant|")) return true;
  }
  return false;
}

void month_expiry(const Words& w, TurnTopics& turns, std::vector<Span>& out) {
  constexpr std::string_view kMonths =
      "|january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|"
      "aug|sep|"
      "sept|oct|nov|dec|";
  for (std::size_t i = 0; i + 1 < w.words.size(); ++i) {
    if (!w.any(i, kMonths) || w.words[i + 1].digits.empty() || w.words[i + 1].turn != w.words[i].turn) continue;
    Run run = read_run(w, i + 1);
    if (run.digits.size() != 2 && run.digits.size() != 4) continue;
    const std::size_t last = run.last;
    run.first = i;
    unsigned nearest = 0;
    const unsigned all = topics_at(w, turns, run, nearest);
    if ((all & expiry) != 0) out.push_back(w.span(i, last, Pii::expiry));
  }
}

int mod97(std::string_view iban) {
  int rest = 0;
  const auto feed = [&](char c) {
    if (c >= '0' && c <= '9') rest = (rest * 10 + (c - '0')) % 97;
    if (c >= 'a' && c <= 'z') rest = (rest * 100 + (c - 'a' + 10)) % 97;
  };
  for (const char c : iban.substr(4)) feed(c);
  for (const char c : iban.substr(0, 4)) feed(c);
  return rest;
}

// Written in groups or said letter by letter: two letters, two digits, and 11 to 30 more of either.
void find_ibans(const Words& w, std::vector<Span>& out) {
  for (std::size_t i = 0; i < w.words.size(); ++i) {
    if (!w.words[i].digits.empty() || w.words[i].text.size() > 2) continue;
    std::string text;
    std::size_t best = 0;
    bool near_word = false;
    for (std::size_t back = 1; back <= 6 && back <= i; ++back) near_word = near_word || w.is(i - back, "iban");
    for (std::size_t k = i; k < w.end_of(w.words[i].turn) && text.size() < 34; ++k) {
      const Word& word = w.words[k];
      if (k > i && word.mark != 0 && word.mark != '-' && word.mark != ',') break;
      if (word.digits.empty() && word.text.size() > 4) break;
      if (word.digits.empty() && word.text.size() > 1 && !(k == i || word.capital || word.glued)) break;
      text += word.digits.empty() ? word.text : word.digits;
      const bool form = text.size() >= 15 && text[0] >= 'a' && text[1] >= 'a' && text[2] <= '9' && text[3] <= '9';
      if (form && (mod97(text) == 1 || (near_word && text.size() >= 18))) best = k + 1;
    }
    if (best == 0) continue;
    out.push_back(w.span(i, best, Pii::iban));
    i = best - 1;
  }
}

}  // namespace

void find_numbers(const Words& words, const PiiContext& context, std::vector<Span>& out) {
  find_ibans(words, out);
  TurnTopics turns(words);
  month_expiry(words, turns, out);
  std::vector<Run> runs = read_runs(words);
  std::string known;
  for (const char c : context.phone) known += c >= '0' && c <= '9' ? std::string(1, c) : std::string();
  for (Run& run : runs) {
    run.kind = kind_of(words, turns, run);
    const bool the_number = known.size() >= 7 && run.digits.size() >= 7 && known.ends_with(run.digits);
    if (the_number || (known.size() >= 10 && run.digits.find(known.substr(known.size() - 10)) != std::string::npos))
      run.kind = Pii::phone;
  }
  join_turns(words, turns, runs);
  mark_echoes(runs);
  for (const Run& run : runs) {
    if (!run.kind || (run.kind == Pii::card && tells_last_four(words, run))) continue;
    Span span = words.span(run.first, run.last, *run.kind);
    const std::string_view text = words.text(span.turn);
    if (run.kind == Pii::phone && run.first > words.begin_of(span.turn) && words.is(run.first - 1, "plus"))
      span.begin = words.words[run.first - 1].begin;
    while (span.begin > 0 && (text[span.begin - 1] == '+' || text[span.begin - 1] == '(')) --span.begin;
    out.push_back(span);
  }
}

}  // namespace wrapup::redaction
