// The schema, as numbered steps. A step that was released is never changed: its hash is kept in the database and
// checked at every start.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "storage/sql/connection.hpp"

namespace wrapup {

/// Brings the database up to the newest schema. Refuses one that a newer program made, or whose steps differ from ours.
/// Up to step `last` only: for tests.
Status migrate(sql::Connection& db, Timestamp now, std::int64_t last = INT64_MAX);

}  // namespace wrapup
