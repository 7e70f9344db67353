// Text of others on our terminal. Whatever could steer a terminal or hide what is written (control characters, C1,
// changes of direction, bytes that are not UTF-8) is shown as an escape: \n, \x1b, \u202e. Everything that the remote
// commands print goes through here. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wrapup {

/// In one line: line breaks and tabs are escapes too.
std::string safe_line(std::string_view text);
/// Line breaks and tabs stay; of "\r\n" the line break.
std::string safe_text(std::string_view text);
/// JSON text with such characters as \u escapes, which mean the same inside its strings.
std::string safe_json(std::string_view text);
/// Whether there is nothing to escape in one line.
bool is_safe_line(std::string_view text);

/// An id as it can be put into a command that is shown to be copied; "ID" when it holds what no id does.
std::string id_word(std::string_view id);

/// Columns of a terminal that safe text takes; near enough for a table (East Asian wide characters count twice).
std::size_t columns_of(std::string_view safe);
/// Cut to at most `columns`, with … at the end when something is missing.
std::string shortened(std::string_view safe, std::size_t columns);
/// The same with … in the middle, since the end of a URL tells as much as its beginning.
std::string shortened_inside(std::string_view safe, std::size_t columns);

}  // namespace wrapup
