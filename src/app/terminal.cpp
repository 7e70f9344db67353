#include "app/terminal.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "app/safe_text.hpp"
#include "base/time.hpp"
#include "base/units.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kUsualWidth = 80;
// Select Graphic Rendition (ECMA-48, section 8.3.117), in the order of Paint.
constexpr std::array<std::string_view, 8> kCodes{"", "1", "32", "31", "34", "33", "36", "2"};
constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string_view value_of(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string_view() : std::string_view(found->second);
}

std::tm broken_down(Timestamp at, bool utc) {
  const std::time_t seconds = at / kSecond;
  std::tm parts{};
  utc ? ::gmtime_r(&seconds, &parts) : ::localtime_r(&seconds, &parts);
  return parts;
}

class PrettyJson {
 public:
  PrettyJson(std::string& out, bool color) : out_(out), color_(color) {}

  void append(const json::value& value, std::size_t depth) {
    switch (value.kind()) {
      case json::kind::object: return append_members(value.get_object(), depth);
      case json::kind::array: return append_elements(value.get_array(), depth);
      case json::kind::string: return leaf(Paint::green, value);
      case json::kind::null: return leaf(Paint::dim, value);
      case json::kind::bool_: return leaf(Paint::yellow, value);
      default: return leaf(Paint::cyan, value);
    }
  }

 private:
  void leaf(Paint paint, const json::value& value) { out_ += painted(color_, paint, safe_json(to_text(value))); }

  void new_line(std::size_t depth) {
    out_ += '\n';
    out_.append(depth * 2, ' ');
  }

  void append_members(const json::object& object, std::size_t depth) {
    if (object.empty()) {
      out_ += "{}";
      return;
    }
    out_ += '{';
    for (std::size_t left = object.size(); const auto& [key, member] : object) {
      new_line(depth + 1);
      leaf(Paint::blue, json::value(key));
      out_ += ": ";
      append(member, depth + 1);
      if (--left > 0) out_ += ',';
    }
    new_line(depth);
    out_ += '}';
  }

  void append_elements(const json::array& array, std::size_t depth) {
    const bool plain = std::ranges::none_of(array, [](const json::value& v) { return v.is_object() || v.is_array(); });
    out_ += '[';
    for (std::size_t left = array.size(); const auto& element : array) {
      if (!plain) new_line(depth + 1);
      append(element, depth + 1);
      if (--left > 0) out_ += plain ? ", " : ",";
    }
    if (!plain) new_line(depth);
    out_ += ']';
  }

  std::string& out_;
  bool color_;
};

// What a clock on the wall shows at `shown`, read as if it were UTC, is this moment in the machine's zone.
std::optional<Timestamp> as_local(Timestamp shown) {
  std::tm parts = broken_down(shown, true);
  parts.tm_isdst = -1;
  const std::time_t seconds = std::mktime(&parts);
  if (seconds == -1) return {};
  return seconds * kSecond + shown % kSecond;
}

}  // namespace

Look look_of_output(const Environment& environment, bool utc) {
  Look look;
  look.utc = utc;
  look.terminal = ::isatty(STDOUT_FILENO) == 1;
  look.color = look.terminal && value_of(environment, "NO_COLOR").empty() && value_of(environment, "TERM") != "dumb";
  const auto columns = parse_whole_number(value_of(environment, "COLUMNS"));
  if (columns && *columns > 0 && *columns < 10'000) {
    look.width = static_cast<std::size_t>(*columns);
  } else if (look.terminal) {
    winsize size{};
    const bool told = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    look.width = told ? size.ws_col : kUsualWidth;
  }
  return look;
}

std::string painted(bool color, Paint paint, std::string_view text) {
  if (!color || paint == Paint::none || text.empty()) return std::string(text);
  return "\x1b[" + std::string(kCodes[static_cast<std::size_t>(paint)]) + "m" + std::string(text) + "\x1b[0m";
}

std::string heading(std::string_view text, const Look& look) {
  return "\n" + painted(look.color, Paint::bold, text) + "\n";
}

std::string time_title(std::string_view title, const Look& look) {
  return std::string(title) + (look.utc ? " (UTC)" : "");
}

std::string pretty_json(const json::value& value, bool color) {
  std::string out;
  PrettyJson(out, color).append(value, 0);
  return out;
}

std::string facts_text(const std::vector<Fact>& facts, const Look& look) {
  std::size_t widest = 0;
  for (const auto& fact : facts) {
    if (!fact.value.empty()) widest = std::max(widest, columns_of(safe_line(fact.name)));
  }
  std::string out;
  for (const auto& fact : facts) {
    if (fact.value.empty()) continue;
    const std::string name = safe_line(fact.name);
    out += "  " + painted(look.color, Paint::dim, name) + std::string(widest - columns_of(name) + 2, ' ');
    out += painted(look.color, fact.paint, safe_line(fact.value)) + "\n";
  }
  return out;
}

std::string short_time(Timestamp at, Timestamp now, const Look& look) {
  const std::tm parts = broken_down(at, look.utc);
  if (parts.tm_year != broken_down(now, look.utc).tm_year) {
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                       parts.tm_hour, parts.tm_min);
  }
  return fmt::format("{} {:2} {:02}:{:02}:{:02}", kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string long_time(Timestamp at, const Look& look) {
  const std::tm parts = broken_down(at, look.utc);
  const long minutes = std::labs(parts.tm_gmtoff) / 60;
  const std::string zone =
      look.utc ? "UTC" : fmt::format("{}{:02}:{:02}", parts.tm_gmtoff < 0 ? '-' : '+', minutes / 60, minutes % 60);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03} {}", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, at % kSecond / kMillisecond, zone);
}

std::string short_time(std::string_view iso, Timestamp now, const Look& look) {
  const auto at = parse_time(iso);
  return at ? short_time(*at, now, look) : std::string();
}

std::string long_time(std::string_view iso, const Look& look) {
  const auto at = parse_time(iso);
  return at ? long_time(*at, look) : std::string();
}

std::optional<Timestamp> parse_when(std::string_view text, Timestamp now, const Look& look) {
  if (const auto ago = parse_duration(text)) return std::max<Timestamp>(0, now - *ago);
  constexpr std::size_t kDate = 10;
  constexpr std::size_t kFewestDigits = 12;  // of epoch milliseconds; fewer are a year, or a slip
  const bool digits = text.find_first_not_of("0123456789") == std::string_view::npos;
  if (digits && text.size() < kFewestDigits) return {};
  const auto at = read_time(json::value(text));
  const bool placed = digits || text.find_first_of("Zz+-", kDate) != std::string_view::npos;
  if (!at || placed || look.utc) return at;
  return as_local(*at);
}

std::string shown_count(std::int64_t count) {
  std::string text = std::to_string(count);
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  for (std::size_t at = text.size(); at > first + 3;) text.insert(at -= 3, ",");
  return text;
}

std::string shown_count(std::int64_t count, std::string_view noun) {
  return shown_count(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string shown_millis(double millis) {
  if (millis < 9.95) return fmt::format("{:.1f} ms", millis);
  if (millis < 999.5) return fmt::format("{:.0f} ms", millis);
  return fmt::format("{:.2f} s", millis / 1000);
}

std::string shown_span(Duration span) {
  const auto rounded_up = [&](Duration unit) { return (span + unit - 1) / unit; };
  if (span <= 90 * kSecond) return fmt::format("{} s", rounded_up(kSecond));
  if (span <= 90 * kMinute) return fmt::format("{} min", rounded_up(kMinute));
  return fmt::format("{} h", rounded_up(kHour));
}

std::string shown_bytes(std::int64_t bytes) {
  if (bytes < 1024) return shown_count(bytes, "byte");
  const double kib = double(bytes) / 1024;
  return kib < 1024 ? fmt::format("{:.1f} KiB", kib) : fmt::format("{:.1f} MiB", kib / 1024);
}

}  // namespace wrapup
