// Receiver URLs (RFC 3986), read strictly: what we accept is what curl will dial.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace wrapup {

struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // lower case; an IPv6 literal without brackets
  std::uint16_t port = 0;
  std::string target;  // path and query, at least "/"
  std::string text;    // the whole, without fragment, as it is stored and dialled
};

/// Longest URL accepted.
inline constexpr std::size_t kMaxUrl = 2048;

/// Errors are `invalid`, name "invalid_url", and say what would be right: no scheme, a scheme other than http or https,
/// no host, user:password@, a port outside 1..65535, spaces, control or non-ASCII characters, longer than kMaxUrl.
Result<Url> parse_url(std::string_view text);

/// Whether `text` names an egress proxy: "http://proxy.example.com:3128" or "http://user:pass@proxy.example.com:3128",
/// the port never left out. Errors are `invalid`, name "invalid_proxy", and never show the user or the password.
Status check_proxy(std::string_view text);

}  // namespace wrapup
