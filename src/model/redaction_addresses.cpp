#include <algorithm>

#include "model/redaction_words.hpp"

namespace wrapup::redaction {

namespace {

constexpr std::string_view kStreetEnds =
    "|street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|terrace|crescent|highway|hwy|parkway|pkwy|"
    "circle|close|square|way|place|row|mews|grove|trail|wharf|quay|gardens|parade|walk|mount|";
constexpr std::string_view kStreetBegins =
    "|rue|calle|avenida|via|viale|piazza|rua|plaza|paseo|avenue|boulevard|travessa|corso|chemin|allee|";
constexpr std::string_view kSmallWords = "|de|des|du|la|le|les|del|della|da|do|d|";
constexpr std::string_view kNoStreet =
    "|the|a|an|of|on|in|at|to|for|and|or|is|was|are|minutes|minute|hours|hour|days|day|percent|people|dollars|times|"
    "more|"
    "by|from|this|that|it|i|you|we|way|";

bool german_street(std::string_view text) {
  for (const std::string_view tail :
       {"strasse", "strase", "straat", "weg", "platz", "gasse", "allee", "laan", "plein", "gracht"}) {
    if (text.size() > tail.size() + 2 && text.ends_with(tail)) return true;
  }
  return false;
}

// ", Springfield, IL 62704", "apartment 4": what goes on behind the street.
std::size_t address_tail(const Words& w, std::size_t at, std::size_t end) {
  std::size_t last = at;
  for (std::size_t i = at; i < end;) {
    if (w.any(i, "|apartment|apt|unit|suite|flat|floor|number|door|wohnung|") && i + 1 < end &&
        (!w.words[i + 1].digits.empty() || w.words[i + 1].text.size() == 1)) {
      last = i += 2;
      continue;
    }
    const bool zip = w.words[i].digits.size() >= 4 && w.words[i].digits.size() <= 6 &&
                     w.words[i].digits == w.words[i].text && (w.words[i].mark == 0 || w.words[i].mark == ',') && i > at;
    const char second = w.text(w.words[i].turn)[std::min(w.words[i].begin + 1, w.words[i].end - 1)];
    const bool state = w.words[i].capital && w.words[i].end - w.words[i].begin == 2 && second >= 'A' && second <= 'Z';
    const bool city = w.cased && w.words[i].capital && w.words[i].mark != '.' && w.words[i].mark != '?' &&
                      (w.words[i].mark == ',' || i > at);
    if (!zip && !state && !city) break;
    if (i >= at + 6) break;
    last = ++i;
    if (zip) break;
  }
  return last;
}

// The 5 of "5th".
bool ordinal(const Words& w, std::size_t i) {
  return i + 1 < w.words.size() && w.words[i + 1].glued && w.any(i + 1, "|st|nd|rd|th|");
}

// "22 Mill Road", "twenty two mill road": a number and one to four words on a word for a street.
void numbered_streets(const Words& w, std::vector<Span>& out) {
  for (std::size_t i = 0; i + 2 < w.words.size(); ++i) {
    if (w.words[i].digits.empty()) continue;
    const std::size_t end = w.end_of(w.words[i].turn);
    std::size_t k = i;
    while (k < end && (!w.words[k].digits.empty() || w.words[k].text == "oh") && !ordinal(w, k) &&
           (k == i || w.words[k].mark == 0 || w.words[k].mark == '-'))
      ++k;
    if (k == i) continue;
    if (k < end && w.words[k].glued && w.words[k].text.size() == 1) ++k;  // 22b
    const std::size_t body = k;
    std::size_t found = 0;
    for (; k < end && k < body + 5 && (w.words[k].digits.empty() || ordinal(w, k)); ++k) {
      if (k > body && w.words[k].mark != 0 && w.words[k].mark != '.' && w.words[k].mark != '-' &&
          w.words[k].mark != '\'')
        break;
      const bool street = w.any(k, kStreetEnds) || german_street(w.words[k].text);
      if (street && (k > body || german_street(w.words[k].text))) found = k + 1;
      if (found != 0 || (w.any(k, kNoStreet) && !street)) break;
    }
    if (found == 0 && body < end && w.any(body, kStreetBegins)) {  // "12 rue des Lilas"
      k = body + 1;
      while (k < end && k < body + 5 && w.words[k].mark == 0 && (w.words[k].capital || w.any(k, kSmallWords))) ++k;
      if (k > body + 1) found = k;
    }
    if (found == 0) {
      i = body > i ? body - 1 : i;
      continue;
    }
    const std::size_t last = address_tail(w, found, end);
    out.push_back(w.span(i, last, Pii::address));
    i = last - 1;
  }
}

// "Hauptstraße 12, 10115 Berlin", "calle Mayor 12", "P.O. box 12".
void street_numbers(const Words& w, std::vector<Span>& out) {
  for (std::size_t i = 0; i + 1 < w.words.size(); ++i) {
    const std::size_t end = w.end_of(w.words[i].turn);
    std::size_t k = i + 1;
    const bool german = german_street(w.words[i].text);
    const bool begins = !german && w.any(i, kStreetBegins);
    const bool box = w.is(i, "box") && i > 0 && (w.is(i - 1, "o") || w.is(i - 1, "po"));
    if (!german && !begins && !box) continue;
    while (begins && k < end && k < i + 5 && w.words[k].digits.empty() && w.words[k].mark == 0 &&
           (!w.cased || w.words[k].capital || w.any(k, kSmallWords)))
      ++k;
    if (k >= end || w.words[k].digits.empty() || w.words[k].digits.size() > 5 || (begins && k == i + 1)) continue;
    std::size_t last = k + 1;
    if (last < end && w.words[last].glued && w.words[last].text.size() == 1) ++last;
    if (last + 1 < end && w.words[last].digits.size() == 5) last += 1 + (w.words[last + 1].capital ? 1 : 0);
    if (box) last = address_tail(w, last, end);
    std::size_t first = i;
    if (box) first = w.is(i - 1, "po") ? i - 1 : i - 2;
    if (german && i > w.begin_of(w.words[i].turn) && w.words[i - 1].capital && w.words[i].mark == '-') --first;
    out.push_back(w.span(first, last, Pii::address));
    i = last - 1;
  }
}

// "Am Kirchberg 7, 50667 Köln", "Prinsengracht 263, 1016 GV Amsterdam": a house number before a postcode and a town.
void towns(const Words& w, std::vector<Span>& out) {
  for (std::size_t i = 0; i + 2 < w.words.size(); ++i) {
    const std::size_t begin = w.begin_of(w.words[i].turn);
    const std::size_t end = w.end_of(w.words[i].turn);
    const auto number = [&](std::size_t at) { return w.words[at].digits == w.words[at].text; };
    std::size_t town = i + 2;
    if (town >= end || !number(i) || !number(i + 1) || w.words[i].digits.size() > 4 || w.words[i + 1].mark != ',')
      continue;
    const bool dutch = w.words[i + 1].digits.size() == 4 && w.words[town].text.size() == 2 && w.words[town].capital;
    if (dutch) ++town;
    if ((w.words[i + 1].digits.size() != 5 && !dutch) || town >= end || !w.words[town].capital) continue;
    std::size_t first = i;
    while (first > begin && i - first < 3 && w.words[first - 1].capital && w.words[first].mark == 0) --first;
    if (first < i) out.push_back(w.span(first, town + 1, Pii::address));
  }
}

// A short answer with a number in it, where an address was asked for and no other rule found one.
void asked_addresses(const Words& w, std::vector<Span>& out) {
  constexpr std::size_t kShort = 12;
  std::vector<bool> has_one(w.turns->size());
  for (const Span& span : out) has_one[span.turn] = true;
  for (std::size_t turn = 1; turn < w.turns->size(); ++turn) {
    if (w.role(turn) != Role::human || w.role(turn - 1) != Role::bot) continue;
    bool asked = false;
    for (std::size_t i = w.begin_of(turn - 1); i < w.end_of(turn - 1); ++i) {
      const bool of_mail = i > 0 && w.any(i - 1, "|email|mail|e|web|website|ip|");
      asked = asked || (!of_mail && w.any(i, "|address|anschrift|adresse|adres|indirizzo|direccion|endereco|morada|"));
    }
    const bool found = has_one[turn];
    const std::size_t end = w.end_of(turn);
    std::size_t from = w.begin_of(turn);
    if (!asked || found || end - from > kShort || w.text(turn).find("[ADDRESS]") != std::string_view::npos) continue;
    while (from < end &&
           (is_filler(w.words[from]) || w.any(from, "|i|i m|we|live|at|in|to|deliver|send|ship|from|mail|")))
      ++from;
    const auto has_number = [&](std::size_t i) { return !w.words[i].digits.empty() && w.words[i].digits.size() < 6; };
    bool number = false;
    for (std::size_t i = from; i < end; ++i) number = number || has_number(i);
    if (number && end - from >= 2) out.push_back(w.span(from, end, Pii::address));
  }
}

// "SW1A 1AA" and "62704-1234".
void post_codes(const Words& w, std::vector<Span>& out) {
  for (std::size_t turn = 0; turn < w.turns->size(); ++turn) {
    const std::string_view text = w.text(turn);
    const auto upper = [&](std::size_t i) { return i < text.size() && text[i] >= 'A' && text[i] <= 'Z'; };
    const auto digit = [&](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
    const auto edge = [&](std::size_t i) {
      return i >= text.size() || (!upper(i) && !digit(i) && !(text[i] >= 'a' && text[i] <= 'z'));
    };
    for (std::size_t i = 0; i + 5 < text.size(); ++i) {
      if (!upper(i) || (i > 0 && !edge(i - 1))) continue;
      std::size_t k = i + 1 + (upper(i + 1) ? 1 : 0);
      if (!digit(k)) continue;
      ++k;
      if (digit(k) || upper(k)) ++k;
      if (k >= text.size() || text[k] != ' ') continue;
      if (digit(k + 1) && upper(k + 2) && upper(k + 3) && edge(k + 4)) out.push_back({turn, i, k + 4, Pii::address});
    }
  }
}

}  // namespace

void find_addresses(const Words& words, std::vector<Span>& out) {
  numbered_streets(words, out);
  street_numbers(words, out);
  post_codes(words, out);
  towns(words, out);
  asked_addresses(words, out);
}

}  // namespace wrapup::redaction
