// Which URLs name an inbox of this server, and where to dial them: straight at the address that is listened on,
// whatever the address policy, the proxy and the rule for plain http say of it. An URL is one of ours only by exact
// scheme, host and port, and with a path that is an inbox's and stays below it; anything else is any other URL. Used by
// the API, which makes and checks such URLs, and by delivery. One reactor.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_client.hpp"

namespace wrapup {

class OwnInboxes {
 public:
  static constexpr std::size_t kTokenSize = 32;  // lower-case hex digits

  /// `public_url`: what others reach this server by, without a "/" at its end; empty: the address listened on.
  explicit OwnInboxes(std::string public_url) : public_url_(std::move(public_url)) {}

  /// To be called before the first use: `host` as parse_listen gives it, `port` the one that was bound.
  void listening(const std::string& host, std::uint16_t port);

  struct Dial {
    std::string url;      // plain http
    std::string address;  // "127.0.0.1:8787": the only one that `url` may lead to
  };
  /// Nothing when `url` is not one of ours.
  std::optional<Dial> dial(std::string_view url) const;
  /// Sends `request` straight there when its URL is one of ours.
  void reach(HttpRequest& request) const;
  std::string url_of(std::string_view token) const;

 private:
  std::string public_url_;
  std::string host_;     // listened on
  std::string address_;  // dialled
  std::uint16_t port_ = 0;
};

/// The token in the path of an inbox, "/in/<token>" and what may follow; nothing when it is not such a path.
std::optional<std::string_view> inbox_token(std::string_view path);

}  // namespace wrapup
