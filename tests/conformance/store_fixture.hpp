// What the Store's conformance tests share: a database in a temporary folder, and rows to put into it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "storage/migrations.hpp"
#include "storage/store.hpp"
#include "testing/test_database.hpp"

namespace wrapup {

inline constexpr Timestamp kNow = 1'773'238'800 * kSecond;

/// An id that sorts by `number`, in the form that calls have.
inline std::string id_of(int number) {
  std::string digits = std::to_string(number);
  return "019cdd7b-0000-7000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

inline Agent agent_named(const std::string& workspace_id, const std::string& agent_id, const std::string& name) {
  auto agent = read_agent({{"type", "outbound"}, {"name", name}, {"agent", json::object{{"prompt", "p"}}}});
  EXPECT_TRUE(agent);
  agent->workspace_id = workspace_id;
  agent->agent_id = agent_id;
  return *agent;
}

inline CallRow call_row(const std::string& workspace_id, const std::string& call_id,
                        const std::string& external_id = "") {
  CallRow row;
  row.start.workspace_id = workspace_id;
  row.start.call_id = call_id;
  row.start.created_at = kNow;
  row.start.request.phone = "+15550100123";
  row.start.request.name = "Dana Reyes";
  row.start.request.external_id = external_id;
  row.agent_id = "agent-1";
  json::object request{{"model_id", "agent-1"}, {"phone", "+15550100123"}, {"name", "Dana Reyes"}};
  if (!external_id.empty()) request["external_id"] = external_id;
  row.request = to_text(request);
  row.started_at = row.last_event_at = kNow;
  return row;
}

inline Event event_of(const std::string& id, EventType type, Timestamp at, json::object details = {}) {
  Event event{id, type, at, {{"id", id}, {"type", to_string(type)}, {"at", at / kMillisecond}}};
  event.body.insert(details.begin(), details.end());
  return event;
}

/// A call whose pipeline has run: revision 1 is frozen, and on its way to `url`.
inline void finish_call(Store& store, const std::string& workspace_id, const std::string& call_id,
                        const std::string& url, std::string payload = "{}") {
  CallRow row = call_row(workspace_id, call_id);
  row.status = CallStatus::completed;
  row.due_at = kNow;
  ASSERT_TRUE(store.insert_call(row));
  const auto done = store.finish_stages({workspace_id, call_id, 1, kNow, std::move(payload), "[]"}, kNow,
                                        {"agent-1", url, kNow, "endpoint-" + workspace_id + "-" + url, ""});
  ASSERT_TRUE(done) << done.error().detail;
}

inline Attempt attempt_of(const Delivery& delivery, const std::string& attempt_id, std::int64_t number,
                          const std::string& status) {
  Attempt attempt;
  attempt.workspace_id = delivery.workspace_id;
  attempt.attempt_id = attempt_id;
  attempt.delivery_id = delivery.delivery_id;
  attempt.webhook_id = delivery.webhook_id;
  attempt.type = delivery.type;
  attempt.endpoint_id = delivery.endpoint_id;
  attempt.call_id = delivery.call_id;
  attempt.model_id = delivery.model_id;
  attempt.number = number;
  attempt.at = kNow + number * kSecond;
  attempt.url = "https://example.com/hook";
  attempt.status = status;
  attempt.response_code = status == "success" ? 200 : 503;
  attempt.error = status == "success" ? "" : "http_status";
  attempt.detail = R"({"request":{"body":"{}"},"number":)" + std::to_string(number) + "}";
  return attempt;
}

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    db_ = database_.open();
    const auto migrated = migrate(*db_, kNow);
    ASSERT_TRUE(migrated) << migrated.error().detail;
    store_ = std::make_unique<Store>(*db_);
    for (const char* workspace : {"a", "b"}) {
      ASSERT_TRUE(store_->ensure_workspace(workspace, kNow));
      ASSERT_TRUE(store_->put_agent(agent_named(workspace, "agent-1", "Mika of " + std::string(workspace)), kNow));
    }
  }

  Store& store() { return *store_; }

  TestDatabase database_;
  std::unique_ptr<sql::Connection> db_;
  std::unique_ptr<Store> store_;
};

}  // namespace wrapup
