#include "testing/fake_network.hpp"

#include <chrono>

#include <boost/asio/this_coro.hpp>

namespace wrapup {

namespace {

FakeNetwork::Answer cut_to_patience(FakeNetwork::Answer answer, const HttpRequest& request) {
  const Duration patience = std::chrono::microseconds(request.total_timeout).count();
  if (answer.delay <= patience) return answer;
  return FakeNetwork::broken(TransportError::timeout_after, patience);
}

}  // namespace

Task<HttpReply> FakeNetwork::send(HttpRequest request) {
  const auto receiver = receivers_.find(request.url);
  if (receiver == receivers_.end()) co_return broken(TransportError::connect).reply;
  const Timestamp begun = clock_.now();
  const std::size_t index = exchanges_.size();
  exchanges_.push_back({begun, request, {}, {}});
  // A copy: the receiver may replace itself while it runs.
  const Receiver answer_of = receiver->second;
  Answer answer = cut_to_patience(answer_of(request), request);
  const auto timer = clock_.timer(co_await asio::this_coro::executor);
  co_await timer->wait_until(begun + answer.delay);
  answer.reply.timings.first_byte = answer.reply.error == TransportError::none ? answer.delay : 0;
  answer.reply.timings.total = answer.delay;
  exchanges_[index].reply = answer.reply;
  exchanges_[index].replied_at = clock_.now();
  co_return std::move(answer.reply);
}

FakeNetwork::Answer FakeNetwork::status(int code, Headers headers, Duration delay) {
  Answer answer;
  answer.reply.status = code;
  answer.reply.headers = std::move(headers);
  answer.reply.address = "192.0.2.1:443";
  answer.delay = delay;
  return answer;
}

FakeNetwork::Answer FakeNetwork::broken(TransportError error, Duration delay) {
  Answer answer;
  answer.reply.error = error;
  answer.reply.error_text = "as the test says";
  answer.delay = delay;
  return answer;
}

}  // namespace wrapup
