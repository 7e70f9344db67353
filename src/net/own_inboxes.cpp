#include "net/own_inboxes.hpp"

#include <algorithm>

#include "net/http.hpp"
#include "net/url.hpp"

namespace wrapup {

namespace {

constexpr std::string_view kPrefix = "/in/";

bool is_token(std::string_view text) {
  return text.size() == OwnInboxes::kTokenSize &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Whether a segment of `path` is "." or "..", however it is written: somebody on the way might follow it.
bool leaves(std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const auto segment = percent_decode(path.substr(0, end), false);
    if (!segment || *segment == "." || *segment == ".." || segment->find_first_of("/\\") != std::string::npos)
      return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

std::string with_port(const std::string& host, std::uint16_t port) {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]:" : host + ":") + std::to_string(port);
}

}  // namespace

std::optional<std::string_view> inbox_token(std::string_view path) {
  if (!path.starts_with(kPrefix)) return std::nullopt;
  path.remove_prefix(kPrefix.size());
  const std::string_view token = path.substr(0, path.find('/'));
  if (!is_token(token)) return std::nullopt;
  return token;
}

void OwnInboxes::listening(const std::string& host, std::uint16_t port) {
  host_ = host;
  port_ = port;
  std::string dialled = host;
  if (host == "localhost" || host == "0.0.0.0") dialled = "127.0.0.1";
  if (host == "::") dialled = "::1";
  address_ = with_port(dialled, port);
}

std::optional<OwnInboxes::Dial> OwnInboxes::dial(std::string_view url) const {
  if (port_ == 0 || url.find(kPrefix) == std::string_view::npos) return std::nullopt;
  const auto parsed = parse_url(url);
  if (!parsed) return std::nullopt;
  std::string_view target = parsed->target;
  const bool loopback = host_ == "localhost" || host_ == "127.0.0.1" || host_ == "0.0.0.0";
  const bool listened =
      parsed->host == host_ || (loopback && (parsed->host == "localhost" || parsed->host == "127.0.0.1"));
  bool ours = parsed->scheme == "http" && parsed->port == port_ && listened;
  if (!ours && !public_url_.empty()) {
    const auto open = parse_url(public_url_);
    const std::string_view path = !open || open->target == "/" ? "" : std::string_view(open->target);
    ours = open && parsed->scheme == open->scheme && parsed->host == open->host && parsed->port == open->port &&
           target.starts_with(path);
    if (ours) target.remove_prefix(path.size());
  }
  const std::string_view path = target.substr(0, target.find('?'));
  if (!ours || !inbox_token(path) || leaves(path.substr(kPrefix.size()))) return std::nullopt;
  return Dial{"http://" + address_ + std::string(target), address_};
}

void OwnInboxes::reach(HttpRequest& request) const {
  auto own = dial(request.url);
  if (!own) return;
  request.url = std::move(own->url);
  request.only_address = std::move(own->address);
}

std::string OwnInboxes::url_of(std::string_view token) const {
  const std::string base =
      public_url_.empty() ? "http://" + (host_ == "localhost" ? with_port(host_, port_) : address_) : public_url_;
  return base + std::string(kPrefix) + std::string(token);
}

}  // namespace wrapup
