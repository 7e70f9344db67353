// Opens the database that a place names: the path of a SQLite file, or a postgres:// URL.
#pragma once

#include <memory>
#include <string>

#include "storage/sql/connection.hpp"

namespace wrapup::sql {

struct OpenOptions {
  bool write = true;
  bool durable = true;          // false does not wait for the disk: for tests only
  bool any_server = false;      // PostgreSQL: a standby does as well; to read
  bool patient = false;         // statements and transactions may take hours
  int checkpoint_pages = 1000;  // SQLite: pages in the log after which a commit copies them to the database itself
};

Result<std::unique_ptr<Connection>> open_database(const std::string& place, OpenOptions options = {});

}  // namespace wrapup::sql
