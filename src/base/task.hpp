// Coroutines. A Task runs on one reactor (a thread with one io_context) from start to end. Tasks are started only
// through a TaskGroup, which can stop them and wait for them, so every task has an owner.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace wrapup {

namespace asio = boost::asio;

template <class T>
using Task = asio::awaitable<T>;

using Executor = asio::any_io_executor;

/// Suspends the calling task; `start` gets a callback `void(T)` that resumes it. The callback must be called once, on
/// the thread of the task's reactor. T must be movable and default-constructible.
template <class T, class Start>
Task<T> suspend(Start start) {
  return asio::async_initiate<const asio::use_awaitable_t<>, void(T)>(
      [](auto handler, Start begin) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        begin([shared](T value) { std::move (*shared)(std::move(value)); });
      },
      asio::use_awaitable, std::move(start));
}

/// As `suspend`, but the callback may be called on any thread; the task resumes on its own reactor.
template <class T, class Start>
Task<T> suspend_across(Start start) {
  return asio::async_initiate<const asio::use_awaitable_t<>, void(T)>(
      [](auto handler, Start begin) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        auto executor = asio::get_associated_executor(*shared);
        begin([shared, executor](T value) {
          asio::post(executor, [shared, value = std::move(value)]() mutable { std::move (*shared)(std::move(value)); });
        });
      },
      asio::use_awaitable, std::move(start));
}

/// Owns running tasks. Not thread-safe: used on the thread of its executor. Must be joined before it is destroyed,
/// unless the io_context is destroyed first.
class TaskGroup {
 public:
  explicit TaskGroup(Executor executor);
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  /// Starts a task. After stop() it is dropped unrun. An exception out of a task is a bug: it is logged and the
  /// process ends; only a cancelled wait (operation_aborted) ends the task quietly.
  void spawn(Task<void> task);

  /// Takes no new tasks; those that run go on.
  void close() { state_->stopping = true; }
  /// Takes no new tasks, and cancels what every task waits for (sockets, timers).
  void stop();
  bool stopping() const { return state_->stopping; }
  std::size_t size() const { return state_->signals.size(); }

  /// Waits until no task is left. One waiter at a time.
  Task<void> join();

 private:
  struct State {
    std::list<asio::cancellation_signal> signals;
    std::function<void(int)> joined;
    bool stopping = false;
  };
  Executor executor_;
  std::shared_ptr<State> state_;
};

}  // namespace wrapup
