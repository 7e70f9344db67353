// Files that a user names on the command line. On the caller's thread; blocking.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.hpp"

namespace wrapup {

/// The whole file; "-" is standard input. The message of an error names the reason, not the file: "cannot be read: …",
/// "is larger than …".
Result<std::string> read_text_file(const std::string& path, std::size_t max_bytes);

}  // namespace wrapup
