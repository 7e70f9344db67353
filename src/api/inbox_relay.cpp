#include "api/inbox_relay.hpp"

#include <utility>

namespace wrapup {

void InboxRelay::expect(const std::string& request_id) {
  waiting_[request_id] = std::make_shared<Waiting>(Waiting{{}, clock_.timer(executor_)});
}

Task<std::optional<InboxRelay::Reply>> InboxRelay::wait(std::string request_id, Timestamp until) {
  const auto found = waiting_.find(request_id);
  if (found == waiting_.end()) co_return std::optional<Reply>();
  const std::shared_ptr<Waiting> waiting = found->second;
  if (!waiting->reply) co_await waiting->timer->wait_until(until);
  co_return waiting->reply;
}

bool InboxRelay::answer(const std::string& request_id, Reply reply) {
  const auto found = waiting_.find(request_id);
  if (found == waiting_.end() || found->second->reply) return false;
  found->second->reply = std::move(reply);
  found->second->timer->cancel();
  return true;
}

}  // namespace wrapup
