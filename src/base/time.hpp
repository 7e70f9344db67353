// Timestamps as text: ISO 8601 (RFC 3339 profile), IANA zones, HTTP dates.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace wrapup {

/// "2026-03-11T14:20:07.123Z", always milliseconds.
std::string format_utc(Timestamp at);

/// "2026-03-11T15:20:07+01:00": seconds, with the offset of `zone` at that moment. An unknown zone is taken as UTC.
std::string format_in_zone(Timestamp at, const std::string& zone);

/// Whether the machine's time zone data knows `zone` ("Europe/Berlin").
bool is_time_zone(const std::string& zone);

/// ISO 8601 with `Z` or a numeric offset, up to nanoseconds: "2026-03-11T15:20:07.5+01:00". A date alone is its
/// midnight in UTC; without an offset UTC is meant. Nothing when it is not a time, or outside the years 1970 to 9999.
std::optional<Timestamp> parse_time(std::string_view text);

/// As an engine reports it: ISO 8601 text, or epoch milliseconds as a number or as text of digits.
std::optional<Timestamp> read_time(const json::value& value);

/// IMF-fixdate of RFC 9110, section 5.6.7 ("Sun, 06 Nov 1994 08:49:37 GMT").
std::optional<Timestamp> parse_http_date(std::string_view text);

}  // namespace wrapup
