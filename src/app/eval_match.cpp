#include "app/eval_match.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include <re2/re2.h>

#include "app/eval_text.hpp"

namespace wrapup::eval {

namespace {

using Words = std::vector<std::string>;

struct Time {
  int hour;
  int minute;
  bool sure;  // whether it is known which half of the day
};

bool has(const RE2& pattern, std::string_view text) { return RE2::PartialMatch(std::string(text), pattern); }

/// "half past five in the evening" is 17:30, sure.
class TimeReader {
 public:
  std::vector<Time> read(std::string_view text) {
    std::string s = plain(text);
    static const RE2 dotted(R"(\b(\d{1,2})\.(\d{2})(\s*[ap]\.?m))");
    RE2::GlobalReplace(&s, dotted, R"(\1:\2\3)");
    text_ = normal(s);
    static const RE2 noon(R"(\b(noon|midday)\b)"), midnight(R"(\bmidnight\b)"), morning(R"(\bmorning\b)"),
        later(R"(\b(afternoon|evening|night|tonight)\b)");
    if (has(noon, text_) && !has_word("afternoon")) times_.push_back({12, 0, true});
    if (has(midnight, text_)) times_.push_back({0, 0, true});
    pm_ = has(later, text_);
    am_ = has(morning, text_);
    past_or_to();
    if (times_.empty()) by_clock();
    return times_;
  }

 private:
  bool has_word(std::string_view word) const {
    return (" " + text_ + " ").find(" " + std::string(word) + " ") != std::string::npos;
  }

  void add(int hour, int minute, const std::string& half) {
    if (hour < 0 || hour > 24 || minute < 0 || minute >= 60) return;
    if (half == "pm" && hour < 12) {
      hour += 12;
    } else if (half == "am" && hour == 12) {
      hour = 0;
    } else if (half.empty() && hour <= 12) {
      if (pm_ && hour < 12) {
        times_.push_back({hour + 12, minute, true});
      } else if (am_) {
        times_.push_back({hour % 12, minute, true});
      } else {
        times_.push_back({hour % 24, minute, hour == 0});
      }
      return;
    }
    times_.push_back({hour % 24, minute, true});
  }

  void past_or_to() {
    static const RE2 pattern(R"(\b(half|quarter|\d{1,2}) (past|to|till|after|before) (\d{1,2})(?: (am|pm))?\b)");
    re2::StringPiece rest(text_);
    std::string part, way, hours, half;
    while (RE2::FindAndConsume(&rest, pattern, &part, &way, &hours, &half)) {
      int minutes = part == "half" ? 30 : part == "quarter" ? 15 : std::stoi(part);
      int hour = std::stoi(hours);
      if (way == "to" || way == "till" || way == "before") {
        hour = hour > 1 ? hour - 1 : 12;
        minutes = 60 - minutes;
      }
      if (minutes < 60) add(hour, minutes, half);
    }
  }

  void by_clock() {
    static const RE2 colon(R"(\b(\d{1,2}):(\d{2})(?: (am|pm))?\b)"), halved(R"(\b(\d{1,4})(?: (\d{2}))? (am|pm)\b)"),
        oclock(R"(\b(\d{1,2})(?: o ?clock)\b)"),
        alone(R"((?:at |around |about |by )?(\d{1,4})(?: (?:in )?(?:morning|afternoon|evening|night|at night))?)");
    re2::StringPiece text(text_);
    std::string hour, minute, half;
    while (RE2::FindAndConsume(&text, colon, &hour, &minute, &half)) add(std::stoi(hour), std::stoi(minute), half);
    std::string rest = text_;
    RE2::GlobalReplace(&rest, colon, " ");
    text = rest;
    while (RE2::FindAndConsume(&text, halved, &hour, &minute, &half)) {
      split(hour, minute);
      add(std::stoi(hour), minute.empty() ? 0 : std::stoi(minute), half);
    }
    std::string left = rest;
    RE2::GlobalReplace(&left, halved, " ");
    if (!times_.empty()) return;
    text = left;
    while (RE2::FindAndConsume(&text, oclock, &hour)) add(std::stoi(hour), 0, "");
    left.erase(0, left.find_first_not_of(' '));
    left.erase(left.find_last_not_of(' ') + 1);
    if (!times_.empty() || !RE2::FullMatch(left, alone, &hour)) return;
    minute.clear();
    split(hour, minute);
    add(std::stoi(hour), minute.empty() ? 0 : std::stoi(minute), "");
  }

  // "three forty five pm" was read as 345.
  static void split(std::string& hour, std::string& minute) {
    if (hour.size() <= 2) return;
    minute = hour.substr(hour.size() - 2);
    hour.resize(hour.size() - 2);
  }

  std::string text_;
  std::vector<Time> times_;
  bool pm_ = false;
  bool am_ = false;
};

bool times_match(std::string_view answer, std::string_view expected) {
  const auto a = TimeReader().read(answer);
  const auto e = TimeReader().read(expected);
  if (a.empty() || e.empty() || a[0].minute != e[0].minute) return false;
  return e[0].sure ? a[0].hour == e[0].hour : a[0].hour % 12 == e[0].hour % 12;
}

using Date = std::map<char, int>;  // y, m, d, w (weekday); s: month and day may stand the other way round

std::optional<int> index_of(std::initializer_list<std::string_view> names, std::string_view word) {
  int index = 0;
  for (const auto name : names) {
    if (word == name || word == name.substr(0, 3)) return index;
    ++index;
  }
  return {};
}

std::optional<int> month_of(std::string_view word) {
  if (word == "sept") return 9;
  const auto month = index_of({"january", "february", "march", "april", "may", "june", "july", "august", "september",
                               "october", "november", "december"},
                              word);
  return month ? std::optional(*month + 1) : month;
}

std::optional<int> weekday_of(std::string_view word) {
  if (word == "tues") return 1;
  if (word == "thur" || word == "thurs") return 3;
  return index_of({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}, word);
}

bool all_digits(std::string_view word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
}

Date numeric_date(const std::string& text) {
  static const RE2 iso(R"(\b(\d{4})-(\d{1,2})-(\d{1,2})\b)"), slashed(R"(\b(\d{1,2})[/.](\d{1,2})[/.](\d{2,4})\b)");
  int a = 0, b = 0, c = 0;
  if (RE2::PartialMatch(text, iso, &a, &b, &c)) return {{'y', a}, {'m', b}, {'d', c}};
  if (!RE2::PartialMatch(text, slashed, &a, &b, &c)) return {};
  if (c <= 99) c += c < 30 ? 2000 : 1900;
  if (a <= 12 && b <= 12) return {{'y', c}, {'m', a}, {'d', b}, {'s', 1}};
  return a > 12 ? Date{{'y', c}, {'m', b}, {'d', a}} : Date{{'y', c}, {'m', a}, {'d', b}};
}

Date date_of(std::string_view text) {
  if (auto numeric = numeric_date(plain(text)); !numeric.empty()) return numeric;
  const Words words = tokens(text);
  Date date;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (const auto day = weekday_of(words[i])) date.emplace('w', *day);
    const bool verb = words[i] == "may" && i == 0 && words.size() > 1 && !all_digits(words[1]);
    if (const auto month = month_of(words[i]); month && !verb) date.emplace('m', *month);
  }
  for (const auto& word : words) {
    if (!all_digits(word) || word.size() > 4) continue;
    const int number = std::stoi(word);
    if (word.size() == 4 && number >= 1900 && number <= 2100) {
      date.emplace('y', number);
    } else if (number >= 1 && number <= 31 && word.size() <= 2) {
      date.emplace('d', number);
    }
  }
  return date;
}

bool same_date(const Date& answer, const Date& expected) {
  for (const char part : {'m', 'd', 'w'}) {
    const auto e = expected.find(part);
    if (e == expected.end()) continue;
    const auto a = answer.find(part);
    if (a != answer.end() && a->second == e->second) continue;
    const bool by_day = part == 'w' && expected.contains('d') && answer.contains('d') && !answer.contains('w');
    if (!by_day) return false;
  }
  if (expected.contains('y') && answer.contains('y') && expected.at('y') != answer.at('y')) return false;
  return !(answer.contains('w') && !expected.contains('w') && !expected.contains('d'));
}

Date turned(Date date) {
  std::swap(date['m'], date['d']);
  return date;
}

bool dates_match(std::string_view answer, std::string_view expected) {
  const Date a = date_of(answer);
  const Date e = date_of(expected);
  const bool tells =
      std::any_of(e.begin(), e.end(), [](const auto& part) { return part.first != 's' && part.first != 'y'; });
  if (a.empty() || !tells) return false;
  if (same_date(a, e)) return true;
  if (a.contains('s')) return same_date(turned(a), e);
  return e.contains('s') && same_date(a, turned(e));
}

std::optional<int> relative_day(std::string_view text) {
  const std::string t = normal(text);
  static const RE2 today(R"(\b(today|tonight|this (evening|afternoon|morning))\b)");
  if (t.find("day after tomorrow") != std::string::npos) return 2;
  if (t.find("tomorrow") != std::string::npos) return 1;
  return has(today, t) ? std::optional(0) : std::nullopt;
}

std::optional<double> number_of(std::string_view text) {
  std::string t = plain(text);
  static const RE2 thousands(R"((\d),(\d{3})\b)"), number(R"((-?\d+(?:\.\d+)?))"), article(R"(\b(a|an)\b)");
  while (RE2::Replace(&t, thousands, R"(\1\2)")) {
  }
  double value = 0;
  if (RE2::PartialMatch(t, number, &value)) return value;
  for (const auto& word : tokens(text)) {
    if (all_digits(word)) return std::stod(word);
  }
  return has(article, t) ? std::optional(1.0) : std::nullopt;
}

Words without(Words words, const std::set<std::string_view>& left_out) {
  std::erase_if(words, [&](const std::string& word) { return left_out.contains(word); });
  return words;
}

bool same_name(std::string_view answer, std::string_view expected) {
  static const std::set<std::string_view> titles{"dr", "drive", "doctor", "mr",        "mrs",
                                                 "ms", "miss",  "hotel",  "restaurant"};
  const Words a = without(tokens(answer), titles);
  return !a.empty() && a == without(tokens(expected), titles);
}

Words place_words(std::string_view text) {
  static const std::map<std::string, std::string_view, std::less<>> nicknames{
      {"la", "los angeles"},  {"sf", "san francisco"}, {"sfo", "san francisco"}, {"frisco", "san francisco"},
      {"sd", "san diego"},    {"ny", "new york"},      {"nyc", "new york"},      {"philly", "philadelphia"},
      {"vegas", "las vegas"}, {"atl", "atlanta"},      {"chi town", "chicago"},  {"dc", "washington"}};
  static const std::set<std::string_view> states{"ca",     "california", "or",      "oregon", "wa",  "washington", "nv",
                                                 "nevada", "ny",         "england", "uk",     "usa", "us"};
  static const std::set<std::string_view> around{"city", "in", "to", "from", "at", "of"};
  const std::string all = plain(text);
  std::string head = all.substr(0, all.find(','));
  bool only_states = true;
  for (std::size_t at = head.size(); at < all.size();) {
    const std::size_t end = std::min(all.find(',', at + 1), all.size());
    only_states = only_states && states.contains(normal(all.substr(at + 1, end - at - 1)));
    at = end;
  }
  const std::string place = only_states ? head : std::string(text);
  const auto nickname = nicknames.find(normal(place));
  return without(tokens(nickname == nicknames.end() ? std::string_view(place) : nickname->second), around);
}

bool same_id(std::string_view answer, std::string_view expected, bool phone) {
  const std::string a = compact(answer), e = compact(expected);
  if (!a.empty() && a == e) return true;
  return phone && e.size() >= 10 && a.size() >= 10 && a.substr(a.size() - 10) == e.substr(e.size() - 10);
}

}  // namespace

bool matches(std::string_view answer, const std::vector<std::string>& expected, std::string_view type) {
  return std::any_of(expected.begin(), expected.end(), [&](const std::string& one) {
    const std::string wanted = normal(one);
    if (!wanted.empty() && normal(answer) == wanted) return true;
    if (type == "id" || type == "phone" || type == "postcode") return same_id(answer, one, type == "phone");
    if (type == "time") return times_match(answer, one);
    if (type == "date") {
      const auto day = relative_day(one);
      return dates_match(answer, one) || (day && relative_day(answer) == day);
    }
    if (type == "number" || type == "money") {
      const auto a = number_of(answer), e = number_of(one);
      return a && e && std::fabs(*a - *e) < 0.005;
    }
    if (type == "name") return same_name(answer, one);
    if (type == "place") {
      const Words a = place_words(answer);
      return !a.empty() && a == place_words(one);
    }
    return false;
  });
}

double overlap(std::string_view answer, std::string_view expected) {
  const Words a = tokens(answer);
  Words left = tokens(expected);
  const auto wanted = static_cast<double>(left.size());
  if (a.empty() || left.empty()) return a.empty() && left.empty() ? 1 : 0;
  double hits = 0;
  for (const auto& word : a) {
    const auto found = std::find(left.begin(), left.end(), word);
    if (found == left.end()) continue;
    left.erase(found);
    ++hits;
  }
  if (hits == 0) return 0;
  const double precision = hits / static_cast<double>(a.size()), recall = hits / wanted;
  return 2 * precision * recall / (precision + recall);
}

bool says_nothing(std::string_view text) {
  static constexpr std::array<std::string_view, 15> kWords{"",
                                                           "null",
                                                           "none",
                                                           "nil",
                                                           "n/a",
                                                           "na",
                                                           "unknown",
                                                           "not mentioned",
                                                           "not stated",
                                                           "not specified",
                                                           "not provided",
                                                           "not given",
                                                           "unspecified",
                                                           "undefined",
                                                           ""};
  std::string said = plain(text);
  said.erase(0, std::min(said.find_first_not_of(" ."), said.size()));
  said.erase(said.find_last_not_of(" .") + 1);
  return std::find(kWords.begin(), kWords.end(), said) != kWords.end();
}

}  // namespace wrapup::eval
