// What the Store promises of endpoints, of messages to them, and of what waits.
#include <map>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "store_fixture.hpp"

namespace wrapup {
namespace {

constexpr const char* kUrl = "https://example.com/hook";
constexpr const char* kOther = "https://example.com/other";

std::string endpoint_at(const std::string& workspace_id, const std::string& url) {
  return "endpoint-" + workspace_id + "-" + url;
}

Message message_of(const std::string& workspace_id, const std::string& id) {
  return {workspace_id, id, "endpoint.disabled", "", "", kNow, "{\"id\":\"" + id + "\"}"};
}

std::vector<std::string> ids_of(const EndpointPage& page) {
  std::vector<std::string> ids;
  for (const auto& row : page.endpoints) ids.push_back(row.endpoint.endpoint_id);
  return ids;
}

TEST_F(StoreTest, AnEndpointIsMadeByTheFirstUseOfItsUrlOrBefore) {
  const auto made = store().endpoint_of("a", kUrl, "e1", kNow);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->endpoint_id, "e1");
  EXPECT_EQ(made->state, EndpointState::active);
  EXPECT_EQ(made->state_at, kNow);
  EXPECT_EQ(made->version, 1);
  EXPECT_EQ(store().endpoint_of("a", kUrl, "e2", kNow + 1)->endpoint_id, "e1");
  EXPECT_EQ(store().endpoint_of("b", kUrl, "e2", kNow)->endpoint_id, "e2") << "each workspace has its own";
  finish_call(store(), "a", id_of(1), kUrl);
  EXPECT_EQ(store().pending_deliveries("a", "e1", 10)->size(), 1u);
}

TEST_F(StoreTest, EndpointsAreListedNewestFirstByPagesThatNewOnesDoNotShift) {
  for (int i = 1; i <= 7; ++i) {
    ASSERT_TRUE(store().endpoint_of("a", kUrl + std::to_string(i), id_of(i), kNow + i));
  }
  ASSERT_TRUE(store().endpoint_of("b", kUrl, id_of(50), kNow));
  EndpointFilter filter;
  filter.limit = 3;
  std::vector<std::string> seen;
  for (int page_number = 0; page_number < 3; ++page_number) {
    const auto page = store().list_endpoints("a", filter);
    ASSERT_TRUE(page) << page.error().detail;
    EXPECT_EQ(page->total, 7 + page_number);
    for (const auto& id : ids_of(*page)) seen.push_back(id);
    filter.before = seen.back();
    ASSERT_TRUE(store().endpoint_of("a", kOther + std::to_string(page_number), id_of(80 + page_number), kNow));
  }
  EXPECT_EQ(seen, (std::vector<std::string>{id_of(7), id_of(6), id_of(5), id_of(4), id_of(3), id_of(2), id_of(1)}));
  EndpointFilter by_offset;
  by_offset.limit = 2;
  by_offset.offset = 4;
  EXPECT_EQ(ids_of(*store().list_endpoints("a", by_offset)), (std::vector<std::string>{id_of(6), id_of(5)}));
}

TEST_F(StoreTest, EndpointsAreFoundByStateCircuitIdAndUrl) {
  for (int i = 1; i <= 4; ++i) {
    Endpoint endpoint = *store().endpoint_of("a", kUrl + std::to_string(i), id_of(i), kNow);
    if (i == 2) endpoint.state = EndpointState::paused;
    if (i == 3) endpoint.state = EndpointState::disabled;
    endpoint.health.open = i >= 3;
    ASSERT_TRUE(store().update_endpoint(endpoint));
  }
  const auto found = [&](auto set) {
    EndpointFilter filter;
    set(filter);
    const auto page = store().list_endpoints("a", filter);
    EXPECT_EQ(page->total, static_cast<std::int64_t>(page->endpoints.size()));
    return ids_of(*page);
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(found([](EndpointFilter& f) { f.state = EndpointState::active; }), (Ids{id_of(4), id_of(1)}));
  EXPECT_EQ(found([](EndpointFilter& f) { f.state = EndpointState::disabled; }), (Ids{id_of(3)}));
  EXPECT_EQ(found([](EndpointFilter& f) { f.circuit_open = true; }), (Ids{id_of(4), id_of(3)}));
  EXPECT_EQ(found([](EndpointFilter& f) {
              f.circuit_open = false;
              f.state = EndpointState::paused;
            }),
            (Ids{id_of(2)}));
  EXPECT_EQ(found([](EndpointFilter& f) { f.search = id_of(4); }), (Ids{id_of(4)}));
  EXPECT_EQ(found([](EndpointFilter& f) { f.search = "/hook3"; }), (Ids{id_of(3)}));
  EXPECT_EQ(found([](EndpointFilter& f) { f.search = "%"; }), Ids());
}

TEST_F(StoreTest, AnEndpointIsDescribedWithWhatWaitsAndItsLastAnswers) {
  for (int i = 1; i <= 3; ++i) finish_call(store(), "a", id_of(i), kUrl);
  const std::string id = endpoint_at("a", kUrl);
  auto waiting = *store().pending_deliveries("a", id, 10);
  for (int i = 1; i <= 7; ++i) {
    waiting[0].attempts = i;
    waiting[0].next_at = kNow + kHour;
    ASSERT_TRUE(store().finish_attempt(attempt_of(waiting[0], id_of(100 + i), i, "failed"), waiting[0]));
  }
  waiting[1].next_at = kNow + kMinute;
  waiting[2].state = DeliveryState::delivered;
  for (int i = 1; i <= 2; ++i) {
    const auto& after = waiting[static_cast<std::size_t>(i)];
    ASSERT_TRUE(store().finish_attempt(attempt_of(after, id_of(110 + i), 1, "success"), after));
  }
  const auto row = store().describe_endpoint("a", id);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->endpoint.url, kUrl);
  EXPECT_EQ(row->pending, 2);
  EXPECT_EQ(row->oldest_due, kNow + kMinute);
  std::vector<std::string> last;
  for (const auto& attempt : row->last_attempts) last.push_back(attempt.attempt_id);
  EXPECT_EQ(last, (std::vector<std::string>{id_of(112), id_of(111), id_of(107), id_of(106), id_of(105)}));
  EXPECT_EQ(store().describe_endpoint("b", id).error().name, "endpoint_not_found");
}

TEST_F(StoreTest, ADeletedEndpointCancelsWhatWaitsForItAndNothingElse) {
  for (int i = 1; i <= 3; ++i) finish_call(store(), "a", id_of(i), kUrl);
  finish_call(store(), "a", id_of(4), kOther);
  finish_call(store(), "b", id_of(1), kUrl);
  const std::string id = endpoint_at("a", kUrl);
  Delivery done = store().pending_deliveries("a", id, 1)->front();
  done.state = DeliveryState::delivered;
  ASSERT_TRUE(store().finish_attempt(attempt_of(done, id_of(101), 1, "success"), done));
  EXPECT_EQ(store().delete_endpoint("b", id).error().name, "endpoint_not_found");
  EXPECT_EQ(store().delete_endpoint("a", id), 2);
  EXPECT_EQ(store().get_endpoint("a", id).error().name, "endpoint_not_found");
  EXPECT_EQ(store().delete_endpoint("a", id).error().name, "endpoint_not_found");
  EXPECT_EQ(store().get_delivery("a", done.delivery_id)->state, DeliveryState::delivered);
  EXPECT_TRUE(store().get_attempt("a", id_of(101))) << "the log stays";
  EXPECT_EQ(store().pending_deliveries("a", id, 10)->size(), 0u);
  EXPECT_EQ(store().pending_deliveries("a", endpoint_at("a", kOther), 10)->size(), 1u);
  EXPECT_EQ(store().pending_deliveries("b", endpoint_at("b", kUrl), 10)->size(), 1u);
  // The next use of the URL makes an endpoint of its own.
  const auto again = store().endpoint_of("a", kUrl, "fresh", kNow);
  EXPECT_EQ(again->endpoint_id, "fresh");
  EXPECT_EQ(again->version, 1);
}

TEST_F(StoreTest, ChangesOfAnEndpointThatIsGoneAreRefusedButItsHealthIsNoMatter) {
  Endpoint endpoint = *store().endpoint_of("a", kUrl, "e1", kNow);
  ASSERT_TRUE(store().delete_endpoint("a", "e1"));
  EXPECT_TRUE(store().update_health(endpoint)) << "what came of the last attempt must be stored all the same";
  EXPECT_EQ(store().update_endpoint(endpoint).error().name, "endpoint_not_found");
}

TEST_F(StoreTest, HealthIsWrittenAlone) {
  Endpoint endpoint = *store().endpoint_of("a", kUrl, "e1", kNow);
  Endpoint changed = endpoint;
  changed.settings = "by its owner";
  changed.state = EndpointState::paused;
  ASSERT_TRUE(store().update_endpoint(changed));
  endpoint.health = {kNow + 1, true, kNow + 2, 5, kNow + 3, true};
  ASSERT_TRUE(store().update_health(endpoint));
  const Endpoint stored = *store().get_endpoint("a", "e1");
  EXPECT_EQ(stored.health, endpoint.health);
  EXPECT_EQ(stored.settings, "by its owner");
  EXPECT_EQ(stored.state, EndpointState::paused);
  EXPECT_EQ(stored.version, 2);
}

TEST_F(StoreTest, AMessageIsADeliveryWithABodyOfItsOwn) {
  const auto sent = store().send_message(message_of("a", "evt_1"), kUrl, "e1");
  ASSERT_TRUE(sent) << sent.error().detail;
  EXPECT_EQ(sent->delivery.delivery_id, "evt_1");
  EXPECT_EQ(sent->delivery.webhook_id, "evt_1");
  EXPECT_EQ(sent->delivery.type, "endpoint.disabled");
  EXPECT_EQ(sent->delivery.revision, 0);
  EXPECT_EQ(sent->delivery.next_at, kNow);
  EXPECT_EQ(sent->endpoint.endpoint_id, "e1");
  const auto pending = *store().pending_deliveries("a", "e1", 10);
  ASSERT_EQ(pending.size(), 1u);
  EXPECT_EQ(store().body_of(pending[0]), "{\"id\":\"evt_1\"}");
  ASSERT_TRUE(store().send_message(message_of("a", "evt_2"), kUrl, "e2"));
  EXPECT_EQ(store().pending_deliveries("a", "e1", 10)->size(), 2u) << "the URL has its endpoint";
  EXPECT_FALSE(store().send_message(message_of("a", "evt_1"), kUrl, "e1")) << "one body has one id";
  Delivery elsewhere = pending[0];
  elsewhere.workspace_id = "b";
  EXPECT_FALSE(store().body_of(elsewhere));
}

TEST_F(StoreTest, ACanceledDeliveryStaysSoUnlessTheReceiverTookItAfterAll) {
  for (int i = 1; i <= 3; ++i) finish_call(store(), "a", id_of(i), kUrl);
  const auto waiting = *store().pending_deliveries("a", endpoint_at("a", kUrl), 10);
  ASSERT_TRUE(store().delete_endpoint("a", endpoint_at("a", kUrl)));
  const DeliveryState after[] = {DeliveryState::pending, DeliveryState::exhausted, DeliveryState::delivered};
  for (std::size_t i = 0; i < 3; ++i) {
    Delivery delivery = waiting[i];
    delivery.state = after[i];
    delivery.attempts = 1;
    ASSERT_TRUE(store().finish_attempt(attempt_of(delivery, "x" + std::to_string(i), 1, "failed"), delivery));
    EXPECT_TRUE(store().get_attempt("a", "x" + std::to_string(i))) << "it was made, and is in the log";
    const Delivery stored = *store().get_delivery("a", delivery.delivery_id);
    EXPECT_EQ(stored.state, i == 2 ? DeliveryState::delivered : DeliveryState::canceled);
    EXPECT_EQ(stored.attempts, i == 2 ? 1 : 0);
  }
}

TEST_F(StoreTest, ADeliveryKeepsWhenItWasFirstSentAndHowItFailed) {
  finish_call(store(), "a", id_of(1), kUrl);
  Delivery delivery = store().pending_deliveries("a", endpoint_at("a", kUrl), 1)->front();
  EXPECT_EQ(delivery.first_sent_at, std::nullopt);
  EXPECT_EQ(delivery.failure, "");
  delivery.first_sent_at = kNow + 7;
  delivery.failure = "timeout_after";
  delivery.attempts = 1;
  Attempt attempt = attempt_of(delivery, id_of(101), 1, "failed");
  attempt.maybe_delivered = true;
  attempt.duration_us = 15'000'001;
  ASSERT_TRUE(store().finish_attempt(attempt, delivery));
  const Delivery stored = *store().get_delivery("a", delivery.delivery_id);
  EXPECT_EQ(stored.first_sent_at, kNow + 7);
  EXPECT_EQ(stored.failure, "timeout_after");
  EXPECT_EQ(store().get_attempt("a", id_of(101))->duration_us, 15'000'001);
  AttemptFilter maybe;
  maybe.maybe_delivered = true;
  EXPECT_EQ(store().list_attempts("a", maybe)->total, 1);
  maybe.maybe_delivered = false;
  EXPECT_EQ(store().list_attempts("a", maybe)->total, 0);
  EXPECT_EQ(store().get_delivery("b", delivery.delivery_id).error().name, "delivery_not_found");
}

TEST_F(StoreTest, WhatWaitsIsCountedByHowItsEndpointStands) {
  int call = 0;
  const auto endpoint = [&](const std::string& workspace_id, const std::string& url, int deliveries, auto set) {
    for (int i = 0; i < deliveries; ++i) {
      finish_call(store(), workspace_id, id_of(++call), url);
    }
    Endpoint each = *store().get_endpoint(workspace_id, endpoint_at(workspace_id, url));
    set(each);
    ASSERT_TRUE(store().update_endpoint(each));
  };
  endpoint("a", "https://example.com/1", 3, [](Endpoint&) {});
  endpoint("b", "https://example.com/1", 2, [](Endpoint&) {});
  endpoint("a", "https://example.com/2", 1, [](Endpoint& e) { e.health.held_until = kNow + 1; });
  endpoint("a", "https://example.com/3", 4, [](Endpoint& e) { e.health = {kNow + 1, true, 0, 5, {}, false}; });
  endpoint("a", "https://example.com/4", 5, [](Endpoint& e) { e.state = EndpointState::paused; });
  endpoint("a", "https://example.com/5", 6, [](Endpoint& e) {
    e.state = EndpointState::disabled;
    e.health.open = true;
  });
  ASSERT_TRUE(store().endpoint_of("a", "https://example.com/none-waits", "e", kNow));
  const auto counts = [&](Timestamp now) {
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> found;
    const auto classes = *store().queue_classes(now);
    for (const auto& each : classes) {
      found[each.name] = {each.endpoints, each.deliveries};
      EXPECT_EQ(each.oldest_due, kNow) << each.name;
    }
    return found;
  };
  using Counts = std::map<std::string, std::pair<std::int64_t, std::int64_t>>;
  EXPECT_EQ(counts(kNow),
            (Counts{{"active", {2, 5}}, {"held", {1, 1}}, {"open", {1, 4}}, {"paused", {1, 5}}, {"disabled", {1, 6}}}));
  EXPECT_EQ(counts(kNow + 1)["active"], (std::pair<std::int64_t, std::int64_t>(3, 6))) << "the pause is over";
}

TEST_F(StoreTest, AWorkspaceKeepsItsSettings) {
  EXPECT_EQ(store().workspace_settings("a"), json::object());
  const json::object settings{{"operations_url", "https://example.com/ops"}, {"other", nullptr}};
  ASSERT_TRUE(store().put_workspace_settings("a", settings));
  EXPECT_EQ(store().workspace_settings("a"), settings);
  EXPECT_EQ(store().workspace_settings("b"), json::object());
  EXPECT_EQ(store().workspace_settings("none").error().name, "workspace_not_found");
  ASSERT_TRUE(store().ensure_workspace("a", kNow));
  EXPECT_EQ(store().workspace_settings("a"), settings) << "a start changes nothing";
}

}  // namespace
}  // namespace wrapup
