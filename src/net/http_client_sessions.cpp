#include "net/http_client_sessions.hpp"

#include <functional>

#include <curl/curl.h>

namespace wrapup {

CurlSessions::CurlSessions() {
  for (void*& share : shares_) {
    share = curl_share_init();
    if (share) curl_share_setopt(static_cast<CURLSH*>(share), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  }
}

CurlSessions::~CurlSessions() {
  for (void* share : shares_) {
    if (share) curl_share_cleanup(static_cast<CURLSH*>(share));
  }
}

void* CurlSessions::share_for(std::string_view host) const {
  return shares_[std::hash<std::string_view>()(host) % shares_.size()];
}

}  // namespace wrapup
