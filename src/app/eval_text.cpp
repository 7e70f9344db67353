#include "app/eval_text.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <re2/re2.h>

namespace wrapup::eval {

namespace {

using namespace std::string_view_literals;

using Numbers = std::map<std::string, long, std::less<>>;

Numbers numbered(std::initializer_list<const char*> words, long first, long step) {
  Numbers out;
  long number = first;
  for (const char* word : words) {
    out.emplace(word, number);
    number += step;
  }
  return out;
}

const Numbers& units() {
  static const Numbers known = numbered(
      {"zero", "one",    "two",    "three",    "four",     "five",    "six",     "seven",     "eight",    "nine",
       "ten",  "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"},
      0, 1);
  return known;
}

const Numbers& tens() {
  static const Numbers known = [] {
    Numbers all = numbered({"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}, 20, 10);
    all.emplace("fourty", 40);
    return all;
  }();
  return known;
}

const Numbers& scales() {
  static const Numbers known{{"hundred", 100}, {"thousand", 1000}, {"million", 1'000'000}};
  return known;
}

const Numbers& ordinals() {
  static const Numbers known = [] {
    Numbers all =
        numbered({"first",     "second",    "third",       "fourth",     "fifth",      "sixth",      "seventh",
                  "eighth",    "ninth",     "tenth",       "eleventh",   "twelfth",    "thirteenth", "fourteenth",
                  "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth"},
                 1, 1);
    all.emplace("thirtieth", 30);
    return all;
  }();
  return known;
}

std::optional<long> in(const Numbers& numbers, std::string_view word) {
  const auto found = numbers.find(word);
  return found == numbers.end() ? std::nullopt : std::optional(found->second);
}

/// Reads number words: "one hundred and five" is 105, "seven one five" is 715, "nineteen eighty five" is 1985.
class NumberWords {
 public:
  NumberWords(const std::vector<std::string>& words, std::size_t begin) : words_(words), at_(begin) {}

  /// The digits; nothing when there is no number.
  std::optional<std::string> read() {
    while (at_ < words_.size() && step()) ++at_;
    if (!any_) return {};
    digits_ += std::to_string(total_ + current_);
    return digits_;
  }
  std::size_t end() const { return at_; }

 private:
  enum class Kind { none, unit, teen, tens, scale };

  void close_group() {
    digits_ += std::to_string(total_ + current_);
    total_ = current_ = 0;
  }

  bool next_is_number() const {
    return at_ + 1 < words_.size() && (in(units(), words_[at_ + 1]) || in(tens(), words_[at_ + 1]));
  }

  // Takes the word at hand; false when it does not belong to the number, or ends it.
  bool step() {
    const std::string& word = words_[at_];
    if (const auto unit = in(units(), word)) {
      const bool apart =
          last_ == Kind::unit || last_ == Kind::teen || (last_ == Kind::tens && (*unit >= 10 || *unit == 0));
      if (apart) close_group();
      current_ += *unit;
      last_ = *unit < 10 ? Kind::unit : Kind::teen;
    } else if (const auto ten = in(tens(), word)) {
      if (last_ == Kind::unit || last_ == Kind::teen || last_ == Kind::tens) close_group();
      current_ += *ten;
      last_ = Kind::tens;
    } else if (const auto scale = in(scales(), word); scale && any_) {
      if (*scale == 100) {
        current_ = std::max(current_, 1L) * 100;
      } else {
        total_ += std::max(current_, 1L) * *scale;
        current_ = 0;
      }
      last_ = Kind::scale;
    } else if ((word == "oh" || word == "o") && any_ && (last_ == Kind::unit || last_ == Kind::tens) &&
               at_ + 1 < words_.size() && in(units(), words_[at_ + 1])) {
      close_group();
      digits_ += "0";
      ++at_;
      current_ = *in(units(), words_[at_]);
      last_ = Kind::unit;
    } else if (word == "and" && last_ == Kind::scale && next_is_number()) {
      return true;
    } else {
      const auto ordinal = in(ordinals(), word);
      const bool fits = ordinal && ordinal_fits(*ordinal);
      if (fits) {
        current_ += *ordinal;
        any_ = true;
        ++at_;
      }
      return false;
    }
    any_ = true;
    return true;
  }

  bool ordinal_fits(long ordinal) const {
    return (last_ == Kind::tens && ordinal < 10) || last_ == Kind::scale || !any_;
  }

  const std::vector<std::string>& words_;
  std::size_t at_;
  std::string digits_;
  long total_ = 0;
  long current_ = 0;
  Kind last_ = Kind::none;
  bool any_ = false;
};

bool digit(char c) { return c >= '0' && c <= '9'; }
bool word_char(char c) { return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// 1,200 is 1200; 7:30 and 4.5 stay whole: their mark is kept as \x01.
std::string without_digit_marks(std::string_view text, bool thousands) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool between = i > 0 && i + 1 < text.size() && digit(text[i - 1]) && digit(text[i + 1]);
    if (!thousands) {
      out += between && (text[i] == '.' || text[i] == ':') ? '\x01' : text[i];
      continue;
    }
    const bool three = between && text[i] == ',' && i + 3 < text.size() && digit(text[i + 2]) && digit(text[i + 3]) &&
                       (i + 4 == text.size() || !word_char(text[i + 4]));
    if (!three) out += text[i];
  }
  return out;
}

// The ASCII letter under an accent, by the second byte of U+00C0 to U+017F in UTF-8; 0 when there is none.
char base_letter(unsigned char lead, unsigned char byte) {
  static constexpr std::string_view kLatin1 =
      "aaaaaa\0ceeeeiiii\0nooooo\0\0uuuuy\0\0aaaaaa\0ceeeeiiii\0nooooo\0\0uuuuy\0y"sv;
  static constexpr std::string_view kExtendedC4 =
      "aaaaaaccccccccdd\0\0eeeeeeeeeegggggggghh\0\0iiiiiiiii\0\0\0jjkk\0lllllll"sv;
  static constexpr std::string_view kExtendedC5 =
      "l\0\0nnnnnn\0\0\0oooooo\0\0rrrrrrsssssssstttt\0\0uuuuuuuuuuuuwwyyyzzzzzz\0"sv;
  const std::size_t at = byte - 0x80U;
  const std::string_view& table = lead == 0xC3 ? kLatin1 : lead == 0xC4 ? kExtendedC4 : kExtendedC5;
  if (lead == 0xC3 || lead == 0xC4 || lead == 0xC5) return at < table.size() ? table[at] : '\0';
  return '\0';
}

const std::map<std::string, std::string, std::less<>> kAbbreviations{
    {"st", "street"},   {"ave", "avenue"},    {"rd", "road"}, {"blvd", "boulevard"},
    {"dr", "drive"},    {"apt", "apartment"}, {"ok", "okay"}, {"mins", "minutes"},
    {"min", "minutes"}, {"hrs", "hours"},     {"hr", "hour"}, {"pls", "please"}};

std::vector<std::string> raw_words(std::string_view text) {
  std::string s = without_digit_marks(plain(text), true);
  static const RE2 zeros(R"((\d)\.00\b)"), half_day(R"(\b([ap])\.?\s*m\b\.?)"), close(R"((\d)\s*(am|pm)\b)"),
      ordinal(R"(\b(\d+)(st|nd|rd|th)\b)"), possessive(R"('s\b)"), negated(R"(n't\b)"), others("[^a-z0-9\\x01@]+");
  RE2::GlobalReplace(&s, zeros, R"(\1)");
  RE2::GlobalReplace(&s, half_day, R"(\1m)");
  RE2::GlobalReplace(&s, close, R"(\1 \2)");
  RE2::GlobalReplace(&s, ordinal, R"(\1)");
  RE2::GlobalReplace(&s, possessive, "");
  RE2::GlobalReplace(&s, negated, " not");
  static const RE2 ampersand("&"), dollar(R"(\$)");
  RE2::GlobalReplace(&s, ampersand, " and ");
  RE2::GlobalReplace(&s, dollar, " ");
  s = without_digit_marks(s, false);
  RE2::GlobalReplace(&s, others, " ");
  std::replace(s.begin(), s.end(), '\x01', ':');
  std::vector<std::string> words;
  for (std::size_t at = 0; at < s.size();) {
    const std::size_t end = std::min(s.find(' ', at), s.size());
    if (end > at) words.push_back(s.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

}  // namespace

std::string plain(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    const std::string_view three = text.substr(i, 3);
    if (c < 0x80) {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : static_cast<char>(c);
    } else if (three == "\xE2\x80\x99" || three == "\xE2\x80\x98") {
      out += '\'';
      i += 2;
    } else if (three == "\xE2\x80\x93" || three == "\xE2\x80\x94") {
      out += '-';
      i += 2;
    } else if (const char base = base_letter(c, next)) {
      out += base;
      ++i;
    } else if (c == 0xCC || (c == 0xCD && next < 0xB0)) {
      ++i;  // an accent by itself
    } else {
      out += static_cast<char>(c);
    }
  }
  return out;
}

std::vector<std::string> tokens(std::string_view text) {
  const auto raw = raw_words(text);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < raw.size();) {
    const std::string& word = raw[i];
    const bool number = in(units(), word) || in(tens(), word) || (in(ordinals(), word) && word != "second");
    if (number) {
      NumberWords reader(raw, i);
      if (auto digits = reader.read()) {
        out.push_back(std::move(*digits));
        i = reader.end();
        continue;
      }
    }
    if (word == "a" && i + 1 < raw.size() && in(scales(), raw[i + 1])) {  // a hundred and eleven
      std::vector<std::string> spelled{"one"};
      spelled.insert(spelled.end(), raw.begin() + static_cast<std::ptrdiff_t>(i) + 1, raw.end());
      NumberWords reader(spelled, 0);
      out.push_back(reader.read().value_or(""));
      i += reader.end();
      continue;
    }
    if (word != "a" && word != "an" && word != "the") {
      const auto known = kAbbreviations.find(word);
      out.push_back(known == kAbbreviations.end() ? word : known->second);
    }
    ++i;
  }
  return out;
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const auto& word : words) out.append(out.empty() ? "" : between).append(word);
  return out;
}

std::string normal(std::string_view text) { return joined(tokens(text)); }

std::string compact(std::string_view text) {
  std::string out = joined(tokens(text), "");
  std::erase_if(out, [](char c) { return !digit(c) && (c < 'a' || c > 'z'); });
  return out;
}

}  // namespace wrapup::eval
