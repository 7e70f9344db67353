// Holds packaging/citus.sql to the schema as PostgreSQL has it.
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "store_fixture.hpp"

namespace wrapup {
namespace {

using Names = std::set<std::string>;

class Distribution : public StoreTest {
 protected:
  void SetUp() override {
    if (!TestDatabase::is_postgres()) GTEST_SKIP() << "SQLite is for one machine";
    StoreTest::SetUp();
    std::ifstream file(WRAPUP_TEST_DATA "/../../packaging/citus.sql");
    std::stringstream text;
    text << file.rdbuf();
    text_ = text.str();
    ASSERT_FALSE(text_.empty());
  }

  // What stands in the first group of a pattern, wherever it is found in the file.
  Names named(const char* pattern) {
    Names names;
    const std::regex wanted(pattern);
    for (std::sregex_iterator at(text_.begin(), text_.end(), wanted), end; at != end; ++at) names.insert((*at)[1]);
    return names;
  }
  Names distributed() { return named(R"(\nSELECT create_distributed_table\('(\w+)', 'workspace_id',)"); }

  Names answer(const std::string& query) {
    Names names;
    const auto read = db_->run(query, {}, [&](const sql::Row& row) { names.emplace(row.text(0)); });
    EXPECT_TRUE(read) << read.error().detail;
    return names;
  }

  std::string text_;
};

TEST_F(Distribution, NamesEveryTableOnce) {
  Names all = distributed();
  std::size_t count = all.size();
  for (const Names& some :
       {named(R"(\nSELECT create_reference_table\('(\w+)'\))"), named(R"(\n-- stays local: (\w+))")}) {
    count += some.size();
    all.insert(some.begin(), some.end());
  }
  EXPECT_EQ(count, all.size()) << "one is named twice";
  EXPECT_EQ(all, answer("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND "
                        "relnamespace = current_schema()::regnamespace"));
}

TEST_F(Distribution, WhatIsDistributedIsUniqueWithinAWorkspaceOnly) {
  const Names across = answer(
      "SELECT DISTINCT large.relname FROM pg_index JOIN pg_class AS large ON large.oid = indrelid "
      "WHERE indisunique AND relnamespace = current_schema()::regnamespace AND NOT relispartition AND NOT EXISTS "
      "(SELECT 1 FROM pg_attribute AS a WHERE a.attrelid = indrelid AND a.attnum = ANY (indkey) AND "
      "attname = 'workspace_id')");
  EXPECT_EQ(across.count("api_key"), 1U) << "or else nothing is found";
  for (const auto& table : distributed()) EXPECT_EQ(across.count(table), 0U) << table;
  const Names without_key = answer(
      "SELECT relname FROM pg_class AS c WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = "
      "current_schema()::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_index WHERE indrelid = c.oid AND indisprimary)");
  EXPECT_EQ(without_key, Names());
}

}  // namespace
}  // namespace wrapup
