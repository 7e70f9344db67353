#include "net/url.hpp"

#include <algorithm>
#include <optional>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace wrapup {

namespace {

tl::unexpected<Error> refuse(std::string why) {
  return fail(Code::invalid, "invalid_url", "the URL is not valid: " + std::move(why));
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); }

/// The first character that may not stand in any URL, in words.
std::optional<std::string> bad_character(std::string_view text) {
  static constexpr std::string_view kPunctuation = "-._~:/?#[]@!$&'()*+,;=%";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ') return "a space must be written as %20";
    if (byte < 0x20 || byte == 0x7F) return "it holds a control character";
    if (byte >= 0x80) return "characters beyond ASCII must be percent-encoded (in a host name: as xn--…)";
    if (!is_alnum(c) && kPunctuation.find(c) == std::string_view::npos) {
      static constexpr char kHex[] = "0123456789ABCDEF";
      return std::string("the character ") + c + " must be written as %" + kHex[byte >> 4] + kHex[byte & 15];
    }
  }
  return std::nullopt;
}

/// Host names as DNS and curl take them, which is far less than RFC 3986 allows.
bool is_host_name(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty() || host.size() > 253) return false;
  std::size_t label = 0;
  for (const char c : host) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else {
      if (!is_alnum(c) && c != '-' && c != '_') return false;
      if (++label > 63) return false;
    }
  }
  return label > 0;
}

/// Boost.URL reads 99999 as 34463, so the digits are read here. Nothing when outside 1..65535.
std::optional<std::uint16_t> read_port(std::string_view digits) {
  if (digits.size() > 5) return std::nullopt;
  unsigned port = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  if (port < 1 || port > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

std::string_view view(boost::urls::pct_string_view part) { return {part.data(), part.size()}; }

}  // namespace

Result<Url> parse_url(std::string_view text) {
  if (text.empty()) return refuse("it is empty; it must look like https://example.com/path");
  if (text.size() > kMaxUrl) return refuse("it is longer than " + std::to_string(kMaxUrl) + " characters");
  if (auto problem = bad_character(text)) return refuse(std::move(*problem));

  Url url;
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || scheme_end > text.find_first_of("/?#")) {
    return refuse("it must begin with https:// or http://");
  }
  url.scheme = lower(text.substr(0, scheme_end));
  if (url.scheme != "https" && url.scheme != "http") return refuse("its scheme must be https or http");

  text = text.substr(0, text.find('#'));
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed) return refuse("it must look like https://example.com/path?query (RFC 3986)");
  if (parsed->has_userinfo()) return refuse("it must not hold a user name or password; use a header instead");

  url.host = lower(view(parsed->encoded_host()));
  if (url.host.empty()) return refuse("it has no host");
  if (url.host.front() == '[') {
    if (parsed->host_type() != boost::urls::host_type::ipv6) return refuse("the address in [] is not an IPv6 address");
    url.host = url.host.substr(1, url.host.size() - 2);
  } else if (!is_host_name(url.host)) {
    return refuse("the host must be a name of letters, digits, '-' and '.', or an IP address");
  }

  url.port = url.scheme == "https" ? 443 : 80;
  const std::string_view digits{parsed->port().data(), parsed->port().size()};
  if (!digits.empty()) {
    const auto port = read_port(digits);
    if (!port) return refuse("the port must be a number from 1 to 65535");
    url.port = *port;
  }

  url.target = view(parsed->encoded_path());
  // Boost.URL reads "example.com:80a" as port 80 and path "a".
  if (!url.target.empty() && url.target.front() != '/') return refuse("the port must be a number from 1 to 65535");
  if (url.target.empty()) url.target = "/";
  if (parsed->has_query()) url.target.append("?").append(view(parsed->encoded_query()));
  url.text = text;
  return url;
}

}  // namespace wrapup
