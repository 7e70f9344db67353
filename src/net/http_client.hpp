// One outgoing request, one reply. Called by delivery and by whatever asks other machines. The caller's task runs on
// its reactor; the work is done on the client's own thread. The reply of a receiver, whatever its status, is no Error:
// see `TransportError`.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/task.hpp"
#include "net/address_policy.hpp"
#include "net/http.hpp"
#include "net/tls_options.hpp"

namespace wrapup {

struct HttpRequest {
  std::string method = "POST";
  std::string url;                          // as parse_url accepts it
  Headers headers;                          // Host, Content-Length and User-Agent are added
  std::shared_ptr<const std::string> body;  // null for none
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds total_timeout{15'000};
  std::size_t reply_cap = 64 * 1024;      // bytes of reply body read before the exchange is cut
  std::shared_ptr<const TlsOptions> tls;  // null: the system's authorities, no certificate of ours
  /// Takes what comes of a 2xx reply's body in place of HttpReply::body, piece by piece, on the client's thread; false
  /// ends the exchange. For replies without end.
  std::function<bool(std::string_view)> on_body{};
  std::chrono::seconds quiet_timeout{0};  // without a byte for so long it is given up; 0: total_timeout alone
  /// "127.0.0.1:8787": the one address that is dialled, past the policy and the proxy; for this server's own inboxes
  /// alone.
  std::string only_address{};
};

/// Why there is no reply. The names are part of the attempt log.
enum class TransportError {
  none,
  blocked,   // the address policy refuses the address
  dns,       // the name does not resolve
  connect,   // refused or unreachable
  proxy,     // the egress proxy cannot be reached, or does not let us through
  tls_name,  // the certificate is for another name
  tls_expired,
  tls_untrusted,   // any other failure of verification
  tls,             // the handshake failed, or the receiver wants another certificate of ours
  timeout_before,  // time ran out before the whole request was written
  timeout_after,   // time ran out after it: the receiver may have it
  reset_before,    // the connection broke before the whole request was written
  reset_after,     // the connection broke after it: the receiver may have it
  protocol,        // what came back is not HTTP, or its headers are too large
  canceled,        // this process is stopping
};
std::string_view to_string(TransportError error);
/// True when the receiver may have acted on the request although no answer came.
bool maybe_delivered(TransportError error);

/// Microseconds since the request was started at which each phase was over; 0 when it did not happen (a reused
/// connection).
struct Timings {
  std::int64_t dns = 0;
  std::int64_t connect = 0;
  std::int64_t tls = 0;
  std::int64_t first_byte = 0;
  std::int64_t total = 0;
};

/// A reply has come when `error` is none: its head is complete, and its body was read to the end or to the cap. One
/// that breaks off or does not end in time is an error with `status`, `headers` and what came of `body` set: nobody can
/// tell what the receiver would still have said.
struct HttpReply {
  TransportError error = TransportError::none;
  std::string error_text;   // more words on `error`, for the log
  int status = 0;           // 0 when no status line came
  Headers headers;          // at most 64 KiB of them, each counted as 32 bytes more than it is long
  std::string body;         // at most reply_cap bytes; never decompressed
  bool truncated = false;   // the body was longer
  std::string address;      // dialled, such as "203.0.113.7:443"; the proxy's when there is one
  std::string tls_version;  // such as "TLSv1.3"; empty without TLS
  Timings timings;
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual Task<HttpReply> send(HttpRequest request) = 0;
};

/// libcurl multi (socket interface) on a thread of its own, with a pool of keep-alive connections. No redirects, no
/// proxies from the environment, no decompression, TLS 1.2 or later with full verification. Each address is judged by
/// the policy when it is dialled and again when a pooled connection is reused. The destructor answers what is still
/// running with `canceled` and joins the thread.
///
/// With an egress proxy everything goes through it by CONNECT, plain http too. Then the proxy's address is the one that
/// is dialled, and it is allowed whatever it is, since the operator named it. Of a receiver only a literal address (and
/// localhost) is judged; what a name stands for the proxy alone knows, and must keep to itself what is not for all.
class CurlClient final : public HttpClient {
 public:
  struct Options {
    AddressPolicy policy;
    std::size_t pool_connections = 512;  // idle ones kept
    std::chrono::seconds pool_idle{60};
    std::string ca_file;                // empty: the system's
    std::string user_agent;             // such as "wrapup/0.1"
    std::string proxy{};                // as check_proxy accepts it; empty: none
    std::chrono::seconds dns_cache{5};  // a name is not looked up again for so long
  };
  explicit CurlClient(Options options);
  ~CurlClient() override;
  Task<HttpReply> send(HttpRequest request) override;
  /// Answers what is running, and whatever is sent from now on, with `canceled`, and joins the thread.
  void stop();

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace wrapup
