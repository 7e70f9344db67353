// Requests in inboxes that wait for somebody's answer: `wrapup listen` hands them to a program elsewhere and brings
// back what that said. One reactor.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "net/http.hpp"

namespace wrapup {

inline constexpr std::size_t kLargestRelayedBody = 1024 * 1024;

class InboxRelay {
 public:
  struct Reply {
    int status = 200;
    Headers headers;
    std::string body;
  };

  InboxRelay(Executor executor, Clock& clock) : executor_(std::move(executor)), clock_(clock) {}
  InboxRelay(const InboxRelay&) = delete;
  InboxRelay& operator=(const InboxRelay&) = delete;

  /// From now on `request_id` may be answered.
  void expect(const std::string& request_id);
  /// Waits for the answer until `until`; nothing when none came so far.
  Task<std::optional<Reply>> wait(std::string request_id, Timestamp until);
  /// Each that is expected must be forgotten.
  void forget(const std::string& request_id) { waiting_.erase(request_id); }
  /// False when nobody waits for it, or not any more.
  bool answer(const std::string& request_id, Reply reply);

 private:
  struct Waiting {
    std::optional<Reply> reply;
    std::unique_ptr<Timer> timer;
  };
  Executor executor_;
  Clock& clock_;
  std::map<std::string, std::shared_ptr<Waiting>> waiting_;
};

}  // namespace wrapup
