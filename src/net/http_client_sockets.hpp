// The sockets that curl has open, and what epoll watches them for. Private to the HTTP client; used on its thread only.
// A socket that went idle stays registered, since it is mostly watched for the same events again a moment later: two
// system calls less for each request.
#pragma once

#include <cstdint>
#include <vector>

namespace wrapup {

class CurlTransfer;

class CurlSockets {
 public:
  explicit CurlSockets(int epoll) : epoll_(epoll) {}

  /// A new socket, or -1.
  int open(int family, int type, int protocol);
  /// Closes a socket made by open(), and tells the transfer whose request is on it.
  int close(int fd);

  /// `events` are EPOLLIN and EPOLLOUT.
  void watch(int fd, std::uint32_t events);
  void unwatch(int fd);
  /// Whether anybody waits for an event that epoll reported; if not, it will not be reported again.
  bool is_watched(int fd);

  /// The transfer whose request was written to `fd`; null when it is over.
  void set_user(int fd, CurlTransfer* user) { at(fd).user = user; }
  /// An HTTP/2 receiver may speak while nobody asks.
  void set_http2(int fd) { at(fd).http2 = true; }
  /// For an event on a socket that nobody waits for. What HTTP/1.1 receivers say between two requests would be read as
  /// the answer to the next one, so their connection is made one that curl will take for closed.
  void spoil_idle(int fd);

 private:
  struct Socket {
    bool ours = false;  // from open(); curl has others, for its resolver threads
    bool http2 = false;
    std::uint32_t wanted = 0;
    std::uint32_t registered = 0;
    CurlTransfer* user = nullptr;
  };
  Socket& at(int fd);

  int epoll_;
  std::vector<Socket> sockets_;  // by descriptor
};

}  // namespace wrapup
