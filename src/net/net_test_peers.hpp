// What the tests of this room talk to: a reactor on a thread, a raw TCP client, and a raw TCP server that follows a
// script. All of it blocks, with time-outs, on the test's own threads.
#pragma once

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <future>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "base/task.hpp"

namespace wrapup::test {

inline void pause(int milliseconds) { poll(nullptr, 0, milliseconds); }

class Reactor {
 public:
  Reactor() : guard_(asio::make_work_guard(io_)), thread_([this] { io_.run(); }) {}
  ~Reactor() {
    guard_.reset();
    thread_.join();
  }
  Executor executor() { return io_.get_executor(); }

  /// Runs a task and waits for its value.
  template <class T>
  T run(Task<T> task) {
    std::promise<T> result;
    asio::co_spawn(io_, std::move(task), [&](std::exception_ptr problem, T value) {
      if (problem) {
        result.set_exception(problem);
      } else {
        result.set_value(std::move(value));
      }
    });
    return result.get_future().get();
  }

  /// Runs `action` on the reactor's thread.
  template <class Action>
  auto call(Action action) {
    std::packaged_task<decltype(action())()> task(std::move(action));
    auto result = task.get_future();
    asio::post(io_, [&] { task(); });
    return result.get();
  }

 private:
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  std::thread thread_;
};

/// One end of a TCP connection.
class Wire {
 public:
  /// Reads end early when `stop` becomes true.
  explicit Wire(int fd, const std::atomic<bool>* stop = nullptr) : fd_(fd), stop_(stop) {}
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire() { close(); }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  /// Reads until `done` says so, the end of the stream, or time is up; what came so far stays in `received`.
  bool read_until(const std::function<bool(const std::string&)>& done, int milliseconds = 5000) {
    const auto end = now() + std::chrono::milliseconds(milliseconds);
    while (!done(received)) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - now()).count();
      pollfd waiting{fd_, POLLIN, 0};
      if (left <= 0 || (stop_ && *stop_)) return false;
      if (poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(left, 20))) <= 0) continue;
      char bytes[16384];
      const ssize_t n = recv(fd_, bytes, sizeof bytes, 0);
      if (n <= 0) {
        ended = true;
        reset = n < 0;
        return false;
      }
      received.append(bytes, static_cast<std::size_t>(n));
    }
    return true;
  }

  /// One message with its headers and the body that Content-Length announces; empty when the stream ended before or
  /// time ran out.
  std::string read_message(bool without_body = false, int milliseconds = 5000) {
    std::size_t size = 0;
    const auto complete = [&](const std::string& text) {
      const std::size_t end = text.find("\r\n\r\n");
      if (end == std::string::npos) return false;
      const std::size_t at = text.substr(0, end).find("Content-Length: ");
      const std::size_t body =
          at == std::string::npos || without_body ? 0 : std::strtoul(text.c_str() + at + 16, nullptr, 10);
      size = end + 4 + body;
      return text.size() >= size;
    };
    if (!read_until(complete, milliseconds)) return {};
    std::string message = received.substr(0, size);
    received.erase(0, size);
    return message;
  }

  /// Whether the other side ends the stream within the time, without a further byte.
  bool closes(int milliseconds = 5000) {
    read_until([](const std::string& text) { return !text.empty(); }, milliseconds);
    return ended && received.empty();
  }

  void finish_sending() { shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  /// Closes with a TCP reset.
  void abort() {
    const linger now_and_hard{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now_and_hard, sizeof now_and_hard);
    close();
  }
  void set_receive_buffer(int bytes) { setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes); }
  int fd() const { return fd_; }

  std::string received;
  bool ended = false;
  bool reset = false;

 private:
  static std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }
  int fd_;
  const std::atomic<bool>* stop_;
};

inline int connect_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

/// Listens on a port, of 127.0.0.1 unless told otherwise, and runs `script` on a thread of its own for each connection.
class ScriptedServer {
 public:
  /// `number` counts the connections from 0.
  using Script = std::function<void(Wire& wire, int number)>;

  explicit ScriptedServer(Script script, int backlog = 64, std::uint32_t ip = INADDR_LOOPBACK, std::uint16_t port = 0)
      : script_(std::move(script)) {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(ip);
    address.sin_port = htons(port);
    socklen_t size = sizeof address;
    if (bind(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd_, backlog) != 0) std::abort();
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    if (script_) thread_ = std::thread([this] { accept_all(); });
  }
  ~ScriptedServer() {
    stopping_ = true;
    shutdown(fd_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    for (auto& thread : connections_) thread.join();
    close(fd_);
  }

  std::uint16_t port() const { return port_; }
  std::string url(std::string_view path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }
  int accepted() const { return accepted_; }
  bool stopping() const { return stopping_; }
  /// Keeps a connection open, silent, until the test is over or the other side leaves.
  void hold(Wire& wire) const {
    while (!stopping_ && !wire.ended) wire.closes(20);
  }

 private:
  void accept_all() {
    while (true) {
      const int fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const int number = accepted_++;
      connections_.emplace_back([this, fd, number] {
        Wire wire(fd, &stopping_);
        script_(wire, number);
      });
    }
  }

  Script script_;
  int fd_;
  std::uint16_t port_ = 0;
  std::atomic<int> accepted_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
  std::vector<std::thread> connections_;
};

}  // namespace wrapup::test
