#include "net/retry_after.hpp"

#include <algorithm>
#include <charconv>

#include "base/time.hpp"

namespace wrapup {

std::optional<Timestamp> retry_after(const Headers& headers, Timestamp now, Duration longest) {
  const auto* text = find_header(headers, "Retry-After");
  if (!text || text->empty()) return {};
  Timestamp until = 0;
  if (text->find_first_not_of("0123456789") == std::string::npos) {
    std::int64_t seconds = 0;
    const auto read = std::from_chars(text->data(), text->data() + text->size(), seconds);
    // More digits than a number holds: longer than the longest.
    until = read.ec == std::errc() && seconds < longest / kSecond ? now + seconds * kSecond : now + longest;
  } else if (const auto date = parse_http_date(*text)) {
    until = *date;
  }
  if (until <= now) return {};
  return std::min(until, now + longest);
}

}  // namespace wrapup
