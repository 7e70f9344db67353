#include "pipeline/rules/tokens.hpp"

#include <algorithm>
#include <unordered_map>

#include "model/names.hpp"

namespace wrapup::rules {

namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return is_lower(c) || is_upper(c) || static_cast<unsigned char>(c) >= 0x80; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
char to_lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

WordId hash(std::string_view word) {
  WordId h = 1469598103934665603ULL;
  for (char c : word) {
    if (c == '\'' || c == '-') continue;
    h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  return h;
}

bool ends_with(std::string_view w, std::string_view tail) {
  return w.size() > tail.size() && w.substr(w.size() - tail.size()) == tail;
}

// Enough to bring the forms of a regular word together; not a dictionary.
std::string stem(std::string_view word) {
  std::string w(word);
  if (ends_with(w, "'s")) w.resize(w.size() - 2);
  if (ends_with(w, "s'")) w.resize(w.size() - 1);
  if (w.size() < 4) return w;
  if (ends_with(w, "ies")) {
    w.replace(w.size() - 3, 3, "y");
  } else if (ends_with(w, "sses") || ends_with(w, "shes") || ends_with(w, "ches") || ends_with(w, "xes")) {
    w.resize(w.size() - 2);
  } else if (w.back() == 's' && !ends_with(w, "ss") && !ends_with(w, "us") && !ends_with(w, "is")) {
    w.pop_back();
  }
  bool cut = false;
  if (w.size() > 5 && ends_with(w, "ing")) {
    w.resize(w.size() - 3);
    cut = true;
  } else if (w.size() > 4 && ends_with(w, "ed") && !ends_with(w, "eed")) {
    w.resize(w.size() - 2);
    cut = true;
  } else if (w.size() > 5 && ends_with(w, "ly")) {
    w.resize(w.size() - 2);
  }
  const std::size_t n = w.size();
  if (cut && n > 3 && w[n - 1] == w[n - 2] && w[n - 1] != 'l' && w[n - 1] != 's') w.pop_back();
  if (w.size() > 3 && w.back() == 'e') w.pop_back();
  if (w.size() > 3 && w.back() == 'y') w.back() = 'i';
  return w;
}

struct Entry {
  std::uint32_t flags = 0;
  int value = 0;
};

template <class Use>
void each_word(std::string_view words, Use use) {
  while (!words.empty()) {
    const std::size_t space = words.find(' ');
    const std::string_view word = words.substr(0, space);
    if (!word.empty()) use(word);
    if (space == std::string_view::npos) break;
    words.remove_prefix(space + 1);
  }
}

class Lexicon {
 public:
  Lexicon() {
    for (const auto& group : kWordGroups) {
      each_word(group.words, [&](std::string_view w) { entries_[key(w)].flags |= group.flags; });
    }
    for (const auto& v : kValueWords) {
      Entry& e = entries_[key(v.word)];
      e.flags |= v.flags;
      e.value = v.value;
    }
    for (const auto& [name, kind] : given_names())
      entries_[key(name)].flags |= kind == GivenName::yes ? kGivenName : kNameToo;
    for (std::string_view line : kSynonyms) {
      WordId first = 0;
      each_word(line, [&](std::string_view w) {
        if (first == 0) first = hash(stem(w));
        stems_.emplace(hash(stem(w)), first);
      });
    }
  }

  const Entry* find(std::string_view word) const {
    const auto it = entries_.find(key(word));
    return it == entries_.end() ? nullptr : &it->second;
  }
  WordId canonical(WordId stem) const {
    const auto it = stems_.find(stem);
    return it == stems_.end() ? stem : it->second;
  }

 private:
  // "we're" and "were", "i'd" and "id" are different words: the apostrophe counts here.
  static WordId key(std::string_view w) {
    WordId h = 14695981039346656037ULL;
    for (char c : w) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return h;
  }
  std::unordered_map<WordId, Entry> entries_;
  std::unordered_map<WordId, WordId> stems_;
};

const Lexicon& lexicon() {
  static const Lexicon kLexicon;
  return kLexicon;
}

// Length of an apostrophe at `at`, straight or curly; 0 when there is none.
std::size_t apostrophe(std::string_view s, std::size_t at) {
  if (s[at] == '\'') return 1;
  return s.substr(at, 3) == "\xE2\x80\x99" ? 3 : 0;
}

// The end of the word that begins at `at`; the folded form goes to `out`.
std::size_t read_word(std::string_view s, std::size_t at, std::string& out) {
  constexpr std::size_t kLongest = 64;
  std::size_t i = at;
  if (is_digit(s[i])) {
    while (i < s.size() && (is_digit(s[i]) ||
                            ((s[i] == ',' || s[i] == '.' || s[i] == ':') && i + 1 < s.size() && is_digit(s[i + 1])))) {
      if (i - at > kLongest) break;
      if (s[i] != ',') out += s[i];
      ++i;
    }
    return i;
  }
  // A word too long is cut, but never inside a character of UTF-8.
  while (i < s.size() && (i - at < kLongest || (static_cast<unsigned char>(s[i]) & 0xC0U) == 0x80U)) {
    if (const std::size_t n = apostrophe(s, i); n > 0) {
      if (i + n >= s.size() || !is_letter(s[i + n]) || apostrophe(s, i + n) > 0) break;
      out += '\'';
      i += n;
    } else if (s[i] == '-' && i + 1 < s.size() && is_letter(s[i + 1]) && i > at) {
      out += s[i++];
    } else if (is_letter(s[i])) {
      if (s.substr(i, 3) == "\xE2\x80\x9C" || s.substr(i, 3) == "\xE2\x80\x9D" || s.substr(i, 2) == "\xE2\x80") break;
      out += to_lower(s[i++]);
    } else {
      break;
    }
  }
  return i;
}

bool closes_sentence(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (c == '?' || c == '!') return true;
  return c == '.' && (at + 1 == text.size() || is_space(text[at + 1]));
}

// "Dr." and single initials do not end a sentence.
bool abbreviates(const std::vector<Token>& tokens) {
  if (tokens.empty()) return false;
  const Token& t = tokens.back();
  return t.is(kTitle) || (t.text.size() == 1 && t.capital) || t.text == "st" || t.text == "no" ||
         (t.text == "m" && t.glued);
}

void classify(Token& token) {
  token.word = hash(token.text);
  std::string_view base = token.text;
  const Entry* entry = lexicon().find(base);
  if (entry == nullptr && ends_with(base, "'s")) entry = lexicon().find(base.substr(0, base.size() - 2));
  if (entry != nullptr) {
    token.flags = entry->flags;
    token.value = entry->value;
  }
  token.stem = token.digits ? token.word : lexicon().canonical(hash(stem(base)));
}

// "[noise]", "<laughter>": what a transcriber notes is not said. The byte behind it; `at` when it is something else.
std::size_t skip_note(std::string_view s, std::size_t at) {
  const char close = s[at] == '[' ? ']' : s[at] == '<' ? '>' : 0;
  if (close == 0) return at;
  for (std::size_t i = at + 1; i < s.size() && i < at + 24; ++i) {
    if (s[i] == close) return i + 1;
    if (!is_lower(s[i]) && s[i] != ' ' && s[i] != '_' && s[i] != '-') break;
  }
  return at;
}

}  // namespace

WordId word_id(std::string_view word) { return hash(word); }
WordId stem_id(std::string_view word) { return lexicon().canonical(hash(stem(word))); }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = to_lower(c);
  return out;
}

std::vector<Token> tokenize(std::string_view text, std::size_t limit) {
  std::vector<Token> out;
  // Gaps of punctuation cost time as words do.
  const std::size_t end = std::min(text.size(), limit * 16 + 256);
  std::uint16_t sentence = 0;
  char mark = 0;
  bool gap = true;
  bool open = false;  // the sentence has a word
  for (std::size_t i = 0; i < end && out.size() < limit;) {
    if (const std::size_t behind = skip_note(text, i); behind != i) {
      i = behind;
      gap = true;
      continue;
    }
    const char c = text[i];
    const bool dash = text.substr(i, 2) == "\xE2\x80";  // quotes and dashes of the general punctuation block
    if ((is_letter(c) && !dash) || is_digit(c)) {
      Token t;
      t.begin = static_cast<std::uint32_t>(i);
      t.digits = is_digit(c);
      t.capital = is_upper(c);
      const std::size_t next = read_word(text, i, t.text);
      i = next > i ? next : i + 1;
      t.end = static_cast<std::uint32_t>(i);
      t.sentence = sentence;
      t.glued = !gap && !out.empty();
      t.mark = mark;
      classify(t);
      out.push_back(std::move(t));
      mark = 0;
      gap = false;
      open = true;
      continue;
    }
    if (is_space(c)) {
      gap = true;
    } else {
      mark = dash ? '"' : c;
    }
    if (closes_sentence(text, i) && open && !(c == '.' && abbreviates(out))) {
      if (sentence < 60000) ++sentence;
      open = false;
    }
    i += dash ? std::min<std::size_t>(3, end - i) : 1;
  }
  return out;
}

bool phrase_at(const std::vector<Token>& tokens, std::size_t at, std::string_view phrase) {
  std::size_t p = 0;
  for (; p < phrase.size(); ++at) {
    if (at >= tokens.size()) return false;
    const std::string& text = tokens[at].text;
    std::size_t i = 0;
    for (;;) {
      // Apostrophes are often left out.
      if (i < text.size() && text[i] == '\'') ++i;
      if (p < phrase.size() && phrase[p] == '\'') ++p;
      const bool word_over = p >= phrase.size() || phrase[p] == ' ';
      if (word_over || i >= text.size()) {
        if (!word_over || i < text.size()) return false;
        break;
      }
      if (text[i] != phrase[p]) return false;
      ++i;
      ++p;
    }
    ++p;
  }
  return true;
}

std::size_t count_words(std::string_view phrase) {
  std::size_t n = 0;
  each_word(phrase, [&](std::string_view) { ++n; });
  return n;
}

}  // namespace wrapup::rules
