// Months in virtual time: what is old goes, nothing that waits does, and no step is large.
#include <set>

#include <gtest/gtest.h>

#include "storage/sql/open.hpp"
#include "storage/weeks.hpp"
#include "world.hpp"

namespace wrapup {
namespace {

const std::string kUrl = "https://receiver.example.com/hook";
const std::string kParked = "https://parked.example.com/hook";
// So much longer all is kept.
const Duration kWholeWeeks = TestDatabase::is_postgres() ? kWeek : 0;
const std::string kOwner = "https://owner.example.com/operations";

class RetentionTest : public testing::Test {
 protected:
  void begin() {
    world.network.on(kUrl, [](const HttpRequest&) { return FakeNetwork::status(200); });
    world.network.on(kParked, [](const HttpRequest&) { return FakeNetwork::status(200); });
    world.network.on(kOwner, [](const HttpRequest&) { return FakeNetwork::status(200); });
    world.start();
    agent = world.make_agent();
  }

  template <class Verb>
  auto store(Verb verb) {
    auto answer = world.write(std::move(verb));
    EXPECT_TRUE(answer && *answer);
    return std::move(**answer);
  }

  std::vector<StoredCall> calls() {
    CallFilter filter;
    filter.limit = 100'000;
    return store([&](Store& inner) { return inner.list_calls(kWorkspace, filter); }).calls;
  }
  std::vector<Attempt> attempts() {
    AttemptFilter filter;
    filter.limit = 100'000;
    return store([&](Store& inner) { return inner.list_attempts(kWorkspace, filter); }).attempts;
  }
  std::int64_t pending() {
    return store([](Store& inner) { return pending_of(inner); });
  }
  std::int64_t used() {
    return store([](Store& inner) { return inner.used_bytes(); });
  }

  std::set<std::string> partitions() {
    std::set<std::string> names;
    auto db = sql::open_database(world.database(), {.write = false});
    EXPECT_TRUE(db && (*db)->begin());
    EXPECT_TRUE((*db)->run("SELECT CAST(inhrelid::regclass AS TEXT) FROM pg_inherits", {},
                           [&](const sql::Row& row) { names.emplace(row.text(0)); }));
    return names;
  }

  // Makes the endpoint of a URL and puts it into a state.
  void park(const std::string& url, EndpointState state, std::optional<Duration> max_age = {}) {
    auto endpoint = store([&](Store& inner) -> Result<Endpoint> {
      auto found = inner.endpoint_of(kWorkspace, url, new_id(world.clock, world.entropy), world.clock.now());
      found->state = state;
      EndpointSettings settings;
      settings.max_age = max_age;
      if (max_age) seal_settings(*found, settings, world.box, world.entropy);
      if (auto done = inner.update_endpoint(*found); !done) return fail(done.error());
      return found;
    });
    world.store().feeds().endpoints.offer(std::move(endpoint));
  }

  std::size_t arrived(const std::string& url) {
    std::set<std::string> ids;
    for (const auto& exchange : world.network.exchanges()) {
      if (exchange.request.url == url) ids.insert(*find_header(exchange.request.headers, "webhook-id"));
    }
    return ids.size();
  }

  // A report of about so many bytes that do not compress; nothing when it was refused.
  Result<Accepted> report_large(const std::string& external_id, const std::string& url, std::size_t bytes) {
    std::string noise(bytes / 2, '\0');
    world.entropy.fill({reinterpret_cast<unsigned char*>(noise.data()), noise.size()});
    const json::object body{{"model_id", agent},
                            {"phone", "+15550100123"},
                            {"external_id", external_id},
                            {"status", "completed"},
                            {"started_at", "2026-03-11T14:20:00Z"},
                            {"ended_at", "2026-03-11T14:21:00Z"},
                            {"metadata", json::object{{"noise", to_hex(noise)}}},
                            {"external_webhook_url", url}};
    auto accepted = world.write(
        [&](Store& inner) { return world.intake().report(inner, kWorkspace, *read_report(body), to_text(body)); });
    if (accepted && *accepted) Intake::announce(world.store().feeds(), kWorkspace, **accepted);
    return accepted ? std::move(*accepted) : fail(Code::internal, "crashed", "");
  }

  World world;
  std::string agent;
};

TEST_F(RetentionTest, OverMonthsWhatIsOldGoesAndNothingThatWaits) {
  begin();
  park(kParked, EndpointState::paused, 365 * kDay);
  constexpr int kDays = 130;
  for (int day = 0; day < kDays; ++day) {
    const std::string number = std::to_string(day);
    ASSERT_TRUE(world.report(agent, "a" + number, kUrl));
    ASSERT_TRUE(world.report(agent, "b" + number, kUrl));
    if (day % 10 == 0) {
      ASSERT_TRUE(world.report(agent, "parked" + number, kParked));
    }
    world.run(kDay);
  }
  EXPECT_EQ(arrived(kUrl), 2U * kDays);
  const Timestamp now = world.clock.now();
  int kept = 0;
  int parked = 0;
  for (const auto& call : calls()) {
    const bool waits = call.row.start.request.external_webhook_url == kParked;
    ++(waits ? parked : kept);
    if (!waits) {
      EXPECT_GE(call.row.start.created_at, now - 90 * kDay - 2 * kHour - kWholeWeeks);
    }
  }
  EXPECT_EQ(parked, kDays / 10) << "a call that waits is never too old";
  const auto log = attempts();
  if (kWholeWeeks == 0) {
    EXPECT_EQ(kept, 2 * 90);
    EXPECT_EQ(log.size(), 2U * 30);
  }
  for (const auto& attempt : log) EXPECT_GE(attempt.at, now - 30 * kDay - 2 * kHour - kWholeWeeks);

  EXPECT_EQ(pending(), kDays / 10);
  park(kParked, EndpointState::active);
  world.run(kHour);
  EXPECT_EQ(arrived(kParked), kDays / 10U) << "and all of it arrives in the end";
  world.run(kDay);
  EXPECT_EQ(pending(), 0);
  for (const auto& call : calls()) EXPECT_GE(call.row.start.created_at, now - 90 * kDay - kWholeWeeks);
}

TEST_F(RetentionTest, OnPostgresqlAWeekGoesAsAWholeOnceNothingOfItWaits) {
  if (!TestDatabase::is_postgres()) GTEST_SKIP() << "SQLite keeps no weeks";
  const Timestamp monday = week_of(4'102'444'800 * kSecond);  // in 2099: behind what the schema was made for
  world.clock.advance_to(monday + kDay);
  world.retention = {28 * kDay, 0, 0};
  begin();
  park(kParked, EndpointState::paused, 365 * kDay);
  ASSERT_TRUE(world.report(agent, "first", kUrl));
  world.run(kHour);
  const auto after = [&](Duration span) {
    world.clock.advance_to(monday + span);
    world.run(2 * kHour);
  };
  after(kWeek + kDay);
  ASSERT_TRUE(world.report(agent, "second", kUrl));
  ASSERT_TRUE(world.report(agent, "waits", kParked));
  after(30 * kDay);
  EXPECT_EQ(calls().size(), 3U) << "older than 28 days, but its week is not";
  after(35 * kDay);
  EXPECT_EQ(calls().size(), 2U);
  for (const char* table : {"call_", "event_", "delivery_", "attempt_"})
    EXPECT_EQ(partitions().count(table + std::string("20991228")), 0U) << table;
  EXPECT_EQ(partitions().count("call_21000215"), 1U) << "and those to come are made";
  after(42 * kDay);
  EXPECT_EQ(calls().size(), 1U) << "one by one, where another waits";
  EXPECT_EQ(partitions().count("call_21000104"), 1U);
  park(kParked, EndpointState::active);
  world.run(3 * kHour);
  EXPECT_EQ(calls().size(), 0U);
  EXPECT_EQ(attempts().size(), 0U) << "although it was sent just now";
  EXPECT_EQ(partitions().count("call_21000104"), 0U);
}

TEST_F(RetentionTest, ForEverIsForEver) {
  world.retention = {0, 0, 0};
  begin();
  ASSERT_TRUE(world.report(agent, "a", kUrl));
  world.run(120 * kDay);
  EXPECT_EQ(calls().size(), 1U);
  EXPECT_EQ(attempts().size(), 1U);
}

TEST_F(RetentionTest, LogEntriesGoNoLaterThanTheirCalls) {
  world.retention = {10 * kDay, 0, 0};
  begin();
  ASSERT_TRUE(world.report(agent, "a", kUrl));
  world.run(11 * kDay);
  EXPECT_TRUE(calls().empty());
  EXPECT_TRUE(attempts().empty());
}

TEST_F(RetentionTest, NothingYoungerThanAnHourGoes) {
  world.retention = {kMillisecond, kMillisecond, 0};
  begin();
  ASSERT_TRUE(world.report(agent, "a", kUrl));
  world.run(50 * kMinute);
  EXPECT_EQ(calls().size(), 1U);
  EXPECT_EQ(attempts().size(), 1U);
  world.run(2 * kHour);
  EXPECT_TRUE(calls().empty());
}

TEST_F(RetentionTest, AMonthsBacklogGoesInSmallStepsBesideTheWork) {
  world.retention = {0, 0, 0};
  begin();
  for (int i = 0; i < 1500; ++i) ASSERT_TRUE(world.report(agent, "n" + std::to_string(i), kUrl));
  world.run(91 * kDay);
  ASSERT_EQ(calls().size(), 1500U);
  world.stop();
  world.retention = {};
  world.start();
  double gone = 0;
  double log_gone = 0;
  for (int step = 0; step < 400; ++step) {
    if (step % 20 == 0) {
      ASSERT_TRUE(world.report(agent, "new" + std::to_string(step), kUrl));
    }
    world.run(40 * kMillisecond);  // less than the pause between two steps
    const double now = world.metrics().deleted_calls.Value();
    const double log_now = world.metrics().deleted_log_entries.Value();
    EXPECT_LE(now - gone, 200) << "at most two steps";
    EXPECT_LE(log_now - log_gone, 600);
    gone = now;
    log_gone = log_now;
  }
  EXPECT_EQ(gone, 1500);
  EXPECT_EQ(log_gone, 1500);
  EXPECT_EQ(calls().size(), 20U);
  EXPECT_EQ(arrived(kUrl), 1520U);
  EXPECT_EQ(pending(), 0);
}

TEST_F(RetentionTest, OverItsSizeTheOldestGoesFirst) {
  if (TestDatabase::is_postgres()) GTEST_SKIP() << "retention.max_bytes is for SQLite alone";
  constexpr std::int64_t kMax = 4'000'000;
  world.retention = {0, 0, kMax};
  begin();
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(report_large("n" + std::to_string(i), kUrl, 40'000)) << i;
    world.run(10 * kMinute);
    EXPECT_LE(used(), kMax + 200'000) << i;
  }
  EXPECT_EQ(arrived(kUrl), 300U);
  const auto left = calls();
  ASSERT_GT(left.size(), 30U);
  ASSERT_LT(left.size(), 120U);
  for (std::size_t i = 0; i < left.size(); ++i)
    EXPECT_EQ(left[i].row.start.request.external_id, "n" + std::to_string(299 - i)) << "the newest are there";
  EXPECT_GT(used(), kMax * 3 / 4) << "no more went than was needed";
}

TEST_F(RetentionTest, WhenNothingMayGoNewCallsAreRefusedUntilSomethingMay) {
  if (TestDatabase::is_postgres()) GTEST_SKIP() << "retention.max_bytes is for SQLite alone";
  constexpr std::int64_t kMax = 4'000'000;
  world.retention = {0, 0, kMax};
  begin();
  park(kParked, EndpointState::paused);
  int taken = 0;
  Result<Accepted> answer;
  while (taken < 500 && (answer = report_large("n" + std::to_string(taken), kParked, 40'000))) {
    ++taken;
    world.run(10 * kMinute);
  }
  ASSERT_LT(taken, 500);
  EXPECT_EQ(answer.error().name, "storage_full");
  EXPECT_EQ(answer.error().code, Code::out_of_space);
  EXPECT_EQ(pending(), taken) << "nothing that waits was given up for it";
  EXPECT_EQ(calls().size(), static_cast<std::size_t>(taken));
  const auto known = report_large("n0", kParked, 1000);
  EXPECT_TRUE(known || known.error().name != "storage_full") << "what is known may go on";
  EXPECT_FALSE(report_large("new", kUrl, 1000));

  park(kParked, EndpointState::active);
  world.run(2 * kHour);
  EXPECT_EQ(arrived(kParked), static_cast<std::size_t>(taken));
  EXPECT_TRUE(report_large("new", kUrl, 1000)) << "it goes on by itself";
  EXPECT_LE(used(), kMax);
}

TEST_F(RetentionTest, UrlsThatAreUsedOnceAreForgotten) {
  begin();
  for (int i = 0; i < 50; ++i) {
    const std::string url = "https://example.com/once/" + std::to_string(i);
    world.network.on(url, [](const HttpRequest&) { return FakeNetwork::status(200); });
    ASSERT_TRUE(world.report(agent, "n" + std::to_string(i), url));
  }
  const auto endpoints = [&] { return store([](Store& inner) { return inner.list_endpoints(kWorkspace, {}); }).total; };
  world.run(80 * kDay);
  EXPECT_EQ(endpoints(), 50);
  ASSERT_TRUE(world.report(agent, "again", "https://example.com/once/7"));
  world.run(20 * kDay);
  EXPECT_EQ(endpoints(), 1);
  ASSERT_TRUE(world.report(agent, "anew", "https://example.com/once/8"));
  world.run(kMinute);
  EXPECT_EQ(arrived("https://example.com/once/8"), 2U) << "a URL that was forgotten is as good as new";
}

TEST_F(RetentionTest, WhatIsParkedForTooLongIsEndedAndItsOwnerTold) {
  begin();
  store([](Store& inner) -> Result<int> {
    if (auto put = inner.put_workspace_settings(kWorkspace, {{"operations_url", kOwner}}); !put)
      return fail(put.error());
    return 0;
  });
  const std::string short_lived = "https://short.example.com/hook";
  park(kParked, EndpointState::paused);
  park(short_lived, EndpointState::disabled, 2 * kDay);
  ASSERT_TRUE(world.report(agent, "old", kParked));
  ASSERT_TRUE(world.report(agent, "short", short_lived));
  world.run(3 * kDay);
  EXPECT_EQ(pending(), 1) << "its own max_age counts";
  world.run(26 * kDay);
  EXPECT_EQ(pending(), 1);
  const auto young = world.report(agent, "young", kParked);
  ASSERT_TRUE(young);
  world.run(2 * kDay);
  EXPECT_EQ(pending(), 1);
  int told = 0;
  for (const auto& exchange : world.network.exchanges()) {
    if (exchange.request.url != kOwner) continue;
    ++told;
    EXPECT_EQ(*find_header(exchange.request.headers, "X-Wrapup-Event"), "delivery.exhausted");
    EXPECT_NE(exchange.request.body->find(R"("failure":"max_age")"), std::string::npos) << *exchange.request.body;
  }
  EXPECT_EQ(told, 2);
  park(kParked, EndpointState::active);
  world.run(kHour);
  EXPECT_EQ(arrived(kParked), 1U) << "the young one arrives, the old one does not";
}

TEST_F(RetentionTest, WhatWaitsBehindAnOpenCircuitIsEndedToo) {
  begin();
  const std::string down = "https://down.example.com/hook";
  bool up = false;
  world.network.on(down, [&](const HttpRequest&) { return FakeNetwork::status(up ? 200 : 500); });
  park(down, EndpointState::active, kHour);
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(world.report(agent, "n" + std::to_string(i), down));
  world.run(3 * kHour);
  EXPECT_EQ(pending(), 0) << "probes alone would have come to the end of 40 of them";
  const std::size_t tried = world.network.exchanges().size();
  up = true;
  world.run(kDay);
  EXPECT_EQ(world.network.exchanges().size(), tried) << "what was ended is not sent from memory";
}

}  // namespace
}  // namespace wrapup
