#include "base/time.hpp"

#include <array>
#include <charconv>
#include <map>
#include <mutex>

#include <date/tz.h>

namespace wrapup {

namespace {

struct Civil {
  std::int64_t year;
  unsigned month, day, hour, minute, second;
};

Civil civil(Timestamp at) {
  const auto point = date::sys_time<std::chrono::microseconds>(std::chrono::microseconds(at));
  const auto day = date::floor<date::days>(point);
  const date::year_month_day ymd(day);
  const auto seconds = static_cast<unsigned>(date::floor<std::chrono::seconds>(point - day).count());
  return {int(ymd.year()), unsigned(ymd.month()), unsigned(ymd.day()), seconds / 3600, seconds / 60 % 60, seconds % 60};
}

void put(std::string& out, std::uint64_t number, std::size_t digits) {
  const std::size_t start = out.size();
  out.resize(start + digits);
  for (std::size_t i = digits; i-- > 0; number /= 10) out[start + i] = static_cast<char>('0' + number % 10);
}

std::string print(const Civil& c) {
  std::string text;
  text.reserve(32);
  if (c.year >= 0 && c.year <= 9999) {
    put(text, static_cast<std::uint64_t>(c.year), 4);
  } else {
    text += std::to_string(c.year);
  }
  put(text += '-', c.month, 2);
  put(text += '-', c.day, 2);
  put(text += 'T', c.hour, 2);
  put(text += ':', c.minute, 2);
  put(text += ':', c.second, 2);
  return text;
}

// locate_zone searches by name and throws on unknown ones; the answer never changes while we run.
const date::time_zone* find_zone(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, const date::time_zone*> known;
  const std::lock_guard lock(mutex);
  const auto found = known.find(name);
  if (found != known.end()) return found->second;
  const date::time_zone* zone = nullptr;
  try {
    zone = date::locate_zone(name);
  } catch (const std::exception&) {
    zone = nullptr;
  }
  // Unknown names come from outside: they are not remembered, so that the map stays small.
  if (zone) known.emplace(name, zone);
  return zone;
}

// Reads exactly `digits` digits.
std::optional<unsigned> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return {};
  unsigned value = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return {};
    value = value * 10 + unsigned(c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Timestamp> compose(unsigned year, unsigned month, unsigned day, unsigned hour, unsigned minute,
                                 unsigned second) {
  const date::year_month_day ymd{date::year(int(year)), date::month(month), date::day(day)};
  if (!ymd.ok() || year < 1970 || hour > 23 || minute > 59 || second > 60) return {};
  const auto days = date::sys_days(ymd).time_since_epoch().count();
  return (std::int64_t(days) * 86400 + hour * 3600 + minute * 60 + second) * kSecond;
}

std::optional<Duration> take_fraction(std::string_view& text) {
  if (!take(text, '.') && !take(text, ',')) return 0;
  Duration micros = 0;
  Duration unit = 100'000;
  std::size_t digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    micros += unit * (text.front() - '0');
    unit /= 10;
    text.remove_prefix(1);
    if (++digits > 9) return {};
  }
  if (digits == 0) return {};
  return micros;
}

std::optional<Duration> take_offset(std::string_view& text) {
  if (text.empty() || take(text, 'Z') || take(text, 'z')) return 0;
  const bool west = text.front() == '-';
  if (!take(text, '+') && !take(text, '-')) return {};
  const auto hours = take_number(text, 2);
  take(text, ':');
  const auto minutes = take_number(text, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return {};
  const Duration offset = (*hours * 60 + *minutes) * kMinute;
  return west ? -offset : offset;
}

}  // namespace

std::string format_utc(Timestamp at) {
  std::string text = print(civil(at));
  put(text += '.', static_cast<std::uint64_t>((at % kSecond + kSecond) % kSecond / kMillisecond), 3);
  return text += 'Z';
}

std::string format_in_zone(Timestamp at, const std::string& zone) {
  int minutes = 0;
  if (const auto* tz = find_zone(zone)) {
    const auto point = date::sys_seconds(std::chrono::seconds(at / kSecond));
    minutes = static_cast<int>(tz->get_info(point).offset.count() / 60);
  }
  const auto size = static_cast<std::uint64_t>(minutes < 0 ? -minutes : minutes);
  std::string text = print(civil(at + minutes * kMinute));
  put(text += minutes < 0 ? '-' : '+', size / 60, 2);
  put(text += ':', size % 60, 2);
  return text;
}

bool is_time_zone(const std::string& zone) { return zone.size() <= 64 && find_zone(zone) != nullptr; }

std::optional<Timestamp> parse_time(std::string_view text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return {};
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return {};
  const auto day = take_number(text, 2);
  if (!day) return {};
  if (text.empty()) return compose(*year, *month, *day, 0, 0, 0);
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return {};
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ':')) return {};
  const auto minute = take_number(text, 2);
  if (!minute) return {};
  std::optional<unsigned> second = 0;
  if (take(text, ':')) second = take_number(text, 2);
  if (!second) return {};
  const auto fraction = take_fraction(text);
  if (!fraction) return {};
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return {};
  const auto base = compose(*year, *month, *day, *hour, *minute, *second);
  if (!base || *base + *fraction - *offset < 0) return {};
  return *base + *fraction - *offset;
}

std::optional<Timestamp> read_time(const json::value& value) {
  constexpr std::int64_t kLatestMillis = 253'402'300'799'999;  // the end of the year 9999
  std::int64_t millis = -1;
  if (value.is_int64()) {
    millis = value.get_int64();
  } else if (value.is_double()) {
    const double number = value.get_double();
    if (number < 0 || number > double(kLatestMillis)) return {};
    return static_cast<Timestamp>(number * 1000.0);
  } else if (value.is_string()) {
    const std::string_view text = value.get_string();
    if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return parse_time(text);
    const auto read = std::from_chars(text.data(), text.data() + text.size(), millis);
    if (read.ec != std::errc()) return {};
  }
  if (millis < 0 || millis > kLatestMillis) return {};
  return millis * kMillisecond;
}

std::optional<Timestamp> parse_http_date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  // "Sun, 06 Nov 1994 08:49:37 GMT"
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return {};
  text.remove_prefix(5);
  const auto day = take_number(text, 2);
  if (!day || !take(text, ' ')) return {};
  unsigned month = 0;
  while (month < 12 && kMonths[month] != text.substr(0, 3)) ++month;
  text.remove_prefix(3);
  if (month == 12 || !take(text, ' ')) return {};
  const auto year = take_number(text, 4);
  if (!year || !take(text, ' ')) return {};
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ':')) return {};
  const auto minute = take_number(text, 2);
  if (!minute || !take(text, ':')) return {};
  const auto second = take_number(text, 2);
  if (!second) return {};
  return compose(*year, month + 1, *day, *hour, *minute, *second);
}

}  // namespace wrapup
