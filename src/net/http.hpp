// What a request and a reply are on either side of the wire. Header names are compared without case (RFC 9110,
// section 5.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wrapup {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// The first header of that name, or null.
const std::string* find_header(const Headers& headers, std::string_view name);

/// RFC 3986 percent-decoding; '+' becomes a space when `form` (queries). Nothing when a % is not followed by two hex
/// digits.
std::optional<std::string> percent_decode(std::string_view text, bool form);
std::string percent_encode(std::string_view text);

/// The pairs of a query string, decoded, in order. Nothing when an escape is broken or it is no text (utf8.hpp).
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

}  // namespace wrapup
