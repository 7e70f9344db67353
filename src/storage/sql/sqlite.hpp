// SQLite (3.35 or later): WAL, synchronous=FULL, 8 KB pages. One connection may write; any number may read beside it.
#pragma once

#include <memory>
#include <string>

#include "storage/sql/connection.hpp"

namespace wrapup::sql {

enum class SqliteMode { write, read };

struct SqliteOptions {
  bool durable = true;  // false skips fsync: for tests only
  /// A commit that leaves as many pages in the write-ahead log copies them to the database itself: about 8 MB. Measured
  /// best for rows of about 10 KB.
  int checkpoint_pages = 1000;
};

/// Opens, or with `write` makes, the database file.
Result<std::unique_ptr<Connection>> open_sqlite(const std::string& path, SqliteMode mode, SqliteOptions options = {});

}  // namespace wrapup::sql
