#include "net/url.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <optional>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "net/http.hpp"

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

/// Nothing when outside 1..65535.
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

/// Sets host and port from "host:port". What is wrong, if anything. Read here and not by Boost.URL, which takes
/// "192.0.2.7.example.com" as the host 192.0.2.7 with a path behind it, and "example.com:80a" as port 80.
std::optional<std::string> read_authority(std::string_view authority, Url& url) {
  if (authority.find('@') != std::string_view::npos) {
    return "it must not hold a user name or password; use a header instead";
  }
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    url.host = lower(authority.substr(1, std::min(end, authority.size()) - 1));
    in6_addr address;
    if (end == std::string_view::npos || inet_pton(AF_INET6, url.host.c_str(), &address) != 1) {
      return "what stands in [] is not an IPv6 address";
    }
    port = authority.substr(end + 1);
  } else {
    const std::size_t end = std::min(authority.find(':'), authority.size());
    url.host = lower(authority.substr(0, end));
    if (url.host.empty()) return "it has no host";
    if (!is_host_name(url.host)) return "the host must be a name of letters, digits, '-' and '.', or an IP address";
    port = authority.substr(end);
  }
  url.port = url.scheme == "https" ? 443 : 80;
  if (port.empty() || port == ":") return std::nullopt;
  const auto number = port.front() == ':' ? read_port(port.substr(1)) : std::nullopt;
  if (!number) return "the port must be a number from 1 to 65535";
  url.port = *number;
  return std::nullopt;
}

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

  url.text = text.substr(0, text.find('#'));
  const std::string_view rest = std::string_view(url.text).substr(scheme_end + 3);
  const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  if (auto problem = read_authority(rest.substr(0, authority_end), url)) return refuse(std::move(*problem));

  url.target = rest.substr(authority_end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  if (!boost::urls::parse_origin_form(url.target)) {
    return refuse("the path or the query is malformed; a % must be followed by two hex digits");
  }
  return url;
}

Status check_proxy(std::string_view text) {
  static constexpr const char* kForm = "; write it as http://user:password@proxy.example.com:3128";
  const auto refuse_proxy = [](const std::string& why) {
    return fail(Code::invalid, "invalid_proxy", "the proxy is not valid: " + why + kForm);
  };
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || lower(text.substr(0, scheme_end)) != "http") {
    return refuse_proxy("it must begin with http://");
  }
  std::string_view authority = text.substr(scheme_end + 3);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = authority.substr(0, at);
    if (bad_character(user) || user.find_first_of("/?#@[]") != std::string_view::npos || !percent_decode(user, false)) {
      return refuse_proxy("the user name or the password must be percent-encoded");
    }
    authority.remove_prefix(at + 1);
  }
  if (authority.ends_with('/')) authority.remove_suffix(1);
  if (authority.find_first_of("/?#") != std::string_view::npos) return refuse_proxy("it has a path");
  const std::size_t port = authority.rfind(':');
  if (port == std::string_view::npos || authority.find(']', port) != std::string_view::npos ||
      port + 1 == authority.size()) {
    return refuse_proxy("the port is missing");
  }
  if (auto url = parse_url("http://" + std::string(authority)); !url) {
    return refuse_proxy(url.error().message.substr(url.error().message.find(": ") + 2));
  }
  return {};
}

}  // namespace wrapup
