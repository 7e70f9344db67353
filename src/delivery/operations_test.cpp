#include "delivery/operations.hpp"

#include <memory>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "base/json.hpp"
#include "storage/async_store.hpp"
#include "testing/sim_clock.hpp"
#include "testing/temp_dir.hpp"

namespace wrapup {
namespace {

constexpr const char* kUrl = "https://receiver.example.com/hook";
constexpr const char* kOperations = "https://ops.example.com/wrapup";

Endpoint failing_endpoint() {
  Endpoint endpoint;
  endpoint.workspace_id = "default";
  endpoint.endpoint_id = "e1";
  endpoint.url = kUrl;
  endpoint.state = EndpointState::disabled;
  endpoint.state_reason = "the receiver answered 410 Gone";
  endpoint.health.failing_since = 1'773'238'800 * kSecond;
  return endpoint;
}

class Operations : public testing::Test {
 protected:
  void SetUp() override {
    AsyncStore::Options options;
    options.database = dir.file("wrapup.db");
    options.durable = options.threads = false;
    store = std::move(*AsyncStore::open(io.get_executor(), std::move(options), clock.now()));
    (void)write([&](Store& inner) { return inner.ensure_workspace("default", clock.now()); });
  }

  template <class Verb>
  auto write(Verb verb) -> std::invoke_result_t<Verb&, Store&> {
    std::optional<std::invoke_result_t<Verb&, Store&>> result;
    const auto task = [&]() -> Task<void> { result.emplace(co_await store->write(verb)); };
    group.spawn(task());
    clock.run_until(io, clock.now(), [&] { return result.has_value(); });
    return std::move(*result);
  }
  void set_url(const char* url) {
    ASSERT_TRUE(write([&](Store& inner) {
      return inner.put_workspace_settings("default", json::object{{"operations_url", url}});
    }));
  }
  auto tell(std::vector<Message> messages, const std::string& about = kUrl) {
    return write([&](Store& inner) { return tell_operations(inner, messages, about, "new-endpoint"); });
  }
  Message disabled(const std::string& id) {
    return endpoint_message(kEndpointDisabled, failing_endpoint(), id, clock.now());
  }

  TempDir dir;
  SimClock clock;
  asio::io_context io{1};
  std::unique_ptr<AsyncStore> store;
  TaskGroup group{io.get_executor()};
};

TEST_F(Operations, AMessageSaysWhatHappenedToWhichEndpoint) {
  const Message message = disabled("019cdd44");
  EXPECT_EQ(message.webhook_id, "evt_019cdd44");
  EXPECT_EQ(message.body,
            R"({"id":"evt_019cdd44","type":"endpoint.disabled","timestamp":"2026-03-11T14:20:00.000Z",)"
            R"("workspace_id":"default","data":{"endpoint_id":"e1","url":"https://receiver.example.com/hook",)"
            R"("state":"disabled","reason":"the receiver answered 410 Gone",)"
            R"("failing_since":"2026-03-11T14:20:00.000Z"}})");
  Endpoint well = failing_endpoint();
  well.state = EndpointState::active;
  well.state_reason.clear();
  well.health = {};
  const auto body = parse_json(endpoint_message(kEndpointRecovered, well, "2", clock.now()).body);
  EXPECT_EQ(body->at("type"), "endpoint.recovered");
  EXPECT_TRUE(body->at("data").at("failing_since").is_null());
}

TEST_F(Operations, AnExhaustedDeliveryIsToldWithItsCall) {
  Delivery delivery;
  delivery.workspace_id = "default";
  delivery.delivery_id = "d1";
  delivery.webhook_id = "evt_c1_completed_2";
  delivery.type = "call.completed";
  delivery.call_id = "c1";
  delivery.model_id = "m1";
  delivery.revision = 2;
  delivery.attempts = 13;
  delivery.failure = "http_5xx";
  const Message message = exhausted_message(delivery, failing_endpoint(), "3", clock.now());
  EXPECT_EQ(message.call_id, "c1");
  EXPECT_EQ(message.model_id, "m1");
  const auto body = parse_json(message.body);
  const json::object right{{"delivery_id", "d1"},
                           {"webhook_id", "evt_c1_completed_2"},
                           {"event_type", "call.completed"},
                           {"call_id", "c1"},
                           {"revision", 2},
                           {"attempts", 13},
                           {"failure", "http_5xx"},
                           {"endpoint_id", "e1"},
                           {"url", kUrl}};
  EXPECT_EQ(body->at("data"), right);
}

TEST_F(Operations, WithoutAUrlNobodyIsTold) {
  auto told = tell({disabled("1")});
  ASSERT_TRUE(told);
  EXPECT_TRUE(told->empty());
  Message lost = disabled("2");
  lost.workspace_id = "no-such-workspace";
  told = tell({lost});
  ASSERT_TRUE(told) << "what came of an attempt must be stored all the same";
  EXPECT_TRUE(told->empty());
}

TEST_F(Operations, EachIsADeliveryOfItsOwnToTheSameEndpoint) {
  set_url(kOperations);
  const auto told = tell({disabled("1"), disabled("2")});
  ASSERT_TRUE(told);
  ASSERT_EQ(told->size(), 2u);
  EXPECT_EQ((*told)[0].endpoint.url, kOperations);
  EXPECT_EQ((*told)[1].endpoint.endpoint_id, (*told)[0].endpoint.endpoint_id);
  EXPECT_NE((*told)[1].delivery.webhook_id, (*told)[0].delivery.webhook_id);
  EXPECT_EQ((*told)[0].delivery.type, "endpoint.disabled");
  const auto body = write([&](Store& inner) { return inner.body_of((*told)[0].delivery); });
  EXPECT_EQ(body, disabled("1").body);
}

TEST_F(Operations, NothingIsToldOfTheOperationsUrlItself) {
  set_url(kOperations);
  const auto told = tell({disabled("1")}, kOperations);
  ASSERT_TRUE(told);
  EXPECT_TRUE(told->empty());
}

}  // namespace
}  // namespace wrapup
