// What the Store promises of what is old: everything of it goes, what is still needed stays, and a commit stays small.
#include <algorithm>
#include <string>
#include <vector>

#include "store_fixture.hpp"
#include "testing/seeded_entropy.hpp"
#include "testing/sim_clock.hpp"

namespace wrapup {
namespace {

constexpr const char* kUrl = "https://example.com/hook";
constexpr Timestamp kLimit = kNow - 90 * kDay;  // what is older may go

class StoreRetention : public StoreTest {
 protected:
  // An id as the program makes them.
  std::string id_at(Timestamp when) {
    SimClock clock(when);
    return new_id(clock, entropy_);
  }

  // A call whose pipeline has run; its webhook waits.
  std::string call_at(Timestamp when, const std::string& url = kUrl, const std::string& workspace_id = "a") {
    const std::string id = id_at(when);
    finish_call(store(), workspace_id, id, url);
    return id;
  }

  void end_delivery(const std::string& delivery_id, const std::string& workspace_id = "a",
                    DeliveryState state = DeliveryState::delivered) {
    auto delivery = store().get_delivery(workspace_id, delivery_id);
    ASSERT_TRUE(delivery);
    delivery->state = state;
    ASSERT_TRUE(store().finish_attempt(attempt_of(*delivery, id_at(kNow), 1, "success"), *delivery));
  }

  std::string delivered_call_at(Timestamp when, const std::string& url = kUrl) {
    const std::string id = call_at(when, url);
    end_delivery("evt_" + id + "_completed_1");
    return id;
  }

  std::vector<std::string> old(OldKind kind, const std::string& workspace_id = "a") {
    auto rows = store().old_rows(kind, workspace_id, kLimit, "", 1000);
    if (!rows) {
      ADD_FAILURE() << rows.error().detail;
      return {};
    }
    EXPECT_EQ(rows->next, "");
    return rows->ids;
  }

  std::int64_t remove(OldKind kind, const std::vector<std::string>& ids) {
    auto deleted = store().delete_old(kind, "a", ids, kLimit);
    if (!deleted) {
      ADD_FAILURE() << deleted.error().detail;
      return -1;
    }
    EXPECT_EQ(deleted->taken, ids.size());
    return deleted->gone;
  }

  // Nothing goes although it is asked for by name.
  void expect_stays(OldKind kind, const std::string& id) {
    EXPECT_EQ(old(kind), std::vector<std::string>()) << id;
    EXPECT_EQ(remove(kind, {id}), 0) << id;
  }

  std::int64_t rows_in(const std::string& table) {
    std::int64_t count = -1;
    EXPECT_TRUE(db_->run("SELECT count(*) FROM " + table, {}, [&](const sql::Row& row) { count = row.integer(0); }));
    return count;
  }

  SeededEntropy entropy_{3};
};

using Ids = std::vector<std::string>;

TEST_F(StoreRetention, AnOldCallGoesWithEverythingOfIt) {
  const std::string gone = delivered_call_at(kLimit - kMillisecond);
  const std::string kept = delivered_call_at(kLimit);
  for (const auto& id : {gone, kept}) {
    ASSERT_TRUE(store().add_events("a", id, {event_of("1", EventType::note, kNow)}, kNow));
    const auto again =
        store().replay_delivery(*store().get_delivery("a", "evt_" + id + "_completed_1"), "", "again-" + id, "e", kNow);
    ASSERT_TRUE(again);
    end_delivery("again-" + id);
  }
  EXPECT_EQ(old(OldKind::calls), Ids{gone});
  EXPECT_EQ(remove(OldKind::calls, {gone}), 1);
  EXPECT_EQ(store().get_call("a", gone).error().name, "call_not_found");
  EXPECT_TRUE(store().get_call("a", kept));
  for (const auto& [table, left] :
       {std::pair("call", 1), {"event", 1}, {"revision", 1}, {"delivery", 2}, {"attempt", 2}})
    EXPECT_EQ(rows_in(table), left) << table;
  EXPECT_EQ(remove(OldKind::calls, {gone}), 0) << "a second time";
}

TEST_F(StoreRetention, ACallThatIsNotDoneStays) {
  const std::string open = id_at(kLimit - kDay);
  CallRow row = call_row("a", open);
  ASSERT_TRUE(store().insert_call(row));
  expect_stays(OldKind::calls, open);
  row.status = CallStatus::completed;
  row.due_at = kNow;
  ASSERT_TRUE(store().update_call(row));
  expect_stays(OldKind::calls, open);
  const auto due = store().finish_stages({"a", open, 1, kNow, "{}", "[]"}, kNow, {"agent-1", kUrl, kNow, "e1", ""});
  ASSERT_TRUE(due);
  expect_stays(OldKind::calls, open);
  end_delivery((*due)->delivery.delivery_id);
  ASSERT_TRUE(store().replay_delivery((*due)->delivery, "", "again", "e2", kNow));
  expect_stays(OldKind::calls, open);
  end_delivery("again", "a", DeliveryState::exhausted);
  EXPECT_EQ(old(OldKind::calls), Ids{open});
  EXPECT_EQ(remove(OldKind::calls, {open}), 1);
}

TEST_F(StoreRetention, TheWalkCoversAllOnceAndNoOtherWorkspace) {
  Ids made;
  for (int i = 0; i < 25; ++i) made.push_back(delivered_call_at(kLimit - kDay + i * kSecond));
  const std::string waiting = call_at(kLimit - kDay + 3 * kSecond + kMillisecond);
  const std::string other = call_at(kLimit - kDay, kUrl, "b");
  end_delivery("evt_" + other + "_completed_1", "b");
  Ids found;
  std::string after;
  do {
    const auto rows = store().old_rows(OldKind::calls, "a", kLimit, after, 4);
    ASSERT_TRUE(rows);
    EXPECT_LE(rows->ids.size(), 4U);
    found.insert(found.end(), rows->ids.begin(), rows->ids.end());
    after = rows->next;
  } while (!after.empty());
  EXPECT_EQ(found, made) << "the one that waits is passed over";
  EXPECT_EQ(remove(OldKind::calls, found), 25);
  EXPECT_TRUE(store().get_call("a", waiting));
  EXPECT_TRUE(store().get_call("b", other));
}

TEST_F(StoreRetention, ManyRowsOfOneCallEndTheCommit) {
  Ids ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(delivered_call_at(kLimit - kDay + i));
    std::vector<Event> events;
    for (int n = 0; n < 1500; ++n) events.push_back(event_of(std::to_string(n), EventType::note, kNow));
    ASSERT_TRUE(store().add_events("a", ids.back(), events, kNow));
  }
  const auto first = store().delete_old(OldKind::calls, "a", ids, kLimit);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->taken, 2U);
  EXPECT_EQ(first->gone, 2);
  EXPECT_EQ(remove(OldKind::calls, {ids[2]}), 1);
}

TEST_F(StoreRetention, LogEntriesGoByTheirOwnAge) {
  const std::string call = call_at(kNow);
  const auto delivery = store().get_delivery("a", "evt_" + call + "_completed_1");
  ASSERT_TRUE(delivery);
  Ids made;
  for (int i = 0; i < 5; ++i) {
    made.push_back(id_at(kLimit - kSecond * (2 - i)));
    ASSERT_TRUE(store().finish_attempt(attempt_of(*delivery, made.back(), i + 1, "failed"), *delivery));
  }
  std::sort(made.begin(), made.end());
  EXPECT_EQ(old(OldKind::attempts), (Ids{made[0], made[1]}));
  EXPECT_EQ(remove(OldKind::attempts, {made[0], made[1]}), 2);
  EXPECT_EQ(rows_in("attempt"), 3);
}

TEST_F(StoreRetention, AMessageGoesWithItsDeliveriesOnceNoneWaits) {
  Message message;
  message.workspace_id = "a";
  message.webhook_id = "evt_" + id_at(kLimit - kDay);
  message.type = "endpoint.disabled";
  message.created_at = kNow;
  message.body = "{}";
  const auto due = store().send_message(message, kUrl, "e1");
  ASSERT_TRUE(due);
  expect_stays(OldKind::messages, message.webhook_id);
  end_delivery(message.webhook_id);
  ASSERT_TRUE(store().replay_delivery(due->delivery, "", "again", "e2", kNow));
  expect_stays(OldKind::messages, message.webhook_id);
  end_delivery("again");
  EXPECT_EQ(old(OldKind::messages), Ids{message.webhook_id});
  EXPECT_EQ(remove(OldKind::messages, {message.webhook_id}), 1);
  EXPECT_EQ(rows_in("message"), 0);
  EXPECT_EQ(rows_in("delivery"), 0);
}

TEST_F(StoreRetention, AnEndpointThatNobodyNeedsIsForgotten) {
  const auto endpoint = [&](const std::string& url) {
    auto made = store().endpoint_of("a", url, id_at(kLimit - 10 * kDay), kLimit - 10 * kDay);
    EXPECT_TRUE(made);
    return *made;
  };
  const std::string forgotten = endpoint("https://1.example.com").endpoint_id;
  Endpoint gone = endpoint("https://2.example.com");
  gone.state = EndpointState::disabled;
  ASSERT_TRUE(store().update_endpoint(gone));
  Endpoint paused = endpoint("https://3.example.com");
  paused.state = EndpointState::paused;
  ASSERT_TRUE(store().update_endpoint(paused));
  Endpoint configured = endpoint("https://4.example.com");
  configured.settings = R"({"name":"Sales"})";
  ASSERT_TRUE(store().update_endpoint(configured));
  endpoint("https://5.example.com");
  ASSERT_TRUE(store().endpoint_of("a", "https://5.example.com", "unused", kLimit)) << "used again";
  endpoint("https://6.example.com");
  const std::string waiting = call_at(kNow, "https://6.example.com");
  // Used by a call of long ago that waits still.
  ASSERT_TRUE(db_->run("UPDATE endpoint SET used_at = 0 WHERE url = 'https://6.example.com'"));

  Ids found = old(OldKind::endpoints);
  Ids wanted{forgotten, gone.endpoint_id};
  std::sort(wanted.begin(), wanted.end());
  EXPECT_EQ(found, wanted);
  EXPECT_EQ(remove(OldKind::endpoints, {paused.endpoint_id, configured.endpoint_id}), 0);
  EXPECT_EQ(remove(OldKind::endpoints, found), 2);
  EXPECT_EQ(rows_in("endpoint"), 4);
}

TEST_F(StoreRetention, VersionsOfAnAgentThatNoCallBeganWithGo) {
  const auto put = [&](const std::string& id, Timestamp when) {
    ASSERT_TRUE(store().put_agent(agent_named("a", id, "Mika"), when));
  };
  for (const int days : {100, 99, 98, 50}) put("agent-2", kNow - days * kDay);
  for (const int days : {100, 99}) put("agent-3", kNow - days * kDay);
  for (const int days : {100, 99}) put("agent-4", kNow - days * kDay);
  ASSERT_TRUE(store().delete_agent("a", "agent-3", kNow - 98 * kDay));
  CallRow call = call_row("a", id_at(kLimit - 5 * kDay));
  call.agent_id = "agent-4";
  ASSERT_TRUE(store().insert_call(call));

  EXPECT_EQ(old(OldKind::agent_versions), (Ids{"agent-2", "agent-3"}));
  EXPECT_EQ(remove(OldKind::agent_versions, {"agent-2", "agent-3", "agent-4"}), 4);
  EXPECT_FALSE(store().agent_version("a", "agent-2", 2));
  EXPECT_TRUE(store().agent_version("a", "agent-2", 3)) << "calls of 60 days ago began with it";
  EXPECT_TRUE(store().latest_agent("a", "agent-2"));
  EXPECT_TRUE(store().agent_version("a", "agent-4", 1)) << "a call began with it";
  put("agent-3", kNow);
  EXPECT_EQ(store().latest_agent("a", "agent-3").value()->version, 3) << "a new life counts on";
  EXPECT_EQ(old(OldKind::agent_versions), Ids());
}

TEST_F(StoreRetention, WhatWasDeletedCountsAsFree) {
  if (TestDatabase::is_postgres()) GTEST_SKIP() << "PostgreSQL does not say; retention.max_bytes is refused with it";
  const std::int64_t before = *store().used_bytes();
  Ids ids;
  for (int i = 0; i < 50; ++i) {
    CallRow row = call_row("a", id_at(kLimit - kDay + i));
    row.status = CallStatus::completed;
    row.request.resize(50'000);
    entropy_.fill({reinterpret_cast<unsigned char*>(row.request.data()), row.request.size()});
    ASSERT_TRUE(store().insert_call(row));
    ids.push_back(row.start.call_id);
  }
  const std::int64_t full = *store().used_bytes();
  EXPECT_GT(full, before + 50 * 50'000);
  EXPECT_EQ(remove(OldKind::calls, ids), 50);
  EXPECT_LT(*store().used_bytes(), before + 100'000);
}

TEST_F(StoreRetention, TheOldestIsKnown) {
  EXPECT_EQ(store().oldest_kept("a").value(), std::nullopt);
  call_at(kNow);
  EXPECT_EQ(store().oldest_kept("a").value(), kNow);
  call_at(kNow - kDay);
  EXPECT_EQ(store().oldest_kept("a").value(), kNow - kDay);
  EXPECT_EQ(store().oldest_kept("b").value(), std::nullopt);
  EXPECT_EQ(store().workspaces().value(), (Ids{"a", "b"}));
}

TEST_F(StoreRetention, ATriedWriteLeavesNothing) {
  EXPECT_TRUE(store().try_write());
  EXPECT_TRUE(store().try_write());
  EXPECT_EQ(store().workspaces().value(), (Ids{"a", "b"}));
}

TEST_F(StoreRetention, AWaitingDeliveryIsEndedOnce) {
  const std::string call = call_at(kNow);
  const std::string id = "evt_" + call + "_completed_1";
  const std::string endpoint = std::string("endpoint-a-") + kUrl;
  EXPECT_TRUE(store().pending_before("a", endpoint, kNow, 10)->empty());
  ASSERT_EQ(store().pending_before("a", endpoint, kNow + 1, 10)->size(), 1U);
  EXPECT_EQ(store().exhaust_delivery("a", id, "max_age"), true);
  EXPECT_EQ(store().get_delivery("a", id)->state, DeliveryState::exhausted);
  EXPECT_EQ(store().get_delivery("a", id)->failure, "max_age");
  EXPECT_EQ(store().exhaust_delivery("a", id, "max_age"), false);
  EXPECT_TRUE(store().pending_before("a", endpoint, kNow + 1, 10)->empty());
}

}  // namespace
}  // namespace wrapup
