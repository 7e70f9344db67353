// An HttpClient without a network: receivers are functions, and answers take virtual time. Keeps every request with its
// time, also over a crash of the program under test, since it belongs to no io_context. On the thread of the tasks that
// send.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "net/http_client.hpp"

namespace wrapup {

class FakeNetwork final : public HttpClient {
 public:
  struct Answer {
    HttpReply reply;
    Duration delay = 10 * kMillisecond;
  };
  /// Called when a request arrives; `delay` later the sender has the reply, or a timeout_after when its patience ends
  /// first.
  using Receiver = std::function<Answer(const HttpRequest&)>;

  struct Exchange {
    Timestamp at = 0;  // when the request arrived
    HttpRequest request;
    std::optional<HttpReply> reply;  // none: still open, or the sender is gone
    std::optional<Timestamp> replied_at;
  };

  explicit FakeNetwork(Clock& clock) : clock_(clock) {}

  /// What answers at exactly this URL, from now on. At other URLs the connection is refused.
  void on(const std::string& url, Receiver receiver) { receivers_[url] = std::move(receiver); }

  Task<HttpReply> send(HttpRequest request) override;

  /// Every request that arrived, in order.
  const std::vector<Exchange>& exchanges() const { return exchanges_; }

  static Answer status(int code, Headers headers = {}, Duration delay = 10 * kMillisecond);
  static Answer broken(TransportError error, Duration delay = 10 * kMillisecond);

 private:
  Clock& clock_;
  std::map<std::string, Receiver> receivers_;
  std::vector<Exchange> exchanges_;
};

}  // namespace wrapup
