#include <charconv>
#include <cmath>

#include "pipeline/rules/values.hpp"

namespace wrapup::rules {

namespace {

std::optional<Number> read_digits(const std::vector<Token>& tokens, std::size_t at) {
  const Token& t = tokens[at];
  if (t.text.find(':') != std::string::npos || t.text.size() > 12) return std::nullopt;
  Number out;
  const auto [end, error] = std::from_chars(t.text.data(), t.text.data() + t.text.size(), out.value);
  if (error != std::errc{} || end != t.text.data() + t.text.size()) return std::nullopt;
  out.next = at + 1;
  if (out.next < tokens.size() && tokens[out.next].glued && tokens[out.next].mark == 0) {
    const std::string& tail = tokens[out.next].text;
    if (tail == "st" || tail == "nd" || tail == "rd" || tail == "th") {
      out.ordinal = true;
      ++out.next;
    } else if (tail == "k") {
      out.value *= 1000;
      ++out.next;
    }
  }
  if (out.next < tokens.size() && tokens[out.next].is(kScale) && !out.ordinal) out.value *= tokens[out.next++].value;
  return out;
}

// Adds one word to a number in words; false when the word begins another number.
struct WordNumber {
  double total = 0;
  double current = 0;
  enum { none, unit, teen, tens, scale } last = none;

  bool add(const Token& t) {
    if (t.is(kUnit)) {
      const bool teen_word = t.value >= 10;
      if (last == unit || last == teen || (last == tens && (teen_word || t.value == 0))) return false;
      current += t.value;
      last = teen_word ? teen : unit;
      return true;
    }
    if (t.is(kTens)) {
      if (last == unit || last == teen || last == tens) return false;
      current += t.value;
      last = tens;
      return true;
    }
    if (t.is(kScale) && last != none) {
      if (t.value == 100) {
        current = std::max(current, 1.0) * 100;
      } else {
        total += std::max(current, 1.0) * t.value;
        current = 0;
      }
      last = scale;
      return true;
    }
    return false;
  }
};

}  // namespace

std::optional<Number> read_number(const std::vector<Token>& tokens, std::size_t at) {
  if (at >= tokens.size()) return std::nullopt;
  if (tokens[at].digits) return read_digits(tokens, at);
  Number out;
  WordNumber n;
  std::size_t i = at;
  if (tokens[i].text == "a" && i + 1 < tokens.size() && (tokens[i + 1].is(kScale) || tokens[i + 1].text == "dozen")) {
    if (tokens[i + 1].text == "dozen") return Number{12, i + 2, false};
    n.current = 1;
    n.last = WordNumber::unit;
    ++i;
  }
  while (i < tokens.size()) {
    const Token& t = tokens[i];
    if (i > at && t.mark != 0 && t.mark != '-') break;
    if (t.is(kUnit | kTens | kScale)) {
      if (!n.add(t)) break;
    } else if (t.is(kOrdinal) && (n.last == WordNumber::none || (n.last == WordNumber::tens && t.value < 10) ||
                                  n.last == WordNumber::scale)) {
      if (t.text == "second" && n.last == WordNumber::none && i + 1 < tokens.size() && tokens[i + 1].text != "of")
        break;
      n.current += t.value;
      out.ordinal = true;
      ++i;
      break;
    } else if (t.text == "and" && n.last == WordNumber::scale && i + 1 < tokens.size() &&
               tokens[i + 1].is(kUnit | kTens)) {
      // "one hundred and five"
    } else if (const auto dash = t.text.find('-'); dash != std::string::npos && i == at) {
      const std::vector<Token> parts = tokenize(t.text.substr(0, dash) + " " + t.text.substr(dash + 1), 2);
      if (parts.size() == 2 && parts[0].is(kTens) && parts[1].is(kUnit | kOrdinal)) {
        return Number{static_cast<double>(parts[0].value + parts[1].value), i + 1, parts[1].is(kOrdinal)};
      }
      break;
    } else {
      break;
    }
    ++i;
  }
  if (i == at) return std::nullopt;
  out.value = n.total + n.current;
  out.next = i;
  return out;
}

namespace {

int repeat_of(const std::string& word) { return word == "double" ? 2 : word == "triple" || word == "treble" ? 3 : 0; }

// The letters or digits that one spelled word stands for; empty when it is an ordinary word.
std::string spelled_word(const Token& t) {
  if (t.digits) {
    std::string out;
    for (char c : t.text) {
      if (c >= '0' && c <= '9') out += c;
    }
    return out;
  }
  if (t.text.size() == 1) return t.text;
  if (t.is(kUnit | kTens)) return std::to_string(t.value);
  if (t.is(kNato)) return std::string(1, static_cast<char>(t.value));
  if (t.text == "oh") return "0";
  if (t.text == "to" || t.text == "too") return "2";
  if (t.text == "for") return "4";
  if (t.text == "you") return "u";
  if (t.text.size() <= 3 && !t.is(kFunction | kBreaker | kFiller)) return t.text;
  return {};
}

}  // namespace

std::string join_spelled(const std::vector<Token>& tokens, std::size_t first, std::size_t last) {
  std::string out;
  for (std::size_t i = first; i < last && i < tokens.size(); ++i) {
    const Token& t = tokens[i];
    if (const int times = repeat_of(t.text); times > 0 && i + 1 < last) {
      const std::string one = spelled_word(tokens[i + 1]);
      for (int k = 0; k < times; ++k) out += one;
      ++i;
      continue;
    }
    // "b as in boy", "b for bravo": the letter counts, the word does not.
    const bool as_in = t.text.size() == 1 && !t.digits && i + 2 < last;
    if (as_in && tokens[i + 1].text == "as" && tokens[i + 2].text == "in") {
      out += t.text;
      i += 3;
      continue;
    }
    if (as_in && tokens[i + 1].text == "for" && tokens[i + 2].text.size() > 2 &&
        tokens[i + 2].text.front() == t.text.front()) {
      out += t.text;
      i += 2;
      continue;
    }
    if (t.is(kTens) && i + 1 < last && tokens[i + 1].is(kUnit) && tokens[i + 1].value < 10 && tokens[i + 1].value > 0) {
      out += std::to_string(t.value + tokens[i + 1].value);
      ++i;
      continue;
    }
    out += spelled_word(t);
  }
  return out;
}

}  // namespace wrapup::rules
