// A disk that is full for a while, in virtual time.
#include <csignal>
#include <sys/resource.h>

#include <gtest/gtest.h>

#include "world.hpp"

namespace wrapup {
namespace {

const std::string kUrl = "https://receiver.example.com/hook";

class FullDiskTest : public testing::Test {
 protected:
  void SetUp() override {
    getrlimit(RLIMIT_FSIZE, &before_);
    if (TestDatabase::is_postgres()) GTEST_SKIP() << "the disk is the server's";
    std::signal(SIGXFSZ, SIG_IGN);
    world.network.on(kUrl, [](const HttpRequest&) { return FakeNetwork::status(200); });
    world.start();
    agent = world.make_agent();
  }
  void TearDown() override { make_room(); }

  // No file can be written to from now on.
  void fill() {
    const rlimit now{1, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &now);
  }
  void make_room() { setrlimit(RLIMIT_FSIZE, &before_); }

  std::int64_t pending() {
    return world.write([](Store& store) { return pending_of(store); })->value_or(-1);
  }

  World world;
  std::string agent;
  rlimit before_{};
};

TEST_F(FullDiskTest, AnAttemptThatCannotBeWrittenDownIsNotMadeAgain) {
  world.network.on(kUrl, [&](const HttpRequest&) {
    fill();
    return FakeNetwork::status(200);
  });
  ASSERT_TRUE(world.report(agent, "a", kUrl));
  world.run(kDay);
  EXPECT_TRUE(world.store().out_of_space());
  EXPECT_EQ(world.network.exchanges().size(), 1U);
  EXPECT_EQ(pending(), 1);
  const double tried = world.metrics().commits_failed.Value();
  EXPECT_LT(tried, 40'000) << "every few seconds, not as fast as it can";
  EXPECT_GT(tried, 1'000);
  make_room();
  world.run(kMinute);
  EXPECT_FALSE(world.store().out_of_space());
  EXPECT_EQ(pending(), 0);
  world.run(kDay);
  EXPECT_EQ(world.network.exchanges().size(), 1U);
}

TEST_F(FullDiskTest, AResultOfTheStagesThatCannotBeStoredIsKept) {
  ASSERT_TRUE(world.report(agent, "a", kUrl));
  fill();
  world.run(kHour);
  EXPECT_TRUE(world.network.exchanges().empty()) << "nothing is sent that is not stored";
  make_room();
  world.run(kMinute);
  EXPECT_EQ(world.network.exchanges().size(), 1U);
  EXPECT_EQ(pending(), 0);
}

TEST_F(FullDiskTest, RoomIsNoticedAlsoWhenNobodyWrites) {
  fill();
  EXPECT_FALSE(world.report(agent, "a", kUrl)) << "refused";
  EXPECT_TRUE(world.store().out_of_space());
  world.run(kHour);
  EXPECT_TRUE(world.store().out_of_space()) << "as long as it is full";
  make_room();
  world.run(kMinute);
  EXPECT_FALSE(world.store().out_of_space());
}

}  // namespace
}  // namespace wrapup
