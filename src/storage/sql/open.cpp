#include "storage/sql/open.hpp"

#include "storage/database_url.hpp"
#include "storage/sql/postgres.hpp"
#include "storage/sql/sqlite.hpp"

namespace wrapup::sql {

Result<std::unique_ptr<Connection>> open_database(const std::string& place, OpenOptions options) {
  if (is_postgres_url(place)) {
    PostgresOptions how{.write = options.write, .durable = options.durable, .any_server = options.any_server};
    if (options.patient) {
      how.statement_timeout = 6 * kHour;
      how.idle_timeout = 0;
    }
    return open_postgres(place, how);
  }
  return open_sqlite(place, options.write ? SqliteMode::write : SqliteMode::read,
                     {.durable = options.durable, .checkpoint_pages = options.checkpoint_pages});
}

}  // namespace wrapup::sql
