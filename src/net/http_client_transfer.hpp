// One request carried out by curl, and the easy handle for it, which then serves the next request. Private to the HTTP
// client; used on its thread only. curl's headers stay out of here, so its handle is a void*.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_client.hpp"
#include "net/http_client_sessions.hpp"
#include "net/http_client_sockets.hpp"

namespace wrapup {

/// Largest head of a reply, each line counted as in HTTP/2: 32 bytes more than it is long (RFC 9113, section 6.5.2), so
/// that very many short ones do not fill the memory.
inline constexpr std::size_t kMaxHeaderBytes = 64 * 1024;

class CurlTransfer {
 public:
  using Done = std::function<void(HttpReply)>;

  CurlTransfer(const CurlClient::Options& options, CurlSockets& sockets, const CurlSessions& sessions);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;
  ~CurlTransfer();

  /// Sets the handle up for `request`. What is wrong when it must not be sent: a bad URL, method or header.
  std::optional<std::string> begin(HttpRequest request);
  /// What came of it. `result` is a CURLcode.
  HttpReply end(int result);

  void* easy() const { return easy_; }
  /// Whether a request has been written, or is being written, to a connection.
  bool sending() const { return sends_ > 0; }
  void set_socket(int fd);
  void connection_closed(std::uint64_t unacknowledged);

  Done done;

 private:
  friend struct CurlCallbacks;

  void set_fixed_options();
  void set_proxy();
  std::optional<std::string> set_url();
  void set_quiet_timeout();
  bool is_success() const;
  void set_tls();
  void set_blob(int option, std::string_view text);
  void set_method();
  std::optional<std::string> set_headers();
  std::optional<std::string> target_problem(const std::string& host) const;
  bool admit(const std::string& ip, int port);
  bool note_send();
  void note_tls();
  bool may_send_again() const;
  bool on_header(std::string_view line);
  bool on_body(std::string_view bytes);
  bool request_written() const;
  std::uint64_t number(int info) const;
  bool proxy_failed(int result) const;
  bool certificate_refused() const;
  TransportError classify(int result) const;
  TransportError classify_tls(int result) const;
  std::string describe(TransportError error, int result) const;
  std::string describe_proxy(int result) const;
  std::string describe_tls(int result) const;
  std::string_view error_text() const;
  std::string own_words(int result) const;
  Timings timings() const;

  const CurlClient::Options& options_;
  CurlSockets& sockets_;
  const CurlSessions& sessions_;
  void* easy_;
  void* header_list_ = nullptr;
  std::array<char, 256> error_buffer_{};  // CURL_ERROR_SIZE

  HttpRequest request_;
  std::string url_;   // that curl was given last
  std::string host_;  // of it
  HttpReply reply_;
  std::size_t header_bytes_ = 0;
  bool awaits_status_line_ = true;
  bool interim_ = false;  // the headers at hand are those of a 1xx
  bool headers_done_ = false;
  bool headers_too_large_ = false;
  std::string blocked_;  // which address the policy refused, and why
  bool dialled_ = false;
  bool direct_ = false;  // to request_.only_address
  bool quiet_ = false;   // curl looks whether anything comes
  int sends_ = 0;
  std::uint64_t connects_ = 0;  // connections made when it was last sent
  bool fresh_ = false;          // it was last sent on a connection made for it
  bool http2_ = false;          // and that connection speaks HTTP/2
  int socket_ = -1;             // the request is on it; -1 when not known
  std::uint64_t unacknowledged_ = 0;
  std::uint64_t written_ = 0;
  bool resend_refused_ = false;
};

}  // namespace wrapup
