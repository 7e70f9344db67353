#include "base/units.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

namespace wrapup {

namespace {

constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;
constexpr std::int64_t kGiB = 1024 * kMiB;

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
// Largest first, as they are tried when a number is printed.
constexpr std::array<Unit, 5> kDurationUnits{
    {{"d", kDay}, {"h", kHour}, {"m", kMinute}, {"s", kSecond}, {"ms", kMillisecond}}};
constexpr std::array<Unit, 4> kSizeUnits{{{"GiB", kGiB}, {"MiB", kMiB}, {"KiB", kKiB}, {"B", 1}}};

std::optional<std::int64_t> parse_with_unit(std::string_view text, std::span<const Unit> units) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_whole_number(text.substr(0, digits));
  if (!number) return {};
  for (const Unit& unit : units) {
    if (unit.name != text.substr(digits)) continue;
    if (*number > INT64_MAX / unit.factor) return {};
    return *number * unit.factor;
  }
  return {};
}

std::string format_with_unit(std::int64_t number, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (number != 0 && number % unit.factor == 0) return std::to_string(number / unit.factor) + std::string(unit.name);
  }
  return std::to_string(number / units.back().factor) + std::string(units.back().name);
}

}  // namespace

std::optional<std::int64_t> parse_whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

std::optional<Duration> parse_duration(std::string_view text) { return parse_with_unit(text, kDurationUnits); }

std::string format_duration(Duration duration) { return format_with_unit(duration, kDurationUnits); }

std::optional<std::int64_t> parse_size(std::string_view text) {
  const auto number = parse_whole_number(text);
  return number ? number : parse_with_unit(text, kSizeUnits);
}

std::string format_size(std::int64_t bytes) { return format_with_unit(bytes, kSizeUnits); }

}  // namespace wrapup
