// What the Store promises of the weeks that PostgreSQL keeps large tables in: they are there before they are needed, an
// old one goes as a whole, nothing that is not done goes with it, and who asks by an id looks into one of them only.
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/compress.hpp"
#include "base/entropy.hpp"
#include "storage/weeks.hpp"
#include "store_fixture.hpp"
#include "testing/seeded_entropy.hpp"
#include "testing/sim_clock.hpp"

namespace wrapup {
namespace {

constexpr const char* kUrl = "https://example.com/hook";
constexpr Timestamp kThen = 4'102'444'800 * kSecond;  // in 2100: behind what the schema was made for
constexpr Timestamp kLater = kThen + 20 * kWeek;

class StoreWeeks : public StoreTest {
 protected:
  void SetUp() override {
    if (!TestDatabase::is_postgres()) GTEST_SKIP() << "SQLite has no partitions";
    StoreTest::SetUp();
  }

  int make_weeks(Timestamp now) {
    for (int made = 0;; ++made) {
      EXPECT_TRUE(db_->begin());
      const auto one = store().make_week(now);
      EXPECT_TRUE(one) << one.error().detail;
      EXPECT_TRUE(db_->run("COMMIT"));
      if (!one || !*one) return made;
    }
  }

  std::string id_at(Timestamp when) {
    SimClock clock(when);
    return new_id(clock, entropy_);
  }

  std::string call_at(Timestamp when, const std::string& external_id = "") {
    const std::string id = id_at(when);
    CallRow row = call_row("a", id, external_id);
    row.status = CallStatus::completed;
    row.due_at = when;
    EXPECT_TRUE(store().insert_call(row));
    EXPECT_TRUE(store().add_events("a", id, {event_of("1", EventType::note, when)}, when));
    const auto done = store().finish_stages({"a", id, 1, when, "{}", "[]"}, when, {"agent-1", kUrl, when, "e1", ""});
    EXPECT_TRUE(done);
    return id;
  }
  static std::string webhook_of(const std::string& call) { return "evt_" + call + "_completed_1"; }

  void end_delivery(const std::string& delivery_id, Timestamp when) {
    auto delivery = store().get_delivery("a", delivery_id);
    ASSERT_TRUE(delivery);
    delivery->state = DeliveryState::delivered;
    ASSERT_TRUE(store().finish_attempt(attempt_of(*delivery, id_at(when), 1, "success"), *delivery));
  }

  std::string text_of(const std::string& query) {
    std::string out;
    const auto read =
        db_->run(query, {}, [&](const sql::Row& row) { out += (out.empty() ? "" : " ") + std::string(row.text(0)); });
    EXPECT_TRUE(read) << read.error().detail;
    return out;
  }
  std::string partition_of(const std::string& table, const std::string& column, const std::string& id) {
    return text_of("SELECT tableoid::regclass::text FROM " + table + " WHERE " + column + " = '" + id + "'");
  }

  // What may go of the time before `before` goes; the partitions that went.
  std::string drop_old(Timestamp before) {
    std::string dropped;
    const auto old = store().old_weeks(before, before);
    EXPECT_TRUE(old) << old.error().detail;
    if (!old) return dropped;
    for (const auto& week : *old) {
      EXPECT_TRUE(store().delete_beside("a", week, 100));
      EXPECT_TRUE(db_->begin());
      const auto gone = store().drop_week(week);
      EXPECT_TRUE(gone) << gone.error().detail;
      EXPECT_TRUE(db_->run("COMMIT"));
      if (gone && *gone) dropped += week.partition + " ";
    }
    return dropped;
  }

  SeededEntropy entropy_{3};
};

TEST_F(StoreWeeks, AreMadeBeforehandAndTakeWhatCameTooEarly) {
  const std::string early = call_at(kThen);
  EXPECT_EQ(partition_of("call", "call_id", early), "call_rest");
  EXPECT_EQ(make_weeks(kThen), 6 * (1 + kWeeksAhead));
  EXPECT_EQ(make_weeks(kThen + 6 * kDay - kSecond), 6) << "the week after the last";
  EXPECT_EQ(partition_of("call", "call_id", early), "call_20991228");
  EXPECT_EQ(partition_of("delivery", "delivery_id", webhook_of(early)), "delivery_20991228");
  EXPECT_EQ(store().get_call("a", early)->events.size(), 1U);
  const std::string next = call_at(week_of(kThen) + kWeek);
  EXPECT_EQ(partition_of("revision", "call_id", next), "revision_21000104");
  EXPECT_EQ(store().list_calls("a", {})->total, 2);
}

TEST_F(StoreWeeks, AnOldOneGoesWithAllThatBelongsToIt) {
  make_weeks(kThen);
  make_weeks(kLater);
  const std::string gone = call_at(kThen, "order-1");
  end_delivery(webhook_of(gone), kThen);
  ASSERT_TRUE(store().replay_delivery(*store().get_delivery("a", webhook_of(gone)), "", id_at(kLater), "e", kLater));
  const std::string again = text_of("SELECT delivery_id FROM delivery WHERE delivery_id <> webhook_id");
  end_delivery(again, kLater);
  const std::string kept = call_at(kLater, "order-2");
  EXPECT_EQ(store().list_calls("a", {})->total, 2);

  EXPECT_EQ(drop_old(week_of(kThen) + kWeek - kMillisecond).find("_20991228"), std::string::npos) << "it is not over";
  const std::string dropped = drop_old(kLater - kWeek);
  for (const char* table : {"attempt", "delivery", "call", "revision", "event", "message"})
    EXPECT_NE(dropped.find(std::string(table) + "_20991228 "), std::string::npos) << dropped;
  EXPECT_EQ(store().get_call("a", gone).error().name, "call_not_found");
  EXPECT_EQ(*store().call_by_external_id("a", "order-1"), std::nullopt);
  EXPECT_EQ(*store().call_by_external_id("a", "order-2"), kept);
  for (const char* table : {"call", "event", "revision", "delivery"})
    EXPECT_EQ(text_of("SELECT CAST(count(*) AS TEXT) FROM " + std::string(table)), "1") << table;
  EXPECT_EQ(text_of("SELECT attempt_id FROM attempt"), "");
  EXPECT_EQ(store().list_calls("a", {})->total, 1);
  EXPECT_EQ(drop_old(kLater - kWeek), "") << "a second time";
}

TEST_F(StoreWeeks, WhatIsNotDoneKeepsItsWeek) {
  make_weeks(kThen);
  const std::string call = call_at(kThen);
  const auto of_calls = [&] {
    const std::string dropped = drop_old(kLater);
    return dropped.find("call_20991228") != std::string::npos || dropped.find("revision_20991228") != std::string::npos;
  };
  EXPECT_FALSE(of_calls()) << "its webhook waits";
  end_delivery(webhook_of(call), kThen);
  ASSERT_TRUE(store().replay_delivery(*store().get_delivery("a", webhook_of(call)), "", "again", "e", kThen));
  EXPECT_FALSE(of_calls()) << "a replay of it waits";
  end_delivery("again", kThen);
  CallRow row = store().get_call("a", call)->row;
  row.due_at = kLater;
  ASSERT_TRUE(store().update_call(row));
  EXPECT_FALSE(of_calls()) << "it is analyzed again";
  row.due_at.reset();
  ASSERT_TRUE(store().update_call(row));
  ASSERT_TRUE(store().insert_call(call_row("a", id_at(kThen + kDay))));
  EXPECT_FALSE(of_calls()) << "another has not ended";
  ASSERT_TRUE(db_->run("UPDATE call SET terminal = 1"));
  EXPECT_TRUE(of_calls());
  EXPECT_EQ(store().list_calls("a", {})->total, 0);
}

// Partitions by table that were looked into in this transaction.
class Looked : public StoreWeeks {
 protected:
  void SetUp() override {
    StoreWeeks::SetUp();
    if (IsSkipped()) return;
    for (int week = 0; week < 10; week += 1 + kWeeksAhead) make_weeks(kThen + week * kWeek);
    for (int week = 0; week < 10; ++week) {
      call_ = call_at(kThen + week * kWeek, "order-" + std::to_string(week));
      if (week != 5) continue;
      middle_ = call_;
    }
    delivery_ = *store().get_delivery("a", webhook_of(middle_));
    attempt_ = id_at(kThen + 5 * kWeek);
    ASSERT_TRUE(store().finish_attempt(attempt_of(delivery_, attempt_, 1, "failed"), delivery_));
  }

  std::map<std::string, int> of(const std::function<void()>& verb) {
    EXPECT_TRUE(db_->begin());
    const auto before = touches();
    verb();
    std::map<std::string, int> parts;
    for (const auto& [part, count] : touches()) {
      const auto known = before.find(part);
      if (known == before.end() || known->second < count) ++parts[part.first];
    }
    EXPECT_TRUE(db_->run("ROLLBACK"));
    return parts;
  }

  // How often each partition, by its table and its own name, was read or written to on this connection.
  std::map<std::pair<std::string, std::string>, std::int64_t> touches() {
    std::map<std::pair<std::string, std::string>, std::int64_t> counts;
    const auto read = db_->run(
        "SELECT CAST(inhparent::regclass AS TEXT), CAST(relname AS TEXT), "
        "seq_scan + coalesce(idx_scan, 0) + n_tup_ins + n_tup_upd + n_tup_del "
        "FROM pg_stat_xact_user_tables JOIN pg_inherits ON inhrelid = relid",
        {}, [&](const sql::Row& row) {
          counts[{std::string(row.text(0)), std::string(row.text(1))}] = row.integer(2);
        });
    EXPECT_TRUE(read) << read.error().detail;
    return counts;
  }

  std::string call_;
  std::string middle_;
  Delivery delivery_;
  std::string attempt_;
};

TEST_F(Looked, WhoKnowsAnIdLooksIntoOnePartitionOfATable) {
  const CallRow row = store().get_call("a", middle_)->row;
  const Timestamp now = kThen + 9 * kWeek;
  Message message;
  message.workspace_id = "a";
  message.webhook_id = "evt_" + id_at(now);
  message.type = "endpoint.disabled";
  message.created_at = now;
  message.body = "{}";
  CallFilter named;
  named.search = "order-5";
  const std::vector<std::pair<const char*, std::function<bool()>>> verbs = {
      {"insert_call", [&] { return store().insert_call(call_row("a", id_at(now), id_at(now))).has_value(); }},
      {"insert_finished_call",
       [&] {
         const std::string id = id_at(now);
         return store()
             .insert_finished_call(
                 call_row("a", id),
                 {{"a", id, 1, now, "{}", "[]"}, {"agent-1", kUrl, now, "e", ""}, pack_pair("{}", "{}")})
             .has_value();
       }},
      {"call_by_external_id", [&] { return store().call_by_external_id("a", "order-5")->has_value(); }},
      {"get_call", [&] { return store().get_call("a", middle_).has_value(); }},
      {"brief_call", [&] { return store().brief_call("a", middle_)->has_value(); }},
      {"add_events",
       [&] { return store().add_events("a", middle_, {event_of("2", EventType::note, now)}, now).has_value(); }},
      {"last_turns", [&] { return store().last_turns("a", middle_, 5).has_value(); }},
      {"replace_events",
       [&] { return store().replace_events("a", middle_, {event_of("1", EventType::note, now)}).has_value(); }},
      {"replace_request", [&] { return store().replace_request("a", middle_, "{}", "", "").has_value(); }},
      {"update_call", [&] { return store().update_call(row).has_value(); }},
      {"finish_stages",
       [&] {
         return store().finish_stages({"a", middle_, 2, now, "{}", "[]"}, now, {}).error().name == "superseded";
       }},
      {"finish_attempt",
       [&] { return store().finish_attempt(attempt_of(delivery_, id_at(now), 2, "success"), delivery_).has_value(); }},
      {"cancel_delivery", [&] { return store().cancel_delivery("a", delivery_.delivery_id).has_value(); }},
      {"get_delivery", [&] { return store().get_delivery("a", delivery_.delivery_id).has_value(); }},
      {"body_of", [&] { return store().body_of(delivery_).has_value(); }},
      {"get_attempt", [&] { return store().get_attempt("a", attempt_).has_value(); }},
      {"list_revisions", [&] { return store().list_revisions("a", middle_, 1, 10).has_value(); }},
      {"redact_message", [&] { return store().redact_message("a", message.webhook_id, 0).has_value(); }},
      {"exhaust_delivery", [&] { return store().exhaust_delivery("a", delivery_.delivery_id, "max_age").has_value(); }},
      {"mark_reanalysis",
       [&] {
         return store().mark_reanalysis({"a", middle_}, "r").has_value();
       }},
      {"keep_answer",
       [&] {
         return store().keep_answer({"a", middle_}, "h", "{}", {"a", 1, "m"}, now).has_value();
       }},
  };
  for (const auto& [name, verb] : verbs) {
    const auto parts = of([&, &verb = verb, &name = name] {
      // The server chooses its plan for good after five.
      for (int i = 0; i < 8; ++i) EXPECT_TRUE(verb()) << name;
    });
    for (const auto& [table, count] : parts) EXPECT_EQ(count, 1) << name << " looks into " << count << " of " << table;
  }
  const auto of_list = of([&] { EXPECT_EQ(store().list_calls("a", named)->calls.size(), 1U); });
  EXPECT_EQ(of_list.at("call"), 2) << "searched as an id, which it is not, and as an external id";
}

TEST_F(Looked, WhatWaitsIsFoundInAllOfThem) {
  const auto parts = of([&] { EXPECT_EQ(store().pending_deliveries("a", delivery_.endpoint_id, 20)->size(), 10U); });
  EXPECT_GE(parts.at("delivery"), 10) << "or else the count above counts nothing";
}

// A database of before there were weeks: as it was at step 10, with rows in it.
class BeforeWeeks : public StoreWeeks {
 protected:
  void SetUp() override {
    if (!TestDatabase::is_postgres()) GTEST_SKIP() << "SQLite has no partitions";
    db_ = empty_.open();
    ASSERT_TRUE(migrate(*db_, kNow, 10));
    store_ = std::make_unique<Store>(*db_);
    ASSERT_TRUE(store_->ensure_workspace("a", kNow));
    ASSERT_TRUE(store_->put_agent(agent_named("a", "agent-1", "Mika"), kNow));
    const auto filled = db_->script(
        "INSERT INTO call SELECT 'a', '019cdd7b-0000-7000-8000-00000000000' || n, 'agent-1', 1, 'order-' || n, "
        "'outbound', 0, '', 1, 1, 1, 'completed', 1, '', 0, '', '', 1, NULL, NULL, 0, '', '', 0, NULL "
        "FROM generate_series(1, 3) AS n;"
        "INSERT INTO delivery SELECT 'a', id, 'evt_1', 'call.completed', 'e', 'c', 'agent-1', 1, NULL, 'pending', 0, "
        "0, 0, NULL, NULL, '' FROM unnest(ARRAY['evt_019cdd7b-0000-7000-8000-000000000001_completed_1', "
        "'019cdd7b-0000-7000-8000-000000000009']) AS id;"
        "INSERT INTO call_count VALUES ('a', 'node', 3)");
    ASSERT_TRUE(filled) << filled.error().detail;
  }
  void TearDown() override {
    store_.reset();
    db_.reset();
  }

  TestDatabase empty_{TestDatabase::Schema::none};
};

TEST_F(BeforeWeeks, AllIsThereAndTheFirstPartitionTakesIt) {
  const auto migrated = migrate(*db_, kNow);
  ASSERT_TRUE(migrated) << migrated.error().detail;
  EXPECT_EQ(text_of("SELECT DISTINCT tableoid::regclass::text FROM call"), "call_first");
  EXPECT_EQ(text_of("SELECT tableoid::regclass::text FROM delivery ORDER BY delivery_id"),
            "delivery_rest delivery_first");
  EXPECT_EQ(*store().call_by_external_id("a", "order-2"), "019cdd7b-0000-7000-8000-000000000002");
  EXPECT_EQ(text_of("SELECT CAST(calls AS TEXT) FROM call_count WHERE week = " +
                    std::to_string(week_of_id("019cdd7b-0000-7000"))),
            "3");
  EXPECT_EQ(text_of("SELECT indexname FROM pg_indexes WHERE tablename = 'call' ORDER BY 1"),
            "call_agent call_class call_dial call_due call_open call_phone call_pkey call_reanalysis call_start");
  finish_call(store(), "a", id_of(9), kUrl);
  EXPECT_EQ(text_of("SELECT CAST(sum(calls) AS TEXT) FROM call_count"), "4");
  EXPECT_TRUE(migrate(*db_, kNow)) << "a second start changes nothing";
}

}  // namespace
}  // namespace wrapup
