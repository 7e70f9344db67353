#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "testing/fake_network.hpp"
#include "testing/seeded_entropy.hpp"
#include "testing/sim_clock.hpp"
#include "testing/temp_dir.hpp"

namespace wrapup {
namespace {

Task<void> sleeper(SimClock& clock, Executor executor, Timestamp when, std::string name,
                   std::vector<std::string>& log) {
  const auto timer = clock.timer(executor);
  co_await timer->wait_until(when);
  log.push_back(name + "@" + std::to_string(clock.now()));
}

TEST(SimClock, WakesTimersInTheirOrderAndStandsAtTheLimit) {
  SimClock clock(0);
  asio::io_context io;
  TaskGroup tasks(io.get_executor());
  std::vector<std::string> log;
  tasks.spawn(sleeper(clock, io.get_executor(), 30 * kDay, "late", log));
  tasks.spawn(sleeper(clock, io.get_executor(), 5, "a", log));
  tasks.spawn(sleeper(clock, io.get_executor(), 5, "b", log));
  tasks.spawn(sleeper(clock, io.get_executor(), 0, "past", log));
  EXPECT_FALSE(clock.run_until(io, kDay));
  EXPECT_EQ(log, (std::vector<std::string>{"past@0", "a@5", "b@5"}));
  EXPECT_EQ(clock.now(), kDay);
  EXPECT_TRUE(clock.run_until(io, kNever, [&] { return log.size() == 4; }));
  EXPECT_EQ(clock.now(), 30 * kDay);
  EXPECT_EQ(clock.next(), kNever);
}

TEST(SimClock, ACancelledTimerWakesAtOnce) {
  SimClock clock(0);
  asio::io_context io;
  TaskGroup tasks(io.get_executor());
  const auto timer = clock.timer(io.get_executor());
  Timestamp woken = -1;
  const auto wait = [&]() -> Task<void> {
    co_await timer->wait_until(kHour);
    woken = clock.now();
  };
  const auto cancel = [&]() -> Task<void> {
    co_await clock.timer(io.get_executor())->wait_until(kMinute);
    timer->cancel();
  };
  tasks.spawn(wait());
  tasks.spawn(cancel());
  EXPECT_FALSE(clock.run_until(io, kNever));
  EXPECT_EQ(woken, kMinute);
  EXPECT_EQ(tasks.size(), 0u);
}

TEST(SimClock, AStoppedGroupLeavesItsWaits) {
  SimClock clock(0);
  asio::io_context io;
  TaskGroup tasks(io.get_executor());
  std::vector<std::string> log;
  tasks.spawn(sleeper(clock, io.get_executor(), kHour, "never", log));
  EXPECT_FALSE(clock.run_until(io, kMinute));
  tasks.stop();
  EXPECT_TRUE(clock.run_until(io, 2 * kMinute, [&] { return tasks.size() == 0; }));
  EXPECT_EQ(clock.now(), kMinute);
  EXPECT_EQ(clock.next(), kNever);
}

TEST(SimClock, ATimerMayOutliveTheCrashOfItsIoContext) {
  SimClock clock(0);
  std::unique_ptr<Timer> timer;
  {
    auto io = std::make_unique<asio::io_context>();
    timer = clock.timer(io->get_executor());
    TaskGroup tasks(io->get_executor());
    const auto wait = [&]() -> Task<void> { co_await timer->wait_until(kHour); };
    tasks.spawn(wait());
    EXPECT_FALSE(clock.run_until(*io, kMinute));
    EXPECT_EQ(clock.next(), kHour);
    io.reset();
  }
  EXPECT_EQ(clock.next(), kNever);
  timer->cancel();
}

TEST(SimClock, AStepMovesTheTimeAndNotTheWaits) {
  SimClock clock(kDay);
  asio::io_context io;
  TaskGroup tasks(io.get_executor());
  std::vector<std::int64_t> steady;
  const auto wait = [&](Timestamp when) -> Task<void> {
    co_await clock.timer(io.get_executor())->wait_until(when);
    steady.push_back(clock.monotonic());
  };
  tasks.spawn(wait(kDay + kHour));
  EXPECT_FALSE(clock.run_until(io, kDay + kMinute));
  clock.step(2 * kHour);
  EXPECT_EQ(clock.now(), kDay + 2 * kHour + kMinute);
  EXPECT_EQ(clock.monotonic(), kMinute);
  EXPECT_FALSE(clock.run_until(io, kNever));
  EXPECT_EQ(steady, (std::vector<std::int64_t>{kHour})) << "after an hour, whatever the clock says";
  tasks.spawn(wait(clock.now() + kHour));
  EXPECT_FALSE(clock.run_until(io, clock.now()));
  clock.step(-kMinute);
  EXPECT_FALSE(clock.run_until(io, kNever));
  EXPECT_EQ(steady.back(), 2 * kHour + kMinute) << "too early by the new clock, it waits on";
}

TEST(SimClock, NoticesALoopWithoutEnd) {
  SimClock clock(0);
  asio::io_context io;
  TaskGroup tasks(io.get_executor());
  bool stop = false;
  const auto spin = [&]() -> Task<void> {
    while (!stop) co_await asio::post(io.get_executor(), asio::use_awaitable);
  };
  tasks.spawn(spin());
  EXPECT_FALSE(clock.run_until(io, kNever));
  stop = true;
  EXPECT_TRUE(clock.run_until(io, kNever, [&] { return tasks.size() == 0; }));
}

TEST(FakeNetwork, AnswersAfterItsDelayAndKeepsTheRequest) {
  SimClock clock(1000);
  FakeNetwork network(clock);
  asio::io_context io;
  TaskGroup tasks(io.get_executor());
  network.on("https://example.com/hook", [](const HttpRequest&) { return FakeNetwork::status(503, {}, kSecond); });
  network.on("https://example.com/slow", [](const HttpRequest&) { return FakeNetwork::status(200, {}, kHour); });
  std::vector<HttpReply> replies;
  const auto ask = [&](std::string url) -> Task<void> {
    HttpRequest request;
    request.url = std::move(url);
    replies.push_back(co_await network.send(std::move(request)));
  };
  tasks.spawn(ask("https://example.com/hook"));
  tasks.spawn(ask("https://example.com/slow"));
  tasks.spawn(ask("https://example.com/nobody"));
  clock.run_until(io, kNever);
  ASSERT_EQ(replies.size(), 3u);
  EXPECT_EQ(replies[0].error, TransportError::connect);
  EXPECT_EQ(replies[1].status, 503);
  EXPECT_EQ(replies[2].error, TransportError::timeout_after);
  ASSERT_EQ(network.exchanges().size(), 2u);
  EXPECT_EQ(network.exchanges()[0].at, 1000);
  EXPECT_EQ(network.exchanges()[0].replied_at, 1000 + kSecond);
  EXPECT_EQ(network.exchanges()[1].replied_at, 1000 + 15 * kSecond);
}

TEST(SeededEntropy, RepeatsForTheSameSeed) {
  SeededEntropy a(7), b(7), c(8);
  const auto draw = [](Entropy& entropy) { return entropy.below(UINT64_MAX); };
  const auto first = draw(a);
  EXPECT_EQ(first, draw(b));
  EXPECT_NE(first, draw(c));
  EXPECT_NE(first, draw(a));
}

TEST(TempDir, IsGoneAtTheEnd) {
  std::string path;
  {
    const TempDir dir;
    path = dir.path();
    EXPECT_TRUE(std::filesystem::is_directory(path));
    std::filesystem::create_directory(dir.file("inner"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace wrapup
