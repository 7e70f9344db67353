#include "net/http_client_sockets.hpp"

#include <cstddef>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <climits>

#include "net/http_client_transfer.hpp"

namespace wrapup {

namespace {

/// What Linux 4.19 and later tell behind glibc's tcp_info; <linux/tcp.h>, which has it all, cannot be included beside
/// glibc's header.
struct LongTcpInfo {
  tcp_info start;
  std::uint64_t pacing_rate;
  std::uint64_t max_pacing_rate;
  std::uint64_t bytes_acked;
  std::uint64_t bytes_received;
  std::uint32_t segments[2];
  std::uint32_t notsent_bytes;
  std::uint32_t min_rtt;
  std::uint32_t data_segments[2];
  std::uint64_t delivery_rate;
  std::uint64_t busy_times[3];
  std::uint32_t delivered[2];
  std::uint64_t bytes_sent;
  std::uint64_t bytes_retransmitted;
};
static_assert(sizeof(tcp_info) == 104 && sizeof(LongTcpInfo) == 216);

/// Bytes written to `fd` that the other side's TCP has not acknowledged; 0 when that cannot be told.
std::uint64_t unacknowledged(int fd) {
  LongTcpInfo info{};
  socklen_t size = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || size < sizeof info) return 0;
  // Linux counts the SYN as one acknowledged byte.
  const std::uint64_t sent = info.bytes_sent - info.bytes_retransmitted + 1;
  return info.notsent_bytes + (sent > info.bytes_acked ? sent - info.bytes_acked : 0);
}

}  // namespace

CurlSockets::Socket& CurlSockets::at(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  if (index >= sockets_.size()) sockets_.resize(index + 64);
  return sockets_[index];
}

int CurlSockets::open(int family, int type, int protocol) {
  const int fd = ::socket(family, type | SOCK_CLOEXEC, protocol);
  if (fd >= 0) at(fd) = Socket{.ours = true};
  return fd;
}

int CurlSockets::close(int fd) {
  if (CurlTransfer* user = at(fd).user) user->connection_closed(unacknowledged(fd));
  at(fd) = Socket{};
  return ::close(fd);
}

void CurlSockets::watch(int fd, std::uint32_t events) {
  Socket& socket = at(fd);
  socket.wanted = events;
  if (socket.registered == events) return;
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  epoll_ctl(epoll_, socket.registered != 0 ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
  socket.registered = events;
}

void CurlSockets::unwatch(int fd) {
  Socket& socket = at(fd);
  socket.wanted = 0;
  // A socket of curl's own is closed without a word to us, and its number may come back as another socket.
  if (!socket.ours) is_watched(fd);
}

bool CurlSockets::is_watched(int fd) {
  Socket& socket = at(fd);
  if (socket.wanted != 0) return true;
  if (socket.registered != 0) epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
  socket.registered = 0;
  return false;
}

void CurlSockets::spoil_idle(int fd) {
  const Socket& socket = at(fd);
  if (!socket.ours || socket.http2) return;
  shutdown(fd, SHUT_RDWR);
  // curl looks for the end of the stream, and takes a connection with bytes before it for a sound one.
  recv(fd, nullptr, INT_MAX, MSG_DONTWAIT | MSG_TRUNC);
}

}  // namespace wrapup
