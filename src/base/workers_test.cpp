#include "base/workers.hpp"

#include <sched.h>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

namespace wrapup {
namespace {

class WorkersTest : public testing::Test {
 protected:
  /// Runs tasks to their end on this thread, the reactor.
  template <class... Tasks>
  void run(Tasks... tasks) {
    TaskGroup group(reactor.get_executor());
    (group.spawn(std::move(tasks)), ...);
    reactor.run();
    reactor.restart();
  }
  asio::io_context reactor{1};
};

TEST_F(WorkersTest, WorkIsDoneElsewhereAndItsResultComesBack) {
  Workers workers(1);
  const auto here = std::this_thread::get_id();
  run([&]() -> Task<void> {
    const auto [there, policy] =
        co_await workers.run([] { return std::pair(std::this_thread::get_id(), ::sched_getscheduler(0)); });
    EXPECT_NE(there, here);
    EXPECT_EQ(policy, SCHED_BATCH);
    EXPECT_EQ(std::this_thread::get_id(), here);
  }());
}

TEST_F(WorkersTest, WithoutThreadsItIsDoneAtOnce) {
  Workers workers(0);
  const auto here = std::this_thread::get_id();
  run([&]() -> Task<void> { EXPECT_EQ(co_await workers.run([] { return std::this_thread::get_id(); }), here); }());
}

TEST_F(WorkersTest, ManyTasksEachGetTheirOwnResult) {
  Workers workers(3);
  int right = 0;
  const auto task = [&](int number) -> Task<void> {
    for (int i = 0; i < 50; ++i) {
      const std::string text = co_await workers.run([&] { return std::to_string(number * 1000 + i); });
      if (text == std::to_string(number * 1000 + i)) ++right;
    }
  };
  run(task(1), task(2), task(3), task(4), task(5), task(6), task(7), task(8));
  EXPECT_EQ(right, 400);
}

}  // namespace
}  // namespace wrapup
