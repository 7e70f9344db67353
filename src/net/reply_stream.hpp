// A reply whose body is made bit by bit, such as server-sent events: the one who makes it writes, the HTTP server sends
// what has been written. At most `room` bytes wait; a reader that is slower than that is ended. One reactor; nothing
// blocks, and nothing fails but by ending.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/task.hpp"

namespace wrapup {

class ReplyStream {
 public:
  ReplyStream(Executor executor, Clock& clock, std::size_t room);

  /// False when it has ended: the reader is gone, or was too slow just now.
  bool write(std::string_view bytes);
  /// What was written before is still sent.
  void end();
  bool ended() const { return ended_; }

  /// All that waits, as soon as there is something; empty when it has ended. For the server; one waiter at a time.
  Task<std::string> next();

 private:
  std::size_t room_;
  std::string waiting_;
  bool ended_ = false;
  std::unique_ptr<Timer> written_;
};

}  // namespace wrapup
