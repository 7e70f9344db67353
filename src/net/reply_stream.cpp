#include "net/reply_stream.hpp"

#include <utility>

namespace wrapup {

ReplyStream::ReplyStream(Executor executor, Clock& clock, std::size_t room)
    : room_(room), written_(clock.timer(std::move(executor))) {}

bool ReplyStream::write(std::string_view bytes) {
  if (ended_) return false;
  if (bytes.size() > room_ - waiting_.size()) {
    waiting_.clear();
    end();
    return false;
  }
  waiting_.append(bytes);
  written_->cancel();
  return true;
}

void ReplyStream::end() {
  ended_ = true;
  written_->cancel();
}

Task<std::string> ReplyStream::next() {
  while (waiting_.empty() && !ended_) co_await written_->wait_until(kNever);
  co_return std::exchange(waiting_, {});
}

}  // namespace wrapup
