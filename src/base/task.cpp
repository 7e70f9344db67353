#include "base/task.hpp"

#include <cstdlib>
#include <exception>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "base/log.hpp"

namespace wrapup {

namespace {

void check_ending(const std::exception_ptr& problem) {
  if (!problem) return;
  try {
    std::rethrow_exception(problem);
  } catch (const boost::system::system_error& e) {
    if (e.code() == asio::error::operation_aborted) return;
    log_error("task_failed", {{"error", e.what()}});
  } catch (const std::exception& e) {
    log_error("task_failed", {{"error", e.what()}});
  }
  std::abort();
}

}  // namespace

TaskGroup::TaskGroup(Executor executor) : executor_(std::move(executor)), state_(std::make_shared<State>()) {}

TaskGroup::~TaskGroup() = default;

void TaskGroup::spawn(Task<void> task) {
  if (state_->stopping) return;
  auto signal = state_->signals.emplace(state_->signals.end());
  asio::co_spawn(executor_, std::move(task),
                 asio::bind_cancellation_slot(signal->slot(), [state = state_, signal](std::exception_ptr problem) {
                   check_ending(problem);
                   state->signals.erase(signal);
                   if (state->signals.empty() && state->joined) std::exchange(state->joined, nullptr)(0);
                 }));
}

void TaskGroup::stop() {
  state_->stopping = true;
  auto next = state_->signals.begin();
  while (next != state_->signals.end()) {
    auto& signal = *next++;
    signal.emit(asio::cancellation_type::terminal);
  }
}

Task<void> TaskGroup::join() {
  if (state_->signals.empty()) co_return;
  co_await suspend<int>([state = state_](std::function<void(int)> resume) { state->joined = std::move(resume); });
}

}  // namespace wrapup
