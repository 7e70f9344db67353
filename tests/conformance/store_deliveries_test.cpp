// What the Store promises of frozen payloads, deliveries, attempts, keys and secrets.
#include <set>
#include <string>
#include <vector>

#include "base/compress.hpp"
#include "store_fixture.hpp"

namespace wrapup {
namespace {

constexpr const char* kUrl = "https://example.com/hook";

std::int64_t pending_of(Store& store) {
  std::int64_t count = 0;
  const auto classes = store.queue_classes(0);
  for (const auto& each : *classes) count += each.deliveries;
  return count;
}

Delivery only_pending(Store& store, const std::string& workspace_id, const std::string& url = kUrl) {
  const auto pending = store.pending_deliveries(workspace_id, "endpoint-" + workspace_id + "-" + url, 100);
  if (!pending || pending->size() != 1) {
    ADD_FAILURE() << "not one delivery waits";
    return {};
  }
  return pending->front();
}

TEST_F(StoreTest, FinishedStagesFreezeThePayloadAndMakeTheDelivery) {
  std::string payload = "{\"text\":\"";
  for (int i = 0; i < 3000; ++i) payload += "é\\u0000 turn " + std::to_string(i * i);
  payload += "\"}";
  finish_call(store(), "a", id_of(1), kUrl, payload);
  EXPECT_TRUE(store().payload("a", id_of(1), 1) == payload) << "byte for byte";
  const auto stored = store().get_call("a", id_of(1));
  EXPECT_EQ(stored->row.revision, 1);
  EXPECT_EQ(stored->row.due_at, std::nullopt);
  EXPECT_TRUE(stored->payload == payload);
  const Delivery delivery = only_pending(store(), "a");
  EXPECT_EQ(delivery.webhook_id, "evt_" + id_of(1) + "_completed_1");
  EXPECT_EQ(delivery.model_id, "agent-1");
  EXPECT_EQ(delivery.attempts, 0);
  EXPECT_EQ(delivery.next_at, kNow);
  EXPECT_EQ(delivery.ended_at, kNow);
  EXPECT_EQ(pending_of(store()), 1);
}

TEST_F(StoreTest, ARunThatWasOvertakenLeavesNothing) {
  CallRow row = call_row("a", id_of(1));
  row.due_at = kNow + 1;
  ASSERT_TRUE(store().insert_call(row));
  const auto late = store().finish_stages({"a", id_of(1), 1, kNow, "{}", "[]"}, kNow, {"agent-1", kUrl, kNow, "e", ""});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().name, "superseded");
  EXPECT_FALSE(store().payload("a", id_of(1), 1));
  EXPECT_EQ(pending_of(store()), 0);
  EXPECT_FALSE(store().skip_stages({"a", id_of(1)}, kNow));
  EXPECT_TRUE(store().skip_stages({"a", id_of(1)}, kNow + 1));
  EXPECT_EQ(store().next_call_due(0), kNever);
  const auto twice =
      store().finish_stages({"a", id_of(1), 1, kNow, "{}", "[]"}, kNow + 1, {"agent-1", kUrl, kNow, "e", ""});
  EXPECT_FALSE(twice) << "another run was first";
}

TEST_F(StoreTest, WithoutAUrlThereIsAPayloadAndNoDelivery) {
  CallRow row = call_row("a", id_of(1));
  row.due_at = kNow;
  ASSERT_TRUE(store().insert_call(row));
  const auto done = store().finish_stages({"a", id_of(1), 1, kNow, "{}", "[]"}, kNow, {"agent-1", "", kNow, "", ""});
  ASSERT_TRUE(done);
  EXPECT_FALSE(*done);
  EXPECT_EQ(store().payload("a", id_of(1), 1), "{}");
  EXPECT_EQ(pending_of(store()), 0);
  EXPECT_TRUE(store().endpoints_with_pending()->empty());
}

TEST_F(StoreTest, AUrlHasOneEndpointInAWorkspace) {
  finish_call(store(), "a", id_of(1), kUrl);
  finish_call(store(), "a", id_of(2), kUrl);
  finish_call(store(), "a", id_of(3), "https://example.com/other");
  finish_call(store(), "b", id_of(1), kUrl);
  const auto endpoints = store().endpoints_with_pending();
  std::multiset<std::string> urls;
  for (const auto& endpoint : *endpoints) urls.insert(endpoint.workspace_id + " " + endpoint.url);
  EXPECT_EQ(urls, (std::multiset<std::string>{"a https://example.com/hook", "a https://example.com/other",
                                              "b https://example.com/hook"}));
  EXPECT_EQ(store().pending_deliveries("a", "endpoint-a-" + std::string(kUrl), 10)->size(), 2u);
  EXPECT_EQ(store().pending_deliveries("b", "endpoint-a-" + std::string(kUrl), 10)->size(), 0u);
}

TEST_F(StoreTest, WhatIsMadeDueKeepsThePlaceItHadWhenItWasMade) {
  const std::string endpoint = "endpoint-a-" + std::string(kUrl);
  for (int i = 1; i <= 3; ++i) finish_call(store(), "a", id_of(i), kUrl);
  finish_call(store(), "a", id_of(4), "https://example.com/other");
  auto waiting = store().pending_deliveries("a", endpoint, 10);
  for (auto& delivery : *waiting) {
    delivery.attempts = 1;
    delivery.next_at = kNow + kDay;
    if (delivery.call_id == id_of(3)) delivery.state = DeliveryState::delivered;
    ASSERT_TRUE(store().finish_attempt(attempt_of(delivery, "attempt-" + delivery.call_id, 1, "failed"), delivery));
  }
  Delivery other = only_pending(store(), "a", "https://example.com/other");
  other.next_at = kNow + kDay;
  ASSERT_TRUE(store().finish_attempt(attempt_of(other, id_of(109), 1, "failed"), other));
  ASSERT_TRUE(store().make_due("a", endpoint));
  const auto pending = store().pending_deliveries("a", endpoint, 10);
  ASSERT_EQ(pending->size(), 2u) << "what was delivered stays so";
  for (const auto& delivery : *pending) {
    EXPECT_EQ(delivery.next_at, kNow);
    EXPECT_EQ(delivery.attempts, 1) << "its attempts still count";
  }
  EXPECT_EQ(only_pending(store(), "a", "https://example.com/other").next_at, kNow + kDay);
}

TEST_F(StoreTest, AnAttemptIsLoggedAndMovesItsDelivery) {
  finish_call(store(), "a", id_of(1), kUrl);
  Delivery delivery = only_pending(store(), "a");
  delivery.attempts = 1;
  delivery.next_at = kNow + kMinute;
  ASSERT_TRUE(store().finish_attempt(attempt_of(delivery, id_of(101), 1, "failed"), delivery));
  EXPECT_EQ(only_pending(store(), "a").next_at, kNow + kMinute);
  EXPECT_EQ(only_pending(store(), "a").attempts, 1);
  delivery.attempts = 2;
  delivery.state = DeliveryState::delivered;
  ASSERT_TRUE(store().finish_attempt(attempt_of(delivery, id_of(102), 2, "success"), delivery));
  EXPECT_EQ(pending_of(store()), 0);
  EXPECT_TRUE(store().endpoints_with_pending()->empty());
  const auto attempt = store().get_attempt("a", id_of(101));
  ASSERT_TRUE(attempt);
  EXPECT_EQ(attempt->detail, R"({"request":{"body":"{}"},"number":1})");
  EXPECT_EQ(attempt->response_code, 503);
  EXPECT_EQ(attempt->error, "http_status");
  EXPECT_EQ(store().get_attempt("a", id_of(999)).error().name, "log_not_found");
}

TEST_F(StoreTest, TheSoonestDeliveryComesFirst) {
  for (int i = 1; i <= 5; ++i) finish_call(store(), "a", id_of(i), kUrl);
  const std::string endpoint = "endpoint-a-" + std::string(kUrl);
  const auto before = *store().pending_deliveries("a", endpoint, 10);
  for (Delivery delivery : before) {
    delivery.next_at = kNow + (delivery.call_id == id_of(3) ? 1 : kHour);
    if (delivery.call_id == id_of(4)) delivery.state = DeliveryState::exhausted;
    ASSERT_TRUE(store().finish_attempt(attempt_of(delivery, "x" + delivery.call_id, 1, "failed"), delivery));
  }
  const auto after = *store().pending_deliveries("a", endpoint, 10);
  ASSERT_EQ(after.size(), 4u);
  EXPECT_EQ(after[0].call_id, id_of(3));
  EXPECT_EQ(store().pending_deliveries("a", endpoint, 2)->size(), 2u);
}

TEST_F(StoreTest, AnEndpointKeepsItsStateAndHealth) {
  finish_call(store(), "a", id_of(1), kUrl);
  finish_call(store(), "b", id_of(1), kUrl);
  const std::string id = "endpoint-a-" + std::string(kUrl);
  Endpoint endpoint = *store().get_endpoint("a", id);
  endpoint.state = EndpointState::disabled;
  endpoint.state_reason = "gone";
  endpoint.state_at = kNow + 1;
  endpoint.settings = std::string("\x01sealed\0bytes", 13);
  endpoint.health = {kNow + kHour, true, kNow + kMinute, 7, kNow - kDay, true};
  ASSERT_TRUE(store().update_endpoint(endpoint));
  const auto both = *store().endpoints_with_pending();
  ASSERT_EQ(both.size(), 2u);
  for (const auto& each : both) {
    const bool ours = each.workspace_id == "a";
    EXPECT_EQ(each.state, ours ? EndpointState::disabled : EndpointState::active);
    EXPECT_EQ(each.health, ours ? endpoint.health : EndpointHealth());
    EXPECT_EQ(each.settings, ours ? endpoint.settings : "");
    EXPECT_EQ(each.version, ours ? 2 : 1);
  }
  EXPECT_EQ(store().get_endpoint("b", id).error().name, "endpoint_not_found");
  // A disabled endpoint collects: nothing is dropped.
  finish_call(store(), "a", id_of(2), kUrl);
  EXPECT_EQ(store().pending_deliveries("a", id, 10)->size(), 2u);
}

TEST_F(StoreTest, TheLogIsPagedAndFiltered) {
  finish_call(store(), "a", id_of(1), kUrl);
  finish_call(store(), "b", id_of(1), kUrl);
  for (const char* workspace : {"a", "b"}) {
    const Delivery delivery = only_pending(store(), workspace);
    for (int i = 1; i <= 7; ++i) {
      ASSERT_TRUE(
          store().finish_attempt(attempt_of(delivery, id_of(100 + i), i, i == 7 ? "success" : "failed"), delivery));
    }
  }
  std::vector<std::string> seen;
  AttemptFilter filter;
  filter.limit = 3;
  for (; filter.offset < 9; filter.offset += 3) {
    const auto page = store().list_attempts("a", filter);
    ASSERT_TRUE(page) << page.error().detail;
    EXPECT_EQ(page->total, 7);
    for (const auto& attempt : page->attempts) seen.push_back(attempt.attempt_id);
  }
  EXPECT_EQ(seen, (std::vector<std::string>{id_of(107), id_of(106), id_of(105), id_of(104), id_of(103), id_of(102),
                                            id_of(101)}));
  const auto total = [&](auto set) {
    AttemptFilter wanted;
    set(wanted);
    return store().list_attempts("a", wanted)->total;
  };
  EXPECT_EQ(total([](AttemptFilter& f) { f.status = "success"; }), 1);
  EXPECT_EQ(total([](AttemptFilter& f) { f.call_id = id_of(1); }), 7);
  EXPECT_EQ(total([](AttemptFilter& f) { f.call_id = id_of(2); }), 0);
  EXPECT_EQ(total([](AttemptFilter& f) {
              f.model_id = "agent-1";
              f.status = "failed";
            }),
            6);
  EXPECT_EQ(total([](AttemptFilter& f) {
              f.from = kNow + 2 * kSecond;
              f.to = kNow + 4 * kSecond;
            }),
            2);
  EXPECT_EQ(total([](AttemptFilter& f) { f.search = id_of(103); }), 1);
  EXPECT_EQ(total([](AttemptFilter& f) { f.search = "example.com"; }), 7);
  EXPECT_EQ(total([](AttemptFilter& f) { f.search = "%"; }), 0);
}

TEST_F(StoreTest, AWorkspaceSeesNoPayloadOrLogOfAnother) {
  finish_call(store(), "a", id_of(1), kUrl);
  const Delivery delivery = only_pending(store(), "a");
  ASSERT_TRUE(store().finish_attempt(attempt_of(delivery, id_of(101), 1, "failed"), delivery));
  EXPECT_FALSE(store().payload("b", id_of(1), 1));
  EXPECT_FALSE(store().get_attempt("b", id_of(101)));
  EXPECT_EQ(store().list_attempts("b", {})->total, 0);
  EXPECT_FALSE(store().skip_stages({"b", id_of(1)}, kNow));
}

TEST_F(StoreTest, AKeyIsFoundByItsHashUntilItIsRevoked) {
  ASSERT_TRUE(store().add_key({"a", "key-1", "wk_abc", "first", kNow, {}}, "hash-1"));
  ASSERT_TRUE(store().add_key({"b", "key-2", "wk_def", "second", kNow, {}}, "hash-2"));
  EXPECT_EQ((*store().find_key("hash-1"))->workspace_id, "a");
  EXPECT_EQ(*store().find_key("hash-3"), std::nullopt);
  EXPECT_EQ(store().has_keys("a"), true);
  EXPECT_EQ(store().revoke_key("key-1", kNow + 1), true);
  EXPECT_EQ(store().revoke_key("key-1", kNow + 2), false);
  EXPECT_EQ(*store().find_key("hash-1"), std::nullopt);
  EXPECT_EQ(store().has_keys("a"), false);
  EXPECT_EQ(store().has_keys("b"), true);
  ASSERT_EQ(store().list_keys()->size(), 2u);
  EXPECT_EQ(store().list_keys()->front().revoked_at, kNow + 1);
}

TEST_F(StoreTest, IdempotentAnswersAreKeptByWorkspaceAndForgottenByAge) {
  const std::string body(5000, 'x');
  ASSERT_TRUE(store().keep_idempotent("a", "k", {"hash", 200, body}, kNow));
  EXPECT_TRUE((*store().find_idempotent("a", "k"))->body == body);
  EXPECT_EQ((*store().find_idempotent("a", "k"))->request_hash, "hash");
  EXPECT_FALSE(*store().find_idempotent("b", "k"));
  const auto again = store().keep_idempotent("a", "k", {"other", 400, ""}, kNow);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::conflict);
  ASSERT_TRUE(store().keep_idempotent("a", "later", {"hash", 200, ""}, kNow + 2));
  EXPECT_EQ(store().forget_idempotent(kNow + 1, 10), 1);
  EXPECT_FALSE(*store().find_idempotent("a", "k"));
  EXPECT_TRUE(*store().find_idempotent("a", "later"));
}

TEST_F(StoreTest, TheSchemaIsCheckedAtEveryStart) {
  EXPECT_TRUE(migrate(*db_, kNow)) << "a second start changes nothing";
  EXPECT_EQ(store().list_agents("a", 10, 0)->first, 1);
  ASSERT_TRUE(db_->run("UPDATE migration SET hash = 'x' WHERE number = 1"));
  EXPECT_EQ(migrate(*db_, kNow).error().name, "schema_differs");
  ASSERT_TRUE(db_->run("INSERT INTO migration (number, hash, applied_at) VALUES (1000, 'y', 0)"));
  EXPECT_EQ(migrate(*db_, kNow).error().name, "schema_too_new");
}

TEST_F(StoreTest, TheDriverTellsEmptyFromNothingAndKeepsBytes) {
  ASSERT_TRUE(db_->script("CREATE TABLE t (a TEXT, b BLOB, c BIGINT)"));
  const std::string bytes("\0\xff\0z", 4);
  ASSERT_TRUE(
      db_->run("INSERT INTO t (a, b, c) VALUES ($1, $2, $3)", {std::string_view(), sql::Blob{bytes}, INT64_MIN}));
  ASSERT_TRUE(
      db_->run("INSERT INTO t (a, b, c) VALUES ($1, $2, $3)", {nullptr, sql::Blob{{}}, std::optional<std::int64_t>()}));
  std::string seen;
  ASSERT_TRUE(db_->run("SELECT a, b, c FROM t ORDER BY c IS NULL", {}, [&](const sql::Row& row) {
    seen += row.is_null(0) ? "null " : "text ";
    seen += row.text(1) == bytes ? "bytes " : row.text(1).empty() ? "none " : "? ";
    seen += row.optional_integer(2) ? std::to_string(*row.optional_integer(2)) + ";" : "null;";
  }));
  EXPECT_EQ(seen, "text bytes -9223372036854775808;null none null;");
}

}  // namespace
}  // namespace wrapup
