// Bodies at rest (zstd, RFC 8878). The stored form begins with one byte that says how the rest is written.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace wrapup {

/// Small texts are kept as they are.
std::string pack(std::string_view text);
/// The text that was packed. `internal` when the bytes are not what pack() wrote.
Result<std::string> unpack(std::string_view packed);

}  // namespace wrapup
