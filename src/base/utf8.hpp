// Bytes from outside as text for JSON (RFC 3629). Pure. U+0000 counts as no text: our reader of JSON does not take it.
#pragma once

#include <string>
#include <string_view>

namespace wrapup {

bool is_utf8(std::string_view text);
/// As much of the beginning of `text` as fits in `most` bytes without a character cut in two, if it is UTF-8.
std::string_view utf8_beginning(std::string_view text, std::size_t most);
/// `text` with every byte that is not part of valid UTF-8 replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

}  // namespace wrapup
