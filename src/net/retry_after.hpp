// The Retry-After header (RFC 9110, section 10.2.3), as every client here honours it. Pure.
#pragma once

#include <optional>

#include "base/clock.hpp"
#include "net/http.hpp"

namespace wrapup {

/// Until when the other side asks to be left alone, at most `longest` from now; nothing when it does not ask.
std::optional<Timestamp> retry_after(const Headers& headers, Timestamp now, Duration longest);

}  // namespace wrapup
