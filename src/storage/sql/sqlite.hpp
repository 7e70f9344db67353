// SQLite (3.35 or later): WAL, synchronous=FULL, 8 KB pages. One connection may write; any number may read beside it.
#pragma once

#include <memory>
#include <string>

#include "storage/sql/connection.hpp"

namespace wrapup::sql {

enum class SqliteMode { write, read };

/// Opens, or with `write` makes, the database file. `durable` false skips fsync: for tests only.
Result<std::unique_ptr<Connection>> open_sqlite(const std::string& path, SqliteMode mode, bool durable = true);

}  // namespace wrapup::sql
