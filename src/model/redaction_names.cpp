#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "model/names.hpp"
#include "model/phrases.hpp"
#include "model/redaction_words.hpp"

namespace wrapup::redaction {

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
constexpr Lead kLeads[] = {{"my|name|is", true},    {"my|name|s", true},
                           {"my|name's", true},     {"the|name|is", true},
                           {"name|is", true},       {"name|s", true},
                           {"names", false},        {"missus", true},
                           {"mister", true},        {"au|nom|de", true},
                           {"a|nombre|de", true},   {"this|is", false},
                           {"i|am", false},         {"i'm", false},
                           {"call|me", true},       {"speaking|with", false},
                           {"speak|with", false},   {"speak|to", false},
                           {"talking|to", false},   {"ich|heisse", true},
                           {"mein|name|ist", true}, {"ich|bin", false},
                           {"je|m|appelle", true},  {"je|m'appelle", true},
                           {"me|llamo", true},      {"mi|nombre|es", true},
                           {"soy", false},          {"mi|chiamo", true},
                           {"il|mio|nome|e", true}, {"meu|nome|e", true},
                           {"me|chamo", true},      {"ik|heet", true},
                           {"mijn|naam|is", true},  {"mr", true},
                           {"mrs", true},           {"ms", true},
                           {"miss", false},         {"dr", true},
                           {"doctor", true},        {"herr", true},
                           {"frau", true},          {"senor", true},
                           {"senora", true},        {"monsieur", true},
                           {"madame", true},        {"signor", true},
                           {"signora", true},       {"meneer", true},
                           {"mevrouw", true},       {"hello", false},
                           {"hi", false},           {"hey", false},
                           {"dear", true},          {"thanks", false},
                           {"thank|you", false},    {"hallo", false},
                           {"bonjour", false},      {"hola", false},
                           {"under", false},        {"full|name", false},
                           {"my|wife", false},      {"my|husband", false},
                           {"my|son", false},       {"my|daughter", false},
                           {"my|mother", false},    {"my|father", false},
                           {"my|brother", false},   {"my|sister", false},
                           {"my|partner", false},   {"my|neighbour", false},
                           {"my|neighbor", false},  {"my|friend", false},
                           {"my|boss", false},      {"hier|spricht", true},
                           {"met", false},          {"je|suis", false},
                           {"sono", false}};

// By their first word.
const std::unordered_map<std::string, std::vector<Lead>>& leads_by_word() {
  static const auto kByWord = [] {
    std::unordered_map<std::string, std::vector<Lead>> out;
    for (const Lead& lead : kLeads) {
      std::string first(lead.phrase.substr(0, lead.phrase.find('|')));
      std::replace(first.begin(), first.end(), '\'', ' ');
      out[first].push_back(lead);
    }
    return out;
  }();
  return kByWord;
}

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
    for (std::size_t i = 1; w_.cased && i < w_.words.size(); ++i) by_pair(i);
    for (std::size_t turn = 1; turn < w_.turns->size(); ++turn) by_question(turn);
    for (std::size_t i = 0; i < w_.words.size(); ++i) by_word(i);
    find_spelled(w_, "|name|spell|spelling|surname|", Pii::name, out_);
  }

 private:
  bool particle(std::size_t i) const {
    return i + 1 < w_.words.size() && w_.any(i, "|de|van|von|der|den|di|da|del|della|dos|la|le|el|bin|al|ten|ter|");
  }

  // A name from `at`: it, and up to two words more that can go on it, with "van der" and the like between them.
  std::size_t name_end(std::size_t at, bool firm) const {
    const std::size_t end = w_.end_of(w_.words[at].turn);
    std::size_t i = at + 1;
    for (std::size_t more = 0; i < end && more < 2; ++more) {
      std::size_t next = i;
      while (next < i + 2 && next + 1 < end && particle(next) && w_.words[next].mark == 0) ++next;
      const Word& word = w_.words[next];
      if ((word.mark != 0 && word.mark != '-') || !may_be_name(word)) break;
      const bool given = given_name(word.text) != GivenName::no;
      const bool last = next + 1 == end || w_.words[next + 1].mark != 0 || in_list(w_.words[next + 1].text, kNoNames);
      if (w_.cased ? !word.capital : !(given || firm || last)) break;
      i = next + 1;
    }
    return i;
  }

  void take(std::size_t from, std::size_t to) {
    out_.push_back(w_.span(from, to, Pii::name));
    named_.insert(w_.words[from].turn);
    for (std::size_t i = from; i < to; ++i) {
      if (w_.words[i].text.size() > 2 && given_name(w_.words[i].text) != GivenName::word_too)
        known_.insert(w_.words[i].text);
    }
  }

  void by_lead(std::size_t at) {
    const auto leads = leads_by_word().find(w_.words[at].text);
    if (leads == leads_by_word().end()) return speaks(at);
    for (const Lead& lead : leads->second) {
      std::size_t from = lead_end(w_, at, lead.phrase);
      if (from == 0) continue;
      const std::size_t end = w_.end_of(w_.words[at].turn);
      while (from < end && w_.any(from, "|uh|um|er|mr|mrs|ms|dr|miss|is|called|named|")) ++from;
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
    speaks(at);
  }

  // "Nora Quill speaking", "Vogel am Apparat"
  void speaks(std::size_t at) {
    const bool says_so = w_.is(at, "speaking") || (w_.is(at, "am") && w_.is(at + 1, "apparat"));
    if (!says_so || at == w_.begin_of(w_.words[at].turn)) return;
    std::size_t from = at;
    while (from > w_.begin_of(w_.words[at].turn) && at - from < 3 && may_be_name(w_.words[from - 1]) &&
           (w_.words[from - 1].capital || given_name(w_.words[from - 1].text) == GivenName::yes))
      --from;
    if (from < at) take(from, at);
  }

  // Two or three words with capitals behind "for", "it's": a first and a last name, unless they name a firm or a place.
  void by_pair(std::size_t at) {
    constexpr std::string_view kThings =
        "|bank|insurance|energy|dental|clinic|hotel|company|street|road|avenue|city|university|school|hospital|cycles|"
        "shop|store|park|house|court|center|centre|visa|mastercard|american|express|united|new|san|north|south|east|"
        "west|golden|customer|service|services|black|friday|christmas|restaurant|cafe|desk|department|group|club|"
        "fitness|"
        "airport|station|airlines|pharmacy|library|team|support|college|church|museum|bay|lake|river|beach|hill|hall|"
        "plus|premium|basic|standard|pro|home|health|care|medical|motors|auto|foods|market|tower|bridge|festival|day|";
    if (!w_.any(at - 1, "|for|with|by|it s|that s|this is|") || w_.words[at - 1].turn != w_.words[at].turn) return;
    std::size_t to = at;
    const std::size_t end = w_.end_of(w_.words[at].turn);
    while (to < end && to < at + 4 && w_.words[to].capital && may_be_name(w_.words[to]) &&
           (w_.words[to].mark == 0 || w_.words[to].mark == '-')) {
      if (w_.any(to, kThings)) return;
      ++to;
    }
    if (to - at == 2 || to - at == 3) take(at, to);
  }

  // The answer to "your name, please?".
  void by_question(std::size_t turn) {
    if (w_.role(turn) != Role::human || w_.role(turn - 1) != Role::bot) return;
    if (named_.contains(turn) || w_.text(turn).find("[NAME]") != std::string_view::npos) return;
    bool asked = false;
    for (std::size_t i = w_.begin_of(turn - 1); i < w_.end_of(turn - 1); ++i) {
      const bool name =
          w_.any(i, "|name|names|surname|namen|nombre|nome|nom|naam|nachname|apellido|cognome|apelido|achternaam|");
      const bool of_other =
          i > 0 && w_.any(i - 1, "|company|business|product|street|brand|medicine|user|file|pet|pets|");
      asked = asked || (name && !of_other) ||
              (w_.any(i, "|who|whom|") && w_.any(i + 1, "|am|is|s|should|will|shall|can|do|may|")) ||
              w_.any(i, "|who s|cardholder|") || (w_.is(i, "holder") && w_.any(i - 1, "|account|card|policy|")) ||
              (w_.is(i, "you") && w_.is(i + 1, "are") && i + 2 == w_.end_of(turn - 1));
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
    const bool possessive = word.text.ends_with(" s");  // "Dana's"
    const std::string text = possessive ? word.text.substr(0, word.text.size() - 2) : word.text;
    const GivenName given = given_name(text);
    const bool known = known_.contains(text) && (given != GivenName::word_too || word.capital || !w_.cased) &&
                       (!in_list(text, kNoNames) || word.capital);
    const bool place =
        at > w_.begin_of(word.turn) && w_.any(at - 1, "|in|to|near|at|from|of|san|santa|saint|st|") && !known;
    const bool common = given == GivenName::yes && !place && (word.capital || !w_.cased);
    if (!known && !common) return;
    std::size_t to = at + 1;
    // A surname behind a given name.
    if (given != GivenName::no && !possessive) to = name_end(at, false);
    // What stands before a known surname.
    std::size_t from = at;
    while (w_.cased && known && given == GivenName::no && from > w_.begin_of(word.turn) && at - from < 2 &&
           w_.words[from].mark == 0 && w_.words[from - 1].capital && may_be_name(w_.words[from - 1]) &&
           !w_.any(from - 1, "|mr|mrs|ms|miss|dr|doctor|herr|frau|senor|senora|madame|monsieur|signor|signora|"))
      --from;
    Span span = w_.span(from, to, Pii::name);
    if (possessive) span.end = w_.text(span.turn).find_last_of("'\x99", span.end - 1);
    if (possessive && w_.text(span.turn)[span.end] != '\'') span.end -= 2;
    out_.push_back(span);
    for (std::size_t i = at + 1; i < to; ++i) {
      if (w_.words[i].text.size() > 2) known_.insert(w_.words[i].text);
    }
  }

  const Words& w_;
  std::vector<Span>& out_;
  std::unordered_set<std::string> known_;
  std::unordered_set<std::size_t> named_;  // turns with a name
};

}  // namespace

void find_names(const Words& words, const PiiContext& context, std::vector<Span>& out) {
  Names(words, context, out).find();
}

}  // namespace wrapup::redaction
