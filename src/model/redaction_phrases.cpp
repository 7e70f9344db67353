#include <algorithm>
#include <unordered_set>

#include "model/names.hpp"
#include "model/phrases.hpp"
#include "model/redaction_words.hpp"

namespace wrapup::redaction {

namespace {

bool mail_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '%' || c == '+' || c == '-';
}

void written_emails(const Words& w, std::vector<Span>& out) {
  for (std::size_t turn = 0; turn < w.turns->size(); ++turn) {
    const std::string_view text = w.text(turn);
    for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
      std::size_t begin = at;
      std::size_t end = at + 1;
      while (begin > 0 && (mail_char(text[begin - 1]) || static_cast<unsigned char>(text[begin - 1]) >= 0x80)) --begin;
      while (end < text.size() && (mail_char(text[end]) || static_cast<unsigned char>(text[end]) >= 0x80)) ++end;
      while (end > at + 1 && (text[end - 1] == '.' || text[end - 1] == '-')) --end;
      if (begin < at && text.substr(at, end - at).find('.') != std::string_view::npos)
        out.push_back({turn, begin, end, Pii::email});
    }
  }
}

constexpr std::string_view kAt = "|at|arroba|chiocciola|apenstaartje|klammeraffe|arobase|";
constexpr std::string_view kDot = "|dot|punkt|punto|point|ponto|punt|";

bool ends_local(const Words& w, std::size_t i) {
  return w.any(i,
               "|is|its|it s|email|e|mail|address|my|that s|to|yes|sure|yeah|okay|ok|um|uh|and|it|the|us|look|online|"
               "website|visit|me|you|can|reach|on|page|lautet|ist|es|est|adresse|correo|mi|mijn|minha|mia|or|use|"
               "send|write|no|at|him|her|them|confirm|so|for|was|be|right|perfect|great|thanks|have|i|we|please|");
}

// "dana dot reyes at example dot com". With `open` also what goes on from the turn before: "at example dot com".
void spoken_emails(const Words& w, std::vector<Span>& out) {
  for (std::size_t i = 0; i + 3 < w.words.size(); ++i) {
    if (!w.any(i, kAt)) continue;
    const std::size_t begin = w.begin_of(w.words[i].turn);
    const std::size_t end = w.end_of(w.words[i].turn);
    const std::size_t domain = w.is(i + 1, "sign") ? i + 2 : i + 1;
    std::size_t dot = domain + 1;
    while (dot < end && dot < domain + 6 && !w.any(dot, kDot)) ++dot;
    const bool glued = dot >= end || !w.any(dot, kDot);
    // "at gmail.com": speech recognition writes the end.
    const bool written = glued && domain + 1 < end && w.words[domain + 1].glued && w.words[domain + 1].mark == '.';
    if ((glued && !written) || (!written && (dot + 1 >= end || w.words[dot + 1].text.size() > 6))) continue;
    std::size_t last = written ? domain + 2 : dot + 2;
    while (last + 1 < end && w.any(last, kDot) && w.words[last + 1].text.size() <= 4) last += 2;
    std::size_t first = i;
    while (first > begin && i - first < 16 && !ends_local(w, first - 1) &&
           (first == i || w.words[first].mark == 0 || w.words[first].mark == '-' || w.words[first].mark == '.'))
      --first;
    if (first == i && i != begin) continue;
    out.push_back(w.span(first, last, Pii::email));
    if (first != begin || w.words[i].turn == 0) continue;
    // The part before "at" may be the turn before of the same side.
    for (std::size_t back = 1; first == i && back <= 2 && back <= w.words[i].turn; ++back) {
      const std::size_t turn = w.words[i].turn - back;
      if (w.role(turn) != w.role(w.words[i].turn) || w.begin_of(turn) == w.end_of(turn)) continue;
      std::size_t from = w.end_of(turn);
      while (from > w.begin_of(turn) && w.end_of(turn) - from < 12 && !ends_local(w, from - 1)) --from;
      if (from < w.end_of(turn)) out.push_back(w.span(from, w.end_of(turn), Pii::email));
      break;
    }
  }
}

// Letters one by one where a name or an address was asked for.
void spelled(const Words& w, std::string_view asked_words, Pii kind, std::vector<Span>& out) {
  for (std::size_t turn = 1; turn < w.turns->size(); ++turn) {
    bool asked = false;
    for (std::size_t i = w.begin_of(turn - 1); i < w.end_of(turn - 1); ++i) asked = asked || w.any(i, asked_words);
    if (!asked) continue;
    for (std::size_t i = w.begin_of(turn); i < w.end_of(turn);) {
      std::size_t k = i;
      std::size_t letters = 0;
      while (k < w.end_of(turn) && (w.words[k].text.size() == 1 || w.any(k, kDot) || w.words[k].repeat > 0 ||
                                    w.any(k, "|dash|hyphen|underscore|"))) {
        letters += w.words[k].text.size() == 1 && w.words[k].digits.empty() ? 1 : 0;
        ++k;
      }
      if (letters >= 3) out.push_back(w.span(i, k, kind));
      i = std::max(k, i + 1);
    }
  }
}

}  // namespace

void find_emails(const Words& words, std::vector<Span>& out) {
  written_emails(words, out);
  spoken_emails(words, out);
  spelled(words, "|email|mail|e|", Pii::email, out);
}

namespace {

constexpr std::string_view kStreetEnds =
    "|street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|terrace|crescent|highway|hwy|parkway|pkwy|"
    "circle|close|square|way|place|row|mews|grove|trail|";
constexpr std::string_view kStreetBegins =
    "|rue|calle|avenida|via|viale|piazza|rua|plaza|paseo|avenue|boulevard|travessa|corso|chemin|allee|";
constexpr std::string_view kNoStreet =
    "|the|a|an|of|on|in|at|to|for|and|or|is|was|are|minutes|minute|hours|hour|days|day|percent|people|dollars|times|"
    "more|"
    "by|from|this|that|it|i|you|we|way|";

bool german_street(std::string_view text) {
  for (const std::string_view tail :
       {"strasse", "straat", "weg", "platz", "gasse", "allee", "laan", "plein", "gracht"}) {
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
    const bool state = w.words[i].capital && w.words[i].text.size() == 2 && w.words[i].end - w.words[i].begin == 2;
    const bool city = w.cased && w.words[i].capital && w.words[i].mark != '.' && w.words[i].mark != '?' &&
                      (w.words[i].mark == ',' || i > at);
    if (!zip && !state && !city) break;
    if (i >= at + 6) break;
    last = ++i;
    if (zip) break;
  }
  return last;
}

// "22 Mill Road", "twenty two mill road": a number and one to four words on a word for a street.
void numbered_streets(const Words& w, std::vector<Span>& out) {
  for (std::size_t i = 0; i + 2 < w.words.size(); ++i) {
    if (w.words[i].digits.empty()) continue;
    const std::size_t end = w.end_of(w.words[i].turn);
    std::size_t k = i;
    while (k < end && (!w.words[k].digits.empty() || w.words[k].text == "oh") &&
           (k == i || w.words[k].mark == 0 || w.words[k].mark == '-'))
      ++k;
    if (k < end && w.words[k].glued && w.words[k].text.size() == 1) ++k;  // 22b
    const std::size_t body = k;
    std::size_t found = 0;
    for (; k < end && k < body + 5 && w.words[k].digits.empty(); ++k) {
      if (k > body && w.words[k].mark != 0 && w.words[k].mark != '.' && w.words[k].mark != '-' &&
          w.words[k].mark != '\'')
        break;
      const bool street = w.any(k, kStreetEnds) || german_street(w.words[k].text);
      if (street && (k > body || german_street(w.words[k].text))) found = k + 1;
      if (found != 0 || (w.any(k, kNoStreet) && !street)) break;
    }
    if (found == 0 && body < end && w.any(body, kStreetBegins)) {  // "12 rue des Lilas"
      k = body + 1;
      while (k < end && k < body + 5 && w.words[k].mark == 0 &&
             (w.words[k].capital || w.any(k, "|de|des|du|la|le|les|del|della|da|do|d|")))
        ++k;
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
    while (begins && k < end && k < i + 5 && w.words[k].digits.empty() && w.words[k].mark == 0) ++k;
    if (begins && k < end && w.words[k].mark == ',' && !w.words[k].digits.empty()) ++k, --k;
    if (k >= end || w.words[k].digits.empty() || w.words[k].digits.size() > 5 || (begins && k == i + 1)) continue;
    std::size_t last = k + 1;
    if (last < end && w.words[last].glued && w.words[last].text.size() == 1) ++last;
    if (last + 1 < end && w.words[last].digits.size() == 5) last += 1 + (w.words[last + 1].capital ? 1 : 0);
    std::size_t first = i;
    if (box) first = w.is(i - 1, "po") ? i - 1 : i - 2;
    if (german && i > w.begin_of(w.words[i].turn) && w.words[i - 1].capital && w.words[i].mark == '-') --first;
    out.push_back(w.span(first, last, Pii::address));
    i = last - 1;
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
}

namespace {

constexpr std::string_view kNoNames =
    "|i|i m|a|an|the|and|but|or|so|to|of|in|on|at|for|from|with|by|is|am|are|was|were|be|it|it "
    "s|this|that|you|your|we|our|he|"
    "she|they|my|me|not|no|yes|yeah|ok|okay|sure|here|there|calling|call|looking|trying|interested|sorry|good|fine|"
    "great|well|"
    "just|also|very|really|all|going|having|wondering|happy|glad|afraid|about|because|if|when|what|who|why|how|where|"
    "which|can|"
    "could|would|will|should|do|does|did|have|has|had|please|thanks|thank|hello|hi|hey|bye|goodbye|morning|afternoon|"
    "evening|"
    "day|today|tomorrow|again|back|home|work|working|done|ready|new|old|customer|agent|sir|madam|ma|everyone|guys|"
    "folks|name|"
    "speaking|spelled|spelt|first|last|middle|family|full|right|correct|wait|actually|now|then|as|only|still|unable|"
    "able|more|"
    "much|confused|angry|upset|frustrated|currently|out|up|down|off|over|into|one|two|three|monday|tuesday|wednesday|"
    "thursday|"
    "friday|saturday|sunday|january|february|june|july|october|november|december|number|und|ist|nicht|der|die|das|mein|"
    "meine|"
    "ich|sie|von|aus|hier|ja|nein|que|de|la|el|es|no|si|le|les|est|je|vous|et|il|che|sono|non|un|una|het|een|en|ik|van|"
    "actually|welcome|perfect|lovely|understand|see|got|need|want|like|let|hold|may|its|that s|there s|what "
    "s|team|support|";

bool may_be_name(const Word& word) {
  return word.digits.empty() && word.text.size() > 1 && word.text.find(' ') == std::string::npos &&
         !in_list(word.text, kNoNames);
}

// Words that a name follows; `firm` ones make a name of any word.
struct Lead {
  std::string_view phrase;  // words parted by '|'
  bool firm;
};
constexpr Lead kLeads[] = {
    {"my|name|is", true},    {"my|name|s", true},    {"my|name's", true},    {"the|name|is", true},
    {"name|is", true},       {"name|s", true},       {"names", false},       {"this|is", false},
    {"i|am", false},         {"i'm", false},         {"call|me", true},      {"speaking|with", false},
    {"speak|with", false},   {"speak|to", false},    {"talking|to", false},  {"ich|heisse", true},
    {"mein|name|ist", true}, {"ich|bin", false},     {"je|m|appelle", true}, {"je|m'appelle", true},
    {"me|llamo", true},      {"mi|nombre|es", true}, {"soy", false},         {"mi|chiamo", true},
    {"il|mio|nome|e", true}, {"meu|nome|e", true},   {"me|chamo", true},     {"ik|heet", true},
    {"mijn|naam|is", true},  {"mr", true},           {"mrs", true},          {"ms", true},
    {"miss", false},         {"dr", true},           {"doctor", false},      {"herr", true},
    {"frau", true},          {"senor", true},        {"senora", true},       {"monsieur", true},
    {"madame", true},        {"signor", true},       {"signora", true},      {"meneer", true},
    {"mevrouw", true},       {"hello", false},       {"hi", false},          {"hey", false},
    {"dear", true},          {"thanks", false},      {"thank|you", false},   {"hallo", false},
    {"bonjour", false},      {"hola", false},        {"under", false},       {"full|name", false}};

std::size_t lead_end(const Words& w, std::size_t at, std::string_view phrase) {
  const std::size_t end = w.end_of(w.words[at].turn);
  while (!phrase.empty()) {
    const std::size_t bar = std::min(phrase.find('|'), phrase.size());
    std::string want(phrase.substr(0, bar));
    std::replace(want.begin(), want.end(), '\'', ' ');
    if (at >= end || w.words[at].text != want) return 0;
    ++at;
    phrase.remove_prefix(std::min(bar + 1, phrase.size()));
  }
  return at;
}

class Names {
 public:
  Names(const Words& words, const PiiContext& context, std::vector<Span>& out) : w_(words), out_(out) {
    const std::string folded = fold_words(context.name);
    for (std::size_t i = 1; i < folded.size();) {
      const std::size_t end = folded.find(' ', i);
      if (end == std::string::npos) break;
      if (end - i > 1) known_.insert(folded.substr(i, end - i));
      i = end + 1;
    }
  }

  void find() {
    for (std::size_t i = 0; i < w_.words.size(); ++i) by_lead(i);
    for (std::size_t turn = 1; turn < w_.turns->size(); ++turn) by_question(turn);
    for (std::size_t i = 0; i < w_.words.size(); ++i) by_word(i);
    spelled(w_, "|name|spell|spelling|surname|", Pii::name, out_);
  }

 private:
  // A name from `at`: it, and up to two words more that can go on it.
  std::size_t name_end(std::size_t at, bool firm) const {
    const std::size_t end = w_.end_of(w_.words[at].turn);
    std::size_t i = at + 1;
    for (; i < end && i < at + 3; ++i) {
      const Word& word = w_.words[i];
      if ((word.mark != 0 && word.mark != '-') || !may_be_name(word)) break;
      const bool given = given_name(word.text) != GivenName::no;
      if (w_.cased ? !word.capital : !(given || firm || i + 1 == end)) break;
    }
    return i;
  }

  void take(std::size_t from, std::size_t to) {
    out_.push_back(w_.span(from, to, Pii::name));
    for (std::size_t i = from; i < to; ++i) {
      if (w_.words[i].text.size() > 2 && given_name(w_.words[i].text) != GivenName::word_too)
        known_.insert(w_.words[i].text);
    }
  }

  void by_lead(std::size_t at) {
    for (const Lead& lead : kLeads) {
      std::size_t from = lead_end(w_, at, lead.phrase);
      if (from == 0) continue;
      const std::size_t end = w_.end_of(w_.words[at].turn);
      while (from < end && w_.any(from, "|uh|um|er|mr|mrs|ms|dr|miss|")) ++from;
      if (from >= end || !may_be_name(w_.words[from])) continue;
      const Word& word = w_.words[from];
      if (word.mark != 0 && word.mark != '.' && word.mark != ',' && word.mark != ':' && word.mark != '-') continue;
      const bool given =
          given_name(word.text) == GivenName::yes || (given_name(word.text) != GivenName::no && word.capital);
      const bool greeting = in_list(lead.phrase, "|hello|hi|hey|thanks|thank|you|hallo|bonjour|hola|under|");
      const bool capital = w_.cased && word.capital && !greeting;
      if (!given && !(lead.firm && (capital || !w_.cased)) && !capital && !known_.contains(word.text)) continue;
      take(from, name_end(from, lead.firm));
    }
    // "Nora Quill speaking"
    if (w_.is(at, "speaking") && at > w_.begin_of(w_.words[at].turn)) {
      std::size_t from = at;
      while (from > w_.begin_of(w_.words[at].turn) && at - from < 3 && may_be_name(w_.words[from - 1]) &&
             (w_.words[from - 1].capital || given_name(w_.words[from - 1].text) == GivenName::yes))
        --from;
      if (from < at) take(from, at);
    }
  }

  // The answer to "your name, please?".
  void by_question(std::size_t turn) {
    if (w_.role(turn) != Role::human || w_.role(turn - 1) != Role::bot) return;
    bool asked = false;
    for (std::size_t i = w_.begin_of(turn - 1); i < w_.end_of(turn - 1); ++i) {
      const bool name =
          w_.any(i, "|name|names|surname|namen|nombre|nome|nom|naam|nachname|apellido|cognome|apelido|achternaam|");
      const bool of_other =
          i > 0 && w_.any(i - 1, "|company|business|product|street|brand|medicine|user|file|pet|pets|");
      asked = asked || (name && !of_other) || (w_.is(i, "who") && (w_.any(i + 1, "|am|is|") || w_.is(i + 1, "s")));
    }
    if (!asked) return;
    std::size_t from = w_.begin_of(turn);
    const std::size_t end = w_.end_of(turn);
    while (from < end && (is_filler(w_.words[from]) || w_.any(from, "|hi|hello|sure|mr|mrs|ms|"))) ++from;
    if (from >= end || !may_be_name(w_.words[from])) return;
    const Word& word = w_.words[from];
    const bool given = given_name(word.text) != GivenName::no;
    const bool short_answer = end - from <= 3;
    if (!given && !(w_.cased && word.capital && from > w_.begin_of(turn)) && !short_answer) return;
    take(from, name_end(from, short_answer));
  }

  // Names that are known, and common given names, wherever they stand.
  void by_word(std::size_t at) {
    const Word& word = w_.words[at];
    const GivenName given = given_name(word.text);
    const bool known = known_.contains(word.text) && (given != GivenName::word_too || word.capital || !w_.cased) &&
                       (!in_list(word.text, kNoNames) || word.capital);
    const bool place = at > 0 && w_.any(at - 1, "|in|to|near|at|from|of|") && !known;
    const bool common = given == GivenName::yes && !place && (word.capital || !w_.cased);
    if (!known && !common) return;
    std::size_t to = at + 1;
    // A surname behind a given name.
    if (given != GivenName::no) to = name_end(at, false);
    // Two words of a possessive: "Dana's".
    out_.push_back(w_.span(at, to, Pii::name));
    for (std::size_t i = at + 1; i < to; ++i) {
      if (w_.words[i].text.size() > 2) known_.insert(w_.words[i].text);
    }
  }

  const Words& w_;
  std::vector<Span>& out_;
  std::unordered_set<std::string> known_;
};

}  // namespace

void find_names(const Words& words, const PiiContext& context, std::vector<Span>& out) {
  Names(words, context, out).find();
}

}  // namespace wrapup::redaction
