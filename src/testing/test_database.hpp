// A database without rows for one test: a SQLite file in a temporary folder, or, when the environment variable
// WRAPUP_TEST_POSTGRES has the URL of a server (scripts/postgres), a database there that is dropped at the end. Aborts
// when none can be made.
#pragma once

#include <memory>
#include <string>

#include "storage/sql/connection.hpp"
#include "testing/temp_dir.hpp"

namespace wrapup {

class TestDatabase {
 public:
  enum class Schema { none, maybe };  // maybe there already, to save time
  explicit TestDatabase(Schema schema = Schema::maybe);
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;
  ~TestDatabase();

  /// Whether the tests run on PostgreSQL.
  static bool is_postgres();
  /// A path or a URL, as AsyncStore takes it.
  const std::string& place() const { return place_; }
  /// A connection that writes; nothing is there yet.
  std::unique_ptr<sql::Connection> open() const;

 private:
  TempDir folder_;
  std::string name_;
  std::string place_;
};

}  // namespace wrapup
