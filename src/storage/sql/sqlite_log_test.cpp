// The log that is written in long pieces: what a commit says is stored is in the files, and others see it.
#include "storage/sql/sqlite_log.hpp"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "storage/sql/sqlite.hpp"
#include "testing/temp_dir.hpp"

namespace wrapup::sql {
namespace {

constexpr std::int64_t kRows =
    3'000;  // of 10 KB: more than the cache holds, so that pages go to the log before the commit

Result<std::unique_ptr<Connection>> make(const std::string& path) {
  auto writer = open_sqlite(path, SqliteMode::write);
  if (writer) {
    EXPECT_TRUE((*writer)->script("CREATE TABLE t (id BIGINT PRIMARY KEY, body TEXT)"));
  }
  return writer;
}

std::int64_t count(Connection& db) {
  std::int64_t rows = -1;
  EXPECT_TRUE(
      db.run("SELECT count(*) FROM t WHERE length(body) = 10000", {}, [&](const Row& row) { rows = row.integer(0); }));
  return rows;
}

void fill(Connection& db, std::int64_t from) {
  const std::string body(10'000, 'x');
  for (std::int64_t i = 0; i < kRows; ++i)
    ASSERT_TRUE(db.run("INSERT INTO t (id, body) VALUES ($1, $2)", {from + i, body}));
}

}  // namespace

TEST(SqliteLog, ATransactionLargerThanTheCacheReadsWhatItWrote) {
  const TempDir folder;
  const std::string path = folder.file("log.db");
  auto writer = make(path);
  ASSERT_TRUE(writer);
  auto reader = open_sqlite(path, SqliteMode::read);
  ASSERT_TRUE(reader);

  ASSERT_TRUE((*writer)->begin());
  fill(**writer, 0);
  EXPECT_EQ(count(**writer), kRows);
  EXPECT_EQ(count(**reader), 0);
  ASSERT_TRUE((*writer)->run("ROLLBACK"));
  EXPECT_EQ(count(**writer), 0);

  ASSERT_TRUE((*writer)->begin());
  fill(**writer, 0);
  ASSERT_TRUE((*writer)->run("COMMIT"));
  EXPECT_EQ(count(**reader), kRows);
}

TEST(SqliteLog, TheFilesHoldACommitWhenItIsOver) {
  const TempDir folder;
  const std::string path = folder.file("log.db");
  auto writer = make(path);
  ASSERT_TRUE(writer);
  for (std::int64_t round = 0; round < 3; ++round) {
    ASSERT_TRUE((*writer)->begin());
    fill(**writer, round * kRows);
    ASSERT_TRUE((*writer)->run("COMMIT"));
    // As a crash would leave them.
    const std::string left = folder.file("left" + std::to_string(round) + ".db");
    std::filesystem::copy(path, left);
    std::filesystem::copy(path + "-wal", left + "-wal");
    auto again = open_sqlite(left, SqliteMode::write);
    ASSERT_TRUE(again);
    EXPECT_EQ(count(**again), (round + 1) * kRows);
    std::string found;
    ASSERT_TRUE((*again)->run("PRAGMA integrity_check", {}, [&](const Row& row) { found += row.text(0); }));
    EXPECT_EQ(found, "ok");
  }
}

}  // namespace wrapup::sql
