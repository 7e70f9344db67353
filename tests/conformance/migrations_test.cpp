// Databases that earlier releases made, as tests/data/schema has them, are brought up to date with nothing lost.
#include <fstream>
#include <sstream>

#include "storage/sql/sqlite.hpp"
#include "store_fixture.hpp"

namespace wrapup {
namespace {

// A database of the file schema/<name>.
class OldDatabase : public testing::Test {
 protected:
  void open(const std::string& name) {
    std::ifstream file(WRAPUP_TEST_DATA "/schema/" + name);
    std::stringstream text;
    text << file.rdbuf();
    ASSERT_FALSE(text.str().empty()) << name;
    auto opened = sql::open_sqlite(dir_.file("wrapup.db"), sql::SqliteMode::write, {.durable = false});
    ASSERT_TRUE(opened) << opened.error().detail;
    db_ = std::move(*opened);
    const auto made = db_->script(text.str());
    ASSERT_TRUE(made) << made.error().detail;
    const auto migrated = migrate(*db_, kNow + kDay);
    ASSERT_TRUE(migrated) << migrated.error().message << migrated.error().detail;
    store_ = std::make_unique<Store>(*db_);
  }
  std::string webhook_of(int call) { return "evt_" + id_of(call) + "_completed_1"; }
  Store& store() { return *store_; }

  TempDir dir_;
  std::unique_ptr<sql::Connection> db_;
  std::unique_ptr<Store> store_;
};

TEST_F(OldDatabase, OfStep1KeepsItsDeliveries) {
  ASSERT_NO_FATAL_FAILURE(open("1.sql"));
  struct Right {
    int call;
    const char* endpoint;
    DeliveryState state;
    std::int64_t attempts;
    Timestamp next_at;
    std::optional<Timestamp> ended_at;
  };
  for (const auto& right : {Right{1, "e-active", DeliveryState::delivered, 2, kNow + 5, kNow},
                            Right{2, "e-held", DeliveryState::pending, 1, kNow + kHour, {}},
                            Right{3, "e-gone", DeliveryState::pending, 1, kNow, kNow},
                            Right{4, "e-active", DeliveryState::exhausted, 13, kNow, kNow}}) {
    const auto delivery = store().get_delivery("default", webhook_of(right.call));
    ASSERT_TRUE(delivery) << right.call;
    EXPECT_EQ(delivery->webhook_id, webhook_of(right.call));
    EXPECT_EQ(delivery->type, "call.completed");
    EXPECT_EQ(delivery->endpoint_id, right.endpoint);
    EXPECT_EQ(delivery->call_id, id_of(right.call));
    EXPECT_EQ(delivery->model_id, "agent-1");
    EXPECT_EQ(delivery->revision, 1);
    EXPECT_EQ(delivery->replay_id, "");
    EXPECT_EQ(delivery->state, right.state);
    EXPECT_EQ(delivery->attempts, right.attempts);
    EXPECT_EQ(delivery->next_at, right.next_at);
    EXPECT_EQ(delivery->created_at, kNow + right.call - 1);
    EXPECT_EQ(delivery->ended_at, right.ended_at);
    EXPECT_EQ(store().body_of(*delivery), "{\"call\":" + std::to_string(right.call) + "}");
  }
  EXPECT_EQ(store().pending_deliveries("default", "e-held", 10)->size(), 1u);
  EXPECT_EQ(store().count_deliveries("default", {}), 4);
}

TEST_F(OldDatabase, OfStep1KeepsItsEndpointsAndWhatHoldsThem) {
  ASSERT_NO_FATAL_FAILURE(open("1.sql"));
  const auto page = store().list_endpoints("default", {});
  ASSERT_TRUE(page) << page.error().detail;
  EXPECT_EQ(page->total, 3);
  Endpoint held = *store().get_endpoint("default", "e-held");
  EXPECT_EQ(held.state, EndpointState::active);
  EXPECT_EQ(held.health, (EndpointHealth{kNow + kHour, false, 0, 0, {}, false}));
  EXPECT_EQ(held.settings, "");
  EXPECT_EQ(held.version, 1);
  Endpoint gone = *store().get_endpoint("default", "e-gone");
  EXPECT_EQ(gone.state, EndpointState::disabled);
  EXPECT_EQ(gone.url, "https://example.com/gone");
  std::vector<std::string> due;
  const auto waiting = *store().endpoints_with_pending();
  for (const auto& endpoint : waiting) due.push_back(endpoint.endpoint_id);
  std::sort(due.begin(), due.end());
  EXPECT_EQ(due, (std::vector<std::string>{"e-gone", "e-held"}));
  // The owner of the one that is gone enables it, and what waited for it is there.
  gone.state = EndpointState::active;
  ASSERT_TRUE(store().update_endpoint(gone));
  EXPECT_EQ(store().describe_endpoint("default", "e-gone")->pending, 1);
}

TEST_F(OldDatabase, OfStep1KeepsItsLog) {
  ASSERT_NO_FATAL_FAILURE(open("1.sql"));
  const auto log = store().list_attempts("default", {});
  ASSERT_TRUE(log);
  ASSERT_EQ(log->total, 4);
  for (const auto& attempt : log->attempts) {
    EXPECT_EQ(attempt.delivery_id, attempt.webhook_id);
    EXPECT_EQ(attempt.type, "call.completed");
    EXPECT_FALSE(attempt.maybe_delivered);
    EXPECT_EQ(store().get_attempt("default", attempt.attempt_id)->detail,
              "{\"number\":" + std::to_string(attempt.number) + "}");
  }
  EXPECT_EQ(store().describe_endpoint("default", "e-active")->last_attempts.size(), 2u);
  const auto answer = store().get_attempt("default", id_of(103));
  EXPECT_EQ(answer->response_code, 429);
  EXPECT_EQ(answer->at, kNow + 3);
}

TEST_F(OldDatabase, OfStep1TakesNewWork) {
  ASSERT_NO_FATAL_FAILURE(open("1.sql"));
  finish_call(store(), "default", id_of(9), "https://example.com/hook");
  EXPECT_EQ(store().pending_deliveries("default", "e-active", 10)->size(), 1u) << "at the endpoint it had";
  EXPECT_EQ(store().workspace_settings("default"), json::object());
  EXPECT_TRUE(migrate(*db_, kNow + 2 * kDay)) << "a second start changes nothing";
  EXPECT_EQ(store().count_deliveries("default", {}), 5);
}

}  // namespace
}  // namespace wrapup
