// How results are shown: colours, width, times and numbers for people, JSON with indents. On the main thread; the
// terminal is looked at once. Text that comes in must be safe already (app/safe_text.hpp); JSON is made safe here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.hpp"
#include "base/clock.hpp"
#include "base/json.hpp"

namespace wrapup {

struct Look {
  bool terminal = false;  // somebody reads it on one
  bool color = false;
  std::size_t width = 0;  // columns; 0: as many as it takes
  bool utc = false;       // times in UTC, else in the zone of this machine
};

/// Of standard output. No colours when it is no terminal, or NO_COLOR or TERM=dumb say so. Its width is COLUMNS, else
/// that of the terminal.
Look look_of_output(const Environment& environment, bool utc);

enum class Paint { none, bold, green, red, blue, yellow, cyan, dim };
std::string painted(bool color, Paint paint, std::string_view text);

/// A line that begins a part of what is shown, after an empty one.
std::string heading(std::string_view text, const Look& look);
/// The title of a column of times: "TIME", or "TIME (UTC)".
std::string time_title(std::string_view title, const Look& look);

/// JSON with a member a line, keys in their order; coloured.
std::string pretty_json(const json::value& value, bool color);

/// A name and what it is.
struct Fact {
  std::string name;
  std::string value;
  Paint paint = Paint::none;
};
/// A line each, aligned, two spaces in; those that are empty are left out. Names and values are made safe.
std::string facts_text(const std::vector<Fact>& facts, const Look& look);

/// "Nov 24 02:28:58", with the year in place of the seconds when it is not that of `now`.
std::string short_time(Timestamp at, Timestamp now, const Look& look);
/// "2026-11-24 02:28:58.123 +01:00", or "… UTC".
std::string long_time(Timestamp at, const Look& look);
/// An ISO 8601 time of the API in one of these forms; empty when it is none.
std::string short_time(std::string_view iso, Timestamp now, const Look& look);
std::string long_time(std::string_view iso, const Look& look);

/// "2h" (ago), "2026-11-24", "2026-11-24 14:00" and the like in the zone of `look`, any ISO 8601 time with an offset,
/// epoch milliseconds. Nothing when it is none of these.
std::optional<Timestamp> parse_when(std::string_view text, Timestamp now, const Look& look);

/// "1,234"
std::string shown_count(std::int64_t count);
/// "1 webhook", "1,234 webhooks"
std::string shown_count(std::int64_t count, std::string_view noun);
/// "0.4 ms", "23 ms", "1.24 s"
std::string shown_millis(double millis);
/// "12 s", "3 min", "2 h": rounded up to one unit.
std::string shown_span(Duration span);
/// "812 bytes", "1.2 KiB"
std::string shown_bytes(std::int64_t bytes);

}  // namespace wrapup
