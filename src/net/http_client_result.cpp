// What came of a transfer: the reply, or the name of what went wrong and words on it.
#include <algorithm>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

#include "net/http_client_transfer.hpp"

namespace wrapup {

HttpReply CurlTransfer::end(int result) {
  if (socket_ >= 0) sockets_.set_user(socket_, nullptr);
  socket_ = -1;
  const auto status = static_cast<int>(number(CURLINFO_RESPONSE_CODE));
  reply_.status = status >= 200 ? status : 0;
  if (reply_.status == 0) reply_.headers.clear();
  reply_.error = classify(result);
  if (reply_.error != TransportError::none) reply_.error_text = describe(reply_.error, result);
  reply_.timings = timings();
  request_ = HttpRequest{};
  return std::move(reply_);
}

std::uint64_t CurlTransfer::number(int info) const {
  // CURLINFO_REQUEST_SIZE and CURLINFO_RESPONSE_CODE are longs, what ends in _T is a curl_off_t.
  static_assert(sizeof(long) == sizeof(curl_off_t));
  long value = 0;
  curl_easy_getinfo(easy_, static_cast<CURLINFO>(info), &value);
  return static_cast<std::uint64_t>(std::max(value, 0L));
}

/// Whether the last byte of the request was handed to the connection.
bool CurlTransfer::request_written() const {
  if (sends_ == 0) return false;
  const std::size_t body = request_.body ? request_.body->size() : 0;
  return body == 0 ? number(CURLINFO_REQUEST_SIZE) > 0 : number(CURLINFO_SIZE_UPLOAD_T) >= body;
}

/// Whether it ended before the proxy had made the way to the receiver.
bool CurlTransfer::proxy_failed(int result) const {
  if (options_.proxy.empty() || sends_ > 0 || result == CURLE_OK || result == CURLE_OPERATION_TIMEDOUT) return false;
  return number(CURLINFO_HTTP_CONNECTCODE) / 100 != 2;
}

/// Whether the receiver's TLS refused our certificate, or that we have none. With TLS 1.3 its word comes when our side
/// of the handshake is over and the request written, but its application never sees that request.
bool CurlTransfer::certificate_refused() const {
  const std::string_view text = error_text();
  // curl's words for the alert of TLS 1.2 that a certificate has expired, when it is not the receiver's that has.
  if (text == "SSL certificate verification failed") return true;
  const auto alert = text.find(" alert ");
  if (alert == std::string_view::npos || reply_.status != 0) return false;
  const auto has = [&](std::string_view word) { return text.find(word, alert) != std::string_view::npos; };
  return has("certificate") || has("unknown ca") || has("access denied");
}

TransportError CurlTransfer::classify(int result) const {
  if (proxy_failed(result)) return TransportError::proxy;
  if (result != CURLE_OK && certificate_refused()) return TransportError::tls;
  const bool written = request_written();
  const TransportError broken = written ? TransportError::reset_after : TransportError::reset_before;
  switch (result) {
    case CURLE_OK:
      if (reply_.status == 0) return TransportError::protocol;
      return headers_done_ ? TransportError::none : broken;  // for curl, a head may end with the connection
    case CURLE_WRITE_ERROR:
      return headers_too_large_ || !reply_.truncated ? TransportError::protocol : TransportError::none;
    case CURLE_ABORTED_BY_CALLBACK: return resend_refused_ ? TransportError::reset_after : TransportError::blocked;
    case CURLE_COULDNT_RESOLVE_HOST: return TransportError::dns;
    case CURLE_COULDNT_CONNECT: return blocked_.empty() || dialled_ ? TransportError::connect : TransportError::blocked;
    case CURLE_OPERATION_TIMEDOUT: return written ? TransportError::timeout_after : TransportError::timeout_before;
    case CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9, or no HTTP at all
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_OUT_OF_MEMORY:  // curl's answer to a header line beyond 100 KB
      return TransportError::protocol;
    case CURLE_RECV_ERROR: {
      // curl has no code of its own for broken chunks, nor for frames that break the rules of HTTP/2.
      const bool rules = error_text().ends_with("in chunked-encoding") ||
                         error_text().find("nghttp2_session_mem_recv") != std::string_view::npos;
      return rules ? TransportError::protocol : broken;
    }
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:  // the receiver ended the whole connection, mostly with GOAWAY
    case CURLE_HTTP2_STREAM: return broken;
    default: return classify_tls(result);
  }
}

TransportError CurlTransfer::classify_tls(int result) const {
  switch (result) {
    case CURLE_PEER_FAILED_VERIFICATION: {
      const auto verified = number(CURLINFO_SSL_VERIFYRESULT);
      if (verified == X509_V_ERR_CERT_HAS_EXPIRED) return TransportError::tls_expired;
      // curl compares the names itself, after OpenSSL has found the chain good; its own answer is then still
      // "unspecified".
      const bool chain_good = verified == X509_V_OK || verified == X509_V_ERR_UNSPECIFIED;
      return chain_good ? TransportError::tls_name : TransportError::tls_untrusted;
    }
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_CACERT_BADFILE: return TransportError::tls_untrusted;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_SSL_ENGINE_INITFAILED: return TransportError::tls;
    default:
      if (sends_ == 0) return TransportError::connect;
      return request_written() ? TransportError::reset_after : TransportError::reset_before;
  }
}

std::string CurlTransfer::describe(TransportError error, int result) const {
  if (error == TransportError::blocked) return blocked_;
  if (error == TransportError::proxy) return describe_proxy(result);
  if (error == TransportError::tls) return describe_tls(result);
  if (headers_too_large_ || result == CURLE_OUT_OF_MEMORY)
    return "the headers of the reply are larger than " + std::to_string(kMaxHeaderBytes) + " bytes";
  if (resend_refused_) return "the connection broke before a reply; a part of the request had been received";
  if (result == CURLE_OK) {
    return reply_.status == 0 ? "the receiver sent no final reply"
                              : "the connection ended within the head of the reply";
  }
  const auto reason = static_cast<int>(number(CURLINFO_OS_ERRNO));
  if (error == TransportError::connect && reason != 0) {
    return "cannot connect to " + reply_.address + ": " + std::system_category().message(reason);
  }
  return own_words(result);
}

/// Never what curl says here: it may name the proxy as it was set, with the password.
std::string CurlTransfer::describe_proxy(int result) const {
  const auto status = number(CURLINFO_HTTP_CONNECTCODE);
  if (status == 407) return "the proxy answered 407: it wants a user name and a password, or others than it was given";
  if (status != 0) return "the proxy answered " + std::to_string(status) + " when asked for a way to the receiver";
  if (result == CURLE_COULDNT_RESOLVE_PROXY) return "the name of the proxy does not resolve";
  if (result != CURLE_COULDNT_CONNECT) return "the proxy at " + reply_.address + " broke the connection";
  const auto reason = static_cast<int>(number(CURLINFO_OS_ERRNO));
  const std::string why =
      reason != 0 ? std::system_category().message(reason) : curl_easy_strerror(CURLE_COULDNT_CONNECT);
  return "cannot connect to the proxy at " + reply_.address + ": " + why;
}

std::string CurlTransfer::describe_tls(int result) const {
  const bool shown = request_.tls && !request_.tls->certificate.empty();
  if (certificate_refused()) {
    return (shown ? "the receiver refuses our client certificate: "
                  : "the receiver seems to want a client certificate, and none is set: ") +
           own_words(result);
  }
  // Up to TLS 1.2 a receiver has no other word for it.
  const bool perhaps = !shown && error_text().find("alert handshake failure") != std::string_view::npos;
  return own_words(result) + (perhaps ? " (it may want a client certificate, and none is set)" : "");
}

std::string_view CurlTransfer::error_text() const { return error_buffer_.data(); }

std::string CurlTransfer::own_words(int result) const {
  return error_buffer_[0] != '\0' ? error_buffer_.data() : curl_easy_strerror(static_cast<CURLcode>(result));
}

Timings CurlTransfer::timings() const {
  Timings times;
  const auto at = [&](CURLINFO info) { return static_cast<std::int64_t>(number(info)); };
  if (number(CURLINFO_NUM_CONNECTS) > 0 || sends_ == 0) {
    times.dns = at(CURLINFO_NAMELOOKUP_TIME_T);
    times.connect = at(CURLINFO_CONNECT_TIME_T);
    times.tls = at(CURLINFO_APPCONNECT_TIME_T);
  }
  times.first_byte = at(CURLINFO_STARTTRANSFER_TIME_T);
  times.total = at(CURLINFO_TOTAL_TIME_T);
  return times;
}

}  // namespace wrapup
