// Spans of time, sizes and whole numbers as people write them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace wrapup {

/// "200ms", "5s", "2m", "1h", "1d"; nothing when it is not written so or does not fit.
std::optional<Duration> parse_duration(std::string_view text);
std::string format_duration(Duration duration);

/// "64KiB", "4MiB", "1GiB", "512B" or "512"; nothing when it is not written so or does not fit.
std::optional<std::int64_t> parse_size(std::string_view text);
std::string format_size(std::int64_t bytes);

/// Digits only; nothing when it does not fit.
std::optional<std::int64_t> parse_whole_number(std::string_view text);

}  // namespace wrapup
