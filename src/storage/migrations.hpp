// The schema, as numbered steps. A step that was released is never changed: its hash is kept in the database and
// checked at every start.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "storage/sql/connection.hpp"

namespace wrapup {

struct SchemaState {
  std::set<std::int64_t> applied;  // numbers of steps; empty: a new database
  std::int64_t newest = 0;         // that this program has
  std::string newest_hash;
  std::string moving_from;  // data is being moved in from there, and not all of it has come; empty: none is
  bool current() const { return static_cast<std::int64_t>(applied.size()) == newest; }
};
/// That of a database in which nothing is yet.
SchemaState empty_schema();
/// Changes nothing. `unavailable`: "schema_too_new" when a newer program made the database, "schema_differs" when a
/// step is not ours.
Result<SchemaState> look_at_schema(sql::Connection& db);

/// Brings the database up to the newest schema. Errors are those of look_at_schema(), and "move_unfinished" when data
/// is being moved in. Up to step `last` only: for tests.
Status migrate(sql::Connection& db, Timestamp now, std::int64_t last = INT64_MAX);

/// Notes that data is being moved in `from` somewhere; empty: that all of it has come.
Status mark_move(sql::Connection& db, const std::string& from, Timestamp now);

}  // namespace wrapup
