#include "pipeline/rules/values.hpp"

#include <algorithm>
#include <cmath>

#include "pipeline/rules/dates.hpp"

namespace wrapup::rules {

namespace {

using Tokens = std::vector<Token>;

std::size_t count_digits(std::string_view s) {
  return static_cast<std::size_t>(std::count_if(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; }));
}

bool mail_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '%' || c == '+' || c == '-';
}

// "anna@example.com", written out.
void written_emails(std::string_view text, const Tokens& t, std::vector<Value>& out) {
  for (std::size_t i = 1; i < t.size(); ++i) {
    if (t[i].mark != '@' || !t[i].glued) continue;
    std::size_t first = i - 1;
    while (first > 0 && t[first].glued && i - first < 8 && t[first].begin > 0 && mail_char(text[t[first].begin - 1]))
      --first;
    std::size_t last = i + 1;
    while (last < t.size() && t[last].glued && last - i < 8 && (t[last].mark == '.' || t[last].mark == '-')) ++last;
    const std::string_view domain = text.substr(t[i].begin, t[last - 1].end - t[i].begin);
    if (domain.find('.') == std::string_view::npos) continue;
    Value v;
    v.type = ValueType::email;
    v.first = first;
    v.last = last;
    v.sure = true;
    out.push_back(v);
  }
}

std::string mail_word(const Token& t) {
  if (t.text == "dot" || t.text == "period") return ".";
  if (t.text == "underscore") return "_";
  if (t.text == "dash" || t.text == "hyphen") return "-";
  if (t.text == "plus") return "+";
  if (t.is(kUnit)) return std::to_string(t.value);
  return t.text;
}

bool ends_local_part(const Token& t) {
  return t.text == "is" || t.text == "its" || t.text == "it's" || t.text == "email" || t.text == "address" ||
         t.text == "my" || t.text == "that's" || t.text == "at" || t.text == "to" || t.text == "yes" ||
         t.text == "sure" || t.text == "mail" || t.text == "e-mail" || t.text == "yeah" || t.text == "okay" ||
         t.text == "ok" || t.text == "um" || t.text == "uh" || t.text == "and" || t.text == "it";
}

// "anna dot kent at example dot com", as speech recognition writes it.
void spoken_emails(const Tokens& t, std::vector<Value>& out) {
  for (std::size_t i = 1; i + 3 < t.size(); ++i) {
    if (t[i].text != "at") continue;
    std::size_t dot = i + 2;
    while (dot < t.size() && dot < i + 5 && t[dot].text != "dot") ++dot;
    if (dot >= t.size() || t[dot].text != "dot" || dot + 1 >= t.size() || t[dot + 1].text.size() > 6) continue;
    std::size_t first = i;
    while (first > 0 && i - first < 16 && !ends_local_part(t[first - 1]) &&
           (first == i || t[first].mark == 0 || t[first].mark == '-'))
      --first;
    if (first == i) continue;
    std::size_t last = dot + 2;
    while (last + 1 < t.size() && t[last].text == "dot" && t[last + 1].text.size() <= 4) last += 2;
    Value v;
    v.type = ValueType::email;
    v.first = first;
    v.last = last;
    v.sure = true;
    for (std::size_t k = first; k < last; ++k) v.text += k == i ? "@" : mail_word(t[k]);
    out.push_back(std::move(v));
  }
}

bool spoken_digit(const Token& t) {
  return (t.is(kUnit) && t.value < 10) || t.text == "oh" || t.text == "double" || t.text == "triple";
}

bool joins_digits(const Token& t) {
  return t.mark == 0 || t.mark == '-' || t.mark == '.' || t.mark == '(' || t.mark == ')' || t.mark == '+' ||
         t.mark == ',' || t.mark == '/';
}

// Runs of digits, written or spoken: seven and more are a phone number, shorter ones a code.
std::size_t digit_run(std::string_view text, const Tokens& t, std::size_t at, std::vector<Value>& out) {
  std::size_t i = at;
  std::size_t digits = 0;
  std::size_t words = 0;
  while (i < t.size() && i - at < 24) {
    const Token& w = t[i];
    if (i > at && !joins_digits(w)) break;
    if (w.digits && w.text.find(':') == std::string::npos) {
      digits += count_digits(w.text);
    } else if (spoken_digit(w)) {
      ++digits;
      ++words;
    } else {
      break;
    }
    ++i;
  }
  if (i == at || digits < 2 || (words > 0 && words < 3 && i - at == words)) return at + 1;
  if (at > 0 && (t[at].mark == '$')) return at + 1;
  Value v;
  v.first = at;
  v.last = i;
  const std::string joined = join_spelled(t, at, i);
  const std::string_view written = text.substr(t[at].begin, t[i - 1].end - t[at].begin);
  v.type = digits >= 7 && digits <= 15 && (digits >= 10 || written.find_first_of("-. ") != std::string_view::npos)
               ? ValueType::phone
               : ValueType::code;
  if (words > 0) v.text = joined;
  v.sure = digits >= 4;
  out.push_back(v);
  if (v.type == ValueType::phone) {
    v.type = ValueType::code;
    v.sure = false;
    out.push_back(std::move(v));
  }
  return i;
}

// Letters and digits glued together: "AB12", "X4-77".
std::size_t mixed_code(const Tokens& t, std::size_t at, std::vector<Value>& out) {
  std::size_t i = at + 1;
  bool letters = !t[at].digits;
  bool digits = t[at].digits;
  while (i < t.size() && t[i].glued && i - at < 10 && (t[i].mark == 0 || t[i].mark == '-')) {
    const std::string& w = t[i].text;
    const bool unit =
        w == "am" || w == "pm" || w == "st" || w == "nd" || w == "rd" || w == "th" || w == "k" || w == "s" || w == "d";
    if (unit) return i;
    letters = letters || !t[i].digits;
    digits = digits || t[i].digits;
    ++i;
  }
  if (i == at + 1 || !letters || !digits) return at + 1;
  Value v;
  v.type = ValueType::code;
  v.first = at;
  v.last = i;
  v.sure = true;
  out.push_back(std::move(v));
  return i;
}

bool money_sign(const Token& t) { return t.mark == '$' || t.text == "£" || t.text == "€"; }

std::optional<Value> money_at(const Tokens& t, std::size_t at) {
  std::size_t first = at;
  const bool sign_token = t[at].text == "£" || t[at].text == "€";
  if (sign_token) ++at;
  const auto n = read_number(t, at);
  if (!n || n->ordinal) return std::nullopt;
  const bool sign = sign_token || money_sign(t[at]);
  const bool unit = n->next < t.size() && t[n->next].is(kCurrency) && t[n->next].mark == 0;
  if (!sign && !unit) return std::nullopt;
  Value v;
  v.type = ValueType::money;
  v.first = first;
  v.last = n->next + (unit ? 1 : 0);
  v.number = n->value;
  v.sure = true;
  return v;
}

}  // namespace

std::vector<Value> find_values(std::string_view text, const Tokens& t) {
  std::vector<Value> out;
  written_emails(text, t, out);
  spoken_emails(t, out);
  for (std::size_t i = 0; i < t.size();) {
    if (auto v = money_at(t, i)) {
      i = v->last;
      out.push_back(std::move(*v));
      continue;
    }
    auto time = time_at(t, i);
    auto date = date_at(t, i);
    if (time && time->sure && (!date || date->last <= time->last)) date.reset();
    if (date) {
      i = date->last;
      out.push_back(std::move(*date));
      continue;
    }
    if (time && !(time->minutes % 60 == 0 && !time->sure && t[i].digits && time->last == i + 1 && i + 1 < t.size() &&
                  t[i + 1].capital)) {
      // A bare hour may be a plain number too.
      if (!time->sure && time->last == i + 1) {
        if (const auto n = read_number(t, i))
          out.push_back({ValueType::number, i, n->next, n->value, -1, false, {}, {}});
      }
      i = time->last;
      out.push_back(std::move(*time));
      continue;
    }
    const std::size_t before = out.size();
    const std::size_t mixed = mixed_code(t, i, out);
    const std::size_t run = mixed > i + 1 ? mixed : digit_run(text, t, i, out);
    if (const auto n = read_number(t, i)) {
      const bool phone = out.size() > before && out[before].type == ValueType::phone;
      const bool street =
          n->next < t.size() && t[i].digits && t[n->next].capital && t[n->next].mark == 0 && mixed == i + 1;
      if (!phone && mixed == i + 1)
        out.push_back({ValueType::number, i, n->next, n->value, -1, !n->ordinal && !street, {}, {}});
      i = std::max(phone ? run : n->next, mixed);
      continue;
    }
    i = std::max(run, mixed);
  }
  std::stable_sort(out.begin(), out.end(), [](const Value& a, const Value& b) { return a.first < b.first; });
  return out;
}

namespace {

bool same_date(const Date& a, const Date& b) {
  bool shared = false;
  const auto clash = [&](int x, int y) {
    if (x == 0 || y == 0) return false;
    shared = true;
    return x != y;
  };
  if (clash(a.year, b.year) && a.year != 0) return false;
  shared = false;
  if (clash(a.month, b.month) || clash(a.day, b.day)) return false;
  const bool day_shared = a.day != 0 && a.day == b.day;
  if (!day_shared && clash(a.weekday, b.weekday)) return false;
  if (a.relative >= 0 && b.relative >= 0) return a.relative == b.relative;
  return day_shared || (a.weekday != 0 && a.weekday == b.weekday);
}

}  // namespace

bool same_value(const Value& a, const Value& b) {
  switch (a.type) {
    case ValueType::time:
      if (a.minutes < 0 || b.minutes < 0) return false;
      return a.sure && b.sure ? a.minutes == b.minutes : a.minutes % 720 == b.minutes % 720;
    case ValueType::date: return same_date(a.date, b.date);
    case ValueType::money:
    case ValueType::number: return std::abs(a.number - b.number) < 0.005;
    default: return !a.text.empty() && a.text == b.text;
  }
}

}  // namespace wrapup::rules
