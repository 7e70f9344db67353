// Threads for work that only computes and would hold up the reactor: a task hands over a function and goes on with its
// result. The work is begun in the order in which it was asked for.
#pragma once

#include <cstddef>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "base/task.hpp"

namespace wrapup {

class Workers {
 public:
  /// With 0 threads the work is done at once by who asks for it: for virtual time.
  explicit Workers(std::size_t threads);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  /// Waits for what runs. Whoever asked must have been given its result, or be gone.
  ~Workers();

  /// As many as there are cores to use, but one, which is the reactor's; at least 1.
  static std::size_t fitting();

  /// Has `work()` done, which must be safe on any thread. What it refers to must live until then.
  template <class Work>
  void post(Work work) {
    if (threads_.empty()) return work();
    asio::post(queue_, std::move(work));
  }

  /// As post(), and goes on with what it returns.
  template <class Work>
  auto run(Work work) -> Task<std::invoke_result_t<Work&>> {
    using R = std::invoke_result_t<Work&>;
    if (threads_.empty()) co_return work();
    co_return co_await suspend_across<R>(
        [this, &work](auto resume) { asio::post(queue_, [&work, resume = std::move(resume)] { resume(work()); }); });
  }

 private:
  asio::io_context queue_;
  asio::executor_work_guard<asio::io_context::executor_type> open_{queue_.get_executor()};
  std::vector<std::thread> threads_;
};

}  // namespace wrapup
