// Whole databases: the state of their schema, export to a file, import from one, and the move from one database to
// another. Used by `wrapup migrate`, `export` and `import`. A place is the path of a SQLite file or a postgres:// URL.
// Blocking, for minutes or hours; on the caller's thread. What was interrupted goes on when it is called again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "storage/export_file.hpp"
#include "storage/migrations.hpp"
#include "storage/tables.hpp"

namespace wrapup {

/// Without changing anything, also of a standby.
Result<SchemaState> schema_of(const std::string& place);
/// Brings the schema up to date; returns what it was before.
Result<SchemaState> update_schema(const std::string& place, Timestamp now);

struct MoveProgress {
  std::string what;              // a table, or what else is being done
  std::int64_t rows = 0;         // so far, of all tables
  std::int64_t total_rows = 0;   // 0: not known
  std::int64_t bytes = 0;        // so far
  std::int64_t total_bytes = 0;  // 0: not known
};
using OnMove = std::function<void(const MoveProgress&)>;

struct ExportDone {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::int64_t found = 0;  // bytes that an interrupted export had written
};
/// One state of the database, also while it is served. `id` and `created_at` stand in the header.
Result<ExportDone> export_database(const std::string& place, const std::string& path, std::string id, Timestamp now,
                                   const OnMove& progress);

struct ImportDone {
  ExportHeader header;
  std::int64_t rows = 0;
  std::int64_t stored = 0;  // the others were there already
};
/// Into an empty database, or one that an interrupted import of the same file left. `fits` is asked before anything is
/// written. Errors: `not_empty`, `database_in_use`, those of read_export() and TableWriter.
Result<ImportDone> import_database(const std::string& path, const std::string& place, Timestamp now,
                                   const std::function<Status(const ExportHeader&)>& fits, const OnMove& progress);

/// How a table stands on both sides.
struct TablePair {
  std::string name;
  TableDigest from;
  TableDigest to;
};
struct MoveDone {
  std::int64_t stored = 0;
  std::vector<TablePair> tables;
  bool agree = true;
};
/// Into an empty database, or one that an interrupted move from the same one left. Nobody may be serving either. When
/// the sides do not agree at the end, the destination stays marked as unfinished.
Result<MoveDone> move_database(const std::string& from, const std::string& to, Timestamp now, const OnMove& progress);

}  // namespace wrapup
