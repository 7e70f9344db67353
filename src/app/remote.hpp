// A running server, asked over its HTTP API by the commands that show and change things there. On the main thread of a
// command: each request is waited for. What the server says is not trusted: see app/safe_text.hpp. Errors are said in
// words for the one who typed the command, and are `invalid` when that was wrong.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "app/config.hpp"
#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/task.hpp"
#include "net/http_client.hpp"

namespace wrapup {

/// Where the server is and who asks, as given on the command line; what is empty comes from WRAPUP_SERVER and
/// WRAPUP_API_KEY.
struct RemoteOptions {
  std::string server;
  std::string key;
};

struct RemoteTarget {
  std::string
      base;  // "http://127.0.0.1:8787", with the path of a reverse proxy if there is one, without a "/" at its end
  std::string key;
};
Result<RemoteTarget> remote_target(const RemoteOptions& options, const Environment& environment);

/// For the client of a Remote: dials whatever the operator names, loopback and private networks included.
CurlClient::Options remote_client_options();

/// Why there is no reply, in words.
std::string_view remote_reason(TransportError error);

using QueryPairs = std::vector<std::pair<std::string, std::string>>;
/// "/v2/logs?call_id=…"; pairs with an empty value are left out.
std::string path_with(std::string_view path, const QueryPairs& query);

class Remote {
 public:
  struct Answer {
    std::string text;       // as it came
    json::object response;  // its `response`
  };

  Remote(asio::io_context& reactor, HttpClient& client, Clock& clock, RemoteTarget target);
  Remote(const Remote&) = delete;
  Remote& operator=(const Remote&) = delete;
  ~Remote();

  /// `path` with its query, escaped. `unavailable` when the server does not answer; otherwise what the server says is
  /// wrong, with its request id.
  Result<Answer> get(const std::string& path);
  Result<Answer> send(const std::string& method, const std::string& path, const json::object& body = {});

  /// From now on the first Ctrl-C ends a wait and is told by interrupted(); a second one ends the program.
  void catch_interrupt();
  bool interrupted() const { return interrupted_; }
  /// Lets time pass; less when interrupted.
  void wait(Duration span);

  /// For commands that do several things at once: runs until `task` is over, with what was spawned meanwhile.
  void run(Task<void> task);
  void spawn(Task<void> task) { tasks_.spawn(std::move(task)); }
  Executor executor() { return reactor_.get_executor(); }
  HttpClient& client() { return client_; }
  /// One request to the server; `url` is a path there. The key is added.
  Task<HttpReply> exchange(HttpRequest request);
  Result<Answer> read(const HttpReply& reply) const;

  Timestamp now() const { return clock_.now(); }
  const std::string& base() const { return target_.base; }

 private:
  Result<Answer> ask(HttpRequest request);
  Error unreachable(const HttpReply& reply) const;
  Task<void> watch_interrupt();

  asio::io_context& reactor_;
  HttpClient& client_;
  Clock& clock_;
  RemoteTarget target_;
  TaskGroup tasks_;
  std::unique_ptr<Timer> timer_;
  std::unique_ptr<asio::signal_set> signals_;
  bool interrupted_ = false;
};

}  // namespace wrapup
