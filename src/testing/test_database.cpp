#include "testing/test_database.hpp"

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

#include "storage/migrations.hpp"
#include "storage/sql/postgres.hpp"
#include "storage/sql/sqlite.hpp"

namespace wrapup {

namespace {

const char* server() { return std::getenv("WRAPUP_TEST_POSTGRES"); }

// Databases are made and dropped outside of transactions, on a connection to another one.
void on_server(const std::string& sql) {
  auto connection = sql::open_postgres(server());
  const auto done = connection ? (*connection)->script(sql) : fail(connection.error());
  if (done) return;
  std::fprintf(stderr, "%s: %s\n", sql.c_str(), done.error().detail.c_str());
  std::abort();
}

std::string url_of(const std::string& name) {
  std::string url = server();
  const auto at = url.find("/postgres?");
  if (at == std::string::npos) std::abort();
  return url.replace(at + 1, std::string("postgres").size(), name);
}

// The schema is made once in a process, and copied: that takes a fraction of the time. Gone with the server.
const std::string& with_schema() {
  static const std::string name = [] {
    std::string made = "test_" + std::to_string(::getpid());
    on_server("CREATE DATABASE " + made);
    auto connection = sql::open_postgres(url_of(made));
    const auto done = connection ? migrate(**connection, 0) : fail(connection.error());
    if (done) return made;
    std::fprintf(stderr, "%s: %s\n", made.c_str(), done.error().detail.c_str());
    std::abort();
  }();
  return name;
}

}  // namespace

TestDatabase::TestDatabase(Schema schema) : place_(folder_.file("wrapup.db")) {
  if (!is_postgres()) return;
  static int made = 0;
  name_ = "test_" + std::to_string(::getpid()) + "_" + std::to_string(++made);
  on_server("CREATE DATABASE " + name_ +
            (schema == Schema::none ? "" : " STRATEGY file_copy TEMPLATE " + with_schema()));
  place_ = url_of(name_);
}

TestDatabase::~TestDatabase() {
  if (is_postgres()) on_server("DROP DATABASE " + name_ + " WITH (FORCE)");
}

bool TestDatabase::is_postgres() { return server() != nullptr; }

std::unique_ptr<sql::Connection> TestDatabase::open() const {
  auto opened = is_postgres() ? sql::open_postgres(place_, {.durable = false, .idle_timeout = kMinute})
                              : sql::open_sqlite(place_, sql::SqliteMode::write, {.durable = false});
  if (opened) return std::move(*opened);
  std::fprintf(stderr, "%s: %s\n", place_.c_str(), opened.error().detail.c_str());
  std::abort();
}

}  // namespace wrapup
