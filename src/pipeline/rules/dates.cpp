#include "pipeline/rules/dates.hpp"

#include <charconv>

namespace wrapup::rules {

namespace {

using Tokens = std::vector<Token>;

bool text_is(const Tokens& t, std::size_t i, std::string_view word) { return i < t.size() && t[i].text == word; }

int whole(const Token& t) {
  int v = -1;
  const auto [end, error] = std::from_chars(t.text.data(), t.text.data() + t.text.size(), v);
  return error == std::errc{} && end == t.text.data() + t.text.size() ? v : -1;
}

enum class Half { unknown, am, pm };

// "am", "p.m.", "p m", "o'clock", "in the evening", "at night" after an hour; `i` moves past them.
Half read_half(const Tokens& t, std::size_t& i, bool& clock) {
  if (text_is(t, i, "o") && text_is(t, i + 1, "clock")) {
    i += 2;
    clock = true;
  } else if (text_is(t, i, "o'clock") || text_is(t, i, "oclock")) {
    ++i;
    clock = true;
  }
  if (text_is(t, i, "am") || text_is(t, i, "pm")) return t[i++].text == "am" ? Half::am : Half::pm;
  if ((text_is(t, i, "a") || text_is(t, i, "p")) && text_is(t, i + 1, "m")) {
    i += 2;
    return t[i - 2].text == "a" ? Half::am : Half::pm;
  }
  std::size_t k = i;
  if (text_is(t, k, "in") && text_is(t, k + 1, "the"))
    k += 2;
  else if (text_is(t, k, "at") || text_is(t, k, "in"))
    ++k;
  if (k < t.size() &&
      (t[k].text == "morning" || t[k].text == "afternoon" || t[k].text == "evening" || t[k].text == "night" ||
       t[k].text == "tonight") &&
      (k > i || t[k].mark == 0)) {
    i = k + 1;
    return t[k].text == "morning" ? Half::am : Half::pm;
  }
  return Half::unknown;
}

std::optional<Value> make_time(std::size_t first, std::size_t last, int hour, int minute, Half half) {
  if (hour < 0 || hour > 24 || minute < 0 || minute > 59) return std::nullopt;
  Value v;
  v.type = ValueType::time;
  v.first = first;
  v.last = last;
  v.sure = half != Half::unknown || hour > 12 || hour == 0;
  if (half == Half::pm && hour < 12) hour += 12;
  if (half == Half::am && hour == 12) hour = 0;
  v.minutes = (hour % 24) * 60 + minute;
  return v;
}

// "half past three", "ten to six".
std::optional<Value> past_to(const Tokens& t, std::size_t at) {
  int minutes = -1;
  std::size_t i = at;
  if (t[i].text == "half")
    minutes = 30, ++i;
  else if (t[i].text == "quarter")
    minutes = 15, ++i;
  else if (const auto n = read_number(t, at); n && !n->ordinal && n->value < 60)
    minutes = static_cast<int>(n->value), i = n->next;
  if (minutes < 0) return std::nullopt;
  if (text_is(t, i, "minutes")) ++i;
  if (i >= t.size()) return std::nullopt;
  const bool past = t[i].text == "past";
  const bool to = t[i].text == "to" || t[i].text == "till";
  if (!past && !to) return std::nullopt;
  // "2 to 3 people" is a range.
  if (to && t[at].digits) return std::nullopt;
  const auto hour = read_number(t, i + 1);
  if (!hour || hour->ordinal || hour->value < 1 || hour->value > 12) return std::nullopt;
  std::size_t next = hour->next;
  bool clock = false;
  const Half half = read_half(t, next, clock);
  int h = static_cast<int>(hour->value);
  if (to) {
    h = h > 1 ? h - 1 : 12;
    minutes = 60 - minutes;
  }
  return make_time(at, next, h, minutes, half);
}

bool near_time_word(const Tokens& t, std::size_t at) {
  if (at == 0) return false;
  const std::string& w = t[at - 1].text;
  return w == "at" || w == "around" || w == "about" || w == "by" || w == "until" || w == "till" || w == "after" ||
         w == "before" || w == "from";
}

}  // namespace

std::optional<Value> time_at(const Tokens& t, std::size_t at) {
  const Token& first = t[at];
  if (first.text == "noon" || first.text == "midday") return make_time(at, at + 1, 12, 0, Half::pm);
  if (first.text == "midnight") return make_time(at, at + 1, 0, 0, Half::am);
  if (auto v = past_to(t, at)) return v;
  bool clock = false;
  if (first.digits && first.text.find_first_of(":.") != std::string::npos) {
    const auto cut = first.text.find_first_of(":.");
    int h = -1;
    int m = -1;
    std::from_chars(first.text.data(), first.text.data() + cut, h);
    const auto r = std::from_chars(first.text.data() + cut + 1, first.text.data() + first.text.size(), m);
    if (r.ptr != first.text.data() + first.text.size() || first.text.size() - cut != 3) return std::nullopt;
    std::size_t next = at + 1;
    const Half half = read_half(t, next, clock);
    if (first.text[cut] == '.' && half == Half::unknown) return std::nullopt;
    return make_time(at, next, h, m, half);
  }
  std::size_t hour_at = at;
  Half before = Half::unknown;
  if (first.is(kDayPart)) {  // "evening 6"
    before = first.text == "morning" ? Half::am : Half::pm;
    hour_at = at + (text_is(t, at + 1, "at") || text_is(t, at + 1, "around") ? 2 : 1);
  }
  const auto hour = read_number(t, hour_at);
  if (!hour || hour->ordinal || hour->value < 0 || hour->value > 2400) return std::nullopt;
  int h = static_cast<int>(hour->value);
  int minute = 0;
  std::size_t next = hour->next;
  if (h > 100 && h < 1260 && before == Half::unknown) {  // "345 pm"
    minute = h % 100;
    h /= 100;
  } else if (const auto m = h <= 12 && !first.digits ? read_number(t, next) : std::nullopt;
             m && !m->ordinal && m->value >= 10 && m->value < 60) {
    minute = static_cast<int>(m->value);
    next = m->next;
  }
  const std::size_t bare = next;
  Half half = read_half(t, next, clock);
  if (half == Half::unknown) half = before;
  if (half == Half::unknown && !clock) {
    const bool alone = bare >= t.size() || t[bare].mark != 0 || t[bare].is(kPreposition | kFunction | kFiller);
    const bool counted = bare < t.size() && t[bare].text == "of";
    if (!near_time_word(t, at) || !alone || counted || h < 1 || h > 12 || minute != 0) return std::nullopt;
    if (at >= 2 && t[at - 1].text != "at" && t[at - 1].text != "by" && t[at - 1].text != "around") return std::nullopt;
  }
  if (h > 24 || (half != Half::unknown && h > 12)) return std::nullopt;
  return make_time(at, next, h, minute, half);
}

namespace {

int year_of(int v) { return v >= 1900 && v <= 2100 ? v : v >= 0 && v < 100 ? (v < 30 ? 2000 + v : 1900 + v) : 0; }

// A year after a day and a month: "1979", "nineteen seventy nine", "two thousand and eight", "'79".
int read_year(const Tokens& t, std::size_t& i) {
  std::size_t k = i;
  if (text_is(t, k, "in") || text_is(t, k, "of")) ++k;
  const auto a = read_number(t, k);
  if (!a || a->ordinal || a->value < 0 || a->value > 9999) return 0;
  const int v = static_cast<int>(a->value);
  if (v >= 1900 && v <= 2100) {
    i = a->next;
    return v;
  }
  if (v == 19 || v == 20) {
    const auto b = read_number(t, a->next);
    if (b && !b->ordinal && b->value >= 10 && b->value < 100) {
      i = b->next;
      return v * 100 + static_cast<int>(b->value);
    }
  }
  if (v >= 20 && v < 100 && t[k].text.size() >= 2) {
    const std::size_t next = a->next;
    if (text_is(t, next, "am") || text_is(t, next, "pm") || (next < t.size() && t[next].is(kCounted))) return 0;
    i = next;
    return year_of(v);
  }
  return 0;
}

bool is_month(const Tokens& t, std::size_t i) {
  if (i >= t.size() || !t[i].is(kMonth)) return false;
  return true;
}

// Words that are months and verbs too stand alone only in capitals.
bool plain_month(const Token& t) { return t.text.size() > 3 && (t.text != "march" || t.capital); }

std::optional<Value> numeric_date(const Tokens& t, std::size_t at) {
  if (at + 2 >= t.size() || !t[at].digits || !t[at + 1].digits || !t[at + 2].digits) return std::nullopt;
  const int a = whole(t[at]);
  const int b = whole(t[at + 1]);
  const int c = whole(t[at + 2]);
  const bool marks = t[at + 1].mark == '/' || t[at + 1].mark == '-' || t[at + 1].mark == '.';
  if (a < 1 || b < 1 || c < 0) return std::nullopt;
  Value v;
  v.type = ValueType::date;
  v.first = at;
  v.last = at + 3;
  v.sure = marks;
  if (a >= 1900 && a <= 2100 && b <= 12 && c >= 1 && c <= 31) {
    v.date = {a, b, c, 0, -1};
    return v;
  }
  const int year = year_of(c);
  if (year == 0 || a > 31 || b > 31 || (a > 12 && b > 12)) return std::nullopt;
  if (!marks && t.size() > 8) return std::nullopt;
  v.date = a > 12 || !marks || t[at + 1].mark == '-' ? Date{year, b, a, 0, -1} : Date{year, a, b, 0, -1};
  if (v.date.month > 12) std::swap(v.date.month, v.date.day);
  return v;
}

// "the 8th", "8th of March", "March the 8th", "of this month"; weekday before any of them.
std::optional<Value> day_month(const Tokens& t, std::size_t at) {
  Value v;
  v.type = ValueType::date;
  v.first = at;
  v.sure = true;
  std::size_t i = at;
  if (is_month(t, i)) {
    v.date.month = t[i].value;
    std::size_t k = i + 1;
    if (text_is(t, k, "the")) ++k;
    const auto day = read_number(t, k);
    if (day && day->value >= 1 && day->value <= 31 && day->value == static_cast<int>(day->value) &&
        (k == i + 1 || day->ordinal)) {
      v.date.day = static_cast<int>(day->value);
      i = day->next;
      v.date.year = read_year(t, i);
    } else if (plain_month(t[i]) && t[i].text != "may") {
      ++i;
      v.date.year = read_year(t, i);
      v.sure = false;
    } else {
      return std::nullopt;
    }
    v.last = i;
    return v;
  }
  const bool article = text_is(t, i, "the");
  if (article) ++i;
  const auto day = read_number(t, i);
  if (!day || day->value < 1 || day->value > 31 || day->value != static_cast<int>(day->value)) return std::nullopt;
  v.date.day = static_cast<int>(day->value);
  std::size_t k = day->next;
  if (text_is(t, k, "day") && text_is(t, k + 1, "of"))
    k += 2;
  else if (text_is(t, k, "of"))
    ++k;
  if (is_month(t, k) && (day->ordinal || t[k].text != "may" || t[k].capital)) {
    v.date.month = t[k].value;
    i = k + 1;
    v.date.year = read_year(t, i);
    v.last = i;
    return v;
  }
  if (!day->ordinal) return std::nullopt;
  if ((text_is(t, k, "this") || text_is(t, k, "the") || text_is(t, k, "next")) && text_is(t, k + 1, "month")) {
    v.last = k + 2;
    return v;
  }
  // "3rd and Elm", "the 2nd one", "third floor" are no days.
  const std::size_t next = day->next;
  if (next < t.size() && t[next].mark == 0) {
    const bool pair = t[next].text == "and" && next + 1 < t.size() && !t[next + 1].digits && !t[next + 1].is(kFunction);
    if (pair || !t[next].is(kFunction | kBreaker | kPreposition | kFiller) || t[next].text == "one")
      return std::nullopt;
  }
  if (!article && !t[at].digits) return std::nullopt;
  v.last = next;
  return v;
}

std::optional<Value> weekday(const Tokens& t, std::size_t at) {
  std::size_t i = at;
  const bool next = t[i].text == "next" || t[i].text == "this" || t[i].text == "coming";
  if (next) ++i;
  if (i >= t.size()) return std::nullopt;
  Value v;
  v.type = ValueType::date;
  v.first = at;
  v.sure = true;
  if (next && (t[i].text == "weekend" || (t[i].text == "week" && t[at].text == "next"))) {
    v.date.relative = 7;
    v.sure = false;
    v.last = i + 1;
    return v;
  }
  if (!t[i].is(kWeekday) || (t[i].text.size() <= 3 && !t[i].capital)) return std::nullopt;
  v.date.weekday = t[i].value;
  v.last = i + 1;
  if (text_is(t, v.last, "next") && text_is(t, v.last + 1, "week")) v.last += 2;
  if (const auto rest = v.last < t.size() ? day_month(t, v.last) : std::nullopt; rest && rest->sure) {
    const int day = v.date.weekday;
    v.date = rest->date;
    v.date.weekday = day;
    v.last = rest->last;
  }
  return v;
}

}  // namespace

std::optional<Value> date_at(const Tokens& t, std::size_t at) {
  if (phrase_at(t, at, "day after tomorrow") || phrase_at(t, at, "the day after tomorrow")) {
    Value v;
    v.type = ValueType::date;
    v.first = at;
    v.last = at + (t[at].text == "the" ? 4 : 3);
    v.date.relative = 2;
    v.sure = true;
    return v;
  }
  if (t[at].is(kRelativeDay)) {
    Value v;
    v.type = ValueType::date;
    v.first = at;
    v.last = at + 1;
    v.date.relative = t[at].text == "tomorrow" ? 1 : t[at].text == "yesterday" ? -2 : 0;
    v.sure = true;
    return v;
  }
  if (auto v = weekday(t, at)) return v;
  if (auto v = numeric_date(t, at)) return v;
  return day_month(t, at);
}

}  // namespace wrapup::rules
