#include "model/redaction_words.hpp"

#include <algorithm>
#include <unordered_map>

#include "model/phrases.hpp"

namespace wrapup::redaction {

namespace {

constexpr std::size_t kMaxWords = 200'000;  // of one call; what is beyond is not read, and given back as a whole

const std::unordered_map<std::string_view, std::string_view>& number_words() {
  static const std::unordered_map<std::string_view, std::string_view> kWords{
      {"zero", "0"},
      {"oh", "0"},
      {"one", "1"},
      {"two", "2"},
      {"three", "3"},
      {"four", "4"},
      {"five", "5"},
      {"six", "6"},
      {"seven", "7"},
      {"eight", "8"},
      {"nine", "9"},
      {"ten", "10"},
      {"eleven", "11"},
      {"twelve", "12"},
      {"thirteen", "13"},
      {"fourteen", "14"},
      {"fifteen", "15"},
      {"sixteen", "16"},
      {"seventeen", "17"},
      {"eighteen", "18"},
      {"nineteen", "19"},
      {"twenty", "20"},
      {"thirty", "30"},
      {"forty", "40"},
      {"fifty", "50"},
      {"sixty", "60"},
      {"seventy", "70"},
      {"eighty", "80"},
      {"ninety", "90"},
      {"hundred", "00"},
      // German, Spanish, French, Dutch, Italian, Portuguese; left out is what is a word of English too.
      {"null", "0"},
      {"eins", "1"},
      {"zwei", "2"},
      {"zwo", "2"},
      {"drei", "3"},
      {"vier", "4"},
      {"funf", "5"},
      {"sechs", "6"},
      {"sieben", "7"},
      {"acht", "8"},
      {"neun", "9"},
      {"cero", "0"},
      {"uno", "1"},
      {"dos", "2"},
      {"tres", "3"},
      {"cuatro", "4"},
      {"cinco", "5"},
      {"seis", "6"},
      {"siete", "7"},
      {"ocho", "8"},
      {"nueve", "9"},
      {"deux", "2"},
      {"trois", "3"},
      {"quatre", "4"},
      {"cinq", "5"},
      {"sept", "7"},
      {"huit", "8"},
      {"neuf", "9"},
      {"nul", "0"},
      {"een", "1"},
      {"twee", "2"},
      {"drie", "3"},
      {"vijf", "5"},
      {"zes", "6"},
      {"zeven", "7"},
      {"negen", "9"},
      {"quattro", "4"},
      {"cinque", "5"},
      {"sette", "7"},
      {"otto", "8"},
      {"nove", "9"},
      {"dois", "2"},
      {"quatro", "4"},
      {"sete", "7"},
      {"oito", "8"}};
  return kWords;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

// "[CARD]" at `at`: its end; `at` when there is none.
std::size_t skip_placeholder(std::string_view text, std::size_t at) {
  if (text[at] != '[') return at;
  const std::size_t size = text.substr(at, 12).find(']');
  if (size == std::string_view::npos || size > 10) return at;
  const std::size_t close = at + size;
  std::string name(text.substr(at + 1, size - 1));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : '?'; });
  return pii_from(name) ? close + 1 : at;
}

void classify(Word& word) {
  if (is_digit(word.text.front())) {
    word.digits = word.text;
    return;
  }
  const auto found = number_words().find(word.text);
  if (found != number_words().end()) {
    word.digits = found->second;
    word.tens = word.digits.size() == 2 && word.digits[1] == '0' && word.digits[0] > '1';
  }
  if (word.text == "double") word.repeat = 2;
  if (word.text == "triple" || word.text == "treble") word.repeat = 3;
}

void read_turn(std::size_t turn, std::string_view text, std::vector<Word>& out) {
  char mark = 0;
  bool gap = true;
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t behind = skip_placeholder(text, i); behind != i) {
      mark = '[';
      gap = true;
      i = behind;
      continue;
    }
    const bool digit = is_digit(text[i]);
    const bool punctuation = text.substr(i, 2) == "\xE2\x80";  // dashes and quotes
    if (!digit && (!is_letter(text[i]) || punctuation)) {
      if (text[i] == ' ' || text[i] == '\n' || text[i] == '\t') {
        gap = true;
      } else if (mark != '[') {
        mark = punctuation ? '-' : text[i];
      }
      i += punctuation ? std::min<std::size_t>(3, text.size() - i) : 1;
      continue;
    }
    Word word;
    word.turn = turn;
    word.begin = i;
    while (i < text.size() &&
           (digit ? is_digit(text[i])
                  : (is_letter(text[i]) && text.substr(i, 2) != "\xE2\x80") ||
                        (text[i] == '\'' && i + 1 < text.size() && is_letter(text[i + 1])) ||
                        (text.substr(i, 3) == "\xE2\x80\x99" && i + 3 < text.size() && is_letter(text[i + 3])))) {
      i += text.substr(i, 3) == "\xE2\x80\x99" ? 3 : 1;
    }
    word.end = i;
    word.capital = text[word.begin] >= 'A' && text[word.begin] <= 'Z';
    // Capitals outside ASCII: U+00C0 to U+00DE.
    word.capital = word.capital || (text[word.begin] == '\xC3' && word.begin + 1 < text.size() &&
                                    static_cast<unsigned char>(text[word.begin + 1]) < 0x9F);
    const std::string folded = fold_words(text.substr(word.begin, word.end - word.begin));
    word.text = folded.size() > 2 ? folded.substr(1, folded.size() - 2) : std::string("?");
    word.mark = mark;
    word.glued = !gap && !out.empty() && out.back().turn == turn;
    classify(word);
    out.push_back(std::move(word));
    mark = 0;
    gap = false;
  }
}

}  // namespace

bool in_list(std::string_view text, std::string_view list) {
  for (std::size_t at = list.find(text); at != std::string_view::npos; at = list.find(text, at + 1)) {
    const std::size_t after = at + text.size();
    if (at > 0 && list[at - 1] == '|' && after < list.size() && list[after] == '|') return true;
  }
  return false;
}

bool Words::any(std::size_t word, std::string_view list) const {
  return word < words.size() && in_list(words[word].text, list);
}

bool is_filler(const Word& word) {
  return in_list(word.text,
                 "|yes|yeah|yep|ok|okay|sure|uh|um|er|erm|hmm|well|so|and|then|it s|its|it|is|that s|thats|that|the|my|"
                 "right|alright|please|oh|no|ja|si|oui|sim|also|und|y|et|e|en|again|hold|on|hang|let|me|see|let s|");
}

Words read_words(const Transcript& turns) {
  Words out;
  out.turns = &turns;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    out.first.push_back(out.words.size());
    if (out.words.size() < kMaxWords) read_turn(i, turns[i].text, out.words);
  }
  out.first.push_back(out.words.size());
  std::size_t capitals = 0;
  for (const Word& word : out.words)
    capitals += word.capital && word.text != "i" && !word.text.starts_with("i ") ? 1 : 0;
  out.cased = capitals * 25 > out.words.size();
  return out;
}

void find_spelled(const Words& w, std::string_view asked_words, Pii kind, std::vector<Span>& out) {
  for (std::size_t turn = 1; turn < w.turns->size(); ++turn) {
    bool asked = false;
    for (std::size_t i = w.begin_of(turn - 1); i < w.end_of(turn - 1); ++i) asked = asked || w.any(i, asked_words);
    if (!asked) continue;
    for (std::size_t i = w.begin_of(turn); i < w.end_of(turn);) {
      std::size_t k = i;
      std::size_t letters = 0;
      while (k < w.end_of(turn) && (w.words[k].text.size() == 1 || w.any(k, kDotWords) || w.words[k].repeat > 0 ||
                                    w.any(k, "|dash|hyphen|underscore|"))) {
        letters += w.words[k].text.size() == 1 && w.words[k].digits.empty() ? 1 : 0;
        ++k;
      }
      if (letters >= 3) out.push_back(w.span(i, k, kind));
      i = std::max(k, i + 1);
    }
  }
}

}  // namespace wrapup::redaction
