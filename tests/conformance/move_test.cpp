// Export, import and the move from one database to another: what comes out is what went in, and whatever stands in the
// way is named. The database under test is on one side, SQLite on the other.
#include "storage/move.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include <boost/asio/io_context.hpp>

#include "storage/async_store.hpp"
#include "storage/table_rows.hpp"
#include "store_fixture.hpp"

namespace wrapup {
namespace {

constexpr int kCalls = 30;

class Move : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    for (int i = 0; i < kCalls; ++i) {
      std::string payload(60'000, ' ');  // what does not compress, so that the file has several parts
      std::uint32_t state = 1U + static_cast<std::uint32_t>(i);
      for (char& c : payload) c = static_cast<char>('!' + ((state = state * 1664525U + 1013904223U) >> 16) % 90);
      finish_call(store(), "a", id_of(i), "https://example.com/hook", payload);
    }
    ASSERT_TRUE(
        store().add_events("b", id_of(1), {event_of("e\"1", EventType::note, kNow, {{"text", "Grüße ≠ \n\t"}})}, kNow));
    tables_ = *tables_to_move();
  }

  std::string file(const std::string& name) { return dir_.file(name); }

  Result<ExportDone> export_all() {
    auto done = export_database(database_.place(), file("all.export"), "id-1", kNow, [](const MoveProgress&) {});
    EXPECT_TRUE(done) << done.error().message << done.error().detail;
    return done;
  }

  Result<ImportDone> import_to(const std::string& name, const std::string& from = "all.export") {
    return import_database(
        file(from), file(name), kNow, [](const ExportHeader&) { return Status(); }, [](const MoveProgress&) {});
  }

  static Result<MoveDone> move_all(const std::string& from, const std::string& to) {
    return move_database(from, to, kNow, [](const MoveProgress&) {});
  }

  static std::string text_of(const std::string& path) {
    std::stringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }

  static void write(const std::string& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

  /// Of a database in a file, as a table of the fixture's has it.
  static std::string digest(sql::Connection& db, const TableShape& table) {
    TableDigest digest;
    EXPECT_TRUE(read_rows(db, table, {}, [&](const RowValues& values) -> Status {
      digest.add(digest_of(table, values));
      return {};
    }));
    return std::to_string(digest.rows()) + " " + digest.hex();
  }

  void expect_same(const std::string& path) {
    auto other = sql::open_database(path);
    ASSERT_TRUE(other);
    for (const auto& table : tables_) EXPECT_EQ(digest(**other, table), digest(*db_, table)) << table.name;
  }

  TempDir dir_;
  std::vector<TableShape> tables_;
};

TEST_F(Move, TheTablesAreThoseOfTheSchema) {
  std::set<std::string> names;
  for (const auto& table : tables_) {
    names.insert(table.name);
    EXPECT_FALSE(table.key.empty()) << table.name;
  }
  for (const char* name : {"call", "revision", "delivery", "attempt", "signing_secret", "idempotency"})
    EXPECT_TRUE(names.contains(name)) << name;
  for (const char* name : {"node", "slot", "console_session", "migration"}) EXPECT_FALSE(names.contains(name)) << name;
}

TEST_F(Move, AnImportIsWhatWasExported) {
  ASSERT_TRUE(export_all());
  const auto done = import_to("copy.db");
  ASSERT_TRUE(done) << done.error().message << done.error().detail;
  EXPECT_EQ(done->stored, done->rows);
  EXPECT_EQ(done->header.id, "id-1");
  expect_same(file("copy.db"));
  const auto again = import_to("copy.db");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().name, "not_empty");
}

TEST_F(Move, AnExportThatWasCutGoesOn) {
  ASSERT_TRUE(export_all());
  const std::string whole = text_of(file("all.export"));
  ASSERT_EQ(
      export_database(database_.place(), file("all.export"), "id-2", kNow, [](const MoveProgress&) {}).error().name,
      "export_file")
      << "a file that is there is not written over";
  std::filesystem::remove(file("all.export"));
  write(file("all.export.partial"), whole.substr(0, whole.size() / 2));
  // What changed since is taken as it is now.
  ASSERT_TRUE(store().ensure_workspace("c", kNow));
  const auto done = export_all();
  EXPECT_GT(done->found, static_cast<std::int64_t>(whole.size() / 3));
  const auto imported = import_to("copy.db");
  ASSERT_TRUE(imported) << imported.error().message;
  EXPECT_EQ(imported->header.id, "id-1");
  expect_same(file("copy.db"));
}

TEST_F(Move, ACutFileIsRefusedAndGoneOnWith) {
  ASSERT_TRUE(export_all());
  const std::string whole = text_of(file("all.export"));
  for (const double share : {0.0, 0.01, 0.5, 0.9}) {
    write(file("cut.export"), whole.substr(0, static_cast<std::size_t>(share * static_cast<double>(whole.size()))));
    const auto cut = import_to("copy.db", "cut.export");
    ASSERT_FALSE(cut) << share;
    EXPECT_EQ(cut.error().name, "export_damaged");
  }
  write(file("cut.export"), whole.substr(0, whole.size() - 1));
  EXPECT_FALSE(import_to("copy.db", "cut.export")) << "the last line has no end";
  auto half = sql::open_database(file("copy.db"));
  EXPECT_EQ(migrate(**half, kNow).error().name, "move_unfinished") << "nobody serves half of it";
  *half = nullptr;
  const auto done = import_to("copy.db");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_LT(done->stored, done->rows);
  expect_same(file("copy.db"));
}

TEST_F(Move, AFlippedBitIsFoundAtItsPlace) {
  ASSERT_TRUE(export_all());
  const std::string whole = text_of(file("all.export"));
  const std::size_t first_part = whole.find('\n', whole.find("\n{\"check\"") + 1);
  ASSERT_LT(first_part, whole.size() / 2);
  for (std::size_t at = 5; at < whole.size(); at += whole.size() / 23) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 1 << at % 7);
    write(file("flipped.export"), flipped);
    const auto done = import_to("copy" + std::to_string(at) + ".db", "flipped.export");
    ASSERT_FALSE(done) << at;
    EXPECT_EQ(done.error().name, "export_damaged") << done.error().message;
    const bool early = at < first_part;
    EXPECT_EQ(done.error().message.find("nothing of it was taken") != std::string::npos, early) << done.error().message;
  }
}

TEST_F(Move, ARowThatDiffersIsNamed) {
  ASSERT_TRUE(export_all());
  const std::string whole = text_of(file("all.export"));
  write(file("cut.export"), whole.substr(0, whole.size() * 9 / 10));
  ASSERT_FALSE(import_to("copy.db", "cut.export"));
  auto copy = sql::open_database(file("copy.db"));
  ASSERT_TRUE((*copy)->run("UPDATE call SET name = 'Ines Duarte' WHERE call_id = $1", {id_of(3)}));
  const auto differs = import_to("copy.db");
  ASSERT_FALSE(differs);
  EXPECT_EQ(differs.error().name, "row_differs");
  EXPECT_NE(differs.error().message.find("call (workspace_id a, call_id " + id_of(3) + ")"), std::string::npos)
      << differs.error().message;
  ASSERT_TRUE((*copy)->run("UPDATE call SET name = 'Dana Reyes' WHERE call_id = $1", {id_of(3)}));
  ASSERT_TRUE((*copy)->run("INSERT INTO workspace (workspace_id, created_at) VALUES ('0', 1)"));
  EXPECT_EQ(import_to("copy.db").error().name, "rows_left_over");
  ASSERT_TRUE((*copy)->run("DELETE FROM workspace WHERE workspace_id = '0'"));
  ASSERT_TRUE((*copy)->run("DELETE FROM call WHERE call_id = $1", {id_of(2)}));
  const auto done = import_to("copy.db");
  ASSERT_TRUE(done) << done.error().message;
  expect_same(file("copy.db"));
}

TEST_F(Move, LargeTablesGoPageByPage) {
  constexpr int kRows = 9'001;
  ASSERT_TRUE(db_->begin());
  for (int i = 0; i < kRows; ++i) {
    const std::string workspace = i % 3 == 0 ? "a" : "b";
    ASSERT_TRUE(
        db_->send("INSERT INTO model_use (workspace_id, day, model, requests, prompt_tokens, completion_tokens) "
                  "VALUES ($1, $2, $3, 1, 2, 3)",
                  {workspace, i / 7 - 500, "m" + std::to_string(i)}));
  }
  ASSERT_TRUE(db_->run("COMMIT"));
  const auto table = std::ranges::find(tables_, "model_use", &TableShape::name);
  std::optional<RowKey> last;
  std::int64_t rows = 0;
  ASSERT_TRUE(read_rows(*db_, *table, {}, [&](const RowValues& values) -> Status {
    RowKey key = key_of(*table, values);
    EXPECT_TRUE(!last || compare_keys(*last, key) < 0) << shown_key(*table, key);
    last = std::move(key);
    ++rows;
    return {};
  }));
  EXPECT_EQ(rows, kRows);
  EXPECT_EQ(count_rows(*db_, *table), kRows);
  EXPECT_EQ(compare_keys(**last_key(*db_, *table), *last), 0);

  ASSERT_TRUE(export_all());
  const std::string whole = text_of(file("all.export"));
  write(file("cut.export"), whole.substr(0, whole.size() - 100));
  ASSERT_FALSE(import_to("copy.db", "cut.export"));
  const auto done = import_to("copy.db");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_GE(done->rows - done->stored, 8000) << "what was there was passed over";
  expect_same(file("copy.db"));
}

TEST_F(Move, ThereAndBackAgain) {
  const auto there = move_all(database_.place(), file("copy.db"));
  ASSERT_TRUE(there) << there.error().message << there.error().detail;
  EXPECT_TRUE(there->agree);
  expect_same(file("copy.db"));
  TestDatabase other;
  const auto back = move_all(file("copy.db"), other.place());
  ASSERT_TRUE(back) << back.error().message << back.error().detail;
  EXPECT_TRUE(back->agree);
  EXPECT_EQ(back->stored, there->stored);
  const auto opened = other.open();
  for (const auto& table : tables_) EXPECT_EQ(digest(*opened, table), digest(*db_, table)) << table.name;
  EXPECT_EQ(move_all(file("copy.db"), other.place()).error().name, "not_empty");
}

TEST_F(Move, GoesOnWhereItWasAndChecksAllOfIt) {
  ASSERT_TRUE(move_all(database_.place(), file("copy.db")));
  {
    // As if it had been interrupted in the middle of the calls.
    auto copy = sql::open_database(file("copy.db"));
    ASSERT_TRUE((*copy)->run("DELETE FROM call WHERE call_id >= $1", {id_of(kCalls / 2)}));
    ASSERT_TRUE((*copy)->run("DELETE FROM revision"));
    const std::string from = TestDatabase::is_postgres() ? database_.place() : "sqlite:" + database_.place();
    ASSERT_TRUE(mark_move(**copy, from, kNow));
  }
  const auto done = move_all(database_.place(), file("copy.db"));
  ASSERT_TRUE(done) << done.error().message << done.error().detail;
  EXPECT_TRUE(done->agree);
  EXPECT_EQ(done->stored, kCalls / 2 + kCalls);
  expect_same(file("copy.db"));

  auto copy = sql::open_database(file("copy.db"));
  ASSERT_TRUE((*copy)->run("UPDATE call SET name = 'Ines Duarte' WHERE call_id = $1", {id_of(3)}));
  ASSERT_TRUE(mark_move(**copy, "sqlite:elsewhere", kNow));
  EXPECT_EQ(move_all(database_.place(), file("copy.db")).error().name, "not_empty") << "part of another move";
  ASSERT_TRUE(mark_move(**copy, "", kNow));
  const std::string from = TestDatabase::is_postgres() ? database_.place() : "sqlite:" + database_.place();
  ASSERT_TRUE(mark_move(**copy, from, kNow));
  const auto differs = move_all(database_.place(), file("copy.db"));
  ASSERT_TRUE(differs);
  EXPECT_FALSE(differs->agree);
  for (const auto& pair : differs->tables) EXPECT_EQ(pair.from == pair.to, pair.name != "call") << pair.name;
  EXPECT_EQ(migrate(**copy, kNow).error().name, "move_unfinished");
}

TEST_F(Move, WhatNodesServeIsNotMoved) {
  if (!TestDatabase::is_postgres()) GTEST_SKIP() << "SQLite's folder has a lock";
  ASSERT_TRUE(store().add_node("n1", "one", kMinute));
  const auto from = move_all(database_.place(), file("copy.db"));
  ASSERT_FALSE(from);
  EXPECT_EQ(from.error().name, "database_in_use");
  EXPECT_NE(from.error().message.find("one"), std::string::npos);
  ASSERT_TRUE(export_all()) << "one state of it can be exported";
  ASSERT_TRUE(store().add_node("n2", "one", -kSecond));
  EXPECT_TRUE(move_all(database_.place(), file("copy.db"))) << "a lease that ran out is nobody's";
}

TEST_F(Move, AnOldSchemaIsNeitherExportedNorServedReadOnly) {
  const auto state = look_at_schema(*db_);
  ASSERT_TRUE(state->current());
  asio::io_context reactor;
  AsyncStore::Options options;
  options.database = database_.place();
  options.read_only = true;
  options.threads = false;
  EXPECT_TRUE(AsyncStore::open(reactor.get_executor(), options, kNow));
  ASSERT_TRUE(db_->run("DELETE FROM migration WHERE number = $1", {state->newest}));
  EXPECT_EQ(schema_of(database_.place())->applied.size(), static_cast<std::size_t>(state->newest - 1));
  EXPECT_EQ(AsyncStore::open(reactor.get_executor(), options, kNow).error().name, "schema_old");
  const auto done = export_database(database_.place(), file("old.export"), "id", kNow, [](const MoveProgress&) {});
  EXPECT_EQ(done.error().name, "schema_old");
}

TEST_F(Move, ReadOnlyRefusesEveryWrite) {
  asio::io_context reactor;
  AsyncStore::Options options;
  options.database = database_.place();
  options.read_only = true;
  options.threads = false;
  auto opened = AsyncStore::open(reactor.get_executor(), options, kNow);
  ASSERT_TRUE(opened) << opened.error().detail;
  std::string written;
  bool read = false;
  const auto visit = [&]() -> Task<void> {
    auto wrote = co_await (*opened)->write([](Store& inner) { return inner.ensure_workspace("c", kNow); });
    written = wrote ? "" : wrote.error().name;
    read = (co_await (*opened)->read([](Store& inner) { return inner.get_call("a", id_of(1)); })).has_value();
  };
  TaskGroup group(reactor.get_executor());
  group.spawn(visit());
  reactor.run();
  EXPECT_EQ(written, "read_only");
  EXPECT_TRUE(read);
  EXPECT_FALSE(*store().has_workspace("c"));
}

}  // namespace
}  // namespace wrapup
