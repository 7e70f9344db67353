// The HTTP/1.1 server. Used by the API and by tests' receivers. All of it runs on one reactor thread. A handler never
// sees a request that broke a limit: those get an answer here (400, 408, 413, 431) through `Limits::refuse`, and the
// connection is closed.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/task.hpp"
#include "net/http.hpp"
#include "net/reply_stream.hpp"

namespace wrapup {

struct ServerRequest {
  std::string method;  // "GET", "POST", …
  std::string path;    // still percent-encoded, without the query
  std::string query;   // still percent-encoded, without '?'
  Headers headers;
  std::string body;
  std::string peer;  // address of the client

  const std::string* header(std::string_view name) const { return find_header(headers, name); }
};

struct ServerReply {
  int status = 200;
  Headers headers;  // Content-Length, Date and Connection are added by the server
  std::string body;
  std::string_view content_type = "application/json";
  bool close = false;  // close the connection after this reply
  /// In place of `body`: sent as it is written, until it ends; then the connection is closed. It is ended here when the
  /// client goes away or the server drains.
  std::shared_ptr<ReplyStream> stream{};
};

using HttpHandler = std::function<Task<ServerReply>(ServerRequest)>;

struct ServerLimits {
  std::size_t header_bytes = 32 * 1024;
  std::size_t body_bytes = 4 * 1024 * 1024;
  std::size_t connections = 4096;                  // above: accepted, answered 503, closed
  std::chrono::milliseconds request_time{30'000};  // from the first byte to the last of one request
  std::chrono::milliseconds idle_time{75'000};     // between requests
  std::chrono::milliseconds write_time{30'000};
};

class HttpServer {
 public:
  /// `refuse` makes the body of an answer to a request that no handler saw: status and words.
  using Refuse = std::function<ServerReply(int status, std::string_view why)>;

  HttpServer(Executor executor, HttpHandler handler, Refuse refuse, ServerLimits limits = {});
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  /// Binds and listens; `host` an IP address or "localhost", port 0 for any. Error when the address is taken or not
  /// ours.
  Status listen(const std::string& host, std::uint16_t port);
  /// The port bound.
  std::uint16_t port() const;
  std::size_t connections() const;

  /// Stops accepting, lets running requests finish for at most `grace`, closes the rest.
  Task<void> drain(std::chrono::milliseconds grace);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// "127.0.0.1:8787" or "[::1]:8787" or "localhost:0".
Result<std::pair<std::string, std::uint16_t>> parse_listen(std::string_view text);

}  // namespace wrapup
