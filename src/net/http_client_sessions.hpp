// TLS sessions that the next connection to the same receiver resumes: about a third less CPU than a whole handshake.
// Private to the HTTP client; used on its thread only, and outlives all of its easy handles. curl offers a session only
// to a connection with the same name, port, authority and certificate, and checks the receiver's name again.
#pragma once

#include <array>
#include <string_view>

namespace wrapup {

class CurlSessions {
 public:
  CurlSessions();
  CurlSessions(const CurlSessions&) = delete;
  CurlSessions& operator=(const CurlSessions&) = delete;
  ~CurlSessions();

  /// The CURLSH* for a request to `host`; null when memory is short, which only costs the resumption.
  void* share_for(std::string_view host) const;

 private:
  // An easy handle alone keeps five sessions for itself and a share keeps eight, whatever one asks for; so there are
  // many shares, each for some of the names.
  std::array<void*, 64> shares_{};
};

}  // namespace wrapup
