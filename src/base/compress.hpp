// Bodies at rest, as LZ4 blocks (lz4 block format). Any thread. The stored form begins with one byte that says how the
// rest is written.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace wrapup {

/// Small texts are kept as they are.
std::string pack(std::string_view text);
/// The text that was packed, of a pair the first. `internal` when the bytes are not what pack() wrote.
Result<std::string> unpack(std::string_view packed);

/// Two texts as one: what the second repeats of the first takes hardly any time or room.
std::string pack_pair(std::string_view first, std::string_view second);
/// The second text of a pair. `internal` when the bytes are not what pack_pair() wrote.
Result<std::string> unpack_second(std::string_view packed);

}  // namespace wrapup
