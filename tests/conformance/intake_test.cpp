// What the intake asks of the database, by agents that redact and agents that do not.
#include <algorithm>

#include <gtest/gtest.h>

#include "base/compress.hpp"
#include "ingest/accept.hpp"
#include "storage/migrations.hpp"
#include "testing/seeded_entropy.hpp"
#include "testing/sim_clock.hpp"
#include "testing/test_database.hpp"

namespace wrapup {
namespace {

constexpr const char* kWorkspace = "w";

// Writes down what is asked.
class Overheard final : public sql::Connection {
 public:
  explicit Overheard(sql::Connection& db) : db_(db) {}
  using sql::Connection::run;
  Result<std::int64_t> run(std::string_view sql, const sql::Param* params, std::size_t count,
                           const sql::OnRow& on_row) override {
    asked.emplace_back(sql);
    return db_.run(sql, params, count, on_row);
  }
  using sql::Connection::send;
  Status send(std::string_view sql, const sql::Param* params, std::size_t count) override {
    asked.emplace_back(sql);
    return db_.send(sql, params, count);
  }
  Status stream(std::string_view sql, const sql::Param* params, std::size_t count, const sql::OnRow& on_row) override {
    asked.emplace_back(sql);
    return db_.stream(sql, params, count, on_row);
  }
  Result<bool> has_table(const std::string& name) override { return db_.has_table(name); }
  Status begin() override { return db_.begin(); }
  Status lock_schema() override { return db_.lock_schema(); }
  std::string_view for_update() const override { return db_.for_update(); }
  Status settle() override { return db_.settle(); }
  void end_read() override { db_.end_read(); }
  bool has_partitions() const override { return db_.has_partitions(); }
  std::int64_t log_pages() const override { return db_.log_pages(); }
  Status script(const std::string& sql) override { return db_.script(sql); }
  std::int64_t changes() const override { return db_.changes(); }
  bool in_transaction() override { return db_.in_transaction(); }
  Result<std::int64_t> used_bytes() override { return db_.used_bytes(); }

  std::vector<std::string> asked;

 private:
  sql::Connection& db_;
};

class IntakeTest : public ::testing::Test {
 protected:
  IntakeTest() {
    EXPECT_TRUE(migrate(*connection_, clock_.now()));
    db_ = std::make_unique<Overheard>(*connection_);
    store_ = std::make_unique<Store>(*db_);
    EXPECT_TRUE(store_->ensure_workspace(kWorkspace, clock_.now()));
  }

  void add_agent(const std::string& id, bool redacts) {
    auto agent = read_agent(
        {{"type", "outbound"}, {"name", id}, {"agent", json::object{{"engine", "none"}, {"redact_pii", redacts}}}});
    ASSERT_TRUE(agent);
    agent->workspace_id = kWorkspace;
    agent->agent_id = id;
    ASSERT_TRUE(store_->put_agent(*agent, clock_.now()));
  }

  static std::string request_of(const std::string& agent) {
    return R"({ "model_id":")" + agent + R"(",  "phone" : "+15550104477", "name": "Ilse Varga" })";
  }

  // A call that is placed and reported in two batches; what was asked of the database for it.
  std::vector<std::string> whole_call(const std::string& agent, std::string& call_id) {
    db_->asked.clear();
    const std::string body = request_of(agent);
    auto request = read_call_request(parse_json(body)->get_object());
    EXPECT_TRUE(request);
    auto placed = intake_.place(*store_, kWorkspace, std::move(*request), body);
    EXPECT_TRUE(placed);
    call_id = placed->call_id;
    for (const char* batch :
         {R"([{"id": "t", "type": "turn", "at": 1, "role": "human", "text": "I am Ilse,  555-010-4477"}])",
          R"([{"id": "e", "type": "ended", "at": 2, "status": "completed"}])"}) {
      auto events = read_events(*parse_json(batch));
      EXPECT_TRUE(events);
      EXPECT_TRUE(intake_.events(*store_, kWorkspace, call_id, *events));
    }
    return db_->asked;
  }

  TestDatabase database_;
  SimClock clock_;
  SeededEntropy entropy_{7};
  std::unique_ptr<sql::Connection> connection_ = database_.open();
  std::unique_ptr<Overheard> db_;
  std::unique_ptr<Store> store_;
  Intake intake_{clock_, entropy_, {}};
};

bool any_has(const std::vector<std::string>& asked, std::string_view words) {
  return std::any_of(asked.begin(), asked.end(), [&](const auto& sql) { return sql.find(words) != std::string::npos; });
}

TEST_F(IntakeTest, CallsOfAgentsThatDoNotRedactAskNothingMoreAndStayByteForByte) {
  add_agent("plain", false);
  std::string call_id;
  const auto asked = whole_call("plain", call_id);
  for (const char* words : {"UPDATE event", "UPDATE message", "SET request", "type = 'turn' ORDER BY"})
    EXPECT_FALSE(any_has(asked, words)) << words;
  EXPECT_FALSE(store_->take_erased());
  auto stored = store_->get_call(kWorkspace, call_id);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->row.request, request_of("plain"));
  EXPECT_EQ(stored->events.at(1).body["text"], json::value("I am Ilse,  555-010-4477"));
}

TEST_F(IntakeTest, AnAgentThatRedactsHasItsCallWrittenAnewAtItsEnd) {
  add_agent("discreet", true);
  std::string call_id;
  const auto asked = whole_call("discreet", call_id);
  EXPECT_TRUE(any_has(asked, "SET request"));
  EXPECT_TRUE(any_has(asked, "type = 'turn' ORDER BY"));
  EXPECT_TRUE(store_->take_erased());
  EXPECT_FALSE(store_->take_erased());
  auto stored = store_->get_call(kWorkspace, call_id);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->row.request, R"({"model_id":"discreet","phone":"+*******4477","name":"[NAME]"})");
  EXPECT_EQ(stored->row.start.request.phone, "+*******4477");
}

// A report is stored with its payload as one text: what is written anew later leaves that alone.
TEST_F(IntakeTest, AReportThatWasRedactedKeepsItsPayload) {
  add_agent("discreet", true);
  const std::string body =
      R"({"model_id": "discreet", "phone": "+15550104477", "name": "Ilse Varga", "external_id": "x", "status": "completed",
          "started_at": 1773242400000, "ended_at": 1773242460000, "transcript": "human: I am Ilse Varga"})";
  auto report = read_report(body);
  ASSERT_TRUE(report);
  auto agent = store_->latest_agent(kWorkspace, "discreet");
  ASSERT_TRUE(agent);
  intake_.remember(*agent);
  auto foreseen = intake_.foresee(kWorkspace, *report, body);
  ASSERT_TRUE(foreseen);
  EXPECT_EQ(foreseen->record->transcript.at(0).text, "I am [NAME]");
  Frozen frozen;
  frozen.revision = {kWorkspace, foreseen->row.start.call_id, 1, clock_.now(), R"({"said": "[NAME]"})", "[]"};
  frozen.pair = pack_pair(foreseen->row.request, frozen.revision.payload);
  foreseen->frozen = std::move(frozen);
  auto taken = intake_.report(*store_, *foreseen);
  ASSERT_TRUE(taken) << taken.error().detail;
  auto events = read_events(*parse_json(
      R"([{"id": "late", "type": "turn", "at": 1773242450000, "role": "human", "text": "Ilse Varga, +15550104477"}])"));
  ASSERT_TRUE(events);
  ASSERT_TRUE(intake_.events(*store_, kWorkspace, taken->call_id, *events));
  auto stored = store_->get_call(kWorkspace, taken->call_id);
  ASSERT_TRUE(stored) << stored.error().detail;
  EXPECT_EQ(stored->payload, R"({"said": "[NAME]"})");
  EXPECT_EQ(stored->row.request.find("Varga"), std::string::npos);
  EXPECT_EQ(stored->events.at(0).body["text"], json::value("[NAME], [PHONE]"));
}

}  // namespace
}  // namespace wrapup
